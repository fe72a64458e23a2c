package query

import (
	"context"
	"iter"
	"strings"

	"inlay/dax"
	"inlay/model"
	"inlay/query/eval"
)

// Stream answers a DAX query for a viewer: use gets an answer for each EVALUATE, computed from
// exactly the rows that the viewer may see. Rows of a table that are answered as they are come
// from the source while use reads them and are never held here; they are not cached, either.
// What such rows end with, an error or nothing, comes at their end alone.
func (e *Engine) Stream(ctx context.Context, v Viewer, text string, use func([]model.Answer) error) error {
	c, err := e.asking(ctx, v)
	if err != nil {
		return err
	}
	q, err := dax.ParseQuery(text)
	if err != nil {
		return unread(err)
	}
	if c, err = c.defining(q); err != nil {
		return err
	}
	if done, err := eval.Stream(ctx, newStore(c), q, use); done || err != nil {
		return err
	}
	results, err := e.Evaluate(ctx, v, text)
	if err != nil {
		return err
	}
	answers := make([]model.Answer, len(results))
	for i, r := range results {
		answers[i] = r.Answer()
	}
	return use(answers)
}

// Scan hands out the rows of a table.
func (s *store) Scan(_ context.Context, r eval.Read, by []eval.Order) (iter.Seq2[[]dax.Value, error], bool, error) {
	if len(r.Where) > 0 || r.Blank || r.Span != nil {
		return nil, false, nil
	}
	c, err := s.compiler(r.Edges)
	if err != nil {
		return nil, false, err
	}
	stmt, err := c.fresh().scanSQL(r, by)
	if err != nil {
		return nil, false, err
	}
	return func(yield func([]dax.Value, error) bool) {
		if err := c.each(stmt, func(row []dax.Value) bool { return yield(row, nil) }); err != nil {
			yield(nil, err)
		}
	}, true, nil
}

// scanSQL writes the statement of the keys of a Read for each row that is visible. In a source that
// tells letters apart, rows that are equal in DAX get one spelling, as where they are grouped.
func (c *compiler) scanSQL(r eval.Read, by []eval.Order) (Statement, error) {
	s, err := c.relation(r.Base, nil, nil)
	if err != nil {
		return Statement{}, err
	}
	var items, groups []string
	var types []dax.Type
	texts := false
	for _, k := range r.Keys {
		key, err := groupKey{column: column{k.Column.T, k.Column.C}, x: k.X}.sql(s)
		if err != nil {
			return Statement{}, err
		}
		group := key.sql
		if key.typ == dax.String && exactText(c.e.d) {
			group, texts = "lower("+key.sql+")", true
		}
		items, groups, types = append(items, key.sql), append(groups, group), append(types, key.typ)
	}
	for i := range items {
		if texts && types[i] == dax.String {
			items[i] = "MIN(" + items[i] + ") OVER (PARTITION BY " + strings.Join(groups, ", ") + ")"
		}
	}
	if r.Rows != nil {
		text, _, err := s.condition(r.Rows, true)
		if err != nil {
			return Statement{}, err
		}
		s.where = append(s.where, text)
	}
	text := "SELECT " + strings.Join(items, ", ") + s.sql()
	for i, o := range by {
		key, err := s.column(column{o.Column.T, o.Column.C})
		if err != nil {
			return Statement{}, err
		}
		text += map[bool]string{true: " ORDER BY ", false: ", "}[i == 0] + ordered(key, o)
	}
	return Statement{sql: text, args: c.args, types: types}, nil
}

// ordered orders by a column as DAX does: BLANK counts as zero, and stands before it.
func ordered(key string, o eval.Order) string {
	way := " ASC"
	if o.Descending {
		way = " DESC"
	}
	return "COALESCE(" + key + ", " + classOf(o.Column.C.Type).zero() + ")" + way + ", CASE WHEN " + key + " IS NULL THEN 0 ELSE 1 END" + way
}

// each hands out the rows of a statement for the viewer, until use has seen enough.
func (c *compiler) each(s Statement, use func([]dax.Value) bool) error {
	s.viewer = c.v
	rows, err := c.e.src.Run(c.ctx, s)
	if err != nil {
		return err
	}
	defer rows.Close()
	row := make([]dax.Value, len(s.types))
	for rows.Next(row) {
		if !use(row) {
			return nil
		}
	}
	return rows.Err()
}
