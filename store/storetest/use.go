package storetest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"inlay"
)

func page(n int) (p [32]byte) {
	p[0], p[31] = byte(n), byte(n)
	return p
}

// testUses holds that a token stays bound to the page that opened it, in this store, in one
// beside it at once, and after opening again, and is forgotten only some time after its end.
func testUses(t *testing.T, s *suite) {
	ctx := context.Background()
	other := s.beside(t)
	if k := s.Keeper(); k == "" || k != other.Keeper() {
		t.Errorf("the keeper is %q, and beside it %q", k, other.Keeper())
	}
	bound := func(store Store, token string, want [32]byte, known bool) {
		t.Helper()
		got, ok, err := store.OpenedBy(ctx, token)
		must(t, err)
		if ok != known || got != want {
			t.Errorf("token %s is bound to %v, %v; want %v, %v", token, got, ok, want, known)
		}
	}
	bound(s.Store, id(0xa1), [32]byte{}, false)
	use := inlay.TokenUse{Token: id(0xa1), Page: page(1), Until: at(60)}
	same(t, "opened", page(1))(s.OpenToken(ctx, use, at(0)))
	bound(other, id(0xa1), page(1), true) // without a refresh
	use.Page = page(2)
	for _, store := range []Store{s.Store, other} {
		same(t, "a second page", page(1))(store.OpenToken(ctx, use, at(1)))
	}
	use.Token = strings.ToUpper(id(0xa1))
	same(t, "id in capitals", page(1))(s.OpenToken(ctx, use, at(1)))
	bound(s.Store, use.Token, page(1), true)

	keeper := s.Keeper()
	s.reopen(t)
	if s.Keeper() != keeper {
		t.Errorf("the keeper was %s and is %s", keeper, s.Keeper())
	}
	bound(s.Store, id(0xa1), page(1), true)
	use.Until = at(7200)
	same(t, "after its end, by a clock that is late", page(1))(s.OpenToken(ctx, use, at(61)))
	s.reopen(t) // it sweeps
	use.Token = id(0xa2)
	same(t, "long after", page(2))(s.OpenToken(ctx, use, at(3600)))
	bound(s.Store, id(0xa1), [32]byte{}, false)
	bound(s.Store, id(0xa2), page(2), true)

	for _, bad := range []inlay.TokenUse{{Page: page(1), Until: at(60)}, {Token: "\x00", Page: page(1), Until: at(60)}, {Token: id(0xa3), Page: page(1), Until: at(5)}} {
		_, err := s.OpenToken(ctx, bad, at(5))
		want(t, err, inlay.Invalid)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := s.OpenedBy(gone, id(0xa2)); err == nil {
		t.Error("a cancelled question is answered")
	}
}

// testOnePage opens one token from many pages at two stores at once: all are told the same page.
func testOnePage(t *testing.T, s *suite) {
	ctx := context.Background()
	stores := []Store{s.Store, s.beside(t)}
	const tokens, pages = 5, 8
	for n := range tokens {
		var mu sync.Mutex
		told := map[[32]byte]int{}
		var all sync.WaitGroup
		for i := range pages {
			all.Go(func() {
				got, err := stores[i%2].OpenToken(ctx, inlay.TokenUse{Token: id(0xb0 + n), Page: page(i + 1), Until: at(0).Add(time.Hour)}, at(0))
				if err != nil {
					t.Errorf("open: %v", err)
				}
				mu.Lock()
				told[got]++
				mu.Unlock()
			})
		}
		all.Wait()
		if len(told) != 1 || told[[32]byte{}] > 0 {
			t.Errorf("token %d is bound to %d pages: %v", n, len(told), told)
		}
	}
}
