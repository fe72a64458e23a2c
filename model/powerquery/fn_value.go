package powerquery

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/url"
	"strings"

	"inlay"
	"inlay/model/powerquery/csvfile"
)

// defineValues defines the functions of values, types, binaries and addresses.
func defineValues() {
	define("Value.Equals", 2, 3, func(c *call) (Value, error) {
		eq, err := c.ev.equal(c.arg(0), c.arg(1))
		return logical(eq), err
	})
	define("Value.Compare", 2, 3, func(c *call) (Value, error) {
		n, err := (&sortOp{c: c}).order(c.arg(0), c.arg(1))
		return integer(int64(n)), err
	})
	define("Value.Is", 2, 2, func(c *call) (Value, error) {
		t, ok := c.arg(1).ref.(Type)
		if !ok {
			return Value{}, c.raise(1, "expected a type, not %s", c.arg(1).describe())
		}
		return logical(conforms(c.arg(0), primitiveOf(t.Name), t.Nullable)), nil
	})
	define("Value.As", 2, 2, func(c *call) (Value, error) {
		is, err := c.sub("Value.Is", c.args...)
		if err == nil && is.n == 0 {
			t, _ := c.arg(1).ref.(Type)
			err = c.expected(0, "a value of type "+t.Name+",", t.Name)
		}
		return c.arg(0), err
	})
	define("Value.ReplaceType", 2, 2, func(c *call) (Value, error) {
		t, ok := c.arg(1).ref.(Type)
		if tab := c.arg(0).tableRef(); ok && tab != nil && len(t.Fields) == len(tab.cols) {
			return tableOf(&table{cols: t.Fields, op: same(tab, "types of a table type")}), nil
		}
		if r := c.arg(0).record(); ok && r != nil && t.Name == "record" {
			out := *r
			out.typ = &t
			return Value{kind: RecordOf, ref: &out}, nil
		}
		return c.arg(0), nil
	})
	define("Binary.Buffer", 1, 2, func(c *call) (Value, error) { return c.arg(0), nil })
	defineMetadata()
	define("Value.FromText", 1, 2, onText(func(c *call, s string) (Value, error) {
		cul, err := c.cultureAt(1)
		if err != nil {
			return Value{}, err
		}
		for _, typ := range []string{"number", "logical", "date", "datetime", "time", "duration"} {
			if v, ok := convert(text(s), typ, cul); ok && v.kind != Null {
				if typ == "date" && strings.ContainsAny(s, ":") {
					continue
				}
				return v, nil
			}
		}
		return text(s), nil
	}))
	define("Error.Record", 1, 5, func(c *call) (Value, error) {
		format := Value{}
		if c.has(3) { // parameters belong to a format
			format = c.arg(1)
		}
		return recordOf(errorFields[:], []Value{c.arg(0), c.arg(1), c.arg(2), format, c.arg(3), c.arg(4)}), nil
	})
	define("Function.Invoke", 2, 2, func(c *call) (Value, error) {
		args, err := c.list(1)
		if err != nil {
			return Value{}, err
		}
		return c.ev.apply(c.arg(0), args, c.pos, c.src)
	})
	define("Json.FromValue", 1, 2, jsonFromValue)
	defineBinaries()
	defineAddresses()
	defineMoreNumbers()
}

// primitiveOf is the primitive type of a named one.
func primitiveOf(name string) string {
	switch name {
	case "Int64.Type", "Int32.Type", "Int16.Type", "Int8.Type", "Byte.Type", "Currency.Type", "Percentage.Type", "Decimal.Type", "Double.Type", "Single.Type":
		return "number"
	}
	return name
}

func defineBinaries() {
	define("Binary.ToText", 1, 2, func(c *call) (Value, error) {
		if !c.has(0) {
			return Value{}, nil
		}
		b, err := c.bytes()
		if n, _ := c.arg(1).whole(); c.has(1) && n == 1 {
			return text(hex.EncodeToString(b)), err
		}
		return text(base64.StdEncoding.EncodeToString(b)), err
	})
	define("Binary.Length", 1, 1, func(c *call) (Value, error) {
		if !c.has(0) {
			return Value{}, nil
		}
		b, err := c.bytes()
		return integer(int64(len(b))), err
	})
	define("Binary.Combine", 1, 1, onList(func(c *call, l []Value) (Value, error) {
		var out []byte
		for _, v := range l {
			b, ok := v.ref.([]byte)
			if !ok || len(out)+len(b) > maxInflated {
				return Value{}, c.errorf(0, inlay.Unsupported, "binaries of the query of up to 64 MB in all are combined, not %s", v.describe())
			}
			out = append(out, b...)
		}
		return binaryOf(out), nil
	}))
	define("#binary", 1, 1, func(c *call) (Value, error) {
		if c.arg(0).kind == Text {
			return c.sub("Binary.FromText", c.arg(0))
		}
		items, err := c.list(0)
		out := make([]byte, len(items))
		for i, v := range items {
			n, ok := v.whole()
			if !ok || n < 0 || n > 255 {
				return Value{}, c.raise(0, "item %d is no byte", i+1)
			}
			out[i] = byte(n)
		}
		return binaryOf(out), err
	})
	define("Text.FromBinary", 1, 2, func(c *call) (Value, error) {
		if !c.has(0) {
			return Value{}, nil
		}
		b, err := c.bytes()
		if err != nil {
			return Value{}, err
		}
		return c.decode(1, b)
	})
	define("Text.ToBinary", 1, 3, onText(func(c *call, s string) (Value, error) {
		page := int64(65001)
		if c.has(1) {
			var err error
			if page, err = c.whole(1); err != nil {
				return Value{}, err
			}
		}
		b, err := csvfile.Encode(s, int(page), c.arg(2).kind == Logical && c.arg(2).n != 0)
		if err != nil {
			return Value{}, c.errorf(1, inlay.Unsupported, "%s", err)
		}
		return binaryOf(b), nil
	}))
}

func defineAddresses() {
	define("Uri.EscapeDataString", 1, 1, onText(func(_ *call, s string) (Value, error) {
		return text(strings.ReplaceAll(url.QueryEscape(s), "+", "%20")), nil
	}))
	define("Uri.Combine", 2, 2, onText(func(c *call, s string) (Value, error) {
		rel, err := c.text(1)
		if err != nil {
			return Value{}, err
		}
		base, err := url.Parse(s)
		if err != nil {
			return Value{}, c.raise(0, "%q is not an address", s)
		}
		out, err := base.Parse(rel)
		if err != nil {
			return Value{}, c.raise(1, "%q is not an address", rel)
		}
		return text(out.String()), nil
	}))
	define("Uri.BuildQueryString", 1, 1, onRecord(func(c *call, r *record) (Value, error) {
		if _, err := c.ev.settle(c.arg(0)); err != nil {
			return Value{}, err
		}
		var parts []string
		for i, n := range r.head.names {
			v := r.vals[i]
			if v.kind != Text {
				return Value{}, c.raise(0, "the field %q is %s, not a text", n, v.describe())
			}
			parts = append(parts, escaped(n)+"="+escaped(v.s))
		}
		return text(strings.Join(parts, "&")), nil
	}))
}

func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// jsonFromValue is Json.FromValue: a value as JSON in UTF-8.
func jsonFromValue(c *call) (Value, error) {
	plain, err := c.plain(c.arg(0))
	if err != nil {
		return Value{}, err
	}
	b, err := json.Marshal(plain)
	if err != nil {
		return Value{}, c.raise(0, "the value has no form in JSON")
	}
	return binaryOf(b), nil
}

// plain is a value in types that the JSON writer knows.
func (c *call) plain(v Value) (any, error) {
	v, err := c.ev.settle(v)
	if err != nil {
		return nil, err
	}
	switch v.kind {
	case Null:
		return nil, nil
	case Logical:
		return v.n != 0, nil
	case Integer:
		return v.n, nil
	case Number, Decimal:
		return v.float(), nil
	case Text:
		return v.s, nil
	case Date:
		return v.clock().Format("2006-01-02"), nil
	case DateTime:
		return v.clock().Format("2006-01-02T15:04:05.999999"), nil
	case TableOf:
		rows, err := c.sub("Table.ToRecords", v)
		if err != nil {
			return nil, err
		}
		return c.plain(rows)
	case List:
		out := make([]any, len(v.items()))
		for i, it := range v.items() {
			if out[i], err = c.plain(it); err != nil {
				return nil, err
			}
		}
		return out, nil
	case RecordOf:
		out := map[string]any{}
		for i, n := range v.record().head.names {
			if out[n], err = c.plain(v.record().vals[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return nil, c.errorf(0, inlay.Unsupported, "%s has no form in JSON here", v.describe())
}

func defineMoreNumbers() {
	library["Number.PI"], library["Number.E"] = number(math.Pi), number(math.E)
	library["Number.NaN"], library["Number.PositiveInfinity"], library["Number.NegativeInfinity"] = number(nan), number(inf), number(-inf)
	for name, f := range map[string]func(float64) float64{
		"Number.Log10": math.Log10, "Number.Sin": math.Sin, "Number.Cos": math.Cos, "Number.Tan": math.Tan,
		"Number.Asin": math.Asin, "Number.Acos": math.Acos, "Number.Atan": math.Atan, "Number.Sinh": math.Sinh, "Number.Cosh": math.Cosh, "Number.Tanh": math.Tanh,
		"Number.Factorial": func(f float64) float64 { return math.Round(math.Gamma(f + 1)) },
	} {
		define(name, 1, 1, onNumber(func(_ *call, x float64) (Value, error) { return tidy(f(x)), nil }))
	}
	define("Number.Log", 1, 2, onNumber(func(c *call, f float64) (Value, error) {
		if !c.has(1) {
			return tidy(math.Log(f)), nil
		}
		base, err := c.number(1)
		switch base {
		case 2:
			return tidy(math.Log2(f)), err
		case 10:
			return tidy(math.Log10(f)), err
		}
		return tidy(math.Log(f) / math.Log(base)), err
	}))
	define("Number.Atan2", 2, 2, onNumber(func(c *call, y float64) (Value, error) {
		x, err := c.number(1)
		return tidy(math.Atan2(y, x)), err
	}))
	define("Number.IsNaN", 1, 1, onNumber(func(_ *call, f float64) (Value, error) { return logical(math.IsNaN(f)), nil }))
	define("Number.Random", 0, 0, func(*call) (Value, error) { return number(rand.Float64()), nil }) //nolint:gosec // data, not secrets
	define("Number.RandomBetween", 2, 2, onNumber(func(c *call, a float64) (Value, error) {
		b, err := c.number(1)
		return number(a + rand.Float64()*(b-a)), err //nolint:gosec // data, not secrets
	}))
	for name, f := range map[string]func(a, b int64) int64{
		"Number.BitwiseAnd": func(a, b int64) int64 { return a & b }, "Number.BitwiseOr": func(a, b int64) int64 { return a | b },
		"Number.BitwiseXor":       func(a, b int64) int64 { return a ^ b },
		"Number.BitwiseShiftLeft": func(a, b int64) int64 { return a << uint64(b&63) }, "Number.BitwiseShiftRight": func(a, b int64) int64 { return a >> uint64(b&63) },
	} {
		define(name, 2, 2, func(c *call) (Value, error) {
			a, err := c.whole(0)
			b, e := c.whole(1)
			return integer(f(a, b)), or(err, e)
		})
	}
}
