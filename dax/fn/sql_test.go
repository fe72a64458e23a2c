package fn

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"inlay/dax"
)

// samples are values of each type, the awkward ones among them, with BLANK.
var samples = map[dax.Type][]dax.Value{
	dax.Boolean: {{}, dax.BoolOf(true), dax.BoolOf(false)},
	dax.Int64:   {{}, dax.IntOf(0), dax.IntOf(-7), dax.IntOf(1 << 40), dax.IntOf(-1<<63 + 1)},
	dax.Double:  {{}, dax.FloatOf(0), dax.FloatOf(-2.5), dax.FloatOf(1e300), dax.FloatOf(5e-324)},
	dax.DateTime: {{}, dax.TimeOf(time.Date(2024, 2, 29, 23, 59, 59, 999_000_000, time.UTC)), dax.TimeOf(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)),
		dax.TimeOf(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)), dax.TimeOf(time.Date(2023, 1, 1, 12, 0, 0, 0, time.UTC))},
	dax.String: {{}, dax.TextOf(""), dax.TextOf("aÉb 🦊x"), dax.TextOf("a"), dax.TextOf("%_\\'\"$1"), dax.TextOf(" a  b "), dax.TextOf(strings.Repeat("ab", 40))},
}

var sqlTypes = map[dax.Type]string{dax.Boolean: "boolean", dax.Int64: "bigint", dax.Double: "double precision", dax.DateTime: "timestamp", dax.String: "varchar"}

// TestSQL computes the SQL of every function that has one in DuckDB, on all combinations of
// awkward values, and compares with Eval. An error fails the test where SQL is Total.
func TestSQL(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	compared := 0
	for _, f := range All() {
		if f.SQL == "" {
			continue
		}
		for _, variant := range variants(f) {
			for _, args := range combinations(f, variant) {
				compared += compareSQL(t, db, f, args)
			}
		}
	}
	if compared < 500 {
		t.Errorf("%d results compared, want 500 at least", compared)
	}
}

// variants are the types that Variant parameters are tried with; all of a call are the same.
func variants(f *Func) []dax.Type {
	for _, p := range f.Params {
		if p.Type == dax.Variant {
			return []dax.Type{dax.Boolean, dax.Int64, dax.Double, dax.DateTime, dax.String}
		}
	}
	return []dax.Type{dax.Variant}
}

// arg is an argument of a tried call and its SQL.
type arg struct {
	value dax.Value
	sql   string
}

func combinations(f *Func, variant dax.Type) [][]arg {
	placeholders := 0
	for i := range f.Params {
		if strings.Contains(f.SQL, fmt.Sprintf("{%d}", i+1)) {
			placeholders = i + 1
		}
	}
	all := [][]arg{nil}
	for _, p := range f.Params[:placeholders] {
		typ := p.Type
		if typ == dax.Variant {
			typ = variant
		}
		var choices []arg
		for _, v := range samples[typ] {
			if !p.Const {
				choices = append(choices, arg{v, literalSQL(v, typ)})
			}
		}
		if p.Const {
			for _, n := range []int64{1, 2, 32767} {
				choices = append(choices, arg{dax.IntOf(n), fmt.Sprintf("CAST(%d AS bigint)", n)})
			}
		}
		var next [][]arg
		for _, a := range all {
			for _, c := range choices {
				next = append(next, append(append([]arg(nil), a...), c))
			}
		}
		all = next
	}
	return all
}

func literalSQL(v dax.Value, t dax.Type) string {
	s := "NULL"
	switch v.Type() {
	case dax.Boolean, dax.Int64:
		s = v.String()
	case dax.Double:
		s = "'" + fmt.Sprint(v.Float()) + "'"
	case dax.DateTime:
		s = "'" + v.Time().Format("2006-01-02 15:04:05.999999") + "'"
	case dax.String:
		s = "'" + strings.ReplaceAll(v.Text(), "'", "''") + "'"
	}
	return "CAST(" + s + " AS " + sqlTypes[t] + ")"
}

func compareSQL(t *testing.T, db *sql.DB, f *Func, args []arg) int {
	t.Helper()
	call := &dax.Call{Func: f.Name}
	var columns, names []string
	for i, a := range args {
		call.Args = append(call.Args, &dax.Literal{Value: a.value})
		names = append(names, fmt.Sprintf("a%d", i))
		columns = append(columns, fmt.Sprintf("%s AS a%d", a.sql, i))
	}
	text, ok := f.Translate(call, names)
	if !ok {
		t.Fatalf("%s has SQL that does not translate", f.Name)
	}
	want, wantErr := Eval(call, nil)
	var got any
	err := db.QueryRow("SELECT " + text + " FROM (SELECT " + strings.Join(append(columns, "1 AS one"), ", ") + ")").Scan(&got)
	switch {
	case err != nil && f.Total:
		t.Errorf("%s is said to be total: %v", dax.Print(call), err)
	case err != nil:
		return 0
	case wantErr != nil:
		t.Errorf("%s is an error in DAX, %v in SQL: %v", dax.Print(call), got, wantErr)
	case !same(fromSQL(t, got), want):
		t.Errorf("%s is %v in SQL, want %v", dax.Print(call), got, want)
	}
	return 1
}

func fromSQL(t *testing.T, x any) dax.Value {
	t.Helper()
	switch x := x.(type) {
	case nil:
		return dax.Value{}
	case bool:
		return dax.BoolOf(x)
	case int32:
		return dax.IntOf(int64(x))
	case int64:
		return dax.IntOf(x)
	case float64:
		return dax.FloatOf(x)
	case string:
		return dax.TextOf(x)
	case time.Time:
		return dax.TimeOf(x)
	}
	t.Fatalf("a value of type %T", x)
	return dax.Value{}
}

// TestTranslate shows which calls have SQL.
func TestTranslate(t *testing.T) {
	for src, want := range map[string]string{
		`LEN(x)`:          "length((X))",
		`LEFT(x, 3)`:      "left((X), CAST((X) AS integer))",
		`LEFT(x, n)`:      "",
		`LEFT(x, 0)`:      "",
		`LEFT(x, -1)`:     "",
		`LEFT(x)`:         "",
		`LEFT(x, 2.5)`:    "",
		`MID(x, 1, 2)`:    "substring((X), CAST((X) AS integer), CAST((X) AS integer))",
		`ROUND(x, 1)`:     "",
		`IF(a, b)`:        "",
		`IF(a, b, )`:      "",
		`ISBLANK(x)`:      "(X) IS NULL",
		`COALESCE(a,b,c)`: "",
	} {
		x, err := dax.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		call := x.(*dax.Call)
		f, ok := Lookup(call.Func)
		if !ok {
			t.Fatal(src)
		}
		args := make([]string, len(call.Args))
		for i := range args {
			args[i] = "X"
		}
		if got, ok := f.Translate(call, args); got != want || ok != (want != "") {
			t.Errorf("%s translates to %q, %v, want %q", src, got, ok, want)
		}
	}
	if f, _ := Lookup("left"); f != nil {
		if _, ok := f.Expand("a", "b"); ok {
			t.Error("Expand ignores that an argument must be constant")
		}
	}
}
