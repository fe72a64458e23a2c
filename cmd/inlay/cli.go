package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/alecthomas/kong"

	"inlay/server"
)

// cli is the command line: the options of every command, and the commands.
type cli struct {
	server.Config

	Serve    serveCommand    `cmd:"" help:"Serve a data folder."`
	Demo     demoCommand     `cmd:"" help:"Serve a demo: a report, its data, and a page that embeds it for two viewers."`
	Import   importCommand   `cmd:"" help:"Publish a Power BI project (PBIP) to a workspace."`
	Refresh  refreshCommand  `cmd:"" help:"Read the data of a dataset anew, or list its refreshes."`
	App      appCommand      `cmd:"" help:"Register a service principal for a workspace and print its secret."`
	Seed     seedCommand     `cmd:"" help:"Make what a world file says: workspaces, principals, datasets, reports and what decides about tokens."`
	Roles    rolesCommand    `cmd:"" help:"Say who is in the security roles of a dataset: whose rows a query sees that is asked as that user."`
	Tokens   tokensCommand   `cmd:"" help:"Revoke embed tokens."`
	Keys     keysCommand     `cmd:"" help:"List, rotate and withdraw the keys of embed tokens."`
	Audit    auditCommand    `cmd:"" help:"Check or list the audit log."`
	Test     testCommand     `cmd:"" help:"Run the stories of a folder: tests of who sees which rows."`
	DAX      daxCommand      `cmd:"" name:"dax" help:"List the functions of DAX, or run cases of queries with the results that they must have."`
	Check    checkCommand    `cmd:"" help:"List what a project says that is not understood, what its roles filter, and roles that are likely wrong."`
	Explain  explainCommand  `cmd:"" help:"Print how a DAX query is answered: what a viewer may see of each table, and the SQL of each statement."`
	Worker   workerCommand   `cmd:"" hidden:"" help:"Serve statements to the server that started this process."`
	Policies policiesCommand `cmd:"" help:"Print row policies for the PostgreSQL database of a dataset: a second barrier behind row-level security."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// logWriter is where a command writes what is not its result.
type logWriter struct{ io.Writer }

// run parses the command line and runs the command.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	var c cli
	exit := -1
	options := append(server.Options(), kong.Name("inlay"), kong.UsageOnError(), kong.Writers(out, log),
		kong.Description("Self-hosted embedded analytics that speaks the embedding API of Power BI."),
		kong.Exit(func(code int) { exit = code }), kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(out, (*io.Writer)(nil)), kong.Bind(logWriter{log}))
	parser, err := kong.New(&c, options...)
	if err != nil {
		return err
	}
	k, err := parser.Parse(args)
	if exit == 0 { // help was asked for and printed
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.Validate(); err != nil {
		return fmt.Errorf("options: %w", err)
	}
	slog.SetDefault(c.Logger(log))
	return k.Run(&c.Config)
}
