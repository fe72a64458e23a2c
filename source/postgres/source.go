package postgres

import (
	"context"
	"strings"
	"sync"

	"inlay"
	"inlay/model"
	"inlay/query"
)

// Source is one model over a database. It implements query.Source.
type Source struct {
	pool      *Pool
	bare      bool // the policies are being written: they need not be there
	m         *model.Model
	relations map[string]Relation
	path      string
	learn     func(*model.Statistics) // nil: nobody asks

	mu      sync.Mutex
	tables  []bound
	unsaid  map[string]error // roles that the barrier cannot have, with the reason
	bound   bool
	binding *flight
}

// flight is an attempt to bind that several questions may wait for.
type flight struct {
	done chan struct{}
	err  error
}

// NewSource is a model over a database. It connects when something is asked.
func NewSource(p *Pool, m *model.Model, relations map[string]Relation) *Source {
	s := &Source{pool: p, m: m, relations: relations, path: "pg_catalog"}
	for _, r := range relations {
		if r.Native != "" {
			s.path = "" // it may name tables without their schema
		}
	}
	return s
}

// Unguarded lets a source that is not asked yet be bound before the database has its policies.
// It answers no questions of people.
func (s *Source) Unguarded() *Source {
	s.bare = true
	return s
}

// Learns has someone told what the database's planner knows of the rows, when that is found: how
// many there are about, and how many different values. Call it before something is asked.
func (s *Source) Learns(tell func(*model.Statistics)) *Source {
	s.learn = tell
	return s
}

// Bind is NewSource and finds the relations in the database at once. It fails where the database
// does not have what the model needs.
func Bind(ctx context.Context, p *Pool, m *model.Model, relations map[string]Relation) (*Source, error) {
	s := NewSource(p, m, relations)
	return s, s.ready(ctx)
}

// ready waits until the relations were found, but not longer than ctx lasts.
func (s *Source) ready(ctx context.Context) error {
	s.mu.Lock()
	if s.bound {
		s.mu.Unlock()
		return nil
	}
	f := s.binding
	if f == nil {
		if err := s.pool.enter(); err != nil {
			s.mu.Unlock()
			return err
		}
		f = &flight{done: make(chan struct{})}
		s.binding = f
		go s.find(f) //nolint:gosec // others wait for it too, so it outlives the request; the pool bounds its time
	}
	s.mu.Unlock()
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ended(ctx)
	}
}

// find finds the relations in the database.
func (s *Source) find(f *flight) {
	defer s.pool.busy.Done()
	ctx, cancel := context.WithTimeout(context.Background(), s.pool.timeout)
	defer cancel()
	tables, err := s.look(ctx)
	s.mu.Lock()
	s.tables, s.bound, s.binding, f.err = tables, err == nil, nil, err
	s.mu.Unlock()
	close(f.done)
}

func (s *Source) look(ctx context.Context) ([]bound, error) {
	conn, err := s.pool.acquire(ctx)
	if err != nil {
		return nil, s.pool.translate(ctx, err)
	}
	defer conn.Release()
	var tables []bound
	for _, t := range s.m.Tables {
		r, ok := s.relations[t.Name]
		if !ok {
			tables = append(tables, bound{name: Dialect{}.Quote(t.Name), none: true})
			continue
		}
		b, err := bindTable(ctx, conn.Conn().PgConn(), s.m, t, r)
		if err != nil {
			if inlay.KindOf(err) == inlay.Internal && !lost(err) && ctx.Err() == nil {
				return nil, inlay.Errorf(inlay.Invalid, "table %q: %s does not exist, cannot be read, or is not valid SQL (%s)", t.Name, r, code(err))
			}
			return nil, s.pool.translate(ctx, err)
		}
		tables = append(tables, b)
	}
	if err := s.guard(ctx, conn.Conn().PgConn(), tables); err != nil {
		return nil, s.pool.translate(ctx, err)
	}
	if s.learn != nil {
		s.learn(s.statistics(ctx, conn.Conn().PgConn()))
	}
	return tables, nil
}

// Dialect is that of PostgreSQL.
func (s *Source) Dialect() query.Dialect { return Dialect{} }

// Run executes a statement. It returns when ctx ends.
func (s *Source) Run(ctx context.Context, q query.Statement) (query.Rows, error) {
	if s.bare {
		return nil, inlay.Errorf(inlay.Internal, "a source without its barrier is asked")
	}
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	who, err := s.identity(q.Viewer())
	if err != nil {
		return nil, err
	}
	st := statement{who: who, sql: q.SQL(), args: q.Args(), types: q.Types(), path: s.path}
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
