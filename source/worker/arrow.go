package worker

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"inlay"
	"inlay/dax"
	"inlay/query"
)

// A batch of rows is sent when it has so many rows or bytes of text.
const (
	batchRows = 8192
	batchText = 1 << 20
)

// longestText is the longest text of a result; maxBatch what one batch may take in the server.
const (
	longestText = 16 << 20
	maxBatch    = 64 << 20
)

// schema is the Arrow schema of promised types. A fixed decimal travels as its units of
// 1/10,000, a value whose type is not known before as bytes that begin with its type.
func schema(types []dax.Type) (*arrow.Schema, error) {
	fields := make([]arrow.Field, len(types))
	for i, t := range types {
		f := arrow.Field{Name: "c" + strconv.Itoa(i+1), Nullable: true}
		switch t {
		case dax.Boolean:
			f.Type = arrow.FixedWidthTypes.Boolean
		case dax.Int64, dax.Decimal:
			f.Type = arrow.PrimitiveTypes.Int64
		case dax.Double:
			f.Type = arrow.PrimitiveTypes.Float64
		case dax.DateTime:
			f.Type = &arrow.TimestampType{Unit: arrow.Microsecond}
		case dax.String:
			f.Type = arrow.BinaryTypes.String
		case dax.Variant:
			f.Type = arrow.BinaryTypes.Binary
		default:
			return nil, fmt.Errorf("column %d is promised as type %d, which no column has", i+1, t)
		}
		fields[i] = f
	}
	return arrow.NewSchema(fields, nil), nil
}

// sender writes rows as a stream of Arrow.
type sender struct {
	types []dax.Type
	build *array.RecordBuilder
	out   *bufio.Writer
	ipc   *ipc.Writer
	rows  int
	text  int
}

func newSender(w io.Writer, types []dax.Type) (*sender, error) {
	sc, err := schema(types)
	if err != nil {
		return nil, err
	}
	s := &sender{types: types, build: array.NewRecordBuilder(memory.DefaultAllocator, sc), out: bufio.NewWriterSize(w, 64<<10)}
	s.ipc = ipc.NewWriter(s.out, ipc.WithSchema(sc), ipc.WithAllocator(memory.DefaultAllocator))
	return s, nil
}

// all sends rows to their end.
func (s *sender) all(rows query.Rows) error {
	defer s.build.Release()
	row := make([]dax.Value, len(s.types))
	for rows.Next(row) {
		for i, v := range row {
			if err := s.add(i, v); err != nil {
				return err
			}
		}
		if s.rows++; s.rows >= batchRows || s.text >= batchText {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := s.flush(); err != nil {
		return err
	}
	if err := s.ipc.Close(); err != nil {
		return err
	}
	return s.out.Flush()
}

func (s *sender) flush() error {
	if s.rows == 0 {
		return nil
	}
	rec := s.build.NewRecordBatch()
	defer rec.Release()
	s.rows, s.text = 0, 0
	if err := s.ipc.Write(rec); err != nil {
		return err
	}
	return s.out.Flush()
}

func (s *sender) add(i int, v dax.Value) error {
	n := len(v.Text())
	if n > longestText {
		return &inlay.Error{Kind: inlay.Limit, Msg: "a text of the result is longer than 16 MB", Remedy: "leave the column out"}
	}
	s.text += n
	b := s.build.Field(i)
	if v.IsBlank() {
		b.AppendNull()
		return nil
	}
	want := s.types[i]
	if v.Type() != want && want != dax.Variant {
		return fmt.Errorf("column %d has a value of type %d, promised was %d", i+1, v.Type(), want)
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(v.Bool())
	case *array.Int64Builder:
		b.Append(v.Int())
	case *array.Float64Builder:
		b.Append(v.Float())
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v.Time().UnixMicro()))
	case *array.StringBuilder:
		b.Append(v.Text())
	case *array.BinaryBuilder:
		b.Append(packed(v))
	}
	return nil
}

// packed is a value with its type.
func packed(v dax.Value) []byte {
	w := toWire([]dax.Value{v})[0]
	b := []byte{byte(w.Kind)}
	switch w.Kind {
	case dax.String:
		return append(b, w.S...)
	case dax.Double:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(w.F))
	}
	return binary.LittleEndian.AppendUint64(b, uint64(w.N))
}

func unpacked(b []byte) (dax.Value, error) {
	if len(b) == 0 {
		return dax.Value{}, errors.New("a value without a type")
	}
	w := wireValue{Kind: dax.Type(b[0])}
	switch {
	case w.Kind == dax.String:
		w.S = string(b[1:])
	case len(b) != 9:
		return dax.Value{}, errors.New("a value of the wrong length")
	case w.Kind == dax.Double:
		w.F = math.Float64frombits(binary.LittleEndian.Uint64(b[1:]))
	default:
		w.N = int64(binary.LittleEndian.Uint64(b[1:]))
	}
	v, err := fromWire([]wireValue{w})
	if err != nil {
		return dax.Value{}, err
	}
	return v[0], nil
}

// receiver reads rows from a stream of Arrow that a worker sends, which is not trusted to send
// what it should: the schema is compared, lengths are bounded, and a panic is an error.
type receiver struct {
	types []dax.Type
	ipc   *ipc.Reader
	batch arrow.RecordBatch
	at    int
	ended bool
}

func newReceiver(r io.Reader, types []dax.Type) (*receiver, error) {
	sc, err := schema(types)
	if err != nil {
		return nil, err
	}
	in, err := ipc.NewReader(r, ipc.WithSchema(sc), ipc.WithAllocator(bounded{memory.DefaultAllocator}))
	if err != nil {
		return nil, err
	}
	return &receiver{types: types, ipc: in}, nil
}

// next reads a row into dst, false at the end.
func (r *receiver) next(dst []dax.Value) (ok bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			ok, err = false, fmt.Errorf("the worker's answer is not valid: %v", p)
		}
	}()
	for r.batch == nil || r.at >= int(r.batch.NumRows()) {
		if r.ended || !r.ipc.Next() {
			r.ended = true
			return false, r.ipc.Err()
		}
		r.batch, r.at = r.ipc.RecordBatch(), 0
	}
	for i := range dst {
		if dst[i], err = cell(r.batch.Column(i), r.at, r.types[i]); err != nil {
			return false, err
		}
	}
	r.at++
	return true, nil
}

func cell(a arrow.Array, at int, t dax.Type) (dax.Value, error) {
	if a.IsNull(at) {
		return dax.Value{}, nil
	}
	switch a := a.(type) {
	case *array.Boolean:
		return dax.BoolOf(a.Value(at)), nil
	case *array.Int64:
		if t == dax.Decimal {
			return dax.DecimalOf(a.Value(at)), nil
		}
		return dax.IntOf(a.Value(at)), nil
	case *array.Float64:
		return dax.FloatOf(a.Value(at)), nil
	case *array.Timestamp:
		return dax.TimeOf(time.UnixMicro(int64(a.Value(at))).UTC()), nil
	case *array.String:
		return dax.TextOf(a.Value(at)), nil
	case *array.Binary:
		return unpacked(a.Value(at))
	}
	return dax.Value{}, fmt.Errorf("a column of type %s", a.DataType())
}

// bounded refuses allocations that no batch of ours needs.
type bounded struct{ memory.Allocator }

// Allocate refuses more than a batch may take.
func (b bounded) Allocate(size int) []byte {
	if size < 0 || size > maxBatch {
		panic(fmt.Sprintf("%d bytes at once, limit %d", size, maxBatch))
	}
	return b.Allocator.Allocate(size)
}

// Reallocate refuses more than a batch may take.
func (b bounded) Reallocate(size int, old []byte) []byte {
	if size < 0 || size > maxBatch {
		panic(fmt.Sprintf("%d bytes at once, limit %d", size, maxBatch))
	}
	return b.Allocator.Reallocate(size, old)
}
