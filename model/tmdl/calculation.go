package tmdl

import (
	"fmt"
	"strconv"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// group maps a calculation group and its items.
func (m *mapper) group(t *model.Table, n *Node) {
	owner := fmt.Sprintf("table '%s', calculation group", t.Name)
	if t.Group != nil {
		m.fail(n, "table '%s' has two calculation groups", t.Name)
		return
	}
	g := &model.CalculationGroup{}
	t.Calculation, t.Group = true, g
	m.children(n, owner, map[string]meaning{
		"precedence":                         m.number(&g.Precedence, owner),
		"calculationitem":                    func(c *Node) bool { m.item(t, c); return true },
		"noselectionexpression":              func(c *Node) bool { g.None = m.selection(c, owner); return true },
		"multipleoremptyselectionexpression": func(c *Node) bool { g.Several = m.selection(c, owner); return true },
	})
}

// item maps one calculation item.
func (m *mapper) item(t *model.Table, n *Node) {
	owner := fmt.Sprintf("table '%s', calculation item '%s'", t.Name, n.Name)
	for _, x := range t.Group.Items {
		if strings.EqualFold(x.Name, n.Name) {
			m.fail(n, "%s is defined twice; the first is on line %d", owner, x.Place.Line)
			return
		}
	}
	x := model.CalculationItem{Name: n.Name, Description: n.Doc, Expression: n.Expr, Text: n.Text, Ordinal: len(t.Group.Items), Place: place(n)}
	m.children(n, owner, map[string]meaning{
		"expression": formula(&x.Expression, &x.Text), "formatstringdefinition": m.formula(&x.Format, &x.FormatText, owner),
		"ordinal": m.number(&x.Ordinal, owner),
	})
	switch {
	case n.Name == "":
		m.fail(n, "a calculation item of table '%s' has no name", t.Name)
		return
	case strings.TrimSpace(x.Expression) == "":
		m.fail(n, "%s has no expression", owner)
	}
	t.Group.Items = append(t.Group.Items, x)
}

// selection maps what a group does when no item or several are chosen.
func (m *mapper) selection(n *Node, owner string) *model.CalculationItem {
	x := &model.CalculationItem{Expression: n.Expr, Text: n.Text, Place: place(n)}
	m.children(n, owner+", "+n.Word, map[string]meaning{
		"expression": formula(&x.Expression, &x.Text), "formatstringdefinition": m.formula(&x.Format, &x.FormatText, owner),
	})
	return x
}

// formula sets an expression and where it stands.
func formula(to *string, where *model.Text) meaning {
	return func(n *Node) bool {
		*where = n.Text
		return text(to)(n)
	}
}

// formula maps an expression that stands after an equals sign, or in an object with an expression,
// which is how TMSL has it.
func (m *mapper) formula(to *string, where *model.Text, owner string) meaning {
	return func(n *Node) bool {
		if n.HasExpr || n.Form != Object {
			return formula(to, where)(n)
		}
		m.children(n, owner+", "+n.Word, map[string]meaning{"expression": formula(to, where)})
		return true
	}
}

// detailRows maps the expression of the rows behind a measure, or those of a table.
func (m *mapper) detailRows(to **model.Formula, owner string) meaning {
	return func(n *Node) bool {
		*to = &model.Formula{Place: place(n)}
		return m.formula(&(*to).Expression, &(*to).Text, owner)(n)
	}
}

// number maps a whole number.
func (m *mapper) number(to *int, owner string) meaning {
	return func(n *Node) bool {
		v, err := strconv.Atoi(strings.TrimSpace(n.Value))
		if err != nil {
			m.fail(n, "%s: '%s' is a whole number, not '%s'", owner, n.Word, n.Value)
		}
		*to = v
		return true
	}
}

// checkGroup finds the column of the items' names, without which nobody can choose one.
func (m *mapper) checkGroup(t *model.Table) {
	if t.Group == nil {
		return
	}
	for _, c := range t.Columns {
		text := c.Type == dax.String || c.Type == dax.Variant
		if strings.EqualFold(c.Source, "Name") || t.Group.Column == "" && c.Source == "" && text {
			t.Group.Column = c.Name
		}
	}
	if t.Group.Column == "" {
		m.fail(m.at[t], "calculation group '%s' has no column for the names of its items (sourceColumn: Name)", t.Name)
	}
}

// fieldKind is the kind of ParameterMetadata that marks a field parameter; the others are
// parameters of a range of numbers, whose table is like any other.
const fieldKind = 2

// checkParameter reads the rows of a field parameter, once all names are known.
func (m *mapper) checkParameter(t *model.Table) {
	p := t.Parameter
	if p == nil {
		return
	}
	at := m.at[parameterOf{t}]
	field := t.Column(p.Field)
	p.Order = field.SortBy
	for _, c := range t.Columns {
		switch {
		case len(c.GroupBy) > 0 && strings.EqualFold(c.GroupBy[0], p.Field), p.Name == "" && strings.EqualFold(c.Source, "[Value1]"):
			p.Name = c.Name
		case p.Order == "" && strings.EqualFold(c.Source, "[Value3]"):
			p.Order = c.Name
		}
	}
	if len(t.Partitions) != 1 || !strings.EqualFold(t.Partitions[0].Kind, "calculated") {
		m.remark(at, "table '%s': a field parameter whose rows are not a list in DAX", t.Name)
		return
	}
	choices, err := model.FieldChoices(t.Partitions[0].Source)
	if err != nil {
		m.remark(at, "table '%s': a field parameter whose rows are not understood: %s", t.Name, strings.SplitN(err.Error(), "\n", 2)[0])
		return
	}
	for i := range choices {
		if !m.model.Resolve(&choices[i]) {
			ref := model.ColumnRef{Table: choices[i].Table, Column: choices[i].Column}
			m.remark(at, "table '%s': choice '%s' of the field parameter names %s, which does not exist", t.Name, choices[i].Name, ref)
			continue
		}
		p.Choices = append(p.Choices, choices[i])
	}
}

// parameterOf is the key under which the place of a field parameter's metadata is kept.
type parameterOf struct{ *model.Table }
