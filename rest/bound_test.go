package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"inlay"
	"inlay/embedtoken"
	"inlay/rest"
)

// grantOf is what the good token of an operation holds.
func (w *world) grantOf(op rest.Operation) embedtoken.Grant {
	w.t.Helper()
	g, err := w.ring.Open(w.embedFor(op), w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

func (w *world) sealed(g embedtoken.Grant) string {
	w.t.Helper()
	token, err := w.ring.Seal(g, "https://bi.example.com")
	if err != nil {
		w.t.Fatal(err)
	}
	return "EmbedToken " + token
}

// everywhere is a token that opens a dashboard and a tile, too, which no operation makes.
func (w *world) everywhere(token string) string {
	w.t.Helper()
	g, err := w.ring.Open(token, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	g.Dashboards, g.Tiles = []string{wall}, []string{sum}
	return w.sealed(g)
}

// embedOperations are those with an embed token.
func embedOperations(t *testing.T) []rest.Operation {
	t.Helper()
	var list []rest.Operation
	for _, op := range operations(t) {
		if op.Auth == rest.EmbedToken {
			list = append(list, op)
		}
	}
	if len(list) < 4 {
		t.Fatalf("only %d routes with an embed token", len(list))
	}
	return list
}

// TestOneUseOnEveryRoute sends a token for one use from two pages to every route.
func TestOneUseOnEveryRoute(t *testing.T) {
	w := newWorld(t)
	made := w.embedWith(shop, fmt.Sprintf(`{"inlay":{"oneUse":true},"datasets":[{"id":%q}]}`, prices))
	keeper, err := w.ring.Open(made, w.now)
	if err != nil || !keeper.OneUse || keeper.Keeper == "" {
		t.Fatalf("%+v, %v", keeper, err)
	}
	mine, other := strings.Repeat("a", 43), strings.Repeat("b", 43)
	opens := 0
	for i, op := range embedOperations(t) {
		g := w.grantOf(op)
		g.OneUse, g.Keeper, g.TokenID = true, keeper.Keeper, fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		target, _, body := w.valid(op)
		send := func(secret ...string) answer {
			headers := []string{"Authorization", w.sealed(g)}
			for _, s := range secret {
				headers = append(headers, "X-Inlay-Session", s)
			}
			return w.sendWith(op.Method, target, body, headers...)
		}
		refused := func(what string, a answer) {
			t.Helper()
			if a.status != 403 || !strings.Contains(a.body, `"rule":"use-session"`) {
				t.Errorf("%s, %s: %d %s", op.ID, what, a.status, a.body)
			}
			clean(t, a, target)
		}
		refused("no secret", send())
		refused("two secrets", send(mine, mine))
		first := send(mine)
		if op.Opens {
			opens++
		} else {
			refused("not opened", first)
			g.TokenID = keeper.TokenID // opened below, by another route
			if err := w.open(g, mine); err != nil {
				t.Fatal(err)
			}
			first = send(mine)
		}
		if first.status != 200 {
			t.Errorf("%s: %d %s", op.ID, first.status, first.body)
		}
		if again := send(mine); again.status != 200 {
			t.Errorf("%s, the same page: %d %s", op.ID, again.status, again.body)
		}
		refused("a second page", send(other))
		g.Keeper = "another process"
		refused("another process", send(mine))
	}
	if opens == 0 {
		t.Error("no route opens an item")
	}
}

// open opens the report of a grant.
func (w *world) open(g embedtoken.Grant, secret string) error {
	a := w.sendWith("GET", "/inlay/v1/embed/reports/"+overview, "", "Authorization", w.sealed(g), "X-Inlay-Session", secret)
	if a.status != 200 {
		return fmt.Errorf("%d %s", a.status, a.body)
	}
	return nil
}

// TestOriginOnEveryRoute sends a token for one origin from there and from elsewhere to every route.
func TestOriginOnEveryRoute(t *testing.T) {
	w := newWorld(t)
	const here, there = "https://app.example.com", "https://other.example.net"
	for _, op := range embedOperations(t) {
		g := w.grantOf(op)
		g.Origin = here
		target, _, body := w.valid(op)
		for name, c := range map[string]struct {
			headers []string
			good    bool
		}{
			"right":              {[]string{"X-Inlay-Parent", here, "X-Inlay-Frame", here}, true},
			"right, as browsers": {[]string{"X-Inlay-Parent", here, "X-Inlay-Frame", here, "Sec-Fetch-Site", "same-origin"}, true},
			"nothing":            {nil, false},
			"other parent":       {[]string{"X-Inlay-Parent", there, "X-Inlay-Frame", here}, false},
			"other frame":        {[]string{"X-Inlay-Parent", here, "X-Inlay-Frame", there}, false},
			"no frame":           {[]string{"X-Inlay-Parent", here}, false},
			"no parent":          {[]string{"X-Inlay-Frame", here, "Origin", here}, false},
			"sandboxed":          {[]string{"X-Inlay-Parent", "null", "X-Inlay-Frame", here}, false},
			"both":               {[]string{"X-Inlay-Parent", here, "X-Inlay-Parent", there, "X-Inlay-Frame", here}, false},
			"upper case":         {[]string{"X-Inlay-Parent", strings.ToUpper(here), "X-Inlay-Frame", here}, false},
			"prefix":             {[]string{"X-Inlay-Parent", here + ".evil.example", "X-Inlay-Frame", here}, false},
			"cross-site":         {[]string{"X-Inlay-Parent", here, "X-Inlay-Frame", here, "Sec-Fetch-Site", "cross-site"}, false},
			"same site":          {[]string{"X-Inlay-Parent", here, "X-Inlay-Frame", here, "Sec-Fetch-Site", "same-site"}, false},
		} {
			a := w.sendWith(op.Method, target, body, append([]string{"Authorization", w.sealed(g)}, c.headers...)...)
			if c.good && a.status != 200 || !c.good && (a.status != 403 || !strings.Contains(a.body, `"rule":"use-origin"`)) {
				t.Errorf("%s, %s: %d %s", op.ID, name, a.status, a.body)
			}
			if !c.good {
				clean(t, a, target)
			}
		}
	}
}

// TestDashboardIsAskedAtUse is A9 for dashboards and tiles: what was true when the token was made
// is asked again.
func TestDashboardIsAskedAtUse(t *testing.T) {
	board := inlay.Dashboard{ID: wall, WorkspaceID: sales, Name: "Wall Dashboard"}
	shown := inlay.Tile{ID: sum, Title: "Sum Tile", ReportID: overview, DatasetID: orders}
	pinned := inlay.Tile{ID: crane, Title: "Pinned Tile", DatasetID: prices}
	for name, c := range map[string]struct {
		change          func(w *world) error
		dashboard, tile int
		rule            string
	}{
		"nothing": {func(*world) error { return nil }, 200, 200, ""},
		"maker is a viewer now": {func(w *world) error {
			return w.store.SetMembership(t.Context(), inlay.Membership{WorkspaceID: sales, PrincipalID: shop, Right: inlay.Viewer})
		}, 403, 403, "use-right"},
		"revoked": {func(w *world) error {
			_, err := w.store.Revoke(t.Context(), inlay.Subject{Kind: inlay.OfDataset, ID: orders})
			return err
		}, 403, 403, "token-revoked"},
		"a tile more": {func(w *world) error {
			board.Tiles = []inlay.Tile{shown, pinned}
			return w.store.SetDashboard(t.Context(), board)
		}, 200, 200, ""},
		"other tiles": {func(w *world) error {
			board.Tiles = []inlay.Tile{pinned}
			return w.store.SetDashboard(t.Context(), board)
		}, 403, 404, ""},
		"no roles any more": {func(w *world) error {
			d, err := w.store.Dataset(t.Context(), orders)
			if err != nil {
				return err
			}
			d.Roles, d.Version = nil, "v2"
			return w.store.Publish(t.Context(), d)
		}, 403, 403, "use-identity"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tokens := map[string]string{}
			for _, op := range embedOperations(t) {
				tokens[op.ID] = w.embedFor(op)
			}
			if err := c.change(w); err != nil {
				t.Fatal(err)
			}
			for id, want := range map[string]int{"Inlay_EmbedDashboard": c.dashboard, "Inlay_EmbedTile": c.tile} {
				target := "/inlay/v1/embed/dashboards/" + wall
				if id == "Inlay_EmbedTile" {
					target += "/tiles/" + sum
				}
				a := w.send("GET", target, "EmbedToken "+tokens[id], "")
				if a.status != want || c.rule != "" && !strings.Contains(a.body, `"rule":"`+c.rule+`"`) || strings.Contains(a.body, "Pinned") {
					t.Errorf("%s: %d %s", id, a.status, a.body)
				}
			}
		})
	}
}

// TestTokensOfOtherKinds sends each kind of token to the routes of the others.
func TestTokensOfOtherKinds(t *testing.T) {
	w := newWorld(t)
	list := embedOperations(t)
	tried := 0
	for _, op := range list {
		target, _, body := w.valid(op)
		for _, other := range list {
			same := strings.Contains(op.Path, "{reportId}") && strings.Contains(other.Path, "{reportId}")
			if op.ID == other.ID || same {
				continue
			}
			tried++
			a := w.send(op.Method, target, "EmbedToken "+w.embedFor(other), body)
			if a.status != 403 || !strings.Contains(a.body, `"rule":"use-`) {
				t.Errorf("%s with the token of %s: %d %s", op.ID, other.ID, a.status, a.body)
			}
			clean(t, a, target)
		}
	}
	if tried < 6 {
		t.Errorf("only %d pairs", tried)
	}
}
