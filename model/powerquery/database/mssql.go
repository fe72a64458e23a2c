package database

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"inlay"
	"inlay/model/powerquery"
)

// sqlServer is one database of Microsoft SQL Server.
type sqlServer struct {
	name string
	cfg  msdsn.Config
}

// sqlServerLogin is how long a server may take to let us in.
const sqlServerLogin = 15 * time.Second

// sqlServerOptions are what an address may say behind its question mark.
var sqlServerOptions = map[string]bool{msdsn.Encrypt: true, msdsn.TrustServerCertificate: true, msdsn.Certificate: true, msdsn.HostNameInCertificate: true}

// newSQLServer reads sqlserver://user:password@host:port/database?encrypt=true. Without encrypt
// the connection is encrypted and the certificate of the server verified: the driver's own
// default believes whoever answers.
func newSQLServer(e Entry) (*sqlServer, error) {
	u, err := url.Parse(e.URL)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") == "" || strings.Contains(strings.Trim(u.Path, "/"), "/") {
		return nil, badAddress(e.Name)
	}
	if u.User.Username() == "" {
		return nil, inlay.Errorf(inlay.Invalid, "the address of database %q names no user: it is sqlserver://user:password@host:port/database", e.Name)
	}
	options := url.Values{msdsn.Database: {strings.Trim(u.Path, "/")}, msdsn.Encrypt: {"true"}, msdsn.TrustServerCertificate: {"false"}, msdsn.AppName: {"inlay refresh"}, msdsn.GuidConversion: {"false"}, msdsn.Protocol: {"tcp"}}
	for name, values := range u.Query() {
		if name = strings.ToLower(name); !sqlServerOptions[name] {
			return nil, inlay.Errorf(inlay.Invalid, "the address of database %q has the option %q; known are encrypt, trustServerCertificate, certificate and hostNameInCertificate", e.Name, name)
		}
		options[name] = values[:1]
	}
	trust := strings.ToLower(options.Get(msdsn.TrustServerCertificate))
	if trust != "true" && trust != "false" {
		return nil, inlay.Errorf(inlay.Invalid, "the address of database %q has another value of trustServerCertificate than true or false", e.Name)
	}
	switch options.Get(msdsn.Encrypt) {
	case "true", "strict", "disable":
	case "false": // the login alone is encrypted, for whoever answers
		options.Set(msdsn.TrustServerCertificate, "true")
	default:
		return nil, inlay.Errorf(inlay.Invalid, "the address of database %q has another value of encrypt than true, strict, false or disable", e.Name)
	}
	cfg, err := msdsn.Parse((&url.URL{Scheme: "sqlserver", User: u.User, Host: u.Host, RawQuery: options.Encode()}).String())
	if err != nil {
		return nil, badAddress(e.Name)
	}
	cfg.DisableRetry, cfg.MultiSubnetFailover = true, false
	return &sqlServer{e.Name, cfg}, nil
}

// Quote writes an identifier.
func (*sqlServer) Quote(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" }

// Placeholder is @p1, @p2, …. Values that travel as texts say their type.
func (*sqlServer) Placeholder(n int, v any) string {
	mark := "@p" + strconv.Itoa(n)
	switch x := v.(type) {
	case cast:
		return "CAST(" + mark + " AS " + x.to + ")"
	case time.Time: // which the driver sends with a zone
		return "CAST(" + mark + " AS datetime2(7))"
	}
	return mark
}

// NotNaN is empty: SQL Server stores no NaN.
func (*sqlServer) NotNaN(string) string { return "" }

// First is TOP.
func (*sqlServer) First(n int64) string { return "TOP (" + strconv.FormatInt(n, 10) + ") " }

// Truth compares: a bit is no condition.
func (*sqlServer) Truth(expr string) string { return expr + " = 1" }

// Tables lists tables and views that the account may read.
func (m *sqlServer) Tables(ctx context.Context) ([][2]string, error) {
	cells, err := m.Query(ctx, "SELECT TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA NOT IN (N'sys', N'INFORMATION_SCHEMA') ORDER BY TABLE_SCHEMA, TABLE_NAME", nil)
	if err != nil {
		return nil, err
	}
	return pairs(cells)
}

// Query runs a statement on a connection of its own, in a transaction that is never committed:
// SQL Server has none that may only read.
func (m *sqlServer) Query(ctx context.Context, text string, args []any) (powerquery.Cells, error) {
	conn, err := m.connect(ctx)
	if err != nil {
		return nil, m.failed(ctx, err)
	}
	rows, err := m.start(ctx, conn, text, args)
	if err != nil {
		_ = conn.Close()
		return nil, m.failed(ctx, err)
	}
	return m.cells(ctx, conn, rows), nil
}

// connect opens a connection and signs in. The driver waits without end for a server that says
// nothing, so what it dialled is closed when time is up.
func (m *sqlServer) connect(ctx context.Context) (*mssql.Conn, error) {
	within, cancel := context.WithTimeout(ctx, sqlServerLogin)
	defer cancel()
	cfg := m.cfg
	if cfg.TLSConfig != nil { // which the driver writes to
		cfg.TLSConfig = cfg.TLSConfig.Clone()
		cfg.TLSConfig.MinVersion = max(cfg.TLSConfig.MinVersion, tls.VersionTLS12)
	}
	c := mssql.NewConnectorConfig(cfg)
	d := &loginDialer{within: within}
	c.Dialer = d
	conn, err := c.Connect(within)
	d.done()
	if err != nil {
		return nil, err
	}
	ours, ok := conn.(*mssql.Conn)
	if !ok || within.Err() != nil {
		_ = conn.Close()
		return nil, errors.Join(within.Err(), errors.New("no connection"))
	}
	return ours, nil
}

// loginDialer closes what it dialled when the time for the login is over.
type loginDialer struct {
	within context.Context
	stops  []func() bool
}

// DialContext dials.
func (d *loginDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.stops = append(d.stops, context.AfterFunc(d.within, func() { _ = conn.Close() }))
	return conn, nil
}

// done is the end of the login.
func (d *loginDialer) done() {
	for _, stop := range d.stops {
		stop()
	}
}

// start begins the transaction and the statement.
func (m *sqlServer) start(ctx context.Context, conn *mssql.Conn, text string, args []any) (*mssql.Rows, error) {
	if _, err := conn.BeginTx(ctx, driver.TxOptions{}); err != nil {
		return nil, err
	}
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		switch x := a.(type) {
		case cast:
			a = x.text
		case nil: // of a type: not every server takes one that has none
			a = sql.NullString{}
		}
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	stmt, err := conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	q, ok := stmt.(driver.StmtQueryContext)
	if !ok {
		return nil, errors.New("the driver is none of SQL Server")
	}
	rows, err := q.QueryContext(ctx, named)
	if err != nil {
		return nil, err
	}
	ours, ok := rows.(*mssql.Rows)
	if !ok || len(ours.Columns()) == 0 {
		return nil, errors.Join(inlay.Errorf(inlay.Invalid, "database %q: the statement gives no rows", m.name), rows.Close())
	}
	return ours, nil
}

// failed keeps the address and its secret out of an error; what the server says stays.
func (m *sqlServer) failed(ctx context.Context, err error) error {
	var said mssql.Error
	var ours *inlay.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &said):
		all := said.All
		if len(all) == 0 {
			all = []mssql.Error{said}
		}
		var b strings.Builder
		for i, e := range all {
			b.WriteString([]string{"", "; "}[min(i, 1)] + e.Message + " (" + strconv.Itoa(int(e.Number)) + ")")
		}
		return inlay.Errorf(inlay.Invalid, "database %q: %s", m.name, b.String())
	case errors.As(err, &ours):
		return ours
	}
	for _, f := range loginFailures {
		if strings.Contains(err.Error(), f.words) {
			return inlay.Errorf(inlay.Unavailable, "database %q: %s", m.name, f.msg)
		}
	}
	return inlay.Errorf(inlay.Unavailable, "database %q cannot be reached or broke off", m.name)
}

// loginFailures are what the driver tells apart in words alone; the first that fits counts.
var loginFailures = []struct{ words, msg string }{
	{"server does not support encryption", "the server does not encrypt, as the address asks for (encrypt)"},
	{"signed by unknown authority", "the certificate of the server is signed by an authority that is not known here; say which with certificate=FILE.pem behind the ? of the address"},
	{"certificate is valid for", otherHost},
	{"certificate is not valid for any names", otherHost},
	{"certificate has expired", "the certificate of the server has expired, or is not valid yet"},
	{"TLS Handshake failed", "the server and the driver do not agree on TLS, or the certificate of the server is not good"},
}

const otherHost = "the certificate of the server is one for another host; say which with hostNameInCertificate=NAME behind the ? of the address"
