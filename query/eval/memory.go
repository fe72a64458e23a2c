package eval

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"

	"inlay"
	"inlay/dax"
)

// Sizes by which a Meter counts.
const (
	valueSize = 40 // of a dax.Value, without its text
	sliceSize = 24 // of a row, without its values
)

// A Meter counts what one question makes, and looks now and then whether time and memory are
// left. What it counts may be garbage already, so that it decides nothing: it says when to look,
// and a question that makes little is never refused for what others hold.
type Meter struct {
	made, next, seen int
}

const (
	nearly = 4 << 20  // bytes that are made between two looks at the deadline
	much   = 64 << 20 // and between two looks at the memory
)

// mostHeap is how many bytes the process may hold while a question goes on that makes much.
// GOMEMLIMIT is what the operator says about it.
const mostHeap = 2 << 30

// Spend counts bytes that were made. It gives the error of the context, or of a process that
// holds too much.
func (m *Meter) Spend(ctx context.Context, n int) error {
	if m.made += n; m.made < m.next {
		return nil
	}
	m.next = m.made + nearly
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.made < m.seen+much {
		return nil
	}
	m.seen = m.made
	most := int64(mostHeap)
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		most = limit
	}
	if heap() <= most {
		return nil
	}
	if runtime.GC(); heap() <= most {
		return nil
	}
	return inlay.Errorf(inlay.Limit, "the question holds more values than there is memory for; add a filter or group by fewer columns")
}

// Row counts a row that a source gave.
func (m *Meter) Row(ctx context.Context, row []dax.Value) error {
	n := sliceSize + len(row)*valueSize
	for i := range row {
		n += len(row[i].Text())
	}
	return m.Spend(ctx, n)
}

// heap is how many bytes the process holds, garbage that was not collected yet among them.
func heap() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(min(sample[0].Value.Uint64(), math.MaxInt64))
}

// spend counts bytes that were made.
func (e *evaluator) spend(n int) error { return e.meter.Spend(e.ctx, n) }

// made counts the text of a value that was made.
func (e *evaluator) made(v dax.Value) error { return e.spend(len(v.Text())) }

// holds counts rows that were made.
func (e *evaluator) holds(rows, cols int) error { return e.spend(rows * (sliceSize + cols*valueSize)) }

// joined is texts with a delimiter between them; of no texts it is BLANK.
func (e *evaluator) joined(x dax.Expr, parts []string, delimiter string) (dax.Value, error) {
	if len(parts) == 0 {
		return dax.Value{}, nil
	}
	n := (len(parts) - 1) * len(delimiter)
	for _, p := range parts {
		n += len(p)
	}
	if n > dax.MaxText {
		return dax.Value{}, placed(x, fmt.Errorf("the text is longer than %d bytes", dax.MaxText))
	}
	return dax.TextOf(strings.Join(parts, delimiter)), e.spend(n)
}

// weigh counts a table.
func (e *evaluator) weigh(r *rowset) error {
	rows := 0
	for _, b := range r.blocks {
		rows += len(b)
	}
	return e.holds(rows, len(r.cols))
}
