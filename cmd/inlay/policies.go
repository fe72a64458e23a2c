package main

import (
	"context"
	"fmt"
	"io"

	"inlay/server"
)

// policiesCommand prints the row policies of a database.
type policiesCommand struct {
	Dataset   string `arg:"" help:"Name of a dataset whose rows stay in a PostgreSQL database."`
	Workspace string `required:"" help:"Name of its workspace."`
}

// Run prints SQL to be read and run by the owner of the tables, and roles that it leaves out.
func (c *policiesCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	s, err := server.New(ctx, *cfg)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	text, left, err := s.Policies(ctx, c.Workspace, c.Dataset)
	if err != nil {
		return err
	}
	for _, l := range left {
		fmt.Fprintf(out, "-- Without policies, and refused where --postgres-policies is on: %s\n", l)
	}
	fmt.Fprint(out, text)
	return nil
}
