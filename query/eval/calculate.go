package eval

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// transition makes filters of the current rows, as CALCULATE and measures do.
func (e *evaluator) transition(b *batch) (*batch, error) {
	if !b.hasRow() {
		return b, nil
	}
	ctx := b.context()
	out := *ctx
	out.shadow = &filterContext{filters: ctx.filters, edges: ctx.edges}
	at := identity(b.n)
	rows := &filterContext{}
	on := func(rows *filterContext) func(Column) bool {
		return func(c Column) bool {
			return slices.ContainsFunc(rows.filters, func(f *filter) bool { return f.touches(c) })
		}
	}
	for p := b; p != nil; p = p.parent {
		if p.row != nil {
			for _, c := range p.row.cols {
				if c.of != "" && !slices.Contains(out.own, c.of) {
					out.own = append(slices.Clone(out.own), c.of)
				}
			}
			if f := e.rowFilter(p.row, at); f != nil {
				out.shadow.over(p, at)
				// An inner row of the same columns is the one that counts.
				part, err := (&filterContext{filters: []*filter{f}}).without(e, b, on(rows))
				if err != nil {
					return nil, err
				}
				rows = rows.with(part.filters...)
			}
		}
		if p.closed || p.fixed {
			break
		}
		at = p.through(at)
	}
	next, err := out.without(e, b, on(rows))
	if err != nil {
		return nil, err
	}
	return b.under(next.with(rows.filters...)), nil
}

// over notes the rows that the innermost iteration goes over: ALLSELECTED restores them
// (sqlbi.com/articles/the-definitive-guide-to-allselected, "shadow filter contexts").
func (c *filterContext) over(p *batch, at []int) {
	if c.rows != nil || p.row.set == nil {
		return
	}
	c.rows, c.of = p.row.set, make([]int, len(at))
	for i, j := range p.through(at) {
		c.of[i] = p.row.set.of[j]
	}
}

// rowFilter is the current row of each environment as a filter.
func (e *evaluator) rowFilter(r *rowContext, at []int) *filter {
	f := &filter{key: -1, scope: true, of: make([]int, len(at))}
	var cols []int
	for i, c := range r.cols {
		if c.col.C != nil && !slices.Contains(f.cols, c.col) {
			f.cols = append(f.cols, c.col)
			cols = append(cols, i)
		}
		f.look(c)
	}
	if len(cols) == 0 {
		return nil
	}
	if r.table != nil {
		f.key = e.keyAt(r.table, f.cols)
	}
	place := map[string]int{}
	for i, j := range at {
		row := make([]dax.Value, len(cols))
		for k, c := range cols {
			row[k] = r.rows[j][c]
		}
		key := tupleKey(row)
		n, ok := place[key]
		if !ok {
			n = len(f.sets)
			place[key] = n
			f.sets = append(f.sets, newSet([][]dax.Value{row}))
		}
		f.of[i] = n
	}
	return f
}

// keyAt is the place of a column that identifies the rows of a table, -1 if there is none.
func (e *evaluator) keyAt(t *model.Table, cols []Column) int {
	for i, c := range cols {
		if c.T != t {
			continue
		}
		if c.C.Key {
			return i
		}
		for _, r := range e.m.Relationships {
			if k, ok := oneEnd(&r, t); ok && same(k, c.C.Name) {
				return i
			}
		}
	}
	return -1
}

// oneEnd is the column of a table that is on the one side of a relationship.
func oneEnd(r *model.Relationship, t *model.Table) (column string, ok bool) {
	switch {
	case r.ToEnd == model.One && same(r.To.Table, t.Name):
		return r.To.Column, true
	case r.FromEnd == model.One && same(r.From.Table, t.Name):
		return r.From.Column, true
	}
	return "", false
}

// modifiers is what the filter arguments of a CALCULATE do.
type modifiers struct {
	gone    []func(Column) bool
	restore []func(Column) bool // ALLSELECTED
	filters []*filter           // replace those on their columns
	kept    []*filter           // added by KEEPFILTERS
	edges   []Change
}

// calculate is the filter contexts under which CALCULATE evaluates its expression. Arguments are
// evaluated outside; removals come first, then filters.
func (e *evaluator) calculate(args []dax.Expr, b *batch) (*batch, error) {
	var m modifiers
	for _, a := range args {
		if a == nil {
			continue
		}
		if err := e.argument(a, b, &m, false); err != nil {
			return nil, err
		}
	}
	inner, err := e.transition(b)
	if err != nil {
		return nil, err
	}
	ctx, err := e.changed(&m, inner.context(), b)
	if err != nil {
		return nil, err
	}
	return inner.under(ctx), nil
}

// changed is filter contexts in which modifiers took effect. What leans on filters that go, or
// relationships that change, stands for its rows as they are outside.
func (e *evaluator) changed(m *modifiers, ctx *filterContext, b *batch) (_ *filterContext, err error) {
	for _, gone := range m.gone {
		if ctx, err = ctx.without(e, b, gone); err != nil {
			return nil, err
		}
	}
	for _, gone := range m.restore {
		if ctx, err = e.restore(ctx, b, gone); err != nil {
			return nil, err
		}
	}
	dates := e.dateTables(m.filters)
	if ctx, err = ctx.without(e, b, func(c Column) bool {
		return dates[c.T] || slices.ContainsFunc(m.filters, func(f *filter) bool { return !f.narrowed() && f.touches(c) })
	}); err != nil {
		return nil, err
	}
	if ctx, err = e.replaced(m, ctx, b); err != nil {
		return nil, err
	}
	ctx = ctx.with(append(m.filters, m.kept...)...)
	if len(m.edges) == 0 {
		return ctx, nil
	}
	ctx.edges = append(slices.Clone(ctx.edges), m.edges...)
	for i, f := range ctx.filters {
		ctx.filters[i] = f.moved(m.edges)
	}
	return ctx, nil
}

// replaced takes away what rows replace that were narrowed by the filters outside. Where all of
// these are still there, and nothing else, they stay: they say the same. Otherwise the rows are read.
func (e *evaluator) replaced(m *modifiers, ctx *filterContext, b *batch) (*filterContext, error) {
	fell := func(f *filter) bool {
		return f.narrowed() && slices.ContainsFunc(f.lean.home, func(h *filter) bool {
			return !slices.ContainsFunc(ctx.filters, func(g *filter) bool { return g.root() == h })
		})
	}
	for i, f := range m.kept {
		if fell(f) {
			m.kept[i] = f.asRead()
		}
	}
	if !b.hasRow() && !slices.ContainsFunc(m.filters, fell) {
		return ctx, nil
	}
	for i, f := range m.filters {
		if f.narrowed() {
			m.filters[i] = f.asRead()
		}
	}
	return ctx.without(e, b, func(c Column) bool {
		return slices.ContainsFunc(m.filters, func(f *filter) bool { return f.touches(c) })
	})
}

// dateTables is the tables of which a filter on the column of dates takes away all filters: those
// marked as date tables, and those whose relationships are by date.
func (e *evaluator) dateTables(list []*filter) map[*model.Table]bool {
	out := map[*model.Table]bool{}
	for _, f := range list {
		if f.narrowed() {
			continue
		}
		for _, c := range f.cols {
			if c.C.Type == dax.DateTime && (e.keyAt(c.T, []Column{c}) == 0 || (c.T.Date && !slices.ContainsFunc(c.T.Columns, func(o *model.Column) bool { return o.Key }))) {
				out[c.T] = true
			}
		}
	}
	return out
}

// restore gives columns the filters that they had outside the last iteration.
func (e *evaluator) restore(ctx *filterContext, b *batch, gone func(Column) bool) (*filterContext, error) {
	out, err := ctx.without(e, b, gone)
	if err != nil || ctx.shadow == nil {
		return out, err
	}
	back, err := ctx.shadow.without(e, b, func(c Column) bool { return !gone(c) })
	if err != nil {
		return nil, err
	}
	if ctx.shadow.rows == nil {
		return out.with(back.filters...), nil
	}
	rows := &filterContext{}
	if f := ctx.shadow.rows.asFilter(); f != nil {
		f.of = ctx.shadow.of
		rows.filters = append(rows.filters, f)
	}
	if rows, err = rows.without(e, b, func(c Column) bool { return !gone(c) }); err != nil {
		return nil, err
	}
	return out.with(append(back.filters, rows.filters...)...), nil
}

// argument sorts one filter argument.
func (e *evaluator) argument(a dax.Expr, b *batch, m *modifiers, keep bool) error {
	if call, ok := a.(*dax.Call); ok {
		switch strings.ToUpper(call.Func) {
		case "KEEPFILTERS":
			if len(call.Args) != 1 {
				return wrong(call, "KEEPFILTERS takes one filter")
			}
			return e.argument(call.Args[0], b, m, true)
		case "USERELATIONSHIP", "CROSSFILTER":
			c, err := e.change(call)
			m.edges = append(m.edges, c)
			return err
		case "REMOVEFILTERS", "ALL", "ALLNOBLANKROW", "ALLEXCEPT", "ALLSELECTED", "ALLCROSSFILTERED":
			if !keep || strings.EqualFold(call.Func, "REMOVEFILTERS") {
				gone, err := e.columnsOff(call, b)
				if strings.EqualFold(call.Func, "ALLSELECTED") {
					m.restore = append(m.restore, gone)
				} else {
					m.gone = append(m.gone, gone)
				}
				return err
			}
		}
	}
	f, err := e.filterArg(a, b)
	if err != nil || f == nil {
		return err
	}
	if keep {
		f.kept = true
		m.kept = append(m.kept, f)
	} else {
		m.filters = append(m.filters, f)
	}
	return nil
}

// change is USERELATIONSHIP or CROSSFILTER.
func (e *evaluator) change(x *dax.Call) (Change, error) {
	var c Change
	crosses := strings.EqualFold(x.Func, "CROSSFILTER")
	if (crosses && len(x.Args) != 3) || (!crosses && len(x.Args) != 2) {
		return c, wrong(x, "%s takes two columns%s", strings.ToUpper(x.Func), map[bool]string{true: " and a direction"}[crosses])
	}
	var err error
	if c.From, err = e.columnArg(x, x.Args[0]); err != nil {
		return c, err
	}
	if c.To, err = e.columnArg(x, x.Args[1]); err != nil {
		return c, err
	}
	if crosses {
		switch d := x.Args[2].(type) {
		case *dax.Name:
			c.Direction = strings.ToUpper(d.Name)
		case *dax.Literal:
			names := map[int64]string{0: "NONE", 1: "ONEWAY", 2: "BOTH", 3: "ONEWAY_LEFTFILTERSRIGHT", 4: "ONEWAY_RIGHTFILTERSLEFT"}
			c.Direction = names[d.Value.Int()]
		}
		if !slices.Contains([]string{"NONE", "ONEWAY", "BOTH", "ONEWAY_LEFTFILTERSRIGHT", "ONEWAY_RIGHTFILTERSLEFT"}, c.Direction) {
			return c, wrong(x, "CROSSFILTER has no direction %s", dax.Print(x.Args[2]))
		}
	}
	for _, r := range e.m.Relationships {
		f, t := r.Ends()
		if (matches(f, c.From) && matches(t, c.To)) || (matches(f, c.To) && matches(t, c.From)) {
			_, err := e.s.Reach(c.From.T, c.To.T, []Change{c})
			return c, located(x, err)
		}
	}
	return c, wrong(x, "%s needs a relationship between %s and %s, and there is none", strings.ToUpper(x.Func), c.From, c.To)
}

func matches(r model.ColumnRef, c Column) bool {
	return same(r.Table, c.T.Name) && same(r.Column, c.C.Name)
}

// expanded is a table and those that its rows look up.
func (e *evaluator) expanded(t *model.Table, edges []Change) ([]*model.Table, error) {
	out := []*model.Table{t}
	for _, o := range e.m.Tables {
		if o == t {
			continue
		}
		r, err := e.s.Reach(t, o, edges)
		if err != nil {
			return nil, err
		}
		if r == Direct {
			out = append(out, o)
		}
	}
	return out, nil
}

// columnsOff is the columns that ALL, REMOVEFILTERS and their like take filters off.
func (e *evaluator) columnsOff(x *dax.Call, b *batch) (func(Column) bool, error) {
	name := strings.ToUpper(x.Func)
	if len(x.Args) == 0 && name == "ALLEXCEPT" {
		return nil, wrong(x, "ALLEXCEPT takes a table first")
	}
	if len(x.Args) == 0 {
		return func(Column) bool { return true }, nil
	}
	tables, cols := map[*model.Table]bool{}, map[Column]bool{}
	kept := map[*model.Table]bool{}
	for i, a := range x.Args {
		if t, ok := e.modelTable(a); ok {
			if i > 0 && name == "ALLEXCEPT" {
				kept[t] = true
				continue
			}
			more, err := e.expanded(t, b.context().edges)
			if err != nil {
				return nil, err
			}
			for _, k := range more {
				tables[k] = true
			}
			continue
		}
		c, err := e.columnArg(x, a)
		if err != nil {
			return nil, err
		}
		cols[c] = true
	}
	switch name {
	case "ALLEXCEPT":
		if _, ok := e.modelTable(x.Args[0]); !ok {
			return nil, wrong(x, "ALLEXCEPT takes a table first")
		}
		return func(c Column) bool { return tables[c.T] && !cols[c] && !kept[c.T] }, nil
	case "ALLCROSSFILTERED":
		for t := range tables {
			for _, o := range e.m.Tables {
				if r, err := e.s.Reach(t, o, nil); err == nil && r != None {
					tables[o] = true
				}
			}
		}
	}
	return func(c Column) bool { return tables[c.T] || cols[c] }, nil
}
