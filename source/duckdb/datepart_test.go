package duckdb

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay/model"
	"inlay/query"
)

// TestJoinOnDatePart: a relationship that compares dates finds the day of a moment, for filters,
// for lookups and for what a role may see; it goes by the name that the definition gives it.
func TestJoinOnDatePart(t *testing.T) {
	for _, cut := range []bool{true, false} {
		m := &model.Model{
			Tables: []*model.Table{
				tableOf("Sales", `#table(type table [At = datetime, Sent = datetime, Units = Int64.Type], {{#datetime(2026, 1, 5, 0, 0, 0), #datetime(2026, 1, 6, 8, 0, 0), 1},
					{#datetime(2026, 1, 5, 23, 59, 59), #datetime(2026, 1, 5, 12, 0, 0), 2}, {#datetime(2026, 1, 6, 12, 30, 0), null, 4}, {#datetime(1901, 5, 4, 18, 0, 0), null, 8}, {null, null, 16}})`,
					"At date", "Sent date", "Units int"),
				tableOf("Day", `#table(type table [Date = date, Name = text], {{#date(2026, 1, 5), "Mon"}, {#date(2026, 1, 6), "Tue"}, {#date(1901, 5, 4), "Sat"}})`, "Date date", "Name text"),
			},
			Relationships: []model.Relationship{
				{Name: "r", From: model.ColumnRef{Table: "Sales", Column: "At"}, To: model.ColumnRef{Table: "Day", Column: "Date"}, ToEnd: model.One, DatePart: cut},
				{Name: "s", From: model.ColumnRef{Table: "Sales", Column: "Sent"}, To: model.ColumnRef{Table: "Day", Column: "Date"}, ToEnd: model.One, DatePart: cut, Inactive: true},
			},
			Roles: []model.Role{{Name: "Mondays", Permissions: []model.Permission{{Table: "Day", Filter: `[Name] = "Mon"`}}}},
		}
		m.CutTimes()
		m.CutTimes() // a second time changes nothing
		calculate(m, `Sales[Looked] text = RELATED(Day[Name])`)
		db, _, err := refreshed(t, t.TempDir(), m)
		if err != nil {
			t.Fatal(err)
		}
		e, err := query.New(m, db)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(v query.Viewer, dax string) string {
			res, err := e.Evaluate(t.Context(), v, dax)
			if err != nil {
				t.Fatalf("%s: %v", dax, err)
			}
			return fmt.Sprint(texts(res[0].Rows))
		}
		all, monday := query.Viewer{Unrestricted: true}, query.Viewer{Username: "ann", Roles: []string{"Mondays"}}
		got := []string{
			ask(all, `EVALUATE SUMMARIZECOLUMNS(Day[Name], "u", SUM(Sales[Units])) ORDER BY Day[Name]`),
			ask(all, `EVALUATE SUMMARIZECOLUMNS(Sales[Looked], "u", SUM(Sales[Units])) ORDER BY Sales[Looked]`),
			ask(all, `EVALUATE SUMMARIZECOLUMNS(Day[Name], "u", CALCULATE(SUM(Sales[Units]), USERELATIONSHIP(Sales[Sent], Day[Date]))) ORDER BY Day[Name]`),
			ask(monday, `EVALUATE ROW("u", SUM(Sales[Units]))`),
		}
		want := []string{"[[- 16] [Mon 3] [Sat 8] [Tue 4]]", "[[- 16] [Mon 3] [Sat 8] [Tue 4]]", "[[- 28] [Mon 2] [Tue 1]]", "[[3]]"}
		if !cut { // by the moment, as the definition says then: times have no day
			want = []string{"[[- 30] [Mon 1]]", "[[- 30] [Mon 1]]", "[[- 31]]", "[[1]]"}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("cut %v: %s", cut, diff)
		}
	}
}
