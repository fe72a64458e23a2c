package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"inlay"
)

// testCase holds names that are one name, and names that are two.
func testCase(t *testing.T, s *suite) {
	ctx := context.Background()
	one := [][2]string{
		{"Sales", "sALES"}, {"ÄÖÜ", "äöü"}, {"ΣΟΦΟΣ", "σοφος"}, {"σοφος", "σοφοσ"}, {"Заказы", "ЗАКАЗЫ"},
		{"Kelvin", "\u212Aelvin"}, {"caf\u00e9", "CAFE\u0301"}, {"ﬀ", "ﬀ"},
	}
	two := [][2]string{
		{"Sales", "Sales "}, {"Maße", "Masse"}, {"é", "e"}, {"O", "0"}, {"日本", "日木"}, {"ı", "i"}, {"a_c", "abc"}, {"a%", "ab"},
	}
	n := 1
	pair := func(names [2]string) (stored inlay.Workspace, err error) {
		stored = workspace(n, fmt.Sprintf("%s/%d", names[0], n))
		must(t, s.CreateWorkspace(ctx, stored))
		err = s.CreateWorkspace(ctx, workspace(n+1, fmt.Sprintf("%s/%d", names[1], n)))
		n += 2
		return stored, err
	}
	for _, names := range one {
		stored, err := pair(names)
		want(t, err, inlay.Conflict, names[1])
		same(t, names[1]+" finds "+names[0], stored)(s.WorkspaceByName(ctx, strings.Replace(stored.Name, names[0], names[1], 1)))
	}
	for _, names := range two {
		if _, err := pair(names); err != nil {
			t.Errorf("%q and %q are two names: %v", names[0], names[1], err)
		}
	}
}

// testNames stores names that an SQL text, a path or a terminal would choke on.
func testNames(t *testing.T, s *suite) {
	ctx := context.Background()
	_, d := s.sales(t)
	names := []string{
		"Robert'); DROP TABLE workspace;--", "' OR 1=1 --", `"quoted"`, "`ticks`", "[brackets]", "100%_?*", "$1 ?1 :a @b",
		"a\nb\tc\r", " leading and trailing ", "日本語 😀 العربية", "e\u0301", "../../etc/passwd", "C:\\con", strings.Repeat("ä", 4000),
		"null", "\u202Eevil", "\\x00", "{}", "ﬁ",
	}
	for i, name := range names {
		w, r := workspace(100+i, name), report(200+i, d, name)
		p := inlay.Principal{ID: id(300 + i), Kind: inlay.MasterUser, Name: name, CreatedAt: at(0)}
		must(t, s.CreateWorkspace(ctx, w), s.CreateReport(ctx, r), s.CreatePrincipal(ctx, p))
		same(t, "workspace", w)(s.WorkspaceByName(ctx, name))
		same(t, "report", r)(s.ReportByName(ctx, r.WorkspaceID, name))
		same(t, "principal", p)(s.PrincipalByName(ctx, name))
	}
	list, err := s.Workspaces(ctx)
	must(t, err)
	if len(list) != len(names)+1 {
		t.Errorf("%d workspaces, want %d", len(list), len(names)+1)
	}
	for _, probe := range []string{"' OR '1'='1", "%", "_", "x' UNION SELECT id, name, created_at FROM workspace --"} {
		_, err := s.Workspace(ctx, probe)
		want(t, err, inlay.NotFound)
		_, err = s.PrincipalByClientID(ctx, probe)
		want(t, err, inlay.NotFound)
	}
}

func testRefusedText(t *testing.T, s *suite) {
	ctx := context.Background()
	w, d := s.sales(t)
	for _, bad := range []string{"", "a\x00b", "a\xffb"} {
		want(t, s.CreateWorkspace(ctx, workspace(9, bad)), inlay.Invalid, "workspace", "name")
		want(t, s.CreateWorkspace(ctx, inlay.Workspace{ID: bad, Name: "x"}), inlay.Invalid, "workspace", "id")
		want(t, s.CreateDataset(ctx, dataset(9, w, bad)), inlay.Invalid, "dataset", "name")
		want(t, s.CreateReport(ctx, report(9, d, bad)), inlay.Invalid, "report", "name")
		role := d
		role.Roles = []string{bad}
		want(t, s.Publish(ctx, role), inlay.Invalid, "dataset", "role")
	}
	same(t, "nothing was published", d)(s.Dataset(ctx, d.ID))
}

// testIDs holds that a GUID is the same in any case, and comes back in lower case.
func testIDs(t *testing.T, s *suite) {
	ctx := context.Background()
	upper := func(n int) string { return strings.ToUpper(id(n)) }
	w := inlay.Workspace{ID: upper(0xabc), Name: "Sales", CreatedAt: at(0)}
	d := inlay.Dataset{ID: upper(0xdef), WorkspaceID: upper(0xabc), Name: "Orders", CreatedAt: at(0)}
	r := inlay.Report{ID: upper(0xfed), WorkspaceID: upper(0xabc), DatasetID: upper(0xdef), Name: "Orders", CreatedAt: at(0)}
	p := inlay.Principal{ID: upper(0xaaa), Kind: inlay.ServicePrincipal, Name: "Shop", ClientID: upper(0xbbb), CreatedAt: at(0)}
	m := inlay.Membership{WorkspaceID: w.ID, PrincipalID: p.ID, Right: inlay.Admin}
	must(t, s.CreateWorkspace(ctx, w), s.CreateDataset(ctx, d), s.CreateReport(ctx, r), s.CreatePrincipal(ctx, p),
		s.SetMembership(ctx, m), s.Publish(ctx, d), s.Replace(ctx, r))
	want(t, s.CreateWorkspace(ctx, inlay.Workspace{ID: id(0xabc), Name: "Twin"}), inlay.Conflict)

	w.ID, d.ID, d.WorkspaceID = id(0xabc), id(0xdef), id(0xabc)
	r.ID, r.WorkspaceID, r.DatasetID = id(0xfed), id(0xabc), id(0xdef)
	p.ID, p.ClientID = id(0xaaa), id(0xbbb)
	m.WorkspaceID, m.PrincipalID = w.ID, p.ID
	for _, in := range []func(int) string{id, upper} {
		same(t, "workspace", w)(s.Workspace(ctx, in(0xabc)))
		same(t, "dataset", d)(s.Dataset(ctx, in(0xdef)))
		same(t, "datasets", []inlay.Dataset{d})(s.DatasetsIn(ctx, in(0xabc)))
		same(t, "report", r)(s.Report(ctx, in(0xfed)))
		same(t, "reports", []inlay.Report{r})(s.ReportsIn(ctx, in(0xabc)))
		same(t, "principal", p)(s.Principal(ctx, in(0xaaa)))
		same(t, "client", p)(s.PrincipalByClientID(ctx, in(0xbbb)))
		same(t, "membership", m)(s.Membership(ctx, in(0xabc), in(0xaaa)))
		same(t, "memberships", []inlay.Membership{m})(s.MembershipsOf(ctx, in(0xaaa)))
	}
}

// testOneWinner has many writers want one name: one gets it, the others a Conflict.
func testOneWinner(t *testing.T, s *suite) {
	ctx := context.Background()
	var won atomic.Int32
	var writers sync.WaitGroup
	for n := range 16 {
		writers.Go(func() {
			err := s.CreateWorkspace(ctx, workspace(n+1, []string{"Sales", "SALES"}[n%2]))
			if err == nil {
				won.Add(1)
				return
			}
			want(t, err, inlay.Conflict)
		})
	}
	writers.Wait()
	if won.Load() != 1 {
		t.Errorf("%d writers got the name, want 1", won.Load())
	}
}

func testReopen(t *testing.T, s *suite) {
	ctx := context.Background()
	w, d := s.sales(t)
	r := report(11, d, "bookings")
	p := inlay.Principal{ID: id(3), Kind: inlay.ServicePrincipal, Name: "Shop", ClientID: id(4), Secret: []byte("digest"), CreatedAt: at(3)}
	m := inlay.Membership{WorkspaceID: w.ID, PrincipalID: p.ID, Right: inlay.Contributor}
	d.Roles, d.Version, d.RefreshedAt = []string{"West"}, "v1", at(9)
	must(t, s.CreateReport(ctx, r), s.CreatePrincipal(ctx, p), s.SetMembership(ctx, m), s.Publish(ctx, d))
	for range 2 {
		s.reopen(t)
		same(t, "workspaces", []inlay.Workspace{w})(s.Workspaces(ctx))
		same(t, "dataset", d)(s.Dataset(ctx, d.ID))
		same(t, "report", r)(s.Report(ctx, r.ID))
		same(t, "principal", p)(s.PrincipalByClientID(ctx, p.ClientID))
		same(t, "membership", m)(s.Membership(ctx, w.ID, p.ID))
	}
}

func testCancel(t *testing.T, s *suite) {
	w, d := s.sales(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, errRead := s.Workspace(ctx, w.ID)
	_, errList := s.DatasetsIn(ctx, w.ID)
	next := d
	next.Version = "never"
	for what, err := range map[string]error{
		"read": errRead, "list": errList, "publish": s.Publish(ctx, next), "create": s.CreateWorkspace(ctx, workspace(9, "never")),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a cancelled context: %v, want context.Canceled", what, err)
		}
		if inlay.KindOf(err) != inlay.Internal {
			t.Errorf("%s with a cancelled context blames the caller: %v", what, err)
		}
	}
	same(t, "nothing was published", d)(s.Dataset(context.Background(), d.ID))
	_, err := s.WorkspaceByName(context.Background(), "never")
	want(t, err, inlay.NotFound)
}
