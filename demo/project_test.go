package demo

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestWriteMakesAProjectOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "somewhere", "project")
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"Brightwater.pbip", "Brightwater.Report/.platform", "Brightwater.Report/definition.pbir",
		"Brightwater.SemanticModel/.platform", "Brightwater.SemanticModel/definition/roles/Tenant members.tmdl", "data/sales.csv",
	} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	note := filepath.Join(dir, "note.txt")
	if err := os.WriteFile(note, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(note); err != nil {
		t.Errorf("the second Write touched the folder: %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(left) != 1 {
		t.Errorf("%v beside the project, %v: want nothing", left, err)
	}
}

func TestWriteReplacesAnotherRelease(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "project")
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(dir, "Brightwater.pbip")
	if err := os.WriteFile(report, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, stamp), []byte("old release\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(report); err != nil || string(text) == "old" {
		t.Errorf("the report is still %q, %v", text, err)
	}
}

func TestWriteRefusesAFolderOfSomebodyElse(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "thesis.docx")
	if err := os.WriteFile(mine, []byte("years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir); err == nil || !strings.Contains(err.Error(), "holds something else") {
		t.Errorf("got %v, want a refusal", err)
	}
	if text, err := os.ReadFile(mine); err != nil || string(text) != "years of work" {
		t.Errorf("the file is now %q, %v", text, err)
	}
}

// reference finds names of fields in the project's JSON.
type reference struct{ entity, property string }

// fields collects the fields that a report's JSON names.
func fields(v any, found map[reference]bool) {
	switch v := v.(type) {
	case map[string]any:
		if expr, ok := v["Expression"].(map[string]any); ok {
			if ref, ok := expr["SourceRef"].(map[string]any); ok {
				found[reference{fmt.Sprint(ref["Entity"]), fmt.Sprint(v["Property"])}] = true
			}
		}
		for _, x := range v {
			fields(x, found)
		}
	case []any:
		for _, x := range v {
			fields(x, found)
		}
	}
}

// TestReportNamesWhatTheModelHas reads both with nothing but regular expressions and JSON, so
// that it holds whatever the readers of the server do.
func TestReportNamesWhatTheModelHas(t *testing.T) {
	named := regexp.MustCompile(`(?m)^\t(?:column|measure) (?:'([^']+)'|(\S+))`)
	model := map[reference]bool{}
	tables := "project/Brightwater.SemanticModel/definition/tables"
	entries, err := projectFiles.ReadDir(tables)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d tables, %v", len(entries), err)
	}
	for _, e := range entries {
		text, err := projectFiles.ReadFile(path.Join(tables, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			model[reference{strings.TrimSuffix(e.Name(), ".tmdl"), m[1] + m[2]}] = true
		}
	}
	used := map[reference]bool{}
	eachVisual(t, func(file string, v map[string]any) { fields(v, used) })
	if len(used) < 15 {
		t.Errorf("the report uses %d fields, want 15 at least", len(used))
	}
	for ref := range used {
		if !model[ref] {
			t.Errorf("the report names %s[%s], which the model lacks", ref.entity, ref.property)
		}
	}
}

func eachVisual(t *testing.T, f func(file string, v map[string]any)) {
	t.Helper()
	n := 0
	err := fs.WalkDir(projectFiles, "project/Brightwater.Report", func(file string, d fs.DirEntry, err error) error {
		if err != nil || path.Base(file) != "visual.json" {
			return err
		}
		text, err := projectFiles.ReadFile(file)
		if err != nil {
			return err
		}
		var v map[string]any
		if err := json.Unmarshal(text, &v); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		n++
		f(file, v)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 10 {
		t.Errorf("%d visuals, want 10 at least", n)
	}
}

// TestVisualsLieOnAGrid holds the look of the pages: inside the margins, 16 apart.
func TestVisualsLieOnAGrid(t *testing.T) {
	type box struct {
		file       string
		x, y, w, h float64
	}
	pages := map[string][]box{}
	kinds := map[string]bool{}
	eachVisual(t, func(file string, v map[string]any) {
		p := v["position"].(map[string]any)
		b := box{file, p["x"].(float64), p["y"].(float64), p["width"].(float64), p["height"].(float64)}
		page := path.Dir(path.Dir(path.Dir(file)))
		pages[page] = append(pages[page], b)
		kinds[v["visual"].(map[string]any)["visualType"].(string)] = true
	})
	for page, boxes := range pages {
		for i, a := range boxes {
			if a.x < 24 || a.y < 16 || a.x+a.w > 1280-24 || a.y+a.h > 720-16 {
				t.Errorf("%s leaves the page's margins", a.file)
			}
			for _, b := range boxes[i+1:] {
				apart := a.x+a.w+16 <= b.x || b.x+b.w+16 <= a.x || a.y+a.h+16 <= b.y || b.y+b.h+16 <= a.y
				if !apart {
					t.Errorf("%s and %s are less than 16 apart", a.file, b.file)
				}
			}
		}
		if len(boxes) == 0 {
			t.Errorf("%s is empty", page)
		}
	}
	if len(pages) != 2 {
		t.Errorf("%d pages, want 2", len(pages))
	}
	for _, want := range []string{"textbox", "slicer", "card", "cardVisual", "tableEx", "columnChart", "clusteredColumnChart", "barChart", "clusteredBarChart", "lineChart"} {
		if !kinds[want] {
			t.Errorf("no visual of type %s: the demo shows each type that is built", want)
		}
	}
}

// TestPartitionsReadWhatIsWritten holds the two together: files, columns, and their order.
func TestPartitionsReadWhatIsWritten(t *testing.T) {
	source := regexp.MustCompile(`DataFolder & "\\([a-z]+\.csv)"\), \[Delimiter=",", Columns=(\d+),`)
	typed := regexp.MustCompile(`\{"([a-z_]+)", `)
	dir := data(t)
	taken := map[string]bool{}
	tables := "project/Brightwater.SemanticModel/definition/tables"
	entries, err := projectFiles.ReadDir(tables)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := projectFiles.ReadFile(path.Join(tables, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		m := source.FindStringSubmatch(string(text))
		if m == nil {
			continue
		}
		taken[m[1]] = true
		header, _ := read(t, dir, m[1])
		if m[2] != fmt.Sprint(len(header)) {
			t.Errorf("%s reads %s columns of %s, which has %d", e.Name(), m[2], m[1], len(header))
		}
		var columns []string
		for _, c := range typed.FindAllStringSubmatch(string(text), -1) {
			columns = append(columns, c[1])
		}
		if !slices.Equal(columns, header) {
			t.Errorf("%s types columns %v, %s has %v", e.Name(), columns, m[1], header)
		}
	}
	for _, f := range files {
		if !taken[f.name] {
			t.Errorf("no table reads %s", f.name)
		}
	}
}
