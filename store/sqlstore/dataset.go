package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"inlay"
)

const datasetColumns = "SELECT id, workspace_id, name, roles, definition, version, created_at, refreshed_at, kind, sources, upstream FROM dataset "

func scanDataset(r row) (inlay.Dataset, error) {
	var d inlay.Dataset
	var roles, sources, upstream string
	var created, refreshed *int64
	if err := r.Scan(&d.ID, &d.WorkspaceID, &d.Name, &roles, &d.Definition, &d.Version, &created, &refreshed, &d.Kind, &sources, &upstream); err != nil {
		return inlay.Dataset{}, err
	}
	d.CreatedAt, d.RefreshedAt = moment(created), moment(refreshed)
	var errs [3]error
	d.Roles, errs[0] = unpack[string]("roles of dataset "+d.ID, roles)
	d.Sources, errs[1] = unpack[inlay.Datasource]("data sources of dataset "+d.ID, sources)
	d.Upstream, errs[2] = unpack[string]("upstream datasets of dataset "+d.ID, upstream)
	return d, errors.Join(errs[:]...)
}

// lists are the lists of a dataset as they are stored.
type lists struct{ roles, sources, upstream string }

// checkDataset refuses what cannot be stored and returns the lists as they are stored.
func checkDataset(d inlay.Dataset) (l lists, err error) {
	fields := []field{{"id", d.ID, true}, {"definition", d.Definition, false}, {"version", d.Version, false}}
	for _, r := range d.Roles {
		fields = append(fields, field{"role", r, true})
	}
	fields = append(fields, sourceFields(d.Sources)...)
	if err := check("dataset", append(fields, idFields("upstream dataset", d.Upstream)...)...); err != nil {
		return lists{}, err
	}
	switch d.Kind {
	case inlay.Imported, inlay.DirectQuery, inlay.DirectLake, inlay.LiveServer, inlay.LiveAzure:
	default:
		return lists{}, inlay.Errorf(inlay.Invalid, "dataset %q: unknown kind %q", d.Name, d.Kind)
	}
	var errs [3]error
	l.roles, errs[0] = packed(d.Roles)
	l.sources, errs[1] = packed(d.Sources)
	l.upstream, errs[2] = packed(guids(d.Upstream))
	return l, errors.Join(errs[:]...)
}

// CreateDataset stores a new dataset in a workspace that exists; its id must be free, and its
// name in the workspace.
func (s *Store) CreateDataset(ctx context.Context, d inlay.Dataset) error {
	if err := check("dataset", field{"name", d.Name, true}, field{"workspace id", d.WorkspaceID, true}); err != nil {
		return err
	}
	l, err := checkDataset(d)
	if err != nil {
		return err
	}
	return s.change(ctx, "create", noun{"dataset", strconv.Quote(d.Name)}, func(tx *sql.Tx) (edit, error) {
		if err := exists(ctx, tx, "workspace", guid(d.WorkspaceID)); err != nil {
			return nil, err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO dataset
			(id, workspace_id, name, name_key, roles, definition, version, created_at, refreshed_at, kind, sources, upstream)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			guid(d.ID), guid(d.WorkspaceID), d.Name, key(d.Name), l.roles, d.Definition, d.Version,
			d.CreatedAt.UnixMicro(), micros(d.RefreshedAt), string(d.Kind), l.sources, l.upstream)
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(datasetColumns+"WHERE id = ?", guid(d.ID)), scanDataset, (*catalog).putDataset)
	})
}

// Dataset returns the dataset with an id.
func (s *Store) Dataset(ctx context.Context, id string) (inlay.Dataset, error) {
	v, ok, err := look(ctx, s, func(c *catalog) (inlay.Dataset, bool) { return c.datasets.id(id) })
	if !ok {
		return v, noun{"dataset", strconv.Quote(id)}.unread(err)
	}
	return v, nil
}

// DatasetByName returns the dataset of a workspace with a name, in any case.
func (s *Store) DatasetByName(ctx context.Context, workspaceID, name string) (inlay.Dataset, error) {
	v, ok, err := look(ctx, s, func(c *catalog) (inlay.Dataset, bool) { return c.datasets.name(workspaceID, name) })
	if !ok {
		return v, noun{"dataset", strconv.Quote(name)}.unread(err)
	}
	return v, nil
}

// DatasetsIn lists the datasets of a workspace by name.
func (s *Store) DatasetsIn(ctx context.Context, workspaceID string) ([]inlay.Dataset, error) {
	return list(ctx, s, noun{"datasets of workspace", guid(workspaceID)}, func(c *catalog) []inlay.Dataset { return c.datasets.in(workspaceID) })
}

// Publish switches a dataset to a new definition, roles, version and time of refresh, in one
// step: a reader sees the old ones or the new ones. It does not rename or move; a name or a
// workspace that differs from the stored one is refused, an empty one is not looked at.
func (s *Store) Publish(ctx context.Context, d inlay.Dataset) error {
	l, err := checkDataset(d)
	if err != nil {
		return err
	}
	n := noun{"dataset", strconv.Quote(d.ID)}
	return s.change(ctx, "publish", n, func(tx *sql.Tx) (edit, error) {
		current, err := scanDataset(tx.QueryRowContext(ctx, datasetColumns+"WHERE id = ?", guid(d.ID)))
		if errors.Is(err, sql.ErrNoRows) {
			return nil, n.missing()
		}
		if err != nil {
			return nil, err
		}
		if err := sameItem(n, item{current.Name, current.WorkspaceID}, item{d.Name, d.WorkspaceID}); err != nil {
			return nil, err
		}
		_, err = tx.ExecContext(ctx,
			"UPDATE dataset SET roles = ?, definition = ?, version = ?, refreshed_at = ?, kind = ?, sources = ?, upstream = ? WHERE id = ?",
			l.roles, d.Definition, d.Version, micros(d.RefreshedAt), string(d.Kind), l.sources, l.upstream, guid(d.ID))
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(datasetColumns+"WHERE id = ?", guid(d.ID)), scanDataset, (*catalog).putDataset)
	})
}

// item is where an item of a workspace stands.
type item struct{ name, workspace string }

// sameItem refuses a switch that would silently keep the old name or workspace.
func sameItem(n noun, stored, given item) error {
	if given.name != "" && given.name != stored.name {
		return inlay.Errorf(inlay.Invalid, "%s %s is named %q: a new definition cannot rename it to %q",
			n.kind, n.which, stored.name, given.name)
	}
	if given.workspace != "" && guid(given.workspace) != stored.workspace {
		return inlay.Errorf(inlay.Invalid, "%s %s is in workspace %s: a new definition cannot move it to %s",
			n.kind, n.which, stored.workspace, guid(given.workspace))
	}
	return nil
}
