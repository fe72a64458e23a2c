package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	_ "github.com/duckdb/duckdb-go/v2" // the driver, for SQL by hand

	"inlay/demo"
	"inlay/model"
	"inlay/model/pbip"
	"inlay/query"
	"inlay/report"
	"inlay/report/pbir"
	"inlay/report/visual"
	"inlay/source/duckdb"
)

// The question of the demo's largest chart, revenue by month and category, as somebody would
// write it by hand.
const (
	byHand = `SELECT d."Month", p."Category", sum(s."Amount") FROM "Sales" s
		LEFT JOIN "Date" d ON s."Date" = d."Date" LEFT JOIN "Product" p ON s."Product ID" = p."Product ID"`
	grouped = ` GROUP BY 1, 2 ORDER BY 1, 2`
	secured = ` WHERE s."Tenant ID" IN (SELECT "Tenant ID" FROM "Tenant" WHERE "Tenant ID" IN
		(SELECT "Tenant ID" FROM "Access" WHERE lower("User principal name") = lower(?)))`
)

var (
	member   = query.Viewer{Username: "amira@alderfoods.example.com", Roles: []string{"Tenant members"}}
	everyone = query.Viewer{Username: "hedda@brightwater.example.com", Roles: []string{"Everything"}}
)

// visualComparisons import the demo project and measure one of its visuals.
func visualComparisons(ctx context.Context) (list []comparison, done func(), err error) {
	dir, err := os.MkdirTemp("", "inlay-bench-")
	if err != nil {
		return nil, nil, err
	}
	var open []func() error
	done = func() {
		for i := len(open) - 1; i >= 0; i-- {
			_ = open[i]()
		}
	}
	open = append(open, func() error { return os.RemoveAll(dir) })
	defer func() {
		if err != nil {
			done()
		}
	}()
	file := filepath.Join(dir, "data.duckdb")
	m, d, err := importDemo(ctx, filepath.Join(dir, "project"), file)
	if err != nil {
		return nil, nil, err
	}
	db, err := duckdb.Open(file, duckdb.Options{})
	if err != nil {
		return nil, nil, err
	}
	open = append(open, db.Close)
	engine, err := query.New(m, db)
	if err != nil {
		return nil, nil, err
	}
	// A file has one configuration in a process, so the SQL by hand reads a copy.
	hand, err := openCopy(file)
	if err != nil {
		return nil, nil, err
	}
	open = append(open, hand.Close)
	q, err := question(m, d)
	if err != nil {
		return nil, nil, err
	}
	ask := func(v query.Viewer) side {
		return here(func(int) error {
			r, err := engine.Ask(ctx, v, q)
			if err == nil && len(r.Rows) == 0 {
				err = errors.New("the visual has no rows")
			}
			return err
		})
	}
	sqlByHand := func(text string, args ...any) side {
		return here(func(int) error { return drain(ctx, hand, text, args...) })
	}
	return []comparison{
		{name: "visual, all rows", against: "SQL by hand", subject: ask(everyone), reference: sqlByHand(byHand + grouped), over: "2 ms"},
		{name: "visual, rows of a tenant", against: "SQL by hand, same condition", budget: "1.15",
			subject: ask(member), reference: sqlByHand(byHand+secured+grouped, member.Username), over: "2 ms"},
		{name: "visual, rows of a tenant", against: "the visual, all rows", subject: ask(member), reference: ask(everyone)},
	}, done, nil
}

// importDemo writes the demo project and refreshes its data into a file.
func importDemo(ctx context.Context, project, file string) (*model.Model, *report.Definition, error) {
	if err := demo.Write(project); err != nil {
		return nil, nil, err
	}
	p, err := pbip.Open(project)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = p.Close() }()
	m, err := p.ReadModel()
	if err != nil {
		return nil, nil, err
	}
	d, err := pbir.Read(p.Reports[0].FS)
	if err != nil {
		return nil, nil, err
	}
	_, err = duckdb.Refresh(ctx, duckdb.RefreshInput{Model: m, Root: p.Root, Out: file})
	return m, d, err
}

// question is that of the stacked columns on the first page.
func question(m *model.Model, d *report.Definition) (model.Query, error) {
	for _, p := range d.Pages {
		for _, v := range p.Visuals {
			if v.Type == "columnChart" {
				plan, err := visual.Query(m, d, p, v, visual.State{})
				return plan.Query, err
			}
		}
	}
	return model.Query{}, errors.New("the demo report has no stacked columns")
}

// openCopy opens a copy of a DuckDB file through the driver, with its defaults.
func openCopy(file string) (*sql.DB, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file+".copy", text, 0o600); err != nil { //nolint:gosec // a folder that this program made
		return nil, err
	}
	return sql.Open("duckdb", file+".copy?access_mode=read_only")
}

// drain runs a statement and reads all of its rows.
func drain(ctx context.Context, db *sql.DB, text string, args ...any) error {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var a, b, c any
	n := 0
	for rows.Next() {
		if err := rows.Scan(&a, &b, &c); err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return fmt.Errorf("no rows by hand")
	}
	return rows.Err()
}
