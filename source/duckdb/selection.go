package duckdb

import (
	"context"
	"errors"

	"inlay"
	"inlay/model/powerquery"
)

// readSelection fills a partition with what the engine that opens a file selects from it, in
// columns: no row is looked at by itself. Done is false where the table is not such a selection.
// Where the engine meets what it may not read as the evaluator does, the error is errIrregular:
// the table is filled again, and the evaluator tells what is wrong in which row.
func (l *loader) readSelection(ctx context.Context, s *powerquery.Selection, at []int, m *meter) (done bool, err error) {
	if s == nil || l.plain || l.wide || l.r.rowByRow {
		return false, nil
	}
	x := extraction{SQL: s.SQL, Args: s.Args, Width: s.Width}
	for i, c := range l.cols {
		from := s.Columns[at[i]]
		col := extracted{At: from.At, Type: c.Type}
		if from.Type != "" {
			col.Steps = []string{from.Type}
		}
		x.Columns = append(x.Columns, col)
	}
	b, closeFile, err := s.Open()
	if err != nil {
		return false, err
	}
	defer closeFile()
	err = l.put(ctx, func(b *batch) { m.add(b.n, 0, 0) }, func(ctx context.Context, f *feed) error {
		err := l.r.extractor().extract(ctx, b, x, func(fill func(*batch) error) error {
			b, err := f.next(ctx)
			if err != nil {
				return err
			}
			if err := fill(b); err != nil {
				return err
			}
			for i := range b.cols {
				if err := b.cols[i].check(b.n); err != nil {
					return err
				}
			}
			return f.give(ctx, b)
		})
		if k := inlay.KindOf(err); err == nil || ctx.Err() != nil || k == inlay.Limit || k == inlay.Unavailable {
			return err
		}
		return errors.Join(errIrregular, err)
	})
	if err != nil {
		return false, err
	}
	m.add(0, b.Size, b.Size)
	readByEngine()
	return true, nil
}

// extractor reads files where the configuration says that they are read.
func (r *refresh) extractor() extractor {
	if r.Workers != nil {
		return remote{r.Workers.Reader(ParquetFiles)}
	}
	return Parquet{}
}
