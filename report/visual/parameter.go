package visual

import (
	"fmt"
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
	"inlay/report"
)

// parameters gives the visual with the fields that its field parameters stand for now: the choices
// that the filters on the parameter's table let pass, all where there is none. What was saved is
// what was chosen then.
func parameters(m *model.Model, v *report.Visual, where []model.Filter) (*report.Visual, error) {
	if len(v.Parameters) == 0 {
		return v, nil
	}
	b := &builder{model: m, visual: v}
	out := *v
	out.Roles = make(map[string][]report.Projection, len(v.Roles))
	for role, fields := range v.Roles {
		list, err := b.replaced(role, fields, where)
		if err != nil {
			return nil, err
		}
		out.Roles[role] = list
	}
	sort, err := b.sorted(where)
	out.Sort = sort
	return &out, err
}

// span is fields [from, to) of a role, for which a parameter stands.
type span struct{ from, to int }

// spans says which fields of a role each parameter stands for. A definition counts every parameter
// before as one field, or as its fields; where the two differ, that one holds in which each field
// is a choice of its parameter.
func (b *builder) spans(role string, fields []report.Projection) ([]span, error) {
	list := slices.Clone(b.visual.Parameters[role])
	slices.SortStableFunc(list, func(x, y report.Parameter) int { return x.Index - y.Index })
	read := func(asOne bool) (out []span, ok bool) {
		shift, end := 0, 0
		for _, p := range list {
			s := span{p.Index + shift, p.Index + shift + p.Length}
			if s.from < end || p.Length < 1 || s.to > len(fields) {
				return nil, false
			}
			if end = s.to; asOne {
				shift += p.Length - 1
			}
			out = append(out, s)
		}
		return out, true
	}
	holds := func(spans []span) bool {
		for i, s := range spans {
			t := b.model.Table(list[i].Column.Table)
			for _, f := range fields[s.from:s.to] {
				if t == nil || t.Parameter == nil || !slices.ContainsFunc(t.Parameter.Choices, func(c model.FieldChoice) bool { return stands(c, f) }) {
					return false
				}
			}
		}
		return true
	}
	one, okOne := read(true)
	each, okEach := read(false)
	switch {
	case okOne && okEach && slices.Equal(one, each):
		return one, nil
	case okOne && holds(one) && !(okEach && holds(each)):
		return one, nil
	case okEach && holds(each) && !(okOne && holds(one)):
		return each, nil
	}
	return nil, b.refuse("the fields of '%s' cannot be told that its field parameters stand for", role)
}

// stands reports whether a field is that of a choice.
func stands(c model.FieldChoice, f report.Projection) bool {
	if c.Measure != "" {
		return strings.EqualFold(f.Measure, c.Measure)
	}
	return f.Measure == "" && f.Aggregate == nil && strings.EqualFold(f.Column.Table, c.Table) && strings.EqualFold(f.Column.Column, c.Column)
}

// replaced are the fields of a role with those that are chosen now.
func (b *builder) replaced(role string, fields []report.Projection, where []model.Filter) ([]report.Projection, error) {
	list := slices.Clone(b.visual.Parameters[role])
	if len(list) == 0 {
		return fields, nil
	}
	slices.SortStableFunc(list, func(x, y report.Parameter) int { return x.Index - y.Index })
	spans, err := b.spans(role, fields)
	if err != nil {
		return nil, err
	}
	var out []report.Projection
	at := 0
	for i, s := range spans {
		choices, err := b.chosen(list[i].Column.Table, where)
		if err != nil {
			return nil, err
		}
		saved := fields[s.from:s.to]
		out = append(append(out, fields[at:s.from]...), fieldsOf(choices, saved)...)
		at = s.to
	}
	return append(out, fields[at:]...), nil
}

// fieldsOf are fields for choices, with what was saved with a field that was chosen before. Of an
// axis whose levels are gone through one by one, the first is shown.
func fieldsOf(choices []model.FieldChoice, saved []report.Projection) []report.Projection {
	active := 0
	for _, f := range saved {
		if !f.Inactive {
			active++
		}
	}
	levels := active < len(saved) || len(saved) == 1 && saved[0].Level != "" || len(saved) == 1 && saved[0].Drills
	var out []report.Projection
	for i, c := range choices {
		f := report.Projection{Name: c.Name, Ref: c.Table + "." + c.Column + c.Measure, Measure: c.Measure, Drills: saved[0].Drills}
		if c.Measure == "" {
			f.Column = model.ColumnRef{Table: c.Table, Column: c.Column}
		}
		if j := slices.IndexFunc(saved, func(s report.Projection) bool { return stands(c, s) }); j >= 0 {
			f = saved[j]
			f.Name = c.Name
		}
		f.Inactive = levels && i > 0
		out = append(out, f)
	}
	return out
}

// chosen are the choices of a field parameter that the filters let pass: in the order in which a
// list names them, else in that of the parameter.
func (b *builder) chosen(table string, where []model.Filter) ([]model.FieldChoice, error) {
	t := b.model.Table(table)
	if t == nil || t.Parameter == nil || t.Parameter.Choices == nil {
		return nil, b.refuse("the model has no field parameter '%s' whose choices are known", table)
	}
	for _, r := range b.model.Roles {
		for _, p := range r.Permissions {
			if strings.EqualFold(p.Table, t.Name) && strings.TrimSpace(p.Filter) != "" {
				return nil, b.refuse("rows of the field parameter '%s' are filtered by a role", t.Name)
			}
		}
	}
	for _, r := range b.model.Relationships {
		if strings.EqualFold(r.From.Table, t.Name) || strings.EqualFold(r.To.Table, t.Name) {
			return nil, b.refuse("the field parameter '%s' is related to another table", t.Name)
		}
	}
	list := slices.Clone(t.Parameter.Choices)
	if p := t.Parameter; p.Order != "" {
		slices.SortStableFunc(list, func(x, y model.FieldChoice) int { return int(sign(x.Order, y.Order)) })
	}
	for _, f := range where {
		if !about(f, t.Name) {
			continue
		}
		var failed error
		list = slices.DeleteFunc(list, func(c model.FieldChoice) bool {
			ok, err := passes(t, c, f)
			if err != nil {
				failed = err
			}
			return !ok
		})
		if failed != nil {
			return nil, b.refuse("its field parameter '%s': %v", t.Name, failed)
		}
		if f.Op == model.In {
			slices.SortStableFunc(list, func(x, y model.FieldChoice) int { return place(t, x, f) - place(t, y, f) })
		}
	}
	if len(list) == 0 {
		return nil, b.refuse("no field of the field parameter '%s' is chosen", t.Name)
	}
	return list, nil
}

func sign(x, y dax.Value) float64 {
	switch {
	case x.Float() < y.Float():
		return -1
	case x.Float() > y.Float():
		return 1
	}
	return 0
}

// about reports whether a filter names a column of a table.
func about(f model.Filter, table string) bool {
	return strings.EqualFold(f.Column.Table, table) || slices.ContainsFunc(f.Parts, func(p model.Filter) bool { return about(p, table) })
}

// place is which value of a list a choice has.
func place(t *model.Table, c model.FieldChoice, f model.Filter) int {
	v, err := cell(t, c, f.Column.Column)
	if err != nil {
		return 0
	}
	return slices.IndexFunc(f.Values, func(x dax.Value) bool { return same(v, x) })
}

func same(x, y dax.Value) bool {
	eq, err := dax.Equal(x, y)
	return err == nil && eq
}

// passes decides a filter for the row of a choice.
func passes(t *model.Table, c model.FieldChoice, f model.Filter) (bool, error) {
	switch f.Op {
	case model.And, model.Or:
		for _, p := range f.Parts {
			ok, err := passes(t, c, p)
			if err != nil || ok == (f.Op == model.Or) {
				return ok, err
			}
		}
		return f.Op == model.And, nil
	case model.Not:
		if len(f.Parts) != 1 {
			break
		}
		ok, err := passes(t, c, f.Parts[0])
		return !ok, err
	case model.In, model.NotIn:
		if !strings.EqualFold(f.Column.Table, t.Name) {
			return false, fmt.Errorf("a filter on it joins conditions with those on other tables")
		}
		v, err := cell(t, c, f.Column.Column)
		if err != nil {
			return false, err
		}
		found := slices.ContainsFunc(f.Values, func(x dax.Value) bool { return same(v, x) })
		return found == (f.Op == model.In), nil
	}
	return false, fmt.Errorf("it is filtered by a comparison, where a list of values is supported")
}

// cell is the value of a column in the row of a choice.
func cell(t *model.Table, c model.FieldChoice, column string) (dax.Value, error) {
	p := t.Parameter
	switch {
	case strings.EqualFold(column, p.Name):
		return dax.TextOf(c.Name), nil
	case strings.EqualFold(column, p.Field):
		return dax.TextOf(model.ColumnRef{Table: c.Table, Column: c.Column + c.Measure}.String()), nil
	case strings.EqualFold(column, p.Order):
		return c.Order, nil
	}
	if col := t.Column(column); col != nil {
		for i, v := range c.More {
			if strings.EqualFold(col.Source, fmt.Sprintf("[Value%d]", i+4)) {
				return v, nil
			}
		}
	}
	return dax.Value{}, fmt.Errorf("the values of its column [%s] are not known", column)
}

// sorted is the order of the visual: by a parameter means by the fields that are chosen; a field
// that a parameter stands for and that is not chosen now orders nothing.
func (b *builder) sorted(where []model.Filter) ([]report.Sort, error) {
	chosen, all := map[string][]model.FieldChoice{}, []model.FieldChoice(nil)
	for _, list := range b.visual.Parameters {
		for _, p := range list {
			key := strings.ToLower(p.Column.Table)
			if _, done := chosen[key]; done {
				continue
			}
			c, err := b.chosen(p.Column.Table, where)
			if err != nil {
				return nil, err
			}
			chosen[key] = c
			all = append(all, b.model.Table(p.Column.Table).Parameter.Choices...)
		}
	}
	var out []report.Sort
	for _, s := range b.visual.Sort {
		if list, ok := chosen[strings.ToLower(s.Field.Column.Table)]; ok && s.Field.Measure == "" {
			for _, f := range fieldsOf(list, []report.Projection{{}}) {
				out = append(out, report.Sort{Field: f, Descending: s.Descending})
			}
			continue
		}
		is := func(c model.FieldChoice) bool { return stands(c, s.Field) }
		now := slices.ContainsFunc(all, is)
		for _, list := range chosen {
			now = now && !slices.ContainsFunc(list, is)
		}
		if now && !b.shows(s.Field) {
			continue
		}
		out = append(out, s)
	}
	return out, nil
}

// shows reports whether a field stands in a role by itself, and not for a parameter.
func (b *builder) shows(f report.Projection) bool {
	for role, fields := range b.visual.Roles {
		spans, err := b.spans(role, fields)
		if err != nil && len(b.visual.Parameters[role]) > 0 {
			return true
		}
		for i, x := range fields {
			inside := slices.ContainsFunc(spans, func(s span) bool { return i >= s.from && i < s.to })
			if !inside && x.Measure == f.Measure && x.Column == f.Column {
				return true
			}
		}
	}
	return false
}
