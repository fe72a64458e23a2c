package entra

import (
	"crypto/sha256"
	"net"
	"sync"
	"time"
)

// seen remembers the claims of tokens whose signature was right, by the token's hash. Only such
// tokens get in, so nobody fills it from outside. It has two generations: when the young one is
// full it becomes the old one, and the old one goes.
type seen struct {
	mu         sync.Mutex
	most       int
	young, old map[[32]byte]claims
}

func newSeen(most int) *seen {
	return &seen{most: most, young: map[[32]byte]claims{}}
}

func (s *seen) find(hash [32]byte) (claims, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.young[hash]; ok {
		return c, true
	}
	c, ok := s.old[hash]
	if ok {
		s.put(hash, c)
	}
	return c, ok
}

func (s *seen) add(hash [32]byte, c claims) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(hash, c)
}

func (s *seen) put(hash [32]byte, c claims) {
	if len(s.young) >= s.most {
		s.old, s.young = s.young, make(map[[32]byte]claims, s.most)
	}
	s.young[hash] = c
}

// attempts limits guessing: so many wrong secrets for one account from one address in a window
// of time. The address is part of it, so that a stranger does not lock an account's owner out.
type attempts struct {
	mu     sync.Mutex
	most   int
	window time.Duration
	limit  int // accounts and addresses remembered at once
	since  time.Time
	count  map[ticket]int
}

// ticket stands for one account from one address.
type ticket [32]byte

func newAttempts(most int, window time.Duration, limit int) *attempts {
	return &attempts{most: most, window: window, limit: limit, count: map[ticket]int{}}
}

// take counts an attempt before it is made, so that many at once are counted too. It returns how
// long to wait when there were too many.
func (a *attempts) take(now time.Time, account, remote string) (ticket, time.Duration) {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	t := ticket(sha256.Sum256([]byte(account + "\x00" + host)))
	a.mu.Lock()
	defer a.mu.Unlock()
	// A full table is emptied: filling it takes more guesses than the reset gives back.
	if age := now.Sub(a.since); age >= a.window || age < 0 || len(a.count) >= a.limit {
		a.since = now
		clear(a.count)
	}
	if a.count[t] >= a.most {
		return t, a.since.Add(a.window).Sub(now)
	}
	a.count[t]++
	return t, 0
}

// refund takes an attempt back that was right.
func (a *attempts) refund(t ticket) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count[t]--; a.count[t] <= 0 {
		delete(a.count, t)
	}
}
