package visual

import (
	"fmt"
	"slices"
	"strings"

	"inlay"
	"inlay/model"
	"inlay/report"
)

// builder makes one plan.
type builder struct {
	model  *model.Model
	visual *report.Visual
	family *family
	plan   Plan
	late   []late // columns of values, whose place is known when all groups are
}

// late is a column of a value: it stands behind all groups.
type late struct{ column, value int }

func (b *builder) refuse(format string, args ...any) error {
	return inlay.Errorf(inlay.Unsupported, "visual '%s': %s", b.visual.Name, fmt.Sprintf(format, args...))
}

// fill puts the fields of every role into the question.
func (b *builder) fill() error {
	known := map[string]bool{}
	for _, r := range b.family.roles {
		known[r.name] = true
		if err := b.role(r); err != nil {
			return err
		}
	}
	for name, fields := range b.visual.Roles {
		if !known[name] && len(fields) > 0 {
			return b.refuse("fields in '%s' of a visual of type '%s' are not supported", name, b.visual.Type)
		}
	}
	for _, l := range b.late {
		b.plan.Columns[l.column].From = len(b.plan.Query.Groups) + l.value
	}
	if len(b.plan.Columns) == 0 {
		return b.refuse("it has no fields")
	}
	return nil
}

func (b *builder) role(r role) error {
	used := 0
	for _, p := range b.visual.Roles[r.name] {
		if p.Inactive {
			continue
		}
		asGroup := p.Measure == "" && p.Aggregate == nil
		switch {
		case p.Hidden && !asGroup:
			continue // nothing depends on it but calculations, which are refused
		case p.Hidden:
			return b.refuse("the hidden field '%s' in '%s' is not supported", p.Name, r.name)
		case asGroup && r.as == values:
			return b.refuse("the column '%s' in '%s' needs an aggregation, such as sum or count", p.Name, r.name)
		case !asGroup && r.as == groups:
			return b.refuse("'%s' in '%s' is no column", p.Name, r.name)
		}
		if used++; r.max > 0 && used > r.max {
			return b.refuse("more than %d fields in '%s' are not supported", r.max, r.name)
		}
		var err error
		if asGroup {
			err = b.group(r.name, p)
		} else {
			err = b.value(r.name, p)
		}
		if err != nil {
			return err
		}
	}
	if r.need && used == 0 {
		return b.refuse("it has no field in '%s'", r.name)
	}
	return nil
}

// group adds a column to group by. A column that is there already is shown twice and asked
// once.
func (b *builder) group(role string, p report.Projection) error {
	ref, err := column(b.model, p)
	if err != nil {
		return b.refuse("%v", err)
	}
	at := slices.Index(b.plan.Query.Groups, ref)
	if at < 0 {
		at = len(b.plan.Query.Groups)
		b.plan.Query.Groups = append(b.plan.Query.Groups, ref)
	}
	b.plan.Columns = append(b.plan.Columns, Column{Name: p.Name, Ref: p.Ref, Role: role, Format: p.Format, Group: true, From: at})
	return nil
}

// value adds a measure or an aggregation.
func (b *builder) value(role string, p report.Projection) error {
	v, err := valueOf(b.model, p)
	if err != nil {
		return b.refuse("%v", err)
	}
	at := b.valueIndex(v)
	if at < 0 {
		at = len(b.plan.Query.Values)
		v.Name = b.unique(p.Ref)
		b.plan.Query.Values = append(b.plan.Query.Values, v)
	}
	b.late = append(b.late, late{column: len(b.plan.Columns), value: at})
	b.plan.Columns = append(b.plan.Columns, Column{Name: p.Name, Ref: p.Ref, Role: role, Format: p.Format})
	return nil
}

// valueIndex finds a value that computes the same, -1 if there is none.
func (b *builder) valueIndex(v model.Value) int {
	return slices.IndexFunc(b.plan.Query.Values, func(x model.Value) bool {
		x.Name, v.Name = "", ""
		return x == v
	})
}

// unique is a name that no value of the question has yet.
func (b *builder) unique(ref string) string {
	name := ref
	for n := 2; slices.ContainsFunc(b.plan.Query.Values, func(x model.Value) bool { return strings.EqualFold(x.Name, name) }); n++ {
		name = fmt.Sprintf("%s (%d)", ref, n)
	}
	return name
}

// column finds the column of a projection in the model, with the names that the model has.
func column(m *model.Model, p report.Projection) (model.ColumnRef, error) {
	t := m.Table(p.Column.Table)
	if t == nil {
		return model.ColumnRef{}, fmt.Errorf("the model has no table '%s'", p.Column.Table)
	}
	name := p.Column.Column
	if p.Hierarchy != "" {
		var err error
		if name, err = level(t, p.Hierarchy, p.Level); err != nil {
			return model.ColumnRef{}, err
		}
	}
	c := t.Column(name)
	if c == nil {
		return model.ColumnRef{}, fmt.Errorf("the model has no column %s", model.ColumnRef{Table: t.Name, Column: name})
	}
	return model.ColumnRef{Table: t.Name, Column: c.Name}, nil
}

// level is the column of a level of a hierarchy.
func level(t *model.Table, hierarchy, name string) (string, error) {
	for _, h := range t.Hierarchies {
		if !strings.EqualFold(h.Name, hierarchy) {
			continue
		}
		for _, l := range h.Levels {
			if strings.EqualFold(l.Name, name) {
				return l.Column, nil
			}
		}
		return "", fmt.Errorf("hierarchy '%s' of table '%s' has no level '%s'", hierarchy, t.Name, name)
	}
	return "", fmt.Errorf("table '%s' has no hierarchy '%s'", t.Name, hierarchy)
}

// valueOf is the value of a projection, without a name.
func valueOf(m *model.Model, p report.Projection) (model.Value, error) {
	if p.Measure != "" {
		x, _ := m.Measure(p.Measure)
		if x == nil {
			return model.Value{}, fmt.Errorf("the model has no measure [%s]", p.Measure)
		}
		return model.Value{Measure: x.Name}, nil
	}
	ref, err := column(m, p)
	return model.Value{Aggregate: *p.Aggregate, Column: ref}, err
}
