package server

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"inlay"
	"inlay/entra"
	"inlay/store/sqlstore"
)

// The sign-in is proved with Microsoft's own libraries, over TLS with a certificate of our
// authority: what they refuse is wrong, whatever our tests say.

const (
	clientsTenant = "11111111-2222-4333-8444-555555555555"
	clientsApp    = "aaaaaaaa-2222-4333-8444-555555555555"
	clientsUser   = "anna@example.com"
)

// signInDesk is a running sign-in.
type signInDesk struct {
	service          *entra.Service
	port             string
	caFile           string
	secret, password string
}

func runSignIn(t *testing.T) signInDesk {
	t.Helper()
	dir := t.TempDir()
	store, err := sqlstore.Open(t.Context(), filepath.Join(dir, "catalog.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	d := signInDesk{secret: entra.NewSecret(), password: "chosen by a person & so on"}
	for _, p := range []inlay.Principal{
		{ID: "bbbbbbbb-2222-4333-8444-555555555555", Kind: inlay.ServicePrincipal, Name: "Shop", ClientID: clientsApp, Secret: entra.Digest(d.secret)},
		{ID: "cccccccc-2222-4333-8444-555555555555", Kind: inlay.MasterUser, Name: clientsUser, Secret: entra.Digest(d.password)},
	} {
		if err := store.CreatePrincipal(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	key, err := entra.LoadKey(filepath.Join(dir, "keys", "sign-in.pem"))
	if err != nil {
		t.Fatal(err)
	}
	tls, caFile, err := EnsureCertificates(filepath.Join(dir, "tls"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.caFile = caFile
	d.port = serveTLS(t, tls, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.service.Handler().ServeHTTP(w, r) }))
	d.service = entra.New(entra.Config{TenantID: clientsTenant, AuthorityURL: "https://localhost:" + d.port, Principals: store, Key: key, PasswordGrant: true})
	return d
}

// check holds that a token is one of ours, of whom it should be.
func (d signInDesk) check(t *testing.T, token string, kind inlay.PrincipalKind) {
	t.Helper()
	c, err := d.service.Authenticate(t.Context(), token)
	if err != nil {
		t.Errorf("the token is refused: %v", err)
		return
	}
	if left := time.Until(c.ExpiresAt); c.Kind != kind || c.TenantID != clientsTenant || left < 59*time.Minute || left > time.Hour {
		t.Errorf("caller %+v, want a %s for an hour", c, kind)
	}
}

func TestAzureIdentityForGo(t *testing.T) {
	d := runSignIn(t)
	scope := policy.TokenRequestOptions{Scopes: []string{entra.Audience + "/.default"}}
	own := azcore.ClientOptions{Transport: trust(t, d.caFile, d.port), Retry: policy.RetryOptions{MaxRetries: -1},
		Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: "https://localhost:" + d.port}}
	microsoft := own
	microsoft.Cloud = cloud.AzurePublic
	for _, tc := range []struct {
		name       string
		options    azcore.ClientOptions
		noDiscover bool
	}{
		{"own host", own, true}, {"own host, instance discovery", own, false}, {"Microsoft's host, instance discovery", microsoft, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for secret, want := range map[string]string{d.secret: "", "wrong": "AADSTS7000215"} {
				app, err := azidentity.NewClientSecretCredential(clientsTenant, clientsApp, secret,
					&azidentity.ClientSecretCredentialOptions{ClientOptions: tc.options, DisableInstanceDiscovery: tc.noDiscover})
				if err != nil {
					t.Fatal(err)
				}
				token, err := app.GetToken(t.Context(), scope)
				d.outcome(t, token, err, outcome{inlay.ServicePrincipal, want})
			}
			for password, want := range map[string]string{d.password: "", "wrong": "AADSTS50126"} {
				//nolint:staticcheck // deprecated, and still what applications with a master user have
				user, err := azidentity.NewUsernamePasswordCredential(clientsTenant, clientsApp, clientsUser, password,
					&azidentity.UsernamePasswordCredentialOptions{ClientOptions: tc.options, DisableInstanceDiscovery: tc.noDiscover})
				if err != nil {
					t.Fatal(err)
				}
				token, err := user.GetToken(t.Context(), scope)
				d.outcome(t, token, err, outcome{inlay.MasterUser, want})
			}
		})
	}
}

// outcome is whose token is expected, or which error.
type outcome struct {
	kind inlay.PrincipalKind
	code string
}

func (d signInDesk) outcome(t *testing.T, token azcore.AccessToken, err error, want outcome) {
	t.Helper()
	if want.code != "" {
		if err == nil || !strings.Contains(err.Error(), want.code) {
			t.Errorf("%s: %v, want %s", want.kind, err, want.code)
		}
		return
	}
	if err != nil {
		t.Errorf("%s: %v", want.kind, err)
		return
	}
	d.check(t, token.Token, want.kind)
}

// TestMSALForNode fails where Node or the package is missing: a proof is never left out silently.
func TestMSALForNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is not installed: install Node 20 or newer")
	}
	packages, err := filepath.Abs(filepath.Join("..", "web", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(packages, "@azure", "msal-node", "package.json")); err != nil {
		t.Fatal("web/node_modules lacks @azure/msal-node: run `make web-deps`, or `npm ci` in web")
	}
	d := runSignIn(t)
	port, err := strconv.Atoi(d.port)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := json.Marshal(map[string]any{"packages": packages, "port": port, "tenant": clientsTenant, "clientId": clientsApp,
		"clientSecret": d.secret, "username": clientsUser, "password": d.password, "audience": entra.Audience})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, filepath.Join("..", "entra", "testdata", "msal.mjs"))
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+d.caFile)
	cmd.Stdin = strings.NewReader(string(settings))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("msal.mjs: %v\n%s", err, stderr.String())
	}
	var results map[string]struct{ Token, Username, Expires, Error string }
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatalf("msal.mjs wrote %s: %v", out, err)
	}
	if len(results) < 11 {
		t.Errorf("%d ways to sign in were tried, want 11", len(results))
	}
	refused := map[string]string{"application, wrong secret": "7000215", "application, unknown tenant": "endpoints_resolution_error", "user, wrong password": "50126"}
	for name, r := range results {
		t.Run(name, func(t *testing.T) {
			if want := refused[name]; want != "" {
				if !strings.Contains(r.Error, want) {
					t.Errorf("error %q, want one with %s", r.Error, want)
				}
				return
			}
			if r.Error != "" {
				t.Fatal(r.Error)
			}
			kind := inlay.ServicePrincipal
			if strings.HasPrefix(name, "user") {
				if kind = inlay.MasterUser; r.Username != clientsUser {
					t.Errorf("the account is %q, want %q", r.Username, clientsUser)
				}
			}
			d.check(t, r.Token, kind)
		})
	}
}
