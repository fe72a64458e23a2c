package query_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// Grouping by keys before joining: an engine that knows of many rows answers as one that knows
// nothing, for keys that are blank or stand for no row, text that differs in case, snowflakes,
// filters and roles.

// partly are measures that can be computed in two steps, and some that cannot.
var partly = map[string]string{
	"Sum": "SUM(Fact[Amount])", "Exact": "SUM(Fact[Price])", "Weight": "SUM(Fact[Weight])", "Mean": "AVERAGE(Fact[Amount])",
	"Rows": "COUNTROWS(Fact)", "Counted": "COUNT(Fact[Amount])", "Blanks": "COUNTBLANK(Fact[Code])", "Codes": "COUNTA(Fact[Code])",
	"Least": "MIN(Fact[Amount])", "Last": "MAX(Fact[Day])", "Some": "SUMX(FILTER(Fact, Fact[Amount] > 2), Fact[Amount] * 2)",
	"Sized": "SUMX(Fact, Fact[Amount] * RELATED(Dim[Size]))", "Distinct": "DISTINCTCOUNT(Fact[Code])",
	"Of a": `CALCULATE([Sum], Dim[Name] = "a")`, "Share": "DIVIDE([Sum], CALCULATE([Sum], ALL(Group)))",
}

func drawPartly(rt *rapid.T) *world {
	text := rapid.SampledFrom([]any{"a", "b", "c", nil})
	key := func(most int) any {
		if n := rapid.IntRange(-1, most).Draw(rt, "key"); n >= 0 {
			return n
		}
		return nil
	}
	w := newWorld()
	var facts, dims, groups, kinds [][]any
	for i := range rapid.IntRange(0, 4).Draw(rt, "dims") {
		dims = append(dims, []any{i, key(3), text.Draw(rt, "name"), key(5)})
	}
	for i := range rapid.IntRange(0, 3).Draw(rt, "groups") {
		groups = append(groups, []any{i, text.Draw(rt, "name")})
	}
	for i, k := range []string{"x", "Y"}[:rapid.IntRange(0, 2).Draw(rt, "kinds")] {
		kinds = append(kinds, []any{k, i})
	}
	for i := range rapid.IntRange(0, 20).Draw(rt, "facts") {
		day := day(2025, 1+rapid.IntRange(0, 3).Draw(rt, "month"), 1)
		price := float64(rapid.IntRange(-5, 5).Draw(rt, "price")) / 4
		facts = append(facts, []any{i, key(5), rapid.SampledFrom([]any{"x", "X", "y", "z", nil}).Draw(rt, "kind"), key(9), price, price * 3, text.Draw(rt, "code"), day})
	}
	w.table("Group", "Key int, Name text", groups...)
	w.table("Dim", "Key int, Group int, Name text, Size int", dims...)
	w.table("Kind", "Key text, Rank int", kinds...)
	w.table("Fact", "Id int, Dim int, Kind text, Amount int, Price decimal, Weight double, Code text, Day date", facts...)
	w.relate("Fact[Dim]", "Dim[Key]")
	w.relate("Dim[Group]", "Group[Key]")
	w.relate("Fact[Kind]", "Kind[Key]")
	for name, x := range partly {
		w.measure("Fact", name, x)
	}
	w.role("Own", `Dim: [Name] = "a"`)
	w.role("Few", "Fact: [Id] < 10", `Kind: [Rank] = 0`)
	return w
}

func TestGroupingByKeysFirst(t *testing.T) { onEach(t, groupingByKeysFirst) }

func groupingByKeysFirst(t *testing.T, src opener) {
	sets := []string{"Dim[Name]", "Group[Name]", "Kind[Rank]", "Kind[Key]", "Dim[Name],Dim[Size]", "Group[Name],Dim[Name]", "Dim[Name],Kind[Rank]",
		"Fact[Code],Dim[Name]", "Fact[Dim],Dim[Name]", "Kind[Rank],Fact[Kind]", "Dim[Key]"}
	first, alone, several, worlds := 0, 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		if worlds++; worlds > 40 {
			return
		}
		w := drawPartly(rt)
		e := w.openOn(t, src)
		hopes := false // that each group is made of one row of parts
		knows, err := e.Recording(func(s query.Statement) {
			if strings.Count(s.SQL(), " GROUP BY ") > 1 {
				first++
			}
			if is := strings.Contains(s.SQL(), "COUNT(DISTINCT hash"); is {
				hopes, alone = true, alone+1
			} else if hopes {
				hopes, several = false, several+1
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		stats := large(w.m)
		if rapid.Bool().Draw(rt, "many kinds") { // so that some of the keys are not grouped by first
			*stats.Table("Fact").Column("Kind") = model.ColumnStatistics{Name: "Kind", Distinct: 50_000}
		}
		if rapid.Bool().Draw(rt, "names differ") {
			stats.Table("Dim").Rows, stats.Table("Group").Rows = 5, 5
		}
		knows.Learn(stats)
		for range 6 {
			hopes = false
			fields := rapid.SampledFrom(sets).Draw(rt, "groups")
			by := ""
			for range rapid.IntRange(1, 3).Draw(rt, "values") {
				by = rapid.SampledFrom(sorted(partly)).Draw(rt, "value")
				fields += ",[" + by + "]"
			}
			q := parseQuery(fields)
			if q.Total = rapid.Bool().Draw(rt, "total"); rapid.Bool().Draw(rt, "best") {
				q.Order, q.Limit = []model.Order{{By: by, Descending: rapid.Bool().Draw(rt, "descending")}}, rapid.IntRange(1, 4).Draw(rt, "limit")
			}
			if rapid.Bool().Draw(rt, "filtered") {
				q.Where = append(q.Where, model.Filter{Column: model.ColumnRef{Table: rapid.SampledFrom([]string{"Dim", "Group"}).Draw(rt, "on"), Column: "Name"},
					Op: rapid.SampledFrom([]model.Op{model.In, model.NotIn}).Draw(rt, "op"), Values: []dax.Value{dax.TextOf("A"), {}}})
			}
			v := rapid.SampledFrom([]query.Viewer{everything, {Roles: []string{"Own"}}, {Roles: []string{"Few"}}, {Roles: []string{"Own", "Few"}}}).Draw(rt, "viewer")
			if want, got := seen(e, v, q), seen(knows, v, q); got != want {
				rt.Fatalf("%v as %v:\n%s\nwant\n%s\nrows %v", q, v, got, want, w.rows)
			}
		}
	})
	if first == 0 {
		t.Error("no statement groups by keys first: nothing was proved")
	}
	t.Logf("%d statements group by keys first, %d hope that each group is one row, %d in vain", first, alone, several)
}

// Where names are believed to differ, the source is asked for the best groups as if each were one
// row of parts. Names that are alike, and rows that look up nothing, are added up all the same, and
// the second time at once.
func TestBestGroupsOfNamesThatAreAlike(t *testing.T) {
	on := postgresIn(t)
	for name, c := range map[string]struct {
		names, keys []any
		want        string
		statements  int
	}{
		"unlike":         {[]any{"ada", "bo", "cy"}, []any{1, 2, 3, 3}, "cy 2\nada 1", 1},
		"alike":          {[]any{"ada", "bo", "ADA"}, []any{1, 2, 2, 3, 3}, "ADA 3\nbo 2", 2},
		"alike, unused":  {[]any{"ada", "bo", "ADA"}, []any{1, 2, 2}, "bo 2\nada 1", 1},
		"looks up none":  {[]any{"ada", "bo", "cy"}, []any{7, 8, 9, 1, 1}, "- 3\nada 2", 2},
		"one, and blank": {[]any{"ada", nil, "cy"}, []any{7, 2, nil, 1, 1}, "- 3\nada 2", 2},
	} {
		w := newWorld()
		var dims, facts [][]any
		for i, n := range c.names {
			dims = append(dims, []any{i + 1, n})
		}
		for _, k := range c.keys {
			facts = append(facts, []any{k})
		}
		w.table("Dim", "Key int, Name text", dims...)
		w.table("Fact", "Dim int", facts...)
		w.relate("Fact[Dim]", "Dim[Key]")
		w.measure("Fact", "Rows", "COUNTROWS(Fact)")
		ran := 0
		e, err := w.openOn(t, on).Recording(func(query.Statement) { ran++ })
		if err != nil {
			t.Fatal(err)
		}
		stats := large(w.m)
		stats.Table("Dim").Rows = 5
		e.Learn(stats)
		q := parseQuery("Dim[Name],[Rows]")
		q.Order, q.Limit = []model.Order{{By: "Rows", Descending: true}}, 2
		for _, statements := range []int{c.statements, 1} {
			ran = 0
			res, err := e.Ask(context.Background(), everything, q)
			if got := text(res); err != nil || got != c.want || ran != statements {
				t.Errorf("%s: %d statements, %v:\n%s\nwant %d:\n%s", name, ran, err, got, statements, c.want)
			}
		}
	}
}

func TestGroupingByKeysFirstIsChosenBySize(t *testing.T) {
	w := newWorld()
	w.table("Dim", "Key int, Name text", []any{1, "a"})
	w.table("Fact", "Id int, Dim int", []any{1, 1})
	w.relate("Fact[Dim]", "Dim[Key]")
	w.measure("Fact", "Rows", "COUNTROWS(Fact)")
	w.table("Kind", "Key int, Rank int", []any{1, 1})
	w.m.Table("Fact").Columns = append(w.m.Table("Fact").Columns, &model.Column{Name: "Kind", Source: "Kind", Type: dax.Int64})
	w.rows["Fact"] = [][]any{{1, 1, 1}}
	w.relate("Fact[Kind]", "Kind[Key]")
	e := w.open(t)
	for _, c := range []struct {
		fields     string
		rows, keys int64
		want       string // what is grouped by first
	}{
		{"Dim[Name]", 1_000_000, 1_000, "Dim"}, {"Dim[Name]", 1_000_000, 500_000, ""}, {"Dim[Name]", 1_000, 10, ""},
		{"Dim[Name],Kind[Rank]", 10_000_000, 500, "Dim, Kind"}, {"Dim[Name],Kind[Rank]", 10_000_000, 100_000, "Kind"},
	} {
		s := large(w.m)
		s.Table("Fact").Rows, s.Table("Fact").Column("Dim").Distinct = c.rows, c.keys
		got := ""
		knows, err := e.Recording(func(s query.Statement) { got = s.SQL() })
		if err != nil {
			t.Fatal(err)
		}
		knows.Learn(s)
		if _, err := knows.Ask(context.Background(), everything, parseQuery(c.fields+",[Rows]")); err != nil {
			t.Fatal(err)
		}
		var first []string
		for _, key := range []string{"Dim", "Kind"} {
			if strings.Contains(got, fmt.Sprintf(`AS %q`, key)) {
				first = append(first, key)
			}
		}
		if is := strings.Join(first, ", "); is != c.want {
			t.Errorf("%s of %d rows with %d keys groups by %q first, want %q: %s", c.fields, c.rows, c.keys, is, c.want, got)
		}
	}
}

func day(year, month, n int) time.Time {
	return time.Date(year, time.Month(month), n, 0, 0, 0, 0, time.UTC)
}

// sorted is the names of measures in order: a drawn name has to be the same when a check is
// repeated.
func sorted(measures map[string]string) []string {
	return slices.Sorted(maps.Keys(measures))
}

// TestGroupsWithoutMeasures is the examples of summarizecolumns-function-dax.md, "Filter context": a
// filter on customers leaves territories alone, to which only sales relate them, and filters the
// columns of customers.
func TestGroupsWithoutMeasures(t *testing.T) {
	w := newWorld()
	w.table("Territory", "Key int, Category text", []any{1, "north"}, []any{2, "south"})
	w.table("Customer", "Key int, Name text, Education text", []any{1, "Alicia", "high"}, []any{2, "Bob", "low"}, []any{3, "Alicia", "low"})
	w.table("Sales", "Territory int, Customer int", []any{1, 1}, []any{2, 2})
	w.relate("Sales[Territory]", "Territory[Key]")
	w.relate("Sales[Customer]", "Customer[Key]")
	e := w.open(t)
	for text, want := range map[string]string{
		`SUMMARIZECOLUMNS(Territory[Category], FILTER(Customer, Customer[Name] = "Alicia"))`:                                     "north\nsouth",
		`SUMMARIZECOLUMNS(Territory[Category], Customer[Education], FILTER(Customer, Customer[Key] = 1))`:                        "north high\nsouth high",
		`SUMMARIZECOLUMNS(Territory[Category], Customer[Education], FILTER(Customer, Customer[Key] = 1), "n", COUNTROWS(Sales))`: "north high 1",
	} {
		if got := evaluate(t, e, query.Viewer{Unrestricted: true}, "EVALUATE "+text); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", text, got, want)
		}
	}
}
