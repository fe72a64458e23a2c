package eval

import (
	"testing"

	"inlay/dax/fn"
)

// TestSupported holds that the functions whose description claims support are evaluated.
func TestSupported(t *testing.T) {
	evaluated := func(name string) bool {
		return scalars[name] != nil || tables[name] != nil || parts[name] || identities[name]
	}
	checked := 0
	for _, f := range fn.All() {
		if !f.Special && !f.Lazy {
			continue
		}
		checked++
		if f.Supported() && !evaluated(f.Name) {
			t.Errorf("%s claims support, and nothing evaluates it; see unbuilt of dax/fn", f.Name)
		}
	}
	if checked < 150 {
		t.Errorf("%d functions were checked, want 150 at least", checked)
	}
	for name := range scalars {
		if _, ok := fn.Lookup(name); !ok {
			t.Errorf("%s is evaluated and not described", name)
		}
	}
}
