package rest_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"inlay"
	"inlay/audit"
	"inlay/rest"
)

// full is a log whose disk is full until room is made.
type full struct {
	mu   sync.Mutex
	room bool
	kept []audit.Record
}

func (f *full) Append(_ context.Context, r audit.Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.room {
		return inlay.Errorf(inlay.Unavailable, "the audit log cannot be written")
	}
	f.kept = append(f.kept, r)
	return nil
}

func (f *full) Note(r audit.Record) { _ = f.Append(context.Background(), r) }

func TestNoTokenWithoutItsRecord(t *testing.T) {
	log := &full{}
	for _, wire := range []bool{false, true} {
		w := newWorld(t, func(c *rest.Config) { c.Audit, c.Wire = log, wire })
		log.room = false
		body := fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}],"identities":[{"username":"ann","roles":["West"],"datasets":[%q]}]}`, overview, orders, orders)
		a := w.send("POST", "/v1.0/myorg/GenerateToken", "Bearer "+w.bearer(w.sign, tenant, shop), body)
		if a.status != 503 || strings.Contains(a.body, `"token"`) || a.header.Get("Retry-After") == "" {
			t.Errorf("wire %v: a token without a record: %d %s, Retry-After %q", wire, a.status, a.body, a.header.Get("Retry-After"))
		}
		log.room = true
		if a = w.send("POST", "/v1.0/myorg/GenerateToken", "Bearer "+w.bearer(w.sign, tenant, shop), body); a.status != 200 {
			t.Errorf("wire %v: when there is room again: %d %s", wire, a.status, a.body)
		}
	}
}

func TestRecordsFollowAToken(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	log, err := audit.Open(dir, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *rest.Config) { c.Audit = log })
	body := fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}],"identities":[{"username":"secret-name","auditableContext":"case 17","roles":["West"],"datasets":[%q]}]}`, overview, orders, orders)
	a := w.send("POST", "/v1.0/myorg/GenerateToken", "Bearer "+w.bearer(w.sign, tenant, shop), body)
	token, id := a.field("token"), a.field("tokenId")
	w.send("GET", "/inlay/v1/embed/reports/"+overview, "EmbedToken "+token, "")
	w.send("POST", "/inlay/v1/embed/reports/"+overview+"/pages/first/visuals/rows/query", "EmbedToken "+token, "{}")
	w.send("GET", "/inlay/v1/embed/reports/"+cargo, "EmbedToken "+token, "")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for e, err := range audit.Read(dir, audit.Query{Token: id}) {
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, fmt.Sprintf("%s %d %s", e.Kind, e.Status, e.Rule))
		if e.Kind == audit.Generate && (e.User() != "case 17" || e.Workspaces[0] != sales) {
			t.Errorf("the generation's record is %+v", e)
		}
		if text := fmt.Sprintf("%+v", e); strings.Contains(text, "secret-name") || strings.Contains(text, token) {
			t.Errorf("a record tells too much: %s", text)
		}
	}
	if got := strings.Join(kinds, ", "); got != "generate 200 , view 200 , query 200 , refuse 403 use-report" {
		t.Errorf("records of the token: %s", got)
	}
	if report, err := audit.Verify(dir); err != nil || len(report.Broken) > 0 {
		t.Errorf("the log does not verify: %+v, %v", report, err)
	}
}

// TestQueriesAsAnotherAreRecorded: the record of a query names who it was asked as, also where it was
// refused, and never the custom data.
func TestQueriesAsAnotherAreRecorded(t *testing.T) {
	log := &full{room: true}
	w := newWorld(t, func(c *rest.Config) { c.Audit = log })
	w.admit(orders, "West", "zoe@example.com")
	if err := w.store.SetMembership(t.Context(), inlay.Membership{WorkspaceID: sales, PrincipalID: guard, Right: inlay.Admin}); err != nil {
		t.Fatal(err)
	}
	user, admin := "Bearer "+w.bearer(w.sign, tenant, anna), "Bearer "+w.bearer(w.sign, tenant, guard)
	for _, c := range []struct{ path, token, body, want string }{
		{executePath(orders), user, `{"queries":[{"query":"EVALUATE Rows"}],"impersonatedUserName":"ZOE@example.com"}`, "query as user ZOE@example.com"},
		{executePath(orders), user, `{"queries":[{"query":"EVALUATE Rows"}],"impersonatedUserName":"una@example.com"}`, "refuse as user una@example.com"},
		{executePath(orders), user, one, "query "},
		{daxPath(orders), admin, `{"query":"EVALUATE Rows","effectiveUsername":"zoe@example.com","roles":["West"],"customData":"secret"}`, "query as user zoe@example.com in roles West"},
		{daxPath(orders), admin, `{"query":"EVALUATE Rows","roles":["West"]}`, "query in roles West"},
	} {
		w.send("POST", c.path, c.token, c.body)
		r := log.kept[len(log.kept)-1]
		if got := string(r.Kind) + " " + r.Detail; got != c.want {
			t.Errorf("%s: the record says %q, want %q", c.body, got, c.want)
		}
		if text := fmt.Sprintf("%+v", r); strings.Contains(text, "secret") {
			t.Errorf("a record tells too much: %s", text)
		}
	}
}

func TestRevocationsAreRecorded(t *testing.T) {
	log := &full{room: true}
	w := newWorld(t, func(c *rest.Config) { c.Audit = log })
	token := w.embed("ann@example.com", "West")
	a := w.send("POST", "/inlay/v1/tokens/revoke", "Bearer "+w.bearer(w.sign, tenant, shop), fmt.Sprintf(`{"token":%q}`, token))
	last := log.kept[len(log.kept)-1]
	if a.status != 200 || last.Kind != audit.Revoke || last.Principal != shop || last.Token != a.field("id") {
		t.Errorf("%d %s is recorded as %+v", a.status, a.body, last)
	}
}
