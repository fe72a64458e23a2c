package query_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// Non-interference: what a viewer is answered (rows, or class and text of an error) is the same
// whether the hidden rows hold harmless values, values on which expressions fail, or are not
// there. Nothing needs to be known of the right answer.

// poison are values of hidden rows on which something fails or overflows.
var poison = []any{int64(9223372036854775807), int64(-9223372036854775808), int64(0), nil}

// risky are measures that can fail on a row, or overflow over some.
var risky = map[string]string{
	"Inverse":  "SUMX(Fact, 1 / Fact[Amount])",
	"Square":   "SUMX(Fact, Fact[Amount] * Fact[Amount])",
	"Sum":      "SUM(Fact[Amount])",
	"Huge":     "SUMX(Fact, Fact[Weight] * 1e300)",
	"Absolute": "SUMX(Fact, ABS(Fact[Amount]))",
	"Kept":     "COUNTROWS(FILTER(Fact, Fact[Amount] * 3 - 1 > 5))",
	"Over":     "CALCULATE(COUNTROWS(Fact), FILTER(Fact, Fact[Weight] * 1e10 > 1))",
	"Inside":   "COUNTROWS(FILTER(Fact, 10 / Fact[Amount] > 2))",
	"Related":  `COUNTROWS(FILTER(Fact, RELATED(Dim[Size]) * RELATED(Dim[Size]) > 4))`,
	"Left":     `COUNTROWS(FILTER(Fact, LEFT(Fact[Code], 2) = "ab"))`,
	"Distinct": "DISTINCTCOUNT(Fact[Code])",
	"Median":   "MEDIAN(Fact[Weight])",
	"Everyone": "CALCULATE([Sum], REMOVEFILTERS())",
}

func riskyWorld(facts, dims [][]any) *world {
	w := newWorld()
	w.table("Dim", "Key int, Name text, Size int", dims...)
	w.table("Fact", "Id int, Dim int, Amount int, Weight double, Code text", facts...)
	w.relate("Fact[Dim]", "Dim[Key]")
	for name, x := range risky {
		w.measure("Fact", name, x)
	}
	w.role("Own", `Dim: [Name] = USERNAME()`)
	w.role("Few", "Fact: [Id] < 100")
	w.role("Both", `Dim: [Name] = USERNAME()`, "Fact: [Id] < 100")
	return w
}

// seen is everything of an answer that a viewer sees, but for the last digits of floating numbers:
// DuckDB multiplies what stands in many rows alike and adds what does not, and stores it so.
func seen(e *query.Engine, v query.Viewer, q model.Query) string {
	res, err := e.Ask(context.Background(), v, q)
	if err != nil {
		return fmt.Sprintf("error %s: %v", inlay.KindOf(err), err)
	}
	rounded := func(row []dax.Value) []dax.Value {
		row = slices.Clone(row)
		for i, v := range row {
			if v.Type() == dax.Double {
				short, _ := strconv.ParseFloat(strconv.FormatFloat(v.Float(), 'g', 12, 64), 64)
				row[i] = dax.FloatOf(short)
			}
		}
		return row
	}
	for i, row := range res.Rows {
		res.Rows[i] = rounded(row)
	}
	return fmt.Sprintf("%s\n%v %v", text(res), rounded(res.Total), res.Truncated)
}

func TestHiddenRowsDoNotInterfere(t *testing.T) { onEach(t, hiddenRowsDoNotInterfere) }

func hiddenRowsDoNotInterfere(t *testing.T, src opener) {
	var names []string
	for name := range risky {
		names = append(names, name)
	}
	answers, refused, worlds := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		if worlds++; worlds > 15 {
			return
		}
		role := rapid.SampledFrom([]string{"Own", "Few", "Both"}).Draw(rt, "role")
		if worlds == 1 { // the first has errors of its own: visible numbers whose sum is out of range
			role = "Few"
		}
		var facts, dims, hiddenFacts, hiddenDims, harmless, harmlessDims [][]any
		for i := range rapid.IntRange(0, 4).Draw(rt, "dims") {
			dims = append(dims, []any{i, "ann", rapid.IntRange(0, 5).Draw(rt, "size")})
		}
		for i := range rapid.IntRange(0, 8).Draw(rt, "facts") {
			key := any(0)
			if len(dims) > 0 {
				key = rapid.IntRange(0, len(dims)-1).Draw(rt, "dim")
			}
			facts = append(facts, []any{i, key, rapid.SampledFrom([]any{1, 2, 3, 4, 5, 6, 7, 8, 9, int64(9223372036854775807)}).Draw(rt, "amount"), float64(rapid.IntRange(1, 3).Draw(rt, "weight")), rapid.SampledFrom([]any{"abc", "xyz", nil}).Draw(rt, "code")})
		}
		for i := range rapid.IntRange(1, 30).Draw(rt, "hidden") {
			bad := rapid.SampledFrom(poison).Draw(rt, "poison")
			if role != "Few" {
				hiddenDims = append(hiddenDims, []any{1000 + i, "bob", bad})
				harmlessDims = append(harmlessDims, []any{1000 + i, "bob", 1})
			}
			hiddenFacts = append(hiddenFacts, []any{1000 + i, 1000 + i, bad, 1.7e308, "(*[\\"})
			harmless = append(harmless, []any{1000 + i, 1000 + i, 1, 1.0, "x"})
		}
		if worlds == 1 {
			facts = append(facts, []any{50, 0, int64(9223372036854775807), 1.0, "abc"}, []any{51, 0, int64(9223372036854775807), 1.0, "abc"})
		}
		v := query.Viewer{Username: "ann", Roles: []string{role}}
		join := func(a, b [][]any) [][]any { return append(append([][]any{}, a...), b...) }
		without := riskyWorld(facts, dims).openOn(t, src)
		others := []*query.Engine{riskyWorld(join(hiddenFacts, facts), join(hiddenDims, dims)).openOn(t, src), riskyWorld(join(facts, harmless), join(dims, harmlessDims)).openOn(t, src)}
		if rapid.Bool().Draw(rt, "large") {
			for _, e := range append(others, without) {
				e.Learn(large(e.Model()))
			}
		}
		for _, name := range names {
			q := parseQuery(rapid.SampledFrom([]string{"", "Dim[Name],", "Fact[Code],"}).Draw(rt, "group") + "[" + name + "]")
			q.Total = true
			if rapid.Bool().Draw(rt, "filtered") {
				q.Where = append(q.Where, model.Filter{Column: model.ColumnRef{Table: "Fact", Column: "Amount"}, Op: model.Greater, Values: []dax.Value{dax.IntOf(2)}})
			}
			want := seen(without, v, q)
			for i, e := range others {
				if got := seen(e, v, q); got != want {
					rt.Fatalf("[%s] %v as %s with hidden rows (%d):\n%s\nwithout:\n%s", name, q, role, i, got, want)
				}
			}
			if answers++; len(want) > 5 && want[:5] == "error" {
				refused++
			}
		}
	})
	if answers == 0 || refused == 0 || refused == answers {
		t.Errorf("%d answers, %d of them errors: nothing was proved", answers, refused)
	}
	t.Logf("%d answers, %d of them errors", answers, refused)
}
