package main

import (
	"errors"
	"io"

	"inlay/check"
)

// checkCommand lists what to look at in a project.
type checkCommand struct {
	Folder string `arg:"" help:"Folder of a Power BI project (PBIP), its .pbip file, a model.bim, or a template (.pbit)."`
	Format string `enum:"text,json,sarif" default:"text" help:"text: for a reader. json: for a program. sarif: SARIF 2.1.0, for code scanning."`
}

// Run reads the definitions and prints what was found. The program ends with 0 if there is
// nothing, with 1 if there is something to look at, and with 2 if something cannot be read.
func (c *checkCommand) Run(out io.Writer) error {
	r := check.Run(c.Folder)
	var err error
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
