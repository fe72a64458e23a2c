package duckdb

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	mapping "github.com/duckdb/duckdb-go-bindings"

	"inlay/dax"
	"inlay/model/powerquery"
)

// extraction is what a table takes from a file that the engine reads: columns of the result of
// one SELECT, in the types of the model.
type extraction struct {
	SQL     string // FilePlace or NumberedPlace stands for the file
	Args    []any
	Width   int // columns of the SELECT
	Columns []extracted
}

// extracted is one column.
type extracted struct {
	At    int      // which column of the SELECT
	Steps []string // types of M into which values are converted, one after the other
	Type  dax.Type // of the model's column
}

// extractor reads a file by columns. The batches that put is handed are filled in the order of
// the rows. An error that is errIrregular, or any that tells of no limit, leaves the file to the
// evaluator, which says what is wrong in which row.
type extractor interface {
	extract(ctx context.Context, b powerquery.Blob, x extraction, put func(fill func(*batch) error) error) error
}

var _ extractor = Parquet{}

// extract reads the file in an engine of its own in this process.
func (Parquet) extract(ctx context.Context, b powerquery.Blob, x extraction, put func(fill func(*batch) error) error) (err error) {
	e, err := openFile(ctx, b)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	x.SQL = e.statement(x.SQL)
	if x.SQL, err = e.typed(ctx, x); err != nil {
		return err
	}
	return stream(ctx, e.conn, x, func(chunk mapping.DataChunk) error {
		return put(func(b *batch) error {
			b.take(chunk)
			return nil
		})
	})
}

// typed is the SELECT with its columns in the model's types.
func (e *fileEngine) typed(ctx context.Context, x extraction) (string, error) {
	rows, err := e.query(ctx, "SELECT * FROM ("+x.SQL+") AS q LIMIT 0", x.Args)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	types, ok := rows.(driver.RowsColumnTypeDatabaseTypeName)
	if !ok {
		return "", errDriver
	}
	if len(rows.Columns()) != x.Width {
		return "", errIrregular
	}
	names, exprs := make([]string, x.Width), make([]string, len(x.Columns))
	for i := range names { // by place: the engine does not tell names apart that differ in case
		names[i] = "v" + strconv.Itoa(i)
	}
	for i, c := range x.Columns {
		expr, ok := surely(names[c.At], types.ColumnTypeDatabaseTypeName(c.At), c)
		if !ok {
			return "", errIrregular
		}
		exprs[i] = expr + " AS c" + strconv.Itoa(i)
	}
	return "SELECT " + strings.Join(exprs, ", ") + " FROM (" + x.SQL + ") AS q(" + strings.Join(names, ", ") + ")", nil
}

func named(args []any) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}

// surely converts a value of the engine's type as M and the model do, where there is no doubt:
// what cannot be converted is an error of the statement or lies outside the type's range.
func surely(v, typ string, c extracted) (expr string, ok bool) {
	kind, width, scale := kindOf(typ)
	if kind == "ns" {
		v, kind = "CASE WHEN epoch_ns("+v+") % 1000 = 0 THEN CAST("+v+" AS TIMESTAMP) ELSE error('parts of a microsecond') END", "instant"
	}
	for _, step := range c.Steps {
		switch {
		case step == "Int64.Type" && kind == "whole", step == "text" && kind == "text", step == "logical" && kind == "truth",
			isNumber[step] && (kind == "whole" || kind == "decimal" || kind == "double"),
			step == "Currency.Type" && kind == "decimal" && scale <= 4 && width <= 18,
			step == "date" && kind == "day", step == "datetime" && kind == "instant":
		case step == "date" && kind == "instant":
			v, kind = "CAST("+v+" AS DATE)", "day"
		case step == "datetime" && kind == "day":
			v, kind = "CAST("+v+" AS TIMESTAMP)", "instant"
		default:
			return "", false
		}
	}
	switch to := c.Type; {
	case to == dax.String && kind == "text", to == dax.Boolean && kind == "truth", to == dax.Double && kind == "double":
		return v, true
	case to == dax.DateTime && (kind == "day" || kind == "instant"), to == dax.Int64 && kind == "whole",
		to == dax.Double && (kind == "whole" || kind == "decimal" && width <= 15): // fifteen digits are exact
		return "CAST(" + v + " AS " + Dialect{}.Type(to) + ")", true
	case to == dax.Decimal && (kind == "whole" || kind == "decimal" && scale <= 4):
		return "CAST(" + v + " AS " + narrowDecimal + ")", true
	}
	return "", false
}

var kinds = map[string]string{"VARCHAR": "text", "BOOLEAN": "truth", "DATE": "day", "TIMESTAMP": "instant", "TIMESTAMP_S": "instant", "TIMESTAMP_MS": "instant",
	"TIMESTAMP_NS": "ns", "DOUBLE": "double", "TINYINT": "whole", "SMALLINT": "whole", "INTEGER": "whole", "BIGINT": "whole",
	"UTINYINT": "whole", "USMALLINT": "whole", "UINTEGER": "whole"}

var decimalType = regexp.MustCompile(`^DECIMAL\((\d+),(\d+)\)$`)

// kindOf tells what surely can do with a type of the engine, and the digits of a decimal.
func kindOf(typ string) (kind string, width, scale int) {
	if d := decimalType.FindStringSubmatch(typ); d != nil {
		width, _ = strconv.Atoi(d[1])
		scale, _ = strconv.Atoi(d[2])
		return "decimal", width, scale
	}
	return kinds[typ], 0, 0
}

// stream runs a statement and hands its chunks on as they come, so that no result is held whole.
func stream(ctx context.Context, conn driver.Conn, x extraction, each func(mapping.DataChunk) error) error {
	c, err := connection(conn)
	if err != nil {
		return err
	}
	var stmt mapping.PreparedStatement
	defer mapping.DestroyPrepare(&stmt)
	if mapping.Prepare(c, x.SQL, &stmt) == mapping.StateError {
		return errors.New(mapping.PrepareError(stmt))
	}
	for i, a := range x.Args {
		if err := bindArg(stmt, mapping.IdxT(i+1), a); err != nil {
			return err
		}
	}
	defer interrupt(ctx, c)()
	var pending mapping.PendingResult
	defer mapping.DestroyPending(&pending)
	if mapping.PendingPreparedStreaming(stmt, &pending) == mapping.StateError {
		return errors.New(mapping.PendingError(pending))
	}
	var res mapping.Result
	defer mapping.DestroyResult(&res)
	failed := func() error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if why := mapping.ResultError(&res); why != "" {
			return errors.New(why)
		}
		return nil
	}
	if mapping.ExecutePending(pending, &res) == mapping.StateError {
		return cmp.Or(failed(), errDriver)
	}
	for {
		var chunk mapping.DataChunk // none comes at the end, and where the statement failed
		if mapping.StreamFetchChunk(res, &chunk) == mapping.StateError {
			return failed()
		}
		err := each(chunk)
		mapping.DestroyDataChunk(&chunk)
		if err != nil {
			return err
		}
	}
}

// bindArg binds a constant of a condition, as folding makes them.
func bindArg(stmt mapping.PreparedStatement, i mapping.IdxT, a any) error {
	state := mapping.StateError
	switch a := a.(type) {
	case bool:
		state = mapping.BindBoolean(stmt, i, a)
	case int64:
		state = mapping.BindInt64(stmt, i, a)
	case float64:
		state = mapping.BindDouble(stmt, i, a)
	case string:
		state = mapping.BindVarchar(stmt, i, a)
	case time.Time:
		state = mapping.BindTimestamp(stmt, i, mapping.NewTimestamp(a.UnixMicro()))
	}
	if state == mapping.StateError {
		return fmt.Errorf("a constant of type %T cannot be bound", a)
	}
	return nil
}
