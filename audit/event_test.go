package audit

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inlay"
)

var update = flag.Bool("update", false, "rewrite golden files")

const (
	tenantID  = "5b1c1e0a-0000-4000-8000-000000000001"
	tokenID   = "5b1c1e0a-0000-4000-8000-000000000002"
	reportID  = "5b1c1e0a-0000-4000-8000-000000000003"
	datasetID = "5b1c1e0a-0000-4000-8000-000000000004"
	salesID   = "5b1c1e0a-0000-4000-8000-000000000005"
	shopID    = "5b1c1e0a-0000-4000-8000-000000000006"
	requestID = "5b1c1e0a-0000-4000-8000-000000000007"
)

func TestEvents(t *testing.T) {
	base := Record{Request: requestID, Tenant: tenantID, Principal: shopID, PrincipalKind: inlay.ServicePrincipal, Name: "Shop",
		Workspaces: []string{salesID}, Reports: []string{reportID}, Datasets: []string{datasetID}, Token: tokenID, Client: "192.0.2.7"}
	with := func(f func(r *Record)) Record {
		r := base
		f(&r)
		return r
	}
	id := inlay.Identity{Username: "amira@example.com", Roles: []string{"Tenant members"}, Datasets: []string{datasetID}}
	records := []Record{
		with(func(r *Record) { r.Kind, r.Status = Generate, 200 }),
		with(func(r *Record) {
			r.Kind, r.Status, r.Identities = Generate, 200, Audited(id, []string{reportID}, "customer 17")
			r.Reports = []string{reportID, salesID}
		}),
		with(func(r *Record) {
			r.Kind, r.Refused, r.Status, r.Rule, r.Token = Refuse, Generate, 400, "identity-required", ""
			r.PrincipalKind, r.Name = inlay.MasterUser, "anna@example.com"
		}),
		with(func(r *Record) { r.Kind, r.Status = View, 200 }),
		with(func(r *Record) { r.Kind, r.Status, r.Visual = Ask, 200, "v1" }),
		with(func(r *Record) { r.Kind, r.Refused, r.Status, r.Rule = Refuse, View, 403, "use-report" }),
		with(func(r *Record) { r.Kind, r.Refused, r.Status, r.Rule = Refuse, Ask, 403, "use-report" }),
		{Kind: Revoke, Tenant: tenantID, Principal: shopID, Token: tokenID},
		{Kind: Rotate, Tenant: tenantID},
		{Kind: Import, Tenant: tenantID, Workspaces: []string{salesID}, Datasets: []string{datasetID}, Reports: []string{reportID}},
	}
	var entries []Entry
	for i, r := range records {
		_, hash := appendLine(nil, place{seq: uint64(i + 1), group: 1, prev: origin, time: morning}, r.body(nil))
		entries = append(entries, Entry{Seq: uint64(i + 1), Time: morning.Add(time.Duration(i) * 700 * time.Millisecond), Record: r, Hash: hash})
	}
	entries = append(entries, Entry{Record: Record{Kind: Begin}}, Entry{Record: Record{Kind: Gap}}, Entry{Record: Record{Kind: End}})
	got, err := json.MarshalIndent(Events(entries), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "events.json")
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(string(got), "amira") {
		t.Error("the username stands in an event; auditableContext stands for it")
	}
}

func TestIdentitiesAreAuditedOnRequestAlone(t *testing.T) {
	id := inlay.Identity{Username: "amira@example.com", Roles: []string{"West"}, CustomData: "c"}
	if got := Audited(id, nil, ""); got != nil {
		t.Errorf("without auditableContext: %+v", got)
	}
	want := []Identity{{User: "customer 17", Roles: []string{"West"}, CustomData: "c"}}
	if diff := cmp.Diff(want, Audited(id, nil, "customer 17")); diff != "" {
		t.Error(diff)
	}
}

func TestWindows(t *testing.T) {
	for _, c := range []struct{ start, end, to string }{
		{"'2026-11-21T07:55:00.000Z'", "'2026-11-21T08:55:00.000Z'", "2026-11-21T08:55:00.001Z"},
		{"2026-11-21T00:00:00Z", "2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z"},
		{"2026-11-21T00:00:00", "2026-11-21T00:00:00", "2026-11-21T00:00:01Z"},
		{"'2026-11-21T00:00'", "'2026-11-21T23:59'", "2026-11-22T00:00:00Z"},
		{"2026-11-21T00:00:00", "2026-11-21T23:59:59.9999999", "2026-11-22T00:00:00Z"},
		{"2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", ""},
		{"2026-11-21T23:59:59Z", "2026-11-22T00:00:01Z", ""},
		{"2026-11-21T10:00:00Z", "2026-11-21T09:00:00Z", ""},
		{"2026-11-21T10:00:00+01:00", "2026-11-21T11:00:00Z", ""},
		{"", "2026-11-21T11:00:00Z", ""},
		{"2026-11-21T10:00:00Z", "", ""},
		{"yesterday", "2026-11-21T11:00:00Z", ""},
		{"'", "'", ""},
	} {
		got, err := ParseWindow(c.start, c.end)
		if c.to == "" {
			if inlay.KindOf(err) != inlay.Invalid || err == nil {
				t.Errorf("%s to %s: %v, %v", c.start, c.end, got, err)
			}
			continue
		}
		if err != nil || !got.To.Equal(must(time.Parse(time.RFC3339, c.to))) {
			t.Errorf("%s to %s: %v, %v", c.start, c.end, got, err)
		}
		if back, err := ParseCursor("'" + got.String() + "'"); err != nil || !back.To.Equal(got.To) || !back.From.Equal(got.From) {
			t.Errorf("%v came back as %v, %v", got, back, err)
		}
	}
}

func must(t time.Time, err error) time.Time {
	if err != nil {
		panic(err)
	}
	return t
}

func TestFilters(t *testing.T) {
	for s, want := range map[string]EventFilter{
		"":                                      {},
		"Activity eq 'ViewReport'":              {Activity: "ViewReport"},
		"UserId eq 'o''hara@example.com'":       {UserID: "o'hara@example.com"},
		"activity EQ 'x' AND userid eq 'y and'": {Activity: "x", UserID: "y and"},
	} {
		if got, err := ParseFilter(s); err != nil || got != want {
			t.Errorf("%s: %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{"x", "Activity", "Activity eq", "Activity eq ViewReport", "Activity eq 'x", "Activity ne 'x'", "Activity eq ''",
		"Activity eq 'x' or UserId eq 'y'", "Activity eq 'x' and", "Activity eq 'x' and Activity eq 'y'", "ItemName eq 'x'", "Activity eq 'x' UserId eq 'y'", "(Activity eq 'x')"} {
		if got, err := ParseFilter(s); inlay.KindOf(err) != inlay.Invalid || err == nil {
			t.Errorf("%s: %+v, %v", s, got, err)
		}
	}
}

// TestPagesShowEachEventOnce goes through the pages while two writers go on recording.
func TestPagesShowEachEventOnce(t *testing.T) {
	dir := folder(t)
	var logs []*Log
	for range 2 {
		logs = append(logs, open(t, dir, Options{Size: 3000}))
	}
	add := func(i int) {
		var wg sync.WaitGroup
		for w, l := range logs {
			wg.Go(func() {
				for _, kind := range []Kind{Generate, Ask, View} {
					if err := l.Append(t.Context(), Record{Kind: kind, Request: fmt.Sprintf("%d/%s/%d", w, kind, i)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	for i := range 10 {
		add(i)
	}
	today := time.Now().UTC().Truncate(24 * time.Hour)
	seen := map[string]bool{}
	page := func(c *Cursor, filter EventFilter) *Cursor {
		parsed, err := ParseCursor(c.String())
		if err != nil {
			t.Fatal(err)
		}
		events, next, err := Activity(dir, parsed, filter, 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(events) > 7 || next != nil && len(events) != 7 {
			t.Errorf("a page of %d", len(events))
		}
		for _, e := range events {
			if seen[e.RequestID] {
				t.Errorf("%s is there twice", e.RequestID)
			}
			seen[e.RequestID] = true
		}
		return next
	}
	c := &Cursor{From: today, To: today.Add(24 * time.Hour)}
	for i := 10; i < 15; i++ {
		if c = page(c, EventFilter{}); c == nil {
			t.Fatal("no next page")
		}
		add(i)
	}
	for c != nil {
		c = page(c, EventFilter{})
	}
	if len(seen) != 2*2*15 {
		t.Errorf("%d events", len(seen))
	}
	clear(seen)
	for c = (&Cursor{From: today, To: today.Add(24 * time.Hour)}); c != nil; {
		c = page(c, EventFilter{Activity: "viewreport"})
	}
	if len(seen) != 2*15 {
		t.Errorf("%d events are ViewReport", len(seen))
	}
	for _, l := range logs {
		shut(t, l)
	}
}
