package server

import (
	"archive/zip"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf16"

	"inlay/query"
)

// shop is a model in TMSL with its rows, and a report of it in the format before PBIR.
const (
	shop = `{"model": {"culture": "en-US",
  "tables": [{"name": "Orders",
    "columns": [{"name": "Owner", "dataType": "string", "sourceColumn": "Owner"}, {"name": "Amount", "dataType": "int64", "sourceColumn": "Amount"}],
    "measures": [{"name": "Total", "expression": ["SUM(", "Orders[Amount])"]}],
    "partitions": [{"name": "Orders", "mode": "import", "source": {"type": "m", "expression": "#table(type table [Owner = text, Amount = Int64.Type], {{\"ann\", 10}, {\"ben\", 20}})"}}]}],
  "roles": [{"name": "Mine", "modelPermission": "read", "tablePermissions": [{"name": "Orders", "filterExpression": "[Owner] = USERNAME()"}]}]}}`
	shopReport = `{"sections": [{"name": "page1", "displayName": "Page", "displayOption": 1, "width": 1280, "height": 720, "filters": "[]", "visualContainers": [
  {"x": 0, "y": 0, "z": 0, "width": 400, "height": 100, "filters": "[]", "config": "{\"name\":\"card1\",\"singleVisual\":{\"visualType\":\"card\",\"projections\":{\"Values\":[{\"queryRef\":\"Orders.Total\"}]},\"prototypeQuery\":{\"Version\":2,\"From\":[{\"Name\":\"o\",\"Entity\":\"Orders\",\"Type\":0}],\"Select\":[{\"Measure\":{\"Expression\":{\"SourceRef\":{\"Source\":\"o\"}},\"Property\":\"Total\"},\"Name\":\"Orders.Total\"}]}}}"}]}]}`
)

// wide is text in UTF-16.
func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// TestImportFormats publishes one model from a project in TMSL, and from a template: both are
// stored as they were, opened again, and show each viewer their rows.
func TestImportFormats(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, text []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("project/Shop.SemanticModel/model.bim", []byte(shop))
	write("project/Shop.SemanticModel/.pbi/cache.abf", []byte("no part of the definition"))
	write("project/Shop.Report/definition.pbir", []byte(`{"version": "1.0", "datasetReference": {"byPath": {"path": "../Shop.SemanticModel"}}}`))
	write("project/Shop.Report/report.json", []byte(shopReport))
	f, err := os.Create(filepath.Join(dir, "Shop.pbit"))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for name, text := range map[string]string{"DataModelSchema": shop, "Report/Layout": shopReport} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(wide(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, Config{SignIn: true})
	for _, from := range []string{"project", "Shop.pbit"} {
		done, err := s.Import(t.Context(), Import{Folder: filepath.Join(dir, from), Workspace: "From " + from})
		if err != nil {
			t.Fatalf("%s: %v", from, err)
		}
		if len(done.Notices) != 0 || len(done.Reports) != 1 || done.Dataset.Name != "Shop" {
			t.Errorf("%s: %+v", from, done)
		}
		for who, want := range map[string]string{"ann": "10", "ben": "20", "eve": "BLANK()"} {
			v, err := value(t.Context(), s, done.Dataset.ID, query.Viewer{Username: who, Roles: []string{"Mine"}}, "Total")
			if err != nil || v.String() != want {
				t.Errorf("%s: %s sees %v, %v", from, who, v, err)
			}
		}
		if len(done.Reports) == 1 {
			def, err := (&definitions{dir: s.dir}).Report(t.Context(), done.Reports[0])
			if err != nil || len(def.Pages) != 1 || len(def.Pages[0].Visuals) != 1 || def.Pages[0].Visuals[0].Roles["Values"][0].Measure != "Total" {
				t.Errorf("%s: report %+v, %v", from, def, err)
			}
		}
	}
}

// TestItemsKeepTheirIDs publishes a project whose files say ids: the first time the items have
// them; beside items that have them already they get new ones, and again they keep what they have.
func TestItemsKeepTheirIDs(t *testing.T) {
	t.Parallel()
	const dataset, report = "2bc3a7bb-94b7-4e6f-bb8f-a8e0f68456a2", "9d4a5e30-5f1c-4a38-8a4e-0b1f5b6f7c8d"
	dir := orders(t, t.TempDir(), "Owner,Amount\nann,1\n")
	for folder, id := range map[string]string{"Orders.SemanticModel": dataset, "Orders.Report": report} {
		text := `{"metadata": {"displayName": "Orders"}, "config": {"logicalId": "` + id + `"}}`
		if err := os.WriteFile(filepath.Join(dir, folder, ".platform"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, Config{SignIn: true})
	for _, c := range []struct {
		workspace string
		same      bool
	}{{"One", true}, {"Two", false}, {"One", true}} {
		done, err := s.Import(t.Context(), Import{Folder: dir, Workspace: c.workspace})
		if err != nil {
			t.Fatal(err)
		}
		if (done.Dataset.ID == dataset) != c.same || (done.Reports[0].ID == report) != c.same || done.Reports[0].DatasetID != done.Dataset.ID {
			t.Errorf("%s: dataset %s, report %s of %s", c.workspace, done.Dataset.ID, done.Reports[0].ID, done.Reports[0].DatasetID)
		}
	}
}
