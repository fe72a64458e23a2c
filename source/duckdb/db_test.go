package duckdb

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

func smallFile(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "small.duckdb")
	m := &model.Model{Tables: []*model.Table{tableOf(`odd "name"; DROP`, `#table({"a", "b"}, {{1, "x"}, {2, null}})`, "a int", "b text")}}
	if _, err := Refresh(context.Background(), RefreshInput{Model: m, Root: t.TempDir(), Out: out}); err != nil {
		t.Fatal(err)
	}
	return out
}

func open(t *testing.T, o Options) (*DB, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	o.Log = slog.New(slog.NewTextHandler(log, nil))
	db, err := Open(smallFile(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, log
}

// TestBindRoundTrip binds every type and reads it back: values travel beside the SQL, never in it.
func TestBindRoundTrip(t *testing.T) {
	db, _ := open(t, Options{})
	d := db.Dialect()
	for _, v := range []dax.Value{
		dax.BoolOf(true), dax.BoolOf(false), dax.IntOf(0), dax.IntOf(math.MaxInt64), dax.IntOf(math.MinInt64),
		dax.FloatOf(1.5), dax.FloatOf(-1e300), dax.DecimalOf(-12345), dax.DecimalOf(math.MaxInt64), dax.DecimalOf(1),
		dax.TimeOf(time.Date(2026, 1, 31, 23, 59, 59, 999999000, time.UTC)), dax.TimeOf(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)),
		dax.TextOf(""), dax.TextOf("'; DROP TABLE x; --"), dax.TextOf("Ärger \U0001F600 \x00 end"), dax.TextOf("$1 ? :a"),
	} {
		rows, err := db.run(context.Background(), "SELECT "+d.Placeholder(1, v.Type()), []dax.Value{v}, []dax.Type{v.Type()})
		if err != nil {
			t.Errorf("%s: %v", show(v), err)
			continue
		}
		dst := make([]dax.Value, 1)
		if !rows.Next(dst) || dst[0] != v || rows.Next(dst) || rows.Err() != nil {
			t.Errorf("%q came back as %q, %v", show(v), show(dst[0]), rows.Err())
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, typ := range []dax.Type{dax.Blank, dax.Boolean, dax.Int64, dax.Double, dax.Decimal, dax.DateTime, dax.String} {
		rows, err := db.run(context.Background(), "SELECT "+d.Placeholder(1, typ)+" IS NULL", []dax.Value{{}}, []dax.Type{dax.Boolean})
		if err != nil {
			t.Fatal(err)
		}
		dst := make([]dax.Value, 1)
		if !rows.Next(dst) || !dst[0].Bool() {
			t.Errorf("BLANK as type %d is not NULL", typ)
		}
		_ = rows.Close()
	}
}

func TestPlaceholdersByNumber(t *testing.T) {
	db, _ := open(t, Options{})
	d := db.Dialect()
	rows, err := db.run(context.Background(), "SELECT "+d.Placeholder(2, dax.String)+" || "+d.Placeholder(1, dax.String)+" || "+d.Placeholder(2, dax.String),
		[]dax.Value{dax.TextOf("a"), dax.TextOf("b")}, []dax.Type{dax.String})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	dst := make([]dax.Value, 1)
	if !rows.Next(dst) || dst[0].Text() != "bab" {
		t.Errorf("got %q", dst[0].Text())
	}
}

func TestOddNames(t *testing.T) {
	db, _ := open(t, Options{})
	got := lines(t, db, "SELECT a, b FROM main."+db.Dialect().Quote(`odd "name"; DROP`)+" ORDER BY a", dax.Int64, dax.String)
	if got != "1 x\n2 -" {
		t.Errorf("got\n%s", got)
	}
}

// TestLockedDown tries the ways out of an engine that is open.
func TestLockedDown(t *testing.T) {
	db, _ := open(t, Options{})
	dir := t.TempDir()
	for _, sql := range []string{
		"SELECT * FROM read_csv('/etc/passwd')",
		"SELECT * FROM read_text('/proc/self/environ')",
		"SELECT * FROM glob('/*')",
		"SELECT * FROM '/etc/passwd'",
		"COPY (SELECT 1) TO '" + filepath.Join(dir, "x.csv") + "'",
		"ATTACH '" + filepath.Join(dir, "x.duckdb") + "'",
		"EXPORT DATABASE '" + dir + "'",
		"INSTALL httpfs", "LOAD httpfs",
		"SET enable_external_access=true", "SET memory_limit='100GB'", "SET lock_configuration=false",
		`CREATE TABLE main.t AS SELECT 1`, `DROP TABLE main."odd ""name""; DROP"`, `INSERT INTO main."odd ""name""; DROP" VALUES (3, 'y')`,
	} {
		rows, err := db.run(context.Background(), sql, nil, []dax.Type{dax.Variant})
		if err == nil {
			dst := make([]dax.Value, 1)
			rows.Next(dst)
			err = rows.Err()
			_ = rows.Close()
		}
		if err == nil {
			t.Errorf("%s: allowed", sql)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%s was written", left[0].Name())
	}
}

// TestErrorTextStaysInside: the engine's words can hold values of rows that nobody may see.
func TestErrorTextStaysInside(t *testing.T) {
	db, log := open(t, Options{})
	_, err := db.run(context.Background(), "SELECT CAST('SECRET-VALUE' AS INTEGER)", nil, []dax.Type{dax.Int64})
	if err == nil || strings.Contains(err.Error(), "SECRET") || inlay.KindOf(err) != inlay.Internal {
		t.Errorf("err = %v", err)
	}
	if text := log.String(); !strings.Contains(text, "Conversion Error") || strings.Contains(text, "SECRET") {
		t.Errorf("the log has %q, want the class of the error alone", text)
	}
}

func TestWrongShapeIsAnError(t *testing.T) {
	db, _ := open(t, Options{})
	if _, err := db.run(context.Background(), "SELECT 1, 2", nil, []dax.Type{dax.Int64}); inlay.KindOf(err) != inlay.Internal || err == nil {
		t.Errorf("two columns where one was promised: %v", err)
	}
	for _, c := range []struct {
		sql string
		typ dax.Type
	}{{"SELECT 'a'", dax.Int64}, {"SELECT 1.5", dax.Int64}, {"SELECT 1", dax.String}, {"SELECT 99999999999999999999::HUGEINT", dax.Int64}, {"SELECT 1.23456", dax.Decimal}} {
		rows, err := db.run(context.Background(), c.sql, nil, []dax.Type{c.typ})
		if err != nil {
			t.Fatal(err)
		}
		dst := make([]dax.Value, 1)
		if rows.Next(dst) || rows.Err() == nil {
			t.Errorf("%s as type %d gave %s", c.sql, c.typ, show(dst[0]))
		}
		_ = rows.Close()
	}
}

const slow = "SELECT count(*) FROM range(100000000) a, range(1000) b WHERE a.range % 7 = b.range % 5"

func TestDeadline(t *testing.T) {
	db, _ := open(t, Options{Queries: 1})
	ctx, cancel := context.WithCancel(context.Background())
	answered := make(chan error)
	go func() {
		_, err := db.run(ctx, slow, nil, []dax.Type{dax.Int64})
		answered <- err
	}()
	for len(db.free) > 0 { // until the statement has its connection
		runtime.Gosched()
	}
	cancel()
	err := <-answered
	if !errors.Is(err, context.Canceled) || inlay.KindOf(err) != inlay.Limit {
		t.Errorf("err = %v", err)
	}
	if got := lines(t, db, "SELECT 1", dax.Int64); got != "1" { // waits for the connection
		t.Errorf("got %s", got)
	}
}

func TestAdmission(t *testing.T) {
	db, _ := open(t, Options{Queries: 1, Queue: 1})
	running, err := db.run(context.Background(), "SELECT 1", nil, []dax.Type{dax.Int64})
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, err := db.run(ctx, "SELECT 1", nil, []dax.Type{dax.Int64})
		waiting <- err
	}()
	for db.wait.Load() == 0 {
		runtime.Gosched()
	}
	if _, err := db.run(context.Background(), "SELECT 1", nil, []dax.Type{dax.Int64}); inlay.KindOf(err) != inlay.Limit || err == nil {
		t.Errorf("one too many: %v", err)
	}
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Errorf("waiting: %v", err)
	}
	if err := running.Close(); err != nil {
		t.Error(err)
	}
}

func TestMemoryLimit(t *testing.T) {
	db, _ := open(t, Options{MemoryLimit: "100MB", DiskLimit: "10MB"})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	rows, err := db.run(ctx, "SELECT len(list(range)) FROM range(30000000)", nil, []dax.Type{dax.Int64})
	if err == nil {
		_ = rows.Close()
	}
	if err == nil || inlay.KindOf(err) != inlay.Limit || !strings.Contains(err.Error(), "more memory than it may use") {
		t.Errorf("err = %v", err)
	}
}

func TestOpenTwice(t *testing.T) {
	path := smallFile(t)
	one, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	two, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, db := range []*DB{one, two} {
		if got := lines(t, db, "SELECT 1", dax.Int64); got != "1" {
			t.Errorf("got %s", got)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, name := range []string{"missing.duckdb", "a?access_mode=read_write", "a#b", "a%20b"} {
		p := filepath.Join(t.TempDir(), name)
		if name != "missing.duckdb" {
			if err := os.WriteFile(p, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if db, err := Open(p, Options{}); err == nil {
			t.Errorf("%s was opened", name)
			_ = db.Close()
		}
	}
}
