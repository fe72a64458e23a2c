package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"inlay"
	"inlay/audit"
	"inlay/rest"
)

// explains is the operation that answers why another would refuse.
const explains = "Inlay_ExplainToken"

const explain = "/inlay/v1/tokens/explain"

// TestExplainedSuggestionIsGranted sends the suggestion of each explanation to GenerateToken, and
// holds that the two operations agree about the request itself.
func TestExplainedSuggestionIsGranted(t *testing.T) {
	for name, body := range map[string]string{
		"good":             fmt.Sprintf(`{"datasets":[{"id":%q}]}`, prices),
		"no identity":      fmt.Sprintf(`{"datasets":[{"id":%q}]}`, orders),
		"report alone":     fmt.Sprintf(`{"reports":[{"id":%q}]}`, overview),
		"partly forbidden": fmt.Sprintf(`{"reports":[{"id":%q},{"id":%q}],"datasets":[{"id":%q},{"id":%q}],"lifetimeInMinutes":7}`, overview, cargo, vessels, shelf),
		"unknown role":     fmt.Sprintf(`{"datasets":[{"id":%q}],"identities":[{"username":"ann","roles":["Nobody"],"datasets":[%q]}]}`, orders, orders),
		"nothing usable":   fmt.Sprintf(`{"datasets":[{"id":%q}]}`, vessels),
		"nothing":          `{}`,
	} {
		for _, wire := range []bool{false, true} {
			log := &full{room: true}
			w := newWorld(t, func(c *rest.Config) { c.Wire, c.Audit = wire, log })
			bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
			a := w.send("POST", explain, bearer, body)
			var got struct {
				Allowed    bool
				Suggestion json.RawMessage
				Datasets   []struct {
					ID       string
					Roles    []string
					Warnings []struct{ Rule, Message string }
				}
			}
			if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != 200 || strings.Contains(a.body, "clusterUrl") || a.field("token") != "" {
				t.Fatalf("%s: %d %s", name, a.status, a.body)
			}
			if len(log.kept) != 1 || log.kept[0].Kind != audit.Explain || log.kept[0].Token != "" || log.kept[0].Principal != shop {
				t.Errorf("%s: the audit log has %+v", name, log.kept)
			}
			if made := w.send("POST", generate, bearer, body); got.Allowed != (made.status == 200) {
				t.Errorf("%s: allowed %v, and GenerateToken answers %d %s", name, got.Allowed, made.status, made.body)
			}
			if none := string(got.Suggestion) == "null"; none != strings.HasPrefix(name, "nothing") {
				t.Errorf("%s: suggestion %s", name, got.Suggestion)
			} else if !none {
				if made := w.send("POST", generate, bearer, string(got.Suggestion)); made.status != 200 {
					t.Errorf("%s: the suggestion %s is answered %d %s", name, got.Suggestion, made.status, made.body)
				}
			}
			for _, d := range got.Datasets {
				if (len(d.Roles) > 0) != (d.ID == orders) {
					t.Errorf("%s: the roles of %s are %q", name, d.ID, d.Roles)
				}
				if name == "unknown role" && (len(d.Warnings) != 1 || d.Warnings[0].Rule != "use-role-unknown") {
					t.Errorf("%s: warnings %+v", name, d.Warnings)
				}
			}
			if strings.Contains(strings.ReplaceAll(a.body, vessels, ""), "Vessels") || strings.Contains(a.body, harbour) {
				t.Errorf("%s: it tells of what is elsewhere: %s", name, a.body)
			}
		}
	}
}

// TestWireModeHidesRules holds that no error of an operation of the service says rule or remedy
// in wire mode, whatever is wrong with a request.
func TestWireModeHidesRules(t *testing.T) {
	w := newWorld(t, func(c *rest.Config) { c.Wire = true })
	refused := 0
	check := func(op rest.Operation, a answer) {
		if a.status < 400 {
			return
		}
		refused++
		for _, member := range []string{`"rule"`, `"remedy"`} {
			if strings.Contains(a.body, member) {
				t.Errorf("%s: an error has %s: %d %s", op.ID, member, a.status, a.body)
			}
		}
	}
	for _, op := range operations(t) {
		if op.Auth != rest.AccessToken {
			continue
		}
		target, good, body := w.valid(op)
		check(op, w.send(op.Method, target, "", body))
		check(op, w.send(op.Method, target, "Bearer x", body))
		check(op, w.send(op.Method, target+"x", good, body))
		check(op, w.send(http.MethodDelete, target, good, body))
		check(op, w.send(op.Method, target+"?$expand=x", good, body))
		check(op, w.send(op.Method, target, "Bearer "+w.bearer(w.sign, tenant, rival), body))
		check(op, w.sendWith(op.Method, target, body, "Authorization", good, "Content-Type", "text/plain"))
		if op.Example != "" {
			for _, spoiled := range spoil(t, body) {
				check(op, w.send(op.Method, target, good, spoiled))
			}
		}
	}
	if refused < 100 {
		t.Errorf("only %d requests were refused", refused)
	}
}

// TestExplanationKeepsNarrowing holds that a suggestion shows no more pages than were asked for.
func TestExplanationKeepsNarrowing(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
	a := w.send("POST", explain, bearer, fmt.Sprintf(`{"reports":[{"id":%q}],"inlay":{"pages":["first"]}}`, overview))
	var got struct{ Suggestion json.RawMessage }
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || !strings.Contains(string(got.Suggestion), `"inlay":{"pages":["first"]}`) {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if made := w.send("POST", generate, bearer, string(got.Suggestion)); made.status != 200 {
		t.Errorf("%d %s", made.status, made.body)
	}
	if a := w.send("POST", explain, bearer, `{"inlay":{"once":true}}`); a.status != 400 {
		t.Errorf("a member that is not known: %d %s", a.status, a.body)
	}
}

// TestExplainSingle asks about requests of V1: each suggestion, sent to the operation, gets a token,
// and an item elsewhere is answered like one that there is not.
func TestExplainSingle(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
	operation := ""
	ask := func(item, more string) (allowed bool, suggestion, body string) {
		t.Helper()
		a := w.send("POST", explain, bearer, `{"item":`+item+more+`}`)
		var got struct {
			Allowed    bool
			Suggestion json.RawMessage
			Operation  string
		}
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != 200 {
			t.Fatalf("%s: %d %s", item, a.status, a.body)
		}
		if s := string(got.Suggestion); s != "null" {
			suggestion, operation = s, got.Operation
		}
		return got.Allowed, suggestion, a.body
	}
	for item, path := range map[string]string{
		fmt.Sprintf(`{"kind":"report","groupId":%q,"id":%q}`, sales, overview):                 "reports/" + overview,
		fmt.Sprintf(`{"kind":"new report","groupId":%q}`, sales):                               "reports",
		fmt.Sprintf(`{"kind":"dataset","groupId":%q,"id":%q}`, sales, strings.ToUpper(orders)): "datasets/" + orders,
		fmt.Sprintf(`{"kind":"dashboard","groupId":%q,"id":%q}`, sales, wall):                  "dashboards/" + wall,
		fmt.Sprintf(`{"kind":"tile","groupId":%q,"id":%q,"dashboardId":%q}`, sales, sum, wall): "dashboards/" + wall + "/tiles/" + sum,
	} {
		more := ""
		if path == "reports" {
			more = fmt.Sprintf(`,"datasetId":%q`, orders)
		}
		allowed, suggestion, body := ask(item, more)
		if allowed || suggestion == "" || !strings.Contains(body, `"rule":`) {
			t.Fatalf("%s: %s", item, body)
		}
		if want := "POST /v1.0/myorg/groups/" + sales + "/" + path + "/GenerateToken"; operation != want {
			t.Errorf("the operation is %q, want %q", operation, want)
		}
		if made := w.send("POST", strings.TrimPrefix(operation, "POST "), bearer, suggestion); made.status != 200 {
			t.Errorf("%s, sent back: %d %s", suggestion, made.status, made.body)
		}
		dataset := fmt.Sprintf(`"datasets":[{"id":%q,"allowed":false,"refusals":[{"rule":"identity-required"`, orders)
		for _, part := range []string{dataset, `"identity":[{"field":"identity","when":"required","rule":"identity-required"`, `"roles":["West","East"]`} {
			if !strings.Contains(body, part) {
				t.Errorf("%s: %s is not in %s", item, part, body)
			}
		}
		if report := fmt.Sprintf(`"reports":[{"id":%q,"allowed":true,"refusals":[]}]`, overview); strings.Contains(body, report) != strings.HasPrefix(item, `{"kind":"report"`) {
			t.Errorf("%s: what it says of the report is in %s", item, body)
		}
		again := strings.TrimSuffix(strings.TrimPrefix(suggestion, "{"), "}")
		if allowed, _, body := ask(item, ","+again); !allowed {
			t.Errorf("%s, explained: %s", suggestion, body)
		}
	}
	for _, kind := range []string{"report", "dataset", "dashboard"} {
		ids := map[string]string{"report": cargo, "dataset": vessels, "dashboard": berth}
		said := map[string]bool{}
		for _, id := range []string{ids[kind], missing} {
			_, suggestion, body := ask(fmt.Sprintf(`{"kind":%q,"groupId":%q,"id":%q}`, kind, harbour, id), "")
			said[strings.ReplaceAll(body, id, "ID")] = true
			if suggestion != "" {
				t.Errorf("%s of others: %s", kind, suggestion)
			}
		}
		if len(said) != 1 {
			t.Errorf("it tells whether a %s exists: %v", kind, said)
		}
	}
	for _, bad := range []string{`{"accessLevel":"View"}`, `{"item":{}}`, `{"item":{"kind":"report","groupId":"x","id":"` + overview + `"}}`,
		`{"item":{"kind":"tile","groupId":"` + sales + `","id":"` + sum + `"}}`, `{"item":{"kind":"report","groupId":"` + sales + `","id":"` + overview + `"},"datasets":[]}`,
		`{"item":{"kind":"report","groupId":"` + sales + `","id":"` + overview + `"},"datasets":[{"id":"` + orders + `"}]}`, `{"item":{"kind":"wall","groupId":"` + sales + `","id":"` + wall + `"}}`} {
		a := w.send("POST", explain, bearer, bad)
		if a.status != 400 && !strings.HasSuffix(bad, `"datasets":[]}`) {
			t.Errorf("%s: %d %s", bad, a.status, a.body)
		}
	}
}

// TestExplainSingleByV2 has a V1 request that only V2 can serve: the answer names the operation,
// and its suggestion gets a token there.
func TestExplainSingleByV2(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
	d, err := w.store.Dataset(t.Context(), prices)
	if err != nil {
		t.Fatal(err)
	}
	d.ID, d.Name, d.Kind = "20000000-0000-0000-0000-000000000009", "Lake Dataset", inlay.DirectLake
	if err := w.store.CreateDataset(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	a := w.send("POST", explain, bearer, fmt.Sprintf(`{"item":{"kind":"dataset","groupId":%q,"id":%q}}`, sales, d.ID))
	var got struct {
		Allowed    bool
		Operation  string
		Suggestion json.RawMessage
	}
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || got.Allowed || got.Operation != "POST /v1.0/myorg/GenerateToken" || !strings.Contains(a.body, "direct-lake-single") {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if made := w.send("POST", "/v1.0/myorg/GenerateToken", bearer, string(got.Suggestion)); made.status != 200 {
		t.Errorf("%d %s", made.status, made.body)
	}
}
