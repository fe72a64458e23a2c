package rest_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay"
)

// values are the names, or what a field says, of a list.
func (a answer) values(t *testing.T, field string) []string {
	t.Helper()
	var list struct {
		Context string           `json:"@odata.context"`
		Value   []map[string]any `json:"value"`
	}
	if err := json.Unmarshal([]byte(a.body), &list); err != nil || a.status != 200 || list.Value == nil || list.Context == "" {
		t.Fatalf("%d %v %s", a.status, err, a.body)
	}
	out := []string{}
	for _, v := range list.Value {
		s, _ := v[field].(string)
		out = append(out, s)
	}
	return out
}

func TestLists(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
	got := w.send("GET", "/v1.0/myorg/groups/"+sales+"/reports", bearer, "").values(t, "id")
	slices.Sort(got)
	if diff := cmp.Diff([]string{overview, tariff}, got); diff != "" {
		t.Error(diff)
	}
	got = w.send("GET", "/v1.0/myorg/groups/"+sales+"/datasets", bearer, "").values(t, "id")
	slices.Sort(got)
	if diff := cmp.Diff([]string{orders, prices}, got); diff != "" {
		t.Error(diff)
	}
	if got := w.send("GET", "/v1.0/myorg/groups/"+reading+"/reports", bearer, "").values(t, "id"); len(got) != 0 {
		t.Errorf("an empty workspace has %v", got)
	}
	// Applications decide on these two flags whether they send an identity.
	for id, secured := range map[string]bool{orders: true, prices: false} {
		a := w.send("GET", "/v1.0/myorg/groups/"+sales+"/datasets/"+id, bearer, "")
		var d map[string]any
		if err := json.Unmarshal([]byte(a.body), &d); err != nil {
			t.Fatal(err)
		}
		if d["isEffectiveIdentityRequired"] != secured || d["isEffectiveIdentityRolesRequired"] != secured || d["createdDate"] != "2026-03-02T09:30:00Z" {
			t.Errorf("%s: %s", id, a.body)
		}
	}
	for path, readOnly := range map[string]bool{sales: false, reading: true} {
		a := w.send("GET", "/v1.0/myorg/groups/"+path, bearer, "")
		if strings.Contains(a.body, `"isReadOnly":true`) != readOnly {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}

func TestGroups(t *testing.T) {
	w := newWorld(t)
	for id, name := range map[string]string{"1": "Contoso", "2": "Contoso's \"best\"", "3": "a or b"} {
		id = strings.Replace(missing, "f", id, 1)
		if err := w.store.CreateWorkspace(t.Context(), inlay.Workspace{ID: id, Name: name, CreatedAt: w.now}); err != nil {
			t.Fatal(err)
		}
		if err := w.store.SetMembership(t.Context(), inlay.Membership{WorkspaceID: id, PrincipalID: shop, Right: inlay.Viewer}); err != nil {
			t.Fatal(err)
		}
	}
	bearer := "Bearer " + w.bearer(w.sign, tenant, shop)
	all := []string{"a or b", "Contoso", "Contoso's \"best\"", "Reading Room", "Sales Workspace"}
	for query, want := range map[string][]string{
		"":                                      all,
		"$top=2":                                all[:2],
		"$skip=3":                               all[3:],
		"$skip=1&$top=2":                        all[1:3],
		"$skip=99":                              {},
		"$top=0":                                {},
		"$filter=name eq 'contoso'":             {"Contoso"},
		"$filter=name eq 'Contoso''s \"best\"'": {"Contoso's \"best\""},
		"$filter=name eq 'a or b'":              {"a or b"},
		"$filter=contains(name,'room') or name eq 'contoso'":                   {"Contoso", "Reading Room"},
		"$filter=contains(name,'contoso') and contains(name,'best')":           {"Contoso's \"best\""},
		"$filter=name eq 'x' or name eq 'y' and name eq 'Contoso'":             {},
		"$filter=(name eq 'x' or name eq 'Contoso') and contains( name , 'C')": {"Contoso"},
		"$filter=id eq '" + sales + "'":                                        {"Sales Workspace"},
		"$filter=ID EQ " + strings.ToUpper(sales):                              {"Sales Workspace"},
		"$filter=name eq 'Harbour Workspace'":                                  {}, // exists, and is not the shop's
		"$filter=id eq '" + harbour + "'":                                      {},
		"$filter=contains(name,'')&$top=1&preferClientRouting=true":            all[:1],
		"$top=-1":                              nil,
		"$top=x":                               nil,
		"$top=1&$top=2":                        nil,
		"$skip=9999999999":                     nil,
		"$orderby=name":                        nil,
		"$filter=":                             nil,
		"$filter=name":                         nil,
		"$filter=name eq":                      nil,
		"$filter=name eq contoso":              nil,
		"$filter=name eq 'contoso":             nil,
		"$filter=name eq 'a' or":               nil,
		"$filter=name ne 'a'":                  nil,
		"$filter=not name eq 'a'":              nil,
		"$filter=name eq 'a')":                 nil,
		"$filter=(name eq 'a'":                 nil,
		"$filter=contains(id,'1')":             nil,
		"$filter=isReadOnly eq true":           nil,
		"$filter=id eq 1":                      nil,
		"$filter=name eq 'a'&$filter=id eq 1":  nil,
		"$filter=" + strings.Repeat("(", 1000): nil,
	} {
		pairs := strings.Split(query, "&")
		for i, p := range pairs {
			if k, v, ok := strings.Cut(p, "="); ok {
				pairs[i] = k + "=" + url.QueryEscape(v)
			}
		}
		a := w.send("GET", "/v1.0/myorg/groups?"+strings.Join(pairs, "&"), bearer, "")
		if want == nil {
			if a.status != 400 || a.code() != "InvalidRequest" {
				t.Errorf("%s: %d %s", query, a.status, a.body)
			}
			continue
		}
		if diff := cmp.Diff(want, a.values(t, "name")); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}
