package worker_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/source/worker"
)

// slow computes for minutes, and stops when it is told.
const slow = "SELECT count(*) FROM range(100000000) a, range(1000) b WHERE a.range % 7 = b.range % 5"

// bombs are expressions that DuckDB neither interrupts nor counts. No statement of the product
// has them: they stand for the next one that nobody knows of.
var bombs = map[string]string{
	"repeat":      "SELECT length(repeat('x', 1000000000))",
	"range":       "SELECT len(range(100000000))",
	"longer":      "SELECT len(range(500000000))",
	"unnest":      "SELECT count(*) FROM (SELECT unnest(range(200000000)))",
	"lpad":        "SELECT length(lpad('x', 2000000000, 'y'))",
	"levenshtein": "SELECT levenshtein(repeat('ab', 30000), repeat('ba', 30000))",
	"recursion":   "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
	"sum":         "SELECT sum(range) FROM range(100000000000)",
	"list":        "SELECT len(list(range)) FROM range(1000000000)",
}

// TestBombs: whatever a statement does, its caller is answered at the deadline, its worker is free
// or gone soon after, its memory stays within budget and a quarter, and neighbours notice nothing.
func TestBombs(t *testing.T) {
	s, p, _ := source(t, worker.Options{Size: 2})
	if _, err := first(t.Context(), s, "SELECT 1", dax.Int64); err != nil {
		t.Fatal(err)
	}
	for name, text := range bombs {
		t.Run(name, func(t *testing.T) {
			done := make(chan struct{})
			var neighbours sync.WaitGroup
			answered := 0
			neighbours.Go(func() {
				for over := false; !over; answered++ { // one at least, however soon the bomb is done
					if got, err := first(t.Context(), s, "SELECT sum(n) FROM t", dax.Int64); err != nil || got != dax.IntOf(4999950000) {
						t.Errorf("a neighbour: %v, %v", got, err)
						return
					}
					select {
					case <-done:
						over = true
					default:
					}
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			end, _ := ctx.Deadline()
			_, err := first(ctx, s, text, dax.Int64)
			told := time.Since(end)
			if inlay.KindOf(err) != inlay.Limit {
				t.Errorf("err = %v", err)
			}
			close(done)
			neighbours.Wait()
			eventually(t, "the worker is free or gone", func() bool { return p.Counts().Busy == 0 })
			freed := time.Since(end)
			if answered == 0 {
				t.Error("no neighbour was answered")
			}
			t.Logf("told %v after the deadline, freed %v after it, %d neighbours answered: %v", told.Round(time.Millisecond), freed.Round(time.Millisecond), answered, err)
		})
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	c := p.Counts()
	t.Logf("%+v", c)
	if c.PeakMemory > budget+budget/4 {
		t.Errorf("a worker had %d MB, its budget is %d MB", c.PeakMemory>>20, budget>>20)
	}
	if c.OverTime == 0 {
		t.Error("no worker had to be killed: the bombs are none")
	}
}

// TestKilledWorker: who asked in it is told to ask again, and nobody else notices.
func TestKilledWorker(t *testing.T) {
	s, p, _ := source(t, worker.Options{Size: 2})
	rows, err := s.RunText(t.Context(), worker.Statement{SQL: "SELECT n, s FROM t, range(40)", Types: []dax.Type{dax.Int64, dax.String}})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	victim := p.Processes()[0]
	other, err := s.RunText(t.Context(), worker.Statement{SQL: "SELECT n FROM t, range(40)", Types: []dax.Type{dax.Int64}})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	row := make([]dax.Value, 2)
	for rows.Next(row) {
	}
	if err := rows.Err(); inlay.KindOf(err) != inlay.Unavailable {
		t.Errorf("err = %v", err)
	}
	n := 0
	for one := make([]dax.Value, 1); other.Next(one); n++ {
	}
	if err := other.Err(); err != nil || n != 4000000 {
		t.Errorf("the neighbour has %d rows, %v", n, err)
	}
	if got, err := first(t.Context(), s, "SELECT 1", dax.Int64); err != nil || got != dax.IntOf(1) {
		t.Errorf("afterwards: %v, %v", got, err)
	}
	if c := p.Counts(); c.Crashed != 1 || c.OverTime+c.OverMemory != 0 {
		t.Errorf("counts = %+v", c)
	}
}

// TestIdleWorkerDies: a worker that ended while it had nothing to do is replaced, and nobody is told.
func TestIdleWorkerDies(t *testing.T) {
	s, p, _ := source(t, worker.Options{Size: 1})
	for range 3 {
		if got, err := first(t.Context(), s, "SELECT 1", dax.Int64); err != nil || got != dax.IntOf(1) {
			t.Fatalf("%v, %v", got, err)
		}
		eventually(t, "the worker is free", func() bool { return p.Counts().Busy == 0 })
		id := p.Processes()[0]
		if err := syscall.Kill(id, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it has ended", func() bool { return syscall.Kill(id, 0) != nil })
	}
}

// TestCancelled: who goes away frees the worker.
func TestCancelled(t *testing.T) {
	s, p, _ := source(t, worker.Options{Size: 1, Grace: 20 * time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := first(ctx, s, slow, dax.Int64)
		failed <- err
	}()
	eventually(t, "the statement runs", func() bool { return p.Counts().Busy == 1 })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	eventually(t, "the worker is free", func() bool { return p.Counts().Busy == 0 })
	if c := p.Counts(); c.OverTime != 0 || c.Started != 1 {
		t.Errorf("counts = %+v", c)
	}
}

// TestSlowReaders: results that are read slowly neither pile up in the server nor keep workers
// from others for longer than their own time.
func TestSlowReaders(t *testing.T) {
	s, p, _ := source(t, worker.Options{Size: 2})
	t.Run("64 small results are held and block nobody", func(t *testing.T) {
		for i := range 64 {
			rows, err := s.RunText(t.Context(), worker.Statement{SQL: "SELECT n, s FROM t LIMIT 20000", Types: []dax.Type{dax.Int64, dax.String}})
			if err != nil {
				t.Fatalf("reader %d: %v", i, err)
			}
			defer rows.Close()
			row := make([]dax.Value, 2)
			if !rows.Next(row) {
				t.Fatalf("reader %d: %v", i, rows.Err())
			}
			defer func() {
				n := 1
				for ; rows.Next(row); n++ {
				}
				if rows.Err() != nil || n != 20000 {
					t.Errorf("reader %d has %d rows, %v", i, n, rows.Err())
				}
			}()
		}
	})
	t.Run("large ones end with their time", func(t *testing.T) {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		large := worker.Statement{SQL: "SELECT n, repeat('x', 1000) FROM t", Types: []dax.Type{dax.Int64, dax.String}} // 100 MB
		for range 2 {
			rows, err := s.RunText(ctx, large)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			if row := make([]dax.Value, 2); !rows.Next(row) {
				t.Fatal(rows.Err())
			}
		}
		waiting := make(chan error)
		go func() {
			_, err := first(t.Context(), s, "SELECT 1", dax.Int64)
			waiting <- err
		}()
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 40<<20 {
			t.Errorf("two results of 100 MB that nobody reads take %d MB", grown>>20)
		}
		if busy := p.Counts().Busy; busy != 2 {
			t.Errorf("%d workers send", busy)
		}
		cancel() // the time of the two
		if err := <-waiting; err != nil {
			t.Error(err)
		}
	})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if c := p.Counts(); c.PeakMemory > budget+budget/4 {
		t.Errorf("a worker had %d MB, its budget is %d MB", c.PeakMemory>>20, budget>>20)
	}
}

// TestManyFiles: a worker closes what it used least, and what is no longer published.
func TestManyFiles(t *testing.T) {
	dir := t.TempDir()
	p, _ := pool(t, dir, worker.Options{Size: 1, Open: 2})
	for round := range 2 {
		for i := range 5 {
			file := fmt.Sprintf("%s/%d.duckdb", dir, i)
			if round == 0 {
				fill(t, file, fmt.Sprintf("CREATE TABLE t AS SELECT %d AS n", i))
			}
			s, err := p.Open(file, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := first(t.Context(), s, "SELECT n FROM t", dax.Int64); err != nil || got != dax.IntOf(int64(i)) {
				t.Errorf("file %d: %v, %v", i, got, err)
			}
			if i%2 == 0 {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}
