package powerquery

import "inlay"

// note is what meta says of a scalar.
type note struct{ v Value }

// noteOf is what meta says of a value, a record or what becomes one; nil for nothing. Known is
// false for kinds of values that keep none.
func noteOf(v Value) (meta *Value, known bool) {
	switch r := v.ref.(type) {
	case nil:
		return nil, true
	case *note:
		return &r.v, true
	case *record:
		return r.meta, true
	case *table:
		return r.meta, true
	case *closure:
		return r.meta, true
	}
	return nil, false
}

// note gives a value other metadata, nil for none. Whoever asks for those of a value that keeps
// none is refused, see Value.Metadata.
func (v Value) note(meta *Value) Value {
	switch r := v.ref.(type) {
	case nil, *note:
		if v.ref = nil; meta != nil {
			v.ref = &note{*meta}
		}
	case *record:
		out := *r
		out.meta, v.ref = meta, &out
	case *table:
		out := *r
		out.meta, v.ref = meta, &out
	case *closure:
		out := *r
		out.meta, v.ref = meta, &out
	}
	return v
}

// noted is the operator meta: more metadata beside those that a value has.
func (ev *evaluator) noted(v, more Value) (Value, error) {
	have, _ := noteOf(v)
	if have == nil {
		return v.note(&more), nil
	}
	a, err := ev.settle(*have)
	if err != nil {
		return v, err
	}
	if more, err = ev.settle(more); err != nil {
		return v, err
	}
	if a.kind == RecordOf && more.kind == RecordOf {
		more = merged(a.record(), more.record())
	}
	return v.note(&more), nil
}

// merged is a & b of records: the fields of both, those of b where they have the same name.
func merged(a, b *record) Value {
	names, vals := append([]string(nil), a.head.names...), append([]Value(nil), a.vals...)
	for i, n := range b.head.names {
		if j, ok := a.head.index[n]; ok {
			vals[j] = b.vals[i]
			continue
		}
		names, vals = append(names, n), append(vals, b.vals[i])
	}
	return recordOf(names, vals)
}

func defineMetadata() {
	metadata := func(c *call) (Value, error) {
		meta, known := noteOf(c.arg(0))
		if !known {
			return Value{}, c.errorf(0, inlay.Unsupported, "the metadata of %s are not kept", c.arg(0).describe())
		}
		if meta == nil {
			return recordOf(nil, nil), nil
		}
		v, err := c.ev.settle(*meta)
		if err == nil && v.kind != RecordOf {
			err = c.raise(0, "the metadata are %s, not a record", v.describe())
		}
		return v, err
	}
	define("Value.Metadata", 1, 1, metadata)
	define("Value.ReplaceMetadata", 2, 2, func(c *call) (Value, error) {
		if c.arg(1).kind != RecordOf {
			return Value{}, c.expected(1, "a record", "record")
		}
		meta := c.arg(1)
		return c.arg(0).note(&meta), nil
	})
	define("Value.RemoveMetadata", 1, 2, func(c *call) (Value, error) {
		if !c.has(1) {
			return c.arg(0).note(nil), nil
		}
		meta, err := metadata(c)
		if err != nil {
			return Value{}, err
		}
		gone := c.arg(1)
		if gone.kind == Text {
			gone = list([]Value{gone})
		}
		rest, err := c.sub("Record.RemoveFields", meta, gone, integer(1))
		return c.arg(0).note(&rest), err
	})
}
