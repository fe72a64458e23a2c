package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"inlay"
	"inlay/dax"
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

// The parameters of incremental refresh: a partition by period asks for rows from the one on and
// before the other.
const (
	rangeStart = "RangeStart"
	rangeEnd   = "RangeEnd"
)

// config is what the query of the partition sees: the limits of its period, if it has one.
func (p *part) config(cfg powerquery.Config) powerquery.Config {
	if p.start.IsZero() {
		return cfg
	}
	cfg.Queries = slices.Clone(cfg.Queries)
	for i := range cfg.Queries {
		q := &cfg.Queries[i]
		switch {
		case strings.EqualFold(q.Name, rangeStart):
			q.Source = moment(p.start)
		case strings.EqualFold(q.Name, rangeEnd):
			q.Source = moment(p.end)
		}
	}
	return cfg
}

func moment(t time.Time) string {
	return fmt.Sprintf("#datetime(%d, %d, %d, 0, 0, 0)", t.Year(), t.Month(), t.Day())
}

// partition lists what fills a table: its partitions, or the periods of its policy. What is not
// asked for, and periods that are not read again, are taken from the last version.
func (r *refresh) partition(t *model.Table) ([]part, error) {
	var list []part
	if t.Policy == nil {
		for _, p := range t.Partitions {
			list = append(list, part{Partition: p})
		}
	} else {
		var err error
		if list, err = r.periods(t); err != nil {
			return nil, err
		}
	}
	return list, r.choose(t, list)
}

// periods are the partitions that a policy makes.
func (r *refresh) periods(t *model.Table) ([]part, error) {
	for _, name := range []string{rangeStart, rangeEnd} {
		if !slices.ContainsFunc(r.Model.Expressions, func(e model.Expression) bool { return strings.EqualFold(e.Name, name) }) {
			return nil, inlay.Errorf(inlay.Invalid, "table '%s' has a policy of incremental refresh, and the model has no parameter %s", t.Name, name)
		}
	}
	var base model.Partition
	for _, p := range t.Partitions {
		if strings.EqualFold(p.Kind, "m") {
			base = p
		}
	}
	if t.Policy.Source != "" {
		base.Source, base.Place, base.Text = t.Policy.Source, t.Policy.Place, t.Policy.Text
	}
	if !strings.Contains(base.Source, rangeStart) || !strings.Contains(base.Source, rangeEnd) {
		return nil, inlay.Errorf(inlay.Invalid, "table '%s' has a policy of incremental refresh, and its query does not use %s and %s: each period would have all rows", t.Name, rangeStart, rangeEnd)
	}
	base.Kind = "m"
	on := r.Effective
	if on.IsZero() {
		on = r.clock()
	}
	var list []part
	for _, x := range t.Policy.Periods(on) {
		p := part{Partition: base, start: x.Start, end: x.End}
		p.Name = x.Name
		if !x.Again && !r.Everything {
			p.keep = r.last.between(t.Name, x.Start, x.End)
		}
		list = append(list, p)
	}
	return list, nil
}

func (r *refresh) clock() time.Time {
	if r.Now != nil {
		return r.Now().UTC()
	}
	return time.Now().UTC()
}

// choose keeps the partitions that nobody asked for.
func (r *refresh) choose(t *model.Table, list []part) error {
	if len(r.Only) == 0 {
		return nil
	}
	var asked []string // partitions; an empty name stands for all
	for _, o := range r.Only {
		if strings.EqualFold(o.Table, t.Name) {
			asked = append(asked, strings.ToLower(o.Partition))
		}
	}
	for _, name := range asked {
		if name != "" && !slices.ContainsFunc(list, func(p part) bool { return strings.EqualFold(p.Name, name) }) {
			return inlay.Errorf(inlay.NotFound, "table '%s' has no partition '%s'", t.Name, name)
		}
	}
	for i := range list {
		p := &list[i]
		if slices.Contains(asked, strings.ToLower(p.Name)) {
			p.keep = nil
			continue
		}
		if slices.Contains(asked, "") {
			continue
		}
		if p.keep == nil {
			p.keep = r.last.named(t.Name, p.Name, p.start, p.end)
		}
		if p.keep == nil {
			return inlay.Errorf(inlay.Invalid, "the last version has no rows of partition '%s' of table '%s', which is not among what shall be refreshed; refresh all", p.Name, t.Name)
		}
	}
	return nil
}

// table finds a table of the summary.
func (s *Summary) table(name string) *TableSummary {
	for i := range s.Tables {
		if strings.EqualFold(s.Tables[i].Name, name) {
			return &s.Tables[i]
		}
	}
	return nil
}

// between are the rows of a period in this version, if partitions of it make up the period.
func (s *Summary) between(table string, start, end time.Time) []span {
	t := s.table(table)
	if t == nil {
		return nil
	}
	var list []span
	for _, p := range t.Partitions {
		if p.Start.Equal(start) && !p.End.After(end) {
			list = append(list, span{p.First, p.Rows})
			if start = p.End; start.Equal(end) {
				return list
			}
		}
	}
	return nil
}

// named are the rows of a partition in this version.
func (s *Summary) named(table, name string, start, end time.Time) []span {
	if !start.IsZero() {
		return s.between(table, start, end)
	}
	if t := s.table(table); t != nil {
		for _, p := range t.Partitions {
			if strings.EqualFold(p.Name, name) {
				return []span{{p.First, p.Rows}}
			}
		}
	}
	return nil
}

// kept reports whether rows come from the last version.
func (l *loader) kept() bool {
	return slices.ContainsFunc(l.parts, func(p part) bool { return p.keep != nil })
}

// fits finds out what the columns of the last version are like.
func (l *loader) fits(ctx context.Context) error {
	d := Dialect{}
	for _, c := range l.cols {
		typ, err := one(ctx, l.conn, "SELECT data_type FROM duckdb_columns() WHERE database_name = 'before' AND schema_name = 'main' AND table_name = "+
			literal(l.t.Name)+" AND column_name = "+literal(c.Name))
		if err != nil {
			return err
		}
		switch typ {
		case d.Type(c.Type):
			l.wide = l.wide || c.Type == dax.Decimal
		case narrowDecimal:
		default:
			return inlay.Errorf(inlay.Conflict, "column '%s'[%s] is not of the same type in the last version; refresh all", l.t.Name, c.Name)
		}
	}
	return nil
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// carry copies rows from the last version.
func (l *loader) carry(ctx context.Context, p *part, m *meter) error {
	if err := l.create(ctx, make([]packing, len(l.cols))); err != nil {
		return err
	}
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
