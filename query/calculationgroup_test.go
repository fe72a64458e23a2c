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

// TestFormatsOfCalculationItems: the format string of the item that is applied is that of the value,
// computed where the value is; an item without one leaves that of the next group, or of the measure.
func TestFormatsOfCalculationItems(t *testing.T) {
	onEach(t, func(t *testing.T, src opener) {
		w := shop()
		groups(w)
		part, unit := w.m.Table("Part").Group, w.m.Table("Unit").Group
		part.Items[1].Format = `IF(ISSELECTEDMEASURE([Total]), "0.0%", SELECTEDMEASUREFORMATSTRING())`
		unit.Items[0].Format = `SELECTEDMEASUREFORMATSTRING() & " k"`
		unit.Several.Format = `"several"`
		total, _ := w.m.Measure("Total")
		total.Format = "#,0"
		rows, _ := w.m.Measure("Rows")
		rows.FormatBy = `IF([Total] > 0, "0 sold", "0")`
		e := w.openOn(t, src)
		one := func(table, item string) model.Filter {
			return model.Filter{Column: model.ColumnRef{Table: table, Column: "Name"}, Op: model.In, Values: []dax.Value{dax.TextOf(item)}}
		}
		for _, c := range []struct {
			name, fields string
			where        []model.Filter
			want         string
		}{
			{"an item", "[Total] format", []model.Filter{one("Part", "Web")}, "0.0%"},
			{"an item without one", "[Total] format", []model.Filter{one("Part", "All of it")}, "#,0"},
			{"an item that passes on", "[Rows] format", []model.Filter{one("Part", "Web")}, "0 sold"},
			{"no item", "[Rows] format", nil, "0 sold"},
			{"both groups", "[Total] format", []model.Filter{one("Part", "Web"), one("Unit", "Thousandths")}, "0.0% k"},
			{"the outer group alone", "[Total] format", []model.Filter{one("Unit", "Thousandths")}, "#,0 k"},
			{"an inner item under an outer without", "[Total] format", []model.Filter{one("Unit", "Plus one"), one("Part", "Web")}, "0.0%"},
			{"each item", "Part[Name],[Total] format", nil, "All of it #,0\nWeb 0.0%\nOnly sums #,0\nCalled #,0"},
			{"a measure without one", "Part[Name],[Regions] format", nil, "All of it \nWeb \nCalled "},
		} {
			q := parseQuery(strings.ReplaceAll(c.fields, " format", ""))
			for i := range q.Values {
				q.Values[i].FormatOf = true
			}
			q.Where = c.where
			res, err := e.Ask(context.Background(), query.Viewer{Unrestricted: true}, q)
			if err != nil || text(res) != c.want {
				t.Errorf("%s: %q %v, want %q", c.name, text(res), err, c.want)
			}
		}
	})
}

// TestGroupsKeepAnswersApart: what only the fallback or the format of an item asks about the viewer
// keeps an answer for that viewer alone.
func TestGroupsKeepAnswersApart(t *testing.T) {
	w := shop()
	groups(w)
	w.role("All")
	w.m.Table("Unit").Group.None = &model.CalculationItem{Name: "none", Expression: `USERPRINCIPALNAME()`, Format: `USERPRINCIPALNAME()`}
	e, _ := kept(t, w, 1<<20)
	for _, name := range []string{"ann@example.com", "bob@example.com", "ann@example.com"} {
		q := parseQuery("[Total]")
		res, err := e.Ask(context.Background(), as(name, "All"), q)
		if err != nil || text(res) != name {
			t.Errorf("%s: %q %v", name, text(res), err)
		}
		q.Values[0].FormatOf = true
		if res, err = e.Ask(context.Background(), as(name, "All"), q); err != nil || text(res) != name {
			t.Errorf("the format of %s: %q %v", name, text(res), err)
		}
	}
}

// TestGroupsHideWhatTheyName: what a group does without a choice tells nobody the name of what is
// hidden from them, and is not left out either.
func TestGroupsHideWhatTheyName(t *testing.T) {
	w := staff()
	unit := w.table("Unit", "Name text")
	unit.Calculation = true
	unit.Group = &model.CalculationGroup{Column: "Name", None: &model.CalculationItem{Name: "none", Expression: "SELECTEDMEASURE() * SUM(Person[Salary])"},
		Items: []model.CalculationItem{{Name: "same", Expression: "SELECTEDMEASURE()"}}}
	e := w.open(t)
	if got := daxText(t, e, everything, `EVALUATE ROW("x", [Worked])`); got != "[x]\n45000\n" {
		t.Fatal(got)
	}
	if got := daxText(t, e, as("x", "Pay"), `EVALUATE ROW("x", [Worked])`); !strings.HasPrefix(got, "error: ") || !strings.Contains(got, "cannot be shown") || strings.Contains(got, "Salary") {
		t.Error(got)
	}
}
