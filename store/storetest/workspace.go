package storetest

import (
	"context"
	"testing"

	"inlay"
)

func testWorkspaces(t *testing.T, s *suite) {
	ctx := context.Background()
	same(t, "no workspaces", []inlay.Workspace{})(s.Workspaces(ctx))
	b, a := workspace(1, "beta"), workspace(2, "Alpha")
	must(t, s.CreateWorkspace(ctx, b), s.CreateWorkspace(ctx, a))

	same(t, "by id", b)(s.Workspace(ctx, b.ID))
	same(t, "by name", a)(s.WorkspaceByName(ctx, "Alpha"))
	same(t, "all, by name", []inlay.Workspace{a, b})(s.Workspaces(ctx))

	_, err := s.Workspace(ctx, id(9))
	want(t, err, inlay.NotFound, "workspace", id(9))
	_, err = s.WorkspaceByName(ctx, "gamma")
	want(t, err, inlay.NotFound, "workspace", "gamma")

	want(t, s.CreateWorkspace(ctx, workspace(1, "other")), inlay.Conflict, "workspace", "id")
	want(t, s.CreateWorkspace(ctx, workspace(3, "Alpha")), inlay.Conflict, "workspace", "Alpha", "name")
	same(t, "after refusals", []inlay.Workspace{a, b})(s.Workspaces(ctx))
}

func testMemberships(t *testing.T, s *suite) {
	ctx := context.Background()
	w, v := workspace(1, "Sales"), workspace(2, "Stock")
	p := inlay.Principal{ID: id(3), Kind: inlay.MasterUser, Name: "anna@example.com", CreatedAt: at(0)}
	must(t, s.CreateWorkspace(ctx, w), s.CreateWorkspace(ctx, v), s.CreatePrincipal(ctx, p))

	same(t, "none", []inlay.Membership{})(s.MembershipsOf(ctx, p.ID))
	_, err := s.Membership(ctx, w.ID, p.ID)
	want(t, err, inlay.NotFound, "membership", w.ID, p.ID)

	m := inlay.Membership{WorkspaceID: w.ID, PrincipalID: p.ID, Right: inlay.Viewer}
	n := inlay.Membership{WorkspaceID: v.ID, PrincipalID: p.ID, Right: inlay.Admin}
	must(t, s.SetMembership(ctx, m), s.SetMembership(ctx, n))
	m.Right = inlay.Member
	must(t, s.SetMembership(ctx, m))
	same(t, "the last right", m)(s.Membership(ctx, w.ID, p.ID))
	same(t, "all of a principal", []inlay.Membership{m, n})(s.MembershipsOf(ctx, p.ID))

	want(t, s.SetMembership(ctx, inlay.Membership{WorkspaceID: id(8), PrincipalID: p.ID, Right: inlay.Viewer}),
		inlay.NotFound, "workspace", id(8))
	want(t, s.SetMembership(ctx, inlay.Membership{WorkspaceID: w.ID, PrincipalID: id(8), Right: inlay.Viewer}),
		inlay.NotFound, "principal", id(8))
	want(t, s.SetMembership(ctx, inlay.Membership{WorkspaceID: w.ID, PrincipalID: p.ID, Right: "Owner"}),
		inlay.Invalid, "Owner")
	want(t, s.SetMembership(ctx, inlay.Membership{WorkspaceID: w.ID, PrincipalID: p.ID}), inlay.Invalid)
	same(t, "after refusals", m)(s.Membership(ctx, w.ID, p.ID))
}

func testPrincipals(t *testing.T, s *suite) {
	ctx := context.Background()
	app := inlay.Principal{ID: id(1), Kind: inlay.ServicePrincipal, Name: "Shop", ClientID: id(11),
		Secret: []byte{0, 1, 0xff}, CreatedAt: at(1)}
	twin := inlay.Principal{ID: id(2), Kind: inlay.ServicePrincipal, Name: "Shop", ClientID: id(12), CreatedAt: at(2)}
	user := inlay.Principal{ID: id(3), Kind: inlay.MasterUser, Name: "Anna@example.com", Secret: []byte("digest"), CreatedAt: at(3)}
	second := inlay.Principal{ID: id(4), Kind: inlay.MasterUser, Name: "ben@example.com", CreatedAt: at(4)}
	must(t, s.CreatePrincipal(ctx, app), s.CreatePrincipal(ctx, user), s.CreatePrincipal(ctx, second))
	if err := s.CreatePrincipal(ctx, twin); err != nil {
		t.Errorf("display names of service principals may repeat: %v", err)
	}

	same(t, "by id", app)(s.Principal(ctx, app.ID))
	same(t, "by client id", twin)(s.PrincipalByClientID(ctx, twin.ClientID))
	same(t, "by name", user)(s.PrincipalByName(ctx, "anna@EXAMPLE.com"))

	_, err := s.Principal(ctx, id(9))
	want(t, err, inlay.NotFound, "principal", id(9))
	_, err = s.PrincipalByClientID(ctx, id(9))
	want(t, err, inlay.NotFound, id(9))
	_, err = s.PrincipalByName(ctx, "Shop")
	want(t, err, inlay.NotFound, "user", "Shop")
	for _, nobody := range []string{"", " "} {
		_, err = s.PrincipalByName(ctx, nobody)
		want(t, err, inlay.NotFound)
		_, err = s.PrincipalByClientID(ctx, nobody)
		want(t, err, inlay.NotFound)
	}

	refused := []struct {
		kind inlay.Kind
		p    inlay.Principal
	}{
		{inlay.Conflict, inlay.Principal{ID: id(1), Kind: inlay.MasterUser, Name: "carl@example.com"}},
		{inlay.Conflict, inlay.Principal{ID: id(5), Kind: inlay.ServicePrincipal, Name: "Other", ClientID: app.ClientID}},
		{inlay.Conflict, inlay.Principal{ID: id(5), Kind: inlay.MasterUser, Name: "ANNA@example.com"}},
		{inlay.Invalid, inlay.Principal{ID: id(5), Kind: inlay.ServicePrincipal, Name: "no client id"}},
		{inlay.Invalid, inlay.Principal{ID: id(5), Kind: inlay.MasterUser, Name: "dora@example.com", ClientID: id(15)}},
		{inlay.Invalid, inlay.Principal{ID: id(5), Kind: inlay.MasterUser}},
		{inlay.Invalid, inlay.Principal{ID: id(5), Kind: "Group", Name: "everyone"}},
		{inlay.Invalid, inlay.Principal{Kind: inlay.MasterUser, Name: "no id"}},
	}
	for _, r := range refused {
		want(t, s.CreatePrincipal(ctx, r.p), r.kind, "principal")
	}
	_, err = s.Principal(ctx, id(5))
	want(t, err, inlay.NotFound)
}
