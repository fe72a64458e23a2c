package main

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inlay"
	"inlay/server"
)

// orderRows is how many rows the killed refreshes read.
const orderRows = 600_000

// TestKilledRefreshStartsClean kills inlay refresh with SIGKILL at random moments. Each time the
// data are those of a whole refresh, the last or the one before, the history tells of every
// killed one as failed, and the next refresh leaves nothing behind.
func TestKilledRefreshStartsClean(t *testing.T) {
	seed := uint64(rand.Uint32())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	shop := filepath.Join(dir, "shop")
	if err := os.CopyFS(shop, os.DirFS(filepath.Join("testdata", "shop"))); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(shop, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(shop, "data", "orders.csv"), []byte("Owner,Amount\n"+strings.Repeat("ann,10\n", orderRows)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"import", shop, "--workspace", "Sales", "--data", data, "--log-level", "error"}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	start := time.Now()
	if refreshKilled(t, data, time.Minute) {
		t.Fatal("a refresh takes longer than a minute")
	}
	whole := time.Since(start)
	killed := 0
	for range rounds {
		if refreshKilled(t, data, time.Duration(random.Int64N(int64(whole)))) {
			killed++
		}
	}
	s, err := server.New(t.Context(), server.Config{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d, err := s.FindDataset(t.Context(), "Sales", "Orders")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(data, "datasets", d.ID, d.Version+".duckdb")); err != nil {
		t.Errorf("the published version is gone: %v", err)
	}
	done, err := s.RefreshDataset(t.Context(), d, inlay.RefreshRequest{Kind: inlay.OnDemand}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := done.Parts; len(p) == 0 || p[0].Rows != orderRows {
		t.Errorf("the last refresh read %+v", p)
	}
	entries, err := os.ReadDir(filepath.Join(data, "datasets", d.ID))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
	list, err := s.Refreshes().List(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, r := range list {
		if !r.State.Ended() {
			t.Errorf("refresh %s goes on", r.ID)
		}
		if r.State == inlay.RefreshFailed {
			failed++
		}
	}
	if killed == 0 {
		t.Error("none was killed: nothing was proved")
	}
	if failed > killed {
		t.Errorf("%d refreshes failed, %d were killed", failed, killed)
	}
	t.Logf("%d of %d were killed, %d while they refreshed", killed, rounds, failed)
}

// refreshKilled runs the command and kills it after a while; false if it was faster.
func refreshKilled(t *testing.T, data string, after time.Duration) bool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "refresh", "Orders", "--workspace", "Sales", "--data", data, "--log-level", "error") // killed with SIGKILL
	cmd.Env = append(os.Environ(), "INLAY_TEST_AS_PROGRAM=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	if ctx.Err() == nil || errors.Is(ctx.Err(), context.Canceled) {
		t.Fatalf("the refresh failed by itself: %v\n%s", err, out)
	}
	return true
}
