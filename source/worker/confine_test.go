package worker_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"inlay"
	"inlay/dax"
	"inlay/query"
	"inlay/source/duckdb"
	"inlay/source/worker"
)

// prober is an engine that does in a worker what an attacker would: its statements are a word
// and what it is about, and its rows how that went.
type prober struct{}

type probe struct{}

func (prober) Open(string, worker.Limits) (worker.Data, error) { return probe{}, nil }

func (probe) Close() error { return nil }

func (probe) Run(ctx context.Context, s worker.Statement) (query.Rows, error) {
	what, about, _ := strings.Cut(s.SQL, " ")
	text, err := "done", error(nil)
	pid, _ := strconv.Atoi(about)
	switch what {
	case "read":
		_, err = os.ReadFile(about)
	case "list":
		_, err = os.ReadDir(about)
	case "write":
		err = os.WriteFile(about, []byte("x"), 0o600)
	case "spill":
		err = os.WriteFile(filepath.Join(os.TempDir(), "x"), []byte("x"), 0o600)
	case "environment":
		text = strings.Join(os.Environ(), " ")
	case "hold": // memory, until it is killed
		held := make([]byte, 480<<20)
		for i := 0; i < len(held); i += 4096 {
			held[i] = 1
		}
		<-ctx.Done()
		text = fmt.Sprint(held[0])
	case "run":
		err = exec.Command(about).Run()
	case "signal":
		err = syscall.Kill(pid, 0)
	case "signal-thread":
		_, _, errno := syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(pid), uintptr(pid), 0)
		if errno != 0 {
			err = errno
		}
	case "trace":
		err = syscall.PtraceAttach(pid)
	case "inherited":
		text = strconv.FormatBool(holds(about))
	default: // a network
		var c net.Conn
		if c, err = net.Dial(what, about); err == nil {
			_, err = c.Write([]byte("x"))
		}
	}
	if err != nil {
		text = err.Error()
		if errors.Is(err, os.ErrPermission) {
			text = "refused"
		}
	}
	return &said{text: text}, nil
}

// holds reports whether the process has a file open, by the number of its inode.
func holds(inode string) bool {
	for fd := range 64 {
		var st syscall.Stat_t
		if syscall.Fstat(fd, &st) == nil && strconv.FormatUint(st.Ino, 10) == inode {
			return true
		}
	}
	return false
}

// said is one row.
type said struct {
	text string
	read bool
}

func (s *said) Next(dst []dax.Value) bool {
	if s.read {
		return false
	}
	s.read, dst[0] = true, dax.TextOf(s.text)
	return true
}
func (*said) Err() error   { return nil }
func (*said) Close() error { return nil }

// TestConfined tries from inside a worker what it must not do. It fails where the kernel cannot
// confine: then it has shown nothing.
func TestConfined(t *testing.T) {
	t.Setenv("INLAY_TEST_SECRET", "hunter2")
	dir, outside := t.TempDir(), t.TempDir()
	file, secret := filepath.Join(dir, "data.duckdb"), filepath.Join(outside, "secret")
	for _, f := range []string{file, secret} {
		if err := os.WriteFile(f, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(secret, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	var lc net.ListenConfig
	addresses := map[string]string{"tcp": "127.0.0.1:0", "unix": filepath.Join(outside, "socket")}
	for network, at := range addresses {
		l, err := lc.Listen(t.Context(), network, at)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		addresses[network] = l.Addr().String()
	}
	// A file that a careless library opened: every child would have it.
	careless, err := syscall.Open(secret, syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(careless)
	var st syscall.Stat_t
	if err := syscall.Fstat(careless, &st); err != nil {
		t.Fatal(err)
	}

	p, _ := pool(t, dir, worker.Options{Args: []string{"prober"}, Size: 1})
	s, err := p.Open(file, duckdb.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	self := strconv.Itoa(os.Getpid())
	for _, c := range []struct{ try, want string }{
		{"read " + file, "done"},
		{"list " + dir, "done"},
		{"spill", "done"},
		{"read /etc/passwd", "refused"},
		{"read " + secret, "refused"},
		{"read " + filepath.Join(dir, "link"), "refused"},
		{"read " + filepath.Join(dir, "..", filepath.Base(outside), "secret"), "refused"},
		{"read /proc/" + self + "/environ", "refused"},
		{"read /proc/self/environ", "refused"},
		{"read /proc/self/maps", "refused"},
		{"list /", "refused"},
		{"write " + file, "refused"},
		{"write " + filepath.Join(dir, "new"), "refused"},
		{"write " + filepath.Join(outside, "new"), "refused"},
		{"tcp " + addresses["tcp"], "refused"},
		{"unix " + addresses["unix"], "refused"},
		{"udp 127.0.0.1:53", "refused"},
		{"run /bin/true", "refused"},
		{"signal " + self, "refused"},
		{"signal-thread " + self, "refused"},
		{"trace " + self, "refused"},
		{"inherited " + strconv.FormatUint(st.Ino, 10), "false"},
	} {
		got, err := first(t.Context(), s, c.try, dax.String)
		if err != nil || !strings.HasSuffix(got.Text(), c.want) && !strings.Contains(got.Text(), "operation not permitted") {
			t.Errorf("%s: %q, %v; want %s", c.try, got.Text(), err, c.want)
		}
		if strings.Contains(got.Text(), "operation not permitted") && c.want != "refused" {
			t.Errorf("%s: %q, want %s", c.try, got.Text(), c.want)
		}
	}
	if got, err := first(t.Context(), s, "environment", dax.String); err != nil || strings.Contains(got.Text(), "hunter2") || strings.Contains(got.Text(), "INLAY_") {
		t.Errorf("the environment is %q, %v", got.Text(), err)
	}
	if c := p.Counts().Confinement; c.Landlock < 1 || !c.Calls {
		t.Errorf("confinement = %+v", c)
	}
}

// TestWatched: a worker that takes more than its budget is killed, also where the engine does not
// notice.
func TestWatched(t *testing.T) {
	if underRace {
		t.Skip("the race detector takes more address space than a worker may have; the plain run has this test")
	}
	dir := t.TempDir()
	p, _ := pool(t, dir, worker.Options{Args: []string{"prober"}, Size: 1})
	s, err := p.Open(dir, duckdb.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first(t.Context(), s, "hold", dax.String); inlay.KindOf(err) != inlay.Limit {
		t.Errorf("err = %v", err)
	}
	if c := p.Counts(); c.OverMemory != 1 || c.Crashed != 0 {
		t.Errorf("counts = %+v", c)
	}
}

// serveForever is a server that is killed.
func serveForever(file string) error {
	p, err := worker.NewPool(worker.Options{Read: []string{file}, Size: 1, Limits: worker.Limits{Memory: budget}})
	if err != nil {
		return err
	}
	s, err := p.Open(file, duckdb.Dialect{})
	if err != nil {
		return err
	}
	if _, err := first(context.Background(), s, "SELECT 1", dax.Int64); err != nil {
		return err
	}
	fmt.Println(p.Processes()[0])
	_, err = first(context.Background(), s, slow, dax.Int64)
	return err
}

// TestWorkersEndWithTheServer: a server that is killed leaves no worker behind, even one that computes.
func TestWorkersEndWithTheServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "data.duckdb")
	fill(t, file, "CREATE TABLE t AS SELECT 1 AS n")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "server", file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	id, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	eventually(t, "the worker has ended", func() bool {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
		return err != nil || strings.Contains(string(state), ") Z ")
	})
}
