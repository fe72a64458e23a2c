package query

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"inlay/dax"
)

// A source brings what its driver gives into the type that the statement promised. What does not
// fit is an error, never another value.

// Whole is a whole number in a promised type.
func Whole(n int64, t dax.Type) (dax.Value, error) {
	switch t {
	case dax.Int64, dax.Variant:
		return dax.IntOf(n), nil
	case dax.Double:
		return dax.FloatOf(float64(n)), nil
	case dax.Decimal:
		if n > math.MaxInt64/10_000 || n < math.MinInt64/10_000 {
			return dax.Value{}, errors.New("a number leaves the range of fixed decimals")
		}
		return dax.DecimalOf(n * 10_000), nil
	}
	return dax.Value{}, fmt.Errorf("a whole number where type %d was promised", t)
}

// Floating is a floating number in a promised type.
func Floating(f float64, t dax.Type) (dax.Value, error) {
	switch {
	case t == dax.Double || t == dax.Variant:
		return dax.FloatOf(f), nil
	case t == dax.Int64 && f == math.Trunc(f) && math.Abs(f) < 1<<63:
		return dax.IntOf(int64(f)), nil
	}
	return dax.Value{}, fmt.Errorf("a floating number where type %d was promised", t)
}

// Exact is a decimal number, n divided by ten to the power of scale, in a promised type other
// than Double.
func Exact(n *big.Int, scale int, t dax.Type) (dax.Value, error) {
	want := 4
	switch t {
	case dax.Decimal, dax.Variant:
	case dax.Int64:
		want = 0
	default:
		return dax.Value{}, fmt.Errorf("a fixed decimal where type %d was promised", t)
	}
	switch {
	case scale == want: // as most are
	case scale < want:
		n = new(big.Int).Mul(n, power(want-scale))
	default:
		var rest big.Int
		if n, _ = new(big.Int).QuoRem(n, power(scale-want), &rest); rest.Sign() != 0 {
			return dax.Value{}, fmt.Errorf("a number has more than %d digits behind the point", want)
		}
	}
	switch {
	case !n.IsInt64():
		return dax.Value{}, errors.New("a number leaves the range of 64 bits")
	case t == dax.Int64:
		return dax.IntOf(n.Int64()), nil
	}
	return dax.DecimalOf(n.Int64()), nil
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
