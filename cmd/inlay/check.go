package main

import (
	"context"
	"errors"
	"io"

	"inlay/check"
	"inlay/server"
)

// checkCommand lists what to look at in a project.
type checkCommand struct {
	Folder  string   `arg:"" help:"Folder of a Power BI project (PBIP), its .pbip file, a model.bim, or a template (.pbit)."`
	Map     []string `placeholder:"FROM=TO" sep:"none" help:"Where a path or URL of the model's sources lies, as for inlay import. May be given several times."`
	Connect bool     `help:"Ask the databases that the configuration lists for their columns, and fetch from the hosts that it allows. Without it nothing is dialled."`
	Format  string   `enum:"text,json,sarif" default:"text" help:"text: for a reader. json: for a program. sarif: SARIF 2.1.0, for code scanning."`
}

// Run reads the definitions, plans a refresh, and prints what was found. The program ends with 0 if there is
// nothing, with 1 if there is something to look at, and with 2 if something cannot be read.
func (c *checkCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) (err error) {
	in := check.Input{Folder: c.Folder}
	if in.Maps, err = mappings(c.Map); err != nil {
		return ended{2, err}
	}
	folders, err := cfg.Folders()
	if err != nil {
		return ended{2, err}
	}
	in.Maps = append(in.Maps, folders...)
	in.MaxSteps = cfg.Steps()
	if in.Databases, in.Web, err = cfg.Sources(); err != nil {
		return ended{2, err}
	}
	if in.Connect = c.Connect; c.Connect {
		in.Direct = cfg.Direct
	}
	workbooks, parquet, end, err := cfg.Readers(server.WithWorkers())
	if err != nil {
		return ended{2, err}
	}
	defer func() { err = errors.Join(err, end()) }()
	in.Workbooks, in.Parquet = workbooks, parquet
	r, err := check.Run(ctx, in)
	if err != nil {
		return ended{2, err}
	}
	switch c.Format {
	case "json":
		err = r.JSON(out)
	case "sarif":
		err = r.SARIF(out, version)
	default:
		err = r.Text(out)
	}
	if err != nil {
		return ended{2, err}
	}
	if status := r.Status(); status != 0 {
		return ended{status, errors.New(r.Summary())}
	}
	return nil
}
