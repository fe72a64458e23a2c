package powerquery

import (
	"fmt"
	"io"
	"slices"

	"inlay"
)

// Kinds of join, as JoinKind numbers them.
const (
	joinInner = iota
	joinLeft
	joinRight
	joinFull
	joinLeftAnti
	joinRightAnti
	joinLeftSemi
	joinRightSemi
)

// joinOp joins two tables on equal keys. The right one is held, the left one streams.
type joinOp struct {
	c           *call
	left, right *table
	lkey, rkey  []int
	kind        int64
	keep        []int // columns of the right that are kept; nil for all
	nested      bool  // the matching rows of the right go as a table into one cell
}

func (j *joinOp) inputs() []*table { return []*table{j.left, j.right} }
func (j *joinOp) explain() string {
	names := []string{"inner", "left outer", "right outer", "full outer", "left anti", "right anti", "left semi", "right semi"}
	return fmt.Sprintf("join %s on %v = %v", names[j.kind], quoteAll(pick(j.left.names(), j.lkey)), quoteAll(pick(j.right.names(), j.rkey)))
}

func pick(list []string, at []int) []string {
	out := make([]string, len(at))
	for i, j := range at {
		out[i] = list[j]
	}
	return out
}

// nestedJoin is Table.NestedJoin(left, key, right, key, new column, kind).
func nestedJoin(c *call) (Value, error) {
	j, err := c.join(5)
	if err != nil {
		return Value{}, err
	}
	name, err := c.text(4)
	if err != nil {
		return Value{}, err
	}
	if j.left.find(name) >= 0 {
		return Value{}, c.raise(4, "there is a column %q already", name)
	}
	j.nested = true
	cols := append(append([]Column(nil), j.left.cols...), Column{Name: name, Type: Type{Name: "table", Fields: j.right.cols}})
	return tableOf(&table{cols: cols, op: j}), nil
}

// join2 is Table.Join(left, key, right, key, kind).
func join2(c *call) (Value, error) {
	j, err := c.join(4)
	if err != nil {
		return Value{}, err
	}
	// A key that has the same name on both sides appears once, where its values are the same.
	if j.kind == joinInner || j.kind == joinLeft {
		shared := map[string]bool{}
		for i, k := range j.rkey {
			shared[j.right.cols[k].Name] = j.right.cols[k].Name == j.left.cols[j.lkey[i]].Name
		}
		var keep []int
		for i, col := range j.right.cols {
			if !shared[col.Name] {
				keep = append(keep, i)
			}
		}
		if len(keep) < len(j.right.cols) {
			j.keep = keep
		}
	}
	cols := append([]Column(nil), j.left.cols...)
	for i, col := range j.right.cols {
		if j.keep == nil || slices.Contains(j.keep, i) {
			cols = append(cols, col)
		}
	}
	if n := doubled(cols); n != "" {
		return Value{}, c.raise(2, "both tables have a column %q; rename one", n)
	}
	return tableOf(&table{cols: cols, op: j}), nil
}

func (c *call) join(kindAt int) (*joinOp, error) {
	j := &joinOp{c: c, kind: joinLeft}
	if kindAt == 4 {
		j.kind = joinInner
	}
	if c.has(kindAt) {
		var err error
		if j.kind, err = c.whole(kindAt); err != nil || j.kind < 0 || j.kind > joinRightSemi {
			return nil, c.raise(kindAt, "%s is no kind of join", c.arg(kindAt).describe())
		}
	}
	for i := kindAt + 1; i < len(c.args); i++ {
		if c.has(i) && (kindAt == 5 || i > kindAt+1) { // the join algorithm of Table.Join is a hint
			return nil, c.errorf(i, inlay.Unsupported, "comparers of keys are not supported")
		}
	}
	var err error
	if j.left, err = c.table(); err != nil {
		return nil, err
	}
	if j.right = c.arg(2).tableRef(); j.right == nil {
		return nil, c.raise(2, "expected a table, not %s", c.arg(2).describe())
	}
	if j.lkey, err = c.columns(1, j.left); err != nil {
		return nil, err
	}
	if j.rkey, err = c.columns(3, j.right); err != nil {
		return nil, err
	}
	if len(j.lkey) != len(j.rkey) {
		return nil, c.raise(3, "the keys have %d and %d columns", len(j.lkey), len(j.rkey))
	}
	return j, nil
}

func (j *joinOp) open(rt *runtime) (iterator, error) {
	rows, err := j.right.hold(rt)
	if err != nil {
		return nil, j.c.inStep(err)
	}
	it := &joinIter{op: j, rt: rt, rows: rows, index: map[string][]int{}, matched: make([]bool, len(rows))}
	for i, row := range rows {
		if it.key, err = rt.ev.keyOf(it.key[:0], row, j.rkey, false); err != nil {
			return nil, err
		}
		if _, ok := it.index[string(it.key)]; !ok {
			it.order = append(it.order, string(it.key))
		}
		it.index[string(it.key)] = append(it.index[string(it.key)], i)
	}
	it.in, err = j.left.open(rt)
	return it, err
}

type joinIter struct {
	op      *joinOp
	rt      *runtime
	in      iterator
	rows    [][]Value
	index   map[string][]int
	order   []string // keys of the right, as they appear
	matched []bool
	key     []byte
	out     [][]Value
	i       int
	ended   bool
}

func (it *joinIter) close() { it.in.close() }

func (it *joinIter) next() ([]Value, error) {
	for it.i >= len(it.out) {
		it.out, it.i = it.out[:0], 0
		if it.ended {
			return nil, io.EOF
		}
		row, err := it.in.next()
		if err == io.EOF {
			it.ended = true
			it.rest()
			continue
		}
		if err != nil {
			return nil, err
		}
		if it.key, err = it.rt.ev.keyOf(it.key[:0], row, it.op.lkey, false); err != nil {
			return nil, err
		}
		it.join(row, it.index[string(it.key)])
	}
	it.i++
	return it.out[it.i-1], nil
}

// join puts out what one row of the left gives.
func (it *joinIter) join(row []Value, found []int) {
	for _, i := range found {
		it.matched[i] = true
	}
	k := it.op.kind
	switch {
	case k == joinRightAnti || k == joinRightSemi,
		len(found) == 0 && (k == joinInner || k == joinRight || k == joinLeftSemi),
		len(found) > 0 && k == joinLeftAnti:
		return
	case k == joinLeftSemi || k == joinLeftAnti:
		it.put(row, found[:min(1, len(found))])
	default:
		it.put(row, found)
	}
}

// rest puts out the rows of the right that the kind of join asks for by themselves.
func (it *joinIter) rest() {
	k := it.op.kind
	if k != joinRight && k != joinFull && k != joinRightAnti && k != joinRightSemi {
		return
	}
	blank := make([]Value, len(it.op.left.cols))
	for _, key := range it.order {
		found := it.index[key]
		if it.matched[found[0]] == (k == joinRightSemi) {
			it.put(blank, found)
		}
	}
}

func (it *joinIter) put(row []Value, found []int) {
	if it.op.nested {
		held := make([][]Value, len(found))
		for i, j := range found {
			held[i] = it.rows[j]
		}
		it.out = append(it.out, append(append(make([]Value, 0, len(row)+1), row...), heldTable(it.op.right.cols, held)))
		return
	}
	if len(found) == 0 {
		it.out = append(it.out, append(append([]Value(nil), row...), it.op.kept(make([]Value, len(it.op.right.cols)))...))
	}
	for _, j := range found {
		it.out = append(it.out, append(append([]Value(nil), row...), it.op.kept(it.rows[j])...))
	}
}

func (j *joinOp) kept(row []Value) []Value {
	if j.keep == nil {
		return row
	}
	out := make([]Value, len(j.keep))
	for i, k := range j.keep {
		out[i] = row[k]
	}
	return out
}
