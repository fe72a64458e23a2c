package model

import (
	"fmt"
	"strings"

	"inlay/dax"
)

// CutTimes lets relationships that compare the date part only (joinOnDateBehavior) start from a
// hidden column that is calculated: From without its time of day. Whatever joins, filters or
// secures over the relationship then compares dates, and nothing has to know why. A To with a
// time of day has no partner; the key of a date table has none.
func (m *Model) CutTimes() {
	for i := range m.Relationships {
		r := &m.Relationships[i]
		t := m.Table(r.From.Table)
		if !r.DatePart || t == nil || r.Said != (ColumnRef{}) {
			continue
		}
		c := t.Column(r.From.Column)
		if c == nil || c.Type != dax.DateTime && c.Expression == "" {
			continue
		}
		ref := ColumnRef{Table: t.Name, Column: c.Name}.String()
		expression := "IF(ISBLANK(" + ref + "), BLANK(), CONVERT(INT(" + ref + "), DATETIME))"
		name := c.Name + " (date part)"
		for n := 2; t.Column(name) != nil && t.Column(name).Expression != expression; n++ {
			name = fmt.Sprintf("%s (date part %d)", c.Name, n)
		}
		if t.Column(name) == nil {
			t.Columns = append(t.Columns, &Column{Name: name, Type: dax.DateTime, Expression: expression, Hidden: true, NotInMDX: true, Summarize: "none",
				Description: "Made for relationships that compare dates without their time.", Place: r.Place})
		}
		r.Said = r.From
		r.From.Column = name
	}
}

// Ends are the columns of a relationship as its definition names them.
func (r *Relationship) Ends() (from, to ColumnRef) {
	if r.Said != (ColumnRef{}) {
		return r.Said, r.To
	}
	return r.From, r.To
}

// Joins reports whether a relationship is between two columns, as its definition names them.
func (r *Relationship) Joins(a, b ColumnRef) bool {
	from, to := r.Ends()
	is := func(x, y ColumnRef) bool {
		return strings.EqualFold(x.Table, y.Table) && strings.EqualFold(x.Column, y.Column)
	}
	return is(from, a) && is(to, b) || is(from, b) && is(to, a)
}
