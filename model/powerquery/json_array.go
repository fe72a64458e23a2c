package powerquery

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"inlay"
)

// longArray is from how many bytes an array of JSON stays text: a million small records take a
// tenth of the memory that they would take as values. A table that is made of it reads them one by
// one; whatever else needs the list takes it apart as a whole.
const longArray = 1 << 20

// jsonArray is a list that is still text: what a loose value holds in the place of its items. The
// text was read once and is JSON.
type jsonArray struct {
	raw []byte // with its brackets
	c   *call  // of Json.Document
	all []Value
}

// whole takes apart a list that is still text: what loose gives and eval does not.
func (ev *evaluator) whole(v Value) (Value, error) {
	a, ok := v.ref.(*jsonArray)
	if !ok || v.kind != List {
		return v, nil
	}
	items, err := a.items()
	if err != nil {
		return Value{}, err
	}
	return list(items), nil
}

// items takes the array apart.
func (a *jsonArray) items() ([]Value, error) {
	if a.all != nil {
		return a.all, nil
	}
	r := newJSONReader(a.raw)
	v, err := r.value(1)
	if err != nil {
		return nil, a.c.notJSON(err)
	}
	if len(v.items()) > maxList {
		return nil, a.c.errorf(0, inlay.Limit, "the list grows beyond a million items; make a table of it with Table.FromRecords or Table.FromList, which reads them one by one")
	}
	a.all = v.items()
	return a.all, nil
}

// first is the first item, null where there is none.
func (a *jsonArray) first() (Value, error) {
	in := &arrayIter{a: a}
	v, err := in.item()
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return v, err
}

// arrayOp makes rows of the items of a long array.
type arrayOp struct {
	a    *jsonArray
	text string
	each func(n int64, item Value, row []Value) error
	cols []Column
}

func (o *arrayOp) inputs() []*table { return nil }
func (o *arrayOp) explain() string {
	return fmt.Sprintf("%s (%d MB of JSON)", o.text, len(o.a.raw)>>20)
}

func (o *arrayOp) open(rt *runtime) (iterator, error) {
	return &arrayIter{a: o.a, op: o, rt: rt, row: make([]Value, len(o.cols))}, nil
}

// arrayIter reads an array item by item.
type arrayIter struct {
	a   *jsonArray
	in  *jsonReader
	op  *arrayOp
	rt  *runtime
	n   int64
	row []Value
}

// item is the next item; io.EOF ends them.
func (it *arrayIter) item() (Value, error) {
	if it.in == nil {
		it.in = newJSONReader(it.a.raw)
		if _, err := it.in.dec.ReadToken(); err != nil {
			return Value{}, it.a.c.notJSON(err)
		}
	}
	if it.in.dec.PeekKind() == ']' {
		return Value{}, io.EOF
	}
	it.in.n = 0 // the bound is on what is held at once
	v, err := it.in.value(2)
	if err != nil {
		return v, it.a.c.notJSON(err)
	}
	return v, nil
}

func (it *arrayIter) next() ([]Value, error) {
	v, err := it.item()
	if err != nil {
		return nil, err
	}
	it.n++
	if it.rt.file, it.rt.row = "", it.n; it.n&1023 == 0 && it.rt.ev.ctx.Err() != nil {
		return nil, it.rt.ev.ctx.Err()
	}
	if err := it.op.each(it.n, v, it.row); err != nil {
		return nil, err
	}
	return it.row, nil
}

func (it *arrayIter) close() {}

// longList is the first argument, if it is a long array of JSON.
func (c *call) longList() *jsonArray {
	a, _ := c.arg(0).ref.(*jsonArray)
	if c.arg(0).kind != List {
		return nil
	}
	return a
}

// rowsOf is a table of the records of a long array, as recordRows makes it of others.
func (c *call) rowsOf(a *jsonArray) (Value, error) {
	cols, err := c.columnsFrom(1, 0)
	if err != nil {
		return Value{}, err
	}
	if !c.has(1) {
		v, err := a.first()
		if err != nil {
			return Value{}, err
		}
		if r := v.record(); r != nil {
			for _, n := range r.head.names {
				cols = append(cols, Column{Name: n, Type: anyType})
			}
		}
	}
	each := func(n int64, item Value, row []Value) error { return c.recordRow(n, item, cols, row) }
	return tableOf(&table{cols: cols, op: &arrayOp{a: a, text: "records", each: each, cols: cols}}), nil
}

// columnOf is a table with the items of a long array in its only column.
func (c *call) columnOf(a *jsonArray) (Value, error) {
	cols, err := c.columnsFrom(2, 1)
	if err != nil {
		return Value{}, err
	}
	rest := c.arg(3)
	each := func(_ int64, item Value, row []Value) error {
		for i := range row {
			row[i] = rest
		}
		row[0] = item
		return nil
	}
	return tableOf(&table{cols: cols, op: &arrayOp{a: a, text: "list", each: each, cols: cols}}), nil
}

// notJSON is the error of a text that is none, or of one that holds too much.
func (c *call) notJSON(err error) error {
	if errors.Is(err, errManyValues) {
		return c.errorf(0, inlay.Limit, "the data hold %s", err)
	}
	return c.raise(0, "the data are not JSON: %s", err)
}

func newJSONReader(raw []byte) *jsonReader {
	return &jsonReader{raw: raw, dec: jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
}
