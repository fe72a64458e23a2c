package duckdb

import (
	"unicode/utf8"

	duck "github.com/duckdb/duckdb-go/v2"

	"inlay/dax"
	"inlay/model/powerquery"
)

// batch is rows that travel together, column by column.
type batch struct {
	n     int
	cols  []cells
	spare bool  // gives back the room that much text took
	held  int64 // of the room of its feed
}

// cells are values of one column as the engine has them.
type cells struct{ powerquery.Vector }

// batchRows is how many rows travel at once: what the engine takes as one chunk. A batch with
// mostText bytes of text in a column takes no more rows.
var batchRows = duck.GetDataChunkCapacity()

const mostBatchText = 4 << 20

func newBatch(types []dax.Type) *batch {
	b := &batch{cols: make([]cells, len(types))}
	for i, t := range types {
		b.cols[i].Vector = powerquery.NewVector(t, batchRows)
	}
	return b
}

// clear empties the batch.
func (b *batch) clear() {
	b.n = 0
	for i := range b.cols {
		c := &b.cols[i]
		if b.spare && cap(c.Text) > sparedText {
			c.Text = nil
		}
		c.Text = c.Text[:0]
	}
}

// size is about how many bytes the batch holds, and never more than may wait.
func (b *batch) size() int64 {
	n := 0
	for i := range b.cols {
		n += 8*b.n + len(b.cols[i].Text)
	}
	return min(int64(n), waitingRoom)
}

// filled reports whether no more rows should come.
func (b *batch) filled() bool {
	for i := range b.cols {
		if len(b.cols[i].Text) >= mostBatchText {
			return true
		}
	}
	return b.n == batchRows
}

// check holds that values of n rows lie in the ranges of their types, and that text is valid.
func (c *cells) check(n int) error {
	switch c.Type {
	case dax.String:
		if !utf8.Valid(c.Text) {
			return errIrregular
		}
		return c.checkEnds(n)
	case dax.Boolean:
		for _, b := range c.Truth[:n] {
			if b > 1 {
				return errIrregular
			}
		}
	case dax.Double:
		for i, f := range c.Number[:n] {
			if !powerquery.Normal(f) && c.Has(i) {
				return errIrregular
			}
		}
	default:
		least, most := powerquery.Ends(c.Type)
		if c.Type == dax.Decimal {
			least, most = -mostNarrow, mostNarrow
		}
		for i, v := range c.Whole[:n] {
			if (v < least || v > most) && c.Has(i) {
				return errIrregular
			}
		}
	}
	return nil
}

// checkEnds holds that texts lie one after the other and begin where a character does.
func (c *cells) checkEnds(n int) error {
	at := uint32(0)
	for _, end := range c.Ends[:n] {
		if end < at || int(end) > len(c.Text) || int(end) < len(c.Text) && !utf8.RuneStart(c.Text[end]) {
			return errIrregular
		}
		at = end
	}
	if n > 0 && int(at) != len(c.Text) {
		return errIrregular
	}
	return nil
}

// tooWide reports whether a fixed decimal has more than 18 digits.
func (b *batch) tooWide() bool {
	for i := range b.cols {
		c := &b.cols[i]
		if c.Type != dax.Decimal {
			continue
		}
		for n, units := range c.Whole[:b.n] {
			if tooWide(units) && c.Has(n) {
				return true
			}
		}
	}
	return false
}
