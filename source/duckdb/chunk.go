package duckdb

import (
	"database/sql/driver"
	"io"
	"math/big"
	"reflect"
	"time"
	"unsafe"

	mapping "github.com/duckdb/duckdb-go-bindings"
	duck "github.com/duckdb/duckdb-go/v2"

	"inlay/dax"
)

// chunks reads a result by what the engine holds it in: chunks of columns. The driver gives each
// value in a box of its own.
type chunks struct {
	res   *mapping.Result // inside the driver's rows
	cols  []chunkColumn
	chunk mapping.DataChunk
	n, at int // rows of the chunk, and how many of them were read
}

// chunkColumn is a column of a result.
type chunkColumn struct {
	read  func(data unsafe.Pointer, i int) (dax.Value, error)
	data  unsafe.Pointer // of the chunk
	there unsafe.Pointer // its mask; nil if no value is missing
}

// openChunks reads a result that the driver has. It is nil for one with a column of a type that
// the driver alone reads.
func openChunks(r driver.Rows, types []dax.Type) (*chunks, error) {
	v := reflect.ValueOf(r)
	names, ok := r.(driver.RowsColumnTypeDatabaseTypeName)
	if !ok || v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil, errDriver
	}
	f := v.Elem().FieldByName("res")
	if !f.IsValid() || f.Type() != reflect.TypeFor[mapping.Result]() {
		return nil, errDriver
	}
	c := &chunks{res: (*mapping.Result)(f.Addr().UnsafePointer()), cols: make([]chunkColumn, len(types))}
	for i, t := range types {
		if c.cols[i].read = reader(names.ColumnTypeDatabaseTypeName(i), t); c.cols[i].read == nil {
			return nil, nil
		}
	}
	return c, nil
}

// next reads a row into dst; io.EOF is the end. at is the column of another error.
func (c *chunks) next(dst []dax.Value) (at int, err error) {
	for c.at == c.n {
		c.close()
		if c.chunk = mapping.FetchChunk(*c.res); c.chunk.Ptr == nil {
			return 0, io.EOF
		}
		c.n, c.at = int(mapping.DataChunkGetSize(c.chunk)), 0
		for i := range c.cols {
			vec := mapping.DataChunkGetVector(c.chunk, mapping.IdxT(i))
			c.cols[i].data, c.cols[i].there = mapping.VectorGetData(vec), mapping.VectorGetValidity(vec)
		}
	}
	for i := range c.cols {
		col := &c.cols[i]
		if col.there != nil && *cell[uint64](col.there, c.at>>6)>>(c.at&63)&1 == 0 {
			dst[i] = dax.Value{}
			continue
		}
		if dst[i], err = col.read(col.data, c.at); err != nil {
			return i, err
		}
	}
	c.at++
	return 0, nil
}

// close lets go of the chunk.
func (c *chunks) close() {
	mapping.DestroyDataChunk(&c.chunk)
	c.n, c.at = 0, 0
}

// cell is value i of a vector of the engine.
func cell[T any](p unsafe.Pointer, i int) *T {
	var one T
	return (*T)(unsafe.Add(p, uintptr(i)*unsafe.Sizeof(one)))
}

// huge is a whole number of 128 bits as the engine has it.
type huge struct {
	low  uint64
	high int64
}

func (h huge) short() (int64, bool) { return int64(h.low), h.high == int64(h.low)>>63 }

func (h huge) big() *big.Int {
	n := new(big.Int).Lsh(big.NewInt(h.high), 64)
	return n.Add(n, new(big.Int).SetUint64(h.low))
}

// reader reads values of one of the engine's types into the promised one, as value does; nil for
// types that no column of ours has.
func reader(name string, t dax.Type) func(data unsafe.Pointer, i int) (dax.Value, error) {
	switch name {
	case "BOOLEAN":
		return func(p unsafe.Pointer, i int) (dax.Value, error) { return value(*cell[bool](p, i), t) }
	case "INTEGER":
		return func(p unsafe.Pointer, i int) (dax.Value, error) { return value(*cell[int32](p, i), t) }
	case "BIGINT":
		return func(p unsafe.Pointer, i int) (dax.Value, error) {
			if t == dax.Int64 {
				return dax.IntOf(*cell[int64](p, i)), nil
			}
			return value(*cell[int64](p, i), t)
		}
	case "HUGEINT":
		return func(p unsafe.Pointer, i int) (dax.Value, error) {
			h := cell[huge](p, i)
			if n, ok := h.short(); ok && t == dax.Int64 {
				return dax.IntOf(n), nil
			}
			return value(h.big(), t)
		}
	case "DOUBLE":
		return func(p unsafe.Pointer, i int) (dax.Value, error) {
			if t == dax.Double {
				return dax.FloatOf(*cell[float64](p, i)), nil
			}
			return value(*cell[float64](p, i), t)
		}
	case "TIMESTAMP":
		return func(p unsafe.Pointer, i int) (dax.Value, error) {
			when := time.UnixMicro(*cell[int64](p, i)).UTC()
			if t == dax.DateTime {
				return dax.TimeOf(when), nil
			}
			return value(when, t)
		}
	case "VARCHAR":
		return func(p unsafe.Pointer, i int) (dax.Value, error) {
			text := string(cell[engineText](p, i).bytes())
			if t == dax.String {
				return dax.TextOf(text), nil
			}
			return value(text, t)
		}
	}
	if kind, width, scale := kindOf(name); kind == "decimal" && width > 0 {
		return decimalReader(width, scale, t)
	}
	return nil
}

// decimalReader reads fixed decimals, which are stored by the number of their digits.
func decimalReader(width, scale int, t dax.Type) func(data unsafe.Pointer, i int) (dax.Value, error) {
	whole := func(p unsafe.Pointer, i int) (n int64, ok bool) {
		switch {
		case width <= 4:
			return int64(*cell[int16](p, i)), true
		case width <= 9:
			return int64(*cell[int32](p, i)), true
		case width <= 18:
			return *cell[int64](p, i), true
		}
		return cell[huge](p, i).short()
	}
	return func(p unsafe.Pointer, i int) (dax.Value, error) {
		n, ok := whole(p, i)
		if ok && t == dax.Decimal && scale == 4 {
			return dax.DecimalOf(n), nil
		}
		d := duck.Decimal{Width: uint8(width), Scale: uint8(scale), Value: big.NewInt(n)}
		if !ok {
			d.Value = cell[huge](p, i).big()
		}
		return value(d, t)
	}
}
