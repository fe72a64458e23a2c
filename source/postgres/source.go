package postgres

import (
	"context"
	"strings"

	"inlay"
	"inlay/model"
	"inlay/query"
)

// Source is one model over a database. It implements query.Source.
type Source struct {
	pool   *Pool
	tables []bound
	path   string
}

// Bind finds the relations of a model's tables in the database, and fails where the database
// does not have what the model needs.
func Bind(ctx context.Context, p *Pool, m *model.Model, relations map[string]Relation) (*Source, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.busy.Done()
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	conn, err := p.acquire(ctx)
	if err != nil {
		return nil, p.translate(ctx, err)
	}
	defer conn.Release()
	s := &Source{pool: p, path: "pg_catalog"}
	for _, t := range m.Tables {
		r, ok := relations[t.Name]
		if !ok {
			continue // what is asked of it is refused by the database: no such table is in the path
		}
		b, err := bindTable(ctx, conn.Conn().PgConn(), m, t, r)
		if err != nil {
			if inlay.KindOf(err) == inlay.Internal && !lost(err) && ctx.Err() == nil {
				return nil, inlay.Errorf(inlay.Invalid, "table %q: %s does not exist, cannot be read, or is not valid SQL (%s)", t.Name, r, code(err))
			}
			return nil, p.translate(ctx, err)
		}
		if r.Native != "" {
			s.path = "" // it may name tables without their schema
		}
		s.tables = append(s.tables, b)
	}
	return s, nil
}

// Dialect is that of PostgreSQL.
func (s *Source) Dialect() query.Dialect { return Dialect{} }

// Run executes a statement. It returns when ctx ends.
func (s *Source) Run(ctx context.Context, q query.Statement) (query.Rows, error) {
	st := statement{sql: q.SQL(), args: q.Args(), types: q.Types(), path: s.path}
	var with []string
	for _, b := range s.tables {
		if !strings.Contains(st.sql, b.name) {
			continue
		}
		with = append(with, b.name+" AS NOT MATERIALIZED ("+b.sql(len(st.args)+1)+")")
		for _, w := range b.rel.Where {
			st.args = append(st.args[:len(st.args):len(st.args)], w.Value)
		}
	}
	if len(with) > 0 {
		st.sql = "WITH " + strings.Join(with, ", ") + " (" + st.sql + ")"
	}
	r, err := s.pool.run(ctx, st)
	if err != nil {
		return nil, err
	}
	return r, nil
}
