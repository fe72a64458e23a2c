package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"inlay/server"
)

// keysCommand is what is done to the keys of embed tokens and of the sign-in.
type keysCommand struct {
	List     keysListCommand     `cmd:"" help:"List the keys that seal and open embed tokens, and those that sign and verify access tokens."`
	Rotate   keysRotateCommand   `cmd:"" help:"Seal and sign with new keys. Tokens that are out work until they expire."`
	Withdraw keysWithdrawCommand `cmd:"" help:"Remove a key at once. All tokens that it has sealed or signed end, within a second in servers that run."`
}

type (
	keysListCommand   struct{}
	keysRotateCommand struct {
		Only string `help:"Rotate the keys of embed tokens alone (embed), or those of the sign-in (sign-in)." enum:"embed,sign-in,both" default:"both"`
	}
	keysWithdrawCommand struct {
		ID string `arg:"" help:"Id of the key, from inlay keys list."`
	}
)

// Run lists.
func (keysListCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	return withKeys(ctx, cfg, out, func(*server.Server) error { return nil })
}

// Run rotates.
func (c *keysRotateCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	return withKeys(ctx, cfg, out, func(s *server.Server) error {
		if c.Only != "sign-in" {
			if _, err := s.RotateKeys(ctx); err != nil {
				return err
			}
		}
		if c.Only != "embed" {
			if _, err := s.RotateSignInKeys(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Run withdraws. Keys of embed tokens have numbers, and those of the sign-in have longer ids.
func (c *keysWithdrawCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	return withKeys(ctx, cfg, out, func(s *server.Server) error {
		if id, err := strconv.ParseUint(c.ID, 10, 32); err == nil {
			_, err = s.WithdrawKey(ctx, uint32(id))
			return err
		}
		_, err := s.WithdrawSignInKey(ctx, c.ID)
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
	embed, err := s.Keys()
	if err != nil {
		return err
	}
	signIn, err := s.SignInKeys()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tSTATE\tFROM\tUNTIL\tOPENS UNTIL\tOF")
	for _, k := range embed {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\tembed tokens\n", k.ID, k.State, moment(k.Since), moment(k.Retired), moment(k.Ends))
	}
	for _, k := range signIn {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\tsign-in\n", k.ID, k.State, moment(k.Since), moment(k.Retired), moment(k.Ends))
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
