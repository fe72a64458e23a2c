package eval

import (
	"slices"
	"strings"

	"inlay/dax"
)

// tableTreatAs gives the columns of a table the lineage of columns of the model.
func tableTreatAs(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) < 2 {
		return nil, wrong(x, "TREATAS takes a table and as many columns as it has")
	}
	r, err := e.table(x.Args[0], b, nothing)
	if err != nil {
		return nil, err
	}
	r = r.shown()
	if len(r.cols) != len(x.Args)-1 {
		return nil, wrong(x, "TREATAS takes as many columns as the table has: it has %d, and %d are named", len(r.cols), len(x.Args)-1)
	}
	cols := make([]tableColumn, len(r.cols))
	for i, a := range x.Args[1:] {
		c, err := e.columnArg(x, a)
		if err != nil {
			return nil, err
		}
		cols[i] = tableColumn{name: c.C.Name, col: c}
	}
	out, err := r.each(cols, func(rows [][]dax.Value) ([][]dax.Value, error) {
		var kept [][]dax.Value
		for _, row := range rows {
			fit := make([]dax.Value, len(row))
			for i, v := range row {
				f, ok := fits(v, cols[i].col.C.Type)
				if !ok {
					return nil, failed(x, "a value of type %s is not one of column %s", v.Type(), cols[i].col)
				}
				fit[i] = f
			}
			kept = append(kept, fit)
		}
		return distinct(kept), nil
	})
	if err != nil {
		return nil, err
	}
	out.table = nil
	if w.filter && len(cols) == 1 { // a value that the column does not have finds no rows
		return out, nil
	}
	return e.inColumns(x, out, b)
}

// inColumns is the rows whose values are all in their columns (treatas-function.md: a value that is
// not is ignored). Left as they are, they would be wrong once another filter takes one of several
// columns off.
func (e *evaluator) inColumns(x *dax.Call, r *rowset, b *batch) (*rowset, error) {
	there := make([]*set, len(r.cols))
	for i, c := range r.cols {
		var all [][]dax.Value
		for _, rows := range r.blocks {
			all = append(all, columnsOf(rows, []int{i})...)
		}
		if len(all) == 0 {
			return r, nil
		}
		only := &filter{cols: []Column{c.col}, sets: []*set{newSet(all)}, of: []int{0}, key: -1}
		free := e.unfiltered(b)
		free.ctx = free.ctx.with(only)
		got, err := e.values(x, rowsOf{base: c.col.T, b: free}, []Column{c.col}, true)
		if err != nil {
			return nil, err
		}
		there[i] = newSet(got.at(0))
	}
	return r.each(r.cols, func(rows [][]dax.Value) ([][]dax.Value, error) {
		var kept [][]dax.Value
		for _, row := range rows {
			in := true
			for i, v := range row {
				in = in && there[i].index[tupleKey([]dax.Value{v})]
			}
			if in {
				kept = append(kept, row)
			}
		}
		return kept, nil
	})
}

// fits is a value as one of a column's type.
func fits(v dax.Value, t dax.Type) (dax.Value, bool) {
	if v.IsBlank() || v.Type() == t || t == dax.Variant {
		return v, true
	}
	if v.Type().IsNumeric() && t.IsNumeric() {
		switch t {
		case dax.Int64:
			if f := v.Float(); f == float64(int64(f)) {
				return dax.IntOf(int64(f)), true
			}
			return dax.FloatOf(v.Float()), true
		case dax.Double:
			return dax.FloatOf(v.Float()), true
		case dax.Decimal:
			d, err := v.ToDecimal()
			return d, err == nil
		case dax.DateTime:
			d, err := v.ToTime()
			return d, err == nil
		}
	}
	return v, false
}

// pair evaluates two tables.
func (e *evaluator) pair(x *dax.Call, b *batch) (p, q *rowset, err error) {
	if len(x.Args) != 2 {
		return nil, nil, wrong(x, "%s takes two tables", strings.ToUpper(x.Func))
	}
	if p, err = e.table(x.Args[0], b, nothing); err != nil {
		return nil, nil, err
	}
	if q, err = e.table(x.Args[1], b, nothing); err != nil {
		return nil, nil, err
	}
	return p.shown(), q.shown(), nil
}

// tableUnion appends the rows of tables. A column keeps its lineage where all tables agree.
func tableUnion(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	if len(x.Args) < 2 {
		return nil, wrong(x, "UNION takes at least two tables")
	}
	out, err := e.table(x.Args[0], b, nothing)
	if err != nil {
		return nil, err
	}
	out = out.shown()
	for _, a := range x.Args[1:] {
		next, err := e.table(a, b, nothing)
		if err != nil {
			return nil, err
		}
		next = next.shown()
		if len(next.cols) != len(out.cols) {
			return nil, wrong(a, "UNION takes tables with the same number of columns: %d and %d", len(out.cols), len(next.cols))
		}
		cols := slices.Clone(out.cols)
		for i := range cols {
			if cols[i].col != next.cols[i].col {
				cols[i].col = Column{}
			}
		}
		if out, err = e.combine(cols, out, next, func(p, q [][]dax.Value) ([][]dax.Value, error) { return slices.Concat(p, q), nil }); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tableSetOf is INTERSECT (in) and EXCEPT: rows of the first table that are, or are not, in the
// second. Duplicates of the first stay.
func tableSetOf(in bool) tableFunc {
	return func(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
		p, q, err := e.pair(x, b)
		if err != nil {
			return nil, err
		}
		if len(p.cols) != len(q.cols) {
			return nil, wrong(x, "%s takes tables with the same number of columns: %d and %d", strings.ToUpper(x.Func), len(p.cols), len(q.cols))
		}
		return e.combine(p.cols, p, q, func(p, q [][]dax.Value) ([][]dax.Value, error) {
			other := newSet(q)
			var out [][]dax.Value
			for _, row := range p {
				if other.index[tupleKey(row)] == in {
					out = append(out, row)
				}
			}
			return out, nil
		})
	}
}

func tableCrossJoin(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) == 0 {
		return nil, wrong(x, "CROSSJOIN takes tables")
	}
	var out *rowset
	for _, a := range x.Args {
		next, err := e.table(a, b, want{cols: w.cols, keys: w.keys})
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = next
			continue
		}
		if out, err = e.cross(x, out, next); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// cross is every row of one table with every row of the other.
func (e *evaluator) cross(x dax.Expr, p, q *rowset) (*rowset, error) {
	return e.combine(slices.Concat(p.cols, q.cols), p, q, func(p, q [][]dax.Value) ([][]dax.Value, error) {
		if len(p)*len(q) > mostContexts {
			return nil, tooMany(x, "combinations", mostContexts)
		}
		if err := e.holds(len(p)*len(q), 0); err != nil {
			return nil, err
		}
		out := make([][]dax.Value, 0, len(p)*len(q))
		for _, a := range p {
			if err := e.holds(len(q), 0); err != nil {
				return nil, err
			}
			for _, c := range q {
				out = append(out, slices.Concat(a, c))
			}
		}
		return out, nil
	})
}

// tableGenerate is each row of a table with the rows of another that is computed for it; outer
// keeps rows that have none.
func tableGenerate(outer bool) tableFunc {
	return func(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
		if len(x.Args) != 2 {
			return nil, wrong(x, "%s takes two tables", strings.ToUpper(x.Func))
		}
		p, err := e.table(x.Args[0], b, want{cols: w.join(e.wants(x.Args[1])).cols, keys: true})
		if err != nil {
			return nil, err
		}
		inner, from, err := b.iterate(x, p)
		if err != nil {
			return nil, err
		}
		q, err := e.table(x.Args[1], inner, nothing)
		if err != nil {
			return nil, err
		}
		out := &rowset{cols: slices.Concat(p.cols, q.cols), of: identity(b.n), blocks: make([][][]dax.Value, b.n)}
		total := 0
		for i := range b.n {
			for j, row := range p.at(i) {
				more := q.at(from[i] + j)
				if len(more) == 0 && outer {
					more = [][]dax.Value{make([]dax.Value, len(q.cols))}
				}
				if total += len(more); total > mostContexts {
					return nil, tooMany(x, "rows", mostContexts)
				}
				if err := e.holds(len(more), len(out.cols)); err != nil {
					return nil, err
				}
				for _, m := range more {
					out.blocks[i] = append(out.blocks[i], slices.Concat(row, m))
				}
			}
		}
		return out, nil
	}
}

// tableSeries is GENERATESERIES.
func tableSeries(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	if len(x.Args) < 2 || len(x.Args) > 3 {
		return nil, wrong(x, "GENERATESERIES takes a start, an end and, if wanted, a step")
	}
	args := make([][]dax.Value, 3)
	for i := range args {
		args[i] = repeat(dax.IntOf(1), b.n)
		if i < len(x.Args) {
			var err error
			if args[i], err = e.scalar(x.Args[i], b); err != nil {
				return nil, err
			}
		}
	}
	out := &rowset{cols: []tableColumn{{name: "Value"}}, of: identity(b.n), blocks: make([][][]dax.Value, b.n)}
	for i := range b.n {
		v, end, step := args[0][i], args[1][i], args[2][i]
		if v.IsBlank() {
			v = dax.IntOf(0)
		}
		if step.Float() <= 0 {
			return nil, failed(x, "the step of GENERATESERIES is greater than 0")
		}
		date := v.Type() == dax.DateTime
		for n := 0; v.Float() <= end.Float()+1e-12; n++ {
			if n > mostContexts {
				return nil, tooMany(x, "values", mostContexts)
			}
			if err := e.holds(1, 1); err != nil {
				return nil, err
			}
			out.blocks[i] = append(out.blocks[i], []dax.Value{v})
			next, err := dax.Add(v, step)
			if err == nil && date {
				next, err = next.ToTime()
			}
			if err != nil {
				return nil, placed(x, err)
			}
			v = next
		}
	}
	return out, nil
}

// tableData is DATATABLE("name", TYPE, …, {{…}, …}).
func tableData(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	if len(x.Args) < 3 || len(x.Args)%2 == 0 {
		return nil, wrong(x, "DATATABLE takes pairs of name and type, and rows")
	}
	kinds := map[string]dax.Type{"INTEGER": dax.Int64, "DOUBLE": dax.Double, "STRING": dax.String, "BOOLEAN": dax.Boolean, "CURRENCY": dax.Decimal, "DATETIME": dax.DateTime}
	var cols []tableColumn
	var types []dax.Type
	for i := 0; i+1 < len(x.Args); i += 2 {
		name, err := textArg(x, x.Args[i], "the name of a column")
		if err != nil {
			return nil, err
		}
		n, ok := x.Args[i+1].(*dax.Name)
		if !ok || kinds[strings.ToUpper(n.Name)] == dax.Blank {
			return nil, wrong(x, "DATATABLE knows the types INTEGER, DOUBLE, STRING, BOOLEAN, CURRENCY and DATETIME")
		}
		cols, types = append(cols, tableColumn{name: name}), append(types, kinds[strings.ToUpper(n.Name)])
	}
	list, ok := x.Args[len(x.Args)-1].(*dax.TableOf)
	if !ok {
		return nil, wrong(x, "DATATABLE takes rows as {{…}, …}")
	}
	var rows [][]dax.Value
	for _, r := range list.Rows {
		items := []dax.Expr{r}
		switch t := r.(type) {
		case *dax.TableOf:
			items = t.Rows
		case *dax.Tuple:
			items = t.Items
		}
		if len(items) != len(cols) {
			return nil, wrong(r, "a row of DATATABLE has %d values for %d columns", len(items), len(cols))
		}
		row := make([]dax.Value, len(items))
		for i, item := range items {
			v, err := e.scalar(item, &batch{n: 1, ctx: &filterContext{}})
			if err != nil {
				return nil, err
			}
			if row[i], err = typed(v[0], types[i]); err != nil {
				return nil, placed(item, err)
			}
		}
		rows = append(rows, row)
	}
	return one(b.n, cols, rows), nil
}

// typed converts a value to a type.
func typed(v dax.Value, t dax.Type) (dax.Value, error) {
	if v.IsBlank() {
		return v, nil
	}
	switch t {
	case dax.Int64:
		n, err := v.ToInt()
		return dax.IntOf(n), err
	case dax.Double:
		f, err := v.ToFloat()
		return dax.FloatOf(f), err
	case dax.String:
		return dax.TextOf(v.ToText()), nil
	case dax.Boolean:
		y, err := v.ToBool()
		return dax.BoolOf(y), err
	case dax.Decimal:
		return v.ToDecimal()
	case dax.DateTime:
		return v.ToTime()
	}
	return v, nil
}

// tableSubstitute is SUBSTITUTEWITHINDEX(table, name, index table, order, …): columns that both
// tables share become the place of their values in the index table.
func tableSubstitute(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	if len(x.Args) < 4 {
		return nil, wrong(x, "SUBSTITUTEWITHINDEX takes a table, a name, an index table and what orders it")
	}
	name, err := textArg(x, x.Args[1], "the name of a column")
	if err != nil {
		return nil, err
	}
	p, err := e.table(x.Args[0], b, nothing)
	if err != nil {
		return nil, err
	}
	list, desc, err := orders(x, x.Args[3:], false)
	if err != nil {
		return nil, err
	}
	q, err := e.table(x.Args[2], b, nothing)
	if err != nil {
		return nil, err
	}
	keys, err := e.compute(x, q, list, b)
	if err != nil {
		return nil, err
	}
	p, q = p.shown(), q.shown()
	var pa, qa, rest []int
	for i, c := range p.cols {
		if j := slices.IndexFunc(q.cols, func(o tableColumn) bool { return o.col == c.col && same(o.name, c.name) }); j >= 0 {
			pa, qa = append(pa, i), append(qa, j)
		} else {
			rest = append(rest, i)
		}
	}
	out := &rowset{of: identity(b.n), blocks: make([][][]dax.Value, b.n)}
	for _, i := range rest {
		out.cols = append(out.cols, p.cols[i])
	}
	out.cols = append(out.cols, tableColumn{name: name})
	for i := range b.n {
		at := identity(len(q.at(i)))
		slices.SortStableFunc(at, func(a, c int) int { return compareRows(keys[i][a], keys[i][c], desc) })
		place := map[string]int{}
		for n, k := range columnsOf(q.at(i), qa) {
			place[tupleKey(k)] = slices.Index(at, n)
		}
		for _, row := range p.at(i) {
			k, ok := place[tupleKey(columnsOf([][]dax.Value{row}, pa)[0])]
			if !ok {
				continue
			}
			out.blocks[i] = append(out.blocks[i], append(columnsOf([][]dax.Value{row}, rest)[0], dax.IntOf(int64(k))))
		}
	}
	return out, nil
}
