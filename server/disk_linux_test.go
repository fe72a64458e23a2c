package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"inlay"
	"inlay/entra"
)

// TestFullDataFolder fills the real file system that a server runs on. No token is made without its
// record and nothing is revoked that could not be kept, both with 503; what is open stays open,
// reads go on, and all of it recovers without a restart. Where mounting is not allowed, the tests of
// audit and store/sqlstore have the same with a disk that refuses.
func TestFullDataFolder(t *testing.T) {
	mount := t.TempDir()
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("mounting a file system needs rights that this user lacks: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(mount, 0); err != nil {
			t.Error(err)
		}
	})
	const sales, orders, wall, sum, shop = "10000000-0000-4000-8000-000000000001", "20000000-0000-4000-8000-000000000001",
		"30000000-0000-4000-8000-000000000001", "40000000-0000-4000-8000-000000000001", "50000000-0000-4000-8000-000000000001"
	client, secret := "60000000-0000-4000-8000-000000000001", entra.NewSecret()
	s, err := New(t.Context(), Config{Data: filepath.Join(mount, "data"), SignIn: true}, WithLog(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	now := time.Now().UTC().Truncate(time.Second)
	for _, err := range []error{
		s.store.CreateWorkspace(t.Context(), inlay.Workspace{ID: sales, Name: "Sales", CreatedAt: now}),
		s.store.CreateDataset(t.Context(), inlay.Dataset{ID: orders, WorkspaceID: sales, Name: "Orders", Definition: "d", Version: "v1", CreatedAt: now}),
		s.store.SetDashboard(t.Context(), inlay.Dashboard{ID: wall, WorkspaceID: sales, Name: "Wall", Tiles: []inlay.Tile{{ID: sum, Title: "Sum", DatasetID: orders}}}),
		s.store.CreatePrincipal(t.Context(), inlay.Principal{ID: shop, Kind: inlay.ServicePrincipal, Name: "Shop", ClientID: client, Secret: entra.Digest(secret), CreatedAt: now}),
		s.store.SetMembership(t.Context(), inlay.Membership{WorkspaceID: sales, PrincipalID: shop, Right: inlay.Admin}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	ask := func(method, path, authorization, contentType, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Authorization", authorization)
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w
	}
	said := func(w *httptest.ResponseRecorder, name string) string {
		var m map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		text, _ := m[name].(string)
		return text
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {secret}, "scope": {entra.Audience + "/.default"}}
	bearer := "Bearer " + said(ask(http.MethodPost, "/"+s.TenantID()+"/oauth2/v2.0/token", "", "application/x-www-form-urlencoded", form.Encode()), "access_token")
	generate := func() *httptest.ResponseRecorder {
		return ask(http.MethodPost, "/v1.0/myorg/groups/"+sales+"/dashboards/"+wall+"/GenerateToken", bearer, "application/json", `{"accessLevel":"View"}`)
	}
	revoke := func() *httptest.ResponseRecorder {
		return ask(http.MethodPost, "/inlay/v1/groups/"+sales+"/revoke", bearer, "application/json", `{}`)
	}
	made := generate()
	if made.Code != 200 {
		t.Fatalf("%d %s", made.Code, made.Body)
	}
	token := "EmbedToken " + said(made, "token")
	expect := func(what string, w *httptest.ResponseRecorder, status int) {
		t.Helper()
		if w.Code != status {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
	open := func() *httptest.ResponseRecorder {
		return ask(http.MethodGet, "/inlay/v1/embed/dashboards/"+wall, token, "", "")
	}
	expect("open", open(), 200)
	rest := filepath.Join(mount, "rest")
	fill(t, rest)
	refused := 0
	for i := 0; i < 5000 && refused == 0; i++ { // what was reserved for the log is used up first
		if w := generate(); w.Code == 503 {
			refused++
		} else if w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if refused == 0 {
		t.Fatal("the disk is full, and tokens are made")
	}
	for i := 0; i < 2000 && revoke().Code != 503; i++ { // what was reserved for the catalog
		if i == 1999 {
			t.Error("the disk is full, and revocations are taken")
		}
	}
	expect("reading while it is full", ask(http.MethodGet, "/v1.0/myorg/groups", bearer, "", ""), 200)
	if w := open(); w.Code != 200 && !strings.Contains(w.Body.String(), "token-revoked") { // revoked before it was full
		t.Errorf("opening while it is full: %d %s", w.Code, w.Body)
	}
	if err := os.Remove(rest); err != nil {
		t.Fatal(err)
	}
	made = generate()
	expect("generate, with room again", made, 200)
	token = "EmbedToken " + said(made, "token")
	expect("open", open(), 200)
	expect("revoke, with room again", revoke(), 200)
	expect("open what was revoked", open(), 403)
}

// fill writes until there is no room.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	if err := f.Close(); err != nil {
		t.Fatal(fmt.Errorf("close: %w", err))
	}
}
