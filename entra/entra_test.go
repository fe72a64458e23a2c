package entra_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"inlay"
	"inlay/entra"
)

const (
	tenantID  = "11111111-2222-4333-8444-555555555555"
	clientID  = "aaaaaaaa-2222-4333-8444-555555555555"
	appID     = "bbbbbbbb-2222-4333-8444-555555555555"
	userID    = "cccccccc-2222-4333-8444-555555555555"
	authority = "https://localhost:8443"
	userName  = "Anna@example.com"
	password  = "correct horse battery staple"
)

// secret is the client's. The user's digest is of the slow format without the slowness.
var (
	secret       = entra.NewSecret()
	secretDigest = entra.Digest(secret)
)

// people is a catalog of principals in memory.
type people struct {
	list []inlay.Principal
	err  error
}

func (p *people) find(match func(inlay.Principal) bool) (inlay.Principal, error) {
	if p.err != nil {
		return inlay.Principal{}, p.err
	}
	for _, one := range p.list {
		if match(one) {
			return one, nil
		}
	}
	return inlay.Principal{}, inlay.Errorf(inlay.NotFound, "no such principal")
}

func (p *people) CreatePrincipal(context.Context, inlay.Principal) error { return nil }
func (p *people) Principal(_ context.Context, id string) (inlay.Principal, error) {
	return p.find(func(one inlay.Principal) bool { return one.ID == id })
}
func (p *people) PrincipalByClientID(_ context.Context, id string) (inlay.Principal, error) {
	return p.find(func(one inlay.Principal) bool { return one.ClientID == id })
}
func (p *people) PrincipalByName(_ context.Context, name string) (inlay.Principal, error) {
	return p.find(func(one inlay.Principal) bool {
		return one.Kind == inlay.MasterUser && strings.EqualFold(one.Name, name)
	})
}

// testKey is one key for all tests: making one takes a while.
var testKey = sync.OnceValue(newKey)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// desk is a sign-in with a clock and a log that the test holds.
type desk struct {
	*entra.Service
	people *people
	now    time.Time
	log    bytes.Buffer
}

func newDesk(t testing.TB, change ...func(*entra.Config)) *desk {
	t.Helper()
	d := &desk{now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), people: &people{list: []inlay.Principal{
		{ID: appID, Kind: inlay.ServicePrincipal, Name: "Shop", ClientID: clientID, Secret: secretDigest},
		{ID: userID, Kind: inlay.MasterUser, Name: userName, Secret: weakDigest(password)},
	}}}
	c := entra.Config{TenantID: tenantID, AuthorityURL: authority, Principals: d.people, Key: testKey(), PasswordGrant: true,
		Now: func() time.Time { return d.now }, Log: slog.New(slog.NewTextHandler(&d.log, nil))}
	for _, f := range change {
		f(&c)
	}
	d.Service = entra.New(c)
	return d
}

// reply is an answer with its JSON body.
type reply struct {
	*http.Response
	raw  string
	body map[string]any
}

func (d *desk) do(t testing.TB, r *http.Request) reply {
	t.Helper()
	w := httptest.NewRecorder()
	d.Handler().ServeHTTP(w, r)
	a := reply{Response: w.Result(), raw: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil {
		t.Fatalf("%s %s: body is no JSON object: %v\n%s", r.Method, r.URL, err, a.raw)
	}
	return a
}

func (d *desk) get(t testing.TB, target string) reply {
	t.Helper()
	return d.do(t, httptest.NewRequest(http.MethodGet, target, nil))
}

func (d *desk) post(t testing.TB, target string, f url.Values) reply {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.do(t, r)
}

const tokenPath = "/" + tenantID + "/oauth2/v2.0/token"

// appForm is a right request of the application; pairs of name and value change it, an empty
// value takes the parameter away.
func appForm(changes ...string) url.Values {
	return with(url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret},
		"scope": {entra.Audience + "/.default"}}, changes)
}

func userForm(changes ...string) url.Values {
	return with(url.Values{"grant_type": {"password"}, "client_id": {clientID}, "username": {userName}, "password": {password},
		"scope": {entra.Audience + "/.default openid profile offline_access"}, "client_info": {"1"}}, changes)
}

func with(f url.Values, changes []string) url.Values {
	for i := 0; i+1 < len(changes); i += 2 {
		f.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			f.Del(changes[i])
		}
	}
	return f
}

// token signs the application in.
func (d *desk) token(t testing.TB) string {
	t.Helper()
	a := d.post(t, tokenPath, appForm())
	if a.StatusCode != http.StatusOK {
		t.Fatalf("sign in: %d %s", a.StatusCode, a.raw)
	}
	return a.body["access_token"].(string)
}

// part decodes one part of a token.
func part(t testing.TB, token string, n int) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("a token has %d parts", len(parts))
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[n])
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatal("more than one value")
	}
	return v
}
