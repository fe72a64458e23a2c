// Command bench prints what Inlay costs as ratios: each thing is run beside what it is compared
// to, in turns, because only ratios inside one run survive a machine that is shared. CPU time is
// that of the process that does the work. Nothing fails for being slow; the budgets are printed
// beside the numbers.
//
//	go run ./bench [-rounds 15] [-round 200ms] [-only words]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	if kind := os.Getenv(childVariable); kind != "" {
		exit(serveChild(kind))
	}
	rounds := flag.Int("rounds", 15, "rounds of each comparison")
	round := flag.Duration("round", 200*time.Millisecond, "time of each side in a round")
	only := flag.String("only", "", "run comparisons whose name contains this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exit(run(ctx, *rounds, *round, *only))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// groups make their comparisons when their turn comes, and clean up after themselves.
var groups = []struct {
	name string
	make func(context.Context) ([]comparison, func(), error)
}{
	{"token", tokenComparisons},
	{"http", httpComparisons},
	{"visual", visualComparisons},
}

func run(ctx context.Context, rounds int, round time.Duration, only string) error {
	row("what", "against", "CPU", "its CPU", "ratio", "(least … most)", "time", "its time", "budget")
	ran := 0
	for _, g := range groups {
		list, done, err := g.make(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
		for _, c := range list {
			if !strings.Contains(c.name, only) {
				continue
			}
			ran++
			r, err := c.run(ctx, rounds, round)
			if err != nil {
				done()
				return fmt.Errorf("%s: %w", c.name, err)
			}
			row(c.name, c.against, r.subject.cpu, r.reference.cpu, fmt.Sprintf("%.2f", r.ratio),
				fmt.Sprintf("(%.2f … %.2f)", r.least, r.most), r.subject.wall, r.reference.wall, c.budget)
		}
		done()
	}
	if ran == 0 {
		return fmt.Errorf("no comparison is called %q", only)
	}
	return nil
}

// row prints cells in columns that are wide enough for what stands in them.
func row(cells ...any) {
	widths := []int{-44, -36, 9, 9, 7, -16, 9, 9, 8}
	var line strings.Builder
	for i, c := range cells {
		if d, ok := c.(time.Duration); ok {
			c = short(d)
		}
		fmt.Fprintf(&line, "%*v  ", widths[i], c)
	}
	fmt.Println(strings.TrimRight(line.String(), " "))
}

// short writes a duration with three digits.
func short(d time.Duration) string {
	switch {
	case d >= 100*time.Millisecond:
		return d.Round(time.Millisecond).String()
	case d >= 100*time.Microsecond:
		return d.Round(10 * time.Microsecond).String()
	case d >= time.Microsecond:
		return d.Round(10 * time.Nanosecond).String()
	}
	return d.String()
}
