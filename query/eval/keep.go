package eval

import (
	"slices"

	"inlay/dax"
	"inlay/dax/fn"
)

// keep is the rows for which a condition holds.
func (e *evaluator) keep(x dax.Expr, r *rowset, cond dax.Expr, b *batch) (*rowset, error) {
	if out, ok, err := e.keepCompared(x, r, cond, b); ok || err != nil {
		return out, err
	}
	inner, from, err := b.iterate(x, r)
	if err != nil {
		return nil, err
	}
	yes, err := e.truths(cond, inner)
	if err != nil {
		return nil, err
	}
	s := newSieve(r, b.n)
	for i := range b.n {
		if err := s.add(i, func(j int, _ []dax.Value) (bool, error) { return yes[from[i]+j], nil }); err != nil {
			return nil, err
		}
	}
	return s.out, nil
}

// mostCompared is how many values are compared for one filter.
const mostCompared = 20 * mostContexts

// keepCompared keeps rows of which a column compares with a value that no row changes, such as
// the days up to the last one of a month: there is no need for an environment for each row.
func (e *evaluator) keepCompared(x dax.Expr, r *rowset, cond dax.Expr, b *batch) (*rowset, bool, error) {
	bin, ok := cond.(*dax.Binary)
	if !ok || !slices.Contains([]string{"<", "<=", ">", ">=", "=", "==", "<>"}, bin.Op) {
		return nil, false, nil
	}
	at, other, swapped := e.column(r, bin.X), bin.Y, false
	if at < 0 {
		at, other, swapped = e.column(r, bin.Y), bin.X, true
	}
	if at < 0 || !free(other) {
		return nil, false, nil
	}
	total := 0
	for i := range b.n {
		if total += len(r.at(i)); total > mostCompared {
			return nil, false, tooMany(x, "values to compare", mostCompared)
		}
	}
	values, err := e.scalar(other, b)
	if err != nil {
		return nil, false, err
	}
	s := newSieve(r, b.n)
	for i := range b.n {
		if err := e.ctx.Err(); err != nil {
			return nil, false, err
		}
		err := s.add(i, func(_ int, row []dax.Value) (bool, error) {
			p, q := row[at], values[i]
			if swapped {
				p, q = q, p
			}
			v, err := dax.Apply(bin.Op, p, q)
			return v.Bool(), placed(operator{bin}, err)
		})
		if err != nil {
			return nil, false, err
		}
	}
	return s.out, true, nil
}

// column is where a table has the column that an expression is, -1 if it is none of it.
func (e *evaluator) column(r *rowset, x dax.Expr) int {
	ref, ok := x.(*dax.Column)
	if !ok || ref.Table == "" {
		return -1
	}
	return e.place(r, ref)
}

// free reports whether an expression depends on no row and no filter: variables, constants and
// functions of them.
func free(x dax.Expr) bool {
	yes := true
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Literal, *dax.Name, *dax.Unary, *dax.Binary:
		case *dax.Call:
			f, ok := fn.Lookup(x.Func)
			yes = yes && ok && !f.Special && !f.Lazy && !f.Volatile
		default:
			yes = false
		}
		return yes
	})
	return yes
}

// sieve collects the rows of a table that pass, for each environment.
type sieve struct {
	in, out *rowset
	place   map[string]int
}

func newSieve(r *rowset, n int) *sieve {
	return &sieve{in: r, out: &rowset{cols: r.cols, of: make([]int, n), table: r.table, loose: r.loose}, place: map[string]int{}}
}

// add keeps rows of an environment. Environments that keep the same rows share them.
func (s *sieve) add(i int, pass func(j int, row []dax.Value) (bool, error)) error {
	rows := s.in.at(i)
	var kept [][]dax.Value
	mask := make([]byte, 0, len(rows)+3)
	mask = append(mask, byte(s.in.of[i]), byte(s.in.of[i]>>8), byte(s.in.of[i]>>16))
	for j, row := range rows {
		ok, err := pass(j, row)
		if err != nil {
			return err
		}
		if ok {
			kept = append(kept, row)
			mask = append(mask, '1')
		} else {
			mask = append(mask, '0')
		}
	}
	k, ok := s.place[string(mask)]
	if !ok {
		k = len(s.out.blocks)
		s.place[string(mask)] = k
		s.out.blocks = append(s.out.blocks, kept)
	}
	s.out.of[i] = k
	return nil
}
