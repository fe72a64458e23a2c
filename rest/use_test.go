package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"inlay"
	"inlay/embedtoken"
)

// TestUseAsksOfBothWorkspaces has a report in one workspace and its dataset in another: who
// generated the token still needs a role in both.
func TestUseAsksOfBothWorkspaces(t *testing.T) {
	const away = "30000000-0000-0000-0000-000000000009" // in Sales, of shelf, in Reading
	for _, lost := range []string{"", sales, reading} {
		w := newWorld(t)
		set := func(workspace string, right inlay.AccessRight) {
			t.Helper()
			if err := w.store.SetMembership(t.Context(), inlay.Membership{WorkspaceID: workspace, PrincipalID: shop, Right: right}); err != nil {
				t.Fatal(err)
			}
		}
		set(reading, inlay.Contributor)
		if err := w.store.CreateReport(t.Context(), inlay.Report{ID: away, WorkspaceID: sales, DatasetID: shelf, Name: "Away Report", Definition: "r/" + away, CreatedAt: w.now}); err != nil {
			t.Fatal(err)
		}
		token := w.embedWith(shop, fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}]}`, away, shelf))
		if lost != "" {
			set(lost, inlay.Viewer)
		}
		a := w.send("GET", "/inlay/v1/embed/reports/"+away, "EmbedToken "+token, "")
		if lost == "" && a.status != 200 || lost != "" && (a.status != 403 || !strings.Contains(a.body, `"rule":"use-right"`) || !strings.Contains(a.body, lost)) {
			t.Errorf("without the role in %q: %d %s", lost, a.status, a.body)
		}
	}
}

// TestUseOfWhatCannotBeShown has a token for each kind of dataset that nothing here can ask yet: it
// is refused by name, and not shown as if it were another kind.
func TestUseOfWhatCannotBeShown(t *testing.T) {
	const odd, board = "20000000-0000-0000-0000-000000000009", "30000000-0000-0000-0000-000000000009"
	source := []inlay.Datasource{{Type: "Sql", Details: inlay.ConnectionDetails{Server: "s", Database: "d"}, SingleSignOn: true}}
	for text, d := range map[string]inlay.Dataset{
		"":                              {},
		"asks other datasets":           {Upstream: []string{prices}},
		"single sign-on":                {Sources: source},
		"asked with DirectQuery":        {Kind: inlay.DirectQuery},
		"Direct Lake":                   {Kind: inlay.DirectLake},
		"connection to Analysis":        {Kind: inlay.LiveServer},
		"connection to Azure Analysis ": {Kind: inlay.LiveAzure},
	} {
		w := newWorld(t)
		d.ID, d.WorkspaceID, d.Name, d.Definition, d.Version, d.CreatedAt = odd, sales, "Odd Dataset", "d/"+odd, "v1", w.now
		if err := w.store.CreateDataset(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if err := w.store.CreateReport(t.Context(), inlay.Report{ID: board, WorkspaceID: sales, DatasetID: odd, Name: "Odd Report", Definition: "r/" + board, CreatedAt: w.now}); err != nil {
			t.Fatal(err)
		}
		g, err := w.ring.Open(w.embed("ann@example.com", "West"), w.now)
		if err != nil {
			t.Fatal(err)
		}
		g.Reports, g.Datasets = []embedtoken.ReportGrant{{ID: board}}, []embedtoken.DatasetGrant{{ID: odd, Unrestricted: true}}
		a := w.send("GET", "/inlay/v1/embed/reports/"+board, w.sealed(g), "")
		if text == "" && a.status != 200 || text != "" && (a.status != 400 || !strings.Contains(a.body, text) || !strings.Contains(a.body, `"rule":"use-kind"`)) {
			t.Errorf("%q: %d %s", text, a.status, a.body)
		}
	}
}

// TestUseOfProfilesTokens turns the tenant's switch for profiles off while a profile's token is out.
func TestUseOfProfilesTokens(t *testing.T) {
	w := newWorld(t)
	const north = "a0000000-0000-0000-0000-000000000009"
	if err := w.store.CreatePrincipal(t.Context(), inlay.Principal{ID: north, Kind: inlay.ServiceProfile, ParentID: shop, Name: "North", CreatedAt: w.now}); err != nil {
		t.Fatal(err)
	}
	if err := w.store.SetMembership(t.Context(), inlay.Membership{WorkspaceID: sales, PrincipalID: north, Right: inlay.Contributor}); err != nil {
		t.Fatal(err)
	}
	g, err := w.ring.Open(w.embed("ann@example.com", "West"), w.now)
	if err != nil {
		t.Fatal(err)
	}
	g.PrincipalID, g.ParentID = north, shop
	use := func() answer { return w.send("GET", "/inlay/v1/embed/reports/"+overview, w.sealed(g), "") }
	if a := use(); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if err := w.store.SetSwitches(t.Context(), inlay.Switches{ServicePrincipals: true, XMLA: true}); err != nil {
		t.Fatal(err)
	}
	if a := use(); a.status != 403 || !strings.Contains(a.body, `"rule":"use-switch"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestMembersEndNoTokensOfOthers has a Member of the token's workspace send it whole: that is for
// its Admins.
func TestMembersEndNoTokensOfOthers(t *testing.T) {
	w := newWorld(t)
	for right, want := range map[inlay.AccessRight]int{inlay.Member: 401, inlay.Admin: 200} {
		if err := w.store.SetMembership(t.Context(), inlay.Membership{WorkspaceID: sales, PrincipalID: rival, Right: right}); err != nil {
			t.Fatal(err)
		}
		token := w.embed("ann@example.com", "West")
		if a := w.send("POST", "/inlay/v1/tokens/revoke", "Bearer "+w.bearer(w.sign, tenant, rival), `{"token":"`+token+`"}`); a.status != want {
			t.Errorf("%s: %d %s", right, a.status, a.body)
		}
	}
}
