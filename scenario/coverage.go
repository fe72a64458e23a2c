package scenario

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// Role coverage: which roles of the world's models a story has seen rows of, or the refusal.

// RoleUse is a role of a model and whether a story covers it.
type RoleUse struct {
	Dataset string
	Role    string
	Covered bool
}

// cover notes that somebody with roles has asked a dataset, and that what came was checked.
func (b *Bench) cover(dataset string, roles []string) {
	if b.covered == nil {
		b.covered = map[string]bool{}
	}
	for _, r := range roles {
		b.covered[dataset+" "+strings.ToLower(strings.TrimSpace(r))] = true
	}
}

// tokenMade remembers the roles of the token that was just made, by dataset.
func (b *Bench) tokenMade(body string) {
	b.roles = map[string][]string{}
	var asked struct {
		Identities []struct{ Roles, Datasets []string }
	}
	if json.Unmarshal([]byte(body), &asked) != nil {
		return // the server has read it; a form of it that is not known covers nothing
	}
	for _, id := range asked.Identities {
		for _, d := range id.Datasets {
			b.roles[strings.ToLower(d)] = id.Roles
		}
	}
}

// shownReport covers the roles under which a report was shown.
func (b *Bench) shownReport(ctx context.Context, report string) {
	if r, err := b.Server.Report(ctx, report); err == nil {
		b.cover(r.DatasetID, b.roles[r.DatasetID])
	}
}

// Roles lists the roles of the models of the world, in the order of names.
func (b *Bench) Roles(ctx context.Context) []RoleUse {
	var list []RoleUse
	for name, id := range b.made.IDs {
		d, err := b.Server.Dataset(ctx, id)
		if err != nil {
			continue // a thing of another kind
		}
		for _, r := range d.Roles {
			list = append(list, RoleUse{name, r, b.covered[id+" "+strings.ToLower(r)]})
		}
	}
	slices.SortFunc(list, func(x, y RoleUse) int {
		return strings.Compare(x.Dataset+"\x00"+x.Role, y.Dataset+"\x00"+y.Role)
	})
	return list
}
