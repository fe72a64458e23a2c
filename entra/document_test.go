package entra_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"inlay/entra"
)

func TestDocuments(t *testing.T) {
	d := newDesk(t)
	open := "/v2.0/.well-known/openid-configuration"
	discover := "/common/discovery/instance?api-version=1.1&authorization_endpoint="
	asked := func(u string) string { return discover + url.QueryEscape(u) }
	own, microsoft := authority+"/"+tenantID, "https://login.microsoftonline.com/"+tenantID
	tests := []struct {
		host, path string
		want       map[string]any
	}{
		{"localhost:8443", "/" + tenantID + open, map[string]any{
			"issuer": own + "/v2.0", "token_endpoint": own + "/oauth2/v2.0/token", "jwks_uri": own + "/discovery/v2.0/keys",
			"authorization_endpoint": own + "/oauth2/v2.0/authorize"}},
		{"localhost:8443", "/" + strings.ToUpper(tenantID) + "/V2.0/.Well-Known/OpenID-Configuration/?", map[string]any{"issuer": own + "/v2.0"}},
		{"localhost:8400", "//" + tenantID + open, map[string]any{"token_endpoint": own + "/oauth2/v2.0/token"}},
		{"login.microsoftonline.com", "/" + tenantID + open, map[string]any{
			"issuer": microsoft + "/v2.0", "token_endpoint": microsoft + "/oauth2/v2.0/token"}},
		{"Login.MicrosoftOnline.com:443", "/organizations" + open, map[string]any{
			"issuer":         "https://login.microsoftonline.com/{tenantid}/v2.0",
			"token_endpoint": "https://login.microsoftonline.com/organizations/oauth2/v2.0/token"}},
		{"login.microsoftonline.com:8443", "/common" + open, map[string]any{
			"token_endpoint": "https://login.microsoftonline.com:8443/common/oauth2/v2.0/token"}},
		// A host that the client made up is not in the answer.
		{"evil.example.com", "/" + tenantID + open, map[string]any{"token_endpoint": own + "/oauth2/v2.0/token"}},
		{"login.microsoftonline.com.evil.example.com", "/" + tenantID + open, map[string]any{"token_endpoint": own + "/oauth2/v2.0/token"}},
		{"localhost:8443", "/" + tenantID + "/.well-known/openid-configuration", map[string]any{
			"issuer": "https://sts.windows.net/" + tenantID + "/", "token_endpoint": own + "/oauth2/token", "jwks_uri": own + "/discovery/keys"}},

		{"login.microsoftonline.com", asked(microsoft + "/oauth2/v2.0/authorize"), map[string]any{
			"tenant_discovery_endpoint": microsoft + open, "api-version": "1.1"}},
		{"localhost:8443", "/" + tenantID + "/discovery/instance?authorization_endpoint=" + own + "/oauth2/v2.0/authorize",
			map[string]any{"tenant_discovery_endpoint": own + open}},
		{"login.microsoftonline.com:8443", asked("https://login.microsoftonline.com:8443/common/oauth2/authorize"), map[string]any{
			"tenant_discovery_endpoint": "https://login.microsoftonline.com:8443/common/.well-known/openid-configuration"}},

		{"localhost:8443", "/common/UserRealm/anna@Example.com?api-version=1.0", map[string]any{
			"ver": "1.0", "account_type": "Managed", "domain_name": "example.com", "cloud_instance_name": "microsoftonline.com",
			"cloud_audience_urn": "urn:federation:MicrosoftOnline"}},
		{"localhost:8443", "/common/userrealm/no%2Fbody%40example.com/", map[string]any{"account_type": "Managed"}},
		{"localhost:8443", "/common/UserRealm/nobody", map[string]any{"account_type": "Unknown"}},
	}
	for _, tc := range tests {
		r := httptest.NewRequest(http.MethodGet, tc.path, nil)
		r.Host = tc.host
		a := d.do(t, r)
		if a.StatusCode != http.StatusOK {
			t.Errorf("%s%s: %d %s", tc.host, tc.path, a.StatusCode, a.raw)
		}
		for name, want := range tc.want {
			if a.body[name] != want {
				t.Errorf("%s%s: %s is %v, want %v", tc.host, tc.path, name, a.body[name], want)
			}
		}
		if strings.Contains(a.raw, "evil") {
			t.Errorf("%s%s: the answer names the client's host: %s", tc.host, tc.path, a.raw)
		}
	}
}

func TestInstanceNames(t *testing.T) {
	d := newDesk(t)
	a := d.get(t, "/common/discovery/instance?authorization_endpoint="+authority+"/"+tenantID+"/oauth2/v2.0/authorize")
	for _, part := range []string{`{"preferred_network":"login.microsoftonline.com","preferred_cache":"login.windows.net","aliases":["login.microsoftonline.com",`,
		`{"preferred_network":"localhost:8443","preferred_cache":"localhost:8443","aliases":["localhost:8443"]}`} {
		if !strings.Contains(a.raw, part) {
			t.Errorf("the answer lacks %s:\n%s", part, a.raw)
		}
	}
}

func TestDocumentRefusals(t *testing.T) {
	d := newDesk(t)
	discover := "/common/discovery/instance?authorization_endpoint="
	for _, tc := range []struct {
		method, path string
		status       int
		text         string
	}{
		{"GET", "/99999999-2222-4333-8444-555555555555/v2.0/.well-known/openid-configuration", 400, `"invalid_tenant","error_description":"AADSTS90002`},
		{"GET", "/consumers/discovery/v2.0/keys", 400, "AADSTS900023"},
		{"GET", discover, 400, "AADSTS900144"},
		{"GET", discover + "https://evil.example.com/common/oauth2/v2.0/authorize", 400, `"invalid_instance","error_description":"AADSTS50049`},
		{"GET", discover + "https://localhost:8443.evil.example.com/common/oauth2/v2.0/authorize", 400, "AADSTS50049"},
		{"GET", discover + "https://evil@localhost:8444/common/oauth2/v2.0/authorize", 400, "AADSTS50049"},
		{"GET", discover + "https://localhost:8443", 400, "AADSTS900023"},
		{"GET", discover + "https://localhost:8443/%22%3E%3Cscript%3E/oauth2", 400, "AADSTS900023"},
		{"GET", tokenPath, 405, "AADSTS900561: The endpoint only accepts POST requests. Received a GET request."},
		{"EVIL", tokenPath, 405, "Received a non-standard request."},
		{"POST", "/" + tenantID + "/discovery/v2.0/keys", 405, "AADSTS900561"},
		{"GET", "/" + tenantID + "/oauth2/v2.0/authorize", 501, "no browser and no device flow"},
		{"POST", "/" + tenantID + "/oauth2/v2.0/devicecode", 501, "client_credentials"},
		{"GET", "/", 404, "no sign-in endpoint"},
		{"GET", "/" + tenantID + "/oauth2/v2.0/token/more", 404, "no sign-in endpoint"},
		{"GET", "/v1.0/myorg/groups", 404, "no sign-in endpoint"},
	} {
		a := d.do(t, httptest.NewRequest(tc.method, tc.path, nil))
		if a.StatusCode != tc.status || !strings.Contains(a.raw, tc.text) {
			t.Errorf("%s %s: %d %s\nwant %d and %q", tc.method, tc.path, a.StatusCode, a.raw, tc.status, tc.text)
		}
		if strings.Contains(a.raw, "<script>") && !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: %s", tc.path, a.raw)
		}
	}
}

func TestKeysHoldNothingPrivate(t *testing.T) {
	d := newDesk(t)
	a := d.get(t, "/common/discovery/keys")
	key := a.body["keys"].([]any)[0].(map[string]any)
	for _, name := range []string{"kty", "use", "kid", "n", "e", "alg"} {
		if key[name] == nil || key[name] == "" {
			t.Errorf("the key lacks %s", name)
		}
		delete(key, name)
	}
	if len(key) != 0 {
		t.Errorf("the key has more than its public part: %v", key)
	}
}

func TestOwns(t *testing.T) {
	for path, want := range map[string]bool{
		tokenPath: true, "/common/UserRealm/a%40b": true, "/COMMON/Discovery/Instance/": true, "/x/oauth2/authorize": true,
		"/": false, "": false, "/v1.0/myorg/groups": false, "/reportEmbed": false, "/x/oauth2": false, "/x/%zz/token": false,
	} {
		if entra.Owns(path) != want {
			t.Errorf("Owns(%q) is %v, want %v", path, !want, want)
		}
	}
}
