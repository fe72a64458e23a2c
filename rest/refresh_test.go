package rest_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"inlay"
	"inlay/rest"
)

// Refreshes of the world's datasets: each has one that has ended and one that goes on.
const (
	endedRefresh   = "60000000-0000-0000-0000-000000000001"
	runningRefresh = "60000000-0000-0000-0000-000000000002"
)

// refreshing keeps what it was asked for.
type refreshing struct {
	asked     []inlay.RefreshRequest
	cancelled []string
	busy      bool
}

func (f *refreshing) Start(_ context.Context, d inlay.Dataset, req inlay.RefreshRequest) (inlay.Refresh, error) {
	if f.busy {
		return inlay.Refresh{}, &inlay.Error{Kind: inlay.Invalid, Msg: "Invalid dataset refresh request. Another refresh request is already executing"}
	}
	f.asked = append(f.asked, req)
	return inlay.Refresh{ID: runningRefresh, DatasetID: d.ID, Kind: req.Kind, State: inlay.RefreshRunning}, nil
}

func (f *refreshing) List(ctx context.Context, d inlay.Dataset) ([]inlay.Refresh, error) {
	running, _ := f.Find(ctx, d, runningRefresh)
	ended, _ := f.Find(ctx, d, endedRefresh)
	return []inlay.Refresh{running, ended}, nil
}

func (f *refreshing) Find(_ context.Context, d inlay.Dataset, id string) (inlay.Refresh, error) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	r := inlay.Refresh{ID: id, DatasetID: d.ID, Kind: inlay.ViaEnhancedAPI, StartedAt: start, Attempts: []inlay.RefreshAttempt{{StartedAt: start}},
		Parts: []inlay.RefreshPart{{Table: "Rows", Partition: "all", State: "Reading", Rows: 500, Bytes: 10, Size: 20, Elapsed: time.Second, Remaining: time.Second}}}
	switch id {
	case runningRefresh:
		r.State = inlay.RefreshRunning
		return r, nil
	case endedRefresh:
		r.State, r.EndedAt = inlay.RefreshFailed, start.Add(1500*time.Millisecond)
		r.Attempts[0].EndedAt, r.Attempts[0].Code, r.Attempts[0].Error = r.EndedAt, "ModelRefreshFailed", "row 3 does not convert"
		return r, nil
	}
	return inlay.Refresh{}, inlay.Errorf(inlay.NotFound, "refresh %s of dataset %s was not found", id, d.ID)
}

func (f *refreshing) Cancel(ctx context.Context, d inlay.Dataset, id string) error {
	_, err := f.Find(ctx, d, id)
	f.cancelled = append(f.cancelled, id)
	return err
}

func (f *refreshing) Watch(ctx context.Context, d inlay.Dataset, id string, tell func(inlay.Refresh) error) error {
	for _, id := range []string{runningRefresh, endedRefresh} {
		r, err := f.Find(ctx, d, id)
		if err == nil {
			err = tell(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const refreshPath = "/v1.0/myorg/groups/" + sales + "/datasets/" + orders + "/refreshes"

// TestRefreshRequests reads bodies as the service does, and refuses what would do something else.
func TestRefreshRequests(t *testing.T) {
	for _, c := range []struct {
		body string
		want inlay.RefreshRequest
		bad  string // part of the refusal
	}{
		{body: ``, want: inlay.RefreshRequest{Kind: inlay.ViaAPI}},
		{body: `{"notifyOption":"MailOnFailure"}`, want: inlay.RefreshRequest{Kind: inlay.ViaAPI}},
		{body: `{"notifyOption":"MailOnFailure","retryCount":3}`, want: inlay.RefreshRequest{Kind: inlay.ViaEnhancedAPI, Retries: 3}},
		{body: `{"type":"full","commitMode":"transactional","maxParallelism":2,"objects":[{"table":"Customer","partition":"Robert"}],"applyRefreshPolicy":"false"}`,
			want: inlay.RefreshRequest{Kind: inlay.ViaEnhancedAPI, Threads: 2, NoPolicy: true, Objects: []inlay.RefreshObject{{Table: "Customer", Partition: "Robert"}}}},
		{body: `{"applyRefreshPolicy":true,"effectiveDate":"2026-01-31T00:00:00Z"}`, want: inlay.RefreshRequest{Kind: inlay.ViaEnhancedAPI, Effective: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)}},
		{body: `{"type":"ClearValues"}`, bad: "the refresh type ClearValues is not supported"},
		{body: `{"type":"Half"}`, bad: `type has the value`},
		{body: `{"commitMode":"PartialBatch"}`, bad: "a refresh is published whole"},
		{body: `{"maxParallelism":0}`, bad: "maxParallelism"},
		{body: `{"retryCount":11}`, bad: "retryCount"},
		{body: `{"objects":[{"partition":"x"}]}`, bad: "an object names no table"},
		{body: `{"effectiveDate":"soon"}`, bad: "effectiveDate"},
		{body: `{"timeout":"1"}`, bad: "timeout"},
	} {
		f := &refreshing{}
		w := newWorld(t, func(cfg *rest.Config) { cfg.Refreshes = f })
		a := w.send("POST", refreshPath, "Bearer "+w.bearer(w.sign, tenant, shop), c.body)
		if c.bad != "" {
			if a.status != 400 || !strings.Contains(a.body, c.bad) || len(f.asked) > 0 {
				t.Errorf("%s: %d %s", c.body, a.status, a.body)
			}
			continue
		}
		if a.status != 202 || a.body != "" || a.header.Get("x-ms-request-id") != runningRefresh {
			t.Errorf("%s: %d %s", c.body, a.status, a.body)
		}
		if location := a.header.Get("Location"); (location != "") != (c.want.Kind == inlay.ViaEnhancedAPI) || location != "" && !strings.HasSuffix(location, refreshPath+"/"+runningRefresh) {
			t.Errorf("%s: the location is %q", c.body, location)
		}
		got, _ := json.Marshal(f.asked)
		want, _ := json.Marshal([]inlay.RefreshRequest{c.want})
		if string(got) != string(want) {
			t.Errorf("%s\n got %s\nwant %s", c.body, got, want)
		}
	}
}

// TestRefreshRights: who only views can read the history and change nothing; who has no role
// learns nothing.
func TestRefreshRights(t *testing.T) {
	f := &refreshing{}
	w := newWorld(t, func(cfg *rest.Config) { cfg.Refreshes = f })
	reads := "/v1.0/myorg/datasets/" + shelf + "/refreshes"
	shopToken, rivalToken := "Bearer "+w.bearer(w.sign, tenant, shop), "Bearer "+w.bearer(w.sign, tenant, rival)
	for _, c := range []struct {
		who, method, path string
		want              int
	}{
		{shopToken, "GET", reads, 200},
		{shopToken, "GET", reads + "/" + endedRefresh, 200},
		{shopToken, "GET", reads + "/" + runningRefresh, 202},
		{shopToken, "POST", reads, 401},
		{shopToken, "DELETE", reads + "/" + runningRefresh, 401},
		{rivalToken, "GET", reads, 404},
		{rivalToken, "POST", reads, 404},
		{rivalToken, "GET", strings.Replace(reads, "/v1.0/myorg", "/inlay/v1", 1) + "/" + runningRefresh + "/events", 404},
	} {
		if a := w.send(c.method, c.path, c.who, ""); a.status != c.want {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
	}
	if len(f.asked)+len(f.cancelled) > 0 {
		t.Error("something was changed")
	}
	f.busy = true
	if a := w.send("POST", refreshPath, shopToken, ""); a.status != 400 || !strings.Contains(a.body, "Another refresh request is already executing") {
		t.Errorf("a second refresh: %d %s", a.status, a.body)
	}
}

// TestRefreshShapes holds the shapes of the service: history, details, and our events.
func TestRefreshShapes(t *testing.T) {
	w := newWorld(t)
	auth := "Bearer " + w.bearer(w.sign, tenant, shop)
	for path, want := range map[string][]string{
		refreshPath + "?$top=2": {`{"refreshType":"ViaEnhancedApi","startTime":"2026-03-02T09:00:00Z","status":"Unknown","requestId":"` + runningRefresh + `","refreshAttempts":[{"attemptId":1,`,
			`"endTime":"2026-03-02T09:00:01.5Z","serviceExceptionJson":"{\"errorCode\":\"ModelRefreshFailed\",\"errorDescription\":\"row 3 does not convert\"}","status":"Failed"`},
		refreshPath + "/" + runningRefresh:                                          {`"type":"Full","commitMode":"Transactional","status":"Unknown","extendedStatus":"InProgress","currentRefreshType":"Full","numberOfAttempts":1,"objects":[{"table":"Rows","partition":"all","status":"InProgress"}]`},
		refreshPath + "/" + endedRefresh:                                            {`"status":"Failed","extendedStatus":"Failed"`, `"messages":[{"code":"ModelRefreshFailed","message":"row 3 does not convert","type":"Error"}]`},
		"/inlay/v1/datasets/" + orders + "/refreshes/" + runningRefresh + "/events": {"event: progress\ndata: {", `"rows":500,"bytes":10,"size":20,"elapsed":1,"rowsPerSecond":500,"remaining":1}`, "event: ended\ndata: {"},
	} {
		a := w.send("GET", path, auth, "")
		for _, part := range want {
			if !strings.Contains(a.body, part) {
				t.Errorf("%s: %d %s\nhas no %s", path, a.status, a.body, part)
			}
		}
	}
	if a := w.send("GET", refreshPath+"?$top=1", auth, ""); strings.Contains(a.body, endedRefresh) {
		t.Errorf("$top=1 gives %s", a.body)
	}
	if a := w.send("GET", refreshPath+"?$top=0", auth, ""); a.status != 400 {
		t.Errorf("$top=0: %d", a.status)
	}
}
