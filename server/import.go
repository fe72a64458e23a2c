package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/google/uuid"

	"inlay"
	"inlay/model"
	"inlay/model/pbip"
	"inlay/model/powerquery"
	"inlay/query"
	"inlay/report/pbir"
	"inlay/source/duckdb"
)

// Import is a project to publish.
type Import struct {
	Folder    string // of the project, or its .pbip file
	Workspace string // name of the workspace, made when it does not exist
	Maps      []Mapping
}

// Mapping says where a path or URL of a model's sources lies inside the project's folder.
type Mapping struct {
	From string
	To   string
}

// Imported says what was published.
type Imported struct {
	Workspace inlay.Workspace
	Dataset   inlay.Dataset
	Reports   []inlay.Report
	Data      duckdb.Summary
	Notices   []model.Notice // what was read and is not understood or not supported
}

// Import publishes a project: it reads everything, refreshes the data into a new file, and
// only then switches the catalog to it. Importing again replaces the items of the same names.
func (s *Server) Import(ctx context.Context, in Import) (Imported, error) {
	p, err := pbip.Open(in.Folder)
	if err != nil {
		return Imported{}, err
	}
	defer func() { _ = p.Close() }()
	m, err := p.ReadModel()
	if err != nil {
		return Imported{}, err
	}
	out := Imported{Notices: append(p.Notices, m.Notices...)}
	for _, r := range p.Reports {
		def, err := pbir.Read(r.FS)
		if err != nil {
			return Imported{}, fmt.Errorf("report %q: %w", r.Name, err)
		}
		out.Notices = append(out.Notices, def.Notices...)
	}
	if out.Workspace, err = s.ensureWorkspace(ctx, in.Workspace); err != nil {
		return Imported{}, err
	}
	if err := s.importDataset(ctx, p, m, in.Maps, &out); err != nil {
		return Imported{}, err
	}
	for _, r := range p.Reports {
		if err := s.importReport(ctx, r, &out); err != nil {
			return Imported{}, err
		}
	}
	return out, nil
}

// ensureWorkspace finds a workspace by name or makes it.
func (s *Server) ensureWorkspace(ctx context.Context, name string) (inlay.Workspace, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return inlay.Workspace{}, inlay.Errorf(inlay.Invalid, "the workspace needs a name")
	}
	w, err := s.store.WorkspaceByName(ctx, name)
	if err == nil || inlay.KindOf(err) != inlay.NotFound {
		return w, err
	}
	w = inlay.Workspace{ID: uuid.NewString(), Name: name, CreatedAt: s.now().UTC()}
	return w, s.store.CreateWorkspace(ctx, w)
}

// newVersion names a version so that names sort by time.
func (s *Server) newVersion() string {
	return s.now().UTC().Format("20060102T150405") + "-" + uuid.NewString()[:8]
}

func (s *Server) importDataset(ctx context.Context, p *pbip.Project, m *model.Model, maps []Mapping, out *Imported) error {
	d, err := s.store.DatasetByName(ctx, out.Workspace.ID, p.Model.Name)
	known := err == nil
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		return err
	}
	if !known {
		d = inlay.Dataset{ID: uuid.NewString(), WorkspaceID: out.Workspace.ID, Name: p.Model.Name, CreatedAt: s.now().UTC()}
	}
	d.Version = s.newVersion()
	d.Definition = "datasets/" + d.ID + "/" + d.Version
	d.Roles = nil
	for _, r := range m.Roles {
		d.Roles = append(d.Roles, r.Name)
	}
	if err := copyTree(p.Model.FS, filepath.Join(s.dir, filepath.FromSlash(d.Definition))); err != nil {
		return err
	}
	file := versionFile(s.dir, d.ID, d.Version)
	var places []powerquery.Map
	for _, m := range maps {
		places = append(places, powerquery.Map(m))
	}
	if out.Data, err = duckdb.Refresh(ctx, duckdb.RefreshInput{Model: m, Root: p.Root, Maps: places, Out: file}); err != nil {
		return errors.Join(err, os.RemoveAll(filepath.Join(s.dir, filepath.FromSlash(d.Definition))))
	}
	d.RefreshedAt = s.now().UTC()
	more, err := unsupported(m, file)
	if err != nil {
		return err
	}
	out.Notices = append(out.Notices, append(out.Data.Unsupported, more...)...)
	if known {
		err = s.store.Publish(ctx, d)
	} else {
		err = s.store.CreateDataset(ctx, d)
	}
	if err != nil {
		return err
	}
	out.Dataset = d
	return s.prune(filepath.Join(s.dir, "datasets", d.ID), d.Version)
}

// unsupported opens the new data as a question would and lists what cannot be asked.
func unsupported(m *model.Model, file string) ([]model.Notice, error) {
	db, err := duckdb.Open(file, duckdb.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	e, err := query.New(m, db)
	if err != nil {
		return nil, err
	}
	return e.Unsupported(), nil
}

func (s *Server) importReport(ctx context.Context, r pbip.Report, out *Imported) error {
	rep, err := s.store.ReportByName(ctx, out.Workspace.ID, r.Name)
	known := err == nil
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		return err
	}
	if !known {
		rep = inlay.Report{ID: uuid.NewString(), WorkspaceID: out.Workspace.ID, Name: r.Name, CreatedAt: s.now().UTC()}
	}
	version := s.newVersion()
	rep.DatasetID = out.Dataset.ID
	rep.Definition = "reports/" + rep.ID + "/" + version
	if err := copyTree(r.FS, filepath.Join(s.dir, filepath.FromSlash(rep.Definition))); err != nil {
		return err
	}
	if known {
		err = s.store.Replace(ctx, rep)
	} else {
		err = s.store.CreateReport(ctx, rep)
	}
	if err != nil {
		return err
	}
	out.Reports = append(out.Reports, rep)
	return s.prune(filepath.Join(s.dir, "reports", rep.ID), version)
}

// copyTree copies a folder whole or not at all.
func copyTree(from fs.FS, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	temp := to + ".part"
	if err := os.RemoveAll(temp); err != nil {
		return err
	}
	if err := os.CopyFS(temp, from); err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	return os.Rename(temp, to)
}

// keptVersions is how many versions stay: the published one, and the one before it for
// questions that were under way when it was replaced.
const keptVersions = 2

// prune removes versions that nothing uses any more. Names begin with the time.
func (s *Server) prune(dir, current string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	versions := map[string]bool{}
	for _, e := range entries {
		versions[strings.TrimSuffix(strings.TrimSuffix(e.Name(), ".duckdb"), ".part")] = true
	}
	delete(versions, current)
	var old []string
	for v := range versions {
		old = append(old, v)
	}
	sort.Strings(old)
	for i := range max(0, len(old)-(keptVersions-1)) {
		for _, name := range []string{old[i], old[i] + ".duckdb"} {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}
