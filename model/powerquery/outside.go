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

// Web fetches what lies at addresses that the configuration allows.
type Web interface {
	// Allowed reports whether the configuration allows the host of an address.
	Allowed(address string) bool
	// Get gives the body; headers are those of the query. The address is not allowed: an
	// error that says so.
	Get(ctx context.Context, address string, headers map[string]string) ([]byte, error)
}
