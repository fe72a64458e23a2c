package query_test

import (
	"context"
	"testing"

	"inlay/query"
)

// TestRowsBecomeFilters asks for expressions in rows: CALCULATE and measures make filters of
// the row, an aggregate alone does not.
func TestRowsBecomeFilters(t *testing.T) {
	w := newWorld()
	w.table("Product", "Key int, Name text", []any{1, ""}, []any{2, "c"}, []any{3, "c"})
	w.table("Sales", "Prod int, Qty int", []any{9, 1}, []any{2, 3}, []any{3, 4})
	w.relate("Sales[Prod]", "Product[Key]")
	w.measure("Sales", "Total", "SUM(Sales[Qty])")
	e := w.open(t)
	for _, c := range []struct{ query, want string }{
		{`SELECTCOLUMNS(Product, "k", Product[Key], "n", CALCULATE(COUNTROWS(Product))) ORDER BY [k]`, "1 1\n2 1\n3 1"},
		{`SELECTCOLUMNS(Product, "k", Product[Key], "n", COUNTROWS(Product)) ORDER BY [k]`, "1 3\n2 3\n3 3"},
		{`ADDCOLUMNS(DISTINCT(Product[Name]), "q", CALCULATE(SUM(Sales[Qty])), "t", [Total], "all", SUM(Sales[Qty])) ORDER BY Product[Name]`, " - - 8\nc 7 7 8"},
		{`ADDCOLUMNS(DISTINCT(Product[Name]), "n", COUNTROWS(CALCULATETABLE(FILTER(Sales, SUM(Sales[Qty]) > 7)))) ORDER BY Product[Name]`, " -\nc -"},
	} {
		res, err := e.Evaluate(context.Background(), query.Viewer{Unrestricted: true}, "EVALUATE "+c.query)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		if got := text(res[0]); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.query, got, c.want)
		}
	}
}

// TestBlankRowIsNoRowOfItsTable filters by a table: the blank row is not iterated, and what
// looks up nothing is not counted.
func TestBlankRowIsNoRowOfItsTable(t *testing.T) {
	w := newWorld()
	w.table("Product", "Key int, Name text", []any{1, "a"}, []any{2, "b"})
	w.table("Sales", "Prod int, Qty int", []any{9, 1}, []any{2, 3}, []any{2, 3}, []any{1, 4})
	w.relate("Sales[Prod]", "Product[Key]")
	w.measure("Sales", "Total", "SUM(Sales[Qty])")
	e := w.open(t)
	for _, c := range []struct{ query, want string }{
		{`ROW("t", CALCULATE([Total], FILTER(Product, Product[Name] <> "a")))`, "6"},
		{`ROW("t", CALCULATE([Total], FILTER(ALL(Product), Product[Name] <> "a")))`, "7"},
		{`ROW("t", CALCULATE([Total], Product[Name] <> "a"))`, "7"},
		{`ROW("t", CALCULATE([Total], Product))`, "10"},
		{`ROW("n", COUNTROWS(DISTINCT(Sales)))`, "3"},
		{`SELECTCOLUMNS(FILTER(ALL(Sales), FALSE()), "x", 3)`, ""},
	} {
		res, err := e.Evaluate(context.Background(), query.Viewer{Unrestricted: true}, "EVALUATE "+c.query)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		if got := text(res[0]); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.query, got, c.want)
		}
	}
}
