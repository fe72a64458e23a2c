package query_test

import (
	"strings"
	"testing"

	"inlay/model"
	"inlay/query"
)

// desktop is what Power BI Desktop 2.152 answers about rules, measure by measure under one choice
// of items or several; - is BLANK. The facts are those of tests that the project pbix-mcp publishes
// under the MIT licence.
const desktop = `
S S2 Sb SX MD MP MDA MR MO Sf IsF Sel
none             60   60   20   60  120   61  220   60   60   60    0  none
Double          120  120   40  120  120  122  320  120  120  120    2 ERROR
Plus1            61   61   21   61  121   61  221   61   61   61    2 ERROR
Name              S   S2   Sb   SX   MD   MP  MDA   MR   MO   Sf  IsF   Sel
RefS            600  600  600  600  600  600  600  600  600  600  600   600
SideD           120  120   40  120  120  122  320  120  120  120    2 ERROR
SideP          1061 1061 1021 1061 1121 1061 1221 1061 1061 1061 1002 ERROR
IsS2              1    1    0    0    0    0    0    0    0    0    0     0
Fmt               -    -    -    -    -    -    -    -    - 0.00    -     -
NoCG             60   60   20   60  120   61  220   60   60   60    0  none
Ord2             60   60   20   60  120   61  220   60   60   60    0 Plus1
Ref10           600  600  600  600  600  600  600  600  600  600  600   600
Double+Ref10   1200 1200 1200 1200 1200 1200 1200 1200 1200 1200 1200  1200
Plus1+Ref10     610  610  610  610  610  610  610  610  610  610  610   610
Plus1+RefS2      61   61   61   61   61   61   61   61   61   61   61    61
Double+Add100   220  220  140  220  220  222  220  220  220  220  102 ERROR
SideD+Add100    220  220  140  220  220  222  220  220  220  220  102 ERROR
Triple          180  180   60  180  360  183  660  180  180  180    0 ERROR
Double+Triple   360  360  120  360  360  366  960  360  360  360    6 ERROR
two              60   60   20   60  120   61  220   60   60   60    1  none
`

// rules is the model that desktop was asked about: a table of three rows and three groups.
func rules() *world {
	w := newWorld()
	w.table("T", "c text, v double", []any{"a", 10.0}, []any{"b", 20.0}, []any{"c", 30.0})
	for _, m := range [][2]string{
		{"S", "SUM(T[v])"}, {"S2", "[S]"}, {"Sb", `CALCULATE([S], T[c] = "b")`}, {"SX", "SUMX(VALUES(T[c]), [S])"},
		{"MD", `CALCULATE([S], CG[Name] = "Double")`}, {"MP", `CALCULATE([S], CG[Name] = "Plus1")`},
		{"MDA", `CALCULATE([S], CG[Name] = "Double", CG2[Name] = "Add100")`}, {"MR", "CALCULATE([S], REMOVEFILTERS(CG))"},
		{"MO", "CALCULATE([S], CG[Ordinal] = 1)"}, {"Sf", "SUM(T[v])"},
		{"IsF", "IF(ISFILTERED(CG[Name]), 1, 0)"}, {"Sel", `SELECTEDVALUE(CG[Name], "none")`},
	} {
		w.measure("T", m[0], m[1])
	}
	measure, _ := w.m.Measure("Sf")
	measure.Format = "0.00"
	w.group("CG", 0, "Base: SELECTEDMEASURE()", "Double: SELECTEDMEASURE() * 2", "Plus1: SELECTEDMEASURE() + 1",
		"Name: SELECTEDMEASURENAME()", "RefS: [S] * 10", `SideD: CALCULATE(SELECTEDMEASURE(), CG[Name] = "Double")`,
		`SideP: CALCULATE(SELECTEDMEASURE(), CG[Name] = "Plus1") + 1000`, "IsS2: IF(ISSELECTEDMEASURE([S], [S2]), 1, 0)",
		"Fmt: SELECTEDMEASUREFORMATSTRING()", "NoCG: CALCULATE(SELECTEDMEASURE(), REMOVEFILTERS(CG))")
	w.group("CG2", 10, "Add100: SELECTEDMEASURE() + 100", "Ref10: [S] * 10", "RefS2: [S2] + 0")
	w.group("CG3", 5, "Triple: SELECTEDMEASURE() * 3")
	return w
}

// group adds a calculation group: items as "Name: DAX".
func (w *world) group(table string, precedence int, items ...string) *model.CalculationGroup {
	t := w.table(table, "Name text, Ordinal int")
	t.Calculation = true
	t.Columns[0].SortBy = "Ordinal"
	t.Group = &model.CalculationGroup{Precedence: precedence, Column: "Name"}
	for i, item := range items {
		name, x, _ := strings.Cut(item, ": ")
		t.Group.Items = append(t.Group.Items, model.CalculationItem{Name: name, Expression: x, Ordinal: i})
	}
	return t.Group
}

// TestCalculationItemsAsInDesktop: an item applies to the measure that is asked for and not to those
// inside of it; choosing it again inside of itself applies nothing, choosing another item does; a
// group of lower precedence applies to the measures that an item of a higher one names; only filters
// on the names of the items choose.
func TestCalculationItemsAsInDesktop(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(desktop), "\n")
	measures := strings.Fields(lines[0])
	e := rules().open(t)
	group := map[string]string{"Add100": "CG2", "Ref10": "CG2", "RefS2": "CG2", "Triple": "CG3"}
	for _, line := range lines[1:] {
		want := strings.Fields(line)
		filters := ""
		for _, item := range strings.Split(want[0], "+") {
			switch {
			case item == "none":
			case item == "Ord2":
				filters += ", CG[Ordinal] = 2"
			case item == "two":
				filters += `, CG[Name] IN {"Double", "Plus1"}`
			case group[item] != "":
				filters += ", " + group[item] + `[Name] = "` + item + `"`
			default:
				filters += `, CG[Name] = "` + item + `"`
			}
		}
		for i, m := range measures {
			got := evaluate(t, e, query.Viewer{Unrestricted: true}, `EVALUATE ROW("v", CALCULATE([`+m+`]`+filters+`))`)
			if strings.HasPrefix(got, "error") {
				got = "ERROR"
			}
			if got != want[i+1] {
				t.Errorf("[%s] under %s: %s, want %s", m, want[0], got, want[i+1])
			}
		}
	}
}

// TestNothingChosen: where nothing filters a group, its expression for that applies, in visuals too,
// and the one for several items where filters leave none.
func TestNothingChosen(t *testing.T) {
	w := rules()
	g := w.m.Table("CG").Group
	g.None = &model.CalculationItem{Name: "none", Expression: "SELECTEDMEASURE() * 1000"}
	g.Several = &model.CalculationItem{Name: "several", Expression: "-1"}
	e := w.open(t)
	all := query.Viewer{Unrestricted: true}
	for _, c := range []struct{ name, got, want string }{
		{"in a visual", ask(t, e, all, "T[c],[S]"), "a 10000\nb 20000\nc 30000"},
		{"in a query", evaluate(t, e, all, `EVALUATE ROW("v", [S2])`), "60000"},
		{"one item", evaluate(t, e, all, `EVALUATE ROW("v", CALCULATE([S], CG[Name] = "Plus1"))`), "61"},
		{"two items", evaluate(t, e, all, `EVALUATE ROW("v", CALCULATE([S], CG[Name] IN {"Plus1", "Double"}))`), "-1"},
		{"an item that there is not", evaluate(t, e, all, `EVALUATE ROW("v", CALCULATE([S], CG[Name] = "Gone"))`), "-1"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
}

// TestItemsAsRows: a group is a table of its items wherever rows are counted or aggregated.
func TestItemsAsRows(t *testing.T) {
	e := rules().open(t)
	all := query.Viewer{Unrestricted: true}
	for text, want := range map[string]string{
		`COUNTROWS(CG2)`: "3", `COUNTROWS(VALUES(CG2[Name]))`: "3", `CALCULATE(COUNTROWS(CG2), CG2[Ordinal] > 0)`: "2",
		`SUM(CG2[Ordinal])`: "3", `MAX(CG2[Ordinal])`: "2", `DISTINCTCOUNT(CG2[Name])`: "3", `COUNTROWS(CROSSJOIN(CG2, CG3))`: "3",
		`SUMX(CG2, CG2[Ordinal] + 1)`: "6", `AVERAGE(CG2[Ordinal])`: "1",
		`CALCULATE([S], REMOVEFILTERS(CG3), KEEPFILTERS(CG3))`: "180", `CALCULATE([S], CG3)`: "180", `CALCULATE([S], FILTER(ALL(CG), CG[Ordinal] = 2))`: "61",
		`CALCULATE([S], TREATAS({("a", "Double")}, T[c], CG[Name]))`: "20",
	} {
		if got := evaluate(t, e, all, `EVALUATE ROW("v", `+text+`)`); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
