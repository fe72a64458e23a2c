package query_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Measures that go over all customers for each of them are computed for more than a thousand: what
// such an iteration computes is the same for each, and is computed once.
func TestMeasuresOverAllOfMany(t *testing.T) {
	const many = 1500
	w := newWorld()
	var facts, people, areas [][]any
	for i := range many {
		people = append(people, []any{i, fmt.Sprintf("p%04d", i), i % 3})
		facts = append(facts, []any{i, 2025, i + 1}, []any{i, 2026, 2*many - i})
	}
	for i := range 3 {
		areas = append(areas, []any{i, fmt.Sprintf("a%d", i)})
	}
	w.table("Area", "Key int, Name text", areas...)
	w.table("Person", "Key int, Name text, Area int", people...)
	w.table("Fact", "Person int, Year int, Amount int", facts...)
	w.relate("Fact[Person]", "Person[Key]")
	w.relate("Person[Area]", "Area[Key]")
	for name, x := range map[string]string{
		"Total": "SUM(Fact[Amount])",
		"Rank":  "RANKX(ALL(Person[Name]), [Total])", "Rank of rows": "RANKX(ALL(Person), [Total],, ASC)",
		"Rank of an aggregate": "RANKX(ALL(Person[Name]), CALCULATE(SUM(Fact[Amount])) * 2)",
		"Share":                "DIVIDE([Total], SUMX(ALL(Person[Name]), [Total]))", "Most": "MAXX(ALL(Person[Name]), [Total])",
		"Of the best": "CALCULATE([Total], KEEPFILTERS(TOPN(2, ALL(Person[Name]), [Total])))",
		"Step":        "DISTINCTCOUNT(Person[Area])", "Rank dense": "RANKX(ALL(Person[Name]), [Step],, DESC, DENSE)",
	} {
		w.measure("Fact", name, x)
	}
	e := w.open(t)
	const last = many - 1
	for q, want := range map[string]string{
		// In 2025 the last person has most, in 2026 the first.
		`SUMMARIZECOLUMNS(Fact[Year], Person[Name], "r", [Rank])`:                                       fmt.Sprintf("2025 p0000 %d\n2025 p1499 1\n2026 p0000 1\n2026 p1499 %d", many, many),
		`SUMMARIZECOLUMNS(Person[Name], TREATAS({2025}, Fact[Year]), "r", [Rank of rows])`:              fmt.Sprintf("p0000 1\np1499 %d", many),
		`SUMMARIZECOLUMNS(Person[Name], TREATAS({2025}, Fact[Year]), "r", [Rank of an aggregate])`:      fmt.Sprintf("p0000 %d\np1499 1", many),
		`SUMMARIZECOLUMNS(Fact[Year], Person[Name], "r", [Most])`:                                       fmt.Sprintf("2025 p0000 %d\n2025 p1499 %d\n2026 p0000 %d\n2026 p1499 %d", many, many, 2*many, 2*many),
		`SUMMARIZECOLUMNS(Person[Name], TREATAS({2025}, Fact[Year]), "r", ROUND([Share] * 1125750, 3))`: fmt.Sprintf("p0000 1\np1499 %d", many),
		`SUMMARIZECOLUMNS(Area[Name], Person[Name], TREATAS({2025}, Fact[Year]), "r", [Rank])`:          "a0 p0000 500\na1 p0000 501\na2 p0000 501\na0 p1499 501\na1 p1499 501\na2 p1499 1",
		`ADDCOLUMNS(VALUES(Person[Name]), "r", CALCULATE([Of the best], Fact[Year] = 2025))`:            fmt.Sprintf("p0000 -\np1499 %d", many),
		`ADDCOLUMNS(VALUES(Person[Name]), "r", CALCULATE([Rank], Fact[Year] = 2026))`:                   fmt.Sprintf("p0000 1\np1499 %d", many),
		`ADDCOLUMNS(Person, "r", RANKX(Person, Person[Key]))`:                                           fmt.Sprintf("0 p0000 0 %d\n%d p1499 2 1", many, last),
		`SUMMARIZECOLUMNS(Person[Name], TREATAS({2025}, Fact[Year]), "d", [Rank dense])`:                "p0000 1\np1499 1",
	} {
		all := `EVALUATE FILTER(` + q + `, Person[Name] IN {"p0000", "p1499"}) ORDER BY `
		if got := evaluate(t, e, everything, all+"Person[Name]"); !sameLines(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", q, got, want)
		}
	}
}

// sameLines reports whether texts have the same lines, in any order.
func sameLines(a, b string) bool {
	one, other := strings.Split(a, "\n"), strings.Split(b, "\n")
	slices.Sort(one)
	slices.Sort(other)
	return slices.Equal(one, other)
}
