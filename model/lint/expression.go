package lint

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// formula is an expression of a model, and what is known of where it stands.
type formula struct {
	owner string // as messages name it
	src   string
	at    model.Place // of the owner
	text  model.Text
	base  *model.Table // whose rows it is computed for; nil: for none
	rows  bool         // it gives a table

	params   []dax.Param // of a function
	anything bool        // it gives a value or a table, and what it is computed for is not known
}

// formulas are the expressions of a model but the filters of roles.
func formulas(m *model.Model) []formula {
	var out []formula
	for _, t := range m.Tables {
		for _, x := range t.Measures {
			owner := "measure [" + x.Name + "]"
			if x.PartOf != "" {
				owner = "the KPI of measure [" + x.PartOf + "], [" + x.Name + "]"
			}
			out = append(out, formula{owner: owner, src: x.Expression, at: x.Place, text: x.Text})
			if x.FormatBy != "" {
				out = append(out, formula{owner: "the format string of measure [" + x.Name + "]", src: x.FormatBy, at: x.Place, text: x.FormatText})
			}
			if d := x.DetailRows; d != nil {
				out = append(out, formula{owner: "the detail rows of measure [" + x.Name + "]", src: d.Expression, at: d.Place, text: d.Text, rows: true})
			}
		}
		for _, c := range t.Columns {
			if c.Expression != "" {
				out = append(out, formula{owner: "calculated column " + model.ColumnRef{Table: t.Name, Column: c.Name}.String(), src: c.Expression, at: c.Place, text: c.Text, base: t})
			}
		}
		if p := t.Derived(); p != nil {
			out = append(out, formula{owner: "calculated table '" + t.Name + "'", src: p.Source, at: p.Place, text: p.Text, rows: true})
		}
		if d := t.DetailRows; d != nil {
			out = append(out, formula{owner: "the detail rows of table '" + t.Name + "'", src: d.Expression, at: d.Place, text: d.Text, rows: true})
		}
		if t.Group != nil {
			out = append(out, items(t)...)
		}
	}
	return out
}

// items are the expressions of a calculation group.
func items(t *model.Table) []formula {
	var out []formula
	add := func(owner string, i *model.CalculationItem) {
		out = append(out, formula{owner: owner, src: i.Expression, at: i.Place, text: i.Text})
		if i.Format != "" {
			out = append(out, formula{owner: "the format string of " + owner, src: i.Format, at: i.Place, text: i.FormatText})
		}
	}
	for _, i := range t.Group.Items {
		add("calculation item '"+i.Name+"' of '"+t.Name+"'", &i)
	}
	if t.Group.None != nil {
		add("calculation group '"+t.Name+"' where no item is chosen", t.Group.None)
	}
	if t.Group.Several != nil {
		add("calculation group '"+t.Name+"' where several items or none are left", t.Group.Several)
	}
	return out
}

// filters are the filters of roles that no other rule has refused.
func filters(m *model.Model, found []Finding) []formula {
	var out []formula
	for i := range m.Roles {
		for _, p := range m.Roles[i].Permissions {
			known := slices.ContainsFunc(found, func(f Finding) bool {
				return f.Of == p.Place && (f.Rule == "invalid-filter" || f.Rule == "unknown-name")
			})
			if t := m.Table(p.Table); t != nil && !known && strings.TrimSpace(p.Filter) != "" {
				out = append(out, formula{owner: "role '" + m.Roles[i].Name + "', table '" + t.Name + "'", src: p.Filter, at: p.Place, text: p.Text, base: t})
			}
		}
	}
	return out
}

// formula looks for what Power BI refuses, too. It knows no values, and says nothing where that
// depends on them, or on functions and calendars that the reader did not keep.
func (c *checker) formula(f formula) {
	x, err := dax.Parse(f.src)
	if err != nil {
		var e *dax.Error
		if errors.As(err, &e) && !e.Limit && !e.Unsupported {
			c.fault(f, e.Pos, "it is not valid DAX: %s", e.Msg)
		}
		return
	}
	c.tree(f, x)
}

// function looks at a function that the model defines: what its text names, and its own name.
func (c *checker) function(m *model.Function) {
	f := formula{owner: "function " + m.Name, src: m.Expression, at: m.Place, text: m.Text, anything: true}
	if known, ok := fn.Lookup(m.Name); ok {
		c.fault(f, dax.Pos{}, "DAX has the function %s, which is called instead", known.Name)
		return
	}
	d, err := m.Parse()
	if err != nil {
		var e *dax.Error
		if errors.As(err, &e) && !e.Limit && !e.Unsupported {
			c.fault(f, e.Pos, "it is not valid DAX: %s", e.Msg)
		}
		return
	}
	f.params = d.Params
	for _, x := range (&dax.Query{Defines: []dax.Define{*d}}).Expressions() {
		c.tree(f, x)
	}
}

// tree looks at an expression that was read.
func (c *checker) tree(f formula, x dax.Expr) {
	s := &sight{c: c, f: f, names: map[string]bool{}, vars: map[string]bool{}}
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Literal:
			if x.Value.Type() == dax.String {
				s.names[strings.ToLower(x.Value.Text())] = true
			}
		case *dax.Call:
			name := strings.ToUpper(x.Func)
			_, known := fn.Lookup(name)
			s.open = s.open || !known || strings.HasPrefix(name, "INFO.") || strings.HasPrefix(name, "LINEST") || name == "COLUMNSTATISTICS"
		case *dax.Block:
			for _, v := range x.Vars {
				s.vars[strings.ToLower(v.Name)] = true
			}
		}
		return true
	})
	for _, p := range f.params {
		s.vars[strings.ToLower(p.Name)] = true
	}
	want := aValue
	switch {
	case f.anything:
		want = anything
	case f.rows:
		want = someRows
	}
	s.look(x, want, want == aValue)
}

// fault reports a mistake at a place of an expression, one for each place.
func (c *checker) fault(f formula, pos dax.Pos, format string, args ...any) {
	at := f.text.In(f.at.File, pos.Line, pos.Column)
	if at.Line == 0 {
		at = f.at
	}
	message := f.owner + ": " + fmt.Sprintf(format, args...)
	if slices.ContainsFunc(c.out, func(o Finding) bool {
		return o.Rule == "invalid-expression" && o.Place == at && (at.Column > 0 || o.Message == message)
	}) {
		return
	}
	c.out = append(c.out, Finding{Rule: "invalid-expression", Level: Error, Place: at, Of: f.at, Message: message})
}

// wanted is what is expected where an expression stands.
type wanted uint8

const (
	anything wanted = iota
	aValue
	someRows
	aColumn
	eitherValue // a variable: a table or a value, but no column
)

// sight looks at one expression.
type sight struct {
	c     *checker
	f     formula
	names map[string]bool // texts of the expression, which may name columns of tables that it makes
	vars  map[string]bool
	open  bool // functions give tables whose columns are not known
}

func (s *sight) fault(x dax.Expr, format string, args ...any) {
	s.c.fault(s.f, x.Pos(), format, args...)
}

// look visits an expression. Bare says that nothing around it gives it a row, but what the whole
// expression is computed for.
func (s *sight) look(x dax.Expr, w wanted, bare bool) {
	switch x := x.(type) {
	case *dax.Literal:
		s.value(x, w)
	case *dax.Column:
		s.column(x, w, bare)
	case *dax.Table:
		s.named(x, x.Name, w)
	case *dax.Name:
		s.named(x, x.Name, w)
	case *dax.Unary:
		s.value(x, w)
		s.look(x.X, aValue, bare)
	case *dax.Binary:
		s.value(x, w)
		s.look(x.X, aValue, bare)
		if x.Op == "IN" {
			s.look(x.Y, someRows, bare)
		} else {
			s.look(x.Y, aValue, bare)
		}
		s.compared(x)
	case *dax.Block:
		for _, v := range x.Vars {
			s.look(v.X, eitherValue, bare)
		}
		s.look(x.Return, w, bare)
	case *dax.Call:
		s.call(x, w, bare)
	case *dax.Tuple:
		for _, i := range x.Items {
			s.look(i, aValue, bare)
		}
	case *dax.TableOf:
		for _, r := range x.Rows {
			s.look(r, aValue, bare)
		}
	}
}

// value is an expression that is a value and neither table nor column.
func (s *sight) value(x dax.Expr, w wanted) {
	switch w {
	case someRows:
		s.fault(x, "a table is expected here, not a value")
	case aColumn:
		s.fault(x, "a column is expected here, not a value")
	}
}

// column looks a reference up.
func (s *sight) column(x *dax.Column, w wanted, bare bool) {
	m := s.c.m
	meas, _ := m.Measure(x.Name)
	if x.Table == "" {
		switch {
		case meas != nil:
			s.measure(x, w)
		case s.f.base != nil && s.f.base.Column(x.Name) != nil, s.names[strings.ToLower(x.Name)]:
		case bare && (w == aValue || w == eitherValue) || !s.anywhere(x.Name):
			s.fault(x, "there is no measure [%s], and no row that has such a column", x.Name)
		}
		return
	}
	t := m.Table(x.Table)
	switch {
	case t == nil && s.vars[strings.ToLower(x.Table)]:
	case t == nil:
		s.fault(x, "the model has no table '%s'", x.Table)
	case t.Column(x.Name) == nil && meas == nil:
		s.fault(x, "table '%s' has no column [%s]", t.Name, x.Name)
	case t.Column(x.Name) == nil:
		s.measure(x, w)
	case w == someRows:
		s.fault(x, "a table is expected here, not a column")
	case bare && (w == aValue || w == eitherValue) && s.f.base == nil && x.Level == "":
		s.fault(x, "column %s has no single value here; aggregate it, such as with SUM, or take it with SELECTEDVALUE", model.ColumnRef{Table: t.Name, Column: x.Name})
	case bare && (w == aValue || w == eitherValue) && s.f.base != t && x.Level == "":
		s.fault(x, "column %s is not one of table '%s', whose rows this is computed for; take it with RELATED", model.ColumnRef{Table: t.Name, Column: x.Name}, s.f.base.Name)
	}
}

func (s *sight) measure(x *dax.Column, w wanted) {
	switch w {
	case someRows:
		s.fault(x, "a table is expected here, not a measure")
	case aColumn:
		s.fault(x, "a column is expected here, not the measure [%s]", x.Name)
	}
}

// anywhere reports whether a table, or a function that makes one, has a column of a name.
func (s *sight) anywhere(name string) bool {
	low := strings.ToLower(name) // CALENDAR gives Date; GENERATESERIES and lists give Value, Value1, …
	return s.open || low == "date" || strings.HasPrefix(low, "value") || slices.ContainsFunc(s.c.m.Tables, func(t *model.Table) bool { return t.Column(name) != nil })
}

// named looks up a table or a bare word.
func (s *sight) named(x dax.Expr, name string, w wanted) {
	t := s.c.m.Table(name)
	_, quoted := x.(*dax.Table)
	_, function := fn.Lookup(name)
	switch {
	case !quoted && s.vars[strings.ToLower(name)]:
	case t == nil && function && !quoted, t == nil && s.c.m.Dropped["calendar"] > 0:
	case t == nil && quoted:
		s.fault(x, "the model has no table '%s'", name)
	case t == nil && w == aColumn:
		s.fault(x, "a column is expected here, and %s is none", name)
	case t == nil && w != anything:
		s.fault(x, "there is no table and no variable %s", name)
	case t != nil && w == aValue && len(t.Columns) > 1:
		s.fault(x, "a value is expected here, and table '%s' has %d columns", t.Name, len(t.Columns))
	case t != nil && w == aColumn:
		s.fault(x, "a column is expected here, not the table '%s'", t.Name)
	}
}

// compared looks at the types on both sides of a comparison.
func (s *sight) compared(x *dax.Binary) {
	var others []dax.Expr
	switch x.Op {
	case "=", "==", "<>", "<", "<=", ">", ">=":
		others = []dax.Expr{x.Y}
	case "IN":
		if list, ok := x.Y.(*dax.TableOf); ok {
			others = list.Rows
		}
	}
	a := s.typed(x.X)
	for _, o := range others {
		b := s.typed(o)
		if a == dax.Variant || b == dax.Variant || a == b || a != dax.String && a != dax.Boolean && b != dax.String && b != dax.Boolean {
			continue
		}
		at := o
		if _, ok := o.(*dax.Literal); !ok {
			at = x.X
		}
		s.fault(at, "values of type %s cannot be compared with values of type %s", a, b)
	}
}

// typed is the type of a column or a literal, Variant where it is not known.
func (s *sight) typed(x dax.Expr) dax.Type {
	switch x := x.(type) {
	case *dax.Literal:
		if !x.Value.IsBlank() {
			return x.Value.Type()
		}
	case *dax.Column:
		t := s.c.m.Table(x.Table)
		if x.Table == "" {
			t = s.f.base
		}
		if t == nil || x.Level != "" {
			break
		}
		if meas, _ := s.c.m.Measure(x.Name); x.Table == "" && meas != nil {
			break
		}
		if c := t.Column(x.Name); c != nil && (c.Expression == "" || c.Type == dax.String) && t.Derived() == nil {
			return c.Type
		}
	}
	return dax.Variant
}
