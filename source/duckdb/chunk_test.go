package duckdb

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay/dax"
)

// What is read by chunks is what the driver gives value by value, errors included.
func TestChunksAreReadAsTheDriverReadsThem(t *testing.T) {
	db, _ := open(t, Options{})
	seen := 0
	for _, c := range []struct {
		sql string // of i, from 0 to 4999
		as  []dax.Type
	}{
		{"i % 3 = 0", []dax.Type{dax.Boolean, dax.Variant, dax.Int64}},
		{"CAST(i - 2500 AS INTEGER)", []dax.Type{dax.Int64, dax.Double, dax.Decimal, dax.Variant, dax.String}},
		{"(i - 2500) * 1844674407370955", []dax.Type{dax.Int64, dax.Double, dax.Variant, dax.Decimal}},
		{"CAST(i - 2500 AS HUGEINT) * 3689348814741910", []dax.Type{dax.Int64, dax.Double, dax.Variant}},
		{"CAST(i - 2500 AS HUGEINT) * 36893488147419103", []dax.Type{dax.Int64, dax.Double}},
		{"CAST((i - 2500) / 7 AS DOUBLE)", []dax.Type{dax.Double, dax.Variant, dax.Int64, dax.Decimal}},
		{"TIMESTAMP '1600-02-29 23:59:59.999999' + INTERVAL (i * 40) DAY", []dax.Type{dax.DateTime, dax.Variant, dax.Int64}},
		{"CAST('ä' AS VARCHAR) || repeat('x', i % 40)", []dax.Type{dax.String, dax.Variant, dax.Double}},
		{"CAST(i % 2000 - 1000 AS DECIMAL(4, 0))", []dax.Type{dax.Decimal, dax.Int64, dax.Double, dax.Variant}},
		{"CAST((i - 2500) / 8 AS DECIMAL(9, 2))", []dax.Type{dax.Decimal, dax.Double, dax.Variant, dax.Int64}},
		{"CAST((i - 2500) / 8 AS DECIMAL(18, 4))", []dax.Type{dax.Decimal, dax.Double, dax.Variant}},
		{"CAST((i - 2500) * 184467440737 AS DECIMAL(19, 4))", []dax.Type{dax.Decimal, dax.Double, dax.Variant}},
		{"CAST((i - 2500) * 1844674407370955 AS DECIMAL(38, 4))", []dax.Type{dax.Decimal, dax.Double}},
		{"CAST((i - 2500) / 8 AS DECIMAL(38, 6))", []dax.Type{dax.Decimal, dax.Double}},
	} {
		sql := "SELECT CASE WHEN i % 7 <> 1 THEN " + c.sql + " END, " + c.sql + " FROM range(5000) r(i)"
		for _, as := range c.as {
			fast, one := readBoth(t, db, sql, as, true)
			slow, other := readBoth(t, db, sql, as, false)
			if (one == nil) != (other == nil) || len(fast) != len(slow) {
				t.Fatalf("%s as type %d: %d rows and %v by chunks, %d and %v by the driver", c.sql, as, len(fast), one, len(slow), other)
			}
			if diff := cmp.Diff(slow, fast, cmp.Comparer(func(a, b dax.Value) bool { return a == b })); diff != "" {
				t.Fatalf("%s as type %d: %s", c.sql, as, diff)
			}
			seen += len(fast)
		}
	}
	if seen == 0 {
		t.Error("no row was read")
	}
	if r, err := openRows(db, "SELECT DATE '2026-01-31'", dax.DateTime); err != nil || r.by != nil {
		t.Errorf("a type that the driver alone reads is read by chunks, or not at all: %v", err)
	} else if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func openRows(db *DB, sql string, types ...dax.Type) (*rows, error) {
	got, err := db.run(context.Background(), sql, nil, types)
	if err != nil {
		return nil, err
	}
	return got.(*rows), nil
}

// readBoth reads two columns of a type, by chunks or by the driver.
func readBoth(t *testing.T, db *DB, sql string, as dax.Type, chunks bool) ([][]dax.Value, error) {
	t.Helper()
	r, err := openRows(db, sql, as, as)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if r.by == nil {
		t.Fatalf("%s is not read by chunks", sql)
	}
	if !chunks {
		r.by = nil
	}
	var all [][]dax.Value
	for {
		row := make([]dax.Value, 2)
		if !r.Next(row) {
			return all, r.Err()
		}
		all = append(all, row)
	}
}
