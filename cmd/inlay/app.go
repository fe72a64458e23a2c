package main

import (
	"context"
	"fmt"
	"io"

	"inlay"
	"inlay/server"
)

// appCommand registers a service principal.
type appCommand struct {
	Name      string `arg:"" help:"Display name of the application."`
	Workspace string `required:"" help:"Name of the workspace that it may use; it is made when it does not exist."`
	Right     string `default:"Member" enum:"Viewer,Contributor,Member,Admin" help:"Its right there: ${enum}."`
}

// Run registers the application and prints its secret, which is stored nowhere.
func (c *appCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	s, err := server.New(ctx, *cfg)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	w, err := s.NewWorkspace(ctx, c.Workspace)
	if err != nil {
		return err
	}
	p, secret, err := s.NewApp(ctx, c.Name)
	if err != nil {
		return err
	}
	if err := s.Join(ctx, w.ID, p.ID, inlay.AccessRight(c.Right)); err != nil {
		return err
	}
	fmt.Fprintf(out, "tenant id      %s\nclient id      %s\nclient secret  %s\nworkspace id   %s  (%s)\n\nThe secret is shown this once.\n",
		s.TenantID(), p.ClientID, secret, w.ID, c.Right)
	return nil
}
