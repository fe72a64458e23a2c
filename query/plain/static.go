package plain

import (
	"slices"
	"strings"

	"inlay/dax"
)

// Numbers have the type of their expression: alternatives that differ are converted to the one type
// that holds all (if-function-dax.md, "Remarks"), and BLANK has the type of what it is missing from.

// breadth orders the types of numbers by what they hold; 0 is BLANK, and what is not here is not
// known to be a number.
var breadth = map[dax.Type]int{dax.Blank: 0, dax.Int64: 1, dax.Decimal: 2, dax.Double: 3}

// whole are functions that give whole numbers.
var whole = []string{"COUNT", "COUNTA", "COUNTX", "COUNTROWS", "COUNTBLANK", "DISTINCTCOUNT", "DISTINCTCOUNTNOBLANK", "RANKX", "INT", "SIGN", "LEN"}

// as is a number as the type of its expression, if that is broader.
func (r *run) as(x dax.Expr, v dax.Value, e env) (dax.Value, error) {
	have, ok := breadth[v.Type()]
	want, known := breadth[r.static(x, e)]
	switch {
	case !ok || !known || have == 0 || have >= want:
		return v, nil
	case want == breadth[dax.Double]:
		return dax.FloatOf(v.Float()), nil
	}
	return v.ToDecimal()
}

// static is the type of an expression of numbers; Variant if it is none, or not known.
func (r *run) static(x dax.Expr, e env) dax.Type {
	switch x := x.(type) {
	case nil:
		return dax.Blank
	case *dax.Literal:
		return x.Value.Type()
	case *dax.Name:
		if v := e.vars.find(x.Name); v != nil && !r.isTable(v.x, v.env) {
			return r.static(v.x, v.env)
		}
	case *dax.Column:
		if t := r.m.Table(x.Table); t != nil && t.Column(x.Name) != nil {
			return t.Column(x.Name).Type
		}
	case *dax.Unary:
		if t := r.static(x.X, e); x.Op != "NOT" {
			return t
		}
	case *dax.Binary:
		return operation(x.Op, r.static(x.X, e), r.static(x.Y, e))
	case *dax.Block:
		return r.static(x.Return, block(x, e))
	case *dax.Call:
		return r.gives(strings.ToUpper(x.Func), x.Args, e)
	}
	return dax.Variant
}

// operation is the type that the documents' tables of conversions say.
func operation(op string, a, b dax.Type) dax.Type {
	both := broadest(a, b)
	switch {
	case both == dax.Variant || !strings.Contains("+-*/^", op):
		return dax.Variant
	case op == "^":
		return dax.Double
	case op == "*" && a == dax.Decimal && b == dax.Decimal:
		return dax.Double
	case op == "*" && (a == dax.Decimal || b == dax.Decimal), op == "/" && a == dax.Decimal && (b == dax.Int64 || b == dax.Double),
		op == "/" && a == dax.Int64 && b == dax.Decimal:
		return dax.Decimal
	case op == "/":
		return dax.Double
	}
	return both
}

func broadest(types ...dax.Type) dax.Type {
	var most dax.Type
	for _, t := range types {
		n, ok := breadth[t]
		if !ok {
			return dax.Variant
		}
		if n > breadth[most] {
			most = t
		}
	}
	return most
}

// gives is the type of what a function gives.
func (r *run) gives(name string, args []dax.Expr, e env) dax.Type {
	of := func(list ...dax.Expr) dax.Type {
		var types []dax.Type
		for _, x := range list {
			types = append(types, r.static(x, e))
		}
		return broadest(types...)
	}
	switch name {
	case "IF":
		return of(args[1:]...)
	case "COALESCE", "SELECTEDVALUE":
		return of(args...)
	case "SWITCH":
		var results []dax.Expr
		for i, x := range args {
			if i > 0 && (i%2 == 0 || i == len(args)-1) {
				results = append(results, x)
			}
		}
		return of(results...)
	case "DIVIDE":
		return broadest(operation("/", r.static(args[0], e), r.static(args[1], e)), of(args[2:]...))
	case "SUMX", "MINX", "MAXX":
		return of(args[1])
	case "RELATED", "CALCULATE", "ABS", "SUM":
		return of(args[0])
	case "MIN", "MAX":
		if len(args) == 1 {
			return of(args[0])
		}
	case "CURRENCY":
		return dax.Decimal
	case "BLANK":
		return dax.Blank
	}
	if slices.Contains(whole, name) {
		return dax.Int64
	}
	return dax.Variant
}
