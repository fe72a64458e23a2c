package postgres

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/source/sourcetest/pgtest"
)

// These tests give the database what package query would never write, so they go below Source.

func raw(t *testing.T, o Options) *Pool {
	t.Helper()
	p, err := Open(pgtest.Shared(t).Database(t).URL("postgres"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// all runs a statement and reads its rows as text, a line each.
func all(ctx context.Context, p *Pool, sql string, types ...dax.Type) (string, error) {
	r, err := p.run(ctx, statement{sql: sql, types: types})
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Close() }()
	var lines []string
	dst := make([]dax.Value, len(types))
	for r.Next(dst) {
		var cells []string
		for _, v := range dst {
			cells = append(cells, v.ToText())
		}
		lines = append(lines, strings.Join(cells, " "))
	}
	return strings.Join(lines, "\n"), r.Err()
}

// TestDeadline: the caller is answered at the deadline whatever the statement does, and the
// database has ended the statement, so that the one connection can be used again.
func TestDeadline(t *testing.T) {
	p := raw(t, Options{Connections: 1})
	for _, sql := range []string{"SELECT 1 FROM pg_sleep(600)", "SELECT count(*) FROM generate_series(1, 1000000000000)", "SELECT CAST(generate_series(1, 100000000) AS bigint)"} {
		var err error
		late := time.Hour
		for range 3 { // the machine may be busy; the database is not what makes it late
			ctx, cancel := context.WithTimeout(context.Background(), 150*time.Millisecond)
			_, err = all(ctx, p, sql, dax.Int64)
			late = min(late, time.Since(must(ctx.Deadline())))
			cancel()
		}
		if inlay.KindOf(err) != inlay.Limit || !strings.Contains(err.Error(), "longer than it may") {
			t.Errorf("%s: %v", sql, err)
		}
		if late > 250*time.Millisecond {
			t.Errorf("%s: answered %v after the deadline", sql, late)
		}
		if got, err := all(context.Background(), p, "SELECT 1", dax.Int64); got != "1" || err != nil {
			t.Errorf("after %s: %q, %v", sql, got, err)
		}
	}
}

func must(at time.Time, _ bool) time.Time { return at }

// TestCancelled: who goes away is answered as one who does, and frees the connection.
func TestCancelled(t *testing.T) {
	p := raw(t, Options{Connections: 1})
	ctx, cancel := context.WithCancel(context.Background())
	go cancel()
	if _, err := all(ctx, p, "SELECT 1 FROM pg_sleep(600)", dax.Int64); !errors.Is(err, context.Canceled) || inlay.KindOf(err) != inlay.Limit {
		t.Errorf("err = %v", err)
	}
	if got, err := all(context.Background(), p, "SELECT 1", dax.Int64); got != "1" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestPartlyRead: a result of which only the start is read holds neither memory nor connection.
func TestPartlyRead(t *testing.T) {
	p := raw(t, Options{Connections: 1})
	r, err := p.run(context.Background(), statement{sql: "SELECT CAST(generate_series(1, 100000000) AS bigint)", types: []dax.Type{dax.Int64}})
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]dax.Value, 1)
	for i := range int64(1000) {
		if !r.Next(dst) || dst[0].Int() != i+1 {
			t.Fatalf("row %d: %v, %v", i+1, dst[0], r.Err())
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := all(context.Background(), p, "SELECT 1", dax.Int64); got != "1" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestQueue: more than the queue holds is refused at once.
func TestQueue(t *testing.T) {
	p := raw(t, Options{Connections: 1, Queue: 1})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	held, err := p.run(ctx, statement{sql: "SELECT CAST(generate_series(1, 100000000) AS bigint)", types: []dax.Type{dax.Int64}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	refused := make(chan error, 2)
	for range 2 {
		go func() { _, err := all(ctx, p, "SELECT 1", dax.Int64); refused <- err }()
	}
	if err := <-refused; inlay.KindOf(err) != inlay.Limit || !strings.Contains(err.Error(), "waiting") {
		t.Errorf("err = %v", err)
	}
}

// TestErrors: what the database says never reaches a viewer.
func TestErrors(t *testing.T) {
	p := raw(t, Options{})
	for sql, want := range map[string]string{
		"SELECT CAST('SECRET-9' AS bigint)":                   "the data could not be queried",
		"SELECT x FROM secret_table":                          "the data could not be queried",
		"SELECT 1 / (SELECT 0)":                               "the data could not be queried",
		"SELECT 'SECRET-9'":                                   "the data could not be queried",
		"SELECT CAST('NaN' AS numeric)":                       "the data could not be queried",
		"SELECT CAST('infinity' AS timestamp)":                "the data could not be queried",
		"SELECT 1, 2":                                         "the data could not be queried",
		"SELECT set_config('transaction_read_only','0',true)": "the data could not be queried",
		"CREATE TABLE x (a int)":                              "the data could not be queried",
	} {
		if _, err := all(context.Background(), p, sql, dax.Int64); err == nil || err.Error() != want {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if got, err := all(context.Background(), p, "SELECT 1", dax.Int64); got != "1" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestConnectionString: nothing of it is shown, neither when it is wrong nor when it leads nowhere.
func TestConnectionString(t *testing.T) {
	if _, err := Open("postgres://u:hunter2@h:port/x", Options{}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("err = %v", err)
	}
	p, err := Open("postgres://u:hunter2@127.0.0.1:1/x?sslmode=disable", Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if _, err := all(context.Background(), p, "SELECT 1", dax.Int64); inlay.KindOf(err) != inlay.Unavailable || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("err = %v", err)
	}
}

// TestValues: what the database has and DAX has comes over as it is.
func TestValues(t *testing.T) {
	p := raw(t, Options{})
	for sql, want := range map[string]struct {
		typ  dax.Type
		text string
	}{
		"SELECT CAST('NaN' AS float8)":                  {dax.Double, dax.FloatOf(math.NaN()).ToText()},
		"SELECT CAST(0.1 AS float8)":                    {dax.Double, "0.1"},
		"SELECT CAST(12.3400 AS numeric)":               {dax.Decimal, "12.34"},
		"SELECT CAST(-922337203685477.5808 AS numeric)": {dax.Decimal, "-922337203685477.5808"},
		"SELECT CAST(1e3 AS numeric)":                   {dax.Int64, "1000"},
		"SELECT CAST(9007199254740993 AS numeric)":      {dax.Int64, "9007199254740993"},
		"SELECT CAST(NULL AS text)":                     {dax.String, ""},
		"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(x AS float8)) FROM (VALUES (1), (4), (9), (11)) t(x)": {dax.Double, "6.5"},
	} {
		if got, err := all(context.Background(), p, sql, want.typ); err != nil || got != want.text {
			t.Errorf("%s: %q, %v", sql, got, err)
		}
	}
}

// TestPanic: a fault in reading rows ends the statement and its connection, and nothing else.
func TestPanic(t *testing.T) {
	p := raw(t, Options{Connections: 1})
	ctx := context.Background()
	conn, err := p.acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan chunk)
	close(gone) // handing rows over panics
	if _, err = p.attempt(ctx, conn, statement{sql: "SELECT 1", types: []dax.Type{dax.Int64}}, gone); err == nil || lost(err) {
		t.Errorf("err = %v", err)
	}
	if got, err := all(ctx, p, "SELECT 1", dax.Int64); got != "1" || err != nil {
		t.Errorf("afterwards: %q, %v", got, err)
	}
}
