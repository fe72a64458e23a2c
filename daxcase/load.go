package daxcase

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"inlay/query"
	"inlay/source/duckdb"
)

// Source is a source that is closed after use.
type Source interface {
	query.Source
	io.Closer
}

// Loader brings the rows of a model to an engine.
type Loader interface {
	Load(ctx context.Context, d *Data) (Source, error)
}

// DuckDB loads into files of DuckDB below Folder.
type DuckDB struct{ Folder string }

// Load refreshes the model into a new file.
func (l DuckDB) Load(ctx context.Context, d *Data) (Source, error) {
	dir, err := os.MkdirTemp(l.Folder, "model-")
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	quiet := slog.New(slog.DiscardHandler)
	file := filepath.Join(dir, "data.duckdb")
	if _, err := duckdb.Refresh(ctx, duckdb.RefreshInput{Model: d.Model, Root: d.Root, Out: file, Log: quiet}); err != nil {
		return nil, err
	}
	return duckdb.Open(file, duckdb.Options{Log: quiet})
}
