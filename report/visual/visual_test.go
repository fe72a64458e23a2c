package visual

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/report"
)

// shop is the model of these tests.
func shop() *model.Model {
	return &model.Model{Tables: []*model.Table{
		{Name: "Date", Columns: []*model.Column{
			{Name: "Day", Type: dax.DateTime}, {Name: "Month", Type: dax.String, SortBy: "Month No"}, {Name: "Month No", Type: dax.Int64},
		}, Hierarchies: []model.Hierarchy{{Name: "Calendar", Levels: []model.Level{{Name: "By month", Column: "Month"}}}}},
		{Name: "Shop", Columns: []*model.Column{{Name: "City", Type: dax.String}, {Name: "Open", Type: dax.Boolean}}},
		{Name: "Sales", Columns: []*model.Column{{Name: "Units", Type: dax.Int64}, {Name: "Price", Type: dax.Decimal}},
			Measures: []*model.Measure{{Name: "Revenue"}, {Name: "Cost"}}},
	}}
}

func col(table, name string) report.Projection {
	return report.Projection{Name: name, Ref: table + "." + name, Column: model.ColumnRef{Table: table, Column: name}}
}

func measure(name string) report.Projection {
	return report.Projection{Name: name, Ref: "Sales." + name, Measure: name}
}

func agg(f model.Aggregate, p report.Projection) report.Projection {
	p.Aggregate, p.Ref = &f, fmt.Sprintf("%d(%s)", f, p.Ref)
	return p
}

type roles = map[string][]report.Projection

func one(typ string, r roles) *report.Visual {
	return &report.Visual{Name: "v", Type: typ, Roles: r}
}

func ask(v *report.Visual) (Plan, error) {
	p := &report.Page{Name: "p", DisplayName: "Page", Visuals: []*report.Visual{v}}
	return Query(shop(), &report.Definition{Pages: []*report.Page{p}}, p, v, State{})
}

// text writes a plan as a sentence.
func text(p Plan) string {
	var b strings.Builder
	q := p.Query
	for _, g := range q.Groups {
		fmt.Fprintf(&b, "group %s\n", g)
	}
	for _, v := range q.Values {
		if v.Measure != "" {
			fmt.Fprintf(&b, "value %s = [%s]\n", v.Name, v.Measure)
		} else {
			fmt.Fprintf(&b, "value %s = %d of %s\n", v.Name, v.Aggregate, v.Column)
		}
	}
	for _, o := range q.Order {
		by := o.By
		if by == "" {
			by = o.Group.String()
		}
		fmt.Fprintf(&b, "order %s descending=%v\n", by, o.Descending)
	}
	fmt.Fprintf(&b, "limit %d total=%v detail=%v\n", q.Limit, q.Total, q.Detail)
	for _, c := range p.Columns {
		fmt.Fprintf(&b, "column %d %s %q %s group=%v %s\n", c.From, c.Role, c.Name, c.Ref, c.Group, c.Format)
	}
	return b.String()
}

func TestQuery(t *testing.T) {
	inactive := col("Shop", "City")
	inactive.Inactive = true
	hidden := measure("Cost")
	hidden.Hidden = true
	formatted := measure("Revenue")
	formatted.Format = "0.0"
	for name, c := range map[string]struct {
		visual *report.Visual
		want   string
	}{
		"card": {one("card", roles{"Values": {agg(model.Sum, col("sales", "units"))}}), `
value 0(sales.units) = 0 of 'Sales'[Units]
limit 1 total=true detail=false
column 0 Values "units" 0(sales.units) group=false 
`},
		"cards": {one("cardVisual", roles{"Data": {formatted, measure("cost"), hidden}}), `
value Sales.Revenue = [Revenue]
value Sales.cost = [Cost]
limit 1 total=true detail=false
column 0 Data "Revenue" Sales.Revenue group=false 0.0
column 1 Data "cost" Sales.cost group=false 
`},
		"table keeps the order of its fields": {one("tableEx", roles{"Values": {measure("Revenue"), col("Shop", "City"), measure("Cost"), col("Date", "Month")}}), `
group 'Shop'[City]
group 'Date'[Month]
value Sales.Revenue = [Revenue]
value Sales.Cost = [Cost]
order 'Shop'[City] descending=false
order 'Date'[Month] descending=false
limit 500 total=true detail=false
column 2 Values "Revenue" Sales.Revenue group=false 
column 0 Values "City" Shop.City group=true 
column 3 Values "Cost" Sales.Cost group=false 
column 1 Values "Month" Date.Month group=true 
`},
		"table without values": {one("tableEx", roles{"Values": {col("Shop", "City")}}), `
group 'Shop'[City]
order 'Shop'[City] descending=false
limit 500 total=false detail=true
column 0 Values "City" Shop.City group=true 
`},
		"bars of a text axis go by the value": {one("clusteredBarChart", roles{"Category": {col("Shop", "City")}, "Y": {measure("Revenue"), measure("Cost")}}), `
group 'Shop'[City]
value Sales.Revenue = [Revenue]
value Sales.Cost = [Cost]
order Sales.Revenue descending=true
order 'Shop'[City] descending=false
limit 1000 total=false detail=false
column 0 Category "City" Shop.City group=true 
column 1 Y "Revenue" Sales.Revenue group=false 
column 2 Y "Cost" Sales.Cost group=false 
`},
		"bars of an axis with an order go by it": {one("columnChart", roles{"Category": {col("Date", "Month")}, "Y": {measure("Revenue")}}), `
group 'Date'[Month]
value Sales.Revenue = [Revenue]
order 'Date'[Month] descending=false
limit 1000 total=false detail=false
column 0 Category "Month" Date.Month group=true 
column 1 Y "Revenue" Sales.Revenue group=false 
`},
		"a legend of the axis is asked once": {one("barChart", roles{"Category": {col("Shop", "City")}, "Series": {col("Shop", "City")}, "Y": {measure("Revenue")}, "Tooltips": {measure("Revenue")}}), `
group 'Shop'[City]
value Sales.Revenue = [Revenue]
order Sales.Revenue descending=true
order 'Shop'[City] descending=false
limit 1000 total=false detail=false
column 0 Category "City" Shop.City group=true 
column 0 Series "City" Shop.City group=true 
column 1 Y "Revenue" Sales.Revenue group=false 
column 1 Tooltips "Revenue" Sales.Revenue group=false 
`},
		"lines run along their axis, at the level that is shown": {one("lineChart", roles{"Category": {
			{Name: "M", Ref: "Date.Calendar.By month", Column: model.ColumnRef{Table: "Date"}, Hierarchy: "calendar", Level: "by month"}, inactive},
			"Y": {measure("Revenue")}, "Y2": {measure("Cost")}}), `
group 'Date'[Month]
value Sales.Revenue = [Revenue]
value Sales.Cost = [Cost]
order 'Date'[Month] descending=false
limit 1000 total=false detail=false
column 0 Category "M" Date.Calendar.By month group=true 
column 1 Y "Revenue" Sales.Revenue group=false 
column 2 Y2 "Cost" Sales.Cost group=false 
`},
		"slicer": {one("slicer", roles{"Values": {col("Date", "Month")}}), `
group 'Date'[Month]
order 'Date'[Month] descending=false
limit 1000 total=false detail=true
column 0 Values "Month" Date.Month group=true 
`},
		"two fields of one ref": {one("tableEx", roles{"Values": {{Name: "A", Ref: "r", Measure: "Revenue"}, {Name: "B", Ref: "R", Measure: "Cost"}}}), `
value r = [Revenue]
value R (2) = [Cost]
limit 500 total=true detail=false
column 0 Values "A" r group=false 
column 1 Values "B" R group=false 
`},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := ask(c.visual)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), text(p)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSort(t *testing.T) {
	month := col("Date", "Month")
	inactive := col("Shop", "City")
	inactive.Inactive = true
	for name, c := range map[string]struct {
		by   []report.Sort
		want string
	}{
		"by value":              {[]report.Sort{{Field: measure("revenue"), Descending: true}}, "Sales.Revenue true; 'Date'[Month] false"},
		"by group":              {[]report.Sort{{Field: month, Descending: true}}, "'Date'[Month] true"},
		"by the sort-by column": {[]report.Sort{{Field: col("Date", "Month No"), Descending: true}}, "'Date'[Month] true"},
		"by two":                {[]report.Sort{{Field: month}, {Field: measure("Revenue")}}, "'Date'[Month] false; Sales.Revenue false"},
		"by a level not shown":  {[]report.Sort{{Field: inactive}}, "'Date'[Month] false"},
		"by a field not shown":  {[]report.Sort{{Field: measure("Cost")}}, "visual 'v': it is ordered by 'Cost', which it does not show"},
		"by a column not shown": {[]report.Sort{{Field: col("Date", "Day")}}, "visual 'v': it is ordered by 'Date'[Day], which it does not show"},
		"by nothing":            {[]report.Sort{{Field: col("Date", "Nope")}}, "visual 'v': its order: the model has no column 'Date'[Nope]"},
	} {
		t.Run(name, func(t *testing.T) {
			v := one("columnChart", roles{"Category": {month, inactive}, "Y": {measure("Revenue")}})
			v.Sort = c.by
			p, err := ask(v)
			var got []string
			for _, o := range p.Query.Order {
				by := o.By
				if by == "" {
					by = o.Group.String()
				}
				got = append(got, fmt.Sprint(by, " ", o.Descending))
			}
			if err != nil {
				got = []string{err.Error()}
			}
			if s := strings.Join(got, "; "); s != c.want {
				t.Errorf("%s, want %s", s, c.want)
			}
		})
	}
}

// TestRefused asks what cannot be asked: the error names the visual and the reason.
func TestRefused(t *testing.T) {
	hidden := col("Shop", "City")
	hidden.Hidden = true
	for name, c := range map[string]struct {
		visual *report.Visual
		says   string
	}{
		"type":           {one("pivotTable", nil), "of type 'pivotTable'"},
		"text box":       {one("textbox", nil), "has no data"},
		"no fields":      {one("card", nil), "no field in 'Values'"},
		"empty chart":    {one("lineChart", nil), "has no fields"},
		"column":         {one("tableEx", roles{"Values": {col("Shop", "Nope")}}), "no column 'Shop'[Nope]"},
		"table":          {one("tableEx", roles{"Values": {col("Nope", "X")}}), "no table 'Nope'"},
		"measure":        {one("card", roles{"Values": {measure("Nope")}}), "no measure [Nope]"},
		"aggregation":    {one("card", roles{"Values": {agg(model.Sum, col("Sales", "Nope"))}}), "no column 'Sales'[Nope]"},
		"hierarchy":      {one("slicer", roles{"Values": {{Column: model.ColumnRef{Table: "Date"}, Hierarchy: "Nope", Level: "x"}}}), "no hierarchy 'Nope'"},
		"level":          {one("slicer", roles{"Values": {{Column: model.ColumnRef{Table: "Date"}, Hierarchy: "Calendar", Level: "Nope"}}}), "no level 'Nope'"},
		"plain column":   {one("barChart", roles{"Category": {col("Shop", "City")}, "Y": {col("Sales", "Units")}}), "'Units' in 'Y' needs an aggregation"},
		"plain in card":  {one("card", roles{"Values": {col("Sales", "Units")}}), "needs an aggregation"},
		"measure axis":   {one("barChart", roles{"Category": {measure("Revenue")}}), "is no column"},
		"two in a card":  {one("card", roles{"Values": {measure("Revenue"), measure("Cost")}}), "more than 1"},
		"two in slicer":  {one("slicer", roles{"Values": {col("Shop", "City"), col("Date", "Month")}}), "more than 1"},
		"role":           {one("barChart", roles{"Category": {col("Shop", "City")}, "Rows": {col("Date", "Month")}}), "'Rows'"},
		"hidden column":  {one("tableEx", roles{"Values": {hidden}}), "hidden"},
		"reader's word":  {&report.Visual{Name: "v", Type: "card", Unsupported: "visual 'v' cannot be asked: why"}, "why"},
		"visual filter":  {&report.Visual{Name: "v", Type: "card", Roles: roles{"Values": {measure("Cost")}}, Filters: []model.Filter{{Column: model.ColumnRef{Table: "Shop", Column: "Nope"}}}}, "'Shop'[Nope]"},
		"filter in part": {&report.Visual{Name: "v", Type: "card", Roles: roles{"Values": {measure("Cost")}}, Filters: []model.Filter{{Op: model.Not, Parts: []model.Filter{{Column: model.ColumnRef{Table: "No"}}}}}}, "'No'"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ask(c.visual)
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "'v'") || inlay.KindOf(err) != inlay.Unsupported {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
	card := one("card", roles{"Values": {measure("Cost")}})
	page := &report.Page{Visuals: []*report.Visual{card}, Unsupported: "page 'x': why"}
	if _, err := Query(shop(), &report.Definition{}, page, card, State{}); err == nil || !strings.Contains(err.Error(), "page 'x'") {
		t.Errorf("page: %v", err)
	}
	if _, err := Query(shop(), &report.Definition{Unsupported: "the report: why"}, &report.Page{}, card, State{}); err == nil || !strings.Contains(err.Error(), "the report") {
		t.Errorf("report: %v", err)
	}
}

// TestShape puts an answer into the order of the fields.
func TestShape(t *testing.T) {
	p, err := ask(one("tableEx", roles{"Values": {measure("Revenue"), col("Shop", "City"), measure("Cost")}}))
	if err != nil {
		t.Fatal(err)
	}
	rows, total := p.Shape(model.Result{
		Rows:  [][]dax.Value{{dax.TextOf("Ulm"), dax.IntOf(1), dax.IntOf(2)}},
		Total: []dax.Value{dax.IntOf(10), dax.IntOf(20)},
	})
	if rows[0][0] != dax.IntOf(1) || rows[0][1] != dax.TextOf("Ulm") || rows[0][2] != dax.IntOf(2) || len(total) != 2 || total[0] != dax.IntOf(10) {
		t.Errorf("%v %v", rows, total)
	}
	if _, total := p.Shape(model.Result{}); total != nil {
		t.Error("a total that nobody asked for")
	}
}
