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

// locked are the settings of every instance, in the order in which they are made: the folder
// for spilled data must be known before external access ends, and the lock comes last. They
// are read back, because an option that is lost in silence would open everything.
var locked = [][2]string{
	{"autoinstall_known_extensions", "false"},
	{"autoload_known_extensions", "false"},
	{"allow_community_extensions", "false"},
	{"allow_persistent_secrets", "false"},
	{"enable_external_access", "false"},
	{"lock_configuration", "true"},
}

// limits bound an instance.
type limits struct {
	before  string // another data file, to be read as the catalog "before"; empty if there is none
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
	opts.Set("access_mode", mode)
	opts.Set("memory_limit", l.memory)
	opts.Set("threads", strconv.Itoa(l.threads))
	opts.Set("temp_directory", l.temp)
	opts.Set("max_temp_directory_size", l.disk)
	if mode == "read_write" {
		opts.Set("write_buffer_row_group_count", "1") // not several, the last of which would all wait for the commit
	}
	c, err := duck.NewConnector(path+"?"+opts.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("open data file: %w", err)
	}
	if err := lock(c, mode, l); err != nil {
		return nil, errors.Join(fmt.Errorf("open data file: %w", err), c.Close())
	}
	return c, nil
}

// lock makes the settings and refuses an instance that has others. After it, no other file can be
// opened.
func lock(c *duck.Connector, mode string, l limits) error {
	ctx := context.Background()
	conn, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if l.before != "" {
		if err := exec(ctx, conn, "ATTACH '"+strings.ReplaceAll(l.before, "'", "''")+"' AS before (READ_ONLY)"); err != nil {
			return fmt.Errorf("open the last version: %w", err)
		}
	}
	// A second opening of the same file shares the instance, which is locked already.
	if got, err := one(ctx, conn, "SELECT CAST(current_setting('lock_configuration') AS VARCHAR)"); err != nil || got != "true" {
		for _, s := range locked {
			if err := exec(ctx, conn, "SET "+s[0]+" = "+s[1]); err != nil {
				return fmt.Errorf("setting %s: %w", s[0], err)
			}
		}
	}
	for _, s := range append([][2]string{{"access_mode", mode}, {"allow_unsigned_extensions", "false"}}, locked...) {
		got, err := one(ctx, conn, "SELECT CAST(current_setting('"+s[0]+"') AS VARCHAR)")
		if err != nil {
			return fmt.Errorf("setting %s: %w", s[0], err)
		}
		if v, _ := got.(string); !strings.EqualFold(v, s[1]) {
			return fmt.Errorf("the data engine has %s for the setting %s, not %s", v, s[0], s[1])
		}
	}
	return nil
}

// one runs a statement and gives the first value of its first row, nil if there is none.
func one(ctx context.Context, conn driver.Conn, sql string) (driver.Value, error) {
	row, err := values(ctx, conn, sql)
	if err != nil || len(row) == 0 {
		return nil, err
	}
	return row[0], nil
}

// values runs a statement and gives its first row, nil if there is none.
func values(ctx context.Context, conn driver.Conn, sql string) ([]driver.Value, error) {
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
	return dst, nil
}

func exec(ctx context.Context, conn driver.Conn, sql string) error {
	_, err := conn.(driver.ExecerContext).ExecContext(ctx, sql, nil)
	return err
}
