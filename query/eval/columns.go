package eval

import (
	"slices"
	"strconv"
	"strings"

	"inlay/dax"
)

func tableKeep(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) != 1 {
		return nil, wrong(x, "KEEPFILTERS takes one filter")
	}
	return e.table(x.Args[0], b, w)
}

// textArg is an argument that must be written as a text.
func textArg(x *dax.Call, a dax.Expr, what string) (string, error) {
	l, ok := a.(*dax.Literal)
	if !ok || l.Value.Type() != dax.String {
		if a == nil {
			a = x
		}
		return "", wrong(a, "%s takes %s as a text here", strings.ToUpper(x.Func), what)
	}
	return l.Value.Text(), nil
}

// named reads pairs of name and expression.
func named(x *dax.Call, args []dax.Expr) (names []string, list []dax.Expr, err error) {
	if len(args)%2 == 1 {
		return nil, nil, wrong(x, "%s takes pairs of name and expression", strings.ToUpper(x.Func))
	}
	for i := 0; i < len(args); i += 2 {
		name, err := textArg(x, args[i], "the name of a column")
		if err != nil {
			return nil, nil, err
		}
		if args[i+1] == nil {
			return nil, nil, wrong(args[i], "column %q has no expression", name)
		}
		names, list = append(names, name), append(list, args[i+1])
	}
	return names, list, nil
}

// compute adds expressions to the rows of a table.
func (e *evaluator) compute(x dax.Expr, r *rowset, list []dax.Expr, b *batch) ([][][]dax.Value, error) {
	inner, from, err := b.iterate(x, r)
	if err != nil {
		return nil, err
	}
	if err := e.holds(inner.n, len(list)); err != nil {
		return nil, err
	}
	cols := make([][]dax.Value, len(list))
	for i, y := range list {
		if cols[i], err = e.scalar(y, inner); err != nil {
			return nil, err
		}
	}
	out := make([][][]dax.Value, b.n)
	for i := range b.n {
		for j := range r.at(i) {
			row := make([]dax.Value, len(list))
			for k := range list {
				row[k] = cols[k][from[i]+j]
			}
			out[i] = append(out[i], row)
		}
	}
	return out, nil
}

func tableAddColumns(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) < 1 {
		return nil, wrong(x, "ADDCOLUMNS takes a table and pairs of name and expression")
	}
	names, list, err := named(x, x.Args[1:])
	if err != nil {
		return nil, err
	}
	b, list = e.hoist(b, list...)
	r, err := e.table(x.Args[0], b, want{cols: w.join(e.wants(list...)).cols, keys: true})
	if err != nil {
		return nil, err
	}
	more, err := e.compute(x, r, list, b)
	if err != nil {
		return nil, err
	}
	out := &rowset{cols: slices.Clone(r.cols), of: identity(b.n), blocks: make([][][]dax.Value, b.n), table: r.table, loose: r.loose}
	for _, n := range names {
		out.cols = append(out.cols, tableColumn{name: n})
	}
	for i := range b.n {
		for j, row := range r.at(i) {
			out.blocks[i] = append(out.blocks[i], slices.Concat(row, more[i][j]))
		}
	}
	return out, nil
}

func tableSelectColumns(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	if len(x.Args) < 2 {
		return nil, wrong(x, "SELECTCOLUMNS takes a table and pairs of name and expression")
	}
	var names []string
	var list []dax.Expr
	for rest := x.Args[1:]; len(rest) > 0; {
		if _, ok := rest[0].(*dax.Column); ok {
			names, list, rest = append(names, ""), append(list, rest[0]), rest[1:]
			continue
		}
		if len(rest) < 2 {
			return nil, wrong(x, "SELECTCOLUMNS takes pairs of name and expression")
		}
		n, y, err := named(x, rest[:2])
		if err != nil {
			return nil, err
		}
		names, list, rest = append(names, n...), append(list, y...), rest[2:]
	}
	bb, hoisted := e.hoist(b, list...)
	r, err := e.table(x.Args[0], bb, e.wants(hoisted...))
	if err != nil {
		return nil, err
	}
	blocks, err := e.compute(x, r, hoisted, bb)
	if err != nil {
		return nil, err
	}
	out := &rowset{of: identity(b.n), blocks: blocks, loose: r.loose}
	for i, n := range names {
		c := tableColumn{name: n, named: n != ""}
		if ref, ok := list[i].(*dax.Column); ok {
			if k := e.place(r, ref); k >= 0 {
				c.col, c.of = r.cols[k].col, r.cols[k].of
				if n == "" {
					c.name = r.cols[k].name
				}
			} else if n == "" {
				c.name = ref.Name
			}
		}
		if call, ok := list[i].(*dax.Call); ok && strings.EqualFold(call.Func, "RELATED") {
			c.col, _ = e.columnArg(call, call.Args[0])
		}
		out.cols = append(out.cols, c)
	}
	return out, nil
}

func tableRow(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	names, list, err := named(x, x.Args)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, wrong(x, "ROW takes pairs of name and expression")
	}
	out := &rowset{of: identity(b.n), blocks: make([][][]dax.Value, b.n)}
	rows := make([][]dax.Value, b.n)
	for i, y := range list {
		values, err := e.scalar(y, b)
		if err != nil {
			return nil, err
		}
		out.cols = append(out.cols, tableColumn{name: names[i]})
		for j, v := range values {
			rows[j] = append(rows[j], v)
		}
	}
	for j := range rows {
		out.blocks[j] = [][]dax.Value{rows[j]}
	}
	return out, nil
}

// orders reads pairs of expression and direction. A direction is ASC, DESC, 1 or 0.
func orders(x *dax.Call, args []dax.Expr, descending bool) (list []dax.Expr, desc []bool, err error) {
	for len(args) > 0 {
		if args[0] == nil {
			return nil, nil, wrong(x, "%s has an empty argument", strings.ToUpper(x.Func))
		}
		list, args = append(list, args[0]), args[1:]
		d := descending
		if len(args) > 0 {
			if v, ok := direction(args[0]); ok {
				d, args = v, args[1:]
			} else if args[0] == nil {
				args = args[1:]
			}
		}
		desc = append(desc, d)
	}
	return list, desc, nil
}

func direction(a dax.Expr) (descending, ok bool) {
	switch a := a.(type) {
	case *dax.Name:
		switch strings.ToUpper(a.Name) {
		case "DESC":
			return true, true
		case "ASC":
			return false, true
		}
	case *dax.Literal:
		if a.Value.Type() == dax.Int64 || a.Value.Type() == dax.Boolean {
			return a.Value.Int() == 0, true
		}
	case *dax.Call:
		switch strings.ToUpper(a.Func) {
		case "TRUE":
			return false, true
		case "FALSE":
			return true, true
		}
	}
	return false, false
}

// compare orders values for sorting, different kinds by kind. BLANK stands between zero and the
// numbers below it, and before all texts (orderby-function-dax.md, "blanks").
func compare(a, b dax.Value) int {
	if a.IsBlank() != b.IsBlank() {
		if n, err := dax.Compare(a, b); err == nil && n != 0 {
			return n
		}
		if a.IsBlank() {
			return -1
		}
		return 1
	}
	if n, err := dax.Compare(a, b); err == nil {
		return n
	}
	return int(a.Type()) - int(b.Type())
}

// compareRows orders tuples by directions.
func compareRows(a, b []dax.Value, desc []bool) int {
	for i := range desc {
		if n := compare(a[i], b[i]); n != 0 {
			if desc[i] {
				return -n
			}
			return n
		}
	}
	return 0
}

// tableTopN is the first rows by an order, and those that tie with the last of them.
func tableTopN(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) < 2 {
		return nil, wrong(x, "TOPN takes a number, a table and what to order by")
	}
	n, err := e.scalar(x.Args[0], b)
	if err != nil {
		return nil, err
	}
	list, desc, err := orders(x, x.Args[2:], true)
	if err != nil {
		return nil, err
	}
	bb, list := e.hoist(b, list...)
	r, err := e.table(x.Args[1], bb, w.join(e.wants(list...)))
	if err != nil {
		return nil, err
	}
	keys, same, err := e.computeOnce(x, r, list, bb)
	if err != nil {
		return nil, err
	}
	out := &rowset{cols: r.cols, of: make([]int, b.n), table: r.table}
	place := map[[2]int64]int{}
	for i := range b.n {
		most, err := n[i].ToInt()
		if err != nil {
			return nil, placed(x.Args[0], err)
		}
		key := [2]int64{int64(same[i]), most}
		k, known := place[key]
		if !known {
			k = len(out.blocks)
			place[key] = k
			if err := e.holds(len(r.at(i)), 0); err != nil {
				return nil, err
			}
			out.blocks = append(out.blocks, first(r.at(i), keys[same[i]], most, desc))
		}
		out.of[i] = k
	}
	return out, nil
}

// first is the rows that come first in an order, and those that are equal to the last of them in it.
func first(rows, keys [][]dax.Value, most int64, desc []bool) (out [][]dax.Value) {
	at := identity(len(rows))
	slices.SortStableFunc(at, func(p, q int) int { return compareRows(keys[p], keys[q], desc) })
	for j, k := range at {
		if int64(j) >= most && (most <= 0 || compareRows(keys[k], keys[at[most-1]], desc) != 0) {
			break
		}
		out = append(out, rows[k])
	}
	return out
}

// concatenateX joins the texts of rows.
func concatenateX(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) < 2 {
		return nil, wrong(x, "CONCATENATEX takes a table, an expression and, if wanted, a delimiter and an order")
	}
	delims := make([]dax.Value, b.n)
	if len(x.Args) > 2 && x.Args[2] != nil {
		var err error
		if delims, err = e.scalar(x.Args[2], b); err != nil {
			return nil, err
		}
	}
	var by []dax.Expr
	var desc []bool
	if len(x.Args) > 3 {
		var err error
		if by, desc, err = orders(x, x.Args[3:], false); err != nil {
			return nil, err
		}
	}
	b, list := e.hoist(b, append([]dax.Expr{x.Args[1]}, by...)...)
	r, err := e.table(x.Args[0], b, e.wants(list...))
	if err != nil {
		return nil, err
	}
	keys, err := e.compute(x, r.settled(), list, b)
	if err != nil {
		return nil, err
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		if err := e.holds(len(keys[i]), 0); err != nil {
			return nil, err
		}
		rows := slices.Clone(keys[i])
		slices.SortStableFunc(rows, func(p, q []dax.Value) int { return compareRows(p[1:], q[1:], desc) })
		var parts []string
		for _, row := range rows {
			parts = append(parts, row[0].ToText())
		}
		if out[i], err = e.joined(x, parts, delims[i].ToText()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// percentileOf is PERCENTILE and PERCENTILEX.
func percentileOf(inclusive, table bool) scalarFunc {
	return func(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
		least := 2
		if table {
			least = 3
		}
		if len(x.Args) != least {
			return nil, wrong(x, "%s takes %d arguments", strings.ToUpper(x.Func), least)
		}
		ks, err := e.scalar(x.Args[least-1], b)
		if err != nil {
			return nil, err
		}
		out := make([]dax.Value, b.n)
		parts := map[string][]int{}
		var order []string
		for i, k := range ks {
			key := strconv.FormatFloat(k.Float(), 'g', -1, 64)
			if parts[key] == nil {
				order = append(order, key)
			}
			parts[key] = append(parts[key], i)
		}
		for _, key := range order {
			k := ks[parts[key][0]].Float()
			a := aggregator{fold: func(values []dax.Value) (dax.Value, error) {
				v, ok, err := percentile(values, k, inclusive)
				if err == nil && !ok {
					err = failed(x, "the percentile %v of so many values does not exist", k)
				}
				return v, err
			}}
			sub := &dax.Call{At: x.At, Func: x.Func, Args: x.Args[:least-1]}
			f := ofColumn(a)
			if table {
				f = overTable(a)
			}
			got, err := f(e, sub, b.pick(parts[key]))
			if err != nil {
				return nil, err
			}
			for j, i := range parts[key] {
				out[i] = got[j]
			}
		}
		return out, nil
	}
}
