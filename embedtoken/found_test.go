package embedtoken

import (
	"reflect"
	"testing"

	"inlay"
)

// TestNothingIsLeftForTheNext gives back what a request was decided in.
func TestNothingIsLeftForTheNext(t *testing.T) {
	d := &decision{world: world(), caller: shop, request: west(), grant: Grant{TokenID: "t"}}
	d.look()
	d.identities.add(orders, &d.request.Identities[0])
	d.datasets.of(orders)
	d.done()
	lists := []any{d.datasets.list[:cap(d.datasets.list)], d.reports.list[:cap(d.reports.list)], d.identities.list[:cap(d.identities.list)]}
	for _, list := range lists {
		for v, i := reflect.ValueOf(list), 0; i < v.Len(); i++ {
			if !v.Index(i).IsZero() {
				t.Errorf("a list has something left: %+v", v.Index(i))
			}
		}
	}
	d.datasets.list, d.reports.list, d.identities.list = nil, nil, nil
	if !reflect.DeepEqual(d, new(decision)) {
		t.Errorf("a decision has something left: %+v", d)
	}
}

// TestFound finds things in any order, and does not mistake what is missing for what is there.
func TestFound(t *testing.T) {
	var f found[int]
	if f.of("a") != nil {
		t.Error("an empty list has something")
	}
	f.add("a", 1)
	f.miss("b")
	f.add("c", 3)
	for _, id := range []string{"c", "a", "b", "b", "a", "c", "c"} {
		if x := f.of(id); x == nil || x.id != id {
			t.Errorf("%s: found %+v", id, x)
		}
		if _, ok := f.known(id); ok != (id != "b") {
			t.Errorf("%s: known %t", id, ok)
		}
	}
	if f.of("d") != nil {
		t.Error("found what is not there")
	}
	for range 10 {
		f.add("x", 0)
	}
	if e := f.emptied(); e.list != nil {
		t.Error("a long list is kept")
	}
}

// TestUnshapedIsNotDecided has no grant for what Shape has not passed.
func TestUnshapedIsNotDecided(t *testing.T) {
	if g, err := (Shaped{request: west()}).Decide(world(), shop, now); inlay.KindOf(err) != inlay.Internal || !reflect.DeepEqual(g, Grant{}) {
		t.Errorf("decided %+v, %v", g, err)
	}
}
