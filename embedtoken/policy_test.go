package embedtoken

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay"
)

// optional are the rules beyond the service, whose cases stand here.
var optional = map[string]bool{"narrow-names": true, "narrow-view": true, "narrow-origin": true, "narrow": true, "require-identity": true, "strict-roles": true}

func narrowed(n Narrow, f func(r *Request)) Request {
	return with(func(r *Request) {
		r.Narrow = &n
		f(r)
	})
}

// TestOptions has the rules beyond the service: what they refuse, and that they change nothing
// where they are off.
func TestOptions(t *testing.T) {
	same := func(*Request) {}
	for _, r := range rules {
		if optional[r.ID] != (r.Source == docOption) {
			t.Errorf("rule %s has no case here", r.ID)
		}
	}
	page := Narrow{Pages: []string{"p1"}}
	all := Policy{RequireIdentity: true, StrictRoles: true}
	for name, c := range map[string]struct {
		policy Policy
		caller inlay.Caller
		ask    Request
		rule   string // that refuses; "" for a grant
		text   string
	}{
		"no list":               {Policy{}, shop, narrowed(Narrow{}, same), "narrow-names", "nothing"},
		"empty list":            {Policy{}, shop, narrowed(Narrow{Pages: []string{}}, same), "narrow-names", "0 elements"},
		"one list empty":        {Policy{}, shop, narrowed(Narrow{Pages: []string{"p1"}, Visuals: []string{}}, same), "narrow-names", "inlay.visuals"},
		"too many":              {Policy{}, shop, narrowed(Narrow{Visuals: many(51, guid)}, same), "narrow-names", "51 elements"},
		"blank":                 {Policy{}, shop, narrowed(Narrow{Pages: []string{"p1", "\t"}}, same), "narrow-names", "pages[1]"},
		"long":                  {Policy{}, shop, narrowed(Narrow{Pages: []string{strings.Repeat("é", 101)}}, same), "narrow-names", "pages[0]"},
		"no report":             {Policy{}, shop, narrowed(page, func(r *Request) { r.Reports = nil }), "narrow-names", "exactly one"},
		"two reports":           {Policy{}, shop, narrowed(page, func(r *Request) { r.Reports = append(r.Reports, ReportRequest{ID: listedReport}) }), "narrow-names", "exactly one"},
		"one report twice":      {Policy{}, shop, narrowed(page, func(r *Request) { r.Reports = append(r.Reports, ReportRequest{ID: strings.ToUpper(ordersReport)}) }), "", ""},
		"edit":                  {Policy{}, shop, narrowed(page, func(r *Request) { r.Reports[0].AllowEdit = true }), "narrow-view", "allowEdit"},
		"save":                  {Policy{}, shop, narrowed(page, func(r *Request) { r.TargetWorkspaces = []string{sales} }), "narrow-view", "targetWorkspaces"},
		"XMLA off":              {Policy{}, shop, narrowed(page, func(r *Request) { r.Datasets[0].XMLA = "off" }), "", ""},
		"XMLA of one use":       {Policy{}, shop, narrowed(Narrow{OneUse: true}, func(r *Request) { r.Datasets[0].XMLA = "readonly" }), "narrow-view", "xmlaPermissions"},
		"one use":               {Policy{}, shop, narrowed(Narrow{OneUse: true}, func(r *Request) { r.Reports[0].AllowEdit = true; r.TargetWorkspaces = []string{sales} }), "", ""},
		"origin":                {Policy{}, shop, narrowed(Narrow{Origin: "https://app.example.com"}, same), "", ""},
		"both, of a page":       {Policy{}, shop, narrowed(Narrow{Pages: []string{"p1"}, OneUse: true, Origin: "http://localhost:3000"}, same), "", ""},
		"no origin":             {Policy{}, shop, narrowed(Narrow{Origin: "https://app.example.com/"}, same), "narrow-origin", "browsers"},
		"page":                  {Policy{}, shop, narrowed(page, same), "", ""},
		"all options":           {all, shop, west(), "", ""},
		"master user":           {Policy{RequireIdentity: true}, anna, with(func(r *Request) { r.Identities = nil }), "require-identity", orders},
		"master user, off":      {Policy{StrictRoles: true}, anna, with(func(r *Request) { r.Identities = nil }), "", ""},
		"no roles, no identity": {all, anna, Request{Datasets: []DatasetRequest{{ID: plain}}}, "", ""},
		"role":                  {Policy{StrictRoles: true}, shop, identity(func(id *IdentityRequest) { id.Roles = []string{"West", "North"} }), "strict-roles", "North"},
		"role, other case":      {Policy{StrictRoles: true}, shop, identity(func(id *IdentityRequest) { id.Roles = []string{"WEST"} }), "", ""},
		"role, off":             {Policy{RequireIdentity: true}, shop, identity(func(id *IdentityRequest) { id.Roles = []string{"North"} }), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := world()
			w.Policy = c.policy
			g, err := Decide(w, c.caller, c.ask, now)
			if c.rule == "" {
				if err != nil {
					t.Fatal(err)
				}
				usual, err := Decide(world(), c.caller, with(func(r *Request) { *r = c.ask; r.Narrow = nil }), now)
				if err != nil {
					t.Fatal(err)
				}
				if n := c.ask.Narrow; n != nil {
					usual.Pages, usual.Visuals, usual.OneUse, usual.Origin = n.Pages, n.Visuals, n.OneUse, n.Origin
				}
				if diff := cmp.Diff(usual, g); diff != "" {
					t.Errorf("-the usual grant, narrowed +got\n%s", diff)
				}
				return
			}
			var e *inlay.Error
			if !errors.As(err, &e) || e.Rule != c.rule || e.Kind != inlay.Invalid || !strings.Contains(e.Msg, c.text) || e.Remedy == "" {
				t.Errorf("got %+v, %v", g, err)
			}
			if diff := cmp.Diff(Grant{}, g); diff != "" {
				t.Errorf("a refusal came with a grant: %s", diff)
			}
		})
	}
}

// TestStamp holds that a grant carries the epochs of all that it names and of nothing else, and
// that each of them ends it.
func TestStamp(t *testing.T) {
	ask := with(func(r *Request) {
		r.Datasets = append(r.Datasets, DatasetRequest{ID: plain})
		r.TargetWorkspaces = []string{finance}
	})
	g, err := Decide(world(), shop, ask, now)
	if err != nil {
		t.Fatal(err)
	}
	g.TokenID = "49ae3742-54c0-4c29-af52-619ff93b5c80"
	subject := func(kind inlay.SubjectKind, id string) inlay.Subject { return inlay.Subject{Kind: kind, ID: id} }
	own := []inlay.Subject{subject(inlay.OfTenant, "t1"), subject(inlay.OfPrincipal, "a1"), subject(inlay.OfWorkspace, sales),
		subject(inlay.OfWorkspace, finance), subject(inlay.OfReport, ordersReport), subject(inlay.OfDataset, orders), subject(inlay.OfDataset, plain)}
	others := []inlay.Subject{subject(inlay.OfTenant, "t2"), subject(inlay.OfPrincipal, "u1"), subject(inlay.OfWorkspace, hidden), subject(inlay.OfReport, orders),
		subject(inlay.OfDataset, ordersReport), subject(inlay.OfDataset, secret), subject(inlay.OfPrincipal, g.TokenID)}
	seen := inlay.Revoked{Epochs: map[inlay.Subject]int64{}}
	for i, s := range append(append([]inlay.Subject{}, own[:4]...), others...) { // some had been revoked before, some had not
		seen.Epochs[s] = int64(i + 1)
	}
	g.Stamp(world(), seen)
	r := testRing(t)
	opened, err := r.Open(seal(t, r, g), now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(g, opened); diff != "" || len(g.Epochs) != 4 || len(g.Held()) != len(own) {
		t.Errorf("%d epochs of %d subjects\n%s", len(g.Epochs), len(g.Held()), diff)
	}
	revoked := func(raise *inlay.Subject) bool {
		later := inlay.Revoked{Epochs: map[inlay.Subject]int64{}}
		for s, n := range seen.Epochs {
			later.Epochs[s] = n
		}
		if raise != nil {
			later.Epochs[*raise]++
		}
		return later.Token(opened.TokenID, opened.Held())
	}
	if revoked(nil) {
		t.Error("revoked though nothing was revoked since")
	}
	for _, s := range own {
		if !revoked(&s) {
			t.Errorf("not revoked with %v", s)
		}
	}
	for _, s := range others {
		if revoked(&s) {
			t.Errorf("revoked with %v", s)
		}
	}
	old := opened // as sealed before there were epochs
	old.Epochs, old.Workspaces = nil, nil
	if !seen.Token(old.TokenID, old.Held()) || (inlay.Revoked{}).Token(old.TokenID, old.Held()) {
		t.Error("a token without epochs is not one of epoch 0")
	}
}
