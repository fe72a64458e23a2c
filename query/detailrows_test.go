package query_test

import (
	"context"
	"strings"
	"testing"

	"inlay"
	"inlay/model"
	"inlay/query"
)

// TestDetailRows: a measure's detail rows, else those of its table, else the rows of the table, all
// under the filters as they are (detailrows-function-dax.md).
func TestDetailRows(t *testing.T) {
	onEach(t, func(t *testing.T, src opener) {
		w := staff()
		w.measure("Person", "Head", "COUNTROWS(Person)")
		w.measure("Person", "Top", "MAX(Person[Rank])")
		w.measure("Person", "Who", `COUNTROWS(FILTER(DETAILROWS([Mine]), [n] = USERPRINCIPALNAME()))`)
		w.measure("Person", "Mine", "1")
		w.measure("Person", "Round", "1")
		w.measure("Person", "Paid rows", "1")
		w.measure("Person", "Bad", "1")
		rows := func(name, x string) {
			m, _ := w.m.Measure(name)
			m.DetailRows = &model.Formula{Expression: x}
		}
		rows("Head", `SELECTCOLUMNS(Person, "who", Person[Name], "h", [Worked])`)
		rows("Mine", `ROW("n", USERPRINCIPALNAME())`)
		rows("Round", `DETAILROWS([Round])`)
		rows("Paid rows", `SELECTCOLUMNS(Person, "pay", Person[Salary])`)
		rows("Bad", `SELECTCOLUMNS(Person, "x", NOSUCH(1))`)
		w.m.Table("Person").DetailRows = &model.Formula{Expression: "SUMMARIZE(Person, Person[Team])"}
		e := w.openOn(t, src)
		a := as("ann@example.com", "Team A")
		for _, c := range []struct {
			v       query.Viewer
			q, want string
		}{
			{everything, `DETAILROWS([Head]) ORDER BY [h]`, "[who],[h]\nCid 4\nCid 5\nBob 6\nAnn 15\n"},
			{everything, `CALCULATETABLE(DETAILROWS([Head]), Person[Team] = "B") ORDER BY [h]`, "[who],[h]\nCid 4\nCid 5\n"},
			{everything, `FILTER(DETAILROWS([Head]), [h] > 6)`, "[who],[h]\nAnn 15\n"},
			{everything, `DETAILROWS([Top]) ORDER BY Person[Team]`, "Person[Team]\nA\nB\n"},
			{everything, `ROW("n", CALCULATE(COUNTROWS(Hours), DETAILROWS([Top])))`, "[n]\n5\n"},
			{everything, `ROW("n", COUNTROWS(DETAILROWS([Worked])))`, "[n]\n5\n"},
			{everything, `SUMMARIZECOLUMNS(Person[Team], "n", COUNTROWS(DETAILROWS([Head]))) ORDER BY Person[Team]`, "Person[Team],[n]\nA 2\nB 2\n"},
			{everything, `ADDCOLUMNS(VALUES(Person[Team]), "n", COUNTROWS(CALCULATETABLE(DETAILROWS([Head])))) ORDER BY Person[Team]`, "Person[Team],[n]\nA 2\nB 2\n"},
			{a, `DETAILROWS([Head]) ORDER BY [h]`, "[who],[h]\nBob 6\nAnn 15\n"},
			{a, `DETAILROWS([Top])`, "Person[Team]\nA\n"},
			{a, `DETAILROWS([Mine])`, "[n]\nann@example.com\n"},
		} {
			if got := daxText(t, e, c.v, "EVALUATE "+c.q); got != c.want {
				t.Errorf("%s: %q, want %q", c.q, got, c.want)
			}
		}
		for q, want := range map[string]struct {
			kind inlay.Kind
			text string
		}{
			`DETAILROWS([Round])`: {inlay.Invalid, "refer to themselves"},
			`DETAILROWS([Bad])`:   {inlay.Invalid, "there is no function NOSUCH"},
			`DETAILROWS(Person)`:  {inlay.Invalid, "DETAILROWS takes a measure"},
			`ADDCOLUMNS(VALUES(Person[Team]), "n", COUNTROWS(DETAILROWS([Head])))`: {inlay.Unsupported, "CALCULATETABLE makes a filter of the row"},
		} {
			if _, err := e.Evaluate(context.Background(), everything, "EVALUATE "+q); inlay.KindOf(err) != want.kind || !strings.Contains(err.Error(), want.text) {
				t.Errorf("%s: %v", q, err)
			}
		}
		// Who may not know the salaries learns no name of them, and no rows without them.
		if got := daxText(t, e, as("x", "Pay"), "EVALUATE DETAILROWS([Paid rows])"); strings.Contains(got, "Salary") || !strings.Contains(got, "cannot be shown") {
			t.Error(got)
		}
		if got := daxText(t, e, as("x", "Pay"), "EVALUATE DETAILROWS([Head]) ORDER BY [h]"); !strings.Contains(got, "Ann 15") {
			t.Error(got)
		}
	})
}

// TestDetailRowsAreNotShared: an answer that asks who the viewer is in its detail rows is kept for
// that viewer alone.
func TestDetailRowsAreNotShared(t *testing.T) {
	w := staff()
	w.measure("Person", "Mine", "1")
	m, _ := w.m.Measure("Mine")
	m.DetailRows = &model.Formula{Expression: `ROW("n", USERPRINCIPALNAME())`}
	e, _ := kept(t, w, 1<<20)
	for _, name := range []string{"ann@example.com", "bob@example.com", "ann@example.com"} {
		if got := daxText(t, e, as(name, "All"), "EVALUATE DETAILROWS([Mine])"); got != "[n]\n"+name+"\n" {
			t.Errorf("%s: %s", name, got)
		}
	}
}
