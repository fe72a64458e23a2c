package storetest

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay"
)

// testRevocation holds that an epoch counts revocations of its subject alone, is there after the
// store was opened again, and that what a reader was given does not change in its hands.
func testRevocation(t *testing.T, s *suite) {
	ctx := context.Background()
	before, err := s.Revoked(ctx)
	must(t, err)
	want1 := map[inlay.Subject]int64{}
	for i, kind := range []inlay.SubjectKind{inlay.OfTenant, inlay.OfPrincipal, inlay.OfWorkspace, inlay.OfReport, inlay.OfDataset} {
		of := inlay.Subject{Kind: kind, ID: id(0xabc)} // the same id in every kind
		for n := range i + 1 {
			same(t, string(kind), int64(n+1))(s.Revoke(ctx, of))
		}
		want1[of] = int64(i + 1)
	}
	if len(before.Epochs) != 0 || len(before.Tokens) != 0 {
		t.Errorf("what was read before has changed: %+v", before)
	}
	upper := inlay.Subject{Kind: inlay.OfReport, ID: "00000000-0000-4000-8000-000000000ABC"}
	same(t, "id in capitals", int64(5))(s.Revoke(ctx, upper))
	want1[inlay.Subject{Kind: inlay.OfReport, ID: id(0xabc)}] = 5
	check := func() {
		t.Helper()
		got, err := s.Revoked(ctx)
		must(t, err)
		if diff := cmp.Diff(want1, got.Epochs); diff != "" {
			t.Errorf("epochs (-want +got):\n%s", diff)
		}
	}
	check()
	s.reopen(t)
	check()
	for _, of := range []inlay.Subject{{}, {Kind: inlay.OfReport}, {Kind: "Report", ID: id(1)}, {Kind: inlay.OfReport, ID: "\x00"}} {
		_, err := s.Revoke(ctx, of)
		want(t, err, inlay.Invalid)
	}
	check()
}

// testRevokedTokens holds that a single token is remembered until its end and not longer.
func testRevokedTokens(t *testing.T, s *suite) {
	ctx := context.Background()
	tokens := func(want ...int) {
		t.Helper()
		got, err := s.Revoked(ctx)
		must(t, err)
		if len(got.Tokens) != len(want) {
			t.Errorf("revoked: %v, want %v", got.Tokens, want)
		}
		for _, n := range want {
			if _, ok := got.Tokens[id(n)]; !ok {
				t.Errorf("token %d is not revoked: %v", n, got.Tokens)
			}
		}
	}
	must(t, s.RevokeToken(ctx, id(1), at(10), at(0)), s.RevokeToken(ctx, id(2), at(20), at(0)), s.RevokeToken(ctx, id(1), at(5), at(0)))
	tokens(1, 2)
	want(t, s.RevokeToken(ctx, id(3), at(5), at(5)), inlay.Invalid, id(3))
	must(t, s.RevokeToken(ctx, id(4), at(30), at(7)))
	tokens(1, 2, 4) // the shorter time did not replace the longer one
	must(t, s.RevokeToken(ctx, id(5), at(30), at(10)))
	tokens(2, 4, 5)
	s.reopen(t)
	tokens(2, 4, 5)
	want(t, s.RevokeToken(ctx, "", at(30), at(0)), inlay.Invalid)
}

// testEpochsRise has two stores revoke the same subjects while both are read: no reader sees an epoch go
// back, none sees one before it was raised, and no revocation is lost.
func testEpochsRise(t *testing.T, s *suite) {
	ctx := context.Background()
	stores := []Store{s.Store, s.beside(t)}
	const writers, rounds, subjects = 2, 25, 3
	var mu sync.Mutex
	begun := map[inlay.Subject]int64{}
	subject := func(n int) inlay.Subject { return inlay.Subject{Kind: inlay.OfWorkspace, ID: id(n + 1)} }
	done := make(chan struct{})
	var readers, all sync.WaitGroup
	for i, store := range stores {
		readers.Go(func() {
			last := map[inlay.Subject]int64{}
			for {
				if i == 1 {
					refresh(t, store)
				}
				seen, err := store.Revoked(ctx)
				if err != nil {
					t.Errorf("read: %v", err)
					return
				}
				mu.Lock()
				for of, n := range seen.Epochs {
					if n < last[of] || n > begun[of] {
						t.Errorf("epoch of %v is %d, after %d; %d revocations have begun", of, n, last[of], begun[of])
					}
					last[of] = n
				}
				mu.Unlock()
				select {
				case <-done:
					return
				default:
				}
			}
		})
		for w := range writers {
			all.Go(func() {
				for n := range rounds {
					of := subject((n*(w+1) + i) % subjects)
					mu.Lock()
					begun[of]++
					mu.Unlock()
					n, err := store.Revoke(ctx, of)
					seen, rerr := store.Revoked(ctx)
					if err != nil || rerr != nil || seen.Epochs[of] < n {
						t.Errorf("own revocation %d of %v is seen as %d: %v %v", n, of, seen.Epochs[of], err, rerr)
					}
				}
			})
		}
	}
	all.Wait()
	close(done)
	readers.Wait()
	for i, store := range stores {
		refresh(t, store)
		seen, err := store.Revoked(ctx)
		must(t, err)
		if diff := cmp.Diff(begun, seen.Epochs); diff != "" {
			t.Errorf("store %d, epochs (-revocations +read):\n%s", i, diff)
		}
	}
}
