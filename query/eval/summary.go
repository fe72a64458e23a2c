package eval

import (
	"context"
	"errors"
	"slices"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// Summary is the question of a visual: values for each combination of groups, under conditions.
type Summary struct {
	Groups []Column
	Where  []Condition
	Names  []string   // of the values
	Values []dax.Expr // for each combination
}

// Summarize answers a Summary: rows of groups and values, without combinations for which every
// value is BLANK.
func Summarize(ctx context.Context, s Store, q Summary) ([][]dax.Value, error) {
	return settling(ctx, s, func(e *evaluator) ([][]dax.Value, error) { return e.summarized(q) })
}

func (e *evaluator) summarized(q Summary) ([][]dax.Value, error) {
	base := &filterContext{}
	for i := range q.Where {
		base.filters = append(base.filters, &filter{cols: q.Where[i].Columns, cond: &q.Where[i], key: -1})
	}
	base.shadow = &filterContext{filters: base.filters}
	b := &batch{n: 1, parent: e.root, ctx: base}
	sum := &summary{names: q.Names, list: q.Values, ignore: make([]bool, len(q.Values))}
	on := make([]bool, len(q.Groups))
	for i, c := range q.Groups {
		sum.groups = append(sum.groups, group{cols: []Column{c}})
		on[i] = true
	}
	r, err := e.summarizeSet(&dax.Call{Func: "SUMMARIZECOLUMNS"}, sum, on, b)
	if err != nil {
		return nil, shown(err, "")
	}
	return r.at(0), nil
}

// Rows answers for which rows of a table a condition holds: the columns that it depends on, and
// their values where it does.
func Rows(ctx context.Context, s Store, t *model.Table, cond dax.Expr) ([]Column, [][]dax.Value, error) {
	e := newEvaluator(ctx, s)
	w := e.wants(qualified(t, cond))
	var cols []Column
	for _, c := range t.Columns {
		col := Column{t, c}
		if !w.only || slices.Contains(w.cols, col) {
			cols = append(cols, col)
		}
	}
	for _, c := range w.cols {
		if c.T == t || slices.Contains(cols, c) {
			continue
		}
		if r, err := s.Reach(t, c.T, nil); err == nil && r == Direct && e.looksUp(t, c.T, nil) == nil {
			cols = append(cols, c)
		}
	}
	if len(cols) == 0 {
		rows, err := e.constant(cond)
		return nil, rows, err
	}
	ask := Read{Base: t, Fit: true}
	var own []tableColumn
	for _, c := range cols {
		ask.Keys = append(ask.Keys, Key{Column: c})
		own = append(own, tableColumn{name: c.C.Name, col: c, also: c.T != t})
	}
	r, err := e.read(cond, e.root, ask)
	if err != nil {
		return nil, nil, shown(err, "")
	}
	r.cols, r.table = own, t
	bb, list := e.hoist(e.root, qualified(t, cond))
	rows, err := e.sure(cond, r, list[0], bb)
	if err != nil {
		return nil, nil, shown(err, "")
	}
	return cols, rows, nil
}

// sure is the rows for which a condition holds. It does not hold for one whose values are at fault:
// what fails on a row says nothing about others.
func (e *evaluator) sure(x dax.Expr, r *rowset, cond dax.Expr, b *batch) ([][]dax.Value, error) {
	kept, err := e.keep(x, r, cond, b)
	if err == nil {
		return kept.at(0), nil
	}
	var d *dax.Error
	if !errors.As(err, &d) || !d.Value && !d.Final {
		return nil, err
	}
	rows := r.at(0)
	if len(rows) < 2 {
		return nil, nil
	}
	var out [][]dax.Value
	for _, half := range [][][]dax.Value{rows[:len(rows)/2], rows[len(rows)/2:]} {
		some, err := e.sure(x, &rowset{cols: r.cols, blocks: [][][]dax.Value{half}, of: []int{0}, table: r.table}, cond, b)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// constant is a condition that is the same for all rows.
func (e *evaluator) constant(cond dax.Expr) ([][]dax.Value, error) {
	b, list := e.hoist(e.root, cond)
	yes, err := e.truths(list[0], b)
	if err != nil || !yes[0] {
		return nil, shown(err, "")
	}
	return [][]dax.Value{{}}, nil
}

// qualified gives columns of a table their table: [Region] in a filter of a role.
func qualified(t *model.Table, x dax.Expr) dax.Expr {
	return rewrite(x, func(x dax.Expr) (dax.Expr, bool) {
		ref, ok := x.(*dax.Column)
		if !ok || ref.Table != "" || t.Column(ref.Name) == nil {
			return nil, false
		}
		return &dax.Column{At: ref.At, Table: t.Name, Name: ref.Name, Level: ref.Level}, true
	})
}

// Check reports what of an expression is not known: functions that are not supported, tables,
// columns and measures that the model does not have.
func Check(m *model.Model, x dax.Expr) error {
	c := &checker{m: m, seen: map[*model.Function]bool{}}
	c.tree(x, nil)
	return c.err
}

type checker struct {
	m    *model.Model
	vars map[string]bool
	seen map[*model.Function]bool
	err  error
}

// tree looks at an expression, which may name parameters.
func (c *checker) tree(x dax.Expr, params []dax.Param) {
	defer func(was map[string]bool) { c.vars = was }(c.vars)
	c.vars = map[string]bool{}
	for _, p := range params {
		c.vars[strings.ToLower(p.Name)] = true
	}
	dax.Walk(x, func(x dax.Expr) bool {
		if b, ok := x.(*dax.Block); ok {
			for _, v := range b.Vars {
				c.vars[strings.ToLower(v.Name)] = true
			}
		}
		return true
	})
	dax.Walk(x, c.visit)
}

// function looks at a function of the model that is called; it reports whether there is one.
func (c *checker) function(x *dax.Call) bool {
	m := c.m.Function(x.Func)
	if m == nil || c.seen[m] {
		return m != nil
	}
	c.seen[m] = true
	f := ofModel(m)
	if c.err = shown(inFunction(x, f, f.err), ""); c.err != nil {
		return true
	}
	for _, p := range append([]dax.Param{{Default: f.body}}, f.params...) {
		if c.tree(p.Default, f.params); c.err != nil {
			c.err = inlay.Errorf(inlay.KindOf(c.err), "function %s: %v", m.Name, c.err)
			return true
		}
	}
	return true
}

func (c *checker) visit(x dax.Expr) bool {
	if c.err != nil {
		return false
	}
	switch x := x.(type) {
	case *dax.Call:
		name := strings.ToUpper(x.Func)
		_, scalar := scalars[name]
		_, table := tables[name]
		known, ok := fn.Lookup(name)
		switch {
		case scalar || table || parts[name]:
		case !ok && !c.function(x):
			c.err = shown(fn.Absent(x), "")
		case ok && known.Special && !identities[name]:
			c.err = shown(unsupported(x, "function %s is not supported", name), "")
		}
	case *dax.Column:
		if x.Table != "" && c.m.Table(x.Table) != nil && c.m.Table(x.Table).Column(x.Name) == nil {
			if meas, _ := c.m.Measure(x.Name); meas == nil {
				c.err = shown(wrong(x, "table %q has no column [%s]", x.Table, x.Name), "")
			}
		}
		if x.Table != "" && c.m.Table(x.Table) == nil && !c.vars[strings.ToLower(x.Table)] {
			c.err = shown(wrong(x, "the model has no table %q", x.Table), "")
		}
	}
	return c.err == nil
}

// parts are functions that stand in arguments of others alone.
var parts = map[string]bool{"REMOVEFILTERS": true, "USERELATIONSHIP": true, "CROSSFILTER": true, "ALLCROSSFILTERED": true,
	"ROLLUPADDISSUBTOTAL": true, "ROLLUPGROUP": true, "IGNORE": true, "NONVISUAL": true, "ORDERBY": true, "PARTITIONBY": true, "MATCHBY": true, "ROLLUP": true, "ISSUBTOTAL": true, "ROLLUPISSUBTOTAL": true}

// identities are functions whose value the store knows.
var identities = map[string]bool{"USERNAME": true, "USERPRINCIPALNAME": true, "CUSTOMDATA": true, "USEROBJECTID": true, "USERCULTURE": true}
