package demo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFileComesBackAsItWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.json")
	want := File{
		APIURL: "http://localhost:8400", AuthorityURL: "http://localhost:8400", TenantID: "t",
		ServicePrincipal: ServicePrincipal{"app", "s3cret"}, MasterUser: MasterUser{"anna@example.com", "pass"},
		WorkspaceID: "w", ReportID: "r", DatasetID: "d", Identities: Identities(), CAFile: "ca.pem",
	}
	for range 2 { // over an older one too
		if err := want.Write(path); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, %v: want 0600", info.Mode(), err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	text, _ := os.ReadFile(path)
	for _, name := range []string{"apiUrl", "authorityUrl", "tenantId", "servicePrincipal", "clientId", "clientSecret",
		"masterUser", "username", "password", "workspaceId", "reportId", "datasetId", "identities", "roles", "caFile"} {
		if !strings.Contains(string(text), `"`+name+`"`) {
			t.Errorf("no %s in the file", name)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("files %v, want demo.json alone", left)
	}
}

func TestReadQuotesNothingOfADamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.json")
	if err := os.WriteFile(path, []byte(`{"apiUrl": 5, "servicePrincipal": {"clientSecret": "s3cret"`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Read(path)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got error %v", err)
	}
}
