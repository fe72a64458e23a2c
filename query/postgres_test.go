package query_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inlay/query"
	"inlay/source/postgres"
	"inlay/source/sourcetest/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// postgresIn makes a database, in which each world gets a schema of its own.
func postgresIn(t *testing.T) opener {
	t.Helper()
	d := pgtest.Shared(t).Database(t)
	pool, err := postgres.Open(d.URL("postgres"), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return func(t *testing.T, w *world) query.Source {
		t.Helper()
		s, err := postgres.Bind(context.Background(), pool, w.m, inSchema(t, d, w))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

var schemas atomic.Int64

// inSchema puts the rows of a world into a schema of its own.
func inSchema(t *testing.T, d *pgtest.Database, w *world) map[string]postgres.Relation {
	t.Helper()
	schema := fmt.Sprintf("w%d", schemas.Add(1))
	text := "CREATE SCHEMA " + schema + ";"
	relations := map[string]postgres.Relation{}
	for _, table := range w.m.Tables {
		relations[table.Name] = postgres.Relation{Schema: schema, Name: table.Name}
		var cols []string
		for _, c := range table.Columns {
			cols = append(cols, fmt.Sprintf("%q %s", c.Source, postgres.Dialect{}.Type(c.Type)))
		}
		text += fmt.Sprintf("CREATE TABLE %s.%q (%s);", schema, table.Name, strings.Join(cols, ", "))
		for _, row := range w.rows[table.Name] {
			text += fmt.Sprintf("INSERT INTO %s.%q VALUES (%s);", schema, table.Name, literals(row))
		}
	}
	d.Exec(t, text)
	return relations
}

func literals(row []any) string {
	var out []string
	for _, v := range row {
		if v == nil {
			out = append(out, "NULL")
			continue
		}
		if at, ok := v.(time.Time); ok {
			v = at.Format(time.DateTime)
		}
		out = append(out, "'"+strings.ReplaceAll(fmt.Sprint(v), "'", "''")+"'")
	}
	return strings.Join(out, ", ")
}
