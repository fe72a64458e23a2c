package embedtoken

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"inlay"
)

// node is a process with its ring, on a clock of the test.
type node struct {
	*Ring
	file string
}

// clock is the time of all nodes, and how long they have run.
type clock struct{ elapsed atomic.Int64 }

func (c *clock) now() time.Time         { return now.Add(time.Duration(c.elapsed.Load())) }
func (c *clock) step(d time.Duration)   { c.elapsed.Add(int64(d)) }
func (c *clock) running() time.Duration { return time.Duration(c.elapsed.Load()) }
func (c *clock) open(t testing.TB, file string) node {
	t.Helper()
	r, err := OpenRing(file)
	if err != nil {
		t.Fatal(err)
	}
	r.clock = c.running
	r.checked.Store(int64(c.running()))
	r.tried = c.running() - checkEvery
	return node{r, file}
}

func keyPath(t testing.TB) string { return filepath.Join(t.TempDir(), "keys", "embed.json") }

// made is a grant of an hour that was decided at a time.
func made(t testing.TB, at time.Time) Grant {
	g := testGrant(t)
	g.IssuedAt, g.ExpiresAt = at.UTC().Truncate(time.Second), at.UTC().Truncate(time.Second).Add(time.Hour)
	return g
}

func keyOf(t testing.TB, token string) uint32 {
	t.Helper()
	first, _, _ := strings.Cut(token, ".")
	raw, err := encoding.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	id, ok := keyID(raw)
	if !ok {
		t.Fatal("the token names no key")
	}
	return id
}

func rotate(t testing.TB, file string, at time.Time) []Key {
	t.Helper()
	list, err := Rotate(file, at)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestRotationUnderLoad is test R7: keys are rotated all the time while one node seals and others
// open, beside a stream of forged tokens. No good token is refused, and the keys do change. Then one key is withdrawn.
func TestRotationUnderLoad(t *testing.T) {
	const rotations, step = 120, 40 * time.Millisecond
	var c clock
	file := keyPath(t)
	sealing := c.open(t, file)
	opening := []node{c.open(t, file), c.open(t, file)}
	var mu sync.Mutex
	byKey := map[uint32]string{} // a token of each key
	done := make(chan struct{})
	var work sync.WaitGroup
	for range 3 {
		work.Go(func() {
			for n := 0; ; n++ {
				token := seal(t, sealing.Ring, made(t, c.now()))
				for _, at := range opening {
					if _, err := at.Open(token, c.now()); err != nil {
						t.Errorf("a good token of key %d: %v", keyOf(t, token), err)
						return
					}
				}
				mu.Lock()
				byKey[keyOf(t, token)] = token
				mu.Unlock()
				select {
				case <-done:
					if n > 0 {
						return
					}
				default:
				}
			}
		})
	}
	// Somebody sends tokens of keys that there are not, to have the file read in vain.
	work.Go(func() {
		_, front, _ := strings.Cut(seal(t, testRing(t), made(t, c.now())), ".")
		forged := encoding.EncodeToString(append([]byte{1, 0, 0, 0, 0}, make([]byte, 60)...)) + "." + front
		for {
			for _, at := range opening {
				if _, err := at.Open(forged, c.now()); inlay.KindOf(err) != inlay.Unauthenticated {
					t.Errorf("a forged token: %v", err)
				}
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for range rotations {
		rotate(t, file, c.now())
		c.step(step)
	}
	close(done)
	work.Wait()
	c.step(headStart)
	last := seal(t, sealing.Ring, made(t, c.now()))
	byKey[keyOf(t, last)] = last
	if len(byKey) < 5 {
		t.Fatalf("only %d keys have sealed: the load shows little", len(byKey))
	}
	for id, token := range byKey {
		for _, at := range opening {
			if _, err := at.Open(token, c.now()); err != nil {
				t.Errorf("a token of key %d that has not expired: %v", id, err)
			}
		}
	}
	for id := range byKey {
		if _, err := Withdraw(file, id, c.now()); err != nil {
			t.Fatal(err)
		}
		c.step(checkEvery) // the tokens are in every cache
		for other, token := range byKey {
			for _, at := range opening {
				_, err := at.Open(token, c.now())
				if (err != nil) != (other == id) || err != nil && inlay.KindOf(err) != inlay.Unauthenticated {
					t.Errorf("key %d is withdrawn; a token of key %d: %v", id, other, err)
				}
			}
		}
		break
	}
}

// TestUnknownKeys sends tokens that name keys which there are not: the file is read once, not for
// each of them, and a key that has just been made is found by it.
func TestUnknownKeys(t *testing.T) {
	var c clock
	n := c.open(t, keyPath(t))
	good := seal(t, n.Ring, made(t, c.now()))
	_, second, _ := strings.Cut(good, ".")
	before := n.reads
	for i := range 1000 {
		raw := append([]byte{1}, binary.BigEndian.AppendUint32(nil, uint32(i))...)
		forged := encoding.EncodeToString(append(raw, make([]byte, 60)...)) + "." + second
		if _, err := n.Open(forged, c.now()); inlay.KindOf(err) != inlay.Unauthenticated {
			t.Fatal(err)
		}
	}
	if got := n.reads - before; got != 1 {
		t.Errorf("1000 unknown keys had the file read %d times", got)
	}
	// Withdrawing the one key makes another that seals at once, before other nodes know it.
	if _, err := Withdraw(n.file, keyOf(t, good), c.now()); err != nil {
		t.Fatal(err)
	}
	token := seal(t, c.open(t, n.file).Ring, made(t, c.now()))
	c.step(unknownEvery)
	if _, err := n.Open(token, c.now()); err != nil {
		t.Errorf("a token of a new key: %v", err)
	}
	if _, err := n.Open(good, c.now()); inlay.KindOf(err) != inlay.Unauthenticated {
		t.Errorf("a token of the withdrawn key: %v", err)
	}
	if got := n.reads - before; got != 2 {
		t.Errorf("the file was read %d times", got)
	}
}

// TestRetiredKey holds that an old key opens what it sealed before, until that must have expired,
// and nothing that somebody who found the key seals with it.
func TestRetiredKey(t *testing.T) {
	var c clock
	file := keyPath(t)
	n := c.open(t, file)
	stolen := keyPath(t)
	if err := os.MkdirAll(filepath.Dir(stolen), 0o700); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(stolen, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	thief := c.open(t, stolen)
	day := made(t, c.now())
	day.ExpiresAt = day.IssuedAt.Add(MaxLifetime)
	honest := seal(t, n.Ring, day)
	retired := rotate(t, file, c.now())[0].Retired
	c.step(time.Hour)
	for name, x := range map[string]struct {
		issued time.Time
		ok     bool
	}{"before the rotation": {now, true}, "a little after it": {retired.Add(skew), true}, "well after it": {retired.Add(skew + time.Second), false}} {
		g := made(t, c.now())
		g.IssuedAt, g.ExpiresAt = x.issued, x.issued.Add(MaxLifetime)
		if _, err := n.Open(seal(t, thief.Ring, g), c.now()); (err == nil) != x.ok {
			t.Errorf("sealed with the old key, issued %s: %v", name, err)
		}
	}
	long := made(t, c.now())
	long.IssuedAt, long.ExpiresAt = now, now.Add(MaxLifetime+time.Second)
	if _, err := thief.Seal(long, cluster); err == nil {
		t.Error("a token of more than a day was sealed")
	}
	last := day.ExpiresAt.Add(-time.Second)
	c.elapsed.Store(int64(last.Sub(now)))
	if _, err := n.Open(honest, c.now()); err != nil {
		t.Errorf("the last second of a token of the old key: %v", err)
	}
	late := made(t, c.now())
	late.IssuedAt, late.ExpiresAt = retired, retired.Add(MaxLifetime)
	c.elapsed.Store(int64(retired.Add(MaxLifetime + skew).Sub(now)))
	if _, err := n.Open(seal(t, thief.Ring, late), c.now()); inlay.KindOf(err) != inlay.Unauthenticated {
		t.Errorf("after its end the old key opens: %v", err)
	}
	if list := rotate(t, file, c.now()); len(list) != 2 || list[0].State != KeySealing {
		t.Errorf("the key that has ended is still there: %+v", list)
	}
}

// TestKeyFileLost holds that keys do not outlive their file by more than a moment, and that all
// is well when it is back.
func TestKeyFileLost(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"gone":               os.Remove,
		"empty":              func(p string) error { return os.Truncate(p, 0) },
		"readable by others": func(p string) error { return os.Chmod(p, 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			var c clock
			n := c.open(t, keyPath(t))
			text, err := os.ReadFile(n.file)
			if err != nil {
				t.Fatal(err)
			}
			token := seal(t, n.Ring, made(t, c.now()))
			if err := spoil(n.file); err != nil {
				t.Fatal(err)
			}
			c.step(staleAfter - time.Millisecond)
			if _, err := n.Open(token, c.now()); err != nil {
				t.Errorf("at first: %v", err)
			}
			c.step(time.Millisecond)
			if _, err := n.Open(token, c.now()); err == nil || inlay.KindOf(err) != inlay.Internal || !strings.Contains(err.Error(), n.file) {
				t.Errorf("later: %v", err)
			}
			if _, err := n.Seal(made(t, c.now()), cluster); err == nil {
				t.Error("sealed without the file")
			}
			os.Remove(n.file)
			if err := os.WriteFile(n.file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			c.step(checkEvery)
			if _, err := n.Open(token, c.now()); err != nil {
				t.Errorf("with the file again: %v", err)
			}
		})
	}
}

// TestKeyChanges draws rotations, withdrawals and time at random. At all times there is one key
// that seals; a token opens as long as it has not expired and its key was not withdrawn; and what
// one node seals, another opens that has read the file within the bound.
func TestKeyChanges(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var c clock
		file := keyPath(t)
		sealing, opening := c.open(t, file), c.open(t, file)
		withdrawn := map[uint32]bool{}
		type token struct {
			text string
			ends time.Time
		}
		var out []token
		for range rapid.IntRange(3, 12).Draw(rt, "steps") {
			switch rapid.IntRange(0, 3).Draw(rt, "kind") {
			case 0:
				rotate(t, file, c.now())
			case 1:
				list, err := Keys(file, c.now())
				if err != nil {
					rt.Fatal(err)
				}
				id := rapid.SampledFrom(list).Draw(rt, "key").ID
				if _, err := Withdraw(file, id, c.now()); err != nil {
					rt.Fatal(err)
				}
				withdrawn[id] = true
			default:
				c.step(time.Duration(rapid.SampledFrom([]int64{1, 300, 1500, 2500, 3_600_000, 50_000_000, 90_000_000}).Draw(rt, "ms")) * time.Millisecond)
			}
			c.step(checkEvery)
			seals := 0
			list, err := Keys(file, c.now())
			if err != nil {
				rt.Fatal(err)
			}
			for _, k := range list {
				if k.State == KeySealing {
					seals++
				}
			}
			if seals != 1 {
				rt.Fatalf("%d keys seal: %+v", seals, list)
			}
			g := made(t, c.now())
			g.ExpiresAt = g.IssuedAt.Add(time.Duration(rapid.IntRange(1, 24).Draw(rt, "hours")) * time.Hour)
			out = append(out, token{seal(t, sealing.Ring, g), g.ExpiresAt})
			for _, x := range out {
				_, err := opening.Open(x.text, c.now())
				if good := !withdrawn[keyOf(t, x.text)] && c.now().Before(x.ends); good != (err == nil) {
					rt.Fatalf("a token of key %d (withdrawn: %v) that ends in %s: %v\n%+v", keyOf(t, x.text), withdrawn[keyOf(t, x.text)], x.ends.Sub(c.now()), err, list)
				}
			}
		}
	})
}

// TestKeysRefused are changes that there is nothing for.
func TestKeysRefused(t *testing.T) {
	file := keyPath(t)
	if _, err := Rotate(file, now); err == nil {
		t.Error("a file that is not there was rotated")
	}
	if _, err := OpenRing(file); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(file)
	if _, err := Withdraw(file, 1, now); err == nil || !strings.Contains(err.Error(), "no token key 1") {
		t.Errorf("an unknown key: %v", err)
	}
	if after, _ := os.ReadFile(file); string(after) != string(before) {
		t.Error("a refused change changed the file")
	}
	rotate(t, file, now)
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".key-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the new file: %v, %v", info.Mode(), err)
	}
}

// FuzzOpenRotated opens texts with a ring whose keys were rotated and withdrawn: only the tokens
// of keys that are there open, and nothing else does.
func FuzzOpenRotated(f *testing.F) {
	var c clock
	n := c.open(f, keyPath(f))
	first := seal(f, n.Ring, made(f, c.now()))
	rotate(f, n.file, c.now())
	c.step(headStart + time.Second)
	second := seal(f, n.Ring, made(f, c.now()))
	rotate(f, n.file, c.now())
	c.step(headStart + time.Second)
	third := seal(f, n.Ring, made(f, c.now()))
	if _, err := Withdraw(n.file, keyOf(f, first), c.now()); err != nil {
		f.Fatal(err)
	}
	if err := n.Refresh(); err != nil {
		f.Fatal(err)
	}
	_, front, _ := strings.Cut(second, ".")
	swapped := func(token string, id uint32) string { // the same token under another key's id
		body, front, _ := strings.Cut(token, ".")
		raw, _ := encoding.DecodeString(body)
		binary.BigEndian.PutUint32(raw[1:5], id)
		return encoding.EncodeToString(raw) + "." + front
	}
	for _, s := range []string{first, second, third, swapped(second, keyOf(f, third)), swapped(second, keyOf(f, first)), swapped(third, 0),
		"AQ==." + front, "AQAAAAA=." + front, "AAAAAAA=." + front, base64.StdEncoding.EncodeToString(make([]byte, 64)) + "." + front, fmt.Sprintf("%s.%s", front, front)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := n.Open(s, c.now())
		if (err == nil) != (s == second || s == third) {
			t.Fatalf("%q: %v", s, err)
		}
		if err != nil && (inlay.KindOf(err) != inlay.Unauthenticated || got.TokenID != "") {
			t.Fatalf("%+v, %v", got, err)
		}
	})
}

// BenchmarkOpenSeen is opening a token that was seen before, with the keys of a file.
func BenchmarkOpenSeen(b *testing.B) {
	r, err := OpenRing(keyPath(b))
	if err != nil {
		b.Fatal(err)
	}
	token := seal(b, r, testGrant(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Open(token, now); err != nil {
			b.Fatal(err)
		}
	}
}
