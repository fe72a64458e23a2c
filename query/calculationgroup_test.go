package query_test

import (
	"context"
	"strings"
	"testing"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// groups adds calculation groups to the shop: one of time, and one that changes the unit around it.
func groups(w *world) {
	add := func(table string, precedence int, items ...model.CalculationItem) *model.CalculationGroup {
		t := w.table(table, "Name text, Ordinal int")
		t.Calculation = true
		t.Columns[0].SortBy = "Ordinal"
		for i := range items {
			items[i].Ordinal = i
		}
		t.Group = &model.CalculationGroup{Precedence: precedence, Column: "Name", Items: items}
		return t.Group
	}
	add("Part", 10,
		model.CalculationItem{Name: "All of it", Expression: "SELECTEDMEASURE()"},
		model.CalculationItem{Name: "Web", Expression: `CALCULATE(SELECTEDMEASURE(), Sales[Channel] = "web")`},
		model.CalculationItem{Name: "Only sums", Expression: `IF(ISSELECTEDMEASURE([Total]), SELECTEDMEASURE(), BLANK())`},
		model.CalculationItem{Name: "Called", Expression: "SELECTEDMEASURENAME()"})
	unit := add("Unit", 20,
		model.CalculationItem{Name: "Thousandths", Expression: "SELECTEDMEASURE() * 1000"},
		model.CalculationItem{Name: "Plus one", Expression: "SELECTEDMEASURE() + 1"})
	unit.Several = &model.CalculationItem{Name: "several", Expression: "-1"}
}

func evaluate(t *testing.T, e *query.Engine, v query.Viewer, text string) string {
	t.Helper()
	res, err := e.Evaluate(context.Background(), v, text)
	if err != nil {
		return "error: " + err.Error()
	}
	return rowsText(res[0])
}

func rowsText(res model.Result) string {
	var lines []string
	for _, row := range res.Rows {
		var cells []string
		for _, v := range row {
			cells = append(cells, cell(v))
		}
		lines = append(lines, strings.Join(cells, " "))
	}
	return strings.Join(lines, "\n")
}

// TestCalculationGroups: an item that is chosen changes what measures compute, in visuals and in
// queries; the group with the higher precedence stands around the other.
func TestCalculationGroups(t *testing.T) {
	w := shop()
	groups(w)
	e := w.open(t)
	all := query.Viewer{Unrestricted: true}
	total, web := ask(t, e, all, "[Total]"), ask(t, e, all, "[Web]")
	if total == web || strings.HasPrefix(web, "error") {
		t.Fatalf("total %s, web %s: nothing would be proved", total, web)
	}
	one := func(table, item string) model.Filter {
		return model.Filter{Column: model.ColumnRef{Table: table, Column: "Name"}, Op: model.In, Values: []dax.Value{dax.TextOf(item)}}
	}
	for _, c := range []struct {
		name, got, want string
	}{
		{"a slicer of the items", ask(t, e, all, "Part[Name]"), "All of it\nWeb\nOnly sums\nCalled"},
		{"an item chosen by a slicer", ask(t, e, all, "[Total]", one("Part", "Web")), web},
		{"in other letters", ask(t, e, all, "[Total]", one("Part", "wEB")), web},
		{"an item for each row", ask(t, e, all, "Part[Name],[Total]"), "All of it " + total + "\nWeb " + web + "\nOnly sums " + total + "\nCalled Total"},
		{"an item that asks for the measure", ask(t, e, all, "[Rows]", one("Part", "Only sums")), "-"},
		{"both groups", ask(t, e, all, "[Total]", one("Part", "Web"), one("Unit", "Thousandths")), web + "000"},
		{"no item chosen", ask(t, e, all, "[Total]"), total},
		{"several items", evaluate(t, e, all, `EVALUATE ROW("v", CALCULATE([Total], Unit[Name] IN {"Plus one", "Thousandths"}))`), "-1"},
		{"in a query", evaluate(t, e, all, `EVALUATE ROW("v", CALCULATE([Total], Part[Name] = "Web"))`), web},
		{"columns are not changed, measures are", evaluate(t, e, all, `EVALUATE ROW("v", CALCULATE(SUM(Sales[Amount]), Part[Name] = "Web"))`), total},
		{"outside of an item", evaluate(t, e, all, `EVALUATE ROW("v", SELECTEDMEASURE())`), "error: line 1, column 19: SELECTEDMEASURE stands in a calculation item alone: no measure is selected here\n 1 | EVALUATE ROW(\"v\", SELECTEDMEASURE())\n   |                   ^"},
	} {
		if c.got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, c.got, c.want)
		}
	}
}
