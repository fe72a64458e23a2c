package query_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
	"inlay/query/plain"
)

// The rules of tables as filters, of the blank row and of changed relationships, computed by hand:
// both engines and the plain evaluator agree with each.
//
//	Product: 1 red a, 2 blue b, 3 red c, 4 – d         Calendar: 1 and 2 January, 1 February
//	Sales: id, product, day, shipped, quantity         Budget: product, amount
//	       1   1        1 Jan  1 Jan    10                     1        100
//	       2   2        1 Jan  1 Feb    20                     8        50 (no such product)
//	       3   1        1 Feb  1 Feb    5                      3        30
//	       4   9        1 Mar  2 Jan    7  (no such product and no such day)
func expanded() (*model.Model, map[string][][]dax.Value) {
	m := &model.Model{Name: "expanded"}
	table := func(name string, cols ...*model.Column) {
		m.Tables = append(m.Tables, &model.Table{Name: name, Columns: cols})
	}
	col := func(name string, t dax.Type) *model.Column { return &model.Column{Name: name, Source: name, Type: t} }
	table("Product", col("Key", dax.Int64), col("Color", dax.String), col("Name", dax.String))
	table("Calendar", col("Date", dax.DateTime), col("Month", dax.Int64))
	table("Sales", col("Id", dax.Int64), col("Prod", dax.Int64), col("Day", dax.DateTime), col("Ship", dax.DateTime), col("Qty", dax.Int64))
	table("Budget", col("Prod", dax.Int64), col("Amount", dax.Int64))
	for _, r := range [][4]string{{"Sales", "Prod", "Product", "Key"}, {"Sales", "Day", "Calendar", "Date"}, {"Sales", "Ship", "Calendar", "Date"}, {"Budget", "Prod", "Product", "Key"}} {
		m.Relationships = append(m.Relationships, model.Relationship{Name: r[0] + r[1], From: model.ColumnRef{Table: r[0], Column: r[1]},
			To: model.ColumnRef{Table: r[2], Column: r[3]}, ToEnd: model.One, Inactive: r[1] == "Ship"})
	}
	n, t := dax.IntOf, dax.TextOf
	day := func(month time.Month, d int) dax.Value {
		return dax.TimeOf(time.Date(2024, month, d, 0, 0, 0, 0, time.UTC))
	}
	return m, map[string][][]dax.Value{
		"Product":  {{n(1), t("red"), t("a")}, {n(2), t("blue"), t("b")}, {n(3), t("red"), t("c")}, {n(4), {}, t("d")}},
		"Calendar": {{day(1, 1), n(1)}, {day(1, 2), n(1)}, {day(2, 1), n(2)}},
		"Sales": {{n(1), n(1), day(1, 1), day(1, 1), n(10)}, {n(2), n(2), day(1, 1), day(2, 1), n(20)},
			{n(3), n(1), day(2, 1), day(2, 1), n(5)}, {n(4), n(9), day(3, 1), day(1, 2), n(7)}},
		"Budget": {{n(1), n(100)}, {n(8), n(50)}, {n(3), n(30)}},
	}
}

var expandedCases = []struct{ why, x, want string }{
	// A table as a filter is on all columns of its expanded table: sqlbi.com/articles/expanded-tables-in-dax.
	{"a table as a filter reaches what it looks up", `CALCULATE(COUNTROWS(Product), Sales)`, "2"},
	{"and is on the columns of that", `CALCULATE(ISFILTERED(Product[Color]), Sales)`, "True"},
	{"which can be taken off it", `CALCULATE(CALCULATE(COUNTROWS(Product), ALL(Product)), Sales)`, "4"},
	{"also the key alone", `CALCULATE(CALCULATE(COUNTROWS(Product), ALL(Product[Key])), Sales)`, "2"},
	{"and what is not the key", `CALCULATE(CALCULATE(COUNTROWS(Product), ALL(Product[Color])), FILTER(Sales, Sales[Id] = 1))`, "1"},
	{"a row that becomes a filter replaces those on what it looks up", `CALCULATE(MAXX(ALL(Sales), CALCULATE(COUNTROWS(Product))), Product[Name] = "c")`, "1"},
	{"what its rows were is not changed by filters inside", `CALCULATE(CALCULATE(COUNTROWS(Product), KEEPFILTERS(Sales[Qty] > 100)), FILTER(Sales, Sales[Qty] < 8))`, "1"},
	{"nor by taking off those outside", `CALCULATE(CALCULATE(CALCULATE(SUM(Sales[Qty]), ALL(Product)), FILTER(Sales, Sales[Qty] > 4)), Product[Color] = "red")`, "15"},
	{"so with values of a column", `CALCULATE(CALCULATE(CALCULATE(SUM(Sales[Qty]), ALL(Product[Name])), FILTER(VALUES(Product[Color]), Product[Color] <> "green")), Product[Name] = "b")`, "20"},
	{"and beside one that takes them off", `CALCULATE(CALCULATE(SUM(Sales[Qty]), REMOVEFILTERS(Product), FILTER(Sales, Sales[Qty] > 4)), Product[Color] = "red")`, "15"},

	// "The filter expression is evaluated before": dax.guide/calculate. A row outside is no filter then.
	{"a table in an iteration is not that of the row, and replaces it", `SUMX(VALUES(Product[Name]), CALCULATE(SUM(Sales[Qty]), Sales))`, "210"},
	{"so it does for a group", `MAXX(SUMMARIZECOLUMNS(Product[Name], "s", CALCULATE(IF(ISINSCOPE(Product[Name]), 1, 2), Sales)), [s])`, "2"},
	{"KEEPFILTERS leaves the group", `MAXX(SUMMARIZECOLUMNS(Product[Name], "s", CALCULATE(IF(ISINSCOPE(Product[Name]), 1, 2), KEEPFILTERS(Sales))), [s])`, "1"},
	{"KEEPFILTERS leaves the row", `SUMX(VALUES(Product[Name]), CALCULATE(SUM(Sales[Qty]), KEEPFILTERS(Sales)))`, "42"},

	// sqlbi.com/articles/userelationship-in-calculated-columns.
	{"a row looks up by the relationship that was active", `MAXX(FILTER(ALL(Sales), Sales[Id] = 2), CALCULATE(MAX(Calendar[Month]), USERELATIONSHIP(Sales[Ship], Calendar[Date])))`, "1"},
	{"a table by the one that is", `MAXX(FILTER(ALL(Sales), Sales[Id] = 2), CALCULATE(CALCULATE(MAX(Calendar[Month]), Sales), USERELATIONSHIP(Sales[Ship], Calendar[Date]), ALL(Calendar)))`, "2"},
	{"a filter holds what was looked up when another relationship is active", `CALCULATE(CALCULATE(SUM(Sales[Qty]), USERELATIONSHIP(Sales[Ship], Calendar[Date])), FILTER(ALL(Sales), RELATED(Calendar[Month]) = 1))`, "10"},
	{"or none", `CALCULATE(CALCULATE(COUNTROWS(Product), CROSSFILTER(Sales[Prod], Product[Key], NONE)), FILTER(ALL(Sales), Sales[Qty] = 20))`, "1"},
	{"and what it is taken off beside", `CALCULATE(COUNTROWS(Product), ALL(Product), FILTER(ALL(Sales), Sales[Qty] = 20), CROSSFILTER(Sales[Prod], Product[Key], NONE))`, "1"},

	// The blank row is a row of the table like others: sqlbi.com/articles/blank-row-in-dax.
	{"rows that look nothing up lead to the blank row, and from there to others of the kind", `CALCULATE(SUM(Budget[Amount]), Sales[Qty] = 7, CROSSFILTER(Sales[Prod], Product[Key], BOTH))`, "50"},
	{"so do other rows not", `CALCULATE(SUM(Budget[Amount]), Sales[Qty] = 10, CROSSFILTER(Sales[Prod], Product[Key], BOTH))`, "100"},
	{"the blank row counts beside one of blanks", `CALCULATE(COUNTROWS(VALUES(Product)), ISBLANK(Product[Color]))`, "2"},
	{"no condition on distinct values lets it pass", `CALCULATE(SUM(Sales[Qty]), FILTER(DISTINCT(Product[Name]), Product[Name] <> "a"))`, "20"},
	{"it is there whichever relationship is active", `CALCULATE(COUNTROWS(VALUES(Calendar[Month])), USERELATIONSHIP(Sales[Ship], Calendar[Date]))`, "3"},
	{"a filter on it finds rows that look nothing up", `CALCULATE(SUM(Budget[Amount]), ISBLANK(Product[Key]))`, "50"},
	{"until it is taken off by a table that looks it up, too", `CALCULATE(CALCULATE(SUM(Budget[Amount]), REMOVEFILTERS(Sales)), ISBLANK(Product[Key]))`, "180"},
	{"and in a ratio", `CALCULATE(DIVIDE(SUM(Budget[Amount]), CALCULATE(SUM(Budget[Amount]), REMOVEFILTERS(Sales))), ISBLANK(Product[Color])) * 18`, "5"},

	// Which zero a sum is depends on the order of adding, so that no text shows it.
	{"there is one zero", `"" & (0 * -1.5)`, "0"},
}

func TestExpandedTables(t *testing.T) {
	m, rows := expanded()
	p := plain.New(m, rows)
	onEach(t, func(t *testing.T, on opener) {
		e := (&world{m: m, rows: cells(rows)}).openOn(t, on)
		for _, c := range expandedCases {
			q := fmt.Sprintf("EVALUATE ROW(\"r\", %s)", c.x)
			want, err := p.Evaluate(plain.Viewer{Unrestricted: true}, q)
			if err != nil {
				t.Errorf("%s: %s: %v", c.why, c.x, err)
				continue
			}
			if got := text(want[0]); got != c.want {
				t.Errorf("%s: %s is %s by the plain evaluator, want %s", c.why, c.x, got, c.want)
			}
			got, err := e.Evaluate(context.Background(), query.Viewer{Unrestricted: true}, q)
			if err != nil {
				t.Errorf("%s: %s: %v", c.why, c.x, err)
			} else if text(got[0]) != c.want {
				t.Errorf("%s: %s is %s, want %s", c.why, c.x, text(got[0]), c.want)
			}
		}
	})
}
