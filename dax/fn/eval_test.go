package fn

import (
	"errors"
	"strings"
	"testing"

	"inlay/dax"
)

// given is an Env of columns and variables.
type given struct {
	leaves map[string]dax.Value
	tables map[string][][]dax.Value
	asked  *[]string
}

func (g given) Variable(name string) (dax.Value, bool) {
	v, ok := g.leaves["var "+name]
	return v, ok
}

var errLost = errors.New("connection lost")

func (g given) Leaf(e dax.Expr) (dax.Value, bool, error) {
	text := dax.Print(e)
	if text == "[Lost]" {
		return dax.Value{}, false, errLost
	}
	v, ok := g.leaves[text]
	if ok && g.asked != nil {
		*g.asked = append(*g.asked, text)
	}
	return v, ok, nil
}

func (g given) Table(e dax.Expr) ([][]dax.Value, bool, error) {
	rows, ok := g.tables[dax.Print(e)]
	return rows, ok, nil
}

// TestEval shows what the interpreter does beyond functions.
func TestEval(t *testing.T) {
	env := given{
		leaves: map[string]dax.Value{
			"SUM('Sales'[Amount])": dax.IntOf(60), "[Margin]": dax.FloatOf(.5), "'Store'[City]": dax.TextOf("Oslo"), "var outer": dax.IntOf(9),
		},
		tables: map[string][][]dax.Value{"VALUES('Store'[City])": {{dax.TextOf("OSLO")}, {dax.TextOf("Bergen")}}},
	}
	tests := []struct{ src, want string }{
		{"SUM(Sales[Amount]) * [Margin]", "30.0"}, {"outer + 1", "10"}, {"VAR outer = 1 RETURN outer", "1"},
		{`Store[City] IN {"oslo", "bergen"}`, "TRUE"}, {"Store[City] IN VALUES(Store[City])", "TRUE"}, {`"x" IN VALUES(Store[City])`, "FALSE"},
		{`(1, "b") IN {(1, "a"), (1, "B")}`, "TRUE"}, {"BLANK() IN {0}", "FALSE"}, {"BLANK() IN {BLANK()}", "TRUE"}, {"1 IN {}", "FALSE"},
		{"VAR t = {1, 2} RETURN 2 IN t", "TRUE"}, {"{5} + 1", "6"},

		// Only what is needed is evaluated; a variable at its first use.
		{`IF(TRUE, 1, "x" + 1)`, "1"}, {`COALESCE(1, "x" + 1)`, "1"}, {`FALSE && "x" + 1`, "FALSE"}, {`TRUE || "x" + 1`, "TRUE"},
		{`VAR a = "x" + 1 RETURN 5`, "5"}, {"VAR a = 1 VAR b = a + 1 VAR a = b * 10 RETURN a + b", "22"},
		{"VAR a = 1 RETURN (VAR a = 2 RETURN a) + a", "3"}, {`IFERROR("x" + 1, "y")`, `"y"`}, {"IFERROR(BLANK(), 5)", "BLANK()"},
		{"NOT 1 = 2", "TRUE"}, {"-2 ^ 2", "-4.0"}, {"TRUE()", "TRUE"}, {"IF(, 1, 2)", "2"},
	}
	for _, tt := range tests {
		x, err := dax.Parse(tt.src)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Eval(x, env); err != nil || got.String() != tt.want {
			t.Errorf("%s is %s, %v, want %s", tt.src, got, err, tt.want)
		}
	}
}

// TestEvalErrors shows that errors name the place, and that IFERROR hides errors of values only.
func TestEvalErrors(t *testing.T) {
	for src, want := range map[string]string{
		`1 + ("x" * 2)`:                        `line 1, column 10: cannot convert "x" of type Text to Number`,
		`"1" > 0`:                              "line 1, column 5: values of type Text cannot be compared",
		"1 +\n NOSUCH(2)":                      "line 2, column 2: there is no function NOSUCH",
		"LEN()":                                "line 1, column 1: LEN has 0 arguments, it is called as LEN(text)",
		"ROUND(1)":                             "it is called as ROUND(number, digits)",
		`ROUND("x", 1)`:                        `ROUND, argument "number": cannot convert "x"`,
		"LEFT(\"a\", -1)":                      "LEFT: the length -1 is negative",
		"SUM(Sales[Amount])":                   "function SUM is not supported here",
		"Sales[Amount]":                        "'Sales'[Amount] has no value here",
		"missing + 1":                          `"missing" is not a variable`,
		"IFERROR(NOSUCH(), 1)":                 "there is no function NOSUCH",
		"IFERROR(missing, 1)":                  `"missing" is not a variable`,
		"ISERROR(SUM(Sales[Amount]))":          "function SUM is not supported here",
		`VAR a = "x" * 2 RETURN IFERROR(a, 9)`: "cannot convert",
		"IFERROR([Lost], 1)":                   "connection lost",
		"(1, 2) IN {(1, 2, 3)}":                "IN compares 2 values with rows of 3 columns",
		"{1, 2} + 1":                           "a table of 2 rows stands where one value is expected",
		"1 IN Sales":                           "is not a table that is known here",
		"IF(\"a\", 1)":                         `line 1, column 4: cannot convert "a" of type Text to True/False`,
		"VAR a = \"a\" & REPT(\"a\", 32767) VAR b=a&a&a&a&a&a&a&a VAR c=b&b&b&b&b&b&b&b RETURN LEN(c & c)": "longer than",
	} {
		x, err := dax.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		v, err := Eval(x, given{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %s, %v, want %s", src, v, err, want)
		}
	}
	x, _ := dax.Parse("IFERROR([Lost], 1)")
	if _, err := Eval(x, given{}); !errors.Is(err, errLost) {
		t.Errorf("an error of the Env comes back as %v", err)
	}
}

// TestVariablesOnce shows that a variable is computed once, however often it is used.
func TestVariablesOnce(t *testing.T) {
	var asked []string
	x, err := dax.Parse("VAR a = [M] VAR unused = [N] RETURN a + a + a")
	if err != nil {
		t.Fatal(err)
	}
	v, err := Eval(x, given{leaves: map[string]dax.Value{"[M]": dax.IntOf(2), "[N]": dax.IntOf(3)}, asked: &asked})
	if err != nil || v.Int() != 6 || len(asked) != 1 {
		t.Errorf("%s, %v; asked for %v", v, err, asked)
	}
}

// TestTable checks that every function is described whole.
func TestTable(t *testing.T) {
	for _, f := range All() {
		ways := 0
		for _, has := range []bool{f.Eval != nil, f.Lazy, f.Special} {
			if has {
				ways++
			}
		}
		switch {
		case ways != 1:
			t.Errorf("%s is evaluated in %d ways", f.Name, ways)
		case f.Name != strings.ToUpper(f.Name) || f.Doc == "" || !strings.HasSuffix(f.Doc, "."):
			t.Errorf("%s has no proper name or documentation", f.Name)
		case f.Unbuilt() && !f.Special, f.Visual && !f.Special:
			t.Errorf("%s is not built, and is evaluated here", f.Name)
		case len(f.Examples) == 0 && !f.Special:
			t.Errorf("%s has no example", f.Name)
		case f.Lazy && lazy[f.Name] == nil:
			t.Errorf("%s is lazy, and nothing evaluates it", f.Name)
		case f.Total && f.SQL == "":
			t.Errorf("%s is total without SQL", f.Name)
		}
		optional := false
		for _, p := range f.Params {
			if optional && !p.Optional {
				t.Errorf("%s has a required parameter behind an optional one", f.Name)
			}
			optional = p.Optional
		}
	}
	for _, name := range []string{"if", "Divide", "USERNAME", "lookupvalue", "DISTINCTCOUNT"} {
		if _, ok := Lookup(name); !ok {
			t.Errorf("%s is missing", name)
		}
	}
	if f, ok := Lookup("CALCULATE"); !ok || !f.Special || f.Signature() != "CALCULATE(expression[, filter, …])" {
		t.Errorf("CALCULATE is %+v", f)
	}
}
