package duckdb

import (
	"context"
	"errors"
	"io"

	"inlay/model/powerquery"
)

// readDirect fills a partition with what a database gives, where the query is one statement
// there: values go from the driver into columns. Done is false where it is something else.
func (l *loader) readDirect(ctx context.Context, d *powerquery.Direct, at []int, m *meter) (done bool, err error) {
	if d == nil || l.r.rowByRow {
		return false, nil
	}
	return true, l.put(ctx, func(b *batch) { m.add(b.n, 0, 0) }, func(ctx context.Context, f *feed) error { return l.sendDirect(ctx, d, at, f) })
}

// sendDirect reads the rows into batches and hands them over.
func (l *loader) sendDirect(ctx context.Context, d *powerquery.Direct, at []int, f *feed) error {
	rows, err := d.Open(ctx, at, l.types, l.culture())
	if err != nil {
		return err
	}
	defer rows.Close()
	bad := func(i int, v powerquery.Value) error { return l.bad(rows, v, i) }
	into := make([]*powerquery.Vector, len(l.cols))
	for more := true; more; {
		b, err := f.next(ctx)
		if err != nil {
			return err
		}
		for i := range b.cols {
			into[i] = &b.cols[i].Vector
		}
		rows.Into(into)
		for !b.filled() {
			err := rows.Next(b.n, bad)
			if more = !errors.Is(err, io.EOF); !more {
				break
			}
			if err != nil {
				return err
			}
			b.n++
		}
		if !l.wide && b.tooWide() {
			return errWide
		}
		if err := f.give(ctx, b); err != nil {
			return err
		}
	}
	return nil
}
