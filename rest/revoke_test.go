package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay"
	"inlay/rest"
	"inlay/store/sqlstore"
)

// subjects are all ways to revoke the usual token.
var subjects = []inlay.Subject{
	{Kind: inlay.OfTenant, ID: tenant}, {Kind: inlay.OfPrincipal, ID: shop}, {Kind: inlay.OfWorkspace, ID: sales},
	{Kind: inlay.OfReport, ID: overview}, {Kind: inlay.OfDataset, ID: orders}, {Kind: "token"},
}

// TestRevoked is class A18: a token that works, and is in every cache, is revoked by somebody
// else with the catalog open. Every operation refuses it from then on, and asks for no data.
func TestRevoked(t *testing.T) {
	for _, of := range subjects {
		t.Run(string(of.Kind), func(t *testing.T) {
			w := newWorld(t)
			other, err := sqlstore.Open(t.Context(), w.path)
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			body := fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}],"identities":[{"username":"a","roles":["West"],"datasets":[%q]}]}`, overview, orders, orders)
			made := w.send("POST", "/v1.0/myorg/GenerateToken", "Bearer "+w.bearer(w.sign, tenant, shop), body)
			bystander := w.embedWith(shop, fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}]}`, tariff, prices))
			tried := 0
			each := func(token string, check func(op rest.Operation, a answer)) {
				for _, op := range operations(t) {
					if op.Auth == rest.EmbedToken {
						tried++
						check(op, w.send(op.Method, fill(t, op.Path, places), w.everywhere(token), fill(t, op.Example, places)))
					}
				}
			}
			works := func(op rest.Operation, a answer) {
				if a.status != 200 {
					t.Errorf("%s: %d %s", op.ID, a.status, a.body)
				}
			}
			each(made.field("token"), works)
			each(made.field("token"), works)
			if of.Kind == "token" {
				err = other.RevokeToken(t.Context(), strings.ToUpper(made.field("tokenId")), w.now.Add(1), w.now)
			} else {
				_, err = other.Revoke(t.Context(), of)
			}
			if err == nil {
				err = w.store.Refresh(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
			asked := len(w.engine.asked)
			for range 2 {
				each(made.field("token"), func(op rest.Operation, a answer) {
					if a.status != 403 || a.code() != "PowerBINotAuthorizedException" || !strings.Contains(a.body, `"rule":"token-revoked"`) {
						t.Errorf("%s: %d %s", op.ID, a.status, a.body)
					}
					clean(t, a, overview+wall+sum)
				})
			}
			if len(w.engine.asked) != asked || tried < 8 {
				t.Errorf("%d requests; data was asked for %d times", tried, len(w.engine.asked)-asked)
			}
			each(w.embed("a", "West"), works) // one that was made afterwards
			a := w.send("GET", "/inlay/v1/embed/reports/"+tariff, "EmbedToken "+bystander, "")
			wide := of.Kind == inlay.OfTenant || of.Kind == inlay.OfPrincipal || of.Kind == inlay.OfWorkspace
			if (a.status == 403) != wide {
				t.Errorf("a token for another report and dataset: %d %s", a.status, a.body)
			}
		})
	}
}

// TestWhoMayRevoke asks for every revocation as everybody. Who may not gets the same answer as
// for any other lack of rights, and nothing is revoked.
func TestWhoMayRevoke(t *testing.T) {
	may := map[string][]string{
		"Inlay_RevokeWorkspace": {anna}, "Inlay_RevokeReport": {anna}, "Inlay_RevokeDataset": {anna},
		"Inlay_RevokeToken": {guard}, "Inlay_RevokePrincipal": {guard}, "Inlay_RevokeTenant": {guard},
	}
	w := newWorld(t)
	seen := func() inlay.Revoked {
		r, err := w.store.Revoked(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	tried := 0
	for _, op := range operations(t) {
		if !strings.HasPrefix(op.ID, "Inlay_Revoke") {
			continue
		}
		tried++
		if len(may[op.ID]) == 0 || op.Auth != rest.AccessToken || op.Method != http.MethodPost {
			t.Errorf("%s: say here who may", op.ID)
		}
		for _, who := range []string{shop, rival, anna, guard} {
			before := seen()
			a := w.send(op.Method, fill(t, op.Path, places), "Bearer "+w.bearer(w.sign, tenant, who), fill(t, op.Example, places))
			changed := !cmp.Equal(before, seen())
			allowed := strings.Contains(strings.Join(may[op.ID], " "), who)
			if allowed != (a.status == 200) || allowed != changed || !allowed && a.status != 401 {
				t.Errorf("%s as %s: %d %s, revoked: %v", op.ID, who, a.status, a.body, changed)
			}
		}
		// Something that might say what to revoke must not be dropped, and no item of another
		// workspace is reached through one's own.
		target, good, _ := w.valid(op)
		before := seen()
		for _, body := range []string{`{"reportId":"` + overview + `"}`, `{"workspaceId":null}`, `[]`, `{"tokenId":"x"}`, `{"token":"x"}`, `{"token":"x","tokenId":"` + missing + `"}`} {
			if a := w.send(op.Method, target, good, body); a.status != 400 {
				t.Errorf("%s with %s: %d %s", op.ID, body, a.status, a.body)
			}
		}
		if !cmp.Equal(before, seen()) {
			t.Errorf("%s: a bad request revoked something", op.ID)
		}
	}
	if tried != len(may) {
		t.Errorf("%d operations revoke, %d are known here", tried, len(may))
	}
}

// TestWhoMayEndAToken sends a token itself to be ended, as everybody.
func TestWhoMayEndAToken(t *testing.T) {
	for who, status := range map[string]int{shop: 200, anna: 200, guard: 200, rival: 401} {
		w := newWorld(t)
		token := w.embed("a", "West")
		ask := func(token string) answer {
			return w.send("POST", "/inlay/v1/tokens/revoke", "Bearer "+w.bearer(w.sign, tenant, who), fmt.Sprintf(`{"token":%q}`, token))
		}
		if a := ask(token + "x"); a.status != 400 {
			t.Errorf("a spoiled token: %d %s", a.status, a.body)
		}
		if a := ask(token); a.status != status || strings.Contains(a.body, token[:20]) {
			t.Errorf("%s: %d %s", who, a.status, a.body)
		}
		a := w.send("GET", "/inlay/v1/embed/reports/"+overview, "EmbedToken "+token, "")
		if want := map[int]int{200: 403, 401: 200}[status]; a.status != want {
			t.Errorf("the token after %s: %d %s", who, a.status, a.body)
		}
		if strings.Contains(w.log.String(), token[:20]) {
			t.Error("the token is in the log")
		}
	}
}

// during does something when a dataset is looked up.
type during struct {
	rest.Items
	do func()
}

func (d during) Dataset(ctx context.Context, id string) (inlay.Dataset, error) {
	found, err := d.Items.Dataset(ctx, id)
	d.do()
	return found, err
}

// TestRevokedWhileGenerated revokes between what a token is decided on and its sealing. The token
// was decided on what was there before, so it is one of those that end.
func TestRevokedWhileGenerated(t *testing.T) {
	for _, of := range subjects[:5] {
		var w *world
		revoke := true
		w = newWorld(t, func(c *rest.Config) {
			c.Items = during{c.Items, func() {
				if !revoke {
					return
				}
				revoke = false
				if _, err := w.store.Revoke(t.Context(), of); err != nil {
					t.Error(err)
				}
			}}
		})
		for _, status := range []int{403, 200} {
			token := w.embed("a", "West")
			if a := w.send("GET", "/inlay/v1/embed/reports/"+overview, "EmbedToken "+token, ""); a.status != status {
				t.Errorf("%s: %d %s, want %d", of.Kind, a.status, a.body, status)
			}
		}
	}
}

// BenchmarkRevoked is what asking for revocations adds to a use, where some have been.
func BenchmarkRevoked(b *testing.B) {
	w := newWorld(b)
	grant, err := w.ring.Open(w.embed("a", "West"), w.now)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := w.store.Revoke(b.Context(), inlay.Subject{Kind: inlay.OfDataset, ID: vessels}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		seen, err := w.store.Revoked(b.Context())
		if err != nil || seen.Token(grant.TokenID, grant.Held()) {
			b.Fatal(err)
		}
	}
}
