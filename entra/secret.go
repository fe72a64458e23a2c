package entra

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// Digests are text: format, then its parameters, salt and hash, with $ between them. A new format
// gets a new tag; the old ones stay readable.
//
//	s1$<salt>$<sha-256 of salt and secret>                    for secrets that NewSecret made
//	p1$<iterations>$<salt>$<pbkdf2-hmac-sha-512>              for everything else
//
// A secret of 256 random bits cannot be guessed however fast the hash is, and applications
// present theirs with every sign-in. What a person chose can be guessed, so each guess is made
// slow; the number of iterations is that of OWASP's password storage page.
const (
	fastTag    = "s1"
	slowTag    = "p1"
	iterations = 210_000
)

// secretPrefix lets people and secret scanners see what a leaked string is.
const secretPrefix = "inlay_"

var b64 = base64.RawURLEncoding

// NewSecret makes a client secret or a password of 256 random bits. Its form carries a check
// sum, by which Digest knows it from a secret that a person chose.
func NewSecret() string {
	random := make([]byte, 32)
	rand.Read(random) // never fails
	body := b64.EncodeToString(random)
	return secretPrefix + body + checksum(body)
}

func checksum(body string) string {
	sum := sha256.Sum256([]byte("inlay secret " + body))
	return b64.EncodeToString(sum[:6])
}

func machineMade(secret string) bool {
	const bodyLength, sumLength = 43, 8
	rest, ok := strings.CutPrefix(secret, secretPrefix)
	return ok && len(rest) == bodyLength+sumLength && checksum(rest[:bodyLength]) == rest[bodyLength:]
}

// Digest is what is stored in place of a secret. Two digests of one secret differ. The digest
// of the empty secret is nil, which nothing matches.
func Digest(secret string) []byte {
	if secret == "" {
		return nil
	}
	salt := make([]byte, 16)
	rand.Read(salt) // never fails
	if machineMade(secret) {
		return []byte(strings.Join([]string{fastTag, b64.EncodeToString(salt), b64.EncodeToString(fast(salt, secret))}, "$"))
	}
	return slowDigest(salt, slow(salt, secret, iterations))
}

func slowDigest(salt, hash []byte) []byte {
	return []byte(strings.Join([]string{slowTag, strconv.Itoa(iterations), b64.EncodeToString(salt), b64.EncodeToString(hash)}, "$"))
}

// decoy is a slow digest that nothing matches. Comparing with it costs what comparing with a
// user's costs, so that the time of a refusal does not tell who exists.
var decoy = slowDigest(make([]byte, 16), make([]byte, sha512.Size))

func fast(salt []byte, secret string) []byte {
	sum := sha256.Sum256(append(append([]byte{}, salt...), secret...))
	return sum[:]
}

func slow(salt []byte, secret string, rounds int) []byte {
	hash, err := pbkdf2.Key(sha512.New, secret, salt, rounds, sha512.Size)
	if err != nil {
		panic(fmt.Sprintf("entra: pbkdf2: %v", err)) // its parameters are ours
	}
	return hash
}

// isSlow reports whether comparing with a digest takes long.
func isSlow(digest []byte) bool { return strings.HasPrefix(string(digest), slowTag+"$") }

// Matches reports whether a digest is of a secret. A digest in no known format matches nothing.
func Matches(digest []byte, secret string) bool {
	if secret == "" {
		return false
	}
	parts := strings.Split(string(digest), "$")
	var salt, want, got []byte
	var errSalt, errHash error
	switch {
	case parts[0] == fastTag && len(parts) == 3:
		salt, errSalt = b64.DecodeString(parts[1])
		want, errHash = b64.DecodeString(parts[2])
		got = fast(salt, secret)
	case parts[0] == slowTag && len(parts) == 4:
		rounds, err := strconv.Atoi(parts[1])
		if err != nil || rounds < 1 || rounds > 100*iterations {
			return false
		}
		salt, errSalt = b64.DecodeString(parts[2])
		want, errHash = b64.DecodeString(parts[3])
		got = slow(salt, secret, rounds)
	default:
		return false
	}
	return errSalt == nil && errHash == nil && subtle.ConstantTimeCompare(want, got) == 1
}
