package entra_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inlay"
	"inlay/entra"
)

// ringDesk is a sign-in whose keys are in a file.
func ringDesk(t *testing.T) (d *desk, path string, ring *entra.Ring) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "keys", "signin.pem")
	ring, err := entra.OpenRing(path)
	if err != nil {
		t.Fatal(err)
	}
	return newDesk(t, func(c *entra.Config) { c.Keys, c.Key = ring, nil }), path, ring
}

func (d *desk) published(t *testing.T) map[string]bool {
	t.Helper()
	kids := map[string]bool{}
	for _, k := range d.get(t, "/"+tenantID+"/discovery/v2.0/keys").body["keys"].([]any) {
		kids[k.(map[string]any)["kid"].(string)] = true
	}
	return kids
}

func kid(t *testing.T, token string) string { return part(t, token, 0)["kid"].(string) }

// TestRotation walks a key through its life: the new one signs after a moment, and is published
// before; the old one verifies what it has signed until that has expired, and nothing newer.
func TestRotation(t *testing.T) {
	d, path, ring := ringDesk(t)
	before := d.token(t)
	if _, err := d.Authenticate(t.Context(), before); err != nil { // it is remembered from here on
		t.Fatal(err)
	}
	keys, err := entra.Rotate(path, d.now)
	if err != nil || len(keys) != 2 || keys[0].State != "signing" || keys[1].State != "waiting" || keys[0].ID != kid(t, before) {
		t.Fatalf("%+v, %v", keys, err)
	}
	if err := ring.Refresh(); err != nil {
		t.Fatal(err)
	}
	if list := d.published(t); !list[keys[0].ID] || !list[keys[1].ID] {
		t.Errorf("published: %v", list)
	}
	if got := kid(t, d.token(t)); got != keys[0].ID {
		t.Errorf("the new key signs before it is known everywhere")
	}
	d.now = keys[1].Since
	after := d.token(t)
	if got := kid(t, after); got != keys[1].ID {
		t.Fatalf("key %s signs, want %s", got, keys[1].ID)
	}
	good := func(what, token string, want bool) {
		t.Helper()
		if _, err := d.Authenticate(t.Context(), token); (err == nil) != want {
			t.Errorf("%s: %v", what, err)
		}
	}
	good("old token", before, true)
	good("new token", after, true)
	d.now = keys[1].Since.Add(50 * time.Minute)
	good("old token, later", before, true)
	d.now = keys[1].Since.Add(66 * time.Minute)
	late := d.token(t)
	good("old token, at its end", before, false)
	if list := d.published(t); list[keys[0].ID] || !list[keys[1].ID] {
		t.Errorf("published after the end: %v", list)
	}
	good("token of now", late, true)
	if keys, err = entra.Rotate(path, d.now); err != nil || len(keys) != 2 {
		t.Errorf("the ended key is still in the file: %+v, %v", keys, err)
	}
}

// TestOldKeyMakesNoNewTokens sets the clock of a thief's copy back: a key that no longer signs is
// not good for tokens that say they were signed after it ended.
func TestOldKeyMakesNoNewTokens(t *testing.T) {
	d, path, ring := ringDesk(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	stolen := filepath.Join(t.TempDir(), "keys", "signin.pem")
	if err := os.MkdirAll(filepath.Dir(stolen), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stolen, text, 0o600); err != nil {
		t.Fatal(err)
	}
	copied, err := entra.OpenRing(stolen)
	if err != nil {
		t.Fatal(err)
	}
	thief := newDesk(t, func(c *entra.Config) { c.Keys, c.Key = copied, nil })
	if _, err := entra.Rotate(path, d.now); err != nil {
		t.Fatal(err)
	}
	if err := ring.Refresh(); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(30 * time.Minute)
	thief.now = d.now
	if _, err := d.Authenticate(t.Context(), thief.token(t)); inlay.KindOf(err) != inlay.Unauthenticated || err == nil {
		t.Errorf("a token of a stolen key: %v", err)
	}
}

func TestWithdrawnSignInKey(t *testing.T) {
	d, path, ring := ringDesk(t)
	token := d.token(t)
	if _, err := d.Authenticate(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if _, err := entra.Withdraw(path, "nonsense", d.now); inlay.KindOf(err) != inlay.NotFound {
		t.Errorf("an id that there is not: %v", err)
	}
	keys, err := entra.Withdraw(path, kid(t, token), d.now)
	if err != nil || len(keys) != 1 || keys[0].ID == kid(t, token) || keys[0].State != "signing" {
		t.Fatalf("%+v, %v", keys, err)
	}
	if err := ring.Refresh(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Authenticate(t.Context(), token); inlay.KindOf(err) != inlay.Unauthenticated {
		t.Errorf("a token of the withdrawn key: %v", err)
	}
	if _, err := d.Authenticate(t.Context(), d.token(t)); err != nil {
		t.Error(err)
	}
}

// TestKeyFileIsGone holds that a sign-in whose keys cannot be read says so to who asks for them.
func TestKeyFileIsGone(t *testing.T) {
	_, path, ring := ringDesk(t)
	if err := os.WriteFile(path, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ring.Refresh(); err == nil || !strings.Contains(err.Error(), "signin.pem") {
		t.Errorf("junk: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := ring.Refresh(); err == nil {
		t.Error("no file, and no error")
	}
	if _, err := entra.Rotate(path, time.Now()); err == nil {
		t.Error("a rotation made a key file anew")
	}
}

// TestScopesOfUsers holds that a user's token says what its application may do, as the catalog has
// it, and that who reads the token learns it.
func TestScopesOfUsers(t *testing.T) {
	d := newDesk(t)
	d.people.list[1].Scopes = []string{"Report.Read.All", "Dataset.Read.All"}
	a := d.post(t, tokenPath, userForm())
	if a.StatusCode != http.StatusOK {
		t.Fatal(a.raw)
	}
	token := a.body["access_token"].(string)
	if got := part(t, token, 1)["scp"]; got != "Report.Read.All Dataset.Read.All" {
		t.Errorf("scp is %v", got)
	}
	caller, err := d.Authenticate(t.Context(), token)
	if err != nil || strings.Join(caller.Scopes, " ") != "Report.Read.All Dataset.Read.All" {
		t.Errorf("%+v, %v", caller, err)
	}
	if app, err := d.Authenticate(t.Context(), d.token(t)); err != nil || app.Scopes != nil {
		t.Errorf("%+v, %v", app, err)
	}
}
