package embedtoken

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
			if s := e.Suggestion.Single; r.Single != nil && s == nil { // what V1 does not do is asked with V2
				d := &decision{world: w, request: r.normal()}
				d.spread()
				if r = d.request; r.Single.Item == OneDashboard || r.Single.Item == OneTile {
					t.Fatalf("%+v: it suggests %+v", *r.Single, e.Suggestion)
				}
			} else if r.Single != nil {
				single++
				if s.Item != r.Single.Item || s.ID != r.Single.ID || s.WorkspaceID != r.Single.WorkspaceID || s.SaveAs && !r.Single.SaveAs {
					t.Fatalf("%+v: it suggests %+v", *r.Single, s)
				}
			}
			for _, p := range e.Suggestion.Reports {
				if !slices.Contains(r.Reports, p) && (p.AllowEdit || !slices.ContainsFunc(r.Reports, func(x ReportRequest) bool { return slices.Contains(w.Reports[x.ID].Paginated, p.ID) })) {
					t.Fatalf("%+v: it suggests report %+v", r, p)
				}
			}
			related(t, w, r, *e.Suggestion)
		}
	})
	if suggested == 0 || single == 0 && !testing.Short() {
		t.Errorf("%d suggestions, %d of them for one item: the test shows little", suggested, single)
	}
}

// related holds that what is suggested was asked for or is stood on by what was, names no other
// viewer, drops none, and repeats no secret.
func related(t *rapid.T, w World, r, s Request) {
	var shown []string
	for _, x := range r.Datasets {
		shown = append(shown, x.ID)
	}
	for _, x := range s.Reports {
		shown = append(append(shown, w.Reports[x.ID].DatasetID), w.Reports[x.ID].Models...)
	}
	for _, id := range slices.Clone(shown) {
		shown = append(shown, w.Datasets[id].Upstream...)
	}
	for _, x := range s.Datasets {
		if !slices.Contains(shown, x.ID) {
			t.Fatalf("%+v: it suggests dataset %s", r, x.ID)
		}
		for _, sent := range r.Identities {
			if !slices.Contains(sent.Datasets, x.ID) || sent.Username == "" || len(w.Datasets[x.ID].Roles) == 0 {
				continue
			}
			if !slices.ContainsFunc(s.Identities, func(id IdentityRequest) bool {
				return slices.Contains(id.Datasets, x.ID) && id.Username == sent.Username
			}) {
				t.Fatalf("%+v: it drops viewer %q of %s: %+v", r, sent.Username, x.ID, s)
			}
		}
	}
	for _, id := range s.Identities {
		if id.Blob != nil && *id.Blob == blobText {
			t.Fatalf("%+v: it repeats an identityBlob", r)
		}
	}
	for _, id := range s.DatasourceIdentities {
		if id.Blob == blobText {
			t.Fatalf("%+v: it repeats an identityBlob", r)
		}
	}
}

// TestSuggestionsByFacts is what is suggested to a service principal who names an item and no more,
// for each kind of item.
func TestSuggestionsByFacts(t *testing.T) {
	text := someBlob
	signs := func(id IdentityRequest) IdentityRequest { id.Blob = &text; return id }
	there := inlay.Datasource{Type: "Sql", Details: sqlSource.Details}
	other := inlay.Datasource{Type: "Snowflake", Details: inlay.ConnectionDetails{Path: "p"}, SingleSignOn: true}
	warehouse := inlay.Datasource{Type: "Snowflake", Details: other.Details}
	two := func(w *World) {
		d := w.Datasets[stock]
		d.Sources = []inlay.Datasource{sqlSource, other}
		w.Datasets[stock] = d
	}
	pay := func(s ...inlay.Datasource) (list []DatasourceIdentity) {
		for _, x := range s {
			list = append(list, DatasourceIdentity{Blob: someBlob, Sources: []inlay.Datasource{x}})
		}
		return list
	}
	sources := func(r Request, list []DatasourceIdentity) *Request { r.DatasourceIdentities = list; return &r }
	want := func(r Request) *Request { return &r }
	for name, c := range map[string]struct {
		caller inlay.Caller
		ask    Request
		world  func(*World)
		want   *Request
	}{
		"sign-in at Azure SQL":           {shop, sets(stock), nil, want(sets(stock).as(signs(who(stock, ""))))},
		"sign-in of a master user":       {anna, sets(stock), nil, want(sets(stock))},
		"sign-in that was sent at one":   {anna, sets(stock).at(sqlSource), two, sources(sets(stock), pay(there, warehouse))},
		"sign-in at several sources":     {shop, sets(stock), two, sources(sets(stock), pay(there, warehouse))},
		"sign-in as it was sent":         {shop, sets(stock, free).at(sqlSource, other), nil, sources(sets(stock, free), pay(there))},
		"sign-in and roles":              {shop, sets(both), nil, want(sets(both).as(signs(who(both, someUser, "West"))))},
		"sign-in, viewer of a user":      {anna, sets(both).as(who(both, "ann", "West")), nil, want(sets(both).as(signs(who(both, "ann", "West"))))},
		"a chain":                        {shop, sets(chain), nil, want(sets(chain+"+x", core+"+x"))},
		"a report of a chain":            {shop, Request{}.shows(linked), nil, want(sets(chain+"+x", core+"+x").shows(linked))},
		"ReadOnly that was asked for":    {shop, sets(free+"+x", trial+"+x"), func(w *World) { w.Capacities[pool] = inlay.Capacity{ID: pool} }, want(sets(free+"+x", trial))},
		"a paginated report of a model":  {shop, Request{}.shows(ledger), nil, want(sets(rowed + "+x").shows(ledger).as(who(rowed, someUser, "West")))},
		"a paginated report":             {shop, Request{}.shows(direct), nil, want(Request{}.shows(direct))},
		"its identity":                   {shop, Request{}.shows(direct).as(IdentityRequest{Username: "John Smith", Roles: []string{"x"}, Audit: "case", Reports: []string{direct}}).at(sqlSource), nil, sources(Request{}.shows(direct).as(IdentityRequest{Username: "John Smith", Reports: []string{direct}}), pay(there))},
		"a paginated visual":             {shop, Request{}.shows(framed), nil, want(sets(free).shows(framed, direct))},
		"a live connection":              {shop, sets(flat), nil, want(sets(flat).as(who(flat, "a1")))},
		"a live connection with roles":   {shop, sets(cube), nil, want(sets(cube).as(who(cube, "a1", "West")))},
		"a live connection as another":   {shop, sets(flat).as(who(flat, "ann")), nil, nil},
		"Azure Analysis Services":        {shop, sets(sky).as(who(sky, "ann")), nil, want(sets(sky).as(IdentityRequest{Username: "a1", CustomData: "ann", Datasets: []string{sky}}))},
		"a lake takes no identity":       {shop, sets(lake).as(who(lake, "ann")), nil, want(sets(lake))},
		"a profile at Analysis Services": {profile, sets(sky), nil, nil},
		"a paginated report of a user":   {anna, Request{}.shows(direct), nil, nil},
	} {
		w := facts()
		if c.world != nil {
			c.world(&w)
		}
		e, err := Explain(w, c.caller, c.ask, nil, now)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, e.Suggestion); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}
