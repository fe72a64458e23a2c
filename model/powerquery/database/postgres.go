package database

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"

	"inlay"
	"inlay/model/powerquery"
)

// postgres is one database.
type postgres struct {
	name string
	cfg  *pgx.ConnConfig
}

func newPostgres(e Entry) (*postgres, error) {
	cfg, err := pgx.ParseConfig(e.URL)
	if err != nil {
		return nil, badAddress(e.Name)
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 15 * time.Second
	}
	cfg.RuntimeParams["application_name"] = "inlay refresh"
	cfg.RuntimeParams["default_transaction_read_only"] = "on"
	cfg.RuntimeParams["timezone"] = "UTC"
	return &postgres{e.Name, cfg}, nil
}

// Quote writes an identifier.
func (p *postgres) Quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// Placeholder is $1, $2, …; a whole number is a bigint, lest it be too large for the column.
func (p *postgres) Placeholder(n int, v any) string {
	if _, whole := v.(int64); whole {
		return "$" + strconv.Itoa(n) + "::bigint"
	}
	return "$" + strconv.Itoa(n)
}

// NotNaN is for PostgreSQL, to which NaN is larger than all numbers.
func (p *postgres) NotNaN(expr string) string { return " AND " + expr + " <> 'NaN'" }

// Tables lists tables and views that the account may read.
func (p *postgres) Tables(ctx context.Context) ([][2]string, error) {
	cells, err := p.Query(ctx, `SELECT table_schema, table_name FROM information_schema.tables
		WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`, nil)
	if err != nil {
		return nil, err
	}
	return pairs(cells)
}

func pairs(cells powerquery.Cells) ([][2]string, error) {
	var out [][2]string
	for {
		row, err := cells.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return out, errors.Join(err, cells.Close())
		}
		a, b := row[0].Text(), row[1].Text()
		out = append(out, [2]string{a, b})
	}
}

// Query runs a statement on a connection of its own, in a transaction that may only read.
func (p *postgres) Query(ctx context.Context, sql string, args []any) (powerquery.Cells, error) {
	in, cfg := &pgRows{}, p.cfg.Copy()
	cfg.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		*in = pgRows{r: r}
		return pgproto3.NewFrontend(in, w)
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, p.failed(ctx, err)
	}
	rows, err := p.start(ctx, conn, in, sql, args)
	if err != nil {
		_ = conn.Close(context.WithoutCancel(ctx))
		return nil, p.failed(ctx, err)
	}
	c := &pgCells{p: p, ctx: ctx, conn: conn, rows: rows, in: in}
	for _, f := range rows.FieldDescriptions() {
		c.formats = append(c.formats, f.Format)
		c.oids = append(c.oids, f.DataTypeOID)
		c.cols = append(c.cols, powerquery.Column{Name: f.Name, Type: powerquery.Named(pgTypes[f.DataTypeOID])})
		if pgTypes[f.DataTypeOID] == "" {
			c.cols[len(c.cols)-1].Type = powerquery.Named("any")
		}
	}
	c.out, c.vals = make([]powerquery.Value, len(c.cols)), make([][]byte, len(c.cols))
	return c, nil
}

var _ powerquery.Comparing = (*pgCells)(nil)

// Compared leaves single-precision numbers to M, which has the digits that are shown of them:
// PostgreSQL would round the constant.
func (c *pgCells) Compared(i int, _ string, constant any) (arg any, exact, ok bool) {
	return constant, pgTypes[c.oids[i]] != "text", c.oids[i] != pgtype.Float4OID
}

func (p *postgres) start(ctx context.Context, conn *pgx.Conn, in *pgRows, sql string, args []any) (pgx.Rows, error) {
	if _, err := conn.Exec(ctx, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
		return nil, err
	}
	// What has no type of its own here comes as the text that PostgreSQL writes.
	formats := pgx.QueryResultFormatsByOID{}
	for oid := range pgTypes {
		formats[oid] = pgx.BinaryFormatCode
	}
	for _, oid := range []uint32{pgtype.JSONOID, pgtype.JSONBOID, pgtype.UUIDOID} {
		formats[oid] = pgx.TextFormatCode
	}
	in.passed = 0 // of what was asked before
	rows, err := conn.Query(ctx, sql, append([]any{formats}, args...)...)
	if err != nil {
		return nil, err
	}
	return rows, rows.Err()
}

// failed keeps the address and its secret out of an error; what the server says stays.
func (p *postgres) failed(ctx context.Context, err error) error {
	var said *pgconn.PgError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &said):
		return inlay.Errorf(inlay.Invalid, "database %q: %s (%s)", p.name, said.Message, said.Code)
	}
	return inlay.Errorf(inlay.Unavailable, "database %q cannot be reached or broke off", p.name)
}

// pgTypes are the types of M of PostgreSQL's types.
var pgTypes = map[uint32]string{
	pgtype.BoolOID: "logical", pgtype.Int2OID: "Int64.Type", pgtype.Int4OID: "Int64.Type", pgtype.Int8OID: "Int64.Type",
	pgtype.Float4OID: "number", pgtype.Float8OID: "number", pgtype.NumericOID: "number",
	pgtype.TextOID: "text", pgtype.VarcharOID: "text", pgtype.JSONOID: "any", pgtype.JSONBOID: "any", pgtype.UUIDOID: "any",
	pgtype.DateOID: "date", pgtype.TimestampOID: "datetime", pgtype.TimestamptzOID: "datetimezone", pgtype.TimeOID: "time",
	pgtype.IntervalOID: "duration", pgtype.ByteaOID: "binary",
}

type pgCells struct {
	p    *postgres
	ctx  context.Context
	conn *pgx.Conn
	rows pgx.Rows
	oids []uint32
	cols []powerquery.Column
	raw  [][]byte // of the row
	vals [][]byte // the same, where the driver has not seen it
	rest []int    // see Put
	plan []pgStep // see Put; nil: there is none

	planned bool
	out     []powerquery.Value

	in      *pgRows
	given   int64 // rows that the driver gave
	formats []int16
}

// Columns are those of the statement.
func (c *pgCells) Columns() []powerquery.Column { return c.cols }

// Close ends the connection.
func (c *pgCells) Close() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), 5*time.Second)
	defer cancel()
	// Closing the connection first ends a long result at once.
	_ = c.conn.Close(ctx)
	c.rows.Close()
	return nil
}

// advance goes to the next row. One that has gone to the driver comes from there.
func (c *pgCells) advance() error {
	if c.in.passed == c.given {
		ok, err := c.in.next(c.vals)
		if err != nil {
			return c.p.failed(c.ctx, err)
		}
		if ok {
			c.raw = c.vals
			return nil
		}
	}
	if !c.rows.Next() {
		if err := c.rows.Err(); err != nil {
			return c.p.failed(c.ctx, err)
		}
		return io.EOF
	}
	c.given++
	c.raw = c.rows.RawValues()
	return nil
}

// Next reads a row.
func (c *pgCells) Next() ([]powerquery.Value, error) {
	if err := c.advance(); err != nil {
		return nil, err
	}
	for i := range c.raw {
		var err error
		if c.out[i], err = c.Value(i); err != nil {
			return nil, err
		}
	}
	return c.out, nil
}

// Value is a value of the row.
func (c *pgCells) Value(i int) (powerquery.Value, error) {
	if v, known := pgValue(c.raw[i], c.oids[i]); known {
		return v, nil
	}
	t, known := c.conn.TypeMap().TypeForOID(c.oids[i])
	if !known && c.formats[i] == pgx.TextFormatCode {
		return powerquery.TextOf(string(c.raw[i])), nil
	}
	if !known {
		return powerquery.Of(slices.Clone(c.raw[i])), nil
	}
	x, err := t.Codec.DecodeValue(c.conn.TypeMap(), c.oids[i], c.formats[i], c.raw[i])
	if err != nil {
		return powerquery.Value{}, c.p.failed(c.ctx, err)
	}
	return c.other(x, c.oids[i]), nil
}

// since2000 is the distance between the first day of PostgreSQL and that of M, in days.
const since2000 = 10_957

// pgValue reads a value in the form that start asks for: binary for the types of pgTypes but
// those that have text there. Known is false for all others.
func pgValue(raw []byte, oid uint32) (v powerquery.Value, known bool) {
	if raw == nil {
		return powerquery.Value{}, true
	}
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.JSONOID, pgtype.JSONBOID, pgtype.UUIDOID:
		return powerquery.TextOf(string(raw)), true
	case pgtype.NumericOID:
		x, ok := numericOf(raw)
		return powerquery.DigitsOf(x.text()), ok
	case pgtype.BPCharOID:
		return powerquery.TextOf(strings.TrimRight(string(raw), " ")), true
	}
	if len(raw) != pgWidth(oid) {
		return v, false
	}
	switch oid {
	case pgtype.Int8OID:
		return powerquery.WholeOf(int64(binary.BigEndian.Uint64(raw))), true
	case pgtype.Int4OID:
		return powerquery.WholeOf(int64(int32(binary.BigEndian.Uint32(raw)))), true
	case pgtype.Int2OID:
		return powerquery.WholeOf(int64(int16(binary.BigEndian.Uint16(raw)))), true
	case pgtype.Float8OID:
		return powerquery.NumberOf(math.Float64frombits(binary.BigEndian.Uint64(raw))), true
	case pgtype.BoolOID:
		return powerquery.LogicalOf(raw[0] != 0), true
	case pgtype.DateOID:
		days := int32(binary.BigEndian.Uint32(raw))
		return powerquery.DayOf(int64(days) + since2000), days != math.MaxInt32 && days != math.MinInt32
	case pgtype.TimestampOID:
		micros := int64(binary.BigEndian.Uint64(raw))
		return powerquery.MomentOf(micros + since2000*24*60*60*1_000_000), micros != math.MaxInt64 && micros != math.MinInt64
	}
	return v, false
}

// pgWidth is the bytes of a type that pgValue reads, 0 of all others.
func pgWidth(oid uint32) int {
	switch oid {
	case pgtype.Int8OID, pgtype.Float8OID, pgtype.TimestampOID:
		return 8
	case pgtype.Int4OID, pgtype.DateOID:
		return 4
	case pgtype.Int2OID:
		return 2
	case pgtype.BoolOID:
		return 1
	}
	return 0
}

// other is a value of a type that pgValue does not know.
func (c *pgCells) other(v any, oid uint32) powerquery.Value {
	switch x := v.(type) {
	case time.Time:
		switch oid {
		case pgtype.DateOID:
			return powerquery.DateOf(x)
		case pgtype.TimestamptzOID:
			return powerquery.ZonedOf(x, 0)
		}
		return powerquery.Of(x)
	case pgtype.Time:
		return powerquery.TimeOf(time.Duration(x.Microseconds) * time.Microsecond)
	case pgtype.Interval:
		if x.Months != 0 {
			return powerquery.Bad("an interval of months has no length in days")
		}
		return powerquery.Of(time.Duration(x.Microseconds)*time.Microsecond + time.Duration(x.Days)*24*time.Hour)
	case pgtype.InfinityModifier:
		return powerquery.Bad("an infinite date")
	case bool, int16, int32, int64, float32, float64, string, []byte:
		return powerquery.Of(x)
	}
	return powerquery.Bad(fmt.Sprintf("a value of PostgreSQL's type %d is not supported", oid))
}
