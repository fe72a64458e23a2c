package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/model/datatype"
	"inlay/query/eval"
)

// rowNumber is the number that an engine gives each row of a table. Only what computes
// calculated columns asks for it, see eval.Read.
const rowNumber = "rowid"

// Calculated is a calculated column, or a calculated table if Column is nil.
type Calculated struct {
	Table  *model.Table
	Column *model.Column
}

// String names it.
func (c Calculated) String() string {
	if c.Column == nil {
		return "calculated table '" + c.Table.Name + "'"
	}
	return "calculated column " + model.ColumnRef{Table: c.Table.Name, Column: c.Column.Name}.String()
}

// Expression is the DAX of it.
func (c Calculated) Expression() string {
	if c.Column == nil {
		return c.Table.Derived().Source
	}
	return c.Column.Expression
}

// Place is where it is defined.
func (c Calculated) Place() model.Place {
	if c.Column == nil {
		return c.Table.Derived().Place
	}
	return c.Column.Place
}

// Failed is an error that names what is calculated.
func (c Calculated) Failed(err error) error {
	var own *inlay.Error
	if !errors.As(err, &own) {
		return fmt.Errorf("%s: %w", c, err)
	}
	e := *own
	e.Msg = c.String() + ": " + own.Msg
	if p := c.Place(); p.File != "" {
		e.Msg = fmt.Sprintf("%s:%d: %s", p.File, p.Line, e.Msg)
	}
	return &e
}

// Enter brings a value into the type of its column. The row counts from 0.
func (c Calculated) Enter(col *model.Column, row int64, v dax.Value) (dax.Value, error) {
	to, ok := datatype.Enter(v, col.Type)
	if ok {
		return to, nil
	}
	name := col.Type.String()
	for _, t := range datatype.Types {
		if t.DAX == col.Type {
			name = t.Name
		}
	}
	return v, c.Failed(&inlay.Error{Kind: inlay.Invalid, Msg: fmt.Sprintf("row %d: column [%s] is of type %s, and the value %.60q of type %s does not enter it", row+1, col.Name, name, v.ToText(), v.Type()),
		Remedy: "convert it in the expression, or change the data type of the column"})
}

// Ends are the least and the greatest value that enter a column of a type kept as a whole number, as
// datatype counts them.
func Ends(t dax.Type) (least, most int64) { return datatype.Ends(t) }

// CalculateTable computes a calculated table from all rows.
func (e *Engine) CalculateTable(ctx context.Context, item Calculated) (model.Result, error) {
	x, err := item.parse()
	if err != nil {
		return model.Result{}, err
	}
	res, err := eval.Table(ctx, e.everything(ctx), x, item.Expression())
	if err != nil {
		return res, item.Failed(err)
	}
	return res, nil
}

// CalculateColumn computes a calculated column for the rows of its table from one number to before
// another: their numbers, and values.
func (e *Engine) CalculateColumn(ctx context.Context, item Calculated, first, end int64) ([]int64, []dax.Value, error) {
	x, err := item.parse()
	if err != nil {
		return nil, nil, err
	}
	t := e.m.Table(item.Table.Name)
	numbers, values, err := eval.Values(ctx, e.everything(ctx), eval.ColumnInput{Table: t, X: x, Text: item.Expression(), Span: eval.Span{First: first, End: end}})
	if err != nil {
		return nil, nil, item.Failed(err)
	}
	return numbers, values, nil
}

// ColumnStatement is a calculated column as one statement for all rows of its table: their numbers
// and values. It gives what CalculateColumn gives wherever it succeeds and the values enter the
// column. False where only CalculateColumn can tell.
func (e *Engine) ColumnStatement(ctx context.Context, item Calculated) (Statement, bool, error) {
	x, err := item.parse()
	if err != nil {
		return Statement{}, false, err
	}
	s, t := e.everything(ctx), e.m.Table(item.Table.Name)
	y, err := eval.Pushed(ctx, s, eval.ColumnInput{Table: t, X: x, Text: item.Expression()})
	if y == nil || err != nil {
		return Statement{}, false, ctx.Err()
	}
	c := s.c.fresh()
	from, err := c.relation(t, nil, nil)
	if err != nil {
		return Statement{}, false, err
	}
	v, err := from.row(y)
	done := err == nil && !c.blurred
	return Statement{sql: "SELECT " + from.alias + "." + rowNumber + " AS c0, " + v.sql + " AS c1" + from.sql(), args: c.args, types: []dax.Type{dax.Int64, v.typ}}, done, nil
}

// Widest is the type that holds a type and values; Variant if there is none.
func Widest(t dax.Type, values []dax.Value) dax.Type { return eval.Widest(t, values) }

// everything is the store without a viewer: what is calculated is the same for all.
func (e *Engine) everything(ctx context.Context) *store {
	return newStore(&compiler{e: e, ctx: ctx, v: Viewer{Unrestricted: true}, looked: map[string]dax.Value{}})
}

// parse parses the expression.
func (c Calculated) parse() (dax.Expr, error) {
	x, err := dax.Parse(c.Expression())
	if err != nil {
		return nil, c.Failed(unread(err))
	}
	return x, nil
}

// calculatedItems lists what of a model is calculated.
func calculatedItems(m *model.Model) []Calculated {
	var list []Calculated
	for _, t := range m.Tables {
		if t.Calculation {
			continue
		}
		if t.Derived() != nil {
			list = append(list, Calculated{Table: t})
		}
		for _, c := range t.Columns {
			if c.Expression != "" {
				list = append(list, Calculated{Table: t, Column: c})
			}
		}
	}
	return list
}

// uncalculated lists the calculated columns and tables that cannot be computed.
func (e *Engine) uncalculated() []model.Notice {
	var out []model.Notice
	for _, item := range calculatedItems(e.m) {
		x, err := item.parse()
		if err == nil {
			if err = eval.Check(e.m, x); err != nil {
				err = inlay.Errorf(inlay.KindOf(err), "%s: %v", item, err)
			}
		}
		switch {
		case item.Column != nil && !calculated(e.d):
			out = append(out, model.Notice{Place: item.Place(), What: item.String() + " is supported for imported data alone"})
		case err != nil:
			out = append(out, model.Notice{Place: item.Place(), What: err.Error()})
		}
	}
	if _, err := Order(e.m); err != nil && len(out) == 0 {
		out = append(out, model.Notice{What: err.Error()})
	}
	return out
}

// Order sorts what of a model is calculated so that each stands behind what it needs. A cycle is
// an error that names those on it.
func Order(m *model.Model) ([]Calculated, error) {
	o := &ordering{m: m, items: calculatedItems(m), at: map[string]int{}}
	for i, item := range o.items {
		o.at[item.key()] = i
	}
	o.hard, o.soft = make([][]int, len(o.items)), make([][]int, len(o.items))
	for i := range o.items {
		if err := o.needs(i); err != nil {
			return nil, err
		}
	}
	return o.sort()
}

func (c Calculated) key() string {
	if c.Column == nil {
		return strings.ToLower(c.Table.Name)
	}
	return strings.ToLower(c.Table.Name + "\x00" + c.Column.Name)
}

// ordering finds the order. An item waits for what it needs, and for what it had better see if
// that does not wait for it: all columns of a table that it reads whole.
type ordering struct {
	m     *model.Model
	items []Calculated
	at    map[string]int
	hard  [][]int
	soft  [][]int
}

// walk collects what one item refers to.
type walk struct {
	o        *ordering
	i        int
	touched  []*model.Table
	measures []*model.Measure
	called   []*model.Function
}

func (o *ordering) needs(i int) error {
	item := o.items[i]
	x, err := item.parse()
	if err != nil {
		return err
	}
	w := &walk{o: o, i: i, touched: []*model.Table{item.Table}}
	if item.Column != nil {
		w.add(&o.hard[i], item.Table, "")
	}
	if err := w.expr(x, item.Table); err != nil {
		return item.Failed(err)
	}
	// Filters and RELATED go over relationships, which need their columns.
	tables := o.between(w.touched)
	for _, r := range o.m.Relationships {
		from, to := o.m.Table(r.From.Table), o.m.Table(r.To.Table)
		if from == nil || to == nil || !slices.Contains(tables, from) || !slices.Contains(tables, to) {
			continue
		}
		if w.own(r.From) || w.own(r.To) {
			continue
		}
		w.add(&o.hard[i], from, r.From.Column)
		w.add(&o.hard[i], to, r.To.Column)
	}
	return nil
}

// own reports whether a column is what is being calculated.
func (w *walk) own(ref model.ColumnRef) bool {
	item := w.o.items[w.i]
	return strings.EqualFold(ref.Table, item.Table.Name) && (item.Column == nil || strings.EqualFold(ref.Column, item.Column.Name))
}

// add notes that a column, or a table without one, is needed.
func (w *walk) add(to *[]int, t *model.Table, column string) {
	keys := []string{strings.ToLower(t.Name)}
	if column != "" {
		keys = append(keys, strings.ToLower(t.Name+"\x00"+column))
	}
	for _, k := range keys {
		if j, ok := w.o.at[k]; ok && !slices.Contains(*to, j) {
			*to = append(*to, j)
		}
	}
}

// expr walks an expression over the rows of a table: that of the item, or of a measure.
func (w *walk) expr(x dax.Expr, home *model.Table) error {
	var failed error
	o := w.o
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Call:
			if strings.EqualFold(x.Func, "DETAILROWS") {
				failed = unsupported(x, "DETAILROWS in a calculated column or table is not supported")
			}
			if failed == nil {
				failed = w.function(x, home)
			}
			return failed == nil && !strings.EqualFold(x.Func, "NAMEOF")
		case *dax.Table:
			w.table(o.m.Table(x.Name))
		case *dax.Name:
			w.table(o.m.Table(x.Name))
		case *dax.Column:
			t := o.m.Table(x.Table)
			if x.Table == "" && home.Column(x.Name) != nil {
				t = home
			}
			if t != nil && t.Column(x.Name) != nil {
				w.touch(t)
				w.add(&o.hard[w.i], t, x.Name)
			} else if m, at := o.m.Measure(x.Name); m != nil && !slices.Contains(w.measures, m) {
				w.measures = append(w.measures, m)
				y, err := dax.Parse(m.Expression)
				if err != nil {
					failed = inlay.Errorf(inlay.Invalid, "measure [%s] is not valid DAX: %v", m.Name, err)
				} else {
					failed = w.expr(y, at)
				}
			}
		}
		return failed == nil
	})
	return failed
}

// function walks a function of the model that an expression calls.
func (w *walk) function(x *dax.Call, home *model.Table) error {
	f := w.o.m.Function(x.Func)
	if f == nil || slices.Contains(w.called, f) {
		return nil
	}
	w.called = append(w.called, f)
	d, err := f.Parse()
	if err != nil {
		return inlay.Errorf(inlay.Invalid, "function %s is not valid DAX: %v", f.Name, err)
	}
	for _, y := range (&dax.Query{Defines: []dax.Define{*d}}).Expressions() {
		if err := w.expr(y, home); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) touch(t *model.Table) {
	if !slices.Contains(w.touched, t) {
		w.touched = append(w.touched, t)
	}
}

// table notes that a table is read whole.
func (w *walk) table(t *model.Table) {
	if t == nil {
		return
	}
	w.touch(t)
	w.add(&w.o.hard[w.i], t, "")
	for _, c := range t.Columns {
		if c.Expression != "" && !w.own(model.ColumnRef{Table: t.Name, Column: c.Name}) {
			w.add(&w.o.soft[w.i], t, c.Name)
		}
	}
}

// between adds the tables on the way from the first to the others.
func (o *ordering) between(touched []*model.Table) []*model.Table {
	if len(touched) < 2 {
		return touched
	}
	from := map[*model.Table]*model.Table{touched[0]: nil}
	queue := touched[:1:1]
	for len(queue) > 0 {
		t := queue[0]
		queue = queue[1:]
		for _, r := range o.m.Relationships {
			a, b := o.m.Table(r.From.Table), o.m.Table(r.To.Table)
			if b == t {
				a, b = b, a
			}
			if _, seen := from[b]; a == t && b != nil && !seen {
				from[b] = t
				queue = append(queue, b)
			}
		}
	}
	out := slices.Clone(touched)
	for _, t := range touched[1:] {
		for t = from[t]; t != nil; t = from[t] {
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// sort takes what waits for nothing, first what nothing keeps waiting at all.
func (o *ordering) sort() ([]Calculated, error) {
	done := make([]bool, len(o.items))
	waits := func(on []int) bool { return slices.ContainsFunc(on, func(j int) bool { return !done[j] }) }
	var out []Calculated
	for len(out) < len(o.items) {
		next := -1
		for i := range o.items {
			if done[i] || waits(o.hard[i]) {
				continue
			}
			if !waits(o.soft[i]) {
				next = i
				break
			}
			if next < 0 {
				next = i
			}
		}
		if next < 0 {
			return nil, o.cycle(done)
		}
		done[next] = true
		out = append(out, o.items[next])
	}
	return out, nil
}

// cycle names items that wait for each other.
func (o *ordering) cycle(done []bool) error {
	at := slices.Index(done, false)
	var path []int
	for !slices.Contains(path, at) {
		path = append(path, at)
		for _, j := range o.hard[at] {
			if !done[j] {
				at = j
				break
			}
		}
	}
	path = append(path[slices.Index(path, at):], at)
	var names []string
	for _, i := range path[1:] {
		names = append(names, o.items[i].String())
	}
	return o.items[at].Failed(&inlay.Error{Kind: inlay.Invalid, Msg: "its value depends on itself, by way of " + strings.Join(names, ", "),
		Remedy: "let one of them use other columns"})
}
