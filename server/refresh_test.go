package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"inlay"
	"inlay/source/duckdb"
)

// rewrite replaces the rows of a project that orders made.
func rewrite(t *testing.T, dir, csv string) {
	t.Helper()
	orders(t, dir, csv)
}

// TestRefreshReadsAnew: the rows change where the project lies, and a refresh brings them.
func TestRefreshReadsAnew(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	dir := t.TempDir()
	first := publish(t, s, orders(t, dir, "Owner,Amount\nann,10\nbob,20\n"))
	rewrite(t, dir, "Owner,Amount\nann,11\nbob,22\n")
	if got := total(t, s, first.Dataset.ID, everybody); got != 30 {
		t.Errorf("before the refresh the total is %d", got)
	}
	var told []inlay.Refresh
	done, err := s.RefreshDataset(t.Context(), first.Dataset, inlay.RefreshRequest{Kind: inlay.OnDemand}, func(r inlay.Refresh) { told = append(told, r) })
	if err != nil {
		t.Fatal(err)
	}
	if got := total(t, s, first.Dataset.ID, everybody); got != 33 {
		t.Errorf("after the refresh the total is %d", got)
	}
	d, err := s.store.Dataset(t.Context(), first.Dataset.ID)
	if err != nil || d.Version != done.Version || d.Version == first.Dataset.Version || d.Definition != first.Dataset.Definition {
		t.Errorf("the dataset is %+v, %v", d, err)
	}
	if n := len(told); n == 0 || told[n-1].State != inlay.RefreshCompleted || len(told[n-1].Parts) == 0 || told[n-1].Parts[0].Rows != 2 {
		t.Errorf("it told %+v", told)
	}
	list, err := s.Refreshes().List(t.Context(), d)
	if err != nil || len(list) != 1 || list[0].ID != done.ID || list[0].EndedAt.IsZero() || len(list[0].Attempts) != 1 {
		t.Errorf("the history is %+v, %v", list, err)
	}
}

// TestFailedRefreshChangesNothing: the last good version stays, and the history says why.
func TestFailedRefreshChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	dir := t.TempDir()
	first := publish(t, s, orders(t, dir, "Owner,Amount\nann,10\nbob,20\n"))
	before := versions(t, s, "datasets", first.Dataset.ID)
	rewrite(t, dir, "Owner,Amount\nann,10\nbob,many\n")
	done, err := s.RefreshDataset(t.Context(), first.Dataset, inlay.RefreshRequest{Kind: inlay.OnDemand, Retries: 2}, nil)
	if err == nil || !strings.Contains(err.Error(), `row 3, column "Amount": the text "many" does not convert`) {
		t.Errorf("err = %v", err)
	}
	if done.State != inlay.RefreshFailed || len(done.Attempts) != 3 || done.Attempts[2].Error == "" {
		t.Errorf("it is %+v", done)
	}
	if got := total(t, s, first.Dataset.ID, everybody); got != 30 {
		t.Errorf("the total is %d", got)
	}
	if after := versions(t, s, "datasets", first.Dataset.ID); !slices.Equal(before, after) {
		t.Errorf("the folder holds %q, before %q", after, before)
	}
}

// TestOneRefreshAtATime: a second one is refused with the service's words, from another process
// too; an import is refused as well; afterwards both pass.
func TestOneRefreshAtATime(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	dir := orders(t, t.TempDir(), "Owner,Amount\nann,10\nbob,20\n")
	first := publish(t, s, dir)
	other, err := New(t.Context(), s.cfg, WithClock(s.parts.now), WithLog(s.parts.log))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	release, err := s.history().lock(first.Dataset.WorkspaceID, first.Dataset.Name)
	if err != nil || release == nil {
		t.Fatalf("no lock: %v", err)
	}
	for _, x := range []*Server{s, other} {
		_, err := x.Refreshes().Start(t.Context(), first.Dataset, inlay.RefreshRequest{})
		if !errors.Is(err, errBusy) {
			t.Errorf("a second refresh: %v", err)
		}
		if _, err := x.Import(t.Context(), Import{Folder: dir, Workspace: first.Workspace.Name}); inlay.KindOf(err) != inlay.Conflict {
			t.Errorf("an import: %v", err)
		}
	}
	release()
	for _, x := range []*Server{s, other} {
		if _, err := x.RefreshDataset(t.Context(), first.Dataset, inlay.RefreshRequest{}, nil); err != nil {
			t.Error(err)
		}
	}
}

// TestCancelledRefresh is cancelled from another process, while it reads.
func TestCancelledRefresh(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	dir := t.TempDir()
	first := publish(t, s, orders(t, dir, "Owner,Amount\nann,10\nbob,20\n"))
	rewrite(t, dir, "Owner,Amount\n"+strings.Repeat("ann,1\n", 3_000_000))
	other, err := New(t.Context(), s.cfg, WithClock(s.parts.now), WithLog(s.parts.log))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	r, err := s.Refreshes().Start(t.Context(), first.Dataset, inlay.RefreshRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Refreshes().Cancel(t.Context(), first.Dataset, r.ID); err != nil {
		t.Fatal(err)
	}
	var last inlay.Refresh
	if err := other.Refreshes().Watch(t.Context(), first.Dataset, r.ID, func(r inlay.Refresh) error { last = r; return nil }); err != nil {
		t.Fatal(err)
	}
	if last.State != inlay.RefreshCancelled || last.Attempts[0].Error != "the refresh was cancelled" {
		t.Errorf("it is %+v", last)
	}
	if got := total(t, s, first.Dataset.ID, everybody); got != 30 {
		t.Errorf("the total is %d", got)
	}
	if got := len(versions(t, s, "datasets", first.Dataset.ID)); got != 3 {
		t.Errorf("%d files are there", got)
	}
}

// TestKilledRefreshIsBuried: what a killed process left is a failure in the history, and the next
// refresh begins clean.
func TestKilledRefreshIsBuried(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	first := publish(t, s, orders(t, t.TempDir(), "Owner,Amount\nann,10\nbob,20\n"))
	h, d := s.history(), first.Dataset
	killed := inlay.Refresh{ID: "00000000-0000-0000-0000-000000000001", DatasetID: d.ID, State: inlay.RefreshRunning, StartedAt: s.now()}
	if err := h.write(&killed); err != nil {
		t.Fatal(err)
	}
	place := filepath.Join(s.dir, "datasets", d.ID)
	if err := os.MkdirAll(filepath.Join(place, ".refresh-1", "spill"), 0o700); err != nil {
		t.Fatal(err)
	}
	release, err := h.lock(d.WorkspaceID, d.Name)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := h.find(d, killed.ID); err != nil || r.State != inlay.RefreshRunning {
		t.Errorf("while somebody holds the lock it is %+v, %v", r, err)
	}
	release()
	if r, err := h.find(d, killed.ID); err != nil || r.State != inlay.RefreshFailed || r.Attempts[0].Code != codeInterrupted {
		t.Errorf("without a lock it is %+v, %v", r, err)
	}
	if _, err := s.RefreshDataset(t.Context(), d, inlay.RefreshRequest{}, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range versions(t, s, "datasets", d.ID) {
		if strings.HasPrefix(name, ".") {
			t.Errorf("%s is still there", name)
		}
	}
}

// TestHistoryIsTrimmed makes room for one more of what the service keeps.
func TestHistoryIsTrimmed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	h := history{dir: t.TempDir(), now: func() time.Time { return now }}
	d := inlay.Dataset{ID: "d", WorkspaceID: "w", Name: "D"}
	for _, c := range []struct {
		age        time.Duration
		made, kept int
	}{{time.Hour, 70, 59}, {5 * 24 * time.Hour, 30, 19}} {
		if err := os.RemoveAll(h.folder(d.ID)); err != nil {
			t.Fatal(err)
		}
		for i := range c.made {
			r := inlay.Refresh{ID: fmt.Sprint(i), DatasetID: d.ID, State: inlay.RefreshCompleted, StartedAt: now.Add(-c.age - time.Duration(i)*time.Second)}
			if err := h.write(&r); err != nil {
				t.Fatal(err)
			}
		}
		if last, err := h.trim(d); err != nil || !last.Equal(now.Add(-c.age)) {
			t.Fatal(last, err)
		}
		list, err := h.list(d)
		if err != nil || len(list) != c.kept || list[0].ID != "0" {
			t.Errorf("%d are left, %v", len(list), err)
		}
	}
}

// TestVersionInUseStays: a version that a process reads is not removed, and goes when nobody does.
func TestVersionInUseStays(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	first := publish(t, s, orders(t, t.TempDir(), "Owner,Amount\nann,10\nbob,20\n"))
	file := versionFile(s.dir, first.Dataset.ID, first.Dataset.Version)
	release, err := hold(file)
	if err != nil {
		t.Fatal(err)
	}
	again := func() {
		if _, err := s.RefreshDataset(t.Context(), first.Dataset, inlay.RefreshRequest{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	again()
	again()
	again()
	for _, f := range []string{file, duckdb.SummaryFile(file)} {
		if _, err := os.Stat(f); err != nil {
			t.Errorf("a version that is read was removed: %v", err)
		}
	}
	release()
	again()
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a version that nobody reads is still there: %v", err)
	}
	if got := total(t, s, first.Dataset.ID, everybody); got != 30 { // the definition is that of the first
		t.Errorf("the total is %d", got)
	}
}

// TestRefreshOfStoppedServer ends with the server, and says so.
func TestRefreshOfStoppedServer(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	first := publish(t, s, orders(t, t.TempDir(), "Owner,Amount\nann,10\nbob,20\n"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	done, err := s.RefreshDataset(ctx, first.Dataset, inlay.RefreshRequest{}, nil)
	if err == nil || done.State == inlay.RefreshCompleted {
		t.Errorf("it is %+v, %v", done, err)
	}
}
