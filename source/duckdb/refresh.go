package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	duck "github.com/duckdb/duckdb-go/v2"
	"golang.org/x/sync/errgroup"

	"inlay"
	"inlay/model"
	"inlay/model/powerquery"
	"inlay/source/worker"
)

// RefreshInput says what is imported, from where and to where.
type RefreshInput struct {
	Model       *model.Model
	Root        string           // folder of the project; no file outside is read but through a Map that says so
	Maps        []powerquery.Map // where data lie that queries name by path or web address
	Folders     []powerquery.Map // the same, of the configuration: what the summary does not keep
	Out         string           // file to be made; it must not exist
	MemoryLimit string           // as DuckDB writes it; empty means 1GB
	Threads     int              // of the engine, and tables that are filled at once; 0 means the processors
	Now         func() time.Time // what DateTime.LocalNow tells; nil means the clock
	Progress    func(Progress)   // is told of each partition, one call at a time; nil: nobody is
	Log         *slog.Logger

	Before     string                // the last version's file, from which rows are carried over; empty: everything is read
	Only       []inlay.RefreshObject // what is read again; empty: everything that policies do not keep
	Everything bool                  // policies keep nothing
	Effective  time.Time             // the day from which policies count; zero: today

	Workers   *worker.Pool         // where files other than CSV are read; nil: in this process
	Databases powerquery.Databases // nil: none is dialled
	Web       powerquery.Web       // nil: nothing is fetched
	MaxSteps  int64                // of each query; 0: powerquery.DefaultSteps

	rowByRow bool // files of text are read by the evaluator alone
}

// Summary says what a refresh did. It is kept beside the data file, see ReadSummary.
type Summary struct {
	Root          string // where the data were read, and Maps: for the next refresh
	Maps          []powerquery.Map
	Tables        []TableSummary
	Mapped        []Mapped
	Blanked       []Blanked
	Relationships []RelationshipSummary
	Unsupported   []model.Notice
	Statistics    model.Statistics
	Types         []ColumnType // of calculated columns whose definition says none
}

// TableSummary is one table that was filled.
type TableSummary struct {
	Name       string
	Rows       int64
	Millis     int64
	Partitions []PartitionSummary
}

// PartitionSummary is one partition of it. Its rows lie together: the numbers of rows from First on.
type PartitionSummary struct {
	Name   string
	First  int64
	Rows   int64
	Bytes  int64 // of files that were read
	Millis int64
	Kept   bool      // carried over from the version before
	Start  time.Time // of a partition by period, to End; zero otherwise
	End    time.Time
}

// Mapped is a file that was found by the end of the path that a query names.
type Mapped struct {
	Source string
	File   string // below the project's folder
}

// String says it in a line.
func (m Mapped) String() string { return m.Source + " from " + m.File }

// Blanked counts values of a column that did not convert and are blank now, because the model
// says so (returnErrorValuesAsNull). First is the first of them.
type Blanked struct {
	Table  string
	Column string
	Count  int64
	First  string
}

// RelationshipSummary tells of a relationship what the data are like.
type RelationshipSummary struct {
	Name     string
	From, To model.ColumnRef
	Orphans  int64 // rows of From whose key is blank or is not in To
}

// refresh is an import under way.
type refresh struct {
	RefreshInput
	conn  driver.Conn
	cfg   powerquery.Config
	feeds feeds
	tell  teller
	sum   Summary
	have  map[string]map[string]bool // tables and columns in the file, lower case
	keys  map[string][]string        // see clusterKeys

	mu   sync.Mutex
	last Summary           // of the last version
	used map[string]string // files that were found by the end of their path
}

// Refresh evaluates the queries of a model's tables into a new file. The file is at Out whole
// when Refresh returns without error, and not at all otherwise; its summary lies beside it.
func Refresh(ctx context.Context, in RefreshInput) (Summary, error) {
	if _, err := os.Lstat(in.Out); err == nil {
		return Summary{}, inlay.Errorf(inlay.Conflict, "the data file %q exists already; every refresh makes a new one", filepath.Base(in.Out))
	}
	root, err := filepath.Abs(in.Root)
	if err != nil {
		return Summary{}, fmt.Errorf("refresh: %w", err)
	}
	if in.Threads <= 0 {
		in.Threads = runtime.GOMAXPROCS(0)
	}
	if err := os.MkdirAll(filepath.Dir(in.Out), 0o700); err != nil {
		return Summary{}, fmt.Errorf("refresh: %w", err)
	}
	work, err := os.MkdirTemp(filepath.Dir(in.Out), ".refresh-")
	if err != nil {
		return Summary{}, fmt.Errorf("refresh: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()

	path := filepath.Join(work, "data.duckdb")
	r := &refresh{RefreshInput: in, have: map[string]map[string]bool{}, keys: clusterKeys(in.Model), tell: teller{tell: in.Progress}, used: map[string]string{}}
	r.sum.Root, r.sum.Maps = root, in.Maps
	r.cfg = in.config()
	if r.cfg.Culture == "" {
		r.cfg.Culture = in.Model.Culture
	}
	if err := guarded(func() error { return r.fill(ctx, path, filepath.Join(work, "spill")) }); err != nil {
		return Summary{}, err
	}
	if err := r.publish(path); err != nil {
		return Summary{}, fmt.Errorf("refresh: %w", err)
	}
	return r.sum, nil
}

// fill makes the file at path with all tables.
func (r *refresh) fill(ctx context.Context, path, spill string) (err error) {
	if r.last, err = r.lastSummary(); err != nil {
		return err
	}
	var loaders []*loader
	for _, t := range r.Model.Tables {
		l, err := r.table(t)
		if err != nil {
			return err
		}
		if l != nil {
			loaders = append(loaders, l)
		}
	}
	before := r.Before
	if !slices.ContainsFunc(loaders, (*loader).kept) {
		before = ""
	}
	inst, err := openInstance(path, "read_write", limits{before: before, memory: r.MemoryLimit, threads: r.Threads, temp: spill, disk: "64GB"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, inst.Close()) }()
	if err := r.feeds.register(ctx, inst); err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	if r.conn, err = inst.Connect(ctx); err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	defer func() { err = errors.Join(err, r.conn.Close()) }()
	if err := r.load(ctx, inst, loaders); err != nil {
		return r.explain(ctx, err)
	}
	if err := r.calculate(ctx, inst, loaders); err != nil {
		return r.explain(ctx, err)
	}
	for i := range r.Model.Relationships {
		if err := r.relationship(ctx, &r.Model.Relationships[i]); err != nil {
			return r.explain(ctx, err)
		}
	}
	for source, file := range r.used {
		r.sum.Mapped = append(r.sum.Mapped, Mapped{Source: source, File: file})
	}
	sort.Slice(r.sum.Mapped, func(a, b int) bool { return r.sum.Mapped[a].Source < r.sum.Mapped[b].Source })
	return r.explain(ctx, exec(ctx, r.conn, "CHECKPOINT"))
}

// lastSummary tells what the last version holds, and that what was asked for exists.
func (r *refresh) lastSummary() (Summary, error) {
	for _, o := range r.Only {
		if r.Model.Table(o.Table) == nil {
			return Summary{}, inlay.Errorf(inlay.NotFound, "the model has no table '%s'", o.Table)
		}
	}
	if r.Before == "" {
		return Summary{}, nil
	}
	return ReadSummary(r.Before)
}

// load fills tables, several at once. What it learns is in the order of the model.
func (r *refresh) load(ctx context.Context, inst *duck.Connector, loaders []*loader) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(r.Threads)
	for _, l := range loaders {
		for i := range l.parts {
			r.tell.meter(l.t.Name, l.parts[i].Name).report()
		}
	}
	for _, l := range loaders {
		group.Go(func() (err error) {
			if err := inner.Err(); err != nil {
				return err
			}
			if l.conn, err = inst.Connect(inner); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, l.conn.Close()) }()
			return guarded(func() error { return l.load(inner) })
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, l := range loaders {
		r.sum.Tables = append(r.sum.Tables, l.sum)
		r.sum.Statistics.Tables = append(r.sum.Statistics.Tables, l.stats)
		for _, b := range l.blanked {
			if b.Count > 0 {
				r.sum.Blanked = append(r.sum.Blanked, b)
			}
		}
	}
	return nil
}

// openFiles opens the project's folder for one partition, so that none waits for another and
// each can tell what it has read.
func (r *refresh) openFiles() (*powerquery.Files, error) {
	return powerquery.OpenFiles(r.Root, slices.Concat(r.Maps, r.Folders))
}

// use remembers which files were found by the end of their path.
func (r *refresh) use(f *powerquery.Files) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.Copy(r.used, f.Used())
}

// explain gives the context's error where it is the cause, and names the memory limit.
func (r *refresh) explain(ctx context.Context, err error) error {
	var known *inlay.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("refresh: %w", ctx.Err())
	case strings.Contains(err.Error(), "Out of Memory"):
		return &inlay.Error{Kind: inlay.Limit, Msg: "the refresh needs more memory than it may use", Remedy: "raise the memory limit"}
	}
	return fmt.Errorf("refresh: %w", err)
}

// publish brings summary and file to disk and then the file, at once, to its name.
func (r *refresh) publish(path string) error {
	if err := writeSummary(r.Out, &r.sum); err != nil {
		return err
	}
	if err := syncPath(path); err != nil {
		return err
	}
	if err := os.Rename(path, r.Out); err != nil {
		return err
	}
	return syncPath(filepath.Dir(r.Out))
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if st, e := f.Stat(); e == nil && st.IsDir() && err != nil && !errors.Is(err, os.ErrNotExist) {
		err = nil // some file systems cannot sync a folder
	}
	return errors.Join(err, f.Close())
}

func (r *refresh) unsupported(p model.Place, format string, args ...any) {
	r.sum.Unsupported = append(r.sum.Unsupported, model.Notice{Place: p, What: fmt.Sprintf(format, args...)})
}

// table says how one table is filled; nil if its rows are computed by DAX, or there are none.
func (r *refresh) table(t *model.Table) (*loader, error) {
	if t.Calculation {
		r.unsupported(placeOf(t), "table '%s': calculation groups are not supported yet", t.Name)
		return nil, nil
	}
	for _, p := range t.Partitions {
		mode := strings.ToLower(p.Mode)
		switch kind := strings.ToLower(p.Kind); {
		case kind == "policyrange" && t.Policy != nil: // the policy makes them anew
		case kind == "calculated":
			return nil, nil // see calculate
		case kind != "m":
			return nil, inlay.Errorf(inlay.Unsupported, "table '%s', partition '%s': partitions of kind %s are not supported", t.Name, p.Name, p.Kind)
		case mode != "" && mode != "import" && mode != "default" && mode != "dual":
			return nil, inlay.Errorf(inlay.Unsupported, "table '%s', partition '%s': the mode %s is not supported; only import is", t.Name, p.Name, p.Mode)
		}
	}
	cols, err := r.columns(t)
	if err != nil {
		return nil, err
	}
	if len(cols) == 0 {
		r.unsupported(placeOf(t), "table '%s' has no columns with data", t.Name)
		return nil, nil
	}
	return r.newLoader(t, cols)
}

func placeOf(t *model.Table) model.Place {
	if len(t.Partitions) > 0 {
		return t.Partitions[0].Place
	}
	if len(t.Columns) > 0 {
		return t.Columns[0].Place
	}
	return model.Place{}
}

// columns are those that come from the queries; see calculate for the others.
func (r *refresh) columns(t *model.Table) ([]*model.Column, error) {
	var out []*model.Column
	seen := map[string]bool{}
	for _, c := range t.Columns {
		key := strings.ToLower(c.Name)
		switch {
		case c.Expression != "":
			if seen[key] {
				return nil, inlay.Errorf(inlay.Invalid, "table '%s' has two columns [%s]", t.Name, c.Name)
			}
			seen[key] = true
			continue
		case seen[key]:
			return nil, inlay.Errorf(inlay.Invalid, "table '%s' has two columns [%s]", t.Name, c.Name)
		case c.Source == "":
			return nil, inlay.Errorf(inlay.Invalid, "column '%s'[%s] has neither a source column nor an expression", t.Name, c.Name)
		}
		seen[key] = true
		out = append(out, c)
	}
	return out, nil
}
