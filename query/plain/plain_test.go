package plain_test

import (
	"fmt"
	"strings"
	"testing"

	"inlay/dax"
	"inlay/model"
	"inlay/query/plain"
)

// The rules of filter contexts on one small model, computed by hand.
//
//	Sales: Prod 1 has 10 and 20, Prod 2 has 5, Prod 9 (which no product has) has 7
//	Product: 1 red, 2 blue, 3 red
func small(both bool) *plain.Evaluator {
	column := func(name string, typ dax.Type) *model.Column { return &model.Column{Name: name, Type: typ} }
	m := &model.Model{Name: "small", Tables: []*model.Table{
		{Name: "Sales", Columns: []*model.Column{column("Prod", dax.Int64), column("Qty", dax.Int64)},
			Measures: []*model.Measure{{Name: "Total", Expression: "SUM(Sales[Qty])"}}},
		{Name: "Product", Columns: []*model.Column{column("Key", dax.Int64), column("Color", dax.String)}},
	}}
	m.Relationships = []model.Relationship{{From: model.ColumnRef{Table: "Sales", Column: "Prod"}, To: model.ColumnRef{Table: "Product", Column: "Key"}, ToEnd: model.One, Both: both}}
	m.Roles = []model.Role{{Name: "Red", Permissions: []model.Permission{{Table: "Product", Filter: `[Color] = "red"`}}},
		{Name: "Small", Permissions: []model.Permission{{Table: "Sales", Filter: `[Qty] < 10`}}}}
	n := func(v int64) dax.Value { return dax.IntOf(v) }
	return plain.New(m, map[string][][]dax.Value{
		"Sales":   {{n(1), n(10)}, {n(1), n(20)}, {n(2), n(5)}, {n(9), n(7)}},
		"Product": {{n(1), dax.TextOf("red")}, {n(2), dax.TextOf("blue")}, {n(3), dax.TextOf("red")}},
	})
}

func ask(p *plain.Evaluator, query string, roles ...string) string {
	res, err := p.Evaluate(plain.Viewer{Unrestricted: len(roles) == 0, Username: "ann@example.com", Roles: roles}, query)
	if err != nil {
		return "error: " + err.Error()
	}
	var lines []string
	for _, row := range res[0].Rows {
		var cells []string
		for _, v := range row {
			cells = append(cells, strings.ReplaceAll(v.String(), `"`, ""))
		}
		lines = append(lines, strings.Join(cells, " "))
	}
	return strings.Join(lines, "; ")
}

func TestRulesOfContexts(t *testing.T) {
	for _, c := range []struct{ why, x, want string }{
		{"the blank row is a value of the one side", `COUNTROWS(VALUES(Product[Color]))`, "3"},
		{"DISTINCT does not see it", `COUNTROWS(DISTINCT(Product[Color]))`, "2"},
		{"nor does the table itself", `COUNTROWS(Product)`, "3"},
		{"ALL keeps it, ALLNOBLANKROW does not", `COUNTROWS(ALL(Product)) - COUNTROWS(ALLNOBLANKROW(Product))`, "1"},
		{"a filter on it finds the orphans", `CALCULATE([Total], ISBLANK(Product[Color]))`, "7"},
		{"unequal keeps them", `CALCULATE([Total], Product[Color] <> "red")`, "12"},
		{"text has no case", `CALCULATE([Total], Product[Color] = "RED")`, "30"},
		{"a filter replaces one on the same column", `CALCULATE(CALCULATE([Total], Product[Color] = "blue"), Product[Color] = "red")`, "5"},
		{"KEEPFILTERS does not", `CALCULATE(CALCULATE([Total], KEEPFILTERS(Product[Color] = "blue")), Product[Color] = "red")`, "BLANK()"},
		{"ALL of the many side takes filters off the one side", `CALCULATE(CALCULATE([Total], ALL(Sales)), Product[Color] = "red")`, "42"},
		{"a filter does not go from many to one", `CALCULATE(COUNTROWS(Product), Sales[Qty] = 5)`, "3"},
		{"a table as a filter brings those it is expanded by", `CALCULATE(COUNTROWS(Product), Sales)`, "2"},
		{"so does a row that becomes a filter", `MAXX(Sales, CALCULATE(COUNTROWS(Product)))`, "1"},
		{"equal rows are one filter", `SUMX(VALUES(Product[Color]), [Total])`, "42"},
		{"a measure in a row is filtered by it", `SUMX(Product, [Total])`, "35"},
		{"without CALCULATE it is not", `SUMX(Product, SUM(Sales[Qty]))`, "126"},
		{"a filter argument is evaluated outside", `CALCULATE(CALCULATE([Total], VALUES(Product[Color]), ALL(Product)), Product[Color] = "red")`, "30"},
		{"CROSSFILTER opens the other direction", `CALCULATE(COUNTROWS(Product), Sales[Qty] = 5, CROSSFILTER(Sales[Prod], Product[Key], BOTH))`, "1"},
		{"and closes the usual one", `CALCULATE([Total], Product[Color] = "red", CROSSFILTER(Sales[Prod], Product[Key], NONE))`, "42"},
		{"TREATAS moves values", `CALCULATE([Total], TREATAS({1}, Sales[Prod]))`, "30"},
		{"an iteration is what ALLSELECTED restores", `SUMX(FILTER(VALUES(Product[Color]), Product[Color] <> "blue"), CALCULATE([Total], ALLSELECTED(Product[Color])))`, "74"},
	} {
		if got := ask(small(false), fmt.Sprintf("EVALUATE ROW(\"r\", %s)", c.x)); got != c.want {
			t.Errorf("%s: %s is %s, want %s", c.why, c.x, got, c.want)
		}
	}
}

func TestFiltersInBothDirections(t *testing.T) {
	for _, c := range []struct{ x, want string }{
		{`CALCULATE(COUNTROWS(Product), Sales[Qty] = 5)`, "1"},
		// What came from a table does not go back to it: the red product without sales stays.
		{`CALCULATE(COUNTROWS(Product), Product[Color] = "red")`, "2"},
		{`CALCULATE(COUNTROWS(VALUES(Product[Color])), Sales[Qty] = 7)`, "1"},
	} {
		if got := ask(small(true), fmt.Sprintf("EVALUATE ROW(\"r\", %s)", c.x)); got != c.want {
			t.Errorf("%s is %s, want %s", c.x, got, c.want)
		}
	}
}

func TestDefinitionsKnowEachOther(t *testing.T) {
	q := `DEFINE TABLE q = ADDCOLUMNS(VALUES(Product[Color]), "x", [Total]) MEASURE Sales[Total] = SUM(Sales[Qty]) + 1 EVALUATE ROW("r", SUMX(q, [x]))`
	if got := ask(small(false), q); got != "45" {
		t.Errorf("a table asks for the measure of the query that follows it: %s, want 45", got)
	}
}

func TestRoles(t *testing.T) {
	const all = `EVALUATE SUMMARIZECOLUMNS(Product[Color], "t", [Total]) ORDER BY Product[Color]`
	for _, c := range []struct {
		roles []string
		want  string
	}{
		{nil, "BLANK() 7; blue 5; red 30"},
		{[]string{"Red"}, "red 30"}, // not the orphan, and no blank row that betrays it
		{[]string{"Small"}, "BLANK() 7; blue 5"},
		{[]string{"Red", "Small"}, "BLANK() 7; blue 5; red 30"},
		{[]string{"None"}, "error: there is no role None"},
	} {
		if got := ask(small(false), all, c.roles...); got != c.want {
			t.Errorf("as %v: %s, want %s", c.roles, got, c.want)
		}
	}
	if got := ask(small(false), `EVALUATE ROW("all", CALCULATE(COUNTROWS(VALUES(Product[Color])), ALL(Product)))`, "Red"); got != "1" {
		t.Errorf("ALL shows %s colours to a viewer of one", got)
	}
}
