package query

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query/eval"
)

// defined is a column that a query defines: an expression of each row of a table.
type defined struct {
	column
	name string // in SQL; no column of the table has it, hidden ones included
	x    dax.Expr
}

// defining is a compiler for a query. Its engine's model has the columns that the query defines:
// expressions over the secured rows of their tables, so that security never sees them, and they
// never see what security hides.
func (c *compiler) defining(q *dax.Query) (*compiler, error) {
	for i := range q.Defines {
		d := &q.Defines[i]
		if d.Kind != "COLUMN" {
			continue
		}
		e, err := c.define(q, d)
		if err != nil {
			return nil, err
		}
		c = &compiler{e: e, ctx: c.ctx, v: c.v, roles: c.roles, looked: map[string]dax.Value{}}
	}
	return c, nil
}

// define is the engine with one more column.
func (c *compiler) define(q *dax.Query, d *dax.Define) (*Engine, error) {
	t := c.e.m.Table(d.Table)
	own := slices.ContainsFunc(q.Defines, func(o dax.Define) bool { return o.Kind == "TABLE" && strings.EqualFold(o.Name, d.Table) })
	switch {
	case own:
		return nil, eval.Shown(unplaced(d, true, "DEFINE COLUMN is not supported for table %q, which the query defines", d.Table), q.Src)
	case t == nil:
		return nil, eval.Shown(unplaced(d, false, "the model has no table %q", d.Table), q.Src)
	case t.Calculation:
		return nil, eval.Shown(unplaced(d, true, "DEFINE COLUMN is not supported for calculation group %q", t.Name), q.Src)
	case t.Column(d.Name) != nil:
		return nil, eval.Shown(unplaced(d, false, "table %q has a column [%s] already", t.Name, d.Name), q.Src)
	}
	s := newStore(c)
	x, err := eval.Defined(c.ctx, s, q, d)
	if err != nil {
		return nil, err
	}
	one := c.fresh()
	one.dry, one.roles = true, nil // what a row has is the same under any role
	v, err := one.open(t, false, nil).row(x)
	if err == nil && (typeless(v.typ) || one.blurred) {
		err = inlay.Errorf(inlay.Unsupported, "values of several types")
	}
	if err != nil {
		return nil, eval.Shown(eval.Unrowed(d, err), q.Src)
	}
	return c.e.with(t, &model.Column{Name: d.Name, Type: v.typ}, x)
}

// typeless is whether a type is none that a column can have.
func typeless(t dax.Type) bool { return classOf(t) == blankClass || classOf(t) == otherClass }

// unplaced is an error where a definition stands.
func unplaced(d *dax.Define, unsupported bool, format string, args ...any) error {
	err := dax.Errorf(d, format, args...)
	err.Unsupported = unsupported
	return err
}

// with is an engine of the same rows whose model has a further column.
func (e *Engine) with(t *model.Table, col *model.Column, x dax.Expr) (*Engine, error) {
	next := *t
	next.Columns = append(slices.Clone(t.Columns), col)
	m := *e.m
	m.Tables = slices.Clone(e.m.Tables)
	m.Tables[slices.Index(m.Tables, t)] = &next
	v := &Engine{m: &m, src: e.src, d: e.d, cache: e.cache, name: e.name, stats: e.stats, mode: e.mode, whole: e.entire(), hidden: e.hidden, veiled: maps.Clone(e.veiled)}
	if list := v.veiled[t]; list != nil {
		v.veiled[&next] = list
	}
	for _, d := range e.defined {
		if d.t == t {
			d.t = &next
		}
		v.defined = append(v.defined, d)
	}
	name := "defined"
	for slices.ContainsFunc(v.whole.m.Table(t.Name).Columns, func(c *model.Column) bool { return strings.HasPrefix(strings.ToLower(c.Name), name) }) {
		name += "_"
	}
	v.defined = append(v.defined, defined{column{&next, col}, fmt.Sprintf("%s %d", name, len(v.defined)+1), x})
	var err error
	v.g, err = v.newGraph(v.m)
	return v, err
}

// sqlName is the name of a column in SQL.
func (e *Engine) sqlName(c *model.Column) string {
	for _, d := range e.defined {
		if d.c == c {
			return d.name
		}
	}
	return c.Name
}

// visibleRows is the secured relation of a table with the columns that the query defines. Each sees
// those before it.
func (c *compiler) visibleRows(t *model.Table, inside []condition) (string, error) {
	text, err := c.secured(t, inside)
	if err != nil || len(c.e.defined) == 0 {
		return text, err
	}
	defer func(was int) { c.later = was }(c.later)
	for i, d := range c.e.defined[:len(c.e.defined)-c.later] {
		if d.t != t {
			continue
		}
		c.later = len(c.e.defined) - i
		s := c.open(t, false, nil)
		s.from = text
		v, err := s.row(d.x)
		if err != nil {
			return "", err
		}
		value := cast(v.sql, c.e.d.Type(d.c.Type))
		if d.c.Type == dax.String && !exactText(c.e.d) {
			// Texts that are equal in DAX have one spelling in a column.
			value = "MIN(" + value + ") OVER (PARTITION BY lower(" + value + "))"
		}
		text = "(SELECT " + s.alias + ".*, " + value + " AS " + c.e.d.Quote(d.name) + s.sql() + ")"
	}
	return text, nil
}
