package powerquery

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestDigits: digits as databases write them are the number that they are without needless zeros.
func TestDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom([]string{
			rapid.StringMatching(`-?[0-9]{1,20}`).Draw(t, "whole"),
			rapid.StringMatching(`-?[0-9]{0,16}\.[0-9]{0,8}0{0,6}`).Draw(t, "fraction"),
			rapid.StringMatching(`-?[0-9.eE+N-]{0,8}`).Draw(t, "anything"),
		}).Draw(t, "text")
		plain := s
		if strings.Contains(s, ".") {
			plain = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
		}
		got, want := DigitsOf([]byte(s)), DecimalOf(plain)
		if got.Kind() != want.Kind() || got.String() != want.String() {
			t.Fatalf("%q is %s %s, want %s %s", s, got.Kind(), got, want.Kind(), want)
		}
	})
}
