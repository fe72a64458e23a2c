package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
	"inlay/source/duckdb"
)

// starRows makes the facts of a star, and its dimensions. One store of twenty is one in twenty
// of the facts. Rows are sorted as a refresh sorts them, by the key by which roles choose them, and
// amounts are stored as a refresh stores those that fit.
const starRows = `
CREATE TABLE "Date" AS SELECT day AS "Date", year(day) AS "Year", month(day) AS "Month Number", strftime(day, '%%Y-%%m') AS "Month"
FROM range(TIMESTAMP '2023-01-01', TIMESTAMP '2026-01-01', INTERVAL 1 DAY) d(day);
CREATE TABLE "Product" AS SELECT i AS "Product Key", 'Product ' || i AS "Product", 'Category ' || i %% 10 AS "Category" FROM range(500) r(i);
CREATE TABLE "Store" AS SELECT i AS "Store Key", 'Store ' || i AS "Store" FROM range(20) r(i);
CREATE TABLE "Customer" AS SELECT i AS "Customer Key", 'Customer ' || i AS "Customer" FROM range(20000) r(i);
CREATE TABLE "Sales" AS SELECT TIMESTAMP '2023-01-01' + to_days((hash(i) %% 1096)::INTEGER) AS "Date", (hash(i + 1) %% 500)::BIGINT AS "Product Key",
	(hash(i + 2) %% 20)::BIGINT AS "Store Key", (hash(i + 3) %% 20000)::BIGINT AS "Customer Key",
	((hash(i + 4) %% 1000000) / 100)::DECIMAL(18, 4) AS "Amount", (1 + hash(i + 5) %% 9)::BIGINT AS "Units" FROM range(%d) r(i) ORDER BY "Store Key";`

// starModel is the model over it: two roles see 5 % and 80 % of the facts.
func starModel() *model.Model {
	table := func(name string, types []dax.Type, columns ...string) *model.Table {
		t := &model.Table{Name: name}
		for i, c := range columns {
			t.Columns = append(t.Columns, &model.Column{Name: c, Source: c, Type: types[i]})
		}
		return t
	}
	whole, text := dax.Int64, dax.String
	m := &model.Model{Name: "Star", Tables: []*model.Table{
		table("Date", []dax.Type{dax.DateTime, whole, whole, text}, "Date", "Year", "Month Number", "Month"),
		table("Product", []dax.Type{whole, text, text}, "Product Key", "Product", "Category"),
		table("Store", []dax.Type{whole, text}, "Store Key", "Store"),
		table("Customer", []dax.Type{whole, text}, "Customer Key", "Customer"),
		table("Sales", []dax.Type{dax.DateTime, whole, whole, whole, dax.Decimal, whole}, "Date", "Product Key", "Store Key", "Customer Key", "Amount", "Units"),
	}}
	m.Tables[0].Date = true
	m.Tables[0].Columns[0].Key = true
	m.Table("Sales").Measures = []*model.Measure{
		{Name: "Revenue", Expression: "SUM(Sales[Amount])"},
		{Name: "Pieces", Expression: "SUM(Sales[Units])"},
		{Name: "Year before", Expression: "CALCULATE([Revenue], SAMEPERIODLASTYEAR('Date'[Date]))"},
	}
	for to, key := range map[string]string{"Date": "Date", "Product": "Product Key", "Store": "Store Key", "Customer": "Customer Key"} {
		m.Relationships = append(m.Relationships, model.Relationship{Name: to, From: model.ColumnRef{Table: "Sales", Column: key}, To: model.ColumnRef{Table: to, Column: key}, ToEnd: model.One})
	}
	slices.SortFunc(m.Relationships, func(a, b model.Relationship) int { return len(a.Name) - len(b.Name) })
	for name, most := range map[string]int{"few": 1, "most": 16} {
		m.Roles = append(m.Roles, model.Role{Name: name, Permissions: []model.Permission{{Table: "Store", Filter: fmt.Sprintf("Store[Store Key] < %d", most)}}})
	}
	return m
}

// part is a visual of a typical page: its question, and the SQL that somebody would write by
// hand, with %s where the rows of a viewer are chosen.
type part struct {
	name  string
	query model.Query
	sql   string
}

func pageParts() []part {
	by := func(table, column string) model.ColumnRef { return model.ColumnRef{Table: table, Column: column} }
	revenue, pieces, before := model.Value{Name: "r", Measure: "Revenue"}, model.Value{Name: "p", Measure: "Pieces"}, model.Value{Name: "b", Measure: "Year before"}
	return []part{
		{"card", model.Query{Values: []model.Value{revenue, pieces}}, `SELECT sum("Amount"), sum("Units") FROM "Sales" s %s`},
		{"bar by category", model.Query{Groups: []model.ColumnRef{by("Product", "Category")}, Values: []model.Value{revenue}},
			`SELECT p."Category", sum("Amount") FROM "Sales" s LEFT JOIN "Product" p USING ("Product Key") %s GROUP BY 1 ORDER BY 1`},
		{"line by month", model.Query{Groups: []model.ColumnRef{by("Date", "Month")}, Values: []model.Value{revenue}},
			`SELECT d."Month", sum("Amount") FROM "Sales" s LEFT JOIN "Date" d ON d."Date" = s."Date" %s GROUP BY 1 ORDER BY 1`},
		{"ten best customers", model.Query{Groups: []model.ColumnRef{by("Customer", "Customer")}, Values: []model.Value{revenue, pieces}, Order: []model.Order{{By: "r", Descending: true}}, Limit: 10},
			`SELECT c."Customer", sum("Amount"), sum("Units") FROM "Sales" s LEFT JOIN "Customer" c USING ("Customer Key") %s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10`},
		{"matrix with a total", model.Query{Groups: []model.ColumnRef{by("Product", "Category"), by("Date", "Year")}, Values: []model.Value{revenue}, Total: true},
			`SELECT p."Category", d."Year", sum("Amount") FROM "Sales" s LEFT JOIN "Product" p USING ("Product Key") LEFT JOIN "Date" d ON d."Date" = s."Date" %s GROUP BY GROUPING SETS ((1, 2), ()) ORDER BY 1, 2`},
		{"year over year by month", model.Query{Groups: []model.ColumnRef{by("Date", "Month")}, Values: []model.Value{revenue, before}},
			`WITH m AS (SELECT d."Year", d."Month Number", d."Month", sum("Amount") AS r FROM "Sales" s LEFT JOIN "Date" d ON d."Date" = s."Date" %s GROUP BY 1, 2, 3)
			SELECT m."Month", m.r, b.r FROM m LEFT JOIN m b ON b."Year" = m."Year" - 1 AND b."Month Number" = m."Month Number" ORDER BY 1`},
	}
}

// audience is who looks at the page, and the same by hand.
type audience struct {
	name   string
	viewer query.Viewer
	where  string
}

var audiences = []audience{
	{"all rows", query.Viewer{Unrestricted: true}, ""},
	{"5 % visible", query.Viewer{Roles: []string{"few"}}, `WHERE s."Store Key" IN (SELECT "Store Key" FROM "Store" WHERE "Store Key" < 1)`},
	{"80 % visible", query.Viewer{Roles: []string{"most"}}, `WHERE s."Store Key" IN (SELECT "Store Key" FROM "Store" WHERE "Store Key" < 16)`},
}

// star is the model in an engine, in one that keeps answers, and its rows for SQL by hand.
type star struct {
	engine, keeps *query.Engine
	hand          *sql.DB
	close         func()
}

func openStar(ctx context.Context, rows int) (s *star, err error) {
	dir, err := os.MkdirTemp("", "inlay-bench-")
	if err != nil {
		return nil, err
	}
	open := []func() error{func() error { return os.RemoveAll(dir) }}
	s = &star{close: func() {
		for _, f := range slices.Backward(open) {
			_ = f()
		}
	}}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	file := filepath.Join(dir, "data.duckdb")
	made, err := sql.Open("duckdb", file)
	if err != nil {
		return nil, err
	}
	m := starModel()
	_, err = made.ExecContext(ctx, fmt.Sprintf(starRows, rows))
	var learnt *model.Statistics
	if err == nil {
		learnt, err = learn(ctx, made, m)
	}
	if err = errors.Join(err, made.Close()); err != nil {
		return nil, err
	}
	db, err := duckdb.Open(file, duckdb.Options{})
	if err != nil {
		return nil, err
	}
	open = append(open, db.Close)
	if s.engine, err = query.New(m, db); err != nil {
		return nil, err
	}
	if s.keeps, err = query.New(m, db); err != nil {
		return nil, err
	}
	s.engine.Learn(learnt)
	s.keeps.Learn(learnt)
	s.keeps.Share(query.NewCache(64<<20), "star")
	if s.hand, err = openCopy(file); err != nil {
		return nil, err
	}
	open = append(open, s.hand.Close)
	return s, nil
}

// learn counts what a refresh counts of the rows that it stores.
func learn(ctx context.Context, db *sql.DB, m *model.Model) (*model.Statistics, error) {
	s := &model.Statistics{}
	for _, t := range m.Tables {
		one := model.TableStatistics{Name: t.Name}
		for _, c := range t.Columns {
			n := model.ColumnStatistics{Name: c.Name}
			text := fmt.Sprintf(`SELECT count(*), approx_count_distinct(%[2]q) FROM %[1]q`, t.Name, c.Name) //nolint:gosec // names of the model above
			if err := db.QueryRowContext(ctx, text).Scan(&one.Rows, &n.Distinct); err != nil {
				return nil, err
			}
			one.Columns = append(one.Columns, n)
		}
		s.Tables = append(s.Tables, one)
	}
	return s, nil
}

// pageRows is how many facts the page is about: first one million, with -full ten as well.
func pageRows() []int {
	if *full {
		return []int{1_000_000, 10_000_000}
	}
	return []int{1_000_000}
}

// fullPage is the page over ten million rows, if they are asked for.
func fullPage(ctx context.Context) ([]comparison, func(), error) {
	if !*full {
		return nil, func() {}, nil
	}
	return pageComparisons(10_000_000)(ctx)
}

// pageComparisons measure the visuals of a typical page beside SQL by hand on the same engine.
func pageComparisons(rows int) func(context.Context) ([]comparison, func(), error) {
	return func(ctx context.Context) ([]comparison, func(), error) {
		s, err := openStar(ctx, rows)
		if err != nil {
			return nil, nil, err
		}
		ask := func(e *query.Engine, a audience, p part) side {
			return here(func(int) error {
				r, err := e.Ask(ctx, a.viewer, p.query)
				if err == nil && len(r.Rows) == 0 {
					err = fmt.Errorf("%s has no rows", p.name)
				}
				return err
			})
		}
		var list []comparison
		for _, p := range pageParts() {
			for _, a := range audiences {
				c := comparison{name: fmt.Sprintf("page of %d million, %s, %s", rows/1_000_000, p.name, a.name), against: "SQL by hand", rounds: 3,
					subject: ask(s.engine, a, p), reference: here(func(int) error { return readAll(ctx, s.hand, fmt.Sprintf(p.sql, a.where)) }), over: "2 ms"}
				if a.where != "" {
					c.against, c.budget = "SQL by hand, same condition", "1.15"
				}
				list = append(list, c)
			}
		}
		bar, few := pageParts()[1], audiences[1]
		list = append(list,
			comparison{name: fmt.Sprintf("page of %d million, %s, 5 %% visible", rows/1_000_000, bar.name), against: "the same, all rows", rounds: 3, budget: "1",
				subject: ask(s.engine, few, bar), reference: ask(s.engine, audiences[0], bar)},
			comparison{name: fmt.Sprintf("page of %d million, %s, from the cache", rows/1_000_000, bar.name), against: "not from the cache", rounds: 3,
				subject: ask(s.keeps, few, bar), reference: ask(s.engine, few, bar)})
		return list, s.close, nil
	}
}

// readAll runs a statement and reads all of its rows.
func readAll(ctx context.Context, db *sql.DB, text string) error {
	rows, err := db.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	row, n := make([]any, len(names)), 0
	for i := range row {
		row[i] = new(any)
	}
	for ; rows.Next(); n++ {
		if err := rows.Scan(row...); err != nil {
			return err
		}
	}
	if n == 0 {
		return errors.New("no rows by hand")
	}
	return rows.Err()
}
