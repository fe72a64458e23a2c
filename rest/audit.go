package rest

import (
	"context"
	"net"

	"inlay"
	"inlay/audit"
	"inlay/embedtoken"
)

// Recorder keeps the audit log. Append returns when the record is on disk; Note does not wait.
type Recorder interface {
	Append(ctx context.Context, r audit.Record) error
	Note(r audit.Record)
}

// unaudited keeps nothing.
type unaudited struct{}

func (unaudited) Append(context.Context, audit.Record) error { return nil }

func (unaudited) Note(audit.Record) {}

// audited reports whether records are kept.
func (a *api) audited() bool { return a.Audit != unaudited{} }

// recorded are the operations of which each use and each refusal is a record.
var recorded = map[string]audit.Kind{
	"EmbedToken_GenerateToken":              audit.Generate,
	"Reports_GenerateTokenInGroup":          audit.Generate,
	"Reports_GenerateTokenForCreateInGroup": audit.Generate,
	"Datasets_GenerateTokenInGroup":         audit.Generate,
	"Dashboards_GenerateTokenInGroup":       audit.Generate,
	"Tiles_GenerateTokenInGroup":            audit.Generate,
	"Inlay_EmbedReport":                     audit.View,
	"Inlay_EmbedDashboard":                  audit.View,
	"Inlay_EmbedTile":                       audit.View,
	"Inlay_EmbedVisualQuery":                audit.Ask,
	"Datasets_ExecuteQueries":               audit.Ask,
	"Datasets_ExecuteQueriesInGroup":        audit.Ask,
	"Datasets_ExecuteDaxQueries":            audit.Ask,
	"Datasets_ExecuteDaxQueriesInGroup":     audit.Ask,
	"Inlay_ExplainToken":                    audit.Explain,
}

// record is what a record says about the request, whatever comes of it.
func (a *api) record(c *call, kind audit.Kind) audit.Record {
	r := c.about // the items, as far as the handler got
	r.Kind, r.Operation, r.Request, r.Tenant = kind, c.op.ID, c.id, a.TenantID
	r.Principal, r.PrincipalKind, r.Name = c.caller.PrincipalID, c.caller.Kind, c.caller.Name
	if c.op.Auth == EmbedToken {
		r.Token, r.Principal, r.PrincipalKind, r.Name = c.grant.TokenID, c.grant.PrincipalID, c.principal.Kind, c.principal.Name
		r.Page, r.Visual = c.vars["page"], c.vars["visual"]
		if id := c.vars["reportId"]; id != "" {
			r.Reports = []string{id}
		}
		if id := c.vars["dashboardId"]; id != "" {
			r.Dashboards = []string{id}
		}
		if id := c.vars["tileId"]; id != "" {
			r.Tiles = []string{id}
		}
	}
	if host, _, err := net.SplitHostPort(c.r.RemoteAddr); err == nil {
		r.Client = host
	}
	return r
}

// note records uses and refusals. A generation has its record before its answer.
func (a *api) note(c *call) {
	if c.op == nil {
		return
	}
	kind := recorded[c.op.ID]
	refused := c.sent.status >= 400
	if kind == "" || kind == audit.Generate && !refused {
		return
	}
	if refused {
		c.asked(c.wanted)
	}
	r := a.record(c, kind)
	r.Status, r.Rule = c.sent.status, c.rule
	if refused {
		r.Kind, r.Refused, r.Identities = audit.Refuse, kind, nil
	}
	a.Audit.Note(r)
}

// asked notes which items a request for a token names, and which identities it wants audited.
func (c *call) asked(wanted embedtoken.Request) {
	for _, x := range wanted.Reports {
		c.about.Reports = append(c.about.Reports, x.ID)
	}
	for _, x := range wanted.Datasets {
		c.about.Datasets = append(c.about.Datasets, x.ID)
	}
	if s := wanted.Single; s != nil {
		switch s.Item {
		case embedtoken.OneReport:
			c.about.Reports = []string{s.ID}
		case embedtoken.OneDataset:
			c.about.Datasets = []string{s.ID}
		case embedtoken.NewReport:
			c.about.Datasets = []string{s.DatasetID}
		case embedtoken.OneDashboard:
			c.about.Dashboards = []string{s.ID}
		case embedtoken.OneTile:
			c.about.Dashboards, c.about.Tiles = []string{s.DashboardID}, []string{s.ID}
		}
		c.about.Workspaces = []string{s.WorkspaceID}
	}
	c.shown(wanted)
}

// shown notes which identities are wanted in the record.
func (c *call) shown(wanted embedtoken.Request) {
	for _, x := range wanted.Identities {
		id := inlay.Identity{Username: x.Username, Roles: x.Roles, CustomData: x.CustomData, Datasets: x.Datasets}
		c.about.Identities = append(c.about.Identities, audit.Audited(id, x.Reports, x.Audit)...)
	}
}

// generated is the record of a token.
func (a *api) generated(c *call, g embedtoken.Grant) audit.Record {
	c.shown(c.wanted)
	r := a.record(c, audit.Generate)
	r.Token, r.Status, r.Expires = g.TokenID, 200, g.ExpiresAt
	ids := make([]string, 0, len(g.Reports)+len(g.Datasets))
	for _, x := range g.Reports {
		ids = append(ids, x.ID)
	}
	for _, x := range g.Datasets {
		ids = append(ids, x.ID)
	}
	n := len(g.Reports)
	r.Reports, r.Datasets = ids[:n:n], ids[n:]
	r.Dashboards, r.Tiles, r.Workspaces = g.Dashboards, g.Tiles, g.Workspaces
	return r
}
