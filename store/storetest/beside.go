package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"inlay"
)

// refresher is a store that keeps what it has read. One that does not sees the writes of others
// at once.
type refresher interface {
	Refresh(ctx context.Context) error
}

func refresh(t *testing.T, s Store) {
	t.Helper()
	if r, ok := s.(refresher); ok {
		if err := r.Refresh(context.Background()); err != nil {
			t.Errorf("refresh: %v", err)
		}
	}
}

// beside opens the same catalog once more, as a command does that runs beside a server.
func (s *suite) beside(t *testing.T) Store {
	t.Helper()
	other, err := s.open(s.dir)
	if err != nil {
		t.Fatalf("open twice: %v", err)
	}
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return other
}

// testBeside has two stores write in turns: each sees all that the other wrote, and its own
// writes at once.
func testBeside(t *testing.T, s *suite) {
	ctx := context.Background()
	other := s.beside(t)
	w, d := s.sales(t)
	refresh(t, other)
	same(t, "workspace", w)(other.Workspace(ctx, w.ID))

	// What the other wrote counts for a write even before it was seen.
	v := workspace(3, "Stock")
	p := inlay.Principal{ID: id(4), Kind: inlay.ServicePrincipal, Name: "Shop", ClientID: id(5), CreatedAt: at(0)}
	must(t, other.CreateWorkspace(ctx, v), other.CreatePrincipal(ctx, p))
	m := inlay.Membership{WorkspaceID: v.ID, PrincipalID: p.ID, Right: inlay.Admin}
	must(t, s.SetMembership(ctx, m))
	same(t, "own write", m)(s.Membership(ctx, v.ID, p.ID))
	same(t, "what it stands on", v)(s.WorkspaceByName(ctx, "stock"))
	want(t, s.CreateWorkspace(ctx, workspace(6, "STOCK")), inlay.Conflict)

	r := report(11, d, "bookings")
	d.Roles, d.Version = []string{"West"}, "v1"
	m.Right = inlay.Viewer
	must(t, other.CreateReport(ctx, r), other.Publish(ctx, d), other.SetMembership(ctx, m))
	refresh(t, s.Store)
	same(t, "report", r)(s.Report(ctx, r.ID))
	same(t, "reports", []inlay.Report{r})(s.ReportsIn(ctx, w.ID))
	same(t, "dataset", d)(s.Dataset(ctx, d.ID))
	same(t, "datasets", []inlay.Dataset{d})(s.DatasetsIn(ctx, w.ID))
	same(t, "client", p)(s.PrincipalByClientID(ctx, p.ClientID))
	same(t, "less right", m)(s.Membership(ctx, v.ID, p.ID))
	same(t, "memberships", []inlay.Membership{m})(s.MembershipsOf(ctx, p.ID))
	same(t, "workspaces", []inlay.Workspace{w, v})(s.Workspaces(ctx))
}

// testBesideReaders has readers of one store see what another publishes, each state whole and
// none after a later one, while the first writes, too.
func testBesideReaders(t *testing.T, s *suite) {
	ctx := context.Background()
	other := s.beside(t)
	_, d := s.sales(t)
	const last = 40
	state := func(n int) inlay.Dataset {
		next := d
		next.Version = fmt.Sprintf("v%d", n)
		next.Definition, next.Roles = "definition of "+next.Version, []string{"role of " + next.Version}
		next.RefreshedAt = at(0).Add(time.Duration(n) * time.Second)
		return next
	}
	must(t, s.Publish(ctx, state(0)))
	done := make(chan struct{})
	var others sync.WaitGroup
	for range 3 {
		others.Go(func() {
			for newest := 0; ; {
				refresh(t, s.Store)
				got, err := s.Dataset(ctx, d.ID)
				var n int
				if err == nil {
					_, err = fmt.Sscanf(got.Version, "v%d", &n)
				}
				if err != nil {
					t.Errorf("read beside a writer: %v", err)
					return
				}
				if whole := state(n); got.Definition != whole.Definition || !slices.Equal(got.Roles, whole.Roles) || !got.RefreshedAt.Equal(whole.RefreshedAt) || n < newest {
					t.Errorf("after version %d: %+v", newest, got)
					return
				}
				newest = n
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	others.Go(func() {
		for n := range last {
			w := workspace(100+n, fmt.Sprintf("Own %d", n))
			if err := s.CreateWorkspace(ctx, w); err != nil {
				t.Errorf("write beside a writer: %v", err)
			}
			same(t, "own write", w)(s.Workspace(ctx, w.ID))
		}
	})
	for n := 1; n <= last; n++ {
		if err := other.Publish(ctx, state(n)); err != nil {
			t.Errorf("publish %d: %v", n, err)
		}
	}
	close(done)
	others.Wait()
	refresh(t, s.Store)
	same(t, "the last version", state(last))(s.Dataset(ctx, d.ID))
}

// testOwnCopies holds that what a reader does with a list does not reach other readers.
func testOwnCopies(t *testing.T, s *suite) {
	ctx := context.Background()
	w, d := s.sales(t)
	d.Roles = []string{"East", "West"}
	must(t, s.Publish(ctx, d))
	list, err := s.Workspaces(ctx)
	must(t, err)
	list[0].Name = "mine"
	datasets, err := s.DatasetsIn(ctx, w.ID)
	must(t, err)
	datasets[0].Name = "mine"
	_ = append(datasets[0].Roles, "mine")
	same(t, "workspaces", []inlay.Workspace{w})(s.Workspaces(ctx))
	same(t, "datasets", []inlay.Dataset{d})(s.DatasetsIn(ctx, w.ID))
}
