// Package sqlstore keeps the catalog (workspaces, datasets, reports, principals, memberships) in
// an SQL database.
//
// The statements are the common ground of SQLite and PostgreSQL, with ? for parameters. What
// differs between databases (how to connect, the migrations, the errors of the driver) stands in
// a flavour, one file each; SQLite is the one there is. The package decides nothing about who
// may do what: it stores, and translates the driver's errors into the errors of the root package.
package sqlstore
