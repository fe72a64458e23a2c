package powerquery

import (
	"errors"
	"strings"

	"inlay"
)

// aggregate is a column that Table.Group computes of each group.
type aggregate struct {
	name string
	f    Value
}

// groupRows is Table.Group(table, key, aggregatedColumns, groupKind, comparer).
func groupRows(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	at, err := c.columns(1, t)
	if err != nil {
		return Value{}, err
	}
	cols := make([]Column, len(at))
	for i, j := range at {
		cols[i] = t.cols[j]
	}
	aggs, cols, err := c.aggregates(cols)
	if err != nil {
		return Value{}, err
	}
	local := c.has(3) && c.arg(3).n == 0
	own := Value{} // a comparer of the query's own
	if f, ok := c.arg(4).ref.(*closure); ok && local && len(f.fn.Params) == 2 {
		own, c.args = c.arg(4), c.args[:4]
	}
	fold, err := c.foldCase(4)
	if err != nil {
		return Value{}, err
	}
	if n := doubled(cols); n != "" {
		return Value{}, c.raise(2, "there would be two columns %q", n)
	}
	var texts []string
	for _, a := range aggs {
		texts = append(texts, "["+a.name+"]: "+code(a.f))
	}
	what := "group by " + strings.Join(quoteAll((&table{cols: cols[:len(at)]}).names()), ", ") + "; " + strings.Join(texts, ", ")
	make1 := func(rt *runtime, rows [][]Value) ([][]Value, error) {
		groups, err := c.gather(rows, at, local, fold)
		if own.kind == Function {
			groups, err = c.gatherBy(rows, at, t, own)
		}
		if err != nil {
			return nil, err
		}
		out := make([][]Value, len(groups))
		for i, g := range groups {
			out[i] = make([]Value, 0, len(cols))
			for _, j := range at {
				out[i] = append(out[i], g[0][j])
			}
			arg := []Value{heldTable(t.cols, g)}
			for _, a := range aggs {
				v, err := c.invoke(a.f, arg)
				if err != nil {
					if v, err = rt.inCell(a.name, err); err != nil {
						return nil, err
					}
				}
				out[i] = append(out[i], v)
			}
		}
		return out, nil
	}
	o := &wholeOp{in: []*table{t}, text: what, make: make1}
	if local || fold {
		return tableOf(&table{cols: cols, op: o}), nil
	}
	return tableOf(&table{cols: cols, op: &groupOp{wholeOp: o, at: at, aggs: aggs}}), nil
}

// groupOp is a Table.Group whose parts a fold can look at.
type groupOp struct {
	*wholeOp
	at   []int
	aggs []aggregate
}

// aggregates reads argument 2: {name, function, type} or a list of such.
func (c *call) aggregates(cols []Column) ([]aggregate, []Column, error) {
	items, err := c.list(2)
	if err != nil {
		return nil, nil, err
	}
	if len(items) > 0 && items[0].kind == Text {
		items = []Value{c.arg(2)}
	}
	var out []aggregate
	for i, it := range items {
		p := it.items()
		if len(p) < 2 || p[0].kind != Text || p[1].kind != Function {
			return nil, nil, c.raise(2, "aggregation %d must be a list of a name, a function and, perhaps, a type", i+1)
		}
		typ := anyType
		if len(p) > 2 {
			if x, ok := p[2].ref.(Type); ok {
				typ = x
			}
		}
		out = append(out, aggregate{p[0].s, p[1]})
		cols = append(cols, Column{Name: p[0].s, Type: typ})
	}
	return out, cols, nil
}

// gather puts rows with equal keys together, in the order in which keys appear; local keeps
// apart what does not stand side by side.
func (c *call) gather(rows [][]Value, at []int, local, fold bool) ([][][]Value, error) {
	var groups [][][]Value
	index := map[string]int{}
	last := ""
	for i, row := range rows {
		if i&1023 == 0 && c.ev.ctx.Err() != nil {
			return nil, c.ev.ctx.Err()
		}
		key, err := c.ev.keyOf(nil, row, at, fold)
		if err != nil {
			return nil, err
		}
		k := string(key)
		n, known := index[k]
		if !known || local && k != last {
			n = len(groups)
			index[k] = n
			groups = append(groups, nil)
		}
		last = k
		groups[n] = append(groups[n], row)
	}
	return groups, nil
}

// gatherBy begins a group where a comparer of the query does not give 0 for the keys of the
// group's first row and of the row at hand: values where the key is one name, records otherwise.
func (c *call) gatherBy(rows [][]Value, at []int, t *table, comparer Value) ([][][]Value, error) {
	key := func(row []Value) Value {
		if c.arg(1).kind == Text {
			return row[at[0]]
		}
		vals := make([]Value, len(at))
		for i, j := range at {
			vals[i] = row[j]
		}
		return recordOf(pick(t.names(), at), vals)
	}
	var groups [][][]Value
	for _, row := range rows {
		if n := len(groups) - 1; n >= 0 {
			v, err := c.invoke(comparer, []Value{key(groups[n][0]), key(row)})
			if err != nil {
				return nil, err
			}
			if !v.isNumber() {
				return nil, c.raise(4, "the comparer gave %s, not a number", v.describe())
			}
			if v.float() == 0 {
				groups[n] = append(groups[n], row)
				continue
			}
		}
		groups = append(groups, [][]Value{row})
	}
	return groups, nil
}

// invoke calls a function on behalf of a call whose work was put off.
func (c *call) invoke(f Value, args []Value) (Value, error) {
	outer := c.ev.step
	c.ev.step = c.step
	v, err := c.ev.apply(f, args, c.pos, c.src)
	if err == nil && v.kind == lazy {
		v, err = c.ev.settle(v)
	}
	c.ev.step = outer
	return v, c.inStep(err)
}

// inStep names the step of the call in an error that names none.
func (c *call) inStep(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Step == "" {
		e.Step = c.step
	}
	return err
}

// pivot is Table.Pivot(table, values, attribute column, value column, aggregation).
func pivot(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	values, err := c.texts(1)
	if err != nil {
		return Value{}, err
	}
	attr, err := c.columns(2, t)
	if err != nil {
		return Value{}, err
	}
	val, err := c.columns(3, t)
	if err != nil {
		return Value{}, err
	}
	if len(attr) != 1 || len(val) != 1 {
		return Value{}, c.raise(2, "one column of names and one of values is pivoted")
	}
	var rest []int
	var cols []Column
	for i, col := range t.cols {
		if i != attr[0] && i != val[0] {
			rest, cols = append(rest, i), append(cols, col)
		}
	}
	place := map[string]int{}
	for _, v := range values {
		place[v] = len(cols)
		cols = append(cols, Column{Name: v, Type: t.cols[val[0]].Type})
	}
	if n := doubled(cols); n != "" {
		return Value{}, c.raise(1, "there would be two columns %q", n)
	}
	return tableOf(&table{cols: cols, op: &wholeOp{in: []*table{t}, text: "pivot " + strings.Join(quoteAll(values), ", "),
		make: func(rt *runtime, rows [][]Value) ([][]Value, error) {
			groups, err := c.gather(rows, rest, false, false)
			if err != nil {
				return nil, err
			}
			var out [][]Value
			for _, g := range groups {
				cells := make([][]Value, len(cols))
				for _, row := range g {
					if i, ok := place[row[attr[0]].s]; ok && row[attr[0]].kind == Text {
						cells[i] = append(cells[i], row[val[0]])
					}
				}
				made := make([]Value, len(cols))
				for i, j := range rest {
					made[i] = g[0][j]
				}
				for i := len(rest); i < len(cols); i++ {
					if made[i], err = c.pivoted(rt, cells[i], cols[i].Name); err != nil {
						return nil, err
					}
				}
				out = append(out, made)
			}
			return out, nil
		}}}), nil
}

func (c *call) pivoted(rt *runtime, cells []Value, name string) (Value, error) {
	if !c.has(4) {
		switch len(cells) {
		case 0:
			return Value{}, nil
		case 1:
			return cells[0], nil
		}
		return rt.failed(name, "there are several values for one cell, and no aggregation is given"), nil
	}
	v, err := c.invoke(c.arg(4), []Value{list(cells)})
	if err != nil {
		return rt.inCell(name, err)
	}
	return v, nil
}

// unpivot is Table.Unpivot and Table.UnpivotOtherColumns(table, columns, attribute, value).
// Nulls give no row.
func unpivot(others bool) func(c *call) (Value, error) {
	return func(c *call) (Value, error) {
		t, err := c.table()
		if err != nil {
			return Value{}, err
		}
		named, err := c.columns(1, t)
		if err != nil {
			return Value{}, err
		}
		attr, err := c.text(2)
		if err != nil {
			return Value{}, err
		}
		val, err := c.text(3)
		if err != nil {
			return Value{}, err
		}
		in := map[int]bool{}
		for _, i := range named {
			in[i] = true
		}
		var keep, turn []int
		var cols []Column
		for i, col := range t.cols {
			if in[i] == others {
				keep, cols = append(keep, i), append(cols, col)
			} else {
				turn = append(turn, i)
			}
		}
		cols = append(cols, Column{Name: attr, Type: Type{Name: "text"}}, Column{Name: val, Type: anyType})
		if n := doubled(cols); n != "" {
			return Value{}, c.raise(2, "there would be two columns %q", n)
		}
		return tableOf(&table{cols: cols, op: &flatOp{in: t, text: "unpivot", make: func(*runtime) func([]Value, func([]Value) error) error {
			return func(row []Value, put func([]Value) error) error {
				for _, i := range turn {
					if row[i].kind == Null {
						continue
					}
					out := make([]Value, 0, len(cols))
					for _, j := range keep {
						out = append(out, row[j])
					}
					if err := put(append(out, text(t.cols[i].Name), row[i])); err != nil {
						return err
					}
				}
				return nil
			}
		}}}), nil
	}
}

// transpose is Table.Transpose(table, columns).
func transpose(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	rows, err := c.ev.hold(t)
	if err != nil {
		return Value{}, c.inStep(err)
	}
	if len(rows) > 16_384 {
		return Value{}, c.errorf(0, inlay.Limit, "%d rows would become columns; at most 16384 may", len(rows))
	}
	cols, err := c.columnsFrom(1, len(rows))
	if err != nil {
		return Value{}, err
	}
	out := make([][]Value, len(t.cols))
	for i := range out {
		out[i] = make([]Value, len(cols))
		for j := range min(len(rows), len(cols)) {
			out[i][j] = rows[j][i]
		}
	}
	return heldTable(cols, out), nil
}
