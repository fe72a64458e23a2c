package duckdb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// A file of text is cut into pieces of lines, as many as a batch has room for. Several read pieces
// into batches, which are handed over in the order of the file:
//
//	cut ──piece──► read, several at once
//	    ──piece──► give, in order ──batch──► feed

// longestLine bounds a line, and what is read of a file at once.
const longestLine = 1 << 20

// mostReaders bounds how many read a file at once; each has piecesAhead pieces waiting.
const (
	mostReaders = 4
	piecesAhead = 4
)

// piece is some lines of a file, and the batch that they go into.
type piece struct {
	text []byte
	skip int // lines that are no rows
	of   *textBlock
	b    *batch
	done chan error
}

// textBlock is a part of a file, which is used again when all pieces of it were read.
type textBlock struct {
	buf    []byte
	pieces atomic.Int64 // that were not read yet, and one as long as it is cut
	free   *sync.Pool
}

func (t *textBlock) release() {
	if t.pieces.Add(-1) == 0 {
		t.free.Put(t)
	}
}

// send reads the rows of a file into batches and hands them over. A file without rows is not
// regular: what its columns are is for the evaluator.
func (g *regular) send(ctx context.Context, r io.Reader, f *feed) error {
	many := min(mostReaders, runtime.GOMAXPROCS(0))
	group, ctx := errgroup.WithContext(ctx)
	work, inOrder := make(chan *piece, many*piecesAhead), make(chan *piece, many*piecesAhead)
	start := func(f func() error) { group.Go(func() error { return guarded(f) }) }
	start(func() error {
		defer close(work)
		defer close(inOrder)
		return g.cut(ctx, r, func(p *piece) (err error) {
			if p.b, err = f.next(ctx); err != nil { // in order: who comes first never waits for who comes later
				return err
			}
			for _, to := range []chan *piece{inOrder, work} {
				select {
				case to <- p:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	for range many {
		start(func() error {
			for p := range work {
				err := g.block(p.text, p.skip, p.b)
				p.of.release()
				p.done <- err
			}
			return nil
		})
	}
	rows := 0
	start(func() error {
		for p := range inOrder {
			select {
			case err := <-p.done:
				if err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
			rows += p.b.n
			if err := f.give(ctx, p.b); err != nil {
				return err
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil || rows > 0 {
		return err
	}
	return errIrregular
}

// cut reads the whole file and gives its lines in pieces.
func (g *regular) cut(ctx context.Context, r io.Reader, give func(*piece) error) error {
	free := &sync.Pool{}
	free.New = func() any { return &textBlock{buf: make([]byte, longestLine), free: free} }
	next := func() *textBlock {
		t := free.Get().(*textBlock)
		t.pieces.Store(1)
		return t
	}
	lines := int64(0) // that were cut
	block := next()
	for have, first := 0, true; ; first = false {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(r, block.buf[have:])
		have += n
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return err
		}
		text := block.buf[:have]
		if !end {
			text = text[:bytes.LastIndexByte(text, '\n')+1]
			if len(text) == 0 {
				return errIrregular
			}
		}
		rest := block.buf[len(text):have]
		if first {
			if text, err = g.begin(text); err != nil {
				return err
			}
		}
		for len(text) > 0 {
			p := &piece{of: block, done: make(chan error, 1)}
			var n int
			if p.text, n = someLines(text, batchRows); lines < g.skip {
				p.skip = int(min(g.skip-lines, int64(n)))
			}
			text, lines = text[len(p.text):], lines+int64(n)
			block.pieces.Add(1)
			if err := give(p); err != nil {
				return err
			}
		}
		if end {
			return nil
		}
		after := next()
		have = copy(after.buf, rest)
		block.release()
		block = after
	}
}

// someLines are the first lines of a text, and how many they are.
func someLines(text []byte, most int) ([]byte, int) {
	at := 0
	for n := range most {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			if at < len(text) {
				n++ // one without an end
			}
			return text, n
		}
		at += i + 1
	}
	return text[:at], most
}
