package query

import (
	"slices"

	"inlay"
	"inlay/model"
)

// relation opens the secured rows of a table under filters. Filters on tables that each row
// has at most one row of become conditions on joined rows; filters that arrive over any other
// relationship become IN (…) over the relation on its far side, built the same way. Filters on
// tables that do not reach the base have no effect, as in DAX.
func (c *compiler) relation(base *model.Table, filters []filter, came *edge) (*scope, error) {
	s := c.open(base, false, came)
	var inside []condition
	var outside []filter
	for _, f := range filters {
		if f.table() != base {
			if way, ok := s.lookups[f.table()]; ok && way == nil {
				return nil, inlay.Errorf(inlay.Unsupported, "table %q is related to table %q in more than one way", f.table().Name, base.Name)
			} else if ok {
				outside = append(outside, f)
			}
			continue
		}
		dry := &compiler{e: c.e, ctx: c.ctx, v: c.v, looked: c.looked, dry: true}
		if _, total, err := f.cond(dry.open(base, false, came)); err != nil {
			return nil, err
		} else if total && len(c.e.defined) == 0 { // the columns of a query are not behind the fence
			inside = append(inside, f.cond)
		} else {
			outside = append(outside, f)
		}
	}
	var err error
	if s.from, err = c.visibleRows(base, inside); err != nil {
		return nil, err
	}
	for _, f := range outside {
		text, _, err := f.cond(s)
		if err != nil {
			return nil, err
		}
		s.where = append(s.where, text)
	}
	return s, c.indirect(s, filters)
}

// indirect adds the filters that reach the scope over relationships with many rows on their
// far side, at the base and at every table that it looks up.
func (c *compiler) indirect(s *scope, filters []filter) error {
	for _, t := range c.e.m.Tables {
		if way, ok := s.lookups[t]; !ok || way == nil {
			continue
		}
		for _, e := range c.graph(false).edges[t] {
			if e == s.except || e.single(t) || onWay(s.lookups, e) {
				continue
			}
			near, far := e.at(t)
			back := c.rowsBeyond(t, e, filters)
			if !back && (!e.filters(t) || !c.touched(far.t, e, filters, map[*edge]bool{})) {
				continue
			}
			alias, err := s.join(t)
			if err != nil {
				return err
			}
			text, err := c.among(alias, near, far, filters, e)
			if err != nil {
				return err
			}
			if t != s.base && regular(e, far.t) {
				// Rows that look nothing up are the blank row of t; the rows of the filter may be, too
				// (sqlbi.com/articles/blank-row-in-dax: it is a row of t like others).
				blank, err := c.strays(near, far, filters, e)
				if err != nil {
					return err
				}
				text = "(" + text + " OR (" + alias + "." + c.e.d.Quote(near.c.Name) + " IS NULL AND " + blank + "))"
			}
			s.where = append(s.where, text)
		}
	}
	return nil
}

// among is the condition that the key of a table is one of the rows beyond an edge.
func (c *compiler) among(alias string, near, far column, filters []filter, e *edge) (string, error) {
	sub, err := c.relation(far.t, filters, e)
	if err != nil {
		return "", err
	}
	return c.key(alias, near) + " IN (SELECT " + c.key(sub.alias, far) + sub.sql() + ")", nil
}

// strays is the condition that some row beyond an edge looks nothing up.
func (c *compiler) strays(near, far column, filters []filter, e *edge) (string, error) {
	sub, err := c.relation(far.t, filters, e)
	if err != nil {
		return "", err
	}
	text := "EXISTS (SELECT 1" + sub.sql()
	key := c.key(sub.alias, far)
	of, err := c.secured(near.t, nil)
	if err != nil {
		return "", err
	}
	one := c.alias()
	word := " AND "
	if len(sub.where) == 0 {
		word = " WHERE "
	}
	return text + word + "NOT EXISTS (SELECT 1 FROM " + of + " AS " + one + " WHERE " + c.key(one, near) + " = " + key + "))", nil
}

// onWay reports whether an edge was followed to look something up.
func onWay(lookups map[*model.Table]path, e *edge) bool {
	for _, way := range lookups {
		for _, x := range way {
			if x == e {
				return true
			}
		}
	}
	return false
}

// touched reports whether any filter reaches a table without going over an edge.
func (c *compiler) touched(t *model.Table, came *edge, filters []filter, seen map[*edge]bool) bool {
	for _, f := range filters {
		if f.table() == t {
			return true
		}
	}
	for _, x := range c.graph(false).edges[t] {
		if x == came || seen[x] || (!x.filters(t) && !c.rowsBeyond(t, x, filters)) {
			continue
		}
		seen[x] = true
		if _, far := x.at(t); c.touched(far.t, x, filters, seen) {
			return true
		}
	}
	return false
}

// rowsBeyond reports whether a filter on whole rows of a table reaches t over an edge, because
// those rows look t up over it.
func (c *compiler) rowsBeyond(t *model.Table, e *edge, filters []filter) bool {
	if !e.single(other(e, t)) {
		return false
	}
	for _, f := range filters {
		if f.rows && f.table() != t && slices.Contains(c.graph(false).lookups(f.table(), nil)[t], e) {
			return true
		}
	}
	return false
}

func other(e *edge, t *model.Table) *model.Table {
	_, there := e.at(t)
	return there.t
}

// batch is the aggregates that one statement computes: same table, same context.
type batch struct {
	leaves []int // into plan.leaves
	groups []int // into the groups of the question: those that filter the table
	stmt   Statement
	cut    bool // the statement gives the best of its groups alone
}

// batches makes the statements of a plan.
func (p *plan) batches(groups []column) ([]*batch, error) {
	byKey := map[string]*batch{}
	var list []*batch
	for i, leaf := range p.leaves {
		key := leaf.base.Name + "\x00" + leaf.ctx.key()
		b, ok := byKey[key]
		if !ok {
			b = &batch{}
			byKey[key] = b
			list = append(list, b)
		}
		b.leaves = append(b.leaves, i)
	}
	for _, b := range list {
		if err := p.statement(b, groups); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// statement writes the SQL of a batch.
func (p *plan) statement(b *batch, groups []column) error {
	first := p.leaves[b.leaves[0]]
	c := p.c.fresh()
	s, err := c.relation(first.base, first.ctx.filters, nil)
	if err != nil {
		return err
	}
	one := grouping{scope: s}
	for i, g := range groups {
		if !contains(first.ctx.groups, g) {
			continue
		}
		way, ok := s.lookups[g.t]
		if !ok {
			if c.e.g.reaches(g.t, first.base) {
				return inlay.Errorf(inlay.Unsupported, "grouping rows of table %q by %s, which many rows on both sides share, is not supported yet", first.base.Name, g)
			}
			continue // the group does not filter this table
		}
		if way == nil {
			return inlay.Errorf(inlay.Unsupported, "table %q is related to table %q in more than one way", g.t.Name, first.base.Name)
		}
		b.groups, one.keys = append(b.groups, i), append(one.keys, groupKey{column: g})
	}
	for _, i := range b.leaves {
		one.values = append(one.values, p.leaves[i])
	}
	b.stmt, err = one.statement()
	return err
}

func contains(list []column, c column) bool {
	for _, x := range list {
		if x == c {
			return true
		}
	}
	return false
}

// fresh is a compiler for another statement for the same viewer.
func (c *compiler) fresh() *compiler {
	return &compiler{e: c.e, g: c.g, ctx: c.ctx, v: c.v, roles: c.roles, looked: c.looked}
}
