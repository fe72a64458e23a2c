package eval

import (
	"slices"

	"inlay/dax"
)

// tableSummarize is SUMMARIZE(table, columns, "name", expression, …).
func tableSummarize(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) < 1 {
		return nil, wrong(x, "SUMMARIZE takes a table and columns")
	}
	if r, ok, err := rollupOf(x); ok || err != nil {
		if err != nil {
			return nil, err
		}
		return e.summarizeRolled(x, r, b)
	}
	cols, rest := groupColumns(x.Args[1:])
	names, list, err := named(x, rest)
	if err != nil {
		return nil, err
	}
	groups, err := e.grouped(x, cols, b)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return groups, nil
	}
	// An expression is computed under the filters of its group, as in CALCULATE.
	inner, _, err := b.iterate(x, groups)
	if err != nil {
		return nil, err
	}
	under, err := e.transition(inner)
	if err != nil {
		return nil, err
	}
	return e.attach(groups, names, list, b, under)
}

// attach computes named expressions in an environment for each row and adds them as columns.
func (e *evaluator) attach(r *rowset, names []string, list []dax.Expr, b, inner *batch) (*rowset, error) {
	out := &rowset{cols: slices.Clone(r.cols), of: identity(b.n), blocks: make([][][]dax.Value, b.n)}
	var values [][]dax.Value
	for i, y := range list {
		v, err := e.scalar(y, inner)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		out.cols = append(out.cols, tableColumn{name: names[i]})
	}
	at := 0
	for i := range b.n {
		for _, row := range r.at(i) {
			row = slices.Clone(row)
			for _, v := range values {
				row = append(row, v[at])
			}
			at++
			out.blocks[i] = append(out.blocks[i], row)
		}
	}
	return out, nil
}

// groupColumns reads the columns at the front of a list of arguments.
func groupColumns(args []dax.Expr) (cols []*dax.Column, rest []dax.Expr) {
	for len(args) > 0 {
		ref, ok := args[0].(*dax.Column)
		if !ok {
			break
		}
		cols, args = append(cols, ref), args[1:]
	}
	return cols, args
}

// grouped is the combinations of columns that rows of a table have.
func (e *evaluator) grouped(x *dax.Call, refs []*dax.Column, b *batch) (*rowset, error) {
	src, ok, err := e.rows(x.Args[0], b)
	if err != nil {
		return nil, err
	}
	var cols []Column
	for _, ref := range refs {
		if ref.Table == "" || e.isOwn(ref) {
			ok = false
			continue
		}
		c, err := resolve(e.m, ref)
		if err != nil {
			return nil, err
		}
		cols = append(cols, c)
		if ok && c.T != src.base && e.looksUp(src.base, c.T, b.context().edges) != nil {
			return nil, wrong(ref, "column %s is not in table %q or in one that its rows look up", c, src.base.Name)
		}
	}
	if ok && len(cols) > 0 {
		return e.values(x, src, cols, false)
	}
	r, err := e.table(x.Args[0], b, want{cols: cols})
	if err != nil {
		return nil, err
	}
	var at []int
	for _, ref := range refs {
		i := e.placeAlso(r, ref)
		if i < 0 {
			return nil, unsupported(ref, "grouping by %s, which is not a column of the table itself, is not supported", dax.Print(ref))
		}
		at = append(at, i)
	}
	p := r.project(at)
	for i := range p.cols {
		p.cols[i].also = false
	}
	p.table = nil
	return p.each(p.cols, func(rows [][]dax.Value) ([][]dax.Value, error) {
		if len(at) == 0 && len(rows) > 0 {
			return [][]dax.Value{{}}, nil
		}
		return distinct(rows), nil
	})
}

// placeAlso is where a table has a column, or one of a table that its rows look up.
func (e *evaluator) placeAlso(r *rowset, x *dax.Column) int {
	if i := e.place(r, x); i >= 0 || x.Table == "" {
		return i
	}
	c, err := resolve(e.m, x)
	if err != nil {
		return -1
	}
	return slices.IndexFunc(r.cols, func(o tableColumn) bool { return o.col == c })
}

// tableGroupBy is GROUPBY: aggregations over the rows of each group, without the model.
func tableGroupBy(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) < 1 {
		return nil, wrong(x, "GROUPBY takes a table and columns")
	}
	refs, rest := groupColumns(x.Args[1:])
	names, list, err := named(x, rest)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return e.grouped(x, refs, b)
	}
	need := e.wants(list...)
	for _, ref := range refs {
		if ref.Table != "" && !e.isOwn(ref) {
			c, err := resolve(e.m, ref)
			if err != nil {
				return nil, err
			}
			need.cols = append(need.cols, c)
		}
	}
	r, err := e.table(x.Args[0], b, want{cols: need.cols})
	if err != nil {
		return nil, err
	}
	var at []int
	for _, ref := range refs {
		i := e.placeAlso(r, ref)
		if i < 0 {
			return nil, unsupported(ref, "grouping by %s, which is not a column of the table itself, is not supported", dax.Print(ref))
		}
		at = append(at, i)
	}
	groups := &rowset{of: identity(b.n), blocks: make([][][]dax.Value, b.n)}
	for _, i := range at {
		c := r.cols[i]
		c.also = false
		groups.cols = append(groups.cols, c)
	}
	members := &rowset{cols: r.cols}
	for i := range b.n {
		place := map[string]int{}
		rows := r.at(i)
		for j, k := range columnsOf(rows, at) {
			key := tupleKey(k)
			n, ok := place[key]
			if !ok {
				n = len(members.blocks)
				place[key] = n
				members.blocks = append(members.blocks, nil)
				members.of = append(members.of, n)
				groups.blocks[i] = append(groups.blocks[i], k)
			}
			members.blocks[n] = append(members.blocks[n], rows[j])
		}
	}
	inner, _, err := b.iterate(x, groups)
	if err != nil {
		return nil, err
	}
	inner.group = members
	return e.attach(groups, names, list, b, inner)
}

// tableCurrentGroup is the rows of the group of GROUPBY.
func tableCurrentGroup(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	at := identity(b.n)
	for ; b != nil; b = b.parent {
		if b.group != nil {
			out := *b.group
			out.of = make([]int, len(at))
			for i, j := range at {
				out.of[i] = b.group.of[j]
			}
			return &out, nil
		}
		if b.closed {
			break
		}
		at = b.through(at)
	}
	return nil, wrong(x, "CURRENTGROUP stands in an expression of GROUPBY alone")
}
