package tmdl

import (
	"os"
	"path/filepath"
	"testing"
)

// sample is a folder of public projects beside the repository; tests that need it are skipped
// where it is absent.
func sample(t *testing.T, name string) string {
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
	return dir
}

var samples = map[string]string{
	"operations-kpi":    "operations-kpi/powerbi/OperationsKPI.SemanticModel/definition",
	"contoso-sales":     "contoso-sales/pbidevmode/fabricps-pbip/SamplePBIP/Sales.SemanticModel/definition",
	"ruiromano-agentic": "ruiromano-agentic/.resources/pbip-sample/Model01.SemanticModel/definition",
	"regional-sales":    "regional-sales/demo-enterprise/bi-repo/powerbi/workspaces/regional-sales-trust-demo/pbip/demo_dataset.SemanticModel/definition",
}

// TestSamples reads public projects: what they have, and what of it is not understood.
func TestSamples(t *testing.T) {
	for name, want := range map[string]struct {
		tables, relationships, roles, measures int
		notices                                []string
	}{
		"operations-kpi":    {11, 10, 1, 31, nil},
		"regional-sales":    {6, 5, 0, 7, nil},
		"contoso-sales":     {11, 5, 2, 32, nil}, // three of them of a KPI
		"ruiromano-agentic": {4, 4, 2, 15, nil},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Read(os.DirFS(sample(t, samples[name])))
			if err != nil {
				t.Fatal(err)
			}
			measures := 0
			for _, x := range m.Tables {
				measures += len(x.Measures)
			}
			if len(m.Tables) != want.tables || len(m.Relationships) != want.relationships || len(m.Roles) != want.roles || measures != want.measures {
				t.Errorf("%d tables, %d relationships, %d roles, %d measures", len(m.Tables), len(m.Relationships), len(m.Roles), measures)
			}
			var got []string
			for _, n := range m.Notices {
				got = append(got, n.What)
			}
			if len(got) != len(want.notices) {
				t.Fatalf("notices %q", got)
			}
			for i := range got {
				if got[i] != want.notices[i] {
					t.Errorf("notice %q, want %q", got[i], want.notices[i])
				}
			}
		})
	}
}

// TestRoundTrip joins the raw text of every node: nothing of a file is lost.
func TestRoundTrip(t *testing.T) {
	for name, dir := range samples {
		t.Run(name, func(t *testing.T) {
			fsys := os.DirFS(sample(t, dir))
			docs, err := Documents(fsys)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range docs {
				src, err := os.ReadFile(filepath.Join(sample(t, dir), d.File))
				if err != nil {
					t.Fatal(err)
				}
				raw := ""
				for _, n := range d.Nodes {
					raw += n.Raw()
				}
				if raw != string(src) || d.String() != string(src) {
					t.Errorf("%s: the tree does not give the file back", d.File)
				}
			}
		})
	}
}
