package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"inlay"
	"inlay/model"
	"inlay/model/pbip"
	"inlay/query"
	"inlay/source/duckdb"
)

// datasets opens published datasets and answers questions about them. A dataset is opened at
// its first use and again when its published version changes; the old version is closed when
// the last question about it has ended.
type datasets struct {
	dir     string // the data folder
	engines *engines
	dbs     *databases
	cache   *query.Cache // nil keeps no answers
	mode    query.Mode   // of security
	log     *slog.Logger

	mu   sync.Mutex
	open map[string]*opened // by id of the dataset
}

// opened is one version of a dataset.
type opened struct {
	version string
	ready   chan struct{} // closed when the fields below are set
	err     error
	engine  *query.Engine
	data    io.Closer
	release func()         // of the version's files
	users   sync.WaitGroup // questions under way
}

func newDatasets(dir string, e *engines, dbs *databases, log *slog.Logger) *datasets {
	return &datasets{dir: dir, engines: e, dbs: dbs, log: log, open: map[string]*opened{}}
}

// keep makes answers be kept, up to so many megabytes.
func (s *datasets) keep(megabytes int) {
	if megabytes > 0 {
		s.cache = query.NewCache(megabytes << 20)
	}
}

// Model is the definition of a dataset.
func (s *datasets) Model(_ context.Context, d inlay.Dataset) (*model.Model, error) {
	o, err := s.use(d)
	if err != nil {
		return nil, err
	}
	defer o.users.Done()
	return o.engine.Model(), nil
}

// Visible is the definition of a dataset as a viewer may know it.
func (s *datasets) Visible(_ context.Context, d inlay.Dataset, v query.Viewer) (*model.Model, error) {
	o, err := s.use(d)
	if err != nil {
		return nil, err
	}
	defer o.users.Done()
	return o.engine.Visible(v)
}

// Ask answers a question about a dataset.
func (s *datasets) Ask(ctx context.Context, d inlay.Dataset, v query.Viewer, q model.Query) (model.Result, error) {
	o, err := s.use(d)
	if err != nil {
		return model.Result{}, err
	}
	defer o.users.Done()
	ctx, end := s.engines.begin(ctx, d, v)
	defer end()
	return o.engine.Ask(ctx, v, q)
}

// Stream answers a DAX query about a dataset. Answers that are held do not keep others waiting
// while they are used.
func (s *datasets) Stream(ctx context.Context, d inlay.Dataset, v query.Viewer, text string, use func([]model.Answer) error) error {
	o, err := s.use(d)
	if err != nil {
		return err
	}
	defer o.users.Done()
	ctx, end := s.engines.begin(ctx, d, v)
	defer end()
	return o.engine.Stream(ctx, v, text, func(list []model.Answer) error {
		if !slices.ContainsFunc(list, func(a model.Answer) bool { return !a.Held }) {
			end()
		}
		return use(list)
	})
}

// use finds the published version of a dataset, opening it if need be. The caller must call
// users.Done on what it gets.
func (s *datasets) use(d inlay.Dataset) (*opened, error) {
	if d.Version == "" {
		return nil, inlay.Errorf(inlay.NotFound, "dataset %s has not been refreshed yet", d.ID)
	}
	s.mu.Lock()
	o := s.open[d.ID]
	mine := false
	if o == nil || o.version != d.Version {
		if o != nil {
			go o.retire(s.log)
		}
		o = &opened{version: d.Version, ready: make(chan struct{})}
		s.open[d.ID], mine = o, true
	}
	o.users.Add(1)
	s.mu.Unlock()

	if mine {
		o.err = o.load(s, d)
		close(o.ready)
	}
	<-o.ready
	if o.err != nil {
		o.users.Done()
		s.forget(d.ID, o)
		return nil, o.err
	}
	return o, nil
}

// forget lets a version that did not open be tried again.
func (s *datasets) forget(id string, o *opened) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[id] == o {
		delete(s.open, id)
	}
}

// load opens the rows and the definition.
func (o *opened) load(s *datasets, d inlay.Dataset) error {
	m, err := readModel(s.dir, d)
	if err != nil {
		return err
	}
	if o.engine, err = s.dbs.engine(m, d); o.engine != nil || err != nil {
		if o.engine != nil {
			o.engine.Secure(s.mode)
		}
		return err
	}
	file := versionFile(s.dir, d.ID, d.Version)
	release, err := hold(file)
	if err != nil {
		return err
	}
	sum, err := duckdb.ReadSummary(file)
	if err == nil {
		err = duckdb.Complete(m, file)
	}
	if err != nil {
		release()
		return fmt.Errorf("open dataset %s: %w", d.ID, err)
	}
	src, data, err := s.engines.open(file, d.WorkspaceID, d.ID)
	if err != nil {
		release()
		return fmt.Errorf("open dataset %s: %w", d.ID, err)
	}
	if o.engine, err = query.New(m, src); err != nil {
		_ = data.Close()
		release()
		return err
	}
	o.engine.Secure(s.mode)
	o.engine.Learn(&sum.Statistics)
	if s.cache != nil {
		o.engine.Share(s.cache, d.ID+"/"+d.Version)
	}
	o.data, o.release = data, release
	return nil
}

// readModel reads the stored definition of a dataset.
func readModel(dir string, d inlay.Dataset) (*model.Model, error) {
	m, err := pbip.Read(os.DirFS(filepath.Join(dir, filepath.FromSlash(d.Definition))))
	if err != nil {
		return nil, fmt.Errorf("read the definition of dataset %s: %w", d.ID, err)
	}
	m.Name = d.Name
	return m, nil
}

// retire closes a version when no question uses it any more.
func (o *opened) retire(log *slog.Logger) {
	<-o.ready
	o.users.Wait()
	if o.data != nil {
		if err := o.data.Close(); err != nil {
			log.Error("close a dataset", "error", err)
		}
		o.release()
	}
}

// Close closes every open dataset after the questions under way have ended.
func (s *datasets) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, o := range s.open {
		o.retire(s.log)
		delete(s.open, id)
	}
}

func versionFile(dir, id, version string) string {
	return filepath.Join(dir, "datasets", id, version+".duckdb")
}
