package pbir

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/report"
)

var update = flag.Bool("update", false, "write the golden files")

const want = "want"

// TestGolden reads small reports: the files of an archive, and what becomes of them.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			arc, fsys, expected := archive(t, file)
			d, err := Read(fsys)
			if (err != nil) != strings.HasPrefix(name, "error-") {
				t.Errorf("error %v", err)
			}
			if k := inlay.KindOf(err); err != nil && k != inlay.Invalid && k != inlay.Unsupported {
				t.Errorf("kind %s of %v", k, err)
			}
			got := outcome(d, err)
			if *update {
				arc.Files = append(arc.Files, txtar.File{Name: want, Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(arc), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// archive opens a golden file: its files without the expectation, and that.
func archive(t testing.TB, file string) (*txtar.Archive, fstest.MapFS, string) {
	t.Helper()
	arc, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	fsys, expected := fstest.MapFS{}, ""
	keep := arc.Files[:0]
	for _, f := range arc.Files {
		if f.Name == want {
			expected = string(f.Data)
			continue
		}
		keep = append(keep, f)
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	arc.Files = keep
	return arc, fsys, expected
}

func outcome(d *report.Definition, err error) string {
	if err != nil {
		return "error\n" + err.Error() + "\n"
	}
	var b strings.Builder
	p := func(depth int, format string, args ...any) {
		fmt.Fprintf(&b, strings.Repeat("  ", depth)+format+"\n", args...)
	}
	p(0, "report active=%s theme=%s %v %s %s", d.Active, d.Theme.Name, d.Theme.Colors, d.Theme.Background, d.Theme.Foreground)
	if d.Unsupported != "" {
		p(1, "unsupported: %s", d.Unsupported)
	}
	for _, f := range d.Filters {
		p(1, "filter %s", filterText(f))
	}
	for _, pg := range d.Pages {
		p(0, "page %s %q %gx%g %s hidden=%v %s %v", pg.Name, pg.DisplayName, pg.Width, pg.Height, pg.Fit, pg.Hidden, pg.Background, pg.Interactions)
		if pg.Unsupported != "" {
			p(1, "unsupported: %s", pg.Unsupported)
		}
		for _, f := range pg.Filters {
			p(1, "filter %s", filterText(f))
		}
		for _, v := range pg.Visuals {
			visualText(p, v)
		}
	}
	for _, n := range d.Notices {
		p(0, "notice %s:%d: %s", n.Place.File, n.Place.Line, n.What)
	}
	return b.String()
}

func visualText(p func(int, string, ...any), v *report.Visual) {
	p(1, "visual %s %s %q %v hidden=%v", v.Name, v.Type, v.Title, v.Position, v.Hidden)
	if v.Unsupported != "" {
		p(2, "unsupported: %s", v.Unsupported)
	}
	if v.ChosenUnsupported != "" {
		p(2, "unsupported: %s", v.ChosenUnsupported)
	}
	var roles []string
	for r := range v.Roles {
		roles = append(roles, r)
	}
	slices.Sort(roles)
	for _, r := range roles {
		for _, x := range v.Roles[r] {
			p(2, "%s %q ref=%q %s format=%q hidden=%v inactive=%v", r, x.Name, x.Ref, fieldText(x), x.Format, x.Hidden, x.Inactive)
		}
	}
	for _, r := range roles {
		for _, x := range v.Parameters[r] {
			p(2, "%s from %d, %d fields: field parameter %s", r, x.Index, x.Length, x.Column)
		}
	}
	for _, f := range v.Filters {
		p(2, "filter %s", filterText(f))
	}
	for _, f := range v.Chosen {
		p(2, "chosen %s", filterText(f))
	}
	for _, s := range v.Sort {
		p(2, "sort %s descending=%v", fieldText(s.Field), s.Descending)
	}
	for _, x := range v.Text {
		p(2, "paragraph %s", x.Align)
		for _, r := range x.Runs {
			p(3, "%+v", r)
		}
	}
	options, err := json.Marshal(v.Options)
	if err != nil {
		panic(err)
	}
	p(2, "options %s", options)
}

func fieldText(p report.Projection) string {
	switch {
	case p.Measure != "":
		return "[" + p.Measure + "]"
	case p.Hierarchy != "":
		return fmt.Sprintf("level %s.%s.%s", p.Column.Table, p.Hierarchy, p.Level)
	case p.Aggregate != nil:
		return fmt.Sprintf("aggregate %d of %s", *p.Aggregate, p.Column)
	}
	return p.Column.String()
}

var opNames = map[model.Op]string{model.In: "in", model.NotIn: "not in", model.Less: "<", model.LessEqual: "<=", model.Greater: ">", model.GreaterEqual: ">=",
	model.Contains: "contains", model.NotContains: "contains not", model.StartsWith: "starts with", model.And: "and", model.Or: "or", model.Not: "not"}

func filterText(f model.Filter) string {
	if f.Parts != nil {
		var parts []string
		for _, x := range f.Parts {
			parts = append(parts, filterText(x))
		}
		return opNames[f.Op] + "(" + strings.Join(parts, ", ") + ")"
	}
	var values []string
	for _, v := range f.Values {
		values = append(values, valueText(v))
	}
	return fmt.Sprintf("%s %s {%s}", f.Column, opNames[f.Op], strings.Join(values, ", "))
}

func valueText(v dax.Value) string {
	switch v.Type() {
	case dax.Blank:
		return "blank"
	case dax.Decimal:
		return fmt.Sprintf("%g (decimal)", v.Float())
	case dax.Double:
		return fmt.Sprintf("%g (double)", v.Float())
	}
	return fmt.Sprintf("%#v", cell(v))
}

// FuzzVisual checks that no visual.json and no filter breaks the reader.
func FuzzVisual(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		arc, _, _ := archive(f, file)
		for _, x := range arc.Files {
			f.Add(x.Data)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, name := range []string{"definition/report.json", "definition/pages/p/page.json", "definition/pages/p/visuals/v/visual.json"} {
			fsys := fstest.MapFS{
				"definition/report.json":       {Data: []byte("{}")},
				"definition/pages/p/page.json": {Data: []byte(`{"name":"p"}`)},
			}
			fsys[name] = &fstest.MapFile{Data: src}
			if d, err := Read(fsys); (d == nil) == (err == nil) {
				t.Fatalf("%v, %v", d, err)
			}
		}
	})
}
