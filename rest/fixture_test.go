package rest_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/embedtoken"
	"inlay/entra"
	"inlay/model"
	"inlay/query"
	"inlay/report"
	"inlay/rest"
	"inlay/store/sqlstore"
)

// The world of these tests: the shop and anna are members of Sales, where the report and the
// dataset with roles are. The rival is a member of Harbour, where nobody else is.
const (
	tenant      = "00000000-0000-0000-0000-0000000000aa"
	otherTenant = "00000000-0000-0000-0000-0000000000bb"

	sales   = "10000000-0000-0000-0000-000000000001"
	harbour = "10000000-0000-0000-0000-000000000002"
	reading = "10000000-0000-0000-0000-000000000003"

	orders  = "20000000-0000-0000-0000-000000000001" // roles West, East
	vessels = "20000000-0000-0000-0000-000000000002" // in Harbour
	prices  = "20000000-0000-0000-0000-000000000003" // in Sales, no roles
	shelf   = "20000000-0000-0000-0000-000000000004" // in Reading

	overview = "30000000-0000-0000-0000-000000000001"
	cargo    = "30000000-0000-0000-0000-000000000002" // in Harbour
	tariff   = "30000000-0000-0000-0000-000000000003" // of prices
	wall     = "40000000-0000-0000-0000-000000000001"
	berth    = "40000000-0000-0000-0000-000000000002" // in Harbour
	sum      = "50000000-0000-0000-0000-000000000001" // on wall
	crane    = "50000000-0000-0000-0000-000000000002" // on berth
	missing  = "ffffffff-ffff-ffff-ffff-ffffffffffff"

	shop  = "a0000000-0000-0000-0000-000000000001"
	rival = "a0000000-0000-0000-0000-000000000002"
	anna  = "a0000000-0000-0000-0000-000000000003"
	guard = "a0000000-0000-0000-0000-000000000004" // an administrator of the server, in no workspace
)

// secrets are the client secrets and passwords, by principal: long ones, which are checked
// quickly.
var secrets = map[string]string{shop: entra.NewSecret(), rival: entra.NewSecret(), anna: entra.NewSecret(), guard: entra.NewSecret()}

// names are what no refused answer may show.
var names = []string{"Sales Workspace", "Harbour Workspace", "Orders Dataset", "Vessels Dataset", "Overview Report", "Cargo Report", "Wall Dashboard", "Berth Dashboard", "Sum Tile", "Crane Tile", "WEST-ROW", "EAST-ROW", "CARGO-ROW"}

// ids are the identifiers of items.
var ids = []string{sales, harbour, orders, vessels, prices, overview, cargo, tariff, wall, berth, sum, crane}

// places are what stands for the variables of paths and bodies. A new variable in the table
// of operations must be added here: the tests fail until it is.
var places = map[string]string{
	"groupId": sales, "reportId": overview, "datasetId": orders, "dashboardId": wall, "tileId": sum, "page": "first", "visual": "rows",
	"username": "ann@example.com", "role": "West", "principalId": rival, "tokenId": missing,
	"refreshId": endedRefresh,
}

// foreign are items that exist and that the shop may not reach.
var foreign = map[string]string{"groupId": harbour, "reportId": cargo, "datasetId": vessels, "dashboardId": berth, "tileId": crane}

// world is a server with what it stands on.
type world struct {
	t       testing.TB
	now     time.Time
	store   *sqlstore.Store
	path    string // of the store
	sign    *entra.Service
	ring    *embedtoken.Ring
	engine  *engine
	handler http.Handler
	log     *safeBuffer
}

var signingKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		dir, err := tempDir()
		if err == nil {
			keys[i], err = entra.LoadKey(filepath.Join(dir, "key.pem"))
		}
		if err != nil {
			panic(err)
		}
	}
	return keys
})

// newWorld makes a server. Options change its configuration.
func newWorld(t testing.TB, options ...func(*rest.Config)) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), engine: &engine{}, log: &safeBuffer{}}
	var err error
	w.path = filepath.Join(t.TempDir(), "catalog.db")
	if w.store, err = sqlstore.Open(context.Background(), w.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.store.Close() })
	w.seed()
	w.sign = w.signIn(signingKeys()[0], tenant)
	if w.ring, err = embedtoken.NewRing(); err != nil {
		t.Fatal(err)
	}
	cfg := rest.Config{
		PublicURL: "http://localhost:8400", TenantID: tenant, Items: w.store, Members: w.store, Facts: w.store, Auth: w.sign, Tokens: w.ring, Revocations: w.store, Uses: w.store, Administrators: []string{"c0000000-0000-0000-0000-000000000004"},
		Engine: w.engine, Definitions: definitions{}, Activity: quiet, Refreshes: &refreshing{}, Now: func() time.Time { return w.now },
		Log: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, o := range options {
		o(&cfg)
	}
	w.handler = rest.New(cfg)
	return w
}

func (w *world) signIn(key *rsa.PrivateKey, tenant string) *entra.Service {
	return entra.New(entra.Config{
		TenantID: tenant, AuthorityURL: "https://login.example.com", Principals: w.store, Key: key, PasswordGrant: true,
		Now: func() time.Time { return w.now }, Log: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
}

// seed fills the catalog.
func (w *world) seed() {
	ctx, s := w.t.Context(), w.store
	do := func(errs ...error) {
		for _, err := range errs {
			if err != nil {
				w.t.Fatal(err)
			}
		}
	}
	for id, name := range map[string]string{sales: "Sales Workspace", harbour: "Harbour Workspace", reading: "Reading Room"} {
		do(s.CreateWorkspace(ctx, inlay.Workspace{ID: id, Name: name, CreatedAt: w.now}))
	}
	for _, d := range []inlay.Dataset{
		{ID: orders, WorkspaceID: sales, Name: "Orders Dataset", Roles: []string{"West", "East"}},
		{ID: vessels, WorkspaceID: harbour, Name: "Vessels Dataset", Roles: []string{"West"}},
		{ID: prices, WorkspaceID: sales, Name: "Prices Dataset"},
		{ID: shelf, WorkspaceID: reading, Name: "Shelf Dataset"},
	} {
		d.Definition, d.Version, d.CreatedAt = "d/"+d.ID, "v1", w.now
		do(s.CreateDataset(ctx, d))
	}
	for _, r := range []inlay.Report{
		{ID: overview, WorkspaceID: sales, DatasetID: orders, Name: "Overview Report"},
		{ID: cargo, WorkspaceID: harbour, DatasetID: vessels, Name: "Cargo Report"},
		{ID: tariff, WorkspaceID: sales, DatasetID: prices, Name: "Tariff Report"},
	} {
		r.Definition, r.CreatedAt = "r/"+r.ID, w.now
		do(s.CreateReport(ctx, r))
	}
	for _, b := range []inlay.Dashboard{
		{ID: wall, WorkspaceID: sales, Name: "Wall Dashboard", Tiles: []inlay.Tile{{ID: sum, Title: "Sum Tile", ReportID: overview, DatasetID: orders}}},
		{ID: berth, WorkspaceID: harbour, Name: "Berth Dashboard", Tiles: []inlay.Tile{{ID: crane, Title: "Crane Tile", ReportID: cargo, DatasetID: vessels}}},
	} {
		do(s.SetDashboard(ctx, b))
	}
	for _, p := range []inlay.Principal{
		{ID: shop, Kind: inlay.ServicePrincipal, Name: "Shop", ClientID: "c0000000-0000-0000-0000-000000000001"},
		{ID: rival, Kind: inlay.ServicePrincipal, Name: "Rival", ClientID: "c0000000-0000-0000-0000-000000000002"},
		{ID: anna, Kind: inlay.MasterUser, Name: "anna@example.com"},
		{ID: guard, Kind: inlay.ServicePrincipal, Name: "Guard", ClientID: "c0000000-0000-0000-0000-000000000004"},
	} {
		p.Secret, p.CreatedAt = entra.Digest(secrets[p.ID]), w.now
		do(s.CreatePrincipal(ctx, p))
	}
	for _, m := range []inlay.Membership{
		{WorkspaceID: sales, PrincipalID: shop, Right: inlay.Member},
		{WorkspaceID: reading, PrincipalID: shop, Right: inlay.Viewer},
		{WorkspaceID: sales, PrincipalID: anna, Right: inlay.Admin},
		{WorkspaceID: harbour, PrincipalID: rival, Right: inlay.Admin},
	} {
		do(s.SetMembership(ctx, m))
	}
}

// bearer signs a principal in at a sign-in service, as a client does.
func (w *world) bearer(s *entra.Service, tenant, principal string) string {
	w.t.Helper()
	p, err := w.store.Principal(w.t.Context(), principal)
	if err != nil {
		w.t.Fatal(err)
	}
	form := url.Values{"client_id": {p.ClientID}, "client_secret": {secrets[p.ID]}, "grant_type": {"client_credentials"},
		"scope": {"https://analysis.windows.net/powerbi/api/.default"}}
	if p.Kind == inlay.MasterUser {
		form = url.Values{"client_id": {"c0000000-0000-0000-0000-000000000001"}, "grant_type": {"password"}, "username": {p.Name}, "password": {secrets[p.ID]},
			"scope": {"https://analysis.windows.net/powerbi/api/.default"}}
	}
	r := httptest.NewRequest(http.MethodPost, "/"+tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, r)
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil || answer.AccessToken == "" {
		w.t.Fatalf("sign in as %s: %d %s", p.Name, rec.Code, rec.Body)
	}
	return answer.AccessToken
}

// embed asks GenerateToken for the example's items, as the shop, with an identity.
func (w *world) embed(username, role string) string {
	w.t.Helper()
	body := fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}],"identities":[{"username":%q,"roles":[%q],"datasets":[%q]}]}`, overview, orders, username, role, orders)
	return w.embedWith(shop, body)
}

func (w *world) embedWith(principal, body string) string {
	w.t.Helper()
	a := w.send("POST", "/v1.0/myorg/GenerateToken", "Bearer "+w.bearer(w.sign, tenant, principal), body)
	if a.status != 200 {
		w.t.Fatalf("GenerateToken: %d %s", a.status, a.body)
	}
	return a.field("token")
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) field(name string) string {
	var m map[string]any
	json.Unmarshal([]byte(a.body), &m)
	s, _ := m[name].(string)
	return s
}

// code is the code of an error.
func (a answer) code() string {
	var m struct {
		Error struct{ Code string }
	}
	json.Unmarshal([]byte(a.body), &m)
	return m.Error.Code
}

// send asks for a path, with the value of the Authorization header unless it is empty.
func (w *world) send(method, target, authorization, body string) answer {
	var headers []string
	if authorization != "" {
		headers = []string{"Authorization", authorization}
	}
	return w.sendWith(method, target, body, headers...)
}

// sendWith sends pairs of header and value.
func (w *world) sendWith(method, target, body string, headers ...string) answer {
	w.t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, "/", in)
	u, err := url.Parse("http://localhost:8400" + target)
	if err != nil {
		w.t.Fatalf("%q: %v", target, err)
	}
	r.URL, r.Host, r.RequestURI = u, u.Host, target
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		if headers[i] == "Content-Type" {
			r.Header.Del("Content-Type")
		}
		if headers[i+1] != "" {
			r.Header.Add(headers[i], headers[i+1])
		}
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return answer{rec.Code, rec.Header(), rec.Body.String()}
}

// fill puts values for the variables of a template. Every variable must have one.
func fill(t testing.TB, template string, values map[string]string) string {
	t.Helper()
	for name, value := range values {
		template = strings.ReplaceAll(template, "{"+name+"}", value)
	}
	if i := strings.Index(template, "{"); i >= 0 && template[i+1] >= 'a' && template[i+1] <= 'z' {
		t.Fatalf("no value for a variable in %q: add it to places", template)
	}
	return template
}

// engine is a model of one table and three rows, which follows the rules of query about
// roles. What it was asked for is kept.
type engine struct {
	mu    sync.Mutex
	asked []query.Viewer
	last  model.Query
	roles map[string][]string // of models, where they are not those of the catalog
	fail  func() error        // of Ask

	evaluate func(text string) ([]model.Result, error) // nil answers one row
	streams  []model.Answer                            // instead, if there are some
}

func (e *engine) Visible(ctx context.Context, d inlay.Dataset, _ query.Viewer) (*model.Model, error) {
	return e.Model(ctx, d)
}

func (e *engine) Model(_ context.Context, d inlay.Dataset) (*model.Model, error) {
	m := &model.Model{Name: d.Name, Culture: "en-GB", Tables: []*model.Table{{
		Name:     "Rows",
		Columns:  []*model.Column{{Name: "Text", Type: dax.String, Source: "text"}},
		Measures: []*model.Measure{{Name: "Amount", Expression: "SUM(Rows[N])", Format: "#,0"}},
	}}}
	roles := d.Roles
	if r, ok := e.roles[d.ID]; ok {
		roles = r
	}
	for _, r := range roles {
		m.Roles = append(m.Roles, model.Role{Name: r})
	}
	return m, nil
}

func (e *engine) Ask(ctx context.Context, d inlay.Dataset, v query.Viewer, q model.Query) (model.Result, error) {
	e.mu.Lock()
	e.asked, e.last = append(e.asked, v), q
	e.mu.Unlock()
	if e.fail != nil {
		return model.Result{}, e.fail()
	}
	m, err := e.Model(ctx, d)
	if err != nil {
		return model.Result{}, err
	}
	res := model.Result{Columns: []model.ResultColumn{{Name: "Text", Type: dax.String, Group: true}, {Name: "Amount", Type: dax.Int64, Format: "#,0"}}}
	if q.Total {
		res.Total = []dax.Value{dax.IntOf(0)}
	}
	add := func(text string) { res.Rows = append(res.Rows, []dax.Value{dax.TextOf(text), dax.IntOf(1)}) }
	if v.Unrestricted || len(m.Roles) == 0 {
		add("WEST-ROW")
		add("EAST-ROW")
		return res, nil
	}
	for _, r := range v.Roles {
		if m.Role(r) == nil {
			return model.Result{}, &inlay.Error{Kind: inlay.Forbidden, Rule: query.RuleUnknownRole, Msg: "no such role"}
		}
		add(strings.ToUpper(r) + "-ROW")
	}
	if len(res.Rows) == 0 {
		return model.Result{}, &inlay.Error{Kind: inlay.Forbidden, Rule: query.RuleNoRole, Msg: "no role"}
	}
	return res, nil
}

// Stream answers one row, or what evaluate says, or what streams says row by row.
func (e *engine) Stream(_ context.Context, _ inlay.Dataset, v query.Viewer, text string, use func([]model.Answer) error) error {
	e.mu.Lock()
	e.asked = append(e.asked, v)
	e.mu.Unlock()
	if e.streams != nil {
		return use(e.streams)
	}
	results := []model.Result{{Columns: []model.ResultColumn{{Name: "[One]", Type: dax.Int64}}, Rows: [][]dax.Value{{dax.IntOf(1)}}}}
	if e.evaluate != nil {
		var err error
		if results, err = e.evaluate(text); err != nil {
			return err
		}
	}
	var list []model.Answer
	for _, r := range results {
		list = append(list, r.Answer())
	}
	return use(list)
}

// viewer is for whom the engine was asked last.
func (e *engine) viewer() query.Viewer {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.asked) == 0 {
		return query.Viewer{}
	}
	return e.asked[len(e.asked)-1]
}

// definitions gives every report a page with a table.
type definitions struct{}

func (definitions) Report(context.Context, inlay.Report) (*report.Definition, error) {
	text := model.ColumnRef{Table: "Rows", Column: "Text"}
	return &report.Definition{Active: "first", Theme: report.Theme{Colors: []string{"#112233"}}, Pages: []*report.Page{{
		Name: "first", DisplayName: "First", Width: 1280, Height: 720, Fit: "FitToPage",
		Filters: []model.Filter{{Column: text, Op: model.In, Values: []dax.Value{dax.TextOf("FILTER-VALUE")}}},
		Visuals: []*report.Visual{
			{Name: "rows", Type: "tableEx", Title: "Rows", Roles: map[string][]report.Projection{"Values": {
				{Name: "Text", Ref: "Rows.Text", Column: text}, {Name: "Amount", Ref: "Rows.Amount", Measure: "Amount"}}}},
			{Name: "choice", Type: "slicer", Roles: map[string][]report.Projection{"Values": {{Name: "Text", Ref: "Rows.Text", Column: text}}}},
			{Name: "note", Type: "textbox", Text: []report.Paragraph{{Align: "left", Runs: []report.Run{{Text: "Hello", URL: "https://example.com"}}}}},
			{Name: "odd", Type: "ribbonChart"},
		},
	}}}, nil
}

// safeBuffer is a buffer for logs.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
