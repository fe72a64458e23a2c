package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"inlay"
	"inlay/server"
)

// explainCommand prints how a query is answered.
type explainCommand struct {
	Target     string   `arg:"" help:"Folder of a Power BI project (PBIP), whose data are read for this alone, or the name of a dataset."`
	Workspace  string   `help:"Name of the dataset's workspace; a folder needs none."`
	DAX        string   `name:"dax" required:"" help:"The query, such as EVALUATE Sales."`
	As         string   `placeholder:"USER" help:"Name of the viewer."`
	Role       []string `sep:"none" help:"Role of the viewer. May be given several times. Without roles and a name, the query is asked by one who sees all rows."`
	CustomData string   `name:"custom-data" help:"Custom data of the viewer."`
}

// Run prints the query, what the viewer may see of each table, the statements, and how much came.
// Bound values are shown by their types alone.
func (c *explainCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	config, folder := *cfg, ""
	if info, err := os.Stat(c.Target); c.Workspace == "" && err == nil && (info.IsDir() || strings.HasSuffix(c.Target, ".pbip")) {
		work, err := os.MkdirTemp("", "inlay-explain-")
		if err != nil {
			return fmt.Errorf("explain: %w", err)
		}
		defer func() { _ = os.RemoveAll(work) }()
		config.Data, folder = work, c.Target
	} else if c.Workspace == "" {
		return inlay.Errorf(inlay.Invalid, "%q is no folder; for a dataset, give its --workspace", c.Target)
	}
	s, err := server.New(ctx, config, server.WithWorkers())
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	d, err := c.dataset(ctx, s, folder)
	if err != nil {
		return err
	}
	who := inlay.Identity{Username: c.As, Roles: c.Role, CustomData: c.CustomData}
	x, err := s.Explain(ctx, d, who, c.DAX)
	x.Print(out)
	return err
}

// dataset imports a folder, or finds the dataset.
func (c *explainCommand) dataset(ctx context.Context, s *server.Server, folder string) (inlay.Dataset, error) {
	if folder == "" {
		return s.DatasetNamed(ctx, c.Workspace, c.Target)
	}
	done, err := s.Import(ctx, server.Import{Folder: folder, Workspace: "explain"})
	return done.Dataset, err
}
