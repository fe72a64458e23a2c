package eval

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// aggregator is an aggregation: what the store computes, or a fold of the values of rows.
type aggregator struct {
	store string                                      // function of the store; empty if there is none
	fold  func(values []dax.Value) (dax.Value, error) // of all values, BLANK among them
	check func(x dax.Expr, t dax.Type) error          // refuses columns of other types
}

// rowsOf is a table of the model, perhaps with a condition on its rows, as a source of rows for
// the store. b is where it is read.
type rowsOf struct {
	base  *model.Table
	where dax.Expr
	b     *batch
}

// rows recognises tables that the store can read as they are: T, FILTER(T, …) and
// CALCULATETABLE(T, …).
func (e *evaluator) rows(x dax.Expr, b *batch) (rowsOf, bool, error) {
	if t, ok := e.modelTable(x); ok {
		if n, isName := x.(*dax.Name); isName {
			if v, _, _ := b.find(n.Name); v != nil {
				return rowsOf{}, false, nil
			}
		}
		return rowsOf{base: t, b: b}, true, nil
	}
	call, ok := x.(*dax.Call)
	if !ok || len(call.Args) == 0 {
		return rowsOf{}, false, nil
	}
	switch strings.ToUpper(call.Func) {
	case "CALCULATETABLE":
		inner, err := e.calculate(call.Args[1:], b)
		if err != nil {
			return rowsOf{}, false, err
		}
		return e.rows(call.Args[0], inner)
	case "RELATEDTABLE":
		if len(call.Args) != 1 {
			return rowsOf{}, false, nil
		}
		inner, err := e.transition(b)
		if err != nil {
			return rowsOf{}, false, err
		}
		return e.rows(call.Args[0], inner)
	case "FILTER":
		if len(call.Args) != 2 {
			return rowsOf{}, false, nil
		}
		r, ok, err := e.rows(call.Args[0], b)
		if err != nil || !ok || r.b != b {
			return rowsOf{}, false, err
		}
		cond, err := e.pushed(call.Args[1], b, r.base, true)
		if err != nil || cond == nil {
			return rowsOf{}, false, err
		}
		if r.where != nil {
			cond = &dax.Binary{At: dax.At{Start: call.Pos()}, Op: "&&", X: r.where, Y: cond}
		}
		r.where = cond
		return r, true, nil
	}
	return rowsOf{}, false, nil
}

// pushed is an expression as the store can compute it for each row of a table; nil if it cannot.
func (e *evaluator) pushed(x dax.Expr, b *batch, base *model.Table, truth bool) (dax.Expr, error) {
	bb, list := e.hoist(b, x)
	y, err := e.constants(list[0], bb, base)
	if err != nil {
		return nil, err
	}
	if why := e.s.Pushable(base, y, truth, b.context().edges); why != nil {
		y = nil
	}
	return y, nil
}

// aggregate computes an aggregation of an expression over the rows of a table. A nil arg counts
// rows.
func (e *evaluator) aggregate(x *dax.Call, a aggregator, table, arg dax.Expr, b *batch) ([]dax.Value, error) {
	src, ok, err := e.rows(table, b)
	if err != nil {
		return nil, err
	}
	if ok {
		var y dax.Expr
		if arg != nil {
			if y, err = e.pushed(arg, src.b, src.base, false); err != nil {
				return nil, err
			}
		}
		if arg == nil || y != nil {
			return e.stored(x, a, src, y)
		}
	}
	b, list := e.hoist(b, arg)
	arg = list[0]
	w := want{only: true}
	if arg != nil {
		w = e.wants(arg)
	}
	r, err := e.table(table, b, w)
	if err != nil {
		return nil, err
	}
	out := make([]dax.Value, b.n)
	if arg == nil {
		for i := range out {
			if n := len(r.at(i)); n > 0 {
				out[i] = dax.IntOf(int64(n))
			}
		}
		return out, nil
	}
	same, first := e.alike(r, []dax.Expr{arg}, b)
	if len(first) < b.n {
		r, b = r.pick(first), b.pick(first)
	}
	inner, from, err := b.iterate(x, r)
	if err != nil {
		return nil, err
	}
	values, err := e.scalar(arg, inner)
	if err != nil {
		return nil, err
	}
	folded := make([]dax.Value, b.n)
	for i := range folded {
		if folded[i], err = a.fold(values[from[i]:from[i+1]]); err != nil {
			return nil, placed(x, err)
		}
	}
	for i, k := range same {
		out[i] = folded[k]
	}
	return out, nil
}

// stored computes an aggregation by the store, or folds the distinct values that it counts.
func (e *evaluator) stored(x *dax.Call, a aggregator, src rowsOf, arg dax.Expr) ([]dax.Value, error) {
	r := Read{Base: src.base, Rows: src.where}
	switch {
	case arg == nil:
		r.Values = []Value{{}}
	case a.store == "AVERAGE":
		r.Values = []Value{{Fn: "SUM", X: arg}, {Fn: "COUNT", X: arg}}
	case a.store == "DISTINCTCOUNT":
		p, err := e.plan(x, src.b, r)
		if err != nil {
			return nil, err
		}
		if p.indirect || (len(p.vary) > 0 && !p.exact) {
			return e.listed(x, a, r, src.b, arg)
		}
		r.Values = []Value{{Fn: a.store, X: arg}}
	case a.store == "":
		return e.listed(x, a, r, src.b, arg)
	default:
		r.Values = []Value{{Fn: a.store, X: arg}}
	}
	got, err := e.read(x, src.b, r)
	if err != nil && isUnsupported(err) && a.fold != nil && arg != nil {
		return e.listed(x, a, Read{Base: src.base, Rows: src.where}, src.b, arg) // of text, for example
	}
	if err != nil {
		return nil, err
	}
	out := make([]dax.Value, src.b.n)
	for i := range out {
		rows := got.at(i)
		if len(rows) == 0 {
			continue
		}
		out[i] = rows[0][0]
		if a.store == "AVERAGE" && arg != nil && !out[i].IsBlank() {
			out[i] = dax.FloatOf(out[i].Float() / rows[0][1].Float())
		}
	}
	return out, nil
}

// listed folds the values of rows, each distinct one read once with its count.
func (e *evaluator) listed(x *dax.Call, a aggregator, r Read, b *batch, arg dax.Expr) ([]dax.Value, error) {
	r.Keys, r.Values = []Key{{X: arg}}, []Value{{}}
	got, err := e.read(x, b, r)
	if err != nil {
		return nil, err
	}
	done := make([]dax.Value, len(got.blocks))
	for k, rows := range got.blocks {
		var values []dax.Value
		for _, row := range rows {
			for range row[1].Int() {
				values = append(values, row[0])
				if a.store == "DISTINCTCOUNT" {
					break
				}
			}
			if len(values) > mostRows {
				return nil, tooMany(x, "values to aggregate", mostRows)
			}
		}
		if done[k], err = a.fold(values); err != nil {
			return nil, placed(x, err)
		}
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		out[i] = done[got.of[i]]
	}
	return out, nil
}

// ofColumn is an aggregation of a column: SUM(T[c]).
func ofColumn(a aggregator) scalarFunc {
	return func(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
		if len(x.Args) != 1 {
			return nil, wrong(x, "%s takes one column", strings.ToUpper(x.Func))
		}
		if own, ok := x.Args[0].(*dax.Column); ok && e.isOwn(own) {
			return e.aggregate(x, a, &dax.Table{At: own.At, Name: own.Table}, own, b)
		}
		col, err := e.columnArg(x, x.Args[0])
		if err != nil {
			return nil, err
		}
		if a.check != nil {
			if err := a.check(x, col.C.Type); err != nil {
				return nil, err
			}
		}
		if col.C.Type == dax.String && (a.store == "MIN" || a.store == "MAX") {
			a.store = "" // a source orders text by its letters
		}
		ref := &dax.Column{At: dax.At{Start: x.Args[0].Pos()}, Table: col.T.Name, Name: col.C.Name}
		return e.aggregate(x, a, &dax.Table{At: ref.At, Name: col.T.Name}, ref, b)
	}
}

// estimate is APPROXIMATEDISTINCTCOUNT(T[c]), which is exact here. Power BI has it for tables alone
// that stay in their database (approximate-distinctcount-function-dax.md).
func estimate(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	for _, a := range x.Args {
		c, err := e.columnArg(x, a)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(c.T.Partitions, func(p model.Partition) bool { return same(p.Mode, "directQuery") }) {
			return nil, wrong(x, "APPROXIMATEDISTINCTCOUNT takes columns of tables that stay in their database (DirectQuery), and table %q is imported; use DISTINCTCOUNT", c.T.Name)
		}
	}
	return ofColumn(aggregators["DISTINCTCOUNT"])(e, x, b)
}

// overTable is an aggregation of an expression over a table: SUMX(table, expression).
func overTable(a aggregator) scalarFunc {
	return func(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
		if len(x.Args) != 2 || x.Args[1] == nil {
			return nil, wrong(x, "%s takes a table and an expression", strings.ToUpper(x.Func))
		}
		return e.aggregate(x, a, x.Args[0], x.Args[1], b)
	}
}

// columnArg is an argument that must be a column of the model.
func (e *evaluator) columnArg(x *dax.Call, a dax.Expr) (Column, error) {
	ref, ok := a.(*dax.Column)
	if !ok || ref.Table == "" {
		if a == nil {
			a = x
		}
		return Column{}, wrong(a, "%s takes a column with its table here", strings.ToUpper(x.Func))
	}
	if e.isOwn(ref) {
		return Column{}, unsupported(ref, "%s is not supported for a column of a table that the query defines", strings.ToUpper(x.Func))
	}
	return resolve(e.m, ref)
}

func countRows(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) != 1 {
		return nil, wrong(x, "COUNTROWS takes a table")
	}
	return e.aggregate(x, aggregator{}, x.Args[0], nil, b)
}
