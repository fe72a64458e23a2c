package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"

	"inlay"
)

// refreshEvent is one event: how the refresh stands. Times are seconds.
type refreshEvent struct {
	ID     string        `json:"requestId"`
	Status string        `json:"extendedStatus"`
	Start  string        `json:"startTime"`
	End    string        `json:"endTime,omitzero"`
	Error  string        `json:"error,omitzero"`
	Parts  []refreshPart `json:"partitions"`
}

type refreshPart struct {
	Table     string  `json:"table"`
	Partition string  `json:"partition"`
	State     string  `json:"status"`
	Rows      int64   `json:"rows"`
	Bytes     int64   `json:"bytes,omitzero"`
	Size      int64   `json:"size,omitzero"`
	Elapsed   float64 `json:"elapsed"`
	Rate      float64 `json:"rowsPerSecond"`
	Remaining float64 `json:"remaining,omitzero"`
}

// refreshEvents streams how a refresh stands. A browser's EventSource asks with a header, too,
// since fetch reads such a stream as well; the token is never in the address.
func (a *api) refreshEvents(c *call) error {
	d, err := a.refreshable(c, false)
	if err != nil {
		return err
	}
	id := c.vars["refreshId"]
	if _, err := a.Refreshes.Find(c.ctx(), d, id); err != nil { // before the stream begins
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	c.w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(c.w)
	last := ""
	err = a.Refreshes.Watch(c.ctx(), d, id, func(r inlay.Refresh) error {
		text, err := json.Marshal(eventOf(r))
		if err != nil || string(text) == last {
			return err
		}
		last = string(text)
		name := "progress"
		if r.State.Ended() {
			name = "ended"
		}
		if _, err := fmt.Fprintf(c.w, "event: %s\ndata: %s\n\n", name, text); err != nil {
			return err
		}
		if err := out.Flush(); !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		return nil
	})
	if err != nil && !errors.Is(err, context.Canceled) && c.ctx().Err() == nil {
		c.fault = err // the answer has begun: its end without the last event says so
	}
	return nil
}

func eventOf(r inlay.Refresh) refreshEvent {
	e := refreshEvent{ID: r.ID, Status: string(r.State), Start: wireTime(r.StartedAt), End: wireTime(r.EndedAt), Parts: []refreshPart{}}
	if n := len(r.Attempts); n > 0 {
		e.Error = r.Attempts[n-1].Error
	}
	for _, p := range r.Parts {
		w := refreshPart{Table: p.Table, Partition: p.Partition, State: p.State, Rows: p.Rows, Bytes: p.Bytes, Size: p.Size, Elapsed: p.Elapsed.Seconds(), Remaining: p.Remaining.Seconds()}
		if p.Elapsed > 0 {
			w.Rate = float64(p.Rows) / p.Elapsed.Seconds()
		}
		e.Parts = append(e.Parts, w)
	}
	return e
}
