package visual

import (
	"slices"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/report"
)

// State is what the viewer has chosen on a page.
type State struct {
	Slicers []Choice
}

// Choice is what was chosen in one slicer. No values: everything, also where the definition
// has a saved choice.
type Choice struct {
	Visual string // name of the slicer
	Values []dax.Value
}

// Plan is the question of a visual and what the columns of its answer are.
type Plan struct {
	Query   model.Query
	Columns []Column
}

// Column is a column of the answer as the visual sees it.
type Column struct {
	Name     string // what the viewer reads
	Ref      string // as in the visual's roles
	Role     string
	Format   string // of this visual alone; empty: that of the model
	Group    bool
	From     int // place in the result of the query; two roles may show one column
	FormatBy int // place of the format strings of its values, 0 if they are the same for all
}

// Unformatted is the plan without the format strings that depend on filters, false if it asks for
// none: its numbers are the same.
func (p Plan) Unformatted() (Plan, bool) {
	n := slices.IndexFunc(p.Query.Values, func(v model.Value) bool { return v.FormatOf })
	if n < 0 {
		return p, false
	}
	p.Query.Values = p.Query.Values[:n]
	p.Columns = slices.Clone(p.Columns)
	for i := range p.Columns {
		p.Columns[i].FormatBy = 0
	}
	return p, true
}

// formats asks for the format strings that depend on filters, behind all values.
func (b *builder) formats() {
	q := &b.plan.Query
	values := len(q.Values)
	for i := range b.plan.Columns {
		c := &b.plan.Columns[i]
		if c.Group || c.Format != "" {
			continue
		}
		v := q.Values[c.From-len(q.Groups)]
		m, _ := b.model.Measure(v.Measure)
		if v.Measure == "" || m == nil || m.FormatBy == "" && !b.itemFormats() {
			continue
		}
		at := slices.IndexFunc(q.Values[values:], func(x model.Value) bool { return x.Measure == v.Measure })
		if at < 0 {
			at = len(q.Values) - values
			q.Values = append(q.Values, model.Value{Name: b.unique(c.Ref + " format"), Measure: v.Measure, FormatOf: true})
		}
		c.FormatBy = len(q.Groups) + values + at
	}
}

// itemFormats reports whether calculation items of the query may give measures a format string.
func (b *builder) itemFormats() bool {
	q := &b.plan.Query
	for _, t := range b.model.Tables {
		if t.Group == nil {
			continue
		}
		says := func(i *model.CalculationItem) bool { return i != nil && i.Format != "" }
		chosen := slices.ContainsFunc(q.Groups, func(c model.ColumnRef) bool { return strings.EqualFold(c.Table, t.Name) }) || slices.ContainsFunc(q.Where, func(f model.Filter) bool { return f.Names(t.Name) })
		items := slices.ContainsFunc(t.Group.Items, func(i model.CalculationItem) bool { return says(&i) })
		if says(t.Group.None) || chosen && (items || says(t.Group.Several)) {
			return true
		}
	}
	return false
}

// Shape puts a result into the order of the plan's columns. The total has one place per
// column that is not a group, nil if none was asked for.
func (p Plan) Shape(r model.Result) (rows [][]dax.Value, total []dax.Value) {
	rows = make([][]dax.Value, len(r.Rows))
	for i, row := range r.Rows {
		out := make([]dax.Value, len(p.Columns))
		for j, c := range p.Columns {
			out[j] = row[c.From]
		}
		rows[i] = out
	}
	if r.Total == nil {
		return rows, nil
	}
	for _, c := range p.Columns {
		if !c.Group {
			total = append(total, r.Total[c.From-len(p.Query.Groups)])
		}
	}
	return rows, total
}

// family is a kind of visual.
type family struct {
	types []string
	roles []role
	limit int  // most rows
	total bool // the answer has a total
	order func(b *builder) []model.Order
}

// role is a data role.
type role struct {
	name string
	as   kind
	max  int // most fields, 0 for any number
	need bool
}

// kind says what a field in a role becomes.
type kind uint8

const (
	groups kind = iota // columns to group by
	values             // measures and aggregations
	either             // both, by the field
)

// families are all kinds of visual that can be asked.
var families = []*family{&card, &cards, &rowCard, &table, &bar, &line, &slicer}

// static are the types that are drawn and have no data.
var static = []string{"textbox"}

// Supported reports whether visuals of a type are drawn as themselves.
func Supported(typ string) bool { return find(typ) != nil || slices.Contains(static, typ) }

func find(typ string) *family {
	for _, f := range families {
		if slices.Contains(f.types, typ) {
			return f
		}
	}
	return nil
}

// Query makes the question of a visual on a page of a report, in a state. The error is an
// *inlay.Error that names the visual.
func Query(m *model.Model, d *report.Definition, p *report.Page, v *report.Visual, s State) (Plan, error) {
	for _, reason := range []string{d.Unsupported, p.Unsupported, v.Unsupported} {
		if reason != "" {
			return Plan{}, inlay.Errorf(inlay.Unsupported, "%s", reason)
		}
	}
	f := find(v.Type)
	if f == nil {
		if slices.Contains(static, v.Type) {
			return Plan{}, inlay.Errorf(inlay.Unsupported, "visual '%s' of type '%s' has no data", v.Name, v.Type)
		}
		return Plan{}, inlay.Errorf(inlay.Unsupported, "visual '%s' is of type '%s', which is not supported", v.Name, v.Type)
	}
	where, err := filters(m, d, p, v, s)
	if err != nil {
		return Plan{}, err
	}
	if v, err = parameters(m, v, where); err != nil {
		return Plan{}, err
	}
	b := &builder{model: m, visual: v, family: f}
	if err := b.fill(); err != nil {
		return Plan{}, err
	}
	b.plan.Query.Where = where
	if err := b.sort(); err != nil {
		return Plan{}, err
	}
	b.formats()
	b.plan.Query.Limit = f.limit
	b.plan.Query.Total = f.total && len(b.plan.Query.Values) > 0
	b.plan.Query.Detail = len(b.plan.Query.Values) == 0
	return b.plan, nil
}
