package duckdb

import (
	"context"
	"fmt"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay/model"
	"inlay/model/powerquery"
)

// read evaluates a query and gives its header and rows; folded is the statement that ran.
func read(t *rapid.T, files *powerquery.Files, m string, plain bool) (head string, rows []string, folded string) {
	cfg := powerquery.Config{Files: files, Parquet: Parquet{}, NoFolding: plain}
	plan, err := powerquery.Query(context.Background(), cfg, "T", model.Partition{Name: "p", Source: m})
	if err != nil {
		t.Fatalf("%s\n%v", m, err)
	}
	for _, c := range plan.Columns() {
		head += c.Name + " "
	}
	r, err := plan.Rows(context.Background())
	if err != nil {
		t.Fatalf("%s\n%s\n%v", m, plan.Folded(), err)
	}
	defer r.Close()
	for r.Next() {
		var cells []string
		for _, v := range r.Row() {
			cells = append(cells, v.String())
		}
		rows = append(rows, strings.Join(cells, " "))
	}
	if r.Err() != nil {
		t.Fatalf("%s\n%s\n%v", m, plan.Folded(), r.Err())
	}
	return head, rows, plan.Folded()
}

// TestFoldedIsRowByRow: a chain of steps gives the same rows whether the data engine does it or
// the evaluator of rows, for random tables and chains.
func TestFoldedIsRowByRow(t *testing.T) {
	dir := t.TempDir()
	file := 0
	deepest := 0
	rapid.Check(t, func(t *rapid.T) {
		file++
		name := fmt.Sprintf("t%d.parquet", file)
		var values []string
		for range rapid.IntRange(0, 25).Draw(t, "rows") {
			pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
			values = append(values, "("+strings.Join([]string{
				pick("n", "NULL", "0", "1", "-1", "2", "9007199254740993"), pick("s", "NULL", "''", "'a'", "'A'", "'é'", "'a '", "'b'"),
				pick("d", "NULL", "DATE '2026-01-31'", "DATE '2026-02-01'"), pick("f", "NULL", "0.5", "-0.0", "1e300", "'nan'::DOUBLE", "2"),
				pick("b", "NULL", "true", "false"), pick("m", "NULL", "1.25", "-3.5", "0"),
			}, ", ")+")")
		}
		if len(values) == 0 {
			values = []string{"(NULL, NULL, NULL, NULL, NULL, NULL)"}
		}
		writeParquet(t, filepath.Join(dir, name), `SELECT n::BIGINT n, s::VARCHAR s, d::DATE d, f::DOUBLE f, b::BOOLEAN b, m::DECIMAL(12,2) m FROM (VALUES `+strings.Join(values, ", ")+`) v(n, s, d, f, b, m)`)
		files, err := powerquery.OpenFiles(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = files.Close() }()

		m, sorted := `Parquet.Document(File.Contents("`+name+`"))`, false
		ordered, cuts := false, true // whether the order of rows means something, and may be cut
		cols := []string{"n", "s", "d", "f", "b", "m"}
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			var conds []string
			for _, c := range cols {
				conds = append(conds, map[string][]string{
					"n": {"[n] > 0", "[n] = 1", "[n] <> 1", "[n] <= 1 or [n] = null", "2 > [n]", "[n] = 1.5"}, "s": {`[s] = "a"`, `[s] <> "a"`, `[s] = null`, `[s] > "a"`, `Text.Length([s]) = 1`},
					"d": {"[d] = #date(2026, 2, 1)", "[d] < #date(2026, 2, 1)", "[d] <> null"}, "f": {"[f] > 0", "[f] >= 2", "[f] = 0.5", "[f] < 1", "[f] <> 2"},
					"b": {"[b]", "[b] = true", "[b] <> false"}, "m": {"[m] > 0", "[m] = 1.25", "[m] <> 1.25"},
				}[c]...)
			}
			switch step := rapid.SampledFrom([]string{"where", "where", "select", "rename", "sort", "distinct", "group", "first", "skip", "and"}).Draw(t, "step"); {
			case step == "where" && len(conds) > 0:
				m = "Table.SelectRows(" + m + ", each " + rapid.SampledFrom(conds).Draw(t, "cond") + ")"
			case step == "and" && len(conds) > 0:
				m = "Table.SelectRows(" + m + ", each " + rapid.SampledFrom(conds).Draw(t, "cond") + rapid.SampledFrom([]string{" and ", " or "}).Draw(t, "op") + rapid.SampledFrom(conds).Draw(t, "cond2") + ")"
			case step == "select":
				n := rapid.IntRange(1, len(cols)).Draw(t, "columns")
				cols = rapid.Permutation(cols).Draw(t, "order")[:n]
				m = "Table.SelectColumns(" + m + `, {"` + strings.Join(cols, `", "`) + `"})`
			case step == "rename":
				m = "Table.RenameColumns(" + m + `, {{"` + cols[0] + `", "` + cols[0] + `'x"" y"}})`
				cols = cols[1:]
				m = "Table.SelectColumns(" + m + `, {"` + strings.Join(append([]string{}, cols...), `", "`) + `"})`
				if len(cols) == 0 {
					return
				}
			case step == "sort" && cols[0] != "f":
				m = "Table.Sort(" + m + `, {{"` + cols[0] + `", ` + rapid.SampledFrom([]string{"Order.Ascending", "Order.Descending"}).Draw(t, "dir") + "}})"
				sorted, ordered, cuts = true, true, false
			case step == "distinct":
				m = "Table.Distinct(" + m + ")"
				ordered, cuts = false, false
			case step == "group" && cols[0] != "f":
				agg := `{"k", Table.RowCount}`
				if len(cols) > 1 && cols[1] != "f" && cols[1] != "b" {
					agg += `, {"x", each ` + rapid.SampledFrom([]string{"List.Min", "List.Max"}).Draw(t, "agg") + "([" + cols[1] + "])}"
				}
				if len(cols) > 1 && cols[1] == "n" {
					agg += `, {"t", each List.Sum([n])}`
				}
				m = "Table.Group(" + m + `, {"` + cols[0] + `"}, {` + agg + "})"
				cols = cols[:1]
				ordered, cuts = false, false
			case (step == "first" || step == "skip") && cuts:
				m = "Table." + map[string]string{"first": "FirstN", "skip": "Skip"}[step] + "(" + m + ", " + fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "count")) + ")"
			}
		}
		head, want, _ := read(t, files, m, true)
		got2, got, folded := read(t, files, m, false)
		deepest = max(deepest, strings.Count(folded, "SELECT"))
		if !ordered || sorted { // equal keys come in any order
			sort.Strings(want)
			sort.Strings(got)
		}
		if head != got2 || strings.Join(want, "\n") != strings.Join(got, "\n") {
			t.Fatalf("%s\n%s\nfolded %s\n%s\nrow by row %s\n%s", m, folded, got2, strings.Join(got, "\n"), head, strings.Join(want, "\n"))
		}
	})
	if deepest < 2 && !testing.Short() {
		t.Errorf("nothing of several steps was folded")
	}
}

// TestFoldedSorts: rows that the engine sorts come in the order of M.
func TestFoldedSorts(t *testing.T) {
	dir := t.TempDir()
	writeParquet(t, filepath.Join(dir, "a.parquet"), `SELECT * FROM (VALUES (1::BIGINT, 'b'), (2, NULL), (3, 'A'), (4, 'a'), (5, '')) v(n, s)`)
	for order, want := range map[string]string{"Ascending": "2 5 3 4 1", "Descending": "1 4 3 5 2"} {
		got, err := rowsOf(t, dir, `Table.SelectColumns(Table.Sort(Parquet.Document(File.Contents("a.parquet")), {{"s", Order.`+order+`}}), {"n"})`)
		if lines := strings.Split(got, "\n"); err != nil || strings.Join(lines[1:], " ") != want {
			t.Errorf("%s: %s, %v", order, got, err)
		}
	}
}
