package daxcase

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inlay/dax"
	"inlay/source/postgres"
	"inlay/source/sourcetest/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// inPostgres loads models whose rows stand in the models file, each into a schema of its own.
type inPostgres struct {
	t    *testing.T
	d    *pgtest.Database
	pool *postgres.Pool
	n    *int
}

type bound struct{ *postgres.Source }

// Close leaves the pool open, which other models use.
func (bound) Close() error { return nil }

func (l inPostgres) Load(ctx context.Context, d *Data) (Source, error) {
	*l.n++
	schema := fmt.Sprintf("m%d", *l.n)
	l.d.Exec(l.t, "CREATE SCHEMA "+schema)
	relations := map[string]postgres.Relation{}
	for _, t := range d.Model.Tables {
		relations[t.Name] = postgres.Relation{Schema: schema, Name: t.Name}
		var cols []string
		for _, c := range t.Columns {
			cols = append(cols, fmt.Sprintf("%q %s", c.Source, postgres.Dialect{}.Type(c.Type)))
		}
		l.d.Exec(l.t, fmt.Sprintf("CREATE TABLE %s.%q (%s)", schema, t.Name, strings.Join(cols, ", ")))
		for _, row := range d.rows[t.Name] {
			var list []string
			for _, v := range row {
				list = append(list, literal(v))
			}
			l.d.Exec(l.t, fmt.Sprintf("INSERT INTO %s.%q VALUES (%s)", schema, t.Name, strings.Join(list, ", ")))
		}
	}
	src, err := postgres.Bind(ctx, l.pool, d.Model, relations)
	return bound{src}, err
}

func literal(v dax.Value) string {
	switch v.Type() {
	case dax.Blank:
		return "NULL"
	case dax.DateTime:
		return "'" + v.Time().Format(time.DateTime) + "'"
	}
	return "'" + strings.ReplaceAll(v.ToText(), "'", "''") + "'"
}

// TestConformanceOnPostgres runs the cases of models whose rows stand in the models file. What
// comes of each is what comes of it on DuckDB.
func TestConformanceOnPostgres(t *testing.T) {
	dir := folder(t)
	f, err := os.Open(filepath.Join(dir, "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := ReadCases(f)
	if err != nil {
		t.Fatal(err)
	}
	models, err := ReadModels(filepath.Join(dir, "models.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []Case
	whole := map[string]bool{}
	for _, name := range append(models.Names(), "") {
		d, err := models.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		whole[name] = true
		for _, table := range d.Model.Tables {
			_, inline := d.rows[table.Name]
			whole[name] = whole[name] && inline
		}
	}
	for _, c := range all {
		if whole[c.Model] {
			cases = append(cases, c)
		}
	}
	d := pgtest.Shared(t).Database(t)
	pool, err := postgres.Open(d.URL("postgres"), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	rep, err := Run(context.Background(), cases, models, inPostgres{t, d, pool, new(int)})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Run(context.Background(), cases, models, DuckDB{t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rep.Results {
		if o := want.Results[i]; r.Outcome != o.Outcome {
			t.Errorf("%s: %s\n%s on PostgreSQL: %s\n%s on DuckDB: %s", r.Case.ID, r.Case.Query, r.Outcome, r.Detail, o.Outcome, o.Detail)
		}
	}
	if rep.Count(Passed) == 0 {
		t.Error("no case passed: nothing was proved")
	}
	t.Logf("of %d cases %d ran: %d passed, %d refused, %d wrong", len(all), len(cases), rep.Count(Passed), rep.Count(Refused), rep.Count(Wrong))
}
