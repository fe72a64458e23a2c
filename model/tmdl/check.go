package tmdl

import (
	"fmt"
	"strings"

	"inlay/model"
)

// check makes sure that every name leads somewhere, and writes it as its definition does:
// references have no case.
func (m *mapper) check() {
	for _, t := range m.model.Tables {
		m.checkTable(t)
	}
	for i := range m.model.Relationships {
		m.checkRelationship(&m.model.Relationships[i])
	}
	for _, r := range m.model.Roles {
		for i := range r.Permissions {
			m.checkPermission(r, &r.Permissions[i])
		}
	}
}

func (m *mapper) checkTable(t *model.Table) {
	m.checkGroup(t)
	m.checkParameter(t)
	for _, c := range t.Columns {
		if c.SortBy == "" {
			continue
		}
		by := t.Column(c.SortBy)
		if by == nil {
			m.fail(m.at[sortBy{c}], "column %s is sorted by column '%s', which table '%s' does not have",
				model.ColumnRef{Table: t.Name, Column: c.Name}, c.SortBy, t.Name)
			continue
		}
		c.SortBy = by.Name
	}
	for _, x := range t.Measures {
		if c := t.Column(x.Name); c != nil {
			m.fail(m.at[x], "measure [%s] has the name of a column of its table '%s'", x.Name, t.Name)
		}
	}
	for _, h := range t.Hierarchies {
		for i, l := range h.Levels {
			if c := t.Column(l.Column); c != nil {
				h.Levels[i].Column = c.Name
			} else {
				m.fail(m.at[levelOf{t, h.Name, l.Name}], "level '%s' of hierarchy '%s' is of column '%s', which table '%s' does not have",
					l.Name, h.Name, l.Column, t.Name)
			}
		}
	}
}

func (m *mapper) checkRelationship(r *model.Relationship) {
	n := m.at["relationship "+strings.ToLower(r.Name)]
	for _, end := range []struct {
		word string
		ref  *model.ColumnRef
	}{{"fromColumn", &r.From}, {"toColumn", &r.To}} {
		at := n.Child(end.word)
		if at == nil {
			m.fail(n, "relationship '%s' does not say its %s", r.Name, end.word)
			continue
		}
		if *end.ref == (model.ColumnRef{}) {
			continue // was reported when it was read
		}
		m.checkColumn(at, "relationship '"+r.Name+"'", end.ref)
	}
}

func (m *mapper) checkPermission(r model.Role, p *model.Permission) {
	n := m.at[permissionOf{r.Name, p.Table}]
	t := m.model.Table(p.Table)
	if t == nil {
		m.broken = append(m.broken, n.errorf(fmt.Sprintf("role '%s' has a permission on table '%s', which the model does not have", r.Name, p.Table)))
		return
	}
	p.Table = t.Name
	for i, c := range p.Columns {
		ref := model.ColumnRef{Table: p.Table, Column: c.Column}
		if t.Column(c.Column) == nil {
			m.broken = append(m.broken, n.errorf(fmt.Sprintf("role '%s' names column %s, which does not exist", r.Name, ref)))
			continue
		}
		m.checkColumn(n, "role '"+r.Name+"'", &ref)
		p.Columns[i].Column = ref.Column
	}
}

func (m *mapper) checkColumn(n *Node, owner string, ref *model.ColumnRef) {
	t := m.model.Table(ref.Table)
	if t == nil {
		m.fail(n, "%s names table '%s', which the model does not have", owner, ref.Table)
		return
	}
	c := t.Column(ref.Column)
	if c == nil {
		m.fail(n, "%s names column %s, which does not exist", owner, *ref)
		return
	}
	*ref = model.ColumnRef{Table: t.Name, Column: c.Name}
}
