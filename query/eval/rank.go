package eval

import (
	"cmp"
	"slices"
	"strings"

	"inlay/dax"
)

// rankX is the place of a value among those of a table.
func rankX(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) < 2 || len(x.Args) > 5 {
		return nil, wrong(x, "RANKX takes a table, an expression and, if wanted, a value, an order and how to treat ties")
	}
	arg := func(i int) dax.Expr {
		if i < len(x.Args) {
			return x.Args[i]
		}
		return nil
	}
	desc := true
	if a := arg(3); a != nil {
		d, ok := direction(a)
		if !ok {
			return nil, wrong(a, "RANKX takes ASC or DESC here")
		}
		desc = d
	}
	dense := false
	if n, ok := arg(4).(*dax.Name); ok {
		dense = strings.EqualFold(n.Name, "DENSE")
	}
	value := arg(2)
	if value == nil {
		value = x.Args[1]
	}
	mine, err := e.scalar(value, b)
	if err != nil {
		return nil, err
	}
	bb, list := e.hoist(b, x.Args[1])
	r, err := e.table(x.Args[0], bb, e.wants(list...))
	if err != nil {
		return nil, err
	}
	keys, same, err := e.computeOnce(x, r, list, bb)
	if err != nil {
		return nil, err
	}
	out := make([]dax.Value, b.n)
	ladders := make([]*ladder, len(keys))
	for i := range out {
		if err := e.ctx.Err(); err != nil {
			return nil, err
		}
		if ladders[same[i]] == nil {
			ladders[same[i]] = newLadder(keys[same[i]], desc)
		}
		rank, err := ladders[same[i]].rank(mine[i], dense)
		if err != nil {
			return nil, placed(x, err)
		}
		out[i] = dax.IntOf(rank)
	}
	return out, nil
}

// ladder is values in the order of their ranks.
type ladder struct {
	values []dax.Value
	desc   bool
	err    error // of values that cannot be compared
	steps  []int // how many different ones there are up to each
}

func newLadder(rows [][]dax.Value, desc bool) *ladder {
	l := &ladder{values: make([]dax.Value, len(rows)), desc: desc, steps: make([]int, len(rows))}
	for i, row := range rows {
		l.values[i] = row[0]
	}
	slices.SortStableFunc(l.values, func(a, b dax.Value) int {
		n, err := dax.Compare(a, b)
		if l.err = cmp.Or(l.err, err); desc {
			n = -n
		}
		return n
	})
	if i := slices.IndexFunc(l.values, func(v dax.Value) bool { return !v.IsBlank() }); i >= 0 { // BLANK is compared with any kind
		for _, v := range l.values {
			_, err := dax.Compare(l.values[i], v)
			l.err = cmp.Or(l.err, err)
		}
	}
	last := ""
	for i, v := range l.values {
		key := rankKey(v)
		switch {
		case i == 0:
			l.steps[i] = 1
		case key == last:
			l.steps[i] = l.steps[i-1]
		default:
			l.steps[i] = l.steps[i-1] + 1
		}
		last = key
	}
	return l
}

// rank is one more than how many values stand before one, or how many different ones.
func (l *ladder) rank(v dax.Value, dense bool) (int64, error) {
	if l.err != nil {
		return 0, l.err
	}
	var failed error
	n, _ := slices.BinarySearchFunc(l.values, v, func(a, b dax.Value) int {
		n, err := dax.Compare(a, b)
		if failed = cmp.Or(failed, err); l.desc {
			n = -n
		}
		return n
	})
	switch {
	case failed != nil:
		return 0, failed
	case n == 0:
		return 1, nil
	case dense:
		return int64(l.steps[n-1]) + 1, nil
	}
	return int64(n) + 1, nil
}

// rankKey is equal for values of the same rank: BLANK is 0 (rankx-function-dax.md, "Remarks").
func rankKey(v dax.Value) string {
	if isEmpty(v) || (v.Type().IsNumeric() && v.Float() == 0) || (v.Type() == dax.Boolean && !v.Bool()) {
		v = dax.Value{}
	}
	return v.Key()
}
