package fn

import (
	"errors"
	"math"
	"math/big"
	"strconv"

	"inlay/dax"
)

// toward says where a number between two candidates goes.
type toward int

const (
	nearest  toward = iota // half goes away from zero
	outwards               // away from zero
	inwards                // toward zero
)

// rounded is a number at so many digits behind the point, before it if they are negative.
// Doubles are rounded as they are written, not as they are stored: 2.15 at one digit is 2.2
// although the double is a little less. Whole numbers and decimals keep their type.
func rounded(v dax.Value, digits int64, to toward) (dax.Value, error) {
	if v.IsBlank() {
		return v, nil
	}
	if v.Type() == dax.Int64 && digits >= 0 || v.Type() == dax.Decimal && digits >= 4 {
		return v, nil
	}
	f := v.Float()
	if v.Type() == dax.Double && (math.IsInf(f, 0) || math.IsNaN(f) || f == 0 || digits > 340) {
		return v, nil
	}
	s, _ := v.ToDecimalText()
	r, ok := new(big.Rat).SetString(s)
	if !ok || digits < -340 {
		return dax.FloatOf(0), nil
	}
	r = snap(r, power(digits), to)
	return fromRat(r, v.Type())
}

// power is 10^-digits, the step of rounding at so many digits.
func power(digits int64) *big.Rat {
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(digits, -digits)), nil)
	if digits > 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), p)
	}
	return new(big.Rat).SetInt(p)
}

// snap is the multiple of step next to r.
func snap(r, step *big.Rat, to toward) *big.Rat {
	q := new(big.Rat).Quo(r, step)
	n, rest := new(big.Int).QuoRem(q.Num(), q.Denom(), new(big.Int))
	twice := new(big.Int).Lsh(new(big.Int).Abs(rest), 1)
	if to == outwards && rest.Sign() != 0 || to == nearest && twice.Cmp(q.Denom()) >= 0 {
		n.Add(n, big.NewInt(int64(q.Sign())))
	}
	return q.Mul(new(big.Rat).SetInt(n), step)
}

// fromRat is a number of a type; a whole number that does not fit is a double.
func fromRat(r *big.Rat, t dax.Type) (dax.Value, error) {
	if t == dax.Int64 && r.IsInt() && r.Num().IsInt64() {
		return dax.IntOf(r.Num().Int64()), nil
	}
	if t == dax.Decimal {
		units := snap(new(big.Rat).Mul(r, big.NewRat(10_000, 1)), big.NewRat(1, 1), nearest).Num()
		if !units.IsInt64() {
			return dax.Value{}, errors.New("the result is too large for Currency")
		}
		return dax.DecimalOf(units.Int64()), nil
	}
	f, _ := r.Float64()
	return dax.FloatOf(f), nil
}

// rat is a finite number exactly as it is written.
func rat(v dax.Value) (*big.Rat, bool) {
	f := v.Float()
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, false
	}
	s, ok := v.ToDecimalText()
	if !ok {
		s = strconv.FormatFloat(f, 'g', -1, 64)
	}
	return new(big.Rat).SetString(s)
}
