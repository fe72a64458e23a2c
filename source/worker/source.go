package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"inlay"
	"inlay/dax"
	"inlay/query"
)

// Source is a file that workers read. It implements query.Source.
type Source struct {
	pool    *Pool
	file    string
	dialect query.Dialect
}

// Dialect is that of the engine.
func (s *Source) Dialect() query.Dialect { return s.dialect }

// Close lets the workers release the file. Statements that run end first.
func (s *Source) Close() error {
	s.pool.release(s.file)
	return nil
}

// Run executes a statement in a worker. It returns when ctx ends; the worker is told to stop,
// and killed if it does not in time.
func (s *Source) Run(ctx context.Context, st query.Statement) (query.Rows, error) {
	return s.run(ctx, Statement{st.SQL(), st.Args(), st.Types()})
}

func (s *Source) run(ctx context.Context, st Statement) (query.Rows, error) {
	if ctx.Err() != nil {
		return nil, Ended(ctx)
	}
	w, id, err := s.ask(ctx, st)
	if err != nil {
		return nil, err
	}
	r := &rows{ctx: ctx, pool: s.pool, worker: w, id: id, pieces: make(chan []byte, ahead), given: make(chan struct{}), finished: make(chan struct{})}
	r.detach = context.AfterFunc(ctx, r.giveUp)
	go r.receive()
	go r.watch()
	if r.in, err = newReceiver(r, st.Types); err != nil {
		err = r.reason(err)
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// hear is how long a worker may take to read a statement; it has nothing else to do.
const hear = 5 * time.Second

// ask hands a statement to a worker. One that does not take it has ended while it was idle, and
// another is asked.
func (s *Source) ask(ctx context.Context, st Statement) (*process, uint64, error) {
	for {
		w, err := s.pool.take(ctx, s.file)
		if err != nil {
			return nil, 0, err
		}
		s.pool.mu.Lock()
		s.pool.next++
		id := s.pool.next
		w.files[s.file] = true
		s.pool.mu.Unlock()
		_ = w.conn.SetWriteDeadline(time.Now().Add(hear)) // it fails where the next line does
		err = w.send.Encode(request{Op: opRun, ID: id, File: s.file, SQL: st.SQL, Args: toWire(st.Args), Types: st.Types})
		if err == nil {
			return w, id, nil
		}
		s.pool.o.Log.Warn("a worker ended while it had nothing to do", "pid", w.cmd.Process.Pid, "error", err)
		s.pool.lose(w)
	}
}

// ahead is how many pieces of a result the server holds before its reader takes them: an answer
// that fits frees its worker, however slow the reader is.
const ahead = 16

// rows is a result that a worker sends.
type rows struct {
	ctx    context.Context
	pool   *Pool
	worker *process
	id     uint64
	in     *receiver
	err    error

	pieces   chan []byte   // of Arrow; closed at the end
	piece    bytes.Reader  // that is being read
	given    chan struct{} // closed when nobody reads on
	finished chan struct{} // closed when the worker is done with it
	giving   sync.Once
	detach   func() bool
	failed   error // how it ended; read after pieces is closed

	mu   sync.Mutex
	over bool // the worker is somebody else's by now
}

// receive takes what the worker sends until the statement has ended, then gives the worker back.
func (r *rows) receive() {
	err := r.frames()
	r.mu.Lock()
	r.over = true
	killed := r.worker.cause.Load() != nil
	r.mu.Unlock()
	var end *ended
	lost := killed || !errors.As(err, &end)
	if lost {
		r.failed = r.worker.why()
	} else {
		r.failed = end.err
	}
	close(r.pieces)
	close(r.finished)
	r.detach()
	if !lost {
		r.pool.give(r.worker, end.memory)
		return
	}
	if !killed {
		r.pool.count(func(c *Counts) { c.Crashed++ })
		r.pool.o.Log.Error("a worker ended while it ran a statement", "pid", r.worker.cmd.Process.Pid, "error", err)
	}
	r.pool.lose(r.worker)
}

// ended is a statement that came to its end in a worker that lives.
type ended struct {
	err    error
	memory int64
}

// Error says that it ended.
func (e *ended) Error() string { return "ended" }

// frames hands pieces to the reader until the end.
func (r *rows) frames() error {
	for {
		kind, payload, err := readFrame(r.worker.read)
		if err != nil {
			return err
		}
		switch kind {
		case frameData:
			select {
			case r.pieces <- payload:
			case <-r.given:
			}
		case frameEnd:
			var end ending
			if err := json.Unmarshal(payload, &end); err != nil {
				return err
			}
			e := &ended{memory: end.Memory}
			if end.Error != nil { // a nil *inlay.Error is not a nil error
				e.err = end.Error
			}
			return e
		default:
			return errors.New("a frame of an unknown kind")
		}
	}
}

// kill ends the worker, unless the statement has ended: then it is somebody else's by now.
func (r *rows) kill(cause error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return false
	}
	r.worker.kill(cause)
	return true
}

// watch kills the worker when it takes more memory than it may. It looks often, because memory
// is filled at gigabytes a second.
func (r *rows) watch() {
	const often = 5 * time.Millisecond
	pid, most := r.worker.cmd.Process.Pid, r.pool.o.Limits.Memory
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		select {
		case <-r.finished:
			return
		case <-tick.C:
		}
		if n := resident(pid); n > most && r.kill(overMemory()) {
			r.pool.count(func(c *Counts) { c.OverMemory++ })
			r.pool.o.Log.Warn("a worker took more memory than it may and was killed", "pid", pid, "bytes", n)
			return
		}
	}
}

// giveUp tells the worker to stop and kills it if it does not.
func (r *rows) giveUp() {
	r.giving.Do(func() {
		close(r.given)
		// A worker that does not even listen must not keep us from the clock.
		go func() { _ = r.worker.send.Encode(request{Op: opCancel, ID: r.id}) }()
		timer := time.NewTimer(r.pool.o.Grace)
		defer timer.Stop()
		select {
		case <-r.finished:
			return
		case <-timer.C:
		}
		if r.kill(nil) {
			r.pool.count(func(c *Counts) { c.OverTime++ })
			r.pool.o.Log.Warn("a worker did not stop in time and was killed", "pid", r.worker.cmd.Process.Pid)
		}
	})
}

// Read gives the pieces of Arrow in their order.
func (r *rows) Read(p []byte) (int, error) {
	for r.piece.Len() == 0 {
		select {
		case piece, ok := <-r.pieces:
			if !ok {
				if r.failed != nil {
					return 0, r.failed
				}
				return 0, io.EOF
			}
			r.piece.Reset(piece)
		case <-r.ctx.Done():
			return 0, Ended(r.ctx)
		}
	}
	return r.piece.Read(p)
}

// Next reads a row into dst.
func (r *rows) Next(dst []dax.Value) bool {
	if r.err != nil {
		return false
	}
	if r.ctx.Err() != nil {
		r.err = Ended(r.ctx)
		return false
	}
	ok, err := r.in.next(dst)
	if err != nil {
		r.err = r.reason(err)
		return false
	}
	if !ok {
		r.err = io.EOF
	}
	return ok
}

// reason finds what the viewer may read of an error. Whatever is not the worker's own error is
// a stream that is not valid, and ends the worker.
func (r *rows) reason(err error) error {
	var e *inlay.Error
	switch {
	case r.ctx.Err() != nil:
		return Ended(r.ctx)
	case errors.As(err, &e):
		return e
	}
	r.kill(nil)
	r.pool.o.Log.Error("a worker sends what it should not", "pid", r.worker.cmd.Process.Pid, "error", err)
	return crashed()
}

// Err is what ended the rows, nil if it was their end.
func (r *rows) Err() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

// Close stops the statement if it has not ended.
func (r *rows) Close() error {
	select {
	case <-r.finished:
	default:
		go r.giveUp()
	}
	return nil
}
