package tmsl

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/model/tmdl"
)

// archives reads the corpus: a model in TMSL and the same in TMDL.
func archives(t testing.TB) map[string]*txtar.Archive {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no models: %v", err)
	}
	out := map[string]*txtar.Archive{}
	for _, f := range files {
		a, err := txtar.ParseFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".txtar")] = a
	}
	return out
}

// TestSameAsTMDL reads both forms of each model; they differ in the places alone.
func TestSameAsTMDL(t *testing.T) {
	for name, a := range archives(t) {
		t.Run(name, func(t *testing.T) {
			fsys, err := txtar.FS(a)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Read(fsys, "model.bim")
			if err != nil {
				t.Fatal(err)
			}
			want, err := tmdl.ReadDir(fsys, "definition")
			if err != nil {
				t.Fatal(err)
			}
			opts := cmp.Options{cmpopts.IgnoreTypes(model.Place{}, model.Text{}), cmpopts.EquateComparable(dax.Value{}),
				cmpopts.IgnoreFields(model.Model{}, "Dropped")} // the file of one form has annotations that the other leaves out
			if diff := cmp.Diff(want, got, opts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestMembers holds that a member without an identity provider is one of Windows, and that only
// users of the directory are kept, with their ids.
func TestMembers(t *testing.T) {
	const src = `{"model": {"tables": [{"name": "T"}], "roles": [{"name": "R", "modelPermission": "read", "members": [
		{"memberName": "ann@example.com", "memberId": "11111111-2222-4333-8444-555555555555", "identityProvider": "AzureAD"},
		{"memberName": "sellers@example.com", "identityProvider": "AzureAD", "memberType": "group"},
		{"memberName": "example\\dora"}, {"memberId": "x", "identityProvider": "AzureAD"}]}]}}`
	m, err := Read(fstest.MapFS{"model.bim": {Data: []byte(src)}}, "model.bim")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, n := range m.Notices {
		left = append(left, fmt.Sprint(n.Place.Line, " ", n.What))
	}
	want := []string{"3 role 'R', member 'sellers@example.com' is a group, and is left out",
		`4 role 'R', member 'example\dora' is one of a Windows domain, and is left out`, "4 role 'R', member '' has no name, and is left out"}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Error(diff)
	}
	in := []model.RoleMember{{Name: "ann@example.com", ID: "11111111-2222-4333-8444-555555555555", Place: model.Place{File: "model.bim", Line: 2, Column: 3}}}
	if diff := cmp.Diff(in, m.Roles[0].Members); diff != "" {
		t.Error(diff)
	}
}

// TestPlaces holds that a notice names the line of the JSON.
func TestPlaces(t *testing.T) {
	const src = `{"model": {
  "tables": [
    {
      "name": "T",
      "refreshPolicy": {"a": 1},
      "columns": [{"name": "C", "dataType": "string", "sourceColumn": "C"},
        {
          "name": "D", "dataType": "string", "keepUniqueRows": true
        }],
      "measures": [{"name": "M", "expression": ["1 +", "2"]}]
    }],
  "roles": [{"name": "R", "modelPermission": "read", "tablePermissions": [
    {"name": "T",
     "filterExpression": "TRUE()"}]}]
}}`
	m, err := Read(fstest.MapFS{"x.bim": {Data: []byte(src)}}, "x.bim")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range m.Notices {
		got = append(got, fmt.Sprintf("%s:%d: %s", n.Place.File, n.Place.Line, n.What))
	}
	want := []string{"x.bim:5: table 'T', object 'refreshPolicy'", "x.bim:8: column 'T'[D], property 'keepUniqueRows': true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if x := m.Tables[0]; x.Place.Line != 4 || x.Measures[0].Place.Line != 10 || m.Roles[0].Permissions[0].Place.Line != 13 {
		t.Errorf("table %v, measure %v, permission %v", x.Place, x.Measures[0].Place, m.Roles[0].Permissions[0].Place)
	}
}

// TestKPI holds that the expressions of a KPI are those of TMDL, with their places.
func TestKPI(t *testing.T) {
	const src = `{"model": {"tables": [{"name": "T", "columns": [{"name": "C", "dataType": "int64", "sourceColumn": "C"}],
  "measures": [{"name": "M", "expression": "SUM(T[C])", "kpi": {"targetExpression": "10",
    "statusExpression": ["VAR x = [M] / [_M Goal]",
      "RETURN x"], "statusGraphic": "Traffic Light", "annotations": [{"name": "a", "value": "b"}]}}]}]}}`
	m, err := Read(fstest.MapFS{"x.bim": {Data: []byte(src)}}, "x.bim")
	if err != nil || len(m.Notices) > 0 {
		t.Fatal(err, m.Notices)
	}
	x := m.Tables[0].Measures
	if len(x) != 3 || x[0].KPI == nil || x[0].KPI.StatusGraphic != "Traffic Light" || x[1].Name != "_M Goal" || x[1].Expression != "10" ||
		x[2].Name != "_M Status" || x[2].Expression != "VAR x = [M] / [_M Goal]\nRETURN x" || x[2].Place.Line != 3 || x[2].PartOf != "M" {
		t.Errorf("%+v", x)
	}
}

// TestRefused reads what cannot be right. What is not understood in a role is an error, as in
// TMDL.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ src, says string }{
		"empty":             {"", "x.bim:1:1: it is no JSON"},
		"cut off":           {`{"model": {"tables": [`, "x.bim:1:23: it is no JSON: unexpected end of JSON input\n\t{\"model\": {\"tables\": [\n\t                      ^"},
		"comma missing":     {"\ufeff{\n \"model\": {\n  \"é\": {} \"x\": 1}}", "x.bim:3:11: it is no JSON: invalid character '\"' after object key:value pair; is a comma missing before it?\n\t  \"é\": {} \"x\": 1}}\n\t          ^"},
		"comma too much":    {"{\"model\": {},\n}", "x.bim:2:1: it is no JSON: invalid character '}' looking for beginning of object key string; is there a comma too much before it?\n\t}\n\t^"},
		"no number":         {"{\"model\": {},\n \"v\": 01}", "x.bim:2:8: it is no JSON"},
		"no model":          {`{"name": "x"}`, `no object "model"`},
		"more":              {`{"model": {}} {}`, "text after the end"},
		"twice":             {"{\"model\": {\"roles\": [],\n\"roles\": []}}", `x.bim:2:1: "roles" is said twice`},
		"unknown in a role": {`{"model": {"roles": [{"name": "R", "modelPermission": "read", "tablePermissions": [{"name": "T", "newFilter": "x"}]}], "tables": [{"name": "T"}]}}`, "could be a restriction"},
		"no such table":     {`{"model": {"roles": [{"name": "R", "modelPermission": "read", "tablePermissions": [{"name": "T", "filterExpression": "1=1"}]}]}}`, "table 'T', which the model does not have"},
		"deep":              {`{"model": ` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}", "nested deeper"},
		"not UTF-8":         {"{\"model\": {\"name\": \"\xff\"}}", "not UTF-8"},
		"column":            {`{"model": {"relationships": [{"name": "r", "fromTable": "A", "fromColumn": "x", "toTable": "B", "toColumn": "y"}]}}`, "names table 'A'"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(fstest.MapFS{"x.bim": {Data: []byte(c.src)}}, "x.bim")
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v", err)
			}
			var at *tmdl.Error
			if inlay.KindOf(err) != inlay.Invalid && !errors.As(err, &at) {
				t.Errorf("kind %v: %v", inlay.KindOf(err), err)
			}
		})
	}
}

// TestRoundTrip writes each model again, and with one value changed: one line differs.
func TestRoundTrip(t *testing.T) {
	for name, a := range archives(t) {
		for _, end := range []string{"\n", "\r\n"} {
			src := "\ufeff" + strings.ReplaceAll(string(a.Files[0].Data), "\n", end)
			d, err := Parse("model.bim", []byte(src))
			if err != nil {
				t.Fatal(err)
			}
			if d.String() != src {
				t.Errorf("%s: the document is not the file", name)
			}
			changed, err := d.With("#,0", "model", "tables", "Order's", "columns", "Amount", "formatString")
			if err != nil {
				t.Fatal(err)
			}
			if diff := lineDiff(src, changed.String()); diff != `            "formatString": "#,0",` {
				t.Errorf("%s: changed %q", name, diff)
			}
			more, err := d.With("1 <\n2", "model", "tables", "Order's", "measures", "0", "expression")
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(more.String(), `"expression": [`+end+`              "1 <",`+end+`              "2"`+end+`            ],`) {
				t.Errorf("%s: %s", name, more)
			}
			if _, err := d.With(1, "model", "nothing"); inlay.KindOf(err) != inlay.NotFound {
				t.Error(err)
			}
		}
	}
}

// lineDiff is the one line of b that differs from a.
func lineDiff(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	if len(x) != len(y) {
		return "the number of lines differs"
	}
	var out []string
	for i := range x {
		if x[i] != y[i] {
			out = append(out, strings.TrimRight(y[i], "\r"))
		}
	}
	return strings.Join(out, "\n")
}

// TestLarge reads a model of many objects; the time grows with its size and not with its square.
func TestLarge(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"model":{"tables":[{"name":"T","columns":[`)
	const columns = 50_000
	for i := range columns {
		fmt.Fprintf(&b, "%s\n{\"name\":\"C%d\",\n\"dataType\":\"string\",\"newThing\":1}", map[bool]string{true: ","}[i > 0], i)
	}
	b.WriteString("]}]}}")
	d, err := Parse("large.bim", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	n := (&builder{from: d, to: tmdl.NewDocument("large.bim", d.text)}).object("model", d.root.child("model"))
	last := n.Children[0].Children[columns-1]
	if last.Name != "C49999" || last.Line != 2*columns || last.Children[1].Column != 21 {
		t.Errorf("%s at %d, its property at column %d", last.Name, last.Line, last.Children[1].Column)
	}
}

// FuzzRead holds that no text breaks the reader and that none of it is lost.
func FuzzRead(f *testing.F) {
	for _, a := range archives(f) {
		f.Add(a.Files[0].Data)
	}
	f.Add([]byte(`{"createOrReplace":{"object":{"database":"x"},"database":{"model":{"tables":[{"name":"T","columns":[null,1,{"name":["a","b"]}]}]}}}}`))
	f.Add([]byte("\ufeff{\"model\":{\"roles\":[{\"tablePermissions\":[[]]}],\"description\":{\"a\":null}}}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := Parse("f.bim", src)
		if err != nil {
			return
		}
		if d.String() != string(src) {
			t.Fatal("the document is not the file")
		}
		if m, err := d.Model(); (m == nil) == (err == nil) {
			t.Fatalf("%v, %v", m, err)
		}
	})
}
