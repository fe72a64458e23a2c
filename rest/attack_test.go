package rest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"inlay"
	"inlay/embedtoken"
	"inlay/rest"
)

// The classes are those of the attack list: A1 expired and invalid tokens, A2 items outside
// the token, A3 injection, A4 coercion, A8 caches, A10 forgery, A11 leaks of tokens, A12
// paths, A13 grants that change, A17 roles, A18 revoked tokens, A20 giant requests. The requests come from the table of operations.

// clean fails when a refused answer shows an item: its name, a row, or an id that was not in
// the request.
func clean(t *testing.T, a answer, request string) {
	t.Helper()
	for _, s := range append(names, "FILTER-VALUE") {
		if strings.Contains(a.body, s) {
			t.Errorf("the answer shows %q: %s", s, a.body)
		}
	}
	for _, id := range ids {
		if strings.Contains(a.body, id) && !strings.Contains(strings.ToLower(request), id) {
			t.Errorf("the answer shows %s: %s", id, a.body)
		}
	}
	secure(t, a)
}

// secure checks what every answer has.
func secure(t *testing.T, a answer) {
	t.Helper()
	for name, want := range map[string]string{
		"Cache-Control": "no-store, must-revalidate, no-cache", "Pragma": "no-cache", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if !regexp.MustCompile(`^[0-9a-f-]{36}$`).MatchString(a.header.Get("RequestId")) {
		t.Errorf("RequestId is %q", a.header.Get("RequestId"))
	}
	for _, name := range []string{"ETag", "Last-Modified", "Set-Cookie", "Strict-Transport-Security"} {
		if a.header.Get(name) != "" {
			t.Errorf("%s is there", name)
		}
	}
}

// badTokens are headers that no operation of a kind may take: pairs of name and value.
func badTokens(w *world, kind rest.Auth) map[string][]string {
	auth := func(v string) []string { return []string{"Authorization", v} }
	access, embed := w.bearer(w.sign, tenant, shop), w.embed("ann@example.com", "West")
	otherRing, err := embedtoken.NewRing()
	if err != nil {
		w.t.Fatal(err)
	}
	grant, err := w.ring.Open(embed, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	resealed := func(r *embedtoken.Ring, f func(g *embedtoken.Grant)) string {
		g := grant
		f(&g)
		token, err := r.Seal(g, "https://bi.example.com")
		if err != nil {
			w.t.Fatal(err)
		}
		return token
	}
	scheme, good, wrong := "Bearer ", access, embed
	if kind == rest.EmbedToken {
		scheme, good, wrong = "EmbedToken ", embed, access
	}
	bad := map[string][]string{
		"A1 none":             nil,
		"A1 empty":            auth(""),
		"A1 scheme alone":     auth(strings.TrimSpace(scheme)),
		"A1 garbage":          auth(scheme + "garbage"),
		"A1 no scheme":        auth(good),
		"A1 basic":            auth("Basic " + good),
		"A1 two headers":      {"Authorization", scheme + good, "Authorization", scheme + good},
		"A1 good and bad":     {"Authorization", scheme + good, "Authorization", "Bearer x"},
		"A1 list":             auth(scheme + good + ", " + scheme + good),
		"A1 huge":             auth(scheme + strings.Repeat("x", 900<<10)),
		"A1 spaces":           auth(scheme + "   "),
		"A10 wrong kind":      auth(scheme + wrong),
		"A10 wrong scheme":    auth(map[rest.Auth]string{rest.AccessToken: "EmbedToken ", rest.EmbedToken: "Bearer "}[kind] + good),
		"A10 both wrong":      auth(map[rest.Auth]string{rest.AccessToken: "EmbedToken ", rest.EmbedToken: "Bearer "}[kind] + wrong),
		"A11 cookie":          {"Cookie", "access_token=" + good},
		"A11 other header":    {"X-PowerBI-Token", good},
		"A11 proxy header":    {"Proxy-Authorization", scheme + good},
		"A10 other server":    auth("Bearer " + w.bearer(w.signIn(signingKeys()[1], tenant), tenant, shop)),
		"A10 other tenant":    auth("Bearer " + w.bearer(w.signIn(signingKeys()[0], otherTenant), otherTenant, shop)),
		"A10 other ring":      auth("EmbedToken " + resealed(otherRing, func(*embedtoken.Grant) {})),
		"A10 grant of tenant": auth("EmbedToken " + resealed(w.ring, func(g *embedtoken.Grant) { g.TenantID = otherTenant })),
		"A10 no principal":    auth("EmbedToken " + resealed(w.ring, func(g *embedtoken.Grant) { g.PrincipalID = missing })),
		"A1 expired grant":    auth("EmbedToken " + resealed(w.ring, func(g *embedtoken.Grant) { g.IssuedAt, g.ExpiresAt = w.now.Add(-time.Hour), w.now })),
	}
	for i, part := range strings.Split(good, ".") {
		if len(part) < 10 {
			continue
		}
		flipped := []byte(good)
		at := strings.Index(good, part) + len(part)/2
		flipped[at] ^= 1
		bad[fmt.Sprintf("A10 tampered part %d", i+1)] = auth(scheme + string(flipped))
		bad[fmt.Sprintf("A10 without part %d", i+1)] = auth(scheme + strings.Replace(good, part, "", 1))
	}
	for name, forged := range forgedJWT(access) {
		bad["A10 "+name] = auth(scheme + forged)
	}
	return bad
}

// forgedJWT are access tokens with another algorithm or with keys of the attacker.
func forgedJWT(access string) map[string]string {
	parts := strings.Split(access, ".")
	b64 := base64.RawURLEncoding
	forged := map[string]string{}
	for _, alg := range []string{"none", "None", "NONE", "nOnE", ""} {
		forged["alg "+alg] = b64.EncodeToString([]byte(`{"typ":"JWT","alg":"`+alg+`"}`)) + "." + parts[1] + "."
	}
	public := signingKeys()[0].N.Bytes()
	for name, head := range map[string]string{
		"HS256": `{"typ":"JWT","alg":"HS256"}`,
		"kid":   `{"typ":"JWT","alg":"HS256","kid":"../../../../dev/null"}`,
		"jku":   `{"typ":"JWT","alg":"HS256","jku":"https://example.com/keys"}`,
	} {
		text := b64.EncodeToString([]byte(head)) + "." + parts[1]
		mac := hmac.New(sha256.New, public)
		mac.Write([]byte(text))
		forged[name] = text + "." + b64.EncodeToString(mac.Sum(nil))
	}
	return forged
}

func TestBadTokens(t *testing.T) {
	for _, wire := range []bool{false, true} {
		w := newWorld(t, func(c *rest.Config) { c.Wire = wire })
		for _, op := range operations(t) {
			target, good, body := w.valid(op)
			for name, headers := range badTokens(w, op.Auth) {
				t.Run(fmt.Sprintf("%s/%s/wire=%v", op.ID, name, wire), func(t *testing.T) {
					w.t = t
					before := len(w.engine.asked)
					a := w.sendWith(op.Method, target, body, headers...)
					if a.status != 403 {
						t.Errorf("status %d: %s", a.status, a.body)
					}
					if wire && op.Auth == rest.AccessToken && a.body != "" {
						t.Errorf("the service sends no body: %s", a.body)
					}
					if len(w.engine.asked) != before {
						t.Error("data was asked for")
					}
					clean(t, a, target+body)
				})
			}
			w.t = t
			for _, param := range []string{"access_token", "token", "accessToken", "authorization", "embedToken"} {
				if a := w.send(op.Method, target+"?"+param+"="+url.QueryEscape(good[strings.Index(good, " ")+1:]), "", body); a.status != 403 {
					t.Errorf("%s: a token in the query string: %d", op.ID, a.status)
				}
			}
		}
	}
}

// TestExpiredTokens is A1 for tokens that were good: they are sent again later.
func TestExpiredTokens(t *testing.T) {
	w := newWorld(t)
	start := w.now
	for _, op := range operations(t) {
		w.now = start
		target, good, body := w.valid(op)
		if a := w.send(op.Method, target, good, body); a.status != 200 && a.status != empty[op.ID] {
			t.Fatalf("%s: %d %s", op.ID, a.status, a.body)
		}
		w.now = start.Add(2 * time.Hour)
		a := w.send(op.Method, target, good, body)
		if a.status != 403 || a.code() != "TokenExpired" {
			t.Errorf("%s: %d %s", op.ID, a.status, a.body)
		}
		clean(t, a, target+body)
	}
}

// TestForeignItems is A2: every id in every path and body is replaced by one that exists
// elsewhere and by one that does not, and the two answers are the same.
func TestForeignItems(t *testing.T) {
	w := newWorld(t)
	tried := 0
	for _, op := range operations(t) {
		_, good, _ := w.valid(op)
		for name, other := range foreign {
			if !strings.Contains(op.Path+op.Example, "{"+name+"}") {
				continue
			}
			tried++
			ask := func(id string) answer {
				values := map[string]string{}
				for k, v := range places {
					values[k] = v
				}
				values[name] = id
				target, body := fill(t, op.Path, values), fill(t, op.Example, values)
				a := w.send(op.Method, target, good, body)
				shown := target + body
				if op.ID == explains { // it may name what the caller may use, such as the dataset of a report
					shown += orders
				}
				clean(t, a, shown)
				a.body = strings.ReplaceAll(a.body, id, "ID")
				return a
			}
			before := len(w.engine.asked)
			exists, not := ask(other), ask(missing)
			if s := exists.status; op.ID == explains {
				if s != 200 || !strings.HasPrefix(exists.body, `{"allowed":false,`) {
					t.Errorf("%s with another %s: %d %s", op.ID, name, s, exists.body)
				}
			} else if s != 401 && s != 403 && s != 404 && !strings.Contains(exists.body, `"rule":"identity-datasets"`) {
				t.Errorf("%s with another %s: %d %s", op.ID, name, s, exists.body)
			}
			if exists.status != not.status || exists.body != not.body || exists.header.Get("X-PowerBI-Error-Info") != not.header.Get("X-PowerBI-Error-Info") {
				t.Errorf("%s tells whether a %s exists:\n%d %s\n%d %s", op.ID, name, exists.status, exists.body, not.status, not.body)
			}
			if len(w.engine.asked) != before {
				t.Errorf("%s with another %s asked for data", op.ID, name)
			}
		}
	}
	if tried < 8 {
		t.Fatalf("only %d ids were tried", tried)
	}
}

// TestTokensOfOthers is A2 with good tokens: each is sent to every embed route of every item.
func TestTokensOfOthers(t *testing.T) {
	w := newWorld(t)
	tokens := map[string]string{ // by report that the token is for
		overview: w.embed("ann@example.com", "West"),
		cargo:    w.embedWith(rival, fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}],"identities":[{"username":"r","roles":["West"],"datasets":[%q]}]}`, cargo, vessels, vessels)),
		tariff:   w.embedWith(shop, fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}]}`, tariff, prices)),
		// A report that is bound to another dataset while it is embedded: not its own data.
		"unbound": w.embedWith(shop, fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}]}`, overview, prices)),
		"dataset": w.embedWith(shop, fmt.Sprintf(`{"datasets":[{"id":%q}]}`, prices)),
	}
	tried := 0
	for _, op := range operations(t) {
		if op.Auth != rest.EmbedToken || !strings.Contains(op.Path, "{reportId}") {
			continue
		}
		for of, token := range tokens {
			for _, id := range []string{overview, cargo, tariff, missing} {
				values := map[string]string{"reportId": id}
				target := fill(t, fill2(op.Path, values), places)
				a := w.send(op.Method, target, "EmbedToken "+token, fill(t, op.Example, places))
				tried++
				if of == id {
					if a.status != 200 {
						t.Errorf("%s with its own token: %d %s", op.ID, a.status, a.body)
					}
					continue
				}
				if a.status != 403 || a.code() != "PowerBINotAuthorizedException" {
					t.Errorf("%s of %s with a token for %s: %d %s", op.ID, id, of, a.status, a.body)
				}
				if of != "unbound" {
					clean(t, a, target)
				}
			}
		}
	}
	if tried == 0 {
		t.Fatal("there is no route with an embed token")
	}
}

func fill2(template string, values map[string]string) string {
	for k, v := range values {
		template = strings.ReplaceAll(template, "{"+k+"}", v)
	}
	return template
}

// TestUse is class A9 as far as it exists: what was true when the token was made is asked
// again when it is used.
func TestUse(t *testing.T) {
	member := func(right inlay.AccessRight) func(*world) {
		return func(w *world) {
			if err := w.store.SetMembership(w.t.Context(), inlay.Membership{WorkspaceID: sales, PrincipalID: shop, Right: right}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	unsecured := fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}]}`, tariff, prices)
	republish := func(id string, roles ...string) func(*world) {
		return func(w *world) {
			d, err := w.store.Dataset(w.t.Context(), id)
			if err == nil {
				d.Roles, d.Version = roles, "v2"
				err = w.store.Publish(w.t.Context(), d)
			}
			if err != nil {
				w.t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		report string
		body   string // of the token request; the usual one if empty
		change func(*world)
		status int
		rule   string
	}{
		"nothing changed":             {overview, "", func(*world) {}, 200, ""},
		"maker is a viewer now":       {overview, "", member(inlay.Viewer), 403, "use-right"},
		"maker is a contributor now":  {overview, "", member(inlay.Contributor), 200, ""},
		"model lost its roles":        {overview, "", republish(orders), 403, "use-identity"},
		"model got roles":             {tariff, unsecured, republish(prices, "West"), 403, "use-unrestricted"},
		"definition has roles alone":  {tariff, unsecured, func(w *world) { w.engine.roles = map[string][]string{prices: {"West"}} }, 403, "use-unrestricted"},
		"token names a role no more":  {overview, "", republish(orders, "North"), 403, "use-role-unknown"},
		"token has its role, renamed": {overview, "", republish(orders, "WEST", "East"), 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			token := w.embed("ann@example.com", "West")
			if c.body != "" {
				token = w.embedWith(shop, c.body)
			}
			c.change(w)
			a := w.send("POST", "/inlay/v1/embed/reports/"+c.report+"/pages/first/visuals/rows/query", "EmbedToken "+token, `{}`)
			if a.status != c.status || c.rule != "" && !strings.Contains(a.body, `"rule":"`+c.rule+`"`) {
				t.Errorf("%d %s", a.status, a.body)
			}
			if c.status != 200 {
				clean(t, a, c.report+orders+prices+sales)
			}
		})
	}
}
