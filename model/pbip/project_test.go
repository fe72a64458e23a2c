package pbip

import (
	"os"
	"path/filepath"
	"strings"
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
	for !exists(filepath.Join(dir, "go.mod")) {
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the package")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "samples", name)
	if !exists(dir) {
		t.Skipf("%s is absent", dir)
	}
	return dir
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func TestOpenSamples(t *testing.T) {
	for _, c := range []struct {
		folder, file, name string
		tables, roles      int
	}{
		{"operations-kpi", "powerbi/OperationsKPI.pbip", "Operations KPI", 11, 1},
		{"regional-sales", "demo_dataset.pbip", "demo_dataset", 6, 0},
	} {
		t.Run(c.folder, func(t *testing.T) {
			p, err := Open(sample(t, c.folder))
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			m, err := p.ReadModel()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(p.File, c.file) || m.Name != c.name || len(m.Tables) != c.tables || len(m.Roles) != c.roles || len(m.Notices) != 0 {
				t.Errorf("file %s, model %s with %d tables, %d roles, notices %v", p.File, m.Name, len(m.Tables), len(m.Roles), m.Notices)
			}
			if len(p.Reports) != 1 || p.Reports[0].LogicalID == "" {
				t.Errorf("reports %+v", p.Reports)
			}
		})
	}
}
