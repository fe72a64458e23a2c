package server

import (
	"os"
	"path/filepath"
	"testing"

	"inlay"
	"inlay/audit"
)

// imports are the records of imports in a data folder.
func imports(t *testing.T, s *Server) []audit.Entry {
	t.Helper()
	var list []audit.Entry
	for e, err := range audit.Read(filepath.Join(s.dir, "audit"), audit.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == audit.Import {
			list = append(list, e)
		}
	}
	return list
}

// TestImportsAreRecorded holds that an import is on disk when it returns, each time, with what
// was published, also where a report after the dataset could not be.
func TestImportsAreRecorded(t *testing.T) {
	s := open(t, Config{})
	folder := orders(t, t.TempDir(), "Owner,Amount\nann,10\n")
	for n := 1; n <= 2; n++ {
		done, err := s.Import(t.Context(), Import{Folder: folder, Workspace: "Sales"})
		if err != nil {
			t.Fatal(err)
		}
		list := imports(t, s)
		if len(list) != n {
			t.Fatalf("%d imports left %d records", n, len(list))
		}
		r := list[n-1]
		if r.Tenant != s.TenantID() || r.Workspaces[0] != done.Workspace.ID || r.Datasets[0] != done.Dataset.ID || len(r.Reports) != 1 || r.Reports[0] != done.Reports[0].ID {
			t.Errorf("the record is %+v", r)
		}
	}
	if _, err := s.Import(t.Context(), Import{Folder: filepath.Join(folder, "nothing"), Workspace: "Sales"}); err == nil || len(imports(t, s)) != 2 {
		t.Errorf("an import that published nothing: %v, %d records", err, len(imports(t, s)))
	}
	// The place of the report's new version is taken by a file: the dataset is published, the
	// report is not.
	reports := filepath.Join(s.dir, "reports")
	if err := os.RemoveAll(reports); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(reports, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Import(t.Context(), Import{Folder: folder, Workspace: "Sales"}); err == nil {
		t.Fatal("the report was published into a file")
	}
	if list := imports(t, s); len(list) != 3 || len(list[2].Reports) != 0 || len(list[2].Datasets) != 1 {
		t.Errorf("the dataset that was published is not recorded: %+v", list)
	}
}

// TestAdministratorsAreNames shows which names the option takes.
func TestAdministratorsAreNames(t *testing.T) {
	for name, good := range map[string]bool{"anna@example.com": true, "c0000000-0000-0000-0000-000000000001": true, "": false, " anna": false} {
		if err := (Config{Administrators: []string{name}}).Validate(); (err == nil) != good || err != nil && inlay.KindOf(err) != inlay.Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
}
