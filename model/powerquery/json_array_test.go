package powerquery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inlay"
	"inlay/model"
)

// longJSON writes a file with a long array of records, alone and as a field.
func longJSON(t *testing.T, n int) (Config, func()) {
	t.Helper()
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("[")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `{"id": %d, "name": "ü %d", "in": {"x": %d.5, "list": [%d]}, "none": null}`, i, i%100, i, i)
	}
	b.WriteString("]")
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "a.json"), []byte(b.String()), 0o600),
		os.WriteFile(filepath.Join(dir, "o.json"), []byte(`{"count": 3, "few": [1, 2], "data": {"rows": `+b.String()+`}}`), 0o600),
		os.WriteFile(filepath.Join(dir, "cut.json"), []byte(b.String()[:b.Len()-1]), 0o600)); err != nil {
		t.Fatal(err)
	}
	files, err := OpenFiles(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg := testConfig()
	cfg.Files = files
	return cfg, func() { _ = files.Close() }
}

// read is the number of rows of a query and its last row.
func read(t *testing.T, cfg Config, m string) (n int, last string, err error) {
	t.Helper()
	p, err := Query(context.Background(), cfg, "T", model.Partition{Name: "p", Source: m})
	if err != nil {
		return 0, "", err
	}
	rows, err := p.Rows(context.Background())
	if err != nil {
		return 0, "", err
	}
	defer rows.Close()
	for rows.Next() {
		n++
		var cells []string
		for _, v := range rows.Row() {
			cells = append(cells, v.String())
		}
		last = strings.Join(cells, " ")
	}
	return n, last, rows.Err()
}

// TestLongArrays: a table of a long array of JSON has the rows of the list, and whatever else
// looks at the list finds its items.
func TestLongArrays(t *testing.T) {
	const most = 20_000
	cfg, end := longJSON(t, most)
	defer end()
	const a, o = `Json.Document(File.Contents("a.json"))`, `Json.Document(File.Contents("o.json"))`
	for _, c := range []struct {
		m, last string
		n       int
	}{
		{"let S = " + a + `, L = Table.FromList(S, Splitter.SplitByNothing(), null, null, ExtraValues.Error),
			E = Table.ExpandRecordColumn(L, "Column1", {"id", "name", "in", "gone"}), X = Table.ExpandRecordColumn(E, "in", {"x"}) in X`, `19999 "ü 99" 19999.5 null`, most},
		{"Table.SelectColumns(Table.FromRecords(" + a + `), {"name", "id", "none"})`, `"ü 99" 19999 null`, most},
		{"Table.FromRecords(" + o + `[data][rows], {"id", "gone"}, MissingField.UseNull)`, "19999 null", most},
		{"let S = " + o + " in Table.FromRecords(S[data][rows], type table [id = Int64.Type])", "19999", most},
		{"let S = " + o + `, R = Record.Field(S[data], "rows") in #table({"n", "first", "few", "is"}, {{List.Count(R), R{7}[id], List.Sum(S[few]), R is list}})`, "20000 7 3 true", 1},
		{"let S = " + a + ` in #table({"a", "b", "c"}, {{List.Sum(List.Transform(S, each [id])), S{3}[in][list]{0}, S = S}})`, "199990000 3 true", 1},
		{"let S = " + a + ` in #table({"a"}, {{List.Count(S & S)}})`, "40000", 1},
		{`let S = List.Transform({File.Contents("a.json")}, Json.Document) in #table({"a"}, {{List.Count(S{0})}})`, "20000", 1},
		{"let f = (l as list) => List.Count(l), S = " + a + ` in #table({"a", "b"}, {{f(S), Record.ToList(` + o + `[data]){0}{1}[id]}})`, "20000 1", 1},
		{"let S = " + a + `, T = Table.FromList(S, each {_[id], _[name]}, {"id", "name"}) in T`, `19999 "ü 99"`, most},
		{"Table.ExpandListColumn(Table.FromRecords({" + o + `[data]}), "rows")`, "record", most},
		{"let S = if true then " + a + ` else {} in #table({"a"}, {{List.Count(try S otherwise {})}})`, "20000", 1},
	} {
		n, last, err := read(t, cfg, c.m)
		if err != nil || n != c.n || last != c.last {
			t.Errorf("%s\n got %d rows, the last %q, %v\nwant %d rows, the last %q", c.m, n, last, err, c.n, c.last)
		}
	}
	for _, c := range []struct{ m, want string }{
		{`Table.FromRecords(Json.Document(File.Contents("cut.json")))`, "are not JSON"},
		{"Table.FromRecords(" + a + `, {"id", "gone"})`, `record 1 has no field "gone"`},
		{"Table.FromRecords(Json.Document(Text.FromBinary(File.Contents(\"a.json\")) & \"x\"))", "more behind its end"},
	} {
		if _, _, err := read(t, cfg, c.m); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.m, err, c.want)
		}
	}
}

// TestArrayOfMore: more items than a list may have are rows of a table, and no list.
func TestArrayOfMore(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte("["+strings.Repeat(`{"a":1},`, maxList)+`{"a":2}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := OpenFiles(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = files.Close() }()
	cfg := testConfig()
	cfg.Files = files
	if n, last, err := read(t, cfg, `Table.FromRecords(Json.Document(File.Contents("a.json")))`); err != nil || n != maxList+1 || last != "2" {
		t.Errorf("%d rows, the last %s, %v", n, last, err)
	}
	_, _, err = read(t, cfg, `#table({"n"}, {{List.Count(Json.Document(File.Contents("a.json")))}})`)
	if e := (*Error)(nil); !errors.As(err, &e) || e.Kind != inlay.Limit || !strings.Contains(e.Msg, "Table.FromRecords") {
		t.Errorf("as a list: %v", err)
	}
}
