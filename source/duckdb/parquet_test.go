package duckdb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	duck "github.com/duckdb/duckdb-go/v2"

	"inlay/model"
	"inlay/model/powerquery"
)

// writeParquet writes what a statement gives to a file.
func writeParquet(t interface {
	Helper()
	Fatal(args ...any)
}, path, sql string) {
	t.Helper()
	c, err := duck.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	conn, err := c.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := exec(context.Background(), conn, "COPY ("+sql+") TO '"+path+"' (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
}

// rowsOf evaluates a query over the files of a folder and gives one line a row.
func rowsOf(t *testing.T, folder, m string) (string, error) {
	t.Helper()
	files, err := powerquery.OpenFiles(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = files.Close() }()
	cfg := powerquery.Config{Files: files, Parquet: Parquet{}}
	plan, err := powerquery.Query(context.Background(), cfg, "T", model.Partition{Name: "p", Source: m})
	if err != nil {
		return "", err
	}
	r, err := plan.Rows(context.Background())
	if err != nil {
		return "", err
	}
	defer r.Close()
	var b strings.Builder
	for i, c := range plan.Columns() {
		fmt.Fprintf(&b, "%s%s:%s", []string{"", " "}[min(i, 1)], c.Name, c.Type.Name)
	}
	for r.Next() {
		b.WriteString("\n")
		for i, v := range r.Row() {
			fmt.Fprintf(&b, "%s%s", []string{"", " "}[min(i, 1)], v)
		}
	}
	return b.String(), r.Err()
}

func TestParquet(t *testing.T) {
	dir := t.TempDir()
	writeParquet(t, filepath.Join(dir, "a.parquet"), `SELECT 1::BIGINT AS n, 'x' AS s, 1.25::DECIMAL(10,2) AS m, DATE '2026-01-31' AS d,
		TIMESTAMP '2026-01-31 10:00:00' AS t, true AS b, 0.5::DOUBLE AS f, [1, 2] AS l UNION ALL SELECT 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL`)
	got, err := rowsOf(t, dir, `Table.RemoveColumns(Parquet.Document(File.Contents("a.parquet")), {"l"})`)
	want := `n:Int64.Type s:text m:number d:date t:datetime b:logical f:number
1 "x" 1.25 #date(2026, 1, 31) #datetime(2026, 1, 31, 10, 0, 0) true 0.5
2 null null null null null null`
	if err != nil || got != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	if got, err := rowsOf(t, dir, `Table.SelectColumns(Parquet.Document(File.Contents("a.parquet")), {"l"})`); err != nil || !strings.Contains(got, "is not supported") {
		t.Errorf("a list: %s, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bad.parquet"), []byte("PAR1 no such thing PAR1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := rowsOf(t, dir, `Parquet.Document(File.Contents("bad.parquet"))`); err == nil || !strings.Contains(err.Error(), `file "bad.parquet" cannot be read`) {
		t.Errorf("a damaged file: %v", err)
	}
}

// TestScratchOpensOneFile: the engine that reads a file may open this file and nothing else.
func TestScratchOpensOneFile(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"a.parquet", "b.parquet"} {
		writeParquet(t, filepath.Join(dir, n), "SELECT 1 AS n")
	}
	c, err := scratch([]string{filepath.Join(dir, "a.parquet")}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	conn, err := c.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := one(context.Background(), conn, "SELECT n FROM read_parquet('"+filepath.Join(dir, "a.parquet")+"')"); err != nil {
		t.Errorf("its own file: %v", err)
	}
	for _, sql := range []string{
		"SELECT n FROM read_parquet('" + filepath.Join(dir, "b.parquet") + "')", "SELECT * FROM read_text('/etc/hostname')", "SELECT * FROM glob('/etc/*')",
		"COPY (SELECT 1) TO '" + filepath.Join(dir, "c.csv") + "'", "SET allowed_paths = ['/etc/hostname']", "INSTALL httpfs",
	} {
		if _, err := one(context.Background(), conn, sql); err == nil {
			t.Errorf("%s: allowed", sql)
		}
	}
}

// openBlob opens a file as a query does.
func openBlob(t *testing.T, path string) powerquery.Blob {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return powerquery.Blob{Name: filepath.Base(path), Data: f, Size: st.Size(), File: f}
}
