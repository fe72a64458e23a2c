package eval

import (
	"slices"
	"strings"

	"inlay/dax"
)

// pairing is the columns on which two tables are joined, and those of the right one that the
// result has beside the left one's.
type pairing struct{ left, right, rest []int }

// pairUp finds the columns that two tables share: those of the same lineage, or of the same name
// where neither has one. Columns of tables that rows look up, which were fetched beside them, pair
// with others of their lineage. Columns of one name in two tables, such as both ends of a
// relationship, stay two: Power BI Desktop joins such tables.
func pairUp(x *dax.Call, p, q *rowset) (pairing, error) {
	var on pairing
	for j, c := range q.cols {
		shared := false
		for i, o := range p.cols {
			alike := c.col.C != nil && o.col == c.col || c.col.C == nil && o.col.C == nil && same(o.name, c.name)
			if !alike && !c.also && !o.also && same(o.name, c.name) && (!c.ofTable() || !o.ofTable()) {
				return on, wrong(x, "%s cannot join by [%s]: the columns of the two tables come from different columns; rename one of them", strings.ToUpper(x.Func), c.name)
			}
			if alike {
				on.left, on.right = append(on.left, i), append(on.right, j)
				shared = shared || !o.also
				break
			}
		}
		if !c.also && !shared {
			on.rest = append(on.rest, j)
		}
	}
	return on, nil
}

// tableNaturalJoin joins tables on the columns that they share, of tables of the model also on
// those that their rows look up: a table joins another over their relationship
// (naturalinnerjoin-function-dax.md, "Remarks").
func tableNaturalJoin(left bool) tableFunc {
	return func(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
		p, q, err := e.pair(x, b)
		if err != nil {
			return nil, err
		}
		on, err := pairUp(x, p, q)
		if err != nil {
			return nil, err
		}
		if len(on.left) == 0 && (p.table != nil || q.table != nil) {
			if p, q, err = e.widened(x, p, q, b); err != nil {
				return nil, err
			}
			if on, err = pairUp(x, p, q); err != nil {
				return nil, err
			}
		}
		if len(on.left) == 0 {
			return nil, wrong(x, "%s found no common columns of the tables", strings.ToUpper(x.Func))
		}
		cols := slices.Clone(p.cols)
		for _, j := range on.rest {
			cols = append(cols, q.cols[j])
		}
		out, err := e.combine(cols, p, q, func(p, q [][]dax.Value) ([][]dax.Value, error) { return e.join(x, on, p, q, left) })
		if err != nil {
			return nil, err
		}
		return out.shown(), nil
	}
}

// widened is two tables with the columns of the other, and the keys, that their rows look up.
func (e *evaluator) widened(x *dax.Call, p, q *rowset, b *batch) (wide, other *rowset, err error) {
	columns := func(r *rowset) (cols []Column) {
		for _, c := range r.cols {
			if c.col.C != nil {
				cols = append(cols, c.col)
			}
		}
		return cols
	}
	if wide, err = e.table(x.Args[0], b, want{cols: columns(q), keys: true}); err != nil {
		return nil, nil, err
	}
	other, err = e.table(x.Args[1], b, want{cols: columns(p), keys: true})
	return wide, other, err
}

// join is the rows of two tables that agree; of the left one, where it is asked for, also those
// that agree with none.
func (e *evaluator) join(x *dax.Call, on pairing, p, q [][]dax.Value, left bool) ([][]dax.Value, error) {
	hits := map[string][]int{}
	for j, k := range columnsOf(q, on.right) {
		key := tupleKey(k)
		hits[key] = append(hits[key], j)
	}
	var out [][]dax.Value
	more := columnsOf(q, on.rest)
	for i, k := range columnsOf(p, on.left) {
		at := hits[tupleKey(k)]
		if err := e.holds(len(at)+1, len(p[i])+len(on.rest)); err != nil {
			return nil, err
		}
		for _, j := range at {
			out = append(out, slices.Concat(p[i], more[j]))
		}
		if len(at) == 0 && left {
			out = append(out, slices.Concat(p[i], make([]dax.Value, len(on.rest))))
		}
		if len(out) > mostContexts {
			return nil, tooMany(x, "rows", mostContexts)
		}
	}
	return out, nil
}
