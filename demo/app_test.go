package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	clientSecret = "client-secret-of-the-application"
	embedToken   = "embed-token-that-is-long-enough-to-be-shortened.e30="
)

// service stands for Inlay: it checks what an application has to send, and answers in its form.
type service struct {
	t  *testing.T
	mu sync.Mutex

	signIns int
	valid   string   // the access token that is accepted
	bodies  []string // of GenerateToken
	refuse  string   // answer GenerateToken with this message
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path == "/tenant-1/oauth2/v2.0/token" {
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if r.ParseForm() != nil || r.PostForm.Get("client_secret") != clientSecret || r.PostForm.Get("client_id") != "app-1" ||
			r.PostForm.Get("grant_type") != "client_credentials" || r.PostForm.Get("scope") != scope {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}`)
			return
		}
		s.signIns++
		s.valid = fmt.Sprintf("access-token-number-%d", s.signIns)
		_, _ = fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":3599,"access_token":%q}`, s.valid)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+s.valid {
		w.WriteHeader(http.StatusForbidden) // as the service does, with an empty body
		return
	}
	w.Header().Set("RequestId", "request-7")
	switch r.Method + " " + r.URL.Path {
	case "GET /v1.0/myorg/groups/workspace-1/reports/report-1":
		_, _ = io.WriteString(w, `{"id":"report-1","embedUrl":"http://localhost:8400/reportEmbed?reportId=report-1"}`)
	case "POST /v1.0/myorg/GenerateToken":
		s.bodies = append(s.bodies, string(body))
		if s.refuse != "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"error":{"code":"InvalidRequest","message":%q}}`, s.refuse)
			return
		}
		_, _ = fmt.Fprintf(w, `{"token":%q,"tokenId":"id-1","expiration":"2026-11-21T21:00:00Z"}`, embedToken)
	default:
		s.t.Errorf("unexpected request %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusNotFound)
	}
}

// start runs the application against the service, and returns a function that posts to /demo/token.
func start(t *testing.T, s *service, change func(*Application)) func(body string, header ...string) (int, string) {
	t.Helper()
	s.t = t
	api := httptest.NewServer(s)
	t.Cleanup(api.Close)
	a := Application{ReportName: "Brightwater", File: File{
		APIURL: api.URL, AuthorityURL: api.URL, TenantID: "tenant-1", WorkspaceID: "workspace-1", ReportID: "report-1",
		DatasetID: "dataset-1", ServicePrincipal: ServicePrincipal{"app-1", clientSecret},
	}}
	if change != nil {
		change(&a)
	}
	h := a.Handler()
	return func(body string, header ...string) (int, string) {
		r := httptest.NewRequest(http.MethodPost, "http://localhost:8400/demo/token", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		for i := 0; i < len(header); i += 2 {
			if header[i] == "Host" {
				r.Host = header[i+1]
			}
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
}

func TestTokenShowsTheExchangeAndNoSecret(t *testing.T) {
	s := &service{}
	post := start(t, s, nil)
	status, text := post(`{"viewer":"petra","lifetimeInMinutes":10}`)
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	var got struct {
		Request struct {
			Method, URL string
			Headers     map[string]string
			Body        json.RawMessage
		}
		Response struct {
			Status  int
			Headers map[string]string
			Body    map[string]any
		}
		Embed map[string]string
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := `{"datasets":[{"id":"dataset-1"}],"reports":[{"id":"report-1"}],` +
		`"identities":[{"username":"petra@twinpartners.example.com","roles":["Tenant members"],"datasets":["dataset-1"]}],"lifetimeInMinutes":10}`
	if diff := cmp.Diff([]string{want, want}, []string{string(got.Request.Body), s.bodies[0]}); diff != "" {
		t.Errorf("shown and sent: %s", diff)
	}
	if diff := cmp.Diff(map[string]string{
		"reportId": "report-1", "embedUrl": "http://localhost:8400/reportEmbed?reportId=report-1",
		"accessToken": embedToken, "expiration": "2026-11-21T21:00:00Z",
	}, got.Embed); diff != "" {
		t.Error(diff)
	}
	if got.Response.Status != 200 || got.Response.Headers["RequestId"] != "request-7" || got.Response.Body["tokenId"] != "id-1" {
		t.Errorf("response %+v", got.Response)
	}
	if n := strings.Count(text, embedToken); n != 1 {
		t.Errorf("the embed token stands %d times in the answer, want once, where the page takes it", n)
	}
	for _, secret := range []string{clientSecret, "access-token-number"} {
		if strings.Contains(text, secret) {
			t.Errorf("the answer holds %q", secret)
		}
	}
}

func TestAccessTokenIsKeptUntilFiveMinutesBeforeItEnds(t *testing.T) {
	now := time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)
	s := &service{}
	post := start(t, s, func(a *Application) { a.Now = func() time.Time { return now } })
	ask := func(wantSignIns int) {
		t.Helper()
		if status, text := post(`{"viewer":"amira"}`); status != http.StatusOK || s.signIns != wantSignIns {
			t.Fatalf("%d sign-ins, want %d; %d %s", s.signIns, wantSignIns, status, text)
		}
	}
	ask(1)
	now = now.Add(54 * time.Minute)
	ask(1)
	now = now.Add(time.Minute)
	ask(2)
	s.valid = "made by a server that was started anew"
	ask(3)
}

func TestRefusalsOfTheServiceAreShown(t *testing.T) {
	s := &service{refuse: "Creating embed token for accessing dataset dataset-1 requires roles"}
	post := start(t, s, nil)
	status, text := post(`{"viewer":"amira"}`)
	for _, want := range []string{`"status":400`, `"code":"UpstreamError"`, `GenerateToken answered 400: Creating embed token`, `"username":"amira@alderfoods.example.com"`} {
		if status != http.StatusBadGateway || !strings.Contains(text, want) {
			t.Errorf("%d %s lacks %s", status, text, want)
		}
	}
	post = start(t, &service{}, func(a *Application) { a.File.ServicePrincipal.ClientSecret = "wrong" })
	if status, text := post(`{"viewer":"amira"}`); status != http.StatusBadGateway || !strings.Contains(text, "signing in answered 401: AADSTS7000215") || strings.Contains(text, "wrong") {
		t.Errorf("%d %s", status, text)
	}
	post = start(t, &service{}, func(a *Application) { a.File.AuthorityURL = "http://127.0.0.1:1" })
	if status, text := post(`{"viewer":"amira"}`); status != http.StatusBadGateway || !strings.Contains(text, "reach 127.0.0.1:1") {
		t.Errorf("%d %s", status, text)
	}
}

func TestBadRequestsNeverReachTheService(t *testing.T) {
	s := &service{}
	post := start(t, s, nil)
	for _, c := range []struct {
		name, body string
		header     []string
		status     int
	}{
		{"no JSON", `viewer=amira`, nil, 400},
		{"unknown viewer", `{"viewer":"mallory"}`, nil, 404},
		{"no viewer", `{}`, nil, 404},
		{"identity of one's own", `{"viewer":"amira","username":"hedda@brightwater.example.com"}`, nil, 400},
		{"negative lifetime", `{"viewer":"amira","lifetimeInMinutes":-1}`, nil, 400},
		{"endless lifetime", `{"viewer":"amira","lifetimeInMinutes":100000}`, nil, 400},
		{"two objects", `{"viewer":"amira"}{"viewer":"bruno"}`, nil, 400},
		{"too long", `{"viewer":"` + strings.Repeat("a", maxBody) + `"}`, nil, 400},
		{"form", `{"viewer":"amira"}`, []string{"Content-Type", "text/plain"}, 400},
		{"other site", `{"viewer":"amira"}`, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"sibling", `{"viewer":"amira"}`, []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"origin of another site", `{"viewer":"amira"}`, []string{"Sec-Fetch-Site", "", "Origin", "https://mallory.example.com"}, 403},
		{"opaque origin", `{"viewer":"amira"}`, []string{"Sec-Fetch-Site", "", "Origin", "null"}, 403},
		{"same host, other port", `{"viewer":"amira"}`, []string{"Origin", "http://localhost:9999"}, 403},
		{"name that points here", `{"viewer":"amira"}`, []string{"Host", "rebind.mallory.example.com"}, 421},
		{"no host", `{"viewer":"amira"}`, []string{"Host", ""}, 421},
	} {
		status, text := post(c.body, c.header...)
		if status != c.status || !strings.Contains(text, `"error":{"code":`) {
			t.Errorf("%s: %d %s, want %d", c.name, status, text, c.status)
		}
	}
	if s.signIns != 0 || len(s.bodies) != 0 {
		t.Errorf("the service was asked: %d sign-ins, bodies %v", s.signIns, s.bodies)
	}
}

func TestOwnPageIsServedUnderItsNames(t *testing.T) {
	post := start(t, &service{}, func(a *Application) { a.Hosts = []string{"bi.example.com"} })
	for _, header := range [][]string{
		{"Host", "localhost:8400", "Origin", "http://localhost:8400"},
		{"Host", "127.0.0.1:8400"},
		{"Host", "[::1]:8400"},
		{"Host", "BI.example.com", "Sec-Fetch-Site", "none"},
		{"Sec-Fetch-Site", ""},
	} {
		if status, text := post(`{"viewer":"zoe"}`, header...); status != http.StatusOK {
			t.Errorf("%v: %d %s", header, status, text)
		}
	}
}

func TestConfigNamesViewersAndNoSecret(t *testing.T) {
	f := File{APIURL: "http://localhost:8400", WorkspaceID: "w", ReportID: "r", DatasetID: "d",
		ServicePrincipal: ServicePrincipal{"app-1", clientSecret}, MasterUser: MasterUser{"anna", "password-of-anna"}}
	h := Application{File: f, ReportName: "Brightwater"}.Handler()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost:8400/demo/config", nil))
	var got struct {
		ReportName, WorkspaceID, ReportID, DatasetID, APIURL, Left, Right string
		Viewers                                                           []Viewer
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %v %s", w.Code, err, w.Body)
	}
	if got.ReportName != "Brightwater" || got.WorkspaceID != "w" || got.ReportID != "r" || got.DatasetID != "d" || got.APIURL != f.APIURL {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(Viewers(), got.Viewers); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{got.Left, got.Right} {
		if _, ok := viewer(id); !ok {
			t.Errorf("no viewer %q", id)
		}
	}
	if got.Left == got.Right {
		t.Error("both sides show the same viewer")
	}
	if s := w.Body.String(); strings.Contains(s, clientSecret) || strings.Contains(s, "password") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v %s", w.Header(), s)
	}
}

func TestViewersAreInTheData(t *testing.T) {
	members, users := map[string]int{}, map[string]bool{}
	for _, a := range access {
		members[a.user]++
	}
	for _, v := range Viewers() {
		if len(v.Roles) != 1 {
			t.Errorf("%s has roles %v, want one", v.ID, v.Roles)
		}
		if users[v.Username] {
			t.Errorf("%s is the user of another viewer too", v.ID)
		}
		users[v.Username] = true
		text, err := projectFiles.ReadFile("project/Brightwater.SemanticModel/definition/roles/" + v.Roles[0] + ".tmdl")
		if err != nil || len(text) == 0 {
			t.Errorf("%s: role %s: %v", v.ID, v.Roles[0], err)
		}
	}
	for user, want := range map[string]int{"amira@alderfoods.example.com": 1, "bruno@birchline.example.com": 1, "petra@twinpartners.example.com": 2, "zoe@newcomer.example.com": 0} {
		if members[user] != want || !users[user] {
			t.Errorf("%s is a member of %d tenants, want %d", user, members[user], want)
		}
	}
}

func TestShortenLeavesNothingToUse(t *testing.T) {
	for _, token := range []string{"", "short", embedToken} {
		if got := shorten(token); len(token) > 0 && strings.Contains(got, token) {
			t.Errorf("%q stays %q", token, got)
		}
	}
}
