package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// arrowType is the media type of an answer in Arrow.
const arrowType = "application/vnd.apache.arrow.stream"

// stream is a stream of Arrow as a story writes it.
type stream struct {
	Metadata map[string]string `json:"metadata"`
	Columns  map[string]string `json:"columns"` // type by name
	Rows     []map[string]any  `json:"rows"`
}

// arrowText is an answer in Arrow as JSON: {"streams": [{"metadata": …, "columns": …, "rows": …}]}.
func arrowText(body []byte) ([]byte, error) {
	out := struct {
		Streams []stream `json:"streams"`
	}{[]stream{}}
	for in := bytes.NewReader(body); in.Len() > 0; {
		s, err := readStream(in)
		if err != nil {
			return nil, fmt.Errorf("stream %d: %w", len(out.Streams)+1, err)
		}
		out.Streams = append(out.Streams, s)
	}
	return json.Marshal(out)
}

func readStream(in *bytes.Reader) (stream, error) {
	s := stream{Metadata: map[string]string{}, Columns: map[string]string{}, Rows: []map[string]any{}}
	r, err := ipc.NewReader(in)
	if err != nil {
		return s, err
	}
	defer r.Release()
	meta := r.Schema().Metadata()
	for i, k := range meta.Keys() {
		s.Metadata[k] = meta.Values()[i]
	}
	for _, f := range r.Schema().Fields() {
		s.Columns[f.Name] = typeText(f.Type)
	}
	for r.Next() {
		rec := r.RecordBatch()
		for i := range int(rec.NumRows()) {
			row := map[string]any{}
			for j, f := range r.Schema().Fields() {
				if row[f.Name], err = arrowValue(rec.Column(j), i); err != nil {
					return s, err
				}
			}
			s.Rows = append(s.Rows, row)
		}
	}
	return s, r.Err()
}

// typeText is a type in few words: utf8 for texts, however they are encoded.
func typeText(t arrow.DataType) string {
	switch t := t.(type) {
	case *arrow.DictionaryType:
		return typeText(t.ValueType)
	case arrow.DecimalType:
		return fmt.Sprintf("decimal(%d, %d)", t.GetPrecision(), t.GetScale())
	}
	return t.Name()
}

// arrowValue is a value as JSON has it; a fixed decimal is a text of its digits.
func arrowValue(a arrow.Array, i int) (any, error) {
	if a.IsNull(i) {
		return nil, nil
	}
	switch a := a.(type) {
	case *array.Boolean:
		return a.Value(i), nil
	case *array.Int64:
		return a.Value(i), nil
	case *array.Float64:
		return a.Value(i), nil
	case *array.Decimal128:
		return a.Value(i).ToString(a.DataType().(*arrow.Decimal128Type).Scale), nil
	case *array.Date64:
		return time.UnixMilli(int64(a.Value(i))).UTC().Format("2006-01-02T15:04:05.999"), nil
	case *array.String:
		return a.Value(i), nil
	case *array.Dictionary:
		return arrowValue(a.Dictionary(), a.GetValueIndex(i))
	case *array.DenseUnion:
		return arrowValue(a.Field(a.ChildID(i)), int(a.ValueOffset(i)))
	}
	return nil, fmt.Errorf("a column of type %s", a.DataType())
}
