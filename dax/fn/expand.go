package fn

import (
	"maps"
	"slices"
	"strings"

	"inlay/dax"
)

// Expander puts the bodies of functions that a model defines where an expression calls them.
type Expander struct {
	Function func(name string) *dax.Define        // nil if there is none
	Type     func(x *dax.Column) (dax.Type, bool) // of a column of the row; false if it is none
}

// Expand is an expression that is evaluated for each row, with calls of functions replaced by what
// they compute. A call stays one where that could be something else: where the body reads tables
// or changes filters, or an argument is more than a column or a constant of the type that is asked
// for (dax-user-defined-functions.md, "ParameterMode").
func (e Expander) Expand(x dax.Expr) dax.Expr {
	left := mostExpanded
	return e.expand(x, nil, &left)
}

// mostExpanded bounds how large an expression grows.
const mostExpanded = 2000

func (e Expander) expand(x dax.Expr, above []string, left *int) dax.Expr {
	return dax.Rewrite(x, func(x dax.Expr) (dax.Expr, bool) {
		call, ok := x.(*dax.Call)
		if !ok {
			return nil, false
		}
		key := strings.ToLower(call.Func)
		if _, known := Lookup(call.Func); known || slices.Contains(above, key) {
			return nil, false
		}
		d := e.Function(call.Func)
		if d == nil || len(call.Args) > len(d.Params) {
			return nil, false
		}
		body := Inlined(d.X, nil, left)
		put := map[string]dax.Expr{}
		for i, p := range d.Params {
			arg := p.Default
			if i < len(call.Args) && call.Args[i] != nil {
				arg = e.expand(call.Args[i], above, left)
			}
			if arg == nil || !e.passes(p, arg) {
				return nil, false
			}
			put[strings.ToLower(p.Name)] = arg
		}
		if *left < 0 || !steady(body, put) {
			return nil, false
		}
		body = e.expand(named(moved(body, call.At), put), append(slices.Clone(above), key), left)
		return body, *left >= 0 && settled(body)
	})
}

// passes reports whether an argument is the same wherever the body has it.
func (e Expander) passes(p dax.Param, arg dax.Expr) bool {
	var t dax.Type
	switch x := arg.(type) {
	case *dax.Literal:
		t = x.Value.Type()
	case *dax.Call:
		if !asksViewer(x) {
			return false
		}
		t = dax.String
	case *dax.Column:
		of, ok := e.Type(x)
		if !ok || p.Mode == "EXPR" {
			return false
		}
		t = of
	default:
		return false
	}
	if p.Type != "" && p.Type != "ANYVAL" && p.Type != "SCALAR" {
		return false
	}
	switch p.Subtype {
	case "", "VARIANT":
		return true
	case "NUMERIC":
		return t == dax.Int64 || t == dax.Decimal || t == dax.Double
	}
	return t == map[string]dax.Type{"BOOLEAN": dax.Boolean, "DATETIME": dax.DateTime, "DECIMAL": dax.Decimal, "DOUBLE": dax.Double, "INT64": dax.Int64, "STRING": dax.String}[p.Subtype]
}

// asksViewer reports whether a call is one of a function about the viewer.
func asksViewer(x *dax.Call) bool {
	switch strings.ToUpper(x.Func) {
	case "USERNAME", "USERPRINCIPALNAME", "CUSTOMDATA", "USEROBJECTID", "USERCULTURE":
		return len(x.Args) == 0
	}
	return false
}

// steady reports whether a body takes nothing from a row or from filters but its parameters. The
// rows of whoever calls it are not those of the body: a column in it has no value.
func steady(x dax.Expr, names map[string]dax.Expr) bool {
	all := func(list ...dax.Expr) bool {
		return !slices.ContainsFunc(list, func(y dax.Expr) bool { return y == nil || !steady(y, names) })
	}
	switch x := x.(type) {
	case *dax.Literal:
		return true
	case *dax.Name:
		_, ok := names[strings.ToLower(x.Name)]
		return ok
	case *dax.Unary:
		return all(x.X)
	case *dax.Binary:
		if list, ok := x.Y.(*dax.TableOf); ok && x.Op == "IN" {
			return all(append([]dax.Expr{x.X}, list.Rows...)...)
		}
		return all(x.X, x.Y)
	case *dax.Tuple:
		return all(x.Items...)
	case *dax.Call:
		f, known := Lookup(x.Func)
		switch {
		case asksViewer(x):
			return true
		case strings.EqualFold(x.Func, "LOOKUPVALUE"):
			return len(x.Args) >= 3 && all(values(x)...)
		case known && (f.Special || f.Volatile):
			return false
		}
		return all(x.Args...) // of a function of the model: settled looks at what became of it
	}
	return false
}

// values are the arguments of LOOKUPVALUE that are values.
func values(x *dax.Call) []dax.Expr {
	var out []dax.Expr
	for i := 2; i < len(x.Args); i += 2 {
		out = append(out, x.Args[i])
	}
	if n := len(x.Args); n%2 == 0 {
		out = append(out, x.Args[n-1])
	}
	return out
}

// settled reports whether no call of a function of the model is left.
func settled(x dax.Expr) bool {
	yes := true
	dax.Walk(x, func(x dax.Expr) bool {
		if call, ok := x.(*dax.Call); ok {
			_, known := Lookup(call.Func)
			yes = yes && known
		}
		return yes
	})
	return yes
}

// moved is a body whose errors are at the call: its own text is elsewhere.
func moved(x dax.Expr, at dax.At) dax.Expr {
	out := dax.Rewrite(x, func(x dax.Expr) (dax.Expr, bool) {
		switch x := x.(type) {
		case *dax.Literal:
			return &dax.Literal{At: at, Value: x.Value}, true
		case *dax.Name:
			return &dax.Name{At: at, Name: x.Name}, true
		case *dax.Column:
			return &dax.Column{At: at, Table: x.Table, Name: x.Name, Level: x.Level}, true
		}
		return nil, false
	})
	dax.Walk(out, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Unary:
			x.At = at
		case *dax.Binary:
			x.At, x.OpPos = at, at.Start
		case *dax.Call:
			x.At = at
		case *dax.Tuple:
			x.At = at
		case *dax.TableOf:
			x.At = at
		}
		return true
	})
	return out
}

// named puts arguments in place of names.
func named(x dax.Expr, put map[string]dax.Expr) dax.Expr {
	return dax.Rewrite(x, func(x dax.Expr) (dax.Expr, bool) {
		n, ok := x.(*dax.Name)
		if !ok {
			return nil, false
		}
		y, ok := put[strings.ToLower(n.Name)]
		return y, ok
	})
}

// Inlined puts the expressions of variables where their names stand, which in one row context and
// without a change of filters are the same. It does not look into what changes them: nothing that
// does is computed for each row. Left falls with each part of the result; below zero, that is none.
func Inlined(x dax.Expr, vars map[string]dax.Expr, left *int) dax.Expr {
	return dax.Rewrite(x, func(x dax.Expr) (dax.Expr, bool) {
		if *left--; *left < 0 {
			return x, true
		}
		switch x := x.(type) {
		case *dax.Name:
			y, ok := vars[strings.ToLower(x.Name)]
			if ok {
				dax.Walk(y, func(dax.Expr) bool { *left--; return true })
			}
			return y, ok
		case *dax.Block:
			inner := maps.Clone(vars)
			if inner == nil {
				inner = map[string]dax.Expr{}
			}
			for _, v := range x.Vars {
				inner[strings.ToLower(v.Name)] = Inlined(v.X, inner, left)
			}
			return Inlined(x.Return, inner, left), true
		}
		return nil, false
	})
}
