package query

import "inlay/dax"

// Currency by other types, as the documents of Analysis Services have it (data-types-supported-
// ssas-tabular.md, "Implicit data type conversion"): times a real number it is currency, times
// currency a real number; by a whole or real number, and a whole number by it, are currency.

// product multiplies currency with currency or a real number.
func (s *scope) product(a, b rowExpr) rowExpr {
	r := rowExpr{sql: "(CAST(" + a.sql + " AS DOUBLE PRECISION) * CAST(" + b.sql + " AS DOUBLE PRECISION))", null: true}
	if a.typ == b.typ {
		r.typ, r.total = dax.Double, a.total && b.total
		return r
	}
	r.sql, r.typ = s.rounded(r.sql), dax.Decimal
	return r
}

// fixed reports whether a quotient is currency where its divisor is not 0. By 0 it is infinite, and
// no currency.
func fixed(a, b rowExpr) bool {
	return a.typ == dax.Decimal && (b.typ == dax.Int64 || b.typ == dax.Double) || a.typ == dax.Int64 && b.typ == dax.Decimal
}

// fixedQuotient divides by what is not 0; NULL if it is.
func (s *scope) fixedQuotient(a, b rowExpr) rowExpr {
	r := rowExpr{typ: dax.Decimal, null: true}
	if b.typ == dax.Double {
		r.sql = s.rounded("(CAST(" + a.sql + " AS DOUBLE PRECISION) / NULLIF(" + b.sql + ", 0))")
		return r
	}
	// Whole numbers of 1/10,000, divided exactly and rounded half away from zero.
	whole := s.c.e.d.Type(dax.Int64)
	large := "HUGEINT"
	if exactText(s.c.e.d) {
		large = "NUMERIC"
	}
	units := func(e rowExpr) string {
		if e.typ == dax.Int64 {
			return "(CAST(" + e.sql + " AS " + large + ") * 10000)"
		}
		return "CAST(" + e.sql + " * 10000 AS " + large + ")"
	}
	n, d := "("+units(a)+" * 10000)", units(b)
	up, down := "(2 * abs("+n+") + abs("+d+"))", "NULLIF(2 * abs("+d+"), 0)"
	q := "(" + up + " // " + down + ")"
	if exactText(s.c.e.d) {
		q = "div(" + up + ", " + down + ")"
	}
	r.sql = s.scaled("CAST(" + q + " * sign(" + n + ") * sign(" + d + ") AS " + whole + ")")
	return r
}

// rounded is a real number as currency: rounded half away from zero. One that currency cannot hold
// ends the statement.
func (s *scope) rounded(f string) string {
	f = "(" + f + " * 10000)"
	n := "round(" + f + ")"
	if exactText(s.c.e.d) { // its round is half to even
		n = "(trunc(" + f + ") + trunc(2 * (" + f + " - trunc(" + f + "))))"
	}
	return s.scaled("CAST(" + n + " AS " + s.c.e.d.Type(dax.Int64) + ")")
}

// scaled is a whole number of 1/10,000 as currency.
func (s *scope) scaled(n string) string {
	return "CAST(" + n + " * CAST(0.0001 AS DECIMAL(5,4)) AS " + s.c.e.d.Type(dax.Decimal) + ")"
}
