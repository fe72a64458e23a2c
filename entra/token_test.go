package entra_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay"
	"inlay/entra"
)

func TestClientCredentials(t *testing.T) {
	d := newDesk(t)
	a := d.post(t, tokenPath+"?client-request-id=12345678-2222-4333-8444-555555555555", appForm())
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", a.StatusCode, a.raw)
	}
	token := a.body["access_token"].(string)
	delete(a.body, "access_token")
	if diff := cmp.Diff(map[string]any{"token_type": "Bearer", "expires_in": 3599.0, "ext_expires_in": 3599.0}, a.body); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store, no-cache", "Pragma": "no-cache",
		"Content-Type": "application/json; charset=utf-8", "Client-Request-Id": "12345678-2222-4333-8444-555555555555", "Strict-Transport-Security": ""} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}

	header := part(t, token, 0)
	kid := d.get(t, "/"+tenantID+"/discovery/v2.0/keys").body["keys"].([]any)[0].(map[string]any)["kid"]
	if diff := cmp.Diff(map[string]any{"alg": "RS256", "typ": "JWT", "kid": kid}, header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	claims := part(t, token, 1)
	if uti, _ := claims["uti"].(string); len(uti) != 22 {
		t.Errorf("uti is %v", claims["uti"])
	}
	delete(claims, "uti")
	now := float64(d.now.Unix())
	want := map[string]any{"aud": "https://analysis.windows.net/powerbi/api", "iss": "https://sts.windows.net/" + tenantID + "/",
		"iat": now - 300, "nbf": now - 300, "exp": now + 3600, "appid": clientID, "appidacr": "1", "idtyp": "app",
		"oid": appID, "sub": appID, "tid": tenantID, "ver": "1.0"}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func TestPassword(t *testing.T) {
	d := newDesk(t)
	a := d.post(t, "/organizations/oauth2/v2.0/token", userForm())
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", a.StatusCode, a.raw)
	}
	access := part(t, a.body["access_token"].(string), 1)
	for name, want := range map[string]any{"upn": userName, "unique_name": userName, "name": userName, "oid": userID, "appid": clientID,
		"appidacr": "0", "idtyp": "user", "tid": tenantID, "ver": "1.0"} {
		if access[name] != want {
			t.Errorf("claim %s is %v, want %v", name, access[name], want)
		}
	}
	if scp, _ := access["scp"].(string); !strings.Contains(" "+scp+" ", " Report.ReadWrite.All ") || strings.Contains(scp, "Tenant.") {
		t.Errorf("scp is %q", scp)
	}
	if sub := access["sub"]; sub == userID || sub == "" {
		t.Errorf("sub is %v: it must differ between applications", sub)
	}
	// Libraries take a scope that is not repeated for a refused one.
	if scope, _ := a.body["scope"].(string); !strings.Contains(scope, entra.Audience+"/Report.Read.All") || !strings.HasSuffix(scope, " "+entra.Audience+"/.default") {
		t.Errorf("scope is %q", scope)
	}
	id := part(t, a.body["id_token"].(string), 1)
	for name, want := range map[string]any{"aud": clientID, "iss": authority + "/" + tenantID + "/v2.0", "preferred_username": userName,
		"oid": userID, "sub": access["sub"], "ver": "2.0"} {
		if id[name] != want {
			t.Errorf("id claim %s is %v, want %v", name, id[name], want)
		}
	}
	if info := part(t, "."+a.body["client_info"].(string)+".", 1); info["uid"] != userID || info["utid"] != tenantID {
		t.Errorf("client_info is %v", info)
	}
	plain := d.post(t, tokenPath, userForm("scope", entra.Audience+"/Report.Read.All", "client_info", "", "username", strings.ToUpper(userName)))
	if plain.StatusCode != http.StatusOK || plain.body["id_token"] != nil || plain.body["client_info"] != nil {
		t.Errorf("without openid and client_info: %d %s", plain.StatusCode, plain.raw)
	}
}

// TestPasswordOfAPerson is the whole way once with a digest as it is stored.
func TestPasswordOfAPerson(t *testing.T) {
	d := newDesk(t)
	d.people.list[1].Secret = entra.Digest(password)
	if a := d.post(t, tokenPath, userForm()); a.StatusCode != http.StatusOK {
		t.Errorf("%d %s", a.StatusCode, a.raw)
	}
	if a := d.post(t, tokenPath, userForm("password", "guess")); !strings.Contains(a.raw, "AADSTS50126") {
		t.Error(a.raw)
	}
}

func TestVersion1(t *testing.T) {
	d := newDesk(t)
	path := "/" + tenantID + "/oauth2/token"
	a := d.post(t, path, appForm("scope", "", "resource", entra.Audience+"/"))
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", a.StatusCode, a.raw)
	}
	for name, want := range map[string]any{"expires_in": "3599", "ext_expires_in": "3599", "expires_on": "1795255200",
		"not_before": "1795251300", "resource": entra.Audience + "/", "token_type": "Bearer"} {
		if a.body[name] != want {
			t.Errorf("%s is %v, want %v", name, a.body[name], want)
		}
	}
	if _, err := d.Authenticate(t.Context(), a.body["access_token"].(string)); err != nil {
		t.Error(err)
	}
	if a := d.post(t, path, userForm("scope", "openid", "resource", entra.Audience)); a.StatusCode != http.StatusOK || a.body["id_token"] == nil {
		t.Errorf("password: %d %s", a.StatusCode, a.raw)
	}
	if a := d.post(t, path, appForm("scope", "")); !strings.Contains(a.raw, "'resource'") {
		t.Errorf("without resource: %s", a.raw)
	}
}

// TestRefusals holds status, OAuth code, AADSTS code and text of each refusal.
func TestRefusals(t *testing.T) {
	stranger := "99999999-2222-4333-8444-555555555555"
	graph := "https://graph.example.com/.default"
	tests := []struct {
		name   string
		path   string
		form   url.Values
		status int
		kind   string
		text   string // start of the description
	}{
		{"unknown tenant", "/" + stranger + "/oauth2/v2.0/token", appForm(), 400, "invalid_request", "AADSTS90002: Tenant '" + stranger + "' not found. Check"},
		{"tenant by domain", "/example.com/oauth2/v2.0/token", appForm(), 400, "invalid_request", "AADSTS90002: Tenant 'example.com' not found."},
		{"no tenant", "/nonsense/oauth2/v2.0/token", appForm(), 400, "invalid_request", "AADSTS900023: Specified tenant identifier 'nonsense'"},
		{"application in any tenant", "/common/oauth2/v2.0/token", appForm(), 400, "invalid_request", "AADSTS50059: No tenant-identifying information"},
		{"no grant", tokenPath, appForm("grant_type", ""), 400, "invalid_request", "AADSTS900144: The request body must contain the following parameter: 'grant_type'."},
		{"unknown grant", tokenPath, appForm("grant_type", "implicit"), 400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type 'implicit'."},
		{"no client", tokenPath, appForm("client_id", ""), 400, "invalid_request", "AADSTS900144: The request body must contain the following parameter: 'client_id'."},
		{"unknown client", tokenPath, appForm("client_id", stranger), 400, "unauthorized_client", "AADSTS700016: Application with identifier '" + stranger + "' was not found in the directory '" + tenantID + "'."},
		{"secret as client id", tokenPath, appForm("client_id", secret), 400, "unauthorized_client", "AADSTS700016: Application with identifier '(not a GUID)' was not found"},
		{"user as client", tokenPath, appForm("client_id", userID), 400, "unauthorized_client", "AADSTS700016: "},
		{"no secret", tokenPath, appForm("client_secret", ""), 401, "invalid_client", "AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."},
		{"assertion", tokenPath, appForm("client_secret", "", "client_assertion", "x.y.z"), 401, "invalid_client", "AADSTS7000216: 'client_secret' is required"},
		{"wrong secret", tokenPath, appForm("client_secret", entra.NewSecret()), 401, "invalid_client", "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '" + clientID + "'."},
		{"digest as secret", tokenPath, appForm("client_secret", string(secretDigest)), 401, "invalid_client", "AADSTS7000215: "},
		{"no scope", tokenPath, appForm("scope", " "), 400, "invalid_request", "AADSTS900144: The request body must contain the following parameter: 'scope'."},
		{"scope of an application", tokenPath, appForm("scope", entra.Audience+"/Report.Read.All"), 400, "invalid_scope", "AADSTS1002012: The provided value for scope " + entra.Audience + "/Report.Read.All is not valid."},
		{"scope without resource", tokenPath, appForm("scope", "openid"), 400, "invalid_scope", "AADSTS1002012: "},
		{"other resource", tokenPath, appForm("scope", graph), 400, "invalid_resource", "AADSTS500011: The resource principal named https://graph.example.com was not found in the tenant named " + tenantID + "."},
		{"two resources", tokenPath, appForm("scope", entra.Audience+"/.default "+graph), 400, "invalid_resource", "AADSTS500011: "},
		{"scope of a user", tokenPath, userForm("scope", "Report.Read.All"), 400, "invalid_scope", "AADSTS70011: The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope Report.Read.All is not valid."},
		{"scope that a user does not get", tokenPath, userForm("scope", entra.Audience+"/Tenant.ReadWrite.All"), 400, "invalid_scope", "AADSTS70011: "},
		{"user of any tenant", "/common/oauth2/v2.0/token", userForm(), 400, "invalid_request", "AADSTS9001023: The grant type is not supported over the /common or /consumers endpoints."},
		{"no user name", tokenPath, userForm("username", ""), 400, "invalid_request", "AADSTS900144: The request body must contain the following parameter: 'username'."},
		{"no password", tokenPath, userForm("password", ""), 400, "invalid_request", "AADSTS900144: The request body must contain the following parameter: 'password'."},
		{"wrong password", tokenPath, userForm("password", "guess"), 400, "invalid_grant", "AADSTS50126: Error validating credentials due to invalid username or password."},
		{"unknown user", tokenPath, userForm("username", "nobody@example.com"), 400, "invalid_grant", "AADSTS50126: Error validating credentials due to invalid username or password."},
		{"application as user", tokenPath, userForm("username", "Shop", "password", secret), 400, "invalid_grant", "AADSTS50126: "},
		{"huge password", tokenPath, userForm("password", strings.Repeat("x", 2000)), 400, "invalid_grant", "AADSTS50126: "},
		{"user with a wrong secret", tokenPath, userForm("client_secret", "wrong"), 401, "invalid_client", "AADSTS7000215: "},
		{"user of an unknown client", tokenPath, userForm("client_id", stranger), 400, "unauthorized_client", "AADSTS700016: "},
		{"twice", tokenPath, url.Values{"grant_type": {"client_credentials", "password"}}, 400, "invalid_request", "AADSTS9000411: The request is not properly formatted. The parameter 'grant_type' is duplicated."},
		{"too large", tokenPath, appForm("client_secret", strings.Repeat("x", 70_000)), 413, "invalid_request", "AADSTS90013: "},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			d := newDesk(t)
			a := d.post(t, tc.path, tc.form)
			text, _ := a.body["error_description"].(string)
			if a.StatusCode != tc.status || a.body["error"] != tc.kind || !strings.HasPrefix(text, tc.text) {
				t.Errorf("%d %v %q\nwant %d %s %q", a.StatusCode, a.body["error"], text, tc.status, tc.kind, tc.text)
			}
			code := tc.text[len("AADSTS"):strings.Index(tc.text, ":")]
			if !strings.Contains(a.raw, `"error_codes":[`+code+`]`) || !strings.HasSuffix(text, "Timestamp: 2026-11-21 09:00:00Z") {
				t.Errorf("the answer lacks the code %s or the time: %s", code, a.raw)
			}
			if a.body["trace_id"] != a.Header.Get("x-ms-request-id") || a.body["error_uri"] != "https://login.microsoftonline.com/error?code="+code {
				t.Errorf("trace id and URI: %s", a.raw)
			}
			if a.body["access_token"] != nil {
				t.Error("a refusal with a token")
			}
			checkNoSecrets(t, d, a.raw)
			if !strings.Contains(d.log.String(), "code="+code) {
				t.Errorf("the refusal is not in the log: %s", d.log.String())
			}
		})
	}
}

// checkNoSecrets holds that nothing secret stands in the log or in a refusal.
func checkNoSecrets(t *testing.T, d *desk, answer string) {
	t.Helper()
	for _, text := range []string{answer, d.log.String()} {
		for _, word := range []string{secret, password, "guess", string(secretDigest), "inlay_"} {
			if strings.Contains(text, word) {
				t.Errorf("a secret stands in %q", text)
			}
		}
	}
}

func TestPasswordGrantIsOff(t *testing.T) {
	d := newDesk(t, func(c *entra.Config) { c.PasswordGrant = false })
	a := d.post(t, tokenPath, userForm())
	text, _ := a.body["error_description"].(string)
	if a.StatusCode != http.StatusBadRequest || a.body["error"] != "unsupported_grant_type" || !strings.HasPrefix(text, "AADSTS70003: ") || !strings.Contains(text, "switched off") {
		t.Errorf("%d %s", a.StatusCode, a.raw)
	}
	d.token(t) // the other grant is on
}

// TestUnknownUserCostsTheSame compares the answers of a wrong password and an unknown user, but
// for what differs between any two requests.
func TestUnknownUserCostsTheSame(t *testing.T) {
	d := newDesk(t)
	answer := func(name string) map[string]any {
		a := d.post(t, tokenPath, userForm("username", name, "password", "guess"))
		for _, varies := range []string{"trace_id", "correlation_id", "error_description"} {
			delete(a.body, varies)
		}
		return a.body
	}
	if diff := cmp.Diff(answer(userName), answer("nobody@example.com")); diff != "" {
		t.Errorf("known and unknown user (-known +unknown):\n%s", diff)
	}
}

func TestBasicAuthentication(t *testing.T) {
	d := newDesk(t)
	do := func(form url.Values, id, pass string) reply {
		r := httptest.NewRequest(http.MethodPost, tokenPath, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		r.SetBasicAuth(id, pass)
		return d.do(t, r)
	}
	if a := do(appForm("client_id", "", "client_secret", ""), clientID, secret); a.StatusCode != http.StatusOK {
		t.Errorf("right secret: %d %s", a.StatusCode, a.raw)
	}
	if a := do(appForm("client_id", "", "client_secret", ""), clientID, "wrong"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("wrong secret: %d %s", a.StatusCode, a.raw)
	}
	if a := do(appForm(), clientID, secret); a.StatusCode != http.StatusBadRequest {
		t.Errorf("authenticated twice: %d %s", a.StatusCode, a.raw)
	}
	if a := do(appForm("client_secret", ""), appID, secret); a.StatusCode != http.StatusBadRequest {
		t.Errorf("two client ids: %d %s", a.StatusCode, a.raw)
	}
}

// TestGuessing holds that the right password does not help after ten wrong ones, that another
// address and another user are not hit, and that it passes with time.
func TestGuessing(t *testing.T) {
	d := newDesk(t)
	post := func(remote string, form url.Values) reply {
		r := httptest.NewRequest(http.MethodPost, tokenPath, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = remote
		return d.do(t, r)
	}
	for n := range 10 {
		if a := post("192.0.2.1:1000", userForm("password", "guess")); !strings.Contains(a.raw, "AADSTS50126") {
			t.Fatalf("guess %d: %s", n, a.raw)
		}
	}
	locked := post("192.0.2.1:2000", userForm("username", strings.ToUpper(userName)))
	if !strings.Contains(locked.raw, "AADSTS50053") || locked.Header.Get("Retry-After") != "61" {
		t.Errorf("after ten guesses: %s, Retry-After %q", locked.raw, locked.Header.Get("Retry-After"))
	}
	if a := post("192.0.2.2:1000", userForm()); a.StatusCode != http.StatusOK {
		t.Errorf("from another address: %s", a.raw)
	}
	if a := post("192.0.2.1:1000", appForm()); a.StatusCode != http.StatusOK {
		t.Errorf("the application, from the same address: %s", a.raw)
	}
	d.now = d.now.Add(61e9)
	for range 20 {
		if a := post("192.0.2.1:1000", userForm()); a.StatusCode != http.StatusOK {
			t.Fatalf("a minute later: %s", a.raw)
		}
	}
}

func TestClientSecretOfAPersonIsLimited(t *testing.T) {
	d := newDesk(t)
	d.people.list[0].Secret = weakDigest("chosen by a person")
	for range 10 {
		d.post(t, tokenPath, appForm("client_secret", "guess"))
	}
	a := d.post(t, tokenPath, appForm("client_secret", "chosen by a person"))
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
		t.Errorf("after ten guesses: %d %s", a.StatusCode, a.raw)
	}
}

// TestMachineMadePassword holds that a fast digest serves a user, often.
func TestMachineMadePassword(t *testing.T) {
	d := newDesk(t)
	d.people.list[1].Secret = secretDigest
	for range 12 {
		if a := d.post(t, tokenPath, userForm("password", secret)); a.StatusCode != http.StatusOK {
			t.Fatal(a.raw)
		}
	}
	if a := d.post(t, tokenPath, userForm()); !strings.Contains(a.raw, "AADSTS50126") {
		t.Error(a.raw)
	}
}

// TestUserWithoutPassword holds that no digest means no sign-in, not any password.
func TestUserWithoutPassword(t *testing.T) {
	d := newDesk(t)
	d.people.list[1].Secret, d.people.list[0].Secret = nil, nil
	if a := d.post(t, tokenPath, userForm()); !strings.Contains(a.raw, "AADSTS50126") {
		t.Error(a.raw)
	}
	if a := d.post(t, tokenPath, appForm()); !strings.Contains(a.raw, "AADSTS7000215") {
		t.Error(a.raw)
	}
}

func TestCatalogIsDown(t *testing.T) {
	d := newDesk(t)
	d.people.err = errors.New("disk on fire")
	for _, form := range []url.Values{appForm(), userForm()} {
		a := d.post(t, tokenPath, form)
		if a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(a.raw, "AADSTS90033") || strings.Contains(a.raw, "fire") {
			t.Errorf("%d %s", a.StatusCode, a.raw)
		}
	}
	if !strings.Contains(d.log.String(), "disk on fire") {
		t.Error("the cause is not in the log")
	}
	if _, err := d.Authenticate(t.Context(), newDesk(t).token(t)); err == nil || inlay.KindOf(err) != inlay.Internal {
		t.Errorf("authenticate: %v, want an internal error", err)
	}
}

func TestOtherBodies(t *testing.T) {
	d := newDesk(t)
	for _, tc := range []struct{ kind, body, want string }{
		{"application/json", `{"grant_type":"client_credentials"}`, "AADSTS900144"},
		{"", appForm().Encode(), "AADSTS900144"},
		{"multipart/form-data; boundary=x", "--x--", "AADSTS900144"},
		{"application/x-www-form-urlencoded", "client_secret=" + secret + "&%zz", "AADSTS90013"},
		{"application/x-www-form-urlencoded", "a=b;client_secret=" + secret, "AADSTS90013"},
		{"application/x-www-form-urlencoded", "", "AADSTS900144"},
	} {
		r := httptest.NewRequest(http.MethodPost, tokenPath+"?"+appForm().Encode(), strings.NewReader(tc.body))
		r.Header.Set("Content-Type", tc.kind)
		a := d.do(t, r)
		if a.StatusCode != http.StatusBadRequest || !strings.Contains(a.raw, tc.want) {
			t.Errorf("%s: %d %s, want %s", tc.kind, a.StatusCode, a.raw, tc.want)
		}
		checkNoSecrets(t, d, a.raw)
	}
}

// FuzzToken holds that no body brings a token but the right one, none a crash or a secret.
func FuzzToken(f *testing.F) {
	f.Add(appForm().Encode())
	f.Add(userForm("password", "x").Encode())
	f.Add("grant_type=password&grant_type=client_credentials")
	f.Add("grant_type=client_credentials&client_id=%00&client_secret=%ff&scope=+")
	f.Add("=&&=;%")
	f.Add("grant_type=client_credentials&client_id=" + clientID + "&client_secret=" + secret + "&scope=/.default")
	d := newDesk(f)
	f.Fuzz(func(t *testing.T, body string) {
		d.log.Reset()
		r := httptest.NewRequest(http.MethodPost, tokenPath, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		a := d.do(t, r)
		v, err := url.ParseQuery(body)
		right := err == nil && (v.Get("client_secret") == secret || v.Get("password") == password)
		if a.StatusCode == http.StatusOK && !right {
			t.Errorf("a token for %q", body)
		}
		if a.StatusCode >= 500 {
			t.Errorf("%d for %q: %s", a.StatusCode, body, a.raw)
		}
		if strings.Contains(d.log.String(), secret) || strings.Contains(d.log.String(), password) {
			t.Errorf("a secret in the log: %s", d.log.String())
		}
	})
}
