package powerquery

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonDocument is Json.Document(source, encoding).
func jsonDocument(c *call) (Value, error) {
	source := c.arg(0).s
	if c.arg(0).kind != Text {
		raw, err := c.bytes()
		if err != nil {
			return Value{}, err
		}
		decoded, err := c.decode(1, raw)
		if err != nil {
			return Value{}, err
		}
		source = decoded.s
	}
	d := &jsonReader{dec: jsontext.NewDecoder(strings.NewReader(source), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	v, err := d.value(0)
	if err == nil {
		if _, end := d.dec.ReadToken(); end != io.EOF {
			err = errors.New("there is more behind its end")
		}
	}
	if err != nil {
		return Value{}, c.raise(0, "the data are not JSON: %s", err)
	}
	return v, nil
}

type jsonReader struct {
	dec   *jsontext.Decoder
	n     int
	names []string  // of the objects that are being read, the innermost last
	last  []*header // by depth: of the object before, because most of a list are alike
}

func (d *jsonReader) value(depth int) (Value, error) {
	if depth > maxJSONDepth {
		return Value{}, errors.New("nested too deeply")
	}
	if d.n++; d.n > maxJSONValues {
		return Value{}, errors.New("more than 5 million values")
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
