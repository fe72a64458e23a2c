package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"inlay"
)

// Store is an open catalog. It may be used by many goroutines at once.
//
// Readers are answered from memory. The values they get are theirs, the slices inside (roles, a
// secret's digest) are shared: read them, do not write to them.
type Store struct {
	flavour
	memory
	write, read *sql.DB
	writing     gate // there is one writing connection
	uses        uses
}

var (
	_ inlay.Workspaces  = (*Store)(nil)
	_ inlay.Datasets    = (*Store)(nil)
	_ inlay.Reports     = (*Store)(nil)
	_ inlay.Principals  = (*Store)(nil)
	_ inlay.Memberships = (*Store)(nil)
	_ inlay.Capacities  = (*Store)(nil)
	_ inlay.Dashboards  = (*Store)(nil)
	_ inlay.Gateways    = (*Store)(nil)
	_ inlay.Tenants     = (*Store)(nil)
	_ inlay.Revocations = (*Store)(nil)
	_ inlay.TokenUses   = (*Store)(nil)
)

// Open opens the catalog in an SQLite file, makes it when it is missing, and brings its schema
// up to date. It refuses a catalog that a newer program wrote.
func Open(ctx context.Context, path string) (*Store, error) {
	write, read, err := openSQLite(path)
	if err != nil {
		return nil, fmt.Errorf("open catalog %q: %w", path, err)
	}
	s := &Store{flavour: sqlite(), write: write, read: read, writing: make(gate, 1),
		memory: memory{clock: monotonic(), turn: make(gate, 1), version: unknown, foreign: unknown}, uses: uses{most: maxUses}}
	err = s.prepare(ctx, write)
	if err == nil {
		err = s.readKeeper(ctx)
	}
	if err == nil {
		err = s.Refresh(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open catalog %q: %w", path, err), s.Close())
	}
	return s, nil
}

// Close closes the catalog.
func (s *Store) Close() error {
	s.turn <- struct{}{}
	defer s.turn.leave()
	if s.watch != nil {
		_ = s.watch.Close() // gives it back to read, which closes it
		s.watch = nil
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// row is what *sql.Row and *sql.Rows have in common.
type row interface{ Scan(dest ...any) error }

// noun names a row for an error: the kind of thing and which one.
type noun struct{ kind, which string }

func (n noun) missing() error {
	return inlay.Errorf(inlay.NotFound, "%s %s does not exist", n.kind, n.which)
}

// unread is why a noun could not be read: err, or that it does not exist.
func (n noun) unread(err error) error {
	if err != nil {
		return n.wrap("read", err)
	}
	return n.missing()
}

// list reads many from the catalog; none is an empty list and not an error.
func list[T any](ctx context.Context, s *Store, n noun, pick func(*catalog) []T) ([]T, error) {
	v, _, err := look(ctx, s, func(c *catalog) ([]T, bool) { return pick(c), true })
	if err != nil {
		return nil, n.wrap("list", err)
	}
	return v, nil
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
	if s.unwritable(err) {
		return &inlay.Error{Kind: inlay.Unavailable, Rule: "catalog", Msg: fmt.Sprintf("%s %s %s: the disk of the catalog is full or fails, and nothing was changed", verb, n.kind, n.which),
			Remedy: "make room on the disk of the data folder, and ask again"}
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
		"workspace":   "SELECT 1 FROM workspace WHERE id = ?",
		"dataset":     "SELECT 1 FROM dataset WHERE id = ?",
		"principal":   "SELECT 1 FROM principal WHERE id = ?",
		"application": "SELECT 1 FROM principal WHERE id = ? AND kind = 'App'",
		"report":      "SELECT 1 FROM report WHERE id = ?",
		"capacity":    "SELECT 1 FROM capacity WHERE id = ?",
	}
	var found int
	err := tx.QueryRowContext(ctx, texts[table], id).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return noun{table, strconv.Quote(id)}.missing()
	}
	return err
}
