package embedtoken

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// keyFile is the file of keys: a tink keyset, and since when its keys seal and no longer do. A
// file that is a bare keyset is read, too: its primary key seals.
type keyFile struct {
	Keyset jsontext.Value `json:"keyset"`
	Times  []keyTimes     `json:"times"`
}

type keyTimes struct {
	ID      uint32    `json:"id"`
	Since   time.Time `json:"since,omitzero"`   // it seals from then on; the first key always has
	Retired time.Time `json:"retired,omitzero"` // it seals until then, and only opens afterwards
}

// readKeys reads a file of keys, or answers nil if it has the text that is known. Errors of tink
// name no key material.
func readKeys(path string, known []byte) (*keys, error) {
	if err := private(path); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if known != nil && bytes.Equal(text, known) {
		return nil, nil
	}
	var f keyFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, errors.New("not a keyset")
	}
	if f.Keyset == nil {
		f = keyFile{Keyset: text}
	}
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Keyset)))
	if err != nil {
		return nil, errors.New("not a keyset")
	}
	return newKeys(text, h, f.Times)
}

// writeKeys writes the text of a file of keys to a new file beside path, and answers its name.
func writeKeys(path string, h *keyset.Handle, times []keyTimes) (string, error) {
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&buf)); err != nil {
		return "", err
	}
	text, err := json.Marshal(keyFile{Keyset: buf.Bytes(), Times: times}, jsontext.WithIndent("  "))
	if err != nil {
		return "", errors.New("the keys cannot be written as text")
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(append(text, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// create writes a new key beside its place and links it there, so that of two programs that
// start together one wins and the other reads the winner's key.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return err
	}
	name, err := writeKeys(path, h, []keyTimes{{ID: h.KeysetInfo().GetPrimaryKeyId()}})
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(name) }() // it has its second name by then, or is of no use
	if err := os.Link(name, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// replace puts other keys in the place of a file's, in one step: a reader sees the old file or
// the new one.
func replace(path string, h *keyset.Handle, times []keyTimes) error {
	name, err := writeKeys(path, h, times)
	if err != nil {
		return err
	}
	if err := os.Rename(name, path); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return syncDir(filepath.Dir(path))
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
