package fn

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"inlay/dax"
)

var (
	aSet  = need("number", dax.Int64)
	aPick = need("chosen", dax.Int64)
)

// counting holds the functions of whole numbers.
var counting = []Func{
	{
		Name: "GCD", Returns: dax.Int64, Params: []Param{need("number", dax.Int64), more("number", dax.Int64)},
		Doc:      "The greatest number that divides all arguments; an error for a negative one.",
		Examples: []Example{{`GCD(24, 36)`, `12`}, {`GCD(0, 5)`, `5`}, {`GCD(-1, 2)`, `error`}},
		Eval:     folded(func(z, x, y *big.Int) { z.GCD(nil, nil, x, y) }),
	},
	{
		Name: "LCM", Returns: dax.Int64, Params: []Param{need("number", dax.Int64), more("number", dax.Int64)},
		Doc:      "The least number that all arguments divide; an error for a negative one.",
		Examples: []Example{{`LCM(4, 6)`, `12`}, {`LCM(0, 5)`, `0`}, {`LCM(-1, 2)`, `error`}},
		Eval: folded(func(z, x, y *big.Int) {
			if x.Sign() == 0 || y.Sign() == 0 {
				z.SetInt64(0)
				return
			}
			g := new(big.Int).GCD(nil, nil, x, y)
			z.Mul(x, g.Div(y, g))
		}),
	},
	{
		Name: "FACT", Returns: dax.Double, Params: []Param{aSet},
		Doc:      "The product of the whole numbers up to the argument; an error for a negative one.",
		Examples: []Example{{`FACT(5)`, `120`}, {`FACT(0)`, `1`}, {`FACT("4")`, `24`}, {`FACT(-1)`, `error`}, {`FACT(171)`, `error`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			n := a[0].Int()
			if n < 0 || n > 170 {
				return dax.Value{}, fmt.Errorf("%d is not between 0 and 170", n)
			}
			return ways(product(1, n))
		},
	},
	{
		Name: "COMBIN", Returns: dax.Double, Params: []Param{aSet, aPick},
		Doc:      "In how many ways some can be chosen of a number, without order.",
		Examples: []Example{{`COMBIN(8, 2)`, `28`}, {`COMBIN(10, 10)`, `1`}, {`COMBIN(2, 3)`, `error`}},
		Eval: chosen(func(n, k int64) (dax.Value, error) {
			if k > n {
				return dax.Value{}, errors.New("more are chosen than there are")
			}
			return ways(new(big.Int).Binomial(n, k))
		}),
	},
	{
		Name: "COMBINA", Returns: dax.Double, Params: []Param{aSet, aPick},
		Doc:      "In how many ways some can be chosen of a number, without order and with repetition.",
		Examples: []Example{{`COMBINA(4, 3)`, `20`}, {`COMBINA(10, 3)`, `220`}},
		Eval: chosen(func(n, k int64) (dax.Value, error) {
			if n == 0 && k > 0 {
				return dax.Value{}, errors.New("more are chosen than there are")
			}
			return ways(new(big.Int).Binomial(max(n+k-1, 0), k))
		}),
	},
	{
		Name: "PERMUT", Returns: dax.Double, Params: []Param{aSet, aPick},
		Doc:      "In how many ways some can be chosen of a number, in order.",
		Examples: []Example{{`PERMUT(8, 2)`, `56`}, {`PERMUT(5, 0)`, `1`}, {`PERMUT(2, 3)`, `error`}},
		Eval: chosen(func(n, k int64) (dax.Value, error) {
			if k > n {
				return dax.Value{}, errors.New("more are chosen than there are")
			}
			return ways(product(n-k+1, n))
		}),
	},
	{
		Name: "ISEVEN", Returns: dax.Boolean, Params: []Param{aNumber},
		Doc:      "TRUE if the number, without what is behind the point, is even.",
		Examples: []Example{{`ISEVEN(4)`, `TRUE`}, {`ISEVEN(3)`, `FALSE`}, {`ISEVEN("4")`, `TRUE`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			return dax.BoolOf(math.Mod(math.Trunc(a[0].Float()), 2) == 0), nil
		},
	},
	{
		Name: "ISODD", Returns: dax.Boolean, Params: []Param{aNumber},
		Doc:      "TRUE if the number, without what is behind the point, is odd.",
		Examples: []Example{{`ISODD(3)`, `TRUE`}, {`ISODD(4)`, `FALSE`}, {`ISODD(-3)`, `TRUE`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			return dax.BoolOf(math.Mod(math.Trunc(a[0].Float()), 2) != 0), nil
		},
	},
}

// folded makes the Eval of a function that joins not negative numbers two by two.
func folded(op func(z, x, y *big.Int)) func([]dax.Value) (dax.Value, error) {
	return func(a []dax.Value) (dax.Value, error) {
		z := big.NewInt(a[0].Int())
		for _, v := range a {
			if v.Int() < 0 {
				return dax.Value{}, fmt.Errorf("%d is negative", v.Int())
			}
			op(z, new(big.Int).Set(z), big.NewInt(v.Int()))
		}
		if !z.IsInt64() {
			return dax.Value{}, errors.New("the result is too large for a whole number")
		}
		return dax.IntOf(z.Int64()), nil
	}
}

// most is the greatest number of which ways are counted; beyond it results leave the range of
// doubles or take long.
const most = 10_000

// chosen makes the Eval of a function of two not negative numbers.
func chosen(f func(n, k int64) (dax.Value, error)) func([]dax.Value) (dax.Value, error) {
	return func(a []dax.Value) (dax.Value, error) {
		n, k := a[0].Int(), a[1].Int()
		if n < 0 || k < 0 || n > most || k > most {
			return dax.Value{}, fmt.Errorf("%d and %d are not both between 0 and %d", n, k, most)
		}
		return f(n, k)
	}
}

func product(from, to int64) *big.Int {
	return new(big.Int).MulRange(max(from, 1), to)
}

func ways(n *big.Int) (dax.Value, error) {
	f, _ := new(big.Float).SetInt(n).Float64()
	if math.IsInf(f, 0) {
		return dax.Value{}, errors.New("the result is too large")
	}
	return dax.FloatOf(f), nil
}
