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
	"net/http/httputil"
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

// ask sends a request and reads the answer, whose body is kept until the next call.
func (c *conn) ask(request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	good := bytes.HasPrefix(status, []byte("HTTP/1.1 200 "))
	length, chunked := -1, false
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		chunked = chunked || bytes.EqualFold(line, []byte("Transfer-Encoding: chunked"))
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		}
	}
	if err := c.read(length, chunked); err != nil {
		return err
	}
	if !good {
		return fmt.Errorf("refused: %.200s", c.body)
	}
	return nil
}

// read reads the body of an answer.
func (c *conn) read(length int, chunked bool) (err error) {
	switch {
	case chunked:
		if c.body, err = io.ReadAll(httputil.NewChunkedReader(c.in)); err != nil {
			return err
		}
		_, err = c.in.ReadSlice('\n') // no trailers
		return err
	case length < 0:
		return errors.New("an answer without Content-Length")
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	_, err = io.ReadFull(c.in, c.body)
	return err
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
		cost, _, err := c.load(ctx, load{conns: conns, n: n}, func() ([]byte, error) { return post(c.address, path, header, body) })
		return cost, err
	}
}

// load is how many requests are sent over how many connections.
type load struct {
	conns, n int
	rate     float64 // each second, 0 for as soon as the answer before is there
}

// due is when request i is to be sent, after the start.
func (l load) due(i int) time.Duration {
	if l.rate == 0 {
		return 0
	}
	return time.Duration(float64(i) / l.rate * float64(time.Second))
}

// load sends requests, and says what they cost the server and how long each took: at a rate,
// from when it was due, so that an answer that is late makes those behind it late, too.
func (c *child) load(ctx context.Context, l load, request func() ([]byte, error)) (cost, []time.Duration, error) {
	text, err := request()
	if err != nil {
		return cost{}, nil, err
	}
	open := make([]*conn, min(l.n, l.conns))
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
	took := make([]time.Duration, l.n)
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	start := time.Now()
	for _, one := range open {
		all.Go(func() {
			for failed.Load() == nil && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= l.n {
					return
				}
				begin := time.Now()
				if l.rate > 0 {
					begin = start.Add(l.due(i))
					time.Sleep(time.Until(begin))
				}
				if err := one.ask(text); err != nil {
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
