package server_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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
	needsBrowser(t)
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
	if n := strings.Count(drive(t, "real.mjs", world), "ok 2."); n != 2 {
		t.Fatalf("%d scenarios ran, want 2", n)
	}
}

// TestBrowserNarrowTokens shows the demo's report with tokens for one use, for one origin, and for
// some pages and visuals, in the applications for which they are and in others.
func TestBrowserNarrowTokens(t *testing.T) {
	needsBrowser(t)
	b := startDemo(t, time.Now)
	user := b.file.Identities[0].Username
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := b.restart(); err != nil {
			t.Error(err)
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer control.Close()
	out := drive(t, "bound.mjs", map[string]any{
		"demo": b.file, "tlsPort": b.tlsPort, "accessToken": b.signIn(), "restart": control.URL,
		"total": map[string]any{"username": user, "revenue": b.revenue(user)},
	})
	if n := strings.Count(out, "ok "); n != 5 {
		t.Fatalf("%d scenarios ran, want 5", n)
	}
}

func needsBrowser(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("the browser is tested without -short")
	}
	for _, needed := range []string{"../web/node_modules/playwright-core", "../web/node_modules/powerbi-client"} {
		if _, err := os.Stat(needed); err != nil {
			t.Fatalf("%s is missing: run make web-deps", needed)
		}
	}
}

// drive runs a script of web/test, which fails for what it does not see, and answers what it says.
func drive(t *testing.T, script string, world map[string]any) string {
	t.Helper()
	text, err := json.Marshal(world)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "test/"+script)
	cmd.Dir = "../web"
	cmd.Env = append(os.Environ(), "WORLD="+string(text))
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// running is a demo that listens.
type running struct {
	t       *testing.T
	dir     string
	file    demo.File
	tlsPort string
	cfg     server.Config
	clock   func() time.Time
	stop    func() error
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
	r := &running{t: t, dir: dir, clock: clock, cfg: server.Config{Data: dir, Listen: freeAddress(t), TLSListen: freeAddress(t), SignIn: true, PasswordGrant: true,
		EmbedOrigins: []string{"'self'", "http://localhost:*", "https://localhost:*"}}}
	t.Cleanup(func() {
		if r.stop == nil {
			return
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	path := ""
	err := r.start(func(s *server.Server) (err error) {
		path, err = s.Demo(t.Context())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.file, err = demo.Read(path); err != nil {
		t.Fatal(err)
	}
	_, r.tlsPort, _ = net.SplitHostPort(r.cfg.TLSListen)
	return r
}

// start opens the data folder and listens, after something was done.
func (r *running) start(before func(*server.Server) error) error {
	s, err := server.New(r.t.Context(), r.cfg, server.WithClock(r.clock))
	if err != nil {
		return err
	}
	if err := before(s); err != nil {
		return errors.Join(err, s.Close())
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.t.Context()))
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- s.Run(ctx, func(server.Addresses) { close(ready) }) }()
	r.stop = func() error {
		cancel()
		return errors.Join(<-done, s.Close())
	}
	select {
	case <-ready:
		return nil
	case err := <-done:
		done <- err
		return err
	}
}

// restart ends the server and starts another on the same data folder, at the same addresses.
func (r *running) restart() error {
	err := r.stop()
	r.stop = nil
	if err != nil {
		return err
	}
	return r.start(func(*server.Server) error { return nil })
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
