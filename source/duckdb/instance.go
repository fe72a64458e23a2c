package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"runtime"
	"strconv"
	"strings"

	duck "github.com/duckdb/duckdb-go/v2"

	"inlay"
)

// locked are the settings of every instance. They are given when it is opened, and read back:
// an option that a path would swallow must not be lost in silence.
var locked = map[string]string{
	"enable_external_access":       "false",
	"autoinstall_known_extensions": "false",
	"autoload_known_extensions":    "false",
	"allow_community_extensions":   "false",
	"allow_unsigned_extensions":    "false",
	"allow_persistent_secrets":     "false",
	"lock_configuration":           "true",
}

// limits bound an instance.
type limits struct {
	memory  string // such as 512MB
	threads int
	temp    string // folder for what does not fit in memory
	disk    string // most bytes in temp
}

func (l *limits) fill() {
	if l.memory == "" {
		l.memory = "1GB"
	}
	if l.threads <= 0 {
		l.threads = runtime.GOMAXPROCS(0)
	}
	if l.disk == "" {
		l.disk = "4GB"
	}
}

// openInstance opens a database file, locked down.
func openInstance(path, mode string, l limits) (*duck.Connector, error) {
	if path == "" || strings.ContainsAny(path, "?#%\x00") || strings.HasPrefix(path, ":") {
		return nil, &inlay.Error{Kind: inlay.Invalid, Msg: fmt.Sprintf("the data file %q has a name that cannot be opened safely", path), Remedy: "use a path without ?, # and %"}
	}
	l.fill()
	opts := url.Values{}
	for k, v := range locked {
		opts.Set(k, v)
	}
	opts.Set("access_mode", mode)
	opts.Set("memory_limit", l.memory)
	opts.Set("threads", strconv.Itoa(l.threads))
	opts.Set("temp_directory", l.temp)
	opts.Set("max_temp_directory_size", l.disk)
	c, err := duck.NewConnector(path+"?"+opts.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("open data file: %w", err)
	}
	if err := verify(c); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// verify reads the settings back and refuses an instance that is not locked.
func verify(c *duck.Connector) error {
	ctx := context.Background()
	conn, err := c.Connect(ctx)
	if err != nil {
		return fmt.Errorf("open data file: %w", err)
	}
	defer func() { _ = conn.Close() }()
	for name, want := range locked {
		got, err := one(ctx, conn, "SELECT CAST(current_setting('"+name+"') AS VARCHAR)")
		if err != nil {
			return fmt.Errorf("read setting %s: %w", name, err)
		}
		if s, _ := got.(string); !strings.EqualFold(s, want) {
			return fmt.Errorf("the data engine did not take the setting %s", name)
		}
	}
	return nil
}

// one runs a statement and gives the first value of its first row, nil if there is none.
func one(ctx context.Context, conn driver.Conn, sql string) (driver.Value, error) {
	rows, err := conn.(driver.QueryerContext).QueryContext(ctx, sql, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	dst := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(dst); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	return dst[0], nil
}

func exec(ctx context.Context, conn driver.Conn, sql string) error {
	_, err := conn.(driver.ExecerContext).ExecContext(ctx, sql, nil)
	return err
}
