package worker

import (
	"bufio"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"
)

// startTime is how long a worker may take from its start to its first word.
const startTime = 20 * time.Second

// process is a worker as the server sees it. One goroutine at a time uses it: the one that took
// it out of the pool, or that of the statement that runs.
type process struct {
	cmd    *exec.Cmd
	conn   net.Conn
	read   *bufio.Reader
	send   *gob.Encoder
	temp   string
	file   *os.File // that it is given; nil for those that run statements
	closed Confinement
	gone   chan struct{} // closed when the process has ended

	cause atomic.Pointer[error] // why the server killed it
	files map[string]bool       // that it was asked to open
	drop  []string              // that it should close when it is free
	timer *time.Timer           // ends it when it is idle for long
}

// starter starts processes from one thread: a worker is told to die with the thread that
// started it, and the runtime ends threads as it likes.
func starter(ask <-chan func()) {
	runtime.LockOSThread()
	for f := range ask {
		f()
	}
}

// start starts a worker and waits until it has confined itself.
func (p *Pool) start() (*process, error) {
	temp, err := os.MkdirTemp(p.temp, "worker-")
	if err != nil {
		return nil, err
	}
	w := &process{temp: temp, gone: make(chan struct{}), files: map[string]bool{}}
	if err := p.launch(w); err != nil {
		return nil, errors.Join(fmt.Errorf("start a worker: %w", err), os.RemoveAll(temp))
	}
	if err := w.greet(p.setup(temp)); err != nil {
		w.discard()
		return nil, fmt.Errorf("start a worker: %w", err)
	}
	return w, nil
}

// launch starts the process with nothing of ours but the socket and a pipe for its log.
func (p *Pool) launch(w *process) error {
	conn, theirs, err := pair()
	if err != nil {
		return err
	}
	defer func() { _ = theirs.Close() }()
	words, theirWords, err := os.Pipe()
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	defer func() { _ = theirWords.Close() }()
	w.cmd = program(p.o.Args...)
	// Nothing of the server's environment, which can hold secrets. GOMAXPROCS also keeps the
	// runtime from reading files of the system later.
	w.cmd.Env = []string{"TMPDIR=" + w.temp, "HOME=" + w.temp, "GOMAXPROCS=" + strconv.Itoa(max(2, p.o.Limits.Threads)), "GOTRACEBACK=single"}
	w.cmd.Dir = w.temp
	w.cmd.Stdin, w.cmd.Stderr = theirs, theirWords
	if w.file != nil {
		w.cmd.ExtraFiles = []*os.File{w.file}
	}
	failed := make(chan error, 1)
	p.starts <- func() { failed <- w.cmd.Start() }
	if err := <-failed; err != nil {
		return errors.Join(err, conn.Close(), words.Close())
	}
	p.alive.Add(1)
	w.conn, w.read, w.send = conn, bufio.NewReaderSize(conn, 64<<10), gob.NewEncoder(conn)
	go p.log(w.cmd.Process.Pid, words)
	go func() {
		_ = w.cmd.Wait() // how it ended is seen where it matters
		close(w.gone)
		p.count(func(c *Counts) { c.PeakMemory = max(c.PeakMemory, peak(w.cmd.ProcessState)) })
		if err := os.RemoveAll(w.temp); err != nil {
			p.o.Log.Error("remove the folder of a worker", "error", err)
		}
		p.alive.Done()
	}()
	return nil
}

// greet tells a worker what it may do and hears what it closed.
func (w *process) greet(s setup) error {
	if err := w.conn.SetDeadline(time.Now().Add(startTime)); err != nil {
		return err
	}
	if err := w.send.Encode(s); err != nil {
		return err
	}
	kind, payload, err := readFrame(w.read)
	if err != nil {
		return err
	}
	var h hello
	if kind != frameHello || json.Unmarshal(payload, &h) != nil {
		return errors.New("its first word is not that of a worker")
	}
	if h.Err != "" {
		return errors.New(h.Err)
	}
	w.closed = h.Confinement
	return w.conn.SetDeadline(time.Time{})
}

// kill ends a worker at once. The first cause counts.
func (w *process) kill(cause error) {
	w.cause.CompareAndSwap(nil, &cause)
	_ = w.cmd.Process.Kill() // it may have ended by itself
}

// discard ends a worker and the channel to it. What it had sent is not read any more.
func (w *process) discard() {
	w.kill(nil)
	_ = w.conn.Close()
}

// why is the error for the statement that ran when the worker ended.
func (w *process) why() error {
	if c := w.cause.Load(); c != nil && *c != nil {
		return *c
	}
	return crashed()
}

// What a worker writes to its standard error that is no line of its log is kept to lastWords
// bytes and logged when it ends: what an engine says that crashes.
const (
	longestLine = 16 << 10
	lastWords   = 4 << 10
)

// log logs what a worker writes to its standard error. It can hold values of rows and goes no
// further.
func (p *Pool) log(pid int, r io.ReadCloser) {
	defer func() { _ = r.Close() }()
	lines := bufio.NewReaderSize(r, longestLine)
	var last []byte
	for {
		line, err := lines.ReadSlice('\n')
		if !p.logLine(pid, line) {
			last = append(last, line[:min(len(line), lastWords-len(last))]...)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			break
		}
	}
	if len(last) > 0 {
		p.o.Log.Error("the last words of a worker", "pid", pid, "text", string(last))
	}
}

// logLine logs a line of a worker's log, and reports whether it is one.
func (p *Pool) logLine(pid int, line []byte) bool {
	var entry map[string]any
	if json.Unmarshal(line, &entry) != nil {
		return false
	}
	args := []any{"pid", pid}
	for k, v := range entry {
		if k != slog.TimeKey && k != slog.LevelKey && k != slog.MessageKey {
			args = append(args, k, v)
		}
	}
	var level slog.Level
	if text, _ := entry[slog.LevelKey].(string); level.UnmarshalText([]byte(text)) != nil {
		level = slog.LevelError
	}
	p.o.Log.Log(context.Background(), level, fmt.Sprint("worker: ", entry[slog.MessageKey]), args...)
	return true
}
