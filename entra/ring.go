package entra

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"inlay"
)

// The keys in use are never older than staleAfter: what another process wrote to the file is looked
// for when a token comes and the last look is checkEvery ago. If the file cannot be read for longer
// than staleAfter, nobody signs in and no access token is taken: a key that was withdrawn must not
// live on because a disk is gone.
const (
	checkEvery = 250 * time.Millisecond
	staleAfter = time.Second
	// headStart is how long a new key is known, and published, before it signs.
	headStart = 2 * time.Second
	// skew is how far the clocks of two nodes may be apart.
	skew = 5 * time.Minute
)

// PEM headers of a key that say when it signs. A block without them has always signed.
const (
	sinceHeader   = "Since"
	retiredHeader = "Retired"
)

// Ring holds the keys that sign access tokens and verify them: one signs, those before it verify
// what they have signed until that must have expired. It follows the changes of its file.
type Ring struct {
	path string
	age  func() time.Duration // of the process, a clock that is never set

	mu      sync.Mutex
	keys    []*signingKey // in the order in which they sign
	text    []byte        // of the file
	checked time.Duration
	failure error
}

// signingKey is one key with its times.
type signingKey struct {
	private        *rsa.PrivateKey
	public         jose.JSONWebKey
	signer         jose.Signer
	header         string    // the first part of every token that it signs
	since, retired time.Time // it signs in between; zero: always has, does not end yet
}

// OpenRing reads the keys from a PEM file, which it makes with one new key if there is none. It
// refuses a file that others than its owner can read, and a folder in which others can replace it.
func OpenRing(path string) (*Ring, error) {
	if _, err := LoadKey(path); err != nil {
		return nil, err
	}
	start := time.Now()
	r := &Ring{path: path, age: func() time.Duration { return time.Since(start) }}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.read()
	return r, r.failure
}

// fixedRing has one key, which exists in memory only.
func fixedRing(key *rsa.PrivateKey) (*Ring, error) {
	k, err := newSigningKey(key)
	return &Ring{keys: []*signingKey{k}}, err
}

func newSigningKey(key *rsa.PrivateKey) (*signingKey, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	k := &signingKey{private: key}
	k.public, k.signer = signing(key)
	sample, err := k.sign([]byte("{}"))
	k.header, _, _ = strings.Cut(sample, ".")
	return k, err
}

func (k *signingKey) sign(payload []byte) (string, error) {
	signed, err := k.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// verifies reports whether a key is good for a token that it has signed, as far as times go. One
// that no longer signs is good for what it signed before, so that whoever finds an old key cannot
// use it.
func (k *signingKey) verifies(c claims, now time.Time) bool {
	signed := time.Unix(c.IssuedAt, 0).Add(backdate)
	return k.retired.IsZero() || !signed.After(k.retired.Add(skew)) && now.Before(k.ends())
}

// ends is when the last token of a key that no longer signs must have expired.
func (k *signingKey) ends() time.Time { return k.retired.Add(lifetime + skew) }

// current are the keys, recent enough to be used.
func (r *Ring) current() ([]*signingKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.path == "" || r.age()-r.checked < checkEvery {
		return r.keys, nil
	}
	r.read()
	if r.failure != nil && r.age()-r.checked >= staleAfter {
		return nil, r.failure
	}
	return r.keys, nil
}

// Refresh makes what other processes have written to the key file count now.
func (r *Ring) Refresh() error {
	if r.path == "" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.read()
	return r.failure
}

// read takes the keys of the file if its text has changed. The holder of mu calls it.
func (r *Ring) read() {
	at := r.age()
	text, err := readPrivate(r.path)
	if err == nil && !bytes.Equal(text, r.text) {
		var keys []*signingKey
		if keys, err = parseKeys(text); err == nil {
			r.keys, r.text = keys, text
		}
	}
	if r.failure = nil; err != nil {
		r.failure = fmt.Errorf("signing key %q: %w", r.path, err)
		return
	}
	r.checked = at
}

// signs is the key that signs at a time: the newest that has begun and not ended, and before the
// first has begun the first that has not ended.
func signs(keys []*signingKey, now time.Time) *signingKey {
	var found *signingKey
	for _, k := range keys {
		ended := !k.retired.IsZero() && !k.retired.After(now)
		if !ended && (found == nil || !k.since.After(now)) {
			found = k
		}
	}
	return found
}

// readPrivate reads a file that is for its owner alone.
func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	if err := checkPrivate(f); err != nil {
		return nil, err
	}
	const most = 256 << 10
	return io.ReadAll(io.LimitReader(f, most))
}

func parseKeys(text []byte) ([]*signingKey, error) {
	var keys []*signingKey
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		key, err := parseKey(block)
		if err != nil {
			return nil, err
		}
		k, err := newSigningKey(key)
		if err != nil {
			return nil, err
		}
		for name, into := range map[string]*time.Time{sinceHeader: &k.since, retiredHeader: &k.retired} {
			if s, ok := block.Headers[name]; ok {
				if *into, err = time.Parse(time.RFC3339Nano, s); err != nil {
					return nil, fmt.Errorf("the header %s of a key is not a time", name)
				}
			}
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errNoKey
	}
	return keys, nil
}

// Key is what is known of a key beside its secret.
type Key struct {
	ID      string // key id (kid) of the tokens that it signs
	State   string // waiting, signing, verifying or ended
	Since   time.Time
	Retired time.Time
	Ends    time.Time // it verifies nothing from then on
}

// Keys lists the keys of a file.
func Keys(path string, now time.Time) ([]Key, error) {
	keys, err := fileKeys(path)
	if err != nil {
		return nil, err
	}
	signing := signs(keys, now)
	list := make([]Key, len(keys))
	for i, k := range keys {
		list[i] = Key{ID: k.public.KeyID, State: "verifying", Since: k.since, Retired: k.retired}
		if !k.retired.IsZero() {
			list[i].Ends = k.ends()
		}
		switch {
		case k == signing:
			list[i].State = "signing"
		case k.since.After(now):
			list[i].State = "waiting"
		case !k.retired.IsZero() && !now.Before(k.ends()):
			list[i].State = "ended"
		}
	}
	return list, nil
}

func fileKeys(path string) ([]*signingKey, error) {
	text, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("signing key %q: %w", path, err)
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("signing key %q: %w", path, err)
	}
	return keys, nil
}

// Rotate adds a key to a file that signs from a moment later on, and removes those that have
// ended. The caller holds a lock against other programs that change the file.
func Rotate(path string, now time.Time) ([]Key, error) {
	return change(path, now, func(keys []*signingKey) ([]*signingKey, error) { return addKey(keys, now.Add(headStart)) })
}

// Withdraw removes a key from a file: no token of it is taken any more. If it was the last that
// signs, a new one does from now on. As with Rotate, the caller holds a lock.
func Withdraw(path, id string, now time.Time) ([]Key, error) {
	return change(path, now, func(keys []*signingKey) ([]*signingKey, error) {
		rest := slices.DeleteFunc(slices.Clone(keys), func(k *signingKey) bool { return k.public.KeyID == id })
		if len(rest) == len(keys) {
			return nil, inlay.Errorf(inlay.NotFound, "there is no sign-in key %q", id)
		}
		if signs(rest, now) == nil {
			return addKey(rest, now)
		}
		return rest, nil
	})
}

func addKey(keys []*signingKey, since time.Time) ([]*signingKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	added, err := newSigningKey(private)
	if err != nil {
		return nil, err
	}
	added.since = since.UTC()
	for _, k := range keys {
		if k.retired.IsZero() || k.retired.After(added.since) {
			k.retired = added.since
		}
	}
	return append(keys, added), nil
}

func change(path string, now time.Time, f func([]*signingKey) ([]*signingKey, error)) ([]Key, error) {
	keys, err := fileKeys(path)
	if err != nil {
		return nil, err
	}
	if keys, err = f(keys); err != nil {
		return nil, err
	}
	keys = slices.DeleteFunc(keys, func(k *signingKey) bool { return !k.retired.IsZero() && !now.Before(k.ends()) })
	if err := writeKeys(path, keys); err != nil {
		return nil, fmt.Errorf("signing key %q: %w", path, err)
	}
	return Keys(path, now)
}

// writeKeys puts keys in the place of a file's, in one step: a reader sees the old file or the new
// one.
func writeKeys(path string, keys []*signingKey) error {
	var text bytes.Buffer
	for _, k := range keys {
		der, err := x509.MarshalPKCS8PrivateKey(k.private)
		if err != nil {
			return err
		}
		block := &pem.Block{Type: "PRIVATE KEY", Bytes: der, Headers: map[string]string{}}
		for name, at := range map[string]time.Time{sinceHeader: k.since, retiredHeader: k.retired} {
			if !at.IsZero() {
				block.Headers[name] = at.UTC().Format(time.RFC3339Nano)
			}
		}
		if err := pem.Encode(&text, block); err != nil {
			return err
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text.Bytes())
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
