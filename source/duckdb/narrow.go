package duckdb

import (
	"context"
	"database/sql/driver"
)

// narrow stores a column of fixed decimals in 64 bits where its values fit. DuckDB keeps more
// than 18 digits in 128 bits, whose packed form is read about fifty times slower (docs/performance.md):
// 23 ms against 0.5 ms for the sum of 275,000 values.
func narrow(ctx context.Context, conn driver.Conn, table, column string) error {
	d := Dialect{}
	t, c := "main."+d.Quote(table), d.Quote(column)
	wide, err := count(ctx, conn, "SELECT count(*) FROM "+t+" WHERE "+c+" <= -100000000000000 OR "+c+" >= 100000000000000")
	if err != nil || wide > 0 {
		return err
	}
	return exec(ctx, conn, "ALTER TABLE "+t+" ALTER COLUMN "+c+" SET DATA TYPE DECIMAL(18,4)")
}
