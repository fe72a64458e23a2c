package eval

import (
	"slices"

	"inlay/dax"
	"inlay/model"
)

// tableColumn is a column of a table value. Col is the column of the model that its values are
// of; it is zero for a computed column.
type tableColumn struct {
	name   string // without table
	col    Column
	also   bool      // fetched with a row for RELATED or a filter; not a column of the table
	looked *[]Change // of the key of a table that the row looks up: by which relationships
	named  bool      // by SELECTCOLUMNS: it is found by its name alone
	of     string    // the table that the query defines, of which it is a column
}

// title is the column's name in a result.
func (c tableColumn) title() string {
	if c.col.C != nil && !c.named {
		return c.col.T.Name + "[" + c.col.C.Name + "]"
	}
	if c.of != "" && !c.named {
		return c.of + "[" + c.name + "]"
	}
	return "[" + c.name + "]"
}

// ofTable tells whether a result names the table of the column.
func (c tableColumn) ofTable() bool { return !c.named && (c.col.C != nil || c.of != "") }

// rowset is a table value in each environment of a batch: environment i has the rows
// blocks[of[i]]. Environments with equal tables share a block.
type rowset struct {
	cols   []tableColumn
	blocks [][][]dax.Value
	of     []int
	table  *model.Table // if the rows are those of a table of the model
	loose  bool         // rows are in the order in which the store gave them, which is none
}

// settled is a table in an order that does not change: by its columns, where it had none.
func (r *rowset) settled() *rowset {
	if !r.loose {
		return r
	}
	return r.arranged()
}

// arranged is a table ordered by its columns, whatever order it had: that follows from the rows of
// a source.
func (r *rowset) arranged() *rowset {
	desc := make([]bool, len(r.cols))
	out, _ := r.each(r.cols, func(rows [][]dax.Value) ([][]dax.Value, error) {
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, func(p, q []dax.Value) int { return compareRows(p, q, desc) })
		return rows, nil
	})
	out.loose = false
	return out
}

// one is a table value that is the same in all environments.
func one(n int, cols []tableColumn, rows [][]dax.Value) *rowset {
	return &rowset{cols: cols, blocks: [][][]dax.Value{rows}, of: make([]int, n)}
}

func (r *rowset) at(i int) [][]dax.Value { return r.blocks[r.of[i]] }

// is reports whether an unqualified name means a computed column.
func (c tableColumn) is(name string) bool { return (c.col.C == nil || c.named) && same(c.name, name) }

// shown is the columns that belong to the table, without those that were fetched beside them.
func (r *rowset) shown() *rowset {
	if !slices.ContainsFunc(r.cols, func(c tableColumn) bool { return c.also }) {
		return r
	}
	var at []int
	for i, c := range r.cols {
		if !c.also {
			at = append(at, i)
		}
	}
	return r.project(at)
}

func (r *rowset) project(at []int) *rowset {
	out := &rowset{of: r.of, table: r.table, loose: r.loose}
	for _, i := range at {
		out.cols = append(out.cols, r.cols[i])
	}
	for _, b := range r.blocks {
		out.blocks = append(out.blocks, columnsOf(b, at))
	}
	return out
}

// each makes a rowset by changing every block once.
func (r *rowset) each(cols []tableColumn, change func([][]dax.Value) ([][]dax.Value, error)) (*rowset, error) {
	out := &rowset{cols: cols, of: r.of, table: r.table, blocks: make([][][]dax.Value, len(r.blocks)), loose: r.loose}
	for i, b := range r.blocks {
		var err error
		if out.blocks[i], err = change(b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// combine makes a rowset from pairs of blocks, each pair once.
func (e *evaluator) combine(cols []tableColumn, a, b *rowset, join func(x, y [][]dax.Value) ([][]dax.Value, error)) (*rowset, error) {
	out := &rowset{cols: cols, of: make([]int, len(a.of))}
	seen := map[[2]int]int{}
	for i := range a.of {
		pair := [2]int{a.of[i], b.of[i]}
		k, ok := seen[pair]
		if !ok {
			rows, err := join(a.blocks[pair[0]], b.blocks[pair[1]])
			if err != nil {
				return nil, err
			}
			if err := e.holds(len(rows), len(cols)); err != nil {
				return nil, err
			}
			k = len(out.blocks)
			out.blocks, seen[pair] = append(out.blocks, rows), k
		}
		out.of[i] = k
	}
	return out, nil
}

// iterate is a batch with an environment for each row of each environment of b. from[i] is the
// first environment that stands in environment i of b; from[b.n] is their number.
func (b *batch) iterate(x dax.Expr, r *rowset) (inner *batch, from []int, err error) {
	from = make([]int, b.n+1)
	for i := range b.n {
		from[i+1] = from[i] + len(r.at(i))
		if from[i+1] > mostContexts {
			return nil, nil, tooMany(x, "rows to iterate over", mostContexts)
		}
	}
	inner = &batch{n: from[b.n], parent: b, up: make([]int, 0, from[b.n])}
	rows := make([][]dax.Value, 0, inner.n)
	for i := range b.n {
		for _, row := range r.at(i) {
			inner.up = append(inner.up, i)
			rows = append(rows, row)
		}
	}
	inner.row = &rowContext{cols: r.cols, rows: rows, table: r.table, set: r}
	return inner, from, nil
}

// distinct keeps the first of equal rows.
func distinct(rows [][]dax.Value) [][]dax.Value {
	if len(rows) < 2 {
		return slices.Clip(rows)
	}
	seen := make(map[string]bool, len(rows))
	out := make([][]dax.Value, 0, len(rows))
	for i, k := range tupleKeys(rows, nil) {
		if !seen[k] {
			seen[k] = true
			out = append(out, rows[i])
		}
	}
	return out
}

// asFilter is a table as a filter: on those of its columns that are of the model. Whole rows of
// a table also filter what they look up.
func (r *rowset) asFilter() *filter {
	f := &filter{of: r.of, key: -1}
	var at []int
	for i, c := range r.cols {
		if c.col.C != nil && !slices.Contains(f.cols, c.col) {
			f.cols = append(f.cols, c.col)
			at = append(at, i)
		}
		f.look(c)
	}
	if len(at) == 0 {
		return nil
	}
	whole := len(at) == len(r.cols)
	for _, b := range r.blocks {
		if !whole {
			b = columnsOf(b, at)
		}
		f.sets = append(f.sets, newSet(b))
	}
	return f
}

// look notes a table that whole rows look up: its key stands beside their columns.
func (f *filter) look(c tableColumn) {
	if c.also && c.looked != nil && !slices.Contains(f.whole, c.col.T) {
		f.whole, f.made = append(f.whole, c.col.T), *c.looked
	}
}
