package main

import (
	"context"
	"fmt"
	"io"

	"inlay/server"
)

// demoCommand serves the demo.
type demoCommand struct{}

// Run makes the demo's catalog where there is none and serves it until it is told to stop.
func (demoCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	cfg.SignIn, cfg.PasswordGrant = true, true
	s, err := server.New(ctx, *cfg, server.WithWorkers())
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	file, err := s.Demo(ctx)
	if err != nil {
		return err
	}
	return s.Run(ctx, func(a server.Addresses) {
		fmt.Fprintf(out, "\n  Inlay demo   %s\n\n  The same report for two viewers, each with only their rows.\n  For applications: %s\n  Certificate authority: %s\n  Ctrl-C stops; the data stays in %s.\n\n",
			s.PublicURL(), file, a.CAFile, cfg.Data)
	})
}
