package sqlstore

import (
	"database/sql"
	"testing"
	"time"
)

// What readers are promised about the age of what they see.
const (
	CheckEvery = checkEvery
	StaleAfter = staleAfter
)

// Pragma reads a setting of the writing connection.
func (s *Store) Pragma(t *testing.T, name string) string {
	t.Helper()
	var v string
	if err := s.write.QueryRow("PRAGMA " + name).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// SetClock replaces the clock by which the catalog ages, and makes it fresh as of now.
func (s *Store) SetClock(clock func() time.Duration) {
	s.clock = clock
	s.checked.Store(int64(clock()))
	s.tried = clock() - checkEvery
}

// Catalog identifies the catalog in memory: another value means that everything was read anew.
func (s *Store) Catalog() any {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.seen
}

// Hold keeps everybody from comparing the catalog with the database, as a disk that hangs does.
func (s *Store) Hold() (release func()) {
	s.turn <- struct{}{}
	return s.turn.leave
}

// Writer is the writing connection.
func (s *Store) Writer() *sql.DB { return s.write }

// SetMostUses bounds the uses of tokens, and has the next one look how many there are.
func (s *Store) SetMostUses(n int) { s.uses.most, s.uses.swept = n, false }
