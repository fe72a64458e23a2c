package sqlstore_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"inlay"
	"inlay/store/sqlstore"
)

// TestFullDisk has SQLite refuse to let the file grow, as a full disk does: writes are refused as
// unavailable and change nothing, reads go on, and both recover without opening the catalog anew.
func TestFullDisk(t *testing.T) {
	s, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "catalog.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	workspace := func(i int) inlay.Workspace {
		return inlay.Workspace{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), Name: fmt.Sprintf("%d %0200d", i, i)}
	}
	if err := s.CreateWorkspace(t.Context(), workspace(0)); err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := s.Writer().QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		if _, err := s.Writer().Exec(fmt.Sprintf("PRAGMA max_page_count = %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages)
	n := 1
	for ; err == nil && n < 10_000; n++ {
		err = s.CreateWorkspace(t.Context(), workspace(n))
	}
	last := workspace(n - 1)
	if inlay.KindOf(err) != inlay.Unavailable {
		t.Fatalf("after %d workspaces: %v", n, err)
	}
	if _, err := s.Workspace(t.Context(), workspace(0).ID); err != nil {
		t.Errorf("reading while it is full: %v", err)
	}
	if _, err := s.Workspace(t.Context(), last.ID); inlay.KindOf(err) != inlay.NotFound {
		t.Errorf("what was refused is there: %v", err)
	}
	if _, err := s.Revoked(t.Context()); err != nil {
		t.Errorf("revocations while it is full: %v", err)
	}
	limit(1 << 30)
	if err := s.CreateWorkspace(t.Context(), last); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
	if _, err := s.Workspace(t.Context(), last.ID); err != nil {
		t.Error(err)
	}
}
