package query

import (
	"fmt"
	"slices"
	"strings"

	"inlay"
	"inlay/model"
	"inlay/query/eval"
)

// column is a resolved column; it is comparable.
type column struct {
	t *model.Table
	c *model.Column
}

func (c column) String() string {
	return model.ColumnRef{Table: c.t.Name, Column: c.c.Name}.String()
}

// edge is an active relationship with resolved ends. It is normalised: if one end is One, the
// To end is.
type edge struct {
	from, to         column
	fromOne, toOne   bool
	both, bothSecure bool
}

// graph is the active relationships of a model.
type graph struct {
	edges map[*model.Table][]*edge
}

func newGraph(m *model.Model) (*graph, error) { return (&Engine{}).newGraph(m) }

// newGraph is the graph of a model whose columns may be hidden: relationships work all the same.
func (e *Engine) newGraph(m *model.Model) (*graph, error) {
	g := &graph{edges: map[*model.Table][]*edge{}}
	for _, r := range m.Relationships {
		if r.Inactive {
			continue
		}
		from, err := e.end(m, r.From)
		if err != nil {
			return nil, fmt.Errorf("relationship %q: %w", r.Name, err)
		}
		to, err := e.end(m, r.To)
		if err != nil {
			return nil, fmt.Errorf("relationship %q: %w", r.Name, err)
		}
		x := &edge{from: from, to: to, fromOne: r.FromEnd == model.One, toOne: r.ToEnd == model.One, both: r.Both, bothSecure: r.SecurityBoth}
		if x.fromOne && !x.toOne {
			x.from, x.to, x.fromOne, x.toOne = x.to, x.from, false, true
		}
		if x.from.t == x.to.t {
			return nil, inlay.Errorf(inlay.Unsupported, "relationship %q joins table %q to itself", r.Name, from.t.Name)
		}
		g.edges[from.t] = append(g.edges[from.t], x)
		g.edges[to.t] = append(g.edges[to.t], x)
	}
	return g, nil
}

func resolve(m *model.Model, ref model.ColumnRef) (column, error) {
	t := m.Table(ref.Table)
	if t == nil {
		return column{}, inlay.Errorf(inlay.Invalid, "the model has no table %q", ref.Table)
	}
	c := t.Column(ref.Column)
	if c == nil {
		return column{}, inlay.Errorf(inlay.Invalid, "table %q has no column %q", t.Name, ref.Column)
	}
	return column{t, c}, nil
}

// changed is the graph of a model in which CALCULATE changed relationships. A relationship that
// is made active takes the place of active ones between the same tables.
func (e *Engine) changed(changes []eval.Change) (*graph, error) {
	if len(changes) == 0 {
		return e.g, nil
	}
	m := *e.m
	m.Relationships = slices.Clone(e.m.Relationships)
	ends := func(r model.Relationship, a, b eval.Column) bool {
		return r.Joins(model.ColumnRef{Table: a.T.Name, Column: a.C.Name}, model.ColumnRef{Table: b.T.Name, Column: b.C.Name})
	}
	for _, ch := range changes {
		for i := range m.Relationships {
			r := &m.Relationships[i]
			if !ends(*r, ch.From, ch.To) {
				between := func(x, y *model.Table) bool {
					return strings.EqualFold(r.From.Table, x.Name) && strings.EqualFold(r.To.Table, y.Name)
				}
				if ch.Direction == "" && (between(ch.From.T, ch.To.T) || between(ch.To.T, ch.From.T)) {
					r.Inactive = true
				}
				continue
			}
			if err := turn(r, ch); err != nil {
				return nil, err
			}
		}
	}
	return e.newGraph(&m)
}

// turn changes one relationship. Which of the columns of CROSSFILTER stands on the left matters
// where both sides are many, and is an error elsewhere (crossfilter-function-dax.md, "Direction").
func turn(r *model.Relationship, ch eval.Change) error {
	switch ch.Direction {
	case "":
		r.Inactive = false
	case "NONE":
		r.Inactive = true
	case "BOTH":
		r.Both = true
	case "ONEWAY":
		r.Both = false
	default:
		if r.FromEnd == model.One || r.ToEnd == model.One {
			return inlay.Errorf(inlay.Invalid, "CROSSFILTER with direction %s takes a relationship of many to many; use ONEWAY, BOTH or NONE", ch.Direction)
		}
		left, _ := r.Ends()
		onLeft := strings.EqualFold(left.Table, ch.From.T.Name) && strings.EqualFold(left.Column, ch.From.C.Name)
		if r.Both = false; onLeft != (ch.Direction == "ONEWAY_RIGHTFILTERSLEFT") { // filters go from the To end to the From end
			r.From, r.To, r.Said = r.To, r.From, model.ColumnRef{}
		}
	}
	return nil
}

// at is the end of the edge at a table, and the other end.
func (e *edge) at(t *model.Table) (here, there column) {
	if e.from.t == t {
		return e.from, e.to
	}
	return e.to, e.from
}

// single reports whether each row of t has at most one partner over the edge.
func (e *edge) single(t *model.Table) bool {
	if e.from.t == t {
		return e.toOne
	}
	return e.fromOne
}

// filters reports whether a filter on the other end reaches t: always against the direction of
// the relationship, along it where both directions filter. One-to-one filters both ways.
func (e *edge) filters(t *model.Table) bool {
	return e.from.t == t || e.both || (e.fromOne && e.toOne)
}

// secures reports whether a security filter on the other end reaches t. Ordinary
// bidirectional filtering does not carry security; one-to-one does, as each table is expanded by
// the other.
func (e *edge) secures(t *model.Table) bool { return e.single(t) || e.from.t == t || e.bothSecure }

// path is the way from a table to one that each of its rows has at most one row of.
type path []*edge

// lookups finds every table that rows of base have at most one row of, with the way there. A
// nil way marks a table with two ways to it: which one is meant would decide the numbers.
func (g *graph) lookups(base *model.Table, except *edge) map[*model.Table]path {
	found := map[*model.Table]path{base: {}}
	queue := []*model.Table{base}
	for len(queue) > 0 {
		t := queue[0]
		queue = queue[1:]
		way := found[t]
		for _, e := range g.edges[t] {
			if e == except || !e.single(t) || (len(way) > 0 && way[len(way)-1] == e) {
				continue
			}
			_, there := e.at(t)
			if _, twice := found[there.t]; twice {
				found[there.t] = nil
				continue
			}
			found[there.t] = append(append(path{}, way...), e)
			queue = append(queue, there.t)
		}
	}
	return found
}

// reaches reports whether a filter on table from has an effect on table to.
func (g *graph) reaches(from, to *model.Table) bool {
	seen := map[*model.Table]bool{to: true}
	queue := []*model.Table{to}
	for len(queue) > 0 {
		t := queue[0]
		queue = queue[1:]
		if t == from {
			return true
		}
		for _, e := range g.edges[t] {
			_, there := e.at(t)
			if e.filters(t) && !seen[there.t] {
				seen[there.t] = true
				queue = append(queue, there.t)
			}
		}
	}
	return false
}
