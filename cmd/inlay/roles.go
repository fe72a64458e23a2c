package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"inlay"
	"inlay/server"
)

// rolesCommand is what says who is in the security roles of a dataset.
type rolesCommand struct {
	Add    addRoleCommand    `cmd:"" help:"Put users into a role."`
	Remove removeRoleCommand `cmd:"" help:"Take users out of a role."`
	List   listRolesCommand  `cmd:"" help:"List who is in the roles of a dataset."`
}

// ofDataset names a dataset.
type ofDataset struct {
	Dataset   string `arg:"" help:"Name of the dataset."`
	Workspace string `required:"" help:"Name of its workspace."`
}

// with opens the server's data, finds the dataset and does something with it.
func (o *ofDataset) with(ctx context.Context, cfg *server.Config, do func(*server.Server, inlay.Dataset) error, options ...server.Option) error {
	s, err := server.New(ctx, *cfg, options...)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	d, err := s.FindDataset(ctx, o.Workspace, o.Dataset)
	if err != nil {
		return err
	}
	return do(s, d)
}

// ofRole names users in a role of a dataset.
type ofRole struct {
	ofDataset `embed:""`
	Role      string   `arg:"" help:"Name of the role."`
	User      []string `arg:"" help:"User principal names."`
}

// each does something for each user, and says what it did.
func (o *ofRole) each(ctx context.Context, cfg *server.Config, out io.Writer, did string, do func(server.Catalog) func(context.Context, inlay.RoleMember) error) error {
	return o.with(ctx, cfg, func(s *server.Server, d inlay.Dataset) error {
		for _, user := range o.User {
			if err := do(s.Catalog())(ctx, inlay.RoleMember{DatasetID: d.ID, Role: o.Role, User: user}); err != nil {
				return err
			}
			fmt.Fprintf(out, "%s  %s  %s\n", did, o.Role, user)
		}
		return nil
	})
}

type addRoleCommand struct {
	ofRole `embed:""`
}

// Run puts users into a role.
func (c *addRoleCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	return c.each(ctx, cfg, out, "added", func(s server.Catalog) func(context.Context, inlay.RoleMember) error { return s.AddRoleMember })
}

type removeRoleCommand struct {
	ofRole `embed:""`
}

// Run takes users out of a role.
func (c *removeRoleCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	return c.each(ctx, cfg, out, "removed", func(s server.Catalog) func(context.Context, inlay.RoleMember) error { return s.RemoveRoleMember })
}

type listRolesCommand struct {
	ofDataset `embed:""`
}

// Run lists members. Those of a role that the dataset has no more see nothing by it.
func (c *listRolesCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	return c.with(ctx, cfg, func(s *server.Server, d inlay.Dataset) error {
		members, err := s.Catalog().RoleMembers(ctx, d.ID)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, m := range members {
			note := ""
			if m.Origin == inlay.ByDefinition {
				note = "\t(named by the definition)"
			}
			if !d.HasRole(m.Role) {
				note = "\t(the dataset has no such role any more)"
			}
			fmt.Fprintf(w, "%s\t%s%s\n", m.Role, m.User, note)
		}
		return w.Flush()
	})
}
