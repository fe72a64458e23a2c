package eval

import (
	"slices"
	"strings"

	"inlay/dax"
)

// rolled is the columns of SUMMARIZE with ROLLUP: those always grouped by, and levels of which
// the last are folded away first (rollup-function-dax.md; rollupgroup-function-dax.md).
type rolled struct {
	cols   []*dax.Column
	level  []int // of each column, from 1; 0 is grouped by in all rows
	levels int
	rest   []dax.Expr // pairs of name and expression
	names  []string   // of these
	list   []dax.Expr
}

// rollupOf reads the arguments of SUMMARIZE behind its table. ok is false where none is ROLLUP.
func rollupOf(x *dax.Call) (r rolled, ok bool, err error) {
	args := x.Args[1:]
	for len(args) > 0 {
		switch a := args[0].(type) {
		case *dax.Column:
			r.add(a, 0)
		case *dax.Call:
			if same(a.Func, "ROLLUPGROUP") {
				return r, false, wrong(a, "ROLLUPGROUP stands in ROLLUP alone, where SUMMARIZE groups")
			}
			if !same(a.Func, "ROLLUP") {
				r.rest = args
				return r, ok || asksSubtotal(args), nil
			}
			if ok {
				return r, false, unsupported(a, "SUMMARIZE with several ROLLUP is not supported")
			}
			ok = true
			if err := r.roll(a); err != nil {
				return r, false, err
			}
		default:
			r.rest = args
			return r, ok || asksSubtotal(args), nil
		}
		args = args[1:]
	}
	return r, ok, nil
}

// asksSubtotal reports whether ISSUBTOTAL stands in expressions.
func asksSubtotal(list []dax.Expr) bool {
	found := false
	for _, x := range list {
		if x != nil {
			dax.Walk(x, func(y dax.Expr) bool {
				call, ok := y.(*dax.Call)
				found = found || ok && same(call.Func, "ISSUBTOTAL")
				return !found
			})
		}
	}
	return found
}

func (r *rolled) add(c *dax.Column, level int) {
	r.cols, r.level = append(r.cols, c), append(r.level, level)
}

// roll reads ROLLUP(column or ROLLUPGROUP, …).
func (r *rolled) roll(x *dax.Call) error {
	if len(x.Args) == 0 {
		return wrong(x, "ROLLUP takes columns")
	}
	for _, a := range x.Args {
		r.levels++
		if g, ok := a.(*dax.Call); ok && same(g.Func, "ROLLUPGROUP") && len(g.Args) > 0 {
			for _, y := range g.Args {
				c, ok := y.(*dax.Column)
				if !ok {
					return wrong(g, "ROLLUPGROUP takes columns")
				}
				r.add(c, r.levels)
			}
			continue
		}
		c, ok := a.(*dax.Column)
		if !ok {
			return wrong(x, "ROLLUP takes columns, or ROLLUPGROUP of columns")
		}
		r.add(c, r.levels)
	}
	return nil
}

// summarizeRolled is SUMMARIZE with ROLLUP: the groups, and for each number of levels from the
// front the groups by these alone, with BLANK in the columns that are folded away.
func (e *evaluator) summarizeRolled(x *dax.Call, r rolled, b *batch) (*rowset, error) {
	var err error
	if r.names, r.list, err = named(x, r.rest); err != nil {
		return nil, err
	}
	var out *rowset
	for depth := r.levels; depth >= 0; depth-- {
		part, err := e.summarizeLevel(x, r, depth, b)
		if err != nil {
			return nil, err
		}
		if out, err = e.below(out, part); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// below is the rows of out, which may be nil, and those of part with the same columns below them.
func (e *evaluator) below(out, part *rowset) (*rowset, error) {
	if out == nil {
		return part, nil
	}
	return e.combine(out.cols, out, part, func(p, q [][]dax.Value) ([][]dax.Value, error) { return slices.Concat(p, q), nil })
}

// summarizeLevel is the rows that are grouped by the first levels.
func (e *evaluator) summarizeLevel(x *dax.Call, r rolled, depth int, b *batch) (*rowset, error) {
	var refs []*dax.Column
	for i, c := range r.cols {
		if r.level[i] <= depth {
			refs = append(refs, c)
		}
	}
	all, err := e.grouped(x, r.cols, b) // the columns of the result, and what they are called
	if err != nil {
		return nil, err
	}
	groups := all
	if len(refs) < len(r.cols) {
		if groups, err = e.grouped(x, refs, b); err != nil {
			return nil, err
		}
	}
	told := make([]dax.Expr, len(r.list))
	for i, y := range r.list {
		if told[i], err = e.subtotals(r, depth, y); err != nil {
			return nil, err
		}
	}
	full := groups
	if len(r.list) > 0 {
		inner, _, err := b.iterate(x, groups)
		if err != nil {
			return nil, err
		}
		under, err := e.transition(inner)
		if err != nil {
			return nil, err
		}
		if full, err = e.attach(groups, r.names, told, b, under); err != nil {
			return nil, err
		}
	}
	cols := slices.Concat(all.cols, full.cols[len(refs):])
	return full.each(cols, func(rows [][]dax.Value) ([][]dax.Value, error) {
		out := make([][]dax.Value, len(rows))
		for i, row := range rows {
			at := 0
			for _, level := range r.level {
				v := dax.Value{}
				if level <= depth {
					v, at = row[at], at+1
				}
				out[i] = append(out[i], v)
			}
			out[i] = append(out[i], row[at:]...)
		}
		return out, nil
	})
}

// subtotals puts TRUE or FALSE in place of ISSUBTOTAL(column).
func (e *evaluator) subtotals(r rolled, depth int, x dax.Expr) (dax.Expr, error) {
	var err error
	out := rewrite(x, func(y dax.Expr) (dax.Expr, bool) {
		call, ok := y.(*dax.Call)
		if !ok || !same(call.Func, "ISSUBTOTAL") {
			return nil, false
		}
		at := -1
		if len(call.Args) == 1 {
			if c, ok := call.Args[0].(*dax.Column); ok {
				at = slices.IndexFunc(r.cols, func(o *dax.Column) bool { return same(o.Table, c.Table) && same(o.Name, c.Name) })
			}
		}
		if at < 0 {
			err = wrong(call, "%s takes a column that SUMMARIZE groups by", strings.ToUpper(call.Func))
			return y, true
		}
		return &dax.Literal{At: call.At, Value: dax.BoolOf(r.level[at] > depth)}, true
	})
	return out, err
}
