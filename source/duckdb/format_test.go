package duckdb

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// TestFormatOf: a format string that depends on filters is that of each value and of the total, and
// adds no row where the measure has none.
func TestFormatOf(t *testing.T) {
	m := shop()
	m.Tables[0].Measures = append(m.Tables[0].Measures,
		&model.Measure{Name: "Big", Expression: "SUM(Sales[Units])", FormatBy: "VAR big = [Total] > 4\nRETURN IF(big, \"#,0.0\", \"0\") // by size"},
		&model.Measure{Name: "Odd", Expression: "SUM(Sales[Units])", FormatBy: "NOSUCH(Sales)"})
	db, _, err := refreshed(t, t.TempDir(), m)
	if err != nil {
		t.Fatal(err)
	}
	e, err := query.New(m, db)
	if err != nil {
		t.Fatal(err)
	}
	for _, measure := range []string{"Big", "Total"} { // with one that is not blank in every row of the other's
		res, err := e.Ask(t.Context(), query.Viewer{Unrestricted: true}, model.Query{
			Groups: []model.ColumnRef{{Table: "Product", Column: "Name"}}, Total: true,
			Values: []model.Value{{Name: "v", Measure: measure}, {Name: "f", Measure: "Big", FormatOf: true}},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(texts(res.Rows), texts([][]dax.Value{res.Total}))
		if diff := cmp.Diff("[[- 1 0] [Apple 4 0] [Bread 5 #,0.0]] [[10 #,0.0]]", got); diff != "" {
			t.Errorf("%s: %s", measure, diff)
		}
	}
	_, err = e.Ask(t.Context(), query.Viewer{Unrestricted: true}, model.Query{Values: []model.Value{{Name: "v", Measure: "Odd"}, {Name: "f", Measure: "Odd", FormatOf: true}}})
	if err == nil {
		t.Error("a format string that cannot be computed was")
	}
	var said []string
	for _, n := range e.Unsupported() {
		said = append(said, n.What)
	}
	if diff := cmp.Diff([]string{"the format string of measure [Odd]: line 1, column 1: there is no function NOSUCH; its values are shown without it"}, said); diff != "" {
		t.Error(diff)
	}
}
