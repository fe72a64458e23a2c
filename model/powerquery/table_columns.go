package powerquery

import (
	"strings"

	"inlay"
)

// defineTableColumns defines the functions that make, join and name columns, and those that
// turn tables into lists and records and back.
func defineTableColumns() {
	for _, f := range []builtin{
		{"Table.Group", 3, 5, groupRows},
		{"Table.Pivot", 4, 5, pivot},
		{"Table.Unpivot", 4, 4, unpivot(false)},
		{"Table.UnpivotOtherColumns", 4, 4, unpivot(true)},
		{"Table.Transpose", 1, 2, transpose},
		{"Table.NestedJoin", 5, 7, nestedJoin},
		{"Table.Join", 4, 7, join2},
		{"Table.ExpandTableColumn", 3, 4, expand},
		{"Table.ExpandRecordColumn", 3, 4, expand},
		{"Table.ExpandListColumn", 2, 2, expandList},
		{"Table.SplitColumn", 3, 6, splitColumn},
		{"Table.CombineColumns", 4, 4, combineColumns},
		{"Table.DemoteHeaders", 1, 1, demoteHeaders},
		{"Table.TransformColumnNames", 2, 3, transformNames},
		{"Table.PrefixColumns", 2, 2, prefixColumns},
		{"Table.FromColumns", 1, 2, fromColumns},
		{"Table.FromValue", 1, 2, fromValue},
		{"Table.ToRecords", 1, 1, toRecords},
		{"Table.ToRows", 1, 1, toRows},
		{"Table.ToColumns", 1, 1, toColumns},
		{"Table.ToList", 1, 2, toList},
		{"Table.TransformRows", 2, 2, transformRows},
		{"Table.Column", 2, 2, column},
		{"Table.AddKey", 3, 3, func(c *call) (Value, error) { return c.arg(0), nil }},
		{"Table.StopFolding", 1, 1, func(c *call) (Value, error) { return c.arg(0), nil }},
	} {
		define(f.name, f.least, f.most, f.fn)
	}
	define("Table.ColumnCount", 1, 1, onTable(func(_ *call, t *table) (Value, error) { return integer(int64(len(t.cols))), nil }))
	define("Table.HasColumns", 2, 2, onTable(func(c *call, t *table) (Value, error) {
		want, err := c.texts(1)
		for _, n := range want {
			if t.find(n) < 0 {
				return logical(false), nil
			}
		}
		return logical(true), err
	}))
}

// demoteHeaders puts the names of the columns into the first row.
func demoteHeaders(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	head := make([]Value, len(t.cols))
	for i, n := range t.names() {
		head[i] = text(n)
	}
	cols := numbered(len(head))
	first := heldTable(cols, [][]Value{head}).tableRef()
	rest := &table{cols: cols, op: same(t, "demote headers")}
	return tableOf(&table{cols: cols, op: &combineOp{cols: cols, in: []*table{first, rest}}}), nil
}

// combineColumns is Table.CombineColumns(table, columns, combiner, name).
func combineColumns(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	at, err := c.columns(1, t)
	if err != nil {
		return Value{}, err
	}
	f, err := c.function(2)
	if err != nil {
		return Value{}, err
	}
	name, err := c.text(3)
	if err != nil {
		return Value{}, err
	}
	if len(at) == 0 {
		return Value{}, c.raise(1, "no column is named")
	}
	gone := map[int]bool{}
	place := len(t.cols)
	for _, i := range at {
		gone[i] = true
		place = min(place, i)
	}
	var cols []Column
	for i, col := range t.cols {
		if i == place {
			cols = append(cols, Column{Name: name, Type: Type{Name: "text", Nullable: true}})
		}
		if !gone[i] {
			cols = append(cols, col)
		}
	}
	if n := doubled(cols); n != "" {
		return Value{}, c.raise(3, "there would be two columns %q", n)
	}
	return tableOf(&table{cols: cols, op: &step{in: t, text: "combine columns to [" + name + "]",
		make: func(rt *runtime) (func([]Value) ([]Value, error), error) {
			var buf []Value
			return func(row []Value) ([]Value, error) {
				parts := make([]Value, len(at))
				for j, i := range at {
					parts[j] = row[i]
				}
				v, err := c.invoke(f, []Value{list(parts)})
				if err != nil {
					if v, err = rt.inCell(name, err); err != nil {
						return nil, err
					}
				}
				buf = buf[:0]
				for i := range row {
					if i == place {
						buf = append(buf, v)
					}
					if !gone[i] {
						buf = append(buf, row[i])
					}
				}
				return buf, nil
			}, nil
		}}}), nil
}

// transformNames is Table.TransformColumnNames(table, function, options).
func transformNames(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	f, err := c.function(1)
	if err != nil {
		return Value{}, err
	}
	if _, err := c.fields(2, "Comparer"); err != nil {
		return Value{}, err
	}
	return c.renamed(t, func(n string) (string, error) {
		v, err := c.invoke(f, []Value{text(n)})
		if err == nil && v.kind != Text {
			err = c.raise(1, "the new name of column %q is %s", n, v.describe())
		}
		return v.s, err
	})
}

func prefixColumns(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	prefix, err := c.text(1)
	if err != nil {
		return Value{}, err
	}
	return c.renamed(t, func(n string) (string, error) { return prefix + "." + n, nil })
}

func (c *call) renamed(t *table, to func(string) (string, error)) (Value, error) {
	cols := append([]Column(nil), t.cols...)
	for i := range cols {
		var err error
		if cols[i].Name, err = to(cols[i].Name); err != nil {
			return Value{}, err
		}
	}
	if n := doubled(cols); n != "" {
		return Value{}, c.raise(1, "there would be two columns %q", n)
	}
	return tableOf(&table{cols: cols, op: renaming(t, cols, "rename to "+strings.Join(quoteAll((&table{cols: cols}).names()), ", "))}), nil
}

// fromColumns is Table.FromColumns(lists, columns); short lists end in nulls.
func fromColumns(c *call) (Value, error) {
	lists, err := c.list(0)
	if err != nil {
		return Value{}, err
	}
	cols, err := c.columnsFrom(1, len(lists))
	if err != nil {
		return Value{}, err
	}
	if len(cols) < len(lists) {
		return Value{}, c.raise(1, "there are %d lists and %d names of columns", len(lists), len(cols))
	}
	high := 0
	for i, l := range lists {
		if l.kind != List {
			return Value{}, c.raise(0, "item %d is %s, not a list", i+1, l.describe())
		}
		high = max(high, len(l.items()))
	}
	rows := make([][]Value, high)
	for i := range rows {
		rows[i] = make([]Value, len(cols))
		for j, l := range lists {
			if i < len(l.items()) {
				rows[i][j] = l.items()[i]
			}
		}
	}
	return tableOf(&table{cols: cols, op: &rowsOp{rows: rows, cols: cols, text: "columns"}}), nil
}

// fromValue is Table.FromValue: a list becomes rows, a record names and values.
func fromValue(c *call) (Value, error) {
	opts, err := c.fields(1, "DefaultColumnName")
	if err != nil {
		return Value{}, err
	}
	name := "Value"
	if v := opts["DefaultColumnName"]; v.kind == Text {
		name = v.s
	}
	items := []Value{c.arg(0)}
	switch v := c.arg(0); v.kind {
	case TableOf:
		return v, nil
	case RecordOf:
		return c.sub("Record.ToTable", v)
	case List:
		items = v.items()
	}
	rows := make([][]Value, len(items))
	for i, it := range items {
		rows[i] = []Value{it}
	}
	return tableOf(&table{cols: []Column{{Name: name, Type: anyType}}, op: &rowsOp{rows: rows, text: "values"}}), nil
}

// each1 makes a list with one item for each row.
func (c *call) each1(f func(t *table, row []Value) (Value, error)) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	g := gather{c: c}
	err = c.ev.scan(t, func(row []Value) (bool, error) {
		v, err := f(t, append([]Value(nil), row...))
		if err == nil {
			err = g.add(v)
		}
		return true, err
	})
	return list(g.items), err
}

func toRecords(c *call) (Value, error) {
	var head *header
	return c.each1(func(t *table, row []Value) (Value, error) {
		if head == nil {
			head = newHeader(t.names())
		}
		return Value{kind: RecordOf, ref: &record{head: head, vals: row}}, nil
	})
}

func toRows(c *call) (Value, error) {
	return c.each1(func(_ *table, row []Value) (Value, error) { return list(row), nil })
}

func toList(c *call) (Value, error) {
	f := c.arg(1)
	if f.kind == Null {
		f = combiner(",")
	}
	return c.each1(func(_ *table, row []Value) (Value, error) { return c.invoke(f, []Value{list(row)}) })
}

func transformRows(c *call) (Value, error) {
	f, err := c.function(1)
	if err != nil {
		return Value{}, err
	}
	return c.each1(func(t *table, row []Value) (Value, error) { return c.invoke(f, []Value{recordOf(t.names(), row)}) })
}

func toColumns(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	rows, err := c.ev.hold(t)
	if err != nil {
		return Value{}, c.inStep(err)
	}
	if len(rows) > maxList {
		return Value{}, c.errorf(0, inlay.Limit, "a list has at most a million items")
	}
	out := make([]Value, len(t.cols))
	for i := range out {
		col := make([]Value, len(rows))
		for j, r := range rows {
			col[j] = r[i]
		}
		out[i] = list(col)
	}
	return list(out), nil
}

func column(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	at, err := c.columns(1, t)
	if err != nil || len(at) != 1 {
		return Value{}, err
	}
	return c.each1(func(_ *table, row []Value) (Value, error) {
		if row[at[0]].kind == Failed {
			return Value{}, c.raiseCell(1, row[at[0]].Err())
		}
		return row[at[0]], nil
	})
}
