package main

import (
	"bufio"
	"bytes"
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
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"inlay/embedtoken"
)

// A server under test runs in a process of its own, so that its CPU time is not that of the
// clients. It is this program again, told by a variable what to serve.

const (
	childVariable = "INLAY_BENCH_SERVE"
	connections   = 16
)

// answerJSON is as long as an answer of GenerateToken.
var answerJSON = []byte(`{"@odata.context":"http://localhost:8400/v1.0/myorg/$metadata#Microsoft.PowerBI.ServiceContracts.Api.V1.GenerateTokenResponse","token":"` +
	strings.Repeat("t", 1100) + `","tokenId":"7d4b1f3c-6a58-4f06-9a53-000000000000","expiration":"2026-11-21T21:00:00Z"}`)

// askJSON is as long as a usual request.
var askJSON = []byte(`{"datasets":[{"id":"0b8b1f3c-6a58-4f06-9a53-3d1d1e6c0f10"}],"reports":[{"id":"9e1c4d2b-7a5f-4c3e-b6d8-2f1a0e9c8b7d"}],` +
	`"identities":[{"username":"amira@alderfoods.example.com","roles":["Tenant members"],"datasets":["0b8b1f3c-6a58-4f06-9a53-3d1d1e6c0f10"]}]}`)

// fixed reads a request and answers the same JSON each time: what everything over HTTP costs.
func fixed(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answerJSON)
}

// kinds of child: each makes a handler and prints what its clients need to know.
var kinds = map[string]func() (h http.Handler, tell string, err error){
	"bare": func() (http.Handler, string, error) { return http.HandlerFunc(fixed), "-", nil },
	"open": func() (http.Handler, string, error) {
		ring, err := embedtoken.NewRing()
		if err != nil {
			return nil, "", err
		}
		token, err := ring.Seal(grant(0, time.Now()), "https://localhost:8443")
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := ring.Open(strings.TrimPrefix(r.Header.Get("Authorization"), "EmbedToken "), time.Now()); err != nil {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			fixed(w, r)
		}), token, err
	},
	"generate": serveGenerate,
}

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

// child is a server in a process of its own.
type child struct {
	url    string
	told   string
	client *http.Client
	stop   func()
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
	transport := &http.Transport{MaxIdleConnsPerHost: connections}
	return &child{url: "http://" + address, told: told, client: &http.Client{Transport: transport}, stop: func() {
		transport.CloseIdleConnections()
		stop()
	}}, nil
}

// cpu is what the child has used so far.
func (c *child) cpu(ctx context.Context) (time.Duration, error) {
	text, err := c.do(ctx, http.MethodGet, "/cpu", nil, nil)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	return time.Duration(n), err
}

func (c *child) do(ctx context.Context, method, path string, header http.Header, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	resp, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s answered %d: %.200s", method, path, resp.StatusCode, text)
	}
	return text, err
}

// posts is a side: n requests over all connections. The time is that of one request as its
// client sees it.
func (c *child) posts(path string, header http.Header, body []byte) side {
	return func(ctx context.Context, n int) (cost, error) {
		before, err := c.cpu(ctx)
		if err != nil {
			return cost{}, err
		}
		var next atomic.Int64
		var failed atomic.Pointer[error]
		var all sync.WaitGroup
		start := time.Now()
		for range min(n, connections) {
			all.Go(func() {
				for next.Add(1) <= int64(n) && failed.Load() == nil {
					if _, err := c.do(ctx, http.MethodPost, path, header, body); err != nil {
						failed.Store(&err)
					}
				}
			})
		}
		all.Wait()
		wall := time.Since(start)
		if err := failed.Load(); err != nil {
			return cost{}, *err
		}
		after, err := c.cpu(ctx)
		return cost{after - before, wall}, err
	}
}

// httpComparisons measure requests as a server sees them.
func httpComparisons(ctx context.Context) ([]comparison, func(), error) {
	bare, err := startChild(ctx, "bare")
	if err != nil {
		return nil, nil, err
	}
	open, err := startChild(ctx, "open")
	if err != nil {
		bare.stop()
		return nil, nil, err
	}
	generate, err := startChild(ctx, "generate")
	if err != nil {
		open.stop()
		bare.stop()
		return nil, nil, err
	}
	done := func() { generate.stop(); open.stop(); bare.stop() }
	var to generateTo
	if err := json.Unmarshal([]byte(generate.told), &to); err != nil {
		done()
		return nil, nil, err
	}
	opening := http.Header{"Authorization": {"EmbedToken " + open.told}, "Content-Type": {"application/json"}}
	asking := http.Header{"Authorization": {"Bearer " + to.Access}, "Content-Type": {"application/json"}}
	return []comparison{
		{"POST that opens a token", "bare POST", "2.00", open.posts("/", opening, askJSON), bare.posts("/", opening, askJSON)},
		{"GenerateToken", "bare POST", "3.00", generate.posts("/v1.0/myorg/GenerateToken", asking, to.Body), bare.posts("/", asking, to.Body)},
	}, done, nil
}
