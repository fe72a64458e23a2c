package rest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"inlay"
	"inlay/query"
)

// Rules of executeQueries.
const (
	ruleExecuteRight       = "execute-right"
	ruleExecutePrincipal   = "execute-principal"
	ruleExecuteImpersonate = "execute-impersonation"
	ruleExecuteRate        = "execute-rate"
)

// executeOperations are those that answer DAX queries, with and without the workspace in the path.
func executeOperations() []Operation {
	var list []Operation
	for _, at := range [][2]string{{"/groups/{groupId}", "InGroup"}, {"", ""}} {
		list = append(list, Operation{
			ID: "Datasets_ExecuteQueries" + at[1], Method: "POST", Path: "/v1.0/myorg" + at[0] + "/datasets/{datasetId}/executeQueries", Auth: AccessToken,
			Scopes:  []string{"Dataset.ReadWrite.All", "Dataset.Read.All"},
			Summary: "Answers a DAX query about a dataset.",
			Example: `{"queries":[{"query":"EVALUATE ROW(\"One\", 1)"}],"serializerSettings":{"includeNulls":true}}`,
			handle:  (*api).executeQueries,
		})
	}
	return list
}

// executeBody is the request.
type executeBody struct {
	Queries []struct {
		Query string `json:"query"`
	} `json:"queries"`
	Settings struct {
		IncludeNulls bool `json:"includeNulls"`
	} `json:"serializerSettings"`
	Impersonated string `json:"impersonatedUserName"`
}

// executeQueries answers one DAX query, in this order: what the caller may do with the
// dataset, as whom the query is asked, how often the caller asked, and only then the query itself.
func (a *api) executeQueries(c *call) error {
	d, err := a.buildable(c)
	if err != nil {
		return err
	}
	var body executeBody
	if err := c.decode(&body); err != nil {
		return err
	}
	if len(body.Queries) != 1 || body.Queries[0].Query == "" {
		return refuse(inlay.Invalid, "", fmt.Sprintf("queries has %d elements with a query, and one query per call is answered", len(body.Queries)), "send one query")
	}
	v, err := a.asker(c, d, body.Impersonated)
	if err != nil {
		return err
	}
	if err := a.asking.admit(c.caller.PrincipalID, a.Now()); err != nil {
		return err
	}
	c.at = onQuery
	ctx, cancel := context.WithTimeout(c.ctx(), a.Timeout)
	defer cancel()
	results, err := a.Engine.Evaluate(ctx, d, v, body.Queries[0].Query)
	if err != nil {
		return err
	}
	c.writeTables(results, body.Settings.IncludeNulls)
	return nil
}

// buildable is the dataset of a request, where the caller has the permissions Read and Build:
// Contributors have, and Viewers would need a share of their own, of which there are none here.
func (a *api) buildable(c *call) (inlay.Dataset, error) {
	d, right, err := a.named(c)
	if err != nil {
		return d, err
	}
	c.about.Datasets, c.about.Workspaces = []string{d.ID}, []string{d.WorkspaceID}
	if !right.AtLeast(inlay.Contributor) {
		return d, refuse(inlay.NotFound, ruleExecuteRight, "the caller has no permission to build on dataset "+d.ID, "ask for the role Contributor in its workspace")
	}
	return d, nil
}

// asker is as whom a query is asked. Whoever may change a model sees all its rows, as in the
// service; only a user who signed in can be such a one.
func (a *api) asker(c *call, d inlay.Dataset, impersonated string) (query.Viewer, error) {
	v := query.Viewer{Unrestricted: true}
	user := c.caller.Kind == inlay.MasterUser
	if user {
		v.Username, v.ObjectID = c.caller.Name, c.caller.PrincipalID
	}
	if !user && (len(d.Roles) > 0 || d.SingleSignOn()) {
		return v, noPrincipal(d)
	}
	if err := askable(inlay.Report{}, d); err != nil {
		return v, err
	}
	m, err := a.Engine.Model(c.ctx(), d)
	if err != nil {
		return v, err
	}
	// The model may have been published anew since the catalog was read: its roles count, too.
	secured := len(d.Roles) > 0 || len(m.Roles) > 0
	switch {
	case secured && !user:
		return v, noPrincipal(d)
	case secured && impersonated != "":
		return v, refuse(inlay.Unsupported, ruleExecuteImpersonate, "impersonatedUserName cannot be answered for a model with roles: who is in a role is not known here",
			"embed a report with an identity that names roles, or leave impersonatedUserName out to see all rows")
	}
	return v, nil
}

func noPrincipal(d inlay.Dataset) error {
	return refuse(inlay.Forbidden, ruleExecutePrincipal, "service principals may not query dataset "+d.ID+", which has roles or single sign-on",
		"sign in as a user, or embed a report with an identity")
}

// Limits of the service on queries of one user.
const (
	mostQueries = 120
	queryWindow = time.Minute
)

// rate counts the queries of each user in windows of a minute.
type rate struct {
	mu    sync.Mutex
	since time.Time
	now   map[string]*minute
}

// minute is a window of one user.
type minute struct {
	began time.Time
	n     int
}

// admit counts a query, or says when the next one passes.
func (r *rate) admit(user string, at time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == nil || at.Sub(r.since) >= queryWindow {
		kept := map[string]*minute{}
		for name, w := range r.now {
			if at.Sub(w.began) < queryWindow {
				kept[name] = w
			}
		}
		r.now, r.since = kept, at
	}
	w := r.now[user]
	if w == nil || at.Sub(w.began) >= queryWindow {
		w = &minute{began: at}
		r.now[user] = w
	}
	if w.n++; w.n <= mostQueries {
		return nil
	}
	wait := queryWindow - at.Sub(w.began)
	return &inlay.Error{Kind: inlay.Limit, Rule: ruleExecuteRate, RetryAfter: wait,
		Msg:    fmt.Sprintf("You have exceeded the amount of requests allowed in the current time frame and further requests will fail. Retry in %d seconds.", seconds(wait)),
		Remedy: fmt.Sprintf("send at most %d queries a minute", mostQueries)}
}
