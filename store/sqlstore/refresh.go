package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// The catalog that readers see is never older than staleAfter: what another process wrote (the
// import command runs beside a server) is looked for when a reader comes and the last look is
// checkEvery ago. If the database does not answer for longer than staleAfter, readers get an
// error: a right that was taken away must not live on because a disk is gone.
const (
	checkEvery = 100 * time.Millisecond
	staleAfter = time.Second
	// longestLook bounds reading the whole catalog, which takes 5 to 10 µs a row.
	longestLook = time.Minute
)

// unknown is a data version that no connection reports.
const unknown = -1

// memory is the catalog that readers see and what is known about its age.
type memory struct {
	clock   func() time.Duration // since some moment, never backwards
	checked atomic.Int64         // clock at which the catalog was known to be what is committed

	mu   sync.RWMutex // held for moments: around a lookup, an edit, a switch
	seen *catalog

	// turn is held by who compares the catalog with the database, or commits a write. What
	// follows is its holder's.
	turn    gate
	watch   *sql.Conn     // the reading connection; its data version is of this connection alone
	version int64         // of watch, at the catalog
	foreign int64         // of the writing connection, at the catalog: it does not count our own writes
	tried   time.Duration // clock of the last look, and what went wrong
	failure error
}

// gate is a mutex that can be waited for with a context.
type gate chan struct{}

func (g gate) try() bool {
	select {
	case g <- struct{}{}:
		return true
	default:
		return false
	}
}

func (g gate) enter(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g gate) leave() { <-g }

// monotonic is a clock that does not jump.
func monotonic() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

// look reads from the catalog. It reports false when the thing is not there, or with an error.
func look[T any](ctx context.Context, s *Store, pick func(*catalog) (T, bool)) (v T, ok bool, err error) {
	if err := s.current(ctx); err != nil {
		return v, false, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, ok = pick(s.seen)
	return v, ok, nil
}

// current makes sure that the catalog is recent enough to be read.
func (s *Store) current(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	age := s.age()
	if age < checkEvery {
		return nil
	}
	if age < staleAfter {
		if !s.turn.try() {
			return nil // somebody is looking
		}
	} else if err := s.wait(ctx); err != nil {
		return err
	}
	defer s.turn.leave()
	now := s.clock()
	if s.age() >= checkEvery && now-s.tried >= checkEvery {
		s.tried, s.failure = now, s.refresh(ctx)
	}
	if s.age() < staleAfter {
		return nil
	}
	return fmt.Errorf("the catalog cannot be read: %w", s.failure)
}

func (s *Store) age() time.Duration { return s.clock() - time.Duration(s.checked.Load()) }

// wait is for the turn, as long as a reader is patient with a disk.
func (s *Store) wait(ctx context.Context) error {
	if s.turn.try() {
		return nil
	}
	patient, cancel := context.WithTimeoutCause(ctx, staleAfter, errors.New("the catalog cannot be read: the database does not answer"))
	defer cancel()
	if s.turn.enter(patient) != nil {
		return context.Cause(patient)
	}
	return nil
}

// Refresh makes what other processes have committed visible now. Readers do that by themselves,
// at most a tenth of a second later.
func (s *Store) Refresh(ctx context.Context) error {
	if err := s.turn.enter(ctx); err != nil {
		return err
	}
	defer s.turn.leave()
	return s.refresh(ctx)
}

// refresh compares the catalog with the database, and reads it anew if another process has
// written. The caller has the turn.
func (s *Store) refresh(ctx context.Context) (err error) {
	now := s.clock()
	// Not the caller's to cancel: others need the answer, too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestLook)
	defer cancel()
	defer func() {
		if err != nil {
			s.distrust()
		} else {
			s.checked.Store(int64(now))
		}
	}()
	if s.watch == nil {
		if s.watch, err = s.read.Conn(ctx); err != nil {
			return err
		}
	}
	version, err := s.dataVersion(ctx, s.watch)
	if err != nil || version == s.version {
		return err
	}
	if ours, err := s.oursAlone(ctx); err != nil || ours {
		if err == nil {
			s.version = version
		}
		return err
	}
	return s.reload(ctx)
}

// oursAlone reports whether all that was committed since the catalog was read are writes of this
// Store, which are in it already. The writing connection knows; while a writer has it, the
// answer is no, which costs a reading and is never wrong.
func (s *Store) oursAlone(ctx context.Context) (bool, error) {
	if s.foreign == unknown || !s.writing.try() {
		return false, nil
	}
	defer s.writing.leave()
	version, err := s.dataVersion(ctx, s.write)
	if err != nil || version == s.foreign {
		return err == nil, err
	}
	s.foreign = version
	return false, nil
}

// reload reads the catalog in one transaction and switches readers to it.
func (s *Store) reload(ctx context.Context) error {
	tx, err := s.watch.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	version, err := s.dataVersion(ctx, tx)
	if err != nil {
		return err
	}
	fresh, err := load(ctx, tx)
	if err != nil {
		return err
	}
	s.show(fresh)
	s.version = version
	return nil
}

// show switches readers to another catalog.
func (s *Store) show(c *catalog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = c
}

// distrust has the next look read everything, on a new connection.
func (s *Store) distrust() {
	s.version, s.foreign = unknown, unknown
	if s.watch != nil {
		_ = s.watch.Raw(func(any) error { return driver.ErrBadConn }) // the pool's way to drop it
		_ = s.watch.Close()
		s.watch = nil
	}
}

// change runs fn in one transaction: all of it is stored or nothing, and what is stored readers
// see before change returns.
func (s *Store) change(ctx context.Context, verb string, n noun, fn func(*sql.Tx) (edit, error)) error {
	if err := s.writing.enter(ctx); err != nil {
		return n.wrap(verb, err)
	}
	defer s.writing.leave()
	tx, err := s.write.BeginTx(ctx, nil) // where another process writes, it waits here
	if err != nil {
		return n.wrap(verb, err)
	}
	if err := s.commit(ctx, tx, fn); err != nil {
		// The rollback has nothing to add: the transaction is gone either way.
		_ = tx.Rollback()
		return s.translate(verb, n, err)
	}
	return nil
}

// commit is the part of change in which nobody else can write.
func (s *Store) commit(ctx context.Context, tx *sql.Tx, fn func(*sql.Tx) (edit, error)) error {
	if err := s.turn.enter(ctx); err != nil {
		return err
	}
	defer s.turn.leave()
	now := s.clock()
	version, err := s.dataVersion(ctx, tx)
	if err != nil {
		return err
	}
	apply, err := fn(tx)
	if err != nil {
		return err
	}
	var fresh *catalog
	if version != s.foreign { // others have written: their changes come with ours
		if fresh, err = load(ctx, tx); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		s.distrust() // it may be on the disk all the same
		s.checked.Store(int64(now - staleAfter))
		s.tried = now - checkEvery // the next reader looks, however short ago the last look was
		return err
	}
	if fresh != nil {
		s.show(fresh)
	} else {
		s.mu.Lock()
		apply(s.seen)
		s.mu.Unlock()
	}
	s.foreign = version
	s.checked.Store(int64(now))
	return nil
}

// stored reads back what a write put into a row, as an edit: the catalog gets what the database
// holds, not what it was given.
func stored[T any](ctx context.Context, tx *sql.Tx, q query, scan func(row) (T, error), put func(*catalog, T)) (edit, error) {
	v, err := scan(tx.QueryRowContext(ctx, q.text, q.args...))
	if err != nil {
		return nil, err
	}
	return func(c *catalog) { put(c, v) }, nil
}

// query is a statement and its parameters.
type query struct {
	text string
	args []any
}

func ask(text string, args ...any) query { return query{text, args} }

// dataVersion is a number that changes when another connection has committed.
func (s *Store) dataVersion(ctx context.Context, on asker) (v int64, err error) {
	if err = on.QueryRowContext(ctx, s.versionText).Scan(&v); err != nil {
		return unknown, fmt.Errorf("read the version of the data: %w", err)
	}
	return v, nil
}
