package duckdb

import (
	"unicode/utf8"

	duck "github.com/duckdb/duckdb-go/v2"

	"inlay/dax"
	"inlay/model/powerquery"
)

// batch is rows that travel together, column by column.
type batch struct {
	n    int
	cols []cells
}

// cells are values of one column as the engine has them; which of the slices is used depends on
// the type. A row that is blank has any value there.
type cells struct {
	typ    dax.Type
	there  []uint64 // a bit for each row that is not blank
	truth  []byte   // 0 or 1
	whole  []int64  // also the units of decimals, and microseconds
	number []float64
	ends   []uint32 // of each text
	text   []byte
}

// batchRows is how many rows travel at once: what the engine takes as one chunk. A batch with
// mostText bytes of text in a column takes no more rows.
var batchRows = duck.GetDataChunkCapacity()

const mostBatchText = 4 << 20

func newBatch(types []dax.Type) *batch {
	b := &batch{cols: make([]cells, len(types))}
	for i, t := range types {
		c := &b.cols[i]
		c.typ, c.there = t, make([]uint64, (batchRows+63)/64)
		switch t {
		case dax.String:
			c.ends = make([]uint32, batchRows)
		case dax.Double:
			c.number = make([]float64, batchRows)
		case dax.Boolean:
			c.truth = make([]byte, batchRows)
		default:
			c.whole = make([]int64, batchRows)
		}
	}
	return b
}

// clear empties the batch.
func (b *batch) clear() {
	b.n = 0
	for i := range b.cols {
		b.cols[i].text = b.cols[i].text[:0]
	}
}

// filled reports whether no more rows should come.
func (b *batch) filled() bool {
	for i := range b.cols {
		if len(b.cols[i].text) >= mostBatchText {
			return true
		}
	}
	return b.n == batchRows
}

// set puts a value, which is blank or of the column's type, into row n, the next one.
func (c *cells) set(n int, v dax.Value) {
	if v.IsBlank() {
		c.there[n>>6] &^= 1 << (n & 63)
	} else {
		c.there[n>>6] |= 1 << (n & 63)
	}
	switch c.typ {
	case dax.String:
		c.text = append(c.text, v.Text()...)
		c.ends[n] = uint32(len(c.text))
	case dax.Double:
		c.number[n] = v.Float()
	case dax.Boolean:
		c.truth[n] = 0
		if v.Bool() {
			c.truth[n] = 1
		}
	default:
		c.whole[n] = v.Int()
	}
}

// has reports whether row n is not blank.
func (c *cells) has(n int) bool { return c.there[n>>6]>>(n&63)&1 != 0 }

// check holds that values of n rows lie in the ranges of their types, and that text is valid.
func (c *cells) check(n int) error {
	switch c.typ {
	case dax.String:
		if !utf8.Valid(c.text) {
			return errIrregular
		}
		return c.checkEnds(n)
	case dax.Boolean:
		for _, b := range c.truth[:n] {
			if b > 1 {
				return errIrregular
			}
		}
	case dax.Double:
		for i, f := range c.number[:n] {
			if !powerquery.Normal(f) && c.has(i) {
				return errIrregular
			}
		}
	default:
		least, most := powerquery.Ends(c.typ)
		if c.typ == dax.Decimal {
			least, most = -mostNarrow, mostNarrow
		}
		for i, v := range c.whole[:n] {
			if (v < least || v > most) && c.has(i) {
				return errIrregular
			}
		}
	}
	return nil
}

// checkEnds holds that texts lie one after the other and begin where a character does.
func (c *cells) checkEnds(n int) error {
	at := uint32(0)
	for _, end := range c.ends[:n] {
		if end < at || int(end) > len(c.text) || int(end) < len(c.text) && !utf8.RuneStart(c.text[end]) {
			return errIrregular
		}
		at = end
	}
	if n > 0 && int(at) != len(c.text) {
		return errIrregular
	}
	return nil
}
