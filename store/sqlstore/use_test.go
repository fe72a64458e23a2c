package sqlstore_test

import (
	"fmt"
	"testing"
	"time"

	"inlay"
)

// TestUsesAreBounded fills the catalog with uses: none is forgotten for another, what ended some
// time ago makes room, and what is open goes on.
func TestUsesAreBounded(t *testing.T) {
	s, _ := beside(t)
	s.SetMostUses(3)
	start := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	use := func(n int, until, now time.Time) error {
		_, err := s.OpenToken(t.Context(), inlay.TokenUse{Token: fmt.Sprint(n), Page: [32]byte{byte(n)}, Until: until}, now)
		return err
	}
	for n := 1; n <= 5; n++ {
		err := use(n, start.Add(time.Duration(n)*time.Hour), start)
		if n <= 3 && err != nil || n > 3 && inlay.KindOf(err) != inlay.Unavailable {
			t.Errorf("use %d: %v", n, err)
		}
	}
	for n, want := range map[int]bool{1: true, 2: true, 3: true, 4: false} {
		if page, bound, err := s.OpenedBy(t.Context(), fmt.Sprint(n)); bound != want || bound && page[0] != byte(n) || err != nil {
			t.Errorf("use %d: %v %v %v", n, page, bound, err)
		}
	}
	if err := use(6, start.Add(9*time.Hour), start.Add(time.Hour+time.Minute)); inlay.KindOf(err) != inlay.Unavailable {
		t.Errorf("a minute after the first has ended: %v", err)
	}
	if err := use(6, start.Add(9*time.Hour), start.Add(time.Hour+10*time.Minute)); err != nil {
		t.Errorf("ten minutes after the first has ended: %v", err)
	}
	if _, bound, err := s.OpenedBy(t.Context(), "1"); bound || err != nil {
		t.Errorf("it is not forgotten: %v", err)
	}
}
