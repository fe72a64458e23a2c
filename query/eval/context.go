package eval

import (
	"slices"
	"strconv"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// set is a set of tuples.
type set struct {
	rows  [][]dax.Value
	keys  []string // of rows
	index map[string]bool
}

func newSet(rows [][]dax.Value) *set {
	s := &set{index: make(map[string]bool, len(rows))}
	for _, r := range rows {
		k := tupleKey(r)
		if !s.index[k] {
			s.index[k] = true
			s.rows, s.keys = append(s.rows, r), append(s.keys, k)
		}
	}
	return s
}

// tupleKey is equal for tuples that are equal in DAX.
func tupleKey(values []dax.Value) string {
	var b strings.Builder
	for _, v := range values {
		k := v.Key()
		b.WriteString(strconv.Itoa(len(k)))
		b.WriteByte(':')
		b.WriteString(k)
	}
	return b.String()
}

// filter is one filter of a filter context: a condition that is the same in all environments,
// or a set of tuples for each.
type filter struct {
	cols  []Column
	cond  *Condition
	sets  []*set
	of    []int // of[i] is the set of environment i
	key   int   // place in cols of a column that identifies the row, -1 if there is none
	scope bool  // made by grouping or context transition, as ISINSCOPE asks
}

func (f *filter) table() *model.Table { return f.cols[0].T }

func (f *filter) touches(c Column) bool { return slices.Contains(f.cols, c) }

// pick is the filter for some of the environments.
func (f *filter) pick(up []int) *filter {
	if f.cond != nil {
		return f
	}
	g := *f
	g.of = make([]int, len(up))
	for i, j := range up {
		g.of[i] = f.of[j]
	}
	return &g
}

// used is the distinct sets that environments have.
func (f *filter) used() []int {
	seen := make([]bool, len(f.sets))
	var list []int
	for _, k := range f.of {
		if !seen[k] {
			seen[k] = true
			list = append(list, k)
		}
	}
	return list
}

// filterContext is the filter contexts of all environments of a batch. It is never changed.
type filterContext struct {
	filters []*filter
	edges   []Change
	shadow  *filterContext // what ALLSELECTED restores
}

// pick is the contexts of some of the environments.
func (c *filterContext) pick(up []int) *filterContext {
	if c == nil {
		return nil
	}
	out := &filterContext{edges: c.edges, filters: make([]*filter, len(c.filters)), shadow: c.shadow.pick(up)}
	for i, f := range c.filters {
		out.filters[i] = f.pick(up)
	}
	return out
}

// with adds filters.
func (c *filterContext) with(more ...*filter) *filterContext {
	out := *c
	out.filters = append(slices.Clone(c.filters), more...)
	return &out
}

// without takes filters off columns. A filter on several columns of which some are taken off
// stays on the others.
func (c *filterContext) without(e *evaluator, b *batch, gone func(Column) bool) (*filterContext, error) {
	out := *c
	out.filters = nil
	for _, f := range c.filters {
		var stay []int
		for i, col := range f.cols {
			if !gone(col) {
				stay = append(stay, i)
			}
		}
		switch {
		case len(stay) == len(f.cols):
			out.filters = append(out.filters, f)
		case len(stay) > 0:
			part, err := e.project(b, f, stay)
			if err != nil {
				return nil, err
			}
			out.filters = append(out.filters, part)
		}
	}
	return &out, nil
}

// project is a filter on some of its columns: the values that its tuples have there.
func (e *evaluator) project(b *batch, f *filter, stay []int) (*filter, error) {
	g := &filter{key: -1, scope: f.scope}
	for _, i := range stay {
		g.cols = append(g.cols, f.cols[i])
		if i == f.key {
			g.key = len(g.cols) - 1
		}
	}
	if f.cond != nil {
		rows, err := e.tuples(f)
		if err != nil {
			return nil, err
		}
		g.sets, g.of = []*set{newSet(columnsOf(rows, stay))}, make([]int, b.n)
		return g, nil
	}
	g.of = f.of
	for _, s := range f.sets {
		g.sets = append(g.sets, newSet(columnsOf(s.rows, stay)))
	}
	return g, nil
}

// tuples is the rows of all values of the columns for which a condition holds.
func (e *evaluator) tuples(f *filter) ([][]dax.Value, error) {
	r := Read{Base: f.table(), Where: []Condition{*f.cond}, Blank: true}
	for _, c := range f.cols {
		r.Keys = append(r.Keys, Key{Column: c})
	}
	return e.fetch(r)
}

func columnsOf(rows [][]dax.Value, at []int) [][]dax.Value {
	out := make([][]dax.Value, len(rows))
	for i, r := range rows {
		row := make([]dax.Value, len(at))
		for j, k := range at {
			row[j] = r[k]
		}
		out[i] = row
	}
	return out
}

// filtered reports whether a filter is directly on a column.
func (c *filterContext) filtered(col Column) bool {
	return slices.ContainsFunc(c.filters, func(f *filter) bool { return f.touches(col) })
}
