package daxcase

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"inlay/source/postgres"
	"inlay/source/sourcetest/pgtest"
)

// TestRules runs the cases of testdata/rules.jsonl on both engines. Each was worked out by hand
// from the rule of the reference that it names, and every one must pass.
func TestRules(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "rules.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	cases, err := ReadCases(f)
	if err != nil {
		t.Fatal(err)
	}
	models, err := ReadModels(filepath.Join("testdata", "rules-models.json"))
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
		rep, err := Run(context.Background(), cases, models, l)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rep.Results {
			if r.Outcome != Passed {
				t.Errorf("%s, %s: %s\n%s: %s", name, r.Case.ID, r.Case.Query, r.Outcome, r.Detail)
			}
		}
	}
}
