package rest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay/rest"
)

// TestGrantIsNotChangedByUse is A13: what a token allows is worked out once and kept. Whatever is
// asked with it, in whatever order, it is the same afterwards, for it is shared between requests.
func TestGrantIsNotChangedByUse(t *testing.T) {
	w := newWorld(t)
	for _, op := range embedOperations(t) {
		token := w.everywhere(w.embedFor(op))
		open := func() string {
			g, err := w.ring.Open(strings.TrimPrefix(token, "EmbedToken "), w.now)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(g)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		before := open()
		for _, other := range embedOperations(t) {
			for _, body := range []string{fill(t, other.Example, places), `{"slicers":[{"visual":"choice","values":["x"]}]}`, "{"} {
				w.send(other.Method, fill(t, other.Path, places), token, body)
			}
		}
		if diff := cmp.Diff(before, open()); diff != "" {
			t.Errorf("%s: the grant is another after it was used: %s", op.ID, diff)
		}
	}
}

// TestRolesReachTheEngineAsTheyAre is A17: each set of roles that a token has is what the engine is
// asked with, no more and no other, whatever was asked before.
func TestRolesReachTheEngineAsTheyAre(t *testing.T) {
	w := newWorld(t)
	tried := 0
	for range 2 {
		for _, roles := range [][]string{{"West"}, {"East"}, {"West", "East"}, {"east"}} {
			token := w.embedWith(shop, fmt.Sprintf(`{"reports":[{"id":%q}],"datasets":[{"id":%q}],"identities":[{"username":"a","roles":["%s"],"datasets":[%q]}]}`,
				overview, orders, strings.Join(roles, `","`), orders))
			for _, op := range embedOperations(t) {
				if !strings.HasSuffix(op.Path, "/query") {
					continue
				}
				tried++
				if a := w.send(op.Method, fill(t, op.Path, places), "EmbedToken "+token, fill(t, op.Example, places)); a.status != 200 {
					t.Errorf("%s as %v: %d %s", op.ID, roles, a.status, a.body)
				}
				if diff := cmp.Diff(roles, w.engine.viewer().Roles); diff != "" || w.engine.viewer().Unrestricted {
					t.Errorf("%s (-asked for +asked of the engine)\n%s", op.ID, diff)
				}
			}
		}
	}
	if tried == 0 {
		t.Fatal("no route asks for rows")
	}
}

// TestGiantRequests is A20: what is too large, too deep or too many is refused on every route, by
// its size and not by what it makes the server do.
func TestGiantRequests(t *testing.T) {
	w := newWorld(t)
	bodies := map[string]string{
		"too large":    `{"x":"` + strings.Repeat("x", 1<<20) + `"}`,
		"lists":        strings.Repeat("[", 500_000),
		"objects":      strings.Repeat(`{"identities":`, 50_000),
		"nested value": `{"identities":` + strings.Repeat("[", 400_000) + strings.Repeat("]", 400_000) + `}`,
		"in slicers":   `{"slicers":[{"visual":"choice","values":[` + strings.Repeat("[", 400_000) + strings.Repeat("]", 400_000) + `]}]}`,
		"many values":  `{"slicers":[{"visual":"choice","values":[` + strings.Repeat("1,", 100_000) + `1]}]}`,
		"many items":   `{"datasets":[` + strings.Repeat(`{"id":"`+orders+`"},`, 10_000) + `{"id":"` + orders + `"}]}`,
		"many roles":   `{"identities":[{"username":"a","roles":[` + strings.Repeat(`"West",`, 50_000) + `"West"],"datasets":["` + orders + `"]}]}`,
	}
	tried := 0
	for _, op := range operations(t) {
		if op.Example == "" {
			continue
		}
		target, good, _ := w.valid(op)
		for name, body := range bodies {
			tried++
			asked := len(w.engine.asked)
			a := w.send(op.Method, target, good, body)
			if op.ID == explains && a.status == 200 && strings.Contains(a.body, `"allowed":false`) {
				continue // it says which rule refuses
			}
			if a.status != 400 && a.status != 413 {
				t.Errorf("%s, %s: %d %.300s", op.ID, name, a.status, a.body)
			}
			if len(a.body) > 2000 || len(w.engine.asked) != asked {
				t.Errorf("%s, %s: %d bytes, and the engine was asked %d times", op.ID, name, len(a.body), len(w.engine.asked)-asked)
			}
		}
	}
	if tried < 50 {
		t.Errorf("only %d requests", tried)
	}
	if _, bearer, _ := w.valid(operationOf(t, "EmbedToken_GenerateToken")); bearer == "" {
		t.Fatal("no token")
	} else if a := w.send("POST", generate, bearer, strings.Repeat(" ", 100)+`{"datasets":[{"id":"`+prices+`"}]}`); a.status != 200 {
		t.Errorf("a good request afterwards: %d %s", a.status, a.body)
	}
}

func operationOf(t *testing.T, id string) rest.Operation {
	t.Helper()
	for _, op := range operations(t) {
		if op.ID == id {
			return op
		}
	}
	t.Fatalf("there is no operation %s", id)
	return rest.Operation{}
}
