package eval

import (
	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// attributes is the hierarchy that each column has of itself, the hidden one too.
func (d *definition) attributes() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		rows = append(rows, []dax.Value{d.id("attribute of", t.Name), d.id("rownumber", t.Name), d.id("stored", t.Name)})
		for _, c := range t.Columns {
			rows = append(rows, []dax.Value{d.id("attribute of", t.Name, c.Name), d.id("column", t.Name, c.Name), d.id("stored", t.Name, c.Name)})
		}
	}
	return rows
}

// attributeStorages is one for each of them; how the service fills it is not told.
func (d *definition) attributeStorages() (rows [][]dax.Value) {
	for _, a := range d.attributes() {
		rows = append(rows, []dax.Value{a[2], a[0]})
	}
	return rows
}

// relationshipStorages is one for each relationship.
func (d *definition) relationshipStorages() (rows [][]dax.Value) {
	for _, r := range d.m.Relationships {
		name := []string{r.Name, r.From.String(), r.To.String()}
		rows = append(rows, []dax.Value{d.id(append([]string{"stored relationship"}, name...)...), d.id(append([]string{"relationship"}, name...)...)})
	}
	return rows
}

func (d *definition) variations() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		for _, c := range t.Columns {
			for _, v := range c.Variations {
				var hierarchy, column, relationship dax.Value
				if v.Hierarchy.Table != "" {
					hierarchy = d.id("hierarchy", v.Hierarchy.Table, v.Hierarchy.Column)
				}
				if v.Column.Table != "" {
					column = d.id("column", v.Column.Table, v.Column.Column)
				}
				for _, r := range d.m.Relationships {
					if same(r.Name, v.Relationship) {
						relationship = d.id("relationship", r.Name, r.From.String(), r.To.String())
					}
				}
				rows = append(rows, []dax.Value{d.id("variation", t.Name, c.Name, v.Name), d.id("column", t.Name, c.Name), said(v.Name), relationship, hierarchy, column, dax.BoolOf(v.Default)})
			}
		}
	}
	return rows
}

// related is the columns that are grouped by together with others.
func (d *definition) related() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		for _, c := range t.Columns {
			if len(c.GroupBy) > 0 {
				rows = append(rows, []dax.Value{d.id("related", t.Name, c.Name), d.id("column", t.Name, c.Name)})
			}
		}
	}
	return rows
}

func (d *definition) groupedBy() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		for _, c := range t.Columns {
			for _, g := range c.GroupBy {
				rows = append(rows, []dax.Value{d.id("grouped", t.Name, c.Name, g), d.id("related", t.Name, c.Name), d.id("column", t.Name, g)})
			}
		}
	}
	return rows
}

// formats is the format strings that are expressions, of measures and of calculation items.
func (d *definition) formats() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		for _, x := range t.Measures {
			if x.FormatBy != "" {
				rows = append(rows, []dax.Value{d.id("format", x.Name), d.id("measure", x.Name), said(x.FormatBy)})
			}
		}
		if t.Group == nil {
			continue
		}
		for _, i := range t.Group.Items {
			if i.Format != "" {
				rows = append(rows, []dax.Value{d.id("format", t.Name, i.Name), d.id("item", t.Name, i.Name), said(i.Format)})
			}
		}
	}
	return rows
}

// kpis is what measures are compared with. What a role hides is not among the measures.
func (d *definition) kpis() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		expression := func(name string) dax.Value {
			for _, x := range t.Measures {
				if name != "" && x.Name == name {
					return said(x.Expression)
				}
			}
			return dax.Value{}
		}
		for _, x := range t.Measures {
			if k := x.KPI; k != nil {
				rows = append(rows, []dax.Value{d.id("kpi", x.Name), d.id("measure", x.Name), said(k.Description),
					said(k.GoalDescription), expression(k.Goal), said(k.GoalFormat),
					said(k.StatusGraphic), said(k.StatusDescription), expression(k.Status),
					said(k.TrendGraphic), said(k.TrendDescription), expression(k.Trend)})
			}
		}
	}
	return rows
}

// details is the detail rows expressions, of measures and of tables.
func (d *definition) details() (rows [][]dax.Value) {
	for _, t := range d.m.Tables {
		if t.DetailRows != nil {
			rows = append(rows, []dax.Value{d.id("details of", t.Name), d.id("table", t.Name), said(t.DetailRows.Expression)})
		}
		for _, x := range t.Measures {
			if x.DetailRows != nil {
				rows = append(rows, []dax.Value{d.id("details", x.Name), d.id("measure", x.Name), said(x.DetailRows.Expression)})
			}
		}
	}
	return rows
}

func (d *definition) catalogs() [][]dax.Value { return [][]dax.Value{{said(d.m.Name)}} }

// userDefined is the functions that the model defines.
func (d *definition) userDefined() (rows [][]dax.Value) {
	for _, f := range d.m.Functions {
		rows = append(rows, []dax.Value{d.id("function", f.Name), d.id("model"), said(f.Name), said(f.Description), said(f.Expression), dax.BoolOf(f.Hidden)})
	}
	return rows
}

// functions is the functions that are supported.
func (d *definition) functions() (rows [][]dax.Value) {
	for _, f := range fn.All() {
		if f.Supported() {
			rows = append(rows, []dax.Value{dax.TextOf(f.Name), dax.TextOf(f.Doc), dax.TextOf(f.Family)})
		}
	}
	return rows
}

// numberMore numbers what the tables of this file tell of. It comes last, so that the numbers of
// other objects stay.
func (d *definition) numberMore() {
	for _, t := range d.m.Tables {
		d.number("attribute of", t.Name)
		d.number("stored", t.Name)
		for _, c := range t.Columns {
			d.number("attribute of", t.Name, c.Name)
			d.number("stored", t.Name, c.Name)
			d.numberColumn(t, c)
		}
		for _, x := range t.Measures {
			if x.PartOf == "" {
				d.number("format", x.Name)
				d.number("details", x.Name)
			}
			if x.KPI != nil {
				d.number("kpi", x.Name)
			}
		}
		d.number("details of", t.Name)
		if t.Group != nil {
			for _, i := range t.Group.Items {
				d.number("format", t.Name, i.Name)
			}
		}
	}
	for _, f := range d.m.Functions {
		d.number("function", f.Name)
	}
	for _, r := range d.m.Relationships {
		d.number("stored relationship", r.Name, r.From.String(), r.To.String())
	}
}

func (d *definition) numberColumn(t *model.Table, c *model.Column) {
	for _, v := range c.Variations {
		d.number("variation", t.Name, c.Name, v.Name)
	}
	if len(c.GroupBy) > 0 {
		d.number("related", t.Name, c.Name)
	}
	for _, g := range c.GroupBy {
		d.number("grouped", t.Name, c.Name, g)
	}
}
