package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"inlay/server"
)

// keysCommand is what is done to the keys of embed tokens.
type keysCommand struct {
	List     keysListCommand     `cmd:"" help:"List the keys that seal and open embed tokens."`
	Rotate   keysRotateCommand   `cmd:"" help:"Seal with a new key. Tokens that are out work until they expire."`
	Withdraw keysWithdrawCommand `cmd:"" help:"Remove a key at once. All tokens that it has sealed end, within a second in servers that run."`
}

type (
	keysListCommand     struct{}
	keysRotateCommand   struct{}
	keysWithdrawCommand struct {
		ID uint32 `arg:"" help:"Id of the key, from inlay keys list."`
	}
)

// Run lists.
func (keysListCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	return withKeys(ctx, cfg, out, func(*server.Server) error { return nil })
}

// Run rotates.
func (keysRotateCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	return withKeys(ctx, cfg, out, func(s *server.Server) error {
		_, err := s.RotateKeys(ctx)
		return err
	})
}

// Run withdraws.
func (c *keysWithdrawCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	return withKeys(ctx, cfg, out, func(s *server.Server) error {
		_, err := s.WithdrawKey(ctx, c.ID)
		return err
	})
}

// withKeys does something to the keys and prints what they are then.
func withKeys(ctx context.Context, cfg *server.Config, out io.Writer, do func(*server.Server) error) error {
	s, err := server.New(ctx, *cfg)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if err := do(s); err != nil {
		return err
	}
	list, err := s.Keys()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tSTATE\tSEALS FROM\tUNTIL\tOPENS UNTIL")
	for _, k := range list {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", k.ID, k.State, moment(k.Since), moment(k.Retired), moment(k.Ends))
	}
	return w.Flush()
}

// moment writes a time, or a dash for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}
