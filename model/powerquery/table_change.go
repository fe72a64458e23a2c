package powerquery

import (
	"fmt"
	"strings"

	"inlay"
)

// replaceValue is Table.ReplaceValue(table, old, new, replacer, columns). Old and new may be
// functions of the row, the replacer any function of a value and these two.
func replaceValue(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	replacer, err := c.function(3)
	if err != nil {
		return Value{}, err
	}
	from, to := c.arg(1), c.arg(2)
	r, ok := replacer.ref.(*builtin)
	plain := ok && from.kind != Function && to.kind != Function && (r.name == "Replacer.ReplaceValue" || r.name == "Replacer.ReplaceText")
	whole := plain && r.name == "Replacer.ReplaceValue"
	if plain && !whole && (from.kind != Text || to.kind != Text) {
		return Value{}, c.raise(1, "Replacer.ReplaceText replaces a text by a text")
	}
	at, err := c.columns(4, t)
	if err != nil {
		return Value{}, err
	}
	var changed []string
	for _, i := range at {
		changed = append(changed, t.cols[i].Name)
	}
	what := fmt.Sprintf("replace %s by %s in %s", from.describe(), to.describe(), strings.Join(quoteAll(changed), ", "))
	return tableOf(&table{cols: append([]Column(nil), t.cols...), op: &step{in: t, alone: true, text: what,
		make: func(rt *runtime) (func([]Value) ([]Value, error), error) {
			if plain {
				rt := &replacing{runtime: rt, at: at}
				return func(row []Value) ([]Value, error) { return row, c.replaceIn(rt, t, row, whole) }, nil
			}
			return c.replaceBy(rt, t, at), nil
		}}}), nil
}

// replacing is one reading of the columns in which something is replaced.
type replacing struct {
	*runtime
	at []int
}

// replaceIn replaces a value, or a part of a text, by another.
func (c *call) replaceIn(rt *replacing, t *table, row []Value, whole bool) error {
	from, to := c.arg(1), c.arg(2)
	for _, i := range rt.at {
		switch v := row[i]; {
		case whole:
			if eq, ok := equal(v, from); ok && eq {
				row[i] = to
			}
		case v.kind == Text && from.s != "":
			row[i].s = strings.ReplaceAll(v.s, from.s, to.s)
			if len(row[i].s) > maxText {
				return c.errorf(2, inlay.Limit, "a text grows beyond 16 MB")
			}
		case v.kind != Text && v.kind != Null && v.kind != Failed:
			row[i] = rt.failedBy(t.cols[i].Name, "Replacer.ReplaceText: expected a text, not "+v.describe(), unconverted(v, "text"))
		}
	}
	return nil
}

// replaceBy calls the replacer for each cell, with what old and new are for the row.
func (c *call) replaceBy(rt *runtime, t *table, at []int) func([]Value) ([]Value, error) {
	of := func(v Value) func([]Value) (Value, error) {
		if v.kind == Function {
			return c.rowFunc(v, t)
		}
		return func([]Value) (Value, error) { return v, nil }
	}
	from, to := of(c.arg(1)), of(c.arg(2))
	return func(row []Value) ([]Value, error) {
		out := append([]Value(nil), row...)
		for _, i := range at {
			if row[i].kind == Failed {
				continue
			}
			a, err := from(row)
			if err == nil {
				var b Value
				if b, err = to(row); err == nil {
					out[i], err = c.invoke(c.arg(3), []Value{row[i], a, b})
				}
			}
			if err != nil {
				if out[i], err = rt.inCell(t.cols[i].Name, err); err != nil {
					return nil, err
				}
			}
		}
		return out, nil
	}
}

// transformColumns is Table.TransformColumns(table, {{column, function, type}, …}).
func transformColumns(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	pairs, err := c.pairs(3)
	if err != nil {
		return Value{}, err
	}
	if c.has(2) { // what happens to the columns that are not named
		named := map[string]bool{}
		for _, p := range pairs {
			named[p[0].s] = true
		}
		for _, n := range t.names() {
			if !named[n] {
				pairs = append(pairs, []Value{text(n), c.arg(2)})
			}
		}
	}
	if t, pairs, err = c.present(t, pairs, c.arg(3).n); err != nil {
		return Value{}, err
	}
	cols := append([]Column(nil), t.cols...)
	var at []int
	var fns []Value
	var texts []string
	for _, p := range pairs {
		i := t.find(p[0].s)
		if p[1].kind != Function {
			return Value{}, c.raise(1, "the transformation of column %q is %s, not a function", p[0].s, p[1].describe())
		}
		cols[i].Type = anyType
		if len(p) == 3 {
			if typ, ok := p[2].ref.(Type); ok {
				cols[i].Type = typ
			}
		}
		at, fns, texts = append(at, i), append(fns, p[1]), append(texts, "["+p[0].s+"]: "+code(p[1]))
	}
	return tableOf(&table{cols: cols, op: &step{in: t, alone: true, text: "transform " + strings.Join(texts, ", "),
		make: func(rt *runtime) (func([]Value) ([]Value, error), error) {
			return func(row []Value) ([]Value, error) {
				for j, i := range at {
					if row[i].kind == Failed {
						continue
					}
					v, err := c.invoke(fns[j], []Value{row[i]})
					if err != nil {
						if v, err = rt.inCell(t.cols[i].Name, err); err != nil {
							return nil, err
						}
					}
					row[i] = v
				}
				return row, nil
			}, nil
		}}}), nil
}

// addIndexColumn is Table.AddIndexColumn(table, name, start, step, type).
func addIndexColumn(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	name, err := c.text(1)
	if err != nil {
		return Value{}, err
	}
	start, by := integer(0), integer(1)
	for i, into := range []*Value{&start, &by} {
		if c.has(i + 2) {
			if _, err := c.number(i + 2); err != nil {
				return Value{}, err
			}
			*into = c.arg(i + 2)
		}
	}
	typ := Type{Name: "Int64.Type"}
	if x, ok := c.arg(4).ref.(Type); ok {
		typ = x
	} else if start.kind != Integer || by.kind != Integer {
		typ.Name = "number"
	}
	if t.find(name) >= 0 {
		return Value{}, c.raise(1, "there is a column %q already", name)
	}
	cols := append(append([]Column(nil), t.cols...), Column{Name: name, Type: typ})
	return tableOf(&table{cols: cols, op: &step{in: t, text: fmt.Sprintf("index [%s] from %s by %s", name, start, by),
		make: func(*runtime) (func([]Value) ([]Value, error), error) {
			n := start
			var buf []Value
			return func(row []Value) ([]Value, error) {
				buf = append(append(buf[:0], row...), n)
				n = numbers("+", n, by)
				return buf, nil
			}, nil
		}}}), nil
}

// duplicateColumn is Table.DuplicateColumn(table, column, new name).
func duplicateColumn(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	at, err := c.columns(1, t)
	if err != nil {
		return Value{}, err
	}
	name, err := c.text(2)
	if err != nil {
		return Value{}, err
	}
	if len(at) != 1 || t.find(name) >= 0 {
		return Value{}, c.raise(2, "one column is copied to a name that is free; %q is not", name)
	}
	cols := append(append([]Column(nil), t.cols...), Column{Name: name, Type: t.cols[at[0]].Type})
	return tableOf(&table{cols: cols, op: &step{in: t, alone: true, text: fmt.Sprintf("copy [%s] to [%s]", t.cols[at[0]].Name, name),
		make: func(*runtime) (func([]Value) ([]Value, error), error) {
			var buf []Value
			return func(row []Value) ([]Value, error) {
				buf = append(append(buf[:0], row...), row[at[0]])
				return buf, nil
			}, nil
		}}}), nil
}

// fillDown is Table.FillDown(table, columns).
func fillDown(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	at, err := c.columns(1, t)
	if err != nil {
		return Value{}, err
	}
	return tableOf(&table{cols: t.cols, op: &step{in: t, text: "fill down",
		make: func(*runtime) (func([]Value) ([]Value, error), error) {
			last := make([]Value, len(at))
			return func(row []Value) ([]Value, error) {
				for j, i := range at {
					if row[i].kind == Null {
						row[i] = last[j]
					}
					last[j] = row[i]
				}
				return row, nil
			}, nil
		}}}), nil
}

// replaceErrors is Table.ReplaceErrorValues(table, {{column, value}, …}).
func replaceErrors(c *call) (Value, error) {
	t, err := c.table()
	if err != nil {
		return Value{}, err
	}
	pairs, err := c.pairs(2)
	if err != nil {
		return Value{}, err
	}
	at := make([]int, len(pairs))
	for j, p := range pairs {
		if at[j] = t.find(p[0].s); at[j] < 0 {
			return Value{}, c.missing(1, t, p[0].s)
		}
	}
	return tableOf(&table{cols: t.cols, op: &step{in: t, alone: true, text: "replace errors",
		make: func(*runtime) (func([]Value) ([]Value, error), error) {
			return func(row []Value) ([]Value, error) {
				for j, i := range at {
					if row[i].kind == Failed {
						row[i] = pairs[j][1]
					}
				}
				return row, nil
			}, nil
		}}}), nil
}
