package powerquery

import "context"

// Databases gives the databases that the configuration lists. Nothing else is dialled, and
// credentials are those of the configuration, never of a model.
type Databases interface {
	// Find gives the database that a query names; kind is Sql, PostgreSQL or MySQL. An error
	// says that it is not listed, and what to write to list it. Nothing is dialled yet.
	Find(kind, server, database string) (Database, error)
}

// Database runs statements.
type Database interface {
	// Quote writes a name as an identifier.
	Quote(name string) string
	// Placeholder is the mark of the nth bound value, from 1.
	Placeholder(n int, v any) string
	// NotNaN is the end of a comparison of a number that NaN must not pass, empty if there is none.
	NotNaN(expr string) string
	// Tables lists schemas and names of tables and views.
	Tables(ctx context.Context) ([][2]string, error)
	// Query runs a statement that reads, its values bound.
	Query(ctx context.Context, sql string, args []any) (Cells, error)
}

// Dialect is a Database whose SQL is not the one that the others share.
type Dialect interface {
	// First stands behind SELECT where only the first n rows are wanted.
	First(n int64) string
	// Truth is a column of true and false as a condition.
	Truth(expr string) string
	// Statement is a statement of a model as it may be sent, or why it is not. Derived tells
	// that it can stand in FROM.
	Statement(sql string) (text string, derived bool, err error)
}

// Comparing is Cells that know how the database compares their columns, where that may differ
// from what M does.
type Comparing interface {
	Cells
	// Compared gives what is bound where column i is compared with a constant: a whole number, a
	// float64, the digits of a decimal, a text, a bool or a time. Exact is false where the
	// database may keep more rows than M; ok is false where it must not be asked.
	Compared(i int, op string, constant any) (arg any, exact, ok bool)
}

// Web fetches what lies at addresses that the configuration allows.
type Web interface {
	// Allowed reports whether the configuration allows the host of an address.
	Allowed(address string) bool
	// Get gives the body; headers are those of the query. The address is not allowed: an
	// error that says so.
	Get(ctx context.Context, address string, headers map[string]string) ([]byte, error)
}
