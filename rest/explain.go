package rest

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"inlay"
	"inlay/embedtoken"
	"inlay/query"
)

// The answer of the operation that explains a token request. The suggestion is a body for the
// operation, which is that of the request, or GenerateToken of V2 where V1 cannot do it.
type (
	explainAnswer struct {
		Allowed    bool         `json:"allowed"`
		Refusals   []reason     `json:"refusals"`
		Datasets   []explained  `json:"datasets"`
		Reports    []explained  `json:"reports"`
		Operation  string       `json:"operation,omitzero"`
		Suggestion *suggestBody `json:"suggestion"`
	}
	explained struct {
		ID       string   `json:"id"`
		Allowed  bool     `json:"allowed"`
		Refusals []reason `json:"refusals"`
		Identity []need   `json:"identity,omitempty"`
		Roles    []string `json:"roles,omitempty"`
		Warnings []reason `json:"warnings,omitempty"`
	}
	reason struct {
		Rule    string `json:"rule,omitzero"`
		Message string `json:"message"`
		Remedy  string `json:"remedy,omitzero"`
	}
	need struct {
		Field string `json:"field"`
		When  string `json:"when"` // required, optional or refused
		Rule  string `json:"rule,omitzero"`
		Why   string `json:"why"`
	}
	suggestBody struct {
		AccessLevel       string            `json:"accessLevel,omitzero"` // of a V1 request
		DatasetID         string            `json:"datasetId,omitzero"`
		AllowSaveAs       bool              `json:"allowSaveAs,omitzero"`
		Datasets          []suggestItem     `json:"datasets,omitempty"`
		Reports           []suggestItem     `json:"reports,omitempty"`
		TargetWorkspaces  []suggestItem     `json:"targetWorkspaces,omitempty"`
		Identities        []suggestIdentity `json:"identities,omitempty"`
		Sources           []suggestSource   `json:"datasourceIdentities,omitempty"`
		LifetimeInMinutes int64             `json:"lifetimeInMinutes,omitzero"`
		Inlay             jsontext.Value    `json:"inlay,omitzero"`
	}
	suggestItem struct {
		ID        string `json:"id"`
		AllowEdit bool   `json:"allowEdit,omitzero"`
		XMLA      string `json:"xmlaPermissions,omitzero"`
	}
	suggestIdentity struct {
		Username   string       `json:"username,omitzero"`
		Roles      []string     `json:"roles,omitempty"`
		CustomData string       `json:"customData,omitzero"`
		Datasets   []string     `json:"datasets,omitempty"`
		Reports    []string     `json:"reports,omitempty"`
		Blob       *suggestBlob `json:"identityBlob,omitempty"`
	}
	suggestBlob struct {
		Value string `json:"value"`
	}
	suggestSource struct {
		Blob        string            `json:"identityBlob"`
		Datasources []suggestSelector `json:"datasources"`
	}
	suggestSelector struct {
		Type    string                  `json:"datasourceType"`
		Details inlay.ConnectionDetails `json:"connectionDetails"`
	}
)

// explainRequest is a token request: of V2, or of V1 with the item that its address names.
type explainRequest struct {
	tokenRequest
	Item        *explainItem `json:"item"`
	AccessLevel string       `json:"accessLevel"`
	DatasetID   string       `json:"datasetId"`
	AllowSaveAs truth        `json:"allowSaveAs"`
}

// explainItem is what the address of a V1 operation says.
type explainItem struct {
	Kind        embedtoken.Item `json:"kind"`
	GroupID     string          `json:"groupId"`
	ID          string          `json:"id"`
	DashboardID string          `json:"dashboardId"`
}

// wanted is the request in terms of the decision. One that is neither of V1 nor of V2 is refused:
// it is not clear what is meant.
func (t explainRequest) wanted() (embedtoken.Request, error) {
	r := t.tokenRequest.wanted()
	if t.Item == nil {
		if t.AccessLevel != "" || t.DatasetID != "" || t.AllowSaveAs {
			return r, refuse(inlay.Invalid, "", "accessLevel, datasetId and allowSaveAs are of a request for one item, and item is missing",
				`add "item": {"kind": "report", "groupId": "…", "id": "…"}, or leave them out`)
		}
		return r, nil
	}
	if len(r.Datasets)+len(r.Reports)+len(r.TargetWorkspaces)+len(r.DatasourceIdentities) > 0 || len(t.Inlay) > 0 {
		return r, refuse(inlay.Invalid, "", "item does not go with what a request for several items has", "leave item out, or ask about one item")
	}
	i := *t.Item
	switch i.Kind {
	case embedtoken.OneReport, embedtoken.OneDataset, embedtoken.OneDashboard, embedtoken.OneTile, embedtoken.NewReport:
	default:
		return r, refuse(inlay.Invalid, "", "item.kind is none of report, new report, dataset, dashboard and tile", "send one of these")
	}
	if !isGUID(i.GroupID) || (i.Kind != embedtoken.NewReport) != isGUID(i.ID) || (i.Kind == embedtoken.OneTile) != isGUID(i.DashboardID) {
		return r, refuse(inlay.Invalid, "", "item lacks groupId, id or dashboardId, or one of them is not a GUID or not of this kind", "send the ids that the address of the operation has")
	}
	r.Single = &embedtoken.Single{Item: i.Kind, WorkspaceID: strings.ToLower(i.GroupID), ID: strings.ToLower(i.ID), DashboardID: strings.ToLower(i.DashboardID),
		Access: t.AccessLevel, SaveAs: bool(t.AllowSaveAs), DatasetID: t.DatasetID}
	return r, nil
}

// explainToken answers what would become of a token request, and issues nothing.
func (a *api) explainToken(c *call) error {
	var t explainRequest
	if err := c.decode(&t); err != nil {
		return err
	}
	wanted, err := t.wanted()
	if err != nil {
		return err
	}
	if wanted.Narrow, err = narrowed(t.Inlay); err != nil {
		return err
	}
	w := embedtoken.World{}
	facts := map[string]embedtoken.Facts{}
	var unread []string
	if embedtoken.Bounded(wanted) {
		if w, err = a.world(c.ctx(), c.caller, wanted); err == nil {
			w, err = a.around(c, w)
		}
		if err != nil {
			return err
		}
		unread = a.facts(c, w, facts)
	}
	e, err := embedtoken.Explain(w, c.caller, wanted, facts, a.Now())
	if err != nil {
		return err
	}
	c.explained(e)
	c.asked(embedtoken.Request{Single: wanted.Single})
	out := explainAnswer{Allowed: e.Allowed, Refusals: reasons(e.Refusals), Datasets: items(e.Datasets), Reports: items(e.Reports), Operation: operation(e.Suggestion), Suggestion: suggestion(e.Suggestion)}
	if e.Suggestion != nil && e.Suggestion.Narrow != nil {
		out.Suggestion.Inlay = t.Inlay
	}
	for i := range out.Datasets {
		d := &out.Datasets[i]
		for _, r := range facts[d.ID].Roles {
			d.Roles = append(d.Roles, r.Name)
		}
		for _, id := range unread {
			if id == d.ID {
				d.Warnings = append(d.Warnings, reason{Message: "the model of dataset " + id + " cannot be opened now, so that nothing is said of its roles", Remedy: "refresh the dataset"})
			}
		}
	}
	c.json(200, out)
	return nil
}

// explained is what the audit log keeps: that it was asked, about what the caller sees, and the
// rule.
func (c *call) explained(e embedtoken.Explanation) {
	c.about.Detail = "allowed"
	if !e.Allowed {
		c.about.Detail = "refused"
	}
	for _, x := range e.Reports {
		c.about.Reports = append(c.about.Reports, x.ID)
	}
	for _, x := range e.Datasets {
		c.about.Datasets = append(c.about.Datasets, x.ID)
	}
}

// around adds what the items stand on, which a suggestion names: the datasets that reports show or
// read, the paginated reports of their visuals, and the datasets that datasets ask.
func (a *api) around(c *call, w embedtoken.World) (embedtoken.World, error) {
	l := &lookup{a: a, ctx: c.ctx(), who: c.caller.PrincipalID, w: w}
	for _, r := range slices.Collect(maps.Values(w.Reports)) {
		for _, id := range r.Paginated {
			l.report(id)
		}
	}
	for _, r := range w.Reports {
		l.dataset(r.DatasetID)
		for _, id := range r.Models {
			l.dataset(id)
		}
	}
	for had := 0; had < len(w.Datasets); { // each brings its own
		had = len(w.Datasets)
		for _, d := range slices.Collect(maps.Values(w.Datasets)) {
			for _, id := range d.Upstream {
				l.dataset(id)
			}
		}
	}
	l.caller(c.caller)
	return l.w, l.err
}

// facts reads of the models what the caller may know, and answers which could not be read.
func (a *api) facts(c *call, w embedtoken.World, into map[string]embedtoken.Facts) (unread []string) {
	for id, d := range w.Datasets {
		if !w.MayName(id) || len(d.Roles) == 0 {
			continue
		}
		m, err := a.Engine.Model(c.ctx(), d)
		if err != nil {
			unread = append(unread, id)
			continue
		}
		f := embedtoken.Facts{BothWays: query.BothWays(m) != nil}
		for _, n := range query.Needs(m) {
			f.Roles = append(f.Roles, embedtoken.RoleFacts{Name: n.Role, Username: n.Username, CustomData: n.CustomData})
		}
		into[id] = f
	}
	return unread
}

func reasons(list []inlay.Error) []reason {
	out := make([]reason, len(list))
	for i, err := range list {
		out[i] = reason{err.Rule, err.Msg, err.Remedy}
	}
	return out
}

func items(list []embedtoken.Verdict) []explained {
	out := make([]explained, len(list))
	for i, x := range list {
		out[i] = explained{ID: x.ID, Allowed: x.Allowed, Refusals: reasons(x.Refusals), Warnings: reasons(x.Warnings)}
		for _, n := range x.Needs {
			when := "optional"
			switch {
			case n.Must:
				when = "required"
			case n.Never:
				when = "refused"
			}
			out[i].Identity = append(out[i].Identity, need{n.Field, when, n.Rule, n.Why})
		}
	}
	return out
}

// operation is where a suggestion is sent.
func operation(r *embedtoken.Request) string {
	const v1 = "POST /v1.0/myorg"
	if r == nil {
		return ""
	}
	if r.Single == nil {
		return v1 + "/GenerateToken"
	}
	path := v1 + "/groups/" + r.Single.WorkspaceID
	switch s := r.Single; s.Item {
	case embedtoken.OneReport:
		path += "/reports/" + s.ID
	case embedtoken.NewReport:
		path += "/reports"
	case embedtoken.OneDataset:
		path += "/datasets/" + s.ID
	case embedtoken.OneDashboard:
		path += "/dashboards/" + s.ID
	case embedtoken.OneTile:
		path += "/dashboards/" + s.DashboardID + "/tiles/" + s.ID
	}
	return path + "/GenerateToken"
}

func suggestion(r *embedtoken.Request) *suggestBody {
	if r == nil {
		return nil
	}
	s := &suggestBody{LifetimeInMinutes: r.LifetimeMinutes}
	if r.Single != nil {
		s.AccessLevel, s.DatasetID, s.AllowSaveAs = r.Single.Access, r.Single.DatasetID, r.Single.SaveAs
	}
	for _, x := range r.Datasets {
		s.Datasets = append(s.Datasets, suggestItem{ID: x.ID, XMLA: x.XMLA})
	}
	for _, x := range r.Reports {
		s.Reports = append(s.Reports, suggestItem{ID: x.ID, AllowEdit: x.AllowEdit})
	}
	for _, id := range r.TargetWorkspaces {
		s.TargetWorkspaces = append(s.TargetWorkspaces, suggestItem{ID: id})
	}
	for _, x := range r.Identities {
		id := suggestIdentity{Username: x.Username, Roles: x.Roles, CustomData: x.CustomData, Datasets: x.Datasets, Reports: x.Reports}
		if x.Blob != nil {
			id.Blob = &suggestBlob{*x.Blob}
		}
		s.Identities = append(s.Identities, id)
	}
	for _, x := range r.DatasourceIdentities {
		id := suggestSource{Blob: x.Blob}
		for _, d := range x.Sources {
			id.Datasources = append(id.Datasources, suggestSelector{d.Type, d.Details})
		}
		s.Sources = append(s.Sources, id)
	}
	return s
}
