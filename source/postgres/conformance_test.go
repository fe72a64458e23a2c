package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
	"inlay/source/postgres"
	"inlay/source/sourcetest"
	"inlay/source/sourcetest/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T, tables ...sourcetest.Table) query.Source {
		d := pgtest.Shared(t).Database(t)
		for _, table := range tables {
			fill(t, d, table)
		}
		return open(t, d, sourcetest.ModelOf(tables...), postgres.Options{})
	})
}

// pool opens a pool that is closed with the test.
func pool(t testing.TB, url string, o postgres.Options) *postgres.Pool {
	t.Helper()
	p, err := postgres.Open(url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// open binds each table of a model to the table of its name.
func open(t testing.TB, d *pgtest.Database, m *model.Model, o postgres.Options) query.Source {
	t.Helper()
	relations := map[string]postgres.Relation{}
	for _, table := range m.Tables {
		relations[table.Name] = postgres.Relation{Schema: "public", Name: table.Name}
	}
	s, err := postgres.Bind(context.Background(), pool(t, d.URL("postgres"), o), m, relations)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fill makes a table.
func fill(t testing.TB, d *pgtest.Database, table sourcetest.Table) {
	t.Helper()
	var cols, marks []string
	q := postgres.Dialect{}
	for i, c := range table.Columns {
		cols = append(cols, q.Quote(c.Name)+" "+q.Type(c.Type))
		marks = append(marks, fmt.Sprintf("$%d", i+1))
	}
	d.Exec(t, "CREATE TABLE "+q.Quote(table.Name)+" ("+strings.Join(cols, ", ")+")")
	for _, row := range table.Rows {
		args := make([]any, len(row))
		for i, v := range row {
			switch v.Type() {
			case dax.Blank:
			case dax.Boolean:
				args[i] = v.Bool()
			case dax.Int64:
				args[i] = v.Int()
			case dax.Double:
				args[i] = v.Float()
			case dax.Decimal:
				args[i] = fmt.Sprintf("%de-4", v.Int())
			case dax.DateTime:
				args[i] = v.Time()
			default:
				args[i] = v.Text()
			}
		}
		d.Exec(t, "INSERT INTO "+q.Quote(table.Name)+" VALUES ("+strings.Join(marks, ", ")+")", args...)
	}
}
