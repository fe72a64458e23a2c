// Package database runs the statements of Power Query queries in the databases that the
// configuration lists: PostgreSQL and MySQL, through their drivers. It dials what is listed and
// nothing else, with the credentials of the list. Every statement runs in a transaction that
// may only read; values are bound, names quoted.
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
	URL  string // postgres://… or mysql://…: a secret
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
		default:
			err = inlay.Errorf(inlay.Invalid, "the address of database %q begins with neither postgres:// nor mysql://", e.Name)
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
	for _, port := range []string{":5432", ":3306", ":1433"} {
		server = strings.TrimSuffix(server, port)
	}
	return server + "/" + database
}

// Find gives a listed database. A query for SQL Server finds what is listed under its server:
// there is no driver for SQL Server itself.
func (s *Set) Find(kind, server, database string) (powerquery.Database, error) {
	db := s.by[key(server, database)]
	name := server + "/" + database
	option := map[string]string{"PostgreSQL": "--postgres", "MySQL": "--mysql"}[kind]
	_, isPostgres := db.(*postgres)
	switch {
	case db == nil && kind == "Sql":
		return nil, &inlay.Error{Kind: inlay.Forbidden, Msg: fmt.Sprintf("the query reads the database %q of SQL Server, for which there is no driver", name),
			Remedy: fmt.Sprintf("copy its tables to PostgreSQL or MySQL and say where: --postgres '%s=postgres://…' or --mysql '%s=mysql://…'", name, name)}
	case db == nil:
		return nil, &inlay.Error{Kind: inlay.Forbidden, Msg: fmt.Sprintf("the database %q is not listed in the configuration, so it is not dialled", name),
			Remedy: fmt.Sprintf("list it: %s '%s=%s://…'", option, name, map[bool]string{true: "mysql", false: "postgres"}[kind == "MySQL"])}
	case kind == "PostgreSQL" && !isPostgres, kind == "MySQL" && isPostgres:
		return nil, inlay.Errorf(inlay.Invalid, "the database %q is listed as another kind than %s", name, kind)
	}
	return db, nil
}

// badAddress is an error about an address that does not show it.
func badAddress(name string) error {
	return inlay.Errorf(inlay.Invalid, "the address of database %q cannot be read", name)
}
