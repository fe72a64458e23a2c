package rest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"inlay"
)

// Refreshes run and tell of refreshes. A refresh that does not exist is a NotFound.
type Refreshes interface {
	Start(ctx context.Context, d inlay.Dataset, req inlay.RefreshRequest) (inlay.Refresh, error)
	List(ctx context.Context, d inlay.Dataset) ([]inlay.Refresh, error) // the last first
	Find(ctx context.Context, d inlay.Dataset, id string) (inlay.Refresh, error)
	Cancel(ctx context.Context, d inlay.Dataset, id string) error
	// Watch tells how a refresh stands whenever that changes, until it has ended or tell fails.
	Watch(ctx context.Context, d inlay.Dataset, id string, tell func(inlay.Refresh) error) error
}

// ruleRefreshRight is asked of who refreshes or cancels.
const ruleRefreshRight = "refresh-right"

// refreshOperations are those about refreshes, with and without the workspace in the path.
func refreshOperations() []Operation {
	read := []string{"Dataset.ReadWrite.All", "Dataset.Read.All"}
	write := read[:1:1]
	var list []Operation
	for _, at := range []struct {
		path, suffix string
		profile      bool
	}{
		{"/v1.0/myorg/groups/{groupId}/datasets/{datasetId}/refreshes", "InGroup", true},
		{"/v1.0/myorg/datasets/{datasetId}/refreshes", "", false},
	} {
		list = append(list, Operation{
			ID: "Datasets_RefreshDataset" + at.suffix, Method: "POST", Path: at.path, Auth: AccessToken, Scopes: write, Profile: at.profile,
			Summary: "Reads the data of a dataset anew and switches to them when they are whole.",
			Example: `{"notifyOption":"NoNotification"}`,
			handle:  (*api).startRefresh,
		}, Operation{
			ID: "Datasets_GetRefreshHistory" + at.suffix, Method: "GET", Path: at.path, Auth: AccessToken, Scopes: read, Profile: at.profile,
			Summary: "Lists the refreshes of a dataset, the last first.", Options: []string{"$top"},
			handle: (*api).listRefreshes,
		}, Operation{
			ID: "Datasets_GetRefreshExecutionDetails" + at.suffix, Method: "GET", Path: at.path + "/{refreshId}", Auth: AccessToken, Scopes: read, Profile: at.profile,
			Summary: "Returns how a refresh stands, partition by partition.",
			handle:  (*api).refresh,
		}, Operation{
			ID: "Datasets_CancelRefresh" + at.suffix, Method: "DELETE", Path: at.path + "/{refreshId}", Auth: AccessToken, Scopes: write, Profile: at.profile,
			Summary: "Cancels a refresh; the data stay as they were before it.",
			handle:  (*api).cancelRefresh,
		})
	}
	return append(list, Operation{
		ID: "Inlay_RefreshEvents", Method: "GET", Path: "/inlay/v1/datasets/{datasetId}/refreshes/{refreshId}/events", Auth: AccessToken, Scopes: read,
		Summary: "Tells how a refresh stands as server-sent events, until it has ended.",
		handle:  (*api).refreshEvents,
	})
}

// refreshable finds the dataset of a request.
func (a *api) refreshable(c *call, change bool) (inlay.Dataset, error) {
	if a.Refreshes == nil {
		return inlay.Dataset{}, refuse(inlay.Unsupported, "", "this server refreshes nothing", "")
	}
	d, right, err := a.named(c)
	if err != nil {
		return inlay.Dataset{}, err
	}
	if change && !right.AtLeast(inlay.Contributor) {
		return inlay.Dataset{}, refuse(inlay.Forbidden, ruleRefreshRight, "the caller may not refresh datasets of workspace "+d.WorkspaceID, "ask for the role Contributor there")
	}
	c.about.Datasets, c.about.Workspaces = []string{d.ID}, []string{d.WorkspaceID}
	return d, nil
}

// refreshBody is the request. Pointers tell what was sent, because a member beyond notifyOption
// makes the refresh an enhanced one.
type refreshBody struct {
	NotifyOption       *string         `json:"notifyOption"`
	Type               *string         `json:"type"`
	CommitMode         *string         `json:"commitMode"`
	MaxParallelism     *int            `json:"maxParallelism"`
	RetryCount         *int            `json:"retryCount"`
	Objects            []refreshTarget `json:"objects"`
	ApplyRefreshPolicy *flexibleBool   `json:"applyRefreshPolicy"`
	EffectiveDate      *string         `json:"effectiveDate"`
}

type refreshTarget struct {
	Table     string `json:"table"`
	Partition string `json:"partition,omitzero"`
	Status    string `json:"status,omitzero"` // in answers
}

// flexibleBool is true or false, also as a text, as an example of the documents has it.
type flexibleBool bool

// UnmarshalJSON reads it.
func (b *flexibleBool) UnmarshalJSON(text []byte) error {
	switch strings.ToLower(strings.Trim(string(text), `"`)) {
	case "true":
		*b = true
	case "false":
		*b = false
	default:
		return fmt.Errorf("%s is neither true nor false", text)
	}
	return nil
}

// mostRetries and mostThreads bound what one request may ask for.
const (
	mostRetries = 10
	mostThreads = 64
)

// request checks the body.
func (b *refreshBody) request() (inlay.RefreshRequest, error) {
	req := inlay.RefreshRequest{Kind: inlay.ViaAPI}
	if b.Type != nil || b.CommitMode != nil || b.MaxParallelism != nil || b.RetryCount != nil || b.Objects != nil || b.ApplyRefreshPolicy != nil || b.EffectiveDate != nil {
		req.Kind = inlay.ViaEnhancedAPI
	}
	bad := func(name, value, remedy string) (inlay.RefreshRequest, error) {
		return req, refuse(inlay.Invalid, "", fmt.Sprintf("%s has the value %q", name, value), remedy)
	}
	if n := b.NotifyOption; n != nil && !oneOf(*n, "NoNotification", "MailOnFailure", "MailOnCompletion") {
		return bad("notifyOption", *n, "use NoNotification")
	}
	if t := b.Type; t != nil && !oneOf(*t, "Full", "Automatic", "DataOnly") {
		if oneOf(*t, "ClearValues", "Calculate", "Defragment") {
			return req, refuse(inlay.Unsupported, "", "the refresh type "+*t+" is not supported", "use Full")
		}
		return bad("type", *t, "use Full")
	}
	if m := b.CommitMode; m != nil && !strings.EqualFold(*m, "Transactional") {
		return req, refuse(inlay.Unsupported, "", "the commit mode "+*m+" is not supported: a refresh is published whole", "use Transactional")
	}
	if n := b.MaxParallelism; n != nil {
		if *n < 1 {
			return bad("maxParallelism", strconv.Itoa(*n), "use 1 or more")
		}
		req.Threads = min(*n, mostThreads)
	}
	if n := b.RetryCount; n != nil {
		if *n < 0 || *n > mostRetries {
			return bad("retryCount", strconv.Itoa(*n), fmt.Sprintf("use 0 to %d", mostRetries))
		}
		req.Retries = *n
	}
	for _, o := range b.Objects {
		if o.Table == "" || o.Status != "" {
			return req, refuse(inlay.Invalid, "", "an object names no table", `write {"table": "Sales"}`)
		}
		req.Objects = append(req.Objects, inlay.RefreshObject{Table: o.Table, Partition: o.Partition})
	}
	req.NoPolicy = b.ApplyRefreshPolicy != nil && !bool(*b.ApplyRefreshPolicy)
	if b.EffectiveDate != nil {
		day, ok := readDay(*b.EffectiveDate)
		if !ok {
			return bad("effectiveDate", *b.EffectiveDate, "write a date and time, such as 2026-01-31T00:00:00Z")
		}
		req.Effective = day
	}
	return req, nil
}

func oneOf(s string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, s) })
}

func readDay(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func (a *api) startRefresh(c *call) error {
	d, err := a.refreshable(c, true)
	if err != nil {
		return err
	}
	var body refreshBody
	if err := c.decode(&body); err != nil {
		return err
	}
	req, err := body.request()
	if err != nil {
		return err
	}
	r, err := a.Refreshes.Start(c.ctx(), d, req)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("X-Ms-Request-Id", r.ID)
	if req.Kind == inlay.ViaEnhancedAPI {
		group := ""
		if id := c.vars["groupId"]; id != "" {
			group = "groups/" + id + "/"
		}
		h.Set("Location", a.clusterURL(c)+"/v1.0/myorg/"+group+"datasets/"+d.ID+"/refreshes/"+r.ID)
	}
	h.Set("Content-Length", "0")
	c.w.WriteHeader(http.StatusAccepted)
	return nil
}

// wireRefresh is an entry of the history on the wire.
type wireRefresh struct {
	Type      string        `json:"refreshType"`
	Start     string        `json:"startTime"`
	End       string        `json:"endTime,omitzero"`
	Exception string        `json:"serviceExceptionJson,omitzero"`
	Status    string        `json:"status"`
	RequestID string        `json:"requestId"`
	Attempts  []wireAttempt `json:"refreshAttempts,omitempty"`
}

type wireAttempt struct {
	ID        int    `json:"attemptId"`
	Start     string `json:"startTime"`
	End       string `json:"endTime,omitzero"`
	Exception string `json:"serviceExceptionJson,omitzero"`
	Type      string `json:"type"`
}

// wireTime is a moment as the history writes it.
func wireTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.999Z")
}

// refreshStatus is Unknown while a refresh goes on; see asynchronous-refresh.md, "status".
func refreshStatus(s inlay.RefreshState) string {
	if !s.Ended() {
		return "Unknown"
	}
	return string(s)
}

func exception(at inlay.RefreshAttempt) string {
	if at.Code == "" {
		return ""
	}
	text, err := json.Marshal(struct {
		Code string `json:"errorCode"`
		Text string `json:"errorDescription,omitzero"`
	}{at.Code, at.Error})
	if err != nil {
		return ""
	}
	return string(text)
}

func wireAttempts(r inlay.Refresh) (list []wireAttempt, last string) {
	for i, at := range r.Attempts {
		last = exception(at)
		list = append(list, wireAttempt{ID: i + 1, Start: wireTime(at.StartedAt), End: wireTime(at.EndedAt), Exception: last, Type: "Data"})
	}
	return list, last
}

func (a *api) listRefreshes(c *call) error {
	d, err := a.refreshable(c, false)
	if err != nil {
		return err
	}
	top := -1
	if text := c.r.URL.Query().Get("$top"); text != "" {
		if top, err = strconv.Atoi(text); err != nil || top < 1 {
			return refuse(inlay.Invalid, "", fmt.Sprintf("$top is %q", text), "use a number from 1 on")
		}
	}
	found, err := a.Refreshes.List(c.ctx(), d)
	if err != nil {
		return err
	}
	if top >= 0 && top < len(found) {
		found = found[:top]
	}
	out := make([]wireRefresh, len(found))
	for i, r := range found {
		w := wireRefresh{Type: string(r.Kind), Start: wireTime(r.StartedAt), End: wireTime(r.EndedAt), Status: refreshStatus(r.State), RequestID: r.ID}
		w.Attempts, w.Exception = wireAttempts(r)
		out[i] = w
	}
	c.json(200, list[wireRefresh]{Context: a.context(c, d.WorkspaceID, "refreshes"), Value: out})
	return nil
}

// wireDetail is how a refresh stands on the wire.
type wireDetail struct {
	Start    string          `json:"startTime"`
	End      string          `json:"endTime,omitzero"`
	Type     string          `json:"type"`
	Commit   string          `json:"commitMode"`
	Status   string          `json:"status"`
	Extended string          `json:"extendedStatus"`
	Current  string          `json:"currentRefreshType"`
	Attempts int             `json:"numberOfAttempts"`
	Objects  []refreshTarget `json:"objects,omitempty"`
	Messages []wireMessage   `json:"messages,omitempty"`
	Tries    []wireAttempt   `json:"refreshAttempts,omitempty"`
}

type wireMessage struct {
	Code string `json:"code,omitzero"`
	Text string `json:"message"`
	Type string `json:"type"`
}

// objectStates are states of partitions in the words of the service.
var objectStates = map[string]string{"Waiting": "NotStarted", "Reading": "InProgress", "Kept": "Completed", "Done": "Completed"}

func (a *api) refresh(c *call) error {
	d, err := a.refreshable(c, false)
	if err != nil {
		return err
	}
	r, err := a.Refreshes.Find(c.ctx(), d, c.vars["refreshId"])
	if err != nil {
		return err
	}
	w := wireDetail{Start: wireTime(r.StartedAt), End: wireTime(r.EndedAt), Type: "Full", Commit: "Transactional", Current: "Full",
		Status: refreshStatus(r.State), Extended: string(r.State), Attempts: len(r.Attempts)}
	w.Tries, _ = wireAttempts(r)
	for _, p := range r.Parts {
		w.Objects = append(w.Objects, refreshTarget{Table: p.Table, Partition: p.Partition, Status: objectStates[p.State]})
	}
	for _, at := range r.Attempts {
		if at.Error != "" {
			w.Messages = append(w.Messages, wireMessage{Code: at.Code, Text: at.Error, Type: "Error"})
		}
	}
	status := 200
	if !r.State.Ended() {
		status = 202
	}
	c.json(status, w)
	return nil
}

func (a *api) cancelRefresh(c *call) error {
	d, err := a.refreshable(c, true)
	if err != nil {
		return err
	}
	if err := a.Refreshes.Cancel(c.ctx(), d, c.vars["refreshId"]); err != nil {
		return err
	}
	c.w.Header().Set("Content-Length", "0")
	c.w.WriteHeader(200)
	return nil
}
