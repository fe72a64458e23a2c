package eval

import (
	"context"
	"errors"
	"slices"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

func newEvaluator(ctx context.Context, s Store) *evaluator {
	e := &evaluator{ctx: ctx, s: s, m: s.Model(), memo: map[string][][]dax.Value{}, tables: map[string]dax.Expr{}, functions: map[string]*function{},
		measures: map[string]*model.Measure{}, homes: map[string]string{}, bodies: map[*model.Measure]dax.Expr{}}
	e.root = &batch{n: 1, ctx: &filterContext{}}
	return e
}

// define is where the EVALUATEs of a query stand: below what it defines.
func (e *evaluator) define(q *dax.Query) (*batch, error) {
	b := e.root
	for i := range q.Defines {
		d := &q.Defines[i]
		switch d.Kind {
		case "MEASURE":
			m := &model.Measure{Name: d.Name, Expression: dax.Print(d.X)}
			e.measures[strings.ToLower(d.Name)], e.bodies[m] = m, d.X
			e.homes[strings.ToLower(d.Name)] = d.Table
		case "FUNCTION":
			if err := e.defineFunction(d); err != nil {
				return nil, shown(err, q.Src)
			}
		case "TABLE":
			e.tables[strings.ToLower(d.Name)] = d.X
		case "VAR":
			b = &batch{n: 1, parent: b, v: &variable{name: d.Name, x: d.X}}
		case "COLUMN":
			e.further = true // the store's model has it
		default:
			return nil, shown(unsupported(d, "DEFINE %s is not supported", d.Kind), q.Src)
		}
	}
	e.root = b
	return b, shown(e.acyclic(), q.Src)
}

// Query answers a DAX query: one result for each EVALUATE.
func Query(ctx context.Context, s Store, q *dax.Query) ([]model.Result, error) {
	return settling(ctx, s, func(e *evaluator) ([]model.Result, error) {
		b, err := e.define(q)
		if err != nil {
			return nil, err
		}
		var out []model.Result
		for i := range q.Evaluate {
			r, err := e.evaluate(&q.Evaluate[i], b)
			if err != nil {
				return nil, shown(err, q.Src)
			}
			out = append(out, r)
		}
		return out, nil
	})
}

// settling evaluates, and where that fails, once more over rows in an order of their own: of the
// errors of several rows the first is told, and the order in which a source gives rows can follow
// from rows that the viewer may not see.
func settling[T any](ctx context.Context, s Store, run func(*evaluator) (T, error)) (T, error) {
	e := newEvaluator(ctx, s)
	out, err := run(e)
	if kind := inlay.KindOf(err); err == nil || !e.loose || kind != inlay.Invalid && kind != inlay.Unsupported {
		return out, err
	}
	e = newEvaluator(ctx, s)
	e.settle = true
	return run(e)
}

// shown makes an error of the language one that a caller may see: with the line of the text that is
// at fault, and a caret.
func shown(err error, text string) error {
	var own *inlay.Error
	if errors.As(err, &own) {
		return own
	}
	var d *dax.Error
	if !errors.As(err, &d) {
		return err
	}
	kind := inlay.Invalid
	switch {
	case d.Unsupported:
		kind = inlay.Unsupported
	case d.Limit:
		kind = inlay.Limit
	}
	return inlay.Errorf(kind, "%v", d.In(text))
}

// located gives an error of the store its place, unless it says who is refused or what to do.
func located(x dax.Expr, err error) error {
	var own *inlay.Error
	if err == nil || !errors.As(err, &own) || own.Rule != "" || own.Remedy != "" {
		return err
	}
	d := dax.Errorf(x, "%s", own.Msg)
	switch own.Kind {
	case inlay.Unsupported:
		d.Unsupported = true
	case inlay.Limit:
		d.Limit = true
	case inlay.Invalid:
	default:
		return err
	}
	return d
}

// isUnsupported reports whether an error says that something cannot be computed.
func isUnsupported(err error) bool {
	var d *dax.Error
	return inlay.KindOf(err) == inlay.Unsupported || errors.As(err, &d) && d.Unsupported
}

// evaluate answers one EVALUATE.
func (e *evaluator) evaluate(v *dax.Evaluate, b *batch) (model.Result, error) {
	var res model.Result
	if !e.isTable(v.X, b) {
		if call, ok := v.X.(*dax.Call); ok && !e.computes(call) {
			return res, absent(call)
		}
		return res, wrong(v.X, "EVALUATE takes a table; { … } makes one of values")
	}
	r, err := e.table(v.X, b, nothing)
	if err != nil {
		return res, err
	}
	r = r.shown()
	if name := twice(r.cols); name != "" {
		return res, wrong(v.X, "the answer has two columns with the name %s; SELECTCOLUMNS gives them names of their own", name)
	}
	rows := r.at(0)
	if len(v.Order) > 0 {
		if rows, err = e.sorted(v, r, b); err != nil {
			return res, err
		}
	}
	return result(r, rows), nil
}

// sorted orders the rows of a result, from START AT on.
func (e *evaluator) sorted(v *dax.Evaluate, r *rowset, b *batch) ([][]dax.Value, error) {
	var list []dax.Expr
	var desc []bool
	for _, o := range v.Order {
		list, desc = append(list, o.X), append(desc, o.Descending)
	}
	keys, err := e.compute(v.X, r, list, b)
	if err != nil {
		return nil, err
	}
	rows := r.at(0)
	at := identity(len(rows))
	slices.SortStableFunc(at, func(i, j int) int { return compareRows(keys[0][i], keys[0][j], desc) })
	var start []dax.Value
	for _, x := range v.StartAt {
		y, err := e.scalar(x, b)
		if err != nil {
			return nil, err
		}
		start = append(start, y[0])
	}
	var out [][]dax.Value
	for _, i := range at {
		if len(start) == 0 || compareRows(keys[0][i], start, desc[:len(start)]) >= 0 {
			out = append(out, rows[i])
		}
	}
	return out, nil
}

// result describes the columns of rows.
func result(r *rowset, rows [][]dax.Value) model.Result {
	res := model.Result{Rows: rows}
	for i, c := range r.cols {
		t := dax.Blank
		if c.col.C != nil {
			t = c.col.C.Type
		} else {
			for _, row := range rows {
				t = widest(t, row[i].Type())
			}
		}
		out := model.ResultColumn{Name: c.title(), Type: t, Group: c.col.C != nil}
		if c.col.C != nil {
			out.Format = c.col.C.Format
		}
		res.Columns = append(res.Columns, out)
	}
	return res
}

// twice is the name that two columns have, if any: rows are objects in JSON, where one of them
// would hide the other.
func twice(cols []tableColumn) string {
	seen := make(map[string]bool, len(cols))
	for _, c := range cols {
		name := strings.ToLower(c.title())
		if seen[name] {
			return c.title()
		}
		seen[name] = true
	}
	return ""
}

// widest is the type that holds both.
func widest(a, b dax.Type) dax.Type {
	number := func(t dax.Type) bool { return t == dax.Int64 || t == dax.Decimal || t == dax.Double }
	switch {
	case a == b || b == dax.Blank:
		return a
	case a == dax.Blank:
		return b
	case number(a) && number(b):
		if a == dax.Double || b == dax.Double {
			return dax.Double
		}
		return dax.Decimal // one of them is; two whole numbers are equal types
	}
	return dax.Variant
}
