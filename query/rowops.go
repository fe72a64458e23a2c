package query

import (
	"strings"

	"inlay/dax"
)

// rowBinary compiles an infix operator for each row.
func (s *scope) rowBinary(x *dax.Binary) (rowExpr, error) {
	switch x.Op {
	case "&&", "||":
		cond, total, err := s.condition(x, false)
		return rowExpr{sql: cond, typ: dax.Boolean, total: total}, err
	case "=", "==", "<>", "<", "<=", ">", ">=":
		return s.compare(x, false)
	case "IN":
		return s.rowIn(x)
	}
	a, err := s.row(x.X)
	if err != nil {
		return rowExpr{}, err
	}
	b, err := s.row(x.Y)
	if err != nil {
		return rowExpr{}, err
	}
	if x.Op == "&" {
		return joinText(x, a, b)
	}
	if ca, cb := classOf(a.typ), classOf(b.typ); (ca != numberClass && ca != blankClass) || (cb != numberClass && cb != blankClass) {
		return rowExpr{}, unsupported(x, "%q of %s and %s for each row is not supported yet", x.Op, a.typ, b.typ)
	}
	switch x.Op {
	case "+", "-", "*":
		return s.total(s.arithmetic(x, a, b)), nil
	case "/":
		return s.quotient(x, a, b)
	}
	return rowExpr{}, unsupported(x, "operator %q for each row is not supported yet", x.Op)
}

// wider is the type of a sum, difference or product.
func wider(a, b dax.Type) dax.Type {
	switch {
	case a == dax.Double || b == dax.Double:
		return dax.Double
	case a == dax.Decimal || b == dax.Decimal:
		return dax.Decimal
	}
	return dax.Int64
}

// total withdraws that arithmetic is total where the engine fails on what leaves the range.
func (s *scope) total(r rowExpr) rowExpr {
	r.total = r.total && (r.typ != dax.Double || !floatsFail(s.c.e.d))
	return r
}

// arithmetic adds, subtracts or multiplies. Sums count BLANK as 0 unless both are BLANK;
// products of BLANK are BLANK. Whole numbers and decimals can overflow, so they are not total;
// in a role filter, where that would refuse it, numbers without bounds are taken if the engine
// has nothing else against it.
func (s *scope) arithmetic(x *dax.Binary, a, b rowExpr) rowExpr {
	if x.Op == "*" && (a.typ == dax.Decimal && (b.typ == dax.Decimal || b.typ == dax.Double) || a.typ == dax.Double && b.typ == dax.Decimal) {
		return s.product(a, b)
	}
	r := rowExpr{typ: wider(a.typ, b.typ), null: a.null && b.null}
	r.total = a.total && b.total && r.typ == dax.Double
	x1, y1 := "CAST("+a.sql+" AS DOUBLE PRECISION)", "CAST("+b.sql+" AS DOUBLE PRECISION)"
	if r.typ != dax.Double {
		x1, y1 = a.sql, b.sql
	}
	unbounded := r.typ != dax.Double && s.raw && floatsFail(s.c.e.d)
	if unbounded {
		x1, y1 = "CAST("+a.sql+" AS NUMERIC)", "CAST("+b.sql+" AS NUMERIC)"
		r.total = a.total && b.total
	}
	if x.Op == "*" {
		r.sql, r.null = "("+x1+" * "+y1+")", a.null || b.null
		if r.typ == dax.Decimal && unbounded {
			r.sql = "round(" + r.sql + ", 4)"
		} else if r.typ == dax.Decimal {
			r.sql = "CAST(" + r.sql + " AS DECIMAL(19,4))"
		}
		return r
	}
	sum := "(COALESCE(" + x1 + ", 0) " + x.Op + " COALESCE(" + y1 + ", 0))"
	if r.null {
		sum = "CASE WHEN " + a.sql + " IS NULL AND " + b.sql + " IS NULL THEN NULL ELSE " + sum + " END"
	}
	r.sql = sum
	return r
}

// quotient divides as DAX does: by zero it is infinite, of BLANK it is BLANK.
func (s *scope) quotient(of *dax.Binary, a, b rowExpr) (rowExpr, error) {
	if fixed(a, b) {
		if !s.constant(of.Y, numberClass) {
			return rowExpr{}, unsupported(of, "a %s divided by a %s that may be 0 for each row is not supported yet; DIVIDE is", a.typ, b.typ)
		}
		return s.fixedQuotient(a, b), nil
	}
	x, y := "CAST("+a.sql+" AS DOUBLE PRECISION)", "COALESCE(CAST("+b.sql+" AS DOUBLE PRECISION), 0)"
	text := "CASE WHEN " + a.sql + " IS NULL THEN NULL WHEN " + y + " <> 0 THEN " + x + " / NULLIF(" + y + ", 0)" +
		" WHEN " + x + " > 0 THEN CAST('Infinity' AS DOUBLE PRECISION) WHEN " + x + " < 0 THEN CAST('-Infinity' AS DOUBLE PRECISION)" +
		" ELSE CAST('NaN' AS DOUBLE PRECISION) END"
	return s.total(rowExpr{sql: text, typ: dax.Double, null: a.null, total: a.total && b.total}), nil
}

func joinText(x dax.Expr, a, b rowExpr) (rowExpr, error) {
	text := func(e rowExpr) (string, bool) {
		switch e.typ {
		case dax.Blank:
			return "''", true
		case dax.String:
			return "COALESCE(" + e.sql + ", '')", true
		case dax.Int64:
			return "COALESCE(CAST(" + e.sql + " AS VARCHAR), '')", true
		}
		return "", false
	}
	p, ok1 := text(a)
	q, ok2 := text(b)
	if !ok1 || !ok2 {
		return rowExpr{}, unsupported(x, "joining %s and %s for each row is not supported yet", a.typ, b.typ)
	}
	r := rowExpr{sql: "(" + p + " || " + q + ")", typ: dax.String, total: a.total && b.total}
	if blank := func(e rowExpr) bool { return e.null || e.typ == dax.Blank }; blank(a) && blank(b) { // BLANK joined with BLANK is BLANK
		r.sql, r.null = "CASE WHEN "+a.sql+" IS NULL AND "+b.sql+" IS NULL THEN NULL ELSE "+r.sql+" END", true
	}
	return r, nil
}

// rowIn compiles x IN {…}: a chain of strict equalities, so BLANK is in a list only if BLANK is.
func (s *scope) rowIn(x *dax.Binary) (rowExpr, error) {
	set, ok := x.Y.(*dax.TableOf)
	if !ok {
		return rowExpr{}, unsupported(x.Y, "IN with anything but a list {…} is not supported yet")
	}
	left := []dax.Expr{x.X}
	if t, ok := x.X.(*dax.Tuple); ok {
		left = t.Items
	}
	r := rowExpr{typ: dax.Boolean, total: true, sql: "FALSE"}
	var parts []string
	for _, row := range set.Rows {
		items := []dax.Expr{row}
		if t, ok := row.(*dax.Tuple); ok {
			items = t.Items
		}
		if len(items) != len(left) {
			return rowExpr{}, unsupported(row, "a row of the list has %d values where %d are compared", len(items), len(left))
		}
		var all []string
		for i := range items {
			e, err := s.compare(&dax.Binary{At: x.At, Op: "==", X: left[i], Y: items[i]}, false)
			if err != nil {
				return rowExpr{}, err
			}
			all = append(all, e.sql)
			r.total = r.total && e.total
		}
		parts = append(parts, strings.Join(all, " AND "))
	}
	if len(parts) > 0 {
		r.sql = "((" + strings.Join(parts, ") OR (") + "))"
	}
	return r, nil
}
