package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	duck "github.com/duckdb/duckdb-go/v2"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// Options bound what queries may use. The zero value is one query per processor, a queue of
// 64, and 1 GB of memory.
type Options struct {
	MemoryLimit string // as DuckDB writes it, such as 512MB
	DiskLimit   string // of what does not fit in memory
	Threads     int
	Queries     int // that run at once
	Queue       int // that wait for their turn
	Log         *slog.Logger
}

// DB is one file of data, open for reading. It implements query.Source.
type DB struct {
	conn  *duck.Connector
	free  chan driver.Conn // connections that run nothing; having one is the right to run
	wait  atomic.Int64
	queue int64
	path  string
	log   *slog.Logger
	stats *model.Statistics

	mu     sync.Mutex
	closed bool
	all    []driver.Conn
	busy   sync.WaitGroup
}

// Open opens a file that Refresh made. Close it.
func Open(path string, o Options) (*DB, error) {
	if o.Queries <= 0 {
		o.Queries = runtime.GOMAXPROCS(0)
	}
	if o.Queue <= 0 {
		o.Queue = 64
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open data file: %w", err)
	}
	sum, err := ReadSummary(path)
	if err != nil {
		return nil, fmt.Errorf("open data file: %w", err)
	}
	temp, err := takeSpill(path)
	if err != nil {
		return nil, fmt.Errorf("open data file: %w", err)
	}
	c, err := openInstance(path, "read_only", limits{memory: o.MemoryLimit, disk: o.DiskLimit, threads: o.Threads, temp: temp})
	if err != nil {
		return nil, errors.Join(err, dropSpill(path))
	}
	d := &DB{conn: c, free: make(chan driver.Conn, o.Queries), queue: int64(o.Queue), path: path, log: o.Log}
	if len(sum.Tables) > 0 {
		d.stats = &sum.Statistics
	}
	for range o.Queries {
		conn, err := c.Connect(context.Background())
		if err != nil {
			_ = d.Close()
			return nil, fmt.Errorf("open data file: %w", err)
		}
		d.all = append(d.all, conn)
		d.free <- conn
	}
	return d, nil
}

// Dialect is that of DuckDB.
func (d *DB) Dialect() query.Dialect { return Dialect{} }

// Close waits for statements that run and releases the file.
func (d *DB) Close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	d.mu.Unlock()
	d.busy.Wait()
	var errs []error
	for _, c := range d.all {
		errs = append(errs, c.Close())
	}
	errs = append(errs, d.conn.Close(), dropSpill(d.path))
	return errors.Join(errs...)
}

// Run executes a statement. It returns when ctx ends; the connection stays taken until the
// engine has really stopped.
func (d *DB) Run(ctx context.Context, s query.Statement) (query.Rows, error) {
	return d.run(ctx, s.SQL(), s.Args(), s.Types())
}

func (d *DB) run(ctx context.Context, sql string, args []dax.Value, types []dax.Type) (query.Rows, error) {
	conn, err := d.admit(ctx)
	if err != nil {
		return nil, err
	}
	type answer struct {
		rows driver.Rows
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		rows, err := conn.(driver.QueryerContext).QueryContext(ctx, sql, bind(args))
		done <- answer{rows, err}
	}()
	select {
	case a := <-done:
		if a.err != nil {
			d.release(conn)
			return nil, d.translate(ctx, a.err)
		}
		return d.answered(ctx, conn, a.rows, types)
	case <-ctx.Done():
		// duckdb-go interrupts the engine and comes back up to half a second later
		// (its context.go sleeps); nobody waits for that but the connection.
		go func() {
			if a := <-done; a.err == nil {
				_ = a.rows.Close()
			}
			d.release(conn)
		}()
		return nil, ended(ctx)
	}
}

// admit gives a connection, or waits for one in a queue that is never long.
func (d *DB) admit(ctx context.Context) (driver.Conn, error) {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil, d.internal(errors.New("the data file is closed"))
	}
	d.busy.Add(1)
	d.mu.Unlock()
	select {
	case conn := <-d.free:
		return conn, nil
	default:
	}
	defer d.wait.Add(-1)
	if d.wait.Add(1) > d.queue {
		d.busy.Done()
		return nil, &inlay.Error{Kind: inlay.Limit, Msg: "too many queries are waiting", Remedy: "ask again in a moment"}
	}
	select {
	case conn := <-d.free:
		return conn, nil
	case <-ctx.Done():
		d.busy.Done()
		return nil, ended(ctx)
	}
}

func (d *DB) release(conn driver.Conn) {
	d.free <- conn
	d.busy.Done()
}

// stopped is an error that says so to the viewer and is still the context's.
type stopped struct {
	shown *inlay.Error
	cause error
}

// Error is what the viewer may read.
func (s *stopped) Error() string { return s.shown.Msg }

// Unwrap gives the error of the viewer, and the context's.
func (s *stopped) Unwrap() []error { return []error{s.shown, s.cause} }

func ended(ctx context.Context) error {
	msg := "the query was cancelled"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		msg = "the query took longer than it may"
	}
	return &stopped{inlay.Errorf(inlay.Limit, "%s", msg), ctx.Err()}
}

// translate makes of the engine's error what a viewer may read. The engine's own text can
// hold values of rows that the viewer must not see; it is logged and goes no further.
func (d *DB) translate(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ended(ctx)
	}
	var e *duck.Error
	if errors.As(err, &e) && e.Type == duck.ErrorTypeOutOfMemory || strings.Contains(err.Error(), "Out of Memory") {
		d.log.Warn("query ended at the memory limit", "error", err)
		return &inlay.Error{Kind: inlay.Limit, Msg: "the query needs more memory than it may use", Remedy: "ask for fewer groups or rows"}
	}
	return d.internal(err)
}

func (d *DB) internal(err error) error {
	// The text of the engine can hold values of rows; its class cannot.
	class, _, _ := strings.Cut(err.Error(), ":")
	d.log.Error("query failed", "class", class)
	return inlay.Errorf(inlay.Internal, "the data could not be queried")
}
