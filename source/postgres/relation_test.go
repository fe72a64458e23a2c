package postgres_test

import (
	"context"
	"strings"
	"testing"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
	"inlay/source/postgres"
	"inlay/source/sourcetest/pgtest"
)

// TestTypes: what a column of the database becomes under a type of the model.
func TestTypes(t *testing.T) {
	d := pgtest.Shared(t).Database(t)
	d.Exec(t, `CREATE TYPE mood AS ENUM ('sad', 'ok')`)
	d.Exec(t, `CREATE DOMAIN positive AS integer CHECK (VALUE > 0)`)
	bad := "the data could not be queried"
	tests := []struct {
		column, value string
		want          dax.Type
		text          string // of the value that is read, or of the error
	}{
		{"smallint", "7", dax.Int64, "7"}, {"integer", "7", dax.Double, "7"}, {"bigint", "7", dax.Decimal, "7"}, {"positive", "7", dax.Int64, "7"},
		{"numeric(10,0)", "7", dax.Int64, "7"}, {"numeric(10,2)", "7.25", dax.Double, "7.25"}, {"numeric", "1e-400", dax.Double, "0"},
		{"numeric(3,-400)", "1e402", dax.Double, "inf"}, {"numeric(3,400)", "1e-399", dax.Double, "0"},
		{"numeric", "1e400", dax.Double, "inf"}, {"numeric", "7.00005", dax.Decimal, "7.0001"}, {"numeric", "1e400", dax.Decimal, bad},
		{"numeric(10,2)", "NaN", dax.Decimal, bad}, {"real", "0.5", dax.Double, "0.5"},
		{"date", "2026-11-22", dax.DateTime, "11/22/2026"}, {"date", "infinity", dax.DateTime, bad}, {"date", "5000000-01-01", dax.DateTime, bad},
		{"timestamp", "2026-11-22 10:20:30.5", dax.DateTime, "11/22/2026 10:20:30 AM"}, {"timestamptz", "2026-11-22 10:20:30+02", dax.DateTime, "11/22/2026 8:20:30 AM"},
		{"time", "10:20:30", dax.DateTime, "10:20:30 AM"}, {"boolean", "true", dax.Boolean, "True"},
		{"text", "", dax.String, ""}, {"varchar(9)", "a", dax.String, "a"}, {"char(5)", "a", dax.String, "a"}, {"mood", "sad", dax.String, "sad"},
		{"uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", dax.String, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}, {"jsonb", `{"a":1}`, dax.String, `{"a": 1}`},
		{"bytea", `\x6869`, dax.String, "aGk="}, {"integer[]", "{1,2}", dax.String, "{1,2}"},
	}
	p := pool(t, d.URL("postgres"), postgres.Options{})
	for _, tt := range tests {
		d.Exec(t, `DROP TABLE IF EXISTS v`)
		d.Exec(t, `CREATE TABLE v (x `+tt.column+`)`)
		d.Exec(t, `INSERT INTO v VALUES (`+"'"+tt.value+"'"+`)`)
		m := &model.Model{Tables: []*model.Table{{Name: "V", Columns: []*model.Column{{Name: "X", Source: "x", Type: tt.want}}}}}
		s, err := postgres.Bind(context.Background(), p, m, map[string]postgres.Relation{"V": {Schema: "public", Name: "v"}})
		if err != nil {
			t.Errorf("%s as %s: %v", tt.column, tt.want, err)
			continue
		}
		if got := first(t, m, s, "V", "X"); got != tt.text {
			t.Errorf("%s %s as %s: %q, want %q", tt.column, tt.value, tt.want, got, tt.text)
		}
	}
}

func first(t *testing.T, m *model.Model, s query.Source, table, column string) string {
	t.Helper()
	e, err := query.New(m, s)
	if err != nil {
		t.Fatal(err)
	}
	q := model.Query{Detail: true, Groups: []model.ColumnRef{{Table: table, Column: column}}}
	q.Order = []model.Order{{Group: q.Groups[0]}}
	res, err := e.Ask(context.Background(), query.Viewer{Unrestricted: true}, q)
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, row := range res.Rows {
		all = append(all, row[0].ToText())
	}
	return strings.Join(all, "|")
}

// TestBindRefuses: a model that the database does not fit is refused when it is bound, with the
// table and column.
func TestBindRefuses(t *testing.T) {
	d := pgtest.Shared(t).Database(t)
	d.Exec(t, `CREATE TABLE v (x text, n numeric)`)
	p := pool(t, d.URL("postgres"), postgres.Options{})
	of := func(column string, typ dax.Type) *model.Model {
		return &model.Model{Tables: []*model.Table{{Name: "V", Columns: []*model.Column{{Name: "X", Source: column, Type: typ}}}}}
	}
	tests := []struct {
		m    *model.Model
		r    postgres.Relation
		want string
	}{
		{of("x", dax.Int64), postgres.Relation{Schema: "public", Name: "v"}, `table "V", column "X": text of the database is no `},
		{of("n", dax.Int64), postgres.Relation{Schema: "public", Name: "v"}, "numeric can hold what is no whole number"},
		{of("y", dax.String), postgres.Relation{Schema: "public", Name: "v"}, `public.v has no column "y"`},
		{of("x", dax.String), postgres.Relation{Schema: "public", Name: "w"}, "public.w does not exist"},
		{of("x", dax.String), postgres.Relation{Native: "SELECT * FROM"}, "native query does not exist, cannot be read, or is not valid SQL (SQLSTATE 42601)"},
		{of("x", dax.String), postgres.Relation{Native: "SELECT 1 AS x) AS a; DROP TABLE v; --"}, "native query"},
		{of("x", dax.String), postgres.Relation{Schema: "public", Name: "v", Where: []postgres.Condition{{Column: "q", Op: "=", Value: dax.IntOf(1)}}}, `has no column "q"`},
	}
	for _, tt := range tests {
		_, err := postgres.Bind(context.Background(), p, tt.m, map[string]postgres.Relation{"V": tt.r})
		if inlay.KindOf(err) != inlay.Invalid || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %q", tt.r, err, tt.want)
		}
	}
}

// TestRelations: renamed columns, a native query with names of the default schema, filters of a
// partition, and texts that differ in case alone.
func TestRelations(t *testing.T) {
	d := pgtest.Shared(t).Database(t)
	d.Exec(t, `CREATE TABLE orders (id int, region_name text, deleted boolean)`)
	d.Exec(t, `INSERT INTO orders VALUES (1, 'north', false), (2, 'NORTH', false), (3, 'south', false), (4, 'west', true), (5, NULL, false), (6, '', false)`)
	m := &model.Model{Tables: []*model.Table{{Name: "Orders", Columns: []*model.Column{{Name: "Region", Source: "Region", Type: dax.String}},
		Measures: []*model.Measure{{Name: "Count", Expression: "COUNTROWS(Orders)"}, {Name: "Regions", Expression: "DISTINCTCOUNT(Orders[Region])"}}}}}
	for _, r := range []postgres.Relation{
		{Schema: "public", Name: "orders", Columns: map[string]string{"Region": "region_name"}, Where: []postgres.Condition{{Column: "deleted", Op: "=", Value: dax.BoolOf(false)}, {Column: "id", Op: "<", Value: dax.IntOf(100)}}},
		{Native: `SELECT region_name AS "Region" FROM orders WHERE NOT deleted -- a comment`},
	} {
		s, err := postgres.Bind(context.Background(), pool(t, d.URL("postgres"), postgres.Options{}), m, map[string]postgres.Relation{"Orders": r})
		if err != nil {
			t.Fatal(err)
		}
		if got := first(t, m, s, "Orders", "Region"); got != "||NORTH|south" {
			t.Errorf("%s: %q", r, got)
		}
		e, err := query.New(m, s)
		if err != nil {
			t.Fatal(err)
		}
		north := model.Filter{Column: model.ColumnRef{Table: "Orders", Column: "Region"}, Op: model.In, Values: []dax.Value{dax.TextOf("North")}}
		res, err := e.Ask(context.Background(), query.Viewer{Unrestricted: true}, model.Query{Values: []model.Value{{Name: "n", Measure: "Count"}, {Name: "r", Measure: "Regions"}}, Where: []model.Filter{north}})
		if err != nil || res.Rows[0][0].Int() != 2 || res.Rows[0][1].Int() != 1 {
			t.Errorf("%s: %v, %v", r, res.Rows, err)
		}
	}
}
