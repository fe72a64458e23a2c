package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"inlay/scenario"
)

// testCommand runs the stories of a folder.
type testCommand struct {
	Folder string `arg:"" help:"Folder with stories: files whose names end in .txtar. docs/howto/test-roles.md says how to write them."`
	JUnit  string `name:"junit" placeholder:"FILE" help:"Also write the results as JUnit XML."`
}

// ended is an error that says with which status the program ends.
type ended struct {
	status int
	error
}

// status is that of the program: 1 unless an error says otherwise.
func status(err error) int {
	var e ended
	if errors.As(err, &e) {
		return e.status
	}
	return 1
}

// Run runs the stories and prints what came of them. The program ends with 1 if one failed, and
// with 2 if there are none or one cannot be read.
func (c *testCommand) Run(ctx context.Context, out io.Writer) error {
	s, err := scenario.RunFolder(ctx, c.Folder)
	if err != nil {
		return ended{2, err}
	}
	if err := s.Print(out); err != nil {
		return ended{2, err}
	}
	if c.JUnit != "" {
		if err := c.write(s); err != nil {
			return ended{2, fmt.Errorf("write the results: %w", err)}
		}
	}
	_, failed, unreadable := s.Count()
	switch {
	case unreadable > 0:
		return ended{2, fmt.Errorf("%d of %d stories cannot be read", unreadable, len(s.Stories))}
	case failed > 0:
		return ended{1, fmt.Errorf("%d of %d stories failed", failed, len(s.Stories))}
	}
	return nil
}

// write writes the file for continuous integration.
func (c *testCommand) write(s *scenario.Suite) error {
	f, err := os.Create(c.JUnit)
	if err != nil {
		return err
	}
	return errors.Join(s.JUnit(f), f.Close())
}
