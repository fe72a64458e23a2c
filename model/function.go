package model

import (
	"slices"
	"strings"

	"inlay/dax"
)

// Function is a function that the model defines for its expressions (dax-user-defined-functions.md).
type Function struct {
	Name        string
	Description string
	Expression  string // DAX: (parameters) => body
	Hidden      bool
	Place       Place
	Text        Text // where Expression stands
}

// Parse reads a function.
func (f *Function) Parse() (*dax.Define, error) { return dax.ParseFunction(f.Name, f.Expression) }

// Function finds a function by name, nil if there is none.
func (m *Model) Function(name string) *Function {
	for i := range m.Functions {
		if strings.EqualFold(m.Functions[i].Name, name) {
			return &m.Functions[i]
		}
	}
	return nil
}

// Defined is a function of the model as it was read; nil if there is none, or if it is not valid DAX.
func (m *Model) Defined(name string) *dax.Define {
	if f := m.Function(name); f != nil {
		if d, err := f.Parse(); err == nil {
			return d
		}
	}
	return nil
}

// TypeIn is the type of a column of a table as an expression for its rows names it; false if the
// name is that of something else.
func (m *Model) TypeIn(t *Table, x *dax.Column) (dax.Type, bool) {
	if measure, _ := m.Measure(x.Name); measure != nil || x.Table != "" && m.Table(x.Table) != t {
		return dax.Variant, false
	}
	c := t.Column(x.Name)
	if c == nil {
		return dax.Variant, false
	}
	return c.Type, true
}

// Walk visits an expression as dax.Walk does, and then the functions and measures of the model that
// it names, be it through others: what it asks for, it may ask for in their texts.
func (m *Model) Walk(x dax.Expr, visit func(dax.Expr) bool) {
	m.walk(x, visit, map[any]bool{})
}

func (m *Model) walk(x dax.Expr, visit func(dax.Expr) bool, seen map[any]bool) {
	var below []dax.Expr
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Call:
			if f := m.Function(x.Func); f != nil && !seen[f] {
				seen[f] = true
				if d, err := f.Parse(); err == nil { // of one that is not valid, nothing is computed
					below = append(below, (&dax.Query{Defines: []dax.Define{*d}}).Expressions()...)
				}
			}
		case *dax.Column:
			if c, _ := m.Measure(x.Name); c != nil && !seen[c] {
				seen[c] = true
				if y, err := dax.Parse(c.Expression); err == nil {
					below = append(below, y)
				}
			}
		}
		return visit(x)
	})
	for _, y := range below {
		m.walk(y, visit, seen)
	}
}

// Calls reports whether an expression calls one of some functions, be it in a function or a measure
// of the model.
func (m *Model) Calls(x dax.Expr, names ...string) bool {
	found := false
	m.Walk(x, func(x dax.Expr) bool {
		if call, ok := x.(*dax.Call); ok {
			found = found || slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, call.Func) })
		}
		return !found
	})
	return found
}
