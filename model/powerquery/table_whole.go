package powerquery

import (
	"io"

	"inlay"
)

// wholeOp is a step that needs all rows of its first input before it gives one.
type wholeOp struct {
	in   []*table
	text string
	make func(rt *runtime, rows [][]Value) ([][]Value, error)
}

func (w *wholeOp) inputs() []*table { return w.in }
func (w *wholeOp) explain() string  { return w.text }

func (w *wholeOp) open(rt *runtime) (iterator, error) {
	rows, err := w.in[0].hold(rt)
	if err != nil {
		return nil, err
	}
	if rows, err = w.make(rt, rows); err != nil {
		return nil, err
	}
	return &rowsIter{rt: rt, rows: rows}, nil
}

// hold reads all rows into memory, within the limit.
func (t *table) hold(rt *runtime) ([][]Value, error) {
	if r, ok := t.op.(*rowsOp); ok && r.settled {
		return r.rows, nil
	}
	it, err := t.open(rt)
	if err != nil {
		return nil, err
	}
	defer it.close()
	var rows [][]Value
	held := int64(0)
	for {
		row, err := it.next()
		if err == io.EOF {
			rt.file, rt.row = "", 0
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		for _, v := range row {
			held += weigh(v)
		}
		if held > maxHeld {
			return nil, &Error{Kind: inlay.Limit, Step: rt.ev.step, Msg: "a step needs all rows of a table at once, and the table is larger than 512 MB",
				Remedy: "filter rows or choose columns before it"}
		}
		if len(rows)&1023 == 0 && rt.ev.ctx.Err() != nil {
			return nil, rt.ev.ctx.Err()
		}
		rows = append(rows, append([]Value(nil), row...))
	}
}

func (ev *evaluator) hold(t *table) ([][]Value, error) { return t.hold(&runtime{ev: ev}) }

// heldTable is a table of rows that are at hand and belong to nobody else.
func heldTable(cols []Column, rows [][]Value) Value {
	return tableOf(&table{cols: cols, op: &rowsOp{rows: rows, text: "rows", settled: true}})
}

// flatOp gives several rows for one, or none.
type flatOp struct {
	in   *table
	text string
	make func(rt *runtime) func(row []Value, put func([]Value) error) error
}

func (f *flatOp) inputs() []*table { return []*table{f.in} }
func (f *flatOp) explain() string  { return f.text }

func (f *flatOp) open(rt *runtime) (iterator, error) {
	in, err := f.in.open(rt)
	if err != nil {
		return nil, err
	}
	return &flatIter{in: in, each: f.make(rt)}, nil
}

type flatIter struct {
	in   iterator
	each func(row []Value, put func([]Value) error) error
	out  [][]Value
	i    int
}

// maxFan bounds how many rows one row may become.
const maxFan = 5_000_000

func (f *flatIter) next() ([]Value, error) {
	for f.i >= len(f.out) {
		row, err := f.in.next()
		if err != nil {
			return nil, err
		}
		f.out, f.i = f.out[:0], 0
		err = f.each(row, func(r []Value) error {
			if len(f.out) >= maxFan {
				return &Error{Kind: inlay.Limit, Msg: "one row becomes more than 5 million rows"}
			}
			f.out = append(f.out, r)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	f.i++
	return f.out[f.i-1], nil
}

func (f *flatIter) close() { f.in.close() }

// structured tells a value that holds others, or code, and so may keep hold of a row.
func (v Value) structured() bool { return v.kind >= List && v.kind <= Function || v.kind == lazy }

// keyOf writes values so that equal ones are written alike; fold puts texts in upper case.
func (ev *evaluator) keyOf(b []byte, row []Value, at []int, fold bool) ([]byte, error) {
	for _, i := range at {
		v, err := ev.settle(row[i])
		if err != nil {
			return nil, err
		}
		if fold && v.kind == Text {
			v.s = upper(v.s)
		}
		b = appendKey(b, v)
	}
	return b, nil
}

// foldCase reads a comparer at argument i: whether it ignores case.
func (c *call) foldCase(i int) (bool, error) {
	if !c.has(i) {
		return false, nil
	}
	a, _, err := c.compared(i, "a", "b")
	return a == "A", err
}
