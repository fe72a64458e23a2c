package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"inlay/model"
	"inlay/query"
	"inlay/source/postgres"
)

// starTables makes the same star as starRows in PostgreSQL, as somebody who cares would: with keys,
// and an index on what rows are chosen by. %d is how many facts.
const starTables = `
CREATE TABLE "Date" AS SELECT day::timestamp AS "Date", extract(year FROM day)::bigint AS "Year", extract(month FROM day)::bigint AS "Month Number", to_char(day, 'YYYY-MM') AS "Month"
	FROM generate_series(timestamp '2023-01-01', timestamp '2025-12-31', interval '1 day') d(day);
ALTER TABLE "Date" ADD PRIMARY KEY ("Date");
CREATE TABLE "Product" AS SELECT i::bigint AS "Product Key", 'Product ' || i AS "Product", 'Category ' || i %% 10 AS "Category" FROM generate_series(0, 499) r(i);
ALTER TABLE "Product" ADD PRIMARY KEY ("Product Key");
CREATE TABLE "Store" AS SELECT i::bigint AS "Store Key", 'Store ' || i AS "Store" FROM generate_series(0, 19) r(i);
ALTER TABLE "Store" ADD PRIMARY KEY ("Store Key");
CREATE TABLE "Customer" AS SELECT i::bigint AS "Customer Key", 'Customer ' || i AS "Customer" FROM generate_series(0, 19999) r(i);
ALTER TABLE "Customer" ADD PRIMARY KEY ("Customer Key");
CREATE TABLE "Sales" AS SELECT timestamp '2023-01-01' + make_interval(days => (abs(hashint8(i)) %% 1096)) AS "Date", (abs(hashint8(i + 1)::bigint) %% 500) AS "Product Key",
	(abs(hashint8(i + 2)::bigint) %% 20) AS "Store Key", (abs(hashint8(i + 3)::bigint) %% 20000) AS "Customer Key",
	((abs(hashint8(i + 4)::bigint) %% 1000000) / 100.0)::numeric(18,4) AS "Amount", (1 + abs(hashint8(i + 5)::bigint) %% 9) AS "Units" FROM generate_series(1::bigint, %d) r(i) ORDER BY 3;
CREATE INDEX ON "Sales" ("Store Key");
ANALYZE;`

// postgresPage measures the visuals of a page where the rows stay in PostgreSQL (DirectQuery).
// Most of the work is the database's, in processes of its own, so what counts is the time on the
// clock.
func postgresPage(ctx context.Context) (list []comparison, done func(), err error) {
	address := *importURLs["PostgreSQL"]
	if address == "" {
		return nil, func() {}, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, nil, err
	}
	if err := statements(ctx, *u, "DROP DATABASE IF EXISTS inlay_bench_page", "CREATE DATABASE inlay_bench_page"); err != nil {
		return nil, nil, err
	}
	open := []func(){func() {
		_ = statements(context.WithoutCancel(ctx), *u, "DROP DATABASE inlay_bench_page WITH (FORCE)")
	}}
	done = func() {
		for i := len(open) - 1; i >= 0; i-- {
			open[i]()
		}
	}
	defer func() {
		if err != nil {
			done()
		}
	}()
	own := *u
	own.Path = "/inlay_bench_page"
	if err := statements(ctx, own, fmt.Sprintf(starTables, *importRows)); err != nil {
		return nil, nil, err
	}
	pool, err := postgres.Open(own.String(), postgres.Options{})
	if err != nil {
		return nil, nil, err
	}
	open = append(open, pool.Close)
	hand, err := openDatabase(&own)
	if err != nil {
		return nil, nil, err
	}
	open = append(open, func() { _ = hand.Close() })
	engine, err := starOver(ctx, pool)
	if err != nil {
		return nil, nil, err
	}
	return postgresParts(ctx, engine, hand), done, nil
}

// starOver is the model of the star over its tables in a database.
func starOver(ctx context.Context, pool *postgres.Pool) (*query.Engine, error) {
	m, relations := starModel(), map[string]postgres.Relation{}
	for _, t := range m.Tables {
		relations[t.Name] = postgres.Relation{Schema: "public", Name: t.Name}
		t.Partitions = []model.Partition{{Name: t.Name, Mode: "directQuery"}}
	}
	src := postgres.NewSource(pool, m, relations)
	e, err := query.New(m, src)
	if err == nil {
		src.Learns(e.Learn)
		_, err = e.Ask(ctx, query.Viewer{Unrestricted: true}, pageParts()[0].query) // binds it
	}
	return e, err
}

func postgresParts(ctx context.Context, engine *query.Engine, hand *sql.DB) []comparison {
	var list []comparison
	for _, p := range pageParts() {
		for _, a := range audiences {
			c := comparison{name: fmt.Sprintf("page in PostgreSQL, %s, %s", p.name, a.name), against: "SQL by hand", rounds: 5, clock: true, over: "2 ms",
				subject: here(func(int) error {
					r, err := engine.Ask(ctx, a.viewer, p.query)
					if err == nil && len(r.Rows) == 0 {
						err = errors.New(p.name + " has no rows")
					}
					return err
				}),
				reference: here(func(int) error { return readAll(ctx, hand, fmt.Sprintf(p.sql, a.where)) })}
			if a.where != "" {
				c.against, c.budget = "SQL by hand, same condition", "1.15"
			}
			list = append(list, c)
		}
	}
	bar := pageParts()[1]
	return append(list, comparison{name: "page in PostgreSQL, " + bar.name + ", 5 % visible", against: "the same, all rows", rounds: 5, clock: true, budget: "1",
		subject:   here(func(int) error { _, err := engine.Ask(ctx, audiences[1].viewer, bar.query); return err }),
		reference: here(func(int) error { _, err := engine.Ask(ctx, audiences[0].viewer, bar.query); return err })})
}
