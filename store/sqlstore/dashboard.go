package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"inlay"
)

const dashboardColumns = "SELECT id, workspace_id, name, tiles FROM dashboard "

func scanDashboard(r row) (inlay.Dashboard, error) {
	var d inlay.Dashboard
	var tiles string
	if err := r.Scan(&d.ID, &d.WorkspaceID, &d.Name, &tiles); err != nil {
		return d, err
	}
	var err error
	d.Tiles, err = unpack[inlay.Tile]("tiles of dashboard "+d.ID, tiles)
	return d, err
}

// SetDashboard stores a dashboard with its tiles, in place of the one with its id. It does not
// move one to another workspace. What its tiles show must exist.
func (s *Store) SetDashboard(ctx context.Context, d inlay.Dashboard) error {
	fields := []field{{"id", d.ID, true}, {"name", d.Name, true}, {"workspace id", d.WorkspaceID, true}}
	tiles := make([]inlay.Tile, len(d.Tiles))
	for i, t := range d.Tiles {
		fields = append(fields, field{"id of a tile", t.ID, true}, field{"title", t.Title, false}, field{"report id", t.ReportID, false}, field{"dataset id", t.DatasetID, true})
		tiles[i] = inlay.Tile{ID: guid(t.ID), Title: t.Title, ReportID: guid(t.ReportID), DatasetID: guid(t.DatasetID)}
	}
	if err := check("dashboard", fields...); err != nil {
		return err
	}
	list, err := packed(tiles)
	if err != nil {
		return err
	}
	n := noun{"dashboard", strconv.Quote(d.Name)}
	return s.change(ctx, "set", n, func(tx *sql.Tx) (edit, error) {
		if err := exists(ctx, tx, "workspace", guid(d.WorkspaceID)); err != nil {
			return nil, err
		}
		for _, t := range tiles {
			if err := exists(ctx, tx, "dataset", t.DatasetID); err != nil {
				return nil, err
			}
			if t.ReportID != "" {
				if err := exists(ctx, tx, "report", t.ReportID); err != nil {
					return nil, err
				}
			}
		}
		old, err := scanDashboard(tx.QueryRowContext(ctx, dashboardColumns+"WHERE id = ?", guid(d.ID)))
		if err == nil {
			err = sameItem(n, item{old.Name, old.WorkspaceID}, item{old.Name, d.WorkspaceID})
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO dashboard (id, workspace_id, name, tiles) VALUES (?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, tiles = excluded.tiles`, guid(d.ID), guid(d.WorkspaceID), d.Name, list)
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(dashboardColumns+"WHERE id = ?", guid(d.ID)), scanDashboard, (*catalog).putDashboard)
	})
}

// Dashboard returns the dashboard with an id.
func (s *Store) Dashboard(ctx context.Context, id string) (inlay.Dashboard, error) {
	v, ok, err := look(ctx, s, func(c *catalog) (inlay.Dashboard, bool) { v, ok := c.dashboards[guid(id)]; return v, ok })
	if !ok {
		return v, noun{"dashboard", strconv.Quote(id)}.unread(err)
	}
	return v, nil
}
