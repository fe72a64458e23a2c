package rest_test

import (
	"fmt"
	"sync"
	"testing"

	"inlay/audit"
	"inlay/rest"
)

// TestRequestsStayApart asks for tokens for many viewers at once, with refusals in between: nothing
// of one request is in the token, the record or the headers of another, though memory is used again.
func TestRequestsStayApart(t *testing.T) {
	log := &full{room: true}
	w := newWorld(t, func(c *rest.Config) { c.Audit = log })
	bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
	var mu sync.Mutex
	viewers := map[string]string{} // by id of the token
	refused := map[string]string{} // by id of the request
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for k := range 20 {
				who := fmt.Sprintf("viewer-%d-%d", i, k)
				ask := fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}],"identities":[{"username":%q,"auditableContext":%q,"roles":["West"],"datasets":[%q]}]}`, overview, orders, who, who, orders)
				a := w.send("POST", "/v1.0/myorg/GenerateToken", bearer, ask)
				g, err := w.ring.Open(a.field("token"), w.now)
				if err != nil || len(g.Datasets) != 1 || g.Datasets[0].Identity == nil || g.Datasets[0].Identity.Username != who || len(g.Reports) != 1 || len(g.TargetWorkspaces) != 0 {
					t.Errorf("%s got a token for %+v: %v", who, g.Datasets, err)
				}
				id := fmt.Sprintf("00000000-0000-0000-%04d-%012d", i, k)
				b := w.send("POST", "/v1.0/myorg/GenerateToken", bearer, fmt.Sprintf(`{"reports":[{"id":%q}]}`, id))
				if b.status != 404 {
					t.Errorf("a report that does not exist: %d %s", b.status, b.body)
				}
				mu.Lock()
				viewers[a.field("tokenId")], refused[b.header.Get("RequestId")] = who, id
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(viewers) != 80 || len(refused) != 80 || len(log.kept) != 160 {
		t.Fatalf("%d tokens, %d refusals and %d records of 80 each", len(viewers), len(refused), len(log.kept))
	}
	for _, r := range log.kept {
		if r.Kind == audit.Refuse {
			if len(r.Reports) != 1 || r.Reports[0] != refused[r.Request] || len(r.Datasets)+len(r.Identities) != 0 || r.Token != "" {
				t.Errorf("the record of a refusal has what is not its own: %+v", r)
			}
			continue
		}
		if len(r.Identities) != 1 || r.Identities[0].User != viewers[r.Token] || len(r.Reports) != 1 || r.Reports[0] != overview {
			t.Errorf("the record of a token has what is not its own: %+v", r)
		}
	}
}
