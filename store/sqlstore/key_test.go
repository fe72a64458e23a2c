package sqlstore

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// TestKeyAgreesWithEqualFold holds that two names share a key exactly when they are the same
// but for case.
func TestKeyAgreesWithEqualFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.RuneFrom([]rune("aAkK\u212AsSſΣσςßẞıİiIµμΜåÅÅ日é")), 0, 4, -1)
		a, b := norm.NFC.String(letters.Draw(t, "a")), norm.NFC.String(letters.Draw(t, "b"))
		if same := key(a) == key(b); same != strings.EqualFold(a, b) {
			t.Fatalf("%q and %q: same key %v, EqualFold %v", a, b, same, !same)
		}
		free := rapid.String().Draw(t, "free")
		if key(free) != key(key(free)) {
			t.Fatalf("key of %q is %q, whose key is %q", free, key(free), key(key(free)))
		}
	})
}
