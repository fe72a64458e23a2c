package scenario

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"inlay"
	"inlay/server"
)

// parseDo reads what an administrator does, one thing on a line.
func parseDo(text string) (Step, error) {
	step := Step{Kind: "do", Line: "do", Body: strings.TrimSpace(text)}
	for line := range strings.Lines(step.Body) {
		if _, _, err := verb(strings.TrimSpace(line)); err != nil {
			return step, err
		}
	}
	if step.Body == "" {
		return step, fmt.Errorf("it does nothing")
	}
	return step, nil
}

// verb takes apart what is done, such as "revoke report Board".
func verb(line string) (what, which string, err error) {
	for _, what := range []string{"revoke token", "revoke tenant", "rotate keys", "withdraw old keys", "withdraw all keys"} {
		if line == what {
			return what, "", nil
		}
	}
	if who, rest, ok := strings.Cut(line, " from "); ok && strings.HasPrefix(who, "remove ") && strings.Contains(rest, " of ") {
		return "remove", strings.TrimPrefix(line, "remove "), nil
	}
	for _, what := range []string{"revoke principal", "revoke workspace", "revoke report", "revoke dataset"} {
		if which, ok := strings.CutPrefix(line, what+" "); ok {
			return what, which, nil
		}
	}
	return "", "", fmt.Errorf("%q is not understood", line)
}

// do does what the commands of the program do, as they do it: with the data folder opened once
// more beside the server that runs.
func (b *Bench) do(ctx context.Context, text string) (err error) {
	s, err := server.New(ctx, b.cfg, server.WithClock(b.clock), server.WithLog(b.log))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for line := range strings.Lines(text) {
		what, which, err := verb(strings.TrimSpace(line))
		if err == nil {
			err = b.act(ctx, s, what, which)
		}
		if err != nil {
			return err
		}
	}
	return b.Server.Refresh(ctx)
}

func (b *Bench) act(ctx context.Context, s *server.Server, what, which string) error {
	switch what {
	case "revoke token":
		return s.RevokeToken(ctx, b.embedID)
	case "rotate keys":
		_, err := s.RotateKeys(ctx)
		return err
	case "withdraw old keys", "withdraw all keys":
		return b.withdraw(ctx, s, what == "withdraw all keys")
	case "remove":
		user, rest, _ := strings.Cut(which, " from ")
		role, dataset, _ := strings.Cut(rest, " of ")
		return s.Catalog().RemoveRoleMember(ctx, inlay.RoleMember{DatasetID: b.made.IDs[dataset], Role: role, User: user})
	}
	of := inlay.Subject{Kind: inlay.SubjectKind(strings.TrimPrefix(what, "revoke "))}
	if of.Kind != inlay.OfTenant {
		if of.ID = b.made.IDs[which]; of.ID == "" {
			return fmt.Errorf("there is no %q in the world", which)
		}
	}
	_, err := s.Revoke(ctx, of)
	return err
}

// withdraw withdraws the keys that only open any more, or all that there are.
func (b *Bench) withdraw(ctx context.Context, s *server.Server, all bool) error {
	keys, err := s.Keys()
	if err != nil {
		return err
	}
	for _, k := range keys {
		if !all && k.State != "opening" {
			continue
		}
		if _, err := s.WithdrawKey(ctx, k.ID); err != nil {
			return err
		}
	}
	return nil
}
