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

// ordersFacts is what the model of orders asks: East reads the name, West the custom data.
var ordersFacts = map[string]Facts{orders: {BothWays: true, Roles: []RoleFacts{{Name: "West", CustomData: true}, {Name: "East", Username: true}}}}

// TestExplainAgreesWithDecide holds, for random requests, that Explain allows what Decide does
// and nothing else, that a refusal has a reason, and that the suggestion is allowed.
func TestExplainAgreesWithDecide(t *testing.T) {
	allowed, suggested, asked := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			c, r, w := randomCaller(t), randomRequest(t), world()
			w.Policy = mostly(t, []Policy{{}, {RequireIdentity: true}, {StrictRoles: true}}, []Policy{{true, true}})
			if len(r.Reports) == 1 {
				r.Narrow = mostly(t, []*Narrow{nil, nil, {Pages: []string{"p"}}}, []*Narrow{{}})
			}
			asked++
			_, err := Decide(w, c, r, now)
			e, wrong := Explain(w, c, r, ordersFacts, now)
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
			if e.Allowed != (reasons == 0) {
				t.Fatalf("allowed %v with %d reasons: %+v", e.Allowed, reasons, e)
			}
			var refused *inlay.Error
			if errors.As(err, &refused) && !named(e, refused) {
				t.Fatalf("what Decide says is not among the reasons: %v in %+v", err, e)
			}
			if e.Allowed {
				allowed++
			}
			if e.Suggestion != nil {
				suggested++
				if _, err := Decide(w, c, *e.Suggestion, now); err != nil || e.Suggestion.Narrow != r.Narrow {
					t.Fatalf("the suggestion %+v is refused or wider: %v", *e.Suggestion, err)
				}
			}
		}
	})
	if allowed < asked/20 || suggested < asked/3 {
		t.Errorf("of %d requests %d are allowed and %d have a suggestion: the test shows little", asked, allowed, suggested)
	}
}

// named reports whether a refusal is among the reasons.
func named(e Explanation, err *inlay.Error) bool {
	all := slices.Clone(e.Refusals)
	for _, x := range append(slices.Clone(e.Datasets), e.Reports...) {
		all = append(all, x.Refusals...)
	}
	return slices.ContainsFunc(all, func(x inlay.Error) bool { return x.Rule == err.Rule && x.Msg == err.Msg })
}

// TestExplainNamesEveryRule has requests that break several rules at once.
func TestExplainNamesEveryRule(t *testing.T) {
	rules := func(list []inlay.Error) []string {
		ids := []string{}
		for _, err := range list {
			ids = append(ids, err.Rule)
		}
		return ids
	}
	for name, c := range map[string]struct {
		ask     Request
		request []string
		items   map[string][]string
	}{
		"allowed": {west(), []string{}, map[string][]string{orders: {}, ordersReport: {}}},
		"everything": {Request{
			Datasets:         []DatasetRequest{{ID: orders, XMLA: "ReadOnly"}, {ID: plain}, {ID: secret}, {ID: listed}},
			Reports:          []ReportRequest{{ID: ordersReport}, {ID: secretReport}, {ID: listedReport}},
			TargetWorkspaces: []string{hidden},
			LifetimeMinutes:  -1,
			Identities: []IdentityRequest{{Username: " ", Datasets: []string{plain}}, {Username: "x", Datasets: []string{orders, secret}},
				{Username: "y", Roles: []string{"a,b"}, Datasets: []string{nothing}}},
		}, []string{"lifetime-positive", "identity-username", "identity-roles", "identity-datasets", "target-right"}, map[string][]string{
			orders: {"xmla-tenant", "roles-required"}, plain: {"identity-forbidden"}, secret: {"items-visible"}, listed: {"workspace-right"},
			ordersReport: {}, secretReport: {"items-visible"}, listedReport: {"workspace-right"},
		}},
		"report alone":    {Request{Reports: []ReportRequest{{ID: ordersReport}}}, []string{}, map[string][]string{ordersReport: {"report-dataset"}}},
		"nothing":         {Request{LifetimeMinutes: -1}, []string{"items-named", "lifetime-positive"}, map[string][]string{}},
		"no GUID":         {Request{Datasets: []DatasetRequest{{ID: "x"}}}, []string{"item-id"}, map[string][]string{}},
		"two identities":  {with(func(r *Request) { r.Identities = append(r.Identities, r.Identities[0]) }), []string{}, map[string][]string{orders: {"one-identity"}, ordersReport: {}}},
		"hidden identity": {Request{Datasets: []DatasetRequest{{ID: secret}}}, []string{}, map[string][]string{secret: {"items-visible"}}},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Explain(world(), shop, c.ask, ordersFacts, now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.request, rules(e.Refusals)); diff != "" {
				t.Errorf("of the request: %s\n%+v", diff, e.Refusals)
			}
			items := map[string][]string{}
			for _, x := range append(slices.Clone(e.Datasets), e.Reports...) {
				items[x.ID] = rules(x.Refusals)
			}
			if diff := cmp.Diff(c.items, items); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestExplainKeepsSecrets compares what is said of an item elsewhere with what is said of one
// that does not exist, with and without identities.
func TestExplainKeepsSecrets(t *testing.T) {
	facts := map[string]Facts{secret: {Roles: []RoleFacts{{Name: "HIDDEN-ROLE"}}}, listed: {Roles: []RoleFacts{{Name: "LISTED-ROLE"}}}}
	for _, ids := range [][]IdentityRequest{nil, {{Username: "a", Datasets: []string{secret}}}, {{Username: "a", Roles: []string{"r"}, Datasets: []string{secret}}}} {
		for _, caller := range []inlay.Caller{shop, anna} {
			ask := func(dataset, report string) string {
				r := Request{Datasets: []DatasetRequest{{ID: dataset}, {ID: plain}}, Reports: []ReportRequest{{ID: report}}}
				for _, id := range ids {
					id.Datasets = []string{dataset}
					r.Identities = append(r.Identities, id)
				}
				e, err := Explain(world(), caller, r, facts, now)
				if err != nil || e.Allowed || e.Suggestion == nil {
					t.Fatalf("%+v, %v", e, err)
				}
				text, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				return strings.NewReplacer(dataset, "DATASET", report, "REPORT").Replace(string(text))
			}
			there, not := ask(secret, secretReport), ask(nothing, noReport)
			if diff := cmp.Diff(not, there); diff != "" {
				t.Errorf("it tells what exists: %s", diff)
			}
			if strings.Contains(there, "HIDDEN-ROLE") || strings.Contains(there, hidden) {
				t.Errorf("it tells what is hidden: %s", there)
			}
		}
	}
	if world().MayName(listed) || world().MayName(secret) || world().MayName(nothing) || !world().MayName(orders) {
		t.Error("who may know the names of roles")
	}
}

func TestExplainSaysWhatAnIdentityNeeds(t *testing.T) {
	fields := func(needs []Need) string {
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
			if n.Why == "" || (n.Must || n.Never) && n.Rule == "" {
				t.Errorf("%+v says no reason", n)
			}
		}
		return strings.Join(list, " ")
	}
	for name, c := range map[string]struct {
		caller  inlay.Caller
		dataset string
		want    string
	}{
		"roles":          {shop, orders, "identity username roles datasets customData?"},
		"master user":    {anna, orders, "identity? username roles datasets customData?"},
		"no roles":       {shop, plain, "no identity"},
		"only a viewer":  {shop, listed, ""},
		"cannot be seen": {shop, secret, ""},
		"does not exist": {shop, nothing, ""},
	} {
		e, err := Explain(world(), c.caller, Request{Datasets: []DatasetRequest{{ID: c.dataset}}}, ordersFacts, now)
		if err != nil || fields(e.Datasets[0].Needs) != c.want {
			t.Errorf("%s: %q, want %q (%v)", name, fields(e.Datasets[0].Needs), c.want, err)
		}
	}
}

func TestExplainSuggestsAndWarns(t *testing.T) {
	for name, c := range map[string]struct {
		ask  Request
		want Request
		warn []string // parts of the warnings
	}{
		"no identity": {Request{Datasets: []DatasetRequest{{ID: orders}}}, Request{Datasets: []DatasetRequest{{ID: orders}},
			Identities: []IdentityRequest{{Username: someUser, Roles: []string{"West"}, CustomData: someData, Datasets: []string{orders}}}}, nil},
		"what was good stays": {Request{
			Datasets: []DatasetRequest{{ID: orders}, {ID: secret}}, Reports: []ReportRequest{{ID: ordersReport, AllowEdit: true}, {ID: secretReport}},
			TargetWorkspaces: []string{hidden, sales}, LifetimeMinutes: 5, DatasourceIdentities: make([]DatasourceIdentity, 1),
			Identities: []IdentityRequest{{Username: "ann", Roles: []string{"east", "Nobody", "West"}, Datasets: []string{orders, secret}}},
		}, Request{
			Datasets: []DatasetRequest{{ID: orders}}, Reports: []ReportRequest{{ID: ordersReport, AllowEdit: true}}, TargetWorkspaces: []string{sales}, LifetimeMinutes: 5,
			Identities: []IdentityRequest{{Username: "ann", Roles: []string{"east"}, Datasets: []string{orders}}},
		}, []string{`those of "ann"`, `no role "Nobody"`, "CUSTOMDATA", "both directions"}},
		"a report without its dataset": {Request{Reports: []ReportRequest{{ID: ordersReport}}}, Request{Reports: []ReportRequest{{ID: ordersReport}}, Datasets: []DatasetRequest{{ID: orders}},
			Identities: []IdentityRequest{{Username: someUser, Roles: []string{"West"}, CustomData: someData, Datasets: []string{orders}}}}, nil},
		"an identity too many": {Request{Datasets: []DatasetRequest{{ID: plain}}, Identities: []IdentityRequest{{Username: "x", Datasets: []string{plain}}}},
			Request{Datasets: []DatasetRequest{{ID: plain}}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Explain(world(), shop, c.ask, ordersFacts, now)
			if err != nil || e.Suggestion == nil {
				t.Fatalf("%+v, %v", e, err)
			}
			if diff := cmp.Diff(c.want, *e.Suggestion); diff != "" {
				t.Error(diff)
			}
			var warned []inlay.Error
			for _, x := range e.Datasets {
				warned = append(warned, x.Warnings...)
			}
			if len(warned) != len(c.warn) {
				t.Errorf("warnings: %+v", warned)
			}
			for i := range min(len(warned), len(c.warn)) {
				if !strings.Contains(warned[i].Msg, c.warn[i]) || warned[i].Remedy == "" {
					t.Errorf("warning %d is %+v", i, warned[i])
				}
			}
		})
	}
	if e, err := Explain(world(), shop, Request{Datasets: []DatasetRequest{{ID: secret}}}, nil, now); err != nil || e.Suggestion != nil {
		t.Errorf("nothing can be used, and it suggests %+v, %v", e.Suggestion, err)
	}
}
