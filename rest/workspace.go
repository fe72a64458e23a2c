package rest

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"inlay"
)

// group is a workspace on the wire.
type group struct {
	Context    string `json:"@odata.context,omitzero"`
	ID         string `json:"id"`
	IsReadOnly bool   `json:"isReadOnly"`
	Dedicated  bool   `json:"isOnDedicatedCapacity"` // also on the server's own capacity
	CapacityID string `json:"capacityId,omitzero"`
	Type       string `json:"type"`
	Name       string `json:"name"`
}

// list is a collection on the wire.
type list[T any] struct {
	Context string `json:"@odata.context"`
	Count   *int   `json:"@odata.count,omitzero"`
	Value   []T    `json:"value"`
}

// right is the caller's role in a workspace. Without one the answer is the same whether the
// workspace exists or not.
func (a *api) right(ctx context.Context, caller inlay.Caller, workspace string) (inlay.AccessRight, error) {
	m, err := a.Members.Membership(ctx, workspace, caller.PrincipalID)
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		return "", err
	}
	if err != nil || !m.Right.AtLeast(inlay.Viewer) {
		return "", refuse(inlay.Forbidden, ruleGroup, fmt.Sprintf("workspace %s is not accessible", workspace),
			"check the id, and that the caller has a role in the workspace")
	}
	return m.Right, nil
}

func (a *api) group(c *call) error {
	id := c.vars["groupId"]
	right, err := a.right(c.ctx(), c.caller, id)
	if err != nil {
		return err
	}
	w, err := a.Items.Workspace(c.ctx(), id)
	if err != nil {
		return err
	}
	g, err := a.wireGroup(c.ctx(), w, right)
	if err != nil {
		return err
	}
	g.Context = a.context(c, "", "groups/$entity")
	c.json(200, g)
	return nil
}

func (a *api) wireGroup(ctx context.Context, w inlay.Workspace, right inlay.AccessRight) (group, error) {
	g := group{ID: w.ID, IsReadOnly: right == inlay.Viewer, Dedicated: true, CapacityID: w.CapacityID, Type: "Workspace", Name: w.Name}
	if w.Kind != "" {
		g.Type = string(w.Kind)
	}
	if w.CapacityID == "" {
		return g, nil
	}
	c, err := a.Facts.Capacity(ctx, w.CapacityID)
	g.Dedicated = !c.Shared
	return g, err
}

func (a *api) listGroups(c *call) error {
	q := c.r.URL.Query()
	keep, err := parseFilter(q["$filter"])
	if err != nil {
		return err
	}
	skip, err := count(q, "$skip", 0)
	if err != nil {
		return err
	}
	top, err := count(q, "$top", -1)
	if err != nil {
		return err
	}
	members, err := a.Members.MembershipsOf(c.ctx(), c.caller.PrincipalID)
	if err != nil {
		return err
	}
	groups := []group{}
	for _, m := range members {
		if !m.Right.AtLeast(inlay.Viewer) {
			continue
		}
		w, err := a.Items.Workspace(c.ctx(), m.WorkspaceID)
		if inlay.KindOf(err) == inlay.NotFound && err != nil {
			continue
		}
		if err != nil {
			return err
		}
		if keep(w) && w.Kind != inlay.MyWorkspace { // which is nobody's to list
			g, err := a.wireGroup(c.ctx(), w, m.Right)
			if err != nil {
				return err
			}
			groups = append(groups, g)
		}
	}
	sort.Slice(groups, func(i, j int) bool {
		if x, y := strings.ToLower(groups[i].Name), strings.ToLower(groups[j].Name); x != y {
			return x < y
		}
		return groups[i].ID < groups[j].ID
	})
	groups = groups[min(skip, len(groups)):]
	if top >= 0 {
		groups = groups[:min(top, len(groups))]
	}
	n := len(groups)
	c.json(200, list[group]{Context: a.context(c, "", "groups"), Count: &n, Value: groups})
	return nil
}

// count reads a number of the query string.
func count(q map[string][]string, name string, absent int) (int, error) {
	values := q[name]
	if len(values) == 0 {
		return absent, nil
	}
	n, err := strconv.ParseInt(values[0], 10, 32)
	if err != nil || n < 0 || len(values) > 1 {
		return 0, refuse(inlay.Invalid, "", name+" is not a whole number from 0", "send one such number")
	}
	return int(n), nil
}
