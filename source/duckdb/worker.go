package duckdb

import (
	"context"
	"database/sql/driver"
	"fmt"
	"log/slog"

	"inlay/model/powerquery/workbook"
	"inlay/query"
	"inlay/source/worker"
)

// Work is the life of a worker: this process serves statements over its standard input until
// the server that started it is gone.
func Work(ctx context.Context) error {
	return worker.Serve(ctx, engine{}, worker.Readers{WorkbookFiles: workbook.Reader{}, ParquetFiles: Parquet{}})
}

// Kinds of files that a worker reads.
const (
	WorkbookFiles = "workbook"
	ParquetFiles  = "parquet"
)

// engine opens files in a worker.
type engine struct{}

// data is a file in a worker, which runs one statement at a time.
type data struct{ db *DB }

// Open opens a file with the share of the worker's memory that the engine may fill; the rest
// is for what it does not count.
func (engine) Open(file string, l worker.Limits) (worker.Data, error) {
	const mb = 1 << 20
	db, err := Open(file, Options{MemoryLimit: fmt.Sprintf("%dMB", l.Memory/10*6/mb), DiskLimit: fmt.Sprintf("%dMB", l.Disk/mb),
		Threads: l.Threads, Queries: 1, Queue: 1, Log: slog.Default()})
	if err != nil {
		return nil, err
	}
	return &data{db}, nil
}

// Close closes the file.
func (d *data) Close() error { return d.db.Close() }

// Run executes a statement. Other than DB.Run it returns when the engine has really stopped:
// the server answers in time by itself, and must not think that the worker is free.
func (d *data) Run(ctx context.Context, s worker.Statement) (query.Rows, error) {
	conn, err := d.db.admit(ctx)
	if err != nil {
		return nil, err
	}
	got, err := conn.(driver.QueryerContext).QueryContext(ctx, s.SQL, bind(s.Args))
	if err != nil {
		d.db.release(conn)
		return nil, d.db.translate(ctx, err)
	}
	return d.db.answered(ctx, conn, got, s.Types)
}
