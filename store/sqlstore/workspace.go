package sqlstore

import (
	"context"
	"database/sql"
	"strconv"

	"inlay"
)

const workspaceColumns = "SELECT id, name, kind, capacity_id, created_at FROM workspace "

func scanWorkspace(r row) (inlay.Workspace, error) {
	var w inlay.Workspace
	var created *int64
	var capacity *string
	err := r.Scan(&w.ID, &w.Name, &w.Kind, &capacity, &created)
	w.CapacityID = text(capacity)
	w.CreatedAt = moment(created)
	return w, err
}

// CreateWorkspace stores a new workspace; its id and its name must be free.
func (s *Store) CreateWorkspace(ctx context.Context, w inlay.Workspace) error {
	if err := check("workspace", field{"id", w.ID, true}, field{"name", w.Name, true}); err != nil {
		return err
	}
	switch w.Kind {
	case "", inlay.NewWorkspace, inlay.OldGroup, inlay.MyWorkspace:
	default:
		return inlay.Errorf(inlay.Invalid, "workspace %q: unknown kind %q", w.Name, w.Kind)
	}
	n := noun{"workspace", strconv.Quote(w.Name)}
	return s.change(ctx, "create", n, func(tx *sql.Tx) (edit, error) {
		if w.CapacityID != "" {
			if err := exists(ctx, tx, "capacity", guid(w.CapacityID)); err != nil {
				return nil, err
			}
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO workspace (id, name, name_key, kind, capacity_id, created_at) VALUES (?, ?, ?, ?, ?, ?)",
			guid(w.ID), w.Name, key(w.Name), string(w.Kind), nullable(guid(w.CapacityID)), w.CreatedAt.UnixMicro())
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(workspaceColumns+"WHERE id = ?", guid(w.ID)), scanWorkspace, (*catalog).putWorkspace)
	})
}

// Workspace returns the workspace with an id.
func (s *Store) Workspace(ctx context.Context, id string) (inlay.Workspace, error) {
	w, ok, err := look(ctx, s, func(c *catalog) (inlay.Workspace, bool) { return c.workspaces.id(id) })
	if !ok {
		return w, noun{"workspace", strconv.Quote(id)}.unread(err)
	}
	return w, nil
}

// WorkspaceByName returns the workspace with a name, in any case.
func (s *Store) WorkspaceByName(ctx context.Context, name string) (inlay.Workspace, error) {
	w, ok, err := look(ctx, s, func(c *catalog) (inlay.Workspace, bool) { return c.workspaces.name("", name) })
	if !ok {
		return w, noun{"workspace", strconv.Quote(name)}.unread(err)
	}
	return w, nil
}

// Workspaces lists all workspaces by name.
func (s *Store) Workspaces(ctx context.Context) ([]inlay.Workspace, error) {
	return list(ctx, s, noun{"workspaces", ""}, func(c *catalog) []inlay.Workspace { return c.workspaces.in("") })
}
