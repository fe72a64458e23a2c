package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

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
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", net.JoinHostPort(u.Hostname(), port), strings.TrimPrefix(u.Path, "/")
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.ParseTime, cfg.Loc, cfg.Timeout = true, time.UTC, 15*time.Second
	cfg.Params = map[string]string{"time_zone": "'+00:00'"}
	cfg.Logger = &mysql.NopLogger{}
	for name, values := range u.Query() {
		if name != "tls" {
			return nil, inlay.Errorf(inlay.Invalid, "the address of database %q has the option %q; only tls is known", e.Name, name)
		}
		if cfg.TLSConfig = values[0]; cfg.TLSConfig != "true" && cfg.TLSConfig != "false" {
			return nil, inlay.Errorf(inlay.Invalid, "the address of database %q has another value of tls than true or false", e.Name)
		}
	}
	c, err := mysql.NewConnector(cfg)
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

// Query runs a statement in a transaction that may only read. Rows come from the driver itself:
// the way through database/sql copies each value once more.
func (m *mySQL) Query(ctx context.Context, text string, args []any) (powerquery.Cells, error) {
	conn, err := m.db.Conn(ctx)
	if err != nil {
		return nil, m.failed(ctx, err)
	}
	c := &myCells{m: m, ctx: ctx, conn: conn}
	if err := conn.Raw(func(raw any) error { return c.start(raw, text, args) }); err != nil {
		_ = c.Close()
		return nil, m.failed(ctx, err)
	}
	types, _ := c.rows.(driver.RowsColumnTypeDatabaseTypeName)
	for i, name := range c.rows.Columns() {
		typ := ""
		if types != nil {
			typ = strings.TrimPrefix(types.ColumnTypeDatabaseTypeName(i), "UNSIGNED ")
		}
		c.types = append(c.types, typ)
		c.kinds = append(c.kinds, myType(typ))
		c.cols = append(c.cols, powerquery.Column{Name: name, Type: powerquery.Named(myType(typ))})
	}
	c.raw, c.out = make([]driver.Value, len(c.cols)), make([]powerquery.Value, len(c.cols))
	return c, nil
}

var _ powerquery.Comparing = (*myCells)(nil)

// Compared leaves single-precision numbers to M, which has the digits that are shown of them: MySQL
// compares the number itself, so that 0.1 is not 0.1 (Problems with Floating-Point Values, in its manual).
func (c *myCells) Compared(i int, _ string, constant any) (arg any, exact, ok bool) {
	return constant, c.kinds[i] != "text", c.types[i] != "FLOAT"
}

// start begins the transaction and the statement.
func (c *myCells) start(raw any, text string, args []any) error {
	conn, ok := raw.(interface {
		driver.ConnBeginTx
		driver.QueryerContext
		driver.ConnPrepareContext
	})
	if !ok {
		return errors.New("the driver is none of MySQL")
	}
	var err error
	if c.tx, err = conn.BeginTx(c.ctx, driver.TxOptions{ReadOnly: true}); err != nil {
		return err
	}
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	if len(args) == 0 {
		c.rows, err = conn.QueryContext(c.ctx, text, named)
		return err
	}
	stmt, err := conn.PrepareContext(c.ctx, text)
	if err != nil {
		return err
	}
	c.stmt = stmt
	q, ok := stmt.(driver.StmtQueryContext)
	if !ok {
		return errors.New("the driver is none of MySQL")
	}
	c.rows, err = q.QueryContext(c.ctx, named)
	return err
}

// failed keeps the address and its secret out of an error; what the server says stays.
func (m *mySQL) failed(ctx context.Context, err error) error {
	var said *mysql.MySQLError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &said):
		return inlay.Errorf(inlay.Invalid, "database %q: %s (%d)", m.name, said.Message, said.Number)
	}
	return inlay.Errorf(inlay.Unavailable, "database %q cannot be reached or broke off", m.name)
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
	conn  *sql.Conn
	tx    driver.Tx
	stmt  driver.Stmt // of a statement with values
	rows  driver.Rows
	types []string
	kinds []string // in M
	cols  []powerquery.Column
	raw   []driver.Value
	rest  []int // see Put
	out   []powerquery.Value
}

// Columns are those of the statement.
func (c *myCells) Columns() []powerquery.Column { return c.cols }

// Close ends the transaction.
func (c *myCells) Close() error {
	var err error
	if c.rows != nil {
		err = c.rows.Close()
	}
	if c.stmt != nil {
		_ = c.stmt.Close()
	}
	if c.tx != nil {
		_ = c.tx.Rollback()
	}
	_ = c.conn.Close()
	if err != nil {
		return c.m.failed(c.ctx, err)
	}
	return nil
}

// advance goes to the next row.
func (c *myCells) advance() error {
	err := c.rows.Next(c.raw)
	if err != nil && !errors.Is(err, io.EOF) {
		return c.m.failed(c.ctx, err)
	}
	return err
}

// Next reads a row.
func (c *myCells) Next() ([]powerquery.Value, error) {
	if err := c.advance(); err != nil {
		return nil, err
	}
	for i, v := range c.raw {
		c.out[i] = c.value(v, i)
	}
	return c.out, nil
}

func (c *myCells) value(v driver.Value, i int) powerquery.Value {
	b, isBytes := v.([]byte)
	switch x := v.(type) {
	case nil:
		return powerquery.Value{}
	case time.Time:
		if x.IsZero() {
			return powerquery.Bad("the date 0000-00-00 is none")
		}
		if c.types[i] == "DATE" {
			return powerquery.DateOf(x)
		}
		return powerquery.Of(x)
	case int64:
		return powerquery.WholeOf(x)
	case float64:
		return powerquery.NumberOf(x)
	case uint64, float32:
		return powerquery.Of(x)
	}
	if !isBytes {
		return powerquery.Bad("a value of MySQL's type " + c.types[i] + " is not supported")
	}
	switch c.kinds[i] {
	case "binary":
		return powerquery.Of(b)
	case "Int64.Type", "number":
		return powerquery.DigitsOf(b)
	case "duration":
		return clock(string(b))
	case "date", "datetime":
		return powerquery.Bad("the date " + strconv.Quote(string(b)) + " is none")
	}
	return powerquery.TextOf(string(b))
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
