// Command bench prints what Inlay costs as ratios: each thing is run beside what it is compared
// to, in turns, because only ratios inside one run survive a machine that is shared. CPU time is
// that of the process that does the work. Nothing fails for being slow; the budgets are printed
// beside the numbers.
//
//	go run ./bench [-rounds 15] [-round 200ms] [-only words] [-rows 10000000] [-full] [-profile folder]
//
// What follows the table is compared to nothing and depends on the machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"inlay/source/duckdb"
)

// full says that the page is measured over ten million rows, too.
var full = flag.Bool("full", false, "measure the page over 10 million rows, too")

func main() {
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		exit(duckdb.Work(context.Background()))
	}
	if task := os.Getenv(importVariable); task != "" {
		exit(runImport(task))
	}
	if kind := os.Getenv(childVariable); kind != "" {
		exit(serveChild(kind))
	}
	rounds := flag.Int("rounds", 15, "rounds of each comparison")
	round := flag.Duration("round", 200*time.Millisecond, "time of each side in a round")
	only := flag.String("only", "", "run what has this in its name")
	conns := flag.String("connections", "1,8,16,64", "over which GenerateToken is asked for")
	profiles := flag.String("profile", "", "write CPU profiles of the servers into this folder")
	flag.Parse()
	if *profiles != "" {
		if err := os.Setenv(profileVariable, *profiles); err != nil {
			exit(err)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var connections []int
	for s := range strings.SplitSeq(*conns, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			exit(fmt.Errorf("-connections %q: give numbers", *conns))
		}
		connections = append(connections, n)
	}
	exit(run(ctx, *rounds, *round, *only, connections))
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
	{"worker", workerComparisons},
	{"page of 1 million", pageComparisons(1_000_000)},
	{"page of 10 million", fullPage},
	{"page in PostgreSQL", postgresPage},
}

// skipped reports whether nothing of a group is asked for, where that can be told without making
// its rows, which takes long.
func skipped(group, only string) bool {
	paged := strings.HasPrefix(group, "page")
	if !paged || only == "" {
		return !paged && strings.HasPrefix(only, "page")
	}
	return !strings.HasPrefix(only, group) && !strings.HasPrefix(group, only)
}

func run(ctx context.Context, rounds int, round time.Duration, only string, connections []int) error {
	row("what", "against", "CPU", "its CPU", "ratio", "(least … most)", "time", "its time", "budget")
	ran := 0
	over := []figure{}
	for _, g := range groups {
		if skipped(g.name, only) {
			continue
		}
		list, done, err := g.make(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
		for _, c := range list {
			if !strings.Contains(c.name, only) {
				continue
			}
			ran++
			n := rounds
			if c.rounds > 0 {
				n = min(n, c.rounds)
			}
			r, err := c.run(ctx, n, round)
			if err != nil {
				done()
				return fmt.Errorf("%s: %w", c.name, err)
			}
			row(c.name, c.against, r.subject.cpu, r.reference.cpu, fmt.Sprintf("%.2f", r.ratio),
				fmt.Sprintf("(%.2f … %.2f)", r.least, r.most), r.subject.wall, r.reference.wall, c.budget)
			if c.over != "" {
				over = append(over, figure{c.name + ", over " + c.against, short(r.over), c.over})
			}
		}
		done()
	}
	if strings.Contains("GenerateToken", only) {
		ran++
		if err := generations(ctx, rounds, round, connections); err != nil {
			return err
		}
	}
	fmt.Println()
	if err := printFigures(ctx, over, only, &ran); err != nil {
		return err
	}
	if ran == 0 {
		return fmt.Errorf("no comparison is called %q", only)
	}
	return nil
}

// printFigures prints those that came with the comparisons, and all others.
func printFigures(ctx context.Context, list []figure, only string, ran *int) error {
	tell := func(list []figure) {
		for _, f := range list {
			fmt.Println(strings.TrimRight(fmt.Sprintf("%-66s  %-78s  %s", f.name, f.value, f.budget), " "))
		}
	}
	tell(list)
	for _, g := range allFigures {
		if !strings.Contains(g.name, only) {
			continue
		}
		*ran++
		list, err := g.make(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
		tell(list)
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
	case d < 0:
		return "-" + short(-d)
	case d >= 100*time.Millisecond:
		return d.Round(time.Millisecond).String()
	case d >= 100*time.Microsecond:
		return d.Round(10 * time.Microsecond).String()
	case d >= time.Microsecond:
		return d.Round(10 * time.Nanosecond).String()
	}
	return d.String()
}
