package duckdb

import (
	"context"
	"database/sql/driver"
	"path/filepath"
	"strings"
	"testing"

	duck "github.com/duckdb/duckdb-go/v2"

	"inlay/dax"
	"inlay/query"
	"inlay/source/sourcetest"
)

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T, tables ...sourcetest.Table) query.Source {
		path := filepath.Join(t.TempDir(), "data.duckdb")
		inst, err := openInstance(path, "read_write", limits{temp: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		conn, err := inst.Connect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			fill(t, conn, table)
		}
		for _, c := range []func() error{conn.Close, inst.Close} {
			if err := c(); err != nil {
				t.Fatal(err)
			}
		}
		db, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	})
}

func fill(t *testing.T, conn driver.Conn, table sourcetest.Table) {
	t.Helper()
	d := Dialect{}
	var cols []string
	for _, c := range table.Columns {
		cols = append(cols, d.Quote(c.Name)+" "+d.Type(c.Type))
	}
	if err := exec(context.Background(), conn, "CREATE TABLE main."+d.Quote(table.Name)+" ("+strings.Join(cols, ", ")+")"); err != nil {
		t.Fatal(err)
	}
	app, err := duck.NewAppenderFromConn(conn, "main", table.Name)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range table.Rows {
		vals := make([]driver.Value, len(row))
		for i, v := range row {
			vals[i] = store(v)
		}
		if err := app.AppendRow(vals...); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.Close(); err != nil {
		t.Fatal(err)
	}
}

// store is a value as the appender takes it; a fixed decimal goes as its units.
func store(v dax.Value) driver.Value {
	switch v.Type() {
	case dax.Boolean:
		return v.Bool()
	case dax.Int64, dax.Decimal:
		return v.Int()
	case dax.Double:
		return v.Float()
	case dax.DateTime:
		return v.Time()
	case dax.String:
		return v.Text()
	}
	return nil
}
