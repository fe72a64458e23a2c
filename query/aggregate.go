package query

import (
	"inlay/dax"
)

// computed is the SQL of an aggregate over the rows of a group. The function of no rows is NULL,
// which is BLANK: so are the counts.
type computed struct {
	sql string
	typ dax.Type
	// The same in two steps: parts are aggregates of some rows of the group, and whole is that of
	// all from columns that hold the parts, or of one row of parts. Both are nil where there is no
	// such way.
	parts []string
	whole func(over func(fn, part string) string, parts []string) string
	held  []string // columns that hold the parts
}

// all is an aggregate over rows of parts, and one is that of a single row.
func all(fn, part string) string { return fn + "(" + part + ")" }
func one(_, part string) string  { return part }

// sql is the aggregate over the rows of a scope.
func (a aggregate) sql(s *scope, d Dialect) (computed, error) {
	tail := ""
	if a.where != nil {
		cond, _, err := s.condition(a.where, true)
		if err != nil {
			return computed{}, err
		}
		tail = " FILTER (WHERE " + cond + ")"
	}
	if a.arg == nil {
		return count("*", tail, d), nil
	}
	e, err := s.row(a.arg)
	if err != nil {
		return computed{}, err
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
		sum := "SUM(" + e.sql + ")" + tail
		return computed{sql: cast(sum, d.Type(t)), typ: t, parts: []string{sum},
			whole: func(over func(fn, part string) string, p []string) string { return cast(over("SUM", p[0]), d.Type(t)) }}, nil
	case "AVERAGE", "MEDIAN":
		if !number {
			break
		}
		value := cast(e.sql, d.Type(dax.Double))
		if a.fn == "MEDIAN" {
			return computed{sql: d.Median(value) + tail, typ: dax.Double}, nil
		}
		return computed{sql: "AVG(" + value + ")" + tail, typ: dax.Double, parts: []string{"SUM(" + value + ")" + tail, "COUNT(" + e.sql + ")" + tail},
			whole: func(over func(fn, part string) string, p []string) string {
				return over("SUM", p[0]) + " / NULLIF(" + cast(over("SUM", p[1]), d.Type(dax.Double)) + ", 0)"
			}}, nil
	case "MIN", "MAX":
		if k == boolClass || k == otherClass || k == textClass {
			break // engines order text by letters, which DAX does not
		}
		value := a.fn + "(" + e.sql + ")" + tail
		return computed{sql: value, typ: e.typ, parts: []string{value}, whole: func(over func(fn, part string) string, p []string) string { return over(a.fn, p[0]) }}, nil
	case "COUNT":
		if k == boolClass {
			break
		}
		return count(e.sql, tail, d), nil
	case "COUNTA":
		return count(e.sql, tail, d), nil
	case "COUNTBLANK":
		blank := "CASE WHEN " + e.sql + " IS NULL THEN 1 END"
		if k == textClass {
			blank = "CASE WHEN COALESCE(" + e.sql + ", '') = '' THEN 1 END"
		}
		return count(blank, tail, d), nil
	case "DISTINCTCOUNT":
		// BLANK counts as one value.
		if k == textClass && exactText(d) {
			e.sql = fold(e, k)
		}
		return computed{typ: dax.Int64, sql: "NULLIF(COUNT(DISTINCT " + e.sql + ")" + tail + " + COALESCE(MAX(CASE WHEN " + e.sql + " IS NULL THEN 1 END)" + tail + ", 0), 0)"}, nil
	}
	return computed{}, unsupported(a.arg, "%s of a %s is not supported", a.fn, e.typ)
}

// count is how many rows have a value.
func count(value, tail string, d Dialect) computed {
	text := "COUNT(" + value + ")" + tail
	return computed{sql: "NULLIF(" + text + ", 0)", typ: dax.Int64, parts: []string{text},
		whole: func(over func(fn, part string) string, p []string) string {
			return "NULLIF(" + cast(over("SUM", p[0]), d.Type(dax.Int64)) + ", 0)"
		}}
}

func cast(value, typ string) string { return "CAST(" + value + " AS " + typ + ")" }
