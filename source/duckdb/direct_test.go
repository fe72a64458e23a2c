package duckdb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"inlay"
	"inlay/model"
	"inlay/model/powerquery"
	"inlay/model/powerquery/database"
	"inlay/source/sourcetest/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// fromDatabase imports a table of a database; rows come in the order in which they are stored.
func fromDatabase(t *testing.T, set powerquery.Databases, table *model.Table, asNull, rowByRow bool) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.duckdb")
	in := RefreshInput{Model: &model.Model{Tables: []*model.Table{table}, ErrorsAsNull: asNull}, Root: t.TempDir(), Out: file, MemoryLimit: "256MB", Threads: 2, Databases: set, rowByRow: rowByRow}
	sum, err := Refresh(context.Background(), in)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d rows, %+v, %+v\n%s", sum.Tables[0].Rows, sum.Blanked, sum.Statistics.Tables[0].Columns, rowsIn(t, file, table))
}

// TestDatabaseByColumns: a table of a database is stored the same, or fails the same, whether its
// values go into columns at once or row by row.
func TestDatabaseByColumns(t *testing.T) {
	db := pgtest.Shared(t).Database(t)
	db.Exec(t, `CREATE TABLE facts AS SELECT i::bigint AS id, date '1950-01-01' + (i * 7 % 40000) AS day, CASE i % 7 WHEN 3 THEN NULL WHEN 4 THEN 'NORD ' || i % 9 ELSE 'Nord ' || i % 9 END AS region,
		(i % 4000)::int AS units, CASE WHEN i % 11 > 0 THEN (i % 9000 - 300) / 100.0::numeric END AS amount, CASE WHEN i % 5 > 0 THEN i / 3.0::float8 END AS price, i % 3 = 0 AS open,
		timestamp '2026-01-31 10:11:12.131415' - i * interval '1 hour' AS at, CASE WHEN i = 9001 THEN 'many' ELSE i::text END AS note FROM generate_series(1, 130000) t(i)`)
	set, err := database.New([]database.Entry{{Name: "db.example.com/shop", URL: db.URL("postgres")}})
	if err != nil {
		t.Fatal(err)
	}
	some := func(condition string) string {
		return `Value.NativeQuery(PostgreSQL.Database("db.example.com", "shop"), "SELECT * FROM facts WHERE ` + condition + ` ORDER BY id")`
	}
	all := some("true") // a large table is not always read from its beginning
	for _, c := range []struct {
		name, m string
		asNull  bool
		columns []string
		want    string
	}{
		{"all", all, false, []string{"id int", "day date", "region text", "units int", "amount decimal", "price double", "open bool", "at date", "note text"}, "130000 rows"},
		{"other types", some("id <= 5000"), false, []string{"id decimal", "units double", "amount double", "day date"}, "5000 rows"},
		{"steps", `Table.RenameColumns(Table.TransformColumnTypes(` + some("id <= 3000") + `, {{"id", Currency.Type}, {"at", type date}, {"amount", Int64.Type}}), {{"id", "ID"}})`,
			false, []string{"ID decimal", "at date", "amount int", "region text"}, "3000 rows"},
		{"none", some("id < 0"), false, []string{"id int", "note text"}, "0 rows"},
		{"text that is no number", all, false, []string{"id int", "note int"}, `row 9001, column "note": the text "many" does not convert to a whole number`},
		{"blank instead", all, true, []string{"id int", "note int"}, "Count:1"},
		{"a fraction", some("id > 400"), false, []string{"id int", "amount int"}, `row 1, column "amount": the number 1.01 does not convert to a whole number`},
		{"wide", `Value.NativeQuery(PostgreSQL.Database("db.example.com", "shop"), "SELECT id, CASE id WHEN 4000 THEN 123456789012345.5 ELSE amount END AS amount FROM facts WHERE id < 5000 ORDER BY id")`,
			false, []string{"id int", "amount decimal"}, "4999 rows"},
		{"out of range", `Value.NativeQuery(PostgreSQL.Database("db.example.com", "shop"), "SELECT CASE id WHEN 4000 THEN 922337203685477.5808 ELSE amount END AS amount FROM facts WHERE id < 5000 ORDER BY id")`,
			false, []string{"amount decimal"}, `row 4000, column "amount"`},
		{"broken off", `Value.NativeQuery(PostgreSQL.Database("db.example.com", "shop"), "SELECT 1 / (100000 - id) AS x, id FROM facts ORDER BY id")`, false, []string{"x int", "id int"}, "division by zero"},
	} {
		table := tableOf("T", c.m, c.columns...)
		got, want := fromDatabase(t, set, table, c.asNull, false), fromDatabase(t, set, table, c.asNull, true)
		if got != want || !strings.Contains(got, c.want) {
			t.Errorf("%s: got\n%.1500s\nwant\n%.1500s\nwith %s", c.name, got, want, c.want)
		}
	}
}

// endless is a database whose statement never ends.
type endless struct{ powerquery.Database }

func (endless) Quote(name string) string { return name }

func (endless) Query(ctx context.Context, text string, _ []any) (powerquery.Cells, error) {
	return &endlessCells{ctx: ctx, none: strings.Contains(text, "1 = 0")}, nil
}

func (d endless) Find(string, string, string) (powerquery.Database, error) { return d, nil }

type endlessCells struct {
	ctx  context.Context
	none bool
}

func (c *endlessCells) Columns() []powerquery.Column {
	return []powerquery.Column{{Name: "id", Type: powerquery.Named("Int64.Type")}}
}

func (c *endlessCells) Next() ([]powerquery.Value, error) {
	return []powerquery.Value{powerquery.WholeOf(1)}, c.ctx.Err()
}

func (c *endlessCells) Close() error { return nil }

// TestDatabaseCancelled: a refresh from a database ends when its caller does, and tells of the
// rows until then.
func TestDatabaseCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	in := RefreshInput{Model: &model.Model{Tables: []*model.Table{tableOf("T", `PostgreSQL.Database("s", "d"){[Schema="public",Item="t"]}[Data]`, "id int")}},
		Root: t.TempDir(), Out: filepath.Join(t.TempDir(), "x.duckdb"), Databases: endless{}}
	in.Progress = func(p Progress) {
		if p.Rows > 0 {
			cancel()
		}
	}
	if _, err := Refresh(ctx, in); !errors.Is(err, context.Canceled) && inlay.KindOf(err) != inlay.Unavailable {
		t.Errorf("a refresh that was cancelled: %v", err)
	}
}
