package powerquery

import (
	"strings"

	"inlay"
	"inlay/model/powerquery/syntax"
)

// defineExpressions defines the functions of expressions as text.
func defineExpressions() {
	define("Expression.Evaluate", 1, 2, func(c *call) (Value, error) {
		m, err := c.text(0)
		if err != nil {
			return Value{}, err
		}
		src := &source{table: c.src.table, query: "the text of Expression.Evaluate", text: m}
		x, err := src.parse()
		if err != nil {
			return Value{}, err
		}
		env := &scope{src: src}
		if r := c.arg(1).record(); r != nil {
			env.names, env.vals = r.head.names, r.vals
		} else if c.has(1) {
			return Value{}, c.expected(1, "a record", "record")
		}
		return c.ev.eval(x, env)
	})
	define("Expression.Constant", 1, 1, func(c *call) (Value, error) {
		v := c.arg(0)
		if v.kind > Text && v.kind != Date && v.kind != DateTime {
			return Value{}, c.errorf(0, inlay.Unsupported, "%s is not written as M here", v.describe())
		}
		return text(v.String()), nil
	})
	define("Expression.Identifier", 1, 1, onText(func(_ *call, s string) (Value, error) {
		if x, err := syntax.Parse(s); err == nil {
			if n, ok := x.(*syntax.Name); ok && n.Name == s && !strings.HasPrefix(s, "#") {
				return text(s), nil
			}
		}
		return text(`#"` + strings.ReplaceAll(s, `"`, `""`) + `"`), nil
	}))
	define("Diagnostics.Trace", 3, 4, func(c *call) (Value, error) {
		if v := c.arg(2); v.kind == Function && c.arg(3).n != 0 {
			return c.ev.apply(v, nil, c.pos, c.src)
		}
		return c.arg(2), nil
	})
}

// shared is #shared: the queries of the project and the library as a record.
func (ev *evaluator) shared() Value {
	var names []string
	var vals []Value
	for n, t := range ev.queries {
		names, vals = append(names, n), append(vals, Value{kind: lazy, ref: t})
	}
	for n, v := range library {
		if ev.queries[n] == nil {
			names, vals = append(names, n), append(vals, v)
		}
	}
	at := byName(names)
	sorted := make([]Value, len(at))
	for i, j := range at {
		sorted[i] = vals[j]
	}
	return recordOf(pick(names, at), sorted)
}
