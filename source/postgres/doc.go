// Package postgres is the data source of models whose rows stay in a PostgreSQL database
// (DirectQuery): a Pool is the connections to one database, a Source one model over it.
//
//	model + relations ──Bind──► Source;  Statement ──► BEGIN READ ONLY, identity, WITH relations, statement, COMMIT ──► rows
//
// The SQL of package query names tables and columns as the model does. Bind checks that the
// database has them and writes, for each, a SELECT that renames and converts; a statement is
// preceded by those that it names. Every conversion is total: no value of a hidden row can make
// one fail. A value that DAX does not have is refused when a row that holds it is read.
//
// Text is compared by lower() of both sides, in the collation of the database.
package postgres
