package rest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"inlay"
	"inlay/model"
	"inlay/query"
)

// Rules of executeQueries.
const (
	ruleExecuteRight       = "execute-right"
	ruleExecutePrincipal   = "execute-principal"
	ruleExecuteImpersonate = "execute-impersonation"
	ruleExecuteRate        = "execute-rate"
	ruleExecuteIdentity    = "execute-identity"
	ruleExecuteXMLA        = "execute-xmla"
	ruleExecuteCapacity    = "execute-capacity"
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
	d, _, err := a.buildable(c)
	if err != nil {
		return err
	}
	var body executeBody
	if err := c.decode(&body); err != nil {
		return err
	}
	if err := body.check(c); err != nil {
		return err
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
	return a.Engine.Stream(ctx, d, v, body.Queries[0].Query, func(answers []model.Answer) error { return c.writeTables(answers, body.Settings.IncludeNulls) })
}

// check refuses a request that has not exactly one query. One without a text is wrong as a query,
// in the form in which wrong queries are (datasets/execute-queries: one query per call).
func (b executeBody) check(c *call) error {
	const remedy = "send one query, as {\"queries\":[{\"query\":\"EVALUATE …\"}]}"
	switch n := len(b.Queries); {
	case b.Queries == nil:
		return refuse(inlay.Invalid, "", "queries is missing", remedy)
	case n == 0:
		return refuse(inlay.Invalid, "", "queries is empty", remedy)
	case n > 1:
		return refuse(inlay.Invalid, "", fmt.Sprintf("queries has %d elements, and one query per call is answered", n), "send each query in a call of its own")
	case strings.TrimSpace(b.Queries[0].Query) == "":
		c.at = onQuery
		return refuse(inlay.Invalid, "", "the query in queries[0].query is empty; a query begins with EVALUATE or DEFINE", remedy)
	}
	return nil
}

// buildable is the dataset of a request, where the caller has the permissions Read and Build:
// Contributors have, and Viewers would need a share of their own, of which there are none here.
func (a *api) buildable(c *call) (inlay.Dataset, inlay.AccessRight, error) {
	d, right, err := a.named(c)
	if err != nil {
		return d, right, err
	}
	c.about.Datasets, c.about.Workspaces = []string{d.ID}, []string{d.WorkspaceID}
	if !right.AtLeast(inlay.Contributor) {
		return d, right, refuse(inlay.NotFound, ruleExecuteRight, "the caller has no permission to build on dataset "+d.ID, "ask for the role Contributor in its workspace")
	}
	return d, right, nil
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
	m, err := a.askedModel(c, d)
	switch secured := len(d.Roles)+len(roles(m)) > 0; {
	case err != nil:
		return v, err
	case secured && !user:
		return v, noPrincipal(d)
	case secured && impersonated != "":
		if v, err = a.member(c, d, m, impersonated); err != nil {
			c.at = onQuery
		}
		return v, err
	}
	return v, nil
}

// member is a user in the roles of a dataset that the user is in, and the model has still. Whoever
// is in none sees no row, whatever the user may do in the workspace.
func (a *api) member(c *call, d inlay.Dataset, m *model.Model, user string) (query.Viewer, error) {
	var v query.Viewer
	// The activity log of the service has no member for it: the record's detail says it, refused or not.
	c.about.Detail = fmt.Sprintf("as user %.256s", user)
	in, err := a.Facts.RolesOf(c.ctx(), d.ID, user)
	if err != nil {
		return v, err
	}
	for _, r := range in {
		if m.Role(r.Role) != nil {
			v.Username, v.Roles = r.User, append(v.Roles, r.Role)
		}
	}
	if len(v.Roles) == 0 {
		return v, refuse(inlay.Invalid, ruleExecuteImpersonate, fmt.Sprintf("the user %.200q is in no role of dataset %s, so no rows are visible", user, d.ID),
			"put the user into a role, with inlay roles add, or name one who is in a role")
	}
	p, err := a.Facts.PrincipalByName(c.ctx(), v.Username)
	switch {
	case err == nil:
		v.ObjectID = p.ID
	case inlay.KindOf(err) != inlay.NotFound:
		return v, err
	}
	return v, nil
}

// roles are those of a model.
func roles(m *model.Model) []model.Role {
	if m == nil {
		return nil
	}
	return m.Roles
}

// askedModel is the model of a dataset that can be asked. It may have been published anew since
// the catalog was read: its roles count beside those of the catalog.
func (a *api) askedModel(c *call, d inlay.Dataset) (*model.Model, error) {
	if err := askable(inlay.Report{}, d); err != nil {
		return nil, err
	}
	return a.Engine.Model(c.ctx(), d)
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
