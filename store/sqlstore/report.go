package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"inlay"
)

const reportColumns = "SELECT id, workspace_id, dataset_id, name, definition, created_at FROM report "

func scanReport(r row) (inlay.Report, error) {
	var p inlay.Report
	var created *int64
	err := r.Scan(&p.ID, &p.WorkspaceID, &p.DatasetID, &p.Name, &p.Definition, &created)
	p.CreatedAt = moment(created)
	return p, err
}

// CreateReport stores a new report in a workspace that exists, bound to a dataset that exists,
// in any workspace; its id must be free, and its name in the workspace.
func (s *Store) CreateReport(ctx context.Context, r inlay.Report) error {
	err := check("report", field{"id", r.ID, true}, field{"name", r.Name, true}, field{"definition", r.Definition, false},
		field{"workspace id", r.WorkspaceID, true}, field{"dataset id", r.DatasetID, true})
	if err != nil {
		return err
	}
	return s.change(ctx, "create", noun{"report", strconv.Quote(r.Name)}, func(tx *sql.Tx) (edit, error) {
		if err := exists(ctx, tx, "workspace", guid(r.WorkspaceID)); err != nil {
			return nil, err
		}
		if err := exists(ctx, tx, "dataset", guid(r.DatasetID)); err != nil {
			return nil, err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO report
			(id, workspace_id, dataset_id, name, name_key, definition, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			guid(r.ID), guid(r.WorkspaceID), guid(r.DatasetID), r.Name, key(r.Name), r.Definition, r.CreatedAt.UnixMicro())
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(reportColumns+"WHERE id = ?", guid(r.ID)), scanReport, (*catalog).putReport)
	})
}

// Report returns the report with an id.
func (s *Store) Report(ctx context.Context, id string) (inlay.Report, error) {
	v, ok, err := look(ctx, s, func(c *catalog) (inlay.Report, bool) { return c.reports.id(id) })
	if !ok {
		return v, noun{"report", strconv.Quote(id)}.unread(err)
	}
	return v, nil
}

// ReportByName returns the report of a workspace with a name, in any case.
func (s *Store) ReportByName(ctx context.Context, workspaceID, name string) (inlay.Report, error) {
	v, ok, err := look(ctx, s, func(c *catalog) (inlay.Report, bool) { return c.reports.name(workspaceID, name) })
	if !ok {
		return v, noun{"report", strconv.Quote(name)}.unread(err)
	}
	return v, nil
}

// ReportsIn lists the reports of a workspace by name.
func (s *Store) ReportsIn(ctx context.Context, workspaceID string) ([]inlay.Report, error) {
	return list(ctx, s, noun{"reports of workspace", guid(workspaceID)}, func(c *catalog) []inlay.Report { return c.reports.in(workspaceID) })
}

// Replace switches a report to another definition and dataset in one step. Like Publish it
// refuses to rename or move.
func (s *Store) Replace(ctx context.Context, r inlay.Report) error {
	err := check("report", field{"id", r.ID, true}, field{"dataset id", r.DatasetID, true},
		field{"definition", r.Definition, false})
	if err != nil {
		return err
	}
	n := noun{"report", strconv.Quote(r.ID)}
	return s.change(ctx, "replace", n, func(tx *sql.Tx) (edit, error) {
		current, err := scanReport(tx.QueryRowContext(ctx, reportColumns+"WHERE id = ?", guid(r.ID)))
		if errors.Is(err, sql.ErrNoRows) {
			return nil, n.missing()
		}
		if err != nil {
			return nil, err
		}
		if err := sameItem(n, item{current.Name, current.WorkspaceID}, item{r.Name, r.WorkspaceID}); err != nil {
			return nil, err
		}
		if err := exists(ctx, tx, "dataset", guid(r.DatasetID)); err != nil {
			return nil, err
		}
		_, err = tx.ExecContext(ctx, "UPDATE report SET dataset_id = ?, definition = ? WHERE id = ?",
			guid(r.DatasetID), r.Definition, guid(r.ID))
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(reportColumns+"WHERE id = ?", guid(r.ID)), scanReport, (*catalog).putReport)
	})
}
