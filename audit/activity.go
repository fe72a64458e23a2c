package audit

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"time"

	"inlay"
)

// Cursor is a window of the activity log and how far it has been read. Its text is the
// continuation token: it says where to go on and gives no right, so that a changed one shows
// nothing that a new question would not.
type Cursor struct {
	From  time.Time         `json:"f"`
	To    time.Time         `json:"t"` // the first time that is no longer in the window
	After map[string]uint64 `json:"a,omitempty"`
}

// maxCursor bounds a continuation token. A writer takes about 40 bytes of it.
const maxCursor = 64 << 10

// ParseWindow reads the parameters startDateTime and endDateTime: ISO 8601 in UTC, in single
// quotes as the documents show or without. The end is part of the window, as exactly as it is
// given: '23:59:59' takes in what happened within that second, since events show no less.
func ParseWindow(start, end string) (Cursor, error) {
	from, _, err := parseTime("startDateTime", start)
	if err != nil {
		return Cursor{}, err
	}
	to, unit, err := parseTime("endDateTime", end)
	if err != nil {
		return Cursor{}, err
	}
	if err := Window(from, to); err != nil {
		return Cursor{}, err
	}
	return Cursor{From: from, To: to.Truncate(unit).Add(unit)}, nil
}

// parseTime reads a time, and what its last digit stands for.
func parseTime(name, value string) (time.Time, time.Duration, error) {
	if value == "" {
		return time.Time{}, 0, nil // Window says what is missing
	}
	s := value
	if len(s) > 1 && s[0] == '\'' && s[len(s)-1] == '\'' {
		s = s[1 : len(s)-1]
	}
	for _, layout := range []struct {
		form string
		unit time.Duration
	}{
		{"2006-01-02T15:04:05Z", time.Second}, // takes a fraction, too
		{"2006-01-02T15:04:05", time.Second},
		{"2006-01-02T15:04Z", time.Minute},
		{"2006-01-02T15:04", time.Minute},
	} {
		t, err := time.Parse(layout.form, s)
		if err != nil {
			continue
		}
		if _, fraction, ok := strings.Cut(strings.TrimSuffix(s, "Z"), "."); ok {
			for range fraction {
				layout.unit /= 10
			}
			layout.unit = max(layout.unit, time.Microsecond)
		}
		return t, layout.unit, nil
	}
	return time.Time{}, 0, wrongWindow(name + " is not a time in UTC in the form of ISO 8601")
}

// String is the continuation token.
func (c Cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil { // times of one day and numbers
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads a continuation token, in single quotes or without.
func ParseCursor(token string) (Cursor, error) {
	var c Cursor
	wrong := &inlay.Error{Kind: inlay.Invalid, Rule: "activity-window", Msg: "the continuationToken is not one of this server",
		Remedy: "take it as it is from the answer before"}
	if len(token) > 1 && token[0] == '\'' && token[len(token)-1] == '\'' {
		token = token[1 : len(token)-1]
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(token) > maxCursor {
		return Cursor{}, wrong
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(&c) != nil {
		return Cursor{}, wrong
	}
	if _, err := d.Token(); err != io.EOF {
		return Cursor{}, wrong
	}
	c.From, c.To = c.From.UTC(), c.To.UTC()
	if !c.From.Before(c.To) || Window(c.From, c.To.Add(-1)) != nil {
		return Cursor{}, wrong
	}
	return c, nil
}

// EventFilter narrows the activity log. Empty members take all.
type EventFilter struct {
	Activity string // in any case
	UserID   string // in any case
}

// ParseFilter reads $filter: Activity, UserId or both, with eq and and, which is all that the
// operation is documented to support.
func ParseFilter(s string) (EventFilter, error) {
	var f EventFilter
	wrong := &inlay.Error{Kind: inlay.Invalid, Rule: "activity-filter", Msg: "the $filter is not supported",
		Remedy: "use Activity eq '…', UserId eq '…', or both joined by and"}
	rest := strings.TrimSpace(s)
	for rest != "" {
		name, more, _ := strings.Cut(rest, " ")
		op, more, _ := strings.Cut(strings.TrimSpace(more), " ")
		value, more, ok := cutQuoted(strings.TrimSpace(more))
		if !ok || !strings.EqualFold(op, "eq") || value == "" {
			return EventFilter{}, wrong
		}
		target := &f.Activity
		if strings.EqualFold(name, "UserId") {
			target = &f.UserID
		} else if !strings.EqualFold(name, "Activity") {
			return EventFilter{}, wrong
		}
		if *target != "" {
			return EventFilter{}, wrong
		}
		*target = value
		if rest = strings.TrimSpace(more); rest == "" {
			break
		}
		and, more, _ := strings.Cut(rest, " ")
		if rest = strings.TrimSpace(more); !strings.EqualFold(and, "and") || rest == "" {
			return EventFilter{}, wrong
		}
	}
	return f, nil
}

// cutQuoted takes a text in single quotes, in which two quotes are one.
func cutQuoted(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, "'") {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '\'':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte('\'')
			i++
		default:
			return b.String(), s[i+1:], true
		}
	}
	return "", "", false
}

func (f EventFilter) wants(e Event) bool {
	return (f.Activity == "" || strings.EqualFold(f.Activity, e.Activity)) && (f.UserID == "" || strings.EqualFold(f.UserID, e.UserID))
}

// Activity answers a page of the activity log: at most limit events of the cursor's window,
// and the cursor of the next page, nil after the last. Going from page to page shows each event
// once, also while more are being written. A damaged record is an error: an audit log does not
// leave things out silently.
func Activity(dir string, c Cursor, f EventFilter, limit int) ([]Event, *Cursor, error) {
	next := Cursor{From: c.From, To: c.To, After: map[string]uint64{}}
	for w, seq := range c.After {
		next.After[w] = seq
	}
	events := []Event{}
	for e, err := range Read(dir, Query{From: c.From, To: c.To, After: c.After}) {
		if err != nil {
			return nil, nil, err
		}
		ev, ok := event(e)
		if ok && f.wants(ev) {
			if len(events) == limit {
				return events, &next, nil
			}
			events = append(events, ev)
		}
		next.After[e.Writer] = e.Seq
	}
	return events, nil, nil
}
