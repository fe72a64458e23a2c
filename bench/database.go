package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // for what makes the table
)

// Databases that the imports may make a database of their own in, named inlay_bench; it is
// dropped before and after.
var importURLs = map[string]*string{
	"PostgreSQL": flag.String("postgres", "", "a PostgreSQL server for the imports, such as postgres://postgres@127.0.0.1/postgres"),
	"MySQL":      flag.String("mysql", "", "a MariaDB server for the imports, such as mysql://root@127.0.0.1"),
}

// importTables make the table that is imported; %d is the number of rows.
var importTables = map[string]string{
	"PostgreSQL": `CREATE TABLE sales AS SELECT i::bigint AS "OrderID", date '2026-01-01' + (i %% 365) AS "Date", 'Region ' || i %% 20 AS "Region", 'Product ' || i %% 500 AS "Product",
		'customer-' || i %% 50000 AS "Customer", (i %% 40)::bigint AS "Units", ((i %% 9000) + (i %% 100) / 100.0)::numeric(18,4) AS "Amount", (i %% 77) + 0.5::float8 AS "Price" FROM generate_series(1, %d) t(i)`,
	"MySQL": `CREATE TABLE sales AS SELECT CAST(seq AS SIGNED) AS OrderID, DATE '2026-01-01' + INTERVAL (seq %% 365) DAY AS Date, CONCAT('Region ', seq %% 20) AS Region, CONCAT('Product ', seq %% 500) AS Product,
		CONCAT('customer-', seq %% 50000) AS Customer, CAST(seq %% 40 AS SIGNED) AS Units, CAST((seq %% 9000) + (seq %% 100) / 100 AS DECIMAL(18,4)) AS Amount, CAST((seq %% 77) + 0.5 AS DOUBLE) AS Price FROM seq_1_to_%d`,
}

// databaseImports imports a table of a database beside a scan by its driver.
func databaseImports(kind string) func(context.Context) ([]figure, error) {
	return func(ctx context.Context) (list []figure, err error) {
		address, name := *importURLs[kind], "import of "+kind
		if address == "" {
			return []figure{{name, "not measured: no server was named", ""}}, nil
		}
		u, err := url.Parse(address)
		if err != nil {
			return nil, err
		}
		if err := statements(ctx, *u, "DROP DATABASE IF EXISTS inlay_bench", "CREATE DATABASE inlay_bench"); err != nil {
			return nil, err
		}
		defer func() {
			err = errors.Join(err, statements(context.WithoutCancel(ctx), *u, "DROP DATABASE inlay_bench"))
		}()
		own := *u
		own.Path = "/inlay_bench"
		if err := statements(ctx, own, fmt.Sprintf(importTables[kind], *importRows)); err != nil {
			return nil, err
		}
		dir, err := os.MkdirTemp("", "inlay-bench-import-")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		schema := map[string]string{"PostgreSQL": "public", "MySQL": "inlay_bench"}[kind]
		return importOf(ctx, name, dir, map[string]importTask{
			"Inlay":                {URL: own.String(), M: kind + `.Database("bench", "bench"){[Schema="` + schema + `",Item="sales"]}[Data]`},
			"a scan by its driver": {URL: own.String(), Scan: true},
		})
	}
}

// statements runs statements on a connection of its own.
func statements(ctx context.Context, u url.URL, list ...string) error {
	db, err := openDatabase(&u)
	if err != nil {
		return err
	}
	for _, s := range list {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return errors.Join(err, db.Close())
		}
	}
	return db.Close()
}

func openDatabase(u *url.URL) (*sql.DB, error) {
	if u.Scheme != "mysql" {
		return sql.Open("pgx", u.String())
	}
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr, cfg.DBName, cfg.User, cfg.ParseTime = "tcp", u.Host, strings.TrimPrefix(u.Path, "/"), u.User.Username(), true
	cfg.Passwd, _ = u.User.Password()
	if u.Port() == "" {
		cfg.Addr += ":3306"
	}
	c, err := driver.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// scan reads the table as a program does that wants each value in a type of Go.
func scan(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	var id, units int64
	var date time.Time
	var region, product, customer, amount string
	var price float64
	into := []any{&id, &date, &region, &product, &customer, &units, &amount, &price}
	if u.Scheme == "mysql" {
		db, err := openDatabase(u)
		if err != nil {
			return err
		}
		defer func() { _ = db.Close() }()
		rows, err := db.QueryContext(ctx, "SELECT * FROM sales")
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, "SELECT * FROM sales", pgx.QueryResultFormatsByOID{1700: pgx.TextFormatCode})
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Err()
}
