package plain

import (
	"slices"
	"strings"

	"inlay/dax"
)

// grouping is rows that are equal in some columns.
type grouping struct {
	vals []dax.Value
	rows []record
}

// group divides the rows of a table by columns of it, or of what its rows are expanded by.
func (r *run) group(set *rowset, cols []dax.Expr, e env) ([]field, []*grouping, error) {
	var fields []field
	var cells []func(record) (dax.Value, bool)
	for _, x := range cols {
		ref, ok := x.(*dax.Column)
		if !ok {
			return nil, nil, unsupported("grouping by %s", dax.Print(x))
		}
		at := slices.IndexFunc(set.cols, func(f field) bool {
			return strings.EqualFold(f.table, ref.Table) && strings.EqualFold(f.name, ref.Name)
		})
		if at >= 0 {
			fields = append(fields, set.cols[at])
			cells = append(cells, func(rec record) (dax.Value, bool) { return rec.vals[at], true })
			continue
		}
		col, err := r.column(x)
		if err != nil {
			return nil, nil, err
		}
		fields = append(fields, col.field())
		cells = append(cells, func(rec record) (dax.Value, bool) { return set.cell(rec, col, e.ctx) })
	}
	var groups []*grouping
	at := map[string]*grouping{}
	for _, rec := range set.rows {
		vals := make([]dax.Value, len(cells))
		for i, cell := range cells {
			v, ok := cell(rec)
			if !ok {
				return nil, nil, errorf("%s does not belong to the table", dax.Print(cols[i]))
			}
			vals[i] = v
		}
		k := keyOf(vals)
		if at[k] == nil {
			at[k] = &grouping{vals: vals}
			groups = append(groups, at[k])
		}
		at[k].rows = append(at[k].rows, rec)
	}
	return fields, groups, nil
}

// split divides arguments into group columns and named expressions.
func split(args []dax.Expr) ([]dax.Expr, []named, error) {
	at := slices.IndexFunc(args, func(x dax.Expr) bool { _, ok := x.(*dax.Literal); return ok })
	if at < 0 {
		return args, nil, nil
	}
	rest, err := pairs(args[at:])
	return args[:at], rest, err
}

func summarize(r *run, c *dax.Call, e env) (*rowset, error) {
	set, err := r.table(arg(c, 0), e)
	if err != nil {
		return nil, err
	}
	cols, added, err := split(c.Args[1:])
	if err != nil {
		return nil, err
	}
	fields, groups, err := r.group(set, cols, e)
	if err != nil {
		return nil, err
	}
	out := &rowset{cols: fields}
	for _, g := range groups {
		one := &rowset{cols: fields, rows: []record{{vals: g.vals}}}
		inner := e.inside(one, one.rows[0])
		inner.ctx = inner.transition()
		rec := record{vals: slices.Clone(g.vals)}
		for _, n := range added {
			v, err := r.scalar(n.x, inner)
			if err != nil {
				return nil, err
			}
			rec.vals = append(rec.vals, v)
		}
		out.rows = append(out.rows, rec)
	}
	for _, n := range added {
		out.cols = append(slices.Clone(out.cols), field{name: n.name})
	}
	return out, nil
}

func groupBy(r *run, c *dax.Call, e env) (*rowset, error) {
	set, err := r.table(arg(c, 0), e)
	if err != nil {
		return nil, err
	}
	cols, added, err := split(c.Args[1:])
	if err != nil {
		return nil, err
	}
	fields, groups, err := r.group(set, cols, e)
	if err != nil {
		return nil, err
	}
	out := &rowset{cols: slices.Clone(fields)}
	for _, n := range added {
		out.cols = append(out.cols, field{name: n.name})
	}
	for _, g := range groups {
		one := &rowset{cols: fields}
		inner := e.inside(one, record{vals: g.vals})
		inner.group = &rowset{cols: set.cols, rows: g.rows, base: set.base}
		rec := record{vals: slices.Clone(g.vals)}
		for _, n := range added {
			v, err := r.scalar(n.x, inner)
			if err != nil {
				return nil, err
			}
			rec.vals = append(rec.vals, v)
		}
		out.rows = append(out.rows, rec)
	}
	return out, nil
}

// axis is a part of what SUMMARIZECOLUMNS groups by. A plain column is always there; those of
// ROLLUPADDISSUBTOTAL are taken off from the end, level by level.
type axis struct {
	levels [][]*column // each level is one column, or those of a ROLLUPGROUP
	flags  []string    // the name of each level's subtotal column; nil if there are no subtotals
}

// question is the arguments of SUMMARIZECOLUMNS.
type question struct {
	axes    []axis
	filters []dax.Expr
	values  []named
	ignored map[int]bool // values that do not keep a row alive
}

func (r *run) question(c *dax.Call) (*question, error) {
	q := &question{ignored: map[int]bool{}}
	for i := 0; i < len(c.Args); i++ {
		switch x := c.Args[i].(type) {
		case *dax.Literal:
			if i+1 == len(c.Args) {
				return nil, errorf("a name without an expression")
			}
			i++
			n := named{x.Value.Text(), c.Args[i]}
			if call, ok := n.x.(*dax.Call); ok && strings.EqualFold(call.Func, "IGNORE") {
				q.ignored[len(q.values)] = true
				n.x = arg(call, 0)
			}
			q.values = append(q.values, n)
			continue
		case *dax.Column:
			col, err := r.column(x)
			if err != nil {
				return nil, err
			}
			q.axes = append(q.axes, axis{levels: [][]*column{{col}}})
			continue
		case *dax.Call:
			if strings.EqualFold(x.Func, "ROLLUPADDISSUBTOTAL") {
				a, err := r.rollup(x)
				if err != nil {
					return nil, err
				}
				q.axes = append(q.axes, a)
				continue
			}
		}
		q.filters = append(q.filters, c.Args[i])
	}
	return q, nil
}

func (r *run) rollup(c *dax.Call) (axis, error) {
	a := axis{flags: []string{}}
	for i := 0; i+1 < len(c.Args); i += 2 {
		cols := []dax.Expr{c.Args[i]}
		if g, ok := c.Args[i].(*dax.Call); ok && strings.EqualFold(g.Func, "ROLLUPGROUP") {
			cols = g.Args
		}
		level, err := r.columns(cols)
		if err != nil {
			return a, err
		}
		name, ok := c.Args[i+1].(*dax.Literal)
		if !ok {
			return a, unsupported("a subtotal without a name, or with a filter")
		}
		a.levels, a.flags = append(a.levels, level), append(a.flags, name.Value.Text())
	}
	return a, nil
}

func summarizeColumns(r *run, c *dax.Call, e env) (*rowset, error) {
	q, err := r.question(c)
	if err != nil {
		return nil, err
	}
	ctx, err := r.calculate(q.filters, e)
	if err != nil {
		return nil, err
	}
	// An iteration by SUMMARIZECOLUMNS shows to ALLSELECTED what its filters left.
	ctx = ctx.clone()
	ctx.sel = nil
	ctx.sel = &selection{ctx: ctx.clone()}
	out := &rowset{}
	for _, a := range q.axes {
		for i, level := range a.levels {
			for _, col := range level {
				out.cols = append(out.cols, col.field())
			}
			if a.flags != nil {
				out.cols = append(out.cols, field{name: a.flags[i]})
			}
		}
	}
	for _, n := range q.values {
		out.cols = append(out.cols, field{name: n.name})
	}
	depth := make([]int, len(q.axes))
	for i, a := range q.axes {
		depth[i] = len(a.levels)
	}
	return out, r.levels(q, depth, 0, func() error { return r.summarizeLevel(q, depth, ctx, e, out) })
}

// levels calls f for each combination of levels of the axes, those with most columns first.
func (r *run) levels(q *question, depth []int, at int, f func() error) error {
	if at == len(q.axes) {
		return f()
	}
	for {
		if err := r.levels(q, depth, at+1, f); err != nil {
			return err
		}
		if q.axes[at].flags == nil || depth[at] == 0 {
			depth[at] = len(q.axes[at].levels)
			return nil
		}
		depth[at]--
	}
}

// summarizeLevel adds the rows of one combination of levels. Columns of one table show the
// combinations that it has, those of several tables all combinations.
func (r *run) summarizeLevel(q *question, depth []int, ctx *context, e env, out *rowset) error {
	var cols []*column
	for i, a := range q.axes {
		cols = append(cols, slices.Concat(a.levels[:depth[i]]...)...)
	}
	for _, tuple := range combinations(cols, ctx) {
		inner := ctx.clone()
		if len(cols) > 0 {
			inner.filters = append(inner.filters, &filter{cols: cols, tuples: [][]dax.Value{tuple}, group: true})
		}
		alive := len(q.values) == 0
		var values []dax.Value
		for i, n := range q.values {
			v, err := r.scalar(n.x, env{ctx: inner, vars: e.vars, item: e.item})
			if err != nil {
				return err
			}
			alive = alive || !v.IsBlank() && !q.ignored[i]
			values = append(values, v)
		}
		if !alive {
			continue
		}
		var row []dax.Value
		for i, a := range q.axes {
			for k, level := range a.levels {
				for _, col := range level {
					var v dax.Value
					if k < depth[i] {
						v = tuple[slices.Index(cols, col)]
					}
					row = append(row, v)
				}
				if a.flags != nil {
					row = append(row, dax.BoolOf(k >= depth[i]))
				}
			}
		}
		out.rows = append(out.rows, record{vals: append(row, values...)})
	}
	return nil
}

// combinations is the tuples of group columns.
func combinations(cols []*column, ctx *context) [][]dax.Value {
	tuples := [][]dax.Value{make([]dax.Value, len(cols))}
	var done []*table
	for _, c := range cols {
		if slices.Contains(done, c.t) {
			continue
		}
		done = append(done, c.t)
		var own []*column
		for _, o := range cols {
			if o.t == c.t {
				own = append(own, o)
			}
		}
		var next [][]dax.Value
		for _, tuple := range tuples {
			for _, rec := range distinct(own, ctx.visible(c.t)).rows {
				row := slices.Clone(tuple)
				for i, o := range own {
					row[slices.Index(cols, o)] = rec.vals[i]
				}
				next = append(next, row)
			}
		}
		tuples = next
	}
	return tuples
}
