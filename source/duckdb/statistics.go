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

// statistics reads a table once and tells what its columns hold. Distinct values are counted
// exactly in texts, which were counted when they became canonical, and where something depends on
// it: in keys of relationships. Elsewhere they are estimated, which costs a tenth.
func (l *loader) statistics(ctx context.Context) (model.TableStatistics, error) {
	out := model.TableStatistics{Name: l.t.Name, Rows: l.sum.Rows, Clustered: l.r.keys[strings.ToLower(l.t.Name)]}
	d := Dialect{}
	sums := []string{"count(*)"}
	for _, c := range l.cols {
		name := d.Quote(c.Name)
		if x, known := l.texts[c.Name]; known { // where the values were looked at, they were counted
			sums = append(sums, fmt.Sprintf("%d::BIGINT", x.values), fmt.Sprintf("%d::BIGINT", x.distinct), "NULL", "NULL")
			continue
		}
		distinct, least, most := "approx_count_distinct("+name+")", "min("+name+")", "max("+name+")"
		if l.r.isKey(l.t, c) {
			distinct = "count(DISTINCT " + name + ")"
		}
		switch c.Type {
		case dax.String: // a spelling is of no use to a planner
			least, most = "NULL", "NULL"
		case dax.Decimal:
			least, most = "CAST("+least+" AS DOUBLE)", "CAST("+most+" AS DOUBLE)"
		}
		sums = append(sums, "count("+name+")", distinct, least, most)
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
		s.Least, s.Ranged = bound(at[2])
		s.Most, _ = bound(at[3])
		out.Columns = append(out.Columns, s)
	}
	return out, nil
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
