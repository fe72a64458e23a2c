package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
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

// service is what a child serves. The zero run serves the handler and no more.
type service struct {
	handler http.Handler
	run     func(ctx context.Context, ready func(address string)) error
	data    string // the folder of a whole server
	tell    string // what its clients need to know, on one line
}

// serveChild serves until its standard input ends, which it does when the parent is gone. Each
// line of it asks what the process has used so far.
func serveChild(kind string) error {
	defer func() {
		for i := len(exits) - 1; i >= 0; i-- {
			exits[i]()
		}
	}()
	signal.Ignore(os.Interrupt) // the parent says when
	kindOf, ok := kinds[kind]
	if !ok {
		return fmt.Errorf("no server of kind %q", kind)
	}
	s, err := kindOf()
	if err != nil {
		return err
	}
	if err := profile(kind); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	if s.run == nil {
		s.run = func(ctx context.Context, ready func(string)) error { return serveHandler(ctx, s.handler, ready) }
	}
	return s.run(ctx, func(address string) {
		fmt.Println(address, cmp.Or(s.tell, "-"))
		go func() {
			defer stop()
			for in := bufio.NewScanner(os.Stdin); in.Scan(); {
				u, err := used()
				if err != nil {
					return
				}
				_ = json.NewEncoder(os.Stdout).Encode(u)
			}
		}()
	})
}

// serveHandler is the least that serves a handler.
func serveHandler(ctx context.Context, h http.Handler, ready func(address string)) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: h}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	ready(l.Addr().String())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// usage is what a process has used so far, and what it holds.
type usage struct {
	CPU      time.Duration
	Mallocs  uint64
	Bytes    uint64 // allocated
	Resident uint64 // now, where the system tells
}

func used() (usage, error) {
	cpu, err := cpuTime()
	if err != nil {
		return usage{}, err
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := usage{CPU: cpu, Mallocs: m.Mallocs, Bytes: m.TotalAlloc}
	var size, pages uint64
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if _, err := fmt.Sscan(string(text), &size, &pages); err == nil {
			u.Resident = pages * uint64(os.Getpagesize())
		}
	}
	return u, nil
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
	in      io.WriteCloser
	out     *bufio.Reader
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
	c := &child{in: in, out: bufio.NewReader(out), stop: func() {
		_ = in.Close()
		_ = cmd.Wait()
	}}
	line, err := c.out.ReadString('\n')
	var ok bool
	c.address, c.told, ok = strings.Cut(strings.TrimSpace(line), " ")
	if err != nil || !ok {
		c.stop()
		return nil, fmt.Errorf("server %q did not start: %w", kind, err)
	}
	return c, nil
}

// used is what the child has used so far.
func (c *child) used() (usage, error) {
	if _, err := io.WriteString(c.in, "\n"); err != nil {
		return usage{}, err
	}
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return usage{}, err
	}
	var u usage
	err = json.Unmarshal(line, &u)
	return u, err
}
