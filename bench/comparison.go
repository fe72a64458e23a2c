package main

import (
	"context"
	"slices"
	"time"
)

// cost is CPU time and time on the clock, of one operation or of many.
type cost struct{ cpu, wall time.Duration }

// side does its operation n times and says what that cost.
type side func(ctx context.Context, n int) (cost, error)

// comparison is a subject that runs in turns with what it is compared to.
type comparison struct {
	name, against, budget string
	subject, reference    side
	rounds                int    // at most, 0 for as many as are asked for
	over                  string // prints the difference of the times, too: the budget of that
	clock                 bool   // the ratio is that of the time on the clock: others work, too
}

// result has medians over rounds. The ratio is that of CPU time, or on the clock, round by round.
type result struct {
	subject, reference cost // of one operation
	ratio, least, most float64
	over               time.Duration // on the clock, round by round
}

func (c comparison) run(ctx context.Context, rounds int, length time.Duration) (result, error) {
	n, err := enough(ctx, c.subject, length)
	if err != nil {
		return result{}, err
	}
	m, err := enough(ctx, c.reference, length)
	if err != nil {
		return result{}, err
	}
	var subject, reference []cost
	var ratios []float64
	var over []time.Duration
	for i := range rounds {
		var s, r cost
		first := func() (err error) { s, err = c.subject(ctx, n); return err }
		second := func() (err error) { r, err = c.reference(ctx, m); return err }
		if i%2 == 1 { // neither is always the one that finds the caches cold
			first, second = second, first
		}
		if err := first(); err != nil {
			return result{}, err
		}
		if err := second(); err != nil {
			return result{}, err
		}
		s, r = s.each(n), r.each(m)
		subject, reference = append(subject, s), append(reference, r)
		over = append(over, s.wall-r.wall)
		of, by := s.cpu, r.cpu
		if c.clock {
			of, by = s.wall, r.wall
		}
		ratios = append(ratios, float64(of)/float64(max(by, 1)))
	}
	slices.Sort(ratios)
	slices.Sort(over)
	return result{
		subject: median(subject), reference: median(reference),
		ratio: ratios[len(ratios)/2], least: ratios[0], most: ratios[len(ratios)-1],
		over: over[len(over)/2],
	}, nil
}

// enough warms a side up and finds how often it runs in the time of a round.
func enough(ctx context.Context, s side, length time.Duration) (int, error) {
	n := 1
	for {
		c, err := s(ctx, n)
		if err != nil {
			return 0, err
		}
		if c.wall >= length/4 {
			return max(1, int(float64(n)*float64(length)/float64(c.wall))), nil
		}
		n *= 4
	}
}

func (c cost) each(n int) cost {
	return cost{c.cpu / time.Duration(n), c.wall / time.Duration(n)}
}

func median(costs []cost) cost {
	pick := func(of func(cost) time.Duration) time.Duration {
		list := make([]time.Duration, len(costs))
		for i, c := range costs {
			list[i] = of(c)
		}
		slices.Sort(list)
		return list[len(list)/2]
	}
	return cost{pick(func(c cost) time.Duration { return c.cpu }), pick(func(c cost) time.Duration { return c.wall })}
}

// here is a side that runs in this process.
func here(f func(i int) error) side {
	return func(ctx context.Context, n int) (cost, error) {
		before, err := cpuTime()
		if err != nil {
			return cost{}, err
		}
		start := time.Now()
		for i := range n {
			if err := f(i); err != nil {
				return cost{}, err
			}
			if i%64 == 0 && ctx.Err() != nil {
				return cost{}, ctx.Err()
			}
		}
		wall := time.Since(start)
		after, err := cpuTime()
		return cost{after - before, wall}, err
	}
}
