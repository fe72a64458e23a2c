package fn

import (
	"testing"

	"inlay/dax"
)

// TestEdges holds edge cases beyond the examples of the functions. Those of text, numbers and
// pictures of numbers are answers of Power BI Desktop; the last ones follow the documents.
func TestEdges(t *testing.T) {
	for src, want := range map[string]string{
		// BLANK in text functions.
		`ISBLANK(UPPER(BLANK()))`: `TRUE`, `ISBLANK(MID(BLANK(), 1, -1))`: `TRUE`, `ISBLANK(SUBSTITUTE(BLANK(), "a", "b", 0))`: `TRUE`,
		`ISBLANK(REPLACE(BLANK(), 1, 1, "x"))`: `FALSE`, `ISBLANK(REPT("x", 0))`: `FALSE`, `ISBLANK(REPT(BLANK(), 0))`: `TRUE`,
		`ISBLANK(LEFT("abc", 0))`: `FALSE`, `LEN(BLANK() & "")`: `0`, `ISBLANK(CONCATENATE("", BLANK()))`: `FALSE`,
		`SUBSTITUTE("abc", "b", BLANK())`: `"ac"`, `IFERROR(LEFT(BLANK(), "x"), "err")`: `"err"`, `IFERROR(REPLACE(BLANK(), 0, 1, "x"), "err")`: `"err"`,
		`ISBLANK(IFERROR(VALUE(BLANK()), 99))`: `TRUE`, `CONTAINSSTRING(BLANK(), "a")`: `FALSE`, `ISBLANK(FIXED(BLANK()))`: `FALSE`,

		// Counts are rounded, not cut.
		`LEFT("abcdef", 3.5)`: `"abcd"`, `MID("abcdef", 2.5, 1)`: `"c"`, `MID("abcdef", 2.7, 2.2)`: `"cd"`, `LEN(LEFT("abc", -0.4))`: `0`,
		`IFERROR(LEFT("abc", -0.6), "err")`: `"err"`, `REPLACE("abcdef", 2.5, 1, "X")`: `"abXdef"`, `LEFT("abc", "2")`: `"ab"`, `LEFT("abc", TRUE)`: `"a"`,
		`LEFT(12345, 2)`: `"12"`, `SUBSTITUTE("aaaa", "aa", "b")`: `"bb"`, `SUBSTITUTE("aaa", "aa", "b", 2)`: `"ab"`, `SUBSTITUTE("aaa", "a", "b", 1.4)`: `"baa"`,

		// Where searching begins and ends.
		`SEARCH("a", "abca", 1.5)`: `4`, `SEARCH("c", "abc", 3)`: `3`, `SEARCH("a", "abc", 5, -1)`: `-1`, `IFERROR(SEARCH("", "abc", 4), "err")`: `"err"`,
		`IFERROR(SEARCH("", ""), "err")`: `"err"`, `SEARCH("", "abc")`: `1`, `IFERROR(FIND("", "abc", 4), "err")`: `"err"`, `SEARCH(BLANK(), "abc")`: `1`,
		`FIND("", BLANK(), 1, -1)`: `1`, `IFERROR(SEARCH("c", "abc", BLANK()), "err")`: `"err"`, `CONTAINSSTRINGEXACT("abc", "a?c")`: `FALSE`,

		// Wildcards, and what ~ does.
		`SEARCH("?c", "abc")`: `2`, `SEARCH("b*", "xabc")`: `3`, `SEARCH("*", "abc", 2)`: `1`, `IFERROR(SEARCH("*", "a", 2), "err")`: `"err"`,
		`IFERROR(SEARCH("c?", "abc"), "err")`: `"err"`, `SEARCH("a*b?d", "abcbxd")`: `1`, `IFERROR(SEARCH("?*?", "a"), "err")`: `"err"`, `SEARCH("*?*", "a")`: `1`,
		`IFERROR(SEARCH("*??", "a"), "err")`: `"err"`, `SEARCH("**a", "ba")`: `1`, `SEARCH("a**", "a")`: `1`, `SEARCH("~", "abc")`: `1`, `SEARCH("a~", "a~b")`: `1`,
		`SEARCH("~~", "a~b")`: `2`, `SEARCH("~~*", "a~*b")`: `2`, `IFERROR(SEARCH("~~*", "a*b"), "err")`: `"err"`, `SEARCH("~~~", "x~~")`: `2`,
		`SEARCH("~?~~", "x?~")`: `2`, `SEARCH("?a", "xaba", 2)`: `3`, `IFERROR(SEARCH("*a", "abc", 2), "err")`: `"err"`, `SEARCH("a?b", "a" & UNICHAR(10) & "b")`: `1`,
		`IFERROR(SEARCH("k", "x" & UNICHAR(8490)), "err")`: `"err"`, `SEARCH(UNICHAR(233), "x" & UNICHAR(201))`: `2`, `IFERROR(SEARCH("e", "xé"), "err")`: `"err"`,
		`SEARCH("b", "ßb")`: `2`,

		// Numbers from text, truth values and dates.
		`DIVIDE(3, "0", 9)`: `9`, `DIVIDE(3, 0, "07") & ""`: `"07"`, `DIVIDE("3,5", 1)`: `35`, `DIVIDE(DATE(2024, 1, 2), 1)`: `45293`, `DIVIDE(TRUE, 2)`: `0.5`,
		`ROUND("2.567", "2")`: `2.57`, `INT(DATE(2024, 1, 2) + 0.75)`: `45293`, `MROUND("7", "2")`: `8`, `TRUNC("3.789", 1)`: `3.7`, `ABS(TRUE)`: `1`,
		`IFERROR(DIVIDE("", 3), "err")`: `"err"`, `EXP(BLANK())`: `1`, `ISBLANK(MROUND(BLANK(), 3))`: `TRUE`, `CEILING(5, 0)`: `0`, `MROUND(1.234, 0.05)`: `1.25`,

		// Pictures of numbers.
		`FORMAT(2297200.9, "$#,##0,.0K")`: `"$2,297.2K"`, `FORMAT(1234.5, "#,##0")`: `"1,235"`, `FORMAT(0.135, "0.00")`: `"0.14"`, `FORMAT(-0.05, "0.0%;(0.0%)")`: `"(5.0%)"`,
		`FORMAT(2, "0.##")`: `"2."`, `FORMAT(0.5, "#.##")`: `".5"`, `FORMAT(1234.5, "General Number")`: `"1234.5"`, `FORMAT(1234.5, "Currency")`: `"$1,234.50"`,
		`FORMAT(0.25, "Percent")`: `"25.00%"`, `FORMAT(DATE(2024, 3, 31) - DATE(2024, 1, 1), "0")`: `"90"`, `FORMAT(12345, "0.00E+00")`: `"1.23E+04"`,
		`FORMAT(5, "0 ""units""")`: `"5 units"`, `FORMAT(5, "\#0")`: `"#5"`,

		// Pictures of dates.
		`FORMAT(dt"2024-01-05T08:07:09", "yyyy-mm-dd hh:mm:ss")`: `"2024-01-05 08:07:09"`, `FORMAT(dt"2024-01-05T00:07:09", "h:nn am/pm")`: `"12:07 am"`,
		`FORMAT(DATE(2024, 5, 1), "\Qq yy")`: `"Q2 24"`, `FORMAT(45292, "d mmm yyyy")`: `"1 Jan 2024"`, `FORMAT(dt"2024-01-05T14:30:00", "Short Time")`: `"14:30"`,
	} {
		t.Run(src, func(t *testing.T) { checkExample(t, Example{src, want}) })
	}
}

// TestBitsOfNothing shows that functions of whole numbers take BLANK as 0.
func TestBitsOfNothing(t *testing.T) {
	f, ok := Lookup("BITOR")
	if !ok {
		t.Fatal("no BITOR")
	}
	if v, err := f.Call([]dax.Value{{}, dax.IntOf(5)}); err != nil || v.Int() != 5 {
		t.Errorf("%s, %v", v, err)
	}
	if _, err := f.Call([]dax.Value{dax.IntOf(5)}); err == nil {
		t.Error("a missing argument is no error")
	}
}
