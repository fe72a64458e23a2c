package query

import (
	"context"

	"inlay/dax"
)

// Predicate is what a viewer may see of a table: the relation that stands for it in every
// statement, with the types of its bound values.
type Predicate struct {
	Table      string
	Restricted bool
	SQL        string
	Types      []dax.Type
}

// Security lists the tables with what a viewer may see of them. It is for operators: the text
// tells the filters of roles.
func (e *Engine) Security(ctx context.Context, v Viewer) ([]Predicate, error) {
	roles, err := e.roles(v)
	if err != nil {
		return nil, err
	}
	c := &compiler{e: e, ctx: ctx, v: v, roles: roles, looked: map[string]dax.Value{}}
	var list []Predicate
	for _, t := range e.m.Tables {
		if t.Calculation {
			continue
		}
		one := c.fresh()
		one.told = true
		text, err := one.secured(t, nil)
		if err != nil {
			return nil, err
		}
		p := Predicate{Table: t.Name, SQL: text, Restricted: text != e.d.Quote(t.Name)}
		for _, a := range one.args {
			p.Types = append(p.Types, a.Type())
		}
		list = append(list, p)
	}
	return list, nil
}

// Recording is an engine over the same rows that keeps no answers and tells of each statement
// before it runs. It is for operators.
func (e *Engine) Recording(tell func(Statement)) (*Engine, error) {
	r, err := New(e.m, recording{e.src, tell})
	if err == nil {
		r.mode, r.stats = e.mode, e.stats
	}
	return r, err
}

// recording is a source that tells what it runs.
type recording struct {
	Source
	tell func(Statement)
}

// Run tells and runs.
func (r recording) Run(ctx context.Context, s Statement) (Rows, error) {
	r.tell(s)
	return r.Source.Run(ctx, s)
}
