package server

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inlay"
	"inlay/query"
)

const anyScope = "https://analysis.windows.net/powerbi/api/.default"

// TestSignInIsOff holds what a server answers that was not asked to serve a sign-in.
func TestSignInIsOff(t *testing.T) {
	t.Parallel()
	s := open(t, Config{})
	for _, path := range []string{"/" + s.TenantID() + "/oauth2/v2.0/token", "/common/oauth2/token", "/" + s.TenantID() + "/v2.0/.well-known/openid-configuration", "/common/discovery/instance"} {
		w := send(t, s.Handler(), "POST", path, "grant_type=client_credentials", "Content-Type", "application/x-www-form-urlencoded")
		if w.Code != 404 || !strings.Contains(w.Body.String(), "--sign-in") || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s answers %d %s", path, w.Code, w.Body)
		}
	}
	w := send(t, s.Handler(), "GET", "/v1.0/myorg/groups", "", "Authorization", "Bearer something")
	if w.Code != 403 || !strings.Contains(w.Body.String(), "no sign-in") || !strings.Contains(w.Body.String(), "--sign-in") {
		t.Errorf("the API answers %d %s", w.Code, w.Body)
	}
	// A token that the same folder's sign-in gave before is refused, too.
	dir := t.TempDir()
	with := open(t, Config{Data: dir, SignIn: true})
	ws, err := with.NewWorkspace(t.Context(), "Sales")
	if err != nil {
		t.Fatal(err)
	}
	access := joined(t, with, ws.ID).access
	without := open(t, Config{Data: dir})
	if w := send(t, without.Handler(), "GET", "/v1.0/myorg/groups", "", "Authorization", "Bearer "+access); w.Code != 403 {
		t.Errorf("a token of a sign-in that is off is answered %d %s", w.Code, w.Body)
	}
}

// TestPasswordGrantIsOff holds that a sign-in alone takes no passwords of people.
func TestPasswordGrantIsOff(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{false, true} {
		s := open(t, Config{SignIn: true, PasswordGrant: on})
		app, _, err := s.NewApp(t.Context(), "desk")
		if err != nil {
			t.Fatal(err)
		}
		user, password, err := s.NewUser(t.Context(), "anna@example.com")
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"grant_type": {"password"}, "client_id": {app.ClientID}, "username": {user.Name}, "password": {password}, "scope": {anyScope}}
		w := send(t, s.Handler(), "POST", "/"+s.TenantID()+"/oauth2/v2.0/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		var got struct {
			Error       string `json:"error"`
			AccessToken string `json:"access_token"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if !on && (w.Code != 400 || got.Error != "unsupported_grant_type" || got.AccessToken != "" || !strings.Contains(w.Body.String(), "--password-grant")) {
			t.Errorf("without the option a password is answered %d %s", w.Code, w.Body)
		}
		if on && (w.Code != 200 || got.AccessToken == "") {
			t.Errorf("with the option a password is answered %d", w.Code)
		}
	}
}

// TestPathsGoToTheirRooms asks one path of each part of the server.
func TestPathsGoToTheirRooms(t *testing.T) {
	t.Parallel()
	s := open(t, Config{SignIn: true})
	for path, want := range map[string]int{
		"/healthz": 200, "/reportEmbed": 200, "/REPORTEMBED": 200, "/inlay-embed.js": 200, "/v1.0/myorg/groups": 403,
		"/" + s.TenantID() + "/v2.0/.well-known/openid-configuration": 200, "/nothing": 404, "/demo/config": 404, "//healthz": 404,
	} {
		if w := send(t, s.Handler(), "GET", path, ""); w.Code != want {
			t.Errorf("GET %s is answered %d, want %d: %.200s", path, w.Code, want, w.Body)
		}
	}
}

// TestTenantBelongsToTheFolder holds that a folder's tenant is made once.
func TestTenantBelongsToTheFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const tenant = "AAAAAAAA-2222-4333-8444-555555555555"
	s := open(t, Config{Data: dir, TenantID: tenant})
	if s.TenantID() != strings.ToLower(tenant) {
		t.Errorf("tenant %s", s.TenantID())
	}
	for _, again := range []string{"", tenant, strings.ToLower(tenant)} {
		if got := open(t, Config{Data: dir, TenantID: again}).TenantID(); got != s.TenantID() {
			t.Errorf("opened with %q the tenant is %s", again, got)
		}
	}
	_, err := New(t.Context(), Config{Data: dir, TenantID: "bbbbbbbb-2222-4333-8444-555555555555"})
	if inlay.KindOf(err) != inlay.Invalid || !strings.Contains(err.Error(), s.TenantID()) {
		t.Errorf("another tenant is answered %v", err)
	}
}

// TestFolderThatCannotBe holds that a data folder that is a file is refused by name.
func TestFolderThatCannotBe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if _, err := New(t.Context(), Config{Data: dir}); err == nil || !strings.Contains(err.Error(), "taken") {
			t.Errorf("%s is answered %v", dir, err)
		}
	}
}

// TestReopenedFolderKeepsEverything publishes, closes and opens again.
func TestReopenedFolderKeepsEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := New(t.Context(), Config{Data: dir, SignIn: true})
	if err != nil {
		t.Fatal(err)
	}
	done := publish(t, s, orders(t, t.TempDir(), annAndBob))
	token := joined(t, s, done.Workspace.ID).token(done.Reports[0].ID, done.Dataset.ID, `{"username": "bob", "roles": ["Mine"], "datasets": ["`+done.Dataset.ID+`"]}`)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, Config{Data: dir, SignIn: true})
	if got := total(t, again, done.Dataset.ID, query.Viewer{Username: "bob", Roles: []string{"Mine"}}); got != 20 {
		t.Errorf("bob's total is %d", got)
	}
	for name, answer := range draw(t, again, token, done.Reports[0].ID) {
		if answer != "200" {
			t.Errorf("visual %s with the token of before answers %s", name, answer)
		}
	}
}

// free is an address on which nothing listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// TestRun serves on both addresses until its context ends, and says which address is taken.
func TestRun(t *testing.T) {
	t.Parallel()
	s := open(t, Config{Listen: "127.0.0.1:0", TLSListen: "127.0.0.1:0", PublicURL: "http://localhost:1"})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ready, ended := make(chan Addresses, 1), make(chan error, 1)
	go func() { ended <- s.Run(ctx, func(a Addresses) { ready <- a }) }()
	var at Addresses
	select {
	case at = <-ready:
	case err := <-ended:
		t.Fatalf("it ended: %v", err)
	case <-time.After(30 * time.Second):
		t.Fatal("it is not ready")
	}
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(at.HTTPS, "https://"))
	for address, client := range map[string]*http.Client{at.HTTP: http.DefaultClient, at.HTTPS: trust(t, at.CAFile, port)} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d", address, resp.StatusCode)
		}
	}
	taken := open(t, Config{Listen: strings.TrimPrefix(at.HTTP, "http://"), TLSListen: free(t)})
	if err := taken.Run(ctx, func(Addresses) {}); err == nil || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("a taken address is answered %v", err)
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it does not stop")
	}
	if _, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(at.HTTP, "http://")); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("something listens still: %v", err)
	}
}
