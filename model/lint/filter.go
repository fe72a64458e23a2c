package lint

import (
	"errors"
	"slices"
	"strings"
	"time"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// permission looks at the filter of one table.
func (c *checker) permission(r *model.Role, p *model.Permission) {
	t := c.m.Table(p.Table)
	if t == nil {
		c.report("unknown-name", p.Place, "role '%s' filters table '%s', which the model does not have", r.Name, p.Table)
		c.out[len(c.out)-1].Of = p.Place
		return
	}
	if strings.TrimSpace(p.Filter) == "" {
		return
	}
	x, err := dax.Parse(p.Filter)
	if err != nil {
		c.torn(r, p, t, err)
		return
	}
	if _, unknown := columns(c.m, t, x); len(unknown) > 0 {
		slices.Sort(unknown)
		c.report("unknown-name", p.Place, "role '%s', table '%s': the filter names %s, which the model does not have", r.Name, t.Name, strings.Join(slices.Compact(unknown), " and "))
		c.out[len(c.out)-1].Of = p.Place
		return
	}
	x = expanded(c.m, t, x)
	switch always(x) {
	case yes:
		c.report("always-true", p.Place, "role '%s', table '%s': the filter %s is always true", r.Name, t.Name, short(p.Filter))
		return
	case no:
		c.report("always-false", p.Place, "role '%s', table '%s': the filter %s is always false", r.Name, t.Name, short(p.Filter))
		return
	}
	c.blanks(r, p, x)
}

// torn reports a filter that cannot be read, at the place of the mistake.
func (c *checker) torn(r *model.Role, p *model.Permission, t *model.Table, err error) {
	at, text := p.Place, err.Error()
	var e *dax.Error
	if errors.As(err, &e) {
		text = e.Msg
		if in := p.Text.In(p.Place.File, e.Pos.Line, e.Pos.Column); in.Line > 0 {
			at = in
		}
	}
	c.report("invalid-filter", at, "role '%s', table '%s': the filter is not valid DAX: %s", r.Name, t.Name, text)
	c.out[len(c.out)-1].Of = p.Place
}

// expanded is the filter of a table with functions of the model put in place.
func expanded(m *model.Model, t *model.Table, x dax.Expr) dax.Expr {
	return fn.Expander{Function: m.Defined, Type: func(x *dax.Column) (dax.Type, bool) { return m.TypeIn(t, x) }}.Expand(x)
}

// blanks tries the filter as those meet it who come without what it asks for.
func (c *checker) blanks(r *model.Role, p *model.Permission, x dax.Expr) {
	try := func(w world) bool {
		w.m, w.base = c.m, c.m.Table(p.Table)
		v, err := fn.Eval(x, w)
		if err != nil {
			return false // not to be decided without data, or no row passes
		}
		b, err := v.ToBool()
		return err == nil && b
	}
	if c.m.Calls(x, "CUSTOMDATA") {
		switch {
		case try(world{}) && try(world{mark: true}):
			c.report("open-without-custom-data", p.Place, "role '%s', table '%s': an identity without custom data sees every row: %s", r.Name, p.Table, short(p.Filter))
		case try(world{}):
			c.report("blank-custom-data", p.Place, "role '%s', table '%s': an identity without custom data sees the rows where the column is blank: %s", r.Name, p.Table, short(p.Filter))
		}
	}
	if c.m.Calls(x, "LOOKUPVALUE") && try(world{custom: "x", unknown: true}) {
		c.report("blank-lookup", p.Place, "role '%s', table '%s': a user whom LOOKUPVALUE does not find sees the rows where the column is blank: %s", r.Name, p.Table, short(p.Filter))
	}
}

// world is a row and a viewer: columns are blank, or marked with a value that nothing equals.
type world struct {
	m       *model.Model
	base    *model.Table
	mark    bool
	custom  string // custom data, BLANK if empty
	unknown bool   // LOOKUPVALUE finds nothing
}

var errUnknown = errors.New("its value depends on data")

// Variable is asked for names that are not variables of the expression.
func (w world) Variable(string) (dax.Value, bool) { return dax.Value{}, false }

// Leaf is the value of a column, of what is known of the viewer, and of a search.
func (w world) Leaf(x dax.Expr) (dax.Value, bool, error) {
	switch x := x.(type) {
	case *dax.Column:
		return w.column(x), true, nil
	case *dax.Call:
		switch strings.ToUpper(x.Func) {
		case "CUSTOMDATA":
			if w.custom == "" {
				return dax.Value{}, true, nil
			}
			return dax.TextOf(w.custom), true, nil
		case "USERNAME", "USERPRINCIPALNAME", "USEROBJECTID":
			return dax.TextOf("viewer@example.com"), true, nil
		case "LOOKUPVALUE":
			if w.unknown {
				return dax.Value{}, true, nil
			}
			return dax.Value{}, false, errUnknown
		case "RELATED":
			if len(x.Args) == 1 {
				return w.Leaf(x.Args[0])
			}
		}
	}
	return dax.Value{}, false, nil
}

// column is the value of a column in this row.
func (w world) column(x *dax.Column) dax.Value {
	if !w.mark {
		return dax.Value{}
	}
	t := w.base
	if x.Table != "" {
		t = w.m.Table(x.Table)
	}
	kind := dax.String
	if t != nil {
		if c := t.Column(x.Name); c != nil {
			kind = c.Type
		}
	}
	switch kind {
	case dax.Int64, dax.Double, dax.Decimal:
		return dax.IntOf(-982_451_653)
	case dax.Boolean:
		return dax.BoolOf(true)
	case dax.DateTime:
		return dax.TimeOf(time.Date(1931, 5, 17, 3, 4, 5, 0, time.UTC))
	}
	return dax.TextOf("\u2205 a value that no filter names")
}

// answer is what is known of a condition without data.
type answer uint8

const (
	maybe answer = iota
	yes
	no
)

func known(b bool) answer {
	if b {
		return yes
	}
	return no
}

// always decides a condition for every row and every viewer.
func always(x dax.Expr) answer {
	switch x := x.(type) {
	case *dax.Binary:
		switch x.Op {
		case "&&":
			return both(x)
		case "||":
			return either(always(x.X), always(x.Y))
		case "=", "==", "<=", ">=", "<>", "<", ">":
			if !constant(x.X) && dax.Print(x.X) == dax.Print(x.Y) { // a column beside itself
				return known(x.Op != "<>" && x.Op != "<" && x.Op != ">")
			}
		}
	case *dax.Unary:
		if strings.EqualFold(x.Op, "NOT") {
			return not(always(x.X))
		}
	case *dax.Call:
		if a, ok := logical(x); ok {
			return a
		}
	}
	if !constant(x) {
		return maybe
	}
	v, err := fn.Eval(x, nil)
	if err != nil {
		return maybe
	}
	b, err := v.ToBool()
	if err != nil {
		return maybe
	}
	return known(b)
}

// logical decides AND, OR and NOT as functions.
func logical(x *dax.Call) (answer, bool) {
	switch f := strings.ToUpper(x.Func); {
	case f == "NOT" && len(x.Args) == 1:
		return not(always(x.Args[0])), true
	case f == "OR" && len(x.Args) == 2:
		return either(always(x.Args[0]), always(x.Args[1])), true
	case f == "AND" && len(x.Args) == 2:
		return both(&dax.Binary{Op: "&&", X: x.Args[0], Y: x.Args[1]}), true
	}
	return maybe, false
}

func not(a answer) answer {
	switch a {
	case yes:
		return no
	case no:
		return yes
	}
	return maybe
}

func either(a, b answer) answer {
	switch {
	case a == yes || b == yes:
		return yes
	case a == no && b == no:
		return no
	}
	return maybe
}

// both decides a && b, also where a column is to equal two constants at once.
func both(x *dax.Binary) answer {
	var parts []dax.Expr
	var flatten func(dax.Expr)
	flatten = func(x dax.Expr) {
		if b, ok := x.(*dax.Binary); ok && b.Op == "&&" {
			flatten(b.X)
			flatten(b.Y)
			return
		}
		parts = append(parts, x)
	}
	flatten(x)
	all := yes
	equal := map[string]dax.Value{}
	for _, p := range parts {
		switch always(p) {
		case no:
			return no
		case maybe:
			all = maybe
		}
		b, ok := p.(*dax.Binary)
		if !ok || b.Op != "=" && b.Op != "==" {
			continue
		}
		column, isColumn := b.X.(*dax.Column)
		literal, isLiteral := b.Y.(*dax.Literal)
		if !isColumn || !isLiteral {
			continue
		}
		key := strings.ToLower(dax.Print(column))
		if before, twice := equal[key]; twice {
			if same, err := dax.Equal(before, literal.Value); err == nil && !same {
				return no
			}
		}
		equal[key] = literal.Value
	}
	return all
}

// steady are functions without arguments whose value is the same for everybody, always.
var steady = []string{"TRUE", "FALSE", "BLANK", "PI"}

// constant reports whether an expression depends on neither rows nor viewer nor time.
func constant(x dax.Expr) bool {
	is := true
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Column, *dax.Table, *dax.Name, *dax.Parameter, *dax.Block:
			is = false
		case *dax.Call:
			is = is && (len(x.Args) > 0 || slices.Contains(steady, strings.ToUpper(x.Func)))
		}
		return is
	})
	return is
}

// short is a filter on one line, cut where it is long.
func short(filter string) string {
	s := strings.Join(strings.Fields(filter), " ")
	if r := []rune(s); len(r) > 80 {
		s = string(r[:79]) + "…"
	}
	return s
}
