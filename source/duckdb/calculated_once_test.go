package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay/dax"
	"inlay/model"
)

// rowGrammar draws expressions of a row of Sales: what the engine computes by itself, and what
// makes it give up.
type rowGrammar struct {
	t    *rapid.T
	wild bool // values and expressions are drawn that fail more often than not
}

func (g rowGrammar) of(from ...string) string { return rapid.SampledFrom(from).Draw(g.t, "word") }

func (g rowGrammar) number(deep int) string {
	leaf := g.of("Sales[Units]", "[Price]", "Sales[Weight]", "1", "0", "2.5", "-3", "BLANK()", "RELATED(Product[Size])", "SUM(Sales[Units])", "YEAR(Sales[Day])", "LEN(Sales[Product])", "CURRENCY(1.2345)", "[Total]")
	if g.wild {
		leaf = g.of(leaf, "9223372036854775806", "VALUE(Sales[Product])")
	}
	if deep == 0 {
		return leaf
	}
	a, b := g.number(deep-1), g.number(deep-1)
	return g.of(leaf, "("+a+" "+g.of("+", "-", "*", "/")+" "+b+")", "-"+a, "DIVIDE("+a+", "+b+g.of(")", ", -1)"), "IF("+g.test(deep-1)+", "+a+g.of(", "+b, "")+")",
		"COALESCE("+a+", "+b+")", "ABS("+a+")", "SIGN("+a+")", "SWITCH(TRUE(), "+g.test(deep-1)+", "+a+", "+b+")", "SWITCH(Sales[Units], 2, "+a+", 5, "+b+")",
		"VAR v = "+a+" VAR w = v + "+b+" RETURN IF(w > v, w, v)", "INT("+a+")", "ROUND("+a+", 2)")
}

func (g rowGrammar) test(deep int) string {
	op := g.of("=", "<>", "<", "<=", ">", ">=", "==")
	of := []string{g.number(0) + " " + op + " " + g.number(0), g.text(0) + " " + op + " " + g.text(0), "Sales[Day] " + op + " DATE(2026, 1, 31)", "ISBLANK(" + g.of("Sales[Units]", "Sales[Day]", "RELATED(Product[Name])", "Sales[Flag]") + ")",
		"Sales[Flag]", "Sales[Product] IN {\"a\", \"X\"}", "Sales[Units] IN {2, 5}", "CONTAINSSTRING(Sales[Product], \"B\")"}
	if deep > 0 {
		of = append(of, "("+g.test(deep-1)+" "+g.of("&&", "||")+" "+g.test(deep-1)+")", "NOT ("+g.test(deep-1)+")", "AND("+g.test(deep-1)+", "+g.test(deep-1)+")")
	}
	return g.of(of...)
}

func (g rowGrammar) text(deep int) string {
	leaf := g.of("Sales[Product]", "RELATED(Product[Name])", `"a"`, `""`, "BLANK()", "Sales[Note]")
	if deep == 0 {
		return leaf
	}
	a, b := g.text(deep-1), g.text(deep-1)
	return g.of(leaf, "("+a+" & "+b+")", "("+a+" & Sales[Units])", "UPPER("+a+")", "LOWER("+a+")", "LEFT("+a+", 2)", "RIGHT("+a+", 1)", "MID("+a+", 2, 1)", "SUBSTITUTE("+a+", \"a\", \"b\")", "TRIM("+a+")",
		"IF("+g.test(deep-1)+", "+a+", "+b+")", "COALESCE("+a+", "+b+")", "FORMAT(Sales[Units], \"0\")", "CONCATENATE("+a+", "+b+")")
}

// column is a type and an expression.
func (g rowGrammar) column() string {
	wild := func(other string) string { return map[bool]string{true: other, false: "any"}[g.wild] }
	switch g.of("number", "number", "text", "truth", "date") {
	case "number":
		return g.of("double", "double", "decimal", "any", wild("int"), "text") + " = " + g.number(2)
	case "text":
		return g.of("text", "any", "text", wild("int")) + " = " + g.text(2)
	case "truth":
		return g.of("bool", "any", wild("text")) + " = " + g.test(2)
	}
	return g.of("date", "any") + " = " + g.of("Sales[Day]", "IF("+g.test(1)+", Sales[Day])", "Sales[Day] + "+g.number(0), "DATE(2026, 1 + Sales[Units], 1)")
}

// TestCalculatedAtOnce: a calculated column has the same values, or the same error, whether the
// engine computes it by one statement or the evaluator row by row.
func TestCalculatedAtOnce(t *testing.T) {
	dir := t.TempDir()
	atOnce, tried, failed := 0, 0, 0
	computedByEngine = func() { atOnce++ }
	defer func() { computedByEngine = func() {} }()
	rapid.Check(t, func(t *rapid.T) {
		if tried >= 160 && os.Getenv("INLAY_SOAK") == "" {
			return
		}
		pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
		g := rowGrammar{t, rapid.IntRange(0, 3).Draw(t, "wild") == 0}
		units, prices, weights := []string{"null", "0", "2", "5", "-1"}, []string{"null", "0", "1.5", "-10", "0.0001"}, []string{"null", "0", "0.1", "-2.5", "3"}
		if g.wild {
			units, prices, weights = append(units, "9007199254740993", "9223372036854775806"), append(prices, "99999999999999.9999"), append(weights, "1e300")
		}
		var rows []string
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			rows = append(rows, "{"+strings.Join([]string{pick("product", `"a"`, `"A"`, `"b"`, `"x"`, "null", `"ß"`, `"12"`), pick("day", "null", "#date(2026, 1, 31)", "#date(2025, 3, 1)", "#date(1900, 1, 1)"),
				pick("units", units...), pick("price", prices...),
				pick("weight", weights...), pick("flag", "null", "true", "false"), pick("note", "null", `""`, `" é"`, `"a b"`)}, ", ")+"}")
		}
		var columns []string
		for i := range 4 {
			columns = append(columns, fmt.Sprintf("Sales[c%d] ", i)+g.column())
		}
		outcome := func(rowByRow bool) string {
			m := &model.Model{Tables: []*model.Table{
				tableOf("Sales", `Table.TransformColumnTypes(#table({"Product", "Day", "Units", "Price", "Weight", "Flag", "Note"}, {`+strings.Join(rows, ", ")+`}), {{"Day", type date}})`,
					"Product text", "Day date", "Units int", "Price decimal", "Weight double", "Flag bool", "Note text"),
				tableOf("Product", `#table({"Id", "Name", "Size"}, {{"a", "Apple", 1}, {"b", "Bread", null}, {"ß", "É", 7}})`, "Id text", "Name text", "Size int"),
			}, Relationships: []model.Relationship{{Name: "r", From: model.ColumnRef{Table: "Sales", Column: "Product"}, To: model.ColumnRef{Table: "Product", Column: "Id"}, ToEnd: model.One}}}
			m.Tables[0].Measures = []*model.Measure{{Name: "Total", Expression: "SUM(Sales[Units])"}}
			calculate(m, columns...)
			out, err := os.MkdirTemp(dir, "out") //nolint:usetesting // it goes with the check, not with the test
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = os.RemoveAll(out) }()
			file := filepath.Join(out, "x.duckdb")
			sum, err := Refresh(context.Background(), RefreshInput{Model: m, Root: dir, Out: file, MemoryLimit: "256MB", Threads: 1, rowByRow: rowByRow})
			if err != nil {
				return err.Error()
			}
			db, err := Open(file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			if err := Complete(m, file); err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf("%+v\n%+v\n", sum.Types, sum.Statistics.Table("Sales"))
			for _, c := range m.Tables[0].Columns[7:] {
				r, err := db.run(context.Background(), "SELECT "+c.Name+` FROM "Sales" ORDER BY rowid`, nil, []dax.Type{c.Type})
				if err != nil {
					t.Fatal(err)
				}
				for dst := make([]dax.Value, 1); r.Next(dst); {
					text += fmt.Sprintf("%s %d %q\n", c.Name, dst[0].Type(), dst[0].ToText())
				}
				if err := errors.Join(r.Err(), r.Close()); err != nil {
					t.Fatal(err)
				}
			}
			return text
		}
		tried += len(columns)
		got, want := outcome(false), outcome(true)
		if got != want {
			t.Fatalf("%s\n%s\nat once\n%s\nrow by row\n%s", strings.Join(columns, "\n"), strings.Join(rows, "\n"), got, want)
		}
		if strings.Contains(want, "calculated column") {
			failed++
		}
	})
	t.Logf("%d of %d at once, %d errors", atOnce, tried, failed)
	if (atOnce < tried/20) && !testing.Short() {
		t.Errorf("the engine computed %d of %d", atOnce, tried)
	}
}
