package eval

import (
	"slices"

	"inlay/dax"
	"inlay/model"
)

// lean is rows of a table, or values of its columns, as a filter that is not computed: a condition
// says the same while the filters that narrowed the rows where the filter was made stay. Where one
// of these goes, or a column of the filter's own, or another way leads to a table, the rows are read
// as they were. A filter is what a table was where it stood; taking off others later does not
// change it (calculate-function-dax.md, "Remarks": filters are evaluated first; sqlbi.com/articles/
// order-of-evaluation-in-calculate-parameters).
type lean struct {
	x      dax.Expr
	b      *batch         // where it stands
	src    rowsOf         // the rows that the condition holds for
	tables []*model.Table // whole rows: the table, and those that its rows look up
	home   []*filter      // what narrowed the rows
	memo   map[string]*filter
}

// root is the filter that this is a view of for other environments.
func (f *filter) root() *filter {
	if f.origin != nil {
		return f.origin
	}
	return f
}

// off reports whether a filter lost a column.
func (f *filter) off(c Column) bool {
	return slices.ContainsFunc(f.gone, func(gone func(Column) bool) bool { return gone(c) })
}

// touches reports whether a filter is on a column. Rows of a table are on all columns of it, and
// of the tables that they look up (sqlbi.com/articles/expanded-tables-in-dax).
func (f *filter) touches(c Column) bool {
	if f.lean != nil && f.lean.tables != nil {
		return slices.Contains(f.lean.tables, c.T) && !f.off(c)
	}
	if slices.Contains(f.cols, c) {
		return !f.off(c)
	}
	return slices.Contains(f.whole, c.T) && !f.off(c)
}

// narrowed reports whether a filter leans on those outside.
func (f *filter) narrowed() bool { return f.lean != nil && !f.read && f.lean.src.b == f.lean.b }

// leaning is a filter of the rows of src; with cols, of their values.
func (e *evaluator) leaning(x dax.Expr, src rowsOf, cols []Column, home *batch) (*filter, error) {
	l := &lean{x: x, b: home, src: src, memo: map[string]*filter{}}
	if src.b == home { // and not all rows
		for _, f := range home.context().filters {
			l.home = append(l.home, f.root())
		}
	}
	f := &filter{key: -1, cols: cols, lean: l, of: identity(home.n)}
	f.cond = &Condition{X: src.where, Rows: cols == nil}
	if cols == nil {
		f.cols = e.columns(src.base)
		tables, err := e.expanded(src.base, src.b.context().edges)
		if err != nil {
			return nil, err
		}
		l.tables = tables
	}
	if f.cond.X == nil {
		f.cond.X = &dax.Literal{Value: dax.BoolOf(true)}
	}
	f.cond.Columns = f.cols
	return f, nil
}

// columns is all columns of a table, also those that the viewer cannot name.
func (e *evaluator) columns(t *model.Table) []Column {
	var list []Column
	for _, c := range slices.Concat(t.Columns, e.s.Veiled(t)) {
		list = append(list, Column{t, c})
	}
	return list
}

// standing is the filter after columns lost their filters; nil if nothing is left of it.
func (f *filter) standing(e *evaluator, lost []*filter, gone func(Column) bool) *filter {
	own := f.cols
	if f.lean.tables != nil {
		own = nil
		for _, t := range f.lean.tables {
			own = append(own, e.columns(t)...)
		}
	}
	own = slices.DeleteFunc(slices.Clone(own), f.off)
	left := slices.ContainsFunc(own, func(c Column) bool { return !gone(c) })
	if !left {
		return nil
	}
	hit := slices.ContainsFunc(own, gone)
	if !hit && !slices.ContainsFunc(lost, func(g *filter) bool { return slices.Contains(f.lean.home, g.root()) }) {
		return f
	}
	out := f.asRead()
	if hit {
		g := *out
		g.gone = append(slices.Clone(f.gone), gone)
		out = &g
	}
	return out
}

// moved is the filter where relationships change: those that its rows look tables up by, or by
// which other filters narrowed them.
func (f *filter) moved(changes []Change) *filter {
	if f.lean == nil || f.read {
		return f
	}
	hit := len(f.lean.home) > 0
	for _, c := range changes {
		leads := c.Direction == "" || c.Direction == "NONE"
		hit = hit || leads && (slices.Contains(f.lean.tables, c.From.T) || slices.Contains(f.lean.tables, c.To.T))
	}
	if !hit {
		return f
	}
	return f.asRead()
}

// asRead is the filter as the rows that it stands for.
func (f *filter) asRead() *filter {
	if f.lean == nil || f.read {
		return f
	}
	out := *f
	out.origin, out.read = f.root(), true
	return &out
}

// settled is a filter as it takes part in reading a table: as a condition, or as the rows that it
// stands for.
func (e *evaluator) settled(x dax.Expr, base *model.Table, f *filter, ctx *filterContext) ([]*filter, error) {
	if f.lean == nil {
		return []*filter{f}, nil
	}
	t := f.lean.src.base
	own, err := e.s.Reach(base, t, ctx.edges)
	if err != nil {
		return nil, err
	}
	if !f.read && own == Direct {
		return []*filter{f}, nil
	}
	if f.lean.tables == nil {
		if own == None {
			return e.beside(x, base, f, ctx)
		}
		g, err := e.listedValues(f)
		return []*filter{g}, err
	}
	reach := own
	for _, o := range f.lean.tables {
		one, err := e.s.Reach(base, o, ctx.edges)
		if err != nil {
			return nil, err
		}
		reach = max(reach, one)
	}
	if reach == None {
		return e.beside(x, base, f, ctx)
	}
	if !f.read {
		alone, err := e.alone(f, ctx)
		if err != nil {
			return nil, err
		}
		if alone {
			return []*filter{f}, nil
		}
	}
	return e.lowered(x, base, f, ctx)
}

// beside is a filter that does not reach a table, as it takes part in reading it: a filter that
// stands for rows and was narrowed by this one is read as a condition, and needs it beside it.
func (e *evaluator) beside(x dax.Expr, base *model.Table, f *filter, ctx *filterContext) ([]*filter, error) {
	narrows := slices.ContainsFunc(ctx.filters, func(g *filter) bool {
		return g.lean != nil && g.lean.tables != nil && !g.read && slices.Contains(g.lean.home, f.root())
	})
	l := f.lean
	switch {
	case !narrows:
		return nil, nil
	case f.read || len(f.gone) > 0:
		return nil, unsupported(x, "a filter of rows of table %q, which narrows others that filter table %q, is not supported", l.src.base.Name, base.Name)
	case l.tables == nil:
		return []*filter{f}, nil
	}
	cols := e.columns(l.src.base)
	if i := e.keyAt(l.src.base, cols); i >= 0 {
		cols = cols[i : i+1]
	}
	rows, err := e.projected(x, l, cols)
	if err != nil {
		return nil, err
	}
	g := *rows.pick(f.of)
	g.origin = f.root()
	return []*filter{&g}, nil
}

// alone reports whether no filter reaches the rows of a filter but those that narrowed them.
func (e *evaluator) alone(f *filter, ctx *filterContext) (bool, error) {
	for _, g := range ctx.filters {
		if g.root() == f.root() || slices.Contains(f.lean.home, g.root()) {
			continue
		}
		reach, err := e.reachOf(f.lean.src.base, g, ctx.edges)
		if err != nil || reach != None {
			return false, err
		}
	}
	return true, nil
}

// listedValues is the values of a filter on columns.
func (e *evaluator) listedValues(f *filter) (*filter, error) {
	const all = "values"
	g, ok := f.lean.memo[all]
	if !ok {
		r, err := e.table(f.lean.x, f.lean.b, want{keys: true})
		if err != nil {
			return nil, err
		}
		g = r.asFilter()
		f.lean.memo[all] = g
	}
	g = g.pick(f.of)
	var stay []int
	for i, c := range g.cols {
		if !f.off(c) {
			stay = append(stay, i)
		}
	}
	if len(stay) == len(g.cols) {
		return g, nil
	}
	return e.project(nil, g, stay)
}

// lowered is the rows of a filter in those columns that reach a table: the key of a row where it has
// one. Columns that reach it over many rows become a filter of their own.
func (e *evaluator) lowered(x dax.Expr, base *model.Table, f *filter, ctx *filterContext) ([]*filter, error) {
	direct, indirect, err := e.reaching(x, base, f, ctx)
	if err != nil {
		return nil, err
	}
	cols := slices.Concat(direct, indirect)
	if len(cols) == 0 {
		return nil, nil
	}
	key := ""
	for _, c := range cols {
		key += c.String()
	}
	g, ok := f.lean.memo[key]
	if !ok {
		if g, err = e.projected(x, f.lean, cols); err != nil {
			return nil, err
		}
		f.lean.memo[key] = g
	}
	g = g.pick(f.of)
	if len(direct) == 0 || len(indirect) == 0 {
		return []*filter{g}, nil
	}
	near, err := e.project(nil, g, identity(len(cols))[:len(direct)])
	if err != nil {
		return nil, err
	}
	far, err := e.project(nil, g, identity(len(cols))[len(direct):])
	return []*filter{near, far}, err
}

// reaching is the columns of a filter by which it reaches a table.
func (e *evaluator) reaching(x dax.Expr, base *model.Table, f *filter, ctx *filterContext) (direct, indirect []Column, err error) {
	l := f.lean
	asBefore := slices.Equal(l.src.b.context().edges, ctx.edges)
	row := None // how the row itself reaches the table, if all of it is there
	for _, t := range l.tables {
		reach, err := e.s.Reach(base, t, ctx.edges)
		if err != nil {
			return nil, nil, err
		}
		if t != l.src.base && reach == row {
			continue // the row says what it looks up
		}
		cols := slices.DeleteFunc(e.columns(t), f.off)
		if t == l.src.base && asBefore && len(cols) == len(e.columns(t)) {
			row = reach
		}
		if i := e.keyAt(t, cols); i >= 0 {
			cols = cols[i : i+1]
		}
		switch reach {
		case Direct:
			direct = append(direct, cols...)
		case Indirect:
			if len(indirect) > 0 && len(cols) > 0 && indirect[0].T != t {
				return nil, nil, unsupported(x, "a filter of rows of table %q that reaches table %q over several others is not supported", l.src.base.Name, base.Name)
			}
			indirect = append(indirect, cols...)
		}
	}
	if len(direct) > 0 && len(indirect) > 0 && (!asBefore || len(f.gone) > 0) {
		return nil, nil, unsupported(x, "a filter of rows of table %q that reaches table %q in different ways is not supported", l.src.base.Name, base.Name)
	}
	return direct, indirect, nil
}

// projected reads the different values that rows have in columns of theirs and of what they look up.
func (e *evaluator) projected(x dax.Expr, l *lean, cols []Column) (*filter, error) {
	var r *rowset
	var err error
	if l.src.b != l.b && e.blankable(l.src.base) {
		r, err = e.table(l.x, l.b, want{keys: true, cols: cols})
	} else {
		if r, err = e.values(x, l.src, cols, false); err == nil && l.src.b != l.b {
			r = one(l.b.n, r.cols, r.at(0))
		}
	}
	if err != nil {
		return nil, err
	}
	at := make([]int, len(cols))
	for i, c := range cols {
		if at[i] = slices.IndexFunc(r.cols, func(o tableColumn) bool { return o.col == c }); at[i] < 0 {
			return nil, unsupported(x, "filtering by %s, which rows of table %q looked up elsewhere, is not supported", c, l.src.base.Name)
		}
	}
	return r.project(at).asFilter(), nil
}

// blankable reports whether a table may have a blank row.
func (e *evaluator) blankable(t *model.Table) bool {
	return slices.ContainsFunc(e.m.Relationships, func(r model.Relationship) bool {
		return r.ToEnd == model.One && same(r.To.Table, t.Name) || r.FromEnd == model.One && same(r.From.Table, t.Name)
	})
}
