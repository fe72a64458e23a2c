package query_test

import (
	"fmt"
	"strings"
	"testing"

	"inlay/query"
)

// secured is the shop with people: a security table that filters in both directions, a static
// role, a role that looks a value up, and roles that cannot be used.
func secured(secure string) *world {
	w := shop()
	w.table("Access", "User text, Region int", []any{"ann@example.com", 1}, []any{"bob@example.com", 2}, []any{"bob@example.com", 3}, []any{"eve@example.com", 99})
	w.table("Secret", "User text, Country text", []any{"ann@example.com", "B"}, []any{"dup@example.com", "A"}, []any{"dup@example.com", "B"})
	w.relate("Access[Region]", "Region[Key]", secure)
	w.role("Members", "Access: [User] = USERPRINCIPALNAME()")
	w.role("Country A", `Region: [Country] = "A"`)
	w.role("Web", `Sales: [Channel] = "web"`)
	w.role("Own country", "Region: [Country] = LOOKUPVALUE(Secret[Country], Secret[User], USERNAME())", "Secret: FALSE()")
	w.role("By region of sale", `Sales: RELATED(Region[Name]) IN {"North", "West"}`)
	w.role("Custom", "Region: [Name] = CUSTOMDATA()")
	w.role("Listed", "Region: [Country] IN SELECTCOLUMNS(FILTER(Secret, Secret[User] = USERPRINCIPALNAME()), \"c\", Secret[Country])", "Secret: FALSE()")
	w.role("Chosen", "Region: VAR u = USERPRINCIPALNAME() RETURN CONTAINS(FILTER(Secret, Secret[User] = u), Secret[Country], [Country])")
	w.role("Everything")
	w.role("Nothing", "Sales: FALSE()")
	w.role("Broken", "Sales: [Amount] >")
	w.role("Unbuilt", "Sales: NOSUCH([Amount]) = 1")
	return w
}

func as(user string, roles ...string) query.Viewer {
	return query.Viewer{Username: user, Roles: roles}
}

func TestRoles(t *testing.T) { onEach(t, testRoles) }

func testRoles(t *testing.T, src opener) {
	two, one := secured("secure").openOn(t, src), secured("both").openOn(t, src)
	tests := []struct {
		name   string
		engine *query.Engine
		viewer query.Viewer
		fields string
		want   string
	}{
		{"a member of one region", two, as("ann@example.com", "Members"), "Region[Name],[Total]", "North 30"},
		{"names ignore case", two, as("BOB@example.com", "members"), "Region[Name],[Total]", "South 70\nWest 50"},
		{"a region that does not exist shows no orphans", two, as("eve@example.com", "Members"), "[Total],[Rows]", "- -"},
		{"a stranger", two, as("zoe@example.com", "Members"), "[Total],[Rows],[Regions]", "- - -"},
		{"removing filters does not remove security", two, as("ann@example.com", "Members"), "[All regions],[Total]", "30 30"},
		{"nor does asking for another region", two, as("bob@example.com", "Members"), "[North]", "-"},
		{"slicer lists are filtered", two, as("bob@example.com", "Members"), "Region[Name]", "South\nWest"},
		{"ordinary bidirectional filters do not carry security", one, as("ann@example.com", "Members"), "[Total]", "450"},
		{"a static role hides orphans", two, as("x", "Country A"), "Region[Name],[Total]", "North 30\nSouth 70"},
		{"a role on the facts leaves dimensions", two, as("x", "Web"), "[Total],[Regions]", "80 4"},
		{"roles unite by role", one, as("x", "Country A", "Web"), "[Total],[Regions]", "100 4"},
		{"a role without filters shows everything", one, as("x", "Country A", "Everything"), "[Total]", "450"},
		{"a value looked up in a hidden table", two, as("ann@example.com", "Own country"), "Region[Name],[Total]", "West 50"},
		{"values listed from a hidden table", two, as("ann@example.com", "Listed"), "Region[Name],[Total]", "West 50"},
		{"several values listed", two, as("dup@example.com", "Listed"), "Region[Name],[Total]", "North 30\nSouth 70\nWest 50"},
		{"no values listed", two, as("eve@example.com", "Listed"), "[Total],[Rows]", "- -"},
		{"values chosen by variables", two, as("ann@example.com", "Chosen"), "Region[Name],[Total]", "West 50"},
		{"the hidden table stays hidden", two, as("ann@example.com", "Own country"), "Secret[User]", ""},
		{"a related column", two, as("x", "By region of sale"), "[Total]", "80"},
		{"custom data", two, query.Viewer{Username: "x", CustomData: "south", Roles: []string{"Custom"}}, "[Total]", "70"},
		{"nothing", two, as("x", "Nothing"), "[Total],[Regions]", "- 4"},
		{"a measure that names the viewer", two, as("ann@example.com", "Members"), "[Me]", "ann@example.com"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ask(t, tt.engine, tt.viewer, tt.fields); got != tt.want {
				t.Errorf("%s as %+v:\n%s\nwant\n%s", tt.fields, tt.viewer, got, tt.want)
			}
		})
	}
}

func TestRefusals(t *testing.T) { onEach(t, testRefusals) }

func testRefusals(t *testing.T, src opener) {
	e := secured("secure").openOn(t, src)
	tests := []struct {
		name   string
		viewer query.Viewer
		want   string
	}{
		{"nobody", query.Viewer{}, "the identity has none"},
		{"a name without a role", as("ann@example.com"), "the identity has none"},
		{"an unknown role", as("ann@example.com", "Members", "Boss"), `no role "Boss"`},
		{"an empty role", as("ann@example.com", ""), `no role ""`},
		{"no name where the role asks for it", as("", "Members"), "has none"},
		{"two roles beside a bidirectional security filter", as("ann@example.com", "Members", "Web"), "several roles cannot be combined"},
		{"a filter that is no DAX", as("x", "Broken"), "is not valid DAX"},
		{"a filter that is not built", as("x", "Unbuilt"), "cannot be applied"},
		{"a lookup with two results", as("dup@example.com", "Own country"), "several different values"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, fields := range []string{"[Total]", "Region[Name],[Total]", "Sales[Id]"} {
				if got := ask(t, e, tt.viewer, fields); !strings.HasPrefix(got, "error: ") || !strings.Contains(got, tt.want) {
					t.Errorf("%s as %+v: %s\nwant an error with %q", fields, tt.viewer, got, tt.want)
				}
			}
		})
	}
}

// A filter that is evaluated beforehand becomes a list of values, which has an end. What other filters
// hide is on it, too.
func TestListsOfValuesEnd(t *testing.T) {
	w := newWorld()
	var rows [][]any
	for i := range 10_001 {
		rows = append(rows, []any{fmt.Sprintf("item %d.", i), i % 2, 1})
	}
	w.table("Kind", "Key int, Name text", []any{0, "even"}, []any{1, "odd"})
	w.table("Side", "Key int", []any{1})
	w.table("Item", "Name text, Kind int, Side int", rows...)
	w.relate("Item[Kind]", "Kind[Key]")
	w.relate("Item[Side]", "Side[Key]")
	w.measure("Item", "Items", "COUNTROWS(Item)")
	w.role("all", "Item: CONTAINSSTRING([Name], \"item\")", "Side: FALSE()")
	w.role("all but one", "Item: NOT CONTAINSSTRING([Name], \" 7.\")")
	w.role("by itself", "Item: [Name] IN SELECTCOLUMNS(Item, \"n\", Item[Name])")
	w.role("by kind", "Item: [Kind] IN SELECTCOLUMNS(FILTER(Kind, Kind[Name] = \"even\"), \"k\", Kind[Key])")
	e := w.open(t)
	if got := ask(t, e, as("x", "all"), "[Items]"); !strings.Contains(got, "more than 10000 combinations of the values that it uses; compare columns with constants") {
		t.Error(got)
	}
	if got := ask(t, e, as("x", "by itself"), "[Items]"); !strings.Contains(got, "takes more rows, memory or time than a filter may; compare columns with constants") {
		t.Error(got)
	}
	if got := ask(t, e, as("x", "all but one"), "[Items]"); got != "10000" {
		t.Error(got)
	}
	if got := ask(t, e, as("x", "by kind"), "[Items]"); got != "5001" {
		t.Error(got)
	}
}

// Values of an identity are bound: whatever they hold, they are compared and never read as SQL.
func TestIdentityIsNeverSQL(t *testing.T) { onEach(t, testIdentityIsNeverSQL) }

func testIdentityIsNeverSQL(t *testing.T, src opener) {
	e := secured("secure").openOn(t, src)
	for _, name := range []string{"' OR 1=1 --", `" OR ""="`, "ann@example.com'--", "$1", "?", "\x00", "%", "ann@example.com\x00", strings.Repeat("a", 256), "’ OR ’1’=’1", "ann@example.com;DROP TABLE Sales"} {
		none := func(got string) bool {
			return got == "- -" || strings.HasPrefix(got, "error: a text") && strings.Contains(name, "\x00") // PostgreSQL has no NUL
		}
		if got := ask(t, e, as(name, "Members"), "[Total],[Rows]"); !none(got) {
			t.Errorf("as %q: %s", name, got)
		}
		v := query.Viewer{Username: "x", CustomData: name, Roles: []string{"Custom"}}
		if got := ask(t, e, v, "[Total],[Rows]"); !none(got) {
			t.Errorf("with custom data %q: %s", name, got)
		}
	}
}

func TestUnsupportedIsListed(t *testing.T) {
	w := secured("secure")
	w.measure("Sales", "Later", "NOSUCH([Total])")
	w.measure("Sales", "Loop", "[Loop] + 1")
	var list []string
	for _, n := range w.open(t).Unsupported() {
		list = append(list, n.What)
	}
	all := strings.Join(list, "\n")
	for _, want := range []string{"measure [Later]: line 1, column 1: there is no function NOSUCH", "measure [Loop] refers to itself", `role "Broken"`, `role "Unbuilt" on table "Sales" cannot be applied, so no rows are visible: line 1, column 1: there is no function NOSUCH`} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not listed in\n%s", want, all)
		}
	}
	if len(list) != 4 {
		t.Errorf("%d things are listed:\n%s", len(list), all)
	}
}
