package entra_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"inlay/entra"
)

func TestLoadKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "sign-in.pem")
	// Several at once, as processes that start together: all get one key.
	made := make(chan *rsa.PrivateKey, 3)
	for range cap(made) {
		go func() {
			key, err := entra.LoadKey(path)
			if err != nil {
				t.Error(err)
			}
			made <- key
		}()
	}
	first := <-made
	for range cap(made) - 1 {
		if key := <-made; first == nil || !first.Equal(key) {
			t.Error("two keys were made")
		}
	}
	again, err := entra.LoadKey(path)
	if err != nil || !first.Equal(again) {
		t.Errorf("load again: %v", err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, want the key alone (%v)", entries, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("mode of %s is %v, want %v (%v)", name, info.Mode().Perm(), want, err)
		}
	}
}

func TestLoadKeyRefusesModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access lists in place of modes")
	}
	path := filepath.Join(t.TempDir(), "keys", "sign-in.pem")
	if _, err := entra.LoadKey(path); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		mode os.FileMode
		fix  string
	}{
		{path, 0o640, "chmod 600"}, {path, 0o604, "chmod 600"}, {path, 0o620, "chmod 600"}, {filepath.Dir(path), 0o770, "chmod 700"}, {filepath.Dir(path), 0o702, "chmod 700"},
	} {
		info, err := os.Stat(tc.name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(tc.name, tc.mode); err != nil {
			t.Fatal(err)
		}
		_, err = entra.LoadKey(path)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tc.fix) {
			t.Errorf("mode %o of %s: %v, want an error with %q", tc.mode, tc.name, err, tc.fix)
		}
		if err := os.Chmod(tc.name, info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLoadKeyRefusesContent(t *testing.T) {
	block := func(key any) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ text, want string }{
		"empty":       {"", "no PEM block"},
		"cut short":   {block(curve)[:40], "no PEM block"},
		"not a key":   {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no PKCS #8 key"},
		"not RSA":     {block(curve), "not RSA"},
		"too small":   {block(small), "1024 bits"},
		"certificate": {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no PEM block"},
	} {
		path := filepath.Join(t.TempDir(), "key.pem")
		if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := entra.LoadKey(path); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestConfigRefused(t *testing.T) {
	good := entra.Config{TenantID: tenantID, AuthorityURL: authority, Principals: &people{}, Key: testKey()}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*entra.Config){
		"tenant": func(c *entra.Config) { c.TenantID = "common" }, "authority": func(c *entra.Config) { c.AuthorityURL = "localhost:8443" },
		"principals": func(c *entra.Config) { c.Principals = nil }, "key": func(c *entra.Config) { c.Key = nil },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want an error that names it", name, err)
		}
	}
}
