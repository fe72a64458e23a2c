package query_test

import (
	"context"
	"strings"
	"testing"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// staff is a shop whose roles hide tables and columns: the salaries, the key of people, and a
// table of grades.
func staff() *world {
	w := newWorld()
	w.table("Person", "Id int, Name text, Rank int, Salary int, Team text",
		[]any{1, "Ann", 3, 100, "A"}, []any{2, "Bob", 1, 200, "A"}, []any{3, "Cid", 2, 400, "B"}, []any{4, "Cid", 2, 800, "B"})
	w.m.Table("Person").Column("Name").SortBy = "Rank"
	w.table("Hours", "Person int, Day int, Worked int", []any{1, 1, 8}, []any{1, 2, 7}, []any{2, 1, 6}, []any{3, 1, 5}, []any{4, 1, 4})
	w.table("Grade", "Rank int, Bonus int", []any{1, 10}, []any{2, 20}, []any{3, 30})
	w.relate("Hours[Person]", "Person[Id]")
	w.measure("Hours", "Worked", "SUM(Hours[Worked])")
	w.measure("Hours", "Paid", "SUM(Person[Salary])")
	w.measure("Hours", "Paid twice", "2 * [Paid]")
	w.measure("Hours", "Bonus", "SUM(Grade[Bonus])")
	w.measure("Hours", "Each", "SUMX(Person, [Worked] * [Worked])")
	w.measure("Hours", "Kept", "CALCULATE([Worked], FILTER(Person, Person[Team] = \"B\"))")
	w.measure("Hours", "Own salary", "SUMX(Person, [Salary])")
	w.measure("Grade", "Ranks", "3")
	hide := func(name, filter string, permissions ...model.Permission) {
		w.role(name)
		r := &w.m.Roles[len(w.m.Roles)-1]
		if filter != "" {
			permissions[0].Filter = filter
		}
		r.Permissions = permissions
	}
	none := func(table string, columns ...string) model.Permission {
		p := model.Permission{Table: table}
		if len(columns) == 0 {
			p.Metadata = "none"
		}
		for _, c := range columns {
			p.Columns = append(p.Columns, model.ColumnPermission{Column: c, Metadata: "none"})
		}
		return p
	}
	hide("Pay", "", none("Person", "Salary"), none("Grade"))
	hide("Keys", "", none("Person", "Id", "Rank"), none("Hours", "Person"))
	hide("Few", "[Salary] < 300", none("Person", "Salary"), none("Grade"))
	hide("Chain", "", none("Person"))
	hide("Typo", "", none("Person", "Salry"))
	hide("Odd", "", model.Permission{Table: "Person", Metadata: "maybe"})
	hide("Broken", "NOSUCH(Person[Salary]) = 1", none("Person", "Salary"))
	w.role("Team A", `Person: [Team] = "A"`)
	w.role("All")
	return w
}

func daxText(t *testing.T, e *query.Engine, v query.Viewer, text string) string {
	t.Helper()
	list, err := e.Evaluate(context.Background(), v, text)
	if err != nil {
		return "error: " + err.Error()
	}
	var b strings.Builder
	for _, res := range list {
		var names []string
		for _, c := range res.Columns {
			names = append(names, c.Name)
		}
		b.WriteString(strings.Join(names, ",") + "\n")
		for _, row := range res.Rows {
			var cells []string
			for _, v := range row {
				cells = append(cells, cell(v))
			}
			b.WriteString(strings.Join(cells, " ") + "\n")
		}
	}
	return b.String()
}

func TestHiddenObjectsDoNotExist(t *testing.T) { onEach(t, testHiddenObjectsDoNotExist) }

func testHiddenObjectsDoNotExist(t *testing.T, src opener) {
	e := staff().openOn(t, src)
	v := as("x", "Pay")
	// Each text asks with a hidden name in the place of @, and with one that nothing has.
	tests := []struct{ text, hidden string }{
		{"EVALUATE ROW(\"x\", SUM(Person[@]))", "Salary"},
		{"EVALUATE VALUES(Person[@])", "Salary"},
		{"EVALUATE @", "Grade"},
		{"EVALUATE '@'", "Grade"},
		{"EVALUATE ROW(\"x\", COUNTROWS(@))", "Grade"},
		{"EVALUATE ROW(\"x\", COUNTROWS(ALL(@)))", "Grade"},
		{"EVALUATE FILTER(Person, [@] > 1)", "Salary"},
		{"EVALUATE FILTER(Person, Person[@] > 1)", "Salary"},
		{"EVALUATE SUMMARIZECOLUMNS(Person[Name], \"x\", [@])", "Paid"},
		{"EVALUATE SUMMARIZECOLUMNS(Person[Name], \"x\", [@])", "Paid twice"},
		{"EVALUATE SUMMARIZECOLUMNS(Person[Name], \"x\", [@])", "Own salary"},
		{"EVALUATE SUMMARIZECOLUMNS(Person[Name], \"x\", [@])", "Ranks"},
		{"EVALUATE SUMMARIZECOLUMNS(Person[@], \"x\", [Worked])", "Salary"},
		{"EVALUATE SUMMARIZECOLUMNS(Person[Name], TREATAS({1}, Person[@]), \"x\", [Worked])", "Salary"},
		{"EVALUATE SUMMARIZECOLUMNS(@[Rank], \"x\", [Worked])", "Grade"},
		{"DEFINE MEASURE Person[m] = SUM(Person[@]) EVALUATE ROW(\"x\", [m])", "Salary"},
		{"DEFINE MEASURE @[m] = 1 EVALUATE ROW(\"x\", [m])", "Grade"},
		{"DEFINE COLUMN Person[m] = Person[@] EVALUATE Person", "Salary"},
		{"DEFINE COLUMN Person[m] = IF(Person[Id] > 1, Person[@], 0) EVALUATE Person", "Salary"},
		{"DEFINE COLUMN @[m] = 1 EVALUATE ROW(\"x\", 1)", "Grade"},
		{"DEFINE VAR q = SUM(Person[@]) MEASURE Person[m] = q EVALUATE ROW(\"x\", [m])", "Salary"},
		{"DEFINE TABLE q = SELECTCOLUMNS(Person, \"s\", Person[@]) EVALUATE q", "Salary"},
		{"DEFINE VAR q = @ EVALUATE q", "Grade"},
		{"EVALUATE Person ORDER BY Person[@]", "Salary"},
		{"EVALUATE ROW(\"x\", LOOKUPVALUE(Person[@], Person[Id], 1))", "Salary"},
		{"EVALUATE ROW(\"x\", LOOKUPVALUE(Person[Name], Person[@], 100))", "Salary"},
		{"EVALUATE ROW(\"x\", CALCULATE([Worked], Person[@] = 100))", "Salary"},
		{"EVALUATE ROW(\"x\", CALCULATE([Worked], ALL(Person[@])))", "Salary"},
		{"EVALUATE ROW(\"x\", CALCULATE([Worked], ALLEXCEPT(Person, Person[@])))", "Salary"},
		{"EVALUATE ROW(\"x\", CALCULATE([Worked], REMOVEFILTERS(@)))", "Grade"},
		{"EVALUATE ROW(\"x\", CALCULATE([Worked], USERELATIONSHIP(Hours[Person], Person[@])))", "Salary"},
		{"EVALUATE ROW(\"x\", SUMX(Hours, RELATED(Person[@])))", "Salary"},
		{"EVALUATE ROW(\"x\", ISFILTERED(Person[@]))", "Salary"},
		{"EVALUATE ROW(\"x\", ISBLANK(SELECTEDVALUE(Person[@])))", "Salary"},
		{"EVALUATE ROW(\"x\", IFERROR(SUM(Person[@]), 0))", "Salary"},
		{"EVALUATE GENERATE(VALUES(Person[Team]), @)", "Grade"},
		{"EVALUATE TOPN(1, Person, Person[@])", "Salary"},
		{"EVALUATE ROW(\"x\", NAMEOF(Person[@]))", "Salary"},
		{"EVALUATE DISTINCT(Person[@])", "Salary"},
		{"EVALUATE GROUPBY(Person, Person[@])", "Salary"},
		{"EVALUATE SUMMARIZE(Person, Person[@])", "Salary"},
	}
	for _, tt := range tests {
		ask := func(name string) string {
			return strings.ReplaceAll(daxText(t, e, v, strings.ReplaceAll(tt.text, "@", name)), name, "@")
		}
		// The length of a name is in places and carets; the invented one has the same.
		none := strings.Repeat("Q", len(tt.hidden))
		if strings.Contains(tt.hidden, " ") {
			none = none[:len(none)-2] + " Q"
		}
		if got, want := ask(tt.hidden), ask(none); got != want || !strings.HasPrefix(got, "error: ") && !strings.HasPrefix(tt.text, "DEFINE MEASURE @") {
			t.Errorf("%s with %s:\n%s\nand with a name that does not exist:\n%s", tt.text, tt.hidden, got, want)
		}
	}
	// A column of the query may have the name of a hidden one, and is not that.
	if got := daxText(t, e, v, "DEFINE COLUMN Person[Salary] = Person[Id] * 0 EVALUATE ROW(\"x\", MAX(Person[Salary]))"); !strings.HasSuffix(got, "x\n0\n") && !strings.HasSuffix(got, "[x]\n0\n") {
		t.Errorf("a column of the name of a hidden one: %s", got)
	}
	if got := daxText(t, e, query.Viewer{Unrestricted: true}, "EVALUATE ROW(\"x\", [Paid] + [Bonus] + [Ranks])"); got != "[x]\n1563\n" && got != "x\n1563\n" {
		t.Errorf("who sees everything: %s", got)
	}
}

// Questions of visuals: groups, values, filters, orders.
func TestHiddenObjectsInQuestions(t *testing.T) { onEach(t, testHiddenObjectsInQuestions) }

func testHiddenObjectsInQuestions(t *testing.T, src opener) {
	e := staff().openOn(t, src)
	ref := func(name string) model.ColumnRef { return model.ColumnRef{Table: "Person", Column: name} }
	questions := map[string]func(name string) model.Query{
		"group": func(n string) model.Query { return model.Query{Groups: []model.ColumnRef{ref(n)}} },
		"value": func(n string) model.Query { return model.Query{Values: []model.Value{{Name: "x", Column: ref(n)}}} },
		"measure": func(n string) model.Query {
			return parseQuery("Person[Name],[" + strings.Replace(n, "Salary", "Bonus", 1) + "]")
		},
		"filter": func(n string) model.Query {
			return parseQuery("[Worked]", model.Filter{Column: ref(n), Op: model.Greater, Values: []dax.Value{dax.IntOf(1)}})
		},
		"order": func(n string) model.Query {
			q := parseQuery("Person[Name],[Worked]")
			q.Order = []model.Order{{Group: ref(n)}}
			return q
		},
	}
	for what, q := range questions {
		text := func(name string) string {
			_, err := e.Ask(context.Background(), as("x", "Pay"), q(name))
			if err == nil {
				return "answered"
			}
			return strings.NewReplacer(name, "@", "Bonus", "@").Replace(err.Error())
		}
		if got, want := text("Salary"), text("Qalary"); got != want || got == "answered" {
			t.Errorf("%s: %s, for a name that does not exist: %s", what, got, want)
		}
	}
}

func TestWhatIsLeftOfATable(t *testing.T) { onEach(t, testWhatIsLeftOfATable) }

func testWhatIsLeftOfATable(t *testing.T, src opener) {
	e := staff().openOn(t, src)
	for _, tt := range []struct{ role, text, want string }{
		{"Pay", "EVALUATE Person ORDER BY Person[Id]", "Person[Id],Person[Name],Person[Rank],Person[Team]\n1 Ann 3 A\n2 Bob 1 A\n3 Cid 2 B\n4 Cid 2 B\n"},
		{"Keys", "EVALUATE FILTER(Person, TRUE()) ORDER BY Person[Salary]", "Person[Name],Person[Salary],Person[Team]\nAnn 100 A\nBob 200 A\nCid 400 B\nCid 800 B\n"},
		{"Keys", "EVALUATE ADDCOLUMNS(SELECTCOLUMNS(FILTER(Person, Person[Salary] > 300), Person[Name]), \"n\", 1)", "Person[Name],[n]\nCid 1\nCid 1\n"},
		{"Keys", "EVALUATE UNION(Hours, Hours) ORDER BY Hours[Worked] DESC START AT 7", "Hours[Day],Hours[Worked]\n2 7\n2 7\n1 6\n1 6\n1 5\n1 5\n1 4\n1 4\n"},
		{"Keys", "EVALUATE SUMMARIZECOLUMNS(Person[Team], \"w\", [Worked]) ORDER BY Person[Team]", "Person[Team],[w]\nA 21\nB 9\n"},
		{"Keys", "EVALUATE ROW(\"x\", [Each], \"y\", [Kept])", "[x],[y]\n302 9\n"},
		{"Keys", "EVALUATE ROW(\"x\", COUNTROWS(DISTINCT(SELECTCOLUMNS(Person, \"n\", Person[Name]))))", "[x]\n3\n"},
		{"Few", "EVALUATE ROW(\"x\", [Worked], \"y\", COUNTROWS(ALL(Person)))", "[x],[y]\n21 2\n"},
	} {
		if got := daxText(t, e, as("x", tt.role), tt.text); got != tt.want {
			t.Errorf("%s as %s:\n%s\nwant\n%s", tt.text, tt.role, got, tt.want)
		}
	}
	// People with one name and different keys stay two, and the hidden rank orders the names.
	if got, want := ask(t, e, as("x", "Keys"), "Person[Name],[Worked]"), "Bob 6\nCid 9\nAnn 15"; got != want {
		t.Errorf("ordered by a hidden column:\n%s\nwant\n%s", got, want)
	}
}

func TestRolesThatHide(t *testing.T) {
	e := staff().open(t)
	for _, tt := range []struct {
		roles []string
		want  string
	}{
		{[]string{"Pay"}, "error: the model has no measure [Paid]"},
		{[]string{"Keys"}, "1500"},
		{[]string{"Pay", "Keys"}, "1500"},
		{[]string{"Pay", "All"}, "1500"},
		{[]string{"Pay", "Team A"}, `error: role "Team A", which filters rows, and role "Pay", which hides objects, cannot be combined`},
		{[]string{"Few", "Pay"}, `error: role "Few", which filters rows, and role "Pay", which hides objects, cannot be combined`},
		{[]string{"Chain"}, "error: "},
		{[]string{"Typo"}, `error: role "Typo" hides a column that the model does not have, so no rows are visible`},
		{[]string{"Odd"}, `error: role "Odd" has the metadataPermission "maybe", so no rows are visible`},
		{[]string{"Broken"}, `error: the model has no measure [Paid]`},
	} {
		if got := ask(t, e, as("x", tt.roles...), "[Paid]"); got != tt.want && !(strings.HasSuffix(tt.want, ": ") && strings.HasPrefix(got, tt.want)) {
			t.Errorf("as %v: %s, want %s", tt.roles, got, tt.want)
		}
	}
	if got, want := ask(t, e, as("x", "Broken"), "[Worked]"), `error: role "Broken" cannot be applied for this identity, so no rows are visible`; got != want {
		t.Errorf("a filter that cannot be used: %s, want %s", got, want)
	}
}

// The model as a viewer may know it names nothing that is hidden.
func TestVisibleModel(t *testing.T) {
	e := staff().open(t)
	m, err := e.Visible(as("x", "Pay"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Table("Grade") != nil || m.Table("Person").Column("Salary") != nil || m.Table("Person").Column("Name") == nil || len(m.Roles) != 0 {
		t.Errorf("tables %v, columns %v", m.Tables, m.Table("Person").Columns)
	}
	for _, name := range []string{"Paid", "Paid twice", "Own salary", "Bonus", "Ranks"} {
		if x, _ := m.Measure(name); x != nil {
			t.Errorf("[%s] is visible", name)
		}
	}
	if keys, err := e.Visible(as("x", "Keys")); err != nil || len(keys.Relationships) != 0 {
		t.Errorf("relationships over hidden columns: %v, %v", keys.Relationships, err)
	}
	if all, err := e.Visible(query.Viewer{Unrestricted: true}); err != nil || all != e.Model() {
		t.Errorf("who sees everything: %v, %v", all, err)
	}
	for _, n := range e.Unsupported() {
		if strings.Contains(n.What, `"Pay"`) || strings.Contains(n.What, `"Keys"`) || strings.Contains(n.What, `"Few"`) {
			t.Errorf("listed as unsupported: %s", n.What)
		}
	}
}

// Answers are not shared between viewers who may name different things.
func TestHiddenObjectsInTheCache(t *testing.T) {
	e := staff().open(t)
	e.Share(query.NewCache(1<<20), "v1")
	for range 2 {
		for _, tt := range []struct{ role, want string }{{"All", "Person[Id],Person[Name],Person[Rank],Person[Salary],Person[Team]\n"}, {"Pay", "Person[Id],Person[Name],Person[Rank],Person[Team]\n"}, {"Keys", "Person[Name],Person[Salary],Person[Team]\n"}} {
			if got := daxText(t, e, as("x", tt.role), "EVALUATE Person"); !strings.HasPrefix(got, tt.want) {
				t.Errorf("as %s: %s", tt.role, got)
			}
		}
	}
}

// A measure that names a hidden column without its table is gone, whichever visible columns have
// that name, too, and one that names a visible column so is not.
func TestHiddenColumnsWithoutTheirTable(t *testing.T) {
	w := newWorld()
	w.table("Person", "Id int, Salary int", []any{1, 100}, []any{2, 200})
	w.table("Grade", "Key int, Salary int", []any{1, 5})
	w.measure("Person", "Hidden", "SUMX(Person, [Salary])")
	w.measure("Person", "Held", "SUMX(FILTER(Person, Person[Id] > 0), VAR s = [Salary] RETURN s)")
	w.measure("Person", "Shown", "SUMX(Grade, [Salary])")
	w.role("Pay")
	w.m.Roles[0].Permissions = []model.Permission{{Table: "Person", Columns: []model.ColumnPermission{{Column: "Salary", Metadata: "none"}}}}
	e := w.open(t)
	for _, name := range []string{"Hidden", "Held"} {
		none := daxText(t, e, as("x", "Pay"), "EVALUATE {["+strings.Repeat("Q", len(name))+"]}")
		got := daxText(t, e, as("x", "Pay"), "EVALUATE {["+name+"]}")
		if want := strings.ReplaceAll(none, strings.Repeat("Q", len(name)), name); got != want {
			t.Errorf("[%s]: %s, want %s", name, got, want)
		}
	}
	if got := daxText(t, e, as("x", "Pay"), "EVALUATE {[Shown]}"); got != "[Value]\n5\n" {
		t.Errorf("a measure of a visible column: %s", got)
	}
}
