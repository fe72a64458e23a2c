package rest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay/dax"
	"inlay/model"
)

const reportPath = "/inlay/v1/embed/reports/" + overview

func TestEmbedReport(t *testing.T) {
	w := newWorld(t)
	a := w.send("GET", reportPath, "EmbedToken "+w.embed("ann@example.com", "West"), "")
	visual := func(name, typ, title, roles, paragraphs string) string {
		return `{"name":"` + name + `","type":"` + typ + `","title":"` + title + `","x":0,"y":0,"z":0,"width":0,"height":0,"tabOrder":0,"hidden":false,"roles":` + roles + `,"paragraphs":` + paragraphs + `,"options":{}}`
	}
	text, amount := `{"name":"Text","ref":"Rows.Text"}`, `{"name":"Amount","ref":"Rows.Amount"}`
	want := `{"id":"` + overview + `","name":"Overview Report","datasetId":"` + orders + `","expiration":"2026-03-02T10:30:00Z","permissions":"View","culture":"en-GB","activePage":"first",` +
		`"theme":{"name":"","colors":["#112233"],"background":"","foreground":""},"pages":[{"name":"first","displayName":"First","width":1280,"height":720,"displayOption":"FitToPage","visibility":0,"visuals":[` +
		visual("rows", "tableEx", "Rows", `{"Values":[`+text+`,`+amount+`]}`, "[]") + "," +
		visual("choice", "slicer", "", `{"Values":[`+text+`]}`, "[]") + "," +
		visual("note", "textbox", "", `{}`, `[{"align":"left","runs":[{"text":"Hello","size":"","color":"","weight":"","italic":false,"font":"","url":"https://example.com"}]}]`) + "," +
		visual("odd", "ribbonChart", "", `{}`, "[]") + `]}]}`
	// The lifetime of access tokens is the sign-in service's.
	exp := a.field("expiration")
	if !strings.HasPrefix(exp, "2026-03-02T1") || !strings.HasSuffix(exp, "Z") {
		t.Errorf("expires %q", exp)
	}
	if diff := cmp.Diff(strings.Replace(want, "2026-03-02T10:30:00Z", exp, 1), a.body); diff != "" {
		t.Error(diff)
	}
	edit := w.embedWith(shop, `{"reports":[{"id":"`+overview+`","allowEdit":true}],"datasets":[{"id":"`+orders+`"}],"identities":[{"username":"a","roles":["West"],"datasets":["`+orders+`"]}]}`)
	if a := w.send("GET", reportPath, "EmbedToken "+edit, ""); a.field("permissions") != "Edit" {
		t.Errorf("an edit token: %s", a.body)
	}
}

func TestEmbedQuery(t *testing.T) {
	w := newWorld(t)
	token := "EmbedToken " + w.embed("ann@example.com", "West")
	ask := func(visual, body string) answer {
		return w.send("POST", reportPath+"/pages/"+visual+"/query", token, body)
	}
	a := ask("first/visuals/rows", "{}")
	want := `{"columns":[{"name":"Text","ref":"Rows.Text","role":"Values","type":"string","format":"","group":true},` +
		`{"name":"Amount","ref":"Rows.Amount","role":"Values","type":"int64","format":"#,0","group":false}],"rows":[["WEST-ROW",1]],"total":[0],"truncated":false}`
	if diff := cmp.Diff(want, a.body); diff != "" || a.status != 200 {
		t.Errorf("%d %s", a.status, diff)
	}
	for name, c := range map[string]struct {
		visual, body string
		status       int
		code, says   string
	}{
		"no body":             {"first/visuals/rows", "", 200, "", ""},
		"no page":             {"second/visuals/rows", "{}", 404, "PowerBIEntityNotFound", "second"},
		"no visual":           {"first/visuals/columns", "{}", 404, "PowerBIEntityNotFound", "columns"},
		"page in other case":  {"First/visuals/rows", "{}", 404, "PowerBIEntityNotFound", "First"},
		"text box":            {"first/visuals/note", "{}", 400, "NotSupported", "note"},
		"unknown type":        {"first/visuals/odd", "{}", 400, "NotSupported", "ribbonChart"},
		"DAX":                 {"first/visuals/rows", `{"query":"EVALUATE Rows"}`, 400, "InvalidRequest", "query"},
		"column":              {"first/visuals/rows", `{"slicers":[{"visual":"choice","column":"Secret"}]}`, 400, "InvalidRequest", "column"},
		"not a slicer":        {"first/visuals/rows", `{"slicers":[{"visual":"odd","values":["x"]}]}`, 400, "InvalidRequest", "odd"},
		"slicer twice":        {"first/visuals/rows", `{"slicers":[{"visual":"choice"},{"visual":"choice"}]}`, 400, "InvalidRequest", "twice"},
		"slicer without name": {"first/visuals/rows", `{"slicers":[{"values":["x"]}]}`, 400, "InvalidRequest", "missing"},
		"list":                {"first/visuals/rows", `{"slicers":[{"visual":"choice","values":[["x"]]}]}`, 400, "InvalidRequest", "values[0]"},
		"too large a number":  {"first/visuals/rows", `{"slicers":[{"visual":"choice","values":[99999999999999999999]}]}`, 400, "InvalidRequest", "values[0]"},
		"infinite":            {"first/visuals/rows", `{"slicers":[{"visual":"choice","values":[1e999]}]}`, 400, "InvalidRequest", "values[0]"},
		"too many slicers":    {"first/visuals/rows", `{"slicers":[` + strings.Repeat(`{"visual":"choice"},`, 100) + `{"visual":"choice"}]}`, 413, "RequestTooLarge", "100"},
		"too many values":     {"first/visuals/rows", `{"slicers":[{"visual":"choice","values":[` + strings.Repeat(`"x",`, 1000) + `"x"]}]}`, 413, "RequestTooLarge", "1000"},
	} {
		if a := ask(c.visual, c.body); a.status != c.status || a.code() != c.code || !strings.Contains(a.body, c.says) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	a = ask("first/visuals/rows", `{"slicers":[{"visual":"choice","values":["x' OR 1=1--",null]}]}`)
	column := model.ColumnRef{Table: "Rows", Column: "Text"}
	found := false
	for _, f := range w.engine.last.Where {
		found = found || cmp.Equal(f, model.Filter{Column: column, Op: model.In, Values: []dax.Value{dax.TextOf("x' OR 1=1--"), {}}}, cmp.AllowUnexported(dax.Value{}))
	}
	if a.status != 200 || !found {
		t.Errorf("%d %s: the engine was asked for %+v", a.status, a.body, w.engine.last.Where)
	}
}
