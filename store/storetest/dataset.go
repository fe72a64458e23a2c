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

func testDatasets(t *testing.T, s *suite) {
	ctx := context.Background()
	w, orders := s.sales(t)
	stock := dataset(3, w, "inventory")
	stock.Roles = []string{"West", "East", "\"quoted\"", "O'Brien; --", "日本"}
	stock.Version, stock.RefreshedAt = "v1", at(5)
	must(t, s.CreateDataset(ctx, stock))
	other := workspace(4, "Other")
	must(t, s.CreateWorkspace(ctx, other))
	namesake := dataset(5, other, "Orders")
	if err := s.CreateDataset(ctx, namesake); err != nil {
		t.Errorf("a name is free in another workspace: %v", err)
	}

	same(t, "by id, never refreshed", orders)(s.Dataset(ctx, orders.ID))
	same(t, "by id, with roles in order", stock)(s.Dataset(ctx, stock.ID))
	same(t, "by name", namesake)(s.DatasetByName(ctx, other.ID, "Orders"))
	same(t, "in a workspace, by name", []inlay.Dataset{stock, orders})(s.DatasetsIn(ctx, w.ID))
	same(t, "in no workspace", []inlay.Dataset{})(s.DatasetsIn(ctx, id(99)))

	_, err := s.Dataset(ctx, id(9))
	want(t, err, inlay.NotFound, "dataset", id(9))
	_, err = s.DatasetByName(ctx, other.ID, "inventory")
	want(t, err, inlay.NotFound, "dataset", "inventory")

	want(t, s.CreateDataset(ctx, dataset(2, w, "again")), inlay.Conflict, "dataset", "id")
	want(t, s.CreateDataset(ctx, dataset(6, w, "Orders")), inlay.Conflict, "dataset", "Orders", "name")
	want(t, s.CreateDataset(ctx, dataset(6, workspace(98, ""), "lost")), inlay.NotFound, "workspace", id(98))
	empty := dataset(6, w, "role without a name")
	empty.Roles = []string{""}
	want(t, s.CreateDataset(ctx, empty), inlay.Invalid, "role")
	want(t, s.CreateDataset(ctx, dataset(6, w, "")), inlay.Invalid, "name")
}

func testPublish(t *testing.T, s *suite) {
	ctx := context.Background()
	w, d := s.sales(t)
	must(t, s.CreateDataset(ctx, dataset(3, w, "bystander")))

	next := inlay.Dataset{ID: d.ID, Roles: []string{"b", "a"}, Definition: "new", Version: "v2", RefreshedAt: at(7)}
	if err := s.Publish(ctx, next); err != nil {
		t.Fatalf("publish: %v", err)
	}
	published := d
	published.Roles, published.Definition, published.Version, published.RefreshedAt = next.Roles, "new", "v2", at(7)
	same(t, "published", published)(s.Dataset(ctx, d.ID))
	same(t, "another dataset", dataset(3, w, "bystander"))(s.Dataset(ctx, id(3)))

	want(t, s.Publish(ctx, inlay.Dataset{ID: id(9)}), inlay.NotFound, "dataset", id(9))
	renamed, moved := published, published
	renamed.Name, moved.WorkspaceID = "Renamed", id(8)
	want(t, s.Publish(ctx, renamed), inlay.Invalid, "rename", "Renamed")
	want(t, s.Publish(ctx, moved), inlay.Invalid, "move", id(8))
	same(t, "after refusals", published)(s.Dataset(ctx, d.ID))

	published.Roles, published.RefreshedAt = nil, time.Time{}
	must(t, s.Publish(ctx, published))
	same(t, "roles taken away", published)(s.Dataset(ctx, d.ID))
}

// testPublishReaders has readers see each published state whole: parts of two never meet.
func testPublishReaders(t *testing.T, s *suite) {
	ctx := context.Background()
	_, d := s.sales(t)
	state := func(n int) inlay.Dataset {
		next := d
		next.Version = fmt.Sprintf("v%d", n)
		next.Definition, next.Roles = "definition of "+next.Version, []string{"role of " + next.Version}
		next.RefreshedAt = at(0).Add(time.Duration(n) * time.Second)
		return next
	}
	must(t, s.Publish(ctx, state(0)))

	const last = 60
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			newest := 0
			for {
				got, err := s.Dataset(ctx, d.ID)
				if err != nil {
					t.Errorf("read while publishing: %v", err)
					return
				}
				var n int
				if _, err := fmt.Sscanf(got.Version, "v%d", &n); err != nil {
					t.Errorf("version %q: %v", got.Version, err)
					return
				}
				whole := state(n)
				if got.Definition != whole.Definition || !slices.Equal(got.Roles, whole.Roles) || !got.RefreshedAt.Equal(whole.RefreshedAt) {
					t.Errorf("half a publish: %+v", got)
					return
				}
				if n < newest {
					t.Errorf("version %d was read after version %d", n, newest)
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
	for n := 1; n <= last; n++ {
		if err := s.Publish(ctx, state(n)); err != nil {
			t.Errorf("publish %d: %v", n, err)
		}
		// What was acknowledged is what the next reader sees.
		same(t, "read after publish", state(n))(s.Dataset(ctx, d.ID))
	}
	close(done)
	readers.Wait()
}
