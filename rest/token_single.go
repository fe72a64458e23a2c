package rest

import (
	"strings"

	"github.com/go-json-experiment/json"

	"inlay/embedtoken"
)

// singleRequest is the request of the V1 operations. As with V2, what only describes an item is
// read and dropped.
type singleRequest struct {
	AccessLevel       string          `json:"accessLevel"`
	DatasetID         string          `json:"datasetId"`
	AllowSaveAs       truth           `json:"allowSaveAs"`
	Identities        []tokenIdentity `json:"identities"`
	LifetimeInMinutes int64           `json:"lifetimeInMinutes"`
	described
}

// truth is a truth value that may come as text: the official example has "true".
type truth bool

// UnmarshalJSON reads true, false, null and the first two as text, in any case.
func (t *truth) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil && len(data) > 0 && data[0] == '"' {
		switch {
		case strings.EqualFold(text, "true"):
			*t = true
			return nil
		case strings.EqualFold(text, "false"):
			*t = false
			return nil
		}
	}
	return json.Unmarshal(data, (*bool)(t))
}

// single makes the handler of a V1 operation for an item, whose id is the variable of that name.
func single(item embedtoken.Item, variable string) func(*api, *call) error {
	return func(a *api, c *call) error {
		group := c.vars["groupId"]
		if _, err := a.right(c.ctx(), c.caller, group); err != nil {
			return err
		}
		var t singleRequest
		if err := c.decode(&t); err != nil {
			return err
		}
		wanted := embedtoken.Request{
			Identities:      wantedIdentities(t.Identities),
			LifetimeMinutes: t.LifetimeInMinutes,
			Single: &embedtoken.Single{
				Item: item, WorkspaceID: group, ID: c.vars[variable], DashboardID: c.vars["dashboardId"],
				Access: t.AccessLevel, SaveAs: bool(t.AllowSaveAs), DatasetID: t.DatasetID,
			},
		}
		return a.issue(c, wanted, group)
	}
}
