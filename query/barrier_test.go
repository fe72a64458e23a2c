package query_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"inlay/model"
	"inlay/query"
	"inlay/source/postgres"
	"inlay/source/sourcetest/pgtest"
)

// barrier is a database with an owner of its tables and a reader who is neither that nor may
// bypass row policies.
type barrier struct {
	d          *pgtest.Database
	plain, on  *postgres.Pool // of the reader: without and with who asks
	statements string         // of the last world
}

func newBarrier(t *testing.T) *barrier {
	t.Helper()
	b := &barrier{d: pgtest.Shared(t).Database(t)}
	b.d.Exec(t, `DO $$ BEGIN
		IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'keeper') THEN CREATE ROLE keeper; CREATE ROLE reader LOGIN; END IF;
	END $$`)
	b.d.Exec(t, "GRANT CREATE ON DATABASE "+b.d.Name+" TO keeper")
	open := func(role string, o postgres.Options) *postgres.Pool {
		p, err := postgres.Open(b.d.URL(role), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		return p
	}
	b.plain, b.on = open("reader", postgres.Options{}), open("reader", postgres.Options{Barrier: true})
	return b
}

// tables puts a world into the database, with what its owner grants.
func (b *barrier) tables(t *testing.T, w *world) map[string]postgres.Relation {
	t.Helper()
	relations := inSchema(t, b.d, w)
	for _, r := range relations {
		b.d.Exec(t, "GRANT USAGE ON SCHEMA "+r.Schema+" TO reader, keeper; GRANT SELECT ON "+postgres.Dialect{}.Quote(r.Schema)+"."+postgres.Dialect{}.Quote(r.Name)+
			" TO reader; ALTER TABLE "+postgres.Dialect{}.Quote(r.Schema)+"."+postgres.Dialect{}.Quote(r.Name)+" OWNER TO keeper")
	}
	return relations
}

func bind(t *testing.T, p *postgres.Pool, w *world, r map[string]postgres.Relation) (*postgres.Source, *query.Engine) {
	t.Helper()
	s, err := postgres.Bind(context.Background(), p, w.m, r)
	if err != nil {
		t.Fatal(err)
	}
	e, err := query.New(w.m, s)
	if err != nil {
		t.Fatal(err)
	}
	return s, e
}

// raise puts the policies of a world on its tables.
func (b *barrier) raise(t *testing.T, s *postgres.Source) map[string]error {
	t.Helper()
	text, unsaid, err := s.Policies(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	b.statements = text
	b.d.Exec(t, "SET ROLE keeper; "+text+"; RESET ROLE")
	return unsaid
}

func askBroken(t *testing.T, e *query.Engine, v query.Viewer, fields string) string {
	t.Helper()
	res, err := query.AskBroken(context.Background(), e, v, parseQuery(fields))
	if err != nil {
		return "error: " + err.Error()
	}
	return text(res)
}

// The second barrier, by brute force: an engine whose gate was forgotten shows a viewer, over the
// policies that were written from the model, exactly what is left after the hidden rows were
// deleted. Without the policies the same engine shows more, so that the test has teeth.
func TestPoliciesHoldWithoutTheGate(t *testing.T) {
	b := newBarrier(t)
	leaks, held, worlds := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		if worlds++; worlds > 40 {
			return
		}
		rows := randomRows(rt)
		secure := rapid.Bool().Draw(rt, "secure")
		w := netWorld(rows, secure)
		names, left := drawRoles(rt, w, rows, secure, query.Strict)
		user := query.Viewer{Username: "ann", CustomData: w.said, Roles: names}
		relations := b.tables(t, w)
		source, broken := bind(t, b.plain, w, relations)
		without, whole := map[string]string{}, map[string]string{}
		for _, q := range questions {
			without[q], whole[q] = askBroken(t, broken, user, q), ask(t, broken, everything, q)
		}
		if unsaid := b.raise(t, source); len(unsaid) > 0 {
			rt.Fatalf("roles cannot be said: %v", unsaid)
		}
		_, guarded := bind(t, b.on, w, relations)
		deleted := netWorld(left, secure)
		_, theirs := bind(t, b.plain, deleted, b.tables(t, deleted))
		for _, q := range questions {
			want := ask(t, theirs, everything, q)
			if got := askBroken(t, guarded, user, q); got != want {
				rt.Fatalf("%s as %v %+v without the gate:\n%s\nwant\n%s\nrows %v\nleft %v\n%s", q, names, w.m.Roles, got, want, rows, left, b.statements)
			}
			if got := ask(t, guarded, user, q); got != want {
				rt.Fatalf("%s as %v %+v with the gate:\n%s\nwant\n%s", q, names, w.m.Roles, got, want)
			}
			if all := ask(t, guarded, everything, q); all != whole[q] {
				rt.Fatalf("%s: who may see everything does not", q)
			}
			if without[q] != want {
				leaks++
			} else {
				held++
			}
		}
	})
	if leaks == 0 || held == 0 {
		t.Errorf("without policies %d answers differ and %d do not: nothing was proved", leaks, held)
	}
	t.Logf("without gate and policies %d answers leak; with policies none", leaks)
}

// TestPoliciesOfRoles: the roles of the other tests, those that cannot be said to a database among them.
func TestPoliciesOfRoles(t *testing.T) {
	b := newBarrier(t)
	w := secured("secure")
	w.role("Day", "Region: TODAY() > DATE(2020, 1, 1)")
	w.define("Is.Custom", "(name : STRING) => VAR c = CUSTOMDATA() RETURN name = c", "Is.Left", "(name) => name = LEFT(CUSTOMDATA(), 5)")
	w.role("By function", "Region: Is.Custom([Name])")
	w.role("By variable", "Region: VAR c = CUSTOMDATA() RETURN [Name] = c")
	w.role("By part", "Region: Is.Left([Name])")
	relations := b.tables(t, w)
	source, _ := bind(t, b.plain, w, relations)
	unsaid := b.raise(t, source)
	_, e := bind(t, b.on, w, relations)
	for _, tt := range []struct {
		viewer       query.Viewer
		fields, want string
	}{
		{as("ann@example.com", "Members"), "Region[Name],[Total]", "North 30"},
		{as("BOB@example.com", "members"), "Region[Name],[Total]", "South 70\nWest 50"},
		{as("zoe@example.com", "Members"), "[Total],[Rows],[Regions]", "- - -"},
		{as("", "Members"), "[Total],[Rows],[Regions]", "- - -"},
		{as("x", "Country A"), "Region[Name],[Total]", "North 30\nSouth 70"},
		{as("x", "Web"), "[Total],[Regions]", "80 4"},
		{as("x", "Nothing"), "[Total],[Regions]", "- 4"},
		{as("x", "Everything"), "[Total]", "450"},
		{as("x", "By region of sale"), "[Total]", "80"},
		{as("x", "Boss"), "[Total],[Regions]", "- -"},
		{query.Viewer{}, "[Total],[Regions]", "- -"},
		{everything, "[Total],[Regions]", "450 4"},
		{query.Viewer{Username: "x", CustomData: "south", Roles: []string{"Custom"}}, "[Total]", "70"},
		{query.Viewer{Username: "x", Roles: []string{"Custom"}}, "[Total]", "-"},
		{query.Viewer{Username: "x", CustomData: "south", Roles: []string{"By function"}}, "[Total]", "70"},
		{query.Viewer{Username: "x", Roles: []string{"By function"}}, "[Total]", "-"},
		{query.Viewer{Username: "x", CustomData: "South", Roles: []string{"By variable"}}, "[Total]", "70"},
		{query.Viewer{Username: "x", Roles: []string{"By variable"}}, "[Total]", "-"},
	} {
		if got := askBroken(t, e, tt.viewer, tt.fields); got != tt.want {
			t.Errorf("%s as %+v without the gate:\n%s\nwant\n%s", tt.fields, tt.viewer, got, tt.want)
		}
	}
	for _, role := range []string{"Own country", "Broken", "Unbuilt", "Day", "By part"} {
		if unsaid[role] == nil {
			t.Errorf("role %q was said", role)
		}
		if got := askBroken(t, e, as("ann@example.com", role), "[Total]"); !strings.Contains(got, "cannot be said to the row policies") {
			t.Errorf("as %q: %s", role, got)
		}
	}
	// What a viewer says stays text, here as everywhere.
	for _, name := range []string{"' OR 1=1 --", "ann@example.com'; RESET ROLE; --", "x', true), set_config('inlay.unrestricted', 'yes"} {
		if got := askBroken(t, e, as(name, "Members"), "[Total],[Regions]"); got != "- -" {
			t.Errorf("as %q: %s", name, got)
		}
	}
}

// TestPoliciesOfWhoSaysNothing: without a name the gate refuses, and custom data that is not there is
// BLANK. The policies hold to both by themselves.
func TestPoliciesOfWhoSaysNothing(t *testing.T) {
	b := newBarrier(t)
	w := newWorld()
	w.table("Shop", "Key int, Name text", []any{1, "ann"}, []any{2, ""}, []any{3, nil}, []any{4, "bob"})
	w.table("Sales", "Id int, Shop int", []any{1, 1}, []any{2, 2}, []any{3, 3}, []any{4, 4}, []any{5, 9})
	w.relate("Sales[Shop]", "Shop[Key]")
	w.measure("Shop", "Shops", "COUNTROWS(Shop)")
	w.define("Nobody", "(who : STRING) => ISBLANK(who)")
	roles := []struct{ filter, ann, blank string }{ // for ann, and for who says nothing
		{"[Name] = CUSTOMDATA()", "1", "2\n3"},
		{"[Name] == CUSTOMDATA()", "1", "3"},
		{"[Name] <> CUSTOMDATA()", "2\n3\n4", "1\n4"},
		{"[Name] IN {CUSTOMDATA(), \"bob\"}", "1\n4", "3\n4"},
		{"NOT ISBLANK(CUSTOMDATA()) && [Name] = CUSTOMDATA()", "1", ""},
		{"CUSTOMDATA() <> \"\" && [Name] = CUSTOMDATA()", "1", ""},
		{"NOT CUSTOMDATA() = BLANK() && [Key] > 2", "3\n4", ""},
		{"CUSTOMDATA() > \"\" && [Key] > 2", "3\n4", ""},
		{"\"\" >= CUSTOMDATA() && [Key] > 2", "", "3\n4"},
		{"CUSTOMDATA() == BLANK() && [Key] > 2", "", "3\n4"},
		{"CUSTOMDATA() == \"\" || [Key] = 2", "2", "2"},
		{"NOT(CUSTOMDATA() == \"\") && [Key] = 2", "2", "2"},
		{"AND(NOT(Nobody(CUSTOMDATA())), [Key] = 2)", "2", ""},
		{"VAR c = CUSTOMDATA() RETURN IF(ISBLANK(c), [Key] = 4, [Name] = c)", "1", "4"},
		{"[Name] & CUSTOMDATA() = \"ANNann\"", "1", ""},
		{"[Name] = USERNAME()", "1", "refused"},
		{"[Name] <> USERPRINCIPALNAME()", "2\n3\n4", "refused"},
		{"ISBLANK(USERNAME()) || [Key] > 2", "3\n4", "refused"},
		{"USERNAME() = \"\" || [Key] > 2", "3\n4", "refused"},
		{"NOT ISBLANK(USERNAME()) && [Key] > 2", "3\n4", "refused"},
		{"TRUE() || ISBLANK(USERNAME()) || [Key] > 2", "1\n2\n3\n4", "refused"},
	}
	for _, r := range roles {
		w.role(r.filter, "Shop: "+r.filter)
	}
	w.role("Sales of somebody", "Sales: NOT ISBLANK(CUSTOMDATA())")
	w.role("Sales of a name", "Sales: VAR u = USERNAME() RETURN TRUE()")
	unsayable := []string{"NOT ISBLANK(CUSTOMDATA())", "USERNAME() <> BLANK()", "VAR u = USERNAME() RETURN TRUE()", "CUSTOMDATA() = \"all\" || [Key] = 1",
		"LEFT(CUSTOMDATA(), 1) = \"\" && [Key] = 1", "NOT CUSTOMDATA() && [Key] = 1", "IF(ISBLANK(CUSTOMDATA()), 1, 2) = [Key]", "ISBLANK(USEROBJECTID()) && [Key] = 1"}
	for _, f := range unsayable {
		w.role("not "+f, "Shop: "+f)
	}
	relations := b.tables(t, w)
	source, _ := bind(t, b.plain, w, relations)
	unsaid := b.raise(t, source)
	for _, f := range unsayable {
		if unsaid["not "+f] == nil {
			t.Errorf("%s was said", f)
		}
		delete(unsaid, "not "+f)
	}
	if len(unsaid) > 0 {
		t.Fatal(unsaid)
	}
	_, guarded := bind(t, b.on, w, relations)
	_, gate := bind(t, b.plain, w, b.tables(t, w)) // without policies
	try := func(role, fields, username, data, want string) {
		t.Helper()
		v := query.Viewer{Username: username, CustomData: data, Roles: []string{role}}
		first, second := ask(t, gate, v, fields), askBroken(t, guarded, v, fields)
		if want == "refused" {
			if !strings.Contains(first, "the identity has none") {
				t.Errorf("%s as %q %q: the gate shows %q", role, username, data, first)
			}
			want, first = "", ""
		}
		if second != want || first != want {
			t.Errorf("%s as %q %q: with the gate %q, without it %q, want %q", role, username, data, first, second, want)
		}
	}
	for _, r := range roles {
		try(r.filter, "Shop[Key]", "ann", "ann", r.ann)
		if r.blank == "refused" {
			try(r.filter, "Shop[Key]", "", "ann", r.blank)
		} else {
			try(r.filter, "Shop[Key]", "ann", "", r.blank)
			try(r.filter, "Shop[Key]", "", "", r.blank)
		}
	}
	try("Sales of somebody", "Sales[Id]", "", "x", "1\n2\n3\n4\n5")
	try("Sales of somebody", "Sales[Id]", "ann", "", "")
	try("Sales of a name", "Sales[Id]", "ann", "", "1\n2\n3\n4\n5")
	try("Sales of a name", "Sales[Id]", "", "x", "refused")
}

// TestPoliciesOfRelatedColumns: a filter that asks for columns of other tables holds in the database
// as it does here, with keys that are blank, or that nothing is found by, too.
func TestPoliciesOfRelatedColumns(t *testing.T) {
	b := newBarrier(t)
	day := func(n int) time.Time { return time.Date(2024, 1, n, 0, 0, 0, 0, time.UTC) }
	w := newWorld()
	w.table("Land", "Key int, Name text", []any{1, "a"}, []any{2, nil})
	w.table("Shop", "Key text, Land int, Owner text", []any{"n", 1, "ann@example.com"}, []any{"s", 2, "bob@example.com"}, []any{"e", nil, nil}, []any{"w", 7, "Ann@example.com"})
	w.table("Sales", "Id int, Shop text, Day date, Rate double", []any{1, "n", day(1), 0.1}, []any{2, "N", day(2), nil}, []any{3, "s", nil, 2.5},
		[]any{4, "e", day(3), 0.3}, []any{5, nil, day(4), 1.0}, []any{6, "gone", day(1), 1e300}, []any{7, "w", day(5), -0.5}, []any{8, nil, nil, nil})
	w.relate("Sales[Shop]", "Shop[Key]")
	w.relate("Shop[Land]", "Land[Key]")
	w.measure("Sales", "Count", "COUNTROWS(Sales)")
	filters := []string{
		"RELATED(Shop[Owner]) = USERPRINCIPALNAME()", "RELATED(Shop[Owner]) <> USERPRINCIPALNAME()", "ISBLANK(RELATED(Shop[Owner]))", `RELATED(Land[Name]) = "a"`, `RELATED(Land[Name]) <> "A"`,
		`RELATED(Land[Name]) == BLANK()`, `RELATED(Shop[Owner]) = USERNAME() && [Rate] > 0`, `ISBLANK(RELATED(Shop[Owner])) || [Day] = DATE(2024, 1, 1)`,
		`RELATED(Shop[Key]) = [Shop]`, `NOT (RELATED(Land[Key]) = 1 || [Rate] = 1)`, "RELATED(Shop[Owner]) = CUSTOMDATA()",
	}
	for _, f := range filters {
		w.role(f, "Sales: "+f)
	}
	w.role("and the shops", "Sales: [Rate] > 0 && NOT ISBLANK(RELATED(Shop[Owner]))", "Shop: [Land] = 1 || ISBLANK([Land])")
	relations := b.tables(t, w)
	source, _ := bind(t, b.plain, w, relations)
	if unsaid := b.raise(t, source); len(unsaid) > 0 {
		t.Fatal(unsaid)
	}
	_, guarded := bind(t, b.on, w, relations)
	fresh := b.tables(t, w) // without policies, behind the gate
	_, gate := bind(t, b.plain, w, fresh)
	all := ask(t, gate, everything, "Sales[Id]")
	for _, r := range w.m.Roles {
		open := true
		for _, v := range []query.Viewer{as("ann@example.com", r.Name), as("BOB@example.com", r.Name), {Username: "x", CustomData: "bob@example.com", Roles: []string{r.Name}}} {
			for _, q := range []string{"Sales[Id]", "Shop[Key],[Count]"} {
				want := ask(t, gate, v, q)
				if got := askBroken(t, guarded, v, q); q == "Sales[Id]" && got != want {
					t.Errorf("%s of %s, %s: without the gate\n%s\nwant\n%s", q, r.Name, v.Username, got, want)
				}
				if got := ask(t, guarded, v, q); got != want {
					t.Errorf("%s of %s, %s: with the gate\n%s\nwant\n%s", q, r.Name, v.Username, got, want)
				}
				open = open && (q != "Sales[Id]" || want == all)
			}
		}
		if open {
			t.Errorf("%s shows everything to all: nothing is proved", r.Name)
		}
	}
}

// TestBarrierMustBeThere: a database that was promised to have policies and has none, or lets who
// connects bypass them, is not asked.
func TestBarrierMustBeThere(t *testing.T) {
	b := newBarrier(t)
	w := secured("secure")
	w.m.Roles = append([]model.Role{}, w.m.Roles[0], w.m.Roles[1])
	relations := b.tables(t, w)
	if _, err := postgres.Bind(context.Background(), b.on, w.m, relations); err == nil || !strings.Contains(err.Error(), "not in force") {
		t.Errorf("without policies: %v", err)
	}
	source, _ := bind(t, b.plain, w, relations)
	b.raise(t, source)
	if _, err := postgres.Bind(context.Background(), b.on, w.m, relations); err != nil {
		t.Errorf("with policies: %v", err)
	}
	super, err := postgres.Open(b.d.URL("postgres"), postgres.Options{Barrier: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(super.Close)
	if _, err := postgres.Bind(context.Background(), super, w.m, relations); err == nil || !strings.Contains(err.Error(), "not in force") {
		t.Errorf("as one who may bypass them: %v", err)
	}
}
