package entra_test

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha512"
	"encoding/base64"
	"strings"
	"testing"

	"inlay/entra"
)

// weakDigest is a digest of the slow format with one round, for tests that compare often.
func weakDigest(secret string) []byte {
	salt := []byte("0123456789abcdef")
	hash, err := pbkdf2.Key(sha512.New, secret, salt, 1, sha512.Size)
	if err != nil {
		panic(err)
	}
	e := base64.RawURLEncoding
	return []byte("p1$1$" + e.EncodeToString(salt) + "$" + e.EncodeToString(hash))
}

func TestDigest(t *testing.T) {
	machine := entra.NewSecret()
	for _, secret := range []string{machine, "chosen by a person", "inlay_", machine + "x"} {
		digest := entra.Digest(secret)
		if !entra.Matches(digest, secret) || entra.Matches(digest, secret+" ") {
			t.Errorf("%q and its digest: want a match, and none with a space more", secret)
		}
		if bytes.Contains(digest, []byte(secret)) {
			t.Errorf("the digest of %q holds it", secret)
		}
		// Only what NewSecret made is compared fast.
		if got, want := bytes.HasPrefix(digest, []byte("s1$")), secret == machine; got != want {
			t.Errorf("digest of %q is %.3s…", secret, digest)
		}
	}
	if bytes.Equal(entra.Digest(machine), entra.Digest(machine)) {
		t.Error("two digests of one secret are equal: no salt")
	}
	for _, digest := range [][]byte{entra.Digest(machine), weakDigest(machine)} {
		for _, wrong := range []string{"", machine[1:], machine[:len(machine)-1], strings.ToUpper(machine), string(digest)} {
			if entra.Matches(digest, wrong) {
				t.Errorf("%q matches the digest of %q", wrong, machine)
			}
		}
	}
	if entra.NewSecret() == machine {
		t.Error("two secrets are equal")
	}
}

func TestMatchesNothing(t *testing.T) {
	good := strings.Split(string(weakDigest("secret")), "$")
	for _, digest := range []string{"", "secret", "$", "s1$$", "p1$1$$", "p1$0$" + good[2] + "$" + good[3], "p1$-1$x$y", "p1$999999999$x$y",
		"p1$x$" + good[2] + "$" + good[3], "p2$1$" + good[2] + "$" + good[3], "p1$1$" + good[2], "p1$1$" + good[2] + "$", "s1$" + good[2] + "$" + good[3]} {
		for _, secret := range []string{"", "secret"} {
			if entra.Matches([]byte(digest), secret) {
				t.Errorf("digest %q matches %q", digest, secret)
			}
		}
	}
	if entra.Digest("") != nil || entra.Matches(nil, "") {
		t.Error("the empty secret must match nothing")
	}
	if !entra.Matches(weakDigest("secret"), "secret") {
		t.Error("the form of the digests changed: stored ones must stay readable")
	}
}
