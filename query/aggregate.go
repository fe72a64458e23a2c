package query

import (
	"inlay/dax"
)

// sql is the aggregate over the rows of a scope, and the type of its result. The function of
// no rows is NULL, which is BLANK: so are the counts.
func (a aggregate) sql(s *scope, d Dialect) (string, dax.Type, error) {
	tail := ""
	if a.where != nil {
		cond, _, err := s.condition(a.where, true)
		if err != nil {
			return "", 0, err
		}
		tail = " FILTER (WHERE " + cond + ")"
	}
	if a.arg == nil {
		return "NULLIF(COUNT(*)" + tail + ", 0)", dax.Int64, nil
	}
	e, err := s.row(a.arg)
	if err != nil {
		return "", 0, err
	}
	k := classOf(e.typ)
	number := k == numberClass || k == blankClass
	switch a.fn {
	case "SUM":
		if !number {
			break
		}
		t := e.typ
		if t == dax.Blank {
			t = dax.Int64
		}
		return "CAST(SUM(" + e.sql + ")" + tail + " AS " + d.Type(t) + ")", t, nil
	case "AVERAGE", "MEDIAN":
		if !number {
			break
		}
		text := "AVG(CAST(" + e.sql + " AS DOUBLE PRECISION))" + tail
		if a.fn == "MEDIAN" {
			text = d.Median("CAST("+e.sql+" AS DOUBLE PRECISION)") + tail
		}
		return text, dax.Double, nil
	case "MIN", "MAX":
		if k == boolClass || k == otherClass || k == textClass {
			break // engines order text by letters, which DAX does not
		}
		return a.fn + "(" + e.sql + ")" + tail, e.typ, nil
	case "COUNT":
		if k == boolClass {
			break
		}
		return "NULLIF(COUNT(" + e.sql + ")" + tail + ", 0)", dax.Int64, nil
	case "COUNTA":
		return "NULLIF(COUNT(" + e.sql + ")" + tail + ", 0)", dax.Int64, nil
	case "COUNTBLANK":
		blank := "CASE WHEN " + e.sql + " IS NULL THEN 1 END"
		if k == textClass {
			blank = "CASE WHEN COALESCE(" + e.sql + ", '') = '' THEN 1 END"
		}
		return "NULLIF(COUNT(" + blank + ")" + tail + ", 0)", dax.Int64, nil
	case "DISTINCTCOUNT":
		// BLANK counts as one value.
		if k == textClass && exactText(d) {
			e.sql = fold(e, k)
		}
		return "NULLIF(COUNT(DISTINCT " + e.sql + ")" + tail + " + COALESCE(MAX(CASE WHEN " + e.sql + " IS NULL THEN 1 END)" + tail + ", 0), 0)", dax.Int64, nil
	}
	return "", 0, unsupported(a.arg, "%s of a %s is not supported", a.fn, e.typ)
}
