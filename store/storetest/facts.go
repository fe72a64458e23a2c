package storetest

import (
	"context"
	"testing"

	"inlay"
)

func testCapacities(t *testing.T, s *suite) {
	ctx := context.Background()
	w, _ := s.sales(t)
	c := inlay.Capacity{ID: id(50), Name: "P1", XMLA: inlay.XMLAOff}
	must(t, s.SetCapacity(ctx, c))
	same(t, "as it was set", c)(s.Capacity(ctx, c.ID))
	c.XMLA, c.Shared = inlay.XMLAReadWrite, true
	must(t, s.SetCapacity(ctx, c))
	same(t, "set anew", c)(s.Capacity(ctx, c.ID))

	must(t, s.AssignCapacity(ctx, w.ID, c.ID))
	w.CapacityID = c.ID
	same(t, "assigned", w)(s.Workspace(ctx, w.ID))
	must(t, s.AssignCapacity(ctx, w.ID, ""))
	w.CapacityID = ""
	same(t, "taken away", w)(s.Workspace(ctx, w.ID))

	personal := workspace(51, "Anna's own")
	personal.Kind, personal.CapacityID = inlay.MyWorkspace, c.ID
	must(t, s.CreateWorkspace(ctx, personal))
	same(t, "kind and capacity", personal)(s.Workspace(ctx, personal.ID))

	_, err := s.Capacity(ctx, id(99))
	want(t, err, inlay.NotFound, "capacity", id(99))
	want(t, s.AssignCapacity(ctx, w.ID, id(99)), inlay.NotFound, "capacity", id(99))
	want(t, s.AssignCapacity(ctx, id(98), c.ID), inlay.NotFound, "workspace", id(98))
	want(t, s.SetCapacity(ctx, inlay.Capacity{ID: id(52), Name: "P2", XMLA: "Maybe"}), inlay.Invalid, "Maybe")
	odd := workspace(53, "Odd")
	odd.Kind = "Cellar"
	want(t, s.CreateWorkspace(ctx, odd), inlay.Invalid, "Cellar")
}

func testSwitches(t *testing.T, s *suite) {
	ctx := context.Background()
	same(t, "of a new tenant", inlay.DefaultSwitches())(s.Switches(ctx))
	v := inlay.Switches{XMLA: true}
	must(t, s.SetSwitches(ctx, v))
	same(t, "as they were set", v)(s.Switches(ctx))
	s.reopen(t)
	same(t, "after reopening", v)(s.Switches(ctx))
}

func testDashboards(t *testing.T, s *suite) {
	ctx := context.Background()
	w, d := s.sales(t)
	r := report(11, d, "bookings")
	must(t, s.CreateReport(ctx, r))
	b := inlay.Dashboard{ID: id(60), WorkspaceID: w.ID, Name: "Wall", Tiles: []inlay.Tile{
		{ID: id(61), Title: "Total", ReportID: r.ID, DatasetID: d.ID}, {ID: id(62), Title: "日本", DatasetID: d.ID},
	}}
	must(t, s.SetDashboard(ctx, b))
	same(t, "with tiles", b)(s.Dashboard(ctx, b.ID))
	b.Tiles = b.Tiles[:1]
	must(t, s.SetDashboard(ctx, b))
	s.reopen(t)
	same(t, "set anew", b)(s.Dashboard(ctx, b.ID))

	_, err := s.Dashboard(ctx, id(99))
	want(t, err, inlay.NotFound, "dashboard", id(99))
	lost, moved := b, b
	lost.Tiles = []inlay.Tile{{ID: id(61), DatasetID: id(98)}}
	want(t, s.SetDashboard(ctx, lost), inlay.NotFound, "dataset", id(98))
	lost.Tiles = []inlay.Tile{{ID: id(61), DatasetID: d.ID, ReportID: id(97)}}
	want(t, s.SetDashboard(ctx, lost), inlay.NotFound, "report", id(97))
	other := workspace(4, "Other")
	must(t, s.CreateWorkspace(ctx, other))
	moved.WorkspaceID = other.ID
	want(t, s.SetDashboard(ctx, moved), inlay.Invalid, other.ID)
	same(t, "after refusals", b)(s.Dashboard(ctx, b.ID))
}

func testGateways(t *testing.T, s *suite) {
	ctx := context.Background()
	p := inlay.Principal{ID: id(3), Kind: inlay.MasterUser, Name: "anna@example.com", CreatedAt: at(0)}
	must(t, s.CreatePrincipal(ctx, p))
	same(t, "none", []inlay.GatewayRight{})(s.GatewayRightsOf(ctx, p.ID))
	a := inlay.GatewayRight{GatewayID: id(70), PrincipalID: p.ID, Right: inlay.GatewayAdmin}
	b := inlay.GatewayRight{GatewayID: id(70), DatasourceID: id(71), PrincipalID: p.ID, Right: inlay.OverrideIdentity}
	must(t, s.SetGatewayRight(ctx, a), s.SetGatewayRight(ctx, b))
	same(t, "both", []inlay.GatewayRight{a, b})(s.GatewayRightsOf(ctx, p.ID))
	b.Right = inlay.DatasourceRead
	must(t, s.SetGatewayRight(ctx, b))
	same(t, "the last right", []inlay.GatewayRight{a, b})(s.GatewayRightsOf(ctx, p.ID))
	s.reopen(t)
	same(t, "after reopening", []inlay.GatewayRight{a, b})(s.GatewayRightsOf(ctx, p.ID))

	b.Right = inlay.GatewayAdmin
	want(t, s.SetGatewayRight(ctx, b), inlay.Invalid, "Admin")
	a.Right = inlay.OverrideIdentity
	want(t, s.SetGatewayRight(ctx, a), inlay.Invalid)
	a.Right, a.PrincipalID = inlay.GatewayAdmin, id(9)
	want(t, s.SetGatewayRight(ctx, a), inlay.NotFound, "principal", id(9))
}

func testProfiles(t *testing.T, s *suite) {
	ctx := context.Background()
	app := inlay.Principal{ID: id(1), Kind: inlay.ServicePrincipal, Name: "Shop", ClientID: id(11), CreatedAt: at(1)}
	must(t, s.CreatePrincipal(ctx, app))
	profile := inlay.Principal{ID: id(2), Kind: inlay.ServiceProfile, Name: "North", ParentID: app.ID, CreatedAt: at(1)}
	user := inlay.Principal{ID: id(3), Kind: inlay.MasterUser, Name: "anna@example.com", Scopes: []string{"Report.Read.All"}, CreatedAt: at(1)}
	must(t, s.CreatePrincipal(ctx, profile), s.CreatePrincipal(ctx, user))
	s.reopen(t)
	same(t, "profile", profile)(s.Principal(ctx, profile.ID))
	same(t, "scopes", user)(s.Principal(ctx, user.ID))
	w := workspace(4, "North")
	must(t, s.CreateWorkspace(ctx, w))
	m := inlay.Membership{WorkspaceID: w.ID, PrincipalID: profile.ID, Right: inlay.Member}
	must(t, s.SetMembership(ctx, m))
	same(t, "membership of a profile", m)(s.Membership(ctx, w.ID, profile.ID))
	_, err := s.PrincipalByName(ctx, "North")
	want(t, err, inlay.NotFound)

	for _, p := range []inlay.Principal{
		{ID: id(5), Kind: inlay.ServiceProfile, Name: "no parent"},
		{ID: id(5), Kind: inlay.ServiceProfile, Name: "secret", ParentID: app.ID, Secret: []byte("x")},
		{ID: id(5), Kind: inlay.ServiceProfile, ParentID: app.ID},
		{ID: id(5), Kind: inlay.MasterUser, Name: "ben@example.com", ParentID: app.ID},
		{ID: id(5), Kind: inlay.ServicePrincipal, Name: "Other", ClientID: id(12), Scopes: []string{"x"}},
	} {
		want(t, s.CreatePrincipal(ctx, p), inlay.Invalid, "principal")
	}
	want(t, s.CreatePrincipal(ctx, inlay.Principal{ID: id(5), Kind: inlay.ServiceProfile, Name: "of a user", ParentID: user.ID}), inlay.NotFound)
}

func testSources(t *testing.T, s *suite) {
	ctx := context.Background()
	w, d := s.sales(t)
	sources := []inlay.Datasource{{ID: id(71), GatewayID: id(70), Type: "Sql", SingleSignOn: true,
		Details: inlay.ConnectionDetails{Server: "db.example.com", Database: "Sales"}}}
	live := dataset(20, w, "Live")
	live.Kind, live.Sources, live.Upstream = inlay.LiveServer, sources, []string{d.ID}
	must(t, s.CreateDataset(ctx, live))
	same(t, "dataset", live)(s.Dataset(ctx, live.ID))
	live.Kind, live.Upstream = inlay.DirectQuery, nil
	must(t, s.Publish(ctx, live))
	printed := inlay.Report{ID: id(21), WorkspaceID: w.ID, Name: "Invoice", Kind: inlay.PaginatedReport, Sources: sources, Models: []string{d.ID}, CreatedAt: at(0)}
	must(t, s.CreateReport(ctx, printed))
	pages := report(22, d, "Board")
	pages.Paginated = []string{printed.ID}
	must(t, s.CreateReport(ctx, pages))
	s.reopen(t)
	same(t, "dataset anew", live)(s.Dataset(ctx, live.ID))
	same(t, "paginated report", printed)(s.Report(ctx, printed.ID))
	same(t, "report with a paginated visual", pages)(s.Report(ctx, pages.ID))
	printed.Sources, pages.Paginated = nil, nil
	must(t, s.Replace(ctx, printed), s.Replace(ctx, pages))
	same(t, "without sources", printed)(s.Report(ctx, printed.ID))
	same(t, "without the visual", pages)(s.Report(ctx, pages.ID))

	odd := dataset(23, w, "Odd")
	odd.Kind = "Cube"
	want(t, s.CreateDataset(ctx, odd), inlay.Invalid, "Cube")
	bad := report(24, d, "Bad")
	bad.Kind = inlay.PaginatedReport
	want(t, s.CreateReport(ctx, bad), inlay.Invalid, "Bad")
	bad = report(24, d, "Bad")
	bad.Paginated = []string{id(99)}
	want(t, s.CreateReport(ctx, bad), inlay.NotFound, "report", id(99))
}
