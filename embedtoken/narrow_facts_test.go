package embedtoken

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay"
)

// TestRandomRequestsByFacts draws requests for every kind of item and asks of every grant what
// the documents promise about that kind, and of every request that some rule answers it.
func TestRandomRequestsByFacts(t *testing.T) {
	asked, granted := 0, map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 300 {
			c, r, w := drawCaller(t), drawFacts(t), facts()
			if rapid.IntRange(0, 3).Draw(t, "override") == 0 {
				w.Gateways = []inlay.GatewayRight{{GatewayID: gate, Right: inlay.GatewayAdmin}}
			}
			asked++
			g, err := Decide(w, c, r, now)
			if err != nil && inlay.KindOf(err) == inlay.Internal {
				t.Fatalf("no rule answered %+v of %s: %v", r, c.Kind, err)
			}
			if err != nil {
				continue
			}
			for _, d := range g.Datasets {
				granted[d.ID]++
				kept(t, w, c, r, d)
			}
			for _, p := range g.Reports {
				granted[p.ID]++
				if w.Reports[p.ID].Kind == inlay.PaginatedReport && (c.Kind == inlay.MasterUser || p.Identity == nil || p.Edit) {
					t.Fatalf("%s gets paginated %+v", c.Kind, p)
				}
			}
		}
	})
	t.Logf("granted, of %d requests: %v", asked, granted)
	if testing.Short() {
		return // too few requests to say what none was granted for
	}
	for _, id := range []string{lake, cube, flat, sky, stock, both, core, chain, rowed, free, direct, linked} {
		if granted[id] == 0 {
			t.Errorf("of %d requests none was granted for %s: the test shows little about it", asked, id)
		}
	}
}

func drawCaller(t *rapid.T) inlay.Caller {
	return rapid.SampledFrom([]inlay.Caller{anna, shop, shop, profile}).Draw(t, "caller")
}

func drawFacts(t *rapid.T) Request {
	some := func(n int, from ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, n, rapid.ID[string]).Draw(t, "some")
	}
	ids := []string{lake, cube, flat, sky, stock, both, core, chain, rowed, free, trial}
	if rapid.IntRange(0, 5).Draw(t, "single") == 0 {
		item := rapid.SampledFrom([]Item{OneReport, NewReport, OneDataset, OneDashboard, OneTile}).Draw(t, "item")
		r := one(item, rapid.SampledFrom(append([]string{ledger, direct, framed, linked, lakes, wall, tile}, ids...)).Draw(t, "id"), func(s *Single) {
			s.DashboardID, s.DatasetID = wall, rapid.SampledFrom(ids).Draw(t, "dataset")
			s.Access = rapid.SampledFrom([]string{"", "View", "edit", "Create"}).Draw(t, "access")
		})
		r.Identities = drawIdentities(t, ids)
		return r
	}
	xmla := rapid.SampledFrom([]string{"", "", "+x"}).Draw(t, "xmla")
	var asks []string
	for _, id := range some(2, ids...) {
		asks = append(asks, id+xmla)
		if id == chain && rapid.Bool().Draw(t, "core") {
			asks = append(asks, core+xmla)
		}
	}
	if rapid.IntRange(0, 7).Draw(t, "chain") == 1 {
		asks = []string{chain + "+x", core + "+x"}
	}
	r := sets(asks...).shows(some(2, ledger, direct, framed, linked, lakes)...)
	var named []string
	for _, d := range r.Datasets {
		named = append(named, d.ID)
	}
	r.Identities = drawIdentities(t, named)
	if rapid.IntRange(0, 2).Draw(t, "sources") == 0 {
		r = r.at(sqlSource)
	}
	return r
}

func drawIdentities(t *rapid.T, ids []string) []IdentityRequest {
	var out []IdentityRequest
	for _, id := range ids {
		switch rapid.IntRange(0, 4).Draw(t, "identity") {
		case 0:
			out = append(out, who(id, rapid.SampledFrom([]string{"ann", anna.Name, "a1"}).Draw(t, "who"), "West"))
		case 1:
			out = append(out, who(id, rapid.SampledFrom([]string{"ann", anna.Name, "a1", "p1"}).Draw(t, "who")))
		case 2:
			out = append(out, blob(who(id, "", rapid.SampledFrom([][]string{nil, {"West"}}).Draw(t, "roles")...)))
		case 3:
			out = append(out, blob(who(id, "ann", "West")))
		}
	}
	return out
}

// kept is what a grant for a dataset never goes beyond.
func kept(t *rapid.T, w World, c inlay.Caller, r Request, g DatasetGrant) {
	d := w.Datasets[g.ID]
	user := c.Kind == inlay.MasterUser
	i := slices.IndexFunc(r.Identities, func(id IdentityRequest) bool { return slices.Contains(id.Datasets, g.ID) })
	named := i >= 0 && r.Identities[i].Username != ""
	overrides := len(w.Gateways) > 0
	switch {
	case g.Unrestricted && (d.Kind.Live() || len(d.Roles) > 0 && !user):
		t.Fatalf("%s sees all of %s", c.Kind, g.ID)
	case g.Unrestricted && named && len(d.Roles) > 0:
		t.Fatalf("an identity for %s was dropped", g.ID)
	case g.Identity != nil && named && g.Identity.Username != r.Identities[i].Username, g.Identity != nil && !named && (!user || g.Identity.Username != c.Name):
		t.Fatalf("%s is %q for %s", c.Kind, g.Identity.Username, g.ID)
	case g.Identity != nil && len(d.Roles) > 0 && named && len(g.Identity.Roles) == 0:
		t.Fatalf("no roles for %s", g.ID)
	case d.Kind == inlay.LiveAzure && (c.Kind == inlay.ServiceProfile || !strings.EqualFold(g.Identity.Username, (&decision{caller: c}).own())):
		t.Fatalf("%s asks Azure Analysis Services as %q", c.Kind, g.Identity.Username)
	case d.Kind == inlay.LiveServer && !overrides && !strings.EqualFold(g.Identity.Username, (&decision{caller: c}).own()):
		t.Fatalf("%s overrides as %q", c.Kind, g.Identity.Username)
	case d.Kind == inlay.DirectLake && (i >= 0 || r.Single != nil):
		t.Fatalf("Direct Lake with an identity, or with V1")
	case len(d.Upstream) > 0 && (r.Single != nil || !g.XMLA):
		t.Fatalf("a chain with V1 or without XMLA")
	case g.XMLA && !w.capacity(d.WorkspaceID).Readable():
		t.Fatalf("reads the XMLA endpoint of %s", g.ID)
	case d.SingleSignOn() && d.Kind == inlay.DirectQuery && !user && g.Blob == "" && len(r.DatasourceIdentities) == 0:
		t.Fatalf("nobody signs in at %s", g.ID)
	}
}

// TestEverySuggestionIsGranted sends back what is suggested for requests of every kind, V1 among
// them: it gets a token, and asks for no item that was not asked for or is not shown by one that was.
func TestEverySuggestionIsGranted(t *testing.T) {
	suggested, single := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 60 {
			c, r, w := drawCaller(t), drawFacts(t), facts()
			e, err := Explain(w, c, r, nil, now)
			if err != nil {
				t.Fatalf("%+v of %s: %v", r, c.Kind, err)
			}
			if e.Suggestion == nil {
				continue
			}
			suggested++
			if _, err := Decide(w, c, *e.Suggestion, now); err != nil {
				t.Fatalf("%+v of %s: the suggestion %+v is refused: %v", r, c.Kind, *e.Suggestion, err)
			}
			if s := e.Suggestion.Single; r.Single != nil {
				single++
				if s == nil || s.Item != r.Single.Item || s.ID != r.Single.ID || s.WorkspaceID != r.Single.WorkspaceID || s.SaveAs && !r.Single.SaveAs {
					t.Fatalf("%+v: it suggests %+v", *r.Single, s)
				}
			}
			for _, p := range e.Suggestion.Reports {
				if !slices.Contains(r.Reports, p) {
					t.Fatalf("%+v: it suggests report %+v", r, p)
				}
			}
		}
	})
	if suggested == 0 || single == 0 && !testing.Short() {
		t.Errorf("%d suggestions, %d of them for one item: the test shows little", suggested, single)
	}
}
