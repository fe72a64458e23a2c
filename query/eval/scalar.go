package eval

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// evaluator computes one query.
type evaluator struct {
	ctx       context.Context
	s         Store
	m         *model.Model
	measures  map[string]*model.Measure // defined by the query, by lower-case name
	homes     map[string]string         // tables of these, as the query says them
	bodies    map[*model.Measure]dax.Expr
	tables    map[string]dax.Expr  // defined by the query, by lower-case name
	functions map[string]*function // defined by the query, by lower-case name
	further   bool                 // the query defines columns, which the model has
	root      *batch
	depth     int
	names     int // of variables made by hoist
	stack     []*model.Measure
	details   []*model.Formula // being evaluated
	selected  selection
	memo      map[string][][]dax.Value
	loose     bool // several rows were read, in the order in which the store gave them
	settle    bool // rows are put in an order when they are read
	meter     Meter
}

// scalar computes an expression in each environment of a batch.
func (e *evaluator) scalar(x dax.Expr, b *batch) ([]dax.Value, error) {
	if e.depth++; e.depth > mostDepth*4 {
		return nil, tooMany(x, "levels of evaluation", mostDepth*4)
	}
	defer func() { e.depth-- }()
	if err := e.ctx.Err(); err != nil {
		return nil, err
	}
	out, err := e.scalarOf(x, b)
	if err == nil {
		err = e.spend(len(out) * valueSize)
	}
	return out, located(x, err)
}

func (e *evaluator) scalarOf(x dax.Expr, b *batch) ([]dax.Value, error) {
	switch x := x.(type) {
	case nil:
		return make([]dax.Value, b.n), nil
	case *dax.Literal:
		return repeat(x.Value, b.n), nil
	case *dax.Name:
		return e.name(x, b)
	case *dax.Column:
		return e.reference(x, b)
	case *dax.Unary:
		return e.unary(x, b)
	case *dax.Binary:
		return e.binary(x, b)
	case *dax.Block:
		return e.scalar(x.Return, e.block(x, b))
	case *dax.Call:
		out, err := e.call(x, b)
		if name := strings.ToUpper(x.Func); err == nil && (alternatives[name] != nil || name == "DIVIDE" && len(x.Args) == 3) {
			return e.widen(x, b, out)
		}
		return out, err
	case *dax.TableOf:
		return e.single(x, b)
	}
	return nil, wrong(x, "%s is not one value", dax.Print(x))
}

func repeat(v dax.Value, n int) []dax.Value {
	out := make([]dax.Value, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// placed gives an error of a value its place, unless it has one.
func placed(x dax.Expr, err error) error {
	var has *dax.Error
	if err == nil || errors.As(err, &has) {
		return err
	}
	return failed(x, "%v", err)
}

// block is a batch that knows the variables of VAR.
func (e *evaluator) block(x *dax.Block, b *batch) *batch {
	for _, v := range x.Vars {
		b = &batch{n: b.n, parent: b, v: &variable{name: v.Name, x: v.X}}
	}
	return b
}

// name is a variable.
func (e *evaluator) name(x *dax.Name, b *batch) ([]dax.Value, error) {
	v, home, at := b.find(x.Name)
	if v == nil {
		if t := e.m.Table(x.Name); t != nil {
			return nil, wrong(x, "table %q stands where one value is expected", t.Name)
		}
		return nil, wrong(x, "%q is neither a variable nor a measure", x.Name)
	}
	if v.isRows || e.isTable(v.x, home) {
		return e.single(x, b)
	}
	if v.values == nil {
		v.values, v.have = make([]dax.Value, home.n), make([]bool, home.n)
	}
	var ask []int
	for _, i := range at {
		if !v.have[i] {
			v.have[i] = true
			ask = append(ask, i)
		}
	}
	if v.busy {
		return nil, wrong(x, "variable %s refers to itself", x.Name)
	}
	if len(ask) > 0 {
		v.busy = true
		defer func() { v.busy = false }()
		sub := home
		if len(ask) < home.n {
			sub = home.pick(ask)
		} else {
			ask = identity(home.n)
		}
		got, err := e.scalar(v.x, sub)
		if err != nil {
			for _, i := range ask {
				v.have[i] = false
			}
			return nil, final(err)
		}
		for j, i := range ask {
			v.values[i] = got[j]
		}
	}
	out := make([]dax.Value, b.n)
	for i, j := range at {
		out[i] = v.values[j]
	}
	return out, nil
}

// final is the error of a variable, which IFERROR does not catch where the variable is used.
func final(err error) error {
	var d *dax.Error
	if !errors.As(err, &d) || !d.Value {
		return err
	}
	c := *d
	c.Value, c.Final = false, true
	return &c
}

// reference is a column of a current row, or a measure.
func (e *evaluator) reference(x *dax.Column, b *batch) ([]dax.Value, error) {
	if x.Table == "" {
		if c, ok := b.cell(func(c tableColumn) bool { return c.is(x.Name) }, 0); ok {
			return c.values(), nil
		}
		if x.Loose {
			return nil, wrong(x, "there is no column ''[%s] here", x.Name)
		}
		if m := e.measure(x.Name); m != nil {
			return e.measured(x, m, b)
		}
		if c, ok := b.cell(func(c tableColumn) bool { return !c.also && same(c.name, x.Name) }, 0); ok {
			return c.values(), nil
		}
		return nil, wrong(x, "there is no measure or column [%s] here", x.Name)
	}
	if e.isOwn(x) {
		c, ok := b.cell(func(c tableColumn) bool { return same(c.of, x.Table) && same(c.name, x.Name) }, 0)
		if !ok {
			return nil, wrong(x, "there is no current row of column %s", dax.Print(x))
		}
		return c.values(), nil
	}
	t := e.m.Table(x.Table)
	if t != nil && t.Column(x.Name) == nil {
		if m := e.measure(x.Name); m != nil {
			return e.measured(x, m, b)
		}
	}
	if t == nil {
		if m := e.measure(x.Name); m != nil && e.measures[strings.ToLower(x.Name)] != nil {
			return e.measured(x, m, b)
		}
	}
	col, err := resolve(e.m, x)
	if err != nil {
		return nil, err
	}
	c, ok := b.cell(func(c tableColumn) bool { return c.col == col && !c.also && !c.named }, 0)
	if !ok {
		return nil, wrong(x, "a single value of column %s cannot be determined: there is no current row of it; aggregate it, for example with SUM", col)
	}
	return c.values(), nil
}

func (e *evaluator) measure(name string) *model.Measure {
	if m := e.measures[strings.ToLower(name)]; m != nil {
		return m
	}
	m, _ := e.m.Measure(name)
	return m
}

// measured computes a measure; its rows and variables are its own.
func (e *evaluator) measured(x dax.Expr, m *model.Measure, b *batch) ([]dax.Value, error) {
	for _, s := range e.stack {
		if s == m {
			return nil, wrong(x, "measure [%s] refers to itself", m.Name)
		}
	}
	body, own := e.bodies[m]
	if !own {
		var err error
		if body, err = e.s.Parse(m.Expression); err != nil {
			return nil, wrong(x, "measure [%s] is not valid DAX: %v", m.Name, err)
		}
	}
	inner, err := e.transition(b)
	if err != nil {
		return nil, err
	}
	if out, ok, err := e.applied(x, m, inner); ok || err != nil {
		return out, err
	}
	e.stack = append(e.stack, m)
	defer func() { e.stack = e.stack[:len(e.stack)-1] }()
	within := &batch{n: b.n, parent: inner, closed: true}
	if own {
		within.query = e.root
	}
	out, err := e.scalar(body, within)
	return out, inMeasure(x, m, own, err)
}

// inMeasure says in which measure an error is; in that which holds the mistake, where measures
// refer to each other. The place is that of the reference, unless the query itself holds the measure:
// the texts of the model's measures are not for every viewer.
func inMeasure(x dax.Expr, m *model.Measure, own bool, err error) error {
	const mark = "measure ["
	var d *dax.Error
	if !errors.As(err, &d) {
		return err
	}
	c := *d
	if !own {
		c.Pos = x.Pos()
	}
	if !strings.HasPrefix(d.Msg, mark) {
		place := ""
		if !own && d.Pos.Line > 0 {
			place = fmt.Sprintf("line %d, column %d: ", d.Pos.Line, d.Pos.Column)
		}
		c.Msg = mark + m.Name + "]: " + place + d.Msg
	}
	return &c
}

func (e *evaluator) unary(x *dax.Unary, b *batch) ([]dax.Value, error) {
	in, err := e.scalar(x.X, b)
	if err != nil {
		return nil, err
	}
	return each(x, in, func(v dax.Value) (dax.Value, error) {
		switch x.Op {
		case "-":
			return dax.Neg(v)
		case "NOT":
			return dax.Not(v)
		}
		return v, nil
	})
}

func each(x dax.Expr, in []dax.Value, f func(dax.Value) (dax.Value, error)) ([]dax.Value, error) {
	out := make([]dax.Value, len(in))
	for i, v := range in {
		y, err := f(v)
		if err != nil {
			return nil, placed(x, err)
		}
		out[i] = y
	}
	return out, nil
}

// operator is a Binary whose place is that of its operator, for messages.
type operator struct{ *dax.Binary }

// Pos is where the operator stands.
func (o operator) Pos() dax.Pos { return o.OpPos }

func (e *evaluator) binary(x *dax.Binary, b *batch) ([]dax.Value, error) {
	switch x.Op {
	case "IN":
		return e.in(x, b)
	case "&&", "||":
		return e.junction(x.Op == "||", []dax.Expr{x.X, x.Y}, b)
	}
	left, err := e.scalar(x.X, b)
	if err != nil {
		return nil, err
	}
	right, err := e.scalar(x.Y, b)
	if err != nil {
		return nil, err
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		if out[i], err = dax.Apply(x.Op, left[i], right[i]); err != nil {
			return nil, placed(operator{x}, err)
		}
		if err := e.made(out[i]); err != nil {
			return nil, err
		}
	}
	if x.Op == "+" || x.Op == "-" {
		return e.widenSum(x, b, left, right, out)
	}
	return out, nil
}

// in is x IN table.
func (e *evaluator) in(x *dax.Binary, b *batch) ([]dax.Value, error) {
	items := []dax.Expr{x.X}
	if t, ok := x.X.(*dax.Tuple); ok {
		items = t.Items
	}
	return e.contains(operator{x}, items, x.Y, b)
}

// contains reports whether a table has a row of the values of items.
func (e *evaluator) contains(x dax.Expr, items []dax.Expr, table dax.Expr, b *batch) ([]dax.Value, error) {
	left := make([][]dax.Value, len(items))
	var err error
	for i, item := range items {
		if left[i], err = e.scalar(item, b); err != nil {
			return nil, err
		}
	}
	r, err := e.table(table, b, nothing)
	if err != nil {
		return nil, err
	}
	r = r.shown()
	if len(r.cols) != len(items) {
		return nil, wrong(x, "%d values are compared with rows of %d columns", len(items), len(r.cols))
	}
	sets := make([]*set, len(r.blocks))
	out := make([]dax.Value, b.n)
	row := make([]dax.Value, len(items))
	for i := range out {
		k := r.of[i]
		if sets[k] == nil {
			sets[k] = newSet(r.blocks[k])
		}
		for j := range items {
			row[j] = left[j][i]
		}
		out[i] = dax.BoolOf(sets[k].index[tupleKey(row)])
	}
	return out, nil
}

// call computes a function.
func (e *evaluator) call(x *dax.Call, b *batch) ([]dax.Value, error) {
	name := strings.ToUpper(x.Func)
	if x.Func == formatCall {
		return formatOf(e, x, b)
	}
	if f, ok := scalars[name]; ok {
		if known, ok := fn.Lookup(name); ok && known.Lazy {
			if err := known.Arity(len(x.Args)); err != nil {
				return nil, wrong(x, "%v", err)
			}
		}
		return f(e, x, b)
	}
	if f := e.function(x.Func); f != nil {
		if e.givesTable(f, x, b) {
			return e.single(x, b)
		}
		return e.invoke(f, x, b)
	}
	if v, ok := e.s.User(name); ok && len(x.Args) == 0 {
		return repeat(v, b.n), nil
	}
	if _, ok := tables[name]; ok {
		return e.single(x, b)
	}
	f, ok := fn.Lookup(name)
	switch {
	case !ok, f.Special, f.Lazy:
		return nil, absent(x)
	}
	if err := f.Arity(len(x.Args)); err != nil {
		return nil, wrong(x, "%v", err)
	}
	return e.apply(f, x, b)
}

// computes reports whether a call is a value.
func (e *evaluator) computes(x *dax.Call) bool {
	name := strings.ToUpper(x.Func)
	if _, ok := scalars[name]; ok {
		return true
	}
	if _, ok := e.s.User(name); ok {
		return true
	}
	f, ok := fn.Lookup(name)
	return ok && !f.Special
}

// often is how many calls of a function, which may take long, are between two looks at the deadline.
const often = 64

// apply calls a function of values in each environment.
func (e *evaluator) apply(f *fn.Func, x *dax.Call, b *batch) ([]dax.Value, error) {
	args := make([][]dax.Value, len(x.Args))
	for i, a := range x.Args {
		if n, ok := a.(*dax.Name); ok && f.Params[min(i, len(f.Params)-1)].Type == dax.Rows {
			args[i] = repeat(dax.TextOf(strings.ToUpper(n.Name)), b.n)
			continue
		}
		var err error
		if args[i], err = e.scalar(a, b); err != nil {
			return nil, err
		}
	}
	out := make([]dax.Value, b.n)
	row := make([]dax.Value, len(args))
	for i := range out {
		for j := range args {
			row[j] = args[j][i]
		}
		v, err := f.Call(row)
		if err != nil {
			return nil, placed(x, err)
		}
		if i%often == 0 {
			err = e.ctx.Err()
		}
		if err == nil {
			err = e.made(v)
		}
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// single is a table of one row and one column as a value; of no rows it is BLANK.
func (e *evaluator) single(x dax.Expr, b *batch) ([]dax.Value, error) {
	r, err := e.table(x, b, nothing)
	if err != nil {
		return nil, err
	}
	r = r.shown()
	if len(r.cols) != 1 {
		return nil, wrong(x, "a table of %d columns stands where one value is expected", len(r.cols))
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		switch rows := r.at(i); len(rows) {
		case 0:
		case 1:
			out[i] = rows[0][0]
		default:
			return nil, failed(x, "a table of several rows stands where one value is expected")
		}
	}
	return out, nil
}
