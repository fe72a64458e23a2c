package entra

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// keyBits is the size of Entra ID's own keys. An access token lives an hour, so the key need not
// outlast a long attack on a recorded token.
const keyBits = 2048

func checkKey(key *rsa.PrivateKey) error {
	if bits := key.N.BitLen(); bits < keyBits {
		return fmt.Errorf("sign-in: the signing key has %d bits and needs %d", bits, keyBits)
	}
	return nil
}

// LoadKey reads the first signing key from a PEM file and makes the file when it is missing. It refuses
// a file that others than its owner can read, and a folder in which others can replace it.
func LoadKey(path string) (*rsa.PrivateKey, error) {
	key, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(path); err != nil {
			return nil, fmt.Errorf("make signing key %q: %w", path, err)
		}
		key, err = readKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("signing key %q: %w", path, err)
	}
	return key, nil
}

func readKey(path string) (*rsa.PrivateKey, error) {
	text, err := readPrivate(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errNoKey
	}
	return parseKey(block)
}

var errNoKey = errors.New("the file holds no PEM block PRIVATE KEY; delete it to have a new key made (tokens of the old one end)")

func parseKey(block *pem.Block) (*rsa.PrivateKey, error) {
	if block.Type != "PRIVATE KEY" {
		return nil, errNoKey
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the file holds no PKCS #8 key; delete it to have a new key made (tokens of the old one end)")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("the key is %T and not RSA", parsed)
	}
	return key, checkKey(key)
}

// checkPrivate looks at the open file, not at its name, so that nobody swaps it in between.
func checkPrivate(f *os.File) error {
	if runtime.GOOS == "windows" { // access lists, not modes
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("others can read it (mode %04o); run: chmod 600 %s", info.Mode().Perm(), f.Name())
	}
	folder, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil {
		return err
	}
	if folder.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others can write to its folder (mode %04o); run: chmod 700 %s", folder.Mode().Perm(), filepath.Dir(f.Name()))
	}
	return nil
}

// makeKey writes a whole file under another name and then links it, so that of two processes that
// start at once one wins and both read the same key.
func makeKey(path string) (err error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	encodeErr := pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := errors.Join(encodeErr, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
