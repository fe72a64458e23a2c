package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"
)

// A server under test runs in a process of its own, so that its CPU time is not that of the
// clients. It is this program again, told by a variable what to serve.
const (
	childVariable   = "INLAY_BENCH_SERVE"
	profileVariable = "INLAY_BENCH_PROFILE" // a folder for CPU profiles of the servers
)

// atExit is what a child does before it ends, last first.
func atExit(f func()) { exits = append(exits, f) }

var exits []func()

// serveChild serves until its standard input ends, which it does when the parent is gone.
func serveChild(kind string) error {
	defer func() {
		for i := len(exits) - 1; i >= 0; i-- {
			exits[i]()
		}
	}()
	signal.Ignore(os.Interrupt) // the parent says when
	handler, ok := kinds[kind]
	if !ok {
		return fmt.Errorf("no server of kind %q", kind)
	}
	h, tell, err := handler()
	if err != nil {
		return err
	}
	if err := profile(kind); err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/cpu" {
			h.ServeHTTP(w, r)
			return
		}
		used, err := cpuTime()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = fmt.Fprint(w, int64(used))
	})}
	fmt.Println(l.Addr(), tell)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// profile writes where the CPU time of this process goes, until it ends.
func profile(kind string) error {
	dir := os.Getenv(profileVariable)
	if dir == "" {
		return nil
	}
	f, err := os.Create(filepath.Join(dir, kind+".cpu")) //nolint:gosec // both are of who runs this
	if err != nil {
		return err
	}
	atExit(func() { pprof.StopCPUProfile(); _ = f.Close() })
	return pprof.StartCPUProfile(f)
}

// child is a server in a process of its own.
type child struct {
	address string
	told    string
	stop    func()
}

// startChild starts this program again as a server.
func startChild(ctx context.Context, kind string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self) //nolint:gosec // this program itself
	cmd.Env = append(os.Environ(), childVariable+"="+kind)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	// It ends when its input does, so that it can clean up.
	cmd.Cancel, cmd.WaitDelay = in.Close, 5*time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop := func() {
		_ = in.Close()
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	address, told, ok := strings.Cut(strings.TrimSpace(line), " ")
	if err != nil || !ok {
		stop()
		return nil, fmt.Errorf("server %q did not start: %w", kind, err)
	}
	return &child{address: address, told: told, stop: stop}, nil
}

// cpu is what the child has used so far.
func (c *child) cpu(ctx context.Context) (time.Duration, error) {
	one, err := dial(ctx, c.address)
	if err != nil {
		return 0, err
	}
	defer one.close()
	text, err := one.ask([]byte("GET /cpu HTTP/1.1\r\nHost: " + c.address + "\r\n\r\n"))
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	return time.Duration(n), err
}
