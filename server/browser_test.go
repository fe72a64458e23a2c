package server_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"inlay/demo"
	"inlay/server"
)

// TestBrowser shows the demo's report with Microsoft's powerbi-client in Chromium, for two
// viewers, and compares what they see with totals that SQL computes here on the raw CSV files.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("the browser is tested without -short")
	}
	for _, needed := range []string{"../web/node_modules/playwright-core", "../web/node_modules/powerbi-client"} {
		if _, err := os.Stat(needed); err != nil {
			t.Fatalf("%s is missing: run make web-deps", needed)
		}
	}
	var skew atomic.Int64 // nanoseconds that the server's clock is behind
	clock := func() time.Time { return time.Now().Add(-time.Duration(skew.Load())) }
	b := startDemo(t, clock)

	// A token that was made two hours ago has expired now.
	skew.Store(int64(2 * time.Hour))
	expired := b.generate(b.signIn(), b.file.Identities[0])
	skew.Store(0)

	world := map[string]any{
		"demo": b.file, "tlsPort": b.tlsPort, "accessToken": b.signIn(), "expired": expired,
		"otherReport": "00000000-1111-4222-8333-444444444444",
		"totals":      map[string]float64{},
	}
	for _, i := range b.file.Identities[:2] {
		world["totals"].(map[string]float64)[i.Username] = b.revenue(i.Username)
	}
	text, err := json.Marshal(world)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "test/real.mjs")
	cmd.Dir = "../web"
	cmd.Env = append(os.Environ(), "WORLD="+string(text))
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(out), "ok 2."); n != 2 {
		t.Fatalf("%d scenarios ran, want 2", n)
	}
}

// running is a demo that listens.
type running struct {
	t       *testing.T
	dir     string
	file    demo.File
	tlsPort string
}

func freeAddress(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func startDemo(t *testing.T, clock func() time.Time) *running {
	t.Helper()
	dir := t.TempDir()
	cfg := server.Config{Data: dir, Listen: freeAddress(t), TLSListen: freeAddress(t), SignIn: true, PasswordGrant: true,
		EmbedOrigins: []string{"'self'", "http://localhost:*", "https://localhost:*"}}
	s, err := server.New(t.Context(), cfg, server.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	path, err := s.Demo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- s.Run(ctx, func(server.Addresses) { close(ready) }) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-ready:
	case err := <-done:
		done <- err
		t.Fatal(err)
	}
	r := &running{t: t, dir: dir}
	if r.file, err = demo.Read(path); err != nil {
		t.Fatal(err)
	}
	_, r.tlsPort, _ = net.SplitHostPort(cfg.TLSListen)
	return r
}

// post sends a form or JSON and reads a JSON answer.
func (r *running) post(address, contentType, bearer string, body io.Reader) map[string]any {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, address, body)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || res.StatusCode != http.StatusOK {
		r.t.Fatalf("%s answers %d %v %v", address, res.StatusCode, answer, err)
	}
	return answer
}

func (r *running) signIn() string {
	p := r.file.ServicePrincipal
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.ClientID}, "client_secret": {p.ClientSecret}, "scope": {"https://analysis.windows.net/powerbi/api/.default"}}
	answer := r.post(r.file.APIURL+"/"+r.file.TenantID+"/oauth2/v2.0/token", "application/x-www-form-urlencoded", "", strings.NewReader(form.Encode()))
	return fmt.Sprint(answer["access_token"])
}

func (r *running) generate(access string, i demo.Identity) string {
	body, err := json.Marshal(map[string]any{
		"reports": []any{map[string]string{"id": r.file.ReportID}}, "datasets": []any{map[string]string{"id": r.file.DatasetID}},
		"identities": []any{map[string]any{"username": i.Username, "roles": i.Roles, "datasets": []string{r.file.DatasetID}}},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return fmt.Sprint(r.post(r.file.APIURL+"/v1.0/myorg/GenerateToken", "application/json", access, bytes.NewReader(body))["token"])
}

// revenue is what a member of tenants has sold, computed on the CSV files.
func (r *running) revenue(user string) float64 {
	r.t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	data := filepath.Join(r.dir, "demo-project", demo.DataFolder)
	var sum sql.NullFloat64
	err = db.QueryRowContext(r.t.Context(), `SELECT sum(amount) FROM read_csv(?) WHERE tenant_id IN (SELECT tenant_id FROM read_csv(?) WHERE lower(user_principal_name) = lower(?))`,
		filepath.Join(data, "sales.csv"), filepath.Join(data, "access.csv"), user).Scan(&sum)
	if err != nil || !sum.Valid {
		r.t.Fatalf("revenue of %s: %v", user, err)
	}
	return sum.Float64
}
