package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"inlay"
	"inlay/server"
)

// refreshCommand reads the data of a dataset anew.
type refreshCommand struct {
	ofDataset     `embed:""`
	Table         []string `placeholder:"TABLE[/PARTITION]" sep:"none" help:"Refresh this table or partition only, and keep the others as they are. May be given several times."`
	NoPolicy      bool     `help:"Read everything, whatever a policy of incremental refresh says."`
	EffectiveDate string   `placeholder:"YYYY-MM-DD" help:"The day from which policies of incremental refresh count; today if it is not given."`
	Threads       int      `help:"How many tables are read at once; 0 for as many as there are processors."`
	Retries       int      `help:"How often a refresh that fails is tried again."`
	History       bool     `help:"List the refreshes of the dataset, and refresh nothing."`
	Cancel        string   `placeholder:"ID" help:"Cancel a refresh, and refresh nothing."`
}

// maxRetries is how often a refresh is tried again at most, here as over REST.
const maxRetries = 10

// Run refreshes, or tells of refreshes.
func (c *refreshCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer, log logWriter) error {
	req, err := c.request()
	if err != nil {
		return err
	}
	return c.with(ctx, cfg, func(s *server.Server, d inlay.Dataset) error {
		switch {
		case c.History:
			list, err := s.Refreshes().List(ctx, d)
			if err != nil {
				return err
			}
			return printRefreshes(out, list)
		case c.Cancel != "":
			return s.Refreshes().Cancel(ctx, d, strings.ToLower(c.Cancel))
		}
		show := newProgress(log)
		defer show.end()
		done, err := s.RefreshDataset(ctx, d, req, show.refresh)
		show.end()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "refreshed  %-40s %s\n", d.Name, done.Version)
		return nil
	}, server.WithWorkers())
}

// request is what is asked for.
func (c *refreshCommand) request() (inlay.RefreshRequest, error) {
	switch {
	case c.Threads < 0:
		return inlay.RefreshRequest{}, fmt.Errorf("--threads %d: give a number from 1, or 0 for as many as there are processors", c.Threads)
	case c.Retries < 0 || c.Retries > maxRetries:
		return inlay.RefreshRequest{}, fmt.Errorf("--retries %d: give a number from 0 to %d", c.Retries, maxRetries)
	}
	req := inlay.RefreshRequest{Kind: inlay.OnDemand, Threads: c.Threads, Retries: c.Retries, NoPolicy: c.NoPolicy}
	for _, t := range c.Table {
		table, partition, _ := strings.Cut(t, "/")
		req.Objects = append(req.Objects, inlay.RefreshObject{Table: table, Partition: partition})
	}
	if c.EffectiveDate != "" {
		day, err := time.Parse(time.DateOnly, c.EffectiveDate)
		if err != nil {
			return req, fmt.Errorf("--effective-date %q: write a day as 2026-01-31", c.EffectiveDate)
		}
		req.Effective = day
	}
	return req, nil
}

func printRefreshes(out io.Writer, list []inlay.Refresh) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, r := range list {
		took, why := "", ""
		if !r.EndedAt.IsZero() {
			took = r.EndedAt.Sub(r.StartedAt).Round(time.Millisecond).String()
		}
		if n := len(r.Attempts); n > 0 {
			why = r.Attempts[n-1].Error
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.StartedAt.Format(time.RFC3339), r.Kind, r.State, took, why)
	}
	return w.Flush()
}
