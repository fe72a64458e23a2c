package embedtoken

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay"
)

// TestStampNamesEveryPlace has a report, a dataset, a dashboard and a target in a workspace each:
// the token ends with any of them, and with the service principal whose profile generated it.
func TestStampNamesEveryPlace(t *testing.T) {
	w := World{
		Reports:    map[string]inlay.Report{ordersReport: {ID: ordersReport, WorkspaceID: sales}},
		Datasets:   map[string]inlay.Dataset{plain: {ID: plain, WorkspaceID: finance}},
		Dashboards: map[string]inlay.Dashboard{wall: {ID: wall, WorkspaceID: reading}},
	}
	g := Grant{TenantID: "t1", PrincipalID: "p1", ParentID: "a1", Reports: []ReportGrant{{ID: ordersReport}}, Datasets: []DatasetGrant{{ID: plain}}, TargetWorkspaces: []string{hidden, sales}}
	g.Stamp(w, inlay.Revoked{})
	places := map[string]bool{}
	for _, id := range g.Workspaces {
		places[id] = true
	}
	if diff := cmp.Diff(map[string]bool{sales: true, finance: true, reading: true, hidden: true}, places); diff != "" || len(g.Workspaces) != 4 {
		t.Errorf("workspaces %v: %s", g.Workspaces, diff)
	}
	for _, of := range []inlay.Subject{
		{Kind: inlay.OfPrincipal, ID: "p1"}, {Kind: inlay.OfPrincipal, ID: "a1"},
		{Kind: inlay.OfWorkspace, ID: sales}, {Kind: inlay.OfWorkspace, ID: finance}, {Kind: inlay.OfWorkspace, ID: reading}, {Kind: inlay.OfWorkspace, ID: hidden},
	} {
		if !(inlay.Revoked{Epochs: map[inlay.Subject]int64{of: 1}}).Token("x", g.Held()) {
			t.Errorf("it does not end with %v", of)
		}
	}
	g.ParentID = ""
	if (inlay.Revoked{Epochs: map[inlay.Subject]int64{{Kind: inlay.OfPrincipal}: 1}}).Token("x", g.Held()) {
		t.Error("without a parent it ends with nobody's")
	}
}
