package eval

import (
	"errors"
	"math"

	"inlay/dax"
)

// some computes an expression for some environments and puts the results in their places.
func (e *evaluator) some(x dax.Expr, b *batch, at []int, out []dax.Value) error {
	if len(at) == 0 {
		return nil
	}
	sub := b
	if len(at) < b.n {
		sub = b.pick(at)
	}
	got, err := e.scalar(x, sub)
	if err != nil {
		return err
	}
	for j, i := range at {
		out[i] = got[j]
	}
	return nil
}

// truths is an expression as truth values.
func (e *evaluator) truths(x dax.Expr, b *batch) ([]bool, error) {
	values, err := e.scalar(x, b)
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(values))
	for i, v := range values {
		if out[i], err = v.ToBool(); err != nil {
			return nil, placed(x, err)
		}
	}
	return out, nil
}

// split is the environments for which a condition holds, and the others.
func split(cond []bool) (yes, no []int) {
	for i, c := range cond {
		if c {
			yes = append(yes, i)
		} else {
			no = append(no, i)
		}
	}
	return yes, no
}

func (e *evaluator) choose(x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) < 2 || len(x.Args) > 3 {
		return nil, wrong(x, "IF takes a condition and one or two results")
	}
	cond, err := e.truths(x.Args[0], b)
	if err != nil {
		return nil, err
	}
	yes, no := split(cond)
	out := make([]dax.Value, b.n)
	if err := e.some(x.Args[1], b, yes, out); err != nil {
		return nil, err
	}
	if len(x.Args) == 3 {
		err = e.some(x.Args[2], b, no, out)
	}
	return out, err
}

// pick is SWITCH.
func (e *evaluator) pick(x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) < 2 {
		return nil, wrong(x, "SWITCH takes an expression and pairs of value and result")
	}
	subject, err := e.scalar(x.Args[0], b)
	if err != nil {
		return nil, err
	}
	out := make([]dax.Value, b.n)
	left := identity(b.n)
	rest := x.Args[1:]
	for ; len(rest) > 1 && len(left) > 0; rest = rest[2:] {
		values := make([]dax.Value, b.n)
		if err := e.some(rest[0], b, left, values); err != nil {
			return nil, err
		}
		var hit, miss []int
		for _, i := range left {
			eq, err := dax.StrictEqual(subject[i], values[i])
			if err != nil {
				return nil, placed(rest[0], err)
			}
			if eq {
				hit = append(hit, i)
			} else {
				miss = append(miss, i)
			}
		}
		if err := e.some(rest[1], b, hit, out); err != nil {
			return nil, err
		}
		left = miss
	}
	if len(rest) == 1 {
		err = e.some(rest[0], b, left, out)
	}
	return out, err
}

func (e *evaluator) coalesce(x *dax.Call, b *batch) ([]dax.Value, error) {
	out := make([]dax.Value, b.n)
	left := identity(b.n)
	for _, a := range x.Args {
		if err := e.some(a, b, left, out); err != nil {
			return nil, err
		}
		var still []int
		for _, i := range left {
			if out[i].IsBlank() {
				still = append(still, i)
			}
		}
		left = still
	}
	return out, nil
}

// junction is AND, or OR if stop is true: the first operand that equals stop decides. BLANK
// counts as FALSE, but nothing except BLANK gives BLANK.
func (e *evaluator) junction(stop bool, operands []dax.Expr, b *batch) ([]dax.Value, error) {
	out := make([]dax.Value, b.n)
	blanks := make([]int, b.n)
	left := identity(b.n)
	for _, x := range operands {
		values := make([]dax.Value, b.n)
		if err := e.some(x, b, left, values); err != nil {
			return nil, err
		}
		var still []int
		for _, i := range left {
			t, err := values[i].ToBool()
			if err != nil {
				return nil, placed(x, err)
			}
			switch {
			case values[i].IsBlank():
				blanks[i]++
				still = append(still, i)
			case t == stop:
				out[i] = dax.BoolOf(stop)
			default:
				still = append(still, i)
			}
		}
		left = still
	}
	for _, i := range left {
		if blanks[i] < len(operands) {
			out[i] = dax.BoolOf(!stop && blanks[i] == 0)
		}
	}
	return out, nil
}

// errors computes an expression and says for which environments a value was at fault.
func (e *evaluator) errors(x dax.Expr, b *batch) ([]dax.Value, []bool, error) {
	values, err := e.scalar(x, b)
	if err == nil {
		bad := make([]bool, b.n)
		for i, v := range values {
			// iferror-function-dax.md gives 9999 for IFERROR(25/0, 9999).
			bad[i] = v.Type() == dax.Double && (math.IsInf(v.Float(), 0) || math.IsNaN(v.Float()))
		}
		return values, bad, nil
	}
	var d *dax.Error
	if !errors.As(err, &d) || !d.Value {
		return nil, nil, err
	}
	if b.n == 1 {
		return make([]dax.Value, 1), []bool{true}, nil
	}
	half := b.n / 2
	values = make([]dax.Value, 0, b.n)
	var bad []bool
	for _, at := range [][]int{identity(b.n)[:half], identity(b.n)[half:]} {
		v, f, err := e.errors(x, b.pick(at))
		if err != nil {
			return nil, nil, err
		}
		values, bad = append(values, v...), append(bad, f...)
	}
	return values, bad, nil
}

func (e *evaluator) ifError(x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) != 2 {
		return nil, wrong(x, "IFERROR takes a value and what to answer instead of an error")
	}
	values, bad, err := e.errors(x.Args[0], b)
	if err != nil {
		return nil, err
	}
	yes, _ := split(bad)
	return values, e.some(x.Args[1], b, yes, values)
}

func (e *evaluator) isError(x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) != 1 {
		return nil, wrong(x, "ISERROR takes one value")
	}
	_, bad, err := e.errors(x.Args[0], b)
	if err != nil {
		return nil, err
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		out[i] = dax.BoolOf(bad[i])
	}
	return out, nil
}
