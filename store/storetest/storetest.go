// Package storetest holds what every catalog promises, as tests. A backend's own test is two
// lines: it calls Run with a way to open itself.
package storetest

import (
	"context"
	"testing"
	"time"

	"inlay"
)

// Store is a whole catalog.
type Store interface {
	inlay.Workspaces
	inlay.Datasets
	inlay.Reports
	inlay.Principals
	inlay.Memberships
	inlay.Capacities
	inlay.Dashboards
	inlay.Gateways
	inlay.RoleMembers
	inlay.Tenants
	inlay.Revocations
	inlay.TokenUses
	Close() error
}

// Run tests a backend. The argument of open is a folder that stands for one catalog: opened
// again, it holds what was stored before. (A backend that does not live in files derives a
// database from the name of the folder.)
func Run(t *testing.T, open func(dir string) (Store, error)) {
	tests := []struct {
		name string
		run  func(*testing.T, *suite)
	}{
		{"workspaces", testWorkspaces},
		{"datasets", testDatasets},
		{"publish", testPublish},
		{"publish while others read", testPublishReaders},
		{"reports", testReports},
		{"replace", testReplace},
		{"principals", testPrincipals},
		{"memberships", testMemberships},
		{"capacities", testCapacities},
		{"switches of the tenant", testSwitches},
		{"dashboards", testDashboards},
		{"gateways", testGateways},
		{"role members", testRoleMembers},
		{"profiles and scopes", testProfiles},
		{"data sources and kinds", testSources},
		{"names without regard to case", testCase},
		{"names of any text", testNames},
		{"text that is refused", testRefusedText},
		{"ids in any case", testIDs},
		{"one winner", testOneWinner},
		{"reopening", testReopen},
		{"cancelled context", testCancel},
		{"two stores on one catalog", testBeside},
		{"readers beside another store", testBesideReaders},
		{"lists are the reader's own", testOwnCopies},
		{"revocation", testRevocation},
		{"revoked tokens", testRevokedTokens},
		{"an epoch never goes back", testEpochsRise},
		{"uses of tokens", testUses},
		{"one page opens a token", testOnePage},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s := &suite{dir: t.TempDir(), open: open}
			s.reopen(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			tc.run(t, s)
		})
	}
}

// suite is a store under test and the way to open it again.
type suite struct {
	Store
	dir  string
	open func(dir string) (Store, error)
}

func (s *suite) reopen(t *testing.T) {
	t.Helper()
	if s.Store != nil {
		if err := s.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	store, err := s.open(s.dir)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	s.Store = store
}

// id makes the GUID of a number, for tests.
func id(n int) string {
	const zeros = "00000000-0000-4000-8000-000000000000"
	digits := []byte(zeros)
	for i := len(digits) - 1; n > 0; i-- {
		digits[i] = "0123456789abcdef"[n%16]
		n /= 16
	}
	return string(digits)
}

// at is a moment with microseconds, the precision that every backend keeps.
func at(minute int) time.Time {
	return time.Date(2026, 11, 21, 9, minute, 0, 123456000, time.UTC)
}

func workspace(n int, name string) inlay.Workspace {
	return inlay.Workspace{ID: id(n), Name: name, CreatedAt: at(n % 60)}
}

func dataset(n int, in inlay.Workspace, name string) inlay.Dataset {
	return inlay.Dataset{ID: id(n), WorkspaceID: in.ID, Name: name, Definition: "datasets/" + id(n), CreatedAt: at(n % 60)}
}

func report(n int, d inlay.Dataset, name string) inlay.Report {
	return inlay.Report{ID: id(n), WorkspaceID: d.WorkspaceID, DatasetID: d.ID, Name: name, Definition: "reports/" + id(n), CreatedAt: at(n % 60)}
}

// must ends the test when a step that prepares it goes wrong.
func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatalf("prepare: %v", err)
		}
	}
}

// want checks the kind of an error and that its text names what it is about.
func want(t *testing.T, err error, kind inlay.Kind, names ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one of kind %s", kind)
		return
	}
	if got := inlay.KindOf(err); got != kind {
		t.Errorf("error %q is of kind %s, want %s", err, got, kind)
	}
	for _, name := range names {
		if !contains(err.Error(), name) {
			t.Errorf("error %q does not name %q", err, name)
		}
	}
}

// sales prepares the workspace and the dataset that most tests start from.
func (s *suite) sales(t *testing.T) (inlay.Workspace, inlay.Dataset) {
	t.Helper()
	w := workspace(1, "Sales")
	d := dataset(2, w, "Orders")
	must(t, s.CreateWorkspace(context.Background(), w), s.CreateDataset(context.Background(), d))
	return w, d
}
