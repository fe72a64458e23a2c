package rest_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay"
	"inlay/rest"
)

const generate = "/v1.0/myorg/GenerateToken"

// TestErrors shows how refusals look, in both modes.
func TestErrors(t *testing.T) {
	explain, wire := newWorld(t), newWorld(t, func(c *rest.Config) { c.Wire = true })
	bearer := func(w *world) string { return "Bearer " + w.bearer(w.sign, tenant, shop) }
	group := "/v1.0/myorg/groups/" + sales
	text := "Creating embed token for accessing dataset " + orders + " requires effective identity to be provided"
	nested := func(code string) string {
		return `{"error":{"code":"` + code + `","pbi.error":{"code":"` + code + `","parameters":{},"details":[],"exceptionCulprit":1}}}`
	}
	for _, c := range []struct {
		name, method, path string
		auth               func(*world) string
		body               string
		status             int
		info, wire         string   // header and body in wire mode
		says               []string // in the body of explain mode
	}{
		{"no token", "GET", group, func(*world) string { return "" }, "", 403, "", "", []string{`"code":"InvalidToken"`, `"rule":"no-token"`, `"remedy":"`}},
		{"bad token", "GET", group, func(*world) string { return "Bearer x" }, "", 403, "InvalidToken", "", []string{`"code":"InvalidToken"`}},
		{"a token of another signer", "GET", group, func(w *world) string { return "Bearer " + w.bearer(w.signIn(signingKeys()[1], tenant), tenant, shop) }, "", 403, "TokenExpired", "", []string{`"code":"InvalidToken"`, `"rule":"access-token"`}},
		{"a token that was changed", "GET", group, func(w *world) string { return bearer(w) + "x" }, "", 403, "TokenExpired", "", []string{`"code":"InvalidToken"`, `"rule":"access-token"`}},
		{"no access", "GET", "/v1.0/myorg/groups/" + harbour, bearer, "", 401, "GroupNotAccessible", "", []string{`"code":"GroupNotAccessible"`, `"rule":"group-access"`}},
		{"missing report", "GET", group + "/reports/" + missing, bearer, "", 404, "PowerBIEntityNotFound", nested("PowerBIEntityNotFound"), []string{missing}},
		{"no route", "GET", group + "/dashboards", bearer, "", 404, "", "", []string{`"code":"NotFound"`}},
		{"not a GUID", "GET", "/v1.0/myorg/groups/x", bearer, "", 404, "", "", []string{`"code":"NotFound"`}},
		{"method", "DELETE", group, bearer, "", 405, "", `{"message":"the requested resource does not support http method 'DELETE'."}`, []string{`"rule":"method"`}},
		{"no identity", "POST", generate, bearer, fmt.Sprintf(`{"datasets":[{"id":%q}]}`, orders), 400, "",
			`{"error":{"code":"InvalidRequest","message":"` + text + `"}}`, []string{text, `"rule":"identity-required"`, `"remedy":"add {`}},
		{"too low a role", "POST", generate, bearer, fmt.Sprintf(`{"datasets":[{"id":%q}]}`, shelf), 401, "PowerBINotAuthorizedException", nested("PowerBINotAuthorizedException"), []string{"only Viewer"}},
		{"missing dataset", "POST", generate, bearer, fmt.Sprintf(`{"datasets":[{"id":%q}]}`, missing), 404, "PowerBIEntityNotFound", nested("PowerBIEntityNotFound"), []string{`"rule":"items-visible"`}},
		{"option", "GET", group + "/reports?$filter=name%20eq%20'x'", bearer, "", 400, "", `{"error":{"code":"InvalidRequest","message":"the query option \"$filter\" is not supported here"}}`, nil},
		{"option without dollar", "GET", group + "/reports?Top=1", bearer, "", 400, "", `{"error":{"code":"InvalidRequest","message":"the query option \"Top\" is not supported here"}}`, nil},
		{"unreadable query", "GET", "/v1.0/myorg/groups?$top=1;$skip=1", bearer, "", 400, "", `{"error":{"code":"InvalidRequest","message":"the query string cannot be read"}}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := wire.send(c.method, c.path, c.auth(wire), c.body)
			if a.status != c.status || a.header.Get("X-PowerBI-Error-Info") != c.info || a.body != c.wire {
				t.Errorf("wire: %d %q %s", a.status, a.header.Get("X-PowerBI-Error-Info"), a.body)
			}
			if a.body == "" && a.header.Get("Content-Length") != "0" {
				t.Error("wire: an empty body has no length")
			}
			a = explain.send(c.method, c.path, c.auth(explain), c.body)
			if a.status != c.status || a.header.Get("X-PowerBI-Error-Info") != c.info || a.header.Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("explain: %d %v", a.status, a.header)
			}
			for _, s := range c.says {
				if !strings.Contains(a.body, s) && !strings.Contains(a.body, strings.ReplaceAll(s, `"`, `\"`)) {
					t.Errorf("explain: %s does not say %s", a.body, s)
				}
			}
		})
	}
}

// TestBodies shows how bodies are read, and what is said of those that cannot be.
func TestBodies(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
	item := fmt.Sprintf(`"datasets":[{"id":%q}]`, prices)
	for _, c := range []struct {
		name, body string
		headers    []string
		status     int
		says       string
	}{
		{"plain", "{" + item + "}", nil, 200, ""},
		{"mark", "\xef\xbb\xbf{" + item + "}", nil, 200, ""},
		{"charset", "{" + item + "}", []string{"Content-Type", "application/json; charset=UTF-8"}, 200, ""},
		{"upper case", strings.ToUpper("{" + item + "}"), nil, 200, ""},
		{"nulls", `{"reports":null,"identities":null,"targetWorkspaces":null,"datasourceIdentities":null,"lifetimeInMinutes":null,` + item + `}`, nil, 200, ""},
		{"an item as the API gave it", fmt.Sprintf(`{"datasets":[{"id":%q,"name":"x","webUrl":"https://example.com"}],"@odata.context":"x"}`, prices), nil, 200, ""},
		{"empty", "", nil, 400, "no report and no dataset"},
		{"null", "null", nil, 400, "no report and no dataset"},
		{"no type", "{" + item + "}", []string{"Content-Type", ""}, 415, "no Content-Type header"},
		{"form", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "media type"},
		{"utf-16", "{" + item + "}", []string{"Content-Type", "application/json; charset=utf-16"}, 415, "media type"},
		{"compressed", "{" + item + "}", []string{"Content-Encoding", "gzip"}, 415, "encoding"},
		{"large", `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, "larger than"},
		{"not JSON", "{" + item + ",}", nil, 400, "is not JSON"},
		{"deep", strings.Repeat("[", 100_000), nil, 400, "request's body"},
		{"two", "{" + item + "}{}", nil, 400, "is not JSON"},
		{"wrong type", `{"datasets":[{"id":5}]}`, nil, 400, "datasets[0].id cannot be a number"},
		{"wrong list", `{"datasets":{"id":"x"}}`, nil, 400, "datasets cannot be an object"},
		{"fraction", `{"lifetimeInMinutes":1.5,` + item + `}`, nil, 400, "lifetimeInMinutes cannot be a number"},
		{"overflow", `{"lifetimeInMinutes":9223372036854775808,` + item + `}`, nil, 400, "lifetimeInMinutes cannot be a number"},
		{"text for a number", `{"lifetimeInMinutes":"10",` + item + `}`, nil, 400, "lifetimeInMinutes cannot be a text"},
		{"text for a truth value", fmt.Sprintf(`{"reports":[{"id":%q,"allowEdit":"true"}],%s}`, tariff, item), nil, 400, "reports[0].allowEdit cannot be a text"},
		{"unknown", `{"rowFilter":"x",` + item + `}`, nil, 400, "rowFilter is not a known property"},
		{"unknown inside", fmt.Sprintf(`{"datasets":[{"id":%q,"filters":[]}]}`, prices), nil, 400, "datasets[0].filters is not a known property"},
		{"twice", "{" + item + "," + item + "}", nil, 400, "datasets is there twice"},
		{"twice in two cases", "{" + item + "," + strings.Replace(item, "datasets", "Datasets", 1) + "}", nil, 400, "Datasets is there twice"},
		{"a secret of wrong type", `{"datasourceIdentities":[{"identityBlob":["hunter2"]}],` + item + `}`, nil, 400, "datasourceIdentities[0].identityBlob cannot be a list"},
		{"long name", `{"` + strings.Repeat("y", 5000) + `":1}`, nil, 400, "yyy…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.sendWith("POST", generate, c.body, append([]string{"Authorization", bearer}, c.headers...)...)
			if a.status != c.status || !strings.Contains(a.body, c.says) || strings.Contains(a.body, "hunter2") || len(a.body) > 4000 {
				t.Errorf("%d %.600s", a.status, a.body)
			}
		})
	}
}

// TestEngineErrors shows how the engine's errors are answered.
func TestEngineErrors(t *testing.T) {
	w := newWorld(t)
	token := "EmbedToken " + w.embed("ann@example.com", "West")
	for _, c := range []struct {
		err    error
		status int
		code   string
		says   string
	}{
		{inlay.Errorf(inlay.Forbidden, "no usable role"), 403, "RLSDenied", "no usable role"},
		{inlay.Errorf(inlay.Unsupported, "measure [X]"), 400, "NotSupported", "measure [X]"},
		{inlay.Errorf(inlay.Invalid, "bad filter"), 400, "InvalidRequest", "bad filter"},
		{inlay.Errorf(inlay.Limit, "too many rows"), 400, "QueryLimitExceeded", "too many rows"},
		{inlay.Errorf(inlay.NotFound, "no data yet"), 404, "PowerBIEntityNotFound", "no data yet"},
		{inlay.Errorf(inlay.Internal, "path /secret"), 500, "InternalServerError", "internal error"},
		{errors.New("path /secret"), 500, "InternalServerError", "internal error"},
		{fmt.Errorf("run: %w", context.DeadlineExceeded), 503, "ServiceUnavailable", "took too long"},
		{fmt.Errorf("run: %w", context.Canceled), 499, "ClientClosedRequest", ""},
	} {
		w.engine.fail = func() error { return c.err }
		a := w.send("POST", "/inlay/v1/embed/reports/"+overview+"/pages/first/visuals/rows/query", token, "{}")
		if a.status != c.status || a.code() != c.code || !strings.Contains(a.body, c.says) || strings.Contains(a.body, "secret") {
			t.Errorf("%v: %d %s", c.err, a.status, a.body)
		}
		secure(t, a)
	}
	w.engine.fail = func() error { panic("stack and secret") }
	a := w.send("POST", "/inlay/v1/embed/reports/"+overview+"/pages/first/visuals/rows/query", token, "{}")
	if a.status != 500 || strings.Contains(a.body, "secret") || strings.Contains(a.body, "goroutine") {
		t.Errorf("panic: %d %s", a.status, a.body)
	}
	if log := w.log.String(); !strings.Contains(log, "panic: stack and secret") || !strings.Contains(log, a.header.Get("RequestId")) {
		t.Error("the log has no panic with the request's id")
	}
}

func TestGenerateToken(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
	body := fmt.Sprintf(`{"datasets":[{"id":%q}],"lifetimeInMinutes":10}`, prices)
	a := w.send("POST", generate, bearer, body)
	var got map[string]string
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatal(err)
	}
	grant, err := w.ring.Open(got["token"], w.now)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"@odata.context": "http://localhost:8400/v1.0/myorg/$metadata#Microsoft.PowerBI.ServiceContracts.Api.V1.GenerateTokenResponse",
		"token": got["token"], "tokenId": grant.TokenID, "expiration": "2026-03-02T09:40:00Z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, second, _ := strings.Cut(got["token"], ".")
	if front, _ := base64.StdEncoding.DecodeString(second); string(front) != fmt.Sprintf(`{"clusterUrl":"http://localhost:8400","exp":%d,"allowAccessOverPublicInternet":true}`, grant.ExpiresAt.Unix()) {
		t.Errorf("second part: %s", front)
	}
	if again := w.send("POST", generate, bearer, body); again.field("tokenId") == got["tokenId"] {
		t.Error("two tokens have one id")
	}
	if a := w.sendWith("POST", generate, body, "Authorization", bearer, "X-PowerBI-profile-id", missing); a.status != 401 || !strings.Contains(a.body, `"rule":"profile"`) {
		t.Errorf("a profile: %d %s", a.status, a.body)
	}
	// 501 kB of roles: within each limit of its own, too large together.
	identities, datasets := make([]string, 50), make([]string, 50)
	for i := range identities {
		id := fmt.Sprintf("50000000-0000-0000-0000-%012d", i)
		if err := w.store.CreateDataset(t.Context(), inlay.Dataset{ID: id, WorkspaceID: sales, Name: fmt.Sprint("d", i), Roles: []string{"r"}, Definition: "x", CreatedAt: w.now}); err != nil {
			t.Fatal(err)
		}
		datasets[i] = fmt.Sprintf(`{"id":%q}`, id)
		identities[i] = fmt.Sprintf(`{"username":"u","roles":["r"],"datasets":[%q],"customData":%q}`, id, strings.Repeat("é", 4096))
	}
	a = w.send("POST", generate, bearer, `{"datasets":[`+strings.Join(datasets, ",")+`],"identities":[`+strings.Join(identities, ",")+`]}`)
	if a.status != 400 || !strings.Contains(a.body, "token-size") {
		t.Errorf("a huge token: %d %.300s", a.status, a.body)
	}
}

// TestAddresses shows which addresses are answered to whom.
func TestAddresses(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
	path := "/v1.0/myorg/groups/" + sales + "/reports/" + overview
	for host, base := range map[string][2]string{
		"localhost:8400":             {"http://localhost:8400", "http://localhost:8400"},
		"evil.example.com":           {"http://localhost:8400", "http://localhost:8400"},
		"api.powerbi.com":            {"https://app.powerbi.com", "https://api.powerbi.com"},
		"API.PowerBI.com:443":        {"https://app.powerbi.com", "https://api.powerbi.com"},
		"api.powerbi.com:8443":       {"https://app.powerbi.com:8443", "https://api.powerbi.com:8443"},
		"api.powerbi.com.evil.test":  {"http://localhost:8400", "http://localhost:8400"},
		"xapi.powerbi.com":           {"http://localhost:8400", "http://localhost:8400"},
		"api.powerbi.com@evil.test":  {"http://localhost:8400", "http://localhost:8400"},
		"api.powerbi.com:80:evil":    {"http://localhost:8400", "http://localhost:8400"},
		"api.powerbi.com:8443/../..": {"http://localhost:8400", "http://localhost:8400"},
	} {
		a := w.sendWith("GET", path, "", "Authorization", bearer, "Host", host)
		u, err := url.Parse(a.field("embedUrl"))
		if err != nil || a.status != 200 {
			t.Errorf("%s: %d %v", host, a.status, err)
			continue
		}
		q := u.Query()
		config, err := base64.StdEncoding.DecodeString(q.Get("config"))
		wantConfig := `{"clusterUrl":"` + base[1] + `","embedFeatures":{"modernEmbed":true,"usageMetricsVNext":true}}`
		if err != nil || u.Scheme+"://"+u.Host+u.Path != base[0]+"/reportEmbed" || q.Get("reportId") != overview || q.Get("groupId") != sales || q.Get("w") != "2" || string(config) != wantConfig {
			t.Errorf("%s: %s with %s", host, u, config)
		}
		if !strings.HasPrefix(a.field("webUrl"), base[0]+"/groups/") || !strings.HasPrefix(a.field("@odata.context"), base[1]+"/v1.0/myorg/groups/"+sales+"/$metadata#reports/$entity") {
			t.Errorf("%s: %s", host, a.body)
		}
	}
}

func TestStrictTransport(t *testing.T) {
	w := newWorld(t)
	for host, want := range map[string]bool{"api.powerbi.com": true, "bi.example.com:8443": true, "localhost:8443": false, "x.localhost": false, "127.0.0.1:8443": false, "[::1]:8443": false} {
		for _, secured := range []bool{true, false} {
			r := httptest.NewRequest(http.MethodGet, "/v1.0/myorg/groups", nil)
			r.Host, r.TLS = host, nil
			if secured {
				r.TLS = &tls.ConnectionState{}
			}
			rec := httptest.NewRecorder()
			w.handler.ServeHTTP(rec, r)
			if got := rec.Header().Get("Strict-Transport-Security") != ""; got != (want && secured) {
				t.Errorf("%s, TLS %v: %v", host, secured, got)
			}
		}
	}
}

// stranger is a sign-in service that vouches for callers of another tenant.
type stranger struct{ rest.Authenticator }

func (s stranger) Authenticate(ctx context.Context, bearer string) (inlay.Caller, error) {
	c, err := s.Authenticator.Authenticate(ctx, bearer)
	c.TenantID = otherTenant
	return c, err
}

// TestOtherTenant is A10 where the sign-in service does not refuse by itself.
func TestOtherTenant(t *testing.T) {
	w := newWorld(t, func(c *rest.Config) { c.Auth = stranger{c.Auth} })
	tried := 0
	for _, op := range operations(t) {
		if op.Auth != rest.AccessToken {
			continue
		}
		target, good, body := w.valid(op)
		if a := w.send(op.Method, target, good, body); a.status != 403 || a.code() != "InvalidToken" {
			t.Errorf("%s: %d %s", op.ID, a.status, a.body)
		}
		tried++
	}
	if tried == 0 {
		t.Fatal("there is no operation with an access token")
	}
}
