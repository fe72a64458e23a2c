package embedtoken

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Ring holds the keys that seal and open tokens: a tink keyset of AES-256-GCM keys, each
// with an id that every token carries. It is safe for concurrent use.
type Ring struct {
	aead   tink.AEAD
	opened *cache
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
	h, err := load(path)
	if err != nil {
		return nil, fmt.Errorf("key file %q: %w", path, err)
	}
	r, err := newRing(h)
	if err != nil {
		return nil, fmt.Errorf("key file %q: %w", path, err)
	}
	return r, nil
}

// NewRing makes a ring with a key that exists in memory only.
func NewRing() (*Ring, error) {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make token key: %w", err)
	}
	return newRing(h)
}

func newRing(h *keyset.Handle) (*Ring, error) {
	// The algorithm is pinned: a keyset with any other kind of key is refused whole.
	template := aead.AES256GCMKeyTemplate()
	for _, k := range h.KeysetInfo().GetKeyInfo() {
		if k.GetTypeUrl() != template.GetTypeUrl() || k.GetOutputPrefixType() != tinkpb.OutputPrefixType_TINK {
			return nil, fmt.Errorf("key %d is not an AES-256-GCM key with an id", k.GetKeyId())
		}
	}
	a, err := aead.New(h)
	if err != nil {
		return nil, fmt.Errorf("use token keys: %w", err)
	}
	opened, err := newCache()
	if err != nil {
		return nil, fmt.Errorf("make token cache: %w", err)
	}
	return &Ring{aead: a, opened: opened}, nil
}

// load reads a keyset. Errors of tink name no key material.
func load(path string) (*keyset.Handle, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, errors.New("not a keyset")
	}
	return h, nil
}

// create writes a new key beside its place and links it there, so that of two programs that
// start together one wins and the other reads the winner's key.
func create(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&buf)); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".key-*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // it has its second name by then, or is of no use
	_, err = f.Write(buf.Bytes())
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a new name in a folder durable.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}

// private checks who else may read the key or put another in its place.
func private(path string) error {
	file, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !file.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	if runtime.GOOS == "windows" {
		return nil // permissions are inherited from the folder there
	}
	if m := file.Mode().Perm(); m&0o077 != 0 {
		return fmt.Errorf("others may use it (mode %04o); chmod 600", m)
	}
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	if m := dir.Mode().Perm(); m&0o022 != 0 {
		return fmt.Errorf("others may write in its folder (mode %04o); chmod 700", m)
	}
	return nil
}
