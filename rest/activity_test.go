package rest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"inlay/audit"
	"inlay/rest"
)

const events = "/v1.0/myorg/admin/activityevents"

// quiet is an activity log in which nothing has happened.
func quiet(audit.Cursor, audit.EventFilter, int) ([]audit.Event, *audit.Cursor, error) {
	return nil, nil, nil
}

// TestActivityNeedsAnAdministrator holds that nobody reads the log unless the configuration names
// them, by an id or a user name and by nothing that they could choose themselves.
func TestActivityNeedsAnAdministrator(t *testing.T) {
	asked := 0
	for name, c := range map[string]struct {
		administrators []string
		caller         string
		status         int
	}{
		"nobody":                       {nil, anna, 401},
		"client id":                    {[]string{"C0000000-0000-0000-0000-000000000001"}, shop, 200},
		"user":                         {[]string{"Anna@example.com"}, anna, 200},
		"somebody else":                {[]string{"anna@example.com"}, shop, 401},
		"display name":                 {[]string{"Shop"}, shop, 401},
		"object id":                    {[]string{shop}, shop, 200},
		"empty name":                   {[]string{""}, anna, 401},
		"client id of another":         {[]string{"c0000000-0000-0000-0000-000000000002"}, shop, 401},
		"administrator of a workspace": {[]string{"x"}, anna, 401},
	} {
		for _, wire := range []bool{false, true} {
			w := newWorld(t, func(cfg *rest.Config) {
				cfg.Administrators, cfg.Wire = c.administrators, wire
				cfg.Activity = func(audit.Cursor, audit.EventFilter, int) ([]audit.Event, *audit.Cursor, error) {
					asked++
					return nil, nil, nil
				}
			})
			before := asked
			a := w.send("GET", events+"?startDateTime='2026-03-02T00:00:00Z'&endDateTime='2026-03-02T23:59:59Z'", "Bearer "+w.bearer(w.sign, tenant, c.caller), "")
			if a.status != c.status || (asked > before) != (c.status == 200) {
				t.Errorf("%s: %d %s", name, a.status, a.body)
			}
			if c.status != 200 && strings.Contains(a.body, "--administrators") == wire {
				t.Errorf("%s, wire %v: %s", name, wire, a.body)
			}
		}
	}
}

// TestActivityPages follows the continuation to the end.
func TestActivityPages(t *testing.T) {
	w := newWorld(t, func(cfg *rest.Config) {
		cfg.Activity = func(c audit.Cursor, f audit.EventFilter, limit int) ([]audit.Event, *audit.Cursor, error) {
			if limit < 1000 || f.Activity != "ViewReport" {
				t.Errorf("asked for %d of %+v", limit, f)
			}
			at := c.After["w"]
			ev := []audit.Event{{ID: fmt.Sprint(at), EmbedTokenID: "t"}}
			if at == 2 {
				return ev, nil, nil
			}
			return ev, &audit.Cursor{From: c.From, To: c.To, After: map[string]uint64{"w": at + 1}}, nil
		}
	})
	bearer := "Bearer " + w.bearer(w.sign, tenant, guard)
	target := events + "?startDateTime='2026-03-02T00:00:00Z'&endDateTime='2026-03-02T23:59:59Z'&$filter=Activity%20eq%20'ViewReport'"
	var ids []string
	for range 5 {
		a := w.send("GET", target, bearer, "")
		var got struct {
			Entities []audit.Event `json:"activityEventEntities"`
			URI      *string       `json:"continuationUri"`
			Token    *string       `json:"continuationToken"`
			Last     bool          `json:"lastResultSet"`
		}
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != 200 || len(got.Entities) != 1 || got.Entities[0].EmbedTokenID != "t" {
			t.Fatalf("%d %s", a.status, a.body)
		}
		ids = append(ids, got.Entities[0].ID)
		if got.Last {
			if got.URI != nil || got.Token != nil || !strings.Contains(a.body, `"continuationUri":null`) {
				t.Errorf("the last page goes on: %s", a.body)
			}
			break
		}
		u, err := url.Parse(*got.URI)
		if err != nil || u.Query().Get("continuationToken") != "'"+*got.Token+"'" {
			t.Fatalf("%s: %v", *got.URI, err)
		}
		target = u.RequestURI()
	}
	if strings.Join(ids, "") != "012" {
		t.Errorf("read %q", ids)
	}
}

// TestActivityParameters shows what is refused.
func TestActivityParameters(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.bearer(w.sign, tenant, guard)
	day := "startDateTime='2026-03-02T00:00:00Z'&endDateTime='2026-03-02T23:59:59Z'"
	for query, says := range map[string]string{
		"":                                     "must be given",
		"startDateTime='2026-03-02T00:00:00Z'": "must be given",
		"startDateTime='2026-03-02T00:00:00Z'&endDateTime='2026-03-03T00:00:00Z'": "same UTC day",
		"startDateTime=yesterday&endDateTime=today":                               "ISO 8601",
		"startdatetime='2026-03-02T00:00:00Z'&endDateTime='2026-03-02T23:59:59Z'": "is not known here",
		day + "&startDateTime='2026-03-02T00:00:00Z'":                             "twice",
		day + "&continuationToken='x'":                                            "beside",
		"continuationToken='x'":                                                   "continuationToken is not one",
		"continuationToken=":                                                      "continuationToken is not one",
		day + "&$filter=Status%20eq%20'x'":                                        "$filter is not supported",
		day + "&$filter=Activity%20eq%20'x'%20or%20Activity%20eq%20'y'":           "$filter is not supported",
		day + "&$top=1": "query option",
	} {
		a := w.send("GET", events+"?"+query, bearer, "")
		if a.status != 400 || !strings.Contains(a.body, says) || a.code() != "InvalidRequest" {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	broken := newWorld(t, func(cfg *rest.Config) {
		cfg.Activity = func(audit.Cursor, audit.EventFilter, int) ([]audit.Event, *audit.Cursor, error) {
			return nil, nil, errors.New("file /secret is damaged")
		}
	})
	if a := broken.send("GET", events+"?"+day, "Bearer "+broken.bearer(broken.sign, tenant, guard), ""); a.status != 500 || strings.Contains(a.body, "secret") {
		t.Errorf("a damaged log: %d %s", a.status, a.body)
	}
	none := newWorld(t, func(cfg *rest.Config) { cfg.Activity = nil })
	if a := none.send("GET", events+"?"+day, "Bearer "+none.bearer(none.sign, tenant, guard), ""); a.status != 503 {
		t.Errorf("no log: %d %s", a.status, a.body)
	}
}
