package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// dexRate is how many pairs of tokens dex gives in a second over 16 connections, as was published
// for a machine of 2 cores. dex is not run here.
const dexRate = 400

// side of a generation: a server, and what its rounds have cost.
type generation struct {
	name    string
	child   *child
	rate    float64 // at which it is asked, 0 for as soon as it answers
	path    string
	n       int
	rounds  []sample
	took    []time.Duration
	holding uint64
}

// sample is one round of one server, for each request.
type sample struct {
	cpu     time.Duration
	rate    float64
	mallocs float64
	bytes   float64
}

// header is what a client of the API sends.
func (to generateTo) header() http.Header {
	return http.Header{"Authorization": {"Bearer " + to.Access}, "Content-Type": {"application/json"}}
}

// generations prints what GenerateToken costs.
//
// Requests for tokens are measured beside a bare POST, beside one that keeps a durable record and
// does nothing else, and beside the same server without its audit log, over so many connections.
func generations(ctx context.Context, rounds int, round time.Duration, connections []int) error {
	sides := []*generation{
		{name: "bare", path: "/"},
		{name: "bare-recorded", path: "/"},
		{name: "generate-without-log", path: generatePath},
		{name: "generate", path: generatePath},
	}
	for _, s := range sides {
		c, err := startChild(ctx, s.name)
		if err != nil {
			return err
		}
		defer c.stop()
		s.child = c
	}
	fmt.Printf("\n%-14s%-22s%9s%18s%18s%18s%9s%9s%9s%8s%8s%7s\n", "connections", "POST", "CPU", "times bare", "times recorded", "times no log", "rate", "half in", "99% in", "allocs", "kB", "MB")
	for _, at := range append(asFastAsPossible(connections), atRates(connections)...) {
		conns := at.conns
		for _, s := range sides {
			s.rounds, s.took, s.rate = nil, nil, at.rate
			if err := s.warm(ctx, conns, round); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		for i := range rounds {
			for j := range sides { // each is first, second and last in turn
				if err := sides[(i+j)%len(sides)].round(ctx, conns); err != nil {
					return err
				}
			}
		}
		printGenerations(at, sides)
	}
	fmt.Printf("budgets: 3.00 times a bare POST, 1.30 times no log; at 16: 8,000/s, 99 %% in 10 ms, and 20 times dex (%d/s as published)\n", dexRate)
	return nil
}

// rates are those at which all servers are asked alike, in requests each second, by connections;
// that of 16 is the budget's. At the same rate all servers are idle between requests, and pay for
// being woken; as fast as possible only those do that wait.
var rates = map[int]float64{1: 1000, 8: 5000, 16: 8000, 64: 8000}

func atRates(connections []int) (list []load) {
	for _, n := range connections {
		if rates[n] > 0 {
			list = append(list, load{conns: n, rate: rates[n]})
		}
	}
	return list
}

func asFastAsPossible(connections []int) (list []load) {
	for _, n := range connections {
		list = append(list, load{conns: n})
	}
	return list
}

func (l load) String() string {
	if l.rate == 0 {
		return strconv.Itoa(l.conns)
	}
	return fmt.Sprintf("%d at %.0f/s", l.conns, l.rate)
}

func (s *generation) warm(ctx context.Context, conns int, round time.Duration) error {
	run := func(ctx context.Context, n int) (cost, error) {
		s.n = n
		before := time.Now()
		err := s.round(ctx, conns)
		return cost{wall: time.Since(before)}, err
	}
	n, err := enough(ctx, run, round)
	s.n, s.rounds, s.took = max(n, conns), nil, nil
	return err
}

func (s *generation) round(ctx context.Context, conns int) error {
	header, body := http.Header{"Content-Type": {"application/json"}}, askJSON
	if s.path == generatePath {
		var to generateTo
		if err := json.Unmarshal([]byte(s.child.told), &to); err != nil {
			return err
		}
		header, body = to.header(), to.Body
	} else {
		header.Set("Authorization", "Bearer "+longAccess)
	}
	before, err := s.child.used()
	if err != nil {
		return err
	}
	spent, took, err := s.child.load(ctx, load{conns, s.n, s.rate}, func() ([]byte, error) { return post(s.child.address, s.path, header, body) })
	if err != nil {
		return err
	}
	after, err := s.child.used()
	n := float64(s.n)
	s.rounds = append(s.rounds, sample{spent.each(s.n).cpu, n / spent.wall.Seconds(), float64(after.Mallocs-before.Mallocs) / n, float64(after.Bytes-before.Bytes) / n})
	s.took, s.holding = append(s.took, took...), after.Resident
	return err
}

func printGenerations(at load, sides []*generation) {
	for i, s := range sides {
		against := func(other *generation) string {
			ratios := make([]float64, len(s.rounds))
			for k := range s.rounds {
				ratios[k] = float64(s.rounds[k].cpu) / float64(max(other.rounds[k].cpu, 1))
			}
			slices.Sort(ratios)
			return fmt.Sprintf("%.2f (%.2f…%.2f)", ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1])
		}
		var bare, recorded, log string
		if i > 0 {
			bare = against(sides[0])
		}
		if i == len(sides)-1 {
			recorded, log = against(sides[1]), against(sides[2])
		}
		pick := func(of func(sample) float64) float64 {
			list := make([]float64, len(s.rounds))
			for k, x := range s.rounds {
				list[k] = of(x)
			}
			slices.Sort(list)
			return list[len(list)/2]
		}
		slices.Sort(s.took)
		within := func(share float64) string { return short(s.took[int(share*float64(len(s.took)-1))]) }
		fmt.Printf("%-14s%-22s%9s%18s%18s%18s%9.0f%9s%9s%8.0f%8.1f%7.0f\n", at, s.name, short(time.Duration(pick(func(x sample) float64 { return float64(x.cpu) }))),
			bare, recorded, log, pick(func(x sample) float64 { return x.rate }), within(0.5), within(0.99),
			pick(func(x sample) float64 { return x.mallocs }), pick(func(x sample) float64 { return x.bytes })/1000, float64(s.holding)/1e6)
	}
}
