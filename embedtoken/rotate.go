package embedtoken

import (
	"fmt"
	"slices"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"inlay"
)

// headStart is how long a new key is known before it seals: every process has read the file anew
// by then, or has stopped to open tokens (see staleAfter). So no process meets a token whose key
// it does not know.
const headStart = 2 * time.Second

// Key is what is known of a key beside its secret.
type Key struct {
	ID      uint32
	State   KeyState
	Since   time.Time // it seals from then on; zero for the first
	Retired time.Time // it does not seal from then on; zero if that is not known yet
	Ends    time.Time // it opens nothing from then on; zero if that is not known yet
}

// KeyState says what a key does.
type KeyState string

// States of a key, in the order in which it has them.
const (
	KeyWaiting KeyState = "waiting" // it will seal
	KeySealing KeyState = "sealing" // it seals and opens
	KeyOpening KeyState = "opening" // it opens what it has sealed
	KeyEnded   KeyState = "ended"   // it opens nothing; the next change removes it
)

// Keys lists the keys of a file.
func Keys(path string, now time.Time) ([]Key, error) {
	k, err := readKeys(path, nil)
	if err != nil {
		return nil, fmt.Errorf("key file %q: %w", path, err)
	}
	return k.describe(now), nil
}

func (k *keys) describe(now time.Time) []Key {
	list := make([]Key, len(k.list))
	sealing := k.sealing(now)
	for i, x := range k.list {
		out := Key{ID: x.ID, State: KeyOpening, Since: x.Since, Retired: x.Retired}
		if !x.Retired.IsZero() {
			out.Ends = x.ends()
		}
		switch {
		case x == sealing:
			out.State = KeySealing
		case x.Since.After(now):
			out.State = KeyWaiting
		case !x.Retired.IsZero() && !now.Before(x.ends()):
			out.State = KeyEnded
		}
		list[i] = out
	}
	return list
}

// Rotate adds a key to a file that seals from a moment later on, and removes those that have
// ended. Of several programs that change one file at once, all but one change is lost: the
// caller holds a lock.
func Rotate(path string, now time.Time) ([]Key, error) {
	return change(path, now, func(c *changing) error { return c.add(now.Add(headStart)) })
}

// Withdraw removes a key from a file: no token of it opens any more. If none is left to seal,
// a new one does from now on. As with Rotate, the caller holds a lock.
func Withdraw(path string, id uint32, now time.Time) ([]Key, error) {
	return change(path, now, func(c *changing) error {
		if !slices.ContainsFunc(c.times, func(t keyTimes) bool { return t.ID == id }) {
			return inlay.Errorf(inlay.NotFound, "there is no token key %d", id)
		}
		return c.remove(id, now)
	})
}

// changing is a file of keys between reading and writing.
type changing struct {
	set   *keyset.Manager
	times []keyTimes
}

func change(path string, now time.Time, f func(*changing) error) ([]Key, error) {
	fail := func(err error) ([]Key, error) { return nil, fmt.Errorf("key file %q: %w", path, err) }
	now = now.UTC()
	k, err := readKeys(path, nil)
	if err != nil {
		return fail(err)
	}
	c := &changing{set: keyset.NewManagerFromHandle(k.set)}
	sealing := k.sealing(now)
	for _, x := range k.list {
		// A bare keyset says nothing of times: all but one of its keys have sealed until now.
		if x.Since.IsZero() && x.Retired.IsZero() && x != sealing {
			x.Retired = now
		}
		c.times = append(c.times, x.keyTimes)
	}
	if err := f(c); err != nil {
		return fail(err)
	}
	for _, x := range slices.Clone(c.times) {
		if !x.Retired.IsZero() && !now.Before(x.ends()) {
			if err := c.drop(x.ID); err != nil {
				return fail(err)
			}
		}
	}
	h, err := c.set.Handle()
	if err != nil {
		return fail(err)
	}
	if err := replace(path, h, c.times); err != nil {
		return fail(err)
	}
	return Keys(path, now)
}

// add makes a key that seals from a time on, in place of all others.
func (c *changing) add(since time.Time) error {
	id, err := c.set.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return err
	}
	if err := c.set.SetPrimary(id); err != nil {
		return err
	}
	since = since.UTC()
	for i := range c.times {
		if c.times[i].Retired.IsZero() || c.times[i].Retired.After(since) {
			c.times[i].Retired = since
		}
	}
	c.times = append(c.times, keyTimes{ID: id, Since: since})
	return nil
}

// remove takes a key away. What seals instead begins at once if nothing else does: the next key
// that waits, or a new one.
func (c *changing) remove(id uint32, now time.Time) error {
	rest := slices.DeleteFunc(slices.Clone(c.times), func(t keyTimes) bool { return t.ID == id })
	seals := func(t keyTimes) bool { return t.Retired.IsZero() || t.Retired.After(now) }
	begun := slices.ContainsFunc(rest, func(t keyTimes) bool { return seals(t) && !t.Since.After(now) })
	next := slices.IndexFunc(rest, seals) // they are in order
	switch {
	case !slices.ContainsFunc(rest, func(t keyTimes) bool { return t.Retired.IsZero() }):
		since := now
		if begun {
			since = now.Add(headStart)
		}
		if err := c.add(since); err != nil {
			return err
		}
	case !begun:
		c.times[slices.IndexFunc(c.times, func(t keyTimes) bool { return t.ID == rest[next].ID })].Since = now
	}
	return c.drop(id)
}

// drop takes a key out of the set. The primary key of the set is the last to be made.
func (c *changing) drop(id uint32) error {
	c.times = slices.DeleteFunc(c.times, func(t keyTimes) bool { return t.ID == id })
	newest := c.times[len(c.times)-1].ID
	if err := c.set.SetPrimary(newest); err != nil {
		return err
	}
	return c.set.Delete(id)
}
