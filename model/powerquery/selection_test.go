package powerquery

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inlay/model"
)

// columnsOnly is a reader of a table without rows.
type columnsOnly []Column

func (columnsOnly) Parts(context.Context, Blob) ([]Part, error)         { return []Part{{}}, nil }
func (c columnsOnly) Open(context.Context, Blob, string) (Cells, error) { return c, nil }
func (c columnsOnly) Select(context.Context, Blob, string, []any) (Cells, error) {
	return c, nil
}
func (c columnsOnly) Columns() []Column    { return c }
func (columnsOnly) Next() ([]Value, error) { return nil, io.EOF }
func (columnsOnly) Close() error           { return nil }

// TestSelection: which queries over a Parquet file are one statement and conversions.
func TestSelection(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.parquet"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := OpenFiles(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = files.Close() }()
	cols := columnsOnly{{"n", Named("Int64.Type")}, {"d", Named("datetime")}, {"s", Named("text")}}
	typed := `Table.TransformColumnTypes(Parquet.Document(File.Contents("a.parquet")), {{"n", Int64.Type}, {"d", type date}})`
	for m, want := range map[string]string{
		`Parquet.Document(File.Contents("a.parquet"))`: `SELECT f."n" AS "n", f."d" AS "d", f."s" AS "s" FROM file AS f`,
		typed: `SELECT f."n" AS "n", f."d" AS "d", f."s" AS "s" FROM file AS f`,
		`Table.SelectRows(` + typed + `, each [n] > 1 and [s] = "x")`:                                          `SELECT f."n" AS "n", f."d" AS "d", f."s" AS "s" FROM file AS f WHERE (f."n" > ? AND (f."s" = ? AND f."s" IS NOT NULL))`,
		`Table.SelectRows(Table.RenameColumns(` + typed + `, {{"n", "s2"}}), each [s2] > 1)`:                   `SELECT f."n" AS "n", f."d" AS "d", f."s" AS "s" FROM file AS f WHERE f."n" > ?`,
		`Table.SelectRows(` + typed + `, each [d] > #date(2026, 1, 1))`:                                        "", // the date is made of a date and time
		`Table.SelectRows(` + typed + `, each Text.Length([s]) > 1)`:                                           "",
		`Table.TransformColumnTypes(` + typed + `, {{"d", type datetime}})`:                                    "",
		`Table.FirstN(` + typed + `, 5)`:                                                                       "",
		`Table.SelectColumns(Table.FirstN(Parquet.Document(File.Contents("a.parquet")), 5), {"s"})`:            `SELECT f."s" AS "s" FROM file AS f LIMIT 5`,
		`Table.FirstN(Table.Sort(Parquet.Document(File.Contents("a.parquet")), {{"s", Order.Descending}}), 5)`: `SELECT f."n" AS "n", f."d" AS "d", f."s" AS "s" FROM file AS f ORDER BY f."s" DESC NULLS LAST, f.file_row_number LIMIT 5`,
		`Table.AddColumn(Parquet.Document(File.Contents("a.parquet")), "x", each 1)`:                           "",
	} {
		plan, err := Query(context.Background(), Config{Files: files, Parquet: cols}, "T", model.Partition{Name: "p", Source: m})
		if err != nil {
			t.Fatalf("%s: %v", m, err)
		}
		got := ""
		if s := plan.Selection(); s != nil {
			got = strings.ReplaceAll(s.SQL, NumberedPlace, "file")
		}
		if got != want {
			t.Errorf("%s\n%q, want\n%q", m, got, want)
		}
	}
}
