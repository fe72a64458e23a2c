package embedtoken

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"inlay"
)

// What a suggestion says where nothing better is known.
const (
	someUser = "viewer@example.com"
	someRole = "name of a role"
	someData = "custom data of the viewer"
)

// allowed asks Decide, which has the last word on what is suggested.
func (e explainer) allowed(r Request) bool {
	_, err := Decide(e.world, e.caller, r, e.now)
	return err == nil
}

// rule is the rule that refuses a request, empty if none does.
func (e explainer) rule(r Request) string {
	_, err := Decide(e.world, e.caller, r, e.now)
	var refused *inlay.Error
	if errors.As(err, &refused) {
		return refused.Rule
	}
	return ""
}

// needs finds which fields a dataset's identity needs by asking Decide about requests that
// differ in one field.
func (e explainer) needs(id string, f Facts) []Need {
	with := func(ids ...IdentityRequest) string {
		return e.rule(e.alone(id, ids...))
	}
	full := IdentityRequest{Username: someUser, Roles: []string{someRole}, Datasets: []string{id}}
	if roles := e.world.Datasets[id].Roles; len(roles) > 0 { // asked with one, never shown
		full.Roles = roles[:1]
	}
	nameless, roleless := full, full
	nameless.Username, roleless.Roles = "", nil
	if none := with(); none == "identity-forbidden" || none == "" && with(full) == "identity-forbidden" {
		return []Need{{Field: "identity", Never: true, Rule: "identity-forbidden", Why: "the model has no roles that could restrict anybody"}}
	}
	if with(full) != "" { // something else is in the way, such as the caller's right
		return nil
	}
	var needs []Need
	add := func(field, rule, must, may string) {
		if rule != "" {
			needs = append(needs, Need{Field: field, Must: true, Rule: rule, Why: must})
		} else if may != "" {
			needs = append(needs, Need{Field: field, Why: may})
		}
	}
	add("identity", with(), "the model has roles, and the caller is not a user who may see all of it", "without it the token shows all rows")
	byName, byData := readers(f)
	name := "every identity has a username"
	if len(byName) > 0 {
		name += "; " + byName + " by it"
	}
	add("username", with(nameless), name, byName)
	add("roles", with(roleless), "the roles of the model decide which rows are seen", "")
	add("datasets", with(IdentityRequest{Username: someUser, Roles: full.Roles}),
		"an identity says which datasets it is for", "")
	if byData != "" {
		needs = append(needs, Need{Field: "customData", Why: byData + " by it"})
	}
	return needs
}

// readers says which roles read the user name, and which the custom data.
func readers(f Facts) (byName, byData string) {
	var names, data []string
	for _, r := range f.Roles {
		if r.Username {
			names = append(names, fmt.Sprintf("%q", r.Name))
		}
		if r.CustomData {
			data = append(data, fmt.Sprintf("%q", r.Name))
		}
	}
	text := func(roles []string) string {
		switch len(roles) {
		case 0:
			return ""
		case 1:
			return "role " + roles[0] + " filters"
		}
		return "roles " + strings.Join(roles, ", ") + " filter"
	}
	return text(names), text(data)
}

// warnings are what Decide lets pass and the viewer will run into.
func warnings(identities []IdentityRequest, f Facts, dataset string) []inlay.Error {
	var all []inlay.Error
	warn := func(rule, remedy, format string, args ...any) {
		all = append(all, inlay.Error{Kind: inlay.Forbidden, Rule: rule, Msg: fmt.Sprintf(format, args...), Remedy: remedy})
	}
	if len(f.Roles) == 0 {
		return nil
	}
	for _, id := range identities {
		known := map[string]bool{}
		for _, name := range id.Roles {
			role, ok := f.role(name)
			if !ok {
				warn("use-role-unknown", "name roles as the model does: "+f.names(), "the model of dataset %s has no role %q, so that the token shows no rows", dataset, name)
				continue
			}
			known[role.Name] = true
			if role.Username {
				warn("", "check that the model knows this name", "role %q filters by the name of the user: the rows are those of %q", role.Name, id.Username)
			}
			if role.CustomData && strings.TrimSpace(id.CustomData) == "" {
				warn("", "send customData in the identity", "role %q filters by CUSTOMDATA, and the identity has none: it is BLANK there", role.Name)
			}
		}
		if len(known) > 1 && f.BothWays {
			warn("use-roles-beside-bidirectional-security", "ask for one role",
				"dataset %s has a relationship that filters security in both directions: several roles cannot be combined, so that the token shows no rows", dataset)
		}
	}
	return all
}

// role finds a role by name as query does.
func (f Facts) role(name string) (RoleFacts, bool) {
	for _, r := range f.Roles {
		if strings.EqualFold(r.Name, strings.TrimSpace(name)) {
			return r, true
		}
	}
	return RoleFacts{}, false
}

func (f Facts) names() string {
	var names []string
	for _, r := range f.Roles {
		names = append(names, r.Name)
	}
	return strings.Join(names, ", ")
}

// suggest mends the request: what may not be had is left out, what is missing is filled in.
// Only what the documents call a token request is carried over, and Decide allows the result.
func (e explainer) suggest(facts map[string]Facts) *Request {
	if e.request.Single != nil {
		return e.suggestSingle(facts)
	}
	var s Request
	for _, x := range e.request.Datasets {
		e.add(&s, []string{x.ID}, nil, facts)
	}
	for _, x := range e.request.Reports {
		p, ok := e.world.Reports[x.ID]
		if slices.ContainsFunc(s.Reports, func(y ReportRequest) bool { return y.ID == x.ID }) || !ok || !e.world.Rights[p.WorkspaceID].AtLeast(inlay.Contributor) {
			continue
		}
		datasets, reports := slices.Clone(p.Models), []ReportRequest{x}
		if p.DatasetID != "" {
			datasets = append(datasets, p.DatasetID)
		}
		for _, id := range p.Paginated {
			reports = append(reports, ReportRequest{ID: id})
			datasets = append(datasets, e.world.Reports[id].Models...)
		}
		e.add(&s, datasets, reports, facts)
	}
	for _, w := range e.request.TargetWorkspaces {
		if with := s; e.world.Rights[w].AtLeast(inlay.Contributor) {
			with.TargetWorkspaces = append(slices.Clone(s.TargetWorkspaces), w)
			if e.allowed(with) {
				s = with
			}
		}
	}
	if with := s; e.request.LifetimeMinutes > 0 {
		with.LifetimeMinutes = e.request.LifetimeMinutes
		if e.allowed(with) {
			s = with
		}
	}
	// A token that shows more than was asked for is no suggestion, so that what narrows it stays.
	if s.Narrow = e.request.Narrow; s.Narrow != nil && !e.allowed(s) {
		s.TargetWorkspaces, s.Reports = nil, slices.Clone(s.Reports)
		for i := range s.Reports {
			s.Reports[i].AllowEdit = false
		}
	}
	if !e.allowed(s) {
		return nil
	}
	return &s
}

// suggestSingle mends a request for one item: an access level that its operation has, no saving
// where that may not be had, and for each dataset that the item shows the identity that it takes.
// What V1 does not do, such as a chain of datasets, is asked with V2.
func (e explainer) suggestSingle(facts map[string]Facts) *Request {
	one := *e.request.Single
	for _, level := range []string{one.Access, accessView, accessCreate} {
		for _, save := range []bool{one.SaveAs, false} {
			s := Request{LifetimeMinutes: max(0, e.request.LifetimeMinutes), Single: &Single{Item: one.Item, WorkspaceID: one.WorkspaceID, ID: one.ID,
				DashboardID: one.DashboardID, Access: level, SaveAs: save, DatasetID: one.DatasetID}}
			shown := &decision{world: e.world, request: s}
			shown.spread()
			for _, x := range shown.request.Datasets {
				if o, ok := e.choose(x.ID, facts[x.ID], true); ok && o.identity != nil {
					s.Identities = append(s.Identities, *o.identity)
				}
			}
			if e.allowed(s) {
				return &s
			}
		}
	}
	if one.Item == OneDashboard || one.Item == OneTile { // V2 has none
		return nil
	}
	e.request.Single = nil
	if s := e.suggest(facts); s != nil && len(s.Reports) >= len(e.request.Reports) && (one.Item != NewReport || len(s.TargetWorkspaces) > 0) {
		return s
	}
	return nil
}

// identity is one that a dataset may take: what was sent, as far as it is good, and otherwise
// the names that the caller may know.
func (e explainer) identity(dataset string, sent []IdentityRequest, f Facts) IdentityRequest {
	id := IdentityRequest{Username: someUser, Datasets: []string{dataset}}
	good := func(change func(*IdentityRequest)) {
		probe := Request{Datasets: []DatasetRequest{{ID: dataset}}, Identities: []IdentityRequest{id}}
		change(&probe.Identities[0])
		if _, err := Shape(probe); err == nil {
			id = probe.Identities[0]
		}
	}
	needsData := false
	for _, x := range sent {
		good(func(id *IdentityRequest) { id.Username = x.Username })
		good(func(id *IdentityRequest) { id.CustomData = x.CustomData })
		for _, name := range x.Roles {
			role, known := f.role(name)
			if len(f.Roles) > 0 && !known || len(id.Roles) > 0 && f.BothWays || slices.Contains(id.Roles, name) {
				continue
			}
			needsData = needsData || role.CustomData
			good(func(id *IdentityRequest) { id.Roles = append(slices.Clone(id.Roles), name) })
		}
	}
	if len(id.Roles) == 0 && len(f.Roles) > 0 {
		needsData = f.Roles[0].CustomData
		good(func(id *IdentityRequest) { id.Roles = []string{f.Roles[0].Name} })
	}
	if len(id.Roles) == 0 {
		id.Roles = []string{someRole}
	}
	if needsData && strings.TrimSpace(id.CustomData) == "" {
		id.CustomData = someData
	}
	return id
}
