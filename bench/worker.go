package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"inlay/admission"
	"inlay/model"
	"inlay/query"
	"inlay/source/duckdb"
	"inlay/source/worker"
)

// bothEngines is the demo's model in this process and in workers.
type bothEngines struct {
	here, there *query.Engine
	pool        *worker.Pool
	queue       *admission.Queue
	chart, rows model.Query // the chart of visualComparisons, and 100,000 rows of its facts
	close       func()
}

func openBoth(ctx context.Context) (b *bothEngines, err error) {
	dir, err := os.MkdirTemp("", "inlay-bench-")
	if err != nil {
		return nil, err
	}
	open := []func() error{func() error { return os.RemoveAll(dir) }}
	b = &bothEngines{queue: admission.New(admission.Options{Slots: runtime.GOMAXPROCS(0), Waiting: 1000})}
	b.close = func() {
		for _, f := range slices.Backward(open) {
			_ = f()
		}
	}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	file := filepath.Join(dir, "data.duckdb")
	m, d, err := importDemo(ctx, filepath.Join(dir, "project"), file)
	if err != nil {
		return nil, err
	}
	db, err := duckdb.Open(file, duckdb.Options{})
	if err != nil {
		return nil, err
	}
	open = append(open, db.Close)
	pool, err := worker.NewPool(worker.Options{Read: []string{dir}})
	if err != nil {
		return nil, err
	}
	b.pool = pool
	open = append(open, pool.Close)
	src, err := pool.Open(file, duckdb.Dialect{})
	if err != nil {
		return nil, err
	}
	if b.here, err = query.New(m, db); err != nil {
		return nil, err
	}
	if b.there, err = query.New(m, src); err != nil {
		return nil, err
	}
	if b.chart, err = question(m, d); err != nil {
		return nil, err
	}
	b.rows = model.Query{Detail: true}
	for _, t := range m.Tables {
		if t.Name != "Sales" {
			continue
		}
		for _, c := range t.Columns {
			if c.Expression == "" && len(b.rows.Groups) < 8 {
				b.rows.Groups = append(b.rows.Groups, model.ColumnRef{Table: t.Name, Column: c.Name})
			}
		}
	}
	return b, nil
}

// workerComparisons measure what it costs that the engine runs in another process. CPU time is
// that of this process alone; the time on the clock is what counts.
func workerComparisons(ctx context.Context) ([]comparison, func(), error) {
	if !worker.Supported {
		return nil, func() {}, nil
	}
	b, err := openBoth(ctx)
	if err != nil {
		return nil, nil, err
	}
	ask := func(e *query.Engine, q model.Query) side {
		return here(func(int) error { _, err := e.Ask(ctx, everyone, q); return err })
	}
	return []comparison{
		{name: "visual in a worker", against: "the visual in this process", subject: ask(b.there, b.chart), reference: ask(b.here, b.chart), over: "2 ms"},
		{name: "all rows of the facts from a worker", against: "the rows in this process", subject: ask(b.there, b.rows), reference: ask(b.here, b.rows), over: ""},
	}, b.close, nil
}

// turns measure how long clients of several tenants wait for each other, and for one more
// tenant who asks far more than they.
func turns(ctx context.Context) ([]figure, error) {
	if !worker.Supported {
		return nil, nil
	}
	b, err := openBoth(ctx)
	if err != nil {
		return nil, err
	}
	defer b.close()
	const tenants, each, noisy, rounds = 8, 8, 64, 5
	at := func(times []time.Duration, share float64) float64 {
		slices.Sort(times)
		return float64(times[int(share*float64(len(times)-1))])
	}
	var medians, tails, longest, more []float64
	for i := range rounds { // in turns, and ratios of one round: the machine is not the same for long
		crowds := [][]time.Duration{nil, nil} // alone, and beside one who is noisy
		for j := range crowds {
			k := (i + j) % 2
			if crowds[k], err = b.crowd(ctx, tenants, each, k*noisy); err != nil {
				return nil, err
			}
		}
		medians, tails = append(medians, at(crowds[0], .5)), append(tails, at(crowds[1], .99))
		longest = append(longest, at(crowds[0], 1)/at(crowds[0], .5))
		more = append(more, at(crowds[1], .99)/at(crowds[0], .99))
	}
	name := fmt.Sprintf("%d clients of %d tenants", tenants*each, tenants)
	return []figure{
		{name + ", longest wait", fmt.Sprintf("%s times the median of %s", spread(longest), short(time.Duration(middle(medians)))), "1.6"},
		{name + fmt.Sprintf(", beside one with %d clients", noisy), fmt.Sprintf("p99 %s, %s times that without it", short(time.Duration(middle(tails))), spread(more)), "1.5"},
	}, nil
}

// middle is the median; it sorts.
func middle(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// spread writes the median of ratios with the least and the most.
func spread(list []float64) string {
	m := middle(list)
	return fmt.Sprintf("%.2f (%.2f … %.2f)", m, list[0], list[len(list)-1])
}

// crowd asks for a while with all clients at once and gives the times of those that are not noisy.
func (b *bothEngines) crowd(ctx context.Context, tenants, each, loud int) ([]time.Duration, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex
	var times []time.Duration
	var failed error
	counting := false
	client := func(tenant string, counts bool) {
		for ctx.Err() == nil {
			start := time.Now()
			leave, err := b.queue.Enter(ctx, tenant)
			if err == nil {
				_, err = b.there.Ask(ctx, everyone, b.chart)
				leave()
			}
			took := time.Since(start)
			mu.Lock()
			if err != nil && ctx.Err() == nil {
				failed = err
				stop()
			}
			if counts && counting && ctx.Err() == nil {
				times = append(times, took)
			}
			mu.Unlock()
		}
	}
	var all sync.WaitGroup
	for t := range tenants {
		for range each {
			all.Go(func() { client(fmt.Sprint("tenant ", t), true) })
		}
	}
	for range loud {
		all.Go(func() { client("noisy", false) })
	}
	for _, wait := range []time.Duration{time.Second, 3 * time.Second} { // to settle, to measure
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		mu.Lock()
		counting = true
		mu.Unlock()
	}
	stop()
	all.Wait()
	if failed == nil && len(times) == 0 {
		failed = fmt.Errorf("nobody was answered")
	}
	return times, failed
}

// deadlines measure how long after its deadline a question is answered, and when its worker is
// free again or gone.
func deadlines(ctx context.Context) ([]figure, error) {
	if !worker.Supported {
		return nil, nil
	}
	b, err := openBoth(ctx)
	if err != nil {
		return nil, err
	}
	defer b.close()
	if _, err := b.there.Ask(ctx, everyone, b.chart); err != nil {
		return nil, err
	}
	const questions = 100
	var told, freed []time.Duration
	for range questions {
		limited, stop := context.WithTimeout(ctx, 10*time.Millisecond)
		end, _ := limited.Deadline()
		_, err := b.there.Ask(limited, everyone, b.rows)
		late := time.Since(end)
		stop()
		if err == nil {
			continue // it was in time
		}
		told = append(told, late)
		for b.pool.Counts().Busy > 0 && ctx.Err() == nil {
			runtime.Gosched()
		}
		freed = append(freed, time.Since(end))
	}
	if len(told) == 0 {
		return nil, fmt.Errorf("all of %d questions were answered before their deadline", questions)
	}
	name := fmt.Sprintf("%d questions past their deadline", len(told))
	return []figure{
		{name, fmt.Sprintf("answered at most %s after it", short(slices.Max(told))), "50 ms"},
		{name, fmt.Sprintf("worker free or gone at most %s after it", short(slices.Max(freed))), "1 s"},
	}, ctx.Err()
}
