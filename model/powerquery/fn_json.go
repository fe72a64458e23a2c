package powerquery

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonDocument is Json.Document(source, encoding).
func jsonDocument(c *call) (Value, error) {
	raw := []byte(c.arg(0).s)
	if c.arg(0).kind != Text {
		var err error
		if raw, err = c.bytes(); err != nil {
			return Value{}, err
		}
		if c.has(1) || bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")) || !utf8.Valid(raw) {
			decoded, err := c.decode(1, raw)
			if err != nil {
				return Value{}, err
			}
			raw = []byte(decoded.s)
		}
	}
	d := newJSONReader(raw)
	if d.long = len(raw) >= longArray; d.long {
		d.c = c
	}
	v, err := d.value(0)
	if err == nil {
		if _, end := d.dec.ReadToken(); end != io.EOF {
			err = errors.New("there is more behind its end")
		}
	}
	if err != nil {
		return Value{}, c.notJSON(err)
	}
	if v.kind == lazy { // not inside of a record
		return v.ref.(*thunk).x.(*made).f()
	}
	return v, nil
}

// errManyValues ends a document that would take too much memory as values.
var errManyValues = fmt.Errorf("more than %d million values", maxJSONValues/1_000_000)

type jsonReader struct {
	raw   []byte
	dec   *jsontext.Decoder
	long  bool  // long arrays stay text
	c     *call // of Json.Document, where they do
	n     int
	names []string  // of the objects that are being read, the innermost last
	last  []*header // by depth: of the object before, because most of a list are alike
}

func (d *jsonReader) value(depth int) (Value, error) {
	if depth > maxJSONDepth {
		return Value{}, errors.New("nested too deeply")
	}
	if d.n++; d.n > maxJSONValues {
		return Value{}, errManyValues
	}
	if d.long && d.dec.PeekKind() == '[' {
		return d.asText(depth)
	}
	t, err := d.dec.ReadToken()
	if err != nil {
		return Value{}, err
	}
	switch t.Kind() {
	case '"':
		return text(t.String()), nil
	case 't', 'f':
		return logical(t.Bool()), nil
	case '0':
		s := t.String()
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return integer(n), nil
		}
		f, err := strconv.ParseFloat(s, 64)
		return number(f), err
	case '[':
		return d.array(depth)
	case '{':
		return d.object(depth)
	}
	return Value{}, nil
}

// asText reads past an array. A long one stays text, to be looked at later; of another one the
// items are read.
func (d *jsonReader) asText(depth int) (Value, error) {
	before := d.dec.InputOffset()
	if _, err := d.dec.ReadValue(); err != nil {
		return Value{}, err
	}
	raw := d.raw[before:d.dec.InputOffset()]
	raw = raw[bytes.IndexByte(raw, '['):]
	if len(raw) < longArray {
		in := newJSONReader(raw)
		in.n = d.n
		v, err := in.value(depth)
		d.n = in.n
		return v, err
	}
	v := Value{kind: List, n: int64(len(raw)), ref: &jsonArray{raw: raw, c: d.c}}
	return Value{kind: lazy, ref: &thunk{x: &made{f: func() (Value, error) { return v, nil }}, env: &scope{src: d.c.src}, step: d.c.step}}, nil
}

func (d *jsonReader) array(depth int) (Value, error) {
	items := []Value{}
	for d.dec.PeekKind() != ']' {
		v, err := d.value(depth + 1)
		if err != nil {
			return v, err
		}
		items = append(items, v)
	}
	_, err := d.dec.ReadToken()
	return list(items), err
}

func (d *jsonReader) object(depth int) (Value, error) {
	for len(d.last) <= depth {
		d.last = append(d.last, newHeader(nil))
	}
	from := len(d.names)
	vals := make([]Value, 0, len(d.last[depth].names))
	for d.dec.PeekKind() != '}' {
		k, err := d.dec.ReadToken()
		if err != nil {
			return Value{}, err
		}
		d.names = append(d.names, k.String())
		v, err := d.value(depth + 1)
		if err != nil {
			return v, err
		}
		vals = append(vals, v)
	}
	if own := d.names[from:]; !slices.Equal(own, d.last[depth].names) {
		d.last[depth] = newHeader(slices.Clone(own))
	}
	d.names = d.names[:from]
	_, err := d.dec.ReadToken()
	return Value{kind: RecordOf, ref: &record{head: d.last[depth], vals: vals}}, err
}
