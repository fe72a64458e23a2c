package query

import (
	"errors"
	"fmt"
	"strings"

	"inlay"
	"inlay/dax"
)

// rowExpr is the SQL of an expression that is evaluated for each row. Truth values are never
// NULL, so NOT and OR mean what they mean in DAX; everything else is NULL where DAX is BLANK.
type rowExpr struct {
	sql   string
	typ   dax.Type
	null  bool // may be NULL
	total bool // cannot fail on any row
}

// class groups types that can be compared with each other.
type class uint8

const (
	blankClass class = iota
	numberClass
	textClass
	boolClass
	dateClass
	otherClass
)

func classOf(t dax.Type) class {
	switch t {
	case dax.Blank:
		return blankClass
	case dax.Int64, dax.Double, dax.Decimal:
		return numberClass
	case dax.String:
		return textClass
	case dax.Boolean:
		return boolClass
	case dax.DateTime:
		return dateClass
	}
	return otherClass
}

// zero is what BLANK counts as when it meets a value of a class.
func (c class) zero() string {
	switch c {
	case textClass:
		return "''"
	case boolClass:
		return "FALSE"
	case dateClass:
		return "TIMESTAMP '1899-12-30 00:00:00'"
	}
	return "0"
}

func unsupported(x dax.Expr, format string, args ...any) error {
	p := x.Pos()
	return inlay.Errorf(inlay.Unsupported, "line %d, column %d: %s", p.Line, p.Column, fmt.Sprintf(format, args...))
}

// condition compiles an expression to a truth value. Where lax is set the place treats NULL as
// false, which spares a COALESCE that would hide a column from the engine's indexes.
func (s *scope) condition(x dax.Expr, lax bool) (string, bool, error) {
	if text, ok, err := s.settled(x); ok || err != nil {
		return text, true, err
	}
	switch x := x.(type) {
	case *dax.Binary:
		switch x.Op {
		case "&&", "||":
			a, at, err := s.condition(x.X, lax)
			if err != nil {
				return "", false, err
			}
			b, bt, err := s.condition(x.Y, lax)
			if err != nil {
				return "", false, err
			}
			word := " AND "
			if x.Op == "||" {
				word = " OR "
			}
			return "(" + a + word + b + ")", at && bt, nil
		case "=", "==", "<>", "<", "<=", ">", ">=":
			e, err := s.compare(x, lax)
			return e.sql, e.total, err
		}
	case *dax.Call:
		switch name := strings.ToUpper(x.Func); name {
		case "AND", "OR":
			if len(x.Args) == 2 {
				return s.condition(&dax.Binary{At: x.At, Op: map[string]string{"AND": "&&", "OR": "||"}[name], X: x.Args[0], Y: x.Args[1]}, lax)
			}
		}
	}
	e, err := s.row(x)
	if err != nil {
		return "", false, err
	}
	text, err := boolean(x, e)
	return text, e.total, err
}

// settled is a condition that no row changes; ok is false if rows do. What a policy asks about the
// viewer is left to the database.
func (s *scope) settled(x dax.Expr) (text string, ok bool, err error) {
	if s.c.policy && s.c.asksWho(x) {
		return "", false, nil
	}
	v, ok, err := s.c.fold(x)
	if err != nil || !ok {
		return "", false, err
	}
	yes, err := truth(v)
	if err != nil {
		return "", false, s.wrong(unsupported(x, "%v", err))
	}
	return map[bool]string{true: "TRUE", false: "FALSE"}[yes], true, nil
}

// boolean is an expression as DAX tests it: BLANK and 0 are false.
func boolean(x dax.Expr, e rowExpr) (string, error) {
	switch classOf(e.typ) {
	case boolClass:
		if e.null {
			return "COALESCE(" + e.sql + ", FALSE)", nil
		}
		return e.sql, nil
	case numberClass:
		return "(COALESCE(" + e.sql + ", 0) <> 0)", nil
	case blankClass:
		return "FALSE", nil
	}
	return "", unsupported(x, "a text or date cannot be used as a truth value")
}

// compare compiles = == <> < <= > >=.
func (s *scope) compare(x *dax.Binary, lax bool) (rowExpr, error) {
	a, err := s.row(x.X)
	if err != nil {
		return rowExpr{}, err
	}
	b, err := s.row(x.Y)
	if err != nil {
		return rowExpr{}, err
	}
	ca, cb := classOf(a.typ), classOf(b.typ)
	both := ca
	if ca == blankClass {
		both = cb
	}
	if ca == otherClass || cb == otherClass || (ca != cb && ca != blankClass && cb != blankClass) {
		return rowExpr{}, s.incomparable(x, a, b)
	}
	r := rowExpr{typ: dax.Boolean, total: a.total && b.total}
	if x.Op == "==" {
		// Strict: BLANK equals BLANK alone.
		r.sql = "(" + fold(a, both) + " IS NOT DISTINCT FROM " + fold(b, both) + ")"
		return r, nil
	}
	if both == blankClass { // BLANK with BLANK
		r.sql = map[string]string{"=": "TRUE", "<=": "TRUE", ">=": "TRUE"}[x.Op]
		if r.sql == "" {
			r.sql = "FALSE"
		}
		return r, nil
	}
	if lax && x.Op == "=" && (s.constant(x.X, both) || s.constant(x.Y, both)) {
		r.sql = "(" + fold(a, both) + " = " + fold(b, both) + ")"
		return r, nil
	}
	r.sql = "(" + filled(a, both) + " " + x.Op + " " + filled(b, both) + ")"
	return r, nil
}

// incomparable is the error of a comparison of different types. A number and a date compare in DAX,
// if not here; of the others a role filter is wrong, whatever the rows are.
func (s *scope) incomparable(x dax.Expr, a, b rowExpr) error {
	err := unsupported(x, "values of type %s and %s cannot be compared", a.typ, b.typ)
	text := func(e rowExpr) bool { return e.typ == dax.String || e.typ == dax.Boolean }
	if (text(a) || text(b)) && classOf(a.typ) != otherClass && classOf(b.typ) != otherClass {
		return s.wrong(err)
	}
	return err
}

// wrong makes an error final in a role filter, which is not tried in another way.
func (s *scope) wrong(err error) error {
	var own *inlay.Error
	if s.c.raw && errors.As(err, &own) {
		own.Kind = inlay.Invalid
	}
	return err
}

// constant reports whether an expression is a constant that BLANK does not equal.
func (s *scope) constant(x dax.Expr, k class) bool {
	v, ok, err := s.c.fold(x)
	if err != nil || !ok || v.IsBlank() || s.c.policy && s.c.asksWho(x) {
		return false
	}
	if k == textClass {
		return v.Text() != ""
	}
	return v.Float() != 0
}

// fold makes text comparable: DAX ignores case.
func fold(e rowExpr, k class) string {
	if k == textClass && e.typ != dax.Blank {
		return "lower(" + e.sql + ")"
	}
	return e.sql
}

// filled is a value with BLANK counted as zero, empty text, false or day 0.
func filled(e rowExpr, k class) string {
	if e.typ == dax.Blank {
		return k.zero()
	}
	if e.null {
		return "COALESCE(" + fold(e, k) + ", " + k.zero() + ")"
	}
	return fold(e, k)
}

// row compiles an expression that is evaluated for each row of the scope.
func (s *scope) row(x dax.Expr) (rowExpr, error) {
	if s.c.policy && s.c.asksWho(x) {
		if call, ok := x.(*dax.Call); ok {
			if v, ok := s.c.identity(call); ok { // known when a question is asked, and NULL if it is nothing
				return rowExpr{sql: s.c.bind(v), typ: v.Type(), null: true, total: true}, nil
			}
		}
	} else if v, ok, err := s.c.fold(x); err != nil {
		return rowExpr{}, err
	} else if ok {
		return rowExpr{sql: s.c.bind(v), typ: v.Type(), null: v.IsBlank(), total: true}, nil
	}
	switch x := x.(type) {
	case *dax.Column:
		return s.rowColumn(x)
	case *dax.Unary:
		return s.rowUnary(x)
	case *dax.Binary:
		return s.rowBinary(x)
	case *dax.Call:
		return s.rowCall(x)
	case *dax.Block:
		return rowExpr{}, unsupported(x, "VAR with values of the row is not supported yet")
	}
	return rowExpr{}, unsupported(x, "%q cannot be evaluated for each row", dax.Print(x))
}

func (s *scope) rowColumn(x *dax.Column) (rowExpr, error) {
	ref := *x
	if x.Loose {
		return rowExpr{}, unsupported(x, "there is no column ''[%s] here", x.Name)
	}
	if ref.Table == "" {
		if s.over.Column(x.Name) == nil {
			if m, _ := s.c.e.m.Measure(x.Name); m != nil {
				return rowExpr{}, unsupported(x, "measure [%s] in an expression that is evaluated for each row is not supported yet", m.Name)
			}
		}
		ref.Table = s.over.Name
	}
	col, err := s.c.e.column(&ref)
	if err != nil {
		return rowExpr{}, err
	}
	if col.t != s.over {
		return rowExpr{}, unsupported(x, "column %s has no single value for a row of %q; RELATED finds the related row", col, s.over.Name)
	}
	text, err := s.column(col)
	if err != nil {
		return rowExpr{}, err
	}
	return rowExpr{sql: text, typ: col.c.Type, null: true, total: true}, nil
}

func (s *scope) rowUnary(x *dax.Unary) (rowExpr, error) {
	if strings.EqualFold(x.Op, "NOT") {
		cond, total, err := s.condition(x.X, false)
		return rowExpr{sql: "(NOT " + cond + ")", typ: dax.Boolean, total: total}, err
	}
	e, err := s.row(x.X)
	if err != nil || x.Op == "+" {
		return e, err
	}
	if classOf(e.typ) != numberClass {
		return rowExpr{}, unsupported(x, "a value of type %s cannot be negated", e.typ)
	}
	e.sql = "(-" + e.sql + ")"
	e.total = e.total && e.typ == dax.Double
	return e, nil
}
