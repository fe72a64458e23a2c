package postgres

import (
	"context"

	"inlay/dax"
)

// rows is a result being read. Whoever reads it never waits for longer than the context lasts.
type rows struct {
	ctx    context.Context
	cancel context.CancelFunc
	chunks chan chunk
	have   [][]dax.Value
	ended  bool
	err    error
}

// fill waits for the next rows; false at the end or on error.
func (r *rows) fill() bool {
	if r.ended {
		return false
	}
	select {
	case c, ok := <-r.chunks:
		if len(c.rows) > 0 {
			r.have = c.rows
			return true
		}
		if r.ended, r.err = true, c.err; !ok && r.err == nil {
			r.err = ended(r.ctx)
		}
	case <-r.ctx.Done():
		r.ended, r.err = true, ended(r.ctx)
	}
	return false
}

// Next reads a row into dst.
func (r *rows) Next(dst []dax.Value) bool {
	if len(r.have) == 0 && !r.fill() {
		return false
	}
	copy(dst, r.have[0])
	r.have = r.have[1:]
	return true
}

// Err is what ended the rows, nil if it was their end.
func (r *rows) Err() error { return r.err }

// Close stops the statement if it still runs.
func (r *rows) Close() error {
	r.cancel()
	return nil
}
