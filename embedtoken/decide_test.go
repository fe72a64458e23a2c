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

const (
	sales   = "10000000-0000-0000-0000-000000000001" // workspaces
	finance = "10000000-0000-0000-0000-000000000002"
	hidden  = "10000000-0000-0000-0000-000000000003"
	reading = "10000000-0000-0000-0000-000000000004"

	orders  = "20000000-0000-0000-0000-000000000001" // in Sales, roles West, East
	plain   = "20000000-0000-0000-0000-000000000002" // in Finance, no roles
	secret  = "20000000-0000-0000-0000-000000000003" // in Hidden
	listed  = "20000000-0000-0000-0000-000000000004" // in Reading, where the caller is a Viewer
	nothing = "20000000-0000-0000-0000-00000000000f"

	ordersReport = "30000000-0000-0000-0000-000000000001"
	secretReport = "30000000-0000-0000-0000-000000000003"
	listedReport = "30000000-0000-0000-0000-000000000004"
	noReport     = "30000000-0000-0000-0000-00000000000f"
)

var (
	now  = time.Date(2026, 3, 2, 9, 30, 15, 500_000_000, time.UTC)
	shop = inlay.Caller{PrincipalID: "a1", TenantID: "t1", Kind: inlay.ServicePrincipal, ExpiresAt: now.Add(time.Hour)}
	anna = inlay.Caller{PrincipalID: "u1", TenantID: "t1", Kind: inlay.MasterUser, Name: "anna@example.com", ExpiresAt: now.Add(time.Hour)}
)

func world() World {
	return World{
		Datasets: map[string]inlay.Dataset{
			orders: {ID: orders, WorkspaceID: sales, Roles: []string{"West", "East"}},
			plain:  {ID: plain, WorkspaceID: finance},
			secret: {ID: secret, WorkspaceID: hidden, Roles: []string{"West"}},
			listed: {ID: listed, WorkspaceID: reading},
		},
		Reports: map[string]inlay.Report{
			ordersReport: {ID: ordersReport, WorkspaceID: sales, DatasetID: orders},
			secretReport: {ID: secretReport, WorkspaceID: hidden, DatasetID: secret},
			listedReport: {ID: listedReport, WorkspaceID: reading, DatasetID: plain},
		},
		Rights: map[string]inlay.AccessRight{sales: inlay.Member, finance: inlay.Contributor, reading: inlay.Viewer},
	}
}

// west is a valid request of a service principal.
func west() Request {
	return Request{
		Datasets:   []DatasetRequest{{ID: orders}},
		Reports:    []ReportRequest{{ID: ordersReport}},
		Identities: []IdentityRequest{{Username: "ann@example.com", Roles: []string{"West"}, Datasets: []string{orders}}},
	}
}

func with(f func(r *Request)) Request {
	r := west()
	f(&r)
	return r
}

func identity(f func(id *IdentityRequest)) Request {
	return with(func(r *Request) { f(&r.Identities[0]) })
}

func many[T any](n int, f func(i int) T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

func guid(i int) string { return fmt.Sprintf("40000000-0000-0000-0000-%012d", i) }

// TestRefusals has at least one case for every rule that refuses.
func TestRefusals(t *testing.T) {
	requires := "Creating embed token for accessing dataset " + orders
	cases := []struct {
		rule   string
		kind   inlay.Kind
		text   string
		caller inlay.Caller
		ask    Request
	}{
		{"items-named", inlay.Invalid, "names no report and no dataset", shop, Request{}},
		{"items-named", inlay.Invalid, "names no report and no dataset", shop, Request{TargetWorkspaces: []string{sales}}},
		{"max-items", inlay.Invalid, "datasets has 51 elements", shop, with(func(r *Request) {
			r.Datasets = many(51, func(i int) DatasetRequest { return DatasetRequest{ID: guid(i)} })
		})},
		{"max-items", inlay.Invalid, "reports has 51 elements", shop, with(func(r *Request) {
			r.Reports = many(51, func(i int) ReportRequest { return ReportRequest{ID: guid(i)} })
		})},
		{"max-items", inlay.Invalid, "targetWorkspaces has 51 elements", shop, with(func(r *Request) { r.TargetWorkspaces = many(51, guid) })},
		{"max-items", inlay.Invalid, "identities has 51 elements", shop, with(func(r *Request) {
			r.Identities = many(51, func(int) IdentityRequest { return r.Identities[0] })
		})},
		{"item-id", inlay.Invalid, "datasets[0].id", shop, with(func(r *Request) { r.Datasets[0].ID = "" })},
		{"item-id", inlay.Invalid, "reports[0].id", shop, with(func(r *Request) { r.Reports[0].ID = "../x" })},
		{"item-id", inlay.Invalid, "targetWorkspaces[0].id", shop, with(func(r *Request) { r.TargetWorkspaces = []string{strings.ReplaceAll(sales, "-", "_")} })},
		{"lifetime-positive", inlay.Invalid, "-1", shop, with(func(r *Request) { r.LifetimeMinutes = -1 })},
		{"datasource-identities", inlay.Invalid, "identityBlob is missing", shop, with(func(r *Request) { r.DatasourceIdentities = []DatasourceIdentity{{}} })},
		{"xmla-permissions", inlay.Invalid, "neither", shop, with(func(r *Request) { r.Datasets[0].XMLA = "None" })},
		{"identity-blob", inlay.Invalid, "identityBlob", shop, identity(func(id *IdentityRequest) { id.Blob = new(string) })},
		{"identity-reports", inlay.Invalid, "paginated", shop, identity(func(id *IdentityRequest) { id.Reports = []string{ordersReport} })},
		{"identity-username", inlay.Invalid, "missing or blank", shop, identity(func(id *IdentityRequest) { id.Username = "" })},
		{"identity-username", inlay.Invalid, "missing or blank", anna, identity(func(id *IdentityRequest) { id.Username = " \t" })},
		{"identity-username", inlay.Invalid, "longer than 256", shop, identity(func(id *IdentityRequest) { id.Username = strings.Repeat("a", 257) })},
		{"identity-username", inlay.Invalid, "printable ASCII", shop, identity(func(id *IdentityRequest) { id.Username = "a\x00b" })},
		{"identity-username", inlay.Invalid, "printable ASCII", shop, identity(func(id *IdentityRequest) { id.Username = "zoë" })},
		{"identity-roles", inlay.Invalid, "51 elements", shop, identity(func(id *IdentityRequest) { id.Roles = many(51, guid) })},
		{"identity-roles", inlay.Invalid, "longer than 50", shop, identity(func(id *IdentityRequest) { id.Roles = []string{strings.Repeat("é", 51)} })},
		{"identity-roles", inlay.Invalid, "comma", shop, identity(func(id *IdentityRequest) { id.Roles = []string{"West,East"} })},
		{"identity-roles", inlay.Invalid, "blank", shop, identity(func(id *IdentityRequest) { id.Roles = []string{"West", " "} })},
		{"identity-custom-data", inlay.Invalid, "customData", shop, identity(func(id *IdentityRequest) { id.CustomData = strings.Repeat("x", 4097) })},
		{"caller-live", inlay.Expired, "expired", inlay.Caller{Kind: inlay.ServicePrincipal, ExpiresAt: now}, west()},
		{"caller-live", inlay.Expired, "expired", inlay.Caller{Kind: inlay.ServicePrincipal}, west()},
		{"item-once", inlay.Invalid, "twice", shop, with(func(r *Request) { r.Reports = append(r.Reports, ReportRequest{ID: ordersReport, AllowEdit: true}) })},
		{"identity-datasets", inlay.Invalid, "applies to no dataset", shop, identity(func(id *IdentityRequest) { id.Datasets = nil })},
		{"identity-datasets", inlay.Invalid, plain, shop, identity(func(id *IdentityRequest) { id.Datasets = []string{orders, plain} })},
		{"one-identity", inlay.Invalid, "more than one identity", shop, with(func(r *Request) {
			r.Identities = append(r.Identities, IdentityRequest{Username: "b", Roles: []string{"East"}, Datasets: []string{strings.ToUpper(orders)}})
		})},
		{"items-visible", inlay.NotFound, "dataset " + nothing + " was not found", anna, Request{Datasets: []DatasetRequest{{ID: nothing}}}},
		{"items-visible", inlay.NotFound, "dataset " + secret + " was not found", anna, Request{Datasets: []DatasetRequest{{ID: secret}}}},
		{"items-visible", inlay.NotFound, "report " + secretReport + " was not found", shop, with(func(r *Request) { r.Reports[0].ID = secretReport })},
		{"items-visible", inlay.NotFound, "report " + noReport + " was not found", shop, with(func(r *Request) { r.Reports[0].ID = noReport })},
		{"workspace-right", inlay.Forbidden, "only Viewer", shop, Request{Datasets: []DatasetRequest{{ID: listed}}}},
		{"workspace-right", inlay.Forbidden, "only Viewer", shop, Request{Datasets: []DatasetRequest{{ID: plain}}, Reports: []ReportRequest{{ID: listedReport}}}},
		{"target-right", inlay.Forbidden, hidden, shop, with(func(r *Request) { r.TargetWorkspaces = []string{sales, hidden} })},
		{"target-right", inlay.Forbidden, reading, shop, with(func(r *Request) { r.TargetWorkspaces = []string{reading} })},
		{"report-dataset", inlay.Invalid, "shows dataset " + orders, anna, Request{Reports: []ReportRequest{{ID: ordersReport}}}},
		{"identity-forbidden", inlay.Invalid, "Creating embed token for accessing dataset " + plain + " shouldn't have effective identity", shop, Request{
			Datasets:   []DatasetRequest{{ID: plain}},
			Identities: []IdentityRequest{{Username: "a", Datasets: []string{plain}}},
		}},
		{"identity-required", inlay.Invalid, requires + " requires effective identity to be provided", shop, with(func(r *Request) { r.Identities = nil })},
		{"identity-required", inlay.Invalid, requires + " requires effective identity to be provided",
			inlay.Caller{Kind: "Group", ExpiresAt: anna.ExpiresAt}, with(func(r *Request) { r.Identities = nil })},
		{"roles-required", inlay.Invalid, requires + " requires roles to be included in provided effective identity", shop, identity(func(id *IdentityRequest) { id.Roles = nil })},
		{"roles-required", inlay.Invalid, requires + " requires roles to be included in provided effective identity", anna, identity(func(id *IdentityRequest) { id.Roles = []string{} })},
	}
	covered := map[string]bool{}
	for _, c := range cases {
		covered[c.rule] = true
		t.Run(c.rule+"/"+c.text, func(t *testing.T) {
			g, err := Decide(world(), c.caller, c.ask, now)
			var e *inlay.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %+v, %v; want a refusal", g, err)
			}
			if e.Rule != c.rule || e.Kind != c.kind || !strings.Contains(e.Msg, c.text) || e.Remedy == "" {
				t.Errorf("got %s, %s, %q, remedy %q", e.Rule, e.Kind, e.Msg, e.Remedy)
			}
			if diff := cmp.Diff(Grant{}, g); diff != "" {
				t.Errorf("a refusal came with a grant: %s", diff)
			}
		})
	}
	for _, c := range factCases {
		covered[c.rule] = true
	}
	for _, r := range rules {
		if !covered[r.ID] && !giving[r.ID] && !optional[r.ID] {
			t.Errorf("rule %s has no case", r.ID)
		}
	}
}

// giving are the rules that give and do not refuse; TestGrants has them.
var giving = map[string]bool{
	"no-roles-all-data": true, "master-user-all-data": true, "identity-enforced": true,
	"allow-edit": true, "save-targets": true, "lifetime": true,
	"live-own-identity": true, "sso-identity": true, "xmla-granted": true, "paginated-identity": true, "dashboard-and-tile": true, // TestGrantsByFacts
}

func TestGrants(t *testing.T) {
	second := now.Truncate(time.Second)
	as := func(id string) DatasetGrant {
		return DatasetGrant{ID: id, Identity: &inlay.Identity{Username: "ann@example.com", Roles: []string{"West"}, Datasets: []string{id}}}
	}
	base := Grant{TenantID: "t1", PrincipalID: "a1", IssuedAt: second, ExpiresAt: second.Add(time.Hour),
		Reports: []ReportGrant{{ID: ordersReport}}, Datasets: []DatasetGrant{as(orders)}}
	grant := func(f func(g *Grant)) Grant {
		g := base
		f(&g)
		return g
	}
	upper := with(func(r *Request) {
		r.Datasets[0].ID, r.Reports[0].ID = strings.ToUpper(orders), strings.ToUpper(ordersReport)
		r.Identities[0].Datasets[0] = strings.ToUpper(orders)
	})
	cases := []struct {
		name   string
		caller inlay.Caller
		ask    Request
		want   Grant
	}{
		{"identity-enforced: service principal", shop, west(), base},
		{"identity-enforced: master user", anna, west(), grant(func(g *Grant) { g.PrincipalID = "u1" })},
		{"identity-enforced: a role that the model does not have is accepted here", shop,
			identity(func(id *IdentityRequest) { id.Roles = []string{"Nobody"} }),
			grant(func(g *Grant) {
				d := as(orders)
				d.Identity.Roles = []string{"Nobody"}
				g.Datasets = []DatasetGrant{d}
			})},
		{"identity-enforced: custom data", shop, identity(func(id *IdentityRequest) { id.CustomData = "ü\x00'" }),
			grant(func(g *Grant) {
				d := as(orders)
				d.Identity.CustomData = "ü\x00'"
				g.Datasets = []DatasetGrant{d}
			})},
		{"master-user-all-data", anna, with(func(r *Request) { r.Identities = nil }), grant(func(g *Grant) {
			g.PrincipalID, g.Datasets = "u1", []DatasetGrant{{ID: orders, Unrestricted: true}}
		})},
		{"no-roles-all-data", shop, Request{Datasets: []DatasetRequest{{ID: plain, XMLA: "off"}}}, grant(func(g *Grant) {
			g.Reports, g.Datasets = nil, []DatasetGrant{{ID: plain, Unrestricted: true}}
		})},
		{"no-roles-all-data beside identity-enforced", shop, with(func(r *Request) { r.Datasets = append(r.Datasets, DatasetRequest{ID: plain}) }),
			grant(func(g *Grant) { g.Datasets = []DatasetGrant{{ID: plain, Unrestricted: true}, as(orders)} })},
		{"report bound to another dataset", shop, Request{Reports: []ReportRequest{{ID: ordersReport}}, Datasets: []DatasetRequest{{ID: plain}}},
			grant(func(g *Grant) { g.Datasets = []DatasetGrant{{ID: plain, Unrestricted: true}} })},
		{"ids in upper case", shop, upper, base},
		{"one dataset for each report, twice", shop, with(func(r *Request) {
			r.Datasets = append(r.Datasets, r.Datasets[0])
			r.Reports = append(r.Reports, r.Reports[0])
			r.Identities[0].Datasets = []string{orders, strings.ToUpper(orders)}
		}), base},
		{"allow-edit", shop, with(func(r *Request) { r.Reports[0].AllowEdit = true }),
			grant(func(g *Grant) { g.Reports = []ReportGrant{{ID: ordersReport, Edit: true}} })},
		{"save-targets", shop, with(func(r *Request) { r.TargetWorkspaces = []string{finance, strings.ToUpper(finance)} }),
			grant(func(g *Grant) { g.TargetWorkspaces = []string{finance} })},
		{"lifetime: shorter", shop, with(func(r *Request) { r.LifetimeMinutes = 10 }), grant(func(g *Grant) { g.ExpiresAt = second.Add(10 * time.Minute) })},
		{"lifetime: 59 minutes", shop, with(func(r *Request) { r.LifetimeMinutes = 59 }), grant(func(g *Grant) { g.ExpiresAt = second.Add(59 * time.Minute) })},
		{"lifetime: not extended", shop, with(func(r *Request) { r.LifetimeMinutes = 61 }), base},
		{"lifetime: not extended by an overflow", shop, with(func(r *Request) { r.LifetimeMinutes = 1<<63 - 1 }), base},
		{"lifetime: not extended by an overflow that wraps", shop, with(func(r *Request) { r.LifetimeMinutes = 1<<64/60_000_000_000 + 5 }), base},
	}
	seen := map[string]bool{}
	for _, c := range cases {
		for id := range giving {
			if strings.HasPrefix(c.name, id) {
				seen[id] = true
			}
		}
		t.Run(c.name, func(t *testing.T) {
			got, err := Decide(world(), c.caller, c.ask, now)
			if err != nil {
				t.Fatal(err)
			}
			if got.TenantID != c.caller.TenantID {
				t.Errorf("tenant %q", got.TenantID)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	for id := range giving {
		if !seen[id] && !strings.Contains("live-own-identity sso-identity xmla-granted paginated-identity dashboard-and-tile", id) {
			t.Errorf("rule %s has no case", id)
		}
	}
}

// TestDecideLeavesTheRequestAlone matters because requests are decided more than once.
func TestDecideLeavesTheRequestAlone(t *testing.T) {
	r := with(func(r *Request) {
		r.Datasets[0].ID = strings.ToUpper(orders)
		r.Identities[0].Datasets[0] = strings.ToUpper(orders)
	})
	before := with(func(r *Request) {
		r.Datasets[0].ID = strings.ToUpper(orders)
		r.Identities[0].Datasets[0] = strings.ToUpper(orders)
	})
	g, err := Decide(world(), shop, r, now)
	if err != nil {
		t.Fatal(err)
	}
	g.Datasets[0].Identity.Roles[0] = "East"
	if diff := cmp.Diff(before, r); diff != "" {
		t.Error(diff)
	}
}

func TestZeroGrantLetsNothing(t *testing.T) {
	for _, g := range []Grant{{}, {Datasets: []DatasetGrant{{ID: orders}}}, {Datasets: []DatasetGrant{{ID: orders, Unrestricted: true, Identity: &inlay.Identity{}}}}} {
		if d, ok := g.Dataset(orders); ok {
			t.Errorf("%+v gives %+v", g, d)
		}
		if _, ok := g.Report(ordersReport); ok {
			t.Errorf("%+v gives a report", g)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	w, r := world(), west()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decide(w, shop, r, now); err != nil {
			b.Fatal(err)
		}
	}
}
