package server

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// errNoFile is a key that is not there yet.
var errNoFile = fs.ErrNotExist

// privateFolder makes a folder for keys, and refuses one in which others could replace them.
func privateFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others can write to the folder (mode %04o); run: chmod 700 %s", info.Mode().Perm(), dir)
	}
	return nil
}

// checkPrivateFile refuses a key that others can read. A missing one is fine.
func checkPrivateFile(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && runtime.GOOS == "windows" { // access lists, not modes
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("others can read the key %q (mode %04o); run: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	return nil
}

func readPrivateKey(path string) (*ecdsa.PrivateKey, error) {
	if err := checkPrivateFile(path); err != nil {
		return nil, err
	}
	der, err := readPEM(path, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	key, ok := parsed.(*ecdsa.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%q holds no ECDSA key; delete it to have a new authority made, which clients then have to trust", path)
	}
	return key, nil
}

func readCertificate(path string) (*x509.Certificate, error) {
	der, err := readPEM(path, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func readPEM(path, kind string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("%q holds no PEM block %s; delete it to have a new one made", path, kind)
	}
	return block.Bytes, nil
}

func writePrivateKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, 0o600, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func writeCertificate(path string, der []byte) error {
	return writePEM(path, 0o644, &pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// writePEM replaces a file whole: a reader or a crash sees the old one or the new one.
func writePEM(path string, mode os.FileMode, block *pem.Block) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(pem.Encode(f, block), f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// keyID tells keys apart.
func keyID(key *ecdsa.PublicKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic("server: public key of the authority: " + err.Error()) // P-256, made or checked here
	}
	sum := sha256.Sum256(der)
	return sum[:]
}
