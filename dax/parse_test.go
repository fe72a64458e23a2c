package dax

import (
	"errors"
	"strings"
	"testing"
)

// TestParse shows how expressions are read, by printing them in full parentheses.
func TestParse(t *testing.T) {
	tests := []struct{ src, want string }{
		// Numbers, text, dates.
		{"1", "1"}, {".5", "0.5"}, {"1e3", "1000.0"}, {"1.5E-2", "0.015"}, {"2.", "2.0"},
		{"9223372036854775807", "9223372036854775807"}, {"9223372036854775808", "9.223372036854776E+18"},
		{`"say ""hi"""`, `"say ""hi"""`}, {`""`, `""`}, {`dt"2026-1-31"`, `dt"2026-01-31"`},
		{`DT"2026-01-31 14:05:00"`, `dt"2026-01-31T14:05:00"`},
		{"TRUE", "TRUE"}, {"false", "FALSE"}, {"true()", "true()"},

		// Names.
		{"'It''s'", "'It''s'"}, {"[Col]]umn]", "[Col]]umn]"}, {"''[Col]", "''[Col]"}, {"Sales[Amount]", "'Sales'[Amount]"},
		{"'Sales Orders' [Net Amount]", "'Sales Orders'[Net Amount]"}, {"Größe[Wert]", "'Größe'[Wert]"},
		{"'Date'[Date].[Month]", "'Date'[Date].[Month]"}, {"x", "x"}, {"@p", "@p"}, {"_x1", "_x1"},

		// Calls.
		{"f()", "f()"}, {"f(a,,b)", "f(a,, b)"}, {"f(,)", "f(,)"}, {"CHISQ.DIST.RT(3, 4)", "CHISQ.DIST.RT(3, 4)"},
		{"INFO.TABLES()", "INFO.TABLES()"}, {"DATEADD(T[d], -1, YEAR)", "DATEADD('T'[d], (-1), YEAR)"},
		{"ORDERBY(T[c], desc blanks first, 1 BLANKS LAST)", "ORDERBY('T'[c], DESC BLANKS FIRST, ASC BLANKS LAST)"}, {"TOPN(1, T, T[c], ASC)", "TOPN(1, T, 'T'[c], ASC)"}, {"YEAR(x)", "YEAR(x)"},

		// Precedence, from the documents' table: ^, sign, * /, + -, &, comparison and IN, NOT.
		{"-2^2", "(-(2 ^ 2))"}, {"2^-2", "(2 ^ (-2))"}, {"2^3^2", "((2 ^ 3) ^ 2)"}, {"-2*3", "((-2) * 3)"},
		{"1+2*3", "(1 + (2 * 3))"}, {"8/4/2", "((8 / 4) / 2)"}, {"1-2-3", "((1 - 2) - 3)"},
		{`"a" & 1 + 2`, `("a" & (1 + 2))`}, {"1 + 2 = 3", "((1 + 2) = 3)"}, {"a = b & c", "(a = (b & c))"},
		{"NOT a = b", "(NOT (a = b))"}, {"not a in {1}", "(NOT (a IN {1}))"}, {"NOT(a) && b", "((NOT a) && b)"},
		{"a || b && c", "(a || (b && c))"}, {"a = 1 && b <> 2 || c", "(((a = 1) && (b <> 2)) || c)"},
		{"a == b", "(a == b)"}, {"a<=b", "(a <= b)"}, {"- - 1", "(-(-1))"}, {"+1", "(+1)"}, {"(1)", "1"},

		// Tuples, tables, IN.
		{"{1,2}", "{1, 2}"}, {"{}", "{}"}, {`{(1,"a"),(2,"b")}`, `{(1, "a"), (2, "b")}`},
		{"a NOT IN {1} && b", "((NOT (a IN {1})) && b)"}, {"NOT a NOT IN {1}", "(NOT (NOT (a IN {1})))"}, {"a + 1 not in T", "(NOT ((a + 1) IN T))"},
		{"(a, b) IN {(1, 2)}", "((a, b) IN {(1, 2)})"}, {"x IN VALUES(T[c])", "(x IN VALUES('T'[c]))"},

		// VAR … RETURN anywhere.
		{"VAR a = 1 RETURN a + 1", "VAR a = 1 RETURN (a + 1)"},
		{"var a = 1 var b = a return a * b", "VAR a = 1 VAR b = a RETURN (a * b)"},
		{"SUMX(T, VAR a = T[x] RETURN a)", "SUMX(T, VAR a = 'T'[x] RETURN a)"},
		{"1 + VAR a = 1 RETURN a", "(1 + (VAR a = 1 RETURN a))"},
		{"VAR a = VAR b = 1 RETURN b RETURN a", "VAR a = (VAR b = 1 RETURN b) RETURN a"},

		// Space and comments.
		{"1 // one\n + 2 -- two\n /* three\n */ + 3", "((1 + 2) + 3)"}, {"\ufeff\t1\r\n", "1"}, {"1 -- end", "1"},
	}
	for _, tt := range tests {
		x, err := Parse(tt.src)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.src, err)
			continue
		}
		if got := full(x); got != tt.want {
			t.Errorf("Parse(%q) = %s, want %s", tt.src, got, tt.want)
		}
		if again, err := Parse(Print(x)); err != nil || full(again) != tt.want {
			t.Errorf("Parse(%q) prints as %q, which reads differently: %v", tt.src, Print(x), err)
		}
	}
}

// full prints every operator in parentheses, so that a test shows the tree.
func full(x Expr) string {
	list := func(items []Expr) string {
		var parts []string
		for i, x := range items {
			s := full(x)
			if i > 0 && x != nil {
				s = " " + s
			}
			parts = append(parts, s)
		}
		return strings.Join(parts, ",")
	}
	switch x := x.(type) {
	case nil:
		return ""
	case *Unary:
		return "(" + x.Op + map[bool]string{true: " "}[x.Op == "NOT"] + full(x.X) + ")"
	case *Binary:
		y := full(x.Y)
		if _, ok := x.Y.(*Block); ok {
			y = "(" + y + ")"
		}
		return "(" + full(x.X) + " " + x.Op + " " + y + ")"
	case *Call:
		return x.Func + "(" + list(x.Args) + ")"
	case *Tuple:
		return "(" + list(x.Items) + ")"
	case *TableOf:
		return "{" + list(x.Rows) + "}"
	case *Block:
		s := ""
		for _, v := range x.Vars {
			y := full(v.X)
			if _, ok := v.X.(*Block); ok {
				y = "(" + y + ")"
			}
			s += "VAR " + v.Name + " = " + y + " "
		}
		return s + "RETURN " + full(x.Return)
	}
	return Print(x)
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ src, want string }{
		{"", `line 1, column 1: expected an expression, found the end`},
		{"1 +", `line 1, column 4: expected an expression, found the end`},
		{"x =\n  CALCULATE(x, \n", `line 3, column 1: expected an expression, found the end`},
		{"f(1", `expected "," or ")" in the arguments of f, found the end`},
		{"(1", `expected ")", found the end`},
		{"1 2", `line 1, column 3: expected an operator or the end, found "2"`},
		{"a b", `found "b"`},
		{`"open`, `line 1, column 1: the text has no closing "`},
		{"'open", "the table name has no closing '"},
		{"[open", "the column name has no closing ]"},
		{"''", "the table name is empty"},
		{"/* open", `comment begins with "/*" and has no "*/"`},
		{"1x", `"1x" is neither a number nor a name`},
		{"f(a; b)", `unexpected character ";"; arguments are separated by a comma`},
		{"“a”", `use straight quotes`},
		{"!a", `write NOT`},
		{"VAR x = 1", `expected "RETURN" after the variables, found the end`},
		{"VAR = 1 RETURN 2", `expected the name of a variable, found "="`},
		{"VAR a.b = 1 RETURN 2", `expected the name of a variable`},
		{"RETURN 1", `expected an expression, found "RETURN"`},
		{"{(1, 2), 3}", `line 1, column 10: the row has 1 columns, the first row of the table has 2`},
		{`dt"2026-02-30"`, `a date literal is dt"YYYY-MM-DD"`},
		{"1e999", `the number "1e999" is too large`},
		{"a\xffb", "not valid UTF-8"},
		{"EVALUATE T", `expected an expression, found "EVALUATE"`},
	}
	for _, tt := range tests {
		_, err := Parse(tt.src)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Parse(%q): %v\nwant %s", tt.src, err, tt.want)
		}
	}
}

// TestErrorText shows what an author of a measure sees: every mistake, its line, a caret.
func TestErrorText(t *testing.T) {
	_, err := Parse("CALCULATE(\n\tSUM(Sales[Amount]) +, -- no operand\n\tIF(a b, 1, 2),\n\tg(")
	want := strings.Join([]string{
		`line 2, column 22: expected an expression, found ","`,
		" 2 | \tSUM(Sales[Amount]) +, -- no operand",
		"   | \t                    ^",
		`line 3, column 7: expected "," or ")" in the arguments of IF, found "b"`,
		" 3 | \tIF(a b, 1, 2),",
		"   | \t     ^",
		`line 4, column 4: expected an expression, found the end`,
		" 4 | \tg(",
		"   | \t  ^",
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestErrorf shows an error at a node of an expression that was read before.
func TestErrorf(t *testing.T) {
	src := "SUM('Größe'[Wert]) +\n  SUM(Sales[Missing])"
	x, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	var at Expr
	Walk(x, func(e Expr) bool {
		if c, ok := e.(*Column); ok && c.Name == "Missing" {
			at = c
		}
		return true
	})
	got := Errorf(at, "table %s has no column %s", "Sales", "Missing").In(src).Error()
	want := "line 2, column 7: table Sales has no column Missing\n 2 |   SUM(Sales[Missing])\n   |       ^"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	long := strings.Repeat("x+", 200) + "?" + strings.Repeat("+x", 200)
	if _, err := Parse(long); err == nil || len(err.Error()) > 400 || !strings.Contains(err.Error(), "…") {
		t.Errorf("a long line is not cut: %v", err)
	}
}

// TestBombs shows that hostile text ends in an error.
func TestBombs(t *testing.T) {
	tests := map[string]string{
		"parentheses": strings.Repeat("(", 100_000),
		"closed":      strings.Repeat("(", 10_000) + "1" + strings.Repeat(")", 10_000),
		"calls":       strings.Repeat("f(", 50_000),
		"signs":       strings.Repeat("- ", 100_000) + "1",
		"not":         strings.Repeat("NOT ", 50_000) + "1",
		"tables":      strings.Repeat("{", 100_000),
		"variables":   strings.Repeat("VAR a = ", 20_000),
		"returns":     strings.Repeat("VAR a = 1 RETURN ", 10_000) + "1",
		"chain":       strings.Repeat("1+", 100_000) + "1",
		"size":        strings.Repeat(" ", maxSize) + "1",
		"errors":      strings.Repeat("? ", 100_000),
		"arguments":   "f(" + strings.Repeat("+,", 100_000) + ")",
	}
	for name, src := range tests {
		_, err := Parse(src)
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if len(err.Error()) > 10_000 {
			t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
		}
	}
	for name, src := range map[string]string{
		"nested": strings.Repeat("(", maxDepth-2) + "1" + strings.Repeat(")", maxDepth-2),
		"chain":  strings.Repeat("1+", maxHeight-2) + "1",
		"many":   "f(" + strings.Repeat("1,", 100_000) + "1)",
	} {
		if _, err := Parse(src); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseQuery(t *testing.T) {
	q, err := ParseQuery(`DEFINE
		VAR x = 1
		MEASURE Sales[Net] = VAR y = x RETURN SUM(Sales[Amount]) - y
		TABLE Big = FILTER(Sales, Sales[Amount] > 100)
		COLUMN 'Sales'[Gross] = Sales[Amount] * 1.2
		EVALUATE SUMMARIZECOLUMNS(Sales[Region], "n", [Net])
		ORDER BY Sales[Region] DESC, [n]
		START AT "North", @n
		EVALUATE {1}`)
	if err != nil {
		t.Fatal(err)
	}
	if len(q.Defines) != 4 || len(q.Evaluate) != 2 {
		t.Fatalf("%d definitions and %d statements", len(q.Defines), len(q.Evaluate))
	}
	m := q.Defines[1]
	if m.Kind != "MEASURE" || m.Table != "Sales" || m.Name != "Net" || Print(m.X) != "VAR y = x RETURN SUM('Sales'[Amount]) - y" {
		t.Errorf("measure %+v", m)
	}
	e := q.Evaluate[0]
	if len(e.Order) != 2 || !e.Order[0].Descending || e.Order[1].Descending || len(e.StartAt) != 2 {
		t.Errorf("statement %+v", e)
	}
	for _, src := range []string{"EVALUATE {" + strings.Repeat("(", 500), "EVALUATE {1" + strings.Repeat("+1", 5000) + "}", "EVALUATE " + strings.Repeat(" ", maxSize)} {
		var e *Error
		if _, err := ParseQuery(src); !errors.As(err, &e) || !e.Limit {
			t.Errorf("%d bytes: %v, want the error of a limit", len(src), err)
		}
	}
	for src, want := range map[string]string{
		"1":                             `expected EVALUATE, found "1"`,
		"DEFINE EVALUATE T":             `expected VAR, MEASURE, TABLE, COLUMN or FUNCTION`,
		"DEFINE MEASURE T = 1":          `expected a name in brackets`,
		"EVALUATE T START AT 1":         `START AT has more values`,
		"EVALUATE T ORDER [x]":          `expected "BY"`,
		"EVALUATE T EVALUATE":           `expected an expression, found the end`,
		"DEFINE MEASURE [m] EVALUATE T": `expected the name of a table`,
	} {
		if _, err := ParseQuery(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseQuery(%q): %v, want %s", src, err, want)
		}
	}
}

// TestParseFunction shows how functions of a query are read.
func TestParseFunction(t *testing.T) {
	q, err := ParseQuery(`DEFINE
		FUNCTION Shop.WithTax = (amount : NUMERIC, rate : scalar double val = 0.1, t : TABLEREF, e : EXPR, any) => amount * (1 + rate)
		FUNCTION Seven = () => 7
		EVALUATE {Shop.WithTax(1, , T, 2, 3) + Seven()}`)
	if err != nil {
		t.Fatal(err)
	}
	f := q.Defines[0]
	if f.Kind != "FUNCTION" || f.Name != "Shop.WithTax" || Print(f.X) != "amount * (1 + rate)" || len(f.Params) != 5 || len(q.Defines[1].Params) != 0 {
		t.Fatalf("%+v", f)
	}
	for i, want := range []Param{{Name: "amount", Type: "SCALAR", Subtype: "NUMERIC"}, {Name: "rate", Type: "SCALAR", Subtype: "DOUBLE", Mode: "VAL"}, {Name: "t", Type: "TABLEREF"}, {Name: "e", Mode: "EXPR"}, {Name: "any"}} {
		got := f.Params[i]
		if (got.Default != nil) != (want.Name == "rate") {
			t.Errorf("%s: default %v", got.Name, got.Default)
		}
		got.At, got.Default = At{}, nil
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	for src, want := range map[string]string{
		"f = x => x": `expected "("`, "f = (x) = x": `expected "=>"`, "f = (x : NOTHING) => x": "expected a type", "f = (x, X) => x": "two parameters",
		"f = (x : TABLE INT64) => x": "has no subtype", "f = (x : COLUMNREF VAL) => x": "cannot be passed as VAL", ".f = () => 1": "the name of a function", "f = (a.b) => 1": "the name of a parameter",
	} {
		if _, err := ParseQuery("DEFINE FUNCTION " + src + " EVALUATE {1}"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", src, err, want)
		}
	}
}
