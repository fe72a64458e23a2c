package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inlay"
	"inlay/store/sqlstore"
)

// beside opens one catalog twice, as a server and a command do.
func beside(t *testing.T) (server, command *sqlstore.Store) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "catalog.db")
	open := func() *sqlstore.Store {
		s, err := sqlstore.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
	return open(), open()
}

func workspace(n int) inlay.Workspace {
	return inlay.Workspace{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), Name: fmt.Sprintf("Sales %d", n), CreatedAt: time.UnixMicro(1).UTC()}
}

func create(t *testing.T, s *sqlstore.Store, n int) {
	t.Helper()
	if err := s.CreateWorkspace(t.Context(), workspace(n)); err != nil {
		t.Fatal(err)
	}
}

// sees reports whether a store shows a workspace.
func sees(t *testing.T, s *sqlstore.Store, n int) bool {
	t.Helper()
	_, err := s.Workspace(t.Context(), workspace(n).ID)
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		t.Fatal(err)
	}
	return err == nil
}

// TestReadersLook holds that a reader looks for the writes of others when the last look is long
// enough ago, and not before: a look is a statement.
func TestReadersLook(t *testing.T) {
	server, command := beside(t)
	now := time.Hour
	server.SetClock(func() time.Duration { return now })
	create(t, command, 1)
	now += sqlstore.CheckEvery - 1
	if sees(t, server, 1) {
		t.Error("a reader looked before its time")
	}
	now++
	if !sees(t, server, 1) {
		t.Errorf("a write of another store is not seen after %v", sqlstore.CheckEvery)
	}
	create(t, command, 2)
	now += 24 * time.Hour // nobody came for a day
	if !sees(t, server, 2) {
		t.Error("the first reader after a long time sees an old state")
	}
}

// TestOwnWritesAreNotReadBack holds that a store reads the catalog as a whole for the writes of
// others alone: filling a catalog would take time in the square of its size.
func TestOwnWritesAreNotReadBack(t *testing.T) {
	server, command := beside(t)
	create(t, server, 1)
	before := server.Catalog()
	for n := 2; n < 5; n++ {
		create(t, server, n)
		if err := server.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if server.Catalog() != before {
		t.Error("the catalog was read anew for writes of its own store")
	}
	create(t, command, 5)
	create(t, server, 6) // brings what the other wrote along
	if server.Catalog() == before || !sees(t, server, 5) || !sees(t, server, 6) {
		t.Error("a write on top of another store's does not bring that along")
	}
	if err := command.Refresh(t.Context()); err != nil || !sees(t, command, 6) {
		t.Errorf("the other store does not see it: %v", err)
	}
}

// TestAnOldCatalogIsRefused makes the database unreadable: readers are served for a moment, then
// refused, and served again when it is readable again.
func TestAnOldCatalogIsRefused(t *testing.T) {
	server, command := beside(t)
	create(t, server, 1)
	now := time.Hour
	server.SetClock(func() time.Duration { return now })
	rename := func(from, to string) {
		t.Helper()
		if _, err := command.Writer().ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("membership", "elsewhere")
	for _, age := range []time.Duration{sqlstore.CheckEvery, sqlstore.StaleAfter / 2, sqlstore.StaleAfter - 1} {
		now = time.Hour + age
		if !sees(t, server, 1) {
			t.Fatalf("a catalog %v old is not shown", age)
		}
	}
	now = time.Hour + sqlstore.StaleAfter
	for range 2 { // the second is not let through because the first has just looked
		_, err := server.Workspace(t.Context(), workspace(1).ID)
		if err == nil || inlay.KindOf(err) != inlay.Internal || !strings.Contains(err.Error(), "membership") {
			t.Errorf("a catalog %v old: error %v, want one of kind internal that names the cause", sqlstore.StaleAfter, err)
		}
		if list, err := server.Workspaces(t.Context()); err == nil {
			t.Errorf("a list of an old catalog: %v", list)
		}
	}
	if err := server.Refresh(t.Context()); err == nil {
		t.Error("Refresh does not say that the catalog cannot be read")
	}
	rename("elsewhere", "membership")
	create(t, command, 2)
	now += sqlstore.CheckEvery
	if !sees(t, server, 1) || !sees(t, server, 2) {
		t.Error("readers do not see the catalog when it is readable again")
	}
}

// TestReadersDoNotHang holds that a reader whose turn does not come goes on with what is recent,
// and gives up on what is not.
func TestReadersDoNotHang(t *testing.T) {
	server, _ := beside(t)
	create(t, server, 1)
	now := time.Hour
	server.SetClock(func() time.Duration { return now })
	release := server.Hold()
	defer release()
	now += sqlstore.StaleAfter - 1
	if !sees(t, server, 1) {
		t.Error("a recent catalog is not shown while somebody looks")
	}
	now++
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := server.Workspace(ctx, workspace(1).ID); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who has gone gets %v", err)
	}
	if _, err := server.Workspace(t.Context(), workspace(1).ID); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("an old catalog of a database that hangs: %v", err)
	}
}
