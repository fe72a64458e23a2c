package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"inlay/server"
	"inlay/world"
)

// seedCommand makes a world in a data folder.
type seedCommand struct {
	File string `arg:"" type:"existingfile" help:"World file: workspaces, capacities, switches, principals, datasets, reports and dashboards, in the words of the stories. See docs/howto/seed.md."`
}

// Run makes what the file says and prints ids, and secrets of what is new. Run again, it changes
// what the file says otherwise, and prints the same ids.
func (c *seedCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) (err error) {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	w, err := world.Parse(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if w.Wire || w.RequireIdentity || w.StrictRoles || len(w.Administrators) > 0 {
		return fmt.Errorf("%s: how errors look, options and administrators are those of the server: --error-mode, --require-identity, --strict-roles, --administrators", c.File)
	}
	s, err := server.New(ctx, *cfg, server.WithWorkers())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	dir, err := os.MkdirTemp("", "inlay-seed-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	made := world.NewMade(dir)
	failure := made.Make(ctx, s, w)
	// What was made before a failure is there, and its secrets are shown this once.
	fmt.Fprintf(out, "%-36s  tenant\n", s.TenantID())
	for _, name := range made.Order() {
		fmt.Fprintf(out, "%s  %s\n", made.IDs[name], name)
	}
	for _, name := range made.Order() {
		if secret, ok := made.Secrets[name]; ok {
			fmt.Fprintf(out, "\n%s signs in as  %s\n  with the secret  %s\n", name, secret[0], secret[1])
		}
	}
	if len(made.Secrets) > 0 {
		fmt.Fprint(out, "\nSecrets are shown this once.\n")
	}
	return failure
}
