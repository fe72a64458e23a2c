package demo_test

import (
	"testing"

	"inlay/demo"
	"inlay/model"
	"inlay/model/pbip"
	"inlay/report"
	"inlay/report/pbir"
	"inlay/report/visual"
)

// open writes the project and reads it as an import does.
func open(t *testing.T) (*pbip.Project, *model.Model, *report.Definition) {
	t.Helper()
	dir := t.TempDir()
	if err := demo.Write(dir); err != nil {
		t.Fatal(err)
	}
	p, err := pbip.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	m, err := p.ReadModel()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Reports) != 1 {
		t.Fatalf("%d reports, want one", len(p.Reports))
	}
	d, err := pbir.Read(p.Reports[0].FS)
	if err != nil {
		t.Fatal(err)
	}
	return p, m, d
}

// TestProjectIsUnderstoodWhole wants no notice from the readers: the demo shows what is built.
func TestProjectIsUnderstoodWhole(t *testing.T) {
	p, m, d := open(t)
	for _, n := range append(append(p.Notices, m.Notices...), d.Notices...) {
		t.Errorf("%s:%d: %s", n.Place.File, n.Place.Line, n.What)
	}
	if p.Model.Name != demo.ProjectName || p.Reports[0].Name != demo.ProjectName {
		t.Errorf("model %q and report %q, want %q", p.Model.Name, p.Reports[0].Name, demo.ProjectName)
	}
	if len(m.Tables) != 8 || len(m.Relationships) != 6 || len(m.Roles) != 3 {
		t.Errorf("%d tables, %d relationships, %d roles", len(m.Tables), len(m.Relationships), len(m.Roles))
	}
	both := 0
	for _, r := range m.Relationships {
		if r.SecurityBoth {
			both++
		}
	}
	if both != 1 {
		t.Errorf("%d relationships carry security in both directions, want the one of Access", both)
	}
}

// TestEachVisualIsAQuestion asks for the question of every visual that has data.
func TestEachVisualIsAQuestion(t *testing.T) {
	_, m, d := open(t)
	asked := 0
	for _, p := range d.Pages {
		for _, v := range p.Visuals {
			if v.Type == "textbox" {
				if len(v.Text) < 2 || v.Text[0].Runs[0].Text == "" {
					t.Errorf("%s: no title and subtitle in the text", v.Name)
				}
				continue
			}
			plan, err := visual.Query(m, d, p, v, visual.State{})
			if err != nil {
				t.Errorf("%s: %v", v.Name, err)
				continue
			}
			asked++
			if len(plan.Columns) == 0 {
				t.Errorf("%s asks for nothing", v.Name)
			}
		}
	}
	if asked < 14 {
		t.Errorf("%d visuals with data, want 14", asked)
	}
}
