package powerquery

import (
	"encoding/binary"
	"hash/maphash"
	"io"
	"sort"
	"strings"

	"inlay"
)

// maxHeld bounds what Table.Sort keeps in memory and what Table.Distinct remembers.
const maxHeld = 512 << 20

// sortOp holds all rows of its input and gives them in order.
type sortOp struct {
	in   *table
	c    *call
	at   []int
	desc []bool
	text string
}

func (s *sortOp) inputs() []*table { return []*table{s.in} }
func (s *sortOp) explain() string  { return s.text }

// sortRows is Table.Sort with columns and Order.Ascending or Order.Descending.
func sortRows(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	items := []Value{c.arg(1)}
	if v := c.arg(1); v.kind == List {
		items = v.items()
		if len(items) == 2 && items[0].kind == Text && items[1].isNumber() {
			items = []Value{v}
		}
	}
	op := &sortOp{in: t, c: c}
	var texts []string
	for _, it := range items {
		name, desc := it, false
		if p := it.items(); it.kind == List && len(p) == 2 {
			name, desc = p[0], p[1].n == 1
		}
		if name.kind != Text {
			return Value{}, c.errorf(1, inlay.Unsupported, "sorting by %s is not supported; give names of columns", name.describe())
		}
		i := t.find(name.s)
		if i < 0 {
			return Value{}, c.missing(1, t, name.s)
		}
		op.at, op.desc = append(op.at, i), append(op.desc, desc)
		texts = append(texts, "["+name.s+"]"+map[bool]string{true: " descending"}[desc])
	}
	op.text = "sort " + strings.Join(texts, ", ")
	return tableOf(&table{cols: t.cols, op: op}), nil
}

func (s *sortOp) open(rt *runtime) (iterator, error) {
	in, err := s.in.op.open(rt)
	if err != nil {
		return nil, err
	}
	defer in.close()
	var rows [][]Value
	held := 0
	for {
		row, err := in.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, v := range row {
			held += 48 + len(v.s)
		}
		if held > maxHeld {
			return nil, s.c.errorf(0, inlay.Limit, "the table is too large to be sorted here")
		}
		if len(rows)&1023 == 0 && rt.ev.ctx.Err() != nil {
			return nil, rt.ev.ctx.Err()
		}
		rows = append(rows, append([]Value(nil), row...))
	}
	var bad error
	sort.SliceStable(rows, func(a, b int) bool {
		for j, i := range s.at {
			order, err := s.order(rows[a][i], rows[b][i])
			if err != nil {
				bad = err
			}
			if order != 0 {
				return (order < 0) != s.desc[j]
			}
		}
		return false
	})
	rt.file, rt.row = "", 0
	return &sorted{rows: rows}, bad
}

// order puts null before everything, as Power Query does.
func (s *sortOp) order(a, b Value) (int, error) {
	switch {
	case a.kind == Failed || b.kind == Failed:
		e := a.Err()
		if e == nil {
			e = b.Err()
		}
		return 0, s.c.raise(1, "%s", e.Error())
	case a.kind == Null || b.kind == Null:
		return sign(int64(min(a.kind, 1)), int64(min(b.kind, 1))), nil
	}
	n, ok := compare(a, b)
	if !ok {
		return 0, s.c.raise(1, "%s and %s have no order", a.describe(), b.describe())
	}
	return n, nil
}

type sorted struct {
	rows [][]Value
	i    int
}

func (s *sorted) next() ([]Value, error) {
	if s.i >= len(s.rows) {
		return nil, io.EOF
	}
	s.i++
	return s.rows[s.i-1], nil
}

func (s *sorted) close() {}

// distinct is Table.Distinct: the first of equal rows stays. It remembers 128 random bits of
// hash for each row, so two different rows are taken for equal with odds that can be ignored.
func distinct(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	at := make([]int, len(t.cols))
	for i := range at {
		at[i] = i
	}
	label := "distinct"
	if c.has(1) {
		if at, err = c.columns(1, t); err != nil {
			return Value{}, err
		}
		var by []string
		for _, i := range at {
			by = append(by, t.cols[i].Name)
		}
		label += " by " + strings.Join(quoteAll(by), ", ")
	}
	return tableOf(&table{cols: t.cols, op: &step{in: t, text: label,
		make: func(*runtime) (func([]Value) ([]Value, error), error) {
			seen := map[[2]uint64]struct{}{}
			one, two := maphash.MakeSeed(), maphash.MakeSeed()
			var key []byte
			return func(row []Value) ([]Value, error) {
				key = key[:0]
				for _, i := range at {
					if row[i].kind == Failed {
						return nil, c.raise(1, "%s", row[i].Err().Error())
					}
					key = appendKey(key, row[i])
				}
				h := [2]uint64{maphash.Bytes(one, key), maphash.Bytes(two, key)}
				if _, ok := seen[h]; ok {
					return nil, nil
				}
				if len(seen) >= maxHeld/48 {
					return nil, c.errorf(0, inlay.Limit, "the table has too many different rows")
				}
				seen[h] = struct{}{}
				return row, nil
			}, nil
		}}}), nil
}

// appendKey writes a value so that equal values, and only they, are written alike.
func appendKey(b []byte, v Value) []byte {
	if v.isNumber() {
		if n, ok := v.whole(); ok {
			v = integer(n)
		} else {
			v = number(v.float())
		}
	}
	n := v.n
	if v.kind == Zoned {
		n = v.instant()
	}
	b = append(b, byte(v.kind))
	b = binary.LittleEndian.AppendUint64(b, uint64(n))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(v.s)))
	return append(b, v.s...)
}
