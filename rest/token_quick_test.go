package rest

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// quickSeeds are requests and whether they are of the form that is read quickly.
var quickSeeds = map[string]bool{
	`{"datasets":[{"id":"d"}],"reports":[{"id":"r"}],"identities":[{"username":"u","roles":["a","b"],"datasets":["d"]}]}`:                                           true,
	" {\t\"reports\" : [ { \"allowEdit\" : true , \"id\" : \"r\" } , {\"id\":\"s\",\"allowEdit\":false} ] }\r\n":                                                    true,
	`{"targetWorkspaces":[{"id":"w"},{"id":"x"}],"lifetimeInMinutes":10,"datasets":[{"id":"d","xmlaPermissions":"ReadOnly"},{"id":"e"}]}`:                           true,
	`{"identities":[{"username":"u","customData":"c","auditableContext":"a","reports":["r"]},{"username":"v","roles":["1","2","3"],"datasets":["4","5","6","7"]}]}`: true,
	`{"lifetimeInMinutes":0}`:                        true,
	`{"lifetimeInMinutes":00}`:                       false,
	`{"lifetimeInMinutes":-1}`:                       false,
	`{"lifetimeInMinutes":1.5}`:                      false,
	`{"lifetimeInMinutes":1e3}`:                      false,
	`{"lifetimeInMinutes":99999999999999}`:           false,
	`{"lifetimeInMinutes":"1"}`:                      false,
	``:                                               false,
	`{}`:                                             false,
	`null`:                                           false,
	`{"datasets":null}`:                              false,
	`{"datasets":[]}`:                                false,
	`{"datasets":[{}]}`:                              false,
	`{"datasets":[{"id":"d"},]}`:                     false,
	`{"datasets":[{"id":"d"}],}`:                     false,
	`{"datasets":[{"id":"d"}]}x`:                     false,
	`{"datasets":[{"id":"d"}]}{}`:                    false,
	`{"datasets":[{"id":"d"}]`:                       false,
	`{"datasets":[{"id":"d"}],"datasets":[]}`:        false,
	`{"datasets":[{"id":"d","id":"e"}]}`:             false,
	`{"datasets":[{"ID":"d"}]}`:                      false,
	`{"datasets":[{"id":"d","name":"n"}]}`:           false,
	`{"datasets":[{"id":"d","restrictTo":"n"}]}`:     false,
	`{"datasets":[{"id":"\u0064"}]}`:                 false,
	`{"datasets":[{"id":"é"}]}`:                      false,
	"{\"datasets\":[{\"id\":\"\xff\"}]}":             false,
	"{\"datasets\":[{\"id\":\"\n\"}]}":               false,
	`{"datasets":[{"id":1}]}`:                        false,
	`{"datasets":{"id":"d"}}`:                        false,
	`{"reports":[{"id":"r","allowEdit":"true"}]}`:    false,
	`{"reports":[{"id":"r","allowEdit":truefalse}]}`: false,
	`{"reports":[{"id":"r","allowEdit":True}]}`:      false,
	`{"targetWorkspaces":[{"name":"w"}]}`:            false,
	`{"identities":[{"username":"u","roles":[]}]}`:   false,
	`{"identities":[{"username":"u","identityBlob":{"value":"b"}}]}`:                false,
	`{"inlay":{"oneUse":true},"reports":[{"id":"r"}]}`:                              false,
	`{"datasets":[{"id":"d"}] "reports":[{"id":"r"}]}`:                              false,
	`{"datasets" [{"id":"d"}]}`:                                                     false,
	`{"datasets":[{"id":"d"} {"id":"e"}]}`:                                          false,
	"{\"datasets\":[{\"id\":\"d\"}]\v}":                                             false,
	"\u00a0{\"datasets\":[{\"id\":\"d\"}]}":                                         false,
	`{"datasets":[{"id":"d"}],"reports":[{"id":"r"}],"identities":[{"roles":"x"}]}`: false,
}

// TestQuick says what is read quickly, and that it is read as the library reads it.
func TestQuick(t *testing.T) {
	for body, want := range quickSeeds {
		if _, ok := quick([]byte(body)); ok != want {
			t.Errorf("%s: read quickly %t, want %t", body, ok, want)
		}
		agree(t, []byte(body))
	}
}

// FuzzQuick compares with the library what is read quickly.
func FuzzQuick(f *testing.F) {
	for body := range quickSeeds {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) { agree(t, body) })
}

func agree(t *testing.T, body []byte) {
	t.Helper()
	got, ok := quick(body)
	if !ok {
		return
	}
	var sent tokenRequest
	if err := json.Unmarshal(body, &sent, json.MatchCaseInsensitiveNames(true), json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("%q is read quickly and refused by the library: %v", body, err)
	}
	want := sent.wanted()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%q (-library +quick):\n%s", body, diff)
	}
}
