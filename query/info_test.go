package query_test

import (
	"context"
	"strings"
	"testing"

	"inlay"
	"inlay/model"
	"inlay/query"
)

// inform evaluates a query and gives its rows as text.
func inform(t *testing.T, e *query.Engine, v query.Viewer, q string) (string, error) {
	t.Helper()
	res, err := e.Evaluate(context.Background(), v, q)
	if err != nil {
		return "", err
	}
	return text(res[0]), nil
}

// described is a model with something of each kind.
func described() *world {
	w := newWorld()
	w.table("Region", "Key int, Name text", []any{1, "West"}, []any{2, "East"})
	w.table("Sales", "Region int, Amount int", []any{1, 10}, []any{2, 40})
	w.relate("Sales[Region]", "Region[Key]")
	w.measure("Sales", "Total", "SUM(Sales[Amount])")
	w.measure("Sales", "Roles", "COUNTROWS(INFO.ROLES())")
	w.role("West", `Region: [Name] = "West"`)
	w.role("All")
	return w
}

// TestInfo holds that the tables of the definition fit together by their ids.
func TestInfo(t *testing.T) {
	e := described().open(t)
	for q, want := range map[string]string{
		`ROW("n", COUNTROWS(INFO.TABLES()))`:                                                           "2",
		`ROW("n", COUNTROWS(INFO.COLUMNS()))`:                                                          "6",
		`ROW("n", COUNTROWS(FILTER(INFO.COLUMNS(), [Type] = 3)))`:                                      "2",
		`ROW("n", COUNTROWS(INFO.VIEW.COLUMNS()))`:                                                     "6",
		`ROW("n", COUNTROWS(FILTER(INFO.VIEW.COLUMNS(), [DataCategory] = "RowNumber" && [IsHidden])))`: "2",
		`ROW("n", COUNTROWS(INFO.HIERARCHIES()))`:                                                      "-",
		`SELECTCOLUMNS(INFO.TABLEPERMISSIONS(), "f", [FilterExpression])`:                              `[Name] = "West"`,
		`SELECTCOLUMNS(INFO.MEASURES("Name", "total"), "x", [Expression])`:                             "SUM(Sales[Amount])",
		`SELECTCOLUMNS(NATURALINNERJOIN(SELECTCOLUMNS(INFO.TABLES(), "t", [ID] + 0, "Table", [Name]), SELECTCOLUMNS(INFO.MEASURES("Name", "Total"), "t", [TableID] + 0)), "Table", [Table])`: "Sales",
		`SELECTCOLUMNS(INFO.VIEW.RELATIONSHIPS(), "a", [FromTable] & [FromCardinality] & [ToTable] & [ToCardinality])`:                                                                       "SalesManyRegionOne",
	} {
		got, err := inform(t, e, query.Viewer{Unrestricted: true}, "EVALUATE "+q)
		if err != nil || strings.TrimSpace(got) != want {
			t.Errorf("%s: %q %v, want %q", q, got, err, want)
		}
	}
	for q, kind := range map[string]inlay.Kind{
		`INFO.TABLES("Name")`:                               inlay.Invalid,
		`INFO.TABLES("Nothing", 1)`:                         inlay.Invalid,
		`INFO.EXCLUDEDARTIFACTS()`:                          inlay.Invalid,
		`INFO.SEGMENTSTORAGES()`:                            inlay.Unsupported,
		`SELECTCOLUMNS(INFO.TABLES(), "x", [ModifiedTime])`: inlay.Invalid,
	} {
		if got, err := inform(t, e, query.Viewer{Unrestricted: true}, "EVALUATE "+q); err == nil || inlay.KindOf(err) != kind {
			t.Errorf("%s: %q %v", q, got, err)
		}
	}
}

// TestKPIs: the goal of a KPI is asked for as a measure, and is told with the KPI and not with the
// measures.
func TestKPIs(t *testing.T) {
	w := described()
	sales := w.m.Table("Sales")
	sales.Measures[0].KPI = &model.KPI{Goal: "_Total Goal", GoalFormat: "0.0", StatusGraphic: "Traffic Light"}
	sales.Measures = append(sales.Measures, &model.Measure{Name: "_Total Goal", Expression: "[Total] * 2", Hidden: true, PartOf: "Total"})
	e := w.open(t)
	for q, want := range map[string]string{
		`ROW("g", Sales[_Total Goal])`:         "100",
		`ROW("n", COUNTROWS(INFO.MEASURES()))`: "2",
		`SELECTCOLUMNS(INFO.KPIS(), "x", [TargetExpression] & " " & [TargetFormatString] & " " & [StatusGraphic] & [StatusExpression])`:                                    "[Total] * 2 0.0 Traffic Light",
		`SELECTCOLUMNS(NATURALINNERJOIN(SELECTCOLUMNS(INFO.KPIS(), "m", [MeasureID] + 0), SELECTCOLUMNS(INFO.MEASURES(), "m", [ID] + 0, "Name", [Name])), "Name", [Name])`: "Total",
	} {
		got, err := inform(t, e, query.Viewer{Unrestricted: true}, "EVALUATE "+q)
		if err != nil || strings.TrimSpace(got) != want {
			t.Errorf("%s: %q %v, want %q", q, got, err, want)
		}
	}
}

// TestInfoSaysWhyNot: a table that is not told is refused with the reason, the same for everyone.
func TestInfoSaysWhyNot(t *testing.T) {
	e := described().open(t)
	for name, why := range map[string]string{
		"INFO.STORAGETABLES": "how that stores a model", "INFO.SEGMENTSTORAGES": "how that stores a model", "INFO.CSDLMETADATA": "how that stores a model",
		"INFO.ANNOTATIONS": "are not kept", "INFO.DEPENDENCIES": "not documented", "INFO.CALCDEPENDENCY": "not documented",
	} {
		for _, v := range []query.Viewer{{Unrestricted: true}, as("x", "West")} {
			if _, err := inform(t, e, v, "EVALUATE "+name+"()"); inlay.KindOf(err) != inlay.Unsupported || !strings.Contains(err.Error(), why) {
				t.Errorf("%s as %v: %v", name, v.Roles, err)
			}
		}
	}
	w := described()
	w.m.Table("Sales").DetailRows = &model.Formula{Expression: "Sales"}
	m, _ := w.m.Measure("Total")
	m.DetailRows = &model.Formula{Expression: "VALUES(Sales[Region])"}
	got, err := inform(t, w.open(t), query.Viewer{Unrestricted: true}, `EVALUATE SELECTCOLUMNS(INFO.DETAILROWSDEFINITIONS(), "x", [Expression])`)
	if err != nil || strings.TrimSpace(got) != "Sales\nVALUES(Sales[Region])" {
		t.Errorf("%q %v", got, err)
	}
}

// TestInfoIsPrivate holds that filters of roles and sources are told to nobody who has a role,
// not through a measure and not through the cache either.
func TestInfoIsPrivate(t *testing.T) {
	w := described()
	e, _ := kept(t, w, 1<<20)
	admin, all, west := query.Viewer{Unrestricted: true}, as("ann@example.com", "All"), as("ann@example.com", "West")
	for _, q := range []string{"EVALUATE INFO.ROLES()", "EVALUATE INFO.TABLEPERMISSIONS()", "EVALUATE INFO.PARTITIONS()", "EVALUATE INFO.EXPRESSIONS()", `EVALUATE ROW("n", [Roles])`} {
		if _, err := inform(t, e, admin, q); err != nil {
			t.Errorf("%s: %v", q, err)
		}
		for _, v := range []query.Viewer{all, west} {
			if got, err := inform(t, e, v, q); inlay.KindOf(err) != inlay.Forbidden {
				t.Errorf("%s as %v: %q %v", q, v.Roles, got, err)
			}
		}
	}
	if _, err := e.Ask(context.Background(), west, parseQuery("[Roles]")); inlay.KindOf(err) != inlay.Forbidden {
		t.Errorf("a visual: %v", err)
	}
	if got, err := inform(t, e, west, "EVALUATE INFO.VIEW.TABLES()"); err != nil || !strings.Contains(got, "Sales") {
		t.Errorf("%q %v", got, err)
	}
	// What a role hides is not told by its name.
	w = described()
	w.m.Roles[0].Permissions[0].Columns = []model.ColumnPermission{{Column: "Name", Metadata: "none"}}
	if got, err := inform(t, w.open(t), west, "EVALUATE INFO.VIEW.COLUMNS()"); inlay.KindOf(err) != inlay.Forbidden {
		t.Errorf("object-level security: %q %v", got, err)
	}
}

// TestInfoOfWhatIsNotKept holds that an object that the reader leaves out is never told as absent.
func TestInfoOfWhatIsNotKept(t *testing.T) {
	w := described()
	w.m.Dropped = map[string]int{"perspective": 1, "cultureinfo": 2}
	e := w.open(t)
	for q, kind := range map[string]inlay.Kind{"INFO.PERSPECTIVES()": inlay.Unsupported, "INFO.CULTURES()": inlay.Unsupported, "INFO.KPIS()": ""} {
		_, err := inform(t, e, query.Viewer{Unrestricted: true}, "EVALUATE "+q)
		if kind == "" && err != nil || kind != "" && inlay.KindOf(err) != kind {
			t.Errorf("%s: %v", q, err)
		}
	}
}

// TestColumnStatistics: a viewer learns nothing of hidden rows, tables and columns.
func TestColumnStatistics(t *testing.T) {
	onEach(t, func(t *testing.T, src opener) {
		w := staff()
		w.table("Flag", "On bool, None bool, Off bool", []any{true, nil, false}, []any{false, nil, false}, []any{nil, nil, nil})
		e := w.openOn(t, src)
		const hidden = "RowNumber-2662979B-1795-4F74-8F37-6A1BA8059B61"
		of := func(v query.Viewer, where string) string {
			return daxText(t, e, v, `EVALUATE SELECTCOLUMNS(FILTER(COLUMNSTATISTICS(), `+where+`), "c", [Column Name], "a", [Min], "b", [Max], "n", [Cardinality], "l", [Max Length]) ORDER BY [c]`)
		}
		for _, c := range []struct {
			v           query.Viewer
			where, want string
		}{
			{everything, `[Table Name] = "Flag"`, "[c],[a],[b],[n],[l]\nNone - - 1 -\nOff False False 2 -\nOn False True 3 -\n" + hidden + " - - 3 -\n"},
			{everything, `[Table Name] = "Person"`, "[c],[a],[b],[n],[l]\nId 1 4 4 -\nName Ann Cid 3 3\nRank 1 3 3 -\n" + hidden + " - - 4 -\nSalary 100 800 4 -\nTeam A B 2 1\n"},
			{as("x", "Team A"), `[Table Name] = "Person"`, "[c],[a],[b],[n],[l]\nId 1 2 2 -\nName Ann Bob 2 3\nRank 1 3 2 -\n" + hidden + " - - 2 -\nSalary 100 200 2 -\nTeam A A 1 1\n"},
			{as("x", "Pay"), `[Column Name] IN {"Salary", "Bonus"}`, "[c],[a],[b],[n],[l]\n"},
			{as("x", "Pay"), `[Column Name] = "Team"`, "[c],[a],[b],[n],[l]\nTeam A B 2 1\n"},
		} {
			if got := of(c.v, c.where); got != c.want {
				t.Errorf("%v, %s: %q, want %q", c.v.Roles, c.where, got, c.want)
			}
		}
	})
}

// TestEstimate: what is estimated is exact here, and asked of tables that stay in their database
// alone.
func TestEstimate(t *testing.T) {
	w := described()
	w.table("Visit", "Guest int", []any{1}, []any{1}, []any{nil})
	w.m.Table("Visit").Partitions = []model.Partition{{Mode: "directQuery"}}
	e := w.open(t)
	all := query.Viewer{Unrestricted: true}
	if got, err := inform(t, e, all, `EVALUATE ROW("n", APPROXIMATEDISTINCTCOUNT(Visit[Guest]))`); err != nil || strings.TrimSpace(got) != "2" {
		t.Errorf("%q %v", got, err)
	}
	if got, err := inform(t, e, all, `EVALUATE ROW("n", APPROXIMATEDISTINCTCOUNT(Sales[Region]))`); inlay.KindOf(err) != inlay.Invalid {
		t.Errorf("of an imported table: %q %v", got, err)
	}
}
