package query

import (
	"cmp"
	"errors"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// identity is the value of a function that asks who the viewer is.
func (c *compiler) identity(x *dax.Call) (dax.Value, bool) {
	if len(x.Args) > 0 {
		return dax.Value{}, false
	}
	text := func(s string) dax.Value {
		if s == "" {
			return dax.Value{}
		}
		return dax.TextOf(s)
	}
	switch strings.ToUpper(x.Func) {
	case "USERNAME", "USERPRINCIPALNAME":
		return text(c.v.Username), true
	case "CUSTOMDATA":
		return text(c.v.CustomData), true
	case "USEROBJECTID":
		return text(c.v.ObjectID), true
	case "USERCULTURE":
		return text(cmp.Or(c.v.Culture, c.e.m.Culture, "en-US")), true
	}
	return dax.Value{}, false
}

// usesName reports whether an expression of a model asks for the name of the viewer.
func usesName(m *model.Model, x dax.Expr) bool { return m.Calls(x, "USERNAME", "USERPRINCIPALNAME") }

// usesID reports whether an expression of a model asks for the object id of the viewer.
func usesID(m *model.Model, x dax.Expr) bool { return m.Calls(x, "USEROBJECTID") }

// fold evaluates an expression that depends on no row and no filter: constants, the identity,
// LOOKUPVALUE of constants. ok is false if it depends on more.
func (c *compiler) fold(x dax.Expr) (v dax.Value, ok bool, err error) {
	constant := true
	vars := map[string]bool{}
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Literal, *dax.Unary, *dax.Binary, *dax.Tuple, *dax.TableOf:
		case *dax.Block:
			for _, v := range x.Vars {
				vars[strings.ToLower(v.Name)] = true
			}
		case *dax.Name:
			constant = constant && vars[strings.ToLower(x.Name)]
		case *dax.Call:
			if _, ok := c.identity(x); ok {
				return false
			}
			if strings.EqualFold(x.Func, "LOOKUPVALUE") {
				constant = constant && c.constantLookup(x)
				return false
			}
			f, known := fn.Lookup(x.Func)
			if !known || f.Special {
				constant = false
			}
		default:
			constant = false
		}
		return constant
	})
	if !constant {
		return dax.Value{}, false, nil
	}
	v, err = fn.Eval(x, env{c: c})
	if err != nil {
		return dax.Value{}, false, evalError(err)
	}
	return v, true, nil
}

// evalError makes an error of the language one that a caller may see.
func evalError(err error) error {
	var own *inlay.Error
	if errors.As(err, &own) {
		return own
	}
	return inlay.Errorf(inlay.Unsupported, "%v", err)
}

// env gives the interpreter what an expression leaves open: who the viewer is, and the values
// of aggregates at one combination of groups.
type env struct {
	c      *compiler
	values []dax.Value
}

// Variable knows none of its own: VAR is the interpreter's.
func (env) Variable(string) (dax.Value, bool) { return dax.Value{}, false }

// Leaf is the value of a node that the interpreter does not evaluate itself.
func (n env) Leaf(x dax.Expr) (dax.Value, bool, error) {
	switch x := x.(type) {
	case *slot:
		if n.values == nil {
			return dax.Value{}, true, nil
		}
		return n.values[x.index], true, nil
	case *dax.Call:
		if v, ok := n.c.identity(x); ok {
			return v, true, nil
		}
		if strings.EqualFold(x.Func, "LOOKUPVALUE") {
			v, err := n.c.lookup(x)
			return v, true, err
		}
	}
	return dax.Value{}, false, nil
}

// slot stands in a tree for a value that was computed by SQL.
type slot struct {
	dax.At
	index int
}

func truth(v dax.Value) (bool, error) {
	return v.ToBool()
}
