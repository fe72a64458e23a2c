package server

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"inlay"
	"inlay/admission"
	"inlay/model/powerquery"
	"inlay/model/powerquery/workbook"
	"inlay/query"
	"inlay/source/duckdb"
	"inlay/source/worker"
)

// Work is the life of a worker process: what a program calls that was started with the word
// worker as its only argument, if it opens servers with WithWorkers.
func Work(ctx context.Context) error { return duckdb.Work(ctx) }

// WithWorkers says that the program becomes a worker when it is started with the word worker as
// its only argument, so the data engine can run in processes of its own.
func WithWorkers() Option { return func(p *parts) { p.workers = true } }

// engines open files of imported data, and let questions about them take turns.
type engines struct {
	pool  *worker.Pool // nil where the engine runs in this process
	queue *admission.Queue
}

// newEngines starts nothing yet: workers are started when they are needed.
func newEngines(cfg Config, dir string, p parts) (*engines, error) {
	slots := cfg.Workers
	if slots <= 0 {
		slots = runtime.GOMAXPROCS(0)
	}
	e := &engines{queue: admission.New(admission.Options{Slots: slots, Waiting: waiting * slots, Now: p.now})}
	want := or(cfg.Engine, "auto")
	if want == "process" || want == "auto" && (!p.workers || !worker.Supported) {
		return e, nil
	}
	if !p.workers {
		return nil, wrong("engine", cfg.Engine, "this program cannot become a worker", "give process, or start the server with inlay serve")
	}
	memory := int64(cfg.WorkerMemory)
	if memory <= 0 {
		memory = defaultWorkerMemory
	}
	var err error
	e.pool, err = worker.NewPool(worker.Options{
		Read: []string{filepath.Join(dir, "datasets")}, Size: slots, Limits: worker.Limits{Memory: memory << 20}, Weak: want == "auto", Log: p.log,
	})
	return e, err
}

// Readers open workbooks and Parquet files for whoever plans a refresh without a server: in
// workers, each with one file and nothing else, or in this process where the settings say so.
// They are nil where workers are wanted and cannot be had. Close ends the workers.
func (c Config) Readers(opts ...Option) (workbooks, parquet powerquery.Reader, end func() error, err error) {
	p := parts{now: time.Now, log: slog.Default()}
	for _, o := range opts {
		o(&p)
	}
	e, err := newEngines(c, "", p)
	switch {
	case err != nil:
		return nil, nil, nil, err
	case e.pool != nil:
		return e.pool.Reader(duckdb.WorkbookFiles), e.pool.Reader(duckdb.ParquetFiles), e.Close, nil
	case c.Engine == "process":
		return workbook.Reader{}, duckdb.Parquet{}, e.Close, nil
	}
	return nil, nil, e.Close, nil
}

// waiting is how many questions wait for each slot before the next is refused.
const waiting = 64

// open opens a file of imported data. Questions about it take turns under its path.
func (e *engines) open(file string, path ...string) (query.Source, io.Closer, error) {
	if e.pool != nil {
		src, err := e.pool.Open(file, duckdb.Dialect{})
		if err != nil {
			return nil, nil, err
		}
		return &gated{src, e.queue, path}, src, nil
	}
	db, err := duckdb.Open(file, duckdb.Options{})
	if err != nil {
		return nil, nil, err
	}
	return &gated{db, e.queue, path}, db, nil
}

// Close ends the workers.
func (e *engines) Close() error {
	if e.pool == nil {
		return nil
	}
	return e.pool.Close()
}

// Load is what the data engine does and did.
type Load struct {
	Queue   admission.Counts
	Workers *worker.Counts `json:",omitempty"` // nil where the engine runs in this process
}

// Load is what the data engine does and did, for those who watch the server.
func (s *Server) Load() Load {
	l := Load{Queue: s.engines.queue.Counts()}
	if s.engines.pool != nil {
		c := s.engines.pool.Counts()
		l.Workers = &c
	}
	return l
}

// question is what a viewer asked, which can need many statements. It gets its slot with the
// first that the engine has to run, and keeps it until it is answered.
type question struct {
	queue *admission.Queue
	path  []string

	once  sync.Once
	leave func()
	err   error
}

type questionKey struct{}

// begin marks a question in the context of what is done for it. Call end when it is answered.
// Viewers take turns below their workspace and dataset.
func (e *engines) begin(ctx context.Context, d inlay.Dataset, v query.Viewer) (marked context.Context, end func()) {
	who := strings.ToLower(v.Username) + "\x00" + v.CustomData
	q := &question{queue: e.queue, path: []string{d.WorkspaceID, d.ID, who}}
	return context.WithValue(ctx, questionKey{}, q), func() {
		if q.once.Do(func() {}); q.leave != nil {
			q.leave()
		}
	}
}

func (q *question) enter(ctx context.Context) error {
	q.once.Do(func() { q.leave, q.err = q.queue.Enter(ctx, q.path...) })
	return q.err
}

// gated is a source whose statements run when it is their question's turn.
type gated struct {
	query.Source
	queue *admission.Queue
	path  []string // of statements of no question
}

// Run runs a statement in the slot of its question.
func (g *gated) Run(ctx context.Context, s query.Statement) (query.Rows, error) {
	if q, ok := ctx.Value(questionKey{}).(*question); ok {
		if err := q.enter(ctx); err != nil {
			return nil, err
		}
		return g.Source.Run(ctx, s)
	}
	leave, err := g.queue.Enter(ctx, g.path...)
	if err != nil {
		return nil, err
	}
	rows, err := g.Source.Run(ctx, s)
	if err != nil {
		leave()
		return nil, err
	}
	return &held{rows, leave}, nil
}

// held are rows that hold a slot.
type held struct {
	query.Rows
	leave func()
}

// Close gives the slot back.
func (h *held) Close() error {
	defer h.leave()
	return h.Rows.Close()
}

// tell says in the log how the engine runs.
func (e *engines) tell(log *slog.Logger) {
	if e.pool == nil {
		log.Info("the data engine runs in this process")
		return
	}
	log.Info("the data engine runs in processes of its own", "at most", e.pool.Size())
}
