package daxcase

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/query"
	"inlay/source/postgres"
	"inlay/source/sourcetest/pgtest"
)

// TestExamples runs the examples of functions that need a model on both engines.
func TestExamples(t *testing.T) {
	models, err := ReadModels(filepath.Join("testdata", "examples.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := pgtest.Shared(t).Database(t)
	pool, err := postgres.Open(d.URL("postgres"), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	for name, l := range map[string]Loader{"DuckDB": DuckDB{t.TempDir()}, "PostgreSQL": inPostgres{t, d, pool, new(int)}} {
		r := runner{models: models, loader: l, open: map[string]opened{}}
		defer r.close()
		e, err := r.engine(context.Background(), "examples")
		if err != nil {
			t.Fatal(err)
		}
		ran := 0
		for _, f := range fn.All() {
			if !f.Special {
				continue
			}
			for _, x := range f.Examples {
				ran++
				if got, want := rows(e, x.Expr), rows(e, x.Result); got != want && (x.Result != "error" || !strings.HasPrefix(got, "line 1")) {
					t.Errorf("%s: %s\n%s\nwant %s", name, x.Expr, got, want)
				}
			}
		}
		if ran < 150 {
			t.Errorf("%s: %d examples ran, want 150 at least", name, ran)
		}
	}
}

// rows is what a table or value is, in an order of its own.
func rows(e *query.Engine, x string) string {
	v := query.Viewer{Unrestricted: true, Username: "ann@example.com", CustomData: "east", ObjectID: "6c5b5c6e-3a0e-4b0c-8f3a-1d2e3f405162"}
	res, err := e.Evaluate(context.Background(), v, "EVALUATE "+x)
	if err != nil && strings.Contains(err.Error(), "EVALUATE takes a table") {
		res, err = e.Evaluate(context.Background(), v, "EVALUATE {"+x+"}")
	}
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, row := range res[0].Rows {
		var one []string
		for _, v := range row {
			text := v.String()
			if t := v.Type(); t == dax.Double || t == dax.Decimal || t == dax.Int64 {
				text = fmt.Sprintf("%.12g", v.Float())
			}
			one = append(one, text)
		}
		all = append(all, strings.Join(one, ", "))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}
