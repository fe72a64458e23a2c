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
	var added []*filter
	for p := b; p != nil; p = p.parent {
		if p.row != nil {
			if f := e.rowFilter(p.row, at); f != nil {
				// An inner row of the same columns is the one that counts.
				for _, g := range added {
					if slices.ContainsFunc(f.cols, g.touches) {
						part, err := (&filterContext{filters: []*filter{f}}).without(e, b, g.touches)
						if err != nil {
							return nil, err
						}
						if f = nil; len(part.filters) == 1 {
							f = part.filters[0]
						}
						break
					}
				}
				if f != nil {
					added = append(added, f)
				}
			}
		}
		if p.closed || p.fixed {
			break
		}
		at = p.through(at)
	}
	next, err := out.without(e, b, func(c Column) bool {
		return slices.ContainsFunc(added, func(f *filter) bool { return f.touches(c) })
	})
	if err != nil {
		return nil, err
	}
	return b.under(next.with(added...)), nil
}

// rowFilter is the current row of each environment as a filter.
func (e *evaluator) rowFilter(r *rowContext, at []int) *filter {
	f := &filter{key: -1, scope: true, of: make([]int, len(at))}
	var cols []int
	for i, c := range r.cols {
		if c.col.C != nil && !f.touches(c.col) {
			f.cols = append(f.cols, c.col)
			cols = append(cols, i)
		}
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
			if r.ToEnd == model.One && same(r.To.Table, t.Name) && same(r.To.Column, c.C.Name) {
				return i
			}
		}
	}
	return -1
}

// modifiers is what the filter arguments of a CALCULATE do.
type modifiers struct {
	gone    []func(Column) bool
	restore []func(Column) bool // ALLSELECTED
	filters []*filter           // replace those on their columns
	kept    []*filter           // added by KEEPFILTERS
	edges   []Change
	leaning []leaning
}

// leaning is a filter that says what it should only while the filters outside stay.
type leaning struct {
	f    *filter
	a    dax.Expr
	keep bool
}

// settle decides about filters that lean on those outside: where one of these goes, is replaced
// or takes another way, the table is read as it is outside.
func (e *evaluator) settle(m *modifiers, b *batch) error {
	dates := e.dateTables(m.filters)
	off := func(c Column) bool {
		hit := func(gone func(Column) bool) bool { return gone(c) }
		return dates[c.T] || slices.ContainsFunc(m.gone, hit) || slices.ContainsFunc(m.restore, hit) ||
			slices.ContainsFunc(m.filters, func(f *filter) bool { return f.touches(c) })
	}
	outside := b.context().filters
	read := len(m.edges) > 0 && len(outside) > 0 || slices.ContainsFunc(outside, func(f *filter) bool { return slices.ContainsFunc(f.cols, off) })
	for _, l := range m.leaning {
		if !read {
			m.kept = append(m.kept, l.f)
			continue
		}
		f, gone, err := e.tableFilter(l.a, b)
		if err != nil {
			return err
		}
		if l.keep {
			m.kept = append(m.kept, f)
			continue
		}
		m.filters = append(m.filters, f)
		if gone != nil {
			m.gone = append(m.gone, gone)
		}
	}
	return nil
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
	if err := e.settle(&m, b); err != nil {
		return nil, err
	}
	inner, err := e.transition(b)
	if err != nil {
		return nil, err
	}
	ctx := inner.context()
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
	ctx, err = ctx.without(e, b, func(c Column) bool {
		return dates[c.T] || slices.ContainsFunc(m.filters, func(f *filter) bool { return f.touches(c) })
	})
	if err != nil {
		return nil, err
	}
	ctx = ctx.with(append(m.filters, m.kept...)...)
	if len(m.edges) > 0 {
		ctx.edges = append(slices.Clone(ctx.edges), m.edges...)
	}
	return inner.under(ctx), nil
}

// dateTables is the tables of which a filter on the column of dates takes away all filters: those
// marked as date tables, and those whose relationships are by date.
func (e *evaluator) dateTables(list []*filter) map[*model.Table]bool {
	out := map[*model.Table]bool{}
	for _, f := range list {
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
	return out.with(back.filters...), nil
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
				gone, err := e.columnsOff(call)
				if strings.EqualFold(call.Func, "ALLSELECTED") {
					m.restore = append(m.restore, gone)
				} else {
					m.gone = append(m.gone, gone)
				}
				return err
			}
		}
	}
	f, added, gone, err := e.filterArg(a, b)
	if err != nil || f == nil {
		return err
	}
	if added && gone == nil {
		m.leaning = append(m.leaning, leaning{f, a, keep})
		return nil
	}
	if gone != nil {
		m.gone = append(m.gone, gone)
	}
	if keep || added {
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
		f, t := r.From, r.To
		if (matches(f, c.From) && matches(t, c.To)) || (matches(f, c.To) && matches(t, c.From)) {
			return c, nil
		}
	}
	return c, wrong(x, "%s needs a relationship between %s and %s, and there is none", strings.ToUpper(x.Func), c.From, c.To)
}

func matches(r model.ColumnRef, c Column) bool {
	return same(r.Table, c.T.Name) && same(r.Column, c.C.Name)
}

// expanded is a table and those that its rows look up.
func (e *evaluator) expanded(t *model.Table) (map[*model.Table]bool, error) {
	out := map[*model.Table]bool{t: true}
	for _, o := range e.m.Tables {
		if o == t {
			continue
		}
		r, err := e.s.Reach(t, o, nil)
		if err != nil {
			return nil, err
		}
		if r == Direct {
			out[o] = true
		}
	}
	return out, nil
}

// columnsOff is the columns that ALL, REMOVEFILTERS and their like take filters off.
func (e *evaluator) columnsOff(x *dax.Call) (func(Column) bool, error) {
	name := strings.ToUpper(x.Func)
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
			more, err := e.expanded(t)
			if err != nil {
				return nil, err
			}
			for k := range more {
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
