package plain

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// item is a calculation item that takes the place of a measure, inside of those that were applied
// before it.
type item struct {
	def     *model.CalculationItem
	measure string // the one it takes the place of
	body    dax.Expr
	vars    *scope // that the body sees
	outer   *item
}

// has reports whether an item is being applied already.
func (i *item) has(def *model.CalculationItem) bool {
	for ; i != nil; i = i.outer {
		if i.def == def {
			return true
		}
	}
	return false
}

// measured is a measure, or what the calculation item makes of it that is first in precedence among
// those chosen and not applied yet.
func (r *run) measured(name string, body dax.Expr, e env) (dax.Value, error) {
	var groups []*model.Table
	for _, t := range r.m.Tables {
		if t.Group != nil {
			groups = append(groups, t)
		}
	}
	slices.SortStableFunc(groups, func(a, b *model.Table) int { return b.Group.Precedence - a.Group.Precedence })
	for _, t := range groups {
		def := r.choice(t, e.ctx)
		if def == nil || e.item.has(def) {
			continue
		}
		x, err := dax.Parse(def.Expression)
		if err != nil {
			return dax.Value{}, err
		}
		return r.scalar(x, env{ctx: e.ctx, item: &item{def, name, body, e.vars, e.item}})
	}
	return r.scalar(body, e)
}

// choice is the item that the filters on the names of a group's items choose.
func (r *run) choice(t *model.Table, ctx *context) *model.CalculationItem {
	names := r.db.table(t.Name).column(t.Group.Column)
	var left []dax.Value
	for i := range t.Group.Items {
		left = append(left, dax.TextOf(t.Group.Items[i].Name))
	}
	filtered := false
	for _, f := range ctx.filters {
		at := slices.Index(f.cols, names)
		if at < 0 {
			continue
		}
		filtered = true
		left = slices.DeleteFunc(left, func(v dax.Value) bool {
			return !slices.ContainsFunc(f.tuples, func(tuple []dax.Value) bool { return tuple[at].Key() == v.Key() })
		})
	}
	switch {
	case !filtered:
		return t.Group.None
	case len(left) != 1:
		return t.Group.Several
	}
	at := slices.IndexFunc(t.Group.Items, func(c model.CalculationItem) bool { return c.Name == left[0].Text() })
	return &t.Group.Items[at]
}

// rowsOfItems are the rows of a calculation group.
func rowsOfItems(def *model.Table) [][]dax.Value {
	var rows [][]dax.Value
	for _, i := range def.Group.Items {
		row := make([]dax.Value, len(def.Columns))
		for k, c := range def.Columns {
			if row[k] = dax.IntOf(int64(i.Ordinal)); c.Name == def.Group.Column {
				row[k] = dax.TextOf(i.Name)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// itemFuncs are the functions of calculation items.
func itemFuncs() map[string]scalarFunc {
	selected := func(f func(r *run, i *item, c *dax.Call, e env) (dax.Value, error)) scalarFunc {
		return func(r *run, c *dax.Call, e env) (dax.Value, error) {
			if e.item == nil {
				return dax.Value{}, errorf("%s outside of a calculation item", c.Func)
			}
			return f(r, e.item, c, e)
		}
	}
	return map[string]scalarFunc{
		"SELECTEDMEASURE": selected(func(r *run, i *item, _ *dax.Call, e env) (dax.Value, error) {
			return r.measured(i.measure, i.body, env{ctx: e.transition(), vars: i.vars, item: i})
		}),
		"SELECTEDMEASURENAME": selected(func(r *run, i *item, _ *dax.Call, _ env) (dax.Value, error) {
			if def, _ := r.m.Measure(i.measure); def != nil {
				return dax.TextOf(def.Name), nil
			}
			return dax.TextOf(i.measure), nil
		}),
		"SELECTEDMEASUREFORMATSTRING": selected(func(r *run, i *item, _ *dax.Call, _ env) (dax.Value, error) {
			_, own := r.own[strings.ToLower(i.measure)] // the query gives its measures no format
			if def, _ := r.m.Measure(i.measure); !own && def != nil && def.Format != "" {
				return dax.TextOf(def.Format), nil
			}
			return dax.Value{}, nil
		}),
		"ISSELECTEDMEASURE": selected(func(_ *run, i *item, c *dax.Call, _ env) (dax.Value, error) {
			return dax.BoolOf(slices.ContainsFunc(c.Args, func(x dax.Expr) bool {
				ref, ok := x.(*dax.Column)
				return ok && strings.EqualFold(ref.Name, i.measure)
			})), nil
		}),
	}
}
