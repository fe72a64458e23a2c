// Package sourcetest holds what every data source must do, as one suite: Run drives a source
// through the engine of package query, the only maker of statements.
//
// The fence is not part of it: which expressions leak without one differs from engine to
// engine. Each source tests its fence against its own.
package sourcetest

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// Table is a table that the source under test must hold.
type Table struct {
	Name    string
	Columns []Column
	Rows    [][]dax.Value
}

// Column is a column of a Table.
type Column struct {
	Name string
	Type dax.Type
}

// Open makes a source that holds tables. It closes itself with the test.
type Open func(t *testing.T, tables ...Table) query.Source

// Run runs the suite.
func Run(t *testing.T, open Open) {
	t.Run("values", func(t *testing.T) { values(t, open) })
	t.Run("names", func(t *testing.T) { names(t, open) })
	t.Run("bound values", func(t *testing.T) { bound(t, open) })
	t.Run("identity", func(t *testing.T) { identity(t, open) })
	t.Run("text", func(t *testing.T) { texts(t, open) })
	t.Run("many rows", func(t *testing.T) { many(t, open) })
	t.Run("aggregates", func(t *testing.T) { aggregates(t, open) })
	t.Run("cancelled", func(t *testing.T) { cancelled(t, open) })
}

// ModelOf is the model that a table makes.
func ModelOf(tables ...Table) *model.Model {
	m := &model.Model{Name: "sourcetest"}
	for _, t := range tables {
		x := &model.Table{Name: t.Name}
		for _, c := range t.Columns {
			x.Columns = append(x.Columns, &model.Column{Name: c.Name, Source: c.Name, Type: c.Type})
		}
		m.Tables = append(m.Tables, x)
	}
	return m
}

func engine(t *testing.T, m *model.Model, src query.Source) *query.Engine {
	t.Helper()
	e, err := query.New(m, src)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ask asks for the combinations of columns of one table, ordered by the first.
func ask(t *testing.T, e *query.Engine, v query.Viewer, table Table, where ...model.Filter) [][]dax.Value {
	t.Helper()
	q := model.Query{Where: where, Detail: true}
	for _, c := range table.Columns {
		q.Groups = append(q.Groups, model.ColumnRef{Table: table.Name, Column: c.Name})
	}
	q.Order = []model.Order{{Group: q.Groups[0]}}
	res, err := e.Ask(context.Background(), v, q)
	if err != nil {
		t.Fatal(err)
	}
	return res.Rows
}

func same(t *testing.T, got, want [][]dax.Value) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b dax.Value) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

var everything = Table{
	Name: "All",
	Columns: []Column{{"k", dax.Int64}, {"b", dax.Boolean}, {"i", dax.Int64}, {"f", dax.Double}, {"m", dax.Decimal},
		{"d", dax.DateTime}, {"s", dax.String}},
	Rows: [][]dax.Value{
		{dax.IntOf(1), dax.BoolOf(true), dax.IntOf(math.MaxInt64), dax.FloatOf(0.1), dax.DecimalOf(math.MaxInt64), dax.TimeOf(time.Date(2026, 1, 31, 23, 59, 59, 999_000_000, time.UTC)), dax.TextOf("Ärger \U0001F600")},
		{dax.IntOf(2), dax.BoolOf(false), dax.IntOf(math.MinInt64), dax.FloatOf(-1e300), dax.DecimalOf(-1), dax.TimeOf(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)), dax.TextOf("")},
		{dax.IntOf(3), {}, {}, {}, {}, {}, {}},
		{dax.IntOf(4), dax.BoolOf(true), dax.IntOf(0), dax.FloatOf(0), dax.DecimalOf(0), dax.TimeOf(time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)), dax.TextOf(`'; DROP TABLE "All"; --`)},
	},
}

// values: every type comes back as it was, and BLANK as BLANK.
func values(t *testing.T, open Open) {
	e := engine(t, ModelOf(everything), open(t, everything))
	same(t, ask(t, e, query.Viewer{}, everything), everything.Rows)
}

// names: names are quoted, whatever they hold.
func names(t *testing.T, open Open) {
	odd := Table{
		Name:    `odd "name"; DROP TABLE x; -- 'ä'`,
		Columns: []Column{{`a "b" ]c`, dax.Int64}, {"select", dax.String}, {"$1 ? :x %s", dax.String}},
		Rows:    [][]dax.Value{{dax.IntOf(1), dax.TextOf("x"), dax.TextOf("y")}},
	}
	e := engine(t, ModelOf(odd), open(t, odd))
	same(t, ask(t, e, query.Viewer{}, odd), odd.Rows)
}

// bound: values in filters are data. Each value finds its own row and no other.
func bound(t *testing.T, open Open) {
	e := engine(t, ModelOf(everything), open(t, everything))
	for i, row := range everything.Rows {
		for j, c := range everything.Columns {
			if row[j].IsBlank() || c.Type == dax.Boolean || c.Type == dax.Double {
				continue // not unique, or not compared by equality
			}
			ref := model.ColumnRef{Table: everything.Name, Column: c.Name}
			got := ask(t, e, query.Viewer{}, everything, model.Filter{Column: ref, Op: model.In, Values: []dax.Value{row[j]}})
			if len(got) != 1 || got[0][0] != everything.Rows[i][0] {
				t.Errorf("[%s] of row %d finds %d rows", c.Name, i+1, len(got))
			}
		}
	}
	ref := model.ColumnRef{Table: everything.Name, Column: "s"}
	for _, s := range []string{`x' OR '1'='1`, `%`, `_`, `$1`, "?", "\\'; --"} {
		if got := ask(t, e, query.Viewer{}, everything, model.Filter{Column: ref, Op: model.Contains, Values: []dax.Value{dax.TextOf(s)}}); len(got) != 0 {
			t.Errorf("%q finds %d rows", s, len(got))
		}
	}
}

var people = Table{
	Name:    "Access",
	Columns: []Column{{"User", dax.String}, {"Secret", dax.String}},
	Rows: [][]dax.Value{
		{dax.TextOf("anna@example.com"), dax.TextOf("12")},
		{dax.TextOf("bert@example.com"), dax.TextOf("not a number")},
	},
}

func withRole(m *model.Model) *model.Model {
	m.Roles = []model.Role{{Name: "Own", Permissions: []model.Permission{{Table: "Access", Filter: "[User] = USERNAME()"}}}}
	return m
}

// identity: a name in a role's filter is a bound value.
func identity(t *testing.T, open Open) {
	e := engine(t, withRole(ModelOf(people)), open(t, people))
	for name, want := range map[string][][]dax.Value{
		"anna@example.com":             people.Rows[:1],
		`x' OR '1'='1`:                 {},
		`anna@example.com' --`:         {},
		`anna@example.com"; SELECT 1;`: {},
	} {
		got := ask(t, e, query.Viewer{Username: name, Roles: []string{"Own"}}, people)
		if len(got) != len(want) {
			t.Errorf("%q sees %d rows, want %d", name, len(got), len(want))
		}
	}
}

// cancelled: a question whose context has ended is answered with an error at once, and the
// source works afterwards.
func cancelled(t *testing.T, open Open) {
	e := engine(t, ModelOf(everything), open(t, everything))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	q := model.Query{Detail: true, Groups: []model.ColumnRef{{Table: "All", Column: "k"}}}
	if _, err := e.Ask(ctx, query.Viewer{}, q); err == nil || !errors.Is(err, context.Canceled) && inlay.KindOf(err) != inlay.Limit {
		t.Errorf("err = %v", err)
	}
	same(t, ask(t, e, query.Viewer{}, everything), everything.Rows)
}

// texts: comparing ignores case, an empty text is not BLANK, and BLANK is found as such.
func texts(t *testing.T, open Open) {
	words := Table{Name: "Words", Columns: []Column{{"k", dax.Int64}, {"w", dax.String}}, Rows: [][]dax.Value{
		{dax.IntOf(1), dax.TextOf("Ärger")}, {dax.IntOf(2), dax.TextOf("")}, {dax.IntOf(3), {}}, {dax.IntOf(4), dax.TextOf("arger")}, {dax.IntOf(5), dax.TextOf("50% off_")}}}
	e := engine(t, ModelOf(words), open(t, words))
	ref := model.ColumnRef{Table: "Words", Column: "w"}
	for _, tt := range []struct {
		op   model.Op
		v    dax.Value
		want []int64
	}{
		{model.In, dax.TextOf("äRGER"), []int64{1}}, {model.In, dax.TextOf("ARGER"), []int64{4}}, {model.In, dax.TextOf(""), []int64{2}}, {model.In, dax.Value{}, []int64{3}},
		{model.NotIn, dax.TextOf("ärger"), []int64{2, 3, 4, 5}}, {model.Contains, dax.TextOf("RG"), []int64{1, 4}}, {model.Contains, dax.TextOf("%"), []int64{5}},
		{model.Contains, dax.TextOf("_"), []int64{5}}, {model.StartsWith, dax.TextOf("ÄR"), []int64{1}},
	} {
		var got []int64
		for _, row := range ask(t, e, query.Viewer{}, words, model.Filter{Column: ref, Op: tt.op, Values: []dax.Value{tt.v}}) {
			got = append(got, row[0].Int())
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%d %q: %s", tt.op, tt.v.Text(), diff)
		}
	}
}

// many: more rows than a source holds at once come whole and in order.
func many(t *testing.T, open Open) {
	numbers := Table{Name: "Numbers", Columns: []Column{{"n", dax.Int64}, {"s", dax.String}}}
	for i := range int64(2500) {
		numbers.Rows = append(numbers.Rows, []dax.Value{dax.IntOf(i), dax.TextOf(strings.Repeat("x", int(i%50)))})
	}
	e := engine(t, ModelOf(numbers), open(t, numbers))
	same(t, ask(t, e, query.Viewer{}, numbers), numbers.Rows)
}

// aggregates: what SQL computes is what DAX means by it.
func aggregates(t *testing.T, open Open) {
	m := ModelOf(everything)
	for name, x := range map[string]string{"rows": "COUNTROWS('All')", "none": "CALCULATE(COUNTROWS('All'), 'All'[k] = 9)", "median": "MEDIAN('All'[k])", "average": "AVERAGE('All'[f])",
		"distinct": "DISTINCTCOUNT('All'[s])", "blank": "COUNTBLANK('All'[s])", "max": "MAX('All'[d])", "ratio": "SUMX('All', 1 / 'All'[k])"} {
		m.Tables[0].Measures = append(m.Tables[0].Measures, &model.Measure{Name: name, Expression: x})
	}
	e := engine(t, m, open(t, everything))
	for name, want := range map[string]dax.Value{"rows": dax.IntOf(4), "none": {}, "median": dax.FloatOf(2.5), "distinct": dax.IntOf(4), "blank": dax.IntOf(2), "max": everything.Rows[0][5]} {
		res, err := e.Ask(context.Background(), query.Viewer{}, model.Query{Values: []model.Value{{Name: name, Measure: name}}})
		if err != nil || len(res.Rows) != 1 || res.Rows[0][0] != want {
			t.Errorf("%s: %v, %v, want %v", name, res.Rows, err, want)
		}
	}
	res, err := e.Ask(context.Background(), query.Viewer{}, model.Query{Values: []model.Value{{Name: "r", Measure: "ratio"}}})
	if err != nil || math.Abs(res.Rows[0][0].Float()-25.0/12) > 1e-12 {
		t.Errorf("ratio: %v, %v", res.Rows, err)
	}
}
