package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"inlay"
)

// catalog is one committed state of the database, in memory. A reader finds what it asks for
// without SQL: a point lookup in SQLite costs as much CPU as half a request over HTTP.
type catalog struct {
	workspaces shelf[inlay.Workspace]
	datasets   shelf[inlay.Dataset]
	reports    shelf[inlay.Report]
	principals principals
	members    map[string][]inlay.Membership // by id of the principal, sorted by workspace
	capacities map[string]inlay.Capacity
	dashboards map[string]inlay.Dashboard
	gateways   map[string][]inlay.GatewayRight // by id of the principal
	inRoles    map[string][]inlay.RoleMember   // by id of the dataset, by role and user
	switches   inlay.Switches
	revoked    inlay.Revoked // its maps are replaced, not written to
}

// edit is what a write that was committed changes in the catalog.
type edit func(*catalog)

func newCatalog() *catalog {
	return &catalog{
		workspaces: newShelf[inlay.Workspace](),
		datasets:   newShelf[inlay.Dataset](),
		reports:    newShelf[inlay.Report](),
		principals: principals{map[string]*inlay.Principal{}, map[string]*inlay.Principal{}, map[string]*inlay.Principal{}},
		members:    map[string][]inlay.Membership{},
		capacities: map[string]inlay.Capacity{},
		dashboards: map[string]inlay.Dashboard{},
		gateways:   map[string][]inlay.GatewayRight{},
		inRoles:    map[string][]inlay.RoleMember{},
		switches:   inlay.DefaultSwitches(),
		revoked:    inlay.Revoked{Epochs: map[inlay.Subject]int64{}, Tokens: map[string]time.Time{}},
	}
}

// shelf holds items whose names are unique in their workspace. Workspaces themselves stand in
// the workspace "".
type shelf[T any] struct {
	byID   map[string]*entry[T]
	byName map[place]*entry[T]
	lists  map[string][]*entry[T] // by workspace, sorted by name
}

type entry[T any] struct {
	place
	value T
}

// place is a workspace and the key of a name in it.
type place struct{ workspace, key string }

func newShelf[T any]() shelf[T] {
	return shelf[T]{map[string]*entry[T]{}, map[place]*entry[T]{}, map[string][]*entry[T]{}}
}

// put adds an item, or replaces the one with its id: items are neither renamed nor moved.
func (s *shelf[T]) put(id string, at place, v T) {
	if e, ok := s.byID[id]; ok {
		e.value = v
		return
	}
	e := &entry[T]{at, v}
	s.byID[id], s.byName[at] = e, e
	list := s.lists[at.workspace]
	i, _ := slices.BinarySearchFunc(list, at.key, func(e *entry[T], key string) int { return strings.Compare(e.key, key) })
	s.lists[at.workspace] = slices.Insert(list, i, e)
}

func (s *shelf[T]) id(id string) (T, bool) { return s.byID[guid(id)].get() }
func (s *shelf[T]) name(workspace, name string) (T, bool) {
	return s.byName[place{guid(workspace), key(name)}].get()
}

func (e *entry[T]) get() (v T, ok bool) {
	if e == nil {
		return v, false
	}
	return e.value, true
}

// in lists the items of a workspace by name, in a slice of the caller's own.
func (s *shelf[T]) in(workspace string) []T {
	entries := s.lists[guid(workspace)]
	list := make([]T, len(entries))
	for i, e := range entries {
		list[i] = e.value
	}
	return list
}

// principals are found by three names.
type principals struct {
	byID, byClient, byUser map[string]*inlay.Principal
}

func (c *catalog) putWorkspace(w inlay.Workspace) { c.workspaces.put(w.ID, place{"", key(w.Name)}, w) }

func (c *catalog) putCapacity(v inlay.Capacity)   { c.capacities[v.ID] = v }
func (c *catalog) putDashboard(d inlay.Dashboard) { c.dashboards[d.ID] = d }
func (c *catalog) putSwitches(v inlay.Switches)   { c.switches = v }

func (c *catalog) putDataset(d inlay.Dataset) {
	d.Roles = slices.Clip(d.Roles) // a reader that appends gets a slice of its own
	c.datasets.put(d.ID, place{d.WorkspaceID, key(d.Name)}, d)
}

func (c *catalog) putReport(r inlay.Report) {
	c.reports.put(r.ID, place{r.WorkspaceID, key(r.Name)}, r)
}

func (c *catalog) putPrincipal(p inlay.Principal) {
	p.Secret = slices.Clip(p.Secret)
	c.principals.byID[p.ID] = &p
	if p.ClientID != "" {
		c.principals.byClient[p.ClientID] = &p
	}
	// The display names of service principals may repeat and look like a user's.
	if p.Kind == inlay.MasterUser {
		c.principals.byUser[key(p.Name)] = &p
	}
}

func (c *catalog) putMembership(m inlay.Membership) {
	list := c.members[m.PrincipalID]
	i, found := slices.BinarySearchFunc(list, m.WorkspaceID, byWorkspace)
	if found {
		list[i] = m
		return
	}
	c.members[m.PrincipalID] = slices.Insert(list, i, m)
}

func byWorkspace(m inlay.Membership, workspace string) int {
	return cmp.Compare(m.WorkspaceID, workspace)
}

// asker is a connection or a transaction.
type asker interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// load reads the whole catalog. The asker is in a transaction, so that it is one state.
func load(ctx context.Context, from asker) (*catalog, error) {
	c := newCatalog()
	steps := []func() error{
		func() error {
			return each(ctx, from, workspaceColumns+"ORDER BY name_key", scanWorkspace, c.putWorkspace)
		},
		func() error {
			return each(ctx, from, datasetColumns+"ORDER BY workspace_id, name_key", scanDataset, c.putDataset)
		},
		func() error {
			return each(ctx, from, reportColumns+"ORDER BY workspace_id, name_key", scanReport, c.putReport)
		},
		func() error { return each(ctx, from, epochColumns, scanEpoch, c.putEpoch) },
		func() error { return each(ctx, from, endedColumns, scanRevokedToken, c.putRevokedToken) },
		func() error { return each(ctx, from, principalColumns, scanPrincipal, c.putPrincipal) },
		func() error {
			return each(ctx, from, membershipColumns+"ORDER BY principal_id, workspace_id", scanMembership, c.putMembership)
		},
		func() error { return each(ctx, from, capacityColumns, scanCapacity, c.putCapacity) },
		func() error { return each(ctx, from, dashboardColumns, scanDashboard, c.putDashboard) },
		func() error {
			return each(ctx, from, gatewayColumns+"ORDER BY principal_id, gateway_id, datasource_id", scanGatewayRight, c.putGatewayRight)
		},
		func() error { return each(ctx, from, roleMemberColumns, scanRoleMember, c.putRoleMember) },
		func() error { return each(ctx, from, switchColumns, scanSwitches, c.putSwitches) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
	}
	return c, nil
}

// each hands every row of a query to put.
func each[T any](ctx context.Context, from asker, text string, scan func(row) (T, error), put func(T)) error {
	rows, err := from.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return err
		}
		put(v)
	}
	return rows.Err()
}
