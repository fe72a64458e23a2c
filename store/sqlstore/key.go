package sqlstore

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"inlay"
)

// key is what two names share when they are the same but for case. It agrees with
// strings.EqualFold on composed text: letters of one case orbit (K, k, the Kelvin sign; Σ, σ, ς)
// become the lower case of the first of them.
func key(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.SimpleFold(r) == r {
			return r // İ has no other case: its lower case, i, is that of I
		}
		first := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			first = min(first, next)
		}
		return unicode.ToLower(first)
	}, norm.NFC.String(name))
}

// guid is an id as it is stored. Ids come in any case from clients.
func guid(id string) string { return strings.ToLower(id) }

// field is one text of a noun, for checking.
type field struct {
	name, value string
	required    bool
}

// check refuses text that one of the databases cannot hold as it is: they would cut it at a NUL
// or replace bytes that are not UTF-8.
func check(kind string, fields ...field) error {
	for _, f := range fields {
		switch {
		case f.required && f.value == "":
			return inlay.Errorf(inlay.Invalid, "%s: %s is empty", kind, f.name)
		case !utf8.ValidString(f.value):
			return inlay.Errorf(inlay.Invalid, "%s: %s is not valid UTF-8", kind, f.name)
		case strings.ContainsRune(f.value, 0):
			return inlay.Errorf(inlay.Invalid, "%s: %s holds a NUL character", kind, f.name)
		}
	}
	return nil
}

// micros is a time as it is stored: null for the zero time.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// moment is a stored time, in UTC.
func moment(v *int64) time.Time {
	if v == nil {
		return time.Time{}
	}
	return time.UnixMicro(*v).UTC()
}
