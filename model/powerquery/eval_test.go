package powerquery

import (
	"context"
	"strings"
	"testing"
	"time"

	"inlay/model"
)

func testConfig() Config {
	return Config{
		Culture: "en-GB",
		Now:     func() time.Time { return time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC) },
		Queries: []model.Expression{
			{Name: "Root", Source: `"C:\data"`},
			{Name: "AsAt", Source: `#date(2026, 6, 30)`},
			{Name: "Loop", Source: `Loop2`}, {Name: "Loop2", Source: `Loop`},
			{Name: "Broken", Source: `let a = in a`},
			{Name: "My Query", Source: `42`},
		},
	}
}

func TestScalar(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`1 + 2 * 3`, "7"},
		{`(1 + 2) * 3`, "9"},
		{`7 / 2`, "3.5"},
		{`9007199254740993 + 0`, "9007199254740993"},
		{`-2 - -3`, "1"},
		{`0x1F`, "31"},
		{`1.5e3`, "1500"},
		{`"a" & "b" & "#(lf)"`, "ab\n"},
		{`"say ""hi"""`, `say "hi"`},
		{`Root & "\sales.csv"`, `C:\data\sales.csv`},
		{`#"My Query"`, "42"},
		{`let a = 1, b = a + 1 in b`, "2"},
		{`let unused = Table.Nonsense(1), b = 5 in b`, "5"},
		{`let x = 1, f = (y) => x + y in f(4)`, "5"},
		{`let f = (n as number, optional m as number) => if m = null then n else n + m in f(1) + f(1, 2)`, "4"},
		{`let f = (n) => if n <= 1 then 1 else n * @f(n - 1) in f(10)`, "3628800"},
		{`[a = 1, b = a + 1][b]`, "2"},
		{`let Date = 3 in [Date = Date][Date]`, "3"},
		{`[Month Number = 4][Month Number]`, "4"},
		{`[#"a-b" = 4][#"a-b"]`, "4"},
		{`{1, 2, 3}{1}`, "2"},
		{`List.Sum({1..10})`, "55"},
		{`{1}{5}? ?? "none"`, "none"},
		{`[a = 1][b]? ?? 7`, "7"},
		{`if 1 < 2 and not (2 < 1) then "yes" else "no"`, "yes"},
		{`null and false`, "false"},
		{`true or null`, "true"},
		{`Text.From(1 = 1.0)`, "true"},
		{`Text.From("a" = "A")`, "false"},
		{`Text.From(1 = "1")`, "false"},
		{`Text.From(null = null)`, "true"},
		{`(null < 1) ?? "null"`, "null"},
		{`(1 + null) ?? "null"`, "null"},
		{`("a" & null) ?? "null"`, "null"},
		{`Text.From(#date(2026, 1, 31))`, "31/01/2026"},
		{`Date.ToText(#date(2026, 3, 5), "MMMM", "de-DE")`, "März"},
		{`Date.ToText(#date(2026, 3, 5), [Format = "yyyy-MM", Culture = "en-GB"])`, "2026-03"},
		{`Date.ToText(#date(2026, 3, 5), "dddd d MMM yy")`, "Thursday 5 Mar 26"},
		{`Duration.Days(AsAt - #date(2026, 1, 1)) + 1`, "181"},
		{`Date.ToText(Date.AddMonths(#date(2026, 1, 31), 1), "yyyy-MM-dd")`, "2026-02-28"},
		{`Date.ToText(Date.StartOfQuarter(#date(2026, 5, 17)), "yyyy-MM-dd")`, "2026-04-01"},
		{`Date.ToText(#date(2026, 1, 31) + #duration(1, 0, 0, 0), "yyyy-MM-dd")`, "2026-02-01"},
		{`Date.Year(DateTime.LocalNow())`, "2026"},
		{`Date.DayOfWeek(#date(2026, 1, 5), Day.Monday)`, "0"},
		{`Date.QuarterOfYear(AsAt)`, "2"},
		{`Text.Upper(Text.Trim("  abc "))`, "ABC"},
		{`Text.PadStart("7", 3, "0")`, "007"},
		{`Text.Middle("abcdef", 2, 3)`, "cde"},
		{`Text.Combine({"a", null, "b"}, "-")`, "a-b"},
		{`Number.Round(2.5)`, "2"},
		{`Number.Round(2.675, 2)`, "2.68"},
		{`Number.RoundDown(-1.5)`, "-2"},
		{`Number.ToText(1234.5, "N2", "de-DE")`, "1.234,50"},
		{`Number.ToText(7, "D3")`, "007"},
		{`Number.ToText(0.256, "0.0%")`, "25.6%"},
		{`Number.From("1,234.5", "en-US")`, "1234.5"},
		{`Number.From("1.234,5", "de-DE")`, "1234.5"},
		{`Int64.From("2.5")`, "2"},
		{`Text.From(Currency.From("0.00005"))`, "0"},
		{`Text.From(Currency.From("0.00015"))`, "0.0002"},
		{`try Number.From("x") otherwise -1`, "-1"},
		{`try error "no" otherwise "caught"`, "caught"},
		{`Text.From(5 is number)`, "true"},
		{`let t = #table({"a", "b"}, {{1, "x"}, {2, "y"}}) in t{1}[b]`, "y"},
		{`List.Max(#table({"a"}, {{1}, {5}, {null}})[a])`, "5"},
		{"// comment\n/* and\nmore */ 1", "1"},
		{`("x" meta [Note = Unknown.Thing])`, "x"},
	} {
		got, err := Scalar(context.Background(), testConfig(), "test", c.in)
		if err != nil {
			t.Errorf("%s\n%v", c.in, err)
		} else if got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`1 +`, "line 1, column 4: expected an expression, found the end"},
		{`let a = 1 b = 2 in a`, `expected "in", found "b"`},
		{`let a = 1, a = 2 in a`, `the step "a" is defined twice`},
		{`"abc`, "not closed"},
		{`[a = 1, a = 2]`, "defined twice"},
		{"let\n  A = 1,\n  B = Table.Profile(A, {}, {})\nin\n  B", `step "B", line 3, column 7: the function Table.Profile is not supported`},
		{"let\n  B = Nope\nin B", `the name "Nope" is not known`},
		{`Loop`, "refers to itself"},
		{`let f = () => @f() in f()`, "nested too deeply"},
		{`Broken`, `query "Broken", line 1, column 9`},
		{`1 + "a"`, `the operator + cannot be applied to the number 1 and the text "a"`},
		{`if 1 then 2 else 3`, "neither true nor false"},
		{`if null then 2 else 3`, "the condition of if is null"},
		{`1 < "a"`, "cannot be applied"},
		{`#date(2026, 2, 30)`, "there is no date 2026-02-30"},
		{`Number.From("1,5", "en-US")`, "does not convert"},
		{`Date.ToText(AsAt, "MMMM", "xx-XX")`, `the culture "xx-XX" is not supported`},
		{`Date.ToText(AsAt, "K")`, "is not supported"},
		{`try Table.Profile(1) otherwise 2`, "Table.Profile is not supported"},
		{`Text.Upper()`, "Text.Upper takes 1 to 2 arguments, not 0"},
		{`List.Numbers(1, 100000000)`, "at most a million items"},
		{`{1..99999999}`, "beyond a million items"},
		{`let a = "0123456789", f = (s, n) => if n = 0 then s else @f(s & s, n - 1) in f(a, 40)`, "beyond 16 MB"},
		{`File.Contents("x.csv")`, "files cannot be read here"},
		{strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000), "nested more than"},
		{strings.Repeat("1+", 5000) + "1", "operators in a row"},
		{`Binary.Decompress(Binary.FromText("H4s", BinaryEncoding.Base64), Compression.Deflate)`, "not in that encoding"},
		{`Csv.Document("a", [Delimiter = ",", Nonsense = 1])`, "the option Nonsense is not supported"},
	} {
		_, err := Scalar(context.Background(), testConfig(), "test", c.in)
		if err == nil {
			t.Errorf("%.80s: no error, want %q", c.in, c.want)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80s\n got %v\nwant %q", c.in, err, c.want)
		}
	}
}

func TestErrorPointsAtThePlace(t *testing.T) {
	_, err := Query(context.Background(), testConfig(), "Sales", model.Partition{Name: "p1", Source: "let\n\tSource = #table({\"a\"}, {{1}}),\n\tPicked = Table.SelectColumns(Source, {\"a\", \"b\"})\nin\n\tPicked"})
	want := "table 'Sales', query \"p1\", step \"Picked\", line 3, column 39: Table.SelectColumns: there is no column \"b\"; there are a\n" +
		"   Picked = Table.SelectColumns(Source, {\"a\", \"b\"})\n" +
		"                                        ^"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
