package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

// program is the command as it is built for users, with a folder for its data.
type program struct{ dir, file string }

func build(ctx context.Context) (program, error) {
	dir, err := os.MkdirTemp("", "inlay-bench-")
	if err != nil {
		return program{}, err
	}
	p := program{dir, filepath.Join(dir, "inlay")}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", p.file, "./cmd/inlay").CombinedOutput(); err != nil { //nolint:gosec // our own command
		p.remove()
		return program{}, fmt.Errorf("build: %w: %s", err, out)
	}
	return p, nil
}

func (p program) remove() { _ = os.RemoveAll(p.dir) }

// running is the program at work.
type running struct {
	url  string
	took time.Duration // from its start to its first answer
	cmd  *exec.Cmd
}

// start runs a command on a data folder and waits for the first good answer of a path.
func (p program) start(ctx context.Context, command, folder, path string) (*running, error) {
	plain, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	secure, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, p.file, command, "--data", filepath.Join(p.dir, folder), "--listen", plain, "--tls-listen", secure) //nolint:gosec // our own command
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := &running{url: "http://" + plain, cmd: cmd}
	for {
		_, _, err := fetch(ctx, r.url+path)
		r.took = time.Since(begin)
		if err == nil {
			return r, nil
		}
		if r.took > time.Minute || ctx.Err() != nil {
			r.stop()
			return nil, fmt.Errorf("inlay %s does not answer: %w", command, err)
		}
		time.Sleep(time.Millisecond)
	}
}

func (r *running) stop() {
	_ = r.cmd.Process.Signal(os.Interrupt)
	_ = r.cmd.Wait() // interrupted, as asked
}

var resident = regexp.MustCompile(`VmRSS:\s+(\d+ kB)`)

// memory is what the program holds of the machine's, where the system tells.
func (r *running) memory() string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
	if m := resident.FindSubmatch(text); err == nil && m != nil {
		return string(m[1])
	}
	return "unknown number of kB"
}

// freeAddress is one on which nobody listens, a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

// fetch gets a text as a browser does, and its length on the way.
func fetch(ctx context.Context, url string) (text string, travelled int64, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", 0, err
	}
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return "", 0, fmt.Errorf("%s answered %d", url, resp.StatusCode)
	}
	count := &counter{from: resp.Body}
	var in io.Reader = count
	if resp.Header.Get("Content-Encoding") == "gzip" {
		if in, err = gzip.NewReader(count); err != nil {
			return "", 0, err
		}
	}
	b, err := io.ReadAll(in)
	return string(b), count.n, err
}

// counter counts what is read.
type counter struct {
	from io.Reader
	n    int64
}

// Read reads.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}
