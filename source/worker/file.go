package worker

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"inlay"
	"inlay/model/powerquery"
)

// fileFD is where a worker that reads a file finds it, open; it can open no other.
const fileFD = 3

// job is a file to read.
type job struct {
	Kind string // of the reader
	Name string // of the file, for errors
	List bool   // the parts, not one part
	Item string

	SQL  string // a statement of a powerquery.Selector, if it is not empty
	Args []any
	Ask  []byte // of a Streamer, if there are any
}

// Streamer is a Reader that answers questions about a file in bytes that whoever asks
// understands.
type Streamer interface {
	Stream(ctx context.Context, b powerquery.Blob, question []byte, out io.Writer) error
}

func init() { gob.Register(time.Time{}) } // a constant of a statement

// Readers open files of strangers, by kind. Each reads the one that it is given.
type Readers map[string]powerquery.Reader

// serveFile reads one file and ends.
func serveFile(ctx context.Context, out io.Writer, j job, all Readers) error {
	err := readFile(ctx, out, j, all)
	var end ending
	if err != nil {
		end.Error = shown(err)
	}
	return writeJSON(out, frameEnd, end)
}

func readFile(ctx context.Context, out io.Writer, j job, all Readers) error {
	r := all[j.Kind]
	if r == nil {
		return fmt.Errorf("no reader for %q", j.Kind)
	}
	f := os.NewFile(fileFD, "file")
	info, err := f.Stat()
	if err != nil {
		return err
	}
	b := powerquery.Blob{Name: j.Name, Data: f, Size: info.Size(), File: f}
	if j.List {
		parts, err := r.Parts(ctx, b)
		if err != nil {
			return err
		}
		text, err := json.Marshal(parts)
		if err != nil {
			return err
		}
		_, err = frames{out}.Write(text)
		return err
	}
	if j.Ask != nil {
		s, ok := r.(Streamer)
		if !ok {
			return fmt.Errorf("the reader for %q answers no questions", j.Kind)
		}
		return s.Stream(ctx, b, j.Ask, frames{out})
	}
	cells, err := open(ctx, r, b, j)
	if err != nil {
		return err
	}
	defer func() { _ = cells.Close() }()
	if err := writeJSON(out, frameData, cells.Columns()); err != nil {
		return err
	}
	return sendCells(out, cells)
}

func open(ctx context.Context, r powerquery.Reader, b powerquery.Blob, j job) (powerquery.Cells, error) {
	if j.SQL == "" {
		return r.Open(ctx, b, j.Item)
	}
	s, ok := r.(powerquery.Selector)
	if !ok {
		return nil, fmt.Errorf("the reader for %q runs no statements", j.Kind)
	}
	return s.Select(ctx, b, j.SQL, j.Args)
}

// pieceSize is how many bytes of rows travel at once, about; longestRow is what one row may have.
const (
	pieceSize  = 64 << 10
	longestRow = maxFrame - pieceSize
)

// sendCells sends whole rows, several in a frame.
func sendCells(out io.Writer, cells powerquery.Cells) error {
	var piece []byte
	for {
		row, err := cells.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		before := len(piece)
		for _, v := range row {
			if piece, err = powerquery.AppendWire(piece, v); err != nil {
				return err
			}
		}
		if len(piece)-before > longestRow {
			return &inlay.Error{Kind: inlay.Limit, Msg: "a row of the file is longer than 960 kB", Remedy: "leave long columns out"}
		}
		if len(piece) >= pieceSize {
			if err := writeFrame(out, frameData, piece); err != nil {
				return err
			}
			piece = piece[:0]
		}
	}
	if len(piece) == 0 {
		return nil
	}
	return writeFrame(out, frameData, piece)
}

// Reader reads files of a kind, each in a worker of its own that can open this file and nothing
// else. It implements powerquery.Reader.
type Reader struct {
	pool *Pool
	kind string
}

var _ powerquery.Reader = Reader{}

// Reader makes a reader for a kind that the workers' Readers have.
func (p *Pool) Reader(kind string) Reader { return Reader{p, kind} }

// Parts lists what a file holds.
func (r Reader) Parts(ctx context.Context, b powerquery.Blob) ([]powerquery.Part, error) {
	f, err := r.read(ctx, b, job{Kind: r.kind, Name: b.Name, List: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var text bytes.Buffer
	for {
		piece, err := f.piece()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if text.Len()+len(piece) > maxBatch {
			return nil, inlay.Errorf(inlay.Limit, "file %q has too many parts", b.Name)
		}
		text.Write(piece)
	}
	var parts []powerquery.Part
	if json.Unmarshal(text.Bytes(), &parts) != nil {
		return nil, f.invalid(errors.New("its list of parts is not valid"))
	}
	return parts, nil
}

// Open reads one part.
func (r Reader) Open(ctx context.Context, b powerquery.Blob, item string) (powerquery.Cells, error) {
	return r.cells(ctx, b, job{Kind: r.kind, Name: b.Name, Item: item})
}

// Select runs a statement of a powerquery.Selector.
func (r Reader) Select(ctx context.Context, b powerquery.Blob, sql string, args []any) (powerquery.Cells, error) {
	return r.cells(ctx, b, job{Kind: r.kind, Name: b.Name, SQL: sql, Args: args})
}

// Stream asks a Streamer. What it answers is not trusted to be what it should.
func (r Reader) Stream(ctx context.Context, b powerquery.Blob, question []byte) (io.ReadCloser, error) {
	return r.read(ctx, b, job{Kind: r.kind, Name: b.Name, Ask: question})
}

func (r Reader) cells(ctx context.Context, b powerquery.Blob, j job) (powerquery.Cells, error) {
	f, err := r.read(ctx, b, j)
	if err != nil {
		return nil, err
	}
	head, err := f.piece()
	if err == nil {
		err = json.Unmarshal(head, &f.columns)
	}
	if err != nil {
		err = f.invalid(err)
		return nil, errors.Join(err, f.Close())
	}
	f.row = make([]powerquery.Value, len(f.columns))
	return f, nil
}

// read starts a worker for a file.
func (r Reader) read(ctx context.Context, b powerquery.Blob, j job) (*cells, error) {
	w, err := r.pool.startFile(b, j)
	if err != nil {
		r.pool.o.Log.Error("no worker for a file", "error", err)
		return nil, unavailable()
	}
	f := &cells{ctx: ctx, worker: w, done: make(chan struct{})}
	f.detach = context.AfterFunc(ctx, func() { w.kill(nil) })
	watching := &rows{pool: r.pool, worker: w, finished: f.done}
	go watching.watch()
	return f, nil
}

// startFile starts a worker with a file. Data in memory go to a file in its folder.
func (p *Pool) startFile(b powerquery.Blob, j job) (*process, error) {
	temp, err := os.MkdirTemp(p.temp, "file-")
	if err != nil {
		return nil, err
	}
	w := &process{temp: temp, gone: make(chan struct{})}
	s := p.setup(temp)
	s.Read, s.Job = []string{fmt.Sprintf("/proc/self/fd/%d", fileFD)}, &j
	w.file = b.File
	if w.file == nil {
		if w.file, err = held(filepath.Join(temp, "data"), b); err != nil {
			return nil, errors.Join(err, os.RemoveAll(temp))
		}
		defer func() { _ = w.file.Close() }()
	}
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.done.Add(1)
	}
	p.mu.Unlock()
	if closed {
		return nil, errors.Join(errors.New("the pool is closed"), os.RemoveAll(temp))
	}
	defer p.done.Done()
	if err := p.launch(w); err != nil {
		return nil, errors.Join(err, os.RemoveAll(temp))
	}
	if err := w.greet(s); err != nil {
		w.discard()
		return nil, err
	}
	return w, nil
}

// held writes data to a file.
func held(path string, b powerquery.Blob) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(f, io.NewSectionReader(b.Data, 0, b.Size)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// cells are rows that a worker sends of a file.
type cells struct {
	ctx     context.Context
	worker  *process
	columns []powerquery.Column
	row     []powerquery.Value
	left    []byte // of the piece that is read
	rest    int    // bytes of a frame that Read has not given yet
	done    chan struct{}
	closed  bool
	detach  func() bool
}

// Columns are the columns of the part.
func (f *cells) Columns() []powerquery.Column { return f.columns }

// Next gives a row.
func (f *cells) Next() ([]powerquery.Value, error) {
	for len(f.left) == 0 {
		piece, err := f.piece()
		if err != nil {
			return nil, err
		}
		f.left = piece
		if len(f.columns) == 0 {
			return nil, f.invalid(errors.New("rows without columns"))
		}
	}
	var err error
	for i := range f.row {
		if f.row[i], f.left, err = powerquery.ReadWire(f.left); err != nil {
			return nil, f.invalid(err)
		}
	}
	return f.row, nil
}

// piece reads a frame of data, io.EOF at the end.
func (f *cells) piece() ([]byte, error) {
	kind, n, err := readHead(f.worker.read)
	if err != nil {
		return nil, f.broken()
	}
	payload := make([]byte, n)
	if _, err := io.ReadFull(f.worker.read, payload); err != nil {
		return nil, f.broken()
	}
	switch {
	case f.ctx.Err() != nil:
		return nil, f.ctx.Err()
	case kind == frameData:
		return payload, nil
	}
	var end ending
	if kind != frameEnd || json.Unmarshal(payload, &end) != nil {
		return nil, f.invalid(errors.New("a frame of an unknown kind"))
	}
	if end.Error != nil {
		return nil, end.Error
	}
	return nil, io.EOF
}

// broken is why nothing more comes.
func (f *cells) broken() error {
	if f.ctx.Err() != nil {
		return f.ctx.Err()
	}
	return f.worker.why()
}

// Read gives what comes in frames of data.
func (f *cells) Read(p []byte) (int, error) {
	for f.rest == 0 {
		head, err := f.worker.read.Peek(1)
		if err != nil {
			return 0, f.broken()
		}
		if head[0] != frameData {
			if _, err := f.piece(); err != nil {
				return 0, err
			}
			continue
		}
		if _, f.rest, err = readHead(f.worker.read); err != nil {
			return 0, f.broken()
		}
	}
	n, err := f.worker.read.Read(p[:min(len(p), f.rest)])
	if f.rest -= n; err != nil {
		return n, f.broken()
	}
	return n, nil
}

// invalid ends a worker that sends what it should not.
func (f *cells) invalid(err error) error {
	var known *inlay.Error
	if errors.As(err, &known) || f.ctx.Err() != nil {
		return err
	}
	f.worker.kill(nil)
	return fmt.Errorf("a worker sends what it should not: %w", err)
}

// Close ends the worker.
func (f *cells) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	f.detach()
	close(f.done)
	f.worker.discard()
	return nil
}
