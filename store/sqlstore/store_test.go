package sqlstore_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"inlay/store/sqlstore"
	"inlay/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(dir string) (storetest.Store, error) {
		return sqlstore.Open(context.Background(), filepath.Join(dir, "catalog.db"))
	})
}

func TestOpenRefusesANewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	s, err := sqlstore.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	_, err = sqlstore.Open(t.Context(), path)
	if err == nil {
		t.Fatal("a catalog of a newer program was opened")
	}
	for _, part := range []string{path, "9999", "newer inlay"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func TestOpenRefusesWhatIsNoCatalog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat("just some notes\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlstore.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("open a text file: %v, want an error that names it", err)
	}
}

func TestOpenInAStrangePlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?mode=memory#c%41", "catalog.db")
	for range 2 {
		s, err := sqlstore.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the catalog is %v, want 0600: it holds digests of secrets", info.Mode().Perm())
	}
}

// TestOpenTwiceAtOnce is two processes that start on one new folder.
func TestOpenTwiceAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	errs := make(chan error, 4)
	for range cap(errs) {
		go func() {
			s, err := sqlstore.Open(context.Background(), path)
			if err == nil {
				err = s.Close()
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// TestSettings reads back what the safety of the data rests on.
func TestSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	s, err := sqlstore.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		if got := s.Pragma(t, pragma); got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}
