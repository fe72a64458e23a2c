package plain

import (
	"slices"

	"inlay/dax"
)

// contextFuncs are functions that change or ask for contexts.
func contextFuncs() map[string]scalarFunc {
	return map[string]scalarFunc{
		"CALCULATE": func(r *run, c *dax.Call, e env) (dax.Value, error) {
			ctx, err := r.calculate(c.Args[1:], e)
			if err != nil {
				return dax.Value{}, err
			}
			return r.scalar(c.Args[0], env{ctx: ctx, vars: e.vars, item: e.item})
		},
		"RELATED":     relatedValue,
		"LOOKUPVALUE": lookup,
		"EARLIER":     earlier,
		"HASONEVALUE": func(r *run, c *dax.Call, e env) (dax.Value, error) {
			_, one, err := r.one(c, e)
			return dax.BoolOf(one), err
		},
		"SELECTEDVALUE":   selectedValue,
		"ISFILTERED":      isFiltered,
		"ISCROSSFILTERED": isCrossFiltered,
		"ISINSCOPE":       isInScope,
		"CONTAINS":        containsValues,
		"CONTAINSROW": func(r *run, c *dax.Call, e env) (dax.Value, error) {
			set, err := r.table(arg(c, 0), e)
			if err != nil {
				return dax.Value{}, err
			}
			row, err := r.list(c.Args[1:], e)
			if err != nil {
				return dax.Value{}, err
			}
			return contains(set, row)
		},
	}
}

func relatedValue(r *run, c *dax.Call, e env) (dax.Value, error) {
	col, err := r.column(arg(c, 0))
	if err != nil {
		return dax.Value{}, err
	}
	for row := e.row; row != nil; row = row.outer {
		if v, ok := related(row.rec, col, row.ctx); ok {
			return v, nil
		}
	}
	return dax.Value{}, errorf("RELATED: no row that is iterated leads to %s", dax.Print(c.Args[0]))
}

// lookup is LOOKUPVALUE(result, column, value, …, alternative) over all rows of the table.
func lookup(r *run, c *dax.Call, e env) (dax.Value, error) {
	result, err := r.column(arg(c, 0))
	if err != nil {
		return dax.Value{}, err
	}
	var cols []*column
	var want []dax.Value
	rest := c.Args[1:]
	for ; len(rest) > 1; rest = rest[2:] {
		col, err := r.column(rest[0])
		if err != nil {
			return dax.Value{}, err
		}
		v, err := r.scalar(rest[1], e)
		if err != nil {
			return v, err
		}
		cols, want = append(cols, col), append(want, v)
	}
	found := map[string]dax.Value{}
	hops := e.ctx.expand(result.t, -1)
	for i := range result.t.rows {
		match := true
		for k, col := range cols {
			rows := rowsIn(hops, col.t)
			if rows == nil {
				return dax.Value{}, errorf("LOOKUPVALUE: %s is of another table", col.name)
			}
			same, err := dax.StrictEqual(col.t.value(rows[i], col), want[k])
			if err != nil {
				return dax.Value{}, err
			}
			match = match && same
		}
		if match {
			v := result.t.value(i, result)
			found[v.Key()] = v
		}
	}
	if len(found) == 1 {
		for _, v := range found {
			return v, nil
		}
	}
	if len(rest) == 1 {
		return r.scalar(rest[0], e)
	}
	if len(found) > 1 {
		return dax.Value{}, errorf("LOOKUPVALUE finds several values")
	}
	return dax.Value{}, nil
}

// earlier is a column in an outer row context: that outside the innermost one that has it.
func earlier(r *run, c *dax.Call, e env) (dax.Value, error) {
	ref, ok := arg(c, 0).(*dax.Column)
	if !ok {
		return dax.Value{}, errorf("EARLIER of what is not a column")
	}
	n, err := r.scalar(arg(c, 1), e)
	if err != nil {
		return n, err
	}
	skip := 1
	if !n.IsBlank() {
		skip = int(n.Float())
	}
	for row := e.row; row != nil; row = row.outer {
		one := *row
		one.outer = nil
		if v, ok := one.field(ref.Table, ref.Name); ok {
			if skip == 0 {
				return v, nil
			}
			skip--
		}
	}
	return dax.Value{}, errorf("EARLIER: there is no outer row")
}

// one is the only value of a column in the context.
func (r *run) one(c *dax.Call, e env) (dax.Value, bool, error) {
	col, err := r.column(arg(c, 0))
	if err != nil {
		return dax.Value{}, false, err
	}
	set := distinct([]*column{col}, e.ctx.visible(col.t))
	if len(set.rows) != 1 {
		return dax.Value{}, false, nil
	}
	return set.rows[0].vals[0], true, nil
}

func selectedValue(r *run, c *dax.Call, e env) (dax.Value, error) {
	v, one, err := r.one(c, e)
	if err != nil || one {
		return v, err
	}
	return r.scalar(arg(c, 1), e)
}

// subject is the column or table that a question is about.
func (r *run) subject(x dax.Expr) (*table, *column, error) {
	if t := r.tableName(x); t != nil {
		return t, nil, nil
	}
	c, err := r.column(x)
	if err != nil {
		return nil, nil, err
	}
	return c.t, c, nil
}

func isFiltered(r *run, c *dax.Call, e env) (dax.Value, error) {
	t, col, err := r.subject(arg(c, 0))
	if err != nil {
		return dax.Value{}, err
	}
	return dax.BoolOf(slices.ContainsFunc(e.ctx.filters, func(f *filter) bool {
		return slices.ContainsFunc(f.cols, func(o *column) bool { return o.t == t && (col == nil || o == col) })
	})), nil
}

func isCrossFiltered(r *run, c *dax.Call, e env) (dax.Value, error) {
	t, _, err := r.subject(arg(c, 0))
	if err != nil {
		return dax.Value{}, err
	}
	_, restricted := e.ctx.reached(t, -1, 0)
	return dax.BoolOf(restricted), nil
}

func isInScope(r *run, c *dax.Call, e env) (dax.Value, error) {
	col, err := r.column(arg(c, 0))
	if err != nil {
		return dax.Value{}, err
	}
	return dax.BoolOf(slices.ContainsFunc(e.ctx.filters, func(f *filter) bool {
		return f.group && slices.Contains(f.cols, col)
	})), nil
}

// containsValues is CONTAINS(table, column, value, …).
func containsValues(r *run, c *dax.Call, e env) (dax.Value, error) {
	set, err := r.table(arg(c, 0), e)
	if err != nil {
		return dax.Value{}, err
	}
	for _, rec := range set.rows {
		match := true
		for rest := c.Args[1:]; len(rest) > 1; rest = rest[2:] {
			v, err := r.scalar(rest[0], env{ctx: e.ctx, item: e.item}.inside(set, rec))
			if err != nil {
				return v, err
			}
			want, err := r.scalar(rest[1], e)
			if err != nil {
				return v, err
			}
			same, err := dax.StrictEqual(v, want)
			if err != nil {
				return v, err
			}
			match = match && same
		}
		if match {
			return dax.BoolOf(true), nil
		}
	}
	return dax.BoolOf(false), nil
}
