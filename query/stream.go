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

// Scan hands out the rows of a table. A source that tells letters apart is not asked: there,
// rows that are equal in DAX have one spelling only when they are grouped.
func (s *store) Scan(_ context.Context, r eval.Read) (iter.Seq2[[]dax.Value, error], bool, error) {
	if exactText(s.c.e.d) || len(r.Where) > 0 || r.Blank || r.Span != nil {
		return nil, false, nil
	}
	c, err := s.compiler(r.Edges)
	if err != nil {
		return nil, false, err
	}
	stmt, err := c.fresh().scanSQL(r)
	if err != nil {
		return nil, false, err
	}
	return func(yield func([]dax.Value, error) bool) {
		if err := c.each(stmt, func(row []dax.Value) bool { return yield(row, nil) }); err != nil {
			yield(nil, err)
		}
	}, true, nil
}

// scanSQL writes the statement of the keys of a Read for each row that is visible.
func (c *compiler) scanSQL(r eval.Read) (Statement, error) {
	s, err := c.relation(r.Base, nil, nil)
	if err != nil {
		return Statement{}, err
	}
	var items []string
	var types []dax.Type
	for _, k := range r.Keys {
		key, err := groupKey{column: column{k.Column.T, k.Column.C}, x: k.X}.sql(s)
		if err != nil {
			return Statement{}, err
		}
		items, types = append(items, key.sql), append(types, key.typ)
	}
	if r.Rows != nil {
		text, _, err := s.condition(r.Rows, true)
		if err != nil {
			return Statement{}, err
		}
		s.where = append(s.where, text)
	}
	return Statement{sql: "SELECT " + strings.Join(items, ", ") + s.sql(), args: c.args, types: types}, nil
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
