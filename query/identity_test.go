package query_test

import (
	"errors"
	"testing"

	"inlay"
	"inlay/query"
)

// The object id of a user and the culture of the session are the viewer's, in role filters and in
// measures. Who has no object id, as with an embed token, sees nothing by a role that asks for it.
func TestObjectIDAndCulture(t *testing.T) {
	onEach(t, func(t *testing.T, on opener) {
		w := newWorld()
		w.table("Notes", "Id int, Owner text, Culture text", []any{1, "a1", "en-US"}, []any{2, "b2", "de-DE"}, []any{3, nil, "de-DE"})
		w.measure("Notes", "Count", "COUNTROWS(Notes)")
		w.measure("Notes", "Me", `USEROBJECTID() & "/" & USERCULTURE()`)
		w.role("Own", "Notes: [Owner] = USEROBJECTID()")
		w.role("Spoken", "Notes: [Culture] = USERCULTURE()")
		e := w.openOn(t, on)
		for _, c := range []struct {
			v    query.Viewer
			want string
		}{
			{query.Viewer{ObjectID: "a1", Roles: []string{"Own"}}, "1 a1/en-US"},
			{query.Viewer{ObjectID: "b2", Culture: "de-DE", Roles: []string{"Own"}}, "1 b2/de-DE"},
			{query.Viewer{ObjectID: "c3", Roles: []string{"Own"}}, "- c3/en-US"},
			{query.Viewer{Roles: []string{"Spoken"}}, "1 /en-US"},
			{query.Viewer{Culture: "de-DE", Roles: []string{"Spoken"}}, "2 /de-DE"},
			{query.Viewer{Culture: "fr-FR", Roles: []string{"Spoken"}}, "- /fr-FR"},
			{query.Viewer{Culture: "de-DE", ObjectID: "a1", Roles: []string{"Own", "Spoken"}}, "3 a1/de-DE"},
			{query.Viewer{Unrestricted: true, ObjectID: "a1"}, "3 a1/en-US"},
		} {
			if got := ask(t, e, c.v, "[Count],[Me]"); got != c.want {
				t.Errorf("%+v: %q, want %q", c.v, got, c.want)
			}
		}
		_, err := e.Evaluate(t.Context(), query.Viewer{Username: "a1", Roles: []string{"Own"}}, "EVALUATE Notes")
		var refused *inlay.Error
		if !errors.As(err, &refused) || refused.Rule != query.RuleUsername {
			t.Errorf("without an object id: %v", err)
		}
		w.m.Culture = "it-IT"
		if got := ask(t, w.openOn(t, on), query.Viewer{Unrestricted: true}, "[Me]"); got != "/it-IT" {
			t.Errorf("the culture of the model: %q", got)
		}
	})
}
