package query_test

import (
	"context"
	"testing"

	"inlay/model"
	"inlay/query"
)

// TestConstantRoleFilters: a role filter that names no column lets all rows pass or none.
func TestConstantRoleFilters(t *testing.T) {
	filters := map[string]bool{
		"TRUE()": true, "FALSE()": false, "1=1": true, "1 = 2": false, "NOW() > 0": true, "NOW() < 0": false, "TODAY() >= DATE(2020, 1, 1)": true,
		"UTCNOW() > DATE(9000, 1, 1)": false, "1": true, "0": false, "BLANK()": false, "NOT TRUE()": false, `"a" = "A"`: true,
		"VAR x = NOW() RETURN x > 0": true, "RAND() >= 0": true, "RANDBETWEEN(1, 2) > 2": false, `USERNAME() = "ann"`: true, "TRUE": true,
		"IF(NOW() > 0, TRUE(), FALSE())": true, "AND(NOW() > 0, 1 = 2)": false, "NOW() > 0 || [Id] = 1": true, "[Id] = 1 && NOW() < 0": false,
		"COUNTROWS(Sales) > 0": true, "COUNTROWS(FILTER(Sales, Sales[Id] > 5)) > 0": false, "NOW()": true, "1.5": true,
		"HASONEVALUE(Sales[Id])": false, "ISBLANK(CUSTOMDATA())": true, "1 IN {1, 2}": true, "NOT 3 IN {1, 2}": true, "TODAY() IN {DATE(2020, 1, 1)}": false,
	}
	w := newWorld()
	w.table("Sales", "Id int, Note text", []any{1, "a"}, []any{2, nil})
	for f := range filters {
		w.role(f, "Sales: "+f)
	}
	onEach(t, func(t *testing.T, src opener) {
		e := w.openOn(t, src)
		for f, all := range filters {
			v := query.Viewer{Username: "ann", Roles: []string{f}}
			rows, err := e.Evaluate(context.Background(), v, "EVALUATE Sales")
			if err != nil {
				t.Errorf("%s: %v", f, err)
				continue
			}
			if got := len(rows[0].Rows); got != map[bool]int{true: 2}[all] {
				t.Errorf("%s shows %d rows", f, got)
			}
			res, err := e.Ask(context.Background(), v, model.Query{Groups: []model.ColumnRef{{Table: "Sales", Column: "Id"}}})
			if err != nil || len(res.Rows) != map[bool]int{true: 2}[all] {
				t.Errorf("%s: asked, %v %v", f, res.Rows, err)
			}
		}
		for _, n := range e.Unsupported() {
			t.Error(n)
		}
	})
}
