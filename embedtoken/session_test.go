package embedtoken

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inlay"
)

func pageSecret(c string) string { return strings.Repeat(c, 43) }

func TestOneUse(t *testing.T) {
	s, g := NewSessions(), testGrant(t)
	g.OneUse, g.Keeper = true, s.ID()
	mine, other := pageSecret("a"), pageSecret("b")
	refused := func(what, secret string, opening bool) {
		t.Helper()
		if err := s.Use(g, secret, opening, now); inlay.KindOf(err) != inlay.Forbidden || err == nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("rows before it was opened", mine, false)
	for _, bad := range []string{"", "short", mine + "a", mine[:42] + "=", mine[:42] + "\n"} {
		refused("no secret", bad, true)
	}
	if err := s.Use(g, mine, true, now); err != nil {
		t.Fatal(err)
	}
	for _, opening := range []bool{true, false} {
		if err := s.Use(g, mine, opening, now); err != nil {
			t.Errorf("the same page again: %v", err)
		}
		refused("a second page", other, opening)
	}
	elsewhere := NewSessions()
	if err := elsewhere.Use(g, mine, true, now); inlay.KindOf(err) != inlay.Forbidden {
		t.Errorf("after a restart: %v", err)
	}
}

// TestOneUseAtOnce opens one token from many pages at the same time: one gets in.
func TestOneUseAtOnce(t *testing.T) {
	s, g := NewSessions(), testGrant(t)
	g.OneUse, g.Keeper = true, s.ID()
	var in atomic.Int64
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if s.Use(g, fmt.Sprintf("%043d", i), true, now) == nil {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d pages opened a token for one use", in.Load())
	}
}

// TestOneUseIsBounded fills the memory of uses: no use is forgotten for another, and what has
// expired makes room.
func TestOneUseIsBounded(t *testing.T) {
	s, g := NewSessions(), testGrant(t)
	s.most = 3
	g.OneUse, g.Keeper = true, s.ID()
	for i := range 5 {
		g.TokenID = fmt.Sprint(i)
		err := s.Use(g, pageSecret("a"), true, now)
		if i < s.most && err != nil || i >= s.most && inlay.KindOf(err) != inlay.Unavailable {
			t.Errorf("token %d: %v", i, err)
		}
	}
	g.TokenID = "0"
	if err := s.Use(g, pageSecret("b"), true, now); inlay.KindOf(err) != inlay.Forbidden {
		t.Errorf("a use was forgotten: %v", err)
	}
	g.TokenID, g.ExpiresAt = "5", g.ExpiresAt.Add(time.Hour)
	if err := s.Use(g, pageSecret("a"), true, testGrant(t).ExpiresAt); err != nil {
		t.Errorf("after the others have ended: %v", err)
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
