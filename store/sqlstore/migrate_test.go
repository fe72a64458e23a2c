package sqlstore_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inlay"
	"inlay/store/sqlstore"
)

// TestMigrateKeepsWhatIsThere opens a catalog of the first schema, with a row in each table.
func TestMigrateKeepsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	db, err := sql.Open("sqlite3", path+"?_foreign_keys=on")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile("migrations/sqlite/00001_catalog.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(schema), `
		CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
		INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1);
		INSERT INTO workspace VALUES ('w', 'Sales', 'sales', 1000000);
		INSERT INTO dataset VALUES ('d', 'w', 'Orders', 'orders', '["West"]', 'def', 'v1', 1000000, NULL);
		INSERT INTO report VALUES ('r', 'w', 'd', 'Board', 'board', 'def', 1000000);
		INSERT INTO principal VALUES ('p', 'App', 'shop', NULL, 'c', x'01', 1000000);
		INSERT INTO principal VALUES ('u', 'User', 'anna', 'anna', NULL, x'', 1000000);
		INSERT INTO membership VALUES ('w', 'p', 'Member');`} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := sqlstore.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	made := time.Unix(1, 0).UTC()
	check := func(want any) func(any, error) {
		return func(got any, err error) {
			t.Helper()
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		}
	}
	w, err := s.Workspace(t.Context(), "w")
	check(inlay.Workspace{ID: "w", Name: "Sales", CreatedAt: made})(w, err)
	d, err := s.Dataset(t.Context(), "d")
	check(inlay.Dataset{ID: "d", WorkspaceID: "w", Name: "Orders", Roles: []string{"West"}, Definition: "def", Version: "v1", CreatedAt: made})(d, err)
	r, err := s.Report(t.Context(), "r")
	check(inlay.Report{ID: "r", WorkspaceID: "w", DatasetID: "d", Name: "Board", Definition: "def", CreatedAt: made})(r, err)
	p, err := s.PrincipalByClientID(t.Context(), "c")
	check(inlay.Principal{ID: "p", Kind: inlay.ServicePrincipal, Name: "shop", ClientID: "c", Secret: []byte{1}, CreatedAt: made})(p, err)
	u, err := s.PrincipalByName(t.Context(), "ANNA")
	check(inlay.Principal{ID: "u", Kind: inlay.MasterUser, Name: "anna", CreatedAt: made})(u, err)
	m, err := s.MembershipsOf(t.Context(), "p")
	check([]inlay.Membership{{WorkspaceID: "w", PrincipalID: "p", Right: inlay.Member}})(m, err)

	// The references hold as before.
	db, err = sql.Open("sqlite3", path+"?_foreign_keys=on")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, bad := range []string{
		"INSERT INTO membership VALUES ('w', 'nobody', 'Member')", "DELETE FROM principal WHERE id = 'p'", "DELETE FROM dataset", "DELETE FROM workspace",
		"UPDATE principal SET parent_id = 'p' WHERE id = 'u'", "UPDATE report SET dataset_id = NULL",
	} {
		if _, err := db.Exec(bad); err == nil || !strings.Contains(err.Error(), "constraint") {
			t.Errorf("%s: %v, want a violated constraint", bad, err)
		}
	}
}

// TestMigrateRoleMembers holds that whoever is in a role stays in it when a catalog begins to keep
// who put them there, which it does not know of them.
func TestMigrateRoleMembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	s, err := sqlstore.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", path+"?_foreign_keys=on")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"ALTER TABLE role_member DROP COLUMN origin", "DELETE FROM goose_db_version WHERE version_id = 6",
		"INSERT INTO workspace (id, name, name_key, created_at) VALUES ('w', 'Sales', 'sales', 1000000)",
		`INSERT INTO dataset (id, workspace_id, name, name_key, roles, definition, version, created_at) VALUES ('d', 'w', 'Orders', 'orders', '["West"]', 'def', 'v1', 1000000)`,
		"INSERT INTO role_member VALUES ('d', 'West', 'west', 'ann@example.com', 'ann@example.com')",
	} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(text, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = sqlstore.Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.RoleMembers(t.Context(), "d")
	want := []inlay.RoleMember{{DatasetID: "d", Role: "West", User: "ann@example.com", Origin: inlay.UnknownOrigin}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}
