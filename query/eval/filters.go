package eval

import (
	"slices"

	"inlay/dax"
	"inlay/model"
)

// selectedValue is the one value of a column that is left by the filters.
func selectedValue(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) == 0 || len(x.Args) > 2 {
		return nil, wrong(x, "SELECTEDVALUE takes a column and what to answer where it has several values")
	}
	r, err := e.valuesOf(x, b)
	if err != nil {
		return nil, err
	}
	out := make([]dax.Value, b.n)
	var other []int
	for i := range out {
		if rows := r.at(i); len(rows) == 1 {
			out[i] = rows[0][0]
		} else {
			other = append(other, i)
		}
	}
	if len(x.Args) == 2 {
		err = e.some(x.Args[1], b, other, out)
	}
	return out, err
}

// valuesOf is the visible values of the column that is the first argument.
func (e *evaluator) valuesOf(x *dax.Call, b *batch) (*rowset, error) {
	c, err := e.columnArg(x, x.Args[0])
	if err != nil {
		return nil, err
	}
	return e.values(x, rowsOf{base: c.T, b: b}, []Column{c}, true)
}

func truthsOf(n int, f func(int) bool) []dax.Value {
	out := make([]dax.Value, n)
	for i := range out {
		out[i] = dax.BoolOf(f(i))
	}
	return out
}

func hasOneValue(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) != 1 {
		return nil, wrong(x, "HASONEVALUE takes one column")
	}
	r, err := e.valuesOf(x, b)
	if err != nil {
		return nil, err
	}
	return truthsOf(b.n, func(i int) bool { return len(r.at(i)) == 1 }), nil
}

// tableFilters is the values that direct filters leave of a column; without any, all of them.
func tableFilters(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	if len(x.Args) != 1 {
		return nil, wrong(x, "FILTERS takes one column")
	}
	c, err := e.columnArg(x, x.Args[0])
	if err != nil {
		return nil, err
	}
	ctx, err := b.context().without(e, b, func(o Column) bool { return o != c })
	if err != nil {
		return nil, err
	}
	return e.values(x, rowsOf{base: c.T, b: b.under(ctx)}, []Column{c}, true)
}

func hasOneFilter(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) != 1 {
		return nil, wrong(x, "HASONEFILTER takes one column")
	}
	c, err := e.columnArg(x, x.Args[0])
	if err != nil {
		return nil, err
	}
	if !b.context().filtered(c) {
		return repeat(dax.BoolOf(false), b.n), nil
	}
	r, err := tableFilters(e, x, b, nothing)
	if err != nil {
		return nil, err
	}
	return truthsOf(b.n, func(i int) bool { return len(r.at(i)) == 1 }), nil
}

// target is the argument of ISFILTERED and its like: a column, or all columns of a table.
func (e *evaluator) target(x *dax.Call) (t *model.Table, is func(Column) bool, err error) {
	if len(x.Args) != 1 {
		return nil, nil, wrong(x, "%s takes one column or table", x.Func)
	}
	if t, ok := e.modelTable(x.Args[0]); ok {
		return t, func(c Column) bool { return c.T == t }, nil
	}
	col, err := e.columnArg(x, x.Args[0])
	return col.T, func(c Column) bool { return c == col }, err
}

func isFiltered(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	t, is, err := e.target(x)
	if err != nil {
		return nil, err
	}
	return repeat(dax.BoolOf(e.filtered(b.context(), t, is)), b.n), nil
}

func isCrossFiltered(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	t, is, err := e.target(x)
	if err != nil {
		return nil, err
	}
	ctx := b.context()
	if e.filtered(ctx, t, is) {
		return repeat(dax.BoolOf(true), b.n), nil
	}
	for _, f := range ctx.filters {
		reach, err := e.reachOf(t, f, ctx.edges)
		if err != nil {
			return nil, err
		}
		if reach != None {
			return repeat(dax.BoolOf(true), b.n), nil
		}
	}
	return repeat(dax.BoolOf(false), b.n), nil
}

// filtered reports whether a filter is on one of some columns of a table.
func (e *evaluator) filtered(ctx *filterContext, t *model.Table, is func(Column) bool) bool {
	cols := slices.DeleteFunc(e.columns(t), func(c Column) bool { return !is(c) })
	return slices.ContainsFunc(ctx.filters, func(f *filter) bool { return slices.ContainsFunc(cols, f.touches) })
}

// isInScope is whether a column is grouped by, and one value of it is current.
func isInScope(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) != 1 {
		return nil, wrong(x, "ISINSCOPE takes one column")
	}
	c, err := e.columnArg(x, x.Args[0])
	if err != nil {
		return nil, err
	}
	// Rows that stand beside the filters that narrowed them replace these all the same.
	filters := b.context().filters
	found := slices.ContainsFunc(filters, func(f *filter) bool {
		return f.scope && f.touches(c) && !slices.ContainsFunc(filters, func(g *filter) bool {
			return g.narrowed() && !g.kept && g.touches(c) && slices.Contains(g.lean.home, f.root())
		})
	})
	return repeat(dax.BoolOf(found), b.n), nil
}

func isEmptyTable(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) != 1 {
		return nil, wrong(x, "ISEMPTY takes a table")
	}
	n, err := e.aggregate(x, aggregator{}, x.Args[0], nil, b)
	if err != nil {
		return nil, err
	}
	return truthsOf(b.n, func(i int) bool { return n[i].IsBlank() || n[i].Int() == 0 }), nil
}

// containsRow is CONTAINS(table, column, value, …). As in IN and LOOKUPVALUE, BLANK is not 0.
func containsRow(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) < 3 || len(x.Args)%2 == 0 {
		return nil, wrong(x, "CONTAINS takes a table and pairs of column and value")
	}
	r, err := e.table(x.Args[0], b, nothing)
	if err != nil {
		return nil, err
	}
	var at []int
	var values [][]dax.Value
	for i := 1; i < len(x.Args); i += 2 {
		ref, ok := x.Args[i].(*dax.Column)
		if !ok {
			return nil, wrong(x, "CONTAINS takes pairs of column and value")
		}
		k := e.place(r, ref)
		if k < 0 {
			return nil, wrong(ref, "the table has no column %s", dax.Print(ref))
		}
		v, err := e.scalar(x.Args[i+1], b)
		if err != nil {
			return nil, err
		}
		at, values = append(at, k), append(values, v)
	}
	p := r.project(at)
	out := make([]dax.Value, b.n)
	for i := range out {
		found := false
		for _, row := range p.at(i) {
			all := true
			for j := range row {
				eq, err := dax.StrictEqual(row[j], values[j][i])
				if err != nil {
					return nil, placed(x, err)
				}
				all = all && eq
			}
			if found = all; found {
				break
			}
		}
		out[i] = dax.BoolOf(found)
	}
	return out, nil
}

// containsTuple is CONTAINSROW(table, value, …).
func containsTuple(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) < 2 {
		return nil, wrong(x, "CONTAINSROW takes a table and the values of a row")
	}
	return e.contains(x, x.Args[1:], x.Args[0], b)
}

// place is where a table has a column, -1 if it has none.
func (e *evaluator) place(r *rowset, x *dax.Column) int {
	if e.isOwn(x) {
		return slices.IndexFunc(r.cols, func(c tableColumn) bool { return same(c.of, x.Table) && same(c.name, x.Name) })
	}
	if x.Table != "" {
		if col, err := resolve(e.m, x); err == nil {
			if i := slices.IndexFunc(r.cols, func(c tableColumn) bool { return c.col == col && !c.also }); i >= 0 {
				return i
			}
		}
		return -1
	}
	if i := slices.IndexFunc(r.cols, func(c tableColumn) bool { return c.is(x.Name) }); i >= 0 {
		return i
	}
	return slices.IndexFunc(r.cols, func(c tableColumn) bool { return !c.also && same(c.name, x.Name) })
}

// lookupValue is LOOKUPVALUE(result, search, value, …, [alternate]): over all visible rows,
// whatever the filters. Values are compared as == does (dax.guide, "LOOKUPVALUE").
func lookupValue(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) < 3 {
		return nil, wrong(x, "LOOKUPVALUE takes a result column and pairs of search column and value")
	}
	result, err := e.columnArg(x, x.Args[0])
	if err != nil {
		return nil, err
	}
	args, alternate := x.Args[1:], dax.Expr(nil)
	if len(args)%2 == 1 {
		args, alternate = args[:len(args)-1], args[len(args)-1]
	}
	cols := []Column{}
	var values [][]dax.Value
	for i := 0; i < len(args); i += 2 {
		c, err := e.columnArg(x, args[i])
		if err != nil {
			return nil, err
		}
		v, err := e.scalar(args[i+1], b)
		if err != nil {
			return nil, err
		}
		cols, values = append(cols, c), append(values, v)
	}
	r, err := e.values(x, rowsOf{base: result.T, b: e.unfiltered(b)}, append(slices.Clone(cols), result), false)
	if err != nil {
		return nil, err
	}
	found := map[string][]dax.Value{}
	for _, row := range r.at(0) {
		k := tupleKey(row[:len(cols)])
		found[k] = append(found[k], row[len(cols)])
	}
	out := make([]dax.Value, b.n)
	tuple := make([]dax.Value, len(cols))
	var other []int
	for i := range out {
		for j := range cols {
			tuple[j] = values[j][i]
		}
		switch hits := found[tupleKey(tuple)]; {
		case len(hits) == 1:
			out[i] = hits[0]
		case alternate != nil:
			other = append(other, i)
		case len(hits) > 1:
			return nil, failed(x, "LOOKUPVALUE found several different values of %s where one was expected", result)
		}
	}
	if alternate != nil {
		err = e.some(alternate, b, other, out)
	}
	return out, err
}
