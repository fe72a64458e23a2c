package powerquery

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
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
	keys []sortKey
	text string
}

// sortKey is a column or a function of the row.
type sortKey struct {
	at   int // column, -1 for a function
	desc bool
	of   func(row []Value) (Value, error)
	by   ordering // of what of gives; zero where that is null first, then as <
}

func (s *sortOp) inputs() []*table { return []*table{s.in} }
func (s *sortOp) explain() string  { return s.text }

// sortRows is Table.Sort by columns, functions of the row, or pairs of such and an order.
func sortRows(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	items := []Value{c.arg(1)}
	if v := c.arg(1); v.kind == List {
		items = v.items()
		if len(items) == 2 && items[0].kind != List && items[1].isNumber() {
			items = []Value{v}
		}
	}
	op := &sortOp{in: t, c: c}
	var texts []string
	for _, it := range items {
		k, err := c.sortKey(it, t)
		if err != nil {
			return Value{}, err
		}
		op.keys = append(op.keys, k)
		name := "a function"
		if k.at >= 0 {
			name = "[" + t.cols[k.at].Name + "]"
		}
		texts = append(texts, name+map[bool]string{true: " descending"}[k.desc])
	}
	op.text = "sort " + strings.Join(texts, ", ")
	return tableOf(&table{cols: t.cols, op: op}), nil
}

// sortKey reads one criterion: a name, a function, or a list of one of these and an order.
func (c *call) sortKey(it Value, t *table) (sortKey, error) {
	k := sortKey{at: -1}
	if p := it.items(); it.kind == List && len(p) == 2 {
		it, k.desc = p[0], p[1].n == 1
	} else if it.kind == List && len(p) == 1 {
		it = p[0]
	}
	switch f, _ := it.ref.(*closure); {
	case it.kind == Text:
		if k.at = t.find(it.s); k.at < 0 {
			return k, c.missing(1, t, it.s)
		}
		k.of = func(row []Value) (Value, error) { return row[k.at], nil }
		return k, nil
	case it.kind == Function && (f == nil || len(f.fn.Params) == 1):
		k.of = c.rowFunc(it, t)
		return k, nil
	case it.kind == Function && len(f.fn.Params) == 2: // a comparer of rows
		k.by = c.ordering(it)
		k.of = func(row []Value) (Value, error) { return recordOf(t.names(), append([]Value(nil), row...)), nil }
		return k, nil
	}
	return k, c.errorf(1, inlay.Unsupported, "sorting by %s is not supported; give names of columns or functions of the row", it.describe())
}

func (s *sortOp) open(rt *runtime) (iterator, error) {
	rows, err := s.in.hold(rt)
	if err != nil {
		return nil, s.c.inStep(err)
	}
	keyed := make([]struct{ row, keys []Value }, len(rows))
	for i, row := range rows {
		keyed[i].row = row
		if keyed[i].keys, err = s.keysOf(row); err != nil {
			return nil, err
		}
	}
	var bad error
	sort.SliceStable(keyed, func(a, b int) bool {
		if bad != nil {
			return false
		}
		n, err := s.before(keyed[a].keys, keyed[b].keys)
		if err != nil {
			bad = err
		}
		return n < 0
	})
	out := make([][]Value, len(rows))
	for i := range keyed {
		out[i] = keyed[i].row
	}
	return &rowsIter{rt: rt, rows: out}, bad
}

func (s *sortOp) keysOf(row []Value) ([]Value, error) {
	keys := make([]Value, len(s.keys))
	for j, k := range s.keys {
		var err error
		if keys[j], err = k.of(row); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// before orders the keys of two rows: negative where a stands before b. No keys stand before all.
func (s *sortOp) before(a, b []Value) (int, error) {
	if a == nil {
		return -1, nil
	}
	for j, k := range s.keys {
		var n int
		var err error
		if k.by.c != nil {
			n, err = k.by.compare(a[j], b[j])
		} else {
			n, err = s.order(a[j], b[j])
		}
		if err != nil || n != 0 {
			return n * (1 - 2*boolTo(k.desc)), err
		}
	}
	return 0, nil
}

// order puts null before everything, as Power Query does.
func (s *sortOp) order(a, b Value) (int, error) {
	switch {
	case a.kind == Failed || b.kind == Failed:
		e := a.Err()
		if e == nil {
			e = b.Err()
		}
		return 0, s.c.raiseCell(1, e)
	case a.kind == Null || b.kind == Null:
		return sign(int64(min(a.kind, 1)), int64(min(b.kind, 1))), nil
	}
	n, ok := compare(a, b)
	if !ok {
		return 0, s.c.raise(1, "%s and %s have no order", a.describe(), b.describe())
	}
	return n, nil
}

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
	var fold []bool
	if c.has(1) {
		if at, fold, err = c.criteria(t); err != nil {
			return Value{}, err
		}
		var by []string
		for _, i := range at {
			by = append(by, t.cols[i].Name)
		}
		label += " by " + strings.Join(quoteAll(by), ", ")
	}
	return tableOf(&table{cols: t.cols, op: &distinctOp{at: at, all: !c.has(1), step: &step{in: t, text: label,
		make: func(*runtime) (func([]Value) ([]Value, error), error) {
			seen := map[[2]uint64]struct{}{}
			one, two := maphash.MakeSeed(), maphash.MakeSeed()
			var key []byte
			return func(row []Value) ([]Value, error) {
				key = key[:0]
				for j, i := range at {
					if row[i].kind == Failed {
						return nil, c.raiseCell(1, row[i].Err())
					}
					v, err := c.ev.settle(row[i])
					if err != nil {
						return nil, err
					}
					if fold != nil && fold[j] {
						v.s = upper(v.s)
					}
					key = appendKey(key, v)
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
		}}}}), nil
}

// distinctOp is Table.Distinct, of whose rows the first of equal ones stays.
type distinctOp struct {
	*step
	at  []int
	all bool
}

// criteria reads the columns of Table.Distinct: names, or pairs of a name and a comparer.
func (c *call) criteria(t *table) (at []int, fold []bool, err error) {
	items := []Value{c.arg(1)}
	if v := c.arg(1); v.kind == List {
		items = v.items()
		if len(items) == 2 && items[1].kind == Function {
			items = []Value{v}
		}
	}
	for _, it := range items {
		ignore := false
		if p := it.items(); it.kind == List && len(p) == 2 {
			sub := *c
			sub.args = p
			if ignore, err = sub.foldCase(1); err != nil {
				return nil, nil, err
			}
			it = p[0]
		}
		i := t.find(it.s)
		if it.kind != Text || i < 0 {
			return nil, nil, c.missing(1, t, it.s)
		}
		at, fold = append(at, i), append(fold, ignore)
	}
	return at, fold, nil
}

// byName gives positions in the order of names.
func byName(names []string) []int {
	at := make([]int, len(names))
	for i := range at {
		at[i] = i
	}
	sort.Slice(at, func(a, b int) bool { return names[at[a]] < names[at[b]] })
	return at
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
	switch v.kind {
	case List:
		b = binary.LittleEndian.AppendUint64(append(b, byte(List)), uint64(len(v.items())))
		for _, it := range v.items() {
			b = appendKey(b, it)
		}
		return b
	case RecordOf:
		r := v.record()
		b = binary.LittleEndian.AppendUint64(append(b, byte(RecordOf)), uint64(len(r.vals)))
		for _, i := range byName(r.head.names) {
			b = appendKey(appendKey(b, text(r.head.names[i])), r.vals[i])
		}
		return b
	case Binary:
		data, _ := v.ref.([]byte)
		v.s = string(data)
	case TableOf, Function, TypeOf: // equal to itself alone
		v.s = fmt.Sprintf("%p", v.ref)
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
