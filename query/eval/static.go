package eval

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
)

// The types of numbers are those of expressions, not of single values: the alternatives of IF are
// converted to the one type that holds both (if-function-dax.md, "Remarks"), and BLANK of a column
// of currency less 1 is currency. What follows differs by type: currency by 3 has four digits.

// unknown is the type of an expression that only its values tell.
const unknown = dax.Variant

// alternatives are the functions that give one of several arguments, and which these are.
var alternatives = map[string]func(args []dax.Expr) []dax.Expr{
	"IF": func(a []dax.Expr) []dax.Expr { return a[1:] }, "IF.EAGER": func(a []dax.Expr) []dax.Expr { return a[1:] },
	"COALESCE": func(a []dax.Expr) []dax.Expr { return a }, "SELECTEDVALUE": func(a []dax.Expr) []dax.Expr { return a },
	"SWITCH": func(a []dax.Expr) []dax.Expr {
		var list []dax.Expr
		for i := 2; i < len(a); i += 2 {
			list = append(list, a[i])
		}
		if len(a)%2 == 0 {
			list = append(list, a[len(a)-1])
		}
		return list
	},
}

// widen converts numbers to the type of their expression, if it is wider.
func (e *evaluator) widen(x dax.Expr, b *batch, values []dax.Value) ([]dax.Value, error) {
	if !slices.ContainsFunc(values, func(v dax.Value) bool { return v.Type() == dax.Int64 || v.Type() == dax.Decimal }) {
		return values, nil
	}
	t := e.static(x, b)
	if t != dax.Decimal && t != dax.Double {
		return values, nil
	}
	out := values
	for i, v := range values {
		if k := v.Type(); k != dax.Int64 && k != dax.Decimal || k == t {
			continue
		}
		if len(out) > 0 && &out[0] == &values[0] {
			out = slices.Clone(values) // others may have them
		}
		var err error
		if out[i], err = typed(v, t); err != nil {
			return nil, placed(x, err)
		}
	}
	return out, nil
}

// widenSum is widen for what + and - make of BLANK and a number, which else has the type of the
// number.
func (e *evaluator) widenSum(x *dax.Binary, b *batch, left, right, out []dax.Value) ([]dax.Value, error) {
	for i := range out {
		if left[i].IsBlank() != right[i].IsBlank() {
			return e.widen(x, b, out)
		}
	}
	return out, nil
}

// static is the type of an expression of numbers: Blank if it has no other values.
func (e *evaluator) static(x dax.Expr, b *batch) dax.Type {
	switch x := x.(type) {
	case nil:
		return dax.Blank
	case *dax.Literal:
		return x.Value.Type()
	case *dax.Name:
		if v, home, _ := b.find(x.Name); v != nil && !v.isRows && v.x != nil {
			if v.static == nil {
				t := e.static(v.x, home)
				v.static = &t
			}
			return *v.static
		}
	case *dax.Column:
		if t := e.m.Table(x.Table); t != nil && x.Level == "" && !x.Loose && !e.isOwn(x) {
			if c := t.Column(x.Name); c != nil {
				return c.Type
			}
		}
	case *dax.Unary:
		if t := e.static(x.X, b); x.Op != "NOT" && isNumber(t) {
			return t
		}
	case *dax.Binary:
		return staticBinary(x.Op, e.static(x.X, b), e.static(x.Y, b))
	case *dax.Block:
		return e.static(x.Return, e.block(x, b))
	case *dax.Call:
		return e.staticCall(x, b)
	}
	return unknown
}

func isNumber(t dax.Type) bool { return t == dax.Int64 || t == dax.Decimal || t == dax.Double }

// staticBinary is the type that an operator gives (data-types-supported-ssas-tabular.md, "Implicit
// data type conversion").
func staticBinary(op string, a, b dax.Type) dax.Type {
	if (!isNumber(a) && a != dax.Blank) || (!isNumber(b) && b != dax.Blank) {
		return unknown
	}
	one := func(t, u dax.Type) bool { return a == t && b == u || a == u && b == t }
	switch op {
	case "*":
		switch {
		case one(dax.Decimal, dax.Decimal):
			return dax.Double
		case one(dax.Decimal, dax.Double):
			return dax.Decimal
		}
		return wider(a, b)
	case "+", "-":
		return wider(a, b)
	case "/":
		if a == dax.Decimal && (b == dax.Int64 || b == dax.Double) || a == dax.Int64 && b == dax.Decimal {
			return dax.Decimal
		}
		return dax.Double
	case "^":
		return dax.Double
	}
	return unknown
}

// wider is the type that holds numbers of both.
func wider(a, b dax.Type) dax.Type {
	for _, t := range []dax.Type{dax.Double, dax.Decimal, dax.Int64} {
		if a == t || b == t {
			return t
		}
	}
	return dax.Blank
}

// staticCall is the type of what a function gives.
func (e *evaluator) staticCall(x *dax.Call, b *batch) dax.Type {
	name := strings.ToUpper(x.Func)
	if e.function(x.Func) != nil {
		return unknown
	}
	if of := alternatives[name]; of != nil && len(x.Args) > 1 {
		return e.among(dax.Blank, of(x.Args), b)
	}
	switch {
	case name == "DIVIDE" && len(x.Args) > 1:
		t := staticBinary("/", e.static(x.Args[0], b), e.static(x.Args[1], b))
		return e.among(t, x.Args[2:], b)
	case slices.Contains([]string{"RELATED", "CALCULATE", "ABS", "SUM"}, name) && len(x.Args) > 0,
		(name == "MIN" || name == "MAX") && len(x.Args) == 1:
		return e.among(dax.Blank, x.Args[:1], b)
	case slices.Contains([]string{"SUMX", "MINX", "MAXX"}, name) && len(x.Args) > 1:
		return e.among(dax.Blank, x.Args[1:2], b)
	}
	// Others that return numbers keep the type of what they are given.
	if f, ok := fn.Lookup(name); ok && (f.Returns == dax.Int64 || name == "CURRENCY" || name == "BLANK") {
		return f.Returns
	}
	return unknown
}

// among is the type that holds numbers of a type and those of expressions.
func (e *evaluator) among(t dax.Type, list []dax.Expr, b *batch) dax.Type {
	for _, x := range list {
		u := e.static(x, b)
		if !isNumber(u) && u != dax.Blank || t == unknown {
			return unknown
		}
		t = wider(t, u)
	}
	return t
}
