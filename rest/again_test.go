package rest

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay"
	"inlay/embedtoken"
)

// TestNothingIsLeftForTheNext gives back what a request was kept in.
func TestNothingIsLeftForTheNext(t *testing.T) {
	all := cmp.Exporter(func(reflect.Type) bool { return true })
	c := &call{id: "id", rule: "rule", caller: inlay.Caller{Name: "shop"}, grant: embedtoken.Grant{TokenID: "t"}, vars: map[string]string{"a": "b"}, over: true}
	c.parts[3], c.wanted.Datasets = segment{"raw", "text"}, []embedtoken.DatasetRequest{{ID: "d"}}
	c.done()
	if !cmp.Equal(c, new(call), all) {
		t.Errorf("a call has something left: %+v", c)
	}
	cut := &call{id: "id"}
	if cut.done(); cut.id != "id" {
		t.Error("a call that did not end in order is used again")
	}
	l := newLookup()
	l.who, l.err, l.w.Scopes = "shop", inlay.Errorf(inlay.Internal, "e"), []string{"s"}
	l.w.Datasets["d"], l.w.Reports["r"], l.w.Workspaces["w"], l.w.Rights["w"] = inlay.Dataset{ID: "d"}, inlay.Report{ID: "r"}, inlay.Workspace{ID: "w"}, inlay.Admin
	l.w.Policy.StrictRoles = true
	l.done()
	if !cmp.Equal(l, newLookup(), all) {
		t.Errorf("a lookup has something left: %+v", l)
	}
}
