package duckdb

import (
	"context"
	"fmt"
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

// sampleBatches are as many batches as are looked at, sampleRows their rows; fewer than leastSample
// values tell nothing.
const (
	sampleBatches = 8
	sampleRows    = 16_384
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

// packFile says how the texts are stored that a statement gives. What is wrong with the statement
// is told when its rows are stored.
func (l *loader) packFile(ctx context.Context, source string) []packing {
	packed := make([]packing, len(l.cols))
	if l.made {
		return packed
	}
	var at []int
	var sums []string
	for i, c := range l.cols {
		if c.Type == dax.String && !l.sorted(c.Name) {
			at = append(at, i)
			sums = append(sums, fmt.Sprintf("count(c%d), count(DISTINCT c%d)", i, i))
		}
	}
	if len(at) == 0 {
		return packed
	}
	row, err := values(ctx, l.conn, fmt.Sprintf("SELECT %s FROM (SELECT * FROM (%s) LIMIT %d)", strings.Join(sums, ", "), source, sampleRows))
	if err != nil {
		return packed
	}
	for n, i := range at {
		packed[i] = packText(whole64(row[2*n]), whole64(row[2*n+1]))
	}
	return packed
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
