package main

import (
	"context"
	"fmt"
	"io"

	"inlay/server"
)

// serveCommand serves a data folder.
type serveCommand struct{}

// Run serves until it is told to stop.
func (serveCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	s, err := server.New(ctx, *cfg, server.WithWorkers())
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	return s.Run(ctx, func(a server.Addresses) {
		fmt.Fprintf(out, "Inlay serves %s\n  API      %s\n  TLS      %s  (certificate authority: %s)\n  sign-in  %s\n", cfg.Data, a.HTTP, a.HTTPS, a.CAFile, signInText(cfg))
	})
}

func signInText(cfg *server.Config) string {
	if cfg.SignIn {
		return "built in"
	}
	return "off; --sign-in turns the built-in one on"
}
