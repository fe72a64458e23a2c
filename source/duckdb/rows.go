package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"
	"time"

	duck "github.com/duckdb/duckdb-go/v2"

	"inlay/dax"
	"inlay/query"
)

// bind turns values into arguments in the order of their placeholders. A decimal goes as its
// digits: the driver binds no decimals, and the placeholder casts.
func bind(args []dax.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i].Ordinal = i + 1
		switch a.Type() {
		case dax.Boolean:
			out[i].Value = a.Bool()
		case dax.Int64:
			out[i].Value = a.Int()
		case dax.Double:
			out[i].Value = a.Float()
		case dax.Decimal:
			out[i].Value = units(a.Int())
		case dax.DateTime:
			out[i].Value = a.Time()
		case dax.String:
			out[i].Value = a.Text()
		}
	}
	return out
}

// units writes units of 1/10,000 as a decimal number.
func units(n int64) string { return new(big.Rat).SetFrac64(n, 10_000).FloatString(4) }

// rows is a result being read. It holds its connection until it is closed.
type rows struct {
	ctx   context.Context
	db    *DB
	conn  driver.Conn
	rows  driver.Rows
	types []dax.Type
	by    *chunks        // nil: value by value
	raw   []driver.Value // of the driver, then
	n     int
	err   error
	once  sync.Once
}

// answered is the rows of a statement that ran on a connection, which goes back if it is not as
// promised.
func (d *DB) answered(ctx context.Context, conn driver.Conn, got driver.Rows, types []dax.Type) (query.Rows, error) {
	var by *chunks
	var err error
	if n := len(got.Columns()); n != len(types) {
		err = fmt.Errorf("the statement gives %d columns, %d were promised", n, len(types))
	} else {
		by, err = openChunks(got, types)
	}
	if err != nil {
		_ = got.Close()
		d.release(conn)
		return nil, d.internal(err)
	}
	return &rows{ctx: ctx, db: d, conn: conn, rows: got, types: types, by: by, raw: make([]driver.Value, len(types))}, nil
}

// Next reads a row into dst.
func (r *rows) Next(dst []dax.Value) bool {
	if r.err != nil {
		return false
	}
	if r.n++; r.n&255 == 1 && r.ctx.Err() != nil {
		r.err = ended(r.ctx)
		return false
	}
	if r.by != nil {
		at, err := r.by.next(dst)
		switch {
		case errors.Is(err, io.EOF):
			r.err = err
		case err != nil:
			r.err = r.db.internal(fmt.Errorf("column %d of the result: %w", at+1, err))
		}
		return err == nil
	}
	if err := r.rows.Next(r.raw); err != nil {
		r.err = io.EOF
		if !errors.Is(err, io.EOF) {
			r.err = r.db.translate(r.ctx, err)
		}
		return false
	}
	for i, v := range r.raw {
		x, err := value(v, r.types[i])
		if err != nil {
			r.err = r.db.internal(fmt.Errorf("column %d of the result: %w", i+1, err))
			return false
		}
		dst[i] = x
	}
	return true
}

// Err is what ended the rows, nil if it was their end.
func (r *rows) Err() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

// Close gives the connection back.
func (r *rows) Close() error {
	r.once.Do(func() {
		if r.by != nil {
			r.by.close()
		}
		_ = r.rows.Close()
		r.db.release(r.conn)
	})
	return nil
}

// value brings what the driver gives into the type that the statement promised. What does not
// fit is an error, never another value.
func value(v driver.Value, t dax.Type) (dax.Value, error) {
	switch v := v.(type) {
	case nil:
		return dax.Value{}, nil
	case bool:
		if t == dax.Boolean || t == dax.Variant {
			return dax.BoolOf(v), nil
		}
	case string:
		if t == dax.String || t == dax.Variant {
			return dax.TextOf(v), nil
		}
	case time.Time:
		if t == dax.DateTime || t == dax.Variant {
			return dax.TimeOf(v), nil
		}
	case int8:
		return query.Whole(int64(v), t)
	case int16:
		return query.Whole(int64(v), t)
	case int32:
		return query.Whole(int64(v), t)
	case int64:
		return query.Whole(v, t)
	case uint8:
		return query.Whole(int64(v), t)
	case uint16:
		return query.Whole(int64(v), t)
	case uint32:
		return query.Whole(int64(v), t)
	case float32:
		return query.Floating(float64(v), t)
	case float64:
		return query.Floating(v, t)
	case *big.Int: // a sum of whole numbers is a HUGEINT
		if t == dax.Double {
			f, _ := new(big.Float).SetInt(v).Float64()
			return dax.FloatOf(f), nil
		}
		if v.IsInt64() {
			return query.Whole(v.Int64(), t)
		}
		return dax.Value{}, errors.New("a whole number leaves the range of 64 bits")
	case duck.Decimal:
		return fixed(v, t)
	}
	return dax.Value{}, fmt.Errorf("a %T where type %d was promised", v, t)
}

func fixed(d duck.Decimal, t dax.Type) (dax.Value, error) {
	if t == dax.Double {
		return dax.FloatOf(d.Float64()), nil
	}
	return query.Exact(d.Value, int(d.Scale), t)
}
