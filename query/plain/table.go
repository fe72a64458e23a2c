package plain

import (
	"slices"
	"strings"

	"inlay/dax"
)

// tableName is the table of the model that an expression names, nil if it names none.
func (r *run) tableName(x dax.Expr) *table {
	switch x := x.(type) {
	case *dax.Table:
		return r.db.table(x.Name)
	case *dax.Name:
		return r.db.table(x.Name)
	}
	return nil
}

// isTable reports whether an expression is a table.
func (r *run) isTable(x dax.Expr, e env) bool {
	switch x := x.(type) {
	case *dax.Table, *dax.TableOf:
		return true
	case *dax.Name:
		if v := e.vars.find(x.Name); v != nil {
			return r.isTable(v.x, v.env)
		}
		return r.db.table(x.Name) != nil || r.defined(x) != nil
	case *dax.Block:
		return r.isTable(x.Return, block(x, e))
	case *dax.Call:
		_, ok := tables[strings.ToUpper(x.Func)]
		return ok
	}
	return false
}

func (r *run) table(x dax.Expr, e env) (*rowset, error) {
	switch x := x.(type) {
	case *dax.Table, *dax.Name:
		if n, ok := x.(*dax.Name); ok {
			if v := e.vars.find(n.Name); v != nil {
				if v.rows == nil {
					rows, err := r.table(v.x, v.env)
					if err != nil {
						return nil, err
					}
					v.rows = rows
				}
				return v.rows, nil
			}
		}
		if own := r.defined(x); own != nil {
			return own, nil
		}
		if t := r.tableName(x); t != nil {
			return r.whole(t, physical(e.ctx.visible(t))), nil
		}
	case *dax.Block:
		return r.table(x.Return, block(x, e))
	case *dax.TableOf:
		return r.constructor(x, e)
	case *dax.Call:
		if f, ok := tables[strings.ToUpper(x.Func)]; ok {
			return f(r, x, e)
		}
		if _, scalar := scalars[strings.ToUpper(x.Func)]; !scalar {
			return nil, unsupported("%s", strings.ToUpper(x.Func))
		}
	}
	return nil, errorf("%s is not a table", dax.Print(x))
}

func (r *run) constructor(x *dax.TableOf, e env) (*rowset, error) {
	out := &rowset{}
	for _, row := range x.Rows {
		items := []dax.Expr{row}
		if t, ok := row.(*dax.Tuple); ok {
			items = t.Items
		}
		vals, err := r.list(items, e)
		if err != nil {
			return nil, err
		}
		out.rows = append(out.rows, record{vals: vals})
	}
	if n := len(out.rows[0].vals); n > 1 {
		for i := range n {
			out.cols = append(out.cols, field{name: "Value" + string(rune('1'+i))})
		}
	} else {
		out.cols = []field{{name: "Value"}}
	}
	return out, nil
}

// setFuncs are the functions that choose rows or values.
func setFuncs() map[string]tableFunc {
	return map[string]tableFunc{
		"FILTER": filterRows,
		"CALCULATETABLE": func(r *run, c *dax.Call, e env) (*rowset, error) {
			ctx, err := r.calculate(c.Args[1:], e)
			if err != nil {
				return nil, err
			}
			return r.table(c.Args[0], env{ctx: ctx, vars: e.vars, item: e.item})
		},
		"RELATEDTABLE": func(r *run, c *dax.Call, e env) (*rowset, error) {
			return r.table(arg(c, 0), env{ctx: e.transition(), vars: e.vars, item: e.item})
		},
		"VALUES": func(r *run, c *dax.Call, e env) (*rowset, error) { return r.values(c, e.ctx, true, e) },
		"FILTERS": func(r *run, c *dax.Call, e env) (*rowset, error) {
			return r.values(c, e.ctx, true, e)
		},
		"DISTINCT": func(r *run, c *dax.Call, e env) (*rowset, error) { return r.values(c, e.ctx, false, e) },
		"ALL":      func(r *run, c *dax.Call, e env) (*rowset, error) { return r.all(c, true) },
		"ALLNOBLANKROW": func(r *run, c *dax.Call, e env) (*rowset, error) {
			return r.all(c, false)
		},
		"ALLSELECTED": func(r *run, c *dax.Call, e env) (*rowset, error) {
			return r.values(c, e.ctx.selected(), true, e)
		},
		"ALLEXCEPT": func(r *run, c *dax.Call, e env) (*rowset, error) {
			t := r.tableName(arg(c, 0))
			if t == nil {
				return nil, errorf("ALLEXCEPT of what is not a table")
			}
			var cols []*column
			for _, col := range t.cols {
				if !slices.ContainsFunc(c.Args[1:], func(x dax.Expr) bool { o, _ := r.column(x); return o == col }) {
					cols = append(cols, col)
				}
			}
			return distinct(cols, everything(t, true)), nil
		},
		"TREATAS": treatAs,
		"TOPN":    topN,
		"UNION":   union,
		"INTERSECT": func(r *run, c *dax.Call, e env) (*rowset, error) {
			return r.compared(c, e, true)
		},
		"EXCEPT": func(r *run, c *dax.Call, e env) (*rowset, error) { return r.compared(c, e, false) },
		"CURRENTGROUP": func(_ *run, _ *dax.Call, e env) (*rowset, error) {
			if e.group == nil {
				return nil, errorf("CURRENTGROUP outside of GROUPBY")
			}
			return e.group, nil
		},
	}
}

func filterRows(r *run, c *dax.Call, e env) (*rowset, error) {
	set, err := r.table(arg(c, 0), e)
	if err != nil {
		return nil, err
	}
	out := &rowset{cols: set.cols, base: set.base}
	for _, rec := range set.rows {
		ok, err := r.condition(arg(c, 1), e.inside(set, rec))
		if err != nil {
			return nil, err
		}
		if ok {
			out.rows = append(out.rows, rec)
		}
	}
	return out, nil
}

// values is VALUES and its like over a table, a column or a table expression.
func (r *run) values(c *dax.Call, ctx *context, blank bool, e env) (*rowset, error) {
	chosen := func(t *table) []bool {
		if blank {
			return ctx.visible(t)
		}
		return physical(ctx.visible(t))
	}
	if len(c.Args) == 0 {
		return nil, errorf("%s needs a table or a column", c.Func)
	}
	if t := r.tableName(c.Args[0]); t != nil && !r.isVariable(c.Args[0], e) {
		set := r.whole(t, chosen(t))
		if !blank {
			return unique(set), nil
		}
		return set, nil
	}
	if r.isTable(c.Args[0], e) {
		set, err := r.table(c.Args[0], e)
		if err != nil {
			return nil, err
		}
		return unique(set), nil
	}
	cols, err := r.columns(c.Args)
	if err != nil {
		return nil, err
	}
	return distinct(cols, chosen(cols[0].t)), nil
}

func (r *run) isVariable(x dax.Expr, e env) bool {
	n, ok := x.(*dax.Name)
	return ok && e.vars.find(n.Name) != nil
}

// columns is columns of one table.
func (r *run) columns(args []dax.Expr) ([]*column, error) {
	var cols []*column
	for _, a := range args {
		c, err := r.column(a)
		if err != nil {
			return nil, err
		}
		if cols = append(cols, c); c.t != cols[0].t {
			return nil, errorf("the columns are of several tables")
		}
	}
	return cols, nil
}

func (r *run) all(c *dax.Call, blank bool) (*rowset, error) {
	if t := r.tableName(arg(c, 0)); t != nil {
		return r.whole(t, everything(t, blank)), nil
	}
	cols, err := r.columns(c.Args)
	if err != nil || len(cols) == 0 {
		return nil, errorf("%s: %w", c.Func, err)
	}
	return distinct(cols, everything(cols[0].t, blank)), nil
}

// unique is the different rows; they are whole rows of the model no more.
func unique(set *rowset) *rowset {
	out := &rowset{cols: set.cols}
	seen := map[string]bool{}
	for _, rec := range set.rows {
		if k := keyOf(rec.vals); !seen[k] {
			seen[k] = true
			out.rows = append(out.rows, record{vals: rec.vals})
		}
	}
	return out
}

// treatAs gives the values of a table another origin.
func treatAs(r *run, c *dax.Call, e env) (*rowset, error) {
	set, err := r.table(arg(c, 0), e)
	if err != nil {
		return nil, err
	}
	out := &rowset{}
	for _, a := range c.Args[1:] {
		col, err := r.column(a)
		if err != nil {
			return nil, err
		}
		out.cols = append(out.cols, col.field())
	}
	if len(out.cols) != len(set.cols) {
		return nil, errorf("TREATAS of %d columns as %d", len(set.cols), len(out.cols))
	}
	for _, rec := range set.rows {
		there := true
		for i, f := range out.cols {
			col := distinct([]*column{f.origin}, everything(f.origin.t, true))
			there = there && slices.ContainsFunc(col.rows, func(o record) bool { return o.vals[0].Key() == rec.vals[i].Key() })
		}
		if there {
			out.rows = append(out.rows, record{vals: rec.vals})
		}
	}
	return unique(out), nil
}

// topN is TOPN(n, table, expression, order, …), with ties.
func topN(r *run, c *dax.Call, e env) (*rowset, error) {
	n, err := r.scalar(arg(c, 0), e)
	if err != nil {
		return nil, err
	}
	set, err := r.table(arg(c, 1), e)
	if err != nil {
		return nil, err
	}
	var by []ordering
	if len(c.Args) > 2 {
		if by, err = orderings(c.Args[2:]); err != nil {
			return nil, err
		}
	}
	if len(c.Args)%2 == 1 { // the last expression has no order: descending, unlike elsewhere
		by[len(by)-1].descending = true
	}
	set, keys, err := r.sorted(set, by, e)
	if err != nil {
		return nil, err
	}
	most := int(n.Float())
	if most <= 0 {
		set.rows = nil
		return set, nil
	}
	for most < len(set.rows) && keyOf(keys[most]) == keyOf(keys[most-1]) {
		most++
	}
	set.rows = set.rows[:min(most, len(set.rows))]
	return set, nil
}

func union(r *run, c *dax.Call, e env) (*rowset, error) {
	out := &rowset{}
	for i, a := range c.Args {
		set, err := r.table(a, e)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			out.cols = slices.Clone(set.cols)
		}
		if len(set.cols) != len(out.cols) {
			return nil, errorf("UNION of tables with different numbers of columns")
		}
		for j := range out.cols {
			if set.cols[j].origin != out.cols[j].origin {
				out.cols[j] = field{name: out.cols[j].name}
			}
		}
		for _, rec := range set.rows {
			out.rows = append(out.rows, record{vals: rec.vals})
		}
	}
	return out, nil
}

// compared is the rows of the first table that the second has, or has not.
func (r *run) compared(c *dax.Call, e env, in bool) (*rowset, error) {
	a, err := r.table(arg(c, 0), e)
	if err != nil {
		return nil, err
	}
	b, err := r.table(arg(c, 1), e)
	if err != nil {
		return nil, err
	}
	if len(a.cols) != len(b.cols) {
		return nil, errorf("%s of tables with different numbers of columns", c.Func)
	}
	keys := map[string]bool{}
	for _, rec := range b.rows {
		keys[keyOf(rec.vals)] = true
	}
	out := &rowset{cols: a.cols}
	for _, rec := range a.rows {
		if keys[keyOf(rec.vals)] == in {
			out.rows = append(out.rows, record{vals: rec.vals})
		}
	}
	return out, nil
}
