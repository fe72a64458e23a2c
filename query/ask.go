package query

import (
	"context"
	"slices"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query/eval"
)

// Ask answers a question for a viewer: with exactly the rows that the viewer may see, or with
// an error that says why not.
func (e *Engine) Ask(ctx context.Context, v Viewer, q model.Query) (model.Result, error) {
	c, err := e.asking(ctx, v)
	if err != nil {
		return model.Result{}, err
	}
	return cached(c, question(q), c.expressions(q), func() (model.Result, error) { return c.ask(q) })
}

func (c *compiler) ask(q model.Query) (model.Result, error) {
	a, err := newAnswer(c, q)
	if err != nil {
		return model.Result{}, err
	}
	if len(q.Values) == 0 {
		if slices.ContainsFunc(a.groups, func(g column) bool { return g.t.Calculation }) {
			return a.values() // its items are in the model, not in a source
		}
		return a.combinations()
	}
	return a.values()
}

// answer is a question being answered.
type answer struct {
	c      *compiler
	q      model.Query
	groups []column // those asked for, then hidden ones that others are sorted by
	shown  int      // how many of groups are asked for
	where  []filter
}

func newAnswer(c *compiler, q model.Query) (*answer, error) {
	a := &answer{c: c, q: q, shown: len(q.Groups)}
	for _, ref := range q.Groups {
		g, err := resolve(c.e.m, ref)
		if err != nil {
			return nil, err
		}
		if contains(a.groups, g) {
			return nil, inlay.Errorf(inlay.Invalid, "column %s is grouped by twice", g)
		}
		a.groups = append(a.groups, g)
	}
	// Power BI groups by the sort-by column too, so that it is a filter like any group.
	for _, g := range a.groups[:a.shown] {
		if s := c.e.sortBy(g); s.c != nil && !contains(a.groups, s) {
			a.groups = append(a.groups, s)
		}
	}
	var err error
	a.where, err = c.e.conditions(q.Where)
	return a, err
}

// expression is what a value of the question computes, as a plan.
func (a *answer) expression(p *plan, v model.Value, ctx filterContext) (dax.Expr, string, error) {
	x, format, err := a.value(v)
	if err != nil {
		return nil, "", err
	}
	if v.Measure != "" && !v.FormatOf {
		m, _ := a.c.e.m.Measure(v.Measure)
		x, err = p.measure(m, ctx, nil)
		return x, format, err
	}
	x, err = p.above(x, frame{ctx: ctx})
	return x, format, err
}

// value is what a value of the question computes, and its format.
func (a *answer) value(v model.Value) (dax.Expr, string, error) {
	if v.Measure != "" {
		m, _ := a.c.e.m.Measure(v.Measure)
		if m == nil {
			return nil, "", inlay.Errorf(inlay.Invalid, "the model has no measure [%s]", v.Measure)
		}
		if v.FormatOf {
			x, err := a.c.e.formatted(m)
			return x, "", err
		}
		return &dax.Column{Name: m.Name}, m.Format, nil
	}
	names := map[model.Aggregate]string{model.Sum: "SUM", model.Average: "AVERAGE", model.DistinctCount: "DISTINCTCOUNT",
		model.Min: "MIN", model.Max: "MAX", model.Count: "COUNTA", model.Median: "MEDIAN"}
	name, ok := names[v.Aggregate]
	if !ok {
		return nil, "", inlay.Errorf(inlay.Unsupported, "aggregate %d of column %s is not supported", v.Aggregate, v.Column)
	}
	col, err := resolve(a.c.e.m, v.Column)
	if err != nil {
		return nil, "", err
	}
	format := col.c.Format
	if v.Aggregate == model.Count || v.Aggregate == model.DistinctCount {
		format = "#,0"
	}
	ref := &dax.Column{Table: col.t.Name, Name: col.c.Name}
	return &dax.Call{Func: name, Args: []dax.Expr{ref}}, format, nil
}

// values answers a question that computes something.
func (a *answer) values() (model.Result, error) {
	var res model.Result
	all, err := a.compute(a.groups)
	if err != nil {
		return res, err
	}
	rows, formats := all.rows, all.formats
	if res.Total = all.total; a.q.Total && res.Total == nil {
		total, err := a.compute(nil)
		if err != nil {
			return res, err
		}
		res.Total = make([]dax.Value, len(a.q.Values))
		if len(total.rows) > 0 {
			res.Total = total.rows[0]
		}
	}
	if err := a.sort(rows); err != nil {
		return res, err
	}
	if a.q.Limit > 0 && len(rows) > a.q.Limit {
		rows, res.Truncated = rows[:a.q.Limit], true
	}
	a.describe(&res)
	for i, v := range a.q.Values {
		t := dax.Blank
		for _, row := range rows {
			t = widest(t, row[len(a.groups)+i].Type())
		}
		if res.Total != nil {
			t = widest(t, res.Total[i].Type())
		}
		res.Columns = append(res.Columns, model.ResultColumn{Name: v.Name, Type: t, Format: formats[i]})
	}
	for _, row := range rows {
		res.Rows = append(res.Rows, append(row[:a.shown:a.shown], row[len(a.groups):]...))
	}
	return res, nil
}

// widest is the type that holds both.
func widest(a, b dax.Type) dax.Type {
	switch {
	case a == b || b == dax.Blank:
		return a
	case a == dax.Blank:
		return b
	case a.IsNumeric() && b.IsNumeric():
		return wider(a, b)
	}
	return dax.Variant
}

func (a *answer) describe(res *model.Result) {
	for _, g := range a.groups[:a.shown] {
		res.Columns = append(res.Columns, model.ResultColumn{Name: g.c.Name, Type: g.c.Type, Format: g.c.Format, Group: true})
	}
}

// results is the values of a question by groups. Rows hold all groups, then the values; rows in
// which every value is BLANK are not there. Rows that the question's limit cuts off need not be.
type results struct {
	rows    [][]dax.Value
	formats []string
	total   []dax.Value // over all rows, nil if that takes a question of its own
}

// compute plans, runs and joins the values by groups.
func (a *answer) compute(groups []column) (results, error) {
	all, err := a.planned(groups)
	if err != nil && inlay.KindOf(err) == inlay.Unsupported {
		return a.evaluated(groups)
	}
	return all, err
}

// evaluated computes what no plan of few statements can.
func (a *answer) evaluated(groups []column) (results, error) {
	var q eval.Summary
	for _, g := range groups {
		q.Groups = append(q.Groups, eval.Column{T: g.t, C: g.c})
	}
	flat, err := split(a.q.Where)
	if err != nil {
		return results{}, err
	}
	for i := range flat {
		w := eval.Condition{Filter: &flat[i]}
		cols, _, err := a.c.e.filterColumns(flat[i], nil)
		if err != nil {
			return results{}, err
		}
		for _, c := range cols {
			w.Columns = append(w.Columns, eval.Column{T: c.t, C: c.c})
		}
		q.Where = append(q.Where, w)
	}
	var formats []string
	for _, v := range a.q.Values {
		x, format, err := a.value(v)
		if err != nil {
			return results{}, err
		}
		q.Names, q.Values, formats = append(q.Names, v.Name), append(q.Values, x), append(formats, format)
	}
	s := newStore(a.c)
	if s.grain = newGrain(a.c, q.Values); s.grain != nil {
		s.grain.groups, s.grain.plain = append(s.grain.groups, groups...), len(q.Where) == 0
	}
	rows, err := eval.Summarize(a.c.ctx, s, q)
	if len(rows) == 0 && len(groups) == 0 && err == nil {
		rows = [][]dax.Value{make([]dax.Value, len(q.Values))}
	}
	return results{rows: rows, formats: formats}, err
}

// split takes filters that all must hold apart, so that each can be replaced by itself.
func split(list []model.Filter) ([]model.Filter, error) {
	var out []model.Filter
	for _, f := range list {
		if f.Op != model.And {
			out = append(out, f)
			continue
		}
		parts, err := split(f.Parts)
		if err != nil {
			return nil, err
		}
		out = append(out, parts...)
	}
	return out, nil
}

// planned computes by few statements, one for each table and filter context.
func (a *answer) planned(groups []column) (results, error) {
	for _, t := range a.c.e.m.Tables {
		if t.Group != nil && t.Group.None != nil {
			return results{}, inlay.Errorf(inlay.Unsupported, "calculation group %q changes measures where no item of it is chosen", t.Name)
		}
	}
	for _, g := range groups {
		if g.t.Calculation {
			return results{}, inlay.Errorf(inlay.Unsupported, "calculation group %q has no rows", g.t.Name)
		}
	}
	for _, f := range a.where {
		if f.table().Calculation {
			return results{}, inlay.Errorf(inlay.Unsupported, "calculation group %q has no rows", f.table().Name)
		}
	}
	p := &plan{c: a.c, total: a.q.Total && len(groups) > 0}
	ctx := filterContext{groups: groups, filters: a.where}
	var formats []string
	for _, v := range a.q.Values {
		x, format, err := a.expression(p, v, ctx)
		if err != nil {
			return results{}, err
		}
		p.trees, formats = append(p.trees, x), append(formats, format)
	}
	batches, err := p.batches(groups)
	if err != nil {
		return results{}, err
	}
	out, ok, err := a.best(p, batches, groups)
	if err == nil && !ok {
		out, _, err = a.gather(p, batches, groups)
	}
	out.formats = formats
	return out, err
}

// gather runs the statements of a plan and computes what stands above them.
func (a *answer) gather(p *plan, batches []*batch, groups []column) (out results, m *merged, err error) {
	if m, err = p.run(batches, groups); err != nil {
		return out, nil, err
	}
	if err := a.complete(m, p); err != nil {
		return out, nil, err
	}
	for _, key := range m.order {
		values, err := p.values(m.at(key, len(p.leaves)))
		if err != nil {
			return out, nil, err
		}
		if len(groups) == 0 || slices.ContainsFunc(values, func(v dax.Value) bool { return !v.IsBlank() }) {
			out.rows = append(out.rows, append(slices.Clone(m.tuples[key]), values...))
		}
	}
	if m.total != nil {
		out.total, err = p.values(m.total)
	}
	return out, m, err
}

// complete adds the combinations of groups that no aggregate has rows for, where a value may
// not be BLANK there: a constant, or an aggregate that some groups do not filter.
func (a *answer) complete(m *merged, p *plan) error {
	if len(m.groups) == 0 || !m.partial && p.blankOverNothing() {
		if len(m.groups) == 0 {
			m.add("", nil)
		}
		return nil
	}
	return a.domain(m)
}

// domain adds every combination of the groups' values: those of one table as they occur
// together, those of several tables crossed, as SUMMARIZECOLUMNS does.
func (a *answer) domain(m *merged) error {
	tuples := [][]dax.Value{make([]dax.Value, len(m.groups))}
	seen := map[*model.Table]bool{}
	for _, g := range m.groups {
		if seen[g.t] {
			continue
		}
		seen[g.t] = true
		var at []int
		for i, o := range m.groups {
			if o.t == g.t {
				at = append(at, i)
			}
		}
		rows, err := a.distinct(g.t, m.groups, at)
		if err != nil {
			return err
		}
		if len(rows)*len(tuples) > mostRows {
			return inlay.Errorf(inlay.Limit, "the question has more than %d combinations; add a filter or group by fewer columns", mostRows)
		}
		var next [][]dax.Value
		for _, t := range tuples {
			for _, r := range rows {
				n := slices.Clone(t)
				for j, i := range at {
					n[i] = r[j]
				}
				next = append(next, n)
			}
		}
		tuples = next
	}
	for _, t := range tuples {
		m.add(tupleKey(t), t)
	}
	return nil
}

// distinct is the combinations of some columns of one table under the filters of the question,
// with the blank row where rows of another table look up nothing in it.
func (a *answer) distinct(t *model.Table, groups []column, at []int) ([][]dax.Value, error) {
	var cols []column
	for _, i := range at {
		cols = append(cols, groups[i])
	}
	rows, err := a.pick(t, cols, a.where, nil)
	if err != nil {
		return nil, err
	}
	lookups := a.c.e.g.lookups(t, nil)
	var own []filter
	for _, f := range a.where {
		if way, ok := lookups[f.table()]; ok && way != nil {
			own = append(own, f)
		}
	}
	for _, e := range a.c.e.g.edges[t] {
		_, many := e.at(t)
		if !regular(e, many.t) {
			continue
		}
		blank, err := a.pick(many.t, cols, own, e)
		if err != nil {
			return nil, err
		}
		if len(blank) > 0 {
			return append(rows, blank...), nil
		}
	}
	return rows, nil
}

// pick is the distinct values of columns that a table holds or looks up; with an edge, of
// those rows alone that look up nothing over it.
func (a *answer) pick(t *model.Table, cols []column, filters []filter, orphans *edge) ([][]dax.Value, error) {
	c := a.c.fresh()
	s, err := c.relation(t, filters, nil)
	if err != nil {
		return nil, err
	}
	var items []string
	var types []dax.Type
	for _, col := range cols {
		text, err := s.column(col)
		if err != nil {
			return nil, err
		}
		items, types = append(items, text), append(types, col.c.Type)
	}
	if orphans != nil {
		key, err := s.column(orphans.to)
		if err != nil {
			return nil, err
		}
		s.where = append(s.where, key+" IS NULL")
	}
	return c.run(Statement{sql: "SELECT DISTINCT " + strings.Join(items, ", ") + s.sql(), args: c.args, types: types})
}
