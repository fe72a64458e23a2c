package visual

import (
	"slices"
	"strings"
	"testing"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/report"
)

// picking is the shop with two field parameters: By chooses columns, Show measures.
func picking() *model.Model {
	m := shop()
	choice := func(name, table, column, measure string, order int64) model.FieldChoice {
		return model.FieldChoice{Name: name, Table: table, Column: column, Measure: measure, Order: dax.IntOf(order), More: []dax.Value{dax.TextOf("group " + name[:1])}}
	}
	table := func(name string, choices ...model.FieldChoice) *model.Table {
		return &model.Table{Name: name, Parameter: &model.FieldParameter{Name: name, Field: name + " Fields", Order: name + " Order", Choices: choices},
			Columns: []*model.Column{{Name: name, Type: dax.String}, {Name: name + " Fields", Type: dax.String}, {Name: name + " Order", Type: dax.Int64}, {Name: "Group", Source: "[Value4]", Type: dax.String}}}
	}
	m.Tables = append(m.Tables, table("By", choice("Where", "Shop", "City", "", 1), choice("When", "Date", "Month", "", 0)),
		table("Show", choice("Income", "Sales", "", "Revenue", 0), choice("Spent", "Sales", "", "Cost", 1)))
	return m
}

func parameter(table string, index, length int) report.Parameter {
	return report.Parameter{Column: model.ColumnRef{Table: table, Column: table}, Index: index, Length: length}
}

func oneOf(table, column string, values ...string) model.Filter {
	f := model.Filter{Column: model.ColumnRef{Table: table, Column: column}, Op: model.In}
	for _, v := range values {
		f.Values = append(f.Values, dax.TextOf(v))
	}
	return f
}

// fieldsAsked is what a table of both parameters asks for under filters, as one line.
func fieldsAsked(m *model.Model, v *report.Visual, filters ...model.Filter) (string, error) {
	v.Filters = filters
	p := &report.Page{Name: "p", DisplayName: "Page", Visuals: []*report.Visual{v}}
	plan, err := Query(m, &report.Definition{Pages: []*report.Page{p}}, p, v, State{})
	var names []string
	for _, c := range plan.Columns {
		names = append(names, c.Name+"="+c.Ref)
	}
	return strings.Join(names, " "), err
}

func TestFieldParameters(t *testing.T) {
	// Day, {By: City}, {Show: Revenue, Cost}, Units: the second parameter is the third field.
	v := func() *report.Visual {
		v := one("tableEx", roles{"Values": {col("Date", "Day"), col("Shop", "City"), measure("Revenue"), measure("Cost"), agg(model.Sum, col("Sales", "Units"))}})
		v.Parameters = map[string][]report.Parameter{"Values": {parameter("By", 1, 1), parameter("Show", 2, 2)}}
		return v
	}
	for name, c := range map[string]struct {
		filters []model.Filter
		want    string
	}{
		"nothing is chosen": {nil, "Day=Date.Day When=Date.Month Where=Shop.City Income=Sales.Revenue Spent=Sales.Cost Units=0(Sales.Units)"},
		"by name":           {[]model.Filter{oneOf("by", "by", "When"), oneOf("Show", "Show", "spent")}, "Day=Date.Day When=Date.Month Spent=Sales.Cost Units=0(Sales.Units)"},
		"by field":          {[]model.Filter{oneOf("By", "By Fields", "'Shop'[City]"), oneOf("Show", "Show Fields", "'Sales'[Cost]", "'Sales'[Revenue]")}, "Day=Date.Day Where=Shop.City Spent=Sales.Cost Income=Sales.Revenue Units=0(Sales.Units)"},
		"by a group":        {[]model.Filter{oneOf("By", "Group", "group W"), oneOf("Show", "Group", "group I")}, "Day=Date.Day When=Date.Month Where=Shop.City Income=Sales.Revenue Units=0(Sales.Units)"},
		"all but one":       {[]model.Filter{{Op: model.Not, Parts: []model.Filter{oneOf("By", "By", "When")}}, oneOf("Show", "Show", "Income")}, "Day=Date.Day Where=Shop.City Income=Sales.Revenue Units=0(Sales.Units)"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fieldsAsked(picking(), v(), c.filters...)
			if err != nil || got != c.want {
				t.Errorf("%v\n got %s\nwant %s", err, got, c.want)
			}
		})
	}
	each := v()
	each.Parameters["Values"][1].Index = 2 // the place of its first field, which is the same here
	each.Parameters["Values"] = []report.Parameter{parameter("Show", 2, 2), parameter("By", 1, 1)}
	if got, err := fieldsAsked(picking(), each, oneOf("Show", "Show", "Income"), oneOf("By", "By", "Where")); err != nil || got != "Day=Date.Day Where=Shop.City Income=Sales.Revenue Units=0(Sales.Units)" {
		t.Errorf("in another order: %s, %v", got, err)
	}
	two := one("tableEx", roles{"Values": {col("Shop", "City"), col("Date", "Month"), measure("Revenue")}})
	for _, index := range []int{1, 2} { // By stands for two fields: Show is the second field, or begins at place 2
		two.Parameters = map[string][]report.Parameter{"Values": {parameter("By", 0, 2), parameter("Show", index, 1)}}
		if got, err := fieldsAsked(picking(), two, oneOf("By", "By", "Where")); err != nil || got != "Where=Shop.City Income=Sales.Revenue Spent=Sales.Cost" {
			t.Errorf("index %d: %s, %v", index, got, err)
		}
	}
}

// TestFieldParametersRefused: what cannot be decided is refused, and never shown as it was saved.
func TestFieldParametersRefused(t *testing.T) {
	visual := func() *report.Visual {
		v := one("tableEx", roles{"Values": {col("Shop", "City")}})
		v.Parameters = map[string][]report.Parameter{"Values": {parameter("By", 0, 1)}}
		return v
	}
	for name, c := range map[string]struct {
		change func(m *model.Model, v *report.Visual)
		says   string
	}{
		"no such table":  {func(_ *model.Model, v *report.Visual) { v.Parameters["Values"][0].Column.Table = "Nope" }, "no field parameter 'Nope'"},
		"no parameter":   {func(_ *model.Model, v *report.Visual) { v.Parameters["Values"][0].Column.Table = "Shop" }, "no field parameter 'Shop'"},
		"computed rows":  {func(m *model.Model, _ *report.Visual) { m.Table("By").Parameter.Choices = nil }, "whose choices are known"},
		"nothing chosen": {func(_ *model.Model, v *report.Visual) { v.Filters = []model.Filter{oneOf("By", "By", "Nope")} }, "no field of the field parameter 'By' is chosen"},
		"comparison": {func(_ *model.Model, v *report.Visual) {
			v.Filters = []model.Filter{{Column: model.ColumnRef{Table: "By", Column: "By"}, Op: model.Greater, Values: []dax.Value{dax.TextOf("A")}}}
		}, "a list of values is supported"},
		"beyond": {func(_ *model.Model, v *report.Visual) { v.Parameters["Values"][0].Length = 2 }, "cannot be told"},
		"role": {func(m *model.Model, _ *report.Visual) {
			m.Roles = []model.Role{{Name: "R", Permissions: []model.Permission{{Table: "By", Filter: "FALSE()"}}}}
		}, "filtered by a role"},
		"related": {func(m *model.Model, _ *report.Visual) {
			m.Relationships = []model.Relationship{{From: model.ColumnRef{Table: "Shop", Column: "City"}, To: model.ColumnRef{Table: "By", Column: "By"}}}
		}, "related to another table"},
	} {
		t.Run(name, func(t *testing.T) {
			m, v := picking(), visual()
			c.change(m, v)
			_, err := fieldsAsked(m, v, v.Filters...)
			if err == nil || !strings.Contains(err.Error(), c.says) || inlay.KindOf(err) != inlay.Unsupported {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

// TestFieldParameterOrder: an order by a parameter is one by what is chosen; one by a field that is
// not chosen now orders nothing.
func TestFieldParameterOrder(t *testing.T) {
	v := one("columnChart", roles{"Category": {col("Shop", "City")}, "Y": {measure("Revenue")}})
	v.Parameters = map[string][]report.Parameter{"Category": {parameter("By", 0, 1)}, "Y": {parameter("Show", 0, 1)}}
	for name, c := range map[string]struct {
		by   report.Projection
		want string
	}{
		"by the parameter":         {col("By", "By"), "'Date'[Month]"},
		"by a measure not chosen":  {measure("Revenue"), "'Date'[Month]"},
		"by the measure chosen":    {measure("Cost"), "Sales.Cost 'Date'[Month]"},
		"by the parameter of them": {col("Show", "Show"), "Sales.Cost 'Date'[Month]"},
	} {
		v.Sort = []report.Sort{{Field: c.by}}
		v.Filters = []model.Filter{oneOf("By", "By", "When"), oneOf("Show", "Show", "Spent")}
		p := &report.Page{Visuals: []*report.Visual{v}}
		plan, err := Query(picking(), &report.Definition{}, p, v, State{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, o := range plan.Query.Order {
			if o.By != "" {
				got = append(got, o.By)
			} else {
				got = append(got, o.Group.String())
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", name, s, c.want)
		}
	}
}

// TestFormatStrings: a measure whose format string depends on filters is asked for it once, behind
// all values; a format of the visual itself goes before it.
func TestFormatStrings(t *testing.T) {
	m := shop()
	m.Table("Sales").Measures[0].FormatBy = `"0"`
	own := measure("Revenue")
	own.Format = "0%"
	v := one("tableEx", roles{"Values": {measure("Revenue"), col("Shop", "City"), measure("Cost"), own, measure("revenue")}})
	p := &report.Page{Name: "p", Visuals: []*report.Visual{v}}
	plan, err := Query(m, &report.Definition{}, p, v, State{})
	if err != nil {
		t.Fatal(err)
	}
	var at []int
	for _, c := range plan.Columns {
		at = append(at, c.FormatBy)
	}
	if want := []int{3, 0, 0, 0, 3}; !slices.Equal(at, want) || len(plan.Query.Values) != 3 || !plan.Query.Values[2].FormatOf {
		t.Errorf("%v of %+v, want %v", at, plan.Query.Values, want)
	}
	plain, ok := plan.Unformatted()
	if !ok || len(plain.Query.Values) != 2 || plain.Columns[0].FormatBy != 0 || plan.Columns[0].FormatBy != 3 {
		t.Errorf("%+v, %v", plain, ok)
	}
	if _, ok := plain.Unformatted(); ok {
		t.Error("a plan without format strings has none to leave out")
	}
}

// TestFormatStringsOfItems: measures are asked for their format where the query chooses calculation
// items that have one.
func TestFormatStringsOfItems(t *testing.T) {
	m := shop()
	unit := &model.Table{Name: "Unit", Calculation: true, Columns: []*model.Column{{Name: "Name", Type: dax.String}},
		Group: &model.CalculationGroup{Column: "Name", Items: []model.CalculationItem{{Name: "k", Expression: "SELECTEDMEASURE()"}}}}
	m.Tables = append(m.Tables, unit)
	asked := func(groups ...report.Projection) bool {
		t.Helper()
		v := one("tableEx", roles{"Values": append(groups, measure("Revenue"))})
		p := &report.Page{Name: "p", Visuals: []*report.Visual{v}}
		plan, err := Query(m, &report.Definition{}, p, v, State{})
		if err != nil {
			t.Fatal(err)
		}
		return plan.Columns[len(plan.Columns)-1].FormatBy > 0
	}
	if asked(col("Unit", "Name")) {
		t.Error("asked for formats that no item has")
	}
	unit.Group.Items[0].Format = `"0 k"`
	if !asked(col("Unit", "Name")) || asked(col("Shop", "City")) {
		t.Error("asked for formats where no item is chosen, or not where one is")
	}
	unit.Group.None = &model.CalculationItem{Expression: "SELECTEDMEASURE()", Format: `"0"`}
	if !asked(col("Shop", "City")) {
		t.Error("not asked for the format that the group gives where nothing is chosen")
	}
}
