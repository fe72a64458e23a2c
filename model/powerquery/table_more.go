package powerquery

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"inlay"
)

// defineTableMore defines the functions that rank, part and describe tables.
func defineTableMore() {
	define("Table.AddRankColumn", 3, 4, addRank)
	define("Table.AggregateTableColumn", 3, 3, aggregateColumn)
	define("Table.AddJoinColumn", 5, 5, func(c *call) (Value, error) {
		right := c.arg(2)
		if right.kind == Function {
			var err error
			if right, err = c.ev.apply(right, nil, c.pos, c.src); err != nil {
				return Value{}, err
			}
		}
		return c.sub("Table.NestedJoin", c.arg(0), c.arg(1), right, c.arg(3), c.arg(4))
	})
	define("Table.Split", 2, 2, onTable(func(c *call, t *table) (Value, error) {
		n, err := c.count(1)
		if err != nil || n < 1 {
			return Value{}, or(err, c.raise(1, "expected a size of 1 or more"))
		}
		rows, err := c.ev.hold(t)
		g := gather{c: c, items: []Value{}}
		for i := 0; i < len(rows) && err == nil; i += int(n) {
			err = g.add(heldTable(t.cols, rows[i:min(i+int(n), len(rows))]))
		}
		return list(g.items), c.inStep(err)
	}))
	define("Table.SplitAt", 2, 2, onTable(func(c *call, _ *table) (Value, error) {
		first, err := c.sub("Table.FirstN", c.arg(0), c.arg(1))
		if err != nil {
			return Value{}, err
		}
		rest, err := c.sub("Table.Skip", c.arg(0), c.arg(1))
		return list([]Value{first, rest}), err
	}))
	define("Table.ReplaceRows", 4, 4, onTable(func(c *call, t *table) (Value, error) {
		items, err := c.list(3)
		if err != nil {
			return Value{}, err
		}
		n, err := c.count(2)
		if err != nil {
			return Value{}, err
		}
		without, err := c.sub("Table.RemoveRows", c.arg(0), c.arg(1), integer(n))
		if err != nil {
			return Value{}, err
		}
		return c.sub("Table.InsertRows", without, c.arg(1), list(items))
	}))
	define("Table.Partition", 4, 4, partitionRows)
	define("Table.FromPartitions", 2, 3, fromPartitions)
	define("Table.Schema", 1, 1, onTable(tableSchema))
	define("Table.ColumnsOfType", 2, 2, onTable(func(c *call, t *table) (Value, error) {
		types, err := c.list(1)
		if err != nil {
			return Value{}, err
		}
		out := []Value{}
		for _, col := range t.cols {
			for _, v := range types {
				want, ok := v.ref.(Type)
				if !ok {
					return Value{}, c.raise(1, "expected types, found %s", v.describe())
				}
				if want.admits(col.Type) {
					out = append(out, text(col.Name))
					break
				}
			}
		}
		return list(out), nil
	}))
	define("Table.ApproximateRowCount", 1, 1, func(c *call) (Value, error) { return c.sub("Table.RowCount", c.arg(0)) })
}

// addRank is Table.AddRankColumn(table, name, criteria, [RankKind]): the rows in the order of the
// criteria, with their rank from 1.
func addRank(c *call) (Value, error) {
	name, err := c.text(1)
	if err != nil {
		return Value{}, err
	}
	opts, err := c.fields(3, "RankKind")
	if err != nil {
		return Value{}, err
	}
	kind := opts["RankKind"].n // 0 competition, 1 dense, 2 ordinal
	sorted, err := c.sub("Table.Sort", c.arg(0), c.arg(2))
	if err != nil {
		return Value{}, err
	}
	t := sorted.tableRef()
	if t.find(name) >= 0 {
		return Value{}, c.raise(1, "there is a column %q already", name)
	}
	o := t.op.(*sortOp)
	cols := append(append([]Column(nil), t.cols...), Column{Name: name, Type: Type{Name: "number"}})
	return tableOf(&table{cols: cols, op: &wholeOp{in: []*table{t}, text: "rank [" + name + "]",
		make: func(_ *runtime, rows [][]Value) ([][]Value, error) {
			out := make([][]Value, len(rows))
			var last []Value
			rank := int64(0)
			for i, row := range rows {
				keys, err := o.keysOf(row)
				if err != nil {
					return nil, err
				}
				n, err := o.before(last, keys)
				switch {
				case err != nil:
					return nil, err
				case kind == 2 || kind == 0 && n != 0:
					rank = int64(i + 1)
				case n != 0:
					rank++
				}
				last = keys
				out[i] = append(append(make([]Value, 0, len(cols)), row...), integer(rank))
			}
			return out, nil
		}}}), nil
}

// aggregateColumn is Table.AggregateTableColumn(table, column, {{column, function, name}, …}).
func aggregateColumn(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	at, err := c.columns(1, t)
	if err != nil || len(at) != 1 {
		return Value{}, or(err, c.raise(1, "expected one column"))
	}
	items, err := c.list(2)
	if err != nil {
		return Value{}, err
	}
	if len(items) > 0 && items[0].kind != List {
		items = []Value{c.arg(2)}
	}
	i := at[0]
	cols := append([]Column(nil), t.cols[:i]...)
	for j, it := range items {
		if p := it.items(); len(p) != 3 || p[0].kind != Text || p[1].kind != Function || p[2].kind != Text {
			return Value{}, c.raise(2, "aggregation %d must be a list of a column, a function and a name", j+1)
		}
		cols = append(cols, Column{Name: it.items()[2].s, Type: anyType})
	}
	cols = append(cols, t.cols[i+1:]...)
	if n := doubled(cols); n != "" {
		return Value{}, c.raise(2, "there would be two columns %q", n)
	}
	return tableOf(&table{cols: cols, op: &step{in: t, text: "aggregate [" + t.cols[i].Name + "]",
		make: func(rt *runtime) (func([]Value) ([]Value, error), error) {
			return func(row []Value) ([]Value, error) {
				out := append(make([]Value, 0, len(cols)), row[:i]...)
				for _, it := range items {
					p := it.items()
					v, err := c.sub("Table.Column", row[i], p[0])
					if err == nil {
						v, err = c.invoke(p[1], []Value{v})
					}
					if err != nil {
						if v, err = rt.inCell(p[2].s, err); err != nil {
							return nil, err
						}
					}
					out = append(out, v)
				}
				return append(out, row[i+1:]...), nil
			}, nil
		}}}), nil
}

// partitionRows is Table.Partition(table, column, groups, hash).
func partitionRows(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	at, err := c.columns(1, t)
	if err != nil || len(at) != 1 {
		return Value{}, or(err, c.raise(1, "expected one column"))
	}
	n, err := c.count(2)
	if err != nil || n < 1 {
		return Value{}, or(err, c.raise(2, "expected 1 group or more"))
	}
	f, err := c.function(3)
	if err != nil {
		return Value{}, err
	}
	rows, err := c.ev.hold(t)
	if err != nil {
		return Value{}, c.inStep(err)
	}
	groups := make([][][]Value, n)
	for _, row := range rows {
		h, err := c.invoke(f, []Value{row[at[0]]})
		if err != nil {
			return Value{}, err
		}
		w, ok := h.whole()
		if !ok || w < 0 {
			return Value{}, c.raise(3, "the hash is %s, not a whole number from 0", h.describe())
		}
		groups[w%n] = append(groups[w%n], row)
	}
	out := make([]Value, n)
	for i, g := range groups {
		out[i] = heldTable(t.cols, g)
	}
	return list(out), nil
}

// fromPartitions is Table.FromPartitions(column, {{value, table}, …}, type).
func fromPartitions(c *call) (Value, error) {
	name, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	items, err := c.list(1)
	if err != nil {
		return Value{}, err
	}
	typ := anyType
	if x, ok := c.arg(2).ref.(Type); ok {
		typ = x
	}
	in := make([]*table, len(items))
	for i, it := range items {
		p := it.items()
		if len(p) != 2 || p[1].kind != TableOf {
			return Value{}, c.raise(1, "item %d is %s, not a list of a value and a table", i+1, it.describe())
		}
		t := p[1].tableRef()
		if t.find(name) >= 0 {
			return Value{}, c.raise(0, "there is a column %q already", name)
		}
		cols := append(append([]Column(nil), t.cols...), Column{Name: name, Type: typ})
		in[i] = &table{cols: cols, op: &step{in: t, text: fmt.Sprintf("add [%s]", name),
			make: func(*runtime) (func([]Value) ([]Value, error), error) {
				return func(row []Value) ([]Value, error) {
					return append(append(make([]Value, 0, len(cols)), row...), p[0]), nil
				}, nil
			}}}
	}
	return tableOf(combine(in)), nil
}

// schemaColumns are the columns of Table.Schema. What a table of M itself does not know is null.
var schemaColumns = strings.Fields("Name Position TypeName Kind IsNullable NumericPrecisionBase NumericPrecision NumericScale DateTimePrecision MaxLength IsVariableLength NativeTypeName NativeDefaultExpression NativeExpression Description IsWritable FieldCaption")

func tableSchema(_ *call, t *table) (Value, error) {
	cols := make([]Column, len(schemaColumns))
	for i, n := range schemaColumns {
		cols[i] = Column{Name: n, Type: anyType}
	}
	rows := make([][]Value, len(t.cols))
	for i, col := range t.cols {
		kind := primitiveOf(col.Type.Name)
		name := col.Type.Name
		if !strings.Contains(name, ".") {
			name = typeTitle(name) + ".Type"
		}
		rows[i] = make([]Value, len(cols))
		copy(rows[i], []Value{text(col.Name), integer(int64(i)), text(name), text(kind), logical(col.Type.Nullable)})
	}
	return heldTable(cols, rows), nil
}

// defineStatistics defines the functions of lists that statistics need.
func defineStatistics() {
	for i, n := range []string{"ExcelInc", "ExcelExc", "SqlDisc", "SqlCont"} {
		library["PercentileMode."+n] = integer(int64(i + 1))
	}
	for i, n := range []string{"Competition", "Dense", "Ordinal"} {
		library["RankKind."+n] = integer(int64(i))
	}
	define("List.Percentile", 2, 3, onList(percentile))
	define("List.Covariance", 2, 2, onList(func(c *call, l []Value) (Value, error) {
		m, err := c.list(1)
		if err != nil {
			return Value{}, err
		}
		if len(l) != len(m) || len(l) == 0 {
			return Value{}, c.raise(1, "the lists have %d and %d items", len(l), len(m))
		}
		var x, y, xy float64
		for i := range l {
			if !l[i].isNumber() || !m[i].isNumber() {
				return Value{}, c.raise(0, "expected numbers, found %s and %s", l[i].describe(), m[i].describe())
			}
			x, y = x+l[i].float(), y+m[i].float()
		}
		n := float64(len(l))
		for i := range l {
			xy += (l[i].float() - x/n) * (m[i].float() - y/n)
		}
		return tidy(xy / n), nil
	}))
	define("List.FindText", 2, 2, onList(func(c *call, l []Value) (Value, error) {
		part, err := c.text(1)
		if err != nil {
			return Value{}, err
		}
		return c.where(l, func(_ int, v Value) (bool, error) { return v.kind == Text && strings.Contains(v.s, part), nil })
	}))
	for name, f := range map[string]func(n, k float64) float64{
		"Number.Permutations": func(n, k float64) float64 {
			out := 1.0
			for i := 0.0; i < k && !math.IsInf(out, 0); i++ {
				out *= n - i
			}
			return out
		},
		"Number.Combinations": func(n, k float64) float64 {
			if k = min(k, n-k); k > 60 { // beyond 2^53 in any case
				return math.Inf(1)
			}
			out, _ := new(big.Float).SetInt(new(big.Int).Binomial(int64(n), int64(k))).Float64()
			return out
		},
	} {
		define(name, 2, 2, onNumber(func(c *call, n float64) (Value, error) {
			if !c.has(1) {
				return Value{}, nil
			}
			k, err := c.whole(1)
			if err == nil && (k < 0 || float64(k) > n || n != math.Trunc(n) || n > 1<<53) {
				err = c.raise(1, "%d of %g cannot be chosen", k, n)
			}
			if err != nil {
				return Value{}, err
			}
			out := f(n, float64(k))
			if out > 1<<53 {
				return Value{}, c.errorf(0, inlay.Limit, "the result is beyond what a number holds exactly")
			}
			return tidy(out), nil
		}))
	}
}

// percentile is List.Percentile(list, probability or probabilities, [PercentileMode]).
func percentile(c *call, l []Value) (Value, error) {
	opts, err := c.fields(2, "PercentileMode")
	if err != nil {
		return Value{}, err
	}
	mode := int64(1)
	if v := opts["PercentileMode"]; v.kind != Null {
		mode = v.n
	}
	kept, err := c.sub("List.RemoveNulls", list(l))
	if err != nil {
		return Value{}, err
	}
	sorted, err := c.ordering(Value{}).sorted(kept.items())
	if err != nil || len(sorted) == 0 {
		return Value{}, err
	}
	one := func(p Value) (Value, error) {
		f, n := p.float(), float64(len(sorted))
		if !p.isNumber() || f < 0 || f > 1 {
			return Value{}, c.raise(1, "expected a number from 0 to 1, not %s", p.describe())
		}
		if mode == 3 { // the smallest value whose share is not below p
			return sorted[max(0, int(math.Ceil(f*n))-1)], nil
		}
		pos := f * (n - 1)
		if mode == 2 {
			pos = f*(n+1) - 1
		}
		if pos < 0 || pos > n-1 {
			return Value{}, c.raise(1, "there is no such percentile of %d values", len(sorted))
		}
		lo := int(math.Floor(pos))
		a, b := sorted[lo], sorted[min(lo+1, len(sorted)-1)]
		if !a.isNumber() || !b.isNumber() {
			return Value{}, c.raise(0, "expected numbers, found %s", a.describe())
		}
		return tidy(a.float() + (pos-float64(lo))*(b.float()-a.float())), nil
	}
	if c.arg(1).kind != List {
		return one(c.arg(1))
	}
	out := make([]Value, len(c.arg(1).items()))
	for i, p := range c.arg(1).items() {
		if out[i], err = one(p); err != nil {
			return Value{}, err
		}
	}
	return list(out), nil
}
