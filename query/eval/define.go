package eval

import (
	"context"

	"inlay/dax"
	"inlay/dax/fn"
)

// Shown is an error of the language as a caller may see it.
func Shown(err error, text string) error { return shown(err, text) }

// Defined is the expression of a column that a query defines, as the store can compute it for each
// row of its table: what the query defines and what is the same for all rows is a value.
func Defined(ctx context.Context, s Store, q *dax.Query, d *dax.Define) (dax.Expr, error) {
	e := newEvaluator(ctx, s)
	b, err := e.define(q)
	if err != nil {
		return nil, err
	}
	t := e.m.Table(d.Table)
	left := mostInlined
	x := fn.Inlined(qualified(t, d.X), nil, &left)
	if left < 0 {
		return nil, shown(unsupported(d, "DEFINE COLUMN is not supported for an expression of this size"), q.Src)
	}
	bb, list := e.hoist(b, x)
	y, err := e.constants(list[0], bb, t)
	if err != nil {
		return nil, shown(err, q.Src)
	}
	if why := e.s.Pushable(t, y, false, nil); why != nil {
		return nil, shown(Unrowed(d, why), q.Src)
	}
	return y, nil
}

// Unrowed is the error of a column of a query that is not computed from its row alone.
func Unrowed(d *dax.Define, why error) error {
	return unsupported(d, "DEFINE COLUMN %s[%s] is not supported: its expression is not computed for each row by the source (%v); ADDCOLUMNS can compute it", d.Table, d.Name, why)
}
