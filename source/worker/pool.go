package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"inlay"
	"inlay/query"
)

// Options are how many workers there are and what each may use. The zero value is one worker per
// processor with 1 GB.
type Options struct {
	Args   []string      // what makes this program a worker; the word worker if empty
	Read   []string      // files and folders that a worker may read
	Size   int           // workers at most
	Open   int           // files that one keeps open; 8 if zero
	Limits Limits        // of one
	Grace  time.Duration // between the deadline of a statement and the end of its worker; 800 ms if zero
	Idle   time.Duration // after which a worker that has nothing to do is ended; 10 minutes if zero
	Weak   bool          // run workers, too, where the kernel cannot confine them
	Log    *slog.Logger
}

// Pool is a number of workers, started when they are needed. It is safe for concurrent use.
type Pool struct {
	o      Options
	temp   string // the folder of the folders of workers
	lock   *os.File
	starts chan func()

	mu      sync.Mutex
	closed  bool
	idle    []*process // the one used last at the end
	all     map[*process]bool
	opening int // workers that are being started
	waiting []chan *process
	done    sync.WaitGroup // workers in use or being started
	alive   sync.WaitGroup // processes
	next    uint64
	counts  Counts
}

// Counts are what a pool did so far, for metrics.
type Counts struct {
	Workers     int // that there are
	Busy        int
	Started     uint64
	OverTime    uint64 // killed, because they did not stop in time
	OverMemory  uint64
	Crashed     uint64
	PeakMemory  int64       // the most that a worker had that has ended, in bytes
	Confinement Confinement // of the worker that was started last
}

// fill sets what is not set.
func (o *Options) fill() {
	set := func(n *int, to int) {
		if *n <= 0 {
			*n = to
		}
	}
	set(&o.Size, runtime.GOMAXPROCS(0))
	set(&o.Open, 8)
	set(&o.Limits.Threads, runtime.GOMAXPROCS(0))
	if o.Limits.Memory <= 0 {
		o.Limits.Memory = 1 << 30
	}
	if o.Limits.Disk <= 0 {
		o.Limits.Disk = 4 << 30
	}
	if o.Grace <= 0 {
		o.Grace = 800 * time.Millisecond
	}
	if o.Idle <= 0 {
		o.Idle = 10 * time.Minute
	}
	if len(o.Args) == 0 {
		o.Args = []string{"worker"}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
}

// NewPool makes a pool. Close it.
func NewPool(o Options) (*Pool, error) {
	if !Supported {
		return nil, &inlay.Error{Kind: inlay.Unsupported, Msg: "the data engine runs in processes of its own on Linux only", Remedy: "run it in the server's process"}
	}
	o.fill()
	p := &Pool{o: o, starts: make(chan func()), all: map[*process]bool{}}
	var err error
	if p.temp, p.lock, err = makeTemp(); err != nil {
		return nil, fmt.Errorf("folder of the workers: %w", err)
	}
	go starter(p.starts)
	return p, nil
}

// setup is what a worker is told first.
func (p *Pool) setup(temp string) setup {
	return setup{Read: p.o.Read, Temp: temp, Limits: p.o.Limits, Open: p.o.Open, Data: kernelLimit(p.o.Limits.Memory), Weak: p.o.Weak}
}

// The watch kills a worker above its budget, the kernel refuses it memory above kernelLimit.
// The second keeps a worker within its budget and a quarter between two looks of the watch. The
// kernel counts what is reserved and not touched, too: some 160 MB in a worker that has just
// started, against 65 MB of the program itself that it does not count; reserved is less than
// the difference.
func kernelLimit(budget int64) int64 { return budget + budget/4 + reserved }

const reserved = 64 << 20

// Open makes a source of a file that workers may read.
func (p *Pool) Open(file string, d query.Dialect) (*Source, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("open data file: %w", err)
	}
	return &Source{pool: p, file: file, dialect: d}, nil
}

// take gives a worker, starting one where there may be more, or waits for one.
func (p *Pool) take(ctx context.Context, file string) (*process, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, unavailable()
	}
	p.done.Add(1)
	if w := p.free(file); w != nil {
		p.mu.Unlock()
		return w, nil
	}
	got := make(chan *process, 1)
	p.waiting = append(p.waiting, got)
	p.more()
	p.mu.Unlock()
	select {
	case w := <-got:
		if w == nil {
			p.done.Done()
			return nil, unavailable()
		}
		return w, nil
	case <-ctx.Done():
		p.mu.Lock()
		if i := slices.Index(p.waiting, got); i >= 0 {
			p.waiting = slices.Delete(p.waiting, i, i+1)
		}
		p.mu.Unlock()
		select {
		case w := <-got: // in the same moment
			if w != nil {
				p.give(w, 0)
				return nil, Ended(ctx)
			}
		default:
		}
		p.done.Done()
		return nil, Ended(ctx)
	}
}

// free takes a worker that is idle, best one that has the file open, nil if there is none. The
// caller holds the lock.
func (p *Pool) free(file string) *process {
	for len(p.idle) > 0 {
		i := len(p.idle) - 1
		if at := slices.IndexFunc(p.idle, func(w *process) bool { return w.files[file] }); at >= 0 {
			i = at
		}
		w := p.idle[i]
		p.idle = slices.Delete(p.idle, i, i+1)
		w.timer.Stop()
		select {
		case <-w.gone: // while it had nothing to do
			_ = w.conn.Close()
			delete(p.all, w)
		default:
			return w
		}
	}
	return nil
}

// more starts as many workers as are waited for and may be. The caller holds the lock.
func (p *Pool) more() {
	for p.opening < len(p.waiting) && len(p.all)+p.opening < p.o.Size {
		p.opening++
		p.done.Add(1)
		go func() {
			defer p.done.Done()
			w, err := p.start()
			p.mu.Lock()
			defer p.mu.Unlock()
			p.opening--
			if err != nil {
				p.o.Log.Error("no worker", "error", err)
				if p.opening == 0 && len(p.all) == 0 { // nobody else will come
					for _, got := range p.waiting {
						got <- nil
					}
					p.waiting = nil
				}
				return
			}
			p.all[w] = true
			p.counts.Started++
			p.counts.Confinement = w.closed
			p.offer(w)
		}()
	}
}

// offer hands a worker that is free to who waits for it. The caller holds the lock.
func (p *Pool) offer(w *process) {
	if p.closed {
		p.end(w)
		return
	}
	if len(p.waiting) > 0 {
		got := p.waiting[0]
		p.waiting = p.waiting[1:]
		got <- w
		return
	}
	p.idle = append(p.idle, w)
	w.timer = time.AfterFunc(p.o.Idle, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if i := slices.Index(p.idle, w); i >= 0 {
			p.idle = slices.Delete(p.idle, i, i+1)
			p.end(w)
		}
	})
}

// give takes a worker back that did what it was asked. One that holds on to much of its memory
// is ended: the next begins with all of it.
func (p *Pool) give(w *process, memory int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.done.Done()
	if memory > p.o.Limits.Memory/4*3 {
		p.end(w)
		p.more()
		return
	}
	for _, file := range w.drop {
		if err := w.send.Encode(request{Op: opClose, File: file}); err != nil {
			p.o.Log.Warn("a worker does not listen", "error", err)
		}
		delete(w.files, file)
	}
	w.drop = nil
	p.offer(w)
}

// lose forgets a worker that has ended or must.
func (p *Pool) lose(w *process) {
	w.discard()
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.done.Done()
	delete(p.all, w)
	p.more()
}

// end ends a worker that is free. The caller holds the lock.
func (p *Pool) end(w *process) {
	delete(p.all, w)
	_ = w.conn.Close() // it ends when the server is gone
	time.AfterFunc(p.o.Grace, func() { w.kill(nil) })
}

// release has all workers close a file.
func (p *Pool) release(file string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := range p.all {
		if !w.files[file] {
			continue
		}
		if i := slices.Index(p.idle, w); i < 0 {
			w.drop = append(w.drop, file)
			continue
		}
		delete(w.files, file)
		if err := w.send.Encode(request{Op: opClose, File: file}); err != nil {
			p.o.Log.Warn("a worker does not listen", "error", err)
		}
	}
}

// Size is how many workers there are at most.
func (p *Pool) Size() int { return p.o.Size }

// Counts are what the pool did so far.
func (p *Pool) Counts() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.counts
	c.Workers, c.Busy = len(p.all), len(p.all)-len(p.idle)
	return c
}

// count changes the counts.
func (p *Pool) count(f func(*Counts)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.counts)
}

// Close waits for statements that run and ends all workers.
func (p *Pool) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	for _, w := range p.idle {
		p.end(w)
	}
	p.idle = nil
	p.mu.Unlock()
	p.done.Wait()
	p.alive.Wait()
	close(p.starts)
	return errors.Join(os.RemoveAll(p.temp), p.lock.Close())
}
