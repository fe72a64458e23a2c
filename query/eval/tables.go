package eval

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

type (
	scalarFunc func(*evaluator, *dax.Call, *batch) ([]dax.Value, error)
	tableFunc  func(*evaluator, *dax.Call, *batch, want) (*rowset, error)
)

// isTable reports whether an expression is a table.
func (e *evaluator) isTable(x dax.Expr, b *batch) bool {
	switch x := x.(type) {
	case *dax.Table, *dax.TableOf:
		return true
	case *dax.Name:
		if v, home, _ := b.find(x.Name); v != nil {
			return v.isRows || e.isTable(v.x, home)
		}
		return e.isModelTable(x) || e.tables[strings.ToLower(x.Name)] != nil
	case *dax.Block:
		return e.isTable(x.Return, e.block(x, b))
	case *dax.Call:
		if f := e.function(x.Func); f != nil {
			return e.givesTable(f, x, b)
		}
		if same(x.Func, "EVALUATEANDLOG") && len(x.Args) > 0 {
			return e.isTable(x.Args[0], b)
		}
		_, ok := tables[strings.ToUpper(x.Func)]
		return ok
	}
	return false
}

// table computes a table in each environment of a batch.
func (e *evaluator) table(x dax.Expr, b *batch, w want) (*rowset, error) {
	if e.depth++; e.depth > mostDepth*4 {
		return nil, tooMany(x, "levels of evaluation", mostDepth*4)
	}
	defer func() { e.depth-- }()
	out, err := e.tableOf(x, b, w)
	if err == nil {
		err = e.weigh(out)
	}
	return out, located(x, err)
}

func (e *evaluator) tableOf(x dax.Expr, b *batch, w want) (*rowset, error) {
	switch x := x.(type) {
	case nil:
		return nil, wrong(nil, "a table is missing")
	case *dax.Block:
		return e.table(x.Return, e.block(x, b), w)
	case *dax.TableOf:
		return e.constructor(x, b)
	case *dax.Name:
		if v, home, at := b.find(x.Name); v != nil {
			return e.tableVariable(x, v, home, at)
		}
		if q, ok := e.tables[strings.ToLower(x.Name)]; ok {
			return e.defined(x, x.Name, q, b)
		}
	case *dax.Table:
		if q, ok := e.tables[strings.ToLower(x.Name)]; ok {
			return e.defined(x, x.Name, q, b)
		}
	case *dax.Call:
		if t, ok := e.tableOfReference(x); ok {
			return e.modelRows(x, rowsOf{base: t, b: b}, w, false)
		}
		if f, ok := tables[strings.ToUpper(x.Func)]; ok {
			return f(e, x, b, w)
		}
		if f := e.function(x.Func); f != nil {
			return e.invokeTable(f, x, b, w)
		}
		if same(x.Func, "EVALUATEANDLOG") && len(x.Args) > 0 && len(x.Args) <= 3 {
			return e.table(x.Args[0], b, w)
		}
		return nil, absent(x)
	}
	if t, ok := e.modelTable(x); ok {
		return e.modelRows(x, rowsOf{base: t, b: b}, w, false)
	}
	if n, ok := x.(*dax.Table); ok {
		return nil, wrong(x, "the model has no table %q", n.Name)
	}
	return nil, wrong(x, "%s is not a table", dax.Print(x))
}

// defined is a table that the query defines. Its columns are its own, whatever they were made of:
// they filter nothing else (virtual-table-statement-dax.md, "Remark").
func (e *evaluator) defined(x dax.Expr, name string, q dax.Expr, b *batch) (*rowset, error) {
	if slices.ContainsFunc(b.context().own, func(o string) bool { return same(o, name) }) {
		return nil, unsupported(x, "table %q, which the query defines, is not supported under a filter of its own rows", name)
	}
	r, err := e.table(q, e.root, nothing)
	if err != nil {
		return nil, err
	}
	r = r.shown()
	cols := make([]tableColumn, len(r.cols))
	for i, c := range r.cols {
		cols[i] = tableColumn{name: c.name, of: name}
	}
	return one(b.n, cols, r.at(0)), nil
}

// isOwn reports whether a column is one of a table that the query defines.
func (e *evaluator) isOwn(x *dax.Column) bool {
	return x.Table != "" && e.tables[strings.ToLower(x.Table)] != nil
}

// tableVariable is a table variable, computed where it is defined.
func (e *evaluator) tableVariable(x dax.Expr, v *variable, home *batch, at []int) (*rowset, error) {
	if v.busy {
		return nil, wrong(x, "variable %s refers to itself", v.name)
	}
	if v.table == nil {
		v.busy = true
		defer func() { v.busy = false }()
		r, err := e.table(v.x, home, want{keys: true})
		if err != nil {
			return nil, final(err)
		}
		v.table = r
	}
	out := *v.table
	out.of = make([]int, len(at))
	for i, j := range at {
		out.of[i] = v.table.of[j]
	}
	return &out, nil
}

// constructor is {…}.
func (e *evaluator) constructor(x *dax.TableOf, b *batch) (*rowset, error) {
	width := 1
	if len(x.Rows) > 0 {
		if t, ok := x.Rows[0].(*dax.Tuple); ok {
			width = len(t.Items)
		}
	}
	out := &rowset{of: identity(b.n), blocks: make([][][]dax.Value, b.n)}
	for i := range width {
		name := "Value"
		if width > 1 {
			name += string(rune('1' + i))
		}
		out.cols = append(out.cols, tableColumn{name: name})
	}
	for _, r := range x.Rows {
		items := []dax.Expr{r}
		if t, ok := r.(*dax.Tuple); ok {
			items = t.Items
		}
		if len(items) != width {
			return nil, wrong(r, "rows of a table have the same number of values")
		}
		cols := make([][]dax.Value, width)
		for i, item := range items {
			var err error
			if cols[i], err = e.scalar(item, b); err != nil {
				return nil, err
			}
		}
		for i := range b.n {
			row := make([]dax.Value, width)
			for j := range row {
				row[j] = cols[j][i]
			}
			out.blocks[i] = append(out.blocks[i], row)
		}
	}
	return out, nil
}

// modelRows is the rows of a table of the model, with what is wanted beside its columns.
func (e *evaluator) modelRows(x dax.Expr, src rowsOf, w want, blank bool) (*rowset, error) {
	t := src.base
	edges := src.b.context().edges
	var cols []tableColumn
	for _, c := range t.Columns {
		col := Column{t, c}
		if !w.only || slices.Contains(w.cols, col) || slices.Contains(w.names, strings.ToLower(c.Name)) {
			cols = append(cols, tableColumn{name: c.Name, col: col})
		}
	}
	if !w.only || w.keys {
		for _, c := range e.s.Veiled(t) { // they tell rows apart
			cols = append(cols, tableColumn{name: c.Name, col: Column{t, c}, also: true})
		}
	}
	var keys []Column
	if w.keys {
		for _, r := range e.m.Relationships {
			if k, ok := e.end(r.To); ok && r.ToEnd == model.One && k.T != t {
				keys = append(keys, k)
			}
			if k, ok := e.end(r.From); ok && r.FromEnd == model.One && k.T != t {
				keys = append(keys, k)
			}
		}
	}
	for i, c := range slices.Concat(keys, w.cols) {
		if c.T == t || slices.ContainsFunc(cols, func(k tableColumn) bool { return k.col == c }) {
			continue
		}
		if reach, err := e.s.Reach(t, c.T, edges); err != nil || reach != Direct || e.looksUp(t, c.T, edges) != nil {
			continue
		}
		k := tableColumn{name: c.C.Name, col: c, also: true}
		if i < len(keys) {
			k.looked = &edges
		}
		cols = append(cols, k)
	}
	r := Read{Base: t, Rows: src.where, Blank: blank, Values: []Value{{}}}
	for _, c := range cols {
		r.Keys = append(r.Keys, Key{Column: c.col})
	}
	got, err := e.read(x, src.b, r)
	if err != nil {
		return nil, err
	}
	got.cols, got.table, got.loose = cols, t, true
	return got.each(cols, func(rows [][]dax.Value) ([][]dax.Value, error) {
		out := make([][]dax.Value, 0, len(rows))
		for _, row := range rows {
			times := int64(1)
			if n := row[len(cols)]; !n.IsBlank() {
				times = n.Int()
			} else if len(cols) == 0 && !blank {
				times = 0
			}
			if int64(len(out))+times > mostRows {
				return nil, tooMany(x, "rows", mostRows)
			}
			if err := e.holds(int(times), 0); err != nil {
				return nil, err
			}
			for range times {
				out = append(out, row[:len(cols):len(cols)])
			}
		}
		return out, nil
	})
}

// end is a column of a relationship, which may be one that the viewer cannot name.
func (e *evaluator) end(ref model.ColumnRef) (Column, bool) {
	t := e.m.Table(ref.Table)
	if t == nil {
		return Column{}, false
	}
	c := t.Column(ref.Column)
	if i := slices.IndexFunc(e.s.Veiled(t), func(v *model.Column) bool { return same(v.Name, ref.Column) }); i >= 0 {
		c = e.s.Veiled(t)[i]
	}
	return Column{t, c}, c != nil
}

// looksUp reports why rows of a table have no single row of another.
func (e *evaluator) looksUp(t, o *model.Table, edges []Change) error {
	return e.s.Pushable(t, &dax.Call{Func: "RELATED", Args: []dax.Expr{&dax.Column{Table: o.Name, Name: o.Columns[0].Name}}}, false, edges)
}

// values is the different values of columns of one table, or of one and those it looks up.
func (e *evaluator) values(x dax.Expr, src rowsOf, cols []Column, blank bool) (*rowset, error) {
	r := Read{Base: src.base, Rows: src.where, Blank: blank}
	var out []tableColumn
	for _, c := range cols {
		r.Keys = append(r.Keys, Key{Column: c})
		out = append(out, tableColumn{name: c.C.Name, col: c})
	}
	got, err := e.read(x, src.b, r)
	if err != nil {
		return nil, err
	}
	got.loose = true
	return got.each(out, func(rows [][]dax.Value) ([][]dax.Value, error) { return distinct(rows), nil })
}

// unfiltered is a batch of one environment without filters.
func (e *evaluator) unfiltered(b *batch) *batch {
	return &batch{n: 1, ctx: &filterContext{edges: b.context().edges}}
}

// all is the values of columns without filters.
func (e *evaluator) all(x dax.Expr, cols []Column, b *batch, blank bool) (*rowset, error) {
	r, err := e.values(x, rowsOf{base: cols[0].T, b: e.unfiltered(b)}, cols, blank)
	if err != nil {
		return nil, err
	}
	out := one(b.n, r.cols, r.at(0))
	out.loose = true
	return out, nil
}

func tableFilter(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) != 2 {
		return nil, wrong(x, "FILTER takes a table and a condition")
	}
	src, ok, err := e.rows(x, b)
	if err != nil {
		return nil, err
	}
	if ok {
		return e.modelRows(x, src, w, false)
	}
	b, list := e.hoist(b, x.Args[1])
	r, err := e.table(x.Args[0], b, w.join(e.wants(list[0])))
	if err != nil {
		return nil, err
	}
	return e.keep(x, r, list[0], b)
}

// columnsOrTable reads the arguments of ALL, VALUES, DISTINCT: a table, or columns of one.
func (e *evaluator) columnsOrTable(x *dax.Call) (t *model.Table, cols []Column, err error) {
	if len(x.Args) == 1 {
		if t, ok := e.modelTable(x.Args[0]); ok {
			return t, nil, nil
		}
	}
	for _, a := range x.Args {
		c, err := e.columnArg(x, a)
		if err != nil {
			return nil, nil, err
		}
		if len(cols) > 0 && c.T != cols[0].T {
			return nil, nil, wrong(a, "%s takes columns of one table", strings.ToUpper(x.Func))
		}
		cols = append(cols, c)
	}
	if len(cols) == 0 {
		return nil, nil, wrong(x, "%s takes a table or columns here", strings.ToUpper(x.Func))
	}
	return nil, cols, nil
}

// tableAll is ALL and ALLNOBLANKROW as tables.
func tableAll(blank bool) tableFunc {
	return func(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
		t, cols, err := e.columnsOrTable(x)
		if err != nil {
			return nil, err
		}
		if t == nil {
			return e.all(x, cols, b, blank)
		}
		r, err := e.modelRows(x, rowsOf{base: t, b: e.unfiltered(b)}, w, blank)
		if err != nil {
			return nil, err
		}
		out := one(b.n, r.cols, r.at(0))
		out.table, out.loose = t, true
		return out, nil
	}
}

// tableAllExcept is ALLEXCEPT as a table: its rows under the filters of the columns named.
func tableAllExcept(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	gone, err := e.columnsOff(x, b)
	if err != nil {
		return nil, err
	}
	t, ok := e.modelTable(x.Args[0]) // columnsOff has looked that there is one
	if !ok {
		return nil, wrong(x, "ALLEXCEPT takes a table first")
	}
	ctx, err := b.context().without(e, b, gone)
	if err != nil {
		return nil, err
	}
	return e.modelRows(x, rowsOf{base: t, b: b.under(ctx)}, w, true)
}

// tableAllSelected is ALLSELECTED as a table.
func tableAllSelected(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	gone, err := e.columnsOff(x, b)
	if err != nil {
		return nil, err
	}
	ctx, err := e.restore(b.context(), b, gone)
	if err != nil {
		return nil, err
	}
	t, cols, err := e.columnsOrTable(x)
	if err != nil {
		return nil, err
	}
	if t != nil {
		return e.modelRows(x, rowsOf{base: t, b: b.under(ctx)}, w, true)
	}
	return e.values(x, rowsOf{base: cols[0].T, b: b.under(ctx)}, cols, true)
}

// tableValues is VALUES and DISTINCT.
func tableValues(blank bool) tableFunc {
	return func(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
		if len(x.Args) != 1 {
			return nil, wrong(x, "%s takes one table or column", strings.ToUpper(x.Func))
		}
		if ref, ok := x.Args[0].(*dax.Column); ok && ref.Table == "" {
			return nil, wrong(x, "%s takes a column with its table", strings.ToUpper(x.Func))
		} else if ok {
			c, err := resolve(e.m, ref)
			if err != nil {
				return nil, err
			}
			return e.values(x, rowsOf{base: c.T, b: b}, []Column{c}, blank)
		}
		if !blank {
			w.only = false // what makes rows different may be a column that nobody else asks for
		}
		if t, ok := e.modelTable(x.Args[0]); ok {
			r, err := e.modelRows(x, rowsOf{base: t, b: b}, w, blank)
			if err != nil || blank {
				return r, err
			}
			if len(e.s.Veiled(t)) > 0 {
				r = r.shown() // how often rows occur may not tell what is hidden in them
			}
			return r.each(r.cols, func(rows [][]dax.Value) ([][]dax.Value, error) { return distinct(rows), nil })
		}
		r, err := e.table(x.Args[0], b, w)
		if err != nil {
			return nil, err
		}
		if blank {
			return nil, wrong(x, "VALUES takes a table of the model or a column; DISTINCT takes any table")
		}
		r = r.shown()
		return r.each(r.cols, func(rows [][]dax.Value) ([][]dax.Value, error) { return distinct(rows), nil })
	}
}

func tableCalculate(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) == 0 {
		return nil, wrong(x, "CALCULATETABLE takes a table and filters")
	}
	inner, err := e.calculate(x.Args[1:], b)
	if err != nil {
		return nil, err
	}
	return e.table(x.Args[0], inner, w)
}

func tableRelated(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) != 1 {
		return nil, wrong(x, "RELATEDTABLE takes a table")
	}
	inner, err := e.transition(b)
	if err != nil {
		return nil, err
	}
	return e.table(x.Args[0], inner, w)
}
