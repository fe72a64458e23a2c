// Package database runs the statements of Power Query queries in the databases that the
// configuration lists: PostgreSQL, MySQL and SQL Server, through their drivers. It dials what is
// listed and nothing else, with the credentials of the list. Every statement runs in a transaction
// that may only read, or where there is none is one that only reads; values are bound, names quoted.
package database

import (
	"fmt"
	"strings"

	"inlay"
	"inlay/model/powerquery"
)

// Entry lists a database.
type Entry struct {
	Name string // server/database, as a query names them
	URL  string // postgres://…, mysql://… or sqlserver://…: a secret
}

// Set is the databases of a configuration.
type Set struct {
	by map[string]powerquery.Database
}

var _ powerquery.Databases = (*Set)(nil)

// New reads the list. Nothing is dialled yet. Errors do not show addresses, which hold secrets.
func New(entries []Entry) (*Set, error) {
	s := &Set{by: map[string]powerquery.Database{}}
	for _, e := range entries {
		server, name, ok := strings.Cut(e.Name, "/")
		if !ok || server == "" || name == "" {
			return nil, inlay.Errorf(inlay.Invalid, "the database %q is not of the form SERVER/DATABASE", e.Name)
		}
		k := key(server, name)
		if s.by[k] != nil {
			return nil, inlay.Errorf(inlay.Invalid, "the database %q is listed twice", e.Name)
		}
		scheme, _, _ := strings.Cut(e.URL, "://")
		var err error
		switch strings.ToLower(scheme) {
		case "postgres", "postgresql":
			s.by[k], err = newPostgres(e)
		case "mysql", "mariadb":
			s.by[k], err = newMySQL(e)
		case "sqlserver", "mssql":
			s.by[k], err = newSQLServer(e)
		default:
			err = inlay.Errorf(inlay.Invalid, "the address of database %q begins with none of postgres://, mysql:// and sqlserver://", e.Name)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Close ends idle connections.
func (s *Set) Close() {
	for _, db := range s.by {
		if m, ok := db.(*mySQL); ok {
			_ = m.db.Close()
		}
	}
}

// key is a name as it is compared: hosts without regard to case, usual ports left out.
func key(server, database string) string {
	server = strings.ToLower(strings.TrimSpace(strings.ReplaceAll(server, ",", ":")))
	server = strings.TrimPrefix(server, "tcp:")
	for _, port := range []string{":5432", ":3306", ":1433"} {
		server = strings.TrimSuffix(server, port)
	}
	return server + "/" + database
}

// Find gives a listed database. Sql.Database finds whatever is listed under its server: tables
// that were copied to PostgreSQL or MySQL are read there.
func (s *Set) Find(kind, server, database string) (powerquery.Database, error) {
	db := s.by[key(server, database)]
	name := server + "/" + database
	option, scheme := "--postgres", "postgres"
	switch kind {
	case "MySQL":
		option, scheme = "--mysql", "mysql"
	case "Sql":
		option, scheme = "--sqlserver", "sqlserver"
	}
	fits := db != nil
	switch db.(type) {
	case *postgres:
		fits = kind != "MySQL"
	case *mySQL:
		fits = kind != "PostgreSQL"
	case *sqlServer:
		fits = kind == "Sql"
	}
	switch {
	case db == nil:
		return nil, &inlay.Error{Kind: inlay.Forbidden, Msg: fmt.Sprintf("the database %q is not listed in the configuration, so it is not dialled", name),
			Remedy: fmt.Sprintf("list it: %s '%s=%s://…'", option, name, scheme)}
	case !fits:
		return nil, inlay.Errorf(inlay.Invalid, "the database %q is listed as another kind than %s", name, kind)
	}
	return db, nil
}

// badAddress is an error about an address that does not show it.
func badAddress(name string) error {
	return inlay.Errorf(inlay.Invalid, "the address of database %q cannot be read", name)
}
