package eval

import (
	"slices"
	"strconv"

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
	s := &set{rows: make([][]dax.Value, 0, len(rows)), keys: make([]string, 0, len(rows)), index: make(map[string]bool, len(rows))}
	for i, k := range tupleKeys(rows, nil) {
		if !s.index[k] {
			s.index[k] = true
			s.rows, s.keys = append(s.rows, rows[i]), append(s.keys, k)
		}
	}
	return s
}

// tupleKey is equal for tuples that are equal in DAX.
func tupleKey(values []dax.Value) string {
	var room [64]byte
	return string(appendTuple(room[:0], values))
}

// tupleKeys is the tupleKey of each row, or of some of its columns: all parts of one text.
func tupleKeys(rows [][]dax.Value, at []int) []string {
	var all []byte
	ends := make([]int, len(rows))
	tuple := make([]dax.Value, len(at))
	for i, row := range rows {
		for j, k := range at {
			tuple[j] = row[k]
		}
		if at != nil {
			row = tuple
		}
		all = appendTuple(all, row)
		if i == 0 {
			all = slices.Grow(all, len(all)*len(rows))
		}
		ends[i] = len(all)
	}
	text, from := string(all), 0
	keys := make([]string, len(rows))
	for i, end := range ends {
		keys[i], from = text[from:end], end
	}
	return keys
}

// appendTuple appends the tupleKey of values.
func appendTuple(to []byte, values []dax.Value) []byte {
	for _, v := range values {
		var room [32]byte
		k := v.AppendKey(room[:0])
		to = append(append(strconv.AppendInt(to, int64(len(k)), 10), ':'), k...)
	}
	return to
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

	whole  []*model.Table      // tables that whole rows look up: of each, cols holds the key
	made   []Change            // relationships by which they were looked up
	gone   []func(Column) bool // columns that the filter is on no more
	lean   *lean               // the condition stands for rows as they were
	read   bool                // and says less than these
	kept   bool                // by KEEPFILTERS: it replaces nothing
	origin *filter             // the filter that this is a view of
}

func (f *filter) table() *model.Table { return f.cols[0].T }

// pick is the filter for some of the environments.
func (f *filter) pick(up []int) *filter {
	if f.of == nil {
		return f
	}
	g := *f
	g.origin = f.root()
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
	own     []string       // tables that the query defines, of which rows were made filters

	// Of a shadow: the rows that were iterated over in it, and which each environment has.
	rows *rowset
	of   []int
}

// pick is the contexts of some of the environments.
func (c *filterContext) pick(up []int) *filterContext {
	if c == nil {
		return nil
	}
	out := &filterContext{own: c.own, edges: c.edges, filters: make([]*filter, len(c.filters)), shadow: c.shadow.pick(up)}
	for i, f := range c.filters {
		out.filters[i] = f.pick(up)
	}
	if out.rows = c.rows; c.rows != nil {
		out.of = make([]int, len(up))
		for i, j := range up {
			out.of[i] = c.of[j]
		}
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
	var lost []*filter
	for _, f := range c.filters {
		var g *filter
		var err error
		if f.lean == nil {
			g, err = e.less(b, f, gone)
		} else {
			g = f.standing(e, lost, gone)
		}
		if err != nil {
			return nil, err
		}
		if g != f {
			lost = append(lost, f)
		}
		if g != nil {
			out.filters = append(out.filters, g)
		}
	}
	return &out, nil
}

// less is a filter without some columns: the same one if it is on none of them, nil if on no other.
func (e *evaluator) less(b *batch, f *filter, gone func(Column) bool) (*filter, error) {
	var stay []int
	for i, col := range f.cols {
		if !gone(col) {
			stay = append(stay, i)
		}
	}
	hit := len(stay) < len(f.cols)
	var whole []*model.Table
	for _, t := range f.whole {
		cols := slices.DeleteFunc(e.columns(t), f.off)
		left := slices.DeleteFunc(slices.Clone(cols), gone)
		hit = hit || len(left) < len(cols)
		if len(left) > 0 {
			whole = append(whole, t)
		}
	}
	if !hit {
		return f, nil
	}
	if len(f.whole) > 0 {
		return e.lessOfRows(b, f, whole, gone)
	}
	if len(stay) == 0 {
		return nil, nil
	}
	return e.project(b, f, stay)
}

// lessOfRows is a filter of whole rows without some columns. Where the key of a table that they
// look up goes and other columns stay, these take its place.
func (e *evaluator) lessOfRows(b *batch, f *filter, whole []*model.Table, gone func(Column) bool) (*filter, error) {
	var keyed []*model.Table
	for _, t := range whole {
		i := slices.IndexFunc(f.cols, func(c Column) bool { return c.T == t })
		if i < 0 || !gone(f.cols[i]) {
			keyed = append(keyed, t)
			continue
		}
		left := slices.DeleteFunc(e.columns(t), func(c Column) bool { return f.off(c) || gone(c) })
		r, err := e.values(&dax.Table{Name: t.Name}, rowsOf{base: t, b: e.unfiltered(b)}, append([]Column{f.cols[i]}, left...), true)
		if err != nil {
			return nil, err
		}
		of := map[string][]dax.Value{}
		for _, row := range r.at(0) {
			of[row[0].Key()] = row[1:]
		}
		g := *f
		g.origin, g.sets = nil, nil
		g.cols = append(slices.Clone(f.cols), left...)
		for _, s := range f.sets {
			rows := make([][]dax.Value, len(s.rows))
			for k, row := range s.rows {
				far, ok := of[row[i].Key()]
				if !ok {
					far = make([]dax.Value, len(left))
				}
				rows[k] = slices.Concat(row, far)
			}
			g.sets = append(g.sets, newSet(rows))
		}
		f = &g
	}
	var stay []int
	for i, col := range f.cols {
		if !gone(col) {
			stay = append(stay, i)
		}
	}
	if len(stay) == 0 {
		return nil, nil
	}
	g, err := e.project(b, f, stay)
	if err != nil {
		return nil, err
	}
	g.whole, g.gone = keyed, append(slices.Clone(f.gone), gone)
	return g, nil
}

// project is a filter on some of its columns: the values that its tuples have there.
func (e *evaluator) project(b *batch, f *filter, stay []int) (*filter, error) {
	g := &filter{key: -1, scope: f.scope, whole: f.whole, made: f.made}
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
