package query_test

import (
	"strings"
	"testing"

	"inlay/model"
	"inlay/query"
)

// A role filter that SQL does not say is evaluated over all rows. One on which it fails is hidden,
// and says nothing about the others: neither refuses it the role to viewers who do not see that
// row anyway, nor do they learn of it.
func TestRoleFilterThatFailsOnAHiddenRow(t *testing.T) { onEach(t, roleFilterThatFailsOnAHiddenRow) }

func roleFilterThatFailsOnAHiddenRow(t *testing.T, src opener) {
	const none, one, both = "T[N]\n", "T[N]\n5\n", "T[N]\n4\n5\n"
	for filter, want := range map[string]string{
		`VALUE([Code]) > 3`:                                       both,
		`[Who] = USERNAME() && VALUE([Code]) = 5`:                 one,
		`VAR c = VALUE([Code]) RETURN c > 3`:                      both,
		`SEARCH("n", [Note]) = 2`:                                 one,
		`[Code] + 0 > 3`:                                          both,
		`LOG([N]) > 0`:                                            both,
		`DATE(2024, [N], 1) > DATE(2024, 4, 2)`:                   one,
		`MOD(10, [N]) = 0`:                                        one,
		`PATHCONTAINS(PATH([N], [Parent]), 5)`:                    one,
		`EDATE([At], 1) > DATE(2024, 3, 1)`:                       one,
		`FORMAT([Cost], "0.0") = "2.5"`:                           one,
		`VALUE([Note]) > 0`:                                       none,
		`IF(ISERROR(VALUE([Code])), FALSE(), VALUE([Code]) <> 5)`: "T[N]\n4\n",
	} {
		for _, hidden := range []bool{false, true} {
			w := newWorld()
			rows := [][]any{{5, "ann", "5", "ann", 4, "2024-02-05", "2.5"}, {4, "ann", "9", "xan", nil, "2024-01-05", "1"}}
			if hidden {
				nothing := any("0")
				if strings.HasSuffix(t.Name(), "PostgreSQL") { // which has it in its decimals
					nothing = "NaN"
				}
				rows = append([][]any{{0, "bob", "abc", "zzz", 77, "infinity", nothing}, {-7, "bob", "", "1|x", -7, "-infinity", "1"},
					{int64(9223372036854775807), "bob", "1e999", "|", 0, nil, nil}}, rows...)
			}
			w.table("T", "N int, Who text, Code text, Note text, Parent int, At date, Cost decimal", rows...)
			w.table("Who", "Name text", []any{"ann"}, []any{"bob"})
			w.relate("T[Who]", "Who[Name]")
			w.role("Own", "T: "+filter, `Who: [Name] = USERNAME()`)
			if got := daxText(t, w.openOn(t, src), as("ann", "Own"), "EVALUATE VALUES(T[N]) ORDER BY T[N]"); got != want {
				t.Errorf("%s, with hidden rows %t: %s, want %s", filter, hidden, got, want)
			}
		}
	}
}

// What is wrong with a filter, rather than with the values of a row, refuses the role.
func TestRoleFilterThatIsWrong(t *testing.T) {
	for _, filter := range []string{`VAR n = VALUE(USERNAME()) RETURN IFERROR(n, 5) = 5`, `SEARCH("a") > 0`, `COUNTROWS(Nowhere) > VALUE([Code])`, `VALUE([Nothing]) > 1`} {
		w := newWorld()
		w.table("T", "N int, Code text", []any{1, "1"}, []any{2, "x"})
		w.role("Wrong", "T: "+filter)
		if got := daxText(t, w.open(t), as("ann", "Wrong"), "EVALUATE T"); !strings.HasPrefix(got, `error: the filter of role "Wrong" on table "T" cannot be applied`) {
			t.Errorf("%s: %s", filter, got)
		}
	}
}

// Of errors of several rows, and of rows that are alike in the order of a sample, one is told: the
// same, whichever order rows have in the source.
func TestOrderOfRowsDecidesNothing(t *testing.T) { onEach(t, orderOfRowsDecidesNothing) }

func orderOfRowsDecidesNothing(t *testing.T, src opener) {
	kinds := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	engine := func(turned, hidden bool) *world {
		w := newWorld()
		var rows [][]any
		for i, k := range kinds {
			if turned {
				i, k = len(kinds)-1-i, kinds[len(kinds)-1-i]
			}
			if hidden {
				rows = append(rows, []any{100 + 7*i, "bob", "z" + k, 1})
			}
			rows = append(rows, []any{i, "ann", k, 1})
		}
		w.table("T", "Id int, Who text, Kind text, One int", rows...)
		w.measure("T", "Bad", "SUMX(T, VALUE(T[Kind]))")
		w.role("Own", "T: [Who] = USERNAME()")
		return w
	}
	plain := engine(false, false).openOn(t, src)
	for _, text := range []string{
		`EVALUATE ROW("x", SUMX(T, VALUE(T[Kind])))`,
		`EVALUATE ADDCOLUMNS(VALUES(T[Kind]), "x", VALUE(T[Kind]))`,
		`EVALUATE SELECTCOLUMNS(FILTER(T, T[Id] > 2), "x", REPT("a", -T[Id]))`,
		`EVALUATE T EVALUATE ADDCOLUMNS(T, "x", DATEVALUE(T[Kind]))`,
		`EVALUATE SAMPLE(1, T, T[One])`,
		`EVALUATE SAMPLE(2, FILTER(T, T[Id] <> 3), T[One])`,
		`EVALUATE SAMPLE(1, CROSSJOIN(VALUES(T[Kind]), VALUES(T[Id])), 1)`,
		`EVALUATE TOPNSKIP(2, 1, T, T[One])`,
		`EVALUATE ROW("x", CONCATENATEX(FILTER(T, T[Id] > 0), T[Kind]))`,
	} {
		want, streams := daxText(t, plain, as("ann", "Own"), text), told(plain, text)
		for _, w := range []*world{engine(true, false), engine(false, true), engine(true, true)} {
			e := w.openOn(t, src)
			if got := daxText(t, e, as("ann", "Own"), text); got != want {
				t.Errorf("%s:\n%s\nin another order\n%s", text, want, got)
			}
			if got := told(e, text); got != streams {
				t.Errorf("%s, streamed:\n%s\nin another order\n%s", text, streams, got)
			}
		}
	}
	q := model.Query{Groups: []model.ColumnRef{{Table: "T", Column: "One"}}, Values: []model.Value{{Name: "x", Measure: "Bad"}}}
	want := seen(plain, as("ann", "Own"), q)
	for _, w := range []*world{engine(true, false), engine(true, true)} {
		if got := seen(w.openOn(t, src), as("ann", "Own"), q); got != want {
			t.Errorf("a visual:\n%s\nin another order\n%s", want, got)
		}
	}
}

// told is the error of a query whose rows are streamed.
func told(e *query.Engine, text string) string {
	_, err := streamed(e, as("ann", "Own"), text)
	return outcome(err)
}

// A role filter that tells upper from lower case does so for each row of a database that does, and
// what other rows write in other letters changes nothing.
func TestRoleFilterOfLetters(t *testing.T) {
	src := postgresIn(t)
	for filter, want := range map[string]string{
		`CONTAINSSTRINGEXACT([Code], "ab")`: "T[N]\n1\n",
		`UNICODE([Code]) = 65`:              "T[N]\n2\n",
		`FIND("b", [Code], 1, 0) = 2`:       "T[N]\n1\n",
		`SEARCH("B", [Code], 1, 0) = 2`:     "T[N]\n1\n2\n",
	} {
		for _, hidden := range [][][]any{nil, {{7, "bob", "AB"}, {8, "bob", "Ab"}, {9, "bob", "aB"}}} {
			w := newWorld()
			w.table("T", "N int, Who text, Code text", append([][]any{{1, "ann", "ab"}, {2, "ann", "AB"}}, hidden...)...)
			w.table("Who", "Name text", []any{"ann"}, []any{"bob"})
			w.relate("T[Who]", "Who[Name]")
			w.role("Own", "T: "+filter, `Who: [Name] = USERNAME()`)
			if got := daxText(t, w.openOn(t, src), as("ann", "Own"), "EVALUATE VALUES(T[N]) ORDER BY T[N]"); got != want {
				t.Errorf("%s, beside %d hidden rows: %s, want %s", filter, len(hidden), got, want)
			}
		}
	}
}
