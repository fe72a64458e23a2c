package dax

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// sameTree compares trees without their positions.
func sameTree(a, b Expr) string {
	return cmp.Diff(a, b, cmpopts.IgnoreTypes(At{}, Pos{}), cmp.AllowUnexported(Value{}))
}

// checkPrint checks that a tree prints as text that reads back as the same tree, and that
// printing that gives the same text.
func checkPrint(t interface{ Fatalf(string, ...any) }, x Expr) {
	text := Print(x)
	again, err := Parse(text)
	if err != nil {
		t.Fatalf("%q does not read back: %v", text, err)
	}
	if d := sameTree(x, again); d != "" {
		t.Fatalf("%q reads back as another tree:\n%s", text, d)
	}
	if second := Print(again); second != text {
		t.Fatalf("%q prints as %q the second time", text, second)
	}
}

func TestPrintMinimal(t *testing.T) {
	for src, want := range map[string]string{
		"((1 + 2)) * (3)":                     "(1 + 2) * 3",
		"1 - (2 - 3)":                         "1 - (2 - 3)",
		"(1 - 2) - 3":                         "1 - 2 - 3",
		"(-2) ^ 2":                            "(-2) ^ 2",
		"-(2 ^ 2)":                            "-2 ^ 2",
		"2 ^ -2":                              "2 ^ (-2)",
		"- -1":                                "-(-1)",
		"NOT (NOT a)":                         "NOT (NOT a)",
		"(NOT a) = b":                         "(NOT a) = b",
		"NOT (a IN { 1 })":                    "NOT a IN {1}",
		"(a && b) || (c && d)":                "a && b || c && d",
		"sales[x]  in  values( t )":           "'sales'[x] IN values(t)",
		"(VAR a = 1 RETURN a) + 1":            "(VAR a = 1 RETURN a) + 1",
		"f(VAR a = 1 RETURN a, , 2)":          "f(VAR a = 1 RETURN a,, 2)",
		"VAR a = (VAR b=1 RETURN b) RETURN a": "VAR a = (VAR b = 1 RETURN b) RETURN a",
		"[a]]b] & 'it''s'[c]":                 "[a]]b] & 'it''s'[c]",
	} {
		x, err := Parse(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got := Print(x); got != want {
			t.Errorf("Print(%s) = %s, want %s", src, got, want)
		}
	}
}

// TestPrintProperty prints trees that no author would write.
func TestPrintProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkPrint(t, tree(t, 4)) })
}

func pick(t *rapid.T, from ...string) string { return rapid.SampledFrom(from).Draw(t, "choice") }

// tree draws an expression.
func tree(t *rapid.T, depth int) Expr {
	if depth == 0 {
		return leaf(t)
	}
	below := func() Expr { return tree(t, depth-1) }
	some := func(least int) []Expr {
		items := make([]Expr, rapid.IntRange(least, 3).Draw(t, "items"))
		for i := range items {
			items[i] = below()
		}
		return items
	}
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0:
		return &Unary{Op: pick(t, "-", "+", "NOT"), X: below()}
	case 1, 2:
		return &Binary{Op: pick(t, "+", "-", "*", "/", "^", "&", "=", "==", "<>", "<", "<=", ">", ">=", "&&", "||", "IN"), X: below(), Y: below()}
	case 3:
		c := &Call{Func: pick(t, "SUM", "CHISQ.DIST.RT", "f", "TRUE", "Größe")}
		if args := some(0); len(args) > 0 {
			c.Args = args
			if rapid.Bool().Draw(t, "omit") && len(args) > 1 {
				c.Args[rapid.IntRange(0, len(args)-1).Draw(t, "which")] = nil
			}
		}
		return c
	case 4:
		b := &Block{Return: below()}
		for range rapid.IntRange(1, 2).Draw(t, "vars") {
			b.Vars = append(b.Vars, Var{Name: pick(t, "a", "_b", "ÄÖ"), X: below()})
		}
		return b
	case 5:
		return &Tuple{Items: some(2)}
	case 6:
		return row(t, depth)
	}
	return leaf(t)
}

// row draws a table constructor whose rows are of one width.
func row(t *rapid.T, depth int) Expr {
	table := &TableOf{}
	columns := rapid.IntRange(1, 3).Draw(t, "columns")
	for range rapid.IntRange(0, 3).Draw(t, "rows") {
		if columns == 1 {
			x := tree(t, depth-1)
			if _, ok := x.(*Tuple); ok {
				x = leaf(t)
			}
			table.Rows = append(table.Rows, x)
			continue
		}
		r := &Tuple{}
		for range columns {
			r.Items = append(r.Items, tree(t, depth-1))
		}
		table.Rows = append(table.Rows, r)
	}
	return table
}

// leaf draws an operand.
func leaf(t *rapid.T) Expr {
	name := func(what string) string {
		s := rapid.StringMatching(`[A-Za-z'\]\[ ."äß🦊/-]{1,8}`).Draw(t, what)
		return "n" + s
	}
	switch rapid.IntRange(0, 8).Draw(t, "leaf") {
	case 0:
		return &Literal{Value: IntOf(rapid.Int64Range(0, 1<<62).Draw(t, "int"))}
	case 1:
		return &Literal{Value: FloatOf(rapid.Float64Range(0, 1e300).Draw(t, "float"))}
	case 2:
		return &Literal{Value: TextOf(rapid.String().Draw(t, "text"))}
	case 3:
		return &Literal{Value: BoolOf(rapid.Bool().Draw(t, "bool"))}
	case 4:
		return &Literal{Value: DateOf(rapid.Int64Range(firstMoment.UnixMicro(), lastMoment.UnixMicro()-1).Draw(t, "date"))}
	case 5:
		return &Column{Table: pick(t, "", "T", name("table")), Name: name("column"), Level: pick(t, "", "Month")}
	case 6:
		return &Table{Name: name("table")}
	case 7:
		return &Parameter{Name: "p"}
	}
	return &Name{Name: pick(t, "x", "DAY", "NONE", "ASC", "T")}
}

// FuzzParse checks that nothing makes the parser panic, and that what it accepts is printed
// so that it reads back the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"1", "-2^2", "a.b(,)", `"a""b"`, "'It''s'[Col]]umn]", "VAR a = {1,(2)} RETURN NOT a IN {(1,\"x\")}",
		"f(a,,b) -- c\n/* */ + .5e-3", `dt"2026-01-31 10:00:00"`, "@p", "'D'[d].[Month]", "((", "{,}", "1e", "/*", "\xff",
		"CALCULATE(SUM(T[x]), T[y] = 1 && T[z] <> \"q\" || TRUE)", "EVALUATE T ORDER BY T[x] DESC START AT 1",
		"x NOT IN {1} NOT IN T", "ORDERBY(T[x], DESC BLANKS LAST, T[y], 1 BLANKS FIRST, ASC BLANKS)", "f(ASC BLANKS FIRST + 1)", "DEFINE FUNCTION f = (x) => x EVALUATE {f(1)}", "DEFINE COLUMN T[c] = 1 TABLE U = T EVALUATE U", "VAR Date = 1 RETURN Date", "Größe[№] & 'a.b'[c]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		_, _ = ParseQuery(src)
		x, err := Parse(src)
		if err != nil {
			_ = err.Error()
			return
		}
		if len(src) < 4096 && height(x) < 100 {
			checkPrint(t, x)
		}
	})
}

func height(x Expr) int {
	h := 0
	for _, c := range children(x) {
		if c != nil {
			h = max(h, height(c))
		}
	}
	return h + 1
}

// shared finds a file of ../shared, beside the repository. The test is skipped without it.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("go.mod not found")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "..", "shared", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs ../shared/%s, which is not here", name)
	}
	return path
}

// TestConformanceQueries reads every query of the conformance cases.
func TestConformanceQueries(t *testing.T) {
	f, err := os.Open(shared(t, "dax/cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for ; lines.Scan(); n++ {
		var c struct{ ID, Query string }
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		q, err := ParseQuery(c.Query)
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
			continue
		}
		for _, x := range q.Expressions() {
			checkPrint(t, x)
		}
	}
	if n < 300 {
		t.Errorf("%d queries, want 300 at least", n)
	}
}

// measure finds the one-line and the indented measures of a TMDL file.
var measure = regexp.MustCompile("(?m)^\t(?:measure|column) [^=\n]+=[ \t]*(```)?(.*(?:\n(?:\t\t\t.*|[ \t]*))*)")

// TestSampleMeasures reads the measures of the sample projects.
func TestSampleMeasures(t *testing.T) {
	n := 0
	err := filepath.WalkDir(shared(t, "samples"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tmdl" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range measure.FindAllStringSubmatch(strings.ReplaceAll(string(text), "\r\n", "\n"), -1) {
			src := strings.ReplaceAll(m[2], "```", "")
			x, err := Parse(src)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			checkPrint(t, x)
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 50 {
		t.Errorf("%d measures, want 50 at least", n)
	}
}
