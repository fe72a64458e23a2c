package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay"
	"inlay/embedtoken"
	"inlay/model"
	"inlay/query"
	"inlay/rest"
)

// texts are what class A3 tries in every text that a client chooses.
var texts = []string{
	"ann@example.com", "' OR 1=1--", `" OR ""="`, "'; DROP TABLE x;--", "O'Brien", "a]b[c", "[West]", "West OR East", "*", "%", "_",
	`\`, `\\`, `\'`, "{{x}}", "${x}", "$1", "?", ":x", "@x", "N'x'", "--", "/*", "*/", "#", "\x00", "a\x00b", "\n", "\r\n", "\t", " ", "",
	"zoë", "ﬀ", "İ", "ı", "ſ", "K", "\u200b", "\u202e", "\ufeff", "😀", "\u0301", "West\u0000", "west", "WEST", " West", "West ",
	strings.Repeat("a", 256), strings.Repeat("a", 257), strings.Repeat("é", 50), "null", "undefined", "NaN", "0", "true", `"),FALSE()||TRUE(`,
}

// TestInjection is A3: a text is refused, or arrives exactly as it was sent, or shows
// nothing; it never shows another's rows.
func TestInjection(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
	granted := 0
	for _, field := range []string{"username", "role", "customData"} {
		for _, text := range texts {
			id := map[string]any{"username": "ann@example.com", "roles": []string{"West"}, "datasets": []string{orders}}
			want := query.Viewer{Username: "ann@example.com", Roles: []string{"West"}}
			switch field {
			case "username":
				id["username"], want.Username = text, text
			case "role":
				id["roles"], want.Roles = []string{text}, []string{text}
			case "customData":
				id["customData"], want.CustomData = text, text
			}
			body, _ := json.Marshal(map[string]any{"reports": []any{map[string]any{"id": overview}}, "datasets": []any{map[string]any{"id": orders}}, "identities": []any{id}})
			a := w.send("POST", "/v1.0/myorg/GenerateToken", bearer, string(body))
			if a.status == 400 && a.code() == "InvalidRequest" {
				continue
			}
			if a.status != 200 {
				t.Errorf("%s %q: %d %s", field, text, a.status, a.body)
				continue
			}
			granted++
			a = w.send("POST", "/inlay/v1/embed/reports/"+overview+"/pages/first/visuals/rows/query", "EmbedToken "+a.field("token"), `{}`)
			if diff := cmp.Diff(want, w.engine.viewer()); diff != "" {
				t.Errorf("%s %q arrived as\n%s", field, text, diff)
			}
			if a.status == 200 && (!strings.Contains(a.body, "WEST-ROW") || strings.Contains(a.body, "EAST-ROW")) || a.status != 200 && a.code() != "RLSDenied" {
				t.Errorf("%s %q: %d %s", field, text, a.status, a.body)
			}
		}
	}
	if granted < 20 {
		t.Fatalf("only %d texts passed", granted)
	}
}

// values are what class A4 puts in place of every value.
var values = []string{`null`, `""`, `" "`, `0`, `-1`, `1`, `1.5`, `1e400`, `9223372036854775808`, `NaN`, `true`, `false`, `[]`, `{}`, `[null]`, `[[]]`, `[""]`, `"x"`,
	`"` + missing + `"`, `"` + vessels + `"`, `"` + prices + `"`, `["East"]`, `{"id":"` + prices + `"}`, `"\ud800"`, "\"\xff\""}

// TestCoercion is A4: each value of each body in the table is replaced by others, and each
// object gets members that are unknown, twice, and in other case. What comes out is a refusal,
// or no more than before.
func TestCoercion(t *testing.T) {
	w := newWorld(t)
	tried, passed := 0, 0
	for _, op := range operations(t) {
		if op.Example == "" {
			continue
		}
		target, good, body := w.valid(op)
		base := w.send(op.Method, target, good, body)
		for name, spoiled := range spoil(t, body) {
			tried++
			a := w.send(op.Method, target, good, spoiled)
			switch {
			case a.status == 200 && strings.HasSuffix(op.Path, "/GenerateToken"):
				passed++
				narrower(t, w, name, base, a)
			case a.status == 200 && strings.Contains(a.body, "EAST-ROW"):
				t.Errorf("%s %s shows another's rows", op.ID, name)
			case a.status == 200, a.status == empty[op.ID]:
				passed++
			case a.status != 400 && a.status != 401 && a.status != 404:
				t.Errorf("%s %s: %d %s", op.ID, name, a.status, a.body)
			}
		}
	}
	if tried < 200 || passed == 0 {
		t.Fatalf("%d bodies were tried, %d passed", tried, passed)
	}
}

// narrower fails when a token lets more than another.
func narrower(t *testing.T, w *world, name string, before, after answer) {
	t.Helper()
	open := func(a answer) embedtoken.Grant {
		g, err := w.ring.Open(a.field("token"), w.now)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	old, now := open(before), open(after)
	if now.ExpiresAt.After(old.ExpiresAt) {
		t.Errorf("%s: lives longer", name)
	}
	for _, d := range now.Datasets {
		was, ok := old.Dataset(d.ID)
		switch {
		case !ok && d.ID == prices && d.Unrestricted: // asked for by the change, and free of roles
		case !ok || d.Unrestricted:
			t.Errorf("%s: gives dataset %+v", name, d)
		case !cmp.Equal(was.Identity.Roles, d.Identity.Roles) && !strings.Contains(name, "roles"):
			t.Errorf("%s: has roles %v", name, d.Identity.Roles)
		case was.Identity.Username != d.Identity.Username && !strings.Contains(name, "username"):
			t.Errorf("%s: is %q", name, d.Identity.Username)
		}
	}
	for _, r := range now.Reports {
		if was, ok := old.Report(r.ID); !ok || r.Edit && !was.Edit && !strings.Contains(name, "allowEdit") && !strings.Contains(name, "accessLevel") {
			t.Errorf("%s: gives report %+v", name, r)
		}
	}
	if strings.Join(now.Dashboards, " ") != strings.Join(old.Dashboards, " ") || strings.Join(now.Tiles, " ") != strings.Join(old.Tiles, " ") {
		t.Errorf("%s: gives dashboards %v and tiles %v", name, now.Dashboards, now.Tiles)
	}
	for _, s := range now.TargetWorkspaces {
		if !strings.Contains(strings.Join(old.TargetWorkspaces, " "), s) {
			t.Errorf("%s: saves to %s", name, s)
		}
	}
}

// spoil makes variants of a body, by what was done.
func spoil(t *testing.T, body string) map[string]string {
	t.Helper()
	var root any
	if err := json.Unmarshal([]byte(body), &root); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	out := map[string]string{"empty": "", "null": "null", "list": "[]", "text": `"x"`, "twice": body + body, "cut": body[:len(body)-1], "mark": "\xef\xbb\xbf" + body}
	const mark = `"@@mark@@"`
	var walk func(path string, node any, set func(any))
	walk = func(path string, node any, set func(any)) {
		with := func(what, text string) {
			set("@@mark@@")
			whole, _ := json.Marshal(root)
			out[path+" "+what] = strings.Replace(string(whole), mark, text, 1)
			set(node)
		}
		for _, v := range values {
			with("= "+v, v)
		}
		switch n := node.(type) {
		case map[string]any:
			inner, _ := json.Marshal(n)
			rest := strings.TrimSuffix(strings.TrimPrefix(string(inner), "{"), "}")
			if rest != "" {
				rest = "," + rest
			}
			for _, extra := range []string{`"filter":"x"`, `"rowFilter":{}`, `"pages":["first"]`, `"readOnly":true`, `"ID":"` + prices + `"`, `"lifetime_in_minutes":-1`} {
				with("+ "+extra, "{"+extra+rest+"}")
			}
			for k := range n {
				v, _ := json.Marshal(n[k])
				with("+ twice "+k, fmt.Sprintf("{%q:%s%s}", k, v, rest))
				with("+ twice "+strings.ToUpper(k), fmt.Sprintf("{%q:null%s}", strings.ToUpper(k), rest))
				walk(path+"."+k, n[k], func(v any) { n[k] = v })
			}
		case []any:
			for i := range n {
				walk(fmt.Sprintf("%s[%d]", path, i), n[i], func(v any) { n[i] = v })
			}
		}
	}
	walk("", root, func(v any) { root = v })
	return out
}

// TestMasterUserKeepsIdentity is A4 for the one caller who may see all: an identity that is
// sent and spoiled is never taken as none.
func TestMasterUserKeepsIdentity(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.bearer(w.sign, tenant, anna)
	body := fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}],"identities":[{"username":"ann@example.com","roles":["West"],"datasets":[%q]}]}`, overview, orders, orders)
	tried := 0
	for name, spoiled := range spoil(t, body) {
		if strings.HasPrefix(name, ".identities = null") || strings.HasPrefix(name, ".identities = []") && !strings.HasPrefix(name, ".identities = [n") {
			continue // that is no identity
		}
		tried++
		a := w.send("POST", "/v1.0/myorg/GenerateToken", bearer, spoiled)
		if a.status != 200 {
			continue
		}
		g, err := w.ring.Open(a.field("token"), w.now)
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := g.Dataset(orders); ok && (d.Unrestricted || d.Identity.Username == "") {
			t.Errorf("%s: %s gives %+v", name, spoiled, d)
		}
	}
	if tried < 200 {
		t.Fatalf("only %d bodies were tried", tried)
	}
}

// TestTwoViewers is A8: the same request with two tokens, alternating and with everything a
// cache might look at set the same.
func TestTwoViewers(t *testing.T) {
	w := newWorld(t)
	tokens := map[string]string{"WEST-ROW": w.embed("ann@example.com", "West"), "EAST-ROW": w.embed("bob@example.com", "East")}
	tried := 0
	for _, op := range operations(t) {
		if op.Auth != rest.EmbedToken {
			continue
		}
		target, body := fill(t, op.Path, places), fill(t, op.Example, places)
		for range 3 {
			for row, token := range tokens {
				a := w.sendWith(op.Method, target, body, "Authorization", w.everywhere(token), "If-None-Match", "*", "If-Modified-Since", "Mon, 02 Mar 2026 09:30:00 GMT",
					"X-Request-Id", "same", "RequestId", "same", "Cache-Control", "only-if-cached")
				secure(t, a)
				if a.status != 200 {
					t.Fatalf("%s: %d %s", op.ID, a.status, a.body)
				}
				for other := range tokens {
					if other != row && strings.Contains(a.body, other) {
						t.Errorf("%s shows %s to the viewer of %s", op.ID, other, row)
					}
				}
				if strings.HasSuffix(op.Path, "/query") && !strings.Contains(a.body, row) {
					t.Errorf("%s does not show %s: %s", op.ID, row, a.body)
				}
				tried++
			}
		}
	}
	if tried == 0 {
		t.Fatal("there is no route with an embed token")
	}
}

// TestLogs is A11: nothing that opens a door, and nothing about viewers, is in a log.
func TestLogs(t *testing.T) {
	w := newWorld(t, func(c *rest.Config) { c.Engine = broken{&engine{}} })
	token := w.embed("ann@example.com", "West")
	access := w.bearer(w.sign, tenant, shop)
	requests := 0
	for _, op := range operations(t) {
		target, good, body := w.valid(op)
		for _, auth := range []string{good, "", "Bearer " + token, "EmbedToken " + access, good[:len(good)-4]} {
			for _, q := range []string{"", "?access_token=" + url.QueryEscape(token) + "&u=ann@example.com"} {
				w.send(op.Method, target+q, auth, body)
				w.send(op.Method, target+"/"+url.PathEscape(access)+q, auth, body)
				w.send("M"+strings.ReplaceAll(access, ".", ""), target+q, auth, body)
				requests += 3
			}
		}
	}
	log := w.log.String()
	if n := strings.Count(log, `"msg":"request"`); n < requests {
		t.Fatalf("%d requests, %d lines", requests, n)
	}
	if !strings.Contains(log, `"rule":"no-token"`) || !strings.Contains(log, `"caller":"`+shop) || !strings.Contains(log, "token_id") || !strings.Contains(log, "disk on fire") {
		t.Error("the log does not say who, with what and why not")
	}
	leaks := []string{"ann@example.com", "Bearer", "EmbedToken ", token, access, token[:40], access[:40], strings.Split(access, ".")[2][:40]}
	for _, s := range secrets {
		leaks = append(leaks, s)
	}
	for _, s := range leaks {
		if i := strings.Index(log, s); i >= 0 {
			t.Errorf("the log shows %.12q…: %.300s", s, log[max(0, i-200):])
		}
	}
}

// broken is an engine that fails when it is asked for rows.
type broken struct{ *engine }

func (broken) Ask(context.Context, inlay.Dataset, query.Viewer, model.Query) (model.Result, error) {
	return model.Result{}, errors.New("disk on fire")
}

// FuzzTokenRequest sends any body as the shop: it never fails, and never gives all rows of a
// model that has roles.
func FuzzTokenRequest(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}],"identities":[{"username":"a","roles":["West"],"datasets":[%q]}]}`, overview, orders, orders)))
	for _, s := range []string{"", "null", "{}", `{"datasets":[{"id":"` + orders + `"}]}`, `{"datasets":[{"id":"` + prices + `"}],"lifetimeInMinutes":1}`, `{"a":1,"a":2}`, "\xef\xbb\xbf{}", `{"identities":[{}]}`} {
		f.Add([]byte(s))
	}
	w := newWorld(f)
	bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
	f.Fuzz(func(t *testing.T, body []byte) {
		w := *w
		w.t = t
		a := w.send("POST", "/v1.0/myorg/GenerateToken", bearer, string(body))
		if a.status >= 500 || !json.Valid([]byte(a.body)) {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if a.status != 200 {
			return
		}
		g, err := w.ring.Open(a.field("token"), w.now)
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := g.Dataset(orders); ok && (d.Unrestricted || d.Identity.Username == "" || len(d.Identity.Roles) == 0) {
			t.Fatalf("%s gives %+v", body, d)
		}
	})
}

// FuzzSingleRequest sends any body to the operations for one item, as the shop.
func FuzzSingleRequest(f *testing.F) {
	id := fmt.Sprintf(`{"username":"a","roles":["West"],"datasets":[%q]}`, orders)
	for _, s := range []string{"", "null", "{}", `{"accessLevel":"view","allowSaveAs":"true","identities":[` + id + `]}`, `{"accessLevel":"Create","datasetId":"` + orders + `","identities":[` + id + `]}`,
		`{"identities":[` + id + `,` + id + `]}`, `{"identities":[{"datasets":["` + orders + `"],"identityBlob":{"value":"x"}}]}`, `{"allowSaveAs":"yes"}`, `{"lifetimeInMinutes":-1}`} {
		for i := range uint8(5) {
			f.Add(i, []byte(s))
		}
	}
	w := newWorld(f)
	bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
	var targets []string
	for _, op := range rest.Operations() {
		if strings.HasSuffix(op.Path, "/GenerateToken") && strings.Contains(op.Path, "groups") {
			targets = append(targets, fill(f, op.Path, places))
		}
	}
	if len(targets) != 5 {
		f.Fatalf("%d operations for one item", len(targets))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		w := *w
		w.t = t
		a := w.send("POST", targets[int(which)%len(targets)], bearer, string(body))
		if a.status >= 500 || !json.Valid([]byte(a.body)) {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if a.status != 200 {
			return
		}
		g, err := w.ring.Open(a.field("token"), w.now)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range g.Datasets {
			if d.ID != orders || d.Unrestricted || d.Identity.Username == "" || len(d.Identity.Roles) == 0 {
				t.Fatalf("%s gives %+v", body, d)
			}
		}
	})
}
