package plain

import (
	"slices"
	"strings"

	"inlay/dax"
)

// field is a column of a table that an expression made. Its origin is the column of the model
// whose values it holds, if there is one.
type field struct {
	table, name string
	origin      *column
}

func (f field) String() string { return f.table + "[" + f.name + "]" }

func (c *column) field() field { return field{c.t.name, c.name, c} }

// place is a row of a table of the model.
type place struct {
	t   *table
	row int
}

// record is a row. Its places are the rows of the model's tables that it holds as a whole; by
// them it is expanded to related tables.
type record struct {
	vals   []dax.Value
	places []place
}

// rowset is the value of a table expression.
type rowset struct {
	cols []field
	rows []record
	base []*table // the tables of the places of each record
}

// whole is the rows of a table that are in a set; all of them, with the blank row, if the set
// is nil.
func (r *run) whole(t *table, set []bool) *rowset {
	out := &rowset{base: []*table{t}}
	for _, c := range t.cols {
		out.cols = append(out.cols, c.field())
	}
	for i := 0; i <= len(t.rows); i++ {
		if set != nil && !set[i] || set == nil && i == len(t.rows) {
			continue
		}
		rec := record{places: []place{{t, i}}}
		for _, c := range t.cols {
			rec.vals = append(rec.vals, t.value(i, c))
		}
		out.rows = append(out.rows, rec)
	}
	return out
}

// distinct is the different combinations of columns of one table in the rows of a set.
func distinct(cols []*column, set []bool) *rowset {
	out := &rowset{}
	for _, c := range cols {
		out.cols = append(out.cols, c.field())
	}
	t, seen := cols[0].t, map[string]bool{}
	for i, ok := range set {
		if !ok {
			continue
		}
		var vals []dax.Value
		for _, c := range cols {
			vals = append(vals, t.value(i, c))
		}
		if k := keyOf(vals); !seen[k] {
			seen[k] = true
			out.rows = append(out.rows, record{vals: vals})
		}
	}
	return out
}

// everything is a set of all rows of a table, and of its blank row if that is wanted and there.
func everything(t *table, blank bool) []bool {
	set := make([]bool, len(t.rows)+1)
	for i := range set {
		set[i] = i < len(t.rows) || blank && t.blank
	}
	return set
}

// physical is a set without the blank row.
func physical(set []bool) []bool {
	set = slices.Clone(set)
	set[len(set)-1] = false
	return set
}

// cell is the value of a model's column in a record, of its own or by the relationships of the
// rows that it holds.
func (s *rowset) cell(rec record, c *column, ctx *context) (dax.Value, bool) {
	for i, f := range s.cols {
		if f.origin == c {
			return rec.vals[i], true
		}
	}
	return related(rec, c, ctx)
}

func related(rec record, c *column, ctx *context) (dax.Value, bool) {
	for _, p := range rec.places {
		if rows := rowsIn(ctx.expand(p.t, -1), c.t); rows != nil {
			return c.t.value(rows[p.row], c), true
		}
	}
	return dax.Value{}, false
}

// filter is the rows as a filter on the columns of the model that they hold, and on those of
// the tables that whole rows are expanded by. Columns of the expression's own are left out.
func (s *rowset) filter(ctx *context) *filter {
	f := &filter{}
	var at []int
	for i, c := range s.cols {
		if c.origin != nil && !slices.Contains(f.cols, c.origin) {
			f.cols, at = append(f.cols, c.origin), append(at, i)
		}
	}
	type far struct {
		place int
		hop   hop
	}
	var fars []far
	for i, t := range s.base {
		for _, h := range ctx.expand(t, -1) {
			for _, c := range h.t.cols {
				if !slices.Contains(f.cols, c) {
					f.cols, fars = append(f.cols, c), append(fars, far{i, h})
				}
			}
		}
	}
	for _, rec := range s.rows {
		var tuple []dax.Value
		for _, i := range at {
			tuple = append(tuple, rec.vals[i])
		}
		for i, x := range fars {
			tuple = append(tuple, x.hop.t.value(x.hop.rows[rec.places[x.place].row], f.cols[len(at)+i]))
		}
		f.tuples = append(f.tuples, tuple)
	}
	return f
}

// scope is a variable. It is computed at its first use, where it was defined.
type scope struct {
	outer *scope
	name  string
	x     dax.Expr
	env   env

	value *dax.Value
	rows  *rowset
}

func (s *scope) find(name string) *scope {
	for ; s != nil; s = s.outer {
		if strings.EqualFold(s.name, name) {
			return s
		}
	}
	return nil
}

// rowContext is a row that is being iterated, and what it is a row of, in which context.
type rowContext struct {
	outer *rowContext
	set   *rowset
	rec   record
	ctx   *context
}

// env is what an expression is evaluated in.
type env struct {
	ctx   *context
	row   *rowContext
	vars  *scope
	group *rowset // CURRENTGROUP
	item  *item   // the calculation item that is being applied
}

// inside is the environment of a row that is iterated.
func (e env) inside(set *rowset, rec record) env {
	e.row = &rowContext{e.row, set, rec, e.ctx}
	return e
}

// transition is the filter context of the row contexts: equality on all columns of each row.
func (e env) transition() *context {
	c := e.ctx.clone()
	var rows []*rowContext
	for r := e.row; r != nil; r = r.outer {
		rows = append(rows, r)
	}
	slices.Reverse(rows)
	for _, r := range rows {
		one := &rowset{cols: r.set.cols, base: r.set.base, rows: []record{r.rec}}
		if f := one.filter(c); len(f.cols) > 0 {
			c.remove(func(col *column) bool { return slices.Contains(f.cols, col) })
			c.filters = append(c.filters, f)
			c.sel = &selection{r.ctx, r.set}
		}
	}
	return c
}
