package rest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"inlay"
	"inlay/rest"
)

// admit puts users into roles.
func (w *world) admit(dataset, role string, users ...string) {
	w.t.Helper()
	for _, u := range users {
		if err := w.store.AddRoleMember(w.t.Context(), inlay.RoleMember{DatasetID: dataset, Role: role, User: u}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestImpersonationIsOfMembersAlone asks as names that are almost, or elsewhere, those of members:
// none gets to the engine. The control is a member.
func TestImpersonationIsOfMembersAlone(t *testing.T) {
	w := newWorld(t)
	w.admit(orders, "West", "zoe@example.com", "100%@example.com")
	w.admit(vessels, "West", "una@example.com", "zoe@example.com")
	if err := w.store.SetMembership(t.Context(), inlay.Membership{WorkspaceID: sales, PrincipalID: guard, Right: inlay.Admin}); err != nil {
		t.Fatal(err)
	}
	bearer, app := "Bearer "+w.bearer(w.sign, tenant, anna), "Bearer "+w.bearer(w.sign, tenant, guard)
	ask := func(user string, dax bool) answer {
		t.Helper()
		name, err := json.Marshal(user)
		if err != nil {
			t.Fatal(err)
		}
		if dax {
			return w.send("POST", daxPath(orders), app, `{"query":"EVALUATE Rows","effectiveUsername":`+string(name)+`}`)
		}
		return w.send("POST", executePath(orders), bearer, `{"queries":[{"query":"EVALUATE Rows"}],"impersonatedUserName":`+string(name)+`}`)
	}
	for _, dax := range []bool{false, true} {
		a := ask("ZOE@example.com", dax)
		if v := w.engine.viewer(); a.status != 200 || v.Unrestricted || fmt.Sprint(v.Roles) != "[West]" || v.Username != "zoe@example.com" || v.ObjectID != "" || v.CustomData != "" {
			t.Fatalf("the control: %d %s as %+v", a.status, a.body, v)
		}
		asked := len(w.engine.asked)
		for _, user := range []string{
			"una@example.com", "anna@example.com", "rival", "West", " ", "zoe", "zoe@example.com ", "\tzoe@example.com", "zoe@example.com\x00", "zoe@example.com\n", "zoe@example.comzoe@example.com",
			"' OR '1'='1", "zoe@example.com' --", `zoe@example.com" || TRUE() || "`, "zoe@example.com,una@example.com", "zoe@example.com;roles=East", "%", "z%", "___@example.com", "*",
			"zoe@example。com", "zoе@example.com", "zoe@example.com\u200b", "\ufeffzoe@example.com", "../" + vessels, orders, anna, strings.Repeat("z", 100_000), "<script>alert(1)</script>", "00%@example.com",
		} {
			a := ask(user, dax)
			want := 400
			if dax {
				want = 200
			}
			if a.status != want || dax && streams(t, a.body)[0].meta("Rule") != "execute-impersonation" || !dax && a.code() != "DatasetExecuteQueriesError" {
				t.Errorf("as %.60q: %d %.300s", user, a.status, a.body)
			}
			if len(a.body) > 4_000 {
				t.Errorf("as %.60q: an answer of %d bytes", user, len(a.body))
			}
		}
		if len(w.engine.asked) != asked {
			t.Errorf("the engine was asked as %+v", w.engine.viewer())
		}
	}
}

// TestNobodyPicksAnotherIdentity holds that a member of the request which would name one is
// refused where it has no effect, rather than dropped.
func TestNobodyPicksAnotherIdentity(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.bearer(w.sign, tenant, anna)
	for _, member := range []string{`"roles":["West"]`, `"customData":"x"`, `"effectiveUsername":"zoe@example.com"`, `"identities":[]`, `"username":"zoe@example.com"`, `"impersonatedUserName":"zoe@example.com","impersonatedusername":"una@example.com"`} {
		if a := w.send("POST", executePath(orders), bearer, `{"queries":[{"query":"EVALUATE Rows"}],`+member+`}`); a.status != 400 {
			t.Errorf("%s: %d %s", member, a.status, a.body)
		}
	}
	for _, member := range []string{`"identities":[]`, `"username":"zoe@example.com"`, `"impersonatedUserName":"zoe@example.com"`, `"roles":"West"`, `"roles":["West"],"Roles":["East"]`} {
		if a := w.send("POST", daxPath(orders), bearer, `{"query":"EVALUATE Rows",`+member+`}`); a.status != 400 {
			t.Errorf("%s: %d %s", member, a.status, a.body)
		}
	}
	if len(w.engine.asked) > 0 {
		t.Errorf("the engine was asked as %+v", w.engine.asked)
	}
}

// TestEmbedTokensDoNotQuery holds that an embed token asks what its report shows and no query of
// its own: as any kind of Authorization, on each operation that answers DAX.
func TestEmbedTokensDoNotQuery(t *testing.T) {
	w := newWorld(t)
	token := w.embed("ann@example.com", "West")
	n := 0
	for _, op := range operations(t) {
		if !strings.Contains(op.ID, "Execute") {
			continue
		}
		n++
		if op.Auth != rest.AccessToken {
			t.Errorf("%s takes an %s", op.ID, op.Auth)
		}
		for _, scheme := range []string{"EmbedToken ", "Bearer ", "embedtoken "} {
			a := w.send(op.Method, fill(t, op.Path, places), scheme+token, fill(t, op.Example, places))
			if a.status != 403 || a.code() != "InvalidToken" {
				t.Errorf("%s with %s: %d %s", op.ID, scheme, a.status, a.body)
			}
		}
	}
	if n != 4 || len(w.engine.asked) > 0 {
		t.Errorf("%d operations, asked as %+v", n, w.engine.asked)
	}
}
