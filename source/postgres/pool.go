package postgres

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"inlay"
)

// Options bound what queries may use. The zero value is 8 connections, a queue of 64, and half a
// minute for a statement.
type Options struct {
	Connections int           // that run statements at once
	Queue       int           // statements that wait for a connection
	Timeout     time.Duration // of a statement, where the question allows no less
	Barrier     bool          // the database has row policies: say who asks, in every transaction
	Log         *slog.Logger
}

// Limits that nobody needs to set.
const (
	connectTimeout = 5 * time.Second
	// grace is how long a connection may take to notice that its statement was cancelled; then it
	// is closed. The caller does not wait for it.
	grace = 700 * time.Millisecond
	// widest is the most that one row may hold.
	widest = 64 << 20
)

// Pool is the connections to one database; several models may use it. Close it.
type Pool struct {
	pool    *pgxpool.Pool
	queue   int64
	wait    atomic.Int64
	timeout time.Duration
	barrier bool
	log     *slog.Logger

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
}

// Open reads a connection string and makes a pool. It connects when something is asked.
func Open(url string, o Options) (*Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The text of the error can hold the password.
		return nil, inlay.Errorf(inlay.Invalid, "the connection string is not one of PostgreSQL, such as postgres://reader@db.example.com/sales?sslmode=verify-full")
	}
	if o.Connections <= 0 {
		o.Connections = 8
	}
	if o.Queue <= 0 {
		o.Queue = 64
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	cfg.MaxConns = int32(min(o.Connections, 1000))
	cfg.MinConns, cfg.MinIdleConns = 0, 0
	cfg.PingTimeout = time.Second
	cfg.ConnConfig.ConnectTimeout = connectTimeout
	cfg.ConnConfig.MaxProtocolMessageBodyLen = widest
	if cfg.ConnConfig.RuntimeParams["application_name"] == "" {
		cfg.ConnConfig.RuntimeParams["application_name"] = "inlay"
	}
	cfg.ConnConfig.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: grace}
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		return nil, inlay.Errorf(inlay.Invalid, "the settings of the connection cannot be used")
	}
	return &Pool{pool: pool, queue: int64(o.Queue), timeout: o.Timeout, barrier: o.Barrier, log: o.Log}, nil
}

// Close waits for statements that run and closes the connections.
func (p *Pool) Close() {
	p.mu.Lock()
	was := p.closed
	p.closed = true
	p.mu.Unlock()
	if was {
		return
	}
	p.busy.Wait()
	p.pool.Close()
}

// enter counts a user of the pool, who must call busy.Done.
func (p *Pool) enter() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return p.internal(errors.New("the pool is closed"))
	}
	p.busy.Add(1)
	return nil
}

// acquire gives a connection, or waits for one in a queue that is never long.
func (p *Pool) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	defer p.wait.Add(-1)
	if p.wait.Add(1) > p.queue {
		return nil, &inlay.Error{Kind: inlay.Limit, Msg: "too many queries are waiting", Remedy: "ask again in a moment"}
	}
	return p.pool.Acquire(ctx)
}
