package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"inlay"
)

const capacityColumns = "SELECT id, name, xmla, shared FROM capacity "

func scanCapacity(r row) (inlay.Capacity, error) {
	var c inlay.Capacity
	err := r.Scan(&c.ID, &c.Name, &c.XMLA, &c.Shared)
	return c, err
}

// SetCapacity stores a capacity, in place of the one with its id.
func (s *Store) SetCapacity(ctx context.Context, c inlay.Capacity) error {
	if err := check("capacity", field{"id", c.ID, true}, field{"name", c.Name, true}); err != nil {
		return err
	}
	if c.XMLA != inlay.XMLAOff && c.XMLA != inlay.XMLAReadOnly && c.XMLA != inlay.XMLAReadWrite {
		return inlay.Errorf(inlay.Invalid, "capacity %q: unknown setting %q of the XMLA endpoint", c.Name, c.XMLA)
	}
	return s.change(ctx, "set", noun{"capacity", strconv.Quote(c.Name)}, func(tx *sql.Tx) (edit, error) {
		_, err := tx.ExecContext(ctx, `INSERT INTO capacity (id, name, xmla, shared) VALUES (?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, xmla = excluded.xmla, shared = excluded.shared`,
			guid(c.ID), c.Name, string(c.XMLA), c.Shared)
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(capacityColumns+"WHERE id = ?", guid(c.ID)), scanCapacity, (*catalog).putCapacity)
	})
}

// Capacity returns the capacity with an id.
func (s *Store) Capacity(ctx context.Context, id string) (inlay.Capacity, error) {
	v, ok, err := look(ctx, s, func(c *catalog) (inlay.Capacity, bool) { v, ok := c.capacities[guid(id)]; return v, ok })
	if !ok {
		return v, noun{"capacity", strconv.Quote(id)}.unread(err)
	}
	return v, nil
}

// AssignCapacity moves a workspace to a capacity, or to the server's own if the id is empty.
func (s *Store) AssignCapacity(ctx context.Context, workspaceID, capacityID string) error {
	n := noun{"workspace", strconv.Quote(workspaceID)}
	return s.change(ctx, "assign", n, func(tx *sql.Tx) (edit, error) {
		if capacityID != "" {
			if err := exists(ctx, tx, "capacity", guid(capacityID)); err != nil {
				return nil, err
			}
		}
		if _, err := tx.ExecContext(ctx, "UPDATE workspace SET capacity_id = ? WHERE id = ?", nullable(guid(capacityID)), guid(workspaceID)); err != nil {
			return nil, err
		}
		e, err := stored(ctx, tx, ask(workspaceColumns+"WHERE id = ?", guid(workspaceID)), scanWorkspace, (*catalog).putWorkspace)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, n.missing()
		}
		return e, err
	})
}
