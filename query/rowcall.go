package query

import (
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
)

// rowCall compiles a function call for each row.
func (s *scope) rowCall(x *dax.Call) (rowExpr, error) {
	name := strings.ToUpper(x.Func)
	for _, a := range x.Args {
		if a == nil {
			return rowExpr{}, unsupported(x, "%s with an omitted argument for each row is not supported yet", name)
		}
	}
	switch name {
	case "AND", "OR":
		cond, total, err := s.condition(x, false)
		return rowExpr{sql: cond, typ: dax.Boolean, total: total}, err
	case "NOT":
		if len(x.Args) == 1 {
			return s.rowUnary(&dax.Unary{At: x.At, Op: "NOT", X: x.Args[0]})
		}
	case "ISBLANK":
		if len(x.Args) == 1 {
			e, err := s.row(x.Args[0])
			return rowExpr{sql: "(" + e.sql + " IS NULL)", typ: dax.Boolean, total: e.total}, err
		}
	case "IF":
		return s.rowIf(x)
	case "SWITCH":
		return s.rowSwitch(x)
	case "COALESCE":
		return s.rowCoalesce(x)
	case "DIVIDE":
		return s.rowDivide(x)
	case "RELATED":
		return s.related(x)
	}
	return s.rowFunction(x)
}

// rowFunction uses the SQL form that dax/fn has for a function.
func (s *scope) rowFunction(x *dax.Call) (rowExpr, error) {
	f, ok := fn.Lookup(x.Func)
	if !ok {
		return rowExpr{}, unsupported(x, "%s", s.c.e.absent(x))
	}
	if f.SQL == "" || f.Arity(len(x.Args)) != nil {
		return rowExpr{}, unsupported(x, "function %s cannot be evaluated for each row yet", f.Name)
	}
	r := rowExpr{typ: f.Returns, null: true, total: f.Total}
	var args []string
	for i, a := range x.Args {
		e, err := s.row(a)
		if err != nil {
			return rowExpr{}, err
		}
		if want := f.Params[min(i, len(f.Params)-1)].Type; !fits(e.typ, want) {
			return rowExpr{}, unsupported(a, "%s takes a %s here, not a %s", f.Name, want, e.typ)
		}
		if r.typ == dax.Variant {
			r.typ = e.typ
		}
		args = append(args, e.sql)
		r.total = r.total && e.total
	}
	text, ok := f.Translate(x, args)
	if !ok {
		return rowExpr{}, unsupported(x, "function %s with these arguments cannot be evaluated for each row yet", f.Name)
	}
	r.sql = "(" + text + ")"
	if f.Name == "UPPER" || f.Name == "LOWER" {
		s.c.blurred = true // engines know other letters, such as the upper case of ß
	}
	if r.typ == dax.Boolean {
		r.sql, r.null = "COALESCE("+r.sql+", FALSE)", false
	}
	return r, nil
}

// absent says why a function that DAX does not have is not called; the model may have it.
func (e *Engine) absent(x *dax.Call) string {
	if f := e.m.Function(x.Func); f != nil {
		return "function " + f.Name + " of the model is not supported here"
	}
	return fn.Absent(x).Msg
}

// fits reports whether an argument needs no conversion. Conversions of text can fail on a row,
// so they are refused here.
func fits(have, want dax.Type) bool {
	return have == want || (have == dax.Blank && want != dax.Rows) || (want == dax.Variant && have != dax.Blank) ||
		(classOf(have) == numberClass && classOf(want) == numberClass)
}

// branches unifies the types of alternatives.
func branches(x dax.Expr, list []rowExpr) (rowExpr, error) {
	r := rowExpr{total: true}
	for _, e := range list {
		r.null = r.null || e.null || e.typ == dax.Blank
		r.total = r.total && e.total
		switch {
		case e.typ == dax.Blank:
		case r.typ == dax.Blank:
			r.typ = e.typ
		case classOf(r.typ) == numberClass && classOf(e.typ) == numberClass:
			r.typ = wider(r.typ, e.typ)
		case r.typ != e.typ:
			return r, unsupported(x, "alternatives of type %s and %s for each row are not supported yet", r.typ, e.typ)
		}
	}
	return r, nil
}

func (s *scope) rowIf(x *dax.Call) (rowExpr, error) {
	if len(x.Args) < 2 || len(x.Args) > 3 {
		return rowExpr{}, unsupported(x, "IF takes a condition and one or two results")
	}
	cond, total, err := s.condition(x.Args[0], false)
	if err != nil {
		return rowExpr{}, err
	}
	list := []rowExpr{{}, {sql: "NULL", total: true}}
	for i, a := range x.Args[1:] {
		if list[i], err = s.row(a); err != nil {
			return rowExpr{}, err
		}
	}
	r, err := branches(x, list)
	r.total = r.total && total
	r.sql = "CASE WHEN " + cond + " THEN " + list[0].sql + " ELSE " + list[1].sql + " END"
	return s.truthful(r, list...), err
}

// truthful keeps the promise that truth values are never NULL. Whoever stores a value must know
// what that hides, and that a number became one of a wider type.
func (s *scope) truthful(r rowExpr, list ...rowExpr) rowExpr {
	if r.typ == dax.Boolean && r.null {
		r.sql, r.null = "COALESCE("+r.sql+", FALSE)", false
		s.c.blurred = true
	}
	for _, e := range list {
		s.c.blurred = s.c.blurred || e.typ != dax.Blank && e.typ != r.typ
	}
	return r
}

func (s *scope) rowSwitch(x *dax.Call) (rowExpr, error) {
	if len(x.Args) < 3 {
		return rowExpr{}, unsupported(x, "SWITCH takes an expression and pairs of value and result")
	}
	subject, rest := x.Args[0], x.Args[1:]
	var text strings.Builder
	text.WriteString("CASE")
	var list []rowExpr
	total := true
	for len(rest) >= 2 {
		e, err := s.compare(&dax.Binary{At: x.At, Op: "==", X: subject, Y: rest[0]}, false)
		if err != nil {
			return rowExpr{}, err
		}
		result, err := s.row(rest[1])
		if err != nil {
			return rowExpr{}, err
		}
		text.WriteString(" WHEN " + e.sql + " THEN " + result.sql)
		list, total, rest = append(list, result), total && e.total, rest[2:]
	}
	other := rowExpr{sql: "NULL", total: true}
	if len(rest) == 1 {
		var err error
		if other, err = s.row(rest[0]); err != nil {
			return rowExpr{}, err
		}
	}
	text.WriteString(" ELSE " + other.sql + " END")
	r, err := branches(x, append(list, other))
	r.sql, r.total = text.String(), r.total && total
	return s.truthful(r, append(list, other)...), err
}

func (s *scope) rowCoalesce(x *dax.Call) (rowExpr, error) {
	var list []rowExpr
	var parts []string
	null := true
	for _, a := range x.Args {
		e, err := s.row(a)
		if err != nil {
			return rowExpr{}, err
		}
		list, parts, null = append(list, e), append(parts, e.sql), null && e.null
	}
	if len(list) == 0 {
		return rowExpr{}, unsupported(x, "COALESCE takes at least one value")
	}
	r, err := branches(x, list)
	r.sql, r.null = "COALESCE("+strings.Join(parts, ", ")+")", null
	return s.truthful(r, list...), err
}

func (s *scope) rowDivide(x *dax.Call) (rowExpr, error) {
	if len(x.Args) < 2 || len(x.Args) > 3 {
		return rowExpr{}, unsupported(x, "DIVIDE takes a numerator, a denominator and, if wanted, what to answer instead of dividing by zero")
	}
	list := []rowExpr{{}, {}, {sql: "NULL", total: true, null: true}}
	for i, a := range x.Args {
		e, err := s.row(a)
		if err != nil {
			return rowExpr{}, err
		}
		if k := classOf(e.typ); k != numberClass && k != blankClass {
			return rowExpr{}, unsupported(a, "DIVIDE takes numbers, not a %s", e.typ)
		}
		list[i] = e
	}
	a, b, alt := list[0], list[1], list[2]
	y := "COALESCE(CAST(" + b.sql + " AS DOUBLE PRECISION), 0)"
	if fixed(a, b) {
		if alt.typ == dax.Double {
			return rowExpr{}, unsupported(x, "DIVIDE of a %s by a %s with an alternative of type %s for each row is not supported yet", a.typ, b.typ, alt.typ)
		}
		r := s.fixedQuotient(a, b)
		r.sql, r.null = "CASE WHEN "+y+" = 0 THEN CAST("+alt.sql+" AS "+s.c.e.d.Type(dax.Decimal)+") ELSE "+r.sql+" END", true
		return r, nil
	}
	return s.total(rowExpr{sql: "CASE WHEN " + y + " = 0 THEN CAST(" + alt.sql + " AS DOUBLE PRECISION) ELSE CAST(" + a.sql + " AS DOUBLE PRECISION) / NULLIF(" + y + ", 0) END",
		typ: dax.Double, null: true, total: a.total && b.total && alt.total}), nil
}

// related is a column of a table that each row has at most one row of.
func (s *scope) related(x *dax.Call) (rowExpr, error) {
	if len(x.Args) == 1 {
		if ref, ok := x.Args[0].(*dax.Column); ok && ref.Table != "" {
			col, err := s.c.e.column(ref)
			if err != nil {
				return rowExpr{}, err
			}
			text, err := s.column(col)
			return rowExpr{sql: text, typ: col.c.Type, null: true, total: true}, err
		}
	}
	return rowExpr{}, unsupported(x, "RELATED takes one column with its table")
}
