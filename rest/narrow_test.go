package rest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay"
	"inlay/dax"
	"inlay/embedtoken"
	"inlay/model"
	"inlay/report"
	"inlay/report/visual"
)

type onlyReport struct{ *report.Definition }

func (o onlyReport) Report(context.Context, inlay.Report) (*report.Definition, error) {
	return o.Definition, nil
}

// TestNarrowedDefinition holds what a narrow token shows, and that a choice that is saved in a
// slicer which it does not show filters as before: narrowing must not widen rows.
func TestNarrowedDefinition(t *testing.T) {
	text := model.ColumnRef{Table: "Rows", Column: "Text"}
	m := &model.Model{Tables: []*model.Table{{Name: "Rows", Columns: []*model.Column{{Name: "Text", Type: dax.String, Source: "text"}}}}}
	values := map[string][]report.Projection{"Values": {{Name: "Text", Ref: "Rows.Text", Column: text}}}
	saved := []model.Filter{{Column: text, Op: model.In, Values: []dax.Value{dax.TextOf("mine")}}}
	page := func(name string) *report.Page {
		return &report.Page{Name: name, Visuals: []*report.Visual{
			{Name: "rows", Type: "tableEx", Roles: values}, {Name: "choice", Type: "slicer", Roles: values, Chosen: saved}}}
	}
	whole := &report.Definition{Active: "two", Pages: []*report.Page{page("one"), page("two"), page("three")}}
	a := &api{Config: Config{Definitions: onlyReport{whole}}}
	for name, c := range map[string]struct {
		grant  embedtoken.Grant
		active string
		pages  map[string]int // visuals by page
	}{
		"all":           {embedtoken.Grant{}, "two", map[string]int{"one": 2, "two": 2, "three": 2}},
		"a page":        {embedtoken.Grant{Pages: []string{"three"}}, "three", map[string]int{"three": 1 + 1}},
		"the active":    {embedtoken.Grant{Pages: []string{"two", "one", "none"}}, "two", map[string]int{"one": 2, "two": 2}},
		"a visual":      {embedtoken.Grant{Visuals: []string{"rows"}}, "two", map[string]int{"one": 1, "two": 1, "three": 1}},
		"both":          {embedtoken.Grant{Pages: []string{"one"}, Visuals: []string{"rows"}}, "one", map[string]int{"one": 1}},
		"no such":       {embedtoken.Grant{Pages: []string{"one"}, Visuals: []string{"ROWS"}}, "one", map[string]int{"one": 0}},
		"no page of it": {embedtoken.Grant{Pages: []string{"none"}}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			cl := &call{r: httptest.NewRequest(http.MethodGet, "/", nil), grant: c.grant}
			shown, full, err := a.definition(cl, use{})
			if c.pages == nil {
				if inlay.KindOf(err) != inlay.NotFound {
					t.Errorf("%+v, %v", shown, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, p := range shown.Pages {
				got[p.Name] = len(p.Visuals)
			}
			if diff := cmp.Diff(c.pages, got); diff != "" || shown.Active != c.active || full != whole {
				t.Errorf("active %q\n%s", shown.Active, diff)
			}
			if c.pages["one"] != 1 {
				return
			}
			p, v, err := find(full, "one", "rows")
			if err != nil {
				t.Fatal(err)
			}
			plan, err := visual.Query(m, full, p, v, visual.State{})
			if err != nil || len(plan.Query.Where) != 1 {
				t.Errorf("filters %+v, %v: the saved choice is lost", plan.Query.Where, err)
			}
		})
	}
	if len(whole.Pages) != 3 || len(whole.Pages[0].Visuals) != 2 {
		t.Error("the definition itself was changed")
	}
}
