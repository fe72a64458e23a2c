package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"inlay/server"
)

// importCommand publishes a project.
type importCommand struct {
	Folder    string   `arg:"" help:"Folder of a Power BI project (PBIP), or its .pbip file."`
	Workspace string   `required:"" help:"Name of the workspace to publish to; it is made when it does not exist."`
	Map       []string `placeholder:"FROM=TO" sep:"none" help:"Where a path or URL of the model's sources lies: inside the project's folder, or in the folder whose whole path is given. May be given several times."`
}

// Run publishes and prints what came of it.
func (c *importCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer, log logWriter) error {
	show := newProgress(log)
	defer show.end()
	in := server.Import{Folder: c.Folder, Workspace: c.Workspace, Progress: show.part}
	var err error
	if in.Maps, err = mappings(c.Map); err != nil {
		return err
	}
	s, err := server.New(ctx, *cfg, server.WithWorkers())
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	done, err := s.Import(ctx, in)
	show.end()
	if err != nil {
		return err
	}
	printImported(out, done)
	return nil
}

// mappings reads the options --map.
func mappings(options []string) ([]server.Mapping, error) {
	var list []server.Mapping
	for _, m := range options {
		from, to, ok := strings.Cut(m, "=")
		if !ok || from == "" {
			return nil, fmt.Errorf("--map %q: write FROM=TO, such as --map 'C:\\data=data'", m)
		}
		list = append(list, server.Mapping{From: from, To: to, Outside: filepath.IsAbs(to)})
	}
	return list, nil
}

func printImported(out io.Writer, done server.Imported) {
	fmt.Fprintf(out, "workspace  %-40s %s\n", done.Workspace.Name, done.Workspace.ID)
	fmt.Fprintf(out, "dataset    %-40s %s\n", done.Dataset.Name, done.Dataset.ID)
	for _, r := range done.Reports {
		fmt.Fprintf(out, "report     %-40s %s\n", r.Name, r.ID)
	}
	for _, t := range done.Data.Tables {
		fmt.Fprintf(out, "  table    %-40s %d rows\n", t.Name, t.Rows)
	}
	for _, m := range done.Data.Mapped {
		fmt.Fprintf(out, "  read     %s\n", m)
	}
	if len(done.Notices) == 0 {
		return
	}
	fmt.Fprintf(out, "\nNot supported, and therefore refused when it is asked for (%d):\n", len(done.Notices))
	for _, n := range done.Notices {
		place := n.Place.File
		if n.Place.Line > 0 {
			place = fmt.Sprintf("%s:%d", place, n.Place.Line)
		}
		if place != "" {
			place += ": "
		}
		fmt.Fprintf(out, "  %s%s\n", place, n.What)
	}
}
