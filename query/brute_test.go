package query_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// The proof by brute force: what a viewer sees equals what an administrator sees of a copy
// from which the rows that the viewer may not see were deleted. Which rows those are is
// computed here, on plain Go values, without anything of the engine.

// net is a snowflake with a security table: Fact → Dim → Group, Fact → Kind, Access ↔ Dim.
var net = []struct{ from, fromCol, to, toCol string }{
	{"Fact", "Dim", "Dim", "Key"}, {"Dim", "Group", "Group", "Key"}, {"Fact", "Kind", "Kind", "Key"}, {"Access", "Dim", "Dim", "Key"},
}

var columns = map[string]string{
	"Fact":   "Id int, Dim int, Kind int, Amount int",
	"Dim":    "Key int, Group int, Name text",
	"Group":  "Key int, Name text",
	"Kind":   "Key int, Name text",
	"Access": "User text, Dim int",
}

func randomRows(t *rapid.T) map[string][][]any {
	name := rapid.SampledFrom([]any{"a", "b", "c", "", nil})
	number := func(most int) *rapid.Generator[any] {
		return rapid.Custom(func(t *rapid.T) any {
			if n := rapid.IntRange(-1, most).Draw(t, "n"); n >= 0 {
				return n
			}
			return nil
		})
	}
	rows := map[string][][]any{}
	for _, d := range []string{"Dim", "Group", "Kind"} {
		for key := range rapid.IntRange(0, 4).Draw(t, d) {
			row := []any{key, name.Draw(t, "name")}
			if d == "Dim" {
				row = []any{key, number(4).Draw(t, "group"), name.Draw(t, "name")}
			}
			rows[d] = append(rows[d], row)
		}
	}
	for id := range rapid.IntRange(0, 12).Draw(t, "facts") {
		rows["Fact"] = append(rows["Fact"], []any{id, number(5).Draw(t, "dim"), number(5).Draw(t, "kind"), number(9).Draw(t, "amount")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "access") {
		rows["Access"] = append(rows["Access"], []any{rapid.SampledFrom([]any{"ann", "bob", nil}).Draw(t, "user"), number(5).Draw(t, "dim")})
	}
	return rows
}

// rule is a row filter, said twice: in DAX and in Go.
type rule struct {
	table, text string
	keep        func(row []any) bool
}

func str(v any) string {
	if v == nil {
		return ""
	}
	return v.(string)
}

func num(v any) int {
	if v == nil {
		return 0
	}
	return v.(int)
}

func randomRule(t *rapid.T, said string) rule {
	table := rapid.SampledFrom([]string{"Dim", "Group", "Kind", "Fact", "Access"}).Draw(t, "table")
	if table == "Access" {
		return rule{table, "[User] = USERNAME()", func(r []any) bool { return str(r[0]) == "ann" }}
	}
	if table == "Fact" {
		n := rapid.IntRange(0, 9).Draw(t, "n")
		return rapid.SampledFrom([]rule{
			{table, fmt.Sprintf("[Amount] >= %d", n), func(r []any) bool { return num(r[3]) >= n }},
			{table, fmt.Sprintf("[Amount] * 2 - 1 < %d", n), func(r []any) bool { return num(r[3])*2-1 < n }},
			{table, fmt.Sprintf("NOT [Amount] = %d", n), func(r []any) bool { return num(r[3]) != n }},
			{table, "ISBLANK([Amount])", func(r []any) bool { return r[3] == nil }},
			{table, "NOT ISBLANK(CUSTOMDATA())", func([]any) bool { return said != "" }},
		}).Draw(t, "rule")
	}
	at := map[string]int{"Dim": 2, "Group": 1, "Kind": 1}[table]
	if rapid.Bool().Draw(t, "by data") {
		return dataRule(t, table, at, said)
	}
	s := rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "s")
	return rapid.SampledFrom([]rule{
		{table, fmt.Sprintf("[Name] = %q", s), func(r []any) bool { return str(r[at]) == s }},
		{table, fmt.Sprintf("[Name] <> %q", s), func(r []any) bool { return str(r[at]) != s }},
		{table, fmt.Sprintf("[Name] IN {%q, \"C\"} || [Key] = 1", s), func(r []any) bool { return (r[at] != nil && str(r[at]) == s) || str(r[at]) == "c" || num(r[0]) == 1 }},
		{table, fmt.Sprintf("IF([Key] > 1, [Name] == %q, TRUE())", s), func(r []any) bool {
			return num(r[0]) <= 1 || (r[at] != nil && r[at].(string) == s)
		}},
		{table, fmt.Sprintf("NOT(ISBLANK([Name])) && UPPER([Name]) = %q", strings.ToUpper(s)), func(r []any) bool {
			return r[at] != nil && str(r[at]) == s
		}},
		{table, "TRUE()", func([]any) bool { return true }},
		{table, "FALSE()", func([]any) bool { return false }},
	}).Draw(t, "rule")
}

// dataRule asks for the custom data of the viewer, which may be none, and the name at a place.
func dataRule(t *rapid.T, table string, at int, said string) rule {
	same := func(r []any) bool {
		return r[at] != nil && said != "" && str(r[at]) == said || r[at] == nil && said == ""
	}
	return rapid.SampledFrom([]rule{
		{table, "[Name] = CUSTOMDATA()", func(r []any) bool { return str(r[at]) == said }},
		{table, "[Name] == CUSTOMDATA()", same},
		{table, "[Name] IN {CUSTOMDATA()}", same},
		{table, "NOT ISBLANK(CUSTOMDATA()) && [Name] = CUSTOMDATA()", func(r []any) bool { return said != "" && str(r[at]) == said }},
		{table, `CUSTOMDATA() <> "" && NOT [Name] = CUSTOMDATA()`, func(r []any) bool { return said != "" && str(r[at]) != said }},
		{table, `CUSTOMDATA() == "" || [Name] = CUSTOMDATA()`, func(r []any) bool { return str(r[at]) == said }},
		{table, `BLANK() == CUSTOMDATA() || "" < CUSTOMDATA() && [Key] = 1`, func(r []any) bool { return said == "" || num(r[0]) == 1 }},
		{table, "VAR c = CUSTOMDATA() RETURN IF(ISBLANK(c), [Key] = 1, [Name] <> c)", func(r []any) bool {
			return said == "" && num(r[0]) == 1 || said != "" && str(r[at]) != said
		}},
	}).Draw(t, "rule")
}

// position is the place of a column in a table's rows.
func position(table, column string) int {
	for i, c := range strings.Split(columns[table], ", ") {
		if strings.Fields(c)[0] == column {
			return i
		}
	}
	panic(table + column)
}

// visible computes the rows that a set of rules leaves, table by table.
func visible(rows map[string][][]any, rules []rule, secure bool, mode query.Mode) map[string]map[int]bool {
	keep := map[string]map[int]bool{}
	restricted := map[string]bool{}
	for table := range columns {
		keep[table] = map[int]bool{}
		for i, row := range rows[table] {
			keep[table][i] = true
			for _, r := range rules {
				if r.table == table && !r.keep(row) {
					keep[table][i] = false
				}
			}
		}
		for _, r := range rules {
			restricted[table] = restricted[table] || (r.table == table && r.text != "TRUE()")
		}
	}
	at := func(table string, row []any, column string) any { return row[position(table, column)] }
	partner := func(table, column string, row []any, other, otherColumn string, only map[int]bool) bool {
		for j, p := range rows[other] {
			if (only == nil || only[j]) && at(table, row, column) != nil && at(table, row, column) == at(other, p, otherColumn) {
				return true
			}
		}
		return false
	}
	// blank is whether the blank row of a table is visible.
	blank := map[string]bool{}
	for table := range columns {
		blank[table] = mode == query.Compat
		for _, r := range rules {
			blank[table] = blank[table] && (r.table != table || r.keep(make([]any, 9)))
		}
	}
	// drop deletes rows of one side that have no kept partner on the other, restricted side.
	drop := func(table, column, other, otherColumn string) {
		if !restricted[other] {
			return
		}
		restricted[table] = true
		for i, row := range rows[table] {
			orphan := table != "Dim" || other != "Access" // which is the one relationship that is followed to its many side
			orphan = orphan && blank[other] && !partner(table, column, row, other, otherColumn, nil)
			keep[table][i] = keep[table][i] && (orphan || partner(table, column, row, other, otherColumn, keep[other]))
		}
	}
	// In the order in which filters travel: security never goes back the way it came.
	own := restricted["Access"]
	drop("Dim", "Group", "Group", "Key")
	blank["Dim"] = blank["Dim"] && blank["Group"]
	drop("Access", "Dim", "Dim", "Key")
	if secure && own {
		drop("Dim", "Key", "Access", "Dim")
		some := false
		for _, row := range rows["Access"] {
			own := true
			for _, r := range rules {
				own = own && (r.table != "Access" || r.keep(row))
			}
			some = some || (own && !partner("Access", "Dim", row, "Dim", "Key", nil))
		}
		blank["Dim"] = blank["Dim"] && some
	}
	drop("Fact", "Dim", "Dim", "Key")
	drop("Fact", "Kind", "Kind", "Key")
	return keep
}

func netWorld(rows map[string][][]any, secure bool) *world {
	w := newWorld()
	for _, t := range []string{"Fact", "Dim", "Group", "Kind", "Access"} {
		w.table(t, columns[t], rows[t]...)
	}
	for _, e := range net {
		opts := []string{}
		if e.from == "Access" && secure {
			opts = []string{"secure"}
		}
		w.relate(e.from+"["+e.fromCol+"]", e.to+"["+e.toCol+"]", opts...)
	}
	w.measure("Fact", "Sum", "SUM(Fact[Amount])")
	w.measure("Fact", "Rows", "COUNTROWS(Fact)")
	w.measure("Fact", "Kinds", "DISTINCTCOUNT(Fact[Kind])")
	w.measure("Fact", "Of a", `CALCULATE([Sum], Dim[Name] = "a")`)
	w.measure("Fact", "Share", "[Sum] / CALCULATE([Sum], ALL(Dim))")
	w.measure("Fact", "All", "CALCULATE([Rows], REMOVEFILTERS())")
	w.measure("Dim", "Dims", "COUNTROWS(Dim) + 0")
	w.measure("Group", "Max", "MAX(Group[Name])")
	return w
}

var questions = []string{
	"[Sum],[Rows],[Kinds]", "Dim[Name],[Sum],[Rows]", "Group[Name],Kind[Name],[Sum]", "Group[Name],[Of a]", "Dim[Key],[Share]",
	"Kind[Name],[All]", "[Dims],[Max]", "Dim[Name],[Dims]", "Group[Name],[Dims]", "Dim[Name]", "Fact[Id],Group[Name]", "Access[User]", "Group[Name],[Kinds],[All]", "Kind[Key],[Dims],[Rows]",
}

func TestViewerSeesWhatIsLeftAfterDeletion(t *testing.T) {
	onEach(t, testViewerSeesWhatIsLeftAfterDeletion)
}

func testViewerSeesWhatIsLeftAfterDeletion(t *testing.T, src opener) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := randomRows(rt)
		secure := rapid.Bool().Draw(rt, "secure")
		w := netWorld(rows, secure)
		mode := rapid.SampledFrom([]query.Mode{query.Strict, query.Compat}).Draw(rt, "mode")
		names, left := drawRoles(rt, w, rows, secure, mode)
		user := query.Viewer{Username: "ann", CustomData: w.said, Roles: names}
		mine := w.openOn(t, src)
		mine.Secure(mode)
		if rapid.Bool().Draw(rt, "large") {
			mine.Learn(large(w.m))
		}
		theirs := netWorld(left, secure).openOn(t, src)
		for range 5 {
			q := rapid.SampledFrom(questions).Draw(rt, "question")
			var where []model.Filter
			if rapid.Bool().Draw(rt, "filtered") {
				where = append(where, model.Filter{Column: model.ColumnRef{Table: rapid.SampledFrom([]string{"Dim", "Group", "Kind"}).Draw(rt, "filter on"), Column: "Name"},
					Op: rapid.SampledFrom([]model.Op{model.In, model.NotIn}).Draw(rt, "op"), Values: []dax.Value{dax.TextOf("A"), {}}})
			}
			got, want := ask(t, mine, user, q, where...), ask(t, theirs, everything, q, where...)
			if got != want {
				rt.Fatalf("%s %v in mode %d as %v %+v:\n%s\nwant\n%s\nrows %v\nleft %v", q, where, mode, names, w.m.Roles, got, want, rows, left)
			}
		}
	})
}

// drawRoles adds random roles to a world, and answers their names and the rows that they leave.
func drawRoles(rt *rapid.T, w *world, rows map[string][][]any, secure bool, mode query.Mode) (names []string, left map[string][][]any) {
	roles := rapid.IntRange(1, 2).Draw(rt, "roles")
	w.said = rapid.SampledFrom([]string{"a", "b", ""}).Draw(rt, "said")
	if secure {
		roles = 1
	}
	union := map[string]map[int]bool{}
	for i := range roles {
		var filters []string
		var rules []rule
		used := map[string]bool{}
		for range rapid.IntRange(0, 2).Draw(rt, "filters") {
			r := randomRule(rt, w.said)
			if used[r.table] {
				continue
			}
			used[r.table] = true
			rules = append(rules, r)
			filters = append(filters, r.table+": "+r.text)
		}
		names = append(names, fmt.Sprintf("R%d", i))
		w.role(names[i], filters...)
		for table, keep := range visible(rows, rules, secure, mode) {
			if union[table] == nil {
				union[table] = map[int]bool{}
			}
			for row, ok := range keep {
				union[table][row] = union[table][row] || ok
			}
		}
	}
	left = map[string][][]any{}
	for table, all := range rows {
		for i, row := range all {
			if union[table][i] {
				left[table] = append(left[table], row)
			}
		}
	}
	return names, left
}
