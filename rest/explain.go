package rest

import (
	"github.com/go-json-experiment/json/jsontext"

	"inlay"
	"inlay/embedtoken"
	"inlay/query"
)

// The answer of the operation that explains a token request. The suggestion is a body for
// GenerateToken.
type (
	explainAnswer struct {
		Allowed    bool         `json:"allowed"`
		Refusals   []reason     `json:"refusals"`
		Datasets   []explained  `json:"datasets"`
		Reports    []explained  `json:"reports"`
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
		Datasets          []suggestItem     `json:"datasets,omitempty"`
		Reports           []suggestItem     `json:"reports,omitempty"`
		TargetWorkspaces  []suggestItem     `json:"targetWorkspaces,omitempty"`
		Identities        []suggestIdentity `json:"identities,omitempty"`
		LifetimeInMinutes int64             `json:"lifetimeInMinutes,omitzero"`
		Inlay             jsontext.Value    `json:"inlay,omitzero"`
	}
	suggestItem struct {
		ID        string `json:"id"`
		AllowEdit bool   `json:"allowEdit,omitzero"`
	}
	suggestIdentity struct {
		Username   string   `json:"username"`
		Roles      []string `json:"roles,omitempty"`
		CustomData string   `json:"customData,omitzero"`
		Datasets   []string `json:"datasets"`
	}
)

// explainToken answers what would become of a token request, and issues nothing.
func (a *api) explainToken(c *call) error {
	var t tokenRequest
	if err := c.decode(&t); err != nil {
		return err
	}
	wanted := t.wanted()
	var err error
	if wanted.Narrow, err = narrowed(t.Inlay); err != nil {
		return err
	}
	w := embedtoken.World{}
	facts := map[string]embedtoken.Facts{}
	var unread []string
	if embedtoken.Bounded(wanted) {
		if w, err = a.world(c.ctx(), c.caller, wanted); err == nil {
			err = a.datasetsOfReports(c, w)
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
	out := explainAnswer{Allowed: e.Allowed, Refusals: reasons(e.Refusals), Datasets: items(e.Datasets), Reports: items(e.Reports), Suggestion: suggestion(e.Suggestion)}
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

// datasetsOfReports adds the datasets that the reports show, which a suggestion needs.
func (a *api) datasetsOfReports(c *call, w embedtoken.World) error {
	for _, r := range w.Reports {
		if _, ok := w.Datasets[r.DatasetID]; ok {
			continue
		}
		d, err := a.Items.Dataset(c.ctx(), r.DatasetID)
		if err == nil {
			w.Datasets[d.ID] = d
		} else if inlay.KindOf(err) != inlay.NotFound {
			return err
		}
	}
	return nil
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

func suggestion(r *embedtoken.Request) *suggestBody {
	if r == nil {
		return nil
	}
	s := &suggestBody{LifetimeInMinutes: r.LifetimeMinutes}
	for _, x := range r.Datasets {
		s.Datasets = append(s.Datasets, suggestItem{ID: x.ID})
	}
	for _, x := range r.Reports {
		s.Reports = append(s.Reports, suggestItem{x.ID, x.AllowEdit})
	}
	for _, id := range r.TargetWorkspaces {
		s.TargetWorkspaces = append(s.TargetWorkspaces, suggestItem{ID: id})
	}
	for _, x := range r.Identities {
		s.Identities = append(s.Identities, suggestIdentity{x.Username, x.Roles, x.CustomData, x.Datasets})
	}
	return s
}
