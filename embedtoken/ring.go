package embedtoken

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// The keys in use are never older than staleAfter: what another process wrote to the file (the
// command that rotates keys runs beside a server) is looked for when a token comes and the last
// look is checkEvery ago. If the file cannot be read for longer than staleAfter, tokens are
// neither sealed nor opened: a key that was withdrawn must not live on because a disk is gone.
const (
	checkEvery = 250 * time.Millisecond
	staleAfter = time.Second
	// unknownEvery is how often a token with a key that is not known has the file read at once.
	// Such tokens can be made by anybody, and in any number.
	unknownEvery = 100 * time.Millisecond
)

// Ring holds the keys that seal and open tokens: AES-256-GCM keys, each with an id that every
// token carries. It is safe for concurrent use, and follows the changes of its file.
type Ring struct {
	path    string // empty: the keys exist in memory only
	clock   func() time.Duration
	keys    atomic.Pointer[keys]
	checked atomic.Int64 // clock at which the keys were known to be those of the file
	opened  *cache

	mu      sync.Mutex // of who reads the file; what follows is its holder's
	tried   time.Duration
	failure error
	reads   int
}

// OpenRing reads the keys from a file, which it makes with one new key if there is none. The
// file is for its owner alone: one that others may read, or a folder in which others may
// write, is refused.
func OpenRing(path string) (*Ring, error) {
	err := private(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = create(path); err == nil {
			err = private(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("key file %q: %w", path, err)
	}
	r, err := newRing(path)
	if err != nil {
		return nil, err
	}
	return r, r.Refresh()
}

// NewRing makes a ring with a key that exists in memory only.
func NewRing() (*Ring, error) {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make token key: %w", err)
	}
	k, err := newKeys(nil, h, nil)
	if err != nil {
		return nil, err
	}
	r, err := newRing("")
	if err != nil {
		return nil, err
	}
	r.keys.Store(k)
	return r, nil
}

func newRing(path string) (*Ring, error) {
	opened, err := newCache()
	if err != nil {
		return nil, fmt.Errorf("make token cache: %w", err)
	}
	start := time.Now()
	return &Ring{path: path, opened: opened, clock: func() time.Duration { return time.Since(start) }}, nil
}

// Refresh makes what other processes have written to the key file count now. Tokens do that by
// themselves, at most a quarter of a second later.
func (r *Ring) Refresh() error {
	if r.path == "" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reread()
	return r.failure
}

// current are the keys, recent enough to be used.
func (r *Ring) current() (*keys, error) {
	if r.path == "" {
		return r.keys.Load(), nil
	}
	age := r.age()
	if age < checkEvery {
		return r.keys.Load(), nil
	}
	if age >= staleAfter {
		r.mu.Lock()
	} else if !r.mu.TryLock() {
		return r.keys.Load(), nil // somebody is looking
	}
	defer r.mu.Unlock()
	if r.age() >= checkEvery && r.clock()-r.tried >= checkEvery {
		r.reread()
	}
	if r.age() < staleAfter {
		return r.keys.Load(), nil
	}
	return nil, r.failure
}

// unknown are the keys after a look into the file for one that is not known, unless somebody
// looked a moment ago.
func (r *Ring) unknown() *keys {
	if r.path == "" {
		return r.keys.Load()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.clock()-r.tried >= unknownEvery {
		r.reread()
	}
	return r.keys.Load()
}

func (r *Ring) age() time.Duration { return r.clock() - time.Duration(r.checked.Load()) }

// reread compares the keys with the file, and takes those of the file if it has changed. Its
// text is compared, not its time: two changes may be closer than the clock of a disk.
func (r *Ring) reread() {
	r.tried = r.clock()
	r.reads++
	var known []byte
	if k := r.keys.Load(); k != nil {
		known = k.text
	}
	k, err := readKeys(r.path, known)
	if err != nil {
		r.failure = fmt.Errorf("key file %q: %w", r.path, err)
		return
	}
	if k != nil {
		r.keys.Store(k)
	}
	r.failure = nil
	r.checked.Store(int64(r.tried))
}
