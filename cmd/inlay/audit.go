package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"inlay/audit"
	"inlay/server"
)

// auditCommand reads the audit log of a data folder, also while a server writes it.
type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Check that no record of the audit log was changed, removed, added or moved."`
	List   auditListCommand   `cmd:"" help:"List records of the audit log."`
}

func auditFolder(cfg *server.Config) string { return filepath.Join(cfg.Data, "audit") }

// auditVerifyCommand checks the log.
type auditVerifyCommand struct {
	Head []string `placeholder:"WRITER:SEQ:HASH" help:"A head that an earlier verify printed: the record must still be there. May be given several times."`
}

// Run checks and prints what was found. It fails if the log is broken, so that the program
// ends with 1.
func (c *auditVerifyCommand) Run(cfg *server.Config, out io.Writer) error {
	var anchors []audit.Head
	for _, s := range c.Head {
		parts := strings.Split(s, ":")
		if len(parts) != 3 {
			return fmt.Errorf("--head %q: write WRITER:SEQ:HASH as verify prints it", s)
		}
		seq, err := strconv.ParseUint(parts[1], 10, 64)
		if err != nil || seq == 0 {
			return fmt.Errorf("--head %q: %q is not the number of a record", s, parts[1])
		}
		anchors = append(anchors, audit.Head{Writer: parts[0], Seq: seq, Hash: parts[2]})
	}
	r, err := audit.Verify(auditFolder(cfg), anchors...)
	if err != nil {
		return err
	}
	for _, f := range r.Broken {
		fmt.Fprintf(out, "broken      %s\n", f)
	}
	for _, f := range r.Unfinished {
		fmt.Fprintf(out, "unfinished  %s\n", f)
	}
	for _, h := range r.Heads {
		fmt.Fprintf(out, "head        %s:%d:%s\n", h.Writer, h.Seq, h.Hash)
	}
	if r.Missed.Refused > 0 || r.Missed.Lost > 0 {
		fmt.Fprintf(out, "gaps        %d requests were refused and %d notes lost while the log could not be written\n", r.Missed.Refused, r.Missed.Lost)
	}
	if len(r.Broken) > 0 {
		places := "places"
		if len(r.Broken) == 1 {
			places = "place"
		}
		return fmt.Errorf("the audit log is broken in %d %s", len(r.Broken), places)
	}
	fmt.Fprintf(out, "ok          %d records of %d writers\n", r.Records, r.Writers)
	return nil
}

// auditListCommand lists records.
type auditListCommand struct {
	From   string `placeholder:"TIME" help:"First time, in UTC: 2026-11-21, or 2026-11-21T08:00:00Z."`
	To     string `placeholder:"TIME" help:"First time that is no longer listed; a date stands for the end of that day."`
	Token  string `placeholder:"ID" help:"Only the generation and the uses of the embed token with this id."`
	Format string `enum:"text,json" default:"text" help:"text: a line each. json: the whole record on a line each."`
}

// Run lists. Damaged records are named and make the command fail; the others are listed.
func (c *auditListCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	q := audit.Query{Token: strings.ToLower(c.Token)}
	var err error
	if q.From, err = listTime("from", c.From, 0); err != nil {
		return err
	}
	if q.To, err = listTime("to", c.To, 24*time.Hour); err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	var damaged []error
	for e, err := range audit.Read(auditFolder(cfg), q) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			damaged = append(damaged, err)
			continue
		}
		if err := c.print(w, e); err != nil {
			return err
		}
	}
	return errors.Join(w.Flush(), errors.Join(damaged...))
}

// listTime reads a date, to which it adds whole, or a time.
func listTime(option, s string, whole time.Duration) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.Add(whole), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("--%s %q: give a date such as 2026-11-21 or a time such as 2026-11-21T08:00:00Z", option, s)
	}
	return t.UTC(), nil
}

func (c *auditListCommand) print(w io.Writer, e audit.Entry) error {
	if c.Format == "json" {
		b, err := json.Marshal(e)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n", b)
		return err
	}
	what := string(e.Kind)
	if e.Kind == audit.Refuse {
		what += " " + string(e.Refused)
	}
	fields := []struct{ name, value string }{
		{"token", e.Token}, {"user", e.User()}, {"rule", e.Rule},
		{"reports", strings.Join(e.Reports, ",")}, {"datasets", strings.Join(e.Datasets, ",")},
		{"dashboards", strings.Join(e.Dashboards, ",")}, {"tiles", strings.Join(e.Tiles, ",")}, {"page", e.Page}, {"visual", e.Visual},
		{"request", e.Request}, {"client", e.Client}, {"detail", e.Detail},
	}
	if e.Status != 0 {
		what += " " + strconv.Itoa(e.Status)
	}
	if e.Gap != nil {
		what += fmt.Sprintf(" refused=%d lost=%d since=%s", e.Gap.Refused, e.Gap.Lost, e.Gap.Since.Format(time.RFC3339))
	}
	line := fmt.Sprintf("%s  %-20s", e.Time.UTC().Format("2006-01-02 15:04:05.000"), what)
	for _, f := range fields {
		if f.value == "" {
			continue
		}
		if strings.ContainsFunc(f.value, func(r rune) bool { return r == ' ' || r == '"' || !strconv.IsPrint(r) }) {
			f.value = strconv.Quote(f.value) // what an application sent does not steer a terminal
		}
		line += " " + f.name + "=" + f.value
	}
	_, err := fmt.Fprintln(w, strings.TrimRight(line, " "))
	return err
}
