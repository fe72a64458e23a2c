package rest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"inlay"
	"inlay/embedtoken"
)

// Facts are what the decision about a token asks beside the items.
type Facts interface {
	Dashboard(ctx context.Context, id string) (inlay.Dashboard, error)
	Capacity(ctx context.Context, id string) (inlay.Capacity, error)
	GatewayRightsOf(ctx context.Context, principalID string) ([]inlay.GatewayRight, error)
	RolesOf(ctx context.Context, datasetID, user string) ([]inlay.RoleMember, error)
	PrincipalByName(ctx context.Context, name string) (inlay.Principal, error)
	Switches(ctx context.Context) (inlay.Switches, error)
}

// lookup fills the world of one decision. The first error that is not "there is no such thing"
// stays.
type lookup struct {
	a   *api
	ctx context.Context
	who string // the caller
	w   embedtoken.World
	err error
}

// lookups are used again. What a request left in one is cleared: it is nobody else's.
var lookups = sync.Pool{New: func() any { return newLookup() }}

func newLookup() *lookup {
	return &lookup{w: embedtoken.World{
		Datasets:   map[string]inlay.Dataset{},
		Reports:    map[string]inlay.Report{},
		Workspaces: map[string]inlay.Workspace{},
		Rights:     map[string]inlay.AccessRight{},
	}}
}

// done gives a lookup back.
func (l *lookup) done() {
	w := &l.w
	const most = 8 // clearing a map takes as long as it was ever large
	if len(w.Datasets) > most || len(w.Reports) > most || len(w.Workspaces) > most || len(w.Rights) > most {
		return
	}
	clear(w.Datasets)
	clear(w.Reports)
	clear(w.Workspaces)
	clear(w.Rights)
	*l = lookup{w: embedtoken.World{Datasets: w.Datasets, Reports: w.Reports, Workspaces: w.Workspaces, Rights: w.Rights}}
	lookups.Put(l)
}

// world looks up what an explanation needs: what the request names and what that stands on, and
// all rights of the caller.
func (a *api) world(ctx context.Context, caller inlay.Caller, r embedtoken.Request) (embedtoken.World, error) {
	l := newLookup()
	members, err := a.Members.MembershipsOf(ctx, caller.PrincipalID)
	if err != nil {
		return l.w, err
	}
	for _, m := range members {
		l.w.Rights[m.WorkspaceID] = m.Right
	}
	err = l.fill(ctx, a, caller, r)
	return l.w, err
}

// fill looks up what the decision needs: what the request names and what that stands on, and the
// caller's rights there, which may be few of many.
func (l *lookup) fill(ctx context.Context, a *api, caller inlay.Caller, r embedtoken.Request) error {
	l.a, l.ctx, l.who, l.w.Policy = a, ctx, caller.PrincipalID, a.Policy
	for _, x := range r.Datasets {
		l.dataset(x.ID)
	}
	for _, x := range r.Reports {
		l.report(x.ID)
	}
	for _, x := range r.TargetWorkspaces {
		l.workspace(x)
	}
	if r.Single != nil {
		l.single(*r.Single)
	}
	l.caller(caller)
	return l.err
}

// found keeps an error that says more than that a thing does not exist.
func (l *lookup) found(err error) bool {
	if err != nil && inlay.KindOf(err) != inlay.NotFound && l.err == nil {
		l.err = err
	}
	return err == nil
}

func (l *lookup) dataset(id string) {
	id = strings.ToLower(id)
	if _, known := l.w.Datasets[id]; known || id == "" {
		return
	}
	if d, err := l.a.Items.Dataset(l.ctx, id); l.found(err) {
		l.w.Datasets[id] = d
		l.workspace(d.WorkspaceID)
	}
}

func (l *lookup) report(id string) {
	id = strings.ToLower(id)
	if p, err := l.a.Items.Report(l.ctx, id); l.found(err) {
		l.w.Reports[id] = p
		l.workspace(p.WorkspaceID)
	}
}

func (l *lookup) workspace(id string) {
	id = strings.ToLower(id)
	if _, known := l.w.Workspaces[id]; known {
		return
	}
	if m, err := l.a.Members.Membership(l.ctx, id, l.who); l.found(err) {
		l.w.Rights[id] = m.Right
	}
	w, err := l.a.Items.Workspace(l.ctx, id)
	if !l.found(err) {
		return
	}
	l.w.Workspaces[id] = w
	if w.CapacityID == "" {
		return
	}
	if c, err := l.a.Facts.Capacity(l.ctx, w.CapacityID); l.found(err) {
		if l.w.Capacities == nil {
			l.w.Capacities = map[string]inlay.Capacity{}
		}
		l.w.Capacities[c.ID] = c
	}
}

// single looks up the item of a V1 operation and what it shows.
func (l *lookup) single(s embedtoken.Single) {
	l.workspace(s.WorkspaceID)
	board := s.DashboardID
	switch s.Item {
	case embedtoken.OneReport:
		l.report(s.ID)
		l.dataset(l.w.Reports[s.ID].DatasetID)
	case embedtoken.NewReport:
		l.dataset(s.DatasetID)
	case embedtoken.OneDataset:
		l.dataset(s.ID)
	case embedtoken.OneDashboard:
		board = s.ID
	}
	if board == "" {
		return
	}
	if d, err := l.a.Facts.Dashboard(l.ctx, board); l.found(err) {
		l.w.Dashboards = map[string]inlay.Dashboard{d.ID: d}
		l.workspace(d.WorkspaceID)
		for _, t := range d.Tiles {
			l.dataset(t.DatasetID)
		}
	}
}

// caller looks up what is asked about the caller alone.
func (l *lookup) caller(c inlay.Caller) {
	var err error
	if c.Kind == inlay.MasterUser {
		var p inlay.Principal
		if p, err = l.a.Members.Principal(l.ctx, c.PrincipalID); l.found(err) {
			l.w.Scopes = scopesOf(c, p)
		}
	}
	for _, d := range l.w.Datasets {
		if d.Kind == inlay.LiveServer && l.w.Gateways == nil {
			l.w.Gateways, err = l.a.Facts.GatewayRightsOf(l.ctx, c.PrincipalID)
			l.found(err)
		}
	}
	l.w.Switches, err = l.a.Facts.Switches(l.ctx)
	l.found(err)
}

// admit asks about the tenant's switches, of service principals, and narrows the caller to a
// profile, if the request names one. Dropping the header would widen what may be reached.
func (a *api) admit(c *call) error {
	profile := c.r.Header.Values("X-PowerBI-Profile-Id")
	app := c.caller.Kind == inlay.ServicePrincipal
	if len(profile) > 0 && !app {
		return refuse(inlay.Forbidden, ruleProfile, "profiles are those of service principals, and the caller is none", "leave the header X-PowerBI-Profile-Id out")
	}
	if !app {
		return a.scoped(c)
	}
	switches, err := a.Facts.Switches(c.ctx())
	if err != nil {
		return err
	}
	if !switches.ServicePrincipals {
		return refuse(inlay.Forbidden, rulePrincipalSwitch, "the tenant does not let service principals use the API", "turn the tenant's switch for service principals on")
	}
	if len(profile) == 0 {
		return nil
	}
	if !switches.Profiles {
		return refuse(inlay.Forbidden, ruleProfileSwitch, "the tenant does not let service principals use profiles", "turn the tenant's switch for profiles on")
	}
	if len(profile) > 1 || !isGUID(profile[0]) {
		return refuse(inlay.Invalid, ruleProfile, "the header X-PowerBI-Profile-Id is not one GUID", "send the id of a profile")
	}
	p, err := a.Members.Principal(c.ctx(), strings.ToLower(profile[0]))
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		return err
	}
	if err != nil || p.Kind != inlay.ServiceProfile || p.ParentID != c.caller.PrincipalID {
		return refuse(inlay.Forbidden, ruleProfile, "the caller has no such service principal profile", "send the id of a profile of the service principal that signed in")
	}
	if !c.op.Profile {
		return refuse(inlay.Forbidden, ruleProfile, "the operation cannot be called by a service principal profile", "leave the header X-PowerBI-Profile-Id out")
	}
	c.caller.ParentID, c.caller.PrincipalID, c.caller.Kind, c.caller.Name = c.caller.PrincipalID, p.ID, p.Kind, p.Name
	return nil
}

// scopesOf are the delegated scopes of a user: those that the access token names and, where the
// catalog has a list, that are in it now. None means all; a list of one empty scope is none at all.
func scopesOf(c inlay.Caller, p inlay.Principal) []string {
	if len(c.Scopes) == 0 || len(p.Scopes) == 0 {
		return append(c.Scopes, p.Scopes...)
	}
	both := slices.DeleteFunc(slices.Clone(c.Scopes), func(s string) bool {
		return !slices.ContainsFunc(p.Scopes, func(x string) bool { return strings.EqualFold(s, x) })
	})
	if len(both) == 0 {
		return []string{""}
	}
	return both
}

// scoped asks whether a user's application has one of the scopes of an operation. GenerateToken
// needs several, which depend on the request: its rules ask about them.
func (a *api) scoped(c *call) error {
	p, err := a.Members.Principal(c.ctx(), c.caller.PrincipalID)
	has := scopesOf(c.caller, p)
	if err != nil || len(has) == 0 || len(c.op.Scopes) == 0 { // ours have none
		return err
	}
	if slices.ContainsFunc(c.op.Scopes, func(s string) bool {
		return slices.ContainsFunc(has, func(x string) bool { return strings.EqualFold(s, x) })
	}) {
		return nil
	}
	return refuse(inlay.Forbidden, ruleScope, "the access token lacks the scope "+strings.Join(c.op.Scopes, " or "),
		"have the scope consented to for the application through which the user signs in")
}
