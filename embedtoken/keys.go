package embedtoken

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// MaxLifetime is the longest that a token may live. Tokens live as long as the access token with
// which they are asked for, which is an hour; a day is the longest that Entra ID can be told.
// A key that no longer seals opens for that long.
const MaxLifetime = 24 * time.Hour

// skew is how far the clocks of two nodes may be apart.
const skew = 5 * time.Minute

// keys is one state of the key file.
type keys struct {
	text []byte // of the file
	set  *keyset.Handle
	open tink.AEAD
	list []*key // in the order in which they seal
}

type key struct {
	keyTimes
	primary bool
	seal    func() (tink.AEAD, error) // made when it is asked for: most keys only open
}

// newKeys checks a keyset. The algorithm is pinned: a keyset with any other kind of key is
// refused whole.
func newKeys(text []byte, h *keyset.Handle, times []keyTimes) (*keys, error) {
	k := &keys{text: text, set: h}
	template := aead.AES256GCMKeyTemplate()
	info := h.KeysetInfo()
	for _, x := range info.GetKeyInfo() {
		if x.GetTypeUrl() != template.GetTypeUrl() || x.GetOutputPrefixType() != tinkpb.OutputPrefixType_TINK || x.GetStatus() != tinkpb.KeyStatusType_ENABLED {
			return nil, fmt.Errorf("key %d is not an AES-256-GCM key with an id that is enabled", x.GetKeyId())
		}
		key := &key{keyTimes: keyTimes{ID: x.GetKeyId()}, primary: x.GetKeyId() == info.GetPrimaryKeyId()}
		if i := slices.IndexFunc(times, func(t keyTimes) bool { return t.ID == key.ID }); i >= 0 {
			key.keyTimes = times[i]
		}
		key.seal = sync.OnceValues(func() (tink.AEAD, error) { return sealer(h, key.ID) })
		k.list = append(k.list, key)
	}
	slices.SortStableFunc(k.list, func(a, b *key) int {
		if c := a.Since.Compare(b.Since); c != 0 || a.primary == b.primary {
			return c
		}
		if a.primary {
			return 1
		}
		return -1
	})
	var err error
	if k.open, err = aead.New(h); err != nil {
		return nil, fmt.Errorf("use token keys: %w", err)
	}
	return k, nil
}

// sealer seals with one key of a set.
func sealer(h *keyset.Handle, id uint32) (tink.AEAD, error) {
	m := keyset.NewManagerFromHandle(h)
	if err := m.SetPrimary(id); err != nil {
		return nil, err
	}
	one, err := m.Handle()
	if err != nil {
		return nil, err
	}
	return aead.New(one)
}

// find is the key with an id.
func (k *keys) find(id uint32) *key {
	for _, x := range k.list {
		if x.ID == id {
			return x
		}
	}
	return nil
}

// sealing is the key that seals at a time: the newest that has begun and not ended. Before the
// first has begun, as when a clock was set back, it is the first that has not ended.
func (k *keys) sealing(at time.Time) *key {
	var found *key
	for _, x := range k.list {
		ended := !x.Retired.IsZero() && !x.Retired.After(at)
		if !ended && (found == nil || !x.Since.After(at)) {
			found = x
		}
	}
	return found
}

// opens reports whether a key opens a token that it has sealed, as far as times go. One that no
// longer seals opens what it sealed before, so that whoever finds an old key cannot use it.
func (k *key) opens(g *Grant, now time.Time) bool {
	return k.Retired.IsZero() || !g.IssuedAt.After(k.Retired.Add(skew)) && now.Before(k.ends())
}

// ends is when the last token of a key that no longer seals must have expired.
func (k keyTimes) ends() time.Time { return k.Retired.Add(MaxLifetime + skew) }

// keyID is the id of the key that a sealed text names.
func keyID(sealed []byte) (uint32, bool) {
	if len(sealed) < 5 || sealed[0] != 1 { // the prefix of tink
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:5]), true
}
