package eval

import (
	"slices"

	"inlay/dax"
	"inlay/model"
)

// reachOf says how a filter reaches a table.
func (e *evaluator) reachOf(base *model.Table, f *filter, edges []Change) (Reach, error) {
	reach := None
	for _, c := range f.cols {
		if f.off(c) {
			continue
		}
		one, err := e.s.Reach(base, c.T, edges)
		if err != nil {
			return None, err
		}
		reach = max(reach, one)
	}
	if reach != None || f.lean == nil {
		return reach, nil
	}
	// Whole rows are also filters of the tables that they look up.
	for _, t := range f.lean.tables {
		if !slices.ContainsFunc(e.columns(t), func(c Column) bool { return !f.off(c) }) {
			continue
		}
		if one, err := e.s.Reach(base, t, edges); err != nil || one != None {
			return Indirect, err
		}
	}
	return None, nil
}

// over is how a filter on a table reaches another, over rows of others too that it narrowed and
// that are filtered whole.
func (e *evaluator) over(base *model.Table, f *filter, t *model.Table, ctx *filterContext) (Reach, error) {
	if f.cond != nil && f.cond.Rows {
		return e.reachOf(base, f, ctx.edges)
	}
	one, err := e.s.Reach(base, t, ctx.edges)
	if err != nil || one != None {
		return one, err
	}
	for _, g := range ctx.filters {
		if g.cond == nil || !g.cond.Rows || g.table() == base || !slices.Contains(g.lean.home, f.root()) {
			continue
		}
		reach, err := e.reachOf(base, g, ctx.edges)
		if err != nil {
			return None, err
		}
		in, err := e.s.Reach(g.table(), t, ctx.edges)
		if err != nil {
			return None, err
		}
		if reach == Indirect && in != None {
			return Indirect, nil
		}
	}
	return None, nil
}

// flat is the filters of a context as they reach a table: each on columns that reach it in one way.
func (e *evaluator) flat(x dax.Expr, base *model.Table, ctx *filterContext) (*filterContext, error) {
	out := *ctx
	out.filters = nil
	for _, f := range ctx.filters {
		more, err := e.settled(x, base, f, ctx)
		if err != nil {
			return nil, err
		}
		out.filters = append(out.filters, more...)
	}
	settled := out
	out.filters = nil
	for _, f := range settled.filters {
		if f.cond != nil {
			out.filters = append(out.filters, f)
			continue
		}
		more, err := e.near(x, base, f, &settled)
		if err != nil {
			return nil, err
		}
		out.filters = append(out.filters, more...)
	}
	return &out, nil
}

// near is a filter on those of its columns that reach a table: those that each row looks up, and
// those that reach it over many rows.
func (e *evaluator) near(x dax.Expr, base *model.Table, f *filter, ctx *filterContext) (_ []*filter, err error) {
	var direct, indirect []int
	for i, c := range f.cols {
		reach, err := e.over(base, f, c.T, ctx)
		if err != nil {
			return nil, err
		}
		switch reach {
		case Direct:
			direct = append(direct, i)
		case Indirect:
			indirect = append(indirect, i)
		}
	}
	if indirect, err = e.rowsAlone(f, indirect, ctx.edges); err != nil {
		return nil, err
	}
	for _, i := range indirect {
		if f.cols[i].T != f.cols[indirect[0]].T {
			return nil, unsupported(x, "a filter on several tables that reaches table %q over many rows is not supported", base.Name)
		}
	}
	if len(direct) > 0 && len(indirect) > 0 && !e.rowsAre(f, f.cols[indirect[0]].T) {
		return nil, unsupported(x, "a filter whose columns reach table %q in different ways is not supported", base.Name)
	}
	var list []*filter
	for _, stay := range [][]int{direct, indirect} {
		switch len(stay) {
		case 0:
		case len(f.cols):
			list = append(list, f)
		default:
			g, err := e.project(nil, f, stay)
			if err != nil {
				return nil, err
			}
			g.origin = f.root() // still what narrowed others
			list = append(list, g)
		}
	}
	return list, nil
}

// rowsAlone leaves out what the rows of a table look up as they did where they became a filter: the
// rows say it.
func (e *evaluator) rowsAlone(f *filter, at []int, edges []Change) ([]int, error) {
	if len(at) == 0 || !e.rowsAre(f, f.cols[at[0]].T) || len(f.made) > len(edges) || !slices.Equal(f.made, edges[:len(f.made)]) {
		return at, nil
	}
	own := f.cols[at[0]].T
	var stay []int
	for _, i := range at {
		t := f.cols[i].T
		other := !slices.Contains(f.whole, t)
		for _, c := range edges[len(f.made):] {
			for _, end := range []*model.Table{c.From.T, c.To.T} {
				if end == own {
					continue
				}
				reach, err := e.s.Reach(end, t, nil)
				if err != nil {
					return nil, err
				}
				other = other || reach == Direct
			}
		}
		if t == own || other {
			stay = append(stay, i)
		}
	}
	return stay, nil
}

// rowsAre reports whether a filter is on whole rows of a table.
func (e *evaluator) rowsAre(f *filter, t *model.Table) bool {
	return !slices.ContainsFunc(e.columns(t), func(c Column) bool { return !slices.Contains(f.cols, c) })
}
