package postgres

import (
	"context"
	"fmt"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"inlay/dax"
)

// statement is what is sent: SQL, its arguments, what it promises, and for whom it runs.
type statement struct {
	sql   string
	args  []dax.Value
	types []dax.Type
	who   []setting
	path  string // search_path; empty leaves that of the role
}

// setting is a setting of one transaction.
type setting struct{ name, value string }

// chunk is rows on their way from the connection to the caller.
type chunk struct {
	rows [][]dax.Value
	err  error
}

// What may wait between the connection and the caller: two chunks.
const (
	chunkRows  = 512
	chunkBytes = 1 << 20
)

// run starts a statement. It and what it answers return when ctx ends; the connection stays taken
// until the database has really stopped, or is closed.
func (p *Pool) run(ctx context.Context, s statement) (*rows, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	r := &rows{ctx: ctx, cancel: cancel, chunks: make(chan chunk, 1)}
	go func() {
		defer p.busy.Done()
		err := p.deliver(ctx, s, r.chunks)
		if err != nil {
			err = p.translate(ctx, err)
		}
		select {
		case r.chunks <- chunk{err: err}:
		case <-ctx.Done():
		}
		close(r.chunks)
	}()
	if !r.fill() && r.err != nil {
		cancel()
		return nil, r.err
	}
	return r, nil
}

// deliver runs a statement, on another connection where one was lost before the first row: the
// database was restarted, or the connection was killed. Statements only read, so that is safe.
func (p *Pool) deliver(ctx context.Context, s statement, out chan<- chunk) error {
	for attempt := 1; ; attempt++ {
		conn, err := p.acquire(ctx)
		if err != nil {
			return err
		}
		begun, err := p.attempt(ctx, conn, s, out)
		if err == nil || begun || attempt == 3 || ctx.Err() != nil || !lost(err) {
			return err
		}
		if attempt == 2 {
			p.pool.Reset() // others of them will be lost, too
		}
	}
}

// attempt runs a statement on a connection and gives the connection back. begun is whether rows
// were handed over.
func (p *Pool) attempt(ctx context.Context, conn *pgxpool.Conn, s statement, out chan<- chunk) (begun bool, err error) {
	c := conn.Conn().PgConn()
	defer func() {
		if err != nil && !c.IsClosed() && c.TxStatus() != 'I' {
			end, cancel := context.WithTimeout(context.Background(), grace)
			_, _ = c.Exec(end, "ROLLBACK").ReadAll()
			cancel()
		}
		conn.Release() // closes what is not idle
	}()
	defer func() {
		if x := recover(); x != nil { // the server has others to answer; nobody knows where this connection stands
			_ = c.Conn().Close()
			err = misfit(fmt.Sprintf("panic: %v\n%s", x, debug.Stack()))
		}
	}()
	batch, err := p.batch(ctx, s)
	if err != nil {
		return false, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	results := c.ExecBatch(ctx, batch)
	for at := 0; err == nil && results.NextResult(); at++ {
		if at != 2 { // BEGIN, settings, the statement, COMMIT
			_, err = results.ResultReader().Close()
		} else {
			begun, err = pump(ctx, results.ResultReader(), s.types, out)
		}
	}
	if err != nil {
		stop() // rather than read what is left
		_ = results.Close()
		return begun, err
	}
	return begun, results.Close()
}

// batch is a transaction in one message: it begins, says who asks, runs the statement and ends.
func (p *Pool) batch(ctx context.Context, s statement) (*pgconn.Batch, error) {
	settings := append([]setting{
		{"statement_timeout", remaining(ctx)}, {"DateStyle", "ISO, YMD"}, {"TimeZone", "UTC"},
		{"extra_float_digits", "1"}, {"client_encoding", "UTF8"}, {"standard_conforming_strings", "on"},
	}, s.who...)
	if s.path != "" {
		settings = append(settings, setting{"search_path", s.path})
	}
	set := "SELECT "
	var values []dax.Value
	for i, x := range settings {
		if i > 0 {
			set += ", "
		}
		set += fmt.Sprintf("pg_catalog.set_config(CAST($%d AS text), CAST($%d AS text), true)", 2*i+1, 2*i+2)
		values = append(values, dax.TextOf(x.name), dax.TextOf(x.value))
	}
	who, err := bind(values)
	if err != nil {
		return nil, err
	}
	args, err := bind(s.args)
	if err != nil {
		return nil, err
	}
	b := &pgconn.Batch{}
	b.ExecParams("BEGIN TRANSACTION READ ONLY", nil, nil, nil, nil)
	b.ExecParams(set, who, nil, nil, nil)
	b.ExecParams(s.sql, args, nil, nil, nil)
	b.ExecParams("COMMIT", nil, nil, nil, nil)
	return b, nil
}

// remaining is the time that a statement has, in milliseconds. The database ends it by itself
// then, should the request to cancel it be lost.
func remaining(ctx context.Context) string {
	end, _ := ctx.Deadline()
	return strconv.FormatInt(max(time.Until(end).Milliseconds(), 0)+1, 10)
}

// pump reads the rows of a statement into chunks.
func pump(ctx context.Context, rr *pgconn.ResultReader, types []dax.Type, out chan<- chunk) (begun bool, err error) {
	var next chunk
	size := 0
	hand := func() error {
		select {
		case out <- next:
			begun, next, size = true, chunk{}, 0
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for rr.NextRow() {
		fields, raw := rr.FieldDescriptions(), rr.Values()
		if len(fields) != len(types) {
			return begun, misfit(fmt.Sprintf("the statement gives %d columns, %d were promised", len(fields), len(types)))
		}
		row := make([]dax.Value, len(types))
		for i := range raw {
			if row[i], err = value(raw[i], fields[i].DataTypeOID, types[i]); err != nil {
				return begun, misfit(fmt.Sprintf("column %d of the result: %v", i+1, err))
			}
			size += len(raw[i])
		}
		if next.rows = append(next.rows, row); len(next.rows) == chunkRows || size > chunkBytes {
			if err := hand(); err != nil {
				return begun, err
			}
		}
	}
	if _, err := rr.Close(); err != nil {
		return begun, err
	}
	if len(next.rows) > 0 {
		return begun, hand()
	}
	return begun, nil
}
