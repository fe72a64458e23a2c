package embedtoken

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inlay"
)

// The second world has an item of each kind, all in one workspace.
const (
	lake   = "20000000-0000-0000-0000-0000000000a1" // Direct Lake, single sign-on
	cube   = "20000000-0000-0000-0000-0000000000a2" // on premises, roles
	flat   = "20000000-0000-0000-0000-0000000000a3" // on premises
	sky    = "20000000-0000-0000-0000-0000000000a4" // Azure Analysis Services
	stock  = "20000000-0000-0000-0000-0000000000a5" // single sign-on
	both   = "20000000-0000-0000-0000-0000000000a6" // single sign-on and roles
	core   = "20000000-0000-0000-0000-0000000000a7" // asked by chain
	chain  = "20000000-0000-0000-0000-0000000000a8"
	rowed  = "20000000-0000-0000-0000-0000000000a9" // roles
	free   = "20000000-0000-0000-0000-0000000000aa" // none
	trial  = "20000000-0000-0000-0000-0000000000ab" // on a shared capacity
	mine   = "20000000-0000-0000-0000-0000000000ac" // in My workspace
	before = "20000000-0000-0000-0000-0000000000ad" // in a V1 workspace
	ledger = "30000000-0000-0000-0000-0000000000a1" // paginated, reads rowed
	direct = "30000000-0000-0000-0000-0000000000a2" // paginated, a source of its own
	framed = "30000000-0000-0000-0000-0000000000a3" // has a visual of direct
	linked = "30000000-0000-0000-0000-0000000000a4" // of chain
	lakes  = "30000000-0000-0000-0000-0000000000a5" // of lake
	cheap  = "30000000-0000-0000-0000-0000000000a6" // paginated, on a shared capacity
	wall   = "40000000-0000-0000-0000-0000000000a1"
	tile   = "50000000-0000-0000-0000-0000000000a1" // of rowed

	shared = "10000000-0000-0000-0000-0000000000a1"
	my     = "10000000-0000-0000-0000-0000000000a2"
	group  = "10000000-0000-0000-0000-0000000000a3"
	pool   = "60000000-0000-0000-0000-0000000000a1"
	gate   = "70000000-0000-0000-0000-0000000000a1"
)

var (
	sqlSource = inlay.Datasource{Type: "Sql", Details: inlay.ConnectionDetails{Server: "s", Database: "d"}, SingleSignOn: true}
	blobText  = "eyJ"
	profile   = inlay.Caller{PrincipalID: "p1", ParentID: "a1", TenantID: "t1", Kind: inlay.ServiceProfile, Name: "north", ExpiresAt: shop.ExpiresAt}
)

func facts() World {
	w := World{
		Datasets: map[string]inlay.Dataset{}, Reports: map[string]inlay.Report{}, Workspaces: map[string]inlay.Workspace{
			shared: {ID: shared, CapacityID: pool}, my: {ID: my, Kind: inlay.MyWorkspace}, group: {ID: group, Kind: inlay.OldGroup}},
		Capacities: map[string]inlay.Capacity{pool: {ID: pool, Shared: true, XMLA: inlay.XMLAReadWrite}},
		Rights:     map[string]inlay.AccessRight{sales: inlay.Member, shared: inlay.Member, my: inlay.Admin, group: inlay.Member},
		Switches:   inlay.DefaultSwitches(),
	}
	gateway := []inlay.Datasource{{ID: "d1", GatewayID: gate, Type: "AnalysisServices", Details: inlay.ConnectionDetails{Server: "c"}}}
	for _, d := range []inlay.Dataset{
		{ID: lake, Kind: inlay.DirectLake, Sources: []inlay.Datasource{sqlSource}},
		{ID: cube, Kind: inlay.LiveServer, Sources: gateway, Roles: []string{"West"}},
		{ID: flat, Kind: inlay.LiveServer, Sources: gateway},
		{ID: sky, Kind: inlay.LiveAzure},
		{ID: stock, Kind: inlay.DirectQuery, Sources: []inlay.Datasource{sqlSource}},
		{ID: both, Kind: inlay.DirectQuery, Sources: []inlay.Datasource{sqlSource}, Roles: []string{"West"}},
		{ID: core}, {ID: chain, Kind: inlay.DirectQuery, Upstream: []string{core}},
		{ID: rowed, Roles: []string{"West"}}, {ID: free},
		{ID: trial, WorkspaceID: shared}, {ID: mine, WorkspaceID: my}, {ID: before, WorkspaceID: group},
	} {
		if d.WorkspaceID == "" {
			d.WorkspaceID = sales
		}
		w.Datasets[d.ID] = d
	}
	for _, r := range []inlay.Report{
		{ID: ledger, Kind: inlay.PaginatedReport, Models: []string{rowed}},
		{ID: direct, Kind: inlay.PaginatedReport, Sources: []inlay.Datasource{sqlSource}},
		{ID: framed, DatasetID: free, Paginated: []string{direct}},
		{ID: linked, DatasetID: chain}, {ID: lakes, DatasetID: lake},
		{ID: cheap, Kind: inlay.PaginatedReport, WorkspaceID: shared},
	} {
		if r.WorkspaceID == "" {
			r.WorkspaceID = sales
		}
		w.Reports[r.ID] = r
	}
	w.Dashboards = map[string]inlay.Dashboard{wall: {ID: wall, WorkspaceID: sales, Tiles: []inlay.Tile{{ID: tile, DatasetID: rowed}, {ID: "t2", DatasetID: free}}}}
	return w
}

func sets(ids ...string) Request {
	var r Request
	for _, id := range ids {
		id, ro, _ := strings.Cut(id, "+")
		r.Datasets = append(r.Datasets, DatasetRequest{ID: id, XMLA: map[bool]string{true: "ReadOnly"}[ro != ""]})
	}
	return r
}

func (r Request) shows(ids ...string) Request {
	for _, id := range ids {
		r.Reports = append(r.Reports, ReportRequest{ID: id})
	}
	return r
}

func (r Request) as(ids ...IdentityRequest) Request { r.Identities = ids; return r }

func (r Request) at(sources ...inlay.Datasource) Request {
	r.DatasourceIdentities = append(r.DatasourceIdentities, DatasourceIdentity{Blob: blobText, Sources: sources})
	return r
}

func one(item Item, id string, change ...func(*Single)) Request {
	s := &Single{Item: item, WorkspaceID: sales, ID: id}
	for _, f := range change {
		f(s)
	}
	return Request{Single: s}
}

func who(id, username string, roles ...string) IdentityRequest {
	return IdentityRequest{Username: username, Roles: roles, Datasets: []string{id}}
}

func blob(id IdentityRequest) IdentityRequest { id.Blob = &blobText; return id }

// factCases are refusals in the second world.
var factCases = []struct {
	rule   string
	kind   inlay.Kind
	text   string
	caller inlay.Caller
	ask    Request
	world  func(*World)
}{
	{"access-level", inlay.Invalid, "none of View", shop, one(OneDataset, free, func(s *Single) { s.Access = "Own" }), nil},
	{"access-level", inlay.Invalid, "needs accessLevel Create", shop, one(NewReport, "", func(s *Single) { s.DatasetID = free }), nil},
	{"access-level", inlay.Invalid, "only for a new report", shop, one(OneReport, lakes, func(s *Single) { s.Access = "create" }), nil},
	{"access-level", inlay.Invalid, "this is a tile", shop, one(OneTile, tile, func(s *Single) { s.Access = "edit" }), nil},
	{"create-dataset", inlay.Invalid, "datasetId", shop, one(NewReport, "", func(s *Single) { s.Access = "Create" }), nil},
	{"single-identity", inlay.Invalid, "multiple identities", shop, one(OneDataset, rowed).as(who(rowed, "a", "West"), who(free, "a")), nil},
	{"audit-context", inlay.Invalid, "auditableContext", shop, sets(rowed).as(IdentityRequest{Username: "a", Audit: strings.Repeat("x", 257), Datasets: []string{rowed}}), nil},
	{"delegated-scopes", inlay.Forbidden, "Dataset.ReadWrite.All", anna, sets(free), func(w *World) { w.Scopes = []string{"Report.Read.All"} }},
	{"delegated-scopes", inlay.Forbidden, "Dashboard", anna, one(OneDashboard, wall), func(w *World) { w.Scopes = []string{"Report.Read.All", "Dataset.Read.All"} }},
	{"items-visible", inlay.NotFound, "was not found in workspace", shop, one(OneDashboard, free), nil},
	{"items-visible", inlay.NotFound, "was not found in workspace", shop, one(OneTile, free, func(s *Single) { s.DashboardID = wall }), nil},
	{"items-visible", inlay.NotFound, "was not found in workspace", shop, one(OneReport, cheap), nil},
	{"my-workspace", inlay.Invalid, "My workspace", anna, sets(mine), nil},
	{"old-workspace", inlay.Invalid, "V2", shop, sets(before), nil},
	{"paginated-user", inlay.Invalid, "master user", anna, Request{}.shows(direct), nil},
	{"paginated-single", inlay.Invalid, "Paginated report with Power BI Dataset as a datasource is not supported with V1 embed token", shop, one(OneReport, ledger), nil},
	{"paginated-dataset", inlay.Invalid, rowed, shop, sets(free).shows(ledger), nil},
	{"paginated-visual", inlay.Invalid, direct, shop, sets(free).shows(framed), nil},
	{"upstream-single", inlay.Invalid, "V1", shop, one(OneReport, linked), nil},
	{"upstream-datasets", inlay.Invalid, core, shop, sets(chain + "+"), nil},
	{"xmla-needed", inlay.Invalid, core, shop, sets(chain+"+x", core), nil},
	{"xmla-needed", inlay.Invalid, rowed, shop, sets(rowed).shows(ledger).as(who(rowed, "a", "West")), nil},
	{"dedicated-capacity", inlay.Invalid, cheap, shop, Request{}.shows(cheap), nil},
	{"xmla-capacity", inlay.Invalid, trial, shop, sets(trial + "+x"), nil},
	{"xmla-tenant", inlay.Invalid, "tenant", shop, sets(free + "+x"), func(w *World) { w.Switches = inlay.Switches{} }},
	{"direct-lake-single", inlay.Invalid, "Embedding a DirectLake dataset is not supported with V1 embed token", shop, one(OneReport, lakes), nil},
	{"direct-lake-identity", inlay.Forbidden, "not supported for this datasource", shop, sets(lake).as(who(lake, "a")), nil},
	{"live-profile", inlay.Invalid, "profiles", profile, sets(sky).as(who(sky, "p1")), nil},
	{"live-identity", inlay.Invalid, flat + " requires effective identity", shop, sets(flat), nil},
	{"live-identity", inlay.Invalid, sky + " requires effective identity", shop, sets(sky), nil},
	{"live-username", inlay.Invalid, "on-premises", anna, sets(cube).as(who(cube, "a b", "West")), nil},
	{"live-custom-data", inlay.Invalid, "customData", shop, sets(flat).as(IdentityRequest{Username: "a1", CustomData: "x", Datasets: []string{flat}}), nil},
	{"live-principal", inlay.Invalid, "requries effective identity username to be identical to the caller's principal name", shop, sets(sky).as(who(sky, "a")), nil},
	{"live-override", inlay.Forbidden, "another user", shop, sets(flat).as(who(flat, "a")), nil},
	{"live-override", inlay.Forbidden, "another user", shop, sets(flat).as(who(flat, "a")), func(w *World) {
		w.Gateways = []inlay.GatewayRight{{GatewayID: "other", Right: inlay.GatewayAdmin}, {GatewayID: gate, DatasourceID: "d1", Right: inlay.DatasourceRead}}
	}},
	{"dedicated-capacity", inlay.Invalid, "dataset " + core, shop, sets(chain+"+x", core+"+x"), func(w *World) {
		d := w.Datasets[core]
		d.WorkspaceID = shared
		w.Datasets[core] = d
	}},
	{"live-override", inlay.Forbidden, "another user", shop, sets(flat).as(who(flat, "a")), func(w *World) {
		d := w.Datasets[flat]
		d.Sources = nil
		w.Datasets[flat], w.Gateways = d, []inlay.GatewayRight{{GatewayID: gate, Right: inlay.GatewayAdmin}}
	}},
	{"live-override", inlay.Forbidden, "another user", shop, sets(flat).as(who(flat, "a")), func(w *World) {
		d := w.Datasets[flat]
		d.Sources = []inlay.Datasource{{ID: "d1", Type: "AnalysisServices", Details: inlay.ConnectionDetails{Server: "c"}}}
		w.Datasets[flat], w.Gateways = d, []inlay.GatewayRight{{Right: inlay.GatewayAdmin}}
	}},
	{"identity-username", inlay.Invalid, "printable ASCII", shop, sets(rowed).as(who(rowed, "a\x7f", "West")), nil},
	{"sso-required", inlay.Invalid, stock, anna, sets(stock).at(sqlSource), func(w *World) {
		d := w.Datasets[stock]
		other := sqlSource
		other.Details.Server = "t"
		d.Sources = []inlay.Datasource{sqlSource, other}
		w.Datasets[stock] = d
	}},
	{"datasource-once", inlay.Invalid, "already", shop, sets(stock).as(blob(who(stock, ""))).at(sqlSource), nil},
	{"datasource-known", inlay.Invalid, "datasources[0]", shop, Request{}.shows(direct).at(sqlSource), func(w *World) {
		r := w.Reports[direct]
		fixed := sqlSource
		fixed.SingleSignOn = false
		r.Sources = []inlay.Datasource{fixed}
		w.Reports[direct] = r
	}},
	{"item-once", inlay.Invalid, "dataset " + free + " is named twice", shop, sets(free, free+"+x"), nil},
	{"item-once", inlay.Invalid, "report " + lakes + " is named twice", shop, Request{Reports: []ReportRequest{{ID: lakes}, {ID: lakes, AllowEdit: true}}, Datasets: []DatasetRequest{{ID: lake}}}, nil},
	{"live-override", inlay.Forbidden, "another user", shop, sets(flat).as(who(flat, "a")), func(w *World) { // a right on no data source is none on one without an id
		d := w.Datasets[flat]
		d.Sources = []inlay.Datasource{{GatewayID: gate, Type: "AnalysisServices", Details: inlay.ConnectionDetails{Server: "c"}}}
		w.Datasets[flat], w.Gateways = d, []inlay.GatewayRight{{GatewayID: gate, Right: inlay.OverrideIdentity}}
	}},
	{"identity-forbidden", inlay.Invalid, "shouldn't have effective identity", shop, sets(stock).as(blob(who(stock, "a", "West"))), nil},
	{"identity-forbidden", inlay.Invalid, "shouldn't have effective identity", shop, sets(stock).as(blob(IdentityRequest{Username: "a", CustomData: "x", Datasets: []string{stock}})), nil},
	{"roles-required", inlay.Invalid, cube, anna, sets(cube).as(who(cube, anna.Name)), nil},
	{"identity-required", inlay.Invalid, both, shop, sets(both).as(blob(who(both, ""))), nil},
	{"blob-source", inlay.Invalid, free, shop, sets(free).as(blob(who(free, ""))), nil},
	{"datasource-known", inlay.Invalid, "datasources[0]", shop, sets(free).at(sqlSource), nil},
	{"datasource-once", inlay.Invalid, "already", shop, sets(stock).at(sqlSource).at(sqlSource), nil},
	{"sso-both", inlay.Invalid, "both identities", anna, sets(both).at(sqlSource), nil},
	{"sso-both", inlay.Invalid, "both identities", shop, sets(both).as(who(both, "a", "West")), nil},
	{"sso-required", inlay.Invalid, stock, shop, sets(stock), nil},
}

func TestRefusalsByFacts(t *testing.T) {
	covered := map[string]bool{}
	for _, c := range factCases {
		covered[c.rule] = true
		w := facts()
		if c.world != nil {
			c.world(&w)
		}
		g, err := Decide(w, c.caller, c.ask, now)
		var e *inlay.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %+v, %v; want a refusal", c.rule, g, err)
			continue
		}
		if e.Rule != c.rule || e.Kind != c.kind || !strings.Contains(e.Msg, c.text) || e.Remedy == "" {
			t.Errorf("%s: got %s, %s, %q, remedy %q", c.rule, e.Rule, e.Kind, e.Msg, e.Remedy)
		}
		if diff := cmp.Diff(Grant{}, g); diff != "" {
			t.Errorf("%s: a refusal came with a grant: %s", c.rule, diff)
		}
	}
	if len(covered) < 33 {
		t.Errorf("only %d rules are covered", len(covered))
	}
}

// TestGrantsByFacts shows what comes out for each kind of item.
func TestGrantsByFacts(t *testing.T) {
	all := func(id string) DatasetGrant { return DatasetGrant{ID: id, Unrestricted: true} }
	as := func(id, username string, roles ...string) DatasetGrant {
		return DatasetGrant{ID: id, Identity: &inlay.Identity{Username: username, Roles: roles, Datasets: []string{id}}}
	}
	signed := func(g DatasetGrant) DatasetGrant { g.Blob = blobText; return g }
	read := func(g DatasetGrant) DatasetGrant { g.XMLA = true; return g }
	source := []SourceGrant{{Blob: blobText, Sources: []inlay.Datasource{sqlSource}}}
	override := func(w *World) {
		w.Gateways = []inlay.GatewayRight{{GatewayID: gate, DatasourceID: "d1", Right: inlay.OverrideIdentity}}
	}
	audited := IdentityRequest{Username: "John Smith", Reports: []string{direct}, Roles: []string{"x"}, Audit: "case 1"}
	for name, c := range map[string]struct {
		caller inlay.Caller
		ask    Request
		world  func(*World)
		want   Grant // datasets, reports and the like alone
	}{
		"live-own-identity":             {anna, sets(cube, sky), nil, Grant{Datasets: []DatasetGrant{as(cube, anna.Name), as(sky, anna.Name)}}},
		"live, the caller itself":       {shop, sets(flat, sky).as(IdentityRequest{Username: "A1", Datasets: []string{flat, sky}}), nil, Grant{Datasets: []DatasetGrant{as(flat, "A1"), as(sky, "A1")}}},
		"live, another":                 {shop, sets(cube).as(who(cube, "ann", "West")), override, Grant{Datasets: []DatasetGrant{as(cube, "ann", "West")}}},
		"sso-identity: blob":            {shop, sets(stock).as(blob(who(stock, ""))), nil, Grant{Datasets: []DatasetGrant{signed(all(stock))}}},
		"sso-identity: sources":         {shop, sets(stock).at(sqlSource), nil, Grant{Datasets: []DatasetGrant{all(stock)}, Sources: source}},
		"sso and roles":                 {shop, sets(both).as(blob(who(both, "ann", "West"))), nil, Grant{Datasets: []DatasetGrant{signed(as(both, "ann", "West"))}}},
		"sso and roles, master user":    {anna, sets(both), nil, Grant{Datasets: []DatasetGrant{all(both)}}},
		"xmla-granted":                  {shop, sets(chain+"+x", core+"+x", free), nil, Grant{Datasets: []DatasetGrant{read(all(chain)), read(all(core)), all(free)}}},
		"paginated-identity":            {shop, Request{}.shows(direct), nil, Grant{Reports: []ReportGrant{{ID: direct, Identity: &inlay.Identity{Username: "a1"}}}}},
		"paginated-identity: named":     {shop, Request{}.shows(direct).as(audited), nil, Grant{Reports: []ReportGrant{{ID: direct, Audit: "case 1", Identity: &inlay.Identity{Username: "John Smith"}}}}},
		"paginated is not edited":       {shop, Request{Reports: []ReportRequest{{ID: direct, AllowEdit: true}}}, nil, Grant{Reports: []ReportGrant{{ID: direct, Identity: &inlay.Identity{Username: "a1"}}}}},
		"dashboard-and-tile: dashboard": {shop, one(OneDashboard, wall).as(who(rowed, "ann", "West")), nil, Grant{Dashboards: []string{wall}, Datasets: []DatasetGrant{all(free), as(rowed, "ann", "West")}}},
		"dashboard-and-tile: tile":      {anna, one(OneTile, tile, func(s *Single) { s.DashboardID = wall }), nil, Grant{Tiles: []string{tile}, Datasets: []DatasetGrant{all(rowed)}}},
		"V1 create":                     {shop, one(NewReport, "", func(s *Single) { s.Access, s.DatasetID = "create", strings.ToUpper(free) }), nil, Grant{Datasets: []DatasetGrant{all(free)}, TargetWorkspaces: []string{sales}}},
		"V1 report with allowSaveAs":    {anna, one(OneReport, framed, func(s *Single) { s.Access, s.SaveAs = "Edit", true }), func(w *World) { r := w.Reports[framed]; r.Paginated = nil; w.Reports[framed] = r }, Grant{Reports: []ReportGrant{{ID: framed, Edit: true}}, Datasets: []DatasetGrant{all(free)}, TargetWorkspaces: []string{sales}}},
		"V1 in an old workspace":        {shop, one(OneDataset, before, func(s *Single) { s.WorkspaceID = group }), nil, Grant{Datasets: []DatasetGrant{all(before)}}},
		"allowSaveAs elsewhere":         {shop, one(OneDataset, free, func(s *Single) { s.SaveAs = true }), nil, Grant{Datasets: []DatasetGrant{all(free)}}},
		"Direct Lake with a fixed identity": {shop, sets(lake).as(who(lake, "ann", "West")), func(w *World) {
			d := w.Datasets[lake]
			d.Sources, d.Roles = nil, []string{"West"}
			w.Datasets[lake] = d
		}, Grant{Datasets: []DatasetGrant{as(lake, "ann", "West")}}},
		"Direct Lake without an identity": {shop, sets(lake).shows(lakes), nil, Grant{Datasets: []DatasetGrant{all(lake)}, Reports: []ReportGrant{{ID: lakes}}}},
	} {
		w := facts()
		if c.world != nil {
			c.world(&w)
		}
		got, err := Decide(w, c.caller, c.ask, now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		part := Grant{Datasets: got.Datasets, Reports: got.Reports, TargetWorkspaces: got.TargetWorkspaces, Dashboards: got.Dashboards, Tiles: got.Tiles, Sources: got.Sources}
		if diff := cmp.Diff(c.want, part); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

// TestDecisionTable is the documented table: each kind of data, for each kind of caller, without
// an identity, with one, and with one that has roles. A refusal is written as its rule.
func TestDecisionTable(t *testing.T) {
	table := map[string]map[string][3]string{ // caller: none, username, username and roles
		free:  {"user": {"all", "identity-forbidden", "identity-forbidden"}, "app": {"all", "identity-forbidden", "identity-forbidden"}, "profile": {"all", "identity-forbidden", "identity-forbidden"}},
		rowed: {"user": {"all", "roles-required", "as"}, "app": {"identity-required", "roles-required", "as"}, "profile": {"identity-required", "roles-required", "as"}},
		cube:  {"user": {"as", "roles-required", "as"}, "app": {"live-identity", "roles-required", "as"}, "profile": {"live-identity", "roles-required", "as"}},
		flat:  {"user": {"as", "as", "as"}, "app": {"live-identity", "as", "as"}, "profile": {"live-identity", "as", "as"}},
		sky:   {"user": {"as", "as", "as"}, "app": {"live-identity", "as", "as"}, "profile": {"live-profile", "live-profile", "live-profile"}},
		stock: {"user": {"all", "identity-forbidden", "identity-forbidden"}, "app": {"sso-required", "identity-forbidden", "identity-forbidden"}, "profile": {"sso-required", "identity-forbidden", "identity-forbidden"}},
		both:  {"user": {"all", "roles-required", "sso-both"}, "app": {"identity-required", "roles-required", "sso-both"}, "profile": {"identity-required", "roles-required", "sso-both"}},
		lake:  {"user": {"all", "direct-lake-identity", "direct-lake-identity"}, "app": {"all", "direct-lake-identity", "direct-lake-identity"}, "profile": {"all", "direct-lake-identity", "direct-lake-identity"}},
	}
	callers := map[string]inlay.Caller{"user": anna, "app": shop, "profile": profile}
	for id, rows := range table {
		for name, want := range rows {
			c := callers[name]
			own := (&decision{caller: c}).own()
			for i, ask := range []Request{sets(id), sets(id).as(who(id, own)), sets(id).as(who(id, own, "West"))} {
				got := "nothing"
				g, err := Decide(facts(), c, ask, now)
				var e *inlay.Error
				if errors.As(err, &e) {
					got = e.Rule
				} else if d, ok := g.Dataset(id); ok {
					got = map[bool]string{true: "all", false: "as"}[d.Unrestricted]
				}
				if got != want[i] {
					t.Errorf("%s, %s, %s: %s, want %s", id, name, [3]string{"no identity", "username", "roles"}[i], got, want[i])
				}
			}
		}
	}
	for name, c := range callers {
		_, err := Decide(facts(), c, Request{}.shows(direct), now)
		if refused := err != nil; refused != (name == "user") {
			t.Errorf("paginated, %s: %v", name, err)
		}
	}
}

// TestBlobsStayOutOfErrors: a refusal never shows a secret of a request.
func TestBlobsStayOutOfErrors(t *testing.T) {
	const hush = "s3cr3t-blob"
	secretText := hush
	asked := 0
	for id := range facts().Datasets {
		for _, c := range []inlay.Caller{anna, shop, profile} {
			r := sets(id).as(IdentityRequest{Username: "a", Blob: &secretText, Datasets: []string{id}})
			r.DatasourceIdentities = []DatasourceIdentity{{Blob: hush, Sources: []inlay.Datasource{sqlSource}}}
			_, err := Decide(facts(), c, r, now)
			var e *inlay.Error
			if errors.As(err, &e) {
				asked++
				if strings.Contains(fmt.Sprint(e.Msg, e.Remedy), hush) {
					t.Errorf("%s shows the blob: %v", id, e)
				}
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d refusals", asked)
	}
}

// TestNobodyIsNotEverybody has a master user without a name, which no sign-in makes: a live
// connection is not shown as nobody.
func TestNobodyIsNotEverybody(t *testing.T) {
	nobody := anna
	nobody.Name = ""
	if g, err := Decide(facts(), nobody, sets(sky), now); inlay.KindOf(err) != inlay.Internal || err == nil {
		t.Errorf("%+v, %v", g, err)
	}
}

// TestLifetimeInTheLastMinute asks for all whole minutes that the sign-in has left, and for more.
func TestLifetimeInTheLastMinute(t *testing.T) {
	c := shop
	c.ExpiresAt = now.Add(60*time.Minute + 30*time.Second)
	for minutes, want := range map[int64]time.Duration{59: 59 * time.Minute, 60: 60 * time.Minute, 61: 60*time.Minute + 30*time.Second, 0: 60*time.Minute + 30*time.Second} {
		r := sets(free)
		r.LifetimeMinutes = minutes
		if g, err := Decide(facts(), c, r, now); err != nil || !g.ExpiresAt.Equal(now.Add(want).Truncate(time.Second)) {
			t.Errorf("%d minutes: %v, %v", minutes, g.ExpiresAt, err)
		}
	}
}
