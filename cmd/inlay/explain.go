package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/query"
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
	v := query.Viewer{Username: c.As, Roles: c.Role, CustomData: c.CustomData}
	v.Unrestricted = c.As == "" && len(c.Role) == 0 && c.CustomData == ""
	x, err := s.Explain(ctx, d, v, c.DAX)
	fmt.Fprintf(out, "DAX\n%s\n", indent(c.DAX))
	printExplanation(out, x)
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

func printExplanation(out io.Writer, x server.Explanation) {
	fmt.Fprint(out, "\nSecurity\n")
	for _, p := range x.Tables {
		text := "all rows"
		if p.Restricted {
			text = p.SQL + types(p.Types)
		}
		fmt.Fprintf(out, "  %s: %s\n", p.Table, text)
	}
	for i, st := range x.Statements {
		var list []dax.Type
		for _, a := range st.Args() {
			list = append(list, a.Type())
		}
		fmt.Fprintf(out, "\nStatement %d\n%s%s\n", i+1, indent(st.SQL()), types(list))
	}
	for i, r := range x.Results {
		var names []string
		for _, col := range r.Columns {
			names = append(names, col.Name)
		}
		fmt.Fprintf(out, "\nResult %d\n  %d rows: %s\n", i+1, len(r.Rows), strings.Join(names, ", "))
	}
}

// types is what is bound, without the values: they may be a viewer's secrets.
func types(list []dax.Type) string {
	var names []string
	for _, t := range list {
		names = append(names, t.String())
	}
	if len(names) == 0 {
		return ""
	}
	return "\n    bound: " + strings.Join(names, ", ")
}

func indent(s string) string { return "  " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n  ") }
