package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"inlay"
	"inlay/dax/fn"
	"inlay/daxcase"
)

// daxCommand is about the language of queries and measures.
type daxCommand struct {
	Functions daxFunctionsCommand `cmd:"" help:"List the functions, or describe one."`
	Cases     daxCasesCommand     `cmd:"" help:"Run a file of cases: queries with the results that they must have."`
}

// daxFunctionsCommand describes functions.
type daxFunctionsCommand struct {
	Name   string `arg:"" optional:"" help:"A function; all if it is left out."`
	Format string `default:"text" enum:"text,json,markdown" help:"${enum}."`
}

// Run prints what the functions say of themselves.
func (c *daxFunctionsCommand) Run(out io.Writer) error {
	all := fn.All()
	if c.Name != "" {
		f, ok := fn.Lookup(c.Name)
		if !ok {
			return inlay.Errorf(inlay.NotFound, "there is no function %s", strings.ToUpper(c.Name))
		}
		all = []*fn.Func{f}
	}
	write := map[string]func(io.Writer, []*fn.Func) error{"text": fn.Text, "json": fn.JSON, "markdown": fn.Markdown}[c.Format]
	return write(out, all)
}

// daxCasesCommand runs cases.
type daxCasesCommand struct {
	File   string `arg:"" help:"Cases, one JSON object a line: id, stage, tier, model, query, identity, expect, tolerance."`
	Models string `required:"" help:"JSON file with the models that the cases are asked on, and their rows."`
	Format string `default:"text" enum:"text,json" help:"${enum}."`
	FailOn string `name:"fail-on" default:"none" enum:"none,wrong,refused" help:"End with status 1 if a case is wrong, or also if one is refused: ${enum}."`
}

// Run runs the cases and prints how many passed, were refused with an error that names what is
// not supported, and are wrong.
func (c *daxCasesCommand) Run(ctx context.Context, out io.Writer) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("cases: %w", err)
	}
	defer func() { _ = f.Close() }()
	cases, err := daxcase.ReadCases(f)
	if err != nil {
		return err
	}
	models, err := daxcase.ReadModels(c.Models)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "inlay-cases-")
	if err != nil {
		return fmt.Errorf("cases: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	rep, err := daxcase.Run(ctx, cases, models, daxcase.DuckDB{Folder: work})
	if err != nil {
		return err
	}
	write := rep.Text
	if c.Format == "json" {
		write = rep.JSON
	}
	if err := write(out); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	wrong, refused := rep.Count(daxcase.Wrong), rep.Count(daxcase.Refused)
	if c.FailOn != "none" && wrong > 0 || c.FailOn == "refused" && refused > 0 {
		return ended{1, fmt.Errorf("%d cases are wrong, %d are refused", wrong, refused)}
	}
	return nil
}
