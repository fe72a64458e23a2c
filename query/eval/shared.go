package eval

import (
	"slices"
	"strconv"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// A measure that ranks customers is asked for each customer of a visual, and computes what all of
// them have each time: a million values for a thousand customers. They are the same each time,
// because the row of the iterator takes the place of the filters by which environments differ. So
// values are computed once for environments of which the row leaves nothing different.

// computeOnce is compute for expressions of which that is known; the lists of environments that are
// alike are the same list, and same says which.
func (e *evaluator) computeOnce(x dax.Expr, r *rowset, list []dax.Expr, b *batch) (values [][][]dax.Value, same []int, err error) {
	var first []int
	if same, first = e.alike(r, list, b); len(first) == b.n {
		values, err = e.compute(x, r, list, b)
		return values, same, err
	}
	values, err = e.compute(x, r.pick(first), list, b.pick(first))
	return values, same, err
}

// pick is the table of some environments.
func (r *rowset) pick(up []int) *rowset {
	out := *r
	out.of = make([]int, len(up))
	for k, i := range up {
		out.of[k] = r.of[i]
	}
	return &out
}

// alike says for each environment which of the first ones has the same values in all rows.
func (e *evaluator) alike(r *rowset, list []dax.Expr, b *batch) (same, first []int) {
	if b.n < 2 {
		return identity(b.n), identity(b.n)
	}
	measures := false
	for _, x := range list {
		m, ok := e.fromRow(r, x, b)
		if !ok {
			return identity(b.n), identity(b.n)
		}
		measures = measures || m
	}
	apart := [][]int{r.of}
	if measures {
		more, ok := e.apart(r, b)
		if !ok {
			return identity(b.n), identity(b.n)
		}
		apart = append(apart, more...)
	}
	same = make([]int, b.n)
	place := map[string]int{}
	var key []byte
	for i := range b.n {
		key = key[:0]
		for _, of := range apart {
			key = append(strconv.AppendInt(key, int64(of[i]), 10), ' ')
		}
		n, ok := place[string(key)]
		if !ok {
			n = len(first)
			place[string(key)], first = n, append(first, i)
		}
		same[i] = n
	}
	return same, first
}

// fromRow reports whether an expression follows from the row of the iterator alone and, through
// measures, from the filters that this row leaves.
func (e *evaluator) fromRow(r *rowset, x dax.Expr, b *batch) (measures, ok bool) {
	ok = true
	measure := func(x *dax.Column) bool {
		if x.Table != "" || x.Level != "" || x.Loose || e.place(r, x) >= 0 || e.measure(x.Name) == nil {
			return false
		}
		_, row := b.cell(func(c tableColumn) bool { return c.is(x.Name) }, 0)
		return !row && e.steady(x, map[string]bool{})
	}
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Literal, *dax.Unary, *dax.Binary:
		case *dax.Column:
			if x.Level != "" || x.Loose || e.place(r, x) < 0 {
				ok, measures = ok && measure(x), true
			}
		case *dax.Call:
			if strings.EqualFold(x.Func, "CALCULATE") && len(x.Args) == 1 && x.Args[0] != nil {
				ok, measures = ok && e.fromFilters(x.Args[0], measure), true
				return false
			}
			ok = ok && e.ordinary(x)
		default:
			ok = false
		}
		return ok
	})
	return measures, ok
}

// fromFilters reports whether an expression follows from the filters alone under which it stands:
// aggregates of columns, and measures.
func (e *evaluator) fromFilters(x dax.Expr, measure func(*dax.Column) bool) bool {
	ok := true
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Literal, *dax.Unary, *dax.Binary:
		case *dax.Column:
			ok = ok && measure(x)
		case *dax.Call:
			if plain[strings.ToUpper(x.Func)] && len(x.Args) == 1 {
				if c, column := x.Args[0].(*dax.Column); column && c.Table != "" || x.Args[0] != nil && e.isModelTable(x.Args[0]) {
					return false
				}
			}
			ok = ok && e.ordinary(x)
		default:
			ok = false
		}
		return ok
	})
	return ok
}

// ordinary reports whether a call is one of a function of values, which gives the same for the same.
func (e *evaluator) ordinary(x *dax.Call) bool {
	f, known := fn.Lookup(x.Func)
	return known && !f.Special && !f.Volatile && e.function(x.Func) == nil
}

// steady reports whether measures look at nothing but the filters under which they stand, so that
// under the same filters they are the same.
func (e *evaluator) steady(x dax.Expr, seen map[string]bool) bool {
	if slices.ContainsFunc(e.m.Tables, func(t *model.Table) bool { return t.Group != nil }) {
		return false // items change measures, and what they ask for is elsewhere
	}
	ok := true
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Call:
			name := strings.ToUpper(x.Func)
			f, known := fn.Lookup(name)
			_, table := windowTables[name]
			_, scalar := windowScalars[name]
			ok = ok && known && !f.Volatile && !table && !scalar && name != "ALLSELECTED" && name != "DETAILROWS" && e.function(x.Func) == nil
		case *dax.Column:
			m := e.measure(x.Name)
			if m == nil || seen[strings.ToLower(m.Name)] {
				break
			}
			seen[strings.ToLower(m.Name)] = true
			body, err := e.bodies[m], error(nil)
			if body == nil {
				body, err = e.s.Parse(m.Expression)
			}
			ok = ok && err == nil && e.steady(body, seen)
		}
		return ok
	})
	return ok
}

// apart is what tells the filters of environments apart that a row of the iterator leaves: lists of
// numbers that are equal where filters are.
func (e *evaluator) apart(r *rowset, b *batch) (list [][]int, ok bool) {
	i := slices.IndexFunc(r.blocks, func(rows [][]dax.Value) bool { return len(rows) > 0 })
	if i < 0 {
		return nil, false
	}
	own := e.rowFilter(&rowContext{cols: r.cols, rows: r.blocks[i][:1], table: r.table}, []int{0})
	if own == nil {
		return nil, false
	}
	gone := func(f *filter) bool {
		return !slices.ContainsFunc(f.cols, func(c Column) bool { return !own.touches(c) }) &&
			!slices.ContainsFunc(f.whole, func(t *model.Table) bool {
				return slices.ContainsFunc(e.columns(t), func(c Column) bool { return !own.touches(c) })
			})
	}
	for _, f := range b.context().filters {
		switch {
		case f.lean != nil:
			return nil, false
		case f.of != nil && !gone(f):
			list = append(list, f.left(own))
		}
	}
	at := identity(b.n)
	for p := b; p != nil; p = p.parent {
		if p.group != nil {
			return nil, false
		}
		if p.row != nil && len(p.row.rows) > 0 {
			if f := e.rowFilter(p.row, at[:1]); f != nil && !gone(f) {
				list = append(list, at)
			}
		}
		if p.closed || p.fixed {
			break
		}
		at = p.through(at)
	}
	return list, true
}

// left is the numbers of what a filter says of columns that another one is not on, in each
// environment; where that takes more than a look, of all it says.
func (f *filter) left(own *filter) []int {
	if len(f.whole) > 0 || slices.ContainsFunc(f.sets, func(s *set) bool { return len(s.rows) != 1 }) {
		return f.of
	}
	var stay []int
	for i, c := range f.cols {
		if !own.touches(c) {
			stay = append(stay, i)
		}
	}
	number, place := make([]int, len(f.sets)), map[string]int{}
	for i, s := range f.sets {
		key := tupleKey(columnsOf(s.rows, stay)[0])
		if _, ok := place[key]; !ok {
			place[key] = len(place)
		}
		number[i] = place[key]
	}
	out := make([]int, len(f.of))
	for i, k := range f.of {
		out[i] = number[k]
	}
	return out
}
