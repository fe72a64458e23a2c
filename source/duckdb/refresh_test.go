package duckdb

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inlay/dax"
	"inlay/model"
)

// project writes files below a folder of its own.
func project(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tableOf makes a table; columns are "Name type", with the same name in the query.
func tableOf(name, m string, columns ...string) *model.Table {
	types := map[string]dax.Type{"int": dax.Int64, "text": dax.String, "double": dax.Double, "bool": dax.Boolean, "date": dax.DateTime, "decimal": dax.Decimal}
	t := &model.Table{Name: name, Partitions: []model.Partition{{Name: name, Kind: "m", Mode: "import", Source: m}}}
	for _, c := range columns {
		i := strings.LastIndexByte(c, ' ')
		t.Columns = append(t.Columns, &model.Column{Name: c[:i], Source: c[:i], Type: types[c[i+1:]]})
	}
	return t
}

func refreshed(t *testing.T, root string, m *model.Model) (*DB, Summary, error) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.duckdb")
	sum, err := Refresh(context.Background(), RefreshInput{Model: m, Root: root, Out: out, MemoryLimit: "256MB",
		Now: func() time.Time { return time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		if left, _ := os.ReadDir(filepath.Dir(out)); len(left) > 0 {
			t.Errorf("the failed refresh left %s behind", left[0].Name())
		}
		return nil, sum, err
	}
	db, err := Open(out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, sum, nil
}

// lines runs SQL and prints the rows.
func lines(t *testing.T, db *DB, sql string, types ...dax.Type) string {
	t.Helper()
	rows, err := db.run(context.Background(), sql, nil, types)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	dst := make([]dax.Value, len(types))
	for rows.Next(dst) {
		var cells []string
		for _, v := range dst {
			cells = append(cells, show(v))
		}
		out = append(out, strings.Join(cells, " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

func show(v dax.Value) string {
	switch v.Type() {
	case dax.Blank:
		return "-"
	case dax.DateTime:
		return v.Time().Format("2006-01-02T15:04:05.999999")
	case dax.Boolean:
		return map[bool]string{true: "true", false: "false"}[v.Bool()]
	case dax.Int64, dax.Double:
		return number(v)
	case dax.Decimal:
		return units(v.Int())
	}
	return v.Text()
}

func TestRefreshTypes(t *testing.T) {
	root := project(t, map[string]string{"data/all.csv": "k,n,f,m,d,b,s\n" +
		"1,9007199254740993,1.5,12.34565,31/01/2026,true,Ärger\n" +
		"2,,,,,,\n" +
		"3,-5,1e3,\"1,234.5\",2026-02-28,FALSE,\"a \"\"b\"\",\nc\"\n"})
	m := &model.Model{Culture: "en-GB", Tables: []*model.Table{tableOf("All of it", `
		let
			Source = Csv.Document(File.Contents("C:\anywhere\data\all.csv"), [Delimiter=",", Columns=7, Encoding=65001, QuoteStyle=QuoteStyle.Csv]),
			Up = Table.PromoteHeaders(Source, [PromoteAllScalars=true]),
			Typed = Table.TransformColumnTypes(Up, {{"k", Int64.Type}, {"n", Int64.Type}, {"f", type number}, {"m", Currency.Type}, {"d", type date}, {"b", type logical}, {"s", type text}}, "en-GB")
		in
			Typed`, "k int", "n int", "f double", "m decimal", "d date", "b bool", "s text")}}
	db, sum, err := refreshed(t, root, m)
	if err != nil {
		t.Fatal(err)
	}
	got := lines(t, db, `SELECT k, n, f, m, d, b, s FROM main."All of it" ORDER BY k`, dax.Int64, dax.Int64, dax.Double, dax.Decimal, dax.DateTime, dax.Boolean, dax.String)
	want := "1 9007199254740993 1.5 12.3456 2026-01-31T00:00:00 true Ärger\n" +
		"2 - - - - - \n" +
		"3 -5 1000 1234.5000 2026-02-28T00:00:00 false a \"b\",\nc"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if diff := cmp.Diff([]Mapped{{Source: `C:\anywhere\data\all.csv`, File: "data/all.csv"}}, sum.Mapped); diff != "" {
		t.Error(diff)
	}
	if sum.Tables[0].Rows != 3 {
		t.Errorf("%d rows", sum.Tables[0].Rows)
	}
}

func TestRefreshCanonicalText(t *testing.T) {
	m := &model.Model{Tables: []*model.Table{tableOf("T",
		`#table({"k", "s"}, {{1, "north"}, {2, "NORTH"}, {3, "South"}, {4, "North"}, {5, null}, {6, "sOUTH"}, {7, "ÄPFEL"}, {8, "äpfel"}, {9, "apfel"}})`, "k int", "s text")}}
	db, _, err := refreshed(t, t.TempDir(), m)
	if err != nil {
		t.Fatal(err)
	}
	got := lines(t, db, `SELECT s FROM main."T" ORDER BY k`, dax.String)
	if want := "north\nnorth\nSouth\nnorth\n-\nSouth\nÄPFEL\nÄPFEL\napfel"; got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestRefreshErrors(t *testing.T) {
	csv := `Table.TransformColumnTypes(Table.PromoteHeaders(Csv.Document(File.Contents("sales.csv"), [Delimiter=","])), {{"n", Int64.Type}})`
	for _, c := range []struct {
		name, want string
		m          *model.Model
	}{
		{"a cell that does not convert", `column 'T'[n]: file "data/sales.csv", row 3, column "n": the text "oops" does not convert to Int64.Type`,
			&model.Model{Tables: []*model.Table{tableOf("T", csv, "n int")}}},
		{"text in a number column", `row 1, column "n": the text "x" does not convert to a whole number`,
			&model.Model{Tables: []*model.Table{tableOf("T", `#table({"n"}, {{"x"}})`, "n int")}}},
		{"a fraction in a whole number column", `the number 1.5 does not convert to a whole number`,
			&model.Model{Tables: []*model.Table{tableOf("T", `#table({"n"}, {{1.5}})`, "n int")}}},
		{"a date of long ago", `row 2, column "n": the date 1850-03-01 is not in the range of dates, 1900-01-01 to 9999-12-31`,
			&model.Model{Tables: []*model.Table{tableOf("T", `#table({"n"}, {{#date(2026,1,1)}, {#date(1850,3,1)}})`, "n date")}}},
		{"much money", `the number 922337203685478 is not in the range of fixed decimal numbers`,
			&model.Model{Tables: []*model.Table{tableOf("T", `#table({"n"}, {{922337203685478}})`, "n decimal")}}},
		{"a column is missing", `table 'T', query "T": the result has no column "m", which column [m] of the model needs; it has n`,
			&model.Model{Tables: []*model.Table{tableOf("T", `#table({"n"}, {{1}})`, "n int", "m int")}}},
		{"no table", "gives the number 5, not a table", &model.Model{Tables: []*model.Table{tableOf("T", `5`, "n int")}}},
		{"DirectQuery", "the mode directQuery is not supported", func() *model.Model {
			tb := tableOf("T", `5`, "n int")
			tb.Partitions[0].Mode = "directQuery"
			return &model.Model{Tables: []*model.Table{tb}}
		}()},
		{"two columns of one name", "two columns [N]", &model.Model{Tables: []*model.Table{tableOf("T", `#table({"n", "N"}, {})`, "n int", "N int")}}},
		{"keys that are not unique", `column 'D'[k] is on the one side and has 1 keys that occur more than once`,
			related(`{{"a"}, {"b"}, {"A"}}`)},
		{"a blank key", `column 'D'[k] is on the one side and has 1 rows without a key`, related(`{{"a"}, {null}}`)},
	} {
		root := project(t, map[string]string{"data/sales.csv": "n\n1\noops\n"})
		_, _, err := refreshed(t, root, c.m)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.name, err, c.want)
		}
	}
}

func related(keys string) *model.Model {
	return &model.Model{
		Tables: []*model.Table{
			tableOf("D", `#table({"k"}, `+keys+`)`, "k text"),
			tableOf("F", `#table({"k"}, {{"a"}, {"A"}, {"z"}, {null}})`, "k text"),
		},
		Relationships: []model.Relationship{{Name: "r", From: model.ColumnRef{Table: "F", Column: "k"}, To: model.ColumnRef{Table: "D", Column: "k"}, ToEnd: model.One}},
	}
}

func TestRefreshOrphansAndNotices(t *testing.T) {
	m := related(`{{"A"}, {"b"}}`)
	m.Tables[1].Columns = append(m.Tables[1].Columns, &model.Column{Name: "calc", Expression: "1 + 1", Type: dax.Int64})
	m.Tables = append(m.Tables, &model.Table{Name: "Calc", Partitions: []model.Partition{{Name: "p", Kind: "calculated", Source: "{1}"}}})
	m.Tables = append(m.Tables, &model.Table{Name: "Group", Calculation: true})
	_, sum, err := refreshed(t, t.TempDir(), m)
	if err != nil {
		t.Fatal(err)
	}
	if len(sum.Relationships) != 1 || sum.Relationships[0].Orphans != 2 {
		t.Errorf("relationships: %+v", sum.Relationships)
	}
	var notes []string
	for _, n := range sum.Unsupported {
		notes = append(notes, n.What)
	}
	want := []string{"table 'Group': calculation groups are not supported yet", "table 'Calc' has no columns with data"}
	if diff := cmp.Diff(want, notes); diff != "" {
		t.Error(diff)
	}
}

func TestRefreshErrorsAsNull(t *testing.T) {
	m := &model.Model{ErrorsAsNull: true, Tables: []*model.Table{tableOf("T",
		`Table.TransformColumnTypes(#table({"n"}, {{"1"}, {"x"}, {"y"}}), {{"n", Int64.Type}})`, "n int")}}
	db, sum, err := refreshed(t, t.TempDir(), m)
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(t, db, `SELECT n FROM "T"`, dax.Int64); got != "1\n-\n-" {
		t.Errorf("got\n%s", got)
	}
	want := []Blanked{{Table: "T", Column: "n", Count: 2, First: `row 2, column "n": the text "x" does not convert to Int64.Type`}}
	if diff := cmp.Diff(want, sum.Blanked); diff != "" {
		t.Error(diff)
	}
}

func TestRefreshNeverReplaces(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.duckdb")
	m := &model.Model{Tables: []*model.Table{tableOf("T", `#table({"n"}, {{1}})`, "n int")}}
	in := RefreshInput{Model: m, Root: t.TempDir(), Out: out}
	if _, err := Refresh(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if _, err := Refresh(context.Background(), in); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("second refresh: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(out)); len(left) != 2 { // its summary is the other
		t.Errorf("%d files with the data", len(left))
	}
}

func TestRefreshCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	out := filepath.Join(t.TempDir(), "out.duckdb")
	m := &model.Model{Tables: []*model.Table{tableOf("T", `let n = List.Numbers(1, 900000) in Table.FromList(n, Splitter.SplitByNothing(), {"n"})`, "n int")}}
	_, err := Refresh(ctx, RefreshInput{Model: m, Root: t.TempDir(), Out: out, Progress: func(p Progress) {
		if p.Rows > 0 {
			cancel()
		}
	}})
	if err == nil || ctx.Err() == nil {
		t.Fatalf("err = %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(out)); len(left) != 0 {
		t.Errorf("the cancelled refresh left %s behind", left[0].Name())
	}
}

func number(v dax.Value) string {
	if v.Type() == dax.Int64 {
		return strconv.FormatInt(v.Int(), 10)
	}
	return strconv.FormatFloat(v.Float(), 'g', -1, 64)
}
