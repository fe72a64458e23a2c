package pbir

import (
	"os"
	"path/filepath"
	"testing"

	"inlay/model"
	"inlay/model/pbip"
	"inlay/report"
	"inlay/report/visual"
)

// sample opens a public project beside the repository; tests that need it are skipped where
// it is absent.
func sample(t *testing.T, name string) (*model.Model, *report.Definition) {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the package")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "samples", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is absent", dir)
	}
	p, err := pbip.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	m, err := p.ReadModel()
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(p.Reports[0].FS)
	if err != nil {
		t.Fatal(err)
	}
	return m, d
}

// TestSamples reads public reports: every visual with data becomes a question.
func TestSamples(t *testing.T) {
	for name, want := range map[string]struct {
		pages, visuals, asked, notices int
		colors                         int
	}{
		"operations-kpi": {2, 10, 8, 0, 7},
		"regional-sales": {3, 3, 3, 0, 41},
	} {
		t.Run(name, func(t *testing.T) {
			m, d := sample(t, name)
			visuals, asked := 0, 0
			for _, p := range d.Pages {
				for _, v := range p.Visuals {
					visuals++
					if v.Type == "textbox" {
						if len(v.Text) == 0 || v.Text[0].Runs[0].Text == "" {
							t.Errorf("text box %s has no text", v.Name)
						}
						continue
					}
					plan, err := visual.Query(m, d, p, v, visual.State{})
					if err != nil {
						t.Errorf("%s: %v", v.Name, err)
						continue
					}
					if len(plan.Columns) != len(plan.Query.Groups)+len(plan.Query.Values) {
						t.Errorf("%s: %d columns", v.Name, len(plan.Columns))
					}
					asked++
				}
			}
			if len(d.Pages) != want.pages || visuals != want.visuals || asked != want.asked || len(d.Notices) != want.notices || len(d.Theme.Colors) != want.colors {
				t.Errorf("%d pages, %d visuals, %d asked, notices %v, %d colours", len(d.Pages), visuals, asked, d.Notices, len(d.Theme.Colors))
			}
		})
	}
}
