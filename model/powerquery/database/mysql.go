package database

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"inlay"
	"inlay/model/powerquery"
)

// mySQL is one database of MySQL or MariaDB.
type mySQL struct {
	name string
	db   *sql.DB
}

// newMySQL reads mysql://user:password@host:port/database?tls=true.
func newMySQL(e Entry) (*mySQL, error) {
	u, err := url.Parse(e.URL)
	if err != nil || u.Hostname() == "" {
		return nil, badAddress(e.Name)
	}
	port := u.Port()
	if port == "" {
		port = "3306"
	}
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", net.JoinHostPort(u.Hostname(), port), strings.TrimPrefix(u.Path, "/")
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.ParseTime, cfg.Loc, cfg.Timeout = true, time.UTC, 15*time.Second
	cfg.Params = map[string]string{"time_zone": "'+00:00'"}
	cfg.Logger = &driver.NopLogger{}
	for name, values := range u.Query() {
		if name != "tls" {
			return nil, inlay.Errorf(inlay.Invalid, "the address of database %q has the option %q; only tls is known", e.Name, name)
		}
		if cfg.TLSConfig = values[0]; cfg.TLSConfig != "true" && cfg.TLSConfig != "false" {
			return nil, inlay.Errorf(inlay.Invalid, "the address of database %q has another value of tls than true or false", e.Name)
		}
	}
	c, err := driver.NewConnector(cfg)
	if err != nil {
		return nil, badAddress(e.Name)
	}
	db := sql.OpenDB(c)
	db.SetMaxIdleConns(1)
	db.SetConnMaxIdleTime(time.Minute)
	return &mySQL{e.Name, db}, nil
}

// Quote writes an identifier, as MySQL does without regard to its mode.
func (m *mySQL) Quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// Placeholder is a question mark.
func (m *mySQL) Placeholder(int, any) string { return "?" }

// NotNaN is empty: MySQL stores no NaN.
func (m *mySQL) NotNaN(string) string { return "" }

// Tables lists tables and views that the account may read.
func (m *mySQL) Tables(ctx context.Context) ([][2]string, error) {
	cells, err := m.Query(ctx, `SELECT table_schema, table_name FROM information_schema.tables
		WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') ORDER BY 1, 2`, nil)
	if err != nil {
		return nil, err
	}
	return pairs(cells)
}

// Query runs a statement in a transaction that may only read.
func (m *mySQL) Query(ctx context.Context, text string, args []any) (powerquery.Cells, error) {
	tx, err := m.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, m.failed(ctx, err)
	}
	rows, err := tx.QueryContext(ctx, text, args...) //nolint:rowserrcheck // Next of myCells asks
	if err != nil {
		_ = tx.Rollback()
		return nil, m.failed(ctx, err)
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		_ = rows.Close() //nolint:sqlclosecheck // else Close of myCells closes them
		_ = tx.Rollback()
		return nil, m.failed(ctx, err)
	}
	c := &myCells{m: m, ctx: ctx, tx: tx, rows: rows, raw: make([]any, len(types)), at: make([]any, len(types)), out: make([]powerquery.Value, len(types))}
	for i, t := range types {
		c.types = append(c.types, strings.TrimPrefix(t.DatabaseTypeName(), "UNSIGNED "))
		c.cols = append(c.cols, powerquery.Column{Name: t.Name(), Type: powerquery.Named(myType(c.types[i]))})
		c.at[i] = &c.raw[i]
	}
	return c, nil
}

// failed keeps the address and its secret out of an error; what the server says stays.
func (m *mySQL) failed(ctx context.Context, err error) error {
	var said *driver.MySQLError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &said):
		return inlay.Errorf(inlay.Invalid, "database %q: %s (%d)", m.name, said.Message, said.Number)
	}
	return inlay.Errorf(inlay.Invalid, "database %q cannot be reached or broke off", m.name)
}

// myType is the type of M of a type of MySQL.
func myType(t string) string {
	switch t {
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "YEAR":
		return "Int64.Type"
	case "FLOAT", "DOUBLE", "DECIMAL":
		return "number"
	case "CHAR", "VARCHAR", "TEXT", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM":
		return "text"
	case "DATE":
		return "date"
	case "DATETIME", "TIMESTAMP":
		return "datetime"
	case "TIME":
		return "duration"
	case "BINARY", "VARBINARY", "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB", "BIT":
		return "binary"
	}
	return "any"
}

type myCells struct {
	m     *mySQL
	ctx   context.Context
	tx    *sql.Tx
	rows  *sql.Rows
	types []string
	cols  []powerquery.Column
	raw   []any
	at    []any
	out   []powerquery.Value
}

// Columns are those of the statement.
func (c *myCells) Columns() []powerquery.Column { return c.cols }

// Close ends the transaction.
func (c *myCells) Close() error {
	err := c.rows.Close()
	_ = c.tx.Rollback()
	if err != nil {
		return c.m.failed(c.ctx, err)
	}
	return nil
}

// Next reads a row.
func (c *myCells) Next() ([]powerquery.Value, error) {
	if !c.rows.Next() {
		if err := c.rows.Err(); err != nil {
			return nil, c.m.failed(c.ctx, err)
		}
		return nil, io.EOF
	}
	if err := c.rows.Scan(c.at...); err != nil {
		return nil, c.m.failed(c.ctx, err)
	}
	for i, v := range c.raw {
		c.out[i] = c.value(v, c.types[i])
	}
	return c.out, nil
}

func (c *myCells) value(v any, typ string) powerquery.Value {
	b, isBytes := v.([]byte)
	switch x := v.(type) {
	case nil:
		return powerquery.Of(nil)
	case time.Time:
		if x.IsZero() {
			return powerquery.Bad("the date 0000-00-00 is none")
		}
		if typ == "DATE" {
			return powerquery.DateOf(x)
		}
		return powerquery.Of(x)
	case int64, uint64, float32, float64:
		return powerquery.Of(x)
	}
	if !isBytes {
		return powerquery.Bad("a value of MySQL's type " + typ + " is not supported")
	}
	s := string(b)
	switch myType(typ) {
	case "binary":
		return powerquery.Of(b)
	case "Int64.Type", "number":
		if strings.Contains(s, ".") {
			s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
		}
		return powerquery.DecimalOf(s)
	case "duration":
		return clock(s)
	case "date", "datetime":
		return powerquery.Bad("the date " + strconv.Quote(s) + " is none")
	}
	return powerquery.Of(s)
}

// clock reads [-]hhh:mm:ss[.ffffff].
func clock(s string) powerquery.Value {
	neg := strings.HasPrefix(s, "-")
	p := strings.Split(strings.TrimPrefix(s, "-"), ":")
	if len(p) != 3 {
		return powerquery.Bad("the time " + strconv.Quote(s) + " is none")
	}
	d, err := time.ParseDuration(p[0] + "h" + p[1] + "m" + p[2] + "s")
	if err != nil {
		return powerquery.Bad("the time " + strconv.Quote(s) + " is none")
	}
	if neg {
		d = -d
	}
	return powerquery.Of(d)
}
