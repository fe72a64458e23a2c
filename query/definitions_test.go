package query_test

import (
	"strings"
	"testing"

	"inlay/dax/fn"
	"inlay/model"
)

// Under a role that hides objects no table tells of the model, whose detail rows, format strings and
// goals of KPIs may name what is hidden.
func TestHiddenNamesAreInNoDefinition(t *testing.T) {
	w := staff()
	worked := w.m.Table("Hours").Measures[0]
	worked.DetailRows = &model.Formula{Expression: "SELECTCOLUMNS(Person, \"s\", Person[Salary])"}
	worked.FormatBy = "IF(SUM(Person[Salary]) > 0, \"0\", \"0.0\")"
	worked.KPI = &model.KPI{Goal: "_Worked Goal", Status: "_Worked Status"}
	w.m.Table("Hours").Measures = append(w.m.Table("Hours").Measures,
		&model.Measure{Name: "_Worked Goal", Expression: "SUM(Person[Salary])", Hidden: true, PartOf: "Worked"},
		&model.Measure{Name: "_Worked Status", Expression: "SUM(Grade[Bonus])", Hidden: true, PartOf: "Worked"})
	w.m.Table("Person").DetailRows = &model.Formula{Expression: "VALUES(Person[Salary])"}
	e := w.open(t)
	asked := 0
	for _, f := range fn.All() {
		name := f.Name
		if !strings.HasPrefix(name, "INFO.") {
			continue
		}
		got, err := inform(t, e, as("x", "Pay"), "EVALUATE "+name+"()")
		asked++
		if err == nil {
			t.Errorf("%s is told where a role hides objects:\n%s", name, got)
			continue
		}
		for _, hidden := range []string{"Salary", "Bonus", "Grade"} {
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("%s tells of %s: %v", name, hidden, err)
			}
		}
	}
	if asked < 40 {
		t.Errorf("only %d tables were asked for", asked)
	}
}
