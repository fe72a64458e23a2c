package duckdb

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

// textCount is what a text column holds: how many values, and how many that differ.
type textCount struct{ values, distinct int64 }

// canonical gives values of a text column that differ only in case the spelling that came
// first. The column is touched only where there are such values, and then only in their rows.
func canonical(ctx context.Context, conn driver.Conn, table, column string) (textCount, error) {
	d := Dialect{}
	t, c := "main."+d.Quote(table), d.Quote(column)
	row, err := values(ctx, conn, "SELECT CAST(coalesce(sum(n), 0) AS BIGINT), count(*), count(*) FILTER (WHERE spellings > 1) FROM ("+
		"SELECT sum(n) AS n, count(*) AS spellings FROM (SELECT "+c+" AS v, count(*) AS n FROM "+t+" WHERE "+c+" IS NOT NULL GROUP BY "+c+") GROUP BY lower(v))")
	if err != nil {
		return textCount{}, err
	}
	sum := textCount{values: whole64(row[0]), distinct: whole64(row[1])}
	if whole64(row[2]) == 0 {
		return sum, nil
	}
	for _, sql := range []string{
		"CREATE TEMP TABLE spelling AS SELECT lower(v) AS k, arg_min(v, r) AS v FROM (SELECT " + c + " AS v, min(rowid) AS r FROM " + t +
			" WHERE " + c + " IS NOT NULL GROUP BY " + c + ") GROUP BY lower(v) HAVING count(*) > 1",
		"UPDATE " + t + " SET " + c + " = spelling.v FROM spelling WHERE lower(" + t + "." + c + ") = spelling.k AND " + t + "." + c + " <> spelling.v",
		"DROP TABLE temp.spelling",
	} {
		if err := exec(ctx, conn, sql); err != nil {
			return textCount{}, err
		}
	}
	return sum, nil
}

func count(ctx context.Context, conn driver.Conn, sql string) (int64, error) {
	v, err := one(ctx, conn, sql)
	if err != nil {
		return 0, err
	}
	n, ok := v.(int64)
	if !ok {
		return 0, fmt.Errorf("a count is a %T", v)
	}
	return n, nil
}

// column finds a column that is in the file; nil if it is not.
func (r *refresh) column(ref model.ColumnRef) *model.Column {
	t := r.Model.Table(ref.Table)
	if t == nil || !r.have[strings.ToLower(t.Name)][strings.ToLower(ref.Column)] {
		return nil
	}
	return t.Column(ref.Column)
}

// relationship checks that keys are unique at an end that is One, as Power BI does, and counts
// the rows that have no partner.
func (r *refresh) relationship(ctx context.Context, rel *model.Relationship) error {
	from, to := r.column(rel.From), r.column(rel.To)
	if from == nil || to == nil {
		r.unsupported(rel.Place, "relationship %s to %s: a column of it was not imported", rel.From, rel.To)
		return nil
	}
	for _, end := range []struct {
		ref  model.ColumnRef
		ends model.Cardinality
	}{{rel.From, rel.FromEnd}, {rel.To, rel.ToEnd}} {
		if end.ends == model.One {
			if err := r.unique(ctx, rel, end.ref); err != nil {
				return err
			}
		}
	}
	if from.Type != to.Type {
		return inlay.Errorf(inlay.Invalid, "relationship %s to %s: the columns have different data types", rel.From, rel.To)
	}
	d := Dialect{}
	fk, pk := "f."+d.Quote(from.Name), "t."+d.Quote(to.Name)
	if from.Type == dax.String {
		fk, pk = "lower("+fk+")", "lower("+pk+")"
	}
	n, err := count(ctx, r.conn, "SELECT count(*) FROM main."+d.Quote(rel.From.Table)+" f WHERE NOT EXISTS (SELECT 1 FROM main."+
		d.Quote(rel.To.Table)+" t WHERE "+pk+" = "+fk+")")
	if err != nil {
		return err
	}
	r.sum.Statistics.Relationships = append(r.sum.Statistics.Relationships, model.RelationshipStatistics{From: rel.From, To: rel.To, Orphans: n,
		FromUnique: r.once(rel.From), ToUnique: r.once(rel.To)})
	r.sum.Relationships = append(r.sum.Relationships, RelationshipSummary{Name: rel.Name, From: rel.From, To: rel.To, Orphans: n})
	return nil
}

// once reports whether no value of a key is there twice; blanks do not count.
func (r *refresh) once(ref model.ColumnRef) bool {
	t := r.sum.Statistics.Table(ref.Table)
	c := t.Column(ref.Column)
	return c.Exact && c.Distinct == t.Rows-c.Blanks
}

// unique refuses a key that is there twice or blank; it tells how many, never which.
func (r *refresh) unique(ctx context.Context, rel *model.Relationship, ref model.ColumnRef) error {
	d := Dialect{}
	t, c := "main."+d.Quote(ref.Table), d.Quote(ref.Column)
	twice, err := count(ctx, r.conn, "SELECT count(*) FROM (SELECT 1 FROM "+t+" WHERE "+c+" IS NOT NULL GROUP BY "+c+" HAVING count(*) > 1)")
	if err != nil {
		return err
	}
	blank, err := count(ctx, r.conn, "SELECT count(*) FROM "+t+" WHERE "+c+" IS NULL")
	if err != nil {
		return err
	}
	var what string
	switch {
	case twice > 0:
		what = fmt.Sprintf("has %d keys that occur more than once", twice)
	case blank > 0:
		what = fmt.Sprintf("has %d rows without a key", blank)
	default:
		return nil
	}
	return &inlay.Error{
		Kind:   inlay.Invalid,
		Msg:    fmt.Sprintf("relationship %q, %s to %s: column %s is on the one side and %s", rel.Name, rel.From, rel.To, ref, what),
		Remedy: "correct the data, or make the relationship many-to-many",
	}
}
