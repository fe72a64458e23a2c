package query_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"inlay/model"
	"inlay/query"
)

// office is rows of which a viewer with the role Own sees those of country A. hidden are the
// rows that the viewer may not see: none, others, or values that make expressions fail.
func office(hidden string) *world {
	w := newWorld()
	regions := [][]any{{1, "North", "A", nil, "7"}, {2, "South", "A", 1, "x"}}
	sales := [][]any{{1, 1, 1, 10, "5", "a"}, {2, 1, 3, 20, "x", "b"}, {3, 2, 2, 30, nil, "a"}, {4, 2, 99, 30, "7", "c"}}
	budget := [][]any{{1, 100}, {2, 200}}
	var big any = int64(9223372036854775807)
	switch hidden {
	case "others":
		regions = append(regions, []any{3, "West", "B", 1, "8"}, []any{4, "East", "B", 9, "8"})
		sales = append([][]any{{5, 3, 1, 40, "9", "a"}, {6, 4, 2, 50, "x", "d"}}, append(sales, []any{7, 77, 1, 60, "1", "e"}, []any{8, nil, 1, 70, "1", "e"})...)
		budget = append(budget, []any{3, 300}, []any{77, 400})
	case "poison":
		regions = append([][]any{{3, "North", "B", 3, "(*[\\"}, {4, "South", "B", 99, "-1e400"}}, regions...)
		sales = append([][]any{{1, 3, 1, big, "1e999", "a"}, {2, 4, 2, big, "1900-99-99", "a"}}, append(sales, []any{7, 77, 1, big, "(*[\\", "a"}, []any{8, nil, 1, 0, "", nil})...)
		budget = append([][]any{{3, big}, {4, big}, {88, 0}}, budget...)
	}
	w.table("Region", "Key int, Name text, Country text, Parent int, Code text", regions...)
	w.table("Sales", "Id int, Region int, ShipTo int, Amount int, Code text, Kind text", sales...)
	w.table("Budget", "Region int, Target int", budget...)
	w.relate("Sales[Region]", "Region[Key]", "both")
	w.relate("Budget[Region]", "Region[Key]")
	w.relate("Sales[ShipTo]", "Region[Key]")
	w.m.Relationships[2].Inactive = true
	w.measure("Sales", "Total", "SUM(Sales[Amount])")
	w.measure("Sales", "Rows", "COUNTROWS(Sales)")
	w.measure("Sales", "Target", "SUM(Budget[Target])")
	w.role("Own", `Region: [Country] = "A"`)
	w.role("Own sales", "Sales: [Region] = 1")
	return w
}

// attacks is queries that try to see past security, or to learn from what fails. They are the
// classes A5 (around the gate), A6 (side channels) and A14 (broken keys) of the attack list, with
// the tests of orphans_test.go; A8 is cache_test.go, A17 roles in secure_test.go, A20 bomb_test.go.
// A15 and A16 are tests of the sources and of the reader of Power Query.
var attacks = []string{
	// Values that only hidden rows have.
	`EVALUATE ROW("x", LOOKUPVALUE(Region[Name], Region[Key], 3), "y", LOOKUPVALUE(Region[Name], Region[Key], 1))`,
	`EVALUATE ROW("x", LOOKUPVALUE(Region[Country], Region[Name], "North"))`,
	`EVALUATE ROW("x", CALCULATE([Total], TREATAS({3, 4, 77}, Region[Key])))`,
	`EVALUATE ROW("x", CALCULATE([Total], TREATAS({3, 4, 77}, Sales[Region])))`,
	`EVALUATE ROW("x", CALCULATE([Rows], TREATAS({("West", "B"), ("North", "A")}, Region[Name], Region[Country])))`,
	`EVALUATE ROW("x", CALCULATE([Total], Region[Country] = "B"), "y", CALCULATE([Total], Region[Country] <> "A"))`,
	`EVALUATE ROW("x", CONTAINS(Region, Region[Name], "West"), "y", "West" IN VALUES(Region[Name]))`,
	`EVALUATE FILTER(ALL(Region[Name], Region[Country]), Region[Country] <> "A")`,
	// Filters that are taken away.
	`EVALUATE ROW("x", COUNTROWS(ALL(Sales)), "y", COUNTROWS(ALL(Region)), "z", COUNTROWS(ALL(Region[Name])))`,
	`EVALUATE ROW("x", COUNTROWS(ALLNOBLANKROW(Region)), "y", CALCULATE([Total], ALL()))`,
	`EVALUATE ROW("x", CALCULATE([Total], ALL(Sales)), "y", CALCULATE([Total], REMOVEFILTERS()), "z", CALCULATE([Total], REMOVEFILTERS(Region)))`,
	`EVALUATE ADDCOLUMNS(VALUES(Region[Name]), "all", CALCULATE([Total], ALLSELECTED()), "some", CALCULATE([Total], ALLSELECTED(Region)))`,
	`EVALUATE ROW("x", CALCULATE([Total], ALLCROSSFILTERED(Sales)), "y", CALCULATE([Rows], ALLEXCEPT(Sales, Sales[Kind])))`,
	`EVALUATE ALL(Region) ORDER BY Region[Key]`,
	`EVALUATE Sales ORDER BY Sales[Id]`,
	`EVALUATE Budget ORDER BY Budget[Target]`,
	`EVALUATE VALUES(Region[Name]) ORDER BY Region[Name]`,
	`EVALUATE VALUES(Region) ORDER BY Region[Key]`,
	`EVALUATE DISTINCT(Sales[Kind]) ORDER BY Sales[Kind]`,
	// Tables as texts, as lines, as samples, as what a name belongs to.
	`EVALUATE {TOCSV(Region, -1), TOCSV(ALL(Sales), -1), TOJSON(VALUES(Region[Name]), -1), TOJSON(Budget, -1)}`,
	`EVALUATE LINEST(Sales[Amount], Sales[Id])`,
	`EVALUATE LINESTX(ALL(Sales), Sales[Amount], Sales[Id])`,
	`EVALUATE LINESTX(Budget, Budget[Target], Budget[Region], FALSE)`,
	`EVALUATE SAMPLEAXISWITHLOCALMINMAX(4, Sales, Sales[Id], Sales[Amount], 2) ORDER BY Sales[Id]`,
	`EVALUATE SAMPLECARTESIANPOINTSBYCOVER(3, Region, Region[Key], Region[Parent]) ORDER BY Region[Key]`,
	`EVALUATE ROW("x", COUNTROWS(TABLEOF(Region[Name])), "y", COUNTROWS(ALL(TABLEOF([Total]))), "z", CONCATENATEX(Region, Region[Name], ","))`,
	`EVALUATE DETAILROWS([Total]) ORDER BY Sales[Id]`,
	// Rows in an order, with every current row, and tables that are joined.
	`EVALUATE INDEX(1, Sales, ORDERBY(Sales[Amount]), PARTITIONBY(Sales[Region])) ORDER BY Sales[Id]`,
	`EVALUATE INDEX(-1, ALL(Sales), ORDERBY(Sales[Id]), PARTITIONBY(RELATED(Region[Name]))) ORDER BY Sales[Id]`,
	`EVALUATE OFFSET(1, Region, ORDERBY(Region[Key], DESC BLANKS LAST)) ORDER BY Region[Key]`,
	`EVALUATE ADDCOLUMNS(Sales, "n", SUMX(WINDOW(0, ABS, 0, REL, ALL(Sales), ORDERBY(Sales[Id]), MATCHBY(Sales[Id])), Sales[Id])) ORDER BY Sales[Id]`,
	`EVALUATE ADDCOLUMNS(VALUES(Region[Name]), "r", RANK(ALL(Region[Name]), ORDERBY([Total], DESC), LAST)) ORDER BY Region[Name]`,
	`EVALUATE NATURALLEFTOUTERJOIN(Region, Sales) ORDER BY Region[Key], Sales[Id]`,
	`EVALUATE NATURALINNERJOIN(ALL(Sales), VALUES(Region[Key])) ORDER BY Sales[Id]`,
	`EVALUATE ADDMISSINGITEMS(SUMMARIZECOLUMNS(Region[Name], "t", [Total]), Region[Name]) ORDER BY Region[Name]`,
	`EVALUATE INFO.ATTRIBUTEHIERARCHIES()`,
	// Functions of the query's own.
	`DEFINE FUNCTION All.Of = (t : TABLE EXPR) => COUNTROWS(CALCULATETABLE(t, REMOVEFILTERS())) EVALUATE {All.Of(Sales), All.Of(ALL(Region)), All.Of(Budget)}`,
	`DEFINE FUNCTION Named = (k) => LOOKUPVALUE(Region[Name], Region[Key], k) EVALUATE ADDCOLUMNS({1, 2, 3, 77}, "n", Named([Value]))`,
	`DEFINE FUNCTION Rows = (r : ANYREF) => TOCSV(ALL(TABLEOF(r)), -1) EVALUATE {Rows(Region[Key]), Rows([Total])}`,
	`EVALUATE GROUPCROSSAPPLY(Region[Name], "t", [Total]) ORDER BY Region[Name]`,
	`EVALUATE EVALUATEANDLOG(ALL(Region), "seen") ORDER BY Region[Key]`,
	// Totals of groups, and filters of one level of them.
	`EVALUATE SUMMARIZE(Sales, ROLLUP(Region[Country], Region[Name]), "t", [Total], "c", ISSUBTOTAL(Region[Country])) ORDER BY Region[Country], Region[Name], [t]`,
	`EVALUATE SUMMARIZECOLUMNS(Region[Name], NONVISUAL(TREATAS({"North", "West"}, Region[Name])), "t", [Total], "a", CALCULATE([Total], ALLSELECTED())) ORDER BY Region[Name]`,
	`EVALUATE SUMMARIZECOLUMNS(ROLLUPADDISSUBTOTAL(Region[Country], "c", TREATAS({"B"}, Region[Country]), Region[Name], "n", NONVISUAL(TREATAS({"West"}, Region[Name]))), "t", [Total]) ORDER BY [t]`,
	`EVALUATE SUMMARIZECOLUMNS(Region[Name], "t", IGNORE([Total])) ORDER BY Region[Name]`,
	// Relationships that are changed: security follows those of the model.
	`EVALUATE ROW("x", CALCULATE([Total], CROSSFILTER(Sales[Region], Region[Key], NONE)), "y", CALCULATE(COUNTROWS(Region), CROSSFILTER(Sales[Region], Region[Key], NONE)))`,
	`EVALUATE ROW("x", CALCULATE(COUNTROWS(Region), CROSSFILTER(Sales[Region], Region[Key], BOTH), Sales[Kind] = "a"))`,
	`EVALUATE ROW("x", CALCULATE([Target], CROSSFILTER(Budget[Region], Region[Key], NONE), Region[Name] = "North"))`,
	`EVALUATE ROW("x", CALCULATE([Total], USERELATIONSHIP(Sales[ShipTo], Region[Key])))`,
	`EVALUATE ADDCOLUMNS(VALUES(Region[Name]), "t", CALCULATE([Total], USERELATIONSHIP(Sales[ShipTo], Region[Key]))) ORDER BY Region[Name]`,
	`EVALUATE SUMMARIZECOLUMNS(Region[Name], "t", CALCULATE([Total], USERELATIONSHIP(Sales[ShipTo], Region[Key])))`,
	`EVALUATE ROW("x", CALCULATE([Rows], USERELATIONSHIP(Sales[ShipTo], Region[Key]), Region[Key] = 3))`,
	// Tables that are joined, grouped, cut.
	`EVALUATE SUMMARIZECOLUMNS(Region[Name], Sales[Kind], "t", [Total], "r", [Rows]) ORDER BY Region[Name], Sales[Kind]`,
	`EVALUATE SUMMARIZECOLUMNS(Region[Country], "c", COUNTROWS(ALL(Sales)), "k", 1)`,
	`EVALUATE SUMMARIZECOLUMNS(ROLLUPADDISSUBTOTAL(Region[Name], "s"), "t", [Total]) ORDER BY Region[Name], [s]`,
	`EVALUATE SUMMARIZE(Sales, Region[Name], "t", SUM(Sales[Amount])) ORDER BY Region[Name]`,
	`EVALUATE NATURALINNERJOIN(SELECTCOLUMNS(Sales, "k", Sales[Region] + 0, "a", Sales[Amount]), SELECTCOLUMNS(Region, "k", Region[Key] + 0, "n", Region[Name])) ORDER BY [a], [n]`,
	`EVALUATE NATURALLEFTOUTERJOIN(SELECTCOLUMNS(Sales, "k", Sales[ShipTo] + 0, "i", Sales[Id]), SELECTCOLUMNS(ALL(Region), "k", Region[Key] + 0, "n", Region[Name])) ORDER BY [i]`,
	`EVALUATE GENERATE(VALUES(Region[Name]), TOPN(1, CALCULATETABLE(Sales), Sales[Amount])) ORDER BY Region[Name], Sales[Id]`,
	`EVALUATE GENERATEALL({3, 1}, FILTER(ALL(Region), Region[Key] = [Value]))`,
	`EVALUATE CROSSJOIN(VALUES(Region[Name]), VALUES(Sales[Kind])) ORDER BY Region[Name], Sales[Kind]`,
	`EVALUATE TOPN(1, Sales, Sales[Amount], DESC)`,
	`EVALUATE TOPN(3, ALL(Sales), Sales[Amount], DESC, Sales[Id]) ORDER BY Sales[Id]`,
	`EVALUATE SAMPLE(1, FILTER(Region, Region[Country] = "B"), Region[Key])`,
	`EVALUATE CALCULATETABLE(VALUES(Sales[Id]), REMOVEFILTERS(Sales)) ORDER BY Sales[Id]`,
	`EVALUATE CALCULATETABLE(Sales, Region[Country] = "B")`,
	`EVALUATE EXCEPT(VALUES(Sales[Region]), VALUES(Region[Key]))`,
	`EVALUATE EXCEPT({1, 2, 3, 4, 77}, ALL(Region[Key]))`,
	`EVALUATE INTERSECT({1, 2, 3, 4, 77}, VALUES(Sales[Region])) ORDER BY [Value]`,
	`EVALUATE UNION(VALUES(Region[Key]), VALUES(Sales[Region]), VALUES(Budget[Region]))`,
	`EVALUATE GROUPBY(Sales, Sales[Kind], "m", MAXX(CURRENTGROUP(), Sales[Amount])) ORDER BY Sales[Kind]`,
	// Statistics, ranks, text.
	`EVALUATE ROW("min", MIN(Sales[Amount]), "max", MAX(Sales[Amount]), "avg", AVERAGE(Sales[Amount]), "n", DISTINCTCOUNT(Sales[Region]), "b", COUNTBLANK(Sales[Code]))`,
	`EVALUATE ROW("med", MEDIAN(Sales[Amount]), "dev", STDEV.P(Sales[Amount]), "p", PERCENTILE.INC(Sales[Amount], 0.5))`,
	`EVALUATE ROW("x", SUM(Sales[Amount]) * 1000000, "y", PRODUCTX(Sales, Sales[Amount]))`,
	`EVALUATE ADDCOLUMNS(VALUES(Region[Name]), "r", RANKX(ALL(Region[Name]), [Total])) ORDER BY Region[Name]`,
	`EVALUATE ADDCOLUMNS(Sales, "r", RANK.EQ(Sales[Amount], Sales[Amount])) ORDER BY Sales[Id]`,
	`EVALUATE ROW("x", CONCATENATEX(ALL(Region), Region[Name], ",", Region[Name]), "y", CONCATENATEX(VALUES(Sales[Code]), Sales[Code], ",", Sales[Code]))`,
	`EVALUATE ADDCOLUMNS(Region, "n", ROWNUMBER(ALL(Region[Key], Region[Name]), ORDERBY(Region[Key]))) ORDER BY Region[Key]`,
	`EVALUATE INDEX(-1, ALL(Sales[Id], Sales[Amount]), ORDERBY(Sales[Id]))`,
	`EVALUATE ADDCOLUMNS(VALUES(Sales[Id]), "o", SELECTCOLUMNS(OFFSET(1, ALL(Sales[Id]), ORDERBY(Sales[Id])), "v", Sales[Id])) ORDER BY Sales[Id]`,
	`EVALUATE ADDCOLUMNS(Sales, "before", COUNTROWS(FILTER(Sales, Sales[Amount] < EARLIER(Sales[Amount])))) ORDER BY Sales[Id]`,
	`EVALUATE ADDCOLUMNS(Region, "p", PATH(Region[Key], Region[Parent])) ORDER BY Region[Key]`,
	`EVALUATE ROW("x", SUMX(Region, PATHLENGTH(PATH(Region[Key], Region[Parent]))))`,
	`EVALUATE SELECTCOLUMNS(Sales, "i", Sales[Id], "n", RELATED(Region[Name])) ORDER BY [i]`,
	// What fails, on visible rows or on hidden ones alone.
	`EVALUATE ROW("x", SUMX(Sales, 1 / 0))`,
	`EVALUATE ROW("x", SUMX(FILTER(ALL(Region), Region[Country] = "B"), 1 / 0))`,
	`EVALUATE ROW("x", SUMX(Sales, VALUE(Sales[Code])))`,
	`EVALUATE ROW("x", SUMX(FILTER(Sales, Sales[Kind] = "c"), VALUE(Sales[Code])))`,
	`EVALUATE ROW("x", IFERROR(SUMX(Sales, VALUE(Sales[Code])), -1), "y", SUMX(Sales, IFERROR(VALUE(Sales[Code]), -1)))`,
	`EVALUATE FILTER(Sales, VALUE(Sales[Code]) > 5)`,
	`EVALUATE FILTER(Sales, Sales[Kind] = "c" && VALUE(Sales[Code]) > 5)`,
	`EVALUATE ROW("x", SUMX(Sales, DATEVALUE(Sales[Code])))`,
	`EVALUATE ROW("x", SUMX(Sales, Sales[Amount] * Sales[Amount]))`,
	`EVALUATE ROW("x", SUMX(Sales, SQRT(Sales[Amount] - 10)), "y", SUMX(Sales, LN(Sales[Amount])))`,
	`EVALUATE ROW("x", SUMX(Sales, IF(Sales[Region] > 2, ERROR("seen"), 1)))`,
	`EVALUATE ROW("x", MAXX(Budget, EXP(Budget[Target])))`,
	`EVALUATE FILTER(Region, SEARCH(Region[Code], "7x") > 0)`,
	`EVALUATE ROW("x", SUMX(Region, INT(Region[Code])))`,
	`EVALUATE ROW("x", SELECTEDVALUE(Region[Country], "several"), "y", HASONEVALUE(Region[Country]), "z", VALUES(Region[Country]))`,
	`EVALUATE ROW("x", VALUES(Region[Name]))`,
	`EVALUATE ROW("x", Region[Name])`,
	`EVALUATE ROW("x", REPT("a", SUM(Sales[Amount])))`,
	`EVALUATE GENERATESERIES(1, COUNTROWS(ALL(Region)))`,
	// Definitions of the query's own, with the names of the model.
	`DEFINE MEASURE Sales[Total] = SUMX(ALL(Sales), Sales[Amount]) EVALUATE ROW("x", [Total])`,
	`DEFINE MEASURE Region[Country] = "A" EVALUATE ROW("x", COUNTROWS(Region))`,
	`DEFINE VAR Region = ALL(Sales) EVALUATE Region`,
	`DEFINE VAR t = FILTER(ALL(Region), TRUE()) EVALUATE ADDCOLUMNS(t, "s", [Total])`,
	`DEFINE TABLE Region = ALL(Sales) EVALUATE Region`,
	`DEFINE TABLE Copy = ALL(Region) EVALUATE Copy`,
	`DEFINE COLUMN Region[Country] = "A" EVALUATE Region`,
	`DEFINE COLUMN Region[Own] = "A" EVALUATE SUMMARIZECOLUMNS(Region[Own], "r", [Rows], "t", [Total])`,
	`DEFINE COLUMN Sales[Inverse] = 1 / Sales[Amount] EVALUATE SUMMARIZECOLUMNS(Sales[Inverse], "n", COUNTROWS(Sales))`,
	`DEFINE COLUMN Sales[Part] = DIVIDE(Sales[Amount], SUM(Sales[Amount])) EVALUATE ROW("x", MAX(Sales[Part]), "y", COUNTROWS(ALL(Sales[Part])))`,
	`DEFINE COLUMN Sales[Of] = RELATED(Region[Country]) EVALUATE CALCULATETABLE(VALUES(Sales[Of]), REMOVEFILTERS())`,
	`DEFINE VAR all = COUNTROWS(ALL(Sales)) MEASURE Sales[m] = [Rows] / all EVALUATE ROW("x", [m])`,
	`DEFINE COLUMN Sales[All] = COUNTROWS(ALL(Sales)) EVALUATE SUMMARIZECOLUMNS(Sales[All], "r", [Rows])`,
	// Who asks, and what the model holds.
	`EVALUATE ROW("x", USERNAME(), "y", CUSTOMDATA())`,
	`EVALUATE INFO.TABLES()`,
	`EVALUATE INFO.COLUMNS()`,
	`EVALUATE INFO.COLUMNSTATISTICS()`,
	`EVALUATE COLUMNSTATISTICS()`,
	`EVALUATE INFO.STORAGETABLES()`,
	`EVALUATE INFO.ROLES()`,
	`EVALUATE INFO.RELATIONSHIPS()`,
	`EVALUATE CALENDARAUTO()`,
}

// What a viewer observes is what there would be to observe without the rows that they may not
// see: results, and errors by kind and text.
func TestAttacks(t *testing.T) { onEach(t, testAttacks) }

func testAttacks(t *testing.T, src opener) {
	none := office("").openOn(t, src)
	worlds := map[string]*query.Engine{"others": office("others").openOn(t, src), "poison": office("poison").openOn(t, src)}
	answered := 0
	see := func(e *query.Engine, attack string) string {
		lines := strings.Split(daxText(t, e, as("x", "Own"), attack), "\n")
		if !strings.Contains(attack, "ORDER BY") { // the engine's order is any
			slices.Sort(lines)
		}
		return strings.TrimSpace(strings.Join(lines, "\n"))
	}
	for _, attack := range attacks {
		want := see(none, attack)
		for hidden, e := range worlds {
			if got := see(e, attack); got != want {
				t.Errorf("%s, with %s:\n%s\nwithout the hidden rows:\n%s", attack, hidden, got, want)
			}
		}
		if !strings.HasPrefix(want, "error: ") {
			answered++
		}
	}
	t.Logf("%d attacks, %d answered", len(attacks), answered)
	if answered < len(attacks)/2 || answered == len(attacks) {
		t.Errorf("%d of %d were answered: little was proved", answered, len(attacks))
	}
}

// Changing relationships changes what filters reach, and never what a viewer may see.
func TestRelationshipsOfTheQuestionAreNotThoseOfSecurity(t *testing.T) {
	onEach(t, func(t *testing.T, src opener) {
		e := office("others").openOn(t, src)
		for _, tt := range []struct{ text, want string }{
			{`EVALUATE ROW("x", CALCULATE([Rows], CROSSFILTER(Sales[Region], Region[Key], NONE)))`, "[x]\n4\n"},
			{`EVALUATE ROW("x", CALCULATE([Rows], USERELATIONSHIP(Sales[ShipTo], Region[Key])))`, "[x]\n4\n"},
			{`EVALUATE ROW("x", CALCULATE([Rows], USERELATIONSHIP(Sales[ShipTo], Region[Key]), Region[Key] = 3))`, "[x]\n-\n"},
		} {
			if got := daxText(t, e, as("x", "Own"), tt.text); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.text, got, tt.want)
			}
		}
	})
}

// What a role filter looks up is not there for the same words in a question.
func TestWhatARoleLooksUpIsNotAnswered(t *testing.T) {
	onEach(t, func(t *testing.T, src opener) {
		e := secured("secure").openOn(t, src)
		v := as("ann@example.com", "Own country")
		for _, text := range []string{
			`EVALUATE ROW("x", LOOKUPVALUE(Secret[Country], Secret[User], USERNAME()))`,
			`EVALUATE SUMMARIZECOLUMNS("t", [Total], "x", LOOKUPVALUE(Secret[Country], Secret[User], USERNAME()))`,
			`DEFINE MEASURE Sales[m] = LOOKUPVALUE(Secret[Country], Secret[User], USERNAME()) & "!" EVALUATE ROW("t", [Total], "x", [m])`,
		} {
			got := daxText(t, e, v, text)
			for _, leak := range []string{" B", "\nB", "B!"} {
				if !strings.HasPrefix(got, "error: ") && strings.Contains(got, leak) {
					t.Errorf("%s: %s", text, got)
				}
			}
		}
		w := secured("secure")
		w.measure("Sales", "Looked up", "[Total] & LOOKUPVALUE(Secret[Country], Secret[User], USERNAME())")
		e = w.openOn(t, src)
		res, err := e.Ask(context.Background(), v, model.Query{Values: []model.Value{{Name: "x", Measure: "Looked up"}}})
		if err != nil || text(res) != "50" {
			t.Errorf("a measure that looks up what the role does: %s, %v", text(res), err)
		}
	})
}
