package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	duck "github.com/duckdb/duckdb-go/v2"

	"inlay"
	"inlay/model/powerquery"
)

// Parquet reads Parquet files for Power Query in this process, in an engine of its own that
// may open this one file and nothing else.
type Parquet struct{}

var _ powerquery.Reader = Parquet{}

// Parts is one part: a Parquet file is one table.
func (Parquet) Parts(context.Context, powerquery.Blob) ([]powerquery.Part, error) {
	return []powerquery.Part{{}}, nil
}

// Open reads the file.
func (p Parquet) Open(ctx context.Context, b powerquery.Blob, _ string) (powerquery.Cells, error) {
	return p.Select(ctx, b, "SELECT * FROM "+powerquery.FilePlace, nil)
}

var _ powerquery.Selector = Parquet{}

// Select runs a statement over the file.
func (Parquet) Select(ctx context.Context, b powerquery.Blob, sql string, args []any) (powerquery.Cells, error) {
	e, err := openFile(ctx, b)
	if err != nil {
		return nil, unreadable(ctx, b.Name, err)
	}
	q, err := e.ask(ctx, e.statement(sql), args)
	if err != nil {
		return nil, errors.Join(unreadable(ctx, b.Name, err), e.close())
	}
	return q, nil
}

// fileEngine is an engine in memory that may open one file and nothing else.
type fileEngine struct {
	name   string // of the file, for errors
	path   string // of the file, for the engine
	inst   *duck.Connector
	conn   driver.Conn
	temp   string // for what does not fit in memory
	remove func()
}

func openFile(ctx context.Context, b powerquery.Blob) (*fileEngine, error) {
	path, remove, err := readable(b)
	if err != nil {
		return nil, err
	}
	e := &fileEngine{name: b.Name, path: path, remove: remove}
	if e.temp, err = os.MkdirTemp("", "inlay-file-"); err != nil {
		return nil, errors.Join(err, e.close())
	}
	if e.inst, err = scratch([]string{path}, e.temp); err != nil {
		return nil, errors.Join(err, e.close())
	}
	if e.conn, err = e.inst.Connect(ctx); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

// close ends the engine.
func (e *fileEngine) close() (err error) {
	if e.conn != nil {
		err = e.conn.Close()
	}
	if e.inst != nil {
		err = errors.Join(err, e.inst.Close())
	}
	if e.temp != "" {
		err = errors.Join(err, os.RemoveAll(e.temp))
	}
	e.remove()
	return err
}

// statement puts the file into a SELECT.
func (e *fileEngine) statement(sql string) string {
	sql = strings.Replace(sql, powerquery.NumberedPlace, "read_parquet("+literal(e.path)+", file_row_number = true)", 1)
	return strings.Replace(sql, powerquery.FilePlace, "read_parquet("+literal(e.path)+")", 1)
}

// readable gives a path at which the engine can open a file that is open already: the very
// file, whatever happens to its name meanwhile. Data in memory go to a file for the time.
func readable(b powerquery.Blob) (string, func(), error) {
	if b.File != nil {
		if runtime.GOOS == "linux" {
			return fmt.Sprintf("/proc/self/fd/%d", b.File.Fd()), func() {}, nil
		}
		p, err := filepath.Abs(b.File.Name())
		return p, func() {}, err
	}
	f, err := os.CreateTemp("", "inlay-*.parquet")
	if err != nil {
		return "", nil, err
	}
	remove := func() { _ = os.Remove(f.Name()) }
	_, err = io.Copy(f, io.NewSectionReader(b.Data, 0, b.Size))
	if err = errors.Join(err, f.Close()); err != nil {
		remove()
		return "", nil, err
	}
	return f.Name(), remove, nil
}

// allowed are the settings by which statements may read some files. The engine settles what a
// path leads to when it is told of it.
func allowed(paths []string) [][2]string {
	if len(paths) == 0 {
		return nil
	}
	quoted := make([]string, len(paths))
	for i, p := range paths {
		quoted[i] = "'" + strings.ReplaceAll(p, "'", "''") + "'"
	}
	return [][2]string{{"allowed_paths", "[" + strings.Join(quoted, ", ") + "]"}}
}

// scratch is an engine in memory that may open some files and a folder of its own for what does
// not fit in memory, and nothing else.
func scratch(paths []string, temp string) (*duck.Connector, error) {
	opts := url.Values{}
	opts.Set("memory_limit", "1GB")
	opts.Set("threads", "2")
	opts.Set("temp_directory", temp)
	opts.Set("max_temp_directory_size", "4GB")
	c, err := duck.NewConnector("?"+opts.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("open engine: %w", err)
	}
	conn, err := c.Connect(context.Background())
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	defer func() { _ = conn.Close() }()
	settings := append(allowed(paths), locked...)
	for _, s := range settings {
		if err := exec(context.Background(), conn, "SET "+s[0]+" = "+s[1]); err != nil {
			return nil, errors.Join(fmt.Errorf("setting %s: %w", s[0], err), c.Close())
		}
	}
	return c, nil
}

// ask is a statement in an engine that is closed with its rows. It runs when the first row is
// wanted: many want the columns alone.
func (e *fileEngine) ask(ctx context.Context, sql string, args []any) (*queried, error) {
	rows, err := e.query(ctx, "SELECT * FROM ("+sql+") AS q LIMIT 0", args)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	q := &queried{ctx: ctx, engine: e, run: func() (driver.Rows, error) { return e.query(ctx, sql, args) }}
	typed, _ := rows.(driver.RowsColumnTypeDatabaseTypeName)
	for i, n := range rows.Columns() {
		typ := "VARCHAR"
		if typed != nil {
			typ = typed.ColumnTypeDatabaseTypeName(i)
		}
		q.types = append(q.types, typ)
		q.cols = append(q.cols, powerquery.Column{Name: n, Type: powerquery.Named(typeInM(typ))})
	}
	q.raw, q.out = make([]driver.Value, len(q.cols)), make([]powerquery.Value, len(q.cols))
	return q, nil
}

func (e *fileEngine) query(ctx context.Context, sql string, args []any) (driver.Rows, error) {
	return e.conn.(driver.QueryerContext).QueryContext(ctx, sql, named(args))
}

// unreadable keeps paths of the machine out of an error.
func unreadable(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	msg, _, _ := strings.Cut(err.Error(), "\n")
	if i := strings.Index(msg, "/proc/self/fd/"); i >= 0 {
		msg = "it is not a Parquet file, or it is damaged"
	}
	return inlay.Errorf(inlay.Invalid, "file %q cannot be read: %s", name, msg)
}

// typeInM is the type that M gives a type of the engine.
func typeInM(t string) string {
	switch {
	case t == "VARCHAR":
		return "text"
	case t == "BOOLEAN":
		return "logical"
	case t == "DATE":
		return "date"
	case t == "TIME":
		return "time"
	case strings.HasPrefix(t, "TIMESTAMP") && strings.HasSuffix(t, "TZ"), t == "TIMESTAMP WITH TIME ZONE":
		return "datetimezone"
	case strings.HasPrefix(t, "TIMESTAMP"):
		return "datetime"
	case t == "BLOB":
		return "binary"
	case strings.HasSuffix(t, "INT") || strings.HasSuffix(t, "INTEGER"):
		return "Int64.Type"
	case t == "DOUBLE" || t == "FLOAT" || strings.HasPrefix(t, "DECIMAL"):
		return "number"
	}
	return "any"
}

// queried are rows of the engine as values of M.
type queried struct {
	ctx    context.Context
	engine *fileEngine
	run    func() (driver.Rows, error)
	rows   driver.Rows // nil before the first row
	cols   []powerquery.Column
	types  []string
	raw    []driver.Value
	out    []powerquery.Value
	n      int
}

// Columns are those of the statement.
func (q *queried) Columns() []powerquery.Column { return q.cols }

// Close ends the engine.
func (q *queried) Close() error {
	var err error
	if q.rows != nil {
		err = q.rows.Close()
	}
	return errors.Join(err, q.engine.close())
}

// Next reads a row.
func (q *queried) Next() ([]powerquery.Value, error) {
	if q.n++; q.n&1023 == 0 && q.ctx.Err() != nil {
		return nil, q.ctx.Err()
	}
	if q.rows == nil {
		var err error
		if q.rows, err = q.run(); err != nil {
			return nil, unreadable(q.ctx, q.engine.name, err)
		}
	}
	if err := q.rows.Next(q.raw); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, unreadable(q.ctx, q.engine.name, err)
	}
	for i, v := range q.raw {
		q.out[i] = inM(v, q.types[i])
	}
	return q.out, nil
}

// inM is a value of the engine as M has it.
func inM(v driver.Value, typ string) powerquery.Value {
	switch x := v.(type) {
	case nil, bool, int64, int32, int16, int8, uint8, uint16, uint32, uint64, float32, float64, string, []byte, *big.Int:
		return powerquery.Of(x)
	case duck.Decimal:
		return powerquery.DecimalOf(exact(x))
	case time.Time:
		switch typeInM(typ) {
		case "date":
			return powerquery.DateOf(x)
		case "time":
			return powerquery.TimeOf(x.UTC().Sub(x.UTC().Truncate(24 * time.Hour)))
		case "datetimezone":
			return powerquery.ZonedOf(x, 0)
		}
		return powerquery.Of(x)
	case duck.UUID:
		return powerquery.Of(x.String())
	}
	return powerquery.Bad("a value of type " + typ + " is not supported")
}

// exact writes a decimal with its digits and no needless zeros.
func exact(d duck.Decimal) string {
	s := new(big.Rat).SetFrac(d.Value, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale)), nil)).FloatString(int(d.Scale))
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}
