package duckdb

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inlay/model"
)

func TestPackText(t *testing.T) {
	for _, c := range []struct {
		values, distinct int64
		want             packing
	}{{0, 0, ""}, {leastSample - 1, 3, ""}, {16_384, 3, dictionary}, {16_384, 2048, dictionary}, {16_384, 2049, ""}, {16_384, 14_335, ""}, {16_384, 14_336, symbols}, {16_384, 16_384, symbols}} {
		if got := packText(c.values, c.distinct); got != c.want {
			t.Errorf("%d values, %d distinct: %q, want %q", c.values, c.distinct, got, c.want)
		}
	}
}

// TestTextsUnlikeTheFirst: the first texts say how a column is stored, and what comes after them
// may be anything: it is stored all the same, and read as it was written.
func TestTextsUnlikeTheFirst(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("id,few,many,late\n")
	for i := range 140_000 {
		few, many, late := fmt.Sprint("Nord ", i%7), fmt.Sprint("x", i), ""
		switch {
		case i%20_011 == 20_010: // longer than a block packs
			few, many = strings.Repeat(fmt.Sprint("ä", i), 30_000), strings.Repeat(fmt.Sprint("ö", i), 30_000)
		case i > 20_000:
			few, many, late = fmt.Sprint("Süd ", i), fmt.Sprint("x", i%5), fmt.Sprint("L", i)
		}
		fmt.Fprintf(&b, "%d,%s,%s,%s\n", i, few, many, late)
	}
	if err := os.WriteFile(filepath.Join(dir, "t.csv"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	m := `Table.TransformColumnTypes(Table.PromoteHeaders(Csv.Document(File.Contents("t.csv"), [Delimiter=",", Columns=4, Encoding=65001, QuoteStyle=QuoteStyle.Csv])), {{"id", Int64.Type}})`
	for _, rowByRow := range []bool{false, true} {
		table := tableOf("T", m, "id int", "few text", "many text", "late text")
		file := filepath.Join(t.TempDir(), "x.duckdb")
		if _, err := Refresh(t.Context(), RefreshInput{Model: &model.Model{Tables: []*model.Table{table}}, Root: dir, Out: file, MemoryLimit: "512MB", Threads: 2, rowByRow: rowByRow}); err != nil {
			t.Fatal(err)
		}
		if got, want := written(t, file), b.String(); got != want {
			t.Errorf("row by row %t: %d bytes were stored, not %d, or others", rowByRow, len(got), len(want))
		}
	}
}

// written writes the table as the file of TestTextsUnlikeTheFirst is written.
func written(t *testing.T, file string) string {
	db, err := Open(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.conn.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	text, err := one(t.Context(), rows, "SELECT string_agg(id || ',' || few || ',' || many || ',' || coalesce(late, ''), chr(10) ORDER BY rowid) FROM main.T")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := text.(string)
	return "id,few,many,late\n" + s + "\n"
}

// TestLongTextsWait: texts that fill the room for what waits go through it, the first ones too.
func TestLongTextsWait(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	for i := range 90 {
		fmt.Fprintf(&b, "%d,%s,\"a \"\"b\"\"\"\n", i, strings.Repeat("long ", 180_000))
	}
	if err := os.WriteFile(filepath.Join(dir, "t.csv"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	m := `Csv.Document(File.Contents("t.csv"), [Delimiter=",", Columns=3, Encoding=65001, QuoteStyle=QuoteStyle.Csv])`
	table := tableOf("T", m, "Column1 text", "Column2 text", "Column3 text")
	sum, err := Refresh(t.Context(), RefreshInput{Model: &model.Model{Tables: []*model.Table{table}}, Root: dir, Out: filepath.Join(t.TempDir(), "x.duckdb"), MemoryLimit: "512MB", Threads: 2, rowByRow: true})
	if err != nil || sum.Tables[0].Rows != 90 {
		t.Errorf("%+v, %v", sum.Tables, err)
	}
}
