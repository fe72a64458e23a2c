package powerquery

import (
	"strings"

	"inlay"
	"inlay/model/powerquery/syntax"
)

// onType takes a type as the first argument, of a kind if one is named.
func onType(kind string, f func(c *call, t Type) (Value, error)) func(c *call) (Value, error) {
	return func(c *call) (Value, error) {
		t, ok := c.arg(0).ref.(Type)
		switch {
		case !ok:
			return Value{}, c.expected(0, "a type", "type")
		case kind != "" && t.Name != kind:
			return Value{}, c.raise(0, "expected a %s type, not type %s", kind, t.Name)
		}
		return f(c, t)
	}
}

// defineTypes defines the functions of types.
func defineTypes() {
	define("Type.IsNullable", 1, 1, onType("", func(_ *call, t Type) (Value, error) { return logical(t.Nullable || t.Name == "null"), nil }))
	define("Type.NonNullable", 1, 1, onType("", func(_ *call, t Type) (Value, error) {
		t.Nullable = false
		if t.Name == "any" {
			t.Name = "anynonnull"
		}
		return typeValue(t), nil
	}))
	define("Type.Is", 2, 2, onType("", typeIs))
	define("Type.TableRow", 1, 1, onType("table", func(_ *call, t Type) (Value, error) { return typeValue(Type{Name: "record", Fields: t.Fields}), nil }))
	define("Type.ListItem", 1, 1, onType("list", func(_ *call, t Type) (Value, error) {
		if item := t.rest().item; item != nil {
			return typeValue(*item), nil
		}
		return typeValue(anyType), nil
	}))
	define("Type.RecordFields", 1, 1, onType("record", func(_ *call, t Type) (Value, error) {
		names, vals := make([]string, len(t.Fields)), make([]Value, len(t.Fields))
		for i, f := range t.Fields {
			names[i], vals[i] = f.Name, recordOf([]string{"Type", "Optional"}, []Value{typeValue(f.Type), logical(t.rest().optional[f.Name])})
		}
		return recordOf(names, vals), nil
	}))
	define("Type.ForRecord", 2, 2, forRecord)
	define("Type.IsOpenRecord", 1, 1, onType("record", func(_ *call, t Type) (Value, error) { return logical(t.rest().open), nil }))
	for name, open := range map[string]bool{"Type.OpenRecord": true, "Type.ClosedRecord": false} {
		define(name, 1, 1, onType("record", func(_ *call, t Type) (Value, error) {
			more := t.rest()
			more.open = open
			return typeValue(t.with(more)), nil
		}))
	}
	define("Value.Type", 1, 1, func(c *call) (Value, error) { return typeValue(c.arg(0).typ()), nil })
	defineFunctionTypes()
}

// forRecord is Type.ForRecord([name = [Type, Optional], …], open).
func forRecord(c *call) (Value, error) {
	fields, err := c.ev.settle(c.arg(0))
	if err != nil {
		return Value{}, err
	}
	if fields.kind != RecordOf || c.arg(1).kind != Logical {
		return Value{}, c.raise(0, "expected a record of fields and whether others are admitted")
	}
	t, more := Type{Name: "record"}, shape{open: c.arg(1).n != 0}
	for i, n := range fields.record().head.names {
		sub := *c
		sub.args = []Value{fields.record().vals[i]}
		f, err := sub.fields(0, "Type", "Optional")
		if err != nil {
			return Value{}, err
		}
		typ, ok := f["Type"].ref.(Type)
		if !ok {
			return Value{}, c.raise(0, "the type of field %q is %s", n, f["Type"].describe())
		}
		t.Fields = append(t.Fields, Column{Name: n, Type: typ})
		if f["Optional"].n != 0 {
			if more.optional == nil {
				more.optional = map[string]bool{}
			}
			more.optional[n] = true
		}
	}
	if more.open || more.optional != nil {
		t = t.with(more)
	}
	return typeValue(t), nil
}

func defineFunctionTypes() {
	define("Type.FunctionParameters", 1, 1, onType("function", func(_ *call, t Type) (Value, error) {
		var names []string
		var vals []Value
		for _, p := range t.rest().params {
			names, vals = append(names, p.Name), append(vals, typeValue(p.Type))
		}
		return recordOf(names, vals), nil
	}))
	define("Type.FunctionRequiredParameters", 1, 1, onType("function", func(_ *call, t Type) (Value, error) { return integer(int64(t.rest().least)), nil }))
	define("Type.FunctionReturn", 1, 1, onType("function", func(_ *call, t Type) (Value, error) {
		if result := t.rest().result; result != nil {
			return typeValue(*result), nil
		}
		return typeValue(anyType), nil
	}))
	define("Type.ForFunction", 2, 2, func(c *call) (Value, error) {
		sign, err := c.fields(0, "ReturnType", "Parameters")
		if err != nil {
			return Value{}, err
		}
		least, err := c.count(1)
		if err != nil {
			return Value{}, err
		}
		params, err := c.ev.settle(sign["Parameters"])
		result, ok := sign["ReturnType"].ref.(Type)
		if err != nil || !ok || params.kind != RecordOf {
			return Value{}, or(err, c.raise(0, "expected a record of a type ReturnType and a record Parameters"))
		}
		more := shape{result: &result, least: int(least)}
		for i, n := range params.record().head.names {
			t, ok := params.record().vals[i].ref.(Type)
			if !ok {
				return Value{}, c.raise(0, "the type of parameter %q is %s", n, params.record().vals[i].describe())
			}
			more.params = append(more.params, Column{Name: n, Type: t})
		}
		if more.least > len(more.params) {
			return Value{}, c.raise(1, "there are only %d parameters", len(more.params))
		}
		return typeValue(Type{Name: "function"}.with(more)), nil
	})
	define("Function.From", 2, 2, onType("function", func(c *call, t Type) (Value, error) {
		f, err := c.function(1)
		more := t.rest()
		return Value{kind: Function, ref: &builtin{"Function.From", more.least, len(more.params), func(inner *call) (Value, error) {
			return c.invoke(f, []Value{list(append([]Value(nil), inner.args...))})
		}}}, err
	}))
}

// typeIs is Type.Is(type, primitive type).
func typeIs(c *call, t Type) (Value, error) {
	of, ok := c.arg(1).ref.(Type)
	switch {
	case !ok:
		return Value{}, c.expected(1, "a type", "type")
	case len(of.Fields) > 0 || of.more != nil || strings.Contains(of.Name, "."):
		return Value{}, c.errorf(1, inlay.Unsupported, "types are compared with primitive ones alone")
	case of.Name == "any":
		return logical(true), nil
	case t.Name == "null":
		return logical(of.Nullable || of.Name == "null"), nil
	case t.Nullable && !of.Nullable:
		return logical(false), nil
	case of.Name == "anynonnull":
		return logical(true), nil
	}
	return logical(primitiveOf(t.Name) == of.Name), nil
}

// typ is the type of a value, as Value.Type tells it.
func (v Value) typ() Type {
	t := Type{Name: v.kind.String()}
	switch r := v.ref.(type) {
	case *record:
		if r.typ != nil {
			return *r.typ
		}
	case *table:
		t.Fields = r.cols
	case *closure:
		more := shape{result: &anyType}
		for _, p := range r.fn.Params {
			param := anyType
			if x, ok := p.Type.(*syntax.Type); ok {
				param = Type{Name: x.Name, Nullable: x.Nullable || x.Name == "any"}
			}
			more.params = append(more.params, Column{Name: p.Name, Type: param})
			if !p.Optional {
				more.least++
			}
		}
		if x, ok := r.fn.Return.(*syntax.Type); ok {
			more.result = &Type{Name: x.Name, Nullable: x.Nullable || x.Name == "any"}
		}
		return t.with(more)
	}
	return t
}
