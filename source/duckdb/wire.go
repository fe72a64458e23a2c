package duckdb

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"unsafe"

	"inlay"
	"inlay/dax"
	"inlay/model/powerquery"
	"inlay/source/worker"
)

// An extraction in a worker is asked for in gob and answered with batches: the number of rows
// and the columns one after the other, as they lie in memory on this machine; a text column has
// the ends of its texts before them. The server trusts nothing of it: lengths are bounded before
// anything is read, and what was read is checked before the engine sees it.

// longestColumn is the most text that a column of a batch has on its way out of a worker.
const longestColumn = 64 << 20

var _ worker.Streamer = Parquet{}

// Stream answers an extraction, in a worker.
func (p Parquet) Stream(ctx context.Context, b powerquery.Blob, question []byte, out io.Writer) error {
	var x extraction
	if err := gob.NewDecoder(bytes.NewReader(question)).Decode(&x); err != nil {
		return err
	}
	rows, buf := newBatch(x.types()), []byte(nil)
	err := p.extract(ctx, b, x, func(fill func(*batch) error) error {
		if err := fill(rows); err != nil {
			return err
		}
		var err error
		if buf, err = rows.append(buf[:0]); err != nil {
			return err
		}
		_, err = out.Write(buf)
		return err
	})
	if err != nil && inlay.KindOf(err) != inlay.Limit { // the evaluator tells more of it
		return &inlay.Error{Kind: inlay.Invalid, Msg: errIrregular.Error()}
	}
	return err
}

func (x *extraction) types() []dax.Type {
	out := make([]dax.Type, len(x.Columns))
	for i, c := range x.Columns {
		out[i] = c.Type
	}
	return out
}

// remote has files read by workers.
type remote struct{ worker.Reader }

func (r remote) extract(ctx context.Context, b powerquery.Blob, x extraction, put func(fill func(*batch) error) error) (err error) {
	var question bytes.Buffer
	if err := gob.NewEncoder(&question).Encode(x); err != nil {
		return err
	}
	in, err := r.Stream(ctx, b, question.Bytes())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	read := bufio.NewReaderSize(in, 256<<10)
	for {
		if _, err := read.Peek(1); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := put(func(b *batch) error { return b.read(read) }); err != nil {
			return err
		}
	}
}

// words are the bytes of values as they lie in memory.
func words[T uint32 | uint64 | int64 | float64](v []T) []byte {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*int(unsafe.Sizeof(v[0]))) //nolint:gosec // plain numbers
}

// parts are the columns' bytes of n rows, but for text.
func (c *cells) parts(n int) [2][]byte {
	there := words(c.There[:(n+63)/64])
	switch c.Type {
	case dax.String:
		return [2][]byte{there, words(c.Ends[:n])}
	case dax.Double:
		return [2][]byte{there, words(c.Number[:n])}
	case dax.Boolean:
		return [2][]byte{there, c.Truth[:n]}
	}
	return [2][]byte{there, words(c.Whole[:n])}
}

// append appends the batch as it travels.
func (b *batch) append(to []byte) ([]byte, error) {
	to = binary.NativeEndian.AppendUint32(to, uint32(b.n))
	for i := range b.cols {
		c := &b.cols[i]
		if len(c.Text) > longestColumn {
			return nil, errIrregular
		}
		for _, part := range c.parts(b.n) {
			to = append(to, part...)
		}
		to = append(to, c.Text...)
	}
	return to, nil
}

// read reads a batch that travelled. It may be anything; check looks at its values.
func (b *batch) read(r io.Reader) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	n := int(binary.NativeEndian.Uint32(head[:]))
	if n < 1 || n > batchRows {
		return fmt.Errorf("a batch of %d rows", n)
	}
	b.clear()
	b.n = n
	for i := range b.cols {
		c := &b.cols[i]
		for _, part := range c.parts(n) {
			if _, err := io.ReadFull(r, part); err != nil {
				return err
			}
		}
		if c.Type != dax.String {
			continue
		}
		size := int(c.Ends[n-1])
		if size > longestColumn {
			return fmt.Errorf("%d bytes of text in a batch", size)
		}
		if cap(c.Text) < size {
			c.Text = make([]byte, size)
		}
		c.Text = c.Text[:size]
		if _, err := io.ReadFull(r, c.Text); err != nil {
			return err
		}
	}
	return nil
}
