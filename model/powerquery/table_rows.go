package powerquery

import (
	"fmt"
	"io"

	"inlay"
)

// defineTableRows defines the functions that choose, repeat or look at rows.
func defineTableRows() {
	define("Table.LastN", 2, 2, tail(true))
	define("Table.RemoveLastN", 1, 2, tail(false))
	define("Table.RemoveFirstN", 1, 2, cut(false))
	define("Table.Range", 2, 3, rangeRows(true))
	define("Table.RemoveRows", 2, 3, rangeRows(false))
	define("Table.ReverseRows", 1, 1, onHeld("reverse", func(c *call, rows [][]Value) ([][]Value, error) {
		out := make([][]Value, len(rows))
		for i, r := range rows {
			out[len(rows)-1-i] = r
		}
		return out, nil
	}))
	define("Table.FillUp", 2, 2, fillUp)
	define("Table.AlternateRows", 4, 4, alternateRows)
	define("Table.Repeat", 2, 2, func(c *call) (Value, error) {
		t, err := c.table()
		if err != nil {
			return Value{}, err
		}
		n, err := c.count(1)
		in := make([]*table, n)
		for i := range in {
			in[i] = t
		}
		out := combine(in)
		out.cols = t.cols
		out.op.(*combineOp).cols = t.cols
		return tableOf(out), err
	})
	define("Table.SelectRowsWithErrors", 1, 2, rowsWithErrors(true))
	define("Table.RemoveRowsWithErrors", 1, 2, rowsWithErrors(false))
	define("Table.IsEmpty", 1, 1, onTable(func(c *call, t *table) (Value, error) {
		empty := true
		err := c.ev.scan(t, func([]Value) (bool, error) { empty = false; return false, nil })
		return logical(empty), err
	}))
	define("Table.First", 1, 2, onTable(func(c *call, t *table) (Value, error) {
		v, err := c.ev.rowAt(t, 0)
		if v.kind == Null {
			return c.arg(1), err
		}
		return v, err
	}))
	define("Table.FirstValue", 1, 2, onTable(func(c *call, t *table) (Value, error) {
		v, err := c.ev.rowAt(t, 0)
		if v.kind == Null || len(t.cols) == 0 {
			return c.arg(1), err
		}
		return v.record().vals[0], err
	}))
	define("Table.Last", 1, 2, onTable(func(c *call, t *table) (Value, error) {
		rows, err := c.ev.hold(t)
		if err != nil || len(rows) == 0 {
			return c.arg(1), c.inStep(err)
		}
		return recordOf(t.names(), rows[len(rows)-1]), nil
	}))
	define("Table.SingleRow", 1, 1, onTable(func(c *call, t *table) (Value, error) {
		rows, err := c.ev.hold(t)
		if err == nil && len(rows) != 1 {
			err = c.raise(0, "the table has %d rows, not one", len(rows))
		}
		if err != nil {
			return Value{}, c.inStep(err)
		}
		return recordOf(t.names(), rows[0]), nil
	}))
	defineTableExtremes()
}

func defineTableExtremes() {
	define("Table.InsertRows", 3, 3, insertRows)
	define("Table.MatchesAllRows", 2, 2, matchesRows(false))
	define("Table.MatchesAnyRows", 2, 2, matchesRows(true))
	for name, want := range map[string]int{"Table.Max": 1, "Table.Min": -1} {
		define(name, 2, 3, extremeRow(want))
	}
	for name, want := range map[string]int64{"Table.MaxN": 1, "Table.MinN": 0} {
		define(name, 3, 3, func(c *call) (Value, error) {
			sorted, err := c.sub("Table.Sort", c.arg(0), list([]Value{list([]Value{c.arg(1), integer(want)})}))
			if err != nil {
				return Value{}, err
			}
			return c.sub("Table.FirstN", sorted, c.arg(2))
		})
	}
}

// sub calls another function of the library in the place of this call.
func (c *call) sub(name string, args ...Value) (Value, error) {
	b := library[name].ref.(*builtin)
	return b.fn(&call{ev: c.ev, src: c.src, step: c.step, pos: c.pos, name: c.name, args: args})
}

func onTable(f func(c *call, t *table) (Value, error)) func(c *call) (Value, error) {
	return func(c *call) (Value, error) {
		t, err := c.table()
		if err != nil {
			return Value{}, err
		}
		return f(c, t)
	}
}

// onHeld makes a step that works on all rows at once.
func onHeld(label string, f func(c *call, rows [][]Value) ([][]Value, error)) func(c *call) (Value, error) {
	return onTable(func(c *call, t *table) (Value, error) {
		return tableOf(&table{cols: t.cols, op: &wholeOp{in: []*table{t}, text: label,
			make: func(_ *runtime, rows [][]Value) ([][]Value, error) { return f(c, rows) }}}), nil
	})
}

// cut is Table.FirstN and Table.Skip, with a number of rows or a condition.
func cut(first bool) func(c *call) (Value, error) {
	return onTable(func(c *call, t *table) (Value, error) {
		if c.arg(1).kind == Function {
			return c.cutWhile(t, first)
		}
		n := int64(1)
		if c.has(1) {
			var err error
			if n, err = c.whole(1); err != nil {
				return Value{}, err
			}
			if n < 0 {
				return Value{}, c.raise(1, "the number of rows is negative")
			}
		}
		s := &cutOp{step: &step{in: t, text: fmt.Sprintf("skip %d", n)}, n: n, first: first}
		if first {
			s.text = fmt.Sprintf("first %d", n)
		}
		s.make = func(*runtime) (func([]Value) ([]Value, error), error) {
			i := int64(0)
			return func(row []Value) ([]Value, error) {
				i++
				switch {
				case first && i > n:
					return nil, io.EOF
				case !first && i <= n:
					return nil, nil
				}
				return row, nil
			}, nil
		}
		return tableOf(&table{cols: t.cols, op: s}), nil
	})
}

// cutOp is Table.FirstN or Table.Skip with a number.
type cutOp struct {
	*step
	n     int64
	first bool
}

func (o *cutOp) fold(in *relation) *relation { return in.cut(o.n, o.first) }

// open does not ask its input for more rows than it passes on.
func (o *cutOp) open(rt *runtime) (iterator, error) {
	if o.first && o.n == 0 {
		return &rowsIter{rt: rt}, nil
	}
	it, err := o.step.open(rt)
	if err != nil || !o.first {
		return it, err
	}
	return &upTo{in: it, left: o.n}, nil
}

type upTo struct {
	in   iterator
	left int64
}

func (u *upTo) close() { u.in.close() }

func (u *upTo) next() ([]Value, error) {
	if u.left--; u.left < 0 {
		return nil, io.EOF
	}
	return u.in.next()
}

// cutWhile takes or skips rows while a condition holds.
func (c *call) cutWhile(t *table, first bool) (Value, error) {
	f := c.arg(1)
	label := map[bool]string{true: "first while ", false: "skip while "}[first] + code(f)
	return tableOf(&table{cols: t.cols, op: &step{in: t, text: label,
		make: func(*runtime) (func([]Value) ([]Value, error), error) {
			test := c.rowFunc(f, t)
			over := false
			return func(row []Value) ([]Value, error) {
				if !over {
					yes, err := c.isTrue(test(row))
					if err != nil {
						return nil, err
					}
					over = !yes
				}
				switch {
				case first && over:
					return nil, io.EOF
				case !first && !over:
					return nil, nil
				}
				return row, nil
			}, nil
		}}}), nil
}

// isTrue reads the result of a condition; null is not true.
func (c *call) isTrue(v Value, err error) (bool, error) {
	if err == nil && v.kind != Logical && v.kind != Null {
		err = c.raise(1, "the condition is %s, neither true nor false", v.describe())
	}
	return v.kind == Logical && v.n != 0, err
}

// tail is Table.LastN and Table.RemoveLastN, with a number of rows or a condition.
func tail(keep bool) func(c *call) (Value, error) {
	return func(c *call) (Value, error) {
		f, n := c.arg(1), int64(1)
		if c.has(1) && f.kind != Function {
			var err error
			if n, err = c.whole(1); err != nil || n < 0 {
				return Value{}, c.raise(1, "expected a number of rows, not %s", f.describe())
			}
		}
		label := map[bool]string{true: "last rows", false: "without the last rows"}[keep]
		return onTable(func(c *call, t *table) (Value, error) {
			return tableOf(&table{cols: t.cols, op: &wholeOp{in: []*table{t}, text: label,
				make: func(_ *runtime, rows [][]Value) ([][]Value, error) {
					at := max(0, len(rows)-int(min(n, int64(len(rows)))))
					if f.kind == Function {
						at = len(rows)
						for test := c.rowFunc(f, t); at > 0; at-- {
							if yes, err := c.isTrue(test(append([]Value(nil), rows[at-1]...))); err != nil {
								return nil, err
							} else if !yes {
								break
							}
						}
					}
					if keep {
						return rows[at:], nil
					}
					return rows[:at], nil
				}}}), nil
		})(c)
	}
}

// rangeRows is Table.Range(table, offset, count) and Table.RemoveRows, its opposite.
func rangeRows(keep bool) func(c *call) (Value, error) {
	return onTable(func(c *call, t *table) (Value, error) {
		from, err := c.whole(1)
		if err != nil {
			return Value{}, err
		}
		n := int64(1)
		if keep {
			n = 1 << 60
		}
		if c.has(2) {
			if n, err = c.whole(2); err != nil {
				return Value{}, err
			}
		}
		if from < 0 || n < 0 {
			return Value{}, c.raise(1, "offset and count must not be negative")
		}
		label := fmt.Sprintf("%s rows from %d, %d", map[bool]string{true: "take", false: "remove"}[keep], from, n)
		return tableOf(&table{cols: t.cols, op: &step{in: t, text: label, make: func(*runtime) (func([]Value) ([]Value, error), error) {
			i := int64(-1)
			return func(row []Value) ([]Value, error) {
				i++
				if (i >= from && i-from < n) != keep {
					return nil, nil
				}
				return row, nil
			}, nil
		}}}), nil
	})
}

// alternateRows is Table.AlternateRows(table, offset, skip, take).
func alternateRows(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	var n [3]int64
	for i := range n {
		if n[i], err = c.count(i + 1); err != nil {
			return Value{}, err
		}
	}
	if n[1]+n[2] == 0 {
		return Value{}, c.raise(2, "skip and take are both 0")
	}
	return tableOf(&table{cols: t.cols, op: &step{in: t, text: "alternate rows", make: func(*runtime) (func([]Value) ([]Value, error), error) {
		i := int64(-1)
		return func(row []Value) ([]Value, error) {
			if i++; i >= n[0] && (i-n[0])%(n[1]+n[2]) < n[1] {
				return nil, nil
			}
			return row, nil
		}, nil
	}}}), nil
}

// fillUp is Table.FillUp(table, columns).
func fillUp(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	at, err := c.columns(1, t)
	if err != nil {
		return Value{}, err
	}
	return onHeld("fill up", func(_ *call, rows [][]Value) ([][]Value, error) {
		out := make([][]Value, len(rows))
		last := make([]Value, len(at))
		for i := len(rows) - 1; i >= 0; i-- {
			out[i] = append([]Value(nil), rows[i]...)
			for j, k := range at {
				if out[i][k].kind == Null {
					out[i][k] = last[j]
				}
				last[j] = out[i][k]
			}
		}
		return out, nil
	})(c)
}

// rowsWithErrors is Table.SelectRowsWithErrors and Table.RemoveRowsWithErrors.
func rowsWithErrors(keep bool) func(c *call) (Value, error) {
	return onTable(func(c *call, t *table) (Value, error) {
		at := make([]int, len(t.cols))
		for i := range at {
			at[i] = i
		}
		if c.has(1) {
			var err error
			if at, err = c.columns(1, t); err != nil {
				return Value{}, err
			}
		}
		label := map[bool]string{true: "only rows with errors", false: "remove rows with errors"}[keep]
		return tableOf(&table{cols: t.cols, op: &step{in: t, text: label,
			make: func(*runtime) (func([]Value) ([]Value, error), error) {
				return func(row []Value) ([]Value, error) {
					bad := false
					for _, i := range at {
						bad = bad || row[i].kind == Failed
					}
					if bad != keep {
						return nil, nil
					}
					return row, nil
				}, nil
			}}}), nil
	})
}

func insertRows(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	n, err := c.count(1)
	if err != nil {
		return Value{}, err
	}
	items, err := c.list(2)
	if err != nil {
		return Value{}, err
	}
	more, err := c.recordRows(items, t.cols)
	if err != nil {
		return Value{}, err
	}
	return onHeld("insert rows", func(c *call, rows [][]Value) ([][]Value, error) {
		if n > int64(len(rows)) {
			return nil, c.raise(1, "the table has only %d rows", len(rows))
		}
		return append(append(append([][]Value{}, rows[:n]...), more...), rows[n:]...), nil
	})(c)
}

func matchesRows(anyOf bool) func(c *call) (Value, error) {
	return onTable(func(c *call, t *table) (Value, error) {
		f, err := c.function(1)
		if err != nil {
			return Value{}, err
		}
		test := c.rowFunc(f, t)
		found := false
		err = c.ev.scan(t, func(row []Value) (bool, error) {
			yes, err := c.isTrue(test(row))
			found = yes == anyOf
			return !found, err
		})
		return logical(found == anyOf), err
	})
}

// extremeRow is Table.Max and Table.Min(table, criterion, default).
func extremeRow(want int) func(c *call) (Value, error) {
	return onTable(func(c *call, t *table) (Value, error) {
		key, err := c.sortKey(c.arg(1), t)
		if err != nil {
			return Value{}, err
		}
		var best []Value
		var bestKey Value
		err = c.ev.scan(t, func(row []Value) (bool, error) {
			k, err := key.of(row)
			if err != nil {
				return false, err
			}
			if best != nil {
				n, ok := compare(k, bestKey)
				if k.kind == Null || bestKey.kind == Null {
					n, ok = sign(int64(min(k.kind, 1)), int64(min(bestKey.kind, 1))), true
				}
				if !ok {
					return false, c.errorf(1, inlay.Invalid, "%s and %s have no order", k.describe(), bestKey.describe())
				}
				if n != want {
					return true, nil
				}
			}
			best, bestKey = append([]Value(nil), row...), k
			return true, nil
		})
		if err != nil || best == nil {
			return c.arg(2), err
		}
		return recordOf(t.names(), best), nil
	})
}
