package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"inlay"
	"inlay/model"
	"inlay/model/powerquery"
)

// RefreshInput says what is imported, from where and to where.
type RefreshInput struct {
	Model       *model.Model
	Root        string           // folder of the project; no file outside is read
	Maps        []powerquery.Map // where data lie that queries name by path or web address
	Out         string           // file to be made; it must not exist
	MemoryLimit string           // as DuckDB writes it; empty means 1GB
	Now         func() time.Time // what DateTime.LocalNow tells; nil means the clock
	Progress    func(table string, rows int64)
	Log         *slog.Logger
}

// Summary says what a refresh did.
type Summary struct {
	Tables        []TableSummary
	Mapped        []Mapped
	Blanked       []Blanked
	Relationships []RelationshipSummary
	Unsupported   []model.Notice
}

// TableSummary is one table that was filled.
type TableSummary struct {
	Name   string
	Rows   int64
	Millis int64
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
	files *powerquery.Files
	cfg   powerquery.Config
	sum   Summary
	have  map[string]map[string]bool // tables and columns in the file, lower case
}

// Refresh evaluates the queries of a model's tables into a new file. The file is at Out whole
// when Refresh returns without error, and not at all otherwise.
func Refresh(ctx context.Context, in RefreshInput) (Summary, error) {
	if _, err := os.Lstat(in.Out); err == nil {
		return Summary{}, inlay.Errorf(inlay.Conflict, "the data file %q exists already; every refresh makes a new one", filepath.Base(in.Out))
	}
	files, err := powerquery.OpenFiles(in.Root, in.Maps)
	if err != nil {
		return Summary{}, err
	}
	defer func() { _ = files.Close() }()
	if err := os.MkdirAll(filepath.Dir(in.Out), 0o700); err != nil {
		return Summary{}, fmt.Errorf("refresh: %w", err)
	}
	work, err := os.MkdirTemp(filepath.Dir(in.Out), ".refresh-")
	if err != nil {
		return Summary{}, fmt.Errorf("refresh: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()

	path := filepath.Join(work, "data.duckdb")
	r := &refresh{RefreshInput: in, files: files, have: map[string]map[string]bool{}}
	r.cfg = powerquery.Config{Queries: in.Model.Expressions, Culture: in.Model.SourceCulture, Files: files, Now: in.Now}
	if r.cfg.Culture == "" {
		r.cfg.Culture = in.Model.Culture
	}
	if err := r.fill(ctx, path, filepath.Join(work, "spill")); err != nil {
		return Summary{}, err
	}
	if err := publish(path, in.Out); err != nil {
		return Summary{}, fmt.Errorf("refresh: %w", err)
	}
	return r.sum, nil
}

// fill makes the file at path with all tables.
func (r *refresh) fill(ctx context.Context, path, spill string) (err error) {
	inst, err := openInstance(path, "read_write", limits{memory: r.MemoryLimit, temp: spill, disk: "64GB"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, inst.Close()) }()
	if r.conn, err = inst.Connect(ctx); err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	defer func() { err = errors.Join(err, r.conn.Close()) }()
	for _, t := range r.Model.Tables {
		if err := r.table(ctx, t); err != nil {
			return r.explain(ctx, err)
		}
	}
	for i := range r.Model.Relationships {
		if err := r.relationship(ctx, &r.Model.Relationships[i]); err != nil {
			return r.explain(ctx, err)
		}
	}
	for source, file := range r.files.Used() {
		r.sum.Mapped = append(r.sum.Mapped, Mapped{Source: source, File: file})
	}
	sort.Slice(r.sum.Mapped, func(a, b int) bool { return r.sum.Mapped[a].Source < r.sum.Mapped[b].Source })
	return r.explain(ctx, exec(ctx, r.conn, "CHECKPOINT"))
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

// publish brings the file to disk and then, at once, to its name.
func publish(path, out string) error {
	if err := syncPath(path); err != nil {
		return err
	}
	if err := os.Rename(path, out); err != nil {
		return err
	}
	return syncPath(filepath.Dir(out))
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

// table fills one table, unless its rows are computed by DAX.
func (r *refresh) table(ctx context.Context, t *model.Table) error {
	if t.Calculation {
		r.unsupported(placeOf(t), "table '%s': calculation groups are not supported yet", t.Name)
		return nil
	}
	for _, p := range t.Partitions {
		mode := strings.ToLower(p.Mode)
		switch kind := strings.ToLower(p.Kind); {
		case kind == "calculated":
			r.unsupported(p.Place, "table '%s': calculated tables are not supported yet", t.Name)
			return nil
		case kind != "m":
			return inlay.Errorf(inlay.Unsupported, "table '%s', partition '%s': partitions of kind %s are not supported", t.Name, p.Name, p.Kind)
		case mode != "" && mode != "import" && mode != "default" && mode != "dual":
			return inlay.Errorf(inlay.Unsupported, "table '%s', partition '%s': the mode %s is not supported; only import is", t.Name, p.Name, p.Mode)
		}
	}
	cols, err := r.columns(t)
	if err != nil {
		return err
	}
	if len(cols) == 0 {
		r.unsupported(placeOf(t), "table '%s' has no columns with data", t.Name)
		return nil
	}
	return r.load(ctx, t, cols)
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

// columns are those that come from the queries; calculated ones are left out and named.
func (r *refresh) columns(t *model.Table) ([]*model.Column, error) {
	var out []*model.Column
	seen := map[string]bool{}
	for _, c := range t.Columns {
		key := strings.ToLower(c.Name)
		switch {
		case c.Expression != "":
			r.unsupported(c.Place, "column '%s'[%s]: calculated columns are not supported yet", t.Name, c.Name)
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
