package rest

import (
	"encoding/json"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"inlay/dax"
	"inlay/model"
	"inlay/report/visual"
)

func TestCells(t *testing.T) {
	for want, v := range map[string]dax.Value{
		"null":                     {},
		"true":                     dax.BoolOf(true),
		"false":                    dax.BoolOf(false),
		"0":                        dax.IntOf(0),
		"-7":                       dax.IntOf(-7),
		"9007199254740991":         dax.IntOf(1<<53 - 1),
		`"9007199254740993"`:       dax.IntOf(1<<53 + 1),
		`"-9223372036854775808"`:   dax.IntOf(math.MinInt64),
		"0.1":                      dax.FloatOf(0.1),
		"-0":                       dax.FloatOf(math.Copysign(0, -1)),
		"1e+21":                    dax.FloatOf(1e21),
		"100000000000000000000":    dax.FloatOf(1e20),
		"5e-324":                   dax.FloatOf(math.SmallestNonzeroFloat64),
		`"NaN"`:                    dax.FloatOf(math.NaN()),
		`"Infinity"`:               dax.FloatOf(math.Inf(1)),
		`"-Infinity"`:              dax.FloatOf(math.Inf(-1)),
		"12.3456":                  dax.DecimalOf(123456),
		"-0.0001":                  dax.DecimalOf(-1),
		"0.05":                     dax.DecimalOf(500),
		"3":                        dax.DecimalOf(30000),
		"-922337203685477.5808":    dax.DecimalOf(math.MinInt64),
		`"2026-01-05T00:00:00"`:    dax.TimeOf(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)),
		`"1899-12-30T23:59:59.25"`: dax.TimeOf(time.Date(1899, 12, 30, 23, 59, 59, 250_000_000, time.UTC)),
		`""`:                       dax.TextOf(""),
		`"a\"b\\c\u0000\n"`:        dax.TextOf("a\"b\\c\x00\n"),
		`"zoë </script>"`:          dax.TextOf("zoë </script>"),
		"\"\ufffd\"":               dax.TextOf("\xff"),
	} {
		got := string(appendValue(nil, v))
		if got != want {
			t.Errorf("%+v is %s, want %s", v, got, want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s is not JSON", got)
		}
	}
}

// rowsOf is an answer with n rows, and the plan of a visual that shows its columns in
// another order.
func rowsOf(n int) (model.Result, visual.Plan) {
	ref := model.ColumnRef{Table: "Rows", Column: "Text"}
	plan := visual.Plan{Query: model.Query{Groups: []model.ColumnRef{ref}, Values: []model.Value{{Name: "A"}, {Name: "B"}}},
		Columns: []visual.Column{{Name: "B", Ref: "b", Role: "Values", From: 2}, {Name: "Text", Ref: "t", Role: "Values", From: 0, Group: true}, {Name: "A", Ref: "a", Role: "Values", Format: "0%", From: 1}}}
	res := model.Result{Columns: []model.ResultColumn{{Name: "Text", Type: dax.String, Group: true}, {Name: "A", Type: dax.Decimal, Format: "0"}, {Name: "B", Type: dax.DateTime}},
		Total: []dax.Value{dax.DecimalOf(1), {}}}
	row := []dax.Value{dax.TextOf("text \"of\" a row"), dax.DecimalOf(123456), dax.TimeOf(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))}
	for range n {
		res.Rows = append(res.Rows, row)
	}
	return res, plan
}

func TestRowsFollowThePlan(t *testing.T) {
	for _, n := range []int{0, 1, 3, 5000} {
		res, plan := rowsOf(n)
		rec := httptest.NewRecorder()
		(&call{w: rec}).writeRows(res, plan)
		var got struct {
			Columns []struct{ Name, Ref, Role, Type, Format string }
			Rows    [][]any
			Total   []any
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Rows) != n || len(got.Columns) != 3 || got.Columns[0].Type != "dateTime" || got.Columns[2].Format != "0%" || got.Columns[2].Type != "decimal" {
			t.Fatalf("%d rows, %+v", len(got.Rows), got.Columns)
		}
		if len(got.Total) != 2 || got.Total[0] != nil || got.Total[1] != 0.0001 {
			t.Errorf("total %v", got.Total)
		}
		for _, r := range got.Rows {
			if len(r) != 3 || r[0] != "2026-01-05T00:00:00" || r[1] != `text "of" a row` || r[2] != 12.3456 {
				t.Fatalf("row %v", r)
			}
		}
	}
}

func BenchmarkRows(b *testing.B) {
	res, plan := rowsOf(10_000)
	b.ReportAllocs()
	for b.Loop() {
		(&call{w: httptest.NewRecorder()}).writeRows(res, plan)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/row")
}

// TestFormats: one format string of all values is that of the column; several are written by row,
// the total last.
func TestFormats(t *testing.T) {
	text := dax.TextOf
	for _, c := range []struct {
		formats []dax.Value // of two rows and the total
		column  string
		rest    string
	}{
		{[]dax.Value{text("0%"), text("0%"), text("0%")}, "0%", ""},
		{[]dax.Value{text("0%"), {}, text("0%")}, "0%", ""},
		{[]dax.Value{{}, {}, {}}, "#,0", ""},
		{[]dax.Value{text("0%"), text("0"), text("0%")}, "#,0", `,"formats":{"1":["0%","0","0%"]}`},
		{[]dax.Value{text(""), text("0%"), text("0%")}, "", `,"formats":{"1":["","0%","0%"]}`}, // one that has none
		{[]dax.Value{text(""), {}, text("")}, "", ""},
		{[]dax.Value{text("0%"), {}, text("0")}, "#,0", `,"formats":{"1":["0%","","0"]}`},
	} {
		plan := visual.Plan{Query: model.Query{Groups: []model.ColumnRef{{Table: "T", Column: "C"}}, Values: []model.Value{{Name: "v"}, {Name: "f", FormatOf: true}}},
			Columns: []visual.Column{{Name: "C", From: 0, Group: true}, {Name: "v", From: 1, FormatBy: 2}}}
		res := model.Result{Columns: []model.ResultColumn{{Type: dax.String}, {Type: dax.Int64, Format: "#,0"}, {Type: dax.String}}, Total: []dax.Value{dax.IntOf(3), c.formats[2]}}
		for i := range 2 {
			res.Rows = append(res.Rows, []dax.Value{text("x"), dax.IntOf(int64(i)), c.formats[i]})
		}
		w := httptest.NewRecorder()
		(&call{w: w}).writeRows(res, plan)
		var out struct {
			Columns []struct{ Format string }
			Rows    [][]any
			Total   []any
		}
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
		if out.Columns[1].Format != c.column || len(out.Columns) != 2 || len(out.Rows[0]) != 2 || len(out.Total) != 1 {
			t.Errorf("%v: %s", c.formats, w.Body)
		}
		if _, rest, _ := strings.Cut(w.Body.String(), `"truncated":false`); rest != c.rest+"}" {
			t.Errorf("%v: %s, want %s", c.formats, rest, c.rest)
		}
	}
}
