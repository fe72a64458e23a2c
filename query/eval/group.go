package eval

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// selection is the measure that calculation items are being applied to, and the items that have
// been: an item is not applied again inside of itself, another one of its group is.
type selection struct {
	measure *model.Measure
	done    []*model.CalculationItem
}

// groups is the calculation groups of the model, that with the highest precedence first.
func (e *evaluator) groups() []*model.Table {
	var list []*model.Table
	for _, t := range e.m.Tables {
		if t.Group != nil {
			list = append(list, t)
		}
	}
	slices.SortStableFunc(list, func(a, b *model.Table) int { return b.Group.Precedence - a.Group.Precedence })
	return list
}

// applied computes a measure as the chosen calculation items change it; ok is false if none
// does.
func (e *evaluator) applied(x dax.Expr, m *model.Measure, b *batch) (out []dax.Value, ok bool, err error) {
	for _, t := range e.groups() {
		items, err := e.chosen(x, t, b)
		if err != nil {
			return nil, false, err
		}
		if !slices.ContainsFunc(items, func(i *model.CalculationItem) bool { return i != nil }) {
			continue
		}
		out, err = e.applyItems(x, m, t, items, b)
		return out, true, err
	}
	return nil, false, nil
}

// chosen is the item of a group that each environment applies, nil where it applies none: the one
// that filters on the items' names leave, or what the group does about several, or about none where
// nothing filters it. Filters on its other columns, such as the order of the items, do not count.
func (e *evaluator) chosen(x dax.Expr, t *model.Table, b *batch) ([]*model.CalculationItem, error) {
	name := Column{t, t.Column(t.Group.Column)}
	if name.C == nil {
		return nil, unsupported(x, "calculation group %q has no column of item names", t.Name)
	}
	filters := b.context().filters
	list := make([]*model.CalculationItem, b.n)
	switch {
	case !slices.ContainsFunc(filters, func(f *filter) bool { return f.on(t) }):
		for i := range list {
			list[i] = e.unless(t.Group.None)
		}
		return list, nil
	case !slices.ContainsFunc(filters, func(f *filter) bool { return slices.Contains(f.cols, name) || slices.Contains(f.whole, t) }):
		if t.Group.None != nil {
			return nil, unsupported(x, "a filter on calculation group %q that is not on the names of its items is not supported, as the group says what to do where nothing filters it", t.Name)
		}
		return list, nil
	}
	ctx, err := b.context().without(e, b, func(c Column) bool { return c.T == t && c != name })
	if err != nil {
		return nil, err
	}
	r, err := e.values(x, rowsOf{base: t, b: b.under(ctx)}, []Column{name}, false)
	if err != nil {
		return nil, err
	}
	for i := range list {
		item := t.Group.Several
		if rows := r.at(i); len(rows) == 1 {
			at := slices.IndexFunc(t.Group.Items, func(c model.CalculationItem) bool { return same(c.Name, rows[0][0].ToText()) })
			item = &t.Group.Items[at]
		}
		list[i] = e.unless(item)
	}
	return list, nil
}

// on reports whether a filter is on columns of a table.
func (f *filter) on(t *model.Table) bool {
	return slices.Contains(f.whole, t) || slices.ContainsFunc(f.cols, func(c Column) bool { return c.T == t })
}

// unless is an item, or nil inside of its own expression.
func (e *evaluator) unless(item *model.CalculationItem) *model.CalculationItem {
	if slices.Contains(e.selected.done, item) {
		return nil
	}
	return item
}

// applyItems computes each environment by its item.
func (e *evaluator) applyItems(x dax.Expr, m *model.Measure, t *model.Table, items []*model.CalculationItem, b *batch) ([]dax.Value, error) {
	return e.byItem(m, items, b, func(item *model.CalculationItem, sub *batch) ([]dax.Value, error) {
		if item == nil {
			return e.measured(x, m, sub)
		}
		body, err := e.s.Parse(item.Expression)
		if err != nil {
			return nil, wrong(x, "calculation item %q of %q is not valid DAX: %v", item.Name, t.Name, err)
		}
		return e.scalar(body, &batch{n: sub.n, parent: sub, closed: true})
	})
}

// selectedMeasure is SELECTEDMEASURE and its like, in the expression of a calculation item.
func selectedMeasure(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	m := e.selected.measure
	name := strings.ToUpper(x.Func)
	if m == nil {
		return nil, wrong(x, "%s stands in a calculation item alone: no measure is selected here", name)
	}
	switch name {
	case "SELECTEDMEASURENAME":
		return repeat(dax.TextOf(m.Name), b.n), nil
	case "SELECTEDMEASUREFORMATSTRING":
		return e.formatString(x, m, b)
	case "ISSELECTEDMEASURE":
		is := slices.ContainsFunc(x.Args, func(a dax.Expr) bool {
			ref, ok := a.(*dax.Column)
			return ok && same(ref.Name, m.Name)
		})
		return repeat(dax.BoolOf(is), b.n), nil
	}
	// A measure that was selected may be selected again by the next group.
	was := e.stack
	e.stack = slices.DeleteFunc(slices.Clone(was), func(s *model.Measure) bool { return s == m })
	defer func() { e.stack = was }()
	return e.measured(x, m, b)
}

// items answers a Read of a calculation group: its rows are the items of the definition.
func (e *evaluator) items(x dax.Expr, b *batch, r Read) (*rowset, error) {
	cols := make([]tableColumn, 0, len(r.Base.Columns))
	for _, c := range r.Base.Columns {
		cols = append(cols, tableColumn{name: c.Name, col: Column{r.Base, c}})
	}
	var rows [][]dax.Value
	for _, item := range r.Base.Group.Items {
		row := make([]dax.Value, len(cols))
		for i, c := range r.Base.Columns {
			switch {
			case same(c.Name, r.Base.Group.Column):
				row[i] = dax.TextOf(item.Name)
			case c.Type == dax.Int64:
				row[i] = dax.IntOf(int64(item.Ordinal))
			}
		}
		rows = append(rows, row)
	}
	all := one(b.n, cols, rows)
	var err error
	for _, f := range b.context().filters {
		if !f.on(r.Base) {
			continue
		}
		if all, err = e.itemsUnder(x, all, f, b); err != nil {
			return nil, err
		}
	}
	if r.Rows != nil {
		if all, err = e.keep(x, all, r.Rows, &batch{n: b.n, parent: b}); err != nil {
			return nil, err
		}
	}
	var at []int
	for _, k := range r.Keys {
		i := slices.IndexFunc(cols, func(c tableColumn) bool { return c.col == k.Column })
		if i < 0 {
			return nil, unsupported(x, "grouping the items of %q by anything but their columns", r.Base.Name)
		}
		at = append(at, i)
	}
	return all.each(cols, func(rows [][]dax.Value) ([][]dax.Value, error) { return itemGroups(x, rows, at, r) })
}

// itemGroups is rows by the keys of a Read, with its values.
func itemGroups(x dax.Expr, rows [][]dax.Value, at []int, r Read) ([][]dax.Value, error) {
	var out [][]dax.Value
	of := map[string]int{}
	var groups [][][]dax.Value
	for i, key := range columnsOf(rows, at) {
		k, ok := of[tupleKey(key)]
		if !ok {
			k = len(out)
			of[tupleKey(key)] = k
			out, groups = append(out, key), append(groups, nil)
		}
		groups[k] = append(groups[k], rows[i])
	}
	for k, group := range groups {
		for _, v := range r.Values {
			if v.Fn == "" {
				out[k] = append(out[k], dax.IntOf(int64(len(group))))
				continue
			}
			ref, ok := v.X.(*dax.Column)
			f, known := aggregators[v.Fn]
			if !ok || !known || r.Base.Column(ref.Name) == nil {
				return nil, unsupported(x, "this aggregate over the items of %q is not supported", r.Base.Name)
			}
			c := slices.Index(r.Base.Columns, r.Base.Column(ref.Name))
			cells := make([]dax.Value, len(group))
			for i, row := range group {
				cells[i] = row[c]
			}
			one, err := f.fold(cells)
			if err != nil {
				return nil, err
			}
			out[k] = append(out[k], one)
		}
	}
	return out, nil
}

// itemsUnder is the items that a filter leaves.
func (e *evaluator) itemsUnder(x dax.Expr, all *rowset, f *filter, b *batch) (*rowset, error) {
	switch {
	case f.cond != nil && f.cond.X != nil:
		return e.keep(x, all, f.cond.X, &batch{n: b.n, parent: b})
	case f.cond != nil && f.cond.Filter != nil:
		return all.each(all.cols, func(rows [][]dax.Value) ([][]dax.Value, error) {
			var out [][]dax.Value
			for _, row := range rows {
				ok, err := holds(x, *f.cond.Filter, all.cols, row)
				if err != nil {
					return nil, err
				}
				if ok {
					out = append(out, row)
				}
			}
			return out, nil
		})
	}
	// A filter on columns of several tables leaves what it says about this one.
	var at, own []int
	for i, c := range f.cols {
		if k := slices.IndexFunc(all.cols, func(o tableColumn) bool { return o.col == c }); k >= 0 {
			at, own = append(at, k), append(own, i)
		}
	}
	sets := f.sets
	of := f.of
	if f.cond != nil {
		sets, of = []*set{newSet(f.cond.In)}, make([]int, b.n)
	}
	by := &rowset{of: of}
	for _, s := range sets {
		by.blocks = append(by.blocks, columnsOf(s.rows, own))
	}
	return e.combine(all.cols, all, by, func(rows, tuples [][]dax.Value) ([][]dax.Value, error) {
		in := newSet(tuples)
		var out [][]dax.Value
		for _, row := range rows {
			if in.index[tupleKey(columnsOf([][]dax.Value{row}, at)[0])] {
				out = append(out, row)
			}
		}
		return out, nil
	})
}

// holds reports whether a filter of a report holds for a row.
func holds(x dax.Expr, f model.Filter, cols []tableColumn, row []dax.Value) (bool, error) {
	switch f.Op {
	case model.And, model.Or:
		for _, p := range f.Parts {
			ok, err := holds(x, p, cols, row)
			if err != nil || ok == (f.Op == model.Or) {
				return ok, err
			}
		}
		return f.Op == model.And, nil
	case model.Not:
		if len(f.Parts) == 1 {
			ok, err := holds(x, f.Parts[0], cols, row)
			return !ok, err
		}
	case model.In, model.NotIn:
		i := slices.IndexFunc(cols, func(c tableColumn) bool {
			return same(c.col.T.Name, f.Column.Table) && same(c.col.C.Name, f.Column.Column)
		})
		if i >= 0 {
			in := slices.ContainsFunc(f.Values, func(v dax.Value) bool { return v.Key() == row[i].Key() })
			return in == (f.Op == model.In), nil
		}
	}
	return false, unsupported(x, "this filter on a calculation group is not supported")
}
