package server

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inlay"
	"inlay/model"
)

// TestImportMembers holds that an import puts users into roles whom the definition names and who are known, that it
// lists everybody else, and that whom the definition names no more has the role no more; others stay.
func TestImportMembers(t *testing.T) {
	t.Parallel()
	s := open(t, Config{SignIn: true})
	for _, name := range []string{"ann@example.com", "bob@example.com", "cleo@example.com"} {
		if _, _, err := s.NewUser(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.NewApp(t.Context(), "robot@example.com"); err != nil {
		t.Fatal(err)
	}
	dir := orders(t, t.TempDir(), annAndBob)
	role := func(members ...string) Imported {
		t.Helper()
		text := "role Mine\n\tmodelPermission: read\n\n\ttablePermission Orders = Orders[Owner] = USERNAME()\n\n\tmember " + strings.Join(members, "\n\tmember ") + "\n"
		if len(members) == 0 {
			text, _, _ = strings.Cut(text, "\n\n\tmember")
			text += "\n"
		}
		if err := os.WriteFile(filepath.Join(dir, "Orders.SemanticModel", "definition", "roles", "Mine.tmdl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return publish(t, s, dir)
	}
	in := func(d inlay.Dataset, want string) {
		t.Helper()
		list, err := s.store.RoleMembers(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range list {
			got = append(got, m.Role+":"+m.User)
		}
		if fmt.Sprint(got) != "["+want+"]" {
			t.Errorf("in the roles are %v, want %s", got, want)
		}
	}
	told := func(done Imported, text string) {
		t.Helper()
		for _, n := range done.Notices {
			if strings.Contains(n.What, text) && strings.HasSuffix(n.Place.File, "roles/Mine.tmdl") && n.Place.Line > 4 {
				return
			}
		}
		t.Errorf("nothing says %q: %v", text, done.Notices)
	}

	done := role("'ANN@example.com'", "bob@example.com = auto", "zoe@example.com", "'robot@example.com'", "app@example.com", "sellers@example.com = group", `example\bob = activeDirectory`)
	in(done.Dataset, "Mine:ann@example.com Mine:bob@example.com")
	for _, text := range []string{"member 'zoe@example.com' is no user that is known here", "member 'robot@example.com' is no user", "member 'sellers@example.com' is a group", "is one of a Windows domain"} {
		told(done, text)
	}
	if err := s.store.AddRoleMember(t.Context(), inlay.RoleMember{DatasetID: done.Dataset.ID, Role: "Mine", User: "cleo@example.com"}); err != nil {
		t.Fatal(err)
	}

	// Whom nobody knew when the definition named her, and who was put into the role since, stays, also when she is not named any more.
	if err := s.store.AddRoleMember(t.Context(), inlay.RoleMember{DatasetID: done.Dataset.ID, Role: "Mine", User: "zoe@example.com"}); err != nil {
		t.Fatal(err)
	}
	done = role("bob@example.com", "zoe@example.com")
	in(done.Dataset, "Mine:bob@example.com Mine:cleo@example.com Mine:zoe@example.com")

	role("bob@example.com", "ann@example.com")
	done = role("bob@example.com") // ann is not named any more, cleo never was
	in(done.Dataset, "Mine:bob@example.com Mine:cleo@example.com Mine:zoe@example.com")
	if !slices.ContainsFunc(done.Notices, func(n model.Notice) bool {
		return strings.Contains(n.What, "member 'ann@example.com': the definition does not name the user any more")
	}) {
		t.Errorf("%v", done.Notices)
	}
	done = role()
	in(done.Dataset, "Mine:cleo@example.com Mine:zoe@example.com")

	// Whom an operator put into the role, too, stays when the definition drops the name, and the import says so.
	role("bob@example.com")
	if err := s.store.AddRoleMember(t.Context(), inlay.RoleMember{DatasetID: done.Dataset.ID, Role: "Mine", User: "bob@example.com"}); err != nil {
		t.Fatal(err)
	}
	done = role()
	in(done.Dataset, "Mine:bob@example.com Mine:cleo@example.com Mine:zoe@example.com")
	if !slices.ContainsFunc(done.Notices, func(n model.Notice) bool {
		return strings.Contains(n.What, "member 'bob@example.com': the definition does not name the user any more, who stays in the role")
	}) {
		t.Errorf("%v", done.Notices)
	}

	// A definition that can no longer be read does not change who was put there by whom.
	role("ann@example.com")
	d, err := s.store.Dataset(t.Context(), done.Dataset.ID)
	if err != nil {
		t.Fatal(err)
	}
	spoil(t, s, d)
	done = role()
	in(done.Dataset, "Mine:bob@example.com Mine:cleo@example.com Mine:zoe@example.com")
}

// TestMembersOfUnknownOrigin holds that members of a catalog that did not keep who put them into a role
// lose it if the last definition names them, or cannot be read, and the new one does not.
func TestMembersOfUnknownOrigin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		last, user string
		broken     bool
		want       inlay.RoleOrigin
		in         bool
	}{
		{last: "ann@example.com", user: "Ann@Example.com"},
		{last: "zo\u00eb@example.com", user: "zoe\u0308@example.com"},
		{last: "ann@example.com", user: "bob@example.com", in: true, want: inlay.ByOperator},
		{last: "ann@example.com", user: "bob@example.com", broken: true},
	} {
		s := open(t, Config{SignIn: true})
		dir := orders(t, t.TempDir(), annAndBob)
		file := filepath.Join(dir, "Orders.SemanticModel", "definition", "roles", "Mine.tmdl")
		text := "role Mine\n\tmodelPermission: read\n\n\ttablePermission Orders = Orders[Owner] = USERNAME()\n\n"
		if err := os.WriteFile(file, []byte(text+"\tmember '"+c.last+"'\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		d := publish(t, s, dir).Dataset
		if err := s.store.AddRoleMember(t.Context(), inlay.RoleMember{DatasetID: d.ID, Role: "Mine", User: c.user}); err != nil {
			t.Fatal(err)
		}
		forget(t, s)
		if c.broken {
			spoil(t, s, d)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		publish(t, s, dir)
		got, err := s.store.RoleMembers(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if (len(got) == 1) != c.in || c.in && got[0].Origin != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// forget makes the catalog one that was migrated: nobody knows who put members into roles.
func forget(t *testing.T, s *Server) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(s.dir, "catalog.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("UPDATE role_member SET origin = 0"); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestMemberIDs holds that an id in a definition must be that of the user with the name.
func TestMemberIDs(t *testing.T) {
	t.Parallel()
	s := open(t, Config{SignIn: true})
	ann, _, err := s.NewUser(t.Context(), "ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	bob, _, err := s.NewUser(t.Context(), "bob@example.com")
	if err != nil {
		t.Fatal(err)
	}
	for id, known := range map[string]bool{"": true, ann.ID: true, strings.ToUpper(ann.ID): true, "Ann@example.com": true, bob.ID: false, "S-1-5-21": false, "bob@example.com": false} {
		p, err := s.memberOf(t.Context(), model.RoleMember{Name: "ann@example.com", ID: id})
		if (err == nil) != known || known && p.ID != ann.ID || !known && inlay.KindOf(err) != inlay.NotFound {
			t.Errorf("id %q: %v, %v", id, p, err)
		}
	}
}

// spoil makes the stored definition of a dataset one that cannot be read.
func spoil(t *testing.T, s *Server, d inlay.Dataset) {
	t.Helper()
	file := filepath.Join(s.dir, filepath.FromSlash(d.Definition), "model.tmdl")
	if _, err := os.Stat(file); err != nil {
		file = filepath.Join(s.dir, filepath.FromSlash(d.Definition), "definition", "model.tmdl")
	}
	if err := os.WriteFile(file, []byte("\t\tnot a model ="), 0o600); err != nil {
		t.Fatal(err)
	}
}
