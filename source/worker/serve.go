package worker

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"

	"inlay"
	"inlay/dax"
	"inlay/query"
)

// Limits bound what one worker may use.
type Limits struct {
	Memory  int64 // bytes, for statement and cache together
	Disk    int64 // bytes of what does not fit in memory
	Threads int
}

// Engine opens files of data, in the worker.
type Engine interface {
	Open(file string, l Limits) (Data, error)
}

// Data is an open file. Run is used by one goroutine at a time.
type Data interface {
	Run(ctx context.Context, s Statement) (query.Rows, error)
	Close() error
}

// Statement is a statement as it arrives in a worker. The one who made it is package query, in
// the server: what a worker reads comes from the server alone.
type Statement struct {
	SQL   string
	Args  []dax.Value
	Types []dax.Type
}

// Serve is the whole life of a worker: it confines itself as it is told over its standard
// input, runs statements and ends when the server is gone.
func Serve(ctx context.Context, e Engine, readers Readers) error {
	in := gob.NewDecoder(os.Stdin)
	var first setup
	if err := in.Decode(&first); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("a worker is started by the server; it does nothing by itself")
		}
		return fmt.Errorf("worker: %w", err)
	}
	// What else stays open from the program that started this one is none of our business.
	keep := 2
	if first.Job != nil {
		keep = fileFD
	}
	if err := closeInherited(keep); err != nil {
		return fmt.Errorf("worker: close what was inherited: %w", err)
	}
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	memory, err := residentMeter()
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	closed, err := confine(first)
	h := hello{Confinement: closed}
	if err != nil && first.Weak {
		slog.Warn("the worker is not confined as it should be", "error", err)
		err = nil
	}
	if err != nil {
		h.Err = err.Error()
	}
	if err := errors.Join(writeJSON(os.Stdin, frameHello, h), err); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	if first.Job != nil {
		return serveFile(ctx, os.Stdin, *first.Job, readers)
	}
	s := &service{out: os.Stdin, shelf: newShelf(e, first, memory), memory: memory}
	return s.serve(ctx, in)
}

// service runs statements, one at a time.
type service struct {
	out    io.Writer
	shelf  *shelf
	memory func() int64

	mu      sync.Mutex
	running uint64
	cancel  context.CancelFunc
}

// serve reads requests until the server is gone.
func (s *service) serve(ctx context.Context, in *gob.Decoder) error {
	for {
		var r request
		if err := in.Decode(&r); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("worker: %w", err)
		}
		switch r.Op {
		case opRun:
			run, cancel := context.WithCancel(ctx)
			s.mu.Lock()
			s.running, s.cancel = r.ID, cancel
			s.mu.Unlock()
			go s.run(run, cancel, r)
		case opCancel:
			s.mu.Lock()
			if s.running == r.ID {
				s.cancel()
			}
			s.mu.Unlock()
		case opClose:
			s.shelf.close(r.File)
		default:
			return fmt.Errorf("worker: unknown request %d", r.Op)
		}
	}
}

// run runs a statement and sends its rows and how it ended.
func (s *service) run(ctx context.Context, cancel context.CancelFunc, r request) {
	defer cancel()
	var end ending
	if err := s.answer(ctx, r); err != nil {
		end.Error = shown(err)
	}
	end.Memory = s.memory()
	if err := writeJSON(s.out, frameEnd, end); err != nil {
		slog.Error("worker: the server cannot be reached", "error", err)
		os.Exit(1)
	}
}

func (s *service) answer(ctx context.Context, r request) error {
	args, err := fromWire(r.Args)
	if err != nil {
		return err
	}
	data, done, err := s.shelf.use(r.File)
	if err != nil {
		return err
	}
	defer done()
	rows, err := data.Run(ctx, Statement{r.SQL, args, r.Types})
	if err != nil {
		return err
	}
	defer rows.Close()
	out, err := newSender(frames{s.out}, r.Types)
	if err != nil {
		return err
	}
	return out.all(rows)
}

// shown is what the server may be told of an error; everything else is logged.
func shown(err error) *inlay.Error {
	var e *inlay.Error
	if errors.As(err, &e) {
		return e
	}
	class, _, _ := strings.Cut(err.Error(), ":") // what follows can hold values of rows
	slog.Error("statement failed", "class", class)
	return inlay.Errorf(inlay.Internal, "the data could not be queried")
}
