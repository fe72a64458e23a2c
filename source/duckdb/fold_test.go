package duckdb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay"
	"inlay/model"
	"inlay/model/powerquery"
)

// outcome is what became of a query: its rows and what ended them.
type outcome struct {
	head string
	rows []string
	err  error
}

func evaluate(files *powerquery.Files, m string, plain bool) (o outcome, folded string) {
	cfg := powerquery.Config{Files: files, Parquet: Parquet{}, NoFolding: plain}
	plan, err := powerquery.Query(context.Background(), cfg, "T", model.Partition{Name: "p", Source: m})
	if err != nil {
		return outcome{err: err}, ""
	}
	for _, c := range plan.Columns() {
		o.head += c.Name + ":" + c.Type.Name + " "
	}
	r, err := plan.Rows(context.Background())
	if err != nil {
		o.err = err
		return o, plan.Folded()
	}
	defer r.Close()
	for r.Next() {
		var cells []string
		for _, v := range r.Row() {
			cells = append(cells, v.String())
		}
		o.rows = append(o.rows, strings.Join(cells, " "))
	}
	o.err = r.Err()
	return o, plan.Folded()
}

// TestFoldedIsRowByRow: a chain of steps gives the same rows or the same error whether the data
// engine does what it can of it or the evaluator of rows does all, for random tables and chains.
func TestFoldedIsRowByRow(t *testing.T) {
	dir := t.TempDir()
	file, reached, failed := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		files, err := powerquery.OpenFiles(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = files.Close() }()
		begin := func() *chain {
			file++
			c := &chain{t: t}
			c.source(fmt.Sprint("t", file), func(name, sql, csv string) {
				if sql != "" {
					writeParquet(t, filepath.Join(dir, name), sql)
				} else if err := os.WriteFile(filepath.Join(dir, name), []byte(csv), 0o600); err != nil {
					t.Fatal(err)
				}
			})
			return c
		}
		c := begin()
		other := begin
		for range rapid.IntRange(1, 7).Draw(t, "steps") {
			c.step(other)
		}
		want, _ := evaluate(files, c.m, true)
		got, folded := evaluate(files, c.m, false)
		if folded != "" {
			reached++
		}
		if inlay.KindOf(want.err) != inlay.KindOf(got.err) || c.settled && fmt.Sprint(want.err) != fmt.Sprint(got.err) {
			t.Fatalf("%s\n%s\nfolded: %v\nrow by row: %v", c.m, folded, got.err, want.err)
		}
		if want.err != nil {
			failed++
			return
		}
		if !c.settled {
			sort.Strings(want.rows)
			sort.Strings(got.rows)
		}
		if want.head != got.head || strings.Join(want.rows, "\n") != strings.Join(got.rows, "\n") {
			t.Fatalf("%s\n%s\nfolded %s\n%s\nrow by row %s\n%s", c.m, folded, got.head, strings.Join(got.rows, "\n"), want.head, strings.Join(want.rows, "\n"))
		}
	})
	t.Logf("%d sources, %d chains reached an engine, %d errors", file, reached, failed)
	if reached == 0 {
		t.Error("nothing was folded")
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
