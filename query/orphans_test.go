package query_test

import (
	"testing"

	"inlay/query"
)

// Sales of regions that do not exist, in the two modes of security.
func TestOrphanRows(t *testing.T) { onEach(t, testOrphanRows) }

func testOrphanRows(t *testing.T, src opener) {
	w := newWorld()
	w.table("Region", "Key int, Name text, Country text", []any{1, "North", "A"}, []any{2, "South", "B"})
	w.table("Sales", "Region int, Amount int", []any{1, 1}, []any{2, 10}, []any{9, 100}, []any{nil, 1000})
	w.table("Access", "User text, Region int", []any{"ann", 1}, []any{"eve", 8})
	w.relate("Sales[Region]", "Region[Key]")
	w.relate("Access[Region]", "Region[Key]", "secure")
	w.measure("Sales", "Total", "SUM(Sales[Amount])")
	w.role("A", `Region: [Country] = "A"`)
	w.role("Not B", `Region: [Country] <> "B"`)
	w.role("A or blank", `Region: [Country] = "A" || ISBLANK([Key])`)
	w.role("Looked up", `Region: [Country] <> LOOKUPVALUE(Access[User], Access[Region], 8)`)
	w.role("Counted", `Region: [Key] IN SELECTCOLUMNS(FILTER(Region, Region[Key] < 5), "k", Region[Key]) || ISBLANK([Key])`)
	w.role("Access", `Access: [User] = USERNAME()`)
	w.role("Nothing", `Region: FALSE()`)
	strict, compat := w.openOn(t, src), w.openOn(t, src)
	compat.Secure(query.Compat)
	for _, tt := range []struct {
		role, user, strict, compat string
	}{
		{"A", "x", "North 1", "North 1"},
		{"Not B", "x", "North 1", "- 1100\nNorth 1"},
		{"A or blank", "x", "North 1", "- 1100\nNorth 1"},
		{"Looked up", "x", "North 1\nSouth 10", "- 1100\nNorth 1\nSouth 10"},
		{"Counted", "x", "North 1\nSouth 10", "North 1\nSouth 10"}, // not known without rows: hidden
		{"Access", "ann", "North 1", "North 1"},
		{"Access", "eve", "", "- 1100"}, // one dangling key of a security table opens them all
		{"Access", "zoe", "", ""},
		{"Nothing", "x", "", ""},
	} {
		v := as(tt.user, tt.role)
		if got := ask(t, strict, v, "Region[Name],[Total]"); got != tt.strict {
			t.Errorf("strict, as %s in %s:\n%s\nwant\n%s", tt.user, tt.role, got, tt.strict)
		}
		if got := ask(t, compat, v, "Region[Name],[Total]"); got != tt.compat {
			t.Errorf("compat, as %s in %s:\n%s\nwant\n%s", tt.user, tt.role, got, tt.compat)
		}
	}
}
