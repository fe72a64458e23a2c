package powerquery

import (
	"strconv"
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

// TestLargeAmounts: an amount with four digits behind the point is exact up to the end of what a
// fixed decimal holds, and what is beyond is none.
func TestLargeAmounts(t *testing.T) {
	for s, want := range map[string]string{
		"922337203685477.5807": "922337203685477.5807", "-922337203685477.5807": "-922337203685477.5807", "123456789012345.6700": "123456789012345.67",
		"922337203685477.5808": "9.223372036854776e+14", "-922337203685477.5808": "-9.223372036854776e+14", "123456789012345.67891": "1.2345678901234567e+14",
	} {
		v := DigitsOf([]byte(s))
		f, err := strconv.ParseFloat(s, 64)
		if got := v.String(); got != want || err != nil || v.float() != f {
			t.Errorf("%s: %s, %v, want %s", s, got, v.float(), want)
		}
	}
}
