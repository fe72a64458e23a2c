package duckdb

import (
	"encoding/binary"
	"errors"
	"reflect"
	"unsafe"

	mapping "github.com/duckdb/duckdb-go-bindings"
	duck "github.com/duckdb/duckdb-go/v2"

	"inlay/dax"
)

// Rows enter and leave the engine by columns: a vector of the engine is copied as a whole. The
// driver moves values one by one and keeps its handles to itself, so they are read off it. A
// driver that is made otherwise is an error here, and fails every test.

var errDriver = errors.New("the driver of the data engine is not made as this program expects")

// handle is the pointer that a field of a driver's struct holds.
func handle(v reflect.Value, field string) (unsafe.Pointer, error) {
	f := v.FieldByName(field)
	if f.Kind() != reflect.Struct {
		return nil, errDriver
	}
	p := f.FieldByName("Ptr")
	if p.Kind() != reflect.UnsafePointer || p.UnsafePointer() == nil {
		return nil, errDriver
	}
	return p.UnsafePointer(), nil
}

// connection is the engine's own handle of a connection.
func connection(c any) (mapping.Connection, error) {
	conn, ok := c.(*duck.Conn)
	if !ok {
		return mapping.Connection{}, errDriver
	}
	p, err := handle(reflect.ValueOf(conn).Elem(), "conn")
	return mapping.Connection{Ptr: p}, err
}

// target is a chunk of the engine that a statement wants filled, and where in it a column goes:
// a statement takes only the columns that it needs, in any order.
type target struct {
	chunk mapping.DataChunk
	to    []int // by column; -1 is nowhere
}

func targetOf(chunk *duck.DataChunk, columns int) (target, error) {
	v := reflect.ValueOf(chunk).Elem()
	p, err := handle(v, "chunk")
	to := v.FieldByName("projection")
	if err != nil || to.Kind() != reflect.Slice || to.Type().Elem().Kind() != reflect.Int || to.Len() != columns {
		return target{}, errDriver
	}
	t := target{chunk: mapping.DataChunk{Ptr: p}, to: make([]int, columns)}
	for i := range t.to {
		t.to[i] = int(to.Index(i).Int())
	}
	return t, nil
}

// fill copies a batch into the chunk.
func (t target) fill(b *batch) error {
	have := int(mapping.DataChunkGetColumnCount(t.chunk))
	for i := range b.cols {
		switch at := t.to[i]; {
		case at >= have:
			return errDriver
		case at >= 0:
			if err := b.cols[i].fill(mapping.DataChunkGetVector(t.chunk, mapping.IdxT(at)), b.n); err != nil {
				return err
			}
		}
	}
	mapping.DataChunkSetSize(t.chunk, mapping.IdxT(b.n))
	return nil
}

// view is memory of the engine as n values.
func view[T any](p unsafe.Pointer, n int) []T { return unsafe.Slice((*T)(p), n) } //nolint:gosec // as long as the engine says

// fill copies n values into a vector of the column's type.
func (c *cells) fill(vec mapping.Vector, n int) error {
	mapping.VectorEnsureValidityWritable(vec)
	copy(view[uint64](mapping.VectorGetValidity(vec), (n+63)/64), c.There)
	data := mapping.VectorGetData(vec)
	switch c.Type {
	case dax.String:
		return c.fillText(vec, view[engineText](data, n))
	case dax.Double:
		copy(view[float64](data, n), c.Number)
	case dax.Boolean:
		copy(view[byte](data, n), c.Truth)
	default:
		copy(view[int64](data, n), c.Whole)
	}
	return nil
}

// engineText is a text in a vector: its length and, up to mostInline bytes, the text; longer
// ones have their first four bytes and where the text lies. A word that is not used is zero.
type engineText [16]byte

const mostInline = 12

func (t *engineText) len() int { return int(binary.NativeEndian.Uint32(t[:])) }

// lies is where the bytes of a long text are. The engine does not always align its texts to words.
func (t *engineText) lies() (p unsafe.Pointer) {
	copy((*[8]byte)(unsafe.Pointer(&p))[:], t[8:]) //nolint:gosec // as the engine has it
	return p
}

// bytes are those of the text, as long as the vector lives.
func (t *engineText) bytes() []byte {
	if n := t.len(); n > mostInline {
		return view[byte](t.lies(), n)
	}
	return t[4 : 4+t.len()]
}

// fillText gives the engine the text of all rows at once, to be kept with the vector, and each
// row its place in it.
func (c *cells) fillText(vec mapping.Vector, to []engineText) error {
	if len(to) == 0 {
		return nil
	}
	var base uintptr
	if len(c.Text) > mostInline {
		to[0] = engineText{}
		mapping.UnsafeVectorAssignStringElementLen(vec, 0, c.Text)
		if to[0].len() != len(c.Text) {
			return errors.New("the data engine does not take a text, which may not be valid UTF-8")
		}
		base = uintptr(to[0].lies())
	}
	at := 0
	for i := range to {
		s := c.Text[at:c.Ends[i]]
		t := &to[i]
		*t = engineText{}
		binary.NativeEndian.PutUint32(t[:], uint32(len(s)))
		if len(s) <= mostInline {
			copy(t[4:], s)
		} else {
			copy(t[4:8], s)
			binary.NativeEndian.PutUint64(t[8:], uint64(base)+uint64(at)) // not as a pointer, which Go would follow
		}
		at += len(s)
	}
	return nil
}

// take copies a chunk of the engine, whose columns have the types of the batch.
func (b *batch) take(chunk mapping.DataChunk) {
	b.clear()
	b.n = int(mapping.DataChunkGetSize(chunk))
	for i := range b.cols {
		b.cols[i].take(mapping.DataChunkGetVector(chunk, mapping.IdxT(i)), b.n)
	}
}

func (c *cells) take(vec mapping.Vector, n int) {
	if mask := mapping.VectorGetValidity(vec); mask != nil {
		copy(c.There, view[uint64](mask, (n+63)/64))
	} else {
		for i := range c.There {
			c.There[i] = ^uint64(0)
		}
	}
	data := mapping.VectorGetData(vec)
	switch c.Type {
	case dax.String:
		for i, t := range view[engineText](data, n) {
			if c.Has(i) { // what lies in the others may be anything
				c.Text = append(c.Text, t.bytes()...)
			}
			c.Ends[i] = uint32(len(c.Text))
		}
	case dax.Double:
		copy(c.Number, view[float64](data, n))
	case dax.Boolean:
		copy(c.Truth, view[byte](data, n))
	default:
		copy(c.Whole, view[int64](data, n))
	}
}
