package postgres

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/source/sourcetest/pgtest"
)

// proxy stands between a pool and its database, and behaves as it is told.
type proxy struct {
	l    net.Listener
	to   string
	mode atomic.Value // string
	mu   sync.Mutex
	open []net.Conn
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l, to: to}
	p.mode.Store("pass")
	t.Cleanup(func() { _ = l.Close(); p.cut() })
	go p.accept()
	return p
}

func (p *proxy) accept() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		p.keep(c)
		if p.mode.Load() == "refuse" {
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
			continue
		}
		d, err := net.Dial("tcp", p.to)
		if err != nil {
			_ = c.Close()
			continue
		}
		p.keep(d)
		go p.copy(d, c)
		go p.copy(c, d)
	}
}

func (p *proxy) keep(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = append(p.open, c)
}

// cut resets all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
	p.open = nil
}

// copy carries bytes one way, in the mode of the moment.
func (p *proxy) copy(to, from net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			_ = to.Close()
			return
		}
		switch p.mode.Load() {
		case "hang":
			continue // takes everything and gives nothing
		case "slow":
			for i := range n {
				if _, err := to.Write(buf[i : i+1]); err != nil {
					return
				}
				<-time.After(20 * time.Millisecond) // the fault that is tested
			}
			continue
		case "half":
			_ = to.(*net.TCPConn).CloseWrite()
			continue
		case "reset":
			p.cut()
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// TestBadNetwork: whatever the way to the database does, who asks is answered at the deadline or
// before, nothing wrong is answered, others who ask another database are not held up, and the
// pool works again when the way does.
func TestBadNetwork(t *testing.T) {
	d := pgtest.Shared(t).Database(t)
	for _, mode := range []string{"hang", "slow", "half", "reset", "refuse"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := newProxy(t, d.Server.Address())
			p, err := Open("postgres://postgres@"+w.l.Addr().String()+"/"+d.Name+"?sslmode=disable", Options{Connections: 4})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.Close)
			other := raw(t, Options{Connections: 2})
			sum := func(ctx context.Context, p *Pool) (string, error) {
				return all(ctx, p, "SELECT CAST(sum(g) AS bigint) FROM generate_series(1, 1000) g", dax.Int64)
			}
			if got, err := sum(context.Background(), p); got != "500500" || err != nil {
				t.Fatalf("before: %q, %v", got, err)
			}
			w.mode.Store(mode)
			if mode == "refuse" {
				w.cut()
			}
			var asking sync.WaitGroup
			var quickest atomic.Int64
			quickest.Store(int64(time.Hour))
			for range 12 { // three times as many as there are connections
				asking.Go(func() {
					ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
					defer cancel()
					got, err := sum(ctx, p)
					late := int64(time.Since(must(ctx.Deadline())))
					for was := quickest.Load(); late < was && !quickest.CompareAndSwap(was, late); was = quickest.Load() {
					}
					kind := inlay.KindOf(err)
					if err == nil && got != "500500" || err != nil && kind != inlay.Limit && kind != inlay.Unavailable {
						t.Errorf("%s: %q, %v", mode, got, err)
					}
				})
			}
			for range 20 {
				if got, err := sum(context.Background(), other); got != "500500" || err != nil {
					t.Errorf("another database: %q, %v", got, err)
				}
			}
			asking.Wait()
			if late := time.Duration(quickest.Load()); late > 250*time.Millisecond {
				t.Errorf("%s: answered %v after the deadline", mode, late)
			}
			w.mode.Store("pass")
			w.cut()
			recovers(t, func() (string, error) { return sum(context.Background(), p) }, "500500")
		})
	}
}

// recovers asks until the answer is right: at the latest when connections that broke were noticed.
func recovers(t *testing.T, ask func() (string, error), want string) {
	t.Helper()
	var err error
	for range 50 {
		var got string
		if got, err = ask(); err == nil {
			if got != want {
				t.Errorf("afterwards: %q", got)
			}
			return
		}
	}
	t.Errorf("the pool does not recover: %v", err)
}

// TestRestart: under load the connections are killed and the server is restarted, as a crash does
// and as an administrator does. No answer is wrong, no error is anything but that the database
// cannot be reached, and the pool recovers.
func TestRestart(t *testing.T) {
	server := pgtest.Own(t)
	d := server.Database(t)
	d.Exec(t, "CREATE TABLE n AS SELECT g FROM generate_series(1, 20000) g")
	p, err := Open(d.URL("postgres"), Options{Connections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	ask := func() (string, error) {
		return all(context.Background(), p, "SELECT CAST(g AS bigint) FROM n WHERE g % 10 = 0 ORDER BY g", dax.Int64)
	}
	var want strings.Builder
	for i := 10; i <= 20000; i += 10 {
		want.WriteString(strconv.Itoa(i))
		if i < 20000 {
			want.WriteByte('\n')
		}
	}
	stop, right := make(chan struct{}), make(chan bool)
	var asking sync.WaitGroup
	var failed atomic.Int64
	for range 6 {
		asking.Go(func() {
			for {
				got, err := ask()
				switch {
				case err != nil && inlay.KindOf(err) != inlay.Unavailable:
					t.Errorf("err = %v", err)
				case err != nil:
					failed.Add(1)
				case got != want.String():
					t.Errorf("a wrong answer of %d bytes", len(got))
				}
				select {
				case right <- err == nil:
				case <-stop:
					return
				}
			}
		})
	}
	await := func(n int) { // that many right answers
		for n > 0 {
			if <-right {
				n--
			}
		}
	}
	await(50)
	for range 10 {
		d.Exec(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'inlay'")
		await(20)
	}
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGINT, syscall.SIGQUIT} {
		done := make(chan error, 1)
		go func() {
			err := server.Stop(sig)
			if err == nil {
				err = server.Start()
			}
			done <- err
		}()
		for running := true; running; {
			select {
			case err := <-done:
				if err != nil {
					t.Fatal(err)
				}
				running = false
			case <-right:
			}
		}
		await(50)
	}
	close(stop)
	asking.Wait()
	t.Logf("%d answers were that the database cannot be reached", failed.Load())
	if n := p.pool.Stat().TotalConns(); n > 4 {
		t.Errorf("%d connections", n)
	}
}
