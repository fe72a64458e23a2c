package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// conn is a client that costs little, because it shares the machine with the server: it writes
// one request text again and again and looks at status and length of the answers.
type conn struct {
	net.Conn
	in   *bufio.Reader
	body []byte
}

func dial(ctx context.Context, address string) (*conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, in: bufio.NewReaderSize(c, 16<<10)}, nil
}

func (c *conn) close() { _ = c.Close() }

// ask sends a request and returns the body of the answer, until the next call.
func (c *conn) ask(request []byte) ([]byte, error) {
	if _, err := c.Write(request); err != nil {
		return nil, err
	}
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	good := bytes.HasPrefix(status, []byte("HTTP/1.1 200 "))
	length := -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, errors.New("an answer without Content-Length")
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	if _, err := io.ReadFull(c.in, c.body); err != nil {
		return nil, err
	}
	if !good {
		return nil, fmt.Errorf("refused: %.200s", c.body)
	}
	return c.body, nil
}

// post is the text of a request, with the headers that most clients send.
func post(address, path string, header http.Header, body []byte) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: inlay-bench/1.0\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nContent-Length: %d\r\n",
		path, address, len(body))
	if err := header.Write(&b); err != nil {
		return nil, err
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes(), nil
}

// posts is a side: n requests over so many connections. The time is that of the whole, divided
// by n.
func (c *child) posts(conns int, path string, header http.Header, body []byte) side {
	return func(ctx context.Context, n int) (cost, error) {
		cost, _, err := c.load(ctx, conns, n, func() ([]byte, error) { return post(c.address, path, header, body) })
		return cost, err
	}
}

// load sends n requests over so many connections, and says what they cost the server and how
// long each took.
func (c *child) load(ctx context.Context, conns, n int, request func() ([]byte, error)) (cost, []time.Duration, error) {
	text, err := request()
	if err != nil {
		return cost{}, nil, err
	}
	open := make([]*conn, min(n, conns))
	for i := range open {
		if open[i], err = dial(ctx, c.address); err != nil {
			return cost{}, nil, err
		}
		defer open[i].close()
	}
	before, err := c.used()
	if err != nil {
		return cost{}, nil, err
	}
	took := make([]time.Duration, n)
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	start := time.Now()
	for _, one := range open {
		all.Go(func() {
			for failed.Load() == nil && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				begin := time.Now()
				if _, err := one.ask(text); err != nil {
					failed.Store(&err)
				}
				took[i] = time.Since(begin)
			}
		})
	}
	all.Wait()
	wall := time.Since(start)
	if err := failed.Load(); err != nil {
		return cost{}, nil, *err
	}
	if ctx.Err() != nil {
		return cost{}, nil, ctx.Err()
	}
	after, err := c.used()
	return cost{after.CPU - before.CPU, wall}, took, err
}
