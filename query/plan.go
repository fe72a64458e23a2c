package query

import (
	"fmt"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// filter is one condition of a filter context. It is on columns of one table; CALCULATE
// replaces it as a whole.
type filter struct {
	columns []column
	key     string // equal keys are equal filters
	cond    condition
	rows    bool // on whole rows of its table, so that it reaches what those look up
}

func (f filter) table() *model.Table { return f.columns[0].t }

// filterContext says under which filters an aggregate is computed: the group columns of the
// question that still filter it, and conditions. It is never changed, only copied.
type filterContext struct {
	groups  []column
	filters []filter
}

// without is the context after filters on some columns were removed.
func (f filterContext) without(removed func(column) bool) (filterContext, error) {
	var out filterContext
	for _, g := range f.groups {
		if !removed(g) {
			out.groups = append(out.groups, g)
		}
	}
	for _, x := range f.filters {
		n := 0
		for _, c := range x.columns {
			if removed(c) {
				n++
			}
		}
		if n > 0 && n < len(x.columns) {
			return out, inlay.Errorf(inlay.Unsupported, "replacing a part of a filter on several columns of table %q is not supported yet", x.table().Name)
		}
		if n == 0 {
			out.filters = append(out.filters, x)
		}
	}
	return out, nil
}

func (f filterContext) with(more ...filter) filterContext {
	f.filters = append(append([]filter{}, f.filters...), more...)
	return f
}

func (f filterContext) key() string {
	var b strings.Builder
	for _, g := range f.groups {
		b.WriteString(g.String() + "\x00")
	}
	for _, x := range f.filters {
		b.WriteString("\x01" + x.key)
	}
	return b.String()
}

// aggregate is what SQL computes: a function over the rows of one table in a filter context.
type aggregate struct {
	fn    string
	base  *model.Table
	arg   dax.Expr // for each row; nil counts rows
	where dax.Expr // for each row, from FILTER; nil keeps all
	ctx   filterContext
}

// plan splits expressions at their lowest aggregates: those become SQL, the rest is computed
// on their results.
type plan struct {
	c      *compiler
	leaves []aggregate
	trees  []dax.Expr // the values of the question, over the leaves
	total  bool       // a total is asked for, too
}

// frame is where in a measure the plan is.
type frame struct {
	ctx   filterContext
	vars  map[string]dax.Expr // by lower-case name; the expression if it is constant, else nil
	stack []*model.Measure
}

// leaf adds an aggregate and answers the node that stands for its value.
func (p *plan) leaf(x dax.Expr, a aggregate) dax.Expr {
	p.leaves = append(p.leaves, a)
	return &slot{At: dax.At{Start: x.Pos()}, index: len(p.leaves) - 1}
}

// measure plans a measure. Its error names the measure.
func (p *plan) measure(m *model.Measure, ctx filterContext, stack []*model.Measure) (dax.Expr, error) {
	for _, s := range stack {
		if s == m {
			return nil, inlay.Errorf(inlay.Invalid, "measure [%s] refers to itself", m.Name)
		}
	}
	x, err := p.c.e.parse(m.Expression)
	if err != nil {
		return nil, inlay.Errorf(inlay.Invalid, "measure [%s] is not valid DAX: %v", m.Name, err)
	}
	x, err = p.above(x, frame{ctx: ctx, stack: append(stack[:len(stack):len(stack)], m)})
	if err != nil {
		return nil, inlay.Errorf(inlay.KindOf(err), "measure [%s]: %v", m.Name, err)
	}
	return x, nil
}

// above plans an expression that has no row: it answers the tree to compute on the results.
func (p *plan) above(x dax.Expr, f frame) (dax.Expr, error) {
	switch x := x.(type) {
	case *dax.Literal:
		return x, nil
	case *dax.Name:
		if _, ok := f.vars[strings.ToLower(x.Name)]; ok {
			return x, nil
		}
		return nil, unsupported(x, "%q is neither a variable nor a measure", x.Name)
	case *dax.Column:
		return p.reference(x, f)
	case *dax.Unary:
		y, err := p.above(x.X, f)
		return &dax.Unary{At: x.At, Op: x.Op, X: y}, err
	case *dax.Binary:
		return p.binary(x, f)
	case *dax.Block:
		return p.block(x, f)
	case *dax.Call:
		return p.call(x, f)
	}
	return nil, unsupported(x, "%s is not supported as a value", dax.Print(x))
}

// reference is a measure, with or without the name of its table.
func (p *plan) reference(x *dax.Column, f frame) (dax.Expr, error) {
	if x.Table != "" {
		if t := p.c.e.m.Table(x.Table); t != nil && t.Column(x.Name) != nil {
			return nil, unsupported(x, "column %s has no single value here; aggregate it, for example with SUM", model.ColumnRef{Table: t.Name, Column: x.Name})
		}
	}
	m, _ := p.c.e.m.Measure(x.Name)
	if m == nil || x.Loose {
		return nil, unsupported(x, "there is no measure [%s]", x.Name)
	}
	return p.measure(m, f.ctx, f.stack)
}

func (p *plan) binary(x *dax.Binary, f frame) (dax.Expr, error) {
	a, err := p.above(x.X, f)
	if err != nil {
		return nil, err
	}
	var b dax.Expr
	if set, ok := x.Y.(*dax.TableOf); ok && x.Op == "IN" {
		rows := make([]dax.Expr, len(set.Rows))
		for i := range rows {
			if rows[i], err = p.above(set.Rows[i], f); err != nil {
				return nil, err
			}
		}
		b = &dax.TableOf{At: set.At, Rows: rows}
	} else if b, err = p.above(x.Y, f); err != nil {
		return nil, err
	}
	return &dax.Binary{At: x.At, Op: x.Op, OpPos: x.OpPos, X: a, Y: b}, nil
}

func (p *plan) block(x *dax.Block, f frame) (dax.Expr, error) {
	out := &dax.Block{At: x.At}
	vars := map[string]dax.Expr{}
	for k, v := range f.vars {
		vars[k] = v
	}
	f.vars = vars
	for _, v := range x.Vars {
		y, err := p.above(v.X, f)
		if err != nil {
			return nil, err
		}
		out.Vars = append(out.Vars, dax.Var{At: v.At, Name: v.Name, X: y})
		constant := p.constants(v.X, f)
		if _, ok, err := p.c.fold(constant); err != nil || !ok {
			constant = nil
		}
		vars[strings.ToLower(v.Name)] = constant
	}
	var err error
	out.Return, err = p.above(x.Return, f)
	return out, err
}

// constants puts the expressions of constant variables in place of their names, for
// expressions that are evaluated for each row.
func (p *plan) constants(x dax.Expr, f frame) dax.Expr {
	return rewrite(x, func(x dax.Expr) dax.Expr {
		if n, ok := x.(*dax.Name); ok {
			if v := f.vars[strings.ToLower(n.Name)]; v != nil {
				return v
			}
		}
		return x
	})
}

func (p *plan) call(x *dax.Call, f frame) (dax.Expr, error) {
	if _, ok := p.c.identity(x); ok {
		return x, nil
	}
	name := strings.ToUpper(x.Func)
	switch name {
	case "CALCULATE":
		return p.calculate(x, f)
	case "LOOKUPVALUE":
		y, _ := p.constants(x, f).(*dax.Call)
		if y != nil && p.c.constantLookup(y) {
			return y, nil
		}
		return nil, unsupported(x, "LOOKUPVALUE of values that are not constant is not supported yet")
	}
	if y, ok, err := p.aggregate(name, x, f); ok || err != nil {
		return y, err
	}
	known, ok := fn.Lookup(x.Func)
	if !ok {
		return nil, unsupported(x, "%s", p.c.e.absent(x))
	}
	if known.Special {
		return nil, unsupported(x, "function %s is not supported here yet", name)
	}
	out := &dax.Call{At: x.At, Func: x.Func, Args: make([]dax.Expr, len(x.Args))}
	for i, a := range x.Args {
		if a == nil {
			continue
		}
		var err error
		if out.Args[i], err = p.above(a, f); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// aggregate plans an aggregation; ok is false if the function is none.
func (p *plan) aggregate(name string, x *dax.Call, f frame) (dax.Expr, bool, error) {
	a := aggregate{fn: name, ctx: f.ctx}
	switch name {
	case "COUNTROWS":
		if len(x.Args) != 1 {
			return nil, true, unsupported(x, "COUNTROWS takes a table")
		}
		var err error
		a.base, a.where, err = p.rows(x.Args[0], f)
		return p.leaf(x, a), true, err
	case "SUM", "AVERAGE", "MIN", "MAX", "COUNT", "COUNTA", "COUNTBLANK", "DISTINCTCOUNT", "MEDIAN":
		if len(x.Args) != 1 {
			return nil, true, unsupported(x, "%s of %d values is not supported yet", name, len(x.Args))
		}
		col, err := p.c.e.columnArg(x.Args[0])
		if err != nil {
			return nil, true, err
		}
		a.base, a.arg = col.t, x.Args[0]
	case "SUMX", "AVERAGEX", "MINX", "MAXX", "COUNTX", "COUNTAX", "MEDIANX":
		if len(x.Args) != 2 {
			return nil, true, unsupported(x, "%s takes a table and an expression", name)
		}
		var err error
		if a.base, a.where, err = p.rows(x.Args[0], f); err != nil {
			return nil, true, err
		}
		a.fn, a.arg = strings.TrimSuffix(name, "X"), p.constants(x.Args[1], f)
	default:
		return nil, false, nil
	}
	return p.check(x, a)
}

// check compiles an aggregate once, so that what cannot run is known before anything runs.
func (p *plan) check(x *dax.Call, a aggregate) (dax.Expr, bool, error) {
	dry := &compiler{e: p.c.e, ctx: p.c.ctx, v: p.c.v, looked: p.c.looked, dry: true}
	s := dry.open(a.base, false, nil)
	s.from = p.c.e.d.Quote(a.base.Name)
	if _, err := a.sql(s, p.c.e.d); err != nil {
		return nil, true, err
	}
	return p.leaf(x, a), true, nil
}

// rows is a table argument: a table of the model, or FILTER of one by a condition on its rows.
func (p *plan) rows(x dax.Expr, f frame) (*model.Table, dax.Expr, error) {
	if t, ok := p.c.e.table(x); ok {
		if t.Calculation {
			return nil, nil, unsupported(x, "calculation group %q is not supported yet", t.Name)
		}
		return t, nil, nil
	}
	call, ok := x.(*dax.Call)
	if !ok || !strings.EqualFold(call.Func, "FILTER") || len(call.Args) != 2 {
		return nil, nil, unsupported(x, "%s is not supported as a table yet", describe(x))
	}
	t, where, err := p.rows(call.Args[0], f)
	if err != nil {
		return nil, nil, err
	}
	cond := p.constants(call.Args[1], f)
	if where != nil {
		cond = &dax.Binary{At: dax.At{Start: call.Pos()}, Op: "&&", X: where, Y: cond}
	}
	dry := &compiler{e: p.c.e, ctx: p.c.ctx, v: p.c.v, looked: p.c.looked, dry: true}
	if _, _, err := dry.open(t, false, nil).condition(cond, true); err != nil {
		return nil, nil, err
	}
	return t, cond, nil
}

// describe names an expression in an error.
func describe(x dax.Expr) string {
	switch x := x.(type) {
	case *dax.Call:
		return "function " + strings.ToUpper(x.Func)
	case *dax.Name:
		return fmt.Sprintf("%q", x.Name)
	}
	return dax.Print(x)
}
