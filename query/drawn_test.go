package query_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
	"inlay/source/duckdb"
	"inlay/source/postgres"
	"inlay/source/sourcetest/pgtest"
)

// What the tests of drawn worlds share: how many there are, and engines over their rows.

// INLAY_SOAK in the environment asks for all that -rapid.checks says, and more of each world.
func soaking() bool { return os.Getenv("INLAY_SOAK") != "" }

// perWorld is how many questions are drawn about a world.
func perWorld() int {
	if soaking() {
		return 40
	}
	return 8
}

// place opens an engine over rows, for as long as a check goes on.
type place func(t *testing.T, rt *rapid.T, m *model.Model, rows map[string][][]dax.Value) *query.Engine

// onEachDrawn runs a test of drawn worlds on each engine, with how many of them there may be;
// a plain run has fewer on PostgreSQL.
func onEachDrawn(t *testing.T, test func(t *testing.T, in place, worlds int)) {
	t.Helper()
	few, more := 25, 60
	if soaking() {
		few, more = 1<<30, 1<<30
	}
	t.Run("DuckDB", func(t *testing.T) { test(t, drawnInDuckDB(t), more) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, drawnInPostgres(t), few) })
}

// drawnInDuckDB writes rows to a file of DuckDB that is gone after the check.
func drawnInDuckDB(t *testing.T) place {
	dir := t.TempDir()
	return func(t *testing.T, rt *rapid.T, m *model.Model, rows map[string][][]dax.Value) *query.Engine {
		t.Helper()
		folder, err := os.MkdirTemp(dir, "world") //nolint:usetesting // it goes with the check, not with the test
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, "data.duckdb")
		(&world{m: m, rows: cells(rows)}).write(t, path)
		src, err := duckdb.Open(path, duckdb.Options{Threads: 1, Queries: 1})
		if err != nil {
			t.Fatal(err)
		}
		rt.Cleanup(func() { _ = errors.Join(src.Close(), os.RemoveAll(folder)) })
		return engineOver(t, rt, m, src)
	}
}

// drawnInPostgres writes rows to a schema that is gone after the check.
func drawnInPostgres(t *testing.T) place {
	t.Helper()
	d := pgtest.Shared(t).Database(t)
	pool, err := postgres.Open(d.URL("postgres"), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return func(t *testing.T, rt *rapid.T, m *model.Model, rows map[string][][]dax.Value) *query.Engine {
		t.Helper()
		relations := inSchema(t, d, &world{m: m, rows: cells(rows)})
		rt.Cleanup(func() { d.Exec(t, "DROP SCHEMA "+relations["Sales"].Schema+" CASCADE") })
		src, err := postgres.Bind(context.Background(), pool, m, relations)
		if err != nil {
			t.Fatal(err)
		}
		return engineOver(t, rt, m, src)
	}
}

// engineOver is an engine that may think that its tables are large.
func engineOver(t *testing.T, rt *rapid.T, m *model.Model, src query.Source) *query.Engine {
	t.Helper()
	e, err := query.New(m, src)
	if err != nil {
		t.Fatal(err)
	}
	if rapid.Bool().Draw(rt, "large") {
		e.Learn(large(m))
	}
	return e
}

// cells are rows as the drivers take them.
func cells(rows map[string][][]dax.Value) map[string][][]any {
	out := map[string][][]any{}
	for name, all := range rows {
		for _, row := range all {
			var list []any
			for _, v := range row {
				list = append(list, native(v))
			}
			out[name] = append(out[name], list)
		}
	}
	return out
}
