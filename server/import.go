package server

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"inlay"
	"inlay/model"
	"inlay/model/pbip"
	"inlay/model/powerquery"
	"inlay/query"
	"inlay/report/format"
	"inlay/source/duckdb"
	"inlay/source/postgres"
)

// Import is a project to publish.
type Import struct {
	Folder    string // of the project, or its .pbip file
	Workspace string // name of the workspace, made when it does not exist
	Maps      []Mapping
	Progress  func(inlay.RefreshPart) // is told how far each partition is; nil: nobody is
}

// Mapping says where a path or URL of a model's sources lies: inside the project's folder, or
// in a folder or file outside. The latter is for who operates the server to say, and for nobody
// else: everything below the folder can be read by the project, at this import and at refreshes.
type Mapping = powerquery.Map

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
// One import runs at a time.
func (s *Server) Import(ctx context.Context, in Import) (Imported, error) {
	s.importing.Lock()
	defer s.importing.Unlock()
	if err := s.store.Refresh(ctx); err != nil { // another process may just have imported
		return Imported{}, err
	}
	s.tidy(s.sweep(ctx))
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
		def, err := format.Read(r.FS)
		if err != nil {
			return Imported{}, fmt.Errorf("report %q: %w", r.Name, err)
		}
		out.Notices = append(out.Notices, def.Notices...)
	}
	if out.Workspace, err = s.ensureWorkspace(ctx, in.Workspace); err != nil {
		return Imported{}, err
	}
	if err := s.importDataset(ctx, reading{p, m, in.Maps, in.Progress}, &out); err != nil {
		return Imported{}, err
	}
	var failed error
	for _, r := range p.Reports {
		if failed = s.importReport(ctx, r, &out); failed != nil {
			break
		}
	}
	if err := errors.Join(failed, s.recordImport(ctx, out)); err != nil { // what was published is recorded in any case
		return Imported{}, err
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

// itemID is the id of a new item: that of its .platform file, so that an application finds the
// same id wherever the project is published, or a new one where the file has none or an item has
// it already. The error is that of looking the id up.
func itemID(logical string, found error) string {
	id, err := uuid.Parse(logical)
	if err != nil || id == uuid.Nil || inlay.KindOf(found) != inlay.NotFound || found == nil {
		return uuid.NewString()
	}
	return id.String()
}

// reading is a project that was read, and where its data lie.
type reading struct {
	project  *pbip.Project
	model    *model.Model
	maps     []Mapping
	progress func(inlay.RefreshPart)
}

// tell tells how far a partition is, if anybody wants to know.
func (r reading) tell(p duckdb.Progress) {
	if r.progress != nil {
		r.progress(partOf(p))
	}
}

func (s *Server) importDataset(ctx context.Context, in reading, out *Imported) error {
	name := in.project.Model.Name
	release, err := s.history().lock(out.Workspace.ID, name)
	if err != nil {
		return err
	}
	if release == nil {
		return &inlay.Error{Kind: inlay.Conflict, Msg: fmt.Sprintf("dataset %q is being imported or refreshed by somebody else", name), Remedy: "wait until that has ended"}
	}
	defer release()
	if err := s.store.Refresh(ctx); err != nil { // somebody else may just have ended
		return err
	}
	d, err := s.store.DatasetByName(ctx, out.Workspace.ID, name)
	known := err == nil
	if err != nil && inlay.KindOf(err) != inlay.NotFound {
		return err
	}
	if !known {
		_, taken := s.store.Dataset(ctx, in.project.Model.LogicalID)
		d = inlay.Dataset{ID: itemID(in.project.Model.LogicalID, taken), WorkspaceID: out.Workspace.ID, Name: name, CreatedAt: s.now().UTC()}
	}
	last, before, was := d, d.Version, filepath.FromSlash(d.Definition)
	d.Version = s.newVersion()
	d.Definition = "datasets/" + d.ID + "/" + d.Version
	d.Roles = nil
	for _, r := range in.model.Roles {
		d.Roles = append(d.Roles, r.Name)
	}
	dir := filepath.Join(s.dir, "datasets", d.ID)
	if known {
		s.tidy(clean(dir))
	}
	if err := s.fillDataset(ctx, in, &d, out); err != nil {
		return errors.Join(err, discard(dir, d.Version))
	}
	members, err := s.members(ctx, d, in.model)
	out.Notices = append(out.Notices, members.notices...)
	switch {
	case err != nil:
	case known:
		var gone []model.Notice
		gone, err = s.withdraw(ctx, last, members)
		if out.Notices = append(out.Notices, gone...); err == nil {
			err = s.store.Publish(ctx, d)
		}
	default:
		err = s.store.CreateDataset(ctx, d)
	}
	if err != nil {
		return errors.Join(err, discard(dir, d.Version))
	}
	out.Dataset = d
	if err := s.addMembers(ctx, members.known); err != nil {
		return err
	}
	s.tidy(prune(dir, filepath.Base(was), d.Version, before))
	return nil
}

// fillDataset makes the files of a version: definition and rows.
func (s *Server) fillDataset(ctx context.Context, in reading, d *inlay.Dataset, out *Imported) error {
	definition := filepath.Join(s.dir, filepath.FromSlash(d.Definition))
	if err := copyTree(in.project.Model.FS, definition); err != nil {
		return err
	}
	if postgres.Direct(in.model) { // the rows stay where they are
		more, err := s.datasets.dbs.check(ctx, in.model)
		out.Notices = append(out.Notices, more...)
		d.RefreshedAt = s.now().UTC()
		return err
	}
	file := versionFile(s.dir, d.ID, d.Version)
	var err error
	if out.Data, err = duckdb.Refresh(ctx, s.refreshInput(duckdb.RefreshInput{Model: in.model, Root: in.project.Root, Maps: in.maps, Out: file, Progress: in.tell})); err != nil {
		return err
	}
	d.RefreshedAt = s.now().UTC()
	more, err := unsupported(in.model, file)
	if err != nil {
		return err
	}
	out.Notices = append(out.Notices, append(out.Data.Unsupported, more...)...)
	return nil
}

// unsupported opens the new data as a question would and lists what cannot be asked.
func unsupported(m *model.Model, file string) ([]model.Notice, error) {
	db, err := duckdb.Open(file, duckdb.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	if err := duckdb.Complete(m, file); err != nil {
		return nil, err
	}
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
		_, taken := s.store.Report(ctx, r.LogicalID)
		rep = inlay.Report{ID: itemID(r.LogicalID, taken), WorkspaceID: out.Workspace.ID, Name: r.Name, CreatedAt: s.now().UTC()}
	}
	before := filepath.Base(filepath.FromSlash(rep.Definition))
	version := s.newVersion()
	rep.DatasetID = out.Dataset.ID
	rep.Definition = "reports/" + rep.ID + "/" + version
	dir := filepath.Join(s.dir, "reports", rep.ID)
	if err := copyTree(r.FS, filepath.Join(dir, version)); err != nil {
		return errors.Join(err, discard(dir, version))
	}
	if known {
		err = s.store.Replace(ctx, rep)
	} else {
		err = s.store.CreateReport(ctx, rep)
	}
	if err != nil {
		return errors.Join(err, discard(dir, version))
	}
	out.Reports = append(out.Reports, rep)
	s.tidy(prune(dir, "", version, before))
	return nil
}
