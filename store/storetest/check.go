package storetest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

// same compares a value that was read with what was stored.
func same[T any](t *testing.T, what string, stored T) func(T, error) {
	return func(got T, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		if diff := cmp.Diff(stored, got); diff != "" {
			t.Errorf("%s (-stored +read):\n%s", what, diff)
		}
	}
}
