package powerquery

import (
	"strings"

	"inlay"
)

// expand is Table.ExpandTableColumn and Table.ExpandRecordColumn(table, column, names, new
// names): the fields of what the cells of a column hold become columns.
func expand(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	at, err := c.columns(1, t)
	if err != nil {
		return Value{}, err
	}
	from, err := c.texts(2)
	if err != nil {
		return Value{}, err
	}
	to := from
	if c.has(3) {
		if to, err = c.texts(3); err != nil {
			return Value{}, err
		}
	}
	if len(at) != 1 || len(from) != len(to) {
		return Value{}, c.raise(3, "there are %d names and %d new names", len(from), len(to))
	}
	i := at[0]
	inner := t.cols[i].Type
	cols := append([]Column(nil), t.cols[:i]...)
	for j, n := range to {
		typ := anyType
		if k := (&table{cols: inner.Fields}).find(from[j]); k >= 0 {
			typ = inner.Fields[k].Type
			typ.Nullable = true
		}
		cols = append(cols, Column{Name: n, Type: typ})
	}
	cols = append(cols, t.cols[i+1:]...)
	if n := doubled(cols); n != "" {
		return Value{}, c.raise(3, "there would be two columns %q", n)
	}
	e := &expansion{c: c, i: i, from: from, width: len(cols)}
	return tableOf(&table{cols: cols, op: &flatOp{in: t, text: "expand [" + t.cols[i].Name + "] to " + strings.Join(quoteAll(to), ", "),
		make: func(rt *runtime) func([]Value, func([]Value) error) error {
			return func(row []Value, put func([]Value) error) error { return e.row(rt, row, put) }
		}}}), nil
}

type expansion struct {
	c     *call
	i     int // the column
	from  []string
	width int
}

func (e *expansion) put(row, fields []Value, put func([]Value) error) error {
	out := make([]Value, 0, e.width)
	out = append(append(append(out, row[:e.i]...), fields...), row[e.i+1:]...)
	return put(out)
}

func (e *expansion) row(rt *runtime, row []Value, put func([]Value) error) error {
	fields := make([]Value, len(e.from))
	switch v := row[e.i]; v.kind {
	case Null:
		return e.put(row, fields, put)
	case Failed:
		for j := range fields {
			fields[j] = v
		}
		return e.put(row, fields, put)
	case RecordOf:
		r := v.record()
		for j, n := range e.from {
			if k, ok := r.head.index[n]; ok {
				f, err := r.vals[k], error(nil)
				if t, ok := f.ref.(*thunk); ok && f.kind == lazy {
					f, err = e.c.ev.force(t, t.x, t.env)
				}
				if err != nil {
					if f, err = rt.inCell(n, err); err != nil {
						return err
					}
				}
				fields[j] = f
			}
		}
		return e.put(row, fields, put)
	case TableOf:
		return e.rows(rt, row, v.tableRef(), put)
	}
	return e.c.raise(1, "a cell of the column holds %s, not a record or table", row[e.i].describe())
}

// rows expands a table in a cell; an empty one leaves the row, with nulls.
func (e *expansion) rows(rt *runtime, row []Value, t *table, put func([]Value) error) error {
	at := make([]int, len(e.from))
	for j, n := range e.from {
		at[j] = t.find(n)
	}
	n := 0
	file, line := rt.file, rt.row
	err := e.c.ev.scan(t, func(inner []Value) (bool, error) {
		n++
		fields := make([]Value, len(at))
		for j, k := range at {
			if k >= 0 {
				fields[j] = inner[k]
			}
		}
		return true, e.put(row, fields, put)
	})
	rt.file, rt.row = file, line
	if err == nil && n == 0 {
		err = e.put(row, make([]Value, len(e.from)), put)
	}
	return err
}

// expandList is Table.ExpandListColumn(table, column): one row for each item.
func expandList(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	at, err := c.columns(1, t)
	if err != nil {
		return Value{}, err
	}
	if len(at) != 1 {
		return Value{}, c.raise(1, "expected one column")
	}
	i := at[0]
	cols := append([]Column(nil), t.cols...)
	cols[i].Type = anyType
	return tableOf(&table{cols: cols, op: &flatOp{in: t, text: "expand list [" + cols[i].Name + "]", make: func(*runtime) func([]Value, func([]Value) error) error {
		return func(row []Value, put func([]Value) error) error {
			items := []Value{{}}
			switch v := row[i]; {
			case v.kind == List && len(v.items()) > 0:
				items = v.items()
			case v.kind == TableOf:
				held, err := c.sub("Table.ToRecords", v)
				if err != nil {
					return err
				}
				if l := held.items(); len(l) > 0 {
					items = l
				}
			case v.kind == Failed:
				items[0] = v
			case v.kind != List && v.kind != Null:
				return c.raise(1, "a cell of the column holds %s, not a list", v.describe())
			}
			for _, it := range items {
				out := append([]Value(nil), row...)
				out[i] = it
				if err := put(out); err != nil {
					return err
				}
			}
			return nil
		}
	}}}), nil
}

// splitColumn is Table.SplitColumn(table, column, splitter, names or number, default).
func splitColumn(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	if c.has(5) && c.arg(5).n == 0 {
		return Value{}, c.errorf(5, inlay.Unsupported, "ExtraValues.List is not supported")
	}
	strict := c.has(5) && c.arg(5).n == 1
	at, err := c.columns(1, t)
	if err != nil {
		return Value{}, err
	}
	f, err := c.function(2)
	if err != nil {
		return Value{}, err
	}
	if len(at) != 1 {
		return Value{}, c.raise(1, "expected one column")
	}
	i := at[0]
	into, err := c.splitNames(t, i, f)
	if err != nil {
		return Value{}, err
	}
	cols := append([]Column(nil), t.cols[:i]...)
	for _, n := range into {
		cols = append(cols, Column{Name: n, Type: anyType})
	}
	cols = append(cols, t.cols[i+1:]...)
	if n := doubled(cols); n != "" {
		return Value{}, c.raise(3, "there would be two columns %q", n)
	}
	return tableOf(&table{cols: cols, op: &step{in: t, text: "split [" + t.cols[i].Name + "] to " + strings.Join(quoteAll(into), ", "),
		make: func(rt *runtime) (func([]Value) ([]Value, error), error) {
			var buf []Value
			return func(row []Value) ([]Value, error) {
				buf = append(buf[:0], row[:i]...)
				parts, err := c.split(f, row[i])
				if err == nil && strict && len(parts) > len(into) {
					err = c.raise(5, "the value has %d parts, there are %d columns", len(parts), len(into))
				}
				failed := Value{}
				if err != nil {
					if failed, err = rt.inCell(t.cols[i].Name, err); err != nil {
						return nil, err
					}
				}
				for j := range into {
					switch {
					case failed.kind == Failed:
						buf = append(buf, failed)
					case j < len(parts):
						buf = append(buf, parts[j])
					default:
						buf = append(buf, c.arg(4))
					}
				}
				buf = append(buf, row[i+1:]...)
				return buf, nil
			}, nil
		}}}), nil
}

// split calls a splitter with a cell; null has no parts.
func (c *call) split(f, cell Value) ([]Value, error) {
	if cell.kind == Null {
		return nil, nil
	}
	if cell.kind == Failed {
		return nil, c.raiseCell(1, cell.Err())
	}
	v, err := c.invoke(f, []Value{cell})
	if err == nil && v.kind != List {
		err = c.raise(2, "the splitter gave %s, not a list", v.describe())
	}
	return v.items(), err
}

// splitNames are the new columns: those named, or as many as the widest row needs.
func (c *call) splitNames(t *table, i int, f Value) ([]string, error) {
	width := 0
	switch v := c.arg(3); {
	case v.kind == List:
		return c.texts(3)
	case v.isNumber():
		n, err := c.whole(3)
		if err != nil || n < 1 || n > 16_384 {
			return nil, c.raise(3, "%s is not a number of columns", v.describe())
		}
		width = int(n)
	default:
		err := c.ev.scan(t, func(row []Value) (bool, error) {
			parts, err := c.split(f, row[i])
			width = max(width, len(parts))
			return true, err
		})
		if err != nil {
			return nil, err
		}
		if width = max(width, 1); width > 16_384 {
			return nil, c.errorf(2, inlay.Limit, "a value has %d parts; at most 16384 become columns", width)
		}
	}
	out := make([]string, width)
	for j := range out {
		out[j] = t.cols[i].Name + "." + integerText(int64(j+1))
	}
	return out, nil
}
