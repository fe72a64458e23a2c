package postgres

import (
	"fmt"
	"strings"

	"inlay/dax"
)

// Dialect is how PostgreSQL writes SQL.
type Dialect struct{}

// Quote quotes an identifier.
func (Dialect) Quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// Placeholder is the mark of a bound value with its type, so that the engine infers nothing.
func (d Dialect) Placeholder(n int, t dax.Type) string {
	return fmt.Sprintf("CAST($%d AS %s)", n, d.Type(t))
}

// Type is PostgreSQL's name of a type.
func (Dialect) Type(t dax.Type) string {
	switch t {
	case dax.Boolean:
		return "BOOLEAN"
	case dax.Int64:
		return "BIGINT"
	case dax.Double:
		return "DOUBLE PRECISION"
	case dax.Decimal:
		return "NUMERIC(19,4)"
	case dax.DateTime:
		return "TIMESTAMP"
	}
	return "TEXT"
}

// Median is the median of an expression, as an aggregate.
func (Dialect) Median(arg string) string {
	return "percentile_cont(0.5) WITHIN GROUP (ORDER BY " + arg + ")"
}

// Try is empty: PostgreSQL has nothing that makes a failing condition false, so a role filter
// that can fail on a row is refused.
func (Dialect) Try(string) string { return "" }

// Fence keeps the planner from moving expressions below the SELECT. Without it a condition that
// fails on a hidden row fails the statement, and so tells of the row.
func (Dialect) Fence(selectSQL string) string { return selectSQL + " OFFSET 0" }

// Exact says that grouping tells upper from lower case.
func (Dialect) Exact() bool { return true }

// Repeats compares hashes, which are sorted faster than texts.
func (Dialect) Repeats(text string) string {
	return "COUNT(" + text + ") <> COUNT(DISTINCT hashtextextended(lower(" + text + "), 0)) OR COUNT(*) - COUNT(" + text + ") > 1"
}

// FloatsFail says that arithmetic on floating numbers raises an error where the result leaves
// their range, so that it is not total.
func (Dialect) FloatsFail() bool { return true }
