package query_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// The first rows of an answer are those of the whole answer, in its order, whether the source
// orders them or not: with values that are alike, blank or infinite, in both directions.

var ranked = map[string]string{
	"Sum": "SUM(Fact[Amount])", "Price": "SUM(Fact[Price])", "Weight": "SUM(Fact[Weight])", "Last": "MAX(Fact[Day])", "Rows": "COUNTROWS(Fact)",
	"Mean": "AVERAGE(Fact[Amount])", "Half": "DIVIDE([Sum], 2)", "Large": "IF([Sum] > 3, [Sum])", "Of a": `CALCULATE([Sum], Dim[Name] = "a")`,
	"Never": "CALCULATE([Sum], Fact[Id] < 0)", "Always": "[Rows] + 0 * [Sum]", "One": "1",
}

func drawRanked(rt *rapid.T) *world {
	w := newWorld()
	var facts [][]any
	few := rapid.SampledFrom([]int{0, 1, 2, 40}).Draw(rt, "values")
	for i := range rapid.SampledFrom([]int{3, 100, 150}).Draw(rt, "facts") {
		amount, weight := any(rapid.IntRange(-few, few).Draw(rt, "amount")), any(nil)
		if rapid.IntRange(0, 5).Draw(rt, "blank") == 0 {
			amount = nil
		} else {
			weight = float64(amount.(int)) / 3
		}
		facts = append(facts, []any{i, rapid.SampledFrom([]any{0, 1, 9, nil}).Draw(rt, "dim"), amount, weight, weight, day(2025, 1, 1+i%20)})
	}
	w.table("Dim", "Key int, Name text", []any{0, "a"}, []any{1, "b"})
	w.table("Fact", "Id int, Dim int, Amount int, Price decimal, Weight double, Day date", facts...)
	w.relate("Fact[Dim]", "Dim[Key]")
	for name, x := range ranked {
		w.measure("Fact", name, x)
	}
	w.role("Own", `Dim: [Name] = "a"`)
	return w
}

func TestFirstRowsAreThoseOfTheWhole(t *testing.T) { onEach(t, firstRowsAreThoseOfTheWhole) }

func firstRowsAreThoseOfTheWhole(t *testing.T, src opener) {
	cut, again, worlds := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		if worlds++; worlds > 25 {
			return
		}
		var ran []string
		e, err := drawRanked(rt).openOn(t, src).Recording(func(s query.Statement) { ran = append(ran, s.SQL()) })
		if err != nil {
			t.Fatal(err)
		}
		for range 8 {
			fields := rapid.SampledFrom([]string{"Fact[Id]", "Fact[Id],Dim[Name]", "Dim[Name],Fact[Id]", "Fact[Amount],Fact[Id]", "Fact[Day],Fact[Id]"}).Draw(rt, "groups")
			var values []string
			for range rapid.IntRange(1, 3).Draw(rt, "values") {
				values = append(values, rapid.SampledFrom(sorted(ranked)).Draw(rt, "value"))
				fields += ",[" + values[len(values)-1] + "]"
			}
			q := parseQuery(fields)
			q.Total = rapid.Bool().Draw(rt, "total")
			if rapid.Bool().Draw(rt, "by a value") {
				q.Order = []model.Order{{By: values[0], Descending: rapid.Bool().Draw(rt, "descending")}}
			} else {
				q.Order = []model.Order{{Group: q.Groups[0], Descending: rapid.Bool().Draw(rt, "descending")}}
			}
			v := rapid.SampledFrom([]query.Viewer{everything, {Roles: []string{"Own"}}}).Draw(rt, "viewer")
			whole, err := e.Ask(context.Background(), v, q)
			if err != nil {
				rt.Fatal(err)
			}
			q.Limit = rapid.IntRange(1, 60).Draw(rt, "limit")
			want := whole
			if want.Truncated = len(whole.Rows) > q.Limit; want.Truncated {
				want.Rows = whole.Rows[:q.Limit]
			}
			ran = nil
			got, err := e.Ask(context.Background(), v, q)
			if err != nil {
				rt.Fatal(err)
			}
			if text(got) != text(want) || got.Truncated != want.Truncated || !slices.EqualFunc(got.Total, want.Total, alike) {
				rt.Fatalf("%+v as %v:\n%s %v %v\nwant\n%s %v %v", q, v, text(got), got.Total, got.Truncated, text(want), want.Total, want.Truncated)
			}
			if strings.Contains(ran[0], " LIMIT ") && strings.Contains(ran[0], " ORDER BY ") {
				if len(ran) > 1 && strings.HasPrefix(ran[0], ran[1]) {
					again++
				} else if got.Truncated {
					cut++
				}
			}
		}
	})
	if cut == 0 {
		t.Error("the source cut no answer: nothing was proved")
	}
	t.Logf("the source cut %d answers, and %d had to be asked for again", cut, again)
}

// More rows are alike than the source was asked for, so it is asked for all of them.
func TestAllAreReadWhereTooManyAreAlike(t *testing.T) { onEach(t, allAreReadWhereTooManyAreAlike) }

func allAreReadWhereTooManyAreAlike(t *testing.T, src opener) {
	w := newWorld()
	var facts [][]any
	for i := range 200 {
		facts = append(facts, []any{i, 7})
	}
	w.table("Fact", "Id int, Amount int", facts...)
	w.measure("Fact", "Sum", "SUM(Fact[Amount])")
	var ran []string
	e, err := w.openOn(t, src).Recording(func(s query.Statement) { ran = append(ran, s.SQL()) })
	if err != nil {
		t.Fatal(err)
	}
	q := parseQuery("Fact[Id],[Sum]")
	q.Order, q.Limit = []model.Order{{By: "Sum", Descending: true}}, 2
	got, err := e.Ask(t.Context(), everything, q)
	if err != nil {
		t.Fatal(err)
	}
	if want := "0 7\n1 7"; text(got) != want || !got.Truncated {
		t.Errorf("%s (%v), want %s", text(got), got.Truncated, want)
	}
	if len(ran) != 2 || !strings.Contains(ran[0], " LIMIT ") || strings.Contains(ran[1], " LIMIT ") {
		t.Errorf("asked the source for %q", ran)
	}
}

func line(row []dax.Value) string { return text(model.Result{Rows: [][]dax.Value{row}}) }

// A total is that of all rows, also where it is added up from the groups: over groups that do not
// filter a table, rows that look up nothing, and with what cannot be added up.
func TestTotalsAreThoseOfAllRows(t *testing.T) { onEach(t, totalsAreThoseOfAllRows) }

func totalsAreThoseOfAllRows(t *testing.T, src opener) {
	worlds, one, two := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		if worlds++; worlds > 25 {
			return
		}
		w := drawPartly(rt)
		w.measure("Dim", "Dims", "COUNTROWS(Dim)")
		w.measure("Kind", "Ranks", "SUM(Kind[Rank])")
		w.measure("Fact", "Everything", "CALCULATE([Sum], REMOVEFILTERS())")
		names := append(sorted(partly), "Dims", "Ranks", "Everything")
		n := 0
		e, err := w.openOn(t, src).Recording(func(query.Statement) { n++ })
		if err != nil {
			t.Fatal(err)
		}
		for range 6 {
			q := parseQuery(rapid.SampledFrom([]string{"Dim[Name]", "Kind[Rank]", "Fact[Code],Dim[Name]", "Group[Name],Kind[Key]"}).Draw(rt, "groups") +
				",[" + rapid.SampledFrom(names).Draw(rt, "value") + "],[" + rapid.SampledFrom(names).Draw(rt, "value") + "]")
			if len(q.Values) == 2 && q.Values[0] == q.Values[1] {
				q.Values = q.Values[:1]
			}
			v := rapid.SampledFrom([]query.Viewer{everything, {Roles: []string{"Own"}}, {Roles: []string{"Few"}}}).Draw(rt, "viewer")
			n = 0
			if _, err := e.Ask(context.Background(), v, q); err != nil {
				rt.Fatal(err)
			}
			plain := n
			q.Total, n = true, 0
			got, err := e.Ask(context.Background(), v, q)
			if err != nil {
				rt.Fatal(err)
			}
			if n == plain {
				one++
			} else {
				two++
			}
			q.Groups, q.Total = nil, false
			want, err := e.Ask(context.Background(), v, q)
			if err != nil {
				rt.Fatal(err)
			}
			for i := range got.Total {
				if !alike(got.Total[i], want.Rows[0][i]) {
					rt.Fatalf("the total of %v as %v is %s, want %s\nrows %v", q.Values, v, line(got.Total), line(want.Rows[0]), w.rows)
				}
			}
		}
	})
	if one == 0 || two == 0 {
		t.Errorf("%d totals were added up and %d asked for: nothing was proved", one, two)
	}
	t.Logf("%d totals were added up and %d asked for", one, two)
}
