package pbip

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inlay"
)

// files writes a project; a value that begins with -> is the target of a link.
func files(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(text, "->"); ok {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// project is a whole project in the folder at; more is laid over it, "" removes a file.
func project(at string, more map[string]string) map[string]string {
	out := map[string]string{
		at + "Shop.pbip":                                        `{"version":"1.0","artifacts":[{"report":{"path":"Shop.Report"}}]}`,
		at + "Shop.Report/definition.pbir":                      `{"version":"4.0","datasetReference":{"byPath":{"path":"../Shop.SemanticModel"}}}`,
		at + "Shop.Report/.platform":                            "\ufeff" + `{"metadata":{"type":"Report","displayName":"The Shop"},"config":{"logicalId":"2BC3A7BB-94B7-4E6F-BB8F-A8E0F68456A2"}}`,
		at + "Shop.Report/definition/report.json":               `{}`,
		at + "Shop.SemanticModel/definition.pbism":              `{"version":"4.2"}`,
		at + "Shop.SemanticModel/definition/tables/Orders.tmdl": "table Orders\n\tcolumn Id\n\t\tdataType: int64\n",
	}
	for name, text := range more {
		if text == "" {
			delete(out, at+name)
			continue
		}
		out[at+name] = text
	}
	return out
}

const bimText = `{"model":{"tables":[{"name":"Orders","columns":[{"name":"Id","dataType":"int64","sourceColumn":"Id"}]}]}}`

// template is a zip of a model and a report.
var template = func() string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string]string{"DataModelSchema": bimText, "Report/Layout": "{}"} {
		w, _ := z.Create(name) // a buffer takes everything
		_, _ = w.Write([]byte(text))
	}
	_ = z.Close()
	return b.String()
}()

func TestOpen(t *testing.T) {
	pbir := func(model string) string {
		return `{"version":"4.0","datasetReference":{"byPath":{"path":"` + model + `"}}}`
	}
	for name, c := range map[string]struct {
		files   map[string]string
		give    string // below the folder
		dir     string // of the model
		reports []string
		notices int
	}{
		"folder":           {project("", nil), "", "Shop.SemanticModel", []string{"The Shop"}, 0},
		"file":             {project("", nil), "Shop.pbip", "Shop.SemanticModel", []string{"The Shop"}, 0},
		"deeper":           {project("a/b/", nil), "", "a/b/Shop.SemanticModel", []string{"The Shop"}, 0},
		"file deeper":      {project("a/b/", nil), "a/b/Shop.pbip", "Shop.SemanticModel", []string{"The Shop"}, 0},
		"no platform file": {project("", map[string]string{"Shop.Report/.platform": ""}), "", "Shop.SemanticModel", []string{"Shop"}, 0},
		"no .pbip":         {project("", map[string]string{"Shop.pbip": ""}), "", "Shop.SemanticModel", []string{"The Shop"}, 0},
		"backslashes":      {project("", map[string]string{"Shop.Report/definition.pbir": pbir(`..\\Shop.SemanticModel`)}), "", "Shop.SemanticModel", []string{"The Shop"}, 0},
		"model alone": {map[string]string{"M.SemanticModel/definition/model.tmdl": "model M\n"},
			"", "M.SemanticModel", nil, 0},
		"model.bim": {map[string]string{"Shop.SemanticModel/model.bim": bimText}, "", "Shop.SemanticModel", nil, 0},
		"model.bim of a project": {project("", map[string]string{"Shop.SemanticModel/definition/tables/Orders.tmdl": "", "Shop.SemanticModel/model.bim": bimText}),
			"", "Shop.SemanticModel", []string{"The Shop"}, 0},
		"a .bim":        {map[string]string{"x/Shop.bim": bimText, "x/data.csv": ""}, "", "x/Shop.bim", nil, 0},
		"a .bim itself": {map[string]string{"x/Shop.bim": bimText, "Other.bim": ""}, "x/Shop.bim", "Shop.bim", nil, 0},
		"a template":    {map[string]string{"x/Shop.pbit": template}, "", "x/Shop.pbit", []string{"Shop"}, 0},
		"legacy report": {project("", map[string]string{"Shop.Report/definition/report.json": "", "Shop.Report/report.json": "{}"}),
			"", "Shop.SemanticModel", []string{"The Shop"}, 0},
		"nothing in the report": {project("", map[string]string{"Shop.Report/definition/report.json": ""}), "", "Shop.SemanticModel", nil, 1},
		"case of a path":        {project("", map[string]string{"Shop.Report/definition.pbir": pbir("../sHOP.semanticmodel")}), "", "Shop.SemanticModel", []string{"The Shop"}, 0},
		"two reports": {project("", map[string]string{
			"More.Report/definition.pbir":        pbir("../Shop.SemanticModel"),
			"More.Report/definition/report.json": "{}",
		}), "", "Shop.SemanticModel", []string{"The Shop", "More"}, 0},
		"report of another model": {project("", map[string]string{
			"More.Report/definition.pbir":        pbir("../Other.SemanticModel"),
			"More.Report/definition/report.json": "{}",
		}), "", "Shop.SemanticModel", []string{"The Shop"}, 1},
		"hidden folders and links are not looked at": {project("p/", map[string]string{
			"../.git/x/Other.pbip": "{}", "../data": "->/etc",
		}), "", "p/Shop.SemanticModel", []string{"The Shop"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Open(filepath.Join(files(t, c.files), c.give))
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			var names []string
			for _, r := range p.Reports {
				names = append(names, r.Name)
			}
			if p.Model.Dir != c.dir || strings.Join(names, ",") != strings.Join(c.reports, ",") || len(p.Notices) != c.notices {
				t.Errorf("model %s, reports %q, notices %v", p.Model.Dir, names, p.Notices)
			}
			m, err := p.ReadModel()
			if err != nil {
				t.Fatal(err)
			}
			stored, err := Read(p.Model.FS)
			if err != nil || len(stored.Tables) != len(m.Tables) || m.Name == "" {
				t.Errorf("model %q, as stored %v, %v", m.Name, stored, err)
			}
			if len(p.Reports) > 0 && p.Reports[0].Name == "The Shop" && p.Reports[0].LogicalID != "2bc3a7bb-94b7-4e6f-bb8f-a8e0f68456a2" {
				t.Errorf("id %s", p.Reports[0].LogicalID)
			}
		})
	}
}

// TestRefused opens what is no project, or one that leads outside of its folder. Every error
// may be shown and names the thing.
func TestRefused(t *testing.T) {
	pbir := func(path string) map[string]string {
		return map[string]string{"Shop.Report/definition.pbir": `{"datasetReference":{"byPath":{"path":"` + path + `"}}}`}
	}
	for name, c := range map[string]struct {
		files map[string]string
		give  string
		says  []string
		kind  inlay.Kind
	}{
		"nothing":           {map[string]string{"a.txt": ""}, "", []string{"no .pbip file"}, inlay.Invalid},
		"no such folder":    {nil, "gone", []string{"gone"}, inlay.NotFound},
		"another file":      {map[string]string{"a.txt": "x"}, "a.txt", []string{"a.txt", ".pbip"}, inlay.Invalid},
		"pbix":              {map[string]string{"a.pbix": "x"}, "a.pbix", []string{"a.pbix", "Save as"}, inlay.Unsupported},
		"pbix in a folder":  {map[string]string{"x/a.pbix": "x"}, "", []string{"x/a.pbix", "Save as"}, inlay.Unsupported},
		"two bims":          {map[string]string{"a.bim": "{}", "b.bim": "{}"}, "", []string{"a.bim, b.bim"}, inlay.Invalid},
		"no zip":            {map[string]string{"a.pbit": "x"}, "a.pbit", []string{"a.pbit is no template"}, inlay.Invalid},
		"link as .bim":      {map[string]string{"model.bim": "->/etc/hostname"}, "model.bim", []string{"model.bim is a link"}, inlay.Invalid},
		"link as .pbit":     {map[string]string{"a/x.pbit": "->/etc/hostname"}, "", []string{"a/x.pbit is a link"}, inlay.Invalid},
		"no model in it":    {project("", map[string]string{"Shop.SemanticModel/definition/tables/Orders.tmdl": ""}), "", []string{"Shop.SemanticModel", "model.bim"}, inlay.Invalid},
		"several":           {project("", map[string]string{"Two.pbip": "{}"}), "", []string{"Shop.pbip, Two.pbip"}, inlay.Invalid},
		"several models":    {map[string]string{"A.SemanticModel/definition/model.tmdl": "model A", "B.SemanticModel/definition/model.tmdl": "model B"}, "", []string{"A.SemanticModel, B.SemanticModel"}, inlay.Invalid},
		"connection":        {project("", map[string]string{"Shop.Report/definition.pbir": `{"datasetReference":{"byConnection":{"connectionString":"x"}}}`}), "", []string{"Shop.Report/definition.pbir", "byPath"}, inlay.Unsupported},
		"no model named":    {project("", map[string]string{"Shop.Report/definition.pbir": `{}`}), "", []string{"Shop.Report/definition.pbir", "byPath"}, inlay.Invalid},
		"no definition":     {project("", map[string]string{"Shop.Report/definition.pbir": ""}), "", []string{"Shop.Report/definition.pbir is missing"}, inlay.Invalid},
		"report missing":    {map[string]string{"Shop.pbip": `{"artifacts":[{"report":{"path":"Nope.Report"}}]}`}, "", []string{"Shop.pbip", "Nope.Report"}, inlay.Invalid},
		"bad JSON":          {project("", map[string]string{"Shop.Report/.platform": "{\n\"a\": 1,,\n}"}), "", []string{"Shop.Report/.platform:2"}, inlay.Invalid},
		"wrong type":        {project("", map[string]string{"Shop.pbip": "{\n\"artifacts\": 7}"}), "", []string{"Shop.pbip:2"}, inlay.Invalid},
		"outside":           {project("", pbir("../../Other.SemanticModel")), "", []string{"Shop.Report/definition.pbir", "../../Other.SemanticModel", "outside"}, inlay.Invalid},
		"outside, .pbip":    {map[string]string{"Shop.pbip": `{"artifacts":[{"report":{"path":"../x.Report"}}]}`}, "", []string{"Shop.pbip", "../x.Report", "outside"}, inlay.Invalid},
		"absolute":          {project("", pbir("/etc")), "", []string{"/etc", "outside"}, inlay.Invalid},
		"drive":             {project("", pbir(`C:\\Models\\X`)), "", []string{"outside"}, inlay.Invalid},
		"empty path":        {project("", pbir("")), "", []string{"Shop.Report/definition.pbir", "empty"}, inlay.Invalid},
		"link to a model":   {project("", mapOf(pbir("../Link.SemanticModel"), "Link.SemanticModel", "->Shop.SemanticModel")), "", []string{"Link.SemanticModel is a link"}, inlay.Invalid},
		"link to a file":    {project("", map[string]string{"Shop.SemanticModel/definition/x.tmdl": "->/etc/hostname"}), "", []string{"Shop.SemanticModel/definition/x.tmdl is a link"}, inlay.Invalid},
		"link in a report":  {project("", map[string]string{"Shop.Report/definition/pages": "->/etc"}), "", []string{"Shop.Report/definition/pages is a link"}, inlay.Invalid},
		"link as .pbip":     {project("", map[string]string{"Shop.pbip": "->/etc/hostname"}), "", []string{"Shop.pbip is a link"}, inlay.Invalid},
		"link as .platform": {project("", map[string]string{"Shop.Report/.platform": "->../../x"}), "", []string{".platform is a link"}, inlay.Invalid},
		"two models": {project("", map[string]string{
			"Shop.pbip": `{"artifacts":[{"report":{"path":"Shop.Report"}},{"report":{"path":"B.Report"}}]}`, "B.Report/definition.pbir": `{"datasetReference":{"byPath":{"path":"../B.SemanticModel"}}}`,
		}), "", []string{"Shop.SemanticModel", "B.SemanticModel"}, inlay.Unsupported},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Open(filepath.Join(files(t, c.files), c.give))
			if err == nil {
				p.Close()
				t.Fatal("it was opened")
			}
			if inlay.KindOf(err) != c.kind {
				t.Errorf("kind %s: %v", inlay.KindOf(err), err)
			}
			for _, s := range c.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not name %q", err, s)
				}
			}
		})
	}
}

func mapOf(m map[string]string, name, text string) map[string]string {
	m[name] = text
	return m
}

// TestConfined reads through the file system of a project; links that appear later lead
// nowhere.
func TestConfined(t *testing.T) {
	dir := files(t, project("", nil))
	p, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "Shop.SemanticModel", "definition", "later.tmdl")); err != nil {
		t.Fatal(err) // a confinement that is not tried is not proved
	}
	if _, err := p.Model.FS.Open("later.tmdl"); err == nil {
		t.Error("a link out of the project was followed")
	}
	if _, err := p.ReadModel(); err == nil || !strings.Contains(err.Error(), "later.tmdl") {
		t.Errorf("%v", err)
	}
	if _, err := p.FS().Open("../x"); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("%v", err)
	}
}
