package eval

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// function is a function that a query defines, or the model.
type function struct {
	name    string
	params  []dax.Param
	body    dax.Expr
	ofModel bool
	err     error // of one of the model that cannot be called
}

// function is the function of a name, nil if there is none. One of the query stands before one of
// the model; functions of DAX stand before both.
func (e *evaluator) function(name string) *function {
	key := strings.ToLower(name)
	if f, ok := e.functions[key]; ok || len(e.m.Functions) == 0 {
		return f
	}
	var f *function
	if m := e.m.Function(name); m != nil {
		if _, taken := fn.Lookup(name); !taken {
			f = ofModel(m)
		}
	}
	e.functions[key] = f
	if f != nil && f.err == nil {
		f.err = e.circle(f, nil, map[*function]bool{})
	}
	return f
}

// ofModel reads a function of the model.
func ofModel(m *model.Function) *function {
	f := &function{name: m.Name, ofModel: true}
	d, err := m.Parse()
	if err != nil {
		text, _, _ := strings.Cut(err.Error(), "\n")
		f.err = wrong(nil, "it is not valid DAX: %s", text)
		return f
	}
	f.params, f.body = d.Params, d.X
	f.err = callable(d)
	return f
}

// callable reports why a function cannot be called, whatever its arguments are.
func callable(d *dax.Define) error {
	for _, p := range d.Params {
		if p.Type == "CALENDARREF" {
			return unsupported(d.X, "the parameter %s of %s is a calendar, which is not supported", p.Name, d.Name)
		}
	}
	return nil
}

// inFunction says in which function of the model an error is. The place is that of the call: the
// texts of the model are not for every viewer.
func inFunction(x dax.Expr, f *function, err error) error {
	var d *dax.Error
	if !f.ofModel || !errors.As(err, &d) {
		return err
	}
	c := *d
	c.Pos = x.Pos()
	if !strings.HasPrefix(d.Msg, "function ") {
		c.Msg = "function " + f.name + ": " + d.Msg
	}
	return &c
}

// defineFunction keeps a function of the query.
func (e *evaluator) defineFunction(d *dax.Define) error {
	key := strings.ToLower(d.Name)
	if _, ok := fn.Lookup(d.Name); ok {
		return wrong(d.X, "the function %s cannot be defined: DAX has one of this name", d.Name)
	}
	if e.functions[key] != nil {
		return wrong(d.X, "the function %s is defined twice", d.Name)
	}
	if err := callable(d); err != nil {
		return err
	}
	e.functions[key] = &function{name: d.Name, params: d.Params, body: d.X}
	return nil
}

// acyclic reports a function that calls itself, be it through others.
func (e *evaluator) acyclic() error {
	done := map[*function]bool{}
	for _, f := range slices.Collect(maps.Values(e.functions)) {
		if f == nil || f.ofModel {
			continue
		}
		if err := e.circle(f, nil, done); err != nil {
			return err
		}
	}
	return nil
}

// circle reports that a function calls itself; above are those by which it is called.
func (e *evaluator) circle(f *function, above []*function, done map[*function]bool) error {
	if slices.Contains(above, f) {
		return wrong(f.body, "the function %s calls itself", f.name)
	}
	if done[f] {
		return nil
	}
	var err error
	above = append(slices.Clone(above), f)
	for _, p := range append([]dax.Param{{Default: f.body}}, f.params...) {
		dax.Walk(p.Default, func(x dax.Expr) bool {
			if call, ok := x.(*dax.Call); ok && err == nil {
				if g := e.function(call.Func); g != nil {
					err = e.circle(g, above, done)
				}
			}
			return err == nil
		})
	}
	done[f] = true
	return err
}

// lazy reports whether an argument is evaluated where the function uses it, and not where it is
// called (dax-user-defined-functions.md, "ParameterMode").
func lazy(p dax.Param) bool { return p.Mode == "EXPR" || strings.HasSuffix(p.Type, "REF") }

// enter is what a call evaluates: the body with lazy arguments put in, and a batch in which the
// others are variables. The body sees the filters of the caller, and neither its rows nor its
// variables.
func (e *evaluator) enter(f *function, x *dax.Call, b *batch) (dax.Expr, *batch, error) {
	if f.err != nil {
		return nil, nil, inFunction(x, f, f.err)
	}
	if len(x.Args) > len(f.params) {
		return nil, nil, wrong(x, "%s has %d arguments, and takes %d", f.name, len(x.Args), len(f.params))
	}
	inner := &batch{n: b.n, parent: b, closed: true}
	if !f.ofModel {
		inner.query = e.root
	}
	put := map[string]dax.Expr{}
	for i, p := range f.params {
		arg, home := dax.Expr(nil), b
		if i < len(x.Args) {
			arg = x.Args[i]
		}
		if arg == nil {
			if arg = p.Default; arg == nil {
				return nil, nil, wrong(x, "%s has no argument %s, which it needs", f.name, p.Name)
			}
		}
		if err := e.fits(x, p, arg, home); err != nil {
			return nil, nil, err
		}
		if lazy(p) {
			var err error
			if put[strings.ToLower(p.Name)], inner, err = e.carried(arg, b, inner); err != nil {
				return nil, nil, err
			}
			continue
		}
		v, err := e.passed(p, arg, b)
		if err != nil {
			return nil, nil, err
		}
		e.names++ // the body names it by a name that nothing else has
		v.name = fmt.Sprintf("\x00%d", e.names)
		inner = &batch{n: b.n, parent: inner, v: v}
		put[strings.ToLower(p.Name)] = &dax.Name{At: dax.At{Start: arg.Pos()}, Name: v.name}
	}
	return substitute(f.body, put), inner, nil
}

// fits checks that an argument is what the type of a parameter takes.
func (e *evaluator) fits(x *dax.Call, p dax.Param, arg dax.Expr, b *batch) error {
	kind, table := "", e.isTable(arg, b)
	if o, ok := e.objectOf(arg); ok {
		switch {
		case o.column != "":
			kind = "COLUMNREF"
		case o.measure != "":
			kind = "MEASUREREF"
		default:
			kind = "TABLEREF"
		}
	}
	ok := true
	switch p.Type {
	case "TABLE":
		ok = table
	case "SCALAR":
		ok = !table
	case "ANYREF":
		ok = kind != ""
	case "COLUMNREF", "MEASUREREF", "TABLEREF":
		ok = kind == p.Type
	}
	if !ok {
		return wrong(arg, "the argument %s of %s must be a %s", p.Name, x.Func, p.Type)
	}
	return nil
}

// passed is an argument that is computed where the function is called.
func (e *evaluator) passed(p dax.Param, arg dax.Expr, b *batch) (*variable, error) {
	v := &variable{x: arg}
	if e.isTable(arg, b) {
		r, err := e.table(arg, b, want{keys: true})
		v.table, v.isRows = r, true
		return v, err
	}
	values, err := e.scalar(arg, b)
	if err != nil {
		return nil, err
	}
	if v.values, err = each(arg, values, func(y dax.Value) (dax.Value, error) { return castTo(p.Subtype, y) }); err != nil {
		return nil, err
	}
	v.have = make([]bool, b.n)
	for i := range v.have {
		v.have[i] = true
	}
	return v, nil
}

// castTo makes a value one of the subtype of a parameter.
func castTo(subtype string, v dax.Value) (dax.Value, error) {
	types := map[string]dax.Type{"BOOLEAN": dax.Boolean, "DATETIME": dax.DateTime, "DECIMAL": dax.Decimal, "DOUBLE": dax.Double, "INT64": dax.Int64, "STRING": dax.String}
	if t, ok := types[subtype]; ok {
		return typed(v, t)
	}
	if subtype == "NUMERIC" && !v.IsBlank() {
		return v.ToNumber()
	}
	return v, nil
}

// carried is a lazy argument as the body has it. Variables of the caller that it names keep their
// values.
func (e *evaluator) carried(arg dax.Expr, b, inner *batch) (dax.Expr, *batch, error) {
	var err error
	local := map[string]bool{}
	dax.Walk(arg, func(x dax.Expr) bool {
		if block, ok := x.(*dax.Block); ok {
			for _, v := range block.Vars {
				local[strings.ToLower(v.Name)] = true
			}
		}
		return true
	})
	out := rewrite(arg, func(x dax.Expr) (dax.Expr, bool) {
		n, ok := x.(*dax.Name)
		if !ok || err != nil || local[strings.ToLower(n.Name)] {
			return nil, false
		}
		if v, _, _ := b.find(n.Name); v == nil {
			return nil, false
		}
		var v *variable
		if v, err = e.passed(dax.Param{}, n, b); err != nil {
			return n, true
		}
		e.names++
		v.name = fmt.Sprintf("\x00%d", e.names)
		inner = &batch{n: b.n, parent: inner, v: v}
		return &dax.Name{At: n.At, Name: v.name}, true
	})
	return out, inner, err
}

// substitute puts arguments in place of the names of parameters. Variables of the body hide them.
func substitute(x dax.Expr, put map[string]dax.Expr) dax.Expr {
	return rewrite(x, func(y dax.Expr) (dax.Expr, bool) {
		switch y := y.(type) {
		case *dax.Name:
			arg, ok := put[strings.ToLower(y.Name)]
			return arg, ok
		case *dax.Table:
			return nil, false
		case *dax.Block:
			out := &dax.Block{At: y.At}
			seen := put
			for _, v := range y.Vars {
				out.Vars = append(out.Vars, dax.Var{At: v.At, Name: v.Name, X: substitute(v.X, seen)})
				if _, hides := seen[strings.ToLower(v.Name)]; hides {
					less := map[string]dax.Expr{}
					for k, a := range seen {
						if k != strings.ToLower(v.Name) {
							less[k] = a
						}
					}
					seen = less
				}
			}
			out.Return = substitute(y.Return, seen)
			return out, true
		}
		return nil, false
	})
}

// invoke computes a call of a function of the query that gives one value.
func (e *evaluator) invoke(f *function, x *dax.Call, b *batch) ([]dax.Value, error) {
	body, inner, err := e.enter(f, x, b)
	if err != nil {
		return nil, err
	}
	out, err := e.scalar(body, inner)
	return out, inFunction(x, f, err)
}

// invokeTable computes a call of one that gives a table.
func (e *evaluator) invokeTable(f *function, x *dax.Call, b *batch, w want) (*rowset, error) {
	body, inner, err := e.enter(f, x, b)
	if err != nil {
		return nil, err
	}
	out, err := e.table(body, inner, w)
	return out, inFunction(x, f, err)
}

// givesTable reports whether a call of a function of the query is a table: as its body is, with
// what it is given.
func (e *evaluator) givesTable(f *function, x *dax.Call, b *batch) bool {
	if f.err != nil || len(x.Args) > len(f.params) {
		return false
	}
	put := map[string]dax.Expr{}
	for i, p := range f.params {
		arg := p.Default
		if i < len(x.Args) && x.Args[i] != nil {
			arg = x.Args[i]
		}
		if arg != nil {
			put[strings.ToLower(p.Name)] = arg
		}
	}
	return e.isTable(substitute(f.body, put), b)
}
