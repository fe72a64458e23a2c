package query_test

import (
	"context"
	"testing"
	"time"
)

// TestNarrowedTablesAsFilters: a table that stands as a filter holds the rows that the filters
// outside leave of it, also where a table is read that these filters reach over its rows alone
// (calculate-function-dax.md, "Remarks"; sqlbi.com/articles/expanded-tables-in-dax).
func TestNarrowedTablesAsFilters(t *testing.T) {
	w := newWorld()
	day := func(n int) time.Time { return time.Date(2023, 12, n, 0, 0, 0, 0, time.UTC) }
	w.table("Group", "Key int, Name text", []any{1, "b"})
	w.table("Product", "Key int, Group int, Color text", []any{1, 5, "B"}, []any{2, 1, "c"}, []any{3, 1, "d"})
	w.table("Calendar", "Date date", []any{day(29)}, []any{day(30)}, []any{day(31)})
	w.table("Sales", "Id int, Prod int, Day date", []any{1, 1, day(31)}, []any{2, 1, day(30)}, []any{3, 3, day(31)}, []any{4, nil, day(29)}, []any{5, nil, day(28)})
	w.relate("Sales[Prod]", "Product[Key]")
	w.relate("Product[Group]", "Group[Key]")
	w.relate("Sales[Day]", "Calendar[Date]")
	w.measure("Sales", "Days", "COUNTROWS(Calendar)")
	onEach(t, func(t *testing.T, src opener) {
		e := w.openOn(t, src)
		for text, want := range map[string]string{
			"CALCULATE(CALCULATE([Days], Sales), FILTER(Product, Product[Key] = 1))":                                            "2",
			"CALCULATE(CALCULATE([Days], Sales), FILTER(Product, Product[Key] = 2))":                                            "BLANK()",
			`CALCULATE(CALCULATE([Days], Sales), FILTER(VALUES(Product[Color]), Product[Color] = "d"))`:                         "1",
			"CALCULATE(CALCULATE([Days], Sales), FILTER('Group', 'Group'[Key] = 1))":                                            "1",
			"CALCULATE(CALCULATE([Days], FILTER(Sales, Sales[Id] > 1)), FILTER(Product, Product[Key] = 1))":                     "1",
			"CALCULATE(CALCULATE([Days], Sales), FILTER(VALUES(Sales[Day]), Sales[Day] <> DATE(2023, 12, 31)))":                 "2",
			"CALCULATE(CALCULATE([Days], Sales), FILTER(Product, Product[Key] < 3), KEEPFILTERS(FILTER(Sales, Sales[Id] < 2)))": "1",
		} {
			got, err := e.Evaluate(context.Background(), everything, `EVALUATE ROW("x", `+text+`)`)
			if err != nil || len(got) != 1 || got[0].Rows[0][0].String() != want {
				t.Errorf("%s is %v (%v), want %s", text, got, err, want)
			}
		}
		got, err := e.Evaluate(context.Background(), everything, `EVALUATE SUMMARIZECOLUMNS(Sales[Prod], KEEPFILTERS(FILTER(VALUES(Sales[Day]), Sales[Day] <> DATE(2023, 12, 31))), "n", COUNTROWS(Sales), "days", CALCULATE([Days], Sales))`)
		if err != nil || len(got[0].Rows) != 2 {
			t.Fatalf("%v %v, want the rows of two products", got, err)
		}
		for _, row := range got[0].Rows { // of sales without a product one has a day of the calendar
			if row[2].String() != "1" {
				t.Errorf("%v, want 1 day", row)
			}
		}
	})
}
