package powerquery

import (
	"context"
	"errors"
	"strings"
	"testing"

	"inlay"
	"inlay/model"
)

// TestMuchIsALimit: a short query that asks for much ends as the error of a limit, not as a process
// without memory or stack.
func TestMuchIsALimit(t *testing.T) {
	for _, m := range []string{
		`List.Count({1..1e12})`,
		`List.Generate(() => 0, each true, each _)`,
		`Text.Repeat("abc", 1e12)`,
		`Text.PadStart("a", 1e11)`,
		`let f = (n) => 1 + @f(n) in f(1)`,
		`List.Accumulate({1..30000}, [a = 0], (r, n) => [a = r[a] + 1])[a]`,
		`Table.RowCount(List.Accumulate({1..3000}, #table({"a"}, {{1}}), (t, n) => Table.SelectRows(t, each true)))`,
		`Table.RowCount(List.Accumulate({1..3000}, #table({"a"}, {{1}}), (t, n) => t & t))`,
		`List.Count(List.Accumulate({1..40}, {1}, (l, n) => l & l))`,
		`List.Count(List.Accumulate({1..40}, {{1}}, (l, n) => {l, l}))`,
		`List.Count(List.TransformMany({1..1000000}, each {1..10}, (a, b) => b))`,
		`Text.Length(List.Accumulate({1..40}, "a", (s, n) => s & s))`,
		`Text.Length(List.Accumulate({1..40}, "a", (s, n) => Text.Insert(s, 0, s)))`,
		`Text.Length(Text.Format(Text.Repeat("#{0}", 100000), {Text.Repeat("b", 100000)}))`,
		`Text.Length(List.Accumulate({1..40}, "a", (s, n) => Text.Replace(s, "a", "aa")))`,
		`List.Count(Text.Split(Text.Repeat("ab", 2000000), "a"))`,
		`List.Count(Lines.FromText(Text.Repeat("a#(lf)", 2000000)))`,
		`Table.ColumnCount(Table.SplitColumn(#table({"a"}, {{Text.Repeat("a,", 20000)}}), "a", Splitter.SplitTextByDelimiter(",")))`,
		`Table.ColumnCount(Table.Transpose(#table({"a"}, List.Repeat({{1}}, 20000))))`,
		`List.Count(List.Dates(#date(2026, 1, 1), 1e12, #duration(1, 0, 0, 0)))`,
		`Combiner.CombineTextByPositions({0, 2000000000})({"a", "b"})`,
		`Number.Combinations(1e9, 5e8)`,
		`Table.RowCount(Table.Repeat(#table({"a"}, {{1}}), 1e9))`,
	} {
		_, err := Scalar(context.Background(), testConfig(), "bomb", m)
		if e := (*Error)(nil); !errors.As(err, &e) || e.Kind != inlay.Limit {
			t.Errorf("%s\n got %v\nwant the error of a limit", m, err)
		}
	}
}

// TestStepsAreBounded: work without much memory ends by the number of steps.
func TestStepsAreBounded(t *testing.T) {
	cfg := testConfig()
	cfg.MaxSteps = 1_000_000
	for _, m := range []string{
		`List.Sum(List.Transform({1..1000000}, each List.Sum({1..1000000})))`,
		`let l = {1..100000} in List.Sum(List.Transform(l, each List.Sum(l)))`,
		`let t = Table.FromColumns({{1..10000}}) in List.Sum(List.Transform({1..10000}, each Table.RowCount(t)))`,
		`let fib = (n) => if n < 2 then n else @fib(n - 1) + @fib(n - 2) in fib(60)`,
		`List.Last(List.Generate(() => [i = 0, s = 0], each [i] < 900000, each [i = [i] + 1, s = [s] + [i]]))[s]`,
	} {
		_, err := Scalar(context.Background(), cfg, "bomb", m)
		if e := (*Error)(nil); !errors.As(err, &e) || e.Kind != inlay.Limit {
			t.Errorf("%s\n got %v\nwant the error of a limit", m, err)
		}
	}
}

// TestStepsOfAPartition: the error of rows that are made without an end names query and step, and
// the remedy.
func TestStepsOfAPartition(t *testing.T) {
	cfg := testConfig()
	cfg.MaxSteps = 100_000
	p, err := Query(context.Background(), cfg, "Sales", model.Partition{Name: "p", Source: `let
		long = (n) => if n = 0 then 0 else @long(n - 1),
		Source = Table.FromColumns({{1..1000}}, {"n"}),
		Slow = Table.AddColumn(Source, "x", each long(1000))
	in Slow`})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := p.Rows(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		continue
	}
	e := (*Error)(nil)
	if !errors.As(rows.Err(), &e) || e.Kind != inlay.Limit || e.Query != "p" || e.Table != "Sales" || e.Step == "" || !strings.Contains(e.Remedy, "query-steps") {
		t.Errorf("got %#v", rows.Err())
	}
}
