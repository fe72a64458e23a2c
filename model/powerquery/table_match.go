package powerquery

import (
	"strings"

	"inlay"
)

// defineTableMatches defines the functions that look for rows by their fields.
func defineTableMatches() {
	for name, all := range map[string]bool{"Table.ContainsAll": true, "Table.ContainsAny": false} {
		define(name, 2, 3, onTable(func(c *call, t *table) (Value, error) {
			want, err := c.list(1)
			if err != nil {
				return Value{}, err
			}
			for _, w := range want {
				at, err := c.rowsLike(t, []Value{w}, 2, true)
				if err != nil || len(at) > 0 != all {
					return logical(!all), err
				}
			}
			return logical(all), nil
		}))
	}
	define("Table.Contains", 2, 3, onTable(func(c *call, t *table) (Value, error) {
		at, err := c.rowsLike(t, []Value{c.arg(1)}, 2, true)
		return logical(len(at) > 0), err
	}))
	define("Table.PositionOf", 2, 4, onTable(func(c *call, t *table) (Value, error) {
		at, err := c.rowsLike(t, []Value{c.arg(1)}, 3, false)
		return occurrence(at, c.arg(2).n), err
	}))
	define("Table.PositionOfAny", 2, 4, onTable(func(c *call, t *table) (Value, error) {
		want, err := c.list(1)
		if err != nil {
			return Value{}, err
		}
		at, err := c.rowsLike(t, want, 3, false)
		return occurrence(at, c.arg(2).n), err
	}))
	define("Table.RemoveMatchingRows", 2, 3, onTable(func(c *call, t *table) (Value, error) {
		want, err := c.list(1)
		if err != nil {
			return Value{}, err
		}
		find, err := c.rowLike(t, want, 2)
		if err != nil {
			return Value{}, err
		}
		return tableOf(&table{cols: t.cols, op: &step{in: t, text: "remove matching rows",
			make: func(*runtime) (func([]Value) ([]Value, error), error) {
				return func(row []Value) ([]Value, error) {
					if at, err := find(row); err != nil || at >= 0 {
						return nil, err
					}
					return row, nil
				}, nil
			}}}), nil
	}))
	define("Table.ReplaceMatchingRows", 2, 3, replaceMatchingRows)
	define("Table.IsDistinct", 1, 2, onTable(func(c *call, _ *table) (Value, error) {
		once, err := c.sub("Table.Distinct", c.args...)
		if err != nil {
			return Value{}, err
		}
		a, err := c.sub("Table.RowCount", c.arg(0))
		if err != nil {
			return Value{}, err
		}
		b, err := c.sub("Table.RowCount", once)
		return logical(a.n == b.n), err
	}))
	define("Table.FindText", 2, 2, onTable(func(c *call, t *table) (Value, error) {
		part, err := c.text(1)
		return tableOf(&table{cols: t.cols, op: &step{in: t, text: "rows with a text",
			make: func(*runtime) (func([]Value) ([]Value, error), error) {
				return func(row []Value) ([]Value, error) {
					for _, v := range row {
						if v.kind == Text && strings.Contains(v.s, part) {
							return row, nil
						}
					}
					return nil, nil
				}, nil
			}}}), err
	}))
}

// rowLike finds the record, of a list, that a row equals: its position, or -1. Argument i may
// name the columns that count, with a comparer behind them; without it, those of the record do.
func (c *call) rowLike(t *table, want []Value, i int) (func(row []Value) (int, error), error) {
	var by []int
	fold := false
	if c.has(i) {
		sub := *c
		sub.args = []Value{c.arg(0), c.arg(i)}
		if p := c.arg(i).items(); len(p) == 2 && p[1].kind == Function {
			sub.args = []Value{c.arg(0), p[0], p[1]}
			var err error
			if fold, err = sub.foldCase(2); err != nil {
				return nil, err
			}
		}
		var err error
		if b, ok := sub.arg(1).ref.(*builtin); ok && strings.HasPrefix(b.name, "Comparer.") {
			fold, err = sub.foldCase(1)
		} else if sub.arg(1).kind == Function {
			err = c.errorf(i, inlay.Unsupported, "rows are compared by names of columns here, not by a function")
		} else {
			by, err = sub.columns(1, t)
		}
		if err != nil {
			return nil, err
		}
	}
	type wanted struct {
		at  []int
		key string
	}
	list := make([]wanted, len(want))
	for j, v := range want {
		r := v.record()
		if r == nil {
			return nil, c.raise(1, "expected a record, not %s", v.describe())
		}
		w := &list[j]
		names := r.head.names
		if by != nil {
			names = pick(t.names(), by)
		}
		var vals []Value
		for _, n := range names {
			at, ok := r.head.index[n]
			if !ok || t.find(n) < 0 {
				return nil, c.raise(1, "there is no field %q on both sides", n).noField(n, v)
			}
			w.at, vals = append(w.at, t.find(n)), append(vals, r.vals[at])
		}
		key, err := c.ev.keyOf(nil, vals, count(len(vals)), fold)
		if err != nil {
			return nil, err
		}
		w.key = string(key)
	}
	var buf []byte
	return func(row []Value) (int, error) {
		for j, w := range list {
			var err error
			if buf, err = c.ev.keyOf(buf[:0], row, w.at, fold); err != nil {
				return -1, err
			}
			if string(buf) == w.key {
				return j, nil
			}
		}
		return -1, nil
	}, nil
}

// count is the numbers from 0 to n-1.
func count(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// rowsLike gives the positions of the rows that equal one of the records; only the first of
// them where first is set.
func (c *call) rowsLike(t *table, want []Value, i int, first bool) ([]Value, error) {
	find, err := c.rowLike(t, want, i)
	if err != nil {
		return nil, err
	}
	g := gather{c: c, items: []Value{}}
	n := int64(-1)
	err = c.ev.scan(t, func(row []Value) (bool, error) {
		n++
		at, err := find(row)
		if err == nil && at >= 0 {
			err = g.add(integer(n))
		}
		return at < 0 || !first, err
	})
	return g.items, err
}

// replaceMatchingRows is Table.ReplaceMatchingRows(table, {{old, new}, …}, criteria).
func replaceMatchingRows(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	pairs, err := c.list(1)
	if err != nil {
		return Value{}, err
	}
	var old, by []Value
	for i, p := range pairs {
		if len(p.items()) != 2 {
			return Value{}, c.raise(1, "item %d is %s, not a list of an old and a new row", i+1, p.describe())
		}
		old, by = append(old, p.items()[0]), append(by, p.items()[1])
	}
	find, err := c.rowLike(t, old, 2)
	if err != nil {
		return Value{}, err
	}
	rows, err := (&call{ev: c.ev, src: c.src, step: c.step, pos: c.pos, name: c.name}).recordRows(by, t.cols)
	if err != nil {
		return Value{}, err
	}
	return tableOf(&table{cols: t.cols, op: &step{in: t, text: "replace matching rows",
		make: func(*runtime) (func([]Value) ([]Value, error), error) {
			return func(row []Value) ([]Value, error) {
				if at, err := find(row); err != nil || at >= 0 {
					return append([]Value(nil), rows[max(at, 0)]...), err
				}
				return row, nil
			}, nil
		}}}), nil
}
