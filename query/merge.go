package query

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

// merged is the results of a plan's statements, joined by groups.
type merged struct {
	groups  []column
	order   []string               // keys of tuples, in the order in which they were found
	tuples  map[string][]dax.Value // by key
	parts   []part
	partial bool // some statement is not grouped by all groups
}

// part is the result of one statement.
type part struct {
	batch *batch
	rows  map[string][]dax.Value // aggregates, by key of the groups that filter them
}

// tupleKey is equal for tuples that are equal in DAX.
func tupleKey(values []dax.Value) string {
	var b strings.Builder
	for _, v := range values {
		k := v.Key()
		b.WriteString(strconv.Itoa(len(k)) + ":" + k)
	}
	return b.String()
}

// run executes the statements of a plan.
func (p *plan) run(groups []column) (*merged, error) {
	m := &merged{groups: groups, tuples: map[string][]dax.Value{}}
	batches, err := p.batches(groups)
	if err != nil {
		return nil, err
	}
	for _, b := range batches {
		rows, err := p.c.run(b.stmt)
		if err != nil {
			return nil, err
		}
		r := part{batch: b, rows: make(map[string][]dax.Value, len(rows))}
		full := len(b.groups) == len(groups)
		m.partial = m.partial || !full
		for _, row := range rows {
			tuple, values := row[:len(b.groups)], row[len(b.groups):]
			r.rows[tupleKey(tuple)] = values
			if full && len(groups) > 0 {
				m.add(tuple)
			}
		}
		m.parts = append(m.parts, r)
	}
	return m, nil
}

// add notes a combination of groups once.
func (m *merged) add(tuple []dax.Value) {
	key := tupleKey(tuple)
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
		var sub []dax.Value
		for _, i := range p.batch.groups {
			sub = append(sub, tuple[i])
		}
		for i, v := range p.rows[tupleKey(sub)] {
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
	if n, err := dax.Compare(x, y); err == nil {
		return n
	}
	return cmp.Compare(x.Type(), y.Type())
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
