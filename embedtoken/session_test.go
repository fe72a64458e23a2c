package embedtoken

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"inlay"
	"inlay/store/sqlstore"
)

func pageSecret(c string) string { return strings.Repeat(c, 43) }

// catalog opens a catalog of its own, or the one at a path, as another process does.
func catalog(t *testing.T, path string) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newCatalog(t *testing.T) string { return filepath.Join(t.TempDir(), "catalog.db") }

func TestOneUse(t *testing.T) {
	path := newCatalog(t)
	here, g := NewSessions(catalog(t, path)), testGrant(t)
	beside := NewSessions(catalog(t, path)) // another process
	g.OneUse, g.Keeper = true, here.ID()
	mine, other := pageSecret("a"), pageSecret("b")
	refused := func(what string, s *Sessions, secret string, opening bool) {
		t.Helper()
		if err := s.Use(t.Context(), g, secret, opening, now); inlay.KindOf(err) != inlay.Forbidden || err == nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("rows before it was opened", here, mine, false)
	refused("rows before it was opened, beside", beside, mine, false)
	for _, bad := range []string{"", "short", mine + "a", mine[:42] + "=", mine[:42] + "\n"} {
		refused("no secret", here, bad, true)
	}
	if err := here.Use(t.Context(), g, mine, true, now); err != nil {
		t.Fatal(err)
	}
	restarted := NewSessions(catalog(t, path))
	refused("a second page that opens after a restart", restarted, other, true)
	for name, s := range map[string]*Sessions{"here": here, "beside": beside, "restarted": restarted, "restarted, asked for rows first": NewSessions(catalog(t, path))} {
		for _, opening := range []bool{false, true} {
			if err := s.Use(t.Context(), g, mine, opening, now); err != nil {
				t.Errorf("%s, the same page again: %v", name, err)
			}
			refused(name+", a second page", s, other, opening)
		}
	}
	refused("another catalog", NewSessions(catalog(t, newCatalog(t))), mine, true)
	g.Keeper = ""
	refused("a token that says nothing", here, mine, true)
}

// TestOneUseAtOnce opens one token from many pages at two processes at the same time: one gets in.
func TestOneUseAtOnce(t *testing.T) {
	path := newCatalog(t)
	both, g := []*Sessions{NewSessions(catalog(t, path)), NewSessions(catalog(t, path))}, testGrant(t)
	g.OneUse, g.Keeper = true, both[0].ID()
	var in atomic.Int64
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if both[i%2].Use(t.Context(), g, fmt.Sprintf("%043d", i), true, now) == nil {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d pages opened a token for one use", in.Load())
	}
}

// TestOneUseIsForgottenByMemoryAlone fills the memory of uses: what it forgets, the catalog has.
func TestOneUseIsForgottenByMemoryAlone(t *testing.T) {
	s, g := NewSessions(catalog(t, newCatalog(t))), testGrant(t)
	s.most = 3
	g.OneUse, g.Keeper = true, s.ID()
	for i := range 10 {
		g.TokenID = fmt.Sprint(i)
		if err := s.Use(t.Context(), g, pageSecret("a"), true, now); err != nil {
			t.Fatal(err)
		}
		if len(s.known) > s.most {
			t.Fatalf("%d uses are in memory", len(s.known))
		}
	}
	for i := range 10 {
		g.TokenID = fmt.Sprint(i)
		if err := s.Use(t.Context(), g, pageSecret("b"), true, now); inlay.KindOf(err) != inlay.Forbidden {
			t.Errorf("the use of token %d was forgotten: %v", i, err)
		}
		if err := s.Use(t.Context(), g, pageSecret("a"), false, now); err != nil {
			t.Errorf("the page of token %d: %v", i, err)
		}
	}
}

// TestOneUseWithoutCatalog holds that nothing is opened
// while the catalog does not answer.
func TestOneUseWithoutCatalog(t *testing.T) {
	store := catalog(t, newCatalog(t))
	s, g := NewSessions(store), testGrant(t)
	g.OneUse, g.Keeper = true, s.ID()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, opening := range []bool{true, false} {
		if err := s.Use(t.Context(), g, pageSecret("a"), opening, now); err == nil || inlay.KindOf(err) == inlay.Forbidden {
			t.Errorf("opening %v: %v", opening, err)
		}
	}
}

func TestOrigin(t *testing.T) {
	for s, want := range map[string]bool{
		"https://app.example.com": true, "http://localhost:3000": true, "https://[2001:db8::1]:8443": true, "http://192.0.2.7": true,
		"https://app.example.com/": false, "https://App.example.com": false, "https://app.example.com:443": false, "http://a.example:80": false,
		"https://*.example.com": false, "https://u@example.com": false, "https://example.com?x": false, "https://example.com#": false, "https://": false,
		"null": false, "": false, "*": false, "file://": false, "javascript://x": false, "https://a b": false, "https://a:0443": false, "https://a:": false,
		"https://ex;ample": false, "https://[x:y]": false, "https://münchen.example": false,
	} {
		if Origin(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}
