package tmdl

import (
	"encoding/json"
	"fmt"
	"strings"

	"inlay/dax"
	"inlay/model"
	"inlay/model/datatype"
)

// flag sets a boolean property: alone it is true, with a value it is what the value says.
func (m *mapper) flag(to *bool) meaning {
	return func(n *Node) bool {
		switch strings.ToLower(n.Value) {
		case "", "true":
			*to = true
		case "false":
			*to = false
		default:
			m.fail(n, "property '%s' is true or false, not '%s'", n.Word, n.Value)
		}
		return true
	}
}

// text sets a property to its value or expression.
func text(to *string) meaning {
	return func(n *Node) bool {
		*to = n.Value
		if n.HasExpr {
			*to = n.Expr
		}
		return true
	}
}

// table maps a table with everything in it.
func (m *mapper) table(n *Node) {
	if n.Name == "" {
		m.fail(n, "a table needs a name")
		return
	}
	t := &model.Table{Name: n.Name, Description: n.Doc, Place: place(n)}
	m.at[t] = n
	m.model.Tables = append(m.model.Tables, t)
	owner := fmt.Sprintf("table '%s'", n.Name)
	m.children(n, owner, map[string]meaning{
		"ishidden": m.flag(&t.Hidden), "isprivate": ignored, "showasvariationsonly": ignored,
		"excludefrommodelrefresh": nil, "excludefromautomaticaggregations": ignored, "systemmanaged": ignored,
		"datacategory":                func(c *Node) bool { t.Date = t.Date || strings.EqualFold(c.Value, "Time"); return true },
		"column":                      func(c *Node) bool { m.column(t, c); return true },
		"measure":                     func(c *Node) bool { m.measure(t, c); return true },
		"hierarchy":                   func(c *Node) bool { m.hierarchy(t, c); return true },
		"partition":                   func(c *Node) bool { m.partition(t, c); return true },
		"calculationgroup":            func(c *Node) bool { m.group(t, c); return true },
		"refreshpolicy":               func(c *Node) bool { return m.policy(t, c) },
		"defaultdetailrowsdefinition": m.detailRows(&t.DetailRows, owner),
		// The generated tables of automatic date/time say so themselves.
		"annotation": func(c *Node) bool {
			t.AutoDate = t.AutoDate || strings.EqualFold(c.Name, "__PBI_LocalDateTable") || strings.EqualFold(c.Name, "__PBI_TemplateDateTable")
			return true
		},
	})
}

// column maps a column. One with an expression is calculated; one without a type gets its
// type from the expression, when that is evaluated.
func (m *mapper) column(t *model.Table, n *Node) {
	owner := fmt.Sprintf("column %s", model.ColumnRef{Table: t.Name, Column: n.Name})
	c := &model.Column{Name: n.Name, Description: n.Doc, Expression: n.Expr, Type: dax.Variant, Place: place(n), Text: n.Text}
	var first *Node
	if n.Name != "" {
		first = m.taken(t, n)
	}
	switch {
	case n.Name == "":
		m.fail(n, "a column of table '%s' has no name", t.Name)
		return
	case m.columns >= maxColumns:
		if m.columns++; m.columns == maxColumns+1 {
			m.fail(n, "the model has more than %d columns", maxColumns)
		}
		return
	case first != nil:
		m.fail(n, "%s is defined twice; the first is on line %d", owner, first.Line)
		return
	case n.HasExpr && n.Expr == "":
		m.fail(n, "%s has an equals sign and no expression", owner)
	}
	m.columns++
	m.at[c] = n
	t.Columns = append(t.Columns, c)
	m.children(n, owner, map[string]meaning{
		"datatype":     func(p *Node) bool { return m.dataType(c, p, owner) },
		"sourcecolumn": text(&c.Source), "expression": formula(&c.Expression, &c.Text),
		"formatstring": text(&c.Format), "sortbycolumn": func(p *Node) bool { m.at[sortBy{c}] = p; c.SortBy = bare(p.Value); return true },
		"summarizeby": text(&c.Summarize), "datacategory": text(&c.Category), "displayfolder": text(&c.Folder),
		"ishidden": m.flag(&c.Hidden), "iskey": m.flag(&c.Key), "isavailableinmdx": m.unset(&c.NotInMDX),
		"isunique": ignored, "isnullable": ignored, "isnameinferred": ignored, "isdatatypeinferred": ignored,
		"isdefaultlabel": ignored, "isdefaultimage": ignored, "keepuniquerows": nil,
		"encodinghint": ignored, "alignment": ignored, "tabledetailposition": ignored, "sourceprovidertype": ignored,
		"displayordinal":   ignored,
		"variation":        func(p *Node) bool { return m.variation(c, p, owner) },
		"extendedproperty": func(p *Node) bool { m.parameter(t, c, p); return true },
		"relatedcolumndetails": func(p *Node) bool {
			m.children(p, owner+", relatedColumnDetails", map[string]meaning{
				"groupbycolumn": func(x *Node) bool { c.GroupBy = append(c.GroupBy, bare(x.Name+x.Value)); return true },
			})
			return true
		},
	})
}

// unset is flag for a property whose absence means true.
func (m *mapper) unset(to *bool) meaning {
	return func(n *Node) bool {
		set := false
		ok := m.flag(&set)(n)
		*to = !set
		return ok
	}
}

// variation maps another shape of a column, such as the hierarchy of its automatic date table.
func (m *mapper) variation(c *model.Column, n *Node, owner string) bool {
	v := model.Variation{Name: n.Name}
	ref := func(to *model.ColumnRef) meaning {
		return func(p *Node) bool {
			var ok bool
			*to, ok = columnRef(p.Value)
			return ok
		}
	}
	m.children(n, owner+", variation '"+n.Name+"'", map[string]meaning{
		"isdefault": m.flag(&v.Default), "relationship": text(&v.Relationship),
		"defaulthierarchy": ref(&v.Hierarchy), "defaultcolumn": ref(&v.Column),
	})
	v.Relationship = bare(v.Relationship)
	c.Variations = append(c.Variations, v)
	return true
}

// parameter looks for what makes a table a field parameter.
func (m *mapper) parameter(t *model.Table, c *model.Column, n *Node) {
	var meta struct {
		Kind int `json:"kind"`
	}
	if strings.EqualFold(n.Name, "ParameterMetadata") && json.Unmarshal([]byte(n.Expr), &meta) == nil && meta.Kind == fieldKind {
		t.Parameter = &model.FieldParameter{Field: c.Name}
		m.at[parameterOf{t}] = n
	}
}

// sortBy is the key under which the place of a column's sortByColumn is kept.
type sortBy struct{ *model.Column }

func (m *mapper) dataType(c *model.Column, n *Node, owner string) bool {
	if t, ok := datatype.Of(n.Value); ok {
		c.Type = t.DAX
		return t.Word != "binary" // whose values cannot be asked for
	}
	m.fail(n, "%s has the unknown data type '%s'; there are string, int64, double, decimal, dateTime, boolean, binary and variant", owner, n.Value)
	return true
}

// measure maps a measure.
func (m *mapper) measure(t *model.Table, n *Node) {
	if n.Name == "" {
		m.fail(n, "a measure of table '%s' has no name", t.Name)
		return
	}
	if first := m.taken(nil, n); first != nil {
		m.fail(n, "measure [%s] is defined twice; the first is at %s:%d", n.Name, first.doc.File, first.Line)
		return
	}
	x := &model.Measure{Name: n.Name, Description: n.Doc, Expression: n.Expr, Place: place(n), Text: n.Text}
	m.at[x] = n
	t.Measures = append(t.Measures, x)
	m.children(n, fmt.Sprintf("measure [%s]", n.Name), map[string]meaning{
		"expression": formula(&x.Expression, &x.Text), "formatstring": text(&x.Format), "displayfolder": text(&x.Folder),
		"ishidden": m.flag(&x.Hidden), "issimplemeasure": ignored, "datacategory": ignored, "datatype": ignored,
		"formatstringdefinition": m.formula(&x.FormatBy, &x.FormatText, fmt.Sprintf("measure [%s]", n.Name)),
		"kpi":                    func(k *Node) bool { m.kpi(t, x, k); return true },
		"detailrowsdefinition":   m.detailRows(&x.DetailRows, fmt.Sprintf("measure [%s]", n.Name)),
	})
}

// hierarchy maps a hierarchy and its levels.
func (m *mapper) hierarchy(t *model.Table, n *Node) {
	h := model.Hierarchy{Name: n.Name}
	owner := fmt.Sprintf("hierarchy '%s' of table '%s'", n.Name, t.Name)
	for _, x := range t.Hierarchies {
		if strings.EqualFold(x.Name, n.Name) {
			m.fail(n, "%s is defined twice", owner)
			return
		}
	}
	m.children(n, owner, map[string]meaning{
		"ishidden": m.flag(&h.Hidden), "displayfolder": ignored, "hidemembers": ignored,
		"level": func(l *Node) bool {
			level := model.Level{Name: l.Name}
			m.children(l, owner+", level '"+l.Name+"'", map[string]meaning{
				"column":  func(p *Node) bool { level.Column = bare(p.Value); return true },
				"ordinal": ignored,
			})
			m.at[levelOf{t, n.Name, l.Name}] = l
			h.Levels = append(h.Levels, level)
			return true
		},
	})
	t.Hierarchies = append(t.Hierarchies, h)
}

// levelOf is the key under which the place of a hierarchy's level is kept.
type levelOf struct {
	*model.Table
	hierarchy, level string
}

// partition maps where rows come from.
func (m *mapper) partition(t *model.Table, n *Node) {
	p := model.Partition{Name: n.Name, Kind: strings.ToLower(n.Expr), Place: place(n)}
	owner := fmt.Sprintf("partition '%s' of table '%s'", n.Name, t.Name)
	for _, x := range t.Partitions {
		if strings.EqualFold(x.Name, n.Name) {
			m.fail(n, "%s is defined twice; the first is on line %d", owner, x.Place.Line)
			return
		}
	}
	m.children(n, owner, map[string]meaning{
		"mode": text(&p.Mode), "querygroup": ignored, "dataview": ignored, "attributes": ignored,
		"source": func(c *Node) bool {
			if !c.HasExpr {
				return false // of kind entity: the source is an object of its own
			}
			p.Source, p.Text = c.Expr, c.Text
			return true
		},
	})
	t.Partitions = append(t.Partitions, p)
}

// bare takes the single quotes from a name that stands as a value.
func bare(s string) string {
	if strings.HasPrefix(s, "'") {
		if name, n, ok := quoted(s); ok && n == len(s) {
			return name
		}
	}
	return s
}
