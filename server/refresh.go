package server

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/google/uuid"

	"inlay"
	"inlay/audit"
	"inlay/rest"
	"inlay/source/duckdb"
	"inlay/source/postgres"
)

// Codes of failures, as the history of the service has them.
const (
	codeFailed      = "ModelRefreshFailed_ProcessingError"
	codeInterrupted = "ModelRefreshFailed_Interrupted"
	codeCancelled   = "ModelRefreshFailed_Cancelled"
)

// beat is how often a refresh says how far it is and looks whether it shall stop.
const beat = 250 * time.Millisecond

// errBusy is the answer to a second refresh, in the words of the service.
var errBusy = &inlay.Error{Kind: inlay.Invalid, Msg: "Invalid dataset refresh request. Another refresh request is already executing",
	Remedy: "wait until it has ended, or cancel it"}

// errStopped ends a refresh that somebody cancelled.
var errStopped = &inlay.Error{Kind: inlay.Conflict, Msg: "the refresh was cancelled"}

// refreshing is the refreshes of a server.
type refreshing struct {
	s     *Server
	under sync.WaitGroup
	stop  context.CancelFunc
	ctx   context.Context
}

func newRefreshing(s *Server) *refreshing {
	r := &refreshing{s: s}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// close ends what is under way.
func (r *refreshing) close() {
	r.stop()
	r.under.Wait()
}

// history is where refreshes are written down.
func (s *Server) history() history { return history{dir: s.dir, now: s.parts.now} }

// begin takes the lock of a dataset and writes a new refresh down.
func (r *refreshing) begin(ctx context.Context, d inlay.Dataset, req inlay.RefreshRequest) (*run, error) {
	if d.Version == "" {
		return nil, &inlay.Error{Kind: inlay.Unsupported, Msg: fmt.Sprintf("dataset %s has no imported data that could be refreshed", d.ID), Remedy: "import its project"}
	}
	if m, err := readModel(r.s.dir, d); err == nil && postgres.Direct(m) {
		return nil, &inlay.Error{Kind: inlay.Unsupported, Msg: fmt.Sprintf("the rows of dataset %s stay in its database, so there is nothing to refresh", d.ID), Remedy: "ask for them: they are those of the moment"}
	}
	h := r.s.history()
	release, err := h.lock(d.WorkspaceID, d.Name)
	if err != nil {
		return nil, err
	}
	if release == nil {
		return nil, errBusy
	}
	x := &run{s: r.s, h: h, req: req, release: release, parts: map[[2]string]int{},
		now: inlay.Refresh{ID: uuid.NewString(), DatasetID: d.ID, Kind: req.Kind, State: inlay.RefreshRunning, StartedAt: r.s.now().UTC(), Objects: req.Objects}}
	if x.d, err = r.current(ctx, d); err == nil {
		var last time.Time
		if last, err = h.trim(x.d); !x.now.StartedAt.After(last) { // the history is in order of time
			x.now.StartedAt = last.Add(time.Millisecond)
		}
	}
	if err == nil {
		err = h.write(&x.now)
	}
	if err != nil {
		release()
		return nil, err
	}
	return x, nil
}

// current is the dataset as it is now that nobody else changes it.
func (r *refreshing) current(ctx context.Context, d inlay.Dataset) (inlay.Dataset, error) {
	if err := r.s.store.Refresh(ctx); err != nil {
		return d, err
	}
	return r.s.store.Dataset(ctx, d.ID)
}

// Start begins a refresh that goes on after the call, and answers how it begins.
func (r *refreshing) Start(ctx context.Context, d inlay.Dataset, req inlay.RefreshRequest) (inlay.Refresh, error) {
	x, err := r.begin(ctx, d, req)
	if err != nil {
		return inlay.Refresh{}, err
	}
	first := x.now
	r.under.Add(1)
	go func() {
		defer r.under.Done()
		if err := x.run(r.ctx); err != nil {
			r.s.parts.log.Warn("refresh", "dataset", d.ID, "refresh", first.ID, "error", err)
		}
	}()
	return first, nil
}

// List is the history of a dataset, the last refresh first.
func (r *refreshing) List(_ context.Context, d inlay.Dataset) ([]inlay.Refresh, error) {
	return r.s.history().list(d)
}

// Find is one refresh of a dataset.
func (r *refreshing) Find(_ context.Context, d inlay.Dataset, id string) (inlay.Refresh, error) {
	return r.s.history().find(d, id)
}

// Cancel asks a refresh to stop, in whatever process it runs. One that has ended stays as it is.
func (r *refreshing) Cancel(_ context.Context, d inlay.Dataset, id string) error {
	h := r.s.history()
	x, err := h.find(d, id)
	if err != nil || x.State.Ended() {
		return err
	}
	return h.stop(d.ID, id)
}

// Watch tells how a refresh stands whenever that changes, until it has ended or tell fails.
func (r *refreshing) Watch(ctx context.Context, d inlay.Dataset, id string, tell func(inlay.Refresh) error) error {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		x, err := r.s.history().find(d, id)
		if err == nil {
			err = tell(x)
		}
		if err != nil || x.State.Ended() {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
	}
}

// RefreshDataset reads the data of a dataset anew from where its project was imported, and
// switches to them. It returns when that is done.
func (s *Server) RefreshDataset(ctx context.Context, d inlay.Dataset, req inlay.RefreshRequest, tell func(inlay.Refresh)) (inlay.Refresh, error) {
	x, err := s.refreshing.begin(ctx, d, req)
	if err != nil {
		return inlay.Refresh{}, err
	}
	x.tell = tell
	err = x.run(ctx)
	return x.now, err
}

// run is a refresh under way.
type run struct {
	s       *Server
	h       history
	d       inlay.Dataset
	req     inlay.RefreshRequest
	release func()
	tell    func(inlay.Refresh) // may be nil

	mu    sync.Mutex
	now   inlay.Refresh
	parts map[[2]string]int // places in now.Parts
}

// run refreshes, as often as was asked for, and writes down how it ended.
func (x *run) run(ctx context.Context) error {
	defer x.release()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	beating := make(chan struct{})
	go x.beat(ctx, stop, beating)
	var err error
	for try := 0; ; try++ {
		x.attempt()
		if err = x.once(ctx); err == nil || ctx.Err() != nil || try >= x.req.Retries {
			break
		}
		x.attempted(codeFailed, err)
	}
	if err != nil && errors.Is(context.Cause(ctx), errStopped) {
		err = errStopped
	}
	stop(nil)
	<-beating // nobody else writes x.now any more
	x.end(err)
	werr := errors.Join(x.h.write(&x.now), remove(x.h.file(x.d.ID, x.now.ID, ".cancel")))
	if x.tell != nil {
		x.tell(x.now)
	}
	return errors.Join(err, werr)
}

// attempt begins an attempt.
func (x *run) attempt() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.now.Attempts = append(x.now.Attempts, inlay.RefreshAttempt{StartedAt: x.s.now().UTC()})
}

// attempted ends an attempt.
func (x *run) attempted(code string, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	last := &x.now.Attempts[len(x.now.Attempts)-1]
	last.EndedAt, last.Code = x.s.now().UTC(), code
	if err != nil {
		last.Error = shown(err)
	}
}

// shown is what the owner of a dataset may read of an error.
func shown(err error) string {
	if inlay.KindOf(err) == inlay.Internal && !errors.Is(err, context.Canceled) {
		return "internal error; the log of the server tells more"
	}
	return err.Error()
}

// end writes down how it ended.
func (x *run) end(err error) {
	x.now.State = inlay.RefreshCompleted
	code := ""
	switch {
	case err == nil:
	case errors.Is(err, errStopped):
		x.now.State, code = inlay.RefreshCancelled, codeCancelled
	case errors.Is(err, context.Canceled):
		x.now.State, code = inlay.RefreshFailed, codeInterrupted
	default:
		x.now.State, code = inlay.RefreshFailed, codeFailed
	}
	x.attempted(code, err)
	x.now.EndedAt = x.s.now().UTC()
}

// beat says how far the refresh is, and stops it when somebody wants it.
func (x *run) beat(ctx context.Context, stop context.CancelCauseFunc, done chan<- struct{}) {
	defer close(done)
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if x.h.stopped(x.d.ID, x.now.ID) {
			stop(errStopped)
			return
		}
		x.mu.Lock()
		err := x.h.write(&x.now)
		if x.tell != nil {
			x.tell(x.now)
		}
		x.mu.Unlock()
		if err != nil {
			x.s.parts.log.Warn("write down how far a refresh is", "error", err)
		}
	}
}

// progress takes how far a partition is.
func (x *run) progress(p duckdb.Progress) {
	x.mu.Lock()
	defer x.mu.Unlock()
	key := [2]string{p.Table, p.Partition}
	i, ok := x.parts[key]
	if !ok {
		i = len(x.now.Parts)
		x.parts[key] = i
		x.now.Parts = append(x.now.Parts, inlay.RefreshPart{})
	}
	x.now.Parts[i] = partOf(p)
}

// partOf is the progress of a partition as it is told.
func partOf(p duckdb.Progress) inlay.RefreshPart {
	left, _ := p.Remaining()
	return inlay.RefreshPart{Table: p.Table, Partition: p.Partition, State: string(p.State), Rows: p.Rows, Bytes: p.Bytes, Size: p.Size,
		Elapsed: p.Elapsed, Remaining: left}
}

// refreshInput adds what every import and refresh of this server has.
func (s *Server) refreshInput(in duckdb.RefreshInput) duckdb.RefreshInput {
	in.Log, in.Now, in.Workers = s.parts.log, s.parts.now, s.engines.pool
	return s.sources.into(in)
}

// once makes a new version and publishes it.
func (x *run) once(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil { // ends the refresh, and not the server
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	s, d := x.s, x.d
	dir := filepath.Join(s.dir, "datasets", d.ID)
	if err := clean(dir); err != nil {
		return err
	}
	last := versionFile(s.dir, d.ID, d.Version)
	sum, err := duckdb.ReadSummary(last)
	if err != nil {
		return err
	}
	if sum.Root == "" {
		return &inlay.Error{Kind: inlay.Unsupported, Msg: fmt.Sprintf("nothing says where the data of dataset %q came from: it was imported by an older Inlay", d.Name), Remedy: "import its project again"}
	}
	m, err := readModel(s.dir, d)
	if err != nil {
		return err
	}
	before := d.Version
	d.Version = s.newVersion()
	in := s.refreshInput(duckdb.RefreshInput{Model: m, Root: sum.Root, Maps: sum.Maps, Out: versionFile(s.dir, d.ID, d.Version), Threads: x.req.Threads, Progress: x.progress,
		Before: last, Only: x.req.Objects, Everything: x.req.NoPolicy, Effective: x.req.Effective})
	if _, err := duckdb.Refresh(ctx, in); err != nil {
		return errors.Join(err, discard(dir, d.Version))
	}
	d.RefreshedAt = s.now().UTC()
	_, err = unsupported(m, in.Out) // opens it as a question would
	if err == nil {
		err = s.store.Publish(ctx, d)
	}
	if err != nil {
		return errors.Join(err, discard(dir, d.Version))
	}
	x.mu.Lock()
	x.now.Version = d.Version
	x.mu.Unlock()
	s.tidy(prune(dir, path.Base(d.Definition), d.Version, before))
	return s.act(context.WithoutCancel(ctx), audit.Record{Kind: audit.Import, Operation: "refresh", Workspaces: []string{d.WorkspaceID}, Datasets: []string{d.ID},
		Detail: fmt.Sprintf("dataset %q, version %s", d.Name, d.Version)})
}

// Refreshes are the refreshes of the data folder's datasets.
func (s *Server) Refreshes() rest.Refreshes { return s.refreshing }

// FindDataset finds a dataset by its name and that of its workspace.
func (s *Server) FindDataset(ctx context.Context, workspace, name string) (inlay.Dataset, error) {
	w, err := s.store.WorkspaceByName(ctx, workspace)
	if err != nil {
		return inlay.Dataset{}, err
	}
	return s.store.DatasetByName(ctx, w.ID, name)
}
