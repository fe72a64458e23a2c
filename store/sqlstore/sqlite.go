package sqlstore

import (
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3/database"
)

//go:embed migrations/sqlite/*.sql
var sqliteFiles embed.FS

// sqlite is the flavour for a file on this machine.
func sqlite() flavour {
	files, err := fs.Sub(sqliteFiles, "migrations/sqlite")
	if err != nil {
		panic(err) // the path is a constant of this file
	}
	return flavour{dialect: database.DialectSQLite3, migrations: files, duplicate: sqliteDuplicate, busy: sqliteBusy, unwritable: sqliteUnwritable,
		versionText: "PRAGMA data_version"}
}

func sqliteBusy(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}

func sqliteUnwritable(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrFull || e.Code == sqlite3.ErrIoErr)
}

func sqliteDuplicate(err error) string {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintPrimaryKey:
		return "id"
	case sqlite3.ErrConstraintUnique:
		if strings.Contains(e.Error(), ".client_id") {
			return "client id"
		}
		return "name"
	}
	return ""
}

// openSQLite opens a file twice: once for the one writer, once for the reader. SQLite has one
// writer at a time anyway; queueing for it in the program keeps its busy handler out of the way.
func openSQLite(path string) (write, read *sql.DB, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, err
	}
	// SQLite would make the file readable by everyone, and it holds digests of secrets. Its
	// companions (-wal, -shm) inherit the mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if err := f.Close(); err != nil {
		return nil, nil, err
	}
	address, err := sqliteURI(path)
	if err != nil {
		return nil, nil, err
	}
	// FULL: what was acknowledged survives a power cut.
	const settings = "?_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_busy_timeout=10000"
	if write, err = sql.Open("sqlite3", address+settings+"&_txlock=immediate"); err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	if read, err = sql.Open("sqlite3", address+settings+"&_query_only=on"); err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(2) // one reads the catalog as a whole, one looks up uses of tokens
	return write, read, nil
}

// sqliteURI makes a file: URI, so that a path with a question mark stays a path.
func sqliteURI(path string) (string, error) {
	if strings.ContainsRune(path, 0) {
		return "", fmt.Errorf("the path holds a NUL character")
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	full = filepath.ToSlash(full)
	if !strings.HasPrefix(full, "/") {
		full = "/" + full // C:/… on Windows
	}
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(full), nil
}
