package plain

import (
	"slices"
	"strings"

	"inlay/dax"
)

// filter allows the tuples of some columns.
type filter struct {
	cols   []*column
	tuples [][]dax.Value
	group  bool // made by grouping, which ISINSCOPE asks for
}

func keyOf(row []dax.Value) string {
	var b strings.Builder
	for _, v := range row {
		b.WriteString(v.Key())
		b.WriteByte(0)
	}
	return b.String()
}

// without is the filter with some columns taken away, nil if none is left.
func (f *filter) without(gone func(*column) bool) *filter {
	var left []int
	for i, c := range f.cols {
		if !gone(c) {
			left = append(left, i)
		}
	}
	switch len(left) {
	case len(f.cols):
		return f
	case 0:
		return nil
	}
	n := &filter{group: f.group}
	for _, i := range left {
		n.cols = append(n.cols, f.cols[i])
	}
	n.tuples = f.project(left)
	return n
}

// project is the different tuples of some of the columns.
func (f *filter) project(at []int) [][]dax.Value {
	var out [][]dax.Value
	seen := map[string]bool{}
	for _, tuple := range f.tuples {
		row := make([]dax.Value, len(at))
		for i, j := range at {
			row[i] = tuple[j]
		}
		if k := keyOf(row); !seen[k] {
			seen[k] = true
			out = append(out, row)
		}
	}
	return out
}

// context is a filter context. It is never changed once it is used; each change makes a copy.
type context struct {
	db      *database
	filters []*filter
	edges   []edge
	sel     *selection // what ALLSELECTED restores
	memo    map[*table][]bool
}

// selection is a filter context and the rows that an iterator went over in it.
type selection struct {
	ctx  *context
	rows *rowset
}

func newContext(db *database) *context { return &context{db: db, edges: db.edges} }

func (c *context) clone() *context {
	return &context{db: c.db, filters: slices.Clone(c.filters), edges: c.edges, sel: c.sel}
}

// remove takes filters off columns.
func (c *context) remove(gone func(*column) bool) {
	var left []*filter
	for _, f := range c.filters {
		if f = f.without(gone); f != nil {
			left = append(left, f)
		}
	}
	c.filters = left
}

// hop is a table that another is expanded by, with its row for each row of that other.
type hop struct {
	t    *table
	rows []int
	pair bool // reached over one to one
}

// expand is the table and those that it is expanded by, over active regular relationships from
// many to one. The relationship with index except is not followed.
func (c *context) expand(t *table, except int) []hop {
	start := make([]int, len(t.rows)+1)
	for i := range start {
		start[i] = i
	}
	hops := []hop{{t, start, false}}
	came := []int{-1}
	for at := 0; at < len(hops); at++ {
		h := hops[at]
		for i, e := range c.edges {
			to, rows := e.one.t, e.partner
			if e.back != nil && e.one.t == h.t {
				to, rows = e.many.t, e.back
			} else if e.many.t != h.t {
				continue
			}
			if i == except || i == came[at] || !e.active || !e.regular {
				continue
			}
			if slices.ContainsFunc(hops, func(o hop) bool { return o.t == to }) {
				panic(errorf("there is more than one path from %s to %s", t.name, to.name))
			}
			next := make([]int, len(h.rows))
			for j, row := range h.rows {
				next[j] = rows[row]
			}
			hops, came = append(hops, hop{to, next, h.pair || e.back != nil}), append(came, i)
		}
	}
	return hops
}

func rowsIn(hops []hop, t *table) []int {
	for _, h := range hops {
		if h.t == t {
			return h.rows
		}
	}
	return nil
}

// visible says of each row of the table, and of its blank row, whether the context allows it.
func (c *context) visible(t *table) []bool {
	if set, ok := c.memo[t]; ok {
		return set
	}
	set, _ := c.reached(t, -1, 0)
	set[len(t.rows)] = set[len(t.rows)] && t.blank
	if c.memo == nil {
		c.memo = map[*table][]bool{}
	}
	c.memo[t] = set
	return set
}

// reached is the rows that filters leave of a table, and whether there are filters at all.
// What came over the relationship from does not count: a filter does not go back the way it
// came.
func (c *context) reached(t *table, from, depth int) ([]bool, bool) {
	if depth > len(c.edges) {
		panic(errorf("the relationships around %s make a circle", t.name))
	}
	set := make([]bool, len(t.rows)+1)
	for i := range set {
		set[i] = true
	}
	restricted := false
	whole, own := c.expand(t, -1), c.expand(t, from)
	for _, f := range c.filters {
		if slices.ContainsFunc(f.cols, func(col *column) bool { return rowsIn(own, col.t) != nil }) {
			restricted = true
			f.apply(whole, set)
		}
	}
	for i, e := range c.edges {
		if i == from || !e.active {
			continue
		}
		if e.toMany && e.many.t == t {
			if others, some := c.reached(e.one.t, i, depth+1); some {
				restricted = true
				e.downward(others, set)
			}
		}
		if e.toOne && e.one.t == t {
			if others, some := c.reached(e.many.t, i, depth+1); some {
				restricted = true
				e.upward(others, set)
			}
		}
	}
	return set, restricted
}

// apply leaves the rows whose expansion agrees with a tuple, in the columns that there are.
func (f *filter) apply(hops []hop, set []bool) {
	last := len(set) - 1
	f.applyTo(hops, set[:last], 0)
	// What the blank row has beyond one to one is not one row: see across.
	f.applyTo(slices.DeleteFunc(slices.Clone(hops), func(h hop) bool { return h.pair }), set[last:], last)
}

// applyTo does it for rows from a place on.
func (f *filter) applyTo(hops []hop, set []bool, from int) {
	var at []int
	var rows [][]int
	for i, c := range f.cols {
		if r := rowsIn(hops, c.t); r != nil {
			at, rows = append(at, i), append(rows, r)
		}
	}
	if len(at) == 0 {
		return
	}
	allowed := map[string]bool{}
	for _, tuple := range f.project(at) {
		allowed[keyOf(tuple)] = true
	}
	row := make([]dax.Value, len(at))
	for i := range set {
		for j, k := range at {
			row[j] = f.cols[k].t.value(rows[j][from+i], f.cols[k])
		}
		set[i] = set[i] && allowed[keyOf(row)]
	}
}

// downward passes a filter from the one side to the many side.
func (e *edge) downward(one, many []bool) {
	if e.back != nil {
		e.across(e.many.t, many, one, e.partner, e.back)
		return
	}
	if e.regular {
		for i, p := range e.partner {
			many[i] = many[i] && one[p]
		}
		return
	}
	meet(e.many, many, e.one, one)
}

// upward passes a filter from the many side to the one side.
func (e *edge) upward(many, one []bool) {
	if e.back != nil {
		e.across(e.one.t, one, many, e.back, e.partner)
		return
	}
	if !e.regular {
		meet(e.one, one, e.many, many)
		return
	}
	kept := make([]bool, len(one))
	for i, p := range e.partner[:len(e.partner)-1] {
		kept[p] = kept[p] || many[i]
	}
	// The blank row of the many side belongs to that of the one side.
	if last := len(many) - 1; e.many.t.blank && many[last] {
		kept[len(one)-1] = true
	}
	for i := range one {
		one[i] = one[i] && kept[i]
	}
}

// across passes a filter between tables of one to one. The blank row of one stands for the rows of
// the other that have no partner, and for its blank row.
func (e *edge) across(t *table, set, others []bool, partner, back []int) {
	last := len(set) - 1
	for i := range last {
		set[i] = set[i] && others[partner[i]]
	}
	far := len(others) - 1
	stands := false
	for i := range far {
		stands = stands || others[i] && back[i] == last
	}
	blank := e.one.t.blank
	if t == e.one.t {
		blank = e.many.t.blank
	}
	set[last] = set[last] && (stands || blank && others[far])
}

// meet leaves the rows of a that have an equal value among the rows of b, as a limited
// relationship does. Blank has no partner.
func meet(a *column, as []bool, b *column, bs []bool) {
	keys := map[string]bool{}
	for i, row := range b.t.rows {
		if v := row[b.at]; bs[i] && !v.IsBlank() {
			keys[v.Key()] = true
		}
	}
	for i := range as {
		as[i] = as[i] && keys[a.t.value(i, a).Key()]
	}
}
