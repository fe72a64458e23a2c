package scenario

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"inlay"
	"inlay/server"
	"inlay/world"
)

// Ask is a question of a story to a dataset, as an identity.
type Ask struct {
	Dataset    string // its name
	Username   string
	Roles      []string
	CustomData string
	All        bool
	Fields     []string
}

// parseAsk reads the section ask: the name of a dataset, then lines.
func parseAsk(text string) (Step, error) {
	head, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	a := &Ask{Dataset: strings.TrimSpace(head)}
	step := Step{Kind: "ask", Line: "ask " + a.Dataset, Ask: a}
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "as "):
			a.Username = strings.TrimSpace(line[len("as "):])
		case line == "all rows":
			a.All = true
		case name == "roles":
			a.Roles = append(a.Roles, world.Cells(value, ",")...)
		case name == "custom data":
			a.CustomData = value
		case name == "fields":
			a.Fields = append(a.Fields, world.Cells(value, ",")...)
		default:
			return step, fmt.Errorf("%q is not understood: write as NAME, roles: A, B, custom data: TEXT, all rows, fields: Table[Column], [Measure]", line)
		}
	}
	if len(a.Fields) == 0 {
		return step, fmt.Errorf("nothing is asked for: add a line such as fields: Region[Name], [Total]")
	}
	if a.All && len(a.Roles)+len(a.Username)+len(a.CustomData) > 0 {
		return step, fmt.Errorf("all rows stands beside an identity")
	}
	return step, nil
}

// ask asks and prints the rows, or the refusal.
func (b *Bench) ask(ctx context.Context, a *Ask) (string, error) {
	id := b.made.IDs[a.Dataset]
	d, err := b.Server.Dataset(ctx, id)
	if id == "" || err != nil {
		return "", fmt.Errorf("there is no dataset %q in the world", a.Dataset)
	}
	got, err := b.Server.Ask(ctx, server.Question{Dataset: d.ID, Fields: a.Fields, All: a.All,
		Identity: inlay.Identity{Username: a.Username, Roles: a.Roles, CustomData: a.CustomData}})
	var e *inlay.Error
	switch {
	case errors.As(err, &e) && e.Kind == inlay.Forbidden:
		return fmt.Sprintf("refused (%s): %s", e.Rule, e.Msg), nil
	case err != nil:
		return "", err
	}
	var out []string
	for _, r := range got.Rows {
		out = append(out, strings.Join(r, " | "))
	}
	if len(out) == 0 {
		out = append(out, "(no rows)")
	}
	if got.Total != nil {
		out = append(out, "total: "+strings.Join(got.Total, " | "))
	}
	return strings.Join(out, "\n"), nil
}

// asked runs a step of kind ask and compares, without regard to how lines are indented.
func (b *Bench) asked(step Step) (outcome, error) {
	got, err := b.ask(context.Background(), step.Ask)
	if err != nil {
		return outcome{}, err
	}
	o := outcome{got: b.plain(got), known: true}
	var want []string
	for line := range strings.Lines(step.Want) {
		want = append(want, strings.TrimSpace(line))
	}
	if w := strings.Join(want, "\n"); o.got != w {
		return o, fmt.Errorf("it answers\n%s\nwant\n%s", o.got, w)
	}
	b.cover(b.made.IDs[step.Ask.Dataset], step.Ask.Roles)
	return o, nil
}
