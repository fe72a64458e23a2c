package duckdb

import (
	"fmt"
	"strings"

	"inlay/dax"
)

// Dialect is how DuckDB writes SQL.
type Dialect struct{}

// Quote quotes an identifier.
func (Dialect) Quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// Placeholder is the mark of a bound value with its type, so that the engine infers nothing.
func (d Dialect) Placeholder(n int, t dax.Type) string {
	if t == dax.Blank {
		return fmt.Sprintf("$%d", n)
	}
	return fmt.Sprintf("CAST($%d AS %s)", n, d.Type(t))
}

// Type is DuckDB's name of a type.
func (Dialect) Type(t dax.Type) string {
	switch t {
	case dax.Boolean:
		return "BOOLEAN"
	case dax.Int64:
		return "BIGINT"
	case dax.Double:
		return "DOUBLE"
	case dax.Decimal:
		return "DECIMAL(19,4)"
	case dax.DateTime:
		return "TIMESTAMP"
	}
	return "VARCHAR"
}

// Median is the median of an expression, as an aggregate.
func (Dialect) Median(arg string) string { return "median(" + arg + ")" }

// Try makes a condition false where it fails. NULL is false too, as it is in WHERE.
func (Dialect) Try(cond string) string { return "coalesce(TRY(" + cond + "), false)" }

// Fence keeps the optimiser from moving expressions below the SELECT: DuckDB pushes some
// functions that can fail below a filter, which would tell of rows that the filter hides, and
// it pushes nothing through LIMIT.
func (Dialect) Fence(selectSQL string) string { return selectSQL + " LIMIT 9223372036854775807" }

// Calculated is true: a refresh computes calculated columns and tables.
func (Dialect) Calculated() bool { return true }
