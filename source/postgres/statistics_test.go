package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
	"inlay/source/postgres"
	"inlay/source/sourcetest/pgtest"
)

// What the planner knows is learnt when a model is first asked, under the names of the model, and
// only of tables all of whose rows the reader may see.
func TestPlannerStatisticsAreLearnt(t *testing.T) {
	d := pgtest.Shared(t).Database(t)
	d.Exec(t, `CREATE TABLE product AS SELECT i::bigint AS id, 'Category ' || i % 10 AS category FROM generate_series(1, 500) t(i)`)
	d.Exec(t, `CREATE TABLE sales AS SELECT i % 500 + 1 AS product, (i % 7)::bigint AS units FROM generate_series(1::bigint, 250000) t(i)`)
	d.Exec(t, `CREATE TABLE fresh AS SELECT 1::bigint AS id`)
	d.Exec(t, `CREATE TABLE guarded AS SELECT i::bigint AS id FROM generate_series(1, 100) t(i)`)
	d.Exec(t, `DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'counter') THEN CREATE ROLE counter LOGIN; END IF; END $$`)
	d.Exec(t, `ANALYZE product, sales, guarded; GRANT SELECT ON ALL TABLES IN SCHEMA public TO counter; ALTER TABLE guarded ENABLE ROW LEVEL SECURITY`)
	column := func(name string, typ dax.Type) *model.Column {
		return &model.Column{Name: strings.ToUpper(name), Source: name, Type: typ}
	}
	m := &model.Model{Tables: []*model.Table{
		{Name: "Product", Columns: []*model.Column{column("id", dax.Int64), column("category", dax.String)}},
		{Name: "Sales", Columns: []*model.Column{column("product", dax.Int64), column("units", dax.Int64)}, Measures: []*model.Measure{{Name: "Sum", Expression: "SUM(Sales[Units])"}}},
		{Name: "Fresh", Columns: []*model.Column{column("id", dax.Int64)}},
		{Name: "Guarded", Columns: []*model.Column{column("id", dax.Int64)}},
		{Name: "Native", Columns: []*model.Column{column("id", dax.Int64)}},
	}, Relationships: []model.Relationship{{Name: "r", From: model.ColumnRef{Table: "Sales", Column: "PRODUCT"}, To: model.ColumnRef{Table: "Product", Column: "ID"}, ToEnd: model.One}}}
	src := postgres.NewSource(pool(t, d.URL("counter"), postgres.Options{}), m, map[string]postgres.Relation{
		"Product": {Schema: "public", Name: "product"}, "Sales": {Schema: "public", Name: "sales"}, "Fresh": {Schema: "public", Name: "fresh"},
		"Guarded": {Schema: "public", Name: "guarded"}, "Native": {Native: "SELECT id FROM product"},
	})
	e, err := query.New(m, src)
	if err != nil {
		t.Fatal(err)
	}
	var learnt *model.Statistics
	src.Learns(func(s *model.Statistics) {
		learnt = s
		e.Learn(s)
	})
	q := model.Query{Groups: []model.ColumnRef{{Table: "Product", Column: "CATEGORY"}}, Values: []model.Value{{Name: "s", Measure: "Sum"}}}
	var asked []string
	for range 2 {
		r, err := e.Recording(func(s query.Statement) { asked = append(asked, s.SQL()) })
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := r.Ask(context.Background(), query.Viewer{Unrestricted: true}, q); err != nil || len(answer.Rows) != 10 {
			t.Fatalf("%v (%v)", answer, err)
		}
	}
	if len(asked) != 2 || strings.Contains(asked[0], "GROUP BY 1") || !strings.Contains(asked[1], "GROUP BY 1") {
		t.Errorf("want grouping by keys once it is known that they are few: %q", asked)
	}
	want := &model.Statistics{Tables: []model.TableStatistics{
		{Name: "Product", Rows: 500, Columns: []model.ColumnStatistics{{Name: "ID", Distinct: 500}, {Name: "CATEGORY", Distinct: 10}}},
		{Name: "Sales", Rows: 250_000, Columns: []model.ColumnStatistics{{Name: "PRODUCT", Distinct: 500}, {Name: "UNITS", Distinct: 7}}},
		{Name: "Guarded", Rows: 100},
	}}
	if diff := cmp.Diff(want, learnt); diff != "" {
		t.Error(diff)
	}
}
