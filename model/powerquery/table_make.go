package powerquery

import (
	"fmt"

	"inlay"
)

// columnsFrom reads what names columns: a list of names, a table type, a number, or null for
// width columns.
func (c *call) columnsFrom(i, width int) ([]Column, error) {
	v := c.arg(i)
	switch v.kind {
	case Null:
		return numbered(width), nil
	case Integer, Number:
		n, ok := v.whole()
		if !ok || n < 0 || n > 16_384 {
			return nil, c.raise(i, "%s is not a number of columns", v.describe())
		}
		return numbered(int(n)), nil
	case TypeOf:
		t := v.ref.(Type)
		if t.Name != "table" {
			return nil, c.raise(i, "expected a table type, not type %s", t.Name)
		}
		return append([]Column(nil), t.Fields...), nil
	case List:
		want, err := c.texts(i)
		if err != nil {
			return nil, err
		}
		cols := make([]Column, len(want))
		for j, n := range want {
			cols[j] = Column{Name: n, Type: anyType}
		}
		if n := doubled(cols); n != "" {
			return nil, c.raise(i, "there are two columns %q", n)
		}
		return cols, nil
	}
	return nil, c.raise(i, "expected names of columns or a table type, not %s", v.describe())
}

func numbered(n int) []Column {
	cols := make([]Column, n)
	for i := range cols {
		cols[i] = Column{Name: fmt.Sprintf("Column%d", i+1), Type: anyType}
	}
	return cols
}

// makeTable is #table(columns, rows).
func makeTable(c *call) (Value, error) {
	c.args[0], c.args[1] = c.args[1], c.args[0]
	if len(c.at) > 1 {
		c.at[0], c.at[1] = c.at[1], c.at[0]
	}
	return fromRows(c)
}

// fromRows is Table.FromRows(rows, columns).
func fromRows(c *call) (Value, error) {
	items, err := c.list(0)
	if err != nil {
		return Value{}, err
	}
	width := 0
	if len(items) > 0 {
		width = len(items[0].items())
	}
	cols, err := c.columnsFrom(1, width)
	if err != nil {
		return Value{}, err
	}
	rows := make([][]Value, len(items))
	for i, it := range items {
		rows[i] = it.items()
		if it.kind != List {
			return Value{}, c.raise(0, "row %d is %s, not a list", i+1, it.describe())
		}
		if len(rows[i]) != len(cols) {
			return Value{}, c.raise(0, "row %d has %d values, the table has %d columns", i+1, len(rows[i]), len(cols))
		}
	}
	return tableOf(&table{cols: cols, op: &rowsOp{rows: rows, cols: cols, text: "rows"}}), nil
}

// fromList is Table.FromList(list, splitter, columns). Without a splitter, text is split at
// commas, as M does.
func fromList(c *call) (Value, error) {
	if a := c.longList(); a != nil {
		if split, _ := c.arg(1).ref.(*builtin); split != nil && split.name == splitByNothing {
			return c.columnOf(a)
		}
	}
	items, err := c.list(0)
	if err != nil {
		return Value{}, err
	}
	extra := c.arg(4)
	if c.has(4) && (!extra.isNumber() || extra.n == 0) {
		return Value{}, c.errorf(4, inlay.Unsupported, "ExtraValues.List is not supported")
	}
	split := c.arg(1)
	if split.kind == Null {
		split = library["Splitter.SplitByCommas"]
	}
	rows := make([][]Value, len(items))
	width := 1
	for i, it := range items {
		v, err := c.ev.apply(split, []Value{it}, c.place(1), c.src)
		if err != nil {
			return Value{}, err
		}
		if v.kind != List {
			return Value{}, c.raise(1, "the splitter gave %s, not a list", v.describe())
		}
		rows[i] = v.items()
		width = max(width, len(rows[i]))
	}
	cols, err := c.columnsFrom(2, width)
	if err != nil {
		return Value{}, err
	}
	for i, r := range rows {
		if len(r) > len(cols) && extra.n == 2 {
			r = r[:len(cols)]
		}
		if len(r) > len(cols) {
			return Value{}, c.raise(2, "item %d gives %d values, the table has %d columns", i+1, len(r), len(cols))
		}
		for len(r) < len(cols) {
			r = append(r[:len(r):len(r)], c.arg(3))
		}
		rows[i] = r
	}
	return tableOf(&table{cols: cols, op: &rowsOp{rows: rows, cols: cols, text: "list"}}), nil
}

// fromRecords is Table.FromRecords(records, columns).
func fromRecords(c *call) (Value, error) {
	if a := c.longList(); a != nil {
		return c.rowsOf(a)
	}
	items, err := c.list(0)
	if err != nil {
		return Value{}, err
	}
	var cols []Column
	if c.has(1) {
		if cols, err = c.columnsFrom(1, 0); err != nil {
			return Value{}, err
		}
	} else if len(items) > 0 && items[0].record() != nil {
		for _, n := range items[0].record().head.names {
			cols = append(cols, Column{Name: n, Type: anyType})
		}
	}
	rows, err := c.recordRows(items, cols)
	return tableOf(&table{cols: cols, op: &rowsOp{rows: rows, cols: cols, text: "records"}}), err
}

// recordRows makes rows of records. A field that a record has not is an error, or null where
// argument 2 says MissingField.UseNull.
func (c *call) recordRows(items []Value, cols []Column) ([][]Value, error) {
	rows := make([][]Value, len(items))
	for i, it := range items {
		rows[i] = make([]Value, len(cols))
		if err := c.recordRow(int64(i)+1, it, cols, rows[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// recordRow makes a row of record n.
func (c *call) recordRow(n int64, item Value, cols []Column, row []Value) error {
	r := item.record()
	if r == nil {
		return c.raise(0, "item %d is %s, not a record", n, item.describe())
	}
	useNull := c.arg(2).kind == Integer && c.arg(2).n == 2
	for j, col := range cols {
		k, ok := r.head.index[col.Name]
		switch {
		case ok:
			row[j] = r.vals[k]
		case useNull:
			row[j] = Value{}
		default:
			return c.raise(0, "record %d has no field %q", n, col.Name)
		}
	}
	return nil
}

func columnNames(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	out := make([]Value, len(t.cols))
	for i, col := range t.cols {
		out[i] = text(col.Name)
	}
	return list(out), nil
}

func rowCount(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	n := int64(0)
	err = c.ev.scan(t, func([]Value) (bool, error) { n++; return true, nil })
	return integer(n), err
}

func combineTables(c *call) (Value, error) {
	items, err := c.list(0)
	if err != nil {
		return Value{}, err
	}
	in := make([]*table, len(items))
	for i, it := range items {
		if in[i] = it.tableRef(); in[i] == nil {
			return Value{}, c.raise(0, "item %d is %s, not a table", i+1, it.describe())
		}
	}
	if !c.has(1) {
		return tableOf(combine(in)), nil
	}
	cols, err := c.columnsFrom(1, 0)
	if err != nil {
		return Value{}, err
	}
	return tableOf(&table{cols: cols, op: &combineOp{cols: cols, in: in}}), nil
}
