package embedtoken

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"inlay"
)

// TestRandomRequests draws requests and callers at random and asks of every grant what must
// hold whatever the rules say.
func TestRandomRequests(t *testing.T) {
	granted := 0
	rapid.Check(t, func(t *rapid.T) {
		ids := []string{orders, plain, secret, listed, nothing, strings.ToUpper(orders), "", "x"}
		id := rapid.SampledFrom(append(slices.Repeat([]string{orders, plain}, 6), ids...))
		w := rapid.SampledFrom([]string{sales, finance, hidden, reading, sales, finance})
		p := rapid.SampledFrom([]string{ordersReport, ordersReport, ordersReport, ordersReport, secretReport, listedReport, noReport})
		role := rapid.SampledFrom([]string{"West", "East", "Nobody", "West", "a,b", "", "' OR 1=1--", "[x]"})
		text := rapid.SampledFrom([]string{"ann@example.com", "bob", "' OR 1=1--", "", " ", "é", strings.Repeat("u", 257)})
		r := Request{
			Datasets: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) DatasetRequest {
				return DatasetRequest{ID: id.Draw(t, "id"), XMLA: rapid.SampledFrom([]string{"", "", "", "Off", "ReadOnly"}).Draw(t, "xmla")}
			}), 0, 3).Draw(t, "datasets"),
			Reports: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ReportRequest {
				return ReportRequest{ID: p.Draw(t, "report"), AllowEdit: rapid.Bool().Draw(t, "edit")}
			}), 0, 2).Draw(t, "reports"),
			TargetWorkspaces: rapid.SliceOfN(w, 0, 2).Draw(t, "targets"),
			Identities: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) IdentityRequest {
				return IdentityRequest{
					Username: text.Draw(t, "user"), Roles: rapid.SliceOfN(role, 0, 2).Draw(t, "roles"),
					CustomData: text.Draw(t, "custom"), Datasets: rapid.SliceOfN(id, 0, 2).Draw(t, "of"),
				}
			}), 0, 2).Draw(t, "identities"),
			LifetimeMinutes: rapid.SampledFrom([]int64{0, 0, 1, 10, 120, -1, 1 << 62}).Draw(t, "lifetime"),
		}
		c := inlay.Caller{PrincipalID: "x", Kind: rapid.SampledFrom([]inlay.PrincipalKind{inlay.ServicePrincipal, inlay.MasterUser, ""}).Draw(t, "kind"),
			ExpiresAt: now.Add(rapid.SampledFrom([]time.Duration{time.Hour, time.Hour, -time.Second, time.Millisecond}).Draw(t, "left"))}
		g, err := Decide(world(), c, r, now)
		if err != nil {
			if inlay.KindOf(err) == inlay.Internal {
				t.Fatalf("no rule answered: %v", err)
			}
			return
		}
		granted++
		holds(t, c, r, g)
	})
	if granted == 0 {
		t.Error("no request was granted: the test shows nothing")
	}
}

// holds is what a grant never goes beyond.
func holds(t *rapid.T, c inlay.Caller, r Request, g Grant) {
	w := world()
	if g.ExpiresAt.After(c.ExpiresAt) || !g.ExpiresAt.After(now) {
		t.Fatalf("expires %v", g.ExpiresAt)
	}
	if n := r.LifetimeMinutes; n > 0 && n < 1000 && g.ExpiresAt.After(now.Add(time.Duration(n)*time.Minute)) {
		t.Fatalf("lives longer than %d minutes", n)
	}
	for _, x := range g.TargetWorkspaces {
		if !w.Rights[x].AtLeast(inlay.Contributor) {
			t.Fatalf("saves to %s", x)
		}
	}
	for _, x := range g.Reports {
		asked := slices.ContainsFunc(r.Reports, func(q ReportRequest) bool {
			return strings.EqualFold(q.ID, x.ID) && q.AllowEdit == x.Edit
		})
		if !asked || !w.Rights[w.Reports[x.ID].WorkspaceID].AtLeast(inlay.Contributor) {
			t.Fatalf("opens %+v", x)
		}
	}
	for _, x := range g.Datasets {
		asked := slices.ContainsFunc(r.Datasets, func(q DatasetRequest) bool { return strings.EqualFold(q.ID, x.ID) })
		d := w.Datasets[x.ID]
		if !asked || !w.Rights[d.WorkspaceID].AtLeast(inlay.Contributor) || x.Unrestricted == (x.Identity != nil) {
			t.Fatalf("gives %+v", x)
		}
		named := slices.IndexFunc(r.Identities, func(id IdentityRequest) bool {
			return slices.ContainsFunc(id.Datasets, func(s string) bool { return strings.EqualFold(s, x.ID) })
		})
		switch {
		case x.Unrestricted && named >= 0:
			t.Fatalf("an identity for %s was dropped", x.ID)
		case x.Unrestricted && len(d.Roles) > 0 && c.Kind != inlay.MasterUser:
			t.Fatalf("%s sees all of %s", c.Kind, x.ID)
		case x.Identity != nil && (named < 0 || x.Identity.Username != r.Identities[named].Username || len(x.Identity.Roles) == 0):
			t.Fatalf("gives %s as %+v", x.ID, x.Identity)
		}
	}
}
