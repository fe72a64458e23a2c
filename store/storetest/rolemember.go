package storetest

import (
	"context"
	"testing"

	"inlay"
)

func testRoleMembers(t *testing.T, s *suite) {
	ctx := context.Background()
	w, d := s.sales(t)
	d.Roles = []string{"West", "Straße"}
	must(t, s.Publish(ctx, d))
	other := dataset(71, w, "Other")
	other.Roles = []string{"West"}
	must(t, s.CreateDataset(ctx, other))
	in := func(role, user string) inlay.RoleMember {
		return inlay.RoleMember{DatasetID: d.ID, Role: role, User: user, Origin: inlay.ByOperator}
	}

	same(t, "at first", []inlay.RoleMember{})(s.RoleMembers(ctx, d.ID))
	must(t, s.AddRoleMember(ctx, inlay.RoleMember{DatasetID: d.ID, Role: "west", User: "zoe@example.com"})) // by the operator; spelled as the dataset does
	must(t, s.AddRoleMember(ctx, in("Straße", "Zoe@Example.com")))
	must(t, s.AddRoleMember(ctx, in("West", "ann@example.com")))
	must(t, s.AddRoleMember(ctx, in("West", "o'neil@example.com' OR '1'='1")))
	all := []inlay.RoleMember{in("Straße", "Zoe@Example.com"), in("West", "ann@example.com"), in("West", "o'neil@example.com' OR '1'='1"), in("West", "zoe@example.com")}
	same(t, "by role and user", all)(s.RoleMembers(ctx, d.ID))
	same(t, "of a user in any case", []inlay.RoleMember{all[0], all[3]})(s.RolesOf(ctx, d.ID, "ZOE@example.com"))
	for _, user := range []string{"", "zoe", "zoe@example.com ", " zoe@example.com", "zoe@example.com\x00", "%", "zoe@example.com' OR '1'='1", "*"} {
		same(t, "of "+user, []inlay.RoleMember{})(s.RolesOf(ctx, d.ID, user))
	}
	same(t, "of another dataset", []inlay.RoleMember{})(s.RolesOf(ctx, other.ID, "zoe@example.com"))
	same(t, "of no dataset", []inlay.RoleMember{})(s.RolesOf(ctx, id(99), "zoe@example.com"))

	must(t, s.AddRoleMember(ctx, in("West", "ZOE@example.com")))
	all[3].User = "ZOE@example.com"
	same(t, "added again", all)(s.RoleMembers(ctx, d.ID))
	must(t, s.RemoveRoleMember(ctx, in("WEST", "Ann@example.com")))
	all = append(all[:1], all[2:]...)
	same(t, "without one", all)(s.RoleMembers(ctx, d.ID))
	d.Roles = []string{"East"}
	must(t, s.Publish(ctx, d))
	s.reopen(t)
	same(t, "after a role was lost, and reopening", all)(s.RoleMembers(ctx, d.ID))
	must(t, s.RemoveRoleMember(ctx, in("West", "zoe@example.com")))
	testRoleOrigins(t, s, d)

	want(t, s.AddRoleMember(ctx, in("West", "ann@example.com")), inlay.NotFound, "role", "West")
	want(t, s.AddRoleMember(ctx, inlay.RoleMember{DatasetID: id(99), Role: "West", User: "ann@example.com"}), inlay.NotFound, "dataset", id(99))
	want(t, s.AddRoleMember(ctx, in("East", " ann@example.com")), inlay.Invalid, "space")
	want(t, s.AddRoleMember(ctx, in("East", "")), inlay.Invalid, "user")
	want(t, s.RemoveRoleMember(ctx, in("West", "ann@example.com")), inlay.NotFound, "ann@example.com")
}

// testRoleOrigins holds that a user is in a role as long as one of those who put them there says so.
func testRoleOrigins(t *testing.T, s *suite, d inlay.Dataset) {
	ctx := context.Background()
	by := func(o inlay.RoleOrigin) inlay.RoleMember {
		return inlay.RoleMember{DatasetID: d.ID, Role: "East", User: "eve@example.com", Origin: o}
	}
	is := func(what string, list ...inlay.RoleMember) {
		t.Helper()
		s.reopen(t)
		same(t, what, append([]inlay.RoleMember{}, list...))(s.RolesOf(ctx, d.ID, "eve@example.com"))
	}
	const both = inlay.ByOperator | inlay.ByDefinition
	must(t, s.AddRoleMember(ctx, by(inlay.ByDefinition)))
	is("defined", by(inlay.ByDefinition))
	must(t, s.AddRoleMember(ctx, by(inlay.UnknownOrigin)))
	is("added, too", by(both))
	must(t, s.RemoveRoleMember(ctx, by(inlay.ByDefinition)))
	is("still added", by(inlay.ByOperator))
	must(t, s.RemoveRoleMember(ctx, by(inlay.ByDefinition)))
	is("never defined", by(inlay.ByOperator))
	must(t, s.AddRoleMember(ctx, by(inlay.ByDefinition)))
	must(t, s.RemoveRoleMember(ctx, by(inlay.UnknownOrigin)))
	is("removed, whoever added")
	must(t, s.AddRoleMember(ctx, by(inlay.ByDefinition)))
	must(t, s.RemoveRoleMember(ctx, by(inlay.ByDefinition)))
	is("not defined any more")
}
