package rest

import (
	"net/url"
	"slices"
	"strings"

	"inlay"
	"inlay/audit"
)

// Rules of the operations for administrators; docs/rules.md lists them.
const ruleAdministrator = "administrator"

// activityPage is how many events one answer has at most. The service answers 5,000 to 10,000.
const activityPage = 5000

// Activity reads a page of the activity log: at most limit events, and where the next begins.
type Activity func(c audit.Cursor, f audit.EventFilter, limit int) ([]audit.Event, *audit.Cursor, error)

// activityAnswer is a page of the activity log on the wire.
type activityAnswer struct {
	Entities []audit.Event `json:"activityEventEntities"`
	URI      *string       `json:"continuationUri"`
	Token    *string       `json:"continuationToken"`
	Last     bool          `json:"lastResultSet"`
}

// administers reports whether the configuration names the caller.
func (a *api) administers(c *call) (bool, error) {
	p, err := a.Members.Principal(c.ctx(), c.caller.PrincipalID)
	if err != nil {
		return false, err
	}
	for _, named := range a.Administrators {
		if named == "" {
			continue
		}
		if strings.EqualFold(named, p.ID) || strings.EqualFold(named, p.ClientID) || p.Kind == inlay.MasterUser && strings.EqualFold(named, p.Name) {
			return true, nil
		}
	}
	return false, nil
}

// administrator refuses everyone who is not named in the configuration.
func (a *api) administrator(c *call) error {
	if ok, err := a.administers(c); ok || err != nil {
		return err
	}
	return refuse(inlay.Forbidden, ruleAdministrator, "the caller is not an administrator of this server",
		"start the server with --administrators and the caller's client id or user name")
}

func (a *api) activityEvents(c *call) error {
	if err := a.administrator(c); err != nil {
		return err
	}
	q := c.r.URL.Query()
	for name, values := range q {
		if len(values) > 1 {
			return refuse(inlay.Invalid, "", name+" is there twice", "send it once")
		}
		if !slices.Contains([]string{"startDateTime", "endDateTime", "continuationToken", "$filter"}, name) {
			return refuse(inlay.Invalid, "", "the parameter "+name+" is not known here", "use startDateTime, endDateTime, continuationToken and $filter, in these letters")
		}
	}
	cursor, err := window(q)
	if err != nil {
		return err
	}
	filter, err := audit.ParseFilter(q.Get("$filter"))
	if err != nil {
		return err
	}
	if a.Activity == nil {
		return refuse(inlay.Unavailable, "", "this server keeps no audit log", "")
	}
	events, next, err := a.Activity(cursor, filter, activityPage)
	if err != nil {
		return err
	}
	answer := activityAnswer{Entities: events, Last: next == nil}
	if answer.Entities == nil {
		answer.Entities = []audit.Event{}
	}
	if next != nil {
		token := next.String()
		uri := a.clusterURL(c) + "/v1.0/myorg/admin/activityevents?continuationToken='" + token + "'"
		if f := q.Get("$filter"); f != "" {
			uri += "&$filter=" + strings.ReplaceAll(url.QueryEscape(f), "+", "%20")
		}
		answer.Token, answer.URI = &token, &uri
	}
	c.json(200, answer)
	return nil
}

// window is what is asked for: "Provide either a continuation token or both a start and end date
// time" (Admin_GetActivityEvents).
func window(q url.Values) (audit.Cursor, error) {
	if !q.Has("continuationToken") {
		return audit.ParseWindow(q.Get("startDateTime"), q.Get("endDateTime"))
	}
	if q.Has("startDateTime") || q.Has("endDateTime") {
		return audit.Cursor{}, refuse(inlay.Invalid, "activity-window", "continuationToken stands beside startDateTime or endDateTime", "send the token alone, with the same $filter")
	}
	return audit.ParseCursor(q.Get("continuationToken"))
}
