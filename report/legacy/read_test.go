package legacy

import (
	"encoding/json"
	"io/fs"
	"os"
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
	"inlay/report"
	"inlay/report/pbir"
)

// archive is a report in both formats.
func archive(t testing.TB) fs.FS {
	t.Helper()
	a, err := txtar.ParseFile("testdata/report.txtar")
	if err != nil {
		t.Fatal(err)
	}
	fsys, err := txtar.FS(a)
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

// TestSameAsPBIR reads one report in both formats: what they say is the same, at other places.
func TestSameAsPBIR(t *testing.T) {
	got, err := Read(archive(t))
	if err != nil {
		t.Fatal(err)
	}
	want, err := pbir.Read(archive(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(model.Place{}), cmpopts.EquateComparable(dax.Value{})); diff != "" {
		t.Error(diff)
	}
	if len(want.Notices) < 3 {
		t.Errorf("the report says too little: %v", want.Notices)
	}
}

// TestPlaces holds that a place is in report.json, on the line where the visual begins.
func TestPlaces(t *testing.T) {
	def, err := Read(archive(t))
	if err != nil {
		t.Fatal(err)
	}
	src, err := fs.ReadFile(archive(t), File)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(src), "\n")
	seen := 0
	for _, p := range def.Pages {
		for _, v := range p.Visuals {
			seen++
			if v.Place.File != File || strings.TrimSpace(lines[v.Place.Line-1]) != "{" || !strings.Contains(strings.Join(lines[v.Place.Line-1:v.Place.Line+8], "\n"), `\"name\": \"`+v.Name+`\"`) {
				t.Errorf("visual %s is at %v", v.Name, v.Place)
			}
		}
	}
	for _, n := range def.Notices {
		if n.Place.File != File || n.Place.Line < 1 {
			t.Errorf("notice at %v", n.Place)
		}
	}
	if seen != 7 {
		t.Errorf("%d visuals", seen)
	}
}

func TestRefused(t *testing.T) {
	visual := func(config string) string {
		text, _ := json.Marshal(config)
		return "{\"sections\": [{\"name\": \"p\", \"displayName\": \"P\", \"visualContainers\": [\n{\"config\": " + string(text) + "}]}]}"
	}
	for name, c := range map[string]struct{ src, says string }{
		"no JSON":        {"{\n", "report.json:2: it is no report"},
		"no page":        {`{"sections": []}`, "no page"},
		"no page name":   {`{"sections": [{}]}`, "page 1 has no name"},
		"config":         {`{"config": "{", "sections": [{"name": "p"}]}`, "config of the report"},
		"filters":        {`{"filters": "{}", "sections": [{"name": "p"}]}`, "filters of the report"},
		"page filters":   {`{"sections": [{"name": "p", "displayName": "P", "filters": "["}]}`, "filters of page 'P'"},
		"page config":    {`{"sections": [{"name": "p", "displayName": "P", "config": "["}]}`, "config of page 'P'"},
		"visual config":  {visual(`{`), "report.json:2: page 'P', visual 1: its config"},
		"no type":        {visual(`{"singleVisual": {}}`), "report.json:2: page 'P', visual 1: it has no visualType"},
		"twice":          {`{"sections": [{"name": "p"}, {"name": "p"}]}`, "report.json:1: page 'p' is defined twice"},
		"theme":          {`{"config": "{\"themeCollection\":{\"customTheme\":{\"name\":\"../../../x\",\"type\":1}}}", "sections": [{"name": "p"}]}`, "outside of the report"},
		"strange object": {visual(`{"singleVisual": {"visualType": "card", "objects": 1}}`), "report.json:2"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(fstest.MapFS{File: {Data: []byte(c.src)}})
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "definition/pages") || inlay.KindOf(err) != inlay.Invalid {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := Read(fstest.MapFS{}); inlay.KindOf(err) != inlay.Invalid {
		t.Error(err)
	}
}

// TestSample reads the report of a public project beside the repository.
func TestSample(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "samples", "contoso-sales", "pbidevmode", "fabricps-pbip", "SamplePBIP", "Sales.Report")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is absent", dir)
	}
	def, err := Read(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	visuals, fields := 0, 0
	for _, p := range def.Pages {
		visuals += len(p.Visuals)
		for _, v := range p.Visuals {
			for _, r := range v.Roles {
				fields += len(r)
			}
		}
	}
	if len(def.Pages) != 5 || def.Pages[0].DisplayName != "Sales" || visuals != 44 || fields < 50 || len(def.Theme.Colors) == 0 {
		t.Errorf("%d pages, first %q, %d visuals, %d fields, theme %v", len(def.Pages), def.Pages[0].DisplayName, visuals, fields, def.Theme)
	}
	for _, n := range def.Notices {
		t.Logf("%s:%d: %s", n.Place.File, n.Place.Line, n.What)
	}
}

// FuzzRead holds that no text breaks the reader.
func FuzzRead(f *testing.F) {
	src, err := fs.ReadFile(archive(f), File)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(src)
	f.Add([]byte(`{"sections":[{"name":"p","visualContainers":[{"config":"{\"singleVisual\":{\"visualType\":\"card\",\"projections\":{\"a\":[{}]},\"prototypeQuery\":{\"From\":[{}],\"Select\":[{\"Name\":\"\"}]}}}"}]}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		def, err := Read(fstest.MapFS{File: {Data: src}})
		if (def == nil) == (err == nil) {
			t.Fatalf("%v, %v", def, err)
		}
		if def != nil && !pagesNamed(def) {
			t.Fatal("a page without a name")
		}
	})
}

func pagesNamed(d *report.Definition) bool {
	for _, p := range d.Pages {
		if p.Name == "" {
			return false
		}
	}
	return len(d.Pages) > 0
}
