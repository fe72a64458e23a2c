package embedtoken

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"inlay"
)

// far is a world in which the items of one workspace show what is in others: in one where the
// caller is a viewer, in one where it has no role, and in an old one.
func far() World {
	w := facts()
	w.Workspaces[reading], w.Workspaces[hidden] = inlay.Workspace{ID: reading}, inlay.Workspace{ID: hidden}
	w.Rights[reading] = inlay.Viewer
	w.Datasets[secret] = inlay.Dataset{ID: secret, WorkspaceID: hidden, Roles: []string{"HIDDEN-ROLE"}}
	w.Datasets[listed] = inlay.Dataset{ID: listed, WorkspaceID: reading, Roles: []string{"West"}}
	for _, r := range []inlay.Report{
		{ID: secretReport, WorkspaceID: sales, DatasetID: secret}, {ID: listedReport, WorkspaceID: sales, DatasetID: listed},
		{ID: ordersReport, WorkspaceID: sales, DatasetID: rowed}, {ID: elsewhere, WorkspaceID: hidden, DatasetID: free},
	} {
		w.Reports[r.ID] = r
	}
	board := w.Dashboards[wall]
	board.Tiles = append(slices.Clone(board.Tiles), inlay.Tile{ID: "t3", DatasetID: secret})
	w.Dashboards[wallOfSecrets] = inlay.Dashboard{ID: wallOfSecrets, WorkspaceID: sales, Tiles: board.Tiles}
	return w
}

const (
	elsewhere     = "30000000-0000-0000-0000-0000000000b1" // in a workspace without a role
	wallOfSecrets = "40000000-0000-0000-0000-0000000000b1" // has a tile of secret
)

// TestExplainSingleNamesEveryRule has requests of V1 that break several rules at once.
func TestExplainSingleNamesEveryRule(t *testing.T) {
	rules := func(list []inlay.Error) []string {
		ids := []string{}
		for _, err := range list {
			ids = append(ids, err.Rule)
		}
		return ids
	}
	edit := func(s *Single) { s.Access = "edit" }
	save := func(s *Single) { s.SaveAs = true }
	create := func(id string) func(*Single) { return func(s *Single) { s.Access, s.DatasetID = "Create", id } }
	in := func(w string) func(*Single) { return func(s *Single) { s.WorkspaceID = w } }
	withIDs := func(r Request, ids ...IdentityRequest) Request { r.Identities = ids; return r }
	for name, c := range map[string]struct {
		caller  inlay.Caller
		ask     Request
		world   func(*World)
		request []string
		items   map[string][]string
		needs   string // of the first dataset
	}{
		"allowed":           {shop, withIDs(one(OneReport, ordersReport), who(rowed, "ann", "West")), nil, []string{}, map[string][]string{rowed: {}, ordersReport: {}}, "identity username roles datasets"},
		"no identity":       {shop, one(OneReport, ordersReport), nil, []string{}, map[string][]string{rowed: {"identity-required"}, ordersReport: {}}, "identity username roles datasets"},
		"everything":        {shop, withIDs(one(OneReport, ordersReport, func(s *Single) { s.Access = "Own" }), who(rowed, "", "a,b"), who(free, "x")), nil, []string{"access-level", "single-identity", "identity-username", "identity-roles", "identity-datasets"}, map[string][]string{rowed: {"identity-required"}, ordersReport: {}}, "identity username roles datasets"},
		"no roles":          {shop, withIDs(one(OneDataset, free), who(free, "x")), nil, []string{}, map[string][]string{free: {"identity-forbidden"}}, "no identity"},
		"edit of a dataset": {shop, one(OneDataset, rowed, edit), nil, []string{"access-level"}, map[string][]string{rowed: {"identity-required"}}, "identity username roles datasets"},
		"chain":             {shop, one(OneReport, linked), nil, []string{}, map[string][]string{chain: {"upstream-single"}, linked: {}}, ""},
		"lake":              {shop, withIDs(one(OneReport, lakes), who(lake, "a")), nil, []string{}, map[string][]string{lake: {"direct-lake-single", "direct-lake-identity", "identity-forbidden"}, lakes: {}}, ""},
		"paginated":         {anna, one(OneReport, ledger), nil, []string{}, map[string][]string{ledger: {"paginated-user", "paginated-single"}}, ""},
		"paginated visual":  {shop, one(OneReport, framed), nil, []string{}, map[string][]string{free: {}, framed: {"paginated-visual"}}, "no identity"},
		"new report":        {shop, one(NewReport, "", create(rowed)), nil, []string{}, map[string][]string{rowed: {"identity-required"}}, "identity username roles datasets"},
		"new report where the caller may not save": {shop, one(NewReport, "", create(rowed), in(reading)), nil, []string{"target-right"}, map[string][]string{rowed: {"identity-required"}}, "identity username roles datasets"},
		"dashboard":                       {shop, withIDs(one(OneDashboard, wall), who(free, "x")), nil, []string{}, map[string][]string{rowed: {"identity-required"}, free: {"identity-forbidden"}}, "identity username roles datasets"},
		"tile":                            {shop, one(OneTile, tile, func(s *Single) { s.DashboardID = wall }), nil, []string{}, map[string][]string{rowed: {"identity-required"}}, "identity username roles datasets"},
		"dataset that is not seen":        {shop, withIDs(one(OneReport, secretReport), IdentityRequest{Username: "a", Datasets: []string{secret}}), nil, []string{}, map[string][]string{secret: {"workspace-right"}, secretReport: {}}, ""},
		"dataset of a viewer":             {shop, one(OneReport, listedReport), nil, []string{}, map[string][]string{listed: {"workspace-right", "identity-required"}, listedReport: {}}, ""},
		"report that is not seen":         {shop, one(OneReport, elsewhere, in(hidden), save), nil, []string{}, map[string][]string{elsewhere: {"items-visible"}}, ""},
		"report of another workspace":     {shop, one(OneReport, ordersReport, in(shared)), nil, []string{}, map[string][]string{ordersReport: {"items-visible"}}, ""},
		"new report of what is not seen":  {shop, one(NewReport, "", create(secret)), nil, []string{}, map[string][]string{secret: {"items-visible"}}, ""},
		"dashboard that there is not":     {shop, one(OneDashboard, free), nil, []string{"items-visible"}, map[string][]string{}, ""},
		"old workspace":                   {shop, one(OneDataset, before, in(group)), nil, []string{}, map[string][]string{before: {}}, "no identity"},
		"my workspace":                    {anna, one(OneDataset, mine, in(my)), nil, []string{}, map[string][]string{mine: {"my-workspace"}}, ""},
		"scopes":                          {anna, one(OneDashboard, wall), func(w *World) { w.Scopes = []string{"Dataset.Read.All"} }, []string{"delegated-scopes"}, map[string][]string{rowed: {}, free: {}}, "identity? username roles datasets"},
		"sign-in that has ended":          {inlay.Caller{Kind: inlay.ServicePrincipal, PrincipalID: "a1", ExpiresAt: now}, one(OneReport, ordersReport), nil, []string{"caller-live"}, map[string][]string{rowed: {"identity-required"}, ordersReport: {}}, ""},
		"dashboard with a tile of others": {shop, one(OneDashboard, wallOfSecrets), nil, []string{}, map[string][]string{rowed: {"identity-required"}, free: {}, secret: {"workspace-right"}}, "identity username roles datasets"},
	} {
		t.Run(name, func(t *testing.T) {
			w := far()
			if c.world != nil {
				c.world(&w)
			}
			e, err := Explain(w, c.caller, c.ask, nil, now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.request, rules(e.Refusals)); diff != "" {
				t.Errorf("of the request: %s\n%+v", diff, e.Refusals)
			}
			items := map[string][]string{}
			for _, x := range append(slices.Clone(e.Datasets), e.Reports...) {
				items[x.ID] = rules(x.Refusals)
				if x.Allowed != (len(x.Refusals) == 0) {
					t.Errorf("%+v", x)
				}
			}
			if diff := cmp.Diff(c.items, items); diff != "" {
				t.Error(diff)
			}
			if len(e.Datasets) > 0 && needed(e.Datasets[0].Needs) != c.needs {
				t.Errorf("needs %q, want %q", needed(e.Datasets[0].Needs), c.needs)
			}
		})
	}
}

// needed is what Needs say, in short.
func needed(needs []Need) string {
	var list []string
	for _, n := range needs {
		switch {
		case n.Never:
			list = append(list, "no "+n.Field)
		case n.Must:
			list = append(list, n.Field)
		default:
			list = append(list, n.Field+"?")
		}
	}
	return strings.Join(list, " ")
}

// TestExplainSingleSuggestsV2 has what V1 does not do and V2 does.
func TestExplainSingleSuggestsV2(t *testing.T) {
	for name, c := range map[string]struct {
		ask  Request
		want *Request
	}{
		"chain":            {one(OneReport, linked, func(s *Single) { s.Access = "Edit" }), &Request{Reports: []ReportRequest{{ID: linked, AllowEdit: true}}, Datasets: []DatasetRequest{{ID: chain, XMLA: "ReadOnly"}, {ID: core, XMLA: "ReadOnly"}}}},
		"lake":             {one(OneReport, lakes, func(s *Single) { s.SaveAs = true }), &Request{Reports: []ReportRequest{{ID: lakes}}, Datasets: []DatasetRequest{{ID: lake}}, TargetWorkspaces: []string{sales}}},
		"paginated visual": {one(OneReport, framed), &Request{Reports: []ReportRequest{{ID: framed}, {ID: direct}}, Datasets: []DatasetRequest{{ID: free}}}},
		"paginated":        {one(OneReport, ledger), &Request{Reports: []ReportRequest{{ID: ledger}}, Datasets: []DatasetRequest{{ID: rowed, XMLA: "ReadOnly"}}, Identities: []IdentityRequest{{Username: someUser, Roles: []string{"West"}, Datasets: []string{rowed}}}}},
		"not seen":         {one(OneReport, elsewhere, func(s *Single) { s.WorkspaceID = hidden }), nil},
		"a tile of others": {one(OneDashboard, wallOfSecrets), nil},
		"in an old workspace, with V1": {one(OneDataset, before, func(s *Single) { s.WorkspaceID, s.Access = group, "Own" }),
			&Request{Single: &Single{Item: OneDataset, WorkspaceID: group, ID: before, Access: "View"}}},
	} {
		e, err := Explain(far(), shop, c.ask, nil, now)
		if err != nil || e.Allowed {
			t.Fatalf("%s: %+v, %v", name, e, err)
		}
		if diff := cmp.Diff(c.want, e.Suggestion); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func randomSingle(t *rapid.T) Request {
	pick := func(good, bad []string) string { return mostly(t, good, bad) }
	s := &Single{Item: rapid.SampledFrom([]Item{OneReport, NewReport, OneDataset, OneDashboard, OneTile}).Draw(t, "item"),
		WorkspaceID: pick([]string{sales}, []string{hidden, reading, my, group, shared}), SaveAs: rapid.Bool().Draw(t, "save")}
	s.Access = pick([]string{"", "View", "view"}, []string{"Edit", "Create", "Own"})
	datasets := []string{rowed, free, stock, both, cube, flat, sky, lake, chain, before, mine, trial, listed, secret}
	switch s.Item {
	case OneReport:
		s.ID = pick([]string{ordersReport, framed, linked, lakes, ledger, direct}, []string{secretReport, listedReport, elsewhere, cheap, noReport})
	case NewReport:
		s.Access = pick([]string{"Create"}, []string{"", "View"})
		s.DatasetID = pick(datasets, []string{"", nothing, strings.ToUpper(rowed)})
	case OneDataset:
		s.ID = pick(datasets, []string{nothing})
	case OneDashboard:
		s.ID = pick([]string{wall}, []string{wallOfSecrets, free})
	case OneTile:
		s.ID, s.DashboardID = pick([]string{tile}, []string{"t3", free}), pick([]string{wall, wallOfSecrets}, []string{free})
	}
	r := Request{Single: s, LifetimeMinutes: mostly(t, []int64{0, 10}, []int64{-1})}
	r.Identities = many(mostly(t, []int{0, 1, 1}, []int{2}), func(int) IdentityRequest {
		id := who(pick(append(datasets, rowed, rowed, rowed), []string{nothing, ""}), pick([]string{"ann", "x"}, []string{"", "a b"}), many(rapid.IntRange(0, 1).Draw(t, "n"), func(int) string { return pick([]string{"West"}, []string{"Nobody", "a,b"}) })...)
		if rapid.IntRange(0, 5).Draw(t, "blob") == 0 {
			id = blob(id)
		}
		return id
	})
	return r
}

// TestExplainSingleAgreesWithDecide is TestExplainAgreesWithDecide for V1. A suggestion is about
// the same item, and allowed.
func TestExplainSingleAgreesWithDecide(t *testing.T) {
	allowed, suggested, other, asked := 0, 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			c, r, w := randomCaller(t), randomSingle(t), far()
			c.Name = "anna@example.com"
			w.Policy = mostly(t, []Policy{{}}, []Policy{{RequireIdentity: true, StrictRoles: true}})
			asked++
			_, err := Decide(w, c, r, now)
			e, wrong := Explain(w, c, r, nil, now)
			if wrong != nil || e.Allowed != (err == nil) {
				t.Fatalf("Decide says %v, Explain %+v, %v", err, e, wrong)
			}
			reasons := len(e.Refusals)
			for _, x := range append(slices.Clone(e.Datasets), e.Reports...) {
				reasons += len(x.Refusals)
				if x.Allowed != (len(x.Refusals) == 0) {
					t.Fatalf("%+v", x)
				}
			}
			var refused *inlay.Error
			if e.Allowed != (reasons == 0) || errors.As(err, &refused) && !named(e, refused) {
				t.Fatalf("%+v of %+v: Decide says %v, and the reasons are %+v", *r.Single, c, err, e)
			}
			if text, _ := json.Marshal(e); strings.Contains(string(text), "HIDDEN-ROLE") {
				t.Fatalf("it tells what is hidden: %s", text)
			}
			if e.Allowed {
				allowed++
			}
			if e.Suggestion == nil {
				if e.Allowed {
					t.Fatalf("%+v is allowed, and there is no suggestion", *r.Single)
				}
				continue
			}
			suggested++
			if _, err := Decide(w, c, *e.Suggestion, now); err != nil {
				t.Fatalf("the suggestion %+v is refused: %v", *e.Suggestion, err)
			}
			switch s := e.Suggestion.Single; {
			case s != nil && (s.Item != r.Single.Item || s.ID != r.Single.ID || s.DashboardID != r.Single.DashboardID || s.WorkspaceID != r.Single.WorkspaceID):
				t.Fatalf("asked for %+v, and it suggests %+v", *r.Single, *s)
			case s == nil:
				other++
				if r.Single.Item == OneReport && !slices.ContainsFunc(e.Suggestion.Reports, func(x ReportRequest) bool { return x.ID == r.Single.ID }) ||
					r.Single.Item == OneDataset && !slices.ContainsFunc(e.Suggestion.Datasets, func(x DatasetRequest) bool { return x.ID == r.Single.ID }) {
					t.Fatalf("asked for %+v, and it suggests %+v", *r.Single, *e.Suggestion)
				}
			}
		}
	})
	if allowed == 0 || suggested == 0 || !testing.Short() && (allowed < asked/50 || suggested < asked/3 || other == 0) {
		t.Errorf("of %d requests %d are allowed, %d have a suggestion, %d of V2: the test shows little", asked, allowed, suggested, other)
	}
}
