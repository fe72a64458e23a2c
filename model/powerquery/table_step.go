package powerquery

import (
	"errors"
	"fmt"
	"strings"

	"inlay"
	"inlay/model/powerquery/culture"
)

// code is the text of a function as the query has it, for the plan.
func code(f Value) string {
	switch fn := f.ref.(type) {
	case *builtin:
		return fn.name
	case *closure:
		text := fn.env.src.text[fn.fn.Start.Offset:fn.fn.End]
		return strings.Join(strings.Fields(text), " ")
	}
	return "?"
}

func (c *call) missing(i int, t *table, name string) error {
	return c.raise(i, "there is no column %q; there are %s", name, names(t.names())).noColumn(name)
}

// columns finds the columns that argument i names.
func (c *call) columns(i int, t *table) ([]int, error) {
	want, err := c.texts(i)
	if err != nil {
		return nil, err
	}
	at := make([]int, len(want))
	for j, n := range want {
		if at[j] = t.find(n); at[j] < 0 {
			return nil, c.missing(i, t, n)
		}
	}
	return at, nil
}

// pairs gives the inner lists of the second argument, a list of lists; one pair without the outer list is accepted.
func (c *call) pairs(most int) ([][]Value, error) {
	const i, least = 1, 2
	items, err := c.list(i)
	if err != nil {
		return nil, err
	}
	if len(items) > 0 && items[0].kind != List {
		items = []Value{c.arg(i)}
	}
	out := make([][]Value, len(items))
	for j, it := range items {
		p := it.items()
		if it.kind != List || len(p) < least || len(p) > most || p[0].kind != Text {
			return nil, c.raise(i, "item %d must be a list of %d values that begins with a column's name", j+1, least)
		}
		out[j] = p
	}
	return out, nil
}

func promoteHeaders(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	opts, err := c.fields(1, "PromoteAllScalars", "Culture")
	if err != nil {
		return Value{}, err
	}
	cul, err := c.cultureOf(1, opts["Culture"])
	if err != nil {
		return Value{}, err
	}
	var first []Value
	err = c.ev.scan(t, func(row []Value) (bool, error) {
		first = append([]Value{}, row...)
		return false, nil
	})
	if err != nil || first == nil {
		return tableOf(t), err
	}
	cols := make([]Column, len(t.cols))
	used := map[string]bool{}
	for i, v := range first {
		name := fmt.Sprintf("Column%d", i+1)
		switch {
		case v.kind == Text && v.s != "":
			name = v.s
		case v.kind == Failed:
			return Value{}, c.raiseCell(0, v.Err())
		case opts["PromoteAllScalars"].n != 0 && v.kind != Text && v.kind != Null:
			if s, ok := toText(v, cul); ok {
				name = s
			}
		}
		base := name
		for n := 1; used[name]; n++ {
			name = fmt.Sprintf("%s_%d", base, n)
		}
		used[name] = true
		cols[i] = Column{Name: name, Type: t.cols[i].Type}
	}
	return tableOf(&table{cols: cols, op: &step{in: t, text: "headers " + strings.Join(quoteAll((&table{cols: cols}).names()), ", "),
		flat: (*TextFile).behindHeader,
		make: func(*runtime) (func([]Value) ([]Value, error), error) {
			skipped := false
			return func(row []Value) ([]Value, error) {
				if !skipped {
					skipped = true
					return nil, nil
				}
				return row, nil
			}, nil
		}}}), nil
}

func transformColumnTypes(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	pairs, err := c.pairs(2)
	if err != nil {
		return Value{}, err
	}
	cul, err := c.cultureAt(2)
	if err != nil {
		return Value{}, err
	}
	missing := int64(0)
	if c.arg(2).kind == RecordOf {
		opts, err := c.fields(2, "Culture", "MissingField")
		if err != nil {
			return Value{}, err
		}
		missing = opts["MissingField"].n
	}
	if t, pairs, err = c.present(t, pairs, missing); err != nil {
		return Value{}, err
	}
	cols := append([]Column(nil), t.cols...)
	at, types, texts := make([]int, len(pairs)), make([]string, len(pairs)), make([]string, len(pairs))
	for j, p := range pairs {
		typ, ok := p[1].ref.(Type)
		if !ok {
			return Value{}, c.raise(1, "the type of column %q is %s", p[0].s, p[1].describe())
		}
		if converters[typ.Name] == nil && typ.Name != "any" {
			return Value{}, c.errorf(1, inlay.Unsupported, "the type %s of column %q is not supported", typ.Name, p[0].s)
		}
		at[j] = t.find(p[0].s)
		cols[at[j]].Type, types[j] = typ, typ.Name
		texts[j] = "[" + p[0].s + "] " + typ.Name
	}
	text := "types " + strings.Join(texts, ", ")
	if c.has(2) {
		text += " (" + cul.Name + ")"
	}
	return tableOf(&table{cols: cols, op: &step{in: t, alone: true, text: text,
		flat: func(f *TextFile) *TextFile { return f.convert(t, at, types, cul) },
		make: func(rt *runtime) (func([]Value) ([]Value, error), error) {
			by := make([]func(Value, *culture.Culture) (Value, bool), len(types))
			for j, typ := range types {
				by[j] = converters[typ]
			}
			return func(row []Value) ([]Value, error) {
				for j, i := range at {
					v, ok := convertBy(by[j], row[i], types[j], cul)
					if !ok {
						v = rt.failedBy(t.cols[i].Name, row[i].describe()+" does not convert to "+types[j], unconverted(row[i], types[j]))
					}
					row[i] = v
				}
				return row, nil
			}, nil
		}}}), nil
}

// present settles what happens to pairs whose column the table has not: an error, or it is left
// out, or it becomes a column of nulls, as MissingField says.
func (c *call) present(t *table, pairs [][]Value, missing int64) (*table, [][]Value, error) {
	var kept [][]Value
	for _, p := range pairs {
		if name := p[0].s; t.find(name) < 0 {
			switch missing {
			case 0:
				return nil, nil, c.missing(1, t, name)
			case 1:
				continue
			}
			t = withNulls(t, []string{name})
		}
		kept = append(kept, p)
	}
	return t, kept, nil
}

func renameColumns(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	pairs, err := c.pairs(2)
	if err != nil {
		return Value{}, err
	}
	skip := c.missingField(2)
	cols := append([]Column(nil), t.cols...)
	var texts []string
	for _, p := range pairs {
		i := t.find(p[0].s)
		switch {
		case p[1].kind != Text:
			return Value{}, c.raise(1, "the new name of column %q is %s", p[0].s, p[1].describe())
		case i < 0 && skip:
			continue
		case i < 0:
			return Value{}, c.missing(1, t, p[0].s)
		}
		cols[i].Name = p[1].s
		texts = append(texts, "["+p[0].s+"] to ["+p[1].s+"]")
	}
	if n := doubled(cols); n != "" {
		return Value{}, c.raise(1, "there would be two columns %q", n)
	}
	return tableOf(&table{cols: cols, op: renaming(t, cols, "rename "+strings.Join(texts, ", "))}), nil
}

// renaming is a step that gives columns other names.
func renaming(t *table, cols []Column, text string) op {
	s := same(t, text)
	s.sql = func(r *relation) *relation { return r.rename(cols) }
	s.flat = (*TextFile).unchanged
	return s
}

// same is a step that leaves the rows as they are.
func same(t *table, text string) *step {
	return &step{in: t, alone: true, text: text, make: func(*runtime) (func([]Value) ([]Value, error), error) {
		return func(row []Value) ([]Value, error) { return row, nil }, nil
	}}
}

func doubled(cols []Column) string {
	seen := map[string]bool{}
	for _, c := range cols {
		if seen[c.Name] {
			return c.Name
		}
		seen[c.Name] = true
	}
	return ""
}

// missingField reads MissingField.Error, Ignore or UseNull.
func (c *call) missingField(i int) (ignore bool) {
	if !c.has(i) {
		return false
	}
	n, _ := c.arg(i).whole()
	return n != 0 // with UseNull the caller adds the columns
}

func selectOrRemove(remove bool) func(c *call) (Value, error) {
	return func(c *call) (Value, error) {
		t, err := c.table()
		if err != nil {
			return Value{}, err
		}
		named, err := c.texts(1)
		if err != nil {
			return Value{}, err
		}
		ignore := c.missingField(2)
		if c.arg(2).n == 2 && !remove {
			t = withNulls(t, named)
		}
		set := map[string]bool{}
		var keep []string
		for _, n := range named {
			switch found := t.find(n) >= 0; {
			case !found && !ignore:
				return Value{}, c.missing(1, t, n)
			case found && !remove && !set[n]:
				keep = append(keep, n)
			}
			set[n] = true
		}
		if remove {
			for _, n := range t.names() {
				if !set[n] {
					keep = append(keep, n)
				}
			}
		}
		out, _ := selectColumns(t, keep)
		return tableOf(out), nil
	}
}

// withNulls adds the columns that a table has not.
func withNulls(t *table, want []string) *table {
	cols := append([]Column(nil), t.cols...)
	for _, n := range want {
		if (&table{cols: cols}).find(n) < 0 {
			cols = append(cols, Column{Name: n, Type: anyType})
		}
	}
	if len(cols) == len(t.cols) {
		return t
	}
	return &table{cols: cols, op: &step{in: t, alone: true, text: "add missing columns",
		make: func(*runtime) (func([]Value) ([]Value, error), error) {
			buf := make([]Value, len(cols))
			return func(row []Value) ([]Value, error) {
				clear(buf)
				copy(buf, row)
				return buf, nil
			}, nil
		}}}
}

func reorderColumns(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	ignore := c.missingField(2)
	if want, e := c.texts(1); ignore && e == nil {
		if c.arg(2).n == 2 {
			t = withNulls(t, want)
		}
		var have []Value
		for _, n := range want {
			if t.find(n) >= 0 {
				have = append(have, text(n))
			}
		}
		c.args[1] = list(have)
	}
	at, err := c.columns(1, t)
	if err != nil {
		return Value{}, err
	}
	// The named columns take, in their new order, the places that they had before.
	named := map[int]bool{}
	for _, i := range at {
		named[i] = true
	}
	order := make([]string, len(t.cols))
	k := 0
	for i, n := range t.names() {
		if named[i] {
			n = t.cols[at[k]].Name
			k++
		}
		order[i] = n
	}
	out, _ := selectColumns(t, order)
	return tableOf(out), nil
}

func selectRows(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	f, err := c.function(1)
	if err != nil {
		return Value{}, err
	}
	return tableOf(&table{cols: t.cols, op: &whereOp{c: c, f: f, step: &step{in: t, alone: true, text: "where " + code(f),
		make: func(*runtime) (func([]Value) ([]Value, error), error) {
			test := c.rowFunc(f, t)
			return func(row []Value) ([]Value, error) {
				v, err := test(row)
				switch {
				case err != nil:
					return nil, err
				case v.kind == Null || v.kind == Logical && v.n == 0:
					return nil, nil
				case v.kind != Logical:
					return nil, c.raise(1, "the condition is %s, neither true nor false", v.describe())
				}
				return row, nil
			}, nil
		}}}}), nil
}

// whereOp is Table.SelectRows.
type whereOp struct {
	*step
	c *call
	f Value
}

func (o *whereOp) fold(in *relation) *relation {
	if out := in.filter(o.c, o.f); out != nil && !out.loose {
		return out
	}
	return nil
}

// open lets the source drop what it can where it cannot drop exactly what M drops.
func (o *whereOp) open(rt *runtime) (iterator, error) {
	r := o.in.folded(rt)
	if r != nil {
		r = r.clone().filter(o.c, o.f)
	}
	if r == nil {
		return o.step.open(rt)
	}
	each, err := o.make(rt)
	if err != nil {
		return nil, err
	}
	in, err := r.open(rt, o.in)
	if err != nil {
		return nil, err
	}
	return &pipe{in: in, each: each}, nil
}

func addColumn(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	name, err := c.text(1)
	if err != nil {
		return Value{}, err
	}
	f, err := c.function(2)
	if err != nil {
		return Value{}, err
	}
	typ := anyType
	if c.has(3) {
		var ok bool
		if typ, ok = c.arg(3).ref.(Type); !ok {
			return Value{}, c.raise(3, "expected a type, not %s", c.arg(3).describe())
		}
	}
	if t.find(name) >= 0 {
		return Value{}, c.raise(1, "there is a column %q already", name)
	}
	cols := append(append([]Column(nil), t.cols...), Column{Name: name, Type: typ})
	return tableOf(&table{cols: cols, op: &step{in: t, alone: true, text: fmt.Sprintf("add [%s] %s: %s", name, typ.Name, code(f)),
		make: func(rt *runtime) (func([]Value) ([]Value, error), error) {
			compute := c.rowFunc(f, t)
			var buf []Value
			return func(row []Value) ([]Value, error) {
				v, err := compute(row)
				if err != nil {
					if v, err = rt.inCell(name, err); err != nil {
						return nil, err
					}
				}
				buf = append(append(buf[:0], row...), v)
				return buf, nil
			}, nil
		}}}), nil
}

// inCell turns an error of the language into the error of a cell; other errors stay.
func (rt *runtime) inCell(column string, err error) (Value, error) {
	if e := (*Error)(nil); errors.As(err, &e) && e.raised {
		return rt.failedBy(column, e.Msg, *e.shown()), nil
	}
	return Value{}, err
}
