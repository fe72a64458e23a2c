package database

import (
	"context"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"inlay"
	"inlay/model/powerquery"
)

// sqlServerTypes are the types of M of SQL Server's types, as the driver names them.
var sqlServerTypes = map[string]string{
	"TINYINT": "Int64.Type", "SMALLINT": "Int64.Type", "INT": "Int64.Type", "BIGINT": "Int64.Type", "BIT": "logical",
	"DECIMAL": "number", "MONEY": "number", "SMALLMONEY": "number", "REAL": "number", "FLOAT": "number",
	"DATE": "date", "TIME": "time", "DATETIME": "datetime", "DATETIME2": "datetime", "SMALLDATETIME": "datetime", "DATETIMEOFFSET": "datetimezone",
	"CHAR": "text", "VARCHAR": "text", "NCHAR": "text", "NVARCHAR": "text", "TEXT": "text", "NTEXT": "text", "XML": "text", "UNIQUEIDENTIFIER": "text",
	"BINARY": "binary", "VARBINARY": "binary", "IMAGE": "binary",
}

// sqlServerColumn is what the server says of a column.
type sqlServerColumn struct {
	typ               string
	precision, places int
}

type sqlServerCells struct {
	m    *sqlServer
	ctx  context.Context
	conn *mssql.Conn
	rows *mssql.Rows
	is   []sqlServerColumn
	cols []powerquery.Column
	raw  []driver.Value
	rest []int // see Put
	out  []powerquery.Value
}

func (m *sqlServer) cells(ctx context.Context, conn *mssql.Conn, rows *mssql.Rows) *sqlServerCells {
	c := &sqlServerCells{m: m, ctx: ctx, conn: conn, rows: rows}
	for i, name := range rows.Columns() {
		is := sqlServerColumn{typ: rows.ColumnTypeDatabaseTypeName(i)}
		if p, s, ok := rows.ColumnTypePrecisionScale(i); ok {
			is.precision, is.places = int(p), int(s)
		}
		switch is.typ {
		case "MONEY":
			is.precision, is.places = 19, 4
		case "SMALLMONEY":
			is.precision, is.places = 10, 4
		}
		typ := sqlServerTypes[is.typ]
		if typ == "" {
			typ = "any"
		}
		c.is = append(c.is, is)
		c.cols = append(c.cols, powerquery.Column{Name: name, Type: powerquery.Named(typ)})
	}
	c.raw, c.out = make([]driver.Value, len(c.cols)), make([]powerquery.Value, len(c.cols))
	return c
}

// Columns are those of the statement.
func (c *sqlServerCells) Columns() []powerquery.Column { return c.cols }

// Close tells the server to stop, if it has not, and ends the connection: that ends the
// transaction.
func (c *sqlServerCells) Close() error {
	_ = c.rows.Close()
	_ = c.conn.Close()
	return nil
}

// advance goes to the next row.
func (c *sqlServerCells) advance() error {
	err := c.rows.Next(c.raw)
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, io.EOF) || c.ctx.Err() != nil:
		return c.m.failed(c.ctx, err)
	case c.rows.HasNextResultSet():
		return inlay.Errorf(inlay.Invalid, "database %q: the statement gives more than one table", c.m.name)
	}
	return err
}

// Next reads a row.
func (c *sqlServerCells) Next() ([]powerquery.Value, error) {
	if err := c.advance(); err != nil {
		return nil, err
	}
	for i := range c.raw {
		c.out[i] = c.value(i)
	}
	return c.out, nil
}

// Value is a value of the row that Put read.
func (c *sqlServerCells) Value(i int) (powerquery.Value, error) { return c.value(i), nil }

func (c *sqlServerCells) value(i int) powerquery.Value {
	typ := c.is[i].typ
	switch x := c.raw[i].(type) {
	case nil:
		return powerquery.Value{}
	case int64:
		return powerquery.WholeOf(x)
	case bool:
		return powerquery.LogicalOf(x)
	case string:
		if lost(typ, x) {
			return powerquery.Bad("a text has a byte that the code page of the column does not know")
		}
		return powerquery.TextOf(x)
	case float64:
		if typ == "REAL" {
			return powerquery.Of(float32(x))
		}
		return powerquery.NumberOf(x)
	case time.Time:
		switch typ {
		case "DATE":
			return powerquery.DateOf(x)
		case "TIME":
			return powerquery.TimeOf(time.Duration(x.Hour())*time.Hour + time.Duration(x.Minute())*time.Minute + time.Duration(x.Second())*time.Second + time.Duration(x.Nanosecond()))
		case "DATETIMEOFFSET":
			_, seconds := x.Zone()
			return powerquery.ZonedOf(x, seconds/60)
		case "DATETIME", "DATETIME2", "SMALLDATETIME":
			return powerquery.MomentOf(x.UnixMicro())
		}
	case []byte:
		switch typ {
		case "DECIMAL", "MONEY", "SMALLMONEY":
			return powerquery.DigitsOf(x)
		case "UNIQUEIDENTIFIER":
			return guid(x)
		case "BINARY", "VARBINARY", "IMAGE":
			return powerquery.Of(x)
		}
	}
	return powerquery.Bad("a value of SQL Server's type " + strings.ToLower(typ) + " is not supported; cast the column in a view or in the statement")
}

// lost tells whether the driver has put a mark in the place of a byte that a code page does not
// have. Columns of UTF-8 come as nvarchar to who does not ask for more (MS-TDS 2.2.6.4, UTF8_SUPPORT).
func lost(typ, s string) bool {
	return (typ == "VARCHAR" || typ == "CHAR" || typ == "TEXT") && strings.ContainsRune(s, '\uFFFD')
}

// guid writes a uniqueidentifier as SQL Server does, but in small letters, as M has it: the first
// three groups travel with their bytes turned round (MS-DTYP 2.3.4.2).
func guid(b []byte) powerquery.Value {
	if len(b) != 16 {
		return powerquery.Bad("a uniqueidentifier has " + strconv.Itoa(len(b)) + " bytes")
	}
	turned := []byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]}
	s := hex.EncodeToString(append(turned, b[8:]...))
	return powerquery.TextOf(s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:])
}

var _ powerquery.DirectCells = (*sqlServerCells)(nil)

// Put reads a row into columns.
func (c *sqlServerCells) Put(to []powerquery.Target, n int) ([]int, error) {
	if err := c.advance(); err != nil {
		return nil, err
	}
	c.rest = c.rest[:0]
	for i := range to {
		t := &to[i]
		switch raw := c.raw[t.At]; {
		case raw == nil:
			t.Blank(n)
		case t.Odd || !c.put(t.Vector, n, t.At):
			c.rest = append(c.rest, i)
		}
	}
	return c.rest, nil
}

// put puts a value into a column; false where it is for value.
func (c *sqlServerCells) put(v *powerquery.Vector, n, i int) bool {
	typ := c.is[i].typ
	switch x := c.raw[i].(type) {
	case int64:
		return sqlServerTypes[typ] == "Int64.Type" && putWhole(v, n, x)
	case float64:
		return typ == "FLOAT" && putNumber(v, n, x)
	case string:
		return sqlServerTypes[typ] == "text" && !lost(typ, x) && putText(v, n, []byte(x))
	case time.Time:
		return (typ == "DATE" || sqlServerTypes[typ] == "datetime") && putMoment(v, n, x.UnixMicro())
	case []byte:
		return sqlServerTypes[typ] == "number" && putDigits(v, n, x)
	}
	return false
}

// cast is a constant that travels as a text, in the type that it has in the statement.
type cast struct{ text, to string }

var _ powerquery.Comparing = (*sqlServerCells)(nil)

// Compared tells which comparisons SQL Server does as M does. A constant is bound in the type of
// its column, so that nothing is converted and an index can be used. Texts are not compared there:
// by their collation, others may be equal, and always are those that differ in blanks at the end.
func (c *sqlServerCells) Compared(i int, op string, constant any) (arg any, exact, ok bool) {
	is := c.is[i]
	switch is.typ {
	case "TINYINT", "SMALLINT", "INT", "BIGINT", "BIT":
		switch constant.(type) {
		case int64, bool:
			return constant, true, true
		}
	case "FLOAT":
		x, isNumber := numberOf(constant)
		return x, true, isNumber
	case "DECIMAL", "MONEY", "SMALLMONEY":
		return is.digits(constant)
	case "DATE":
		if t, isTime := constant.(time.Time); isTime {
			return cast{t.Format("2006-01-02"), "date"}, true, true
		}
	case "DATETIME", "SMALLDATETIME", "DATETIME2":
		if t, isTime := constant.(time.Time); isTime {
			return is.moment(op, t)
		}
	}
	return nil, false, false
}

// numberOf is a constant as a float64 that is exactly it.
func numberOf(constant any) (float64, bool) {
	switch x := constant.(type) {
	case int64:
		return float64(x), x >= -1<<53 && x <= 1<<53
	case float64:
		return x, !math.IsInf(x, 0)
	case string:
		f, err := strconv.ParseFloat(x, 64)
		return f, err == nil
	}
	return 0, false
}

// digits compares a decimal. M may have it as a float64, and so may the constant be: where numbers
// of so many places lie further apart than those of a float64, both orders are the same.
func (is sqlServerColumn) digits(constant any) (arg any, exact, ok bool) {
	f, ok := numberOf(constant)
	if !ok {
		return nil, false, false
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if s, isDigits := constant.(string); isDigits && s != text {
		return nil, false, false
	}
	whole, behind, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	places := max(is.places, len(behind))
	if len(whole)+places > 15 || max(len(whole), is.precision-is.places)+places > 38 {
		return nil, false, false
	}
	return cast{text, "decimal(" + strconv.Itoa(len(whole)+len(behind)) + ", " + strconv.Itoa(len(behind)) + ")"}, true, true
}

// moment compares a date and time. M has microseconds of what may have ten times as many digits,
// and a datetime is a third of a hundredth of a second that the driver rounds.
func (is sqlServerColumn) moment(op string, t time.Time) (arg any, exact, ok bool) {
	if is.typ == "DATETIME2" {
		finer := is.places > 6 && op != ">=" && op != "<"
		return cast{t.Format("2006-01-02T15:04:05.000000"), "datetime2(6)"}, true, !finer
	}
	// A datetime is from 1753 to 9999, in whole seconds that are exact.
	return cast{t.Format("2006-01-02T15:04:05"), "datetime"}, true, t.Nanosecond() == 0 && t.Year() >= 1753
}
