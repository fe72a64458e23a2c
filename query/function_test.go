package query_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"inlay"
	"inlay/model"
	"inlay/query"
)

// define gives a model functions, as "name", "(parameters) => body".
func (w *world) define(list ...string) {
	for i := 0; i+1 < len(list); i += 2 {
		w.m.Functions = append(w.m.Functions, model.Function{Name: list[i], Expression: list[i+1]})
	}
}

// TestFunctionsOfTheModel: what an expression of the model or of a query calls, it calls with values
// or with expressions, as a function that a query defines (dax-user-defined-functions.md).
func TestFunctionsOfTheModel(t *testing.T) {
	onEach(t, func(t *testing.T, src opener) {
		w := described()
		w.define("AddTax", "(amount : NUMERIC, rate : NUMERIC = 0.5) => amount * (1 + rate)",
			"Twice.Taxed", "(x) => AddTax(AddTax(x))",
			"Later", "(t : TABLE EXPR) => COUNTROWS(CALCULATETABLE(t, ALL(Region)))",
			"Eager", "(t : TABLE) => COUNTROWS(CALCULATETABLE(t, ALL(Region)))",
			"Rows", "(least) => FILTER(Sales, Sales[Amount] >= least)",
			"OutOf", "() => Sales[Amount]",
			"Ring", "(x) => Other(x)", "Other", "(x) => Ring(x)",
			"Broken", "(x) => x +", "Typo", "() => SUM(Sales[Amuont])")
		w.measure("Sales", "Taxed", "AddTax([Total])")
		w.measure("Sales", "Lost", "Typo()")
		e := w.openOn(t, src)
		for q, want := range map[string]string{
			`ROW("x", [Taxed], "y", Twice.Taxed(4), "z", addtax(10, 1))`:                                 "75 9 20",
			`SUMMARIZECOLUMNS(Region[Name], "x", [Taxed]) ORDER BY Region[Name]`:                         "East 60\nWest 15",
			`SUMMARIZECOLUMNS(Region[Name], "a", Later(Sales), "b", Eager(Sales)) ORDER BY Region[Name]`: "East 2 1\nWest 2 1",
			`ADDCOLUMNS(Rows(20), "t", AddTax(Sales[Amount]))`:                                           "2 40 60",
			`ROW("n", COUNTROWS(FILTER(Sales, AddTax(Sales[Amount]) > 20)))`:                             "1",
			`ROW("n", CALCULATE([Taxed], FILTER(Sales, AddTax(Sales[Amount]) < 20)))`:                    "15",
			`ROW("n", COUNTROWS(INFO.USERDEFINEDFUNCTIONS()))`:                                           "10",
			`SELECTCOLUMNS(INFO.USERDEFINEDFUNCTIONS("Name", "twice.taxed"), "x", [Expression])`:         "(x) => AddTax(AddTax(x))",
			`ROW("n", CALCULATE(AddTax([Total]), Region[Name] = "West"))`:                                "15",
			`CALCULATETABLE(ROW("n", IF(AddTax(2) = 3, "yes", "no")), Rows(1))`:                          "yes",
			`ROW("n", SUMX(Sales, AddTax(Sales[Amount], Sales[Region])))`:                                "140",
			`TOPN(1, ADDCOLUMNS(VALUES(Region[Name]), "x", AddTax(CALCULATE([Total]))), [x], DESC)`:      "East 60",
		} {
			got, err := inform(t, e, everything, "EVALUATE "+q)
			if err != nil || strings.TrimSpace(got) != want {
				t.Errorf("%s: %q %v, want %q", q, got, err, want)
			}
		}
		// What a query defines stands before what the model does, for measures too.
		if got, err := inform(t, e, everything, `DEFINE FUNCTION AddTax = (x) => x EVALUATE ROW("x", [Taxed])`); err != nil || strings.TrimSpace(got) != "50" {
			t.Error(got, err)
		}
		for q, want := range map[string]string{
			`ROW("x", Ring(1))`:                     "calls itself",
			`ROW("x", Broken(1))`:                   "function Broken: it is not valid DAX",
			`ROW("x", [Lost])`:                      "measure [Lost]",
			`ROW("x", AddTax())`:                    "has no argument amount",
			`ROW("x", AddTax(1, 2, 3))`:             "has 3 arguments, and takes 2",
			`ROW("x", AddTax("x"))`:                 "AddTax",
			`ROW("x", Nowhere(1))`:                  "there is no function NOWHERE",
			`ADDCOLUMNS(Sales, "x", OutOf())`:       "function OutOf",
			`DEFINE VAR v = 1 EVALUATE ROW("x", 1)`: "",
		} {
			if !strings.HasPrefix(q, "DEFINE") {
				q = "EVALUATE " + q
			}
			_, err := e.Evaluate(context.Background(), everything, q)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s: %v, want %q", q, err, want)
			}
		}
	})
}

// TestFunctionsInRoleFilters: a filter that calls functions lets the rows pass that it would with
// their bodies in place, and none where that is not known.
func TestFunctionsInRoleFilters(t *testing.T) {
	onEach(t, func(t *testing.T, src opener) {
		w := described()
		w.table("User", "Name text, Region text", []any{"ann@example.com", "West"}, []any{nil, "East"})
		w.define("Rls.Is", "(name) => name = USERPRINCIPALNAME()",
			"Rls.Mine", `(name : STRING) => VAR mine = LOOKUPVALUE(User[Region], User[Name], USERPRINCIPALNAME()) RETURN NOT ISBLANK(mine) && name = mine`,
			"Rls.Nested", "(n) => Rls.Mine(n) || n = \"Nowhere\"",
			"Rls.Listed", "(n) => n IN CALCULATETABLE(VALUES(User[Region]), User[Name] = USERPRINCIPALNAME())",
			"Rls.Late", "(n : ANYREF) => n = \"West\"",
			"Rls.Own", "() => Region[Name] = \"West\"",
			"Rls.Ring", "(n) => Rls.Ring(n)", "Rls.Bad", "(n) => NOSUCH(n)")
		w.measure("Sales", "Mine", `COUNTROWS(FILTER(User, User[Name] = USERPRINCIPALNAME()))`)
		for _, f := range []string{"Rls.Mine([Name])", "Rls.Nested(Region[Name])", "Rls.Listed([Name])", "Rls.Late([Name])", "Rls.Own()",
			"Rls.Ring([Name])", "Rls.Bad([Name])", "Rls.None([Name])", "VAR u = USERPRINCIPALNAME() RETURN [Name] = LOOKUPVALUE(User[Region], User[Name], u)", "[Mine] = 1"} {
			w.role(f, "Region: "+f)
		}
		e := w.openOn(t, src)
		ask := func(role, user string) string {
			got, err := inform(t, e, as(user, role), `EVALUATE SUMMARIZECOLUMNS(Region[Name], "x", [Total])`)
			if err != nil {
				var refused *inlay.Error
				errors.As(err, &refused)
				return refused.Rule
			}
			return strings.TrimSpace(got)
		}
		for role, want := range map[string]string{
			"Rls.Mine([Name])": "West 10", "Rls.Nested(Region[Name])": "West 10", "Rls.Listed([Name])": "West 10",
			"VAR u = USERPRINCIPALNAME() RETURN [Name] = LOOKUPVALUE(User[Region], User[Name], u)": "West 10",
			"Rls.Late([Name])": query.RuleRoleBroken, "Rls.Own()": query.RuleRoleBroken, "Rls.Ring([Name])": query.RuleRoleBroken,
			"Rls.Bad([Name])": query.RuleRoleBroken, "Rls.None([Name])": query.RuleRoleBroken,
		} {
			if got := ask(role, "ann@example.com"); got != want {
				t.Errorf("%s: %q, want %q", role, got, want)
			}
			if want != query.RuleRoleBroken {
				if got := ask(role, "nobody@example.com"); got != "" {
					t.Errorf("%s: a user whom nothing names sees %q", role, got)
				}
			}
		}
		// Who has no name is refused, wherever the filter asks for it.
		for _, role := range []string{"Rls.Mine([Name])", "Rls.Nested(Region[Name])", "Rls.Listed([Name])", "[Mine] = 1"} {
			if got := ask(role, ""); got != query.RuleUsername {
				t.Errorf("%s without a name: %q", role, got)
			}
		}
		for _, n := range query.Needs(w.m)[2:] {
			if named := n.Role != "Rls.Own()" && n.Role != "Rls.Late([Name])" && n.Role != "Rls.Ring([Name])" && n.Role != "Rls.Bad([Name])" && n.Role != "Rls.None([Name])"; n.Username != named {
				t.Errorf("%s asks for a name: %v", n.Role, n.Username)
			}
		}
	})
}

// TestFunctionsOfHiddenObjects: a function that names what a role hides is none for who has it, and
// neither is what calls it.
func TestFunctionsOfHiddenObjects(t *testing.T) {
	onEach(t, func(t *testing.T, src opener) {
		w := staff()
		w.define("Pay.All", "() => SUM(Person[Salary])", "Pay.Twice", "() => 2 * Pay.All()", "Worked", "() => SUM(Hours[Worked])", "Odd", "() => SUM(Person[Salary")
		w.measure("Hours", "All pay", "Pay.Twice()")
		w.measure("Hours", "All work", "Worked()")
		e := w.openOn(t, src)
		for _, q := range []string{`ROW("x", Pay.All())`, `ROW("x", Pay.Twice())`, `ROW("x", [All pay])`, `ROW("x", Odd())`} {
			if _, err := e.Evaluate(context.Background(), everything, "EVALUATE "+q); err != nil && !strings.Contains(q, "Odd") {
				t.Errorf("%s: %v", q, err)
			}
			_, err := e.Evaluate(context.Background(), as("x", "Pay"), "EVALUATE "+q)
			_, none := e.Evaluate(context.Background(), as("x", "Pay"), "EVALUATE "+strings.NewReplacer("Pay.All", "Pay.Non", "Pay.Twice", "Pay.Nones", "All pay", "All non", "Odd", "Non").Replace(q))
			if err == nil || none == nil || inlay.KindOf(err) != inlay.KindOf(none) {
				t.Errorf("%s: %v, a name that does not exist: %v", q, err, none)
			}
		}
		if got, err := inform(t, e, as("x", "Pay"), `EVALUATE ROW("x", [All work])`); err != nil || strings.TrimSpace(got) != "30" {
			t.Error(got, err)
		}
		m, err := e.Visible(as("x", "Pay"))
		if err != nil || len(m.Functions) != 1 || m.Functions[0].Name != "Worked" {
			t.Error(m.Functions, err)
		}
	})
}
