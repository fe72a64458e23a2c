package rest

import (
	"bufio"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

var arrowContent = []string{"application/vnd.apache.arrow.stream"}

// A record batch is sent when it has so many rows or bytes of text; the documents let one have
// up to 100,000 rows.
const (
	arrowRows = 16_384
	arrowText = 2 << 20
)

// Types of execute-dax-queries-arrow/overview.md, "DAX to Arrow type mapping". Texts are a
// dictionary, which each batch has of its own. A DateTime has milliseconds, so that the
// microseconds that a value may have here are rounded.
var (
	arrowDecimal = &arrow.Decimal128Type{Precision: 19, Scale: 4}
	arrowTexts   = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	arrowVariant = arrow.DenseUnionOf([]arrow.Field{
		{Name: "int64", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "currency", Type: arrowDecimal, Nullable: true},
		{Name: "bool", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "date64", Type: arrow.FixedWidthTypes.Date64, Nullable: true},
		{Name: "float64", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "utf8", Type: arrow.BinaryTypes.String, Nullable: true},
	}, []arrow.UnionTypeCode{0, 1, 2, 3, 4, 5})
)

// variantCode is the member of the union that holds a type.
var variantCode = map[dax.Type]arrow.UnionTypeCode{dax.Int64: 0, dax.Decimal: 1, dax.Boolean: 2, dax.DateTime: 3, dax.Double: 4, dax.String: 5}

// arrowType is the type of a column. One of which nothing is known but that it is BLANK is a
// variant, as one with values of several types.
func arrowType(t dax.Type) arrow.DataType {
	switch t {
	case dax.Boolean:
		return arrow.FixedWidthTypes.Boolean
	case dax.Int64:
		return arrow.PrimitiveTypes.Int64
	case dax.Double:
		return arrow.PrimitiveTypes.Float64
	case dax.Decimal:
		return arrowDecimal
	case dax.DateTime:
		return arrow.FixedWidthTypes.Date64
	case dax.String:
		return arrowTexts
	}
	return arrowVariant
}

// arrowBody writes an answer: one stream of Arrow after another. Nothing is sent before the
// first batch of rows is full, so that an error before it still has an answer of its own.
type arrowBody struct {
	out     *bufio.Writer
	options []ipc.Option
}

// pieces sends what is written to it.
type pieces struct{ c *call }

// Write sends a piece.
func (p pieces) Write(b []byte) (int, error) {
	if !p.c.flush(b) {
		return 0, errGone
	}
	return len(b), nil
}

var errGone = &inlay.Error{Kind: inlay.Limit, Rule: ruleGone, Msg: "the client has gone"}

// newArrowBody begins an answer. Buffers are compressed with LZ4 frames, as the service does.
func newArrowBody(w io.Writer, compress bool) *arrowBody {
	b := &arrowBody{out: bufio.NewWriterSize(w, flushAt), options: []ipc.Option{ipc.WithAllocator(memory.DefaultAllocator)}}
	if compress {
		b.options = append(b.options, ipc.WithLZ4())
	}
	return b
}

// writeArrow sends the answers to a query, each as a stream of Arrow. Too many rows are an error,
// before any is sent.
func (c *call) writeArrow(answers []model.Answer, q daxBody) error {
	most := q.mostRows()
	for i, a := range answers {
		if q.SchemaOnly {
			continue
		}
		n, err := a.Count()
		if err != nil {
			return err
		}
		if n > most {
			return refuse(inlay.Limit, "", fmt.Sprintf("result %d of the query has %d rows, and resultSetRowCountLimit is %d", i+1, n, most),
				"ask for fewer rows, with TOPN or a filter, or set resultSetRowCountLimit in the request")
		}
	}
	c.w.Header()["Content-Type"] = arrowContent
	body := newArrowBody(pieces{c}, !q.SkipCompression)
	for _, a := range answers {
		if err := body.table(a, most, q.SchemaOnly); err != nil {
			return err
		}
	}
	return body.out.Flush()
}

// table writes an answer as a stream with at least one batch, so that a reader that waits for one
// learns of the columns.
func (b *arrowBody) table(a model.Answer, most int64, schemaOnly bool) error {
	fields := make([]arrow.Field, len(a.Columns))
	for i, c := range a.Columns {
		fields[i] = arrow.Field{Name: c.Name, Type: arrowType(c.Type), Nullable: true}
	}
	t := b.begin(arrow.NewSchema(fields, nil))
	defer t.build.Release()
	if !schemaOnly {
		for row, err := range a.Rows {
			if err != nil {
				return err
			}
			if t.sum++; t.sum > most { // there are more than were counted
				return inlay.Errorf(inlay.Limit, "the query has more than %d rows", most)
			}
			if err := t.row(row, a.Columns); err != nil {
				return err
			}
		}
	}
	return t.end()
}

// arrowTable is a stream that is being written.
type arrowTable struct {
	ipc   *ipc.Writer
	build *array.RecordBuilder
	n     int   // rows of the batch
	text  int   // bytes of them
	sum   int64 // rows of the stream
	sent  bool
}

func (b *arrowBody) begin(schema *arrow.Schema) *arrowTable {
	return &arrowTable{
		ipc:   ipc.NewWriter(b.out, append([]ipc.Option{ipc.WithSchema(schema)}, b.options...)...),
		build: array.NewRecordBuilder(memory.DefaultAllocator, schema),
	}
}

func (t *arrowTable) row(row []dax.Value, columns []model.ResultColumn) error {
	for i, v := range row {
		if err := appendArrow(t.build.Field(i), v); err != nil {
			return fmt.Errorf("column %s of type %d: %w", columns[i].Name, columns[i].Type, err)
		}
		t.text += len(v.Text())
	}
	if t.n++; t.n >= arrowRows || t.text >= arrowText {
		return t.batch()
	}
	return nil
}

// batch writes the rows that are gathered.
func (t *arrowTable) batch() error {
	rec := t.build.NewRecordBatch()
	defer rec.Release()
	for _, f := range t.build.Fields() {
		if d, ok := f.(*array.BinaryDictionaryBuilder); ok {
			d.ResetFull()
		}
	}
	t.n, t.text, t.sent = 0, 0, true
	return t.ipc.Write(rec)
}

func (t *arrowTable) end() error {
	if t.n > 0 || !t.sent {
		if err := t.batch(); err != nil {
			return err
		}
	}
	return t.ipc.Close()
}

// appendArrow adds a value to a column; numbers become those of the column's type where that
// changes nothing.
func appendArrow(b array.Builder, v dax.Value) error {
	if v.IsBlank() {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.DenseUnionBuilder:
		code, ok := variantCode[v.Type()]
		if !ok {
			return fmt.Errorf("a value of type %d", v.Type())
		}
		b.Append(code)
		return appendArrow(b.Child(int(code)), v)
	case *array.Float64Builder:
		if v.Type().IsNumeric() {
			b.Append(v.Float())
			return nil
		}
	case *array.Decimal128Builder:
		if v.Type() == dax.Decimal {
			b.Append(decimal128.FromI64(v.Int()))
			return nil
		}
		if n := v.Int(); v.Type() == dax.Int64 && n <= mostWhole && n >= -mostWhole {
			b.Append(decimal128.FromI64(n * 10_000))
			return nil
		}
	case *array.Int64Builder:
		if v.Type() == dax.Int64 {
			b.Append(v.Int())
			return nil
		}
	case *array.BooleanBuilder:
		if v.Type() == dax.Boolean {
			b.Append(v.Bool())
			return nil
		}
	case *array.Date64Builder:
		if v.Type() == dax.DateTime {
			b.Append(arrow.Date64(milliseconds(v.Time().UnixMicro())))
			return nil
		}
	case *array.BinaryDictionaryBuilder:
		if v.Type() == dax.String {
			return b.AppendString(v.Text())
		}
	case *array.StringBuilder:
		if v.Type() == dax.String {
			b.Append(v.Text())
			return nil
		}
	}
	return fmt.Errorf("a value of type %d does not fit", v.Type())
}

// mostWhole is the largest whole number that a fixed decimal of four digits holds.
const mostWhole = (1<<63 - 1) / 10_000

// milliseconds rounds microseconds, half of one up.
func milliseconds(micros int64) int64 {
	n := micros + 500
	if m := n % 1000; m < 0 {
		return n/1000 - 1
	}
	return n / 1000
}
