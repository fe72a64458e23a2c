package query_test

import (
	"context"
	"fmt"
	"testing"

	"inlay"
	"inlay/query"
)

// Groups of several tables are not combined beforehand where a table joins them: only what exists in
// it can have a value.
func TestGroupsOfSeveralTablesAreThoseThatExist(t *testing.T) {
	w := newWorld()
	const many = 1200
	var products, shops, sales [][]any
	for i := range many {
		products, shops = append(products, []any{i, fmt.Sprint("p", i)}), append(shops, []any{i, fmt.Sprint("s", i)})
		sales = append(sales, []any{i, many - 1 - i, i % 7})
	}
	sales = append(sales, []any{many + 1, 3, 100}) // no such product
	w.table("Product", "Key int, Name text", products...)
	w.table("Shop", "Key int, Name text", shops...)
	w.table("Sales", "Prod int, Shop int, Qty int", sales...)
	w.relate("Sales[Prod]", "Product[Key]")
	w.relate("Sales[Shop]", "Shop[Key]")
	w.measure("Sales", "Total", "SUM(Sales[Qty])")
	w.measure("Sales", "Large", "CALCULATE([Total], Sales[Qty] > 5)")
	e := w.open(t)
	count := func(values string) string {
		t.Helper()
		return evaluate(t, e, query.Viewer{Unrestricted: true}, fmt.Sprintf(`EVALUATE ROW("n", COUNTROWS(SUMMARIZECOLUMNS(Product[Name], Shop[Name], %s)))`, values))
	}
	for values, want := range map[string]string{
		`"t", [Total]`: "1201",
		`"t", [Large]`: "172",
		`"t", [Total], "r", DIVIDE([Large], [Total])`:                     "1201",
		`"t", [Large] * 2 + IF([Total] > 3, COUNTROWS(Sales))`:            "514",
		`TREATAS({"p1", "p2"}, Product[Name]), "t", [Total]`:              "2",
		`"t", CALCULATE(COUNTROWS(Sales), KEEPFILTERS(Sales[Qty] = 100))`: "1",
	} {
		if got := count(values); got != want {
			t.Errorf("%s has %s groups, want %s", values, got, want)
		}
	}
	// What has a value everywhere is not guessed at.
	_, err := e.Evaluate(context.Background(), query.Viewer{Unrestricted: true}, `EVALUATE SUMMARIZECOLUMNS(Product[Name], Shop[Name], "one", 1)`)
	if inlay.KindOf(err) != inlay.Limit {
		t.Errorf("a value for each combination: %v, want an error of the limit", err)
	}
}
