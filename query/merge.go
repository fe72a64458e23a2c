package query

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"inlay"
	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// merged is the results of a plan's statements, joined by groups.
type merged struct {
	groups  []column
	order   []string               // keys of tuples, in the order in which they were found
	tuples  map[string][]dax.Value // by key
	parts   []part
	partial bool        // some statement is not grouped by all groups
	total   []dax.Value // aggregates over all rows, nil if they do not follow from those of groups
}

// part is the result of one statement.
type part struct {
	batch *batch
	rows  map[string][]dax.Value // aggregates, by key of the groups that filter them
	read  int                    // rows of the statement
	last  []dax.Value            // the last of them
}

// tupleKey is equal for tuples that are equal in DAX.
func tupleKey(values []dax.Value) string {
	var room, one [64]byte
	key := room[:0]
	for _, v := range values {
		k := v.AppendKey(one[:0])
		key = append(append(strconv.AppendInt(key, int64(len(k)), 10), ':'), k...)
	}
	return string(key)
}

// run executes the statements of a plan.
func (p *plan) run(batches []*batch, groups []column) (*merged, error) {
	m := &merged{groups: groups, tuples: map[string][]dax.Value{}}
	if p.total {
		m.total = make([]dax.Value, len(p.leaves)+1)
	}
	for _, b := range batches {
		rows, err := p.read(b)
		if err != nil {
			return nil, err
		}
		r := part{batch: b, rows: make(map[string][]dax.Value, len(rows)), read: len(rows)}
		full := len(b.groups) == len(groups)
		m.partial = m.partial || !full
		for _, row := range rows {
			tuple, values := row[:len(b.groups)], row[len(b.groups):]
			key := tupleKey(tuple)
			if _, twice := r.rows[key]; twice {
				m.total = nil // what is in two rows is not all in one of them
			}
			r.rows[key], r.last = values, row
			if full && len(groups) > 0 {
				m.add(key, tuple)
			}
		}
		p.sum(m, r)
		m.parts = append(m.parts, r)
	}
	return m, nil
}

// sum adds the aggregates of all groups up: every row is in one group. They are added in the order
// of their keys, because a source gives groups in an order that rows nobody may see can change,
// and the last digit of a sum of Doubles with it.
func (p *plan) sum(m *merged, r part) {
	if m.total == nil {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(r.rows)) {
		for i, v := range r.rows[key] {
			leaf := r.batch.leaves[i]
			sum, ok := p.leaves[leaf].joined(m.total[leaf], v)
			if m.total[leaf] = sum; !ok {
				m.total = nil
				return
			}
		}
	}
}

// joined is an aggregate of the rows of two groups; ok is false if it does not follow from those
// of each.
func (a aggregate) joined(x, y dax.Value) (v dax.Value, ok bool) {
	var err error
	switch a.fn {
	case "SUM", "COUNTROWS", "COUNT", "COUNTA", "COUNTBLANK":
		v, err = dax.Add(x, y)
	case "MIN", "MAX":
		if x.IsBlank() || y.IsBlank() {
			return cmp.Or(x, y), true
		}
		var n int
		n, err = dax.Compare(x, y)
		if v = x; (a.fn == "MIN") == (n > 0) && n != 0 {
			v = y
		}
	default:
		return v, false
	}
	return v, err == nil
}

// values is what stands above the aggregates, at one combination of groups.
func (p *plan) values(leaves []dax.Value) ([]dax.Value, error) {
	values := make([]dax.Value, len(p.trees))
	for i, x := range p.trees {
		var err error
		if values[i], err = fn.Eval(x, env{c: p.c, values: leaves}); err != nil {
			return nil, evalError(err)
		}
	}
	return values, nil
}

// blankOverNothing reports whether all values are BLANK where no aggregate has rows.
func (p *plan) blankOverNothing() bool {
	values, err := p.values(make([]dax.Value, len(p.leaves)+1))
	return err == nil && !slices.ContainsFunc(values, func(v dax.Value) bool { return !v.IsBlank() })
}

// add notes a combination of groups once.
func (m *merged) add(key string, tuple []dax.Value) {
	if _, ok := m.tuples[key]; !ok {
		m.tuples[key] = tuple
		m.order = append(m.order, key)
	}
}

// at is the values of all aggregates at a combination of groups.
func (m *merged) at(key string, n int) []dax.Value {
	values := make([]dax.Value, n+1)
	tuple := m.tuples[key]
	for _, p := range m.parts {
		at := key
		if len(p.batch.groups) < len(tuple) {
			var sub []dax.Value
			for _, i := range p.batch.groups {
				sub = append(sub, tuple[i])
			}
			at = tupleKey(sub)
		}
		for i, v := range p.rows[at] {
			values[p.batch.leaves[i]] = v
		}
	}
	return values
}

// sort orders rows as the question says, and by the groups where it says nothing more, so that
// equal questions have equal answers.
func (a *answer) sort(rows [][]dax.Value) error {
	keys, err := a.sortKeys()
	if err != nil {
		return err
	}
	slices.SortStableFunc(rows, func(x, y []dax.Value) int {
		for _, k := range keys {
			if n := order(x[k.at], y[k.at]); n != 0 {
				if k.descending {
					return -n
				}
				return n
			}
		}
		return 0
	})
	return nil
}

type sortKey struct {
	at         int // place in a row of groups and values
	descending bool
}

func (a *answer) sortKeys() ([]sortKey, error) {
	var keys []sortKey
	for _, o := range a.q.Order {
		if o.By != "" {
			i := slices.IndexFunc(a.q.Values, func(v model.Value) bool { return v.Name == o.By })
			if i < 0 {
				return nil, inlay.Errorf(inlay.Invalid, "the question has no value %q to order by", o.By)
			}
			keys = append(keys, sortKey{len(a.groups) + i, o.Descending})
			continue
		}
		g, err := resolve(a.c.e.m, o.Group)
		if err != nil {
			return nil, err
		}
		i := slices.Index(a.groups, g)
		if i < 0 {
			return nil, inlay.Errorf(inlay.Invalid, "the question is not grouped by %s, which it is to be ordered by", g)
		}
		keys = append(keys, sortKey{a.sortedBy(i), o.Descending})
	}
	for i := range a.groups[:a.shown] {
		keys = append(keys, sortKey{a.sortedBy(i), false}, sortKey{i, false})
	}
	return keys, nil
}

// sortedBy is the place of the column that orders a group.
func (a *answer) sortedBy(i int) int {
	g := a.groups[i]
	if s := a.c.e.sortBy(g); s.c != nil {
		if j := slices.Index(a.groups, s); j >= 0 {
			return j
		}
	}
	return i
}

// order compares two values; BLANK comes first, and values of different kinds by kind.
func order(x, y dax.Value) int {
	if x.IsBlank() || y.IsBlank() {
		return cmp.Compare(b2i(!x.IsBlank()), b2i(!y.IsBlank()))
	}
	if x.Type() == y.Type() && exactly(x.Type()) {
		return cmp.Compare(x.Int(), y.Int())
	}
	if n, err := dax.Compare(x, y); err == nil {
		return n
	}
	return cmp.Compare(x.Type(), y.Type())
}

// exactly reports whether values of a type are as their numbers are.
func exactly(t dax.Type) bool {
	return t == dax.Boolean || t == dax.Int64 || t == dax.Decimal || t == dax.DateTime
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
