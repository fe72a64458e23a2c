package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"inlay"
)

const reportColumns = "SELECT id, workspace_id, dataset_id, name, definition, created_at, kind, sources, models, paginated FROM report "

func scanReport(r row) (inlay.Report, error) {
	var p inlay.Report
	var dataset *string
	var sources, models, paginated string
	var created *int64
	if err := r.Scan(&p.ID, &p.WorkspaceID, &dataset, &p.Name, &p.Definition, &created, &p.Kind, &sources, &models, &paginated); err != nil {
		return p, err
	}
	p.DatasetID, p.CreatedAt = text(dataset), moment(created)
	var errs [3]error
	p.Sources, errs[0] = unpack[inlay.Datasource]("data sources of report "+p.ID, sources)
	p.Models, errs[1] = unpack[string]("datasets of report "+p.ID, models)
	p.Paginated, errs[2] = unpack[string]("paginated visuals of report "+p.ID, paginated)
	return p, errors.Join(errs[:]...)
}

// reads are the lists of a report as they are stored.
type reads struct{ sources, models, paginated string }

// checkReport refuses what cannot be stored and returns the lists as they are stored.
func checkReport(r inlay.Report, named bool) (l reads, err error) {
	fields := []field{{"id", r.ID, true}, {"name", r.Name, named}, {"definition", r.Definition, false},
		{"workspace id", r.WorkspaceID, named}, {"dataset id", r.DatasetID, r.Kind == inlay.PagesReport}}
	fields = append(fields, sourceFields(r.Sources)...)
	fields = append(fields, idFields("dataset of a paginated report", r.Models)...)
	if err := check("report", append(fields, idFields("paginated visual", r.Paginated)...)...); err != nil {
		return reads{}, err
	}
	pages, paginated := r.Kind == inlay.PagesReport, r.Kind == inlay.PaginatedReport
	if !pages && !paginated || paginated && (r.DatasetID != "" || len(r.Paginated) > 0) || pages && len(r.Sources)+len(r.Models) > 0 {
		return reads{}, inlay.Errorf(inlay.Invalid, "report %q: kind %q does not go with what it reads", r.Name, r.Kind)
	}
	var errs [3]error
	l.sources, errs[0] = packed(r.Sources)
	l.models, errs[1] = packed(guids(r.Models))
	l.paginated, errs[2] = packed(guids(r.Paginated))
	return l, errors.Join(errs[:]...)
}

// shown checks that the dataset of a report exists, unless it is paginated.
func shown(ctx context.Context, tx *sql.Tx, r inlay.Report) error {
	for _, id := range append(guids(r.Models), guid(r.DatasetID)) {
		if id == "" {
			continue
		}
		if err := exists(ctx, tx, "dataset", id); err != nil {
			return err
		}
	}
	for _, id := range r.Paginated {
		if err := exists(ctx, tx, "report", guid(id)); err != nil {
			return err
		}
	}
	return nil
}

// CreateReport stores a new report in a workspace that exists, bound to a dataset that exists,
// in any workspace; its id must be free, and its name in the workspace.
func (s *Store) CreateReport(ctx context.Context, r inlay.Report) error {
	l, err := checkReport(r, true)
	if err != nil {
		return err
	}
	return s.change(ctx, "create", noun{"report", strconv.Quote(r.Name)}, func(tx *sql.Tx) (edit, error) {
		if err := exists(ctx, tx, "workspace", guid(r.WorkspaceID)); err != nil {
			return nil, err
		}
		if err := shown(ctx, tx, r); err != nil {
			return nil, err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO report
			(id, workspace_id, dataset_id, name, name_key, definition, created_at, kind, sources, models, paginated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			guid(r.ID), guid(r.WorkspaceID), nullable(guid(r.DatasetID)), r.Name, key(r.Name), r.Definition, r.CreatedAt.UnixMicro(),
			string(r.Kind), l.sources, l.models, l.paginated)
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
	l, err := checkReport(r, false)
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
		if err := shown(ctx, tx, r); err != nil {
			return nil, err
		}
		if current.Kind != r.Kind {
			return nil, inlay.Errorf(inlay.Invalid, "report %q stays of its kind", r.ID)
		}
		_, err = tx.ExecContext(ctx, "UPDATE report SET dataset_id = ?, definition = ?, sources = ?, models = ?, paginated = ? WHERE id = ?",
			nullable(guid(r.DatasetID)), r.Definition, l.sources, l.models, l.paginated, guid(r.ID))
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(reportColumns+"WHERE id = ?", guid(r.ID)), scanReport, (*catalog).putReport)
	})
}
