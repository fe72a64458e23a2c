package duckdb

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"inlay/dax"
	"inlay/model"
)

// statistics tells what the columns of a table hold. Distinct values are counted exactly where
// something depends on it, in keys of relationships, and in texts that were looked at to make them
// canonical. Elsewhere they are estimated, from what was learnt of rows on their way to the engine,
// or by reading the table where it did not come that way.
func (l *loader) statistics(ctx context.Context) (model.TableStatistics, error) {
	out := model.TableStatistics{Name: l.t.Name, Rows: l.sum.Rows, Clustered: l.r.keys[strings.ToLower(l.t.Name)]}
	sums := []string{"count(*)"}
	for i := range l.cols {
		sums = append(sums, l.summed(i)...)
	}
	row, err := values(ctx, l.conn, "SELECT "+strings.Join(sums, ", ")+" FROM "+l.name())
	if err != nil {
		return out, err
	}
	if n := whole64(row[0]); n != l.sum.Rows {
		return out, fmt.Errorf("the table has %d rows, %d were loaded", n, l.sum.Rows)
	}
	for i, c := range l.cols {
		at := row[1+4*i:]
		s := model.ColumnStatistics{Name: c.Name, Blanks: l.sum.Rows - whole64(at[0]), Distinct: whole64(at[1]), Exact: l.r.isKey(l.t, c)}
		if s.Distinct > l.sum.Rows-s.Blanks {
			s.Distinct = l.sum.Rows - s.Blanks
		}
		if k := l.sketch(i); k != nil {
			s.Least, s.Most, s.Ranged = k.bounds(c.Type)
		} else {
			s.Least, s.Ranged = bound(at[2])
			s.Most, _ = bound(at[3])
		}
		out.Columns = append(out.Columns, s)
	}
	return out, nil
}

// summed are the values of a column, those that differ, the least and the greatest in SQL: numbers
// where they are known, NULL where they are not asked for.
func (l *loader) summed(i int) []string {
	c := l.cols[i]
	known := func(n int64) string { return fmt.Sprintf("%d::BIGINT", n) }
	if x, ok := l.texts[c.Name]; ok { // where the values were looked at, they were counted
		return []string{known(x.values), known(x.distinct), "NULL", "NULL"}
	}
	name := Dialect{}.Quote(c.Name)
	count, distinct, least, most := "count("+name+")", "approx_count_distinct("+name+")", "min("+name+")", "max("+name+")"
	if c.Type == dax.Decimal {
		least, most = "CAST("+least+" AS DOUBLE)", "CAST("+most+" AS DOUBLE)"
	}
	if k := l.sketch(i); k != nil {
		count, distinct, least, most = known(k.values), known(k.distinct()), "NULL", "NULL"
	}
	if l.r.isKey(l.t, c) {
		distinct = "count(DISTINCT " + name + ")"
	}
	return []string{count, distinct, least, most}
}

// sketch is what was learnt of all values of a column; nil if not all came from Go, as those that
// are calculated do not.
func (l *loader) sketch(i int) *sketch {
	if i < len(l.learnt) {
		return &l.learnt[i]
	}
	return nil
}

// isKey reports whether a column is an end of a relationship.
func (r *refresh) isKey(t *model.Table, c *model.Column) bool {
	ref := model.ColumnRef{Table: t.Name, Column: c.Name}
	for i := range r.Model.Relationships {
		if rel := &r.Model.Relationships[i]; sameColumn(rel.From, ref) || sameColumn(rel.To, ref) {
			return true
		}
	}
	return false
}

func sameColumn(a, b model.ColumnRef) bool {
	return strings.EqualFold(a.Table, b.Table) && strings.EqualFold(a.Column, b.Column)
}

func whole64(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

// bound is a least or greatest value.
func bound(v driver.Value) (f float64, ok bool) {
	switch v := v.(type) {
	case bool:
		return dax.BoolOf(v).Float(), true
	case int64:
		return float64(v), true
	case float64:
		if v == 0 {
			v = 0 // of -0 and 0 an engine keeps the one it met first
		}
		return v, true
	case time.Time:
		return dax.TimeOf(v).Float(), true
	}
	return 0, false
}
