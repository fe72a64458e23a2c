package duckdb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"inlay/model"
	"inlay/model/powerquery"
)

// part is a partition of a table as one refresh fills it.
type part struct {
	model.Partition
	start, end time.Time // of a partition by period; zero otherwise
	keep       []span    // rows of the last version that stand for it; nil if it is read
}

// span is rows of a table of the last version, by their number.
type span struct{ first, rows int64 }

// config is what the query of the partition sees: the limits of its period, if it has one.
func (p *part) config(cfg powerquery.Config) powerquery.Config {
	return cfg
}

// partition lists what fills a table.
func (r *refresh) partition(t *model.Table) ([]part, error) {
	var list []part
	for _, p := range t.Partitions {
		list = append(list, part{Partition: p})
	}
	return list, nil
}

// carry copies rows from the last version.
func (l *loader) carry(ctx context.Context, p *part, m *meter) error {
	d := Dialect{}
	names := make([]string, len(l.cols))
	for i, c := range l.cols {
		names[i] = d.Quote(c.Name)
	}
	for _, s := range p.keep {
		sql := fmt.Sprintf("INSERT INTO %s SELECT %s FROM before.%s WHERE rowid >= %d AND rowid < %d", l.name(), strings.Join(names, ", "), l.name(), s.first, s.first+s.rows)
		if err := exec(ctx, l.conn, sql); err != nil {
			return fmt.Errorf("carry over rows of table '%s': %w", l.t.Name, err)
		}
		m.add(int(s.rows), 0, 0)
	}
	return nil
}
