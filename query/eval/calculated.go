package eval

import (
	"cmp"
	"context"
	"slices"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// Table answers the rows of a calculated table.
func Table(ctx context.Context, s Store, x dax.Expr, text string) (model.Result, error) {
	e := newEvaluator(ctx, s)
	if !e.isTable(x, e.root) {
		return model.Result{}, shown(wrong(x, "a calculated table takes a table; { … } makes one of values"), text)
	}
	r, err := e.table(x, e.root, nothing)
	if err != nil {
		return model.Result{}, shown(err, text)
	}
	r = r.shown()
	return result(r, r.at(0)), nil
}

// ColumnInput asks for values of a calculated column.
type ColumnInput struct {
	Table *model.Table
	X     dax.Expr
	Text  string // of X, for errors
	Span  Span
}

// Values computes a calculated column in the row context of each row of a span: the numbers of
// the rows, and their values.
func Values(ctx context.Context, s Store, in ColumnInput) ([]int64, []dax.Value, error) {
	e := newEvaluator(ctx, s)
	x := qualified(in.Table, in.X)
	b, list := e.hoist(e.root, x)
	cols := e.rowColumns(in.Table, e.wants(list...))
	r := Read{Base: in.Table, Span: &in.Span}
	for _, c := range cols {
		r.Keys = append(r.Keys, Key{Column: c.col})
	}
	rows, err := s.Read(ctx, r)
	if err != nil {
		return nil, nil, shown(err, in.Text)
	}
	if len(rows) == 0 {
		return nil, nil, nil
	}
	n := len(cols)
	// An error is of the first row that has one, however the source gives them.
	slices.SortFunc(rows, func(x, y []dax.Value) int { return cmp.Compare(x[n].Int(), y[n].Int()) })
	numbers := make([]int64, len(rows))
	for i, row := range rows {
		numbers[i] = row[n].Int()
		rows[i] = row[:n:n]
	}
	inner, _, err := b.iterate(x, &rowset{cols: cols, blocks: [][][]dax.Value{rows}, of: []int{0}, table: in.Table})
	if err != nil {
		return nil, nil, shown(err, in.Text)
	}
	if e.isTable(list[0], inner) {
		return nil, nil, shown(wrong(in.X, "a calculated column takes one value for each row, and this is a table"), in.Text)
	}
	values, err := e.scalar(list[0], inner)
	if err != nil {
		return nil, nil, shown(err, in.Text)
	}
	return numbers, values, nil
}

// mostInlined bounds how large an expression grows when its variables are put in place.
const mostInlined = 2000

// Pushed is a calculated column as the store can compute it for each row of its table: what is the
// same for all rows is a value, and variables are put in place. Nil if the store cannot.
func Pushed(ctx context.Context, s Store, in ColumnInput) (dax.Expr, error) {
	e := newEvaluator(ctx, s)
	left := mostInlined
	x := fn.Inlined(qualified(in.Table, in.X), nil, &left)
	if left < 0 {
		return nil, nil
	}
	return e.pushed(x, e.root, in.Table, false)
}

// rowColumns is what an expression needs of a row: its columns, and those of rows that it looks up.
func (e *evaluator) rowColumns(t *model.Table, w want) []tableColumn {
	var cols []tableColumn
	for _, c := range t.Columns {
		if col := (Column{t, c}); !w.only || slices.Contains(w.cols, col) {
			cols = append(cols, tableColumn{name: c.Name, col: col})
		}
	}
	var keys []Column
	if w.keys {
		keys = e.farKeys(t)
	}
	for i, c := range slices.Concat(keys, w.cols) {
		if c.T == t || slices.ContainsFunc(cols, func(k tableColumn) bool { return k.col == c }) {
			continue
		}
		if reach, err := e.s.Reach(t, c.T, nil); err != nil || reach != Direct || e.looksUp(t, c.T, nil) != nil {
			continue
		}
		k := tableColumn{name: c.C.Name, col: c, also: true}
		if i < len(keys) {
			k.looked = &[]Change{}
		}
		cols = append(cols, k)
	}
	return cols
}

// farKeys are the keys by which rows look up those of other tables.
func (e *evaluator) farKeys(t *model.Table) []Column {
	var out []Column
	for _, r := range e.m.Relationships {
		if k, err := resolve(e.m, &dax.Column{Table: r.To.Table, Name: r.To.Column}); err == nil && r.ToEnd == model.One && k.T != t {
			out = append(out, k)
		}
	}
	return out
}

// Widest is the type that holds a type and values; Variant if there is none.
func Widest(t dax.Type, values []dax.Value) dax.Type {
	for _, v := range values {
		t = widest(t, v.Type())
	}
	return t
}
