package powerquery

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
)

// jsonDocument is Json.Document(source, encoding).
func jsonDocument(c *call) (Value, error) {
	var b []byte
	if c.arg(0).kind == Text {
		b = []byte(c.arg(0).s)
	} else {
		raw, err := c.bytes()
		if err != nil {
			return Value{}, err
		}
		decoded, err := c.decode(1, raw)
		if err != nil {
			return Value{}, err
		}
		b = []byte(decoded.s)
	}
	d := &jsonReader{dec: json.NewDecoder(bytes.NewReader(b))}
	d.dec.UseNumber()
	v, err := d.value(0)
	if err == nil {
		if _, end := d.dec.Token(); end != io.EOF {
			err = errors.New("there is more behind its end")
		}
	}
	if err != nil {
		return Value{}, c.raise(0, "the data are not JSON: %s", err)
	}
	return v, nil
}

type jsonReader struct {
	dec *json.Decoder
	n   int
}

func (d *jsonReader) value(depth int) (Value, error) {
	if depth > maxJSONDepth {
		return Value{}, errors.New("nested too deeply")
	}
	if d.n++; d.n > maxJSONValues {
		return Value{}, errors.New("more than 5 million values")
	}
	t, err := d.dec.Token()
	if err != nil {
		return Value{}, err
	}
	switch t := t.(type) {
	case string:
		return text(t), nil
	case bool:
		return logical(t), nil
	case json.Number:
		if n, err := strconv.ParseInt(string(t), 10, 64); err == nil {
			return integer(n), nil
		}
		f, err := t.Float64()
		return number(f), err
	case json.Delim:
		if t == '[' {
			return d.array(depth)
		}
		return d.object(depth)
	}
	return Value{}, nil
}

func (d *jsonReader) array(depth int) (Value, error) {
	items := []Value{}
	for d.dec.More() {
		v, err := d.value(depth + 1)
		if err != nil {
			return v, err
		}
		items = append(items, v)
	}
	_, err := d.dec.Token()
	return list(items), err
}

func (d *jsonReader) object(depth int) (Value, error) {
	var names []string
	var vals []Value
	for d.dec.More() {
		k, err := d.dec.Token()
		if err != nil {
			return Value{}, err
		}
		v, err := d.value(depth + 1)
		if err != nil {
			return v, err
		}
		names, vals = append(names, k.(string)), append(vals, v)
	}
	_, err := d.dec.Token()
	return Value{kind: RecordOf, ref: &record{head: newHeader(names), vals: vals}}, err
}
