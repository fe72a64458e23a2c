package duckdb

import (
	"context"
	"slices"
	"strings"

	"inlay/dax"
)

// packing is how the engine stores the values of a column; empty: it tries all ways on every
// group of rows and takes the shortest. For texts the trying is a fifth of the CPU of an import,
// and what it finds is nearly always told by how often the first texts come twice.
type packing string

const (
	dictionary packing = "dictionary" // each text once, and its number in each row
	symbols    packing = "fsst"       // each text by its usual parts
)

// sampleBatches are as many batches as are looked at; fewer than leastSample values tell nothing.
const (
	sampleBatches = 8
	leastSample   = 8_192
)

// packText says how texts are stored of which so many values were seen, and so many that differ.
func packText(values, distinct int64) packing {
	switch {
	case values < leastSample:
		return ""
	case distinct <= values/8:
		return dictionary
	case distinct >= values*7/8:
		return symbols
	}
	return ""
}

// sorted reports whether rows are stored in the order of a column: how often texts come twice
// as they arrive tells nothing then.
func (l *loader) sorted(column string) bool {
	return slices.Contains(l.r.keys[strings.ToLower(l.t.Name)], column)
}

// prepare makes the table that a feed goes to, if it is not there, when the first rows have come.
func (l *loader) prepare(ctx context.Context, f *feed) error {
	if l.made {
		return nil
	}
	if err := f.peek(ctx, sampleBatches); err != nil {
		return err
	}
	packed := make([]packing, len(l.cols))
	for i, c := range l.cols {
		if c.Type == dax.String && !l.sorted(c.Name) {
			packed[i] = packText(seen(f.first, i))
		}
	}
	return l.create(ctx, packed)
}

// seen counts the texts of a column, and those that differ.
func seen(list []*batch, column int) (values, distinct int64) {
	have := map[string]bool{}
	for _, b := range list {
		c, at := &b.cols[column], uint32(0)
		for n := range b.n {
			end := c.Ends[n]
			if c.Has(n) {
				values++
				have[string(c.Text[at:end])] = true
			}
			at = end
		}
	}
	return values, int64(len(have))
}
