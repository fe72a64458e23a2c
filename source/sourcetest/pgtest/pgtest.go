// Package pgtest gives tests a PostgreSQL server of their own: the programs of the machine, a new
// folder, a free port of the loopback address. Nothing that runs already is touched.
package pgtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // for what tests do beside a source
)

// Server is a PostgreSQL server.
type Server struct {
	bin, dir string
	port     int
	owner    *syscall.Credential // nil: who runs the tests
	mu       sync.Mutex
	cmd      *exec.Cmd
	exited   chan struct{}
	made     atomic.Int64
}

var (
	once   sync.Once
	shared *Server
	failed error
)

// Main runs the tests of a package and stops the server that they shared. Call it in TestMain.
func Main(m *testing.M) {
	status := m.Run()
	if shared != nil {
		shared.close()
	}
	os.Exit(status)
}

// Shared is the server that the tests of a package share. Without the programs of PostgreSQL the
// test is skipped, but fails in CI.
func Shared(t testing.TB) *Server {
	t.Helper()
	once.Do(func() { shared, failed = start() })
	return checked(t, shared, failed)
}

// Own is a server for a test that stops or kills it.
func Own(t testing.TB) *Server {
	t.Helper()
	s, err := start()
	checked(t, s, err)
	t.Cleanup(s.close)
	return s
}

func checked(t testing.TB, s *Server, err error) *Server {
	t.Helper()
	var missing *exec.Error
	if errors.As(err, &missing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// programs finds the folder of initdb and postgres: PG_BIN, Debian's newest, the path.
func programs() (string, error) {
	places := []string{os.Getenv("PG_BIN")}
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Sort(debian)
	slices.Reverse(debian)
	places = append(places, debian...)
	if p, err := exec.LookPath("postgres"); err == nil {
		places = append(places, filepath.Dir(p))
	}
	for _, dir := range places {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); dir != "" && err == nil { //nolint:gosec // who runs the tests names the folder
			return dir, nil
		}
	}
	return "", &exec.Error{Name: "initdb", Err: errors.New("the tests on PostgreSQL need its programs; on Debian: apt-get install postgresql; elsewhere set PG_BIN to their folder")}
}

// start makes a folder of data and a server for it. PostgreSQL refuses to run as root.
func start() (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin}
	if s.dir, err = os.MkdirTemp("", "inlay-postgres-"); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		for _, name := range []string{"postgres", "nobody"} {
			if u, err := user.Lookup(name); err == nil {
				uid, _ := strconv.ParseUint(u.Uid, 10, 32)
				gid, _ := strconv.ParseUint(u.Gid, 10, 32)
				s.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
				break
			}
		}
		if s.owner == nil {
			return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody")
		}
		if err := os.Chown(s.dir, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			return nil, err
		}
	}
	init := s.command(context.Background(), "initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return nil, err
	}
	return s, s.Start()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...) //nolint:gosec // who runs the tests names the folder
	cmd.Dir = s.dir
	cmd.Env = []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH"), "TZ=UTC"}
	cmd.SysProcAttr = attributes(s.owner)
	return cmd
}

// Start starts the server, and returns when it answers.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out bytes.Buffer
	cmd := s.command(context.Background(), "postgres", "-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.dir, "-c", "listen_addresses=127.0.0.1",
		"-c", "fsync=off", "-c", "max_connections=100", "-c", "shared_buffers=32MB", "-c", "full_page_writes=off", "-c", "log_min_messages=fatal")
	cmd.Stderr = &out
	started, exited := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the server ends with the thread that started it
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(exited)
	}()
	if err := <-started; err != nil {
		return err
	}
	s.cmd, s.exited = cmd, exited
	db := s.db("postgres")
	defer func() { _ = db.Close() }()
	for {
		if err := db.PingContext(context.Background()); err == nil {
			return nil
		}
		select {
		case <-exited:
			return fmt.Errorf("postgres ended: %s", out.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop ends the server by a signal: SIGQUIT at once, as a crash does; SIGINT after it has ended
// the connections.
func (s *Server) Stop(sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return nil
	}
	err := s.cmd.Process.Signal(sig)
	<-s.exited
	s.cmd = nil
	return err
}

func (s *Server) close() { _ = errors.Join(s.Stop(syscall.SIGQUIT), os.RemoveAll(s.dir)) }

// Address is host and port.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// URL is the connection string of a role for a database.
func (s *Server) URL(role, database string) string {
	return "postgres://" + role + "@" + s.Address() + "/" + database + "?sslmode=disable"
}

func (s *Server) db(database string) *sql.DB {
	db, err := sql.Open("pgx", s.URL("postgres", database))
	if err != nil {
		panic(err) // the text is fixed
	}
	return db
}

// Database makes a database that is dropped with the test.
func (s *Server) Database(t testing.TB) *Database {
	t.Helper()
	d := &Database{Server: s, Name: fmt.Sprintf("t%d", s.made.Add(1))}
	admin := s.db("postgres")
	t.Cleanup(func() { _ = admin.Close() })
	if _, err := admin.ExecContext(context.Background(), "CREATE DATABASE "+d.Name+" TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	d.db = s.db(d.Name)
	t.Cleanup(func() {
		_ = d.db.Close()
		_, _ = admin.ExecContext(context.Background(), "DROP DATABASE "+d.Name+" WITH (FORCE)")
	})
	return d
}

// Database is a database of a server, and a connection to it as its owner.
type Database struct {
	Server *Server
	Name   string
	db     *sql.DB
}

// URL is the connection string of a role.
func (d *Database) URL(role string) string { return d.Server.URL(role, d.Name) }

// Exec runs statements as the owner.
func (d *Database) Exec(t testing.TB, text string, args ...any) {
	t.Helper()
	if _, err := d.db.ExecContext(context.Background(), text, args...); err != nil {
		t.Fatalf("%s: %v", strings.TrimSpace(text), err)
	}
}
