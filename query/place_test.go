package query_test

import (
	"context"
	"strings"
	"testing"

	"inlay"
	"inlay/query"
)

// Whatever is wrong with a query is shown where it stands, with its line and a caret.
func TestErrorsShowTheirPlace(t *testing.T) {
	w := newWorld()
	w.table("Product", "Key int, Name text", []any{1, "a"}, []any{2, "b"})
	w.table("Sales", "Prod int, Qty int, Note text", []any{1, 10, "x"}, []any{2, 20, "y"})
	w.relate("Sales[Prod]", "Product[Key]")
	w.measure("Sales", "Total", "SUM(Sales[Qty])")
	w.measure("Sales", "Wrong", "1 + SUM(Sales[Note])")
	w.measure("Sales", "Outer", "2 * [Wrong]")
	e := w.open(t)
	for _, c := range []struct {
		q    string
		kind inlay.Kind
		want string
	}{
		{`EVALUATE NOSUCH(1)`, inlay.Invalid, "line 1, column 10: there is no function NOSUCH\n 1 | EVALUATE NOSUCH(1)\n   |          ^"},
		{`EVALUATE ROW("v", NOSUCH(1))`, inlay.Invalid, "line 1, column 19: there is no function NOSUCH\n 1 | EVALUATE ROW(\"v\", NOSUCH(1))\n   |                   ^"},
		{`EVALUATE SUM(Sales[Qty])`, inlay.Invalid, "line 1, column 10: EVALUATE takes a table; { … } makes one of values\n 1 | EVALUATE SUM(Sales[Qty])\n   |          ^"},
		{"EVALUATE\n  ROW(\"v\",\n    Sales[Qty])", inlay.Invalid, "line 3, column 5: a single value of column 'Sales'[Qty] cannot be determined: there is no current row of it; aggregate it, for example with SUM\n 3 |     Sales[Qty])\n   |     ^"},
		// The text of a measure of the model is not the viewer's; its place is.
		{`EVALUATE ROW("v", 3 + [Outer])`, inlay.Invalid, "line 1, column 23: measure [Wrong]: line 1, column 5: this function cannot work with values of type Text\n 1 | EVALUATE ROW(\"v\", 3 + [Outer])\n   |                       ^"},
		// That of a measure of the query is.
		{"DEFINE MEASURE Sales[M] = SUM(Sales[Note])\nEVALUATE ROW(\"v\", [M])", inlay.Invalid, "line 1, column 27: measure [M]: this function cannot work with values of type Text\n 1 | DEFINE MEASURE Sales[M] = SUM(Sales[Note])\n   |                           ^"},
		{`DEFINE COLUMN Sales[M] = [Total] EVALUATE Sales`, inlay.Unsupported, "line 1, column 8: DEFINE COLUMN Sales[M] is not supported: its expression is not computed for each row by the source (line 1, column 26: measure [Total] in an expression that is evaluated for each row is not supported yet); ADDCOLUMNS can compute it\n 1 | DEFINE COLUMN Sales[M] = [Total] EVALUATE Sales\n   |        ^"},
		{`DEFINE COLUMN Sales[Qty] = 1 EVALUATE Sales`, inlay.Invalid, "line 1, column 8: table \"Sales\" has a column [Qty] already\n 1 | DEFINE COLUMN Sales[Qty] = 1 EVALUATE Sales\n   |        ^"},
		{`DEFINE COLUMN None[M] = 1 EVALUATE Sales`, inlay.Invalid, "line 1, column 8: the model has no table \"None\"\n 1 | DEFINE COLUMN None[M] = 1 EVALUATE Sales\n   |        ^"},
		{`DEFINE VAR a = [m] MEASURE Sales[m] = a + 1 EVALUATE ROW("v", a)`, inlay.Invalid, "line 1, column 39: measure [m]: variable a refers to itself\n 1 | DEFINE VAR a = [m] MEASURE Sales[m] = a + 1 EVALUATE ROW(\"v\", a)\n   |                                       ^"},
		{`EVALUATE CROSSJOIN(GENERATESERIES(1, 2000), SELECTCOLUMNS(GENERATESERIES(1, 2000), "b", [Value]))`, inlay.Limit, "line 1, column 10: more than 1000000 combinations; add a filter or group by fewer columns\n 1 | EVALUATE CROSSJOIN(GENERATESERIES(1, 2000), SELECTCOLUMNS(GENERATESER…\n   |          ^"},
		{`EVALUATE ROW("v", CALCULATE([Total], CROSSFILTER(Sales[Prod], Product[Key], ONEWAY_LEFTFILTERSRIGHT)))`, inlay.Invalid, "line 1, column 38: CROSSFILTER with direction ONEWAY_LEFTFILTERSRIGHT takes a relationship of many to many; use ONEWAY, BOTH or NONE\n 1 | EVALUATE ROW(\"v\", CALCULATE([Total], CROSSFILTER(Sales[Prod], Product[Key], ONEWAY_LEFTFILTERSRIG…\n   |                                      ^"},
		{`EVALUATE ROW("v", CALCULATE([Total], Nowhere[X] = 1))`, inlay.Invalid, "line 1, column 38: the model has no table \"Nowhere\"\n 1 | EVALUATE ROW(\"v\", CALCULATE([Total], Nowhere[X] = 1))\n   |                                      ^"},
		{`EVALUATE ROW("v", CALCULATE([Total], 1 = Sales[None]))`, inlay.Invalid, "line 1, column 42: table \"Sales\" has no column [None]\n 1 | EVALUATE ROW(\"v\", CALCULATE([Total], 1 = Sales[None]))\n   |                                          ^"},
		{`EVALUATE ROW("v", CALCULATE([Total], MAX(Nowhere[X]) = 1))`, inlay.Invalid, "line 1, column 42: the model has no table \"Nowhere\"\n 1 | EVALUATE ROW(\"v\", CALCULATE([Total], MAX(Nowhere[X]) = 1))\n   |                                          ^"},
		{`EVALUATE ROW("v", CALCULATE([Total], Sales[Qty] = Nowhere[X]))`, inlay.Invalid, "line 1, column 51: the model has no table \"Nowhere\"\n 1 | EVALUATE ROW(\"v\", CALCULATE([Total], Sales[Qty] = Nowhere[X]))\n   |                                                   ^"},
		{`EVALUATE ROW("v", CALCULATE([Total], [Total] = 1))`, inlay.Invalid, "line 1, column 38: a filter of CALCULATE that is a condition names at least one column\n 1 | EVALUATE ROW(\"v\", CALCULATE([Total], [Total] = 1))\n   |                                      ^"},
		{`EVALUATE Sales ORDER BY Sales[None]`, inlay.Invalid, "line 1, column 25: table \"Sales\" has no column [None]\n 1 | EVALUATE Sales ORDER BY Sales[None]\n   |                         ^"},
	} {
		_, err := e.Evaluate(context.Background(), query.Viewer{Unrestricted: true}, c.q)
		if err == nil || inlay.KindOf(err) != c.kind || err.Error() != c.want {
			t.Errorf("%s: %s\n%v\nwant %s\n%s", c.q, inlay.KindOf(err), err, c.kind, c.want)
		}
	}
}

// The same holds for everything that attackers tried.
func TestErrorsOfAttacksShowTheirPlace(t *testing.T) {
	e := office("others").open(t)
	failed := 0
	for _, q := range attacks {
		_, err := e.Evaluate(context.Background(), query.Viewer{Unrestricted: true}, q)
		if err == nil {
			continue
		}
		if failed++; !strings.Contains(err.Error(), "^") || !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%s: %v", q, err)
		}
	}
	if failed == 0 {
		t.Error("no query failed: nothing was shown")
	}
}
