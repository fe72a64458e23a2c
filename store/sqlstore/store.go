package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"inlay"
)

// Store is an open catalog. It may be used by many goroutines at once.
type Store struct {
	flavour
	write, read *sql.DB
	prepared    sync.Map // statement text → *sql.Stmt of read
}

var (
	_ inlay.Workspaces  = (*Store)(nil)
	_ inlay.Datasets    = (*Store)(nil)
	_ inlay.Reports     = (*Store)(nil)
	_ inlay.Principals  = (*Store)(nil)
	_ inlay.Memberships = (*Store)(nil)
)

// Open opens the catalog in an SQLite file, makes it when it is missing, and brings its schema
// up to date. It refuses a catalog that a newer program wrote.
func Open(ctx context.Context, path string) (*Store, error) {
	write, read, err := openSQLite(path)
	if err != nil {
		return nil, fmt.Errorf("open catalog %q: %w", path, err)
	}
	s := &Store{flavour: sqlite(), write: write, read: read}
	if err := s.prepare(ctx, write); err != nil {
		return nil, errors.Join(fmt.Errorf("open catalog %q: %w", path, err), s.Close())
	}
	return s, nil
}

// Close closes the catalog.
func (s *Store) Close() error {
	return errors.Join(s.read.Close(), s.write.Close())
}

// row is what *sql.Row and *sql.Rows have in common.
type row interface{ Scan(dest ...any) error }

// noun names a row for an error: the kind of thing and which one.
type noun struct{ kind, which string }

func (n noun) missing() error {
	return inlay.Errorf(inlay.NotFound, "%s %s does not exist", n.kind, n.which)
}

// statement prepares a query of the readers once. The texts are constants of this package, so
// the map stays small.
func (s *Store) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.prepared.Load(query); ok {
		return st.(*sql.Stmt), nil
	}
	st, err := s.read.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if first, loaded := s.prepared.LoadOrStore(query, st); loaded {
		return first.(*sql.Stmt), st.Close()
	}
	return st, nil
}

// one reads one row, or says that the noun does not exist.
func one[T any](ctx context.Context, s *Store, n noun, scan func(row) (T, error), q query) (T, error) {
	var zero T
	st, err := s.statement(ctx, q.text)
	if err != nil {
		return zero, n.wrap("read", err)
	}
	v, err := scan(st.QueryRowContext(ctx, q.args...))
	if errors.Is(err, sql.ErrNoRows) {
		return zero, n.missing()
	}
	if err != nil {
		return zero, n.wrap("read", err)
	}
	return v, nil
}

// all reads every row, in the order of the query; none is an empty list and not an error.
func all[T any](ctx context.Context, s *Store, n noun, scan func(row) (T, error), q query) ([]T, error) {
	st, err := s.statement(ctx, q.text)
	if err != nil {
		return nil, n.wrap("list", err)
	}
	rows, err := st.QueryContext(ctx, q.args...)
	if err != nil {
		return nil, n.wrap("list", err)
	}
	defer rows.Close()
	list := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, n.wrap("list", err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		return nil, n.wrap("list", err)
	}
	return list, nil
}

// query is a statement and its parameters.
type query struct {
	text string
	args []any
}

func ask(text string, args ...any) query { return query{text, args} }

// change runs fn in one transaction: all of it is stored or nothing.
func (s *Store) change(ctx context.Context, verb string, n noun, fn func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return n.wrap(verb, err)
	}
	if err := fn(tx); err != nil {
		// The rollback has nothing to add: the transaction is gone either way.
		_ = tx.Rollback()
		return s.translate(verb, n, err)
	}
	if err := tx.Commit(); err != nil {
		return s.translate(verb, n, err)
	}
	return nil
}

// translate turns the driver's error for a duplicate into a Conflict.
func (s *Store) translate(verb string, n noun, err error) error {
	var known *inlay.Error
	if errors.As(err, &known) {
		return err
	}
	if column := s.duplicate(err); column != "" {
		return inlay.Errorf(inlay.Conflict, "%s %s: its %s is taken already", n.kind, n.which, column)
	}
	return n.wrap(verb, err)
}

func (n noun) wrap(verb string, err error) error {
	return fmt.Errorf("%s %s %s: %w", verb, n.kind, n.which, err)
}

// exists checks a reference before it is stored, so that the error names what is missing: the
// foreign key of the database would refuse too, without a name.
func exists(ctx context.Context, tx *sql.Tx, table, id string) error {
	texts := map[string]string{
		"workspace": "SELECT 1 FROM workspace WHERE id = ?",
		"dataset":   "SELECT 1 FROM dataset WHERE id = ?",
		"principal": "SELECT 1 FROM principal WHERE id = ?",
	}
	var found int
	err := tx.QueryRowContext(ctx, texts[table], id).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return noun{table, strconv.Quote(id)}.missing()
	}
	return err
}
