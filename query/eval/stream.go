package eval

import (
	"context"
	"iter"
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// Scanner is a Store that hands out rows of a table without holding them.
type Scanner interface {
	// Scan reads the keys of a Read, for each row of its Base once, in an order; Values are not read.
	// It reports false where only Read gives what DAX asks for.
	Scan(ctx context.Context, r Read, by []Order) (rows iter.Seq2[[]dax.Value, error], ok bool, err error)
}

// Order is a column that rows are ordered by: BLANK before zero, and behind what is below it.
type Order struct {
	Column     Column
	Descending bool
}

// Stream answers a DAX query of which some EVALUATE is answered by rows of a table as they are,
// and reports false for another. use gets an answer for each EVALUATE: all of them are computed
// by then, except that the rows of such a table come while they are read.
func Stream(ctx context.Context, s Store, q *dax.Query, use func([]model.Answer) error) (bool, error) {
	list, err := settling(ctx, s, func(e *evaluator) ([]model.Answer, error) { return e.answers(q) })
	if err != nil || list == nil {
		return false, err
	}
	return true, use(list)
}

// answers is those of a query of which some are rows as they are; nil if none is.
func (e *evaluator) answers(q *dax.Query) ([]model.Answer, error) {
	b, err := e.define(q)
	if err != nil {
		return nil, shown(err, q.Src)
	}
	list := make([]model.Answer, len(q.Evaluate))
	scanned := make([]bool, len(list))
	for i := range list {
		if list[i], scanned[i], err = e.scanned(&q.Evaluate[i], b); err != nil {
			return nil, shown(err, q.Src)
		}
	}
	if !slices.Contains(scanned, true) {
		return nil, nil
	}
	for i := range list {
		if scanned[i] {
			continue
		}
		r, err := e.evaluate(&q.Evaluate[i], b)
		if err != nil {
			return nil, shown(err, q.Src)
		}
		list[i] = r.Answer()
	}
	return list, nil
}

// scanned is the answer to T, FILTER(T, …) and SELECTCOLUMNS of columns of these, where the
// store can hand out the rows, and order them where that is asked for.
func (e *evaluator) scanned(v *dax.Evaluate, b *batch) (a model.Answer, ok bool, err error) {
	sc, can := e.s.(Scanner)
	if !can || len(v.StartAt) > 0 {
		return a, false, nil
	}
	x, picked := v.X, []dax.Expr(nil)
	if call, isCall := x.(*dax.Call); isCall && strings.EqualFold(call.Func, "SELECTCOLUMNS") && len(call.Args) > 1 {
		x, picked = call.Args[0], call.Args[1:]
	}
	src, ok, err := e.rows(x, b)
	if err != nil || !ok || src.b != b || src.base.Group != nil || src.base.Calculation {
		return a, false, err
	}
	cols, ok := scanColumns(src.base, picked)
	if !ok {
		return a, false, nil
	}
	by, ok := scanOrder(src.base, v, picked)
	if !ok {
		return a, false, nil
	}
	r := Read{Base: src.base, Rows: src.where}
	for _, c := range cols {
		r.Keys = append(r.Keys, Key{Column: c.col})
	}
	if a.Rows, ok, err = sc.Scan(e.ctx, r, by); err != nil || !ok {
		return a, false, err
	}
	a.Columns = result(&rowset{cols: cols}, nil).Columns
	a.Count = func() (int64, error) {
		got, err := e.fetch(Read{Base: src.base, Rows: src.where, Values: []Value{{}}})
		if err != nil || len(got) == 0 || got[0][0].IsBlank() {
			return 0, shown(err, "")
		}
		return got[0][0].Int(), nil
	}
	return a, true, nil
}

// scanOrder is the order of a table by columns of whole numbers, decimals and dates, which sources
// order as DAX does. Other types, and columns with names of their own, are ordered here.
func scanOrder(t *model.Table, v *dax.Evaluate, picked []dax.Expr) (by []Order, ok bool) {
	for _, o := range v.Order {
		ref, isColumn := o.X.(*dax.Column)
		if !isColumn || ref.Level != "" || !same(ref.Table, t.Name) || len(picked) > 0 {
			return nil, false
		}
		c := t.Column(ref.Name)
		if c == nil || c.Type != dax.Int64 && c.Type != dax.Decimal && c.Type != dax.DateTime {
			return nil, false
		}
		by = append(by, Order{Column{t, c}, o.Descending})
	}
	return by, true
}

// scanColumns is the columns of a table, or those that SELECTCOLUMNS picks, if it picks nothing
// else: Table[Column], or a name and Table[Column].
func scanColumns(t *model.Table, picked []dax.Expr) (cols []tableColumn, ok bool) {
	if len(picked) == 0 {
		for _, c := range t.Columns {
			cols = append(cols, tableColumn{name: c.Name, col: Column{t, c}})
		}
		return cols, len(cols) > 0
	}
	for len(picked) > 0 {
		var name string
		named := false
		if l, isLiteral := picked[0].(*dax.Literal); isLiteral && l.Value.Type() == dax.String && len(picked) > 1 {
			name, named, picked = l.Value.Text(), true, picked[1:]
		}
		ref, isColumn := picked[0].(*dax.Column)
		if !isColumn || ref.Level != "" || !same(ref.Table, t.Name) || t.Column(ref.Name) == nil {
			return nil, false
		}
		c := t.Column(ref.Name)
		if !named {
			name = c.Name
		}
		cols, picked = append(cols, tableColumn{name: name, named: named, col: Column{t, c}}), picked[1:]
	}
	return cols, twice(cols) == "" // which is an error, said elsewhere
}
