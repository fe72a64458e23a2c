package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"inlay/query"
)

// pageClients measure clients that ask for the visuals of a page one after the other, each as
// one who sees 5 % of the rows, without and with the cache.
func pageClients(ctx context.Context) ([]figure, error) {
	var list []figure
	for _, rows := range pageRows() {
		s, err := openStar(ctx, rows)
		if err != nil {
			return nil, err
		}
		for _, e := range []struct {
			name, budget string
			engine       *query.Engine
		}{{"not cached", "", s.engine}, {"cached", "3,000/s", s.keeps}} {
			for _, n := range []int{1, 4, 16, 64} {
				value, err := clients(ctx, e.engine, n)
				if err != nil {
					s.close()
					return nil, err
				}
				list = append(list, figure{fmt.Sprintf("clients of a page of %d million, %d, %s", rows/1_000_000, n, e.name), value, e.budget})
			}
		}
		s.close()
	}
	return list, nil
}

// clients ask for two seconds and say how many answers there were, how late, and what memory
// the process had at most.
func clients(ctx context.Context, e *query.Engine, n int) (string, error) {
	ctx, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	var mu sync.Mutex
	var times []time.Duration
	var failed error
	parts := pageParts()
	start := time.Now()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			var mine []time.Duration
			for k := i; ctx.Err() == nil; k++ {
				at := time.Now()
				_, err := e.Ask(ctx, audiences[1].viewer, parts[k%len(parts)].query)
				if ctx.Err() != nil {
					break
				}
				mu.Lock()
				failed = firstError(failed, err)
				mu.Unlock()
				mine = append(mine, time.Since(at))
			}
			mu.Lock()
			times = append(times, mine...)
			mu.Unlock()
		})
	}
	most := 0
	for ctx.Err() == nil {
		most = max(most, residentMB())
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	all.Wait()
	took := time.Since(start)
	if failed != nil {
		return "", failed
	}
	if len(times) == 0 {
		return "nobody was answered", nil
	}
	slices.Sort(times)
	at := func(share float64) time.Duration { return times[int(share*float64(len(times)-1))] }
	return fmt.Sprintf("%.0f/s, median %s, p99 %s, memory at most %d MB", float64(len(times))/took.Seconds(), short(at(.5)), short(at(.99)), most), nil
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// residentMB is the memory of this process, 0 where the system does not say.
func residentMB() int {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(text))
	if len(f) < 2 {
		return 0
	}
	pages, err := strconv.Atoi(f[1])
	if err != nil {
		return 0
	}
	return pages * os.Getpagesize() / 1_000_000
}
