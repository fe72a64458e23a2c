package fn

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"inlay/dax"
)

var (
	aNumber  = need("number", dax.Double)
	aDivisor = need("divisor", dax.Double)
)

// real makes the Eval of a function of one number. BLANK counts as 0; where that gives 0 the
// result is BLANK (SQRT(BLANK()) is BLANK, EXP(BLANK()) is 1). A result that is no finite
// number is an error.
func real(f func(float64) float64) func([]dax.Value) (dax.Value, error) {
	return func(a []dax.Value) (dax.Value, error) {
		x := a[0].Float()
		y := f(x)
		switch {
		case math.IsNaN(y) || math.IsInf(y, 0):
			return dax.Value{}, fmt.Errorf("there is no result for %s", dax.FloatOf(x).ToText())
		case y == 0 && a[0].IsBlank():
			return dax.Value{}, nil
		}
		return dax.FloatOf(y), nil
	}
}

// digitsOf makes ROUND and its relatives; digits is the default number of digits.
func digitsOf(to toward) func([]dax.Value) (dax.Value, error) {
	return func(a []dax.Value) (dax.Value, error) {
		var digits int64
		if len(a) > 1 {
			digits = a[1].Int()
		}
		return rounded(a[0], digits, to)
	}
}

// mathematics holds the functions that compute with numbers.
var mathematics = []Func{
	{
		Name: "DIVIDE", Returns: dax.Variant,
		Params:   []Param{need("numerator", dax.Double), need("denominator", dax.Double), may("alternative", dax.Variant)},
		Doc:      "The quotient, or the alternative, which is BLANK unless said, where the denominator is 0 or BLANK.",
		Examples: []Example{{`DIVIDE(5, 2)`, `2.5`}, {`DIVIDE(5, 0)`, `BLANK()`}, {`DIVIDE(5, 0, 1)`, `1`}, {`DIVIDE(3, 0, "7")`, `"7"`}, {`DIVIDE(BLANK(), 2)`, `BLANK()`}, {`DIVIDE("6", 3)`, `2`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			if a[1].Float() != 0 {
				return dax.Div(a[0], a[1])
			}
			return option(a, 2, dax.Value{}), nil
		},
	},
	{
		Name: "ABS", Returns: dax.Variant, Params: []Param{aNumber},
		Doc:      "The number without its sign; the type stays.",
		Examples: []Example{{`ABS(-2.5)`, `2.5`}, {`ABS("-3")`, `3`}, {`ABS(BLANK())`, `BLANK()`}, {`ABS(DATE(2024, 1, 2))`, `45293`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			if a[0].Float() < 0 {
				return dax.Neg(a[0])
			}
			return a[0], nil
		},
		SQL: "abs({1})",
	},
	{
		Name: "SIGN", Returns: dax.Int64, Params: []Param{aNumber},
		Doc:      "-1, 0 or 1 for a negative number, 0, and a positive one.",
		Examples: []Example{{`SIGN(-0.1)`, `-1`}, {`SIGN(0)`, `0`}, {`SIGN(7)`, `1`}, {`SIGN(BLANK())`, `BLANK()`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			if a[0].IsBlank() {
				return a[0], nil
			}
			f := a[0].Float()
			switch {
			case f < 0:
				return dax.IntOf(-1), nil
			case f == 0:
				return dax.IntOf(0), nil
			}
			return dax.IntOf(1), nil
		},
		SQL: "CASE WHEN {1} IS NULL THEN NULL WHEN {1} < 0 THEN -1 WHEN {1} = 0 THEN 0 ELSE 1 END", Total: true,
	},
	{
		Name: "ROUND", Returns: dax.Double, Params: []Param{aNumber, need("digits", dax.Int64)},
		Doc:      "The number rounded to digits behind the point, before it if negative; half goes away from zero.",
		Examples: []Example{{`ROUND(2.15, 1)`, `2.2`}, {`ROUND(-2.5, 0)`, `-3`}, {`ROUND(1234, -2)`, `1200`}, {`ROUND(1.005, 2)`, `1.01`}, {`ROUND(BLANK(), 2)`, `BLANK()`}},
		Eval:     digitsOf(nearest),
	},
	{
		Name: "ROUNDUP", Returns: dax.Double, Params: []Param{aNumber, need("digits", dax.Int64)},
		Doc:      "The number rounded away from zero.",
		Examples: []Example{{`ROUNDUP(PI(), 4)`, `3.1416`}, {`ROUNDUP(2.45, -1)`, `10`}, {`ROUNDUP(-1.1, 0)`, `-2`}, {`ROUNDUP(1.3, 0.2)`, `2`}},
		Eval:     digitsOf(outwards),
	},
	{
		Name: "ROUNDDOWN", Returns: dax.Double, Params: []Param{aNumber, need("digits", dax.Int64)},
		Doc:      "The number rounded toward zero.",
		Examples: []Example{{`ROUNDDOWN(3.14159, 2)`, `3.14`}, {`ROUNDDOWN(31415.92654, -2)`, `31400`}, {`ROUNDDOWN(-1.9, 0)`, `-1`}},
		Eval:     digitsOf(inwards),
	},
	{
		Name: "TRUNC", Returns: dax.Double, Params: []Param{aNumber, may("digits", dax.Int64)},
		Doc:      "The number with the digits behind a place cut off, all behind the point unless said.",
		Examples: []Example{{`TRUNC(-8.9)`, `-8`}, {`TRUNC(2.19, 1)`, `2.1`}, {`TRUNC(BLANK())`, `BLANK()`}},
		Eval:     digitsOf(inwards),
	},
	{
		Name: "INT", Returns: dax.Int64, Params: []Param{aNumber},
		Doc:      "The greatest whole number that is not above the number.",
		Examples: []Example{{`INT(-1.5)`, `-2`}, {`INT(77 / 5) * 5`, `75`}, {`INT("3.7")`, `3`}, {`INT(BLANK())`, `BLANK()`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			if a[0].IsBlank() || a[0].Type() == dax.Int64 {
				return a[0], nil
			}
			n, err := dax.FloatOf(math.Floor(a[0].Float())).ToInt()
			return dax.IntOf(n), err
		},
	},
	{
		Name: "CEILING", Returns: dax.Double, Params: []Param{aNumber, need("step", dax.Double)},
		Doc:      "The multiple of the step that is not below the number; with a negative number and step, not above it.",
		Examples: []Example{{`CEILING(4.42, 0.05)`, `4.45`}, {`CEILING(-2.5, -1)`, `-3`}, {`CEILING(-10, 3)`, `-9`}, {`CEILING(5, 0)`, `0`}, {`CEILING(2.5, -1)`, `error`}},
		Eval:     func(a []dax.Value) (dax.Value, error) { return multiple(a, math.Signbit(a[1].Float())) },
	},
	{
		Name: "ISO.CEILING", Returns: dax.Double, Params: []Param{aNumber, may("step", dax.Double)},
		Doc:      "The multiple of the step, 1 unless said, that is not below the number; the sign of the step does not matter.",
		Examples: []Example{{`ISO.CEILING(4.3)`, `5`}, {`ISO.CEILING(-4.3, 2)`, `-4`}, {`ISO.CEILING(-4.3, -2)`, `-4`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			step, err := magnitude(option(a, 1, dax.IntOf(1)))
			if err != nil {
				return dax.Value{}, err
			}
			return multiple([]dax.Value{a[0], step}, false)
		},
	},
	{
		Name: "FLOOR", Returns: dax.Double, Params: []Param{aNumber, need("step", dax.Double)},
		Doc:      "The multiple of the step that is not above the number; with a negative number and step, not below it.",
		Examples: []Example{{`FLOOR(10, 3)`, `9`}, {`FLOOR(2.9733, .1)`, `2.9`}, {`FLOOR(-2.5, -1)`, `-2`}, {`FLOOR(-2.5, 1)`, `-3`}, {`FLOOR(2.5, -1)`, `error`}},
		Eval:     func(a []dax.Value) (dax.Value, error) { return multiple(a, !math.Signbit(a[1].Float())) },
	},
	{
		Name: "MROUND", Returns: dax.Double, Params: []Param{aNumber, need("multiple", dax.Double)},
		Doc:      "The multiple that is nearest, half away from zero; an error if the signs differ.",
		Examples: []Example{{`MROUND(2.5, 1)`, `3`}, {`MROUND(-10, -3)`, `-9`}, {`MROUND(1.3, 0.2)`, `1.4`}, {`MROUND(5, 0)`, `0`}, {`MROUND(5, -2)`, `error`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			if a[0].Float()*a[1].Float() < 0 {
				return dax.Value{}, errors.New("the number and the multiple have different signs")
			}
			return stepped(a, func(r, step *big.Rat) *big.Rat { return snap(r, step, nearest) })
		},
	},
	{
		Name: "MOD", Returns: dax.Double, Params: []Param{aNumber, aDivisor},
		Doc:      "The remainder of a division, with the sign of the divisor; an error if that is 0.",
		Examples: []Example{{`MOD(10, 3)`, `1`}, {`MOD(-3, 2)`, `1`}, {`MOD(-3, -2)`, `-1`}, {`MOD(10.5, 3)`, `1.5`}, {`MOD(1, 0)`, `error`}, {`MOD(BLANK(), 3)`, `BLANK()`}},
		Eval:     modulo,
	},
	{
		Name: "QUOTIENT", Returns: dax.Int64, Params: []Param{need("numerator", dax.Double), need("denominator", dax.Double)},
		Doc:      "The whole part of a quotient, cut toward zero; an error if the denominator is 0.",
		Examples: []Example{{`QUOTIENT(-10, 3)`, `-3`}, {`QUOTIENT("7", 2)`, `3`}, {`QUOTIENT(1, 0)`, `error`}, {`QUOTIENT(BLANK(), 1)`, `BLANK()`}},
		Eval:     quotient,
	},
	{
		Name: "POWER", Returns: dax.Double, Params: []Param{aNumber, need("exponent", dax.Double)},
		Doc:      "The number raised to an exponent; an error if the result is not a finite number.",
		Examples: []Example{{`POWER(2, 3)`, `8`}, {`POWER(-8, 1)`, `-8`}, {`POWER(-1, 0.5)`, `error`}, {`POWER(BLANK(), 1)`, `BLANK()`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			v, err := dax.Pow(a[0], a[1])
			if err == nil && a[0].IsBlank() && v.Float() == 0 {
				v = dax.Value{}
			}
			return v, err
		},
	},
	{
		Name: "SQRT", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The square root; an error for a negative number.",
		Examples: []Example{{`SQRT(0.25)`, `0.5`}, {`SQRT(-1)`, `error`}, {`SQRT(BLANK())`, `BLANK()`}},
		Eval:     real(math.Sqrt),
	},
	{
		Name: "EXP", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "e raised to the number.",
		Examples: []Example{{`EXP(0)`, `1`}, {`EXP(BLANK())`, `1`}, {`EXP(1000)`, `error`}},
		Eval:     real(math.Exp),
	},
	{
		Name: "LN", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The natural logarithm; an error for a number that is not above 0.",
		Examples: []Example{{`LN(1)`, `0`}, {`LN(0)`, `error`}, {`LN(BLANK())`, `error`}},
		Eval:     real(math.Log),
	},
	{
		Name: "LOG", Returns: dax.Double, Params: []Param{aNumber, may("base", dax.Double)},
		Doc:      "The logarithm to a base, 10 unless said; an error where there is none.",
		Examples: []Example{{`LOG(100)`, `2`}, {`LOG(8, 2)`, `3`}, {`LOG(0)`, `error`}, {`LOG(2, 1)`, `error`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			if len(a) < 2 {
				return real(math.Log10)(a)
			}
			base := a[1].Float()
			return real(func(x float64) float64 { return logarithm(x, base) })(a)
		},
	},
	{
		Name: "LOG10", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The logarithm to the base 10; an error for a number that is not above 0.",
		Examples: []Example{{`LOG10(1000)`, `3`}, {`LOG10(0)`, `error`}},
		Eval:     real(math.Log10),
	},
	{
		Name: "EVEN", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The number rounded away from zero to an even one.",
		Examples: []Example{{`EVEN(1.5)`, `2`}, {`EVEN(-1)`, `-2`}, {`EVEN(2)`, `2`}},
		Eval:     real(func(x float64) float64 { return math.Copysign(math.Ceil(math.Abs(x)/2)*2, x) }),
	},
	{
		Name: "ODD", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The number rounded away from zero to an odd one.",
		Examples: []Example{{`ODD(1.5)`, `3`}, {`ODD(-2)`, `-3`}, {`ODD(-1)`, `-1`}, {`ODD(0)`, `1`}},
		Eval:     real(odd),
	},
}

// option is an argument that may be left out.
func option(a []dax.Value, i int, otherwise dax.Value) dax.Value {
	if i < len(a) {
		return a[i]
	}
	return otherwise
}

func magnitude(v dax.Value) (dax.Value, error) {
	if v.Float() < 0 {
		return dax.Neg(v)
	}
	return v, nil
}

// stepped applies a choice of a multiple to a number and a step. A step of 0 gives 0.
func stepped(a []dax.Value, choose func(r, step *big.Rat) *big.Rat) (dax.Value, error) {
	if a[0].IsBlank() {
		return a[0], nil
	}
	r, ok := rat(a[0])
	step, whole := rat(a[1])
	if !ok || !whole {
		return dax.Value{}, errors.New("the number or the step is not finite")
	}
	t := a[1].Type()
	if a[0].Type() == dax.Decimal {
		t = dax.Decimal
	}
	if step.Sign() == 0 {
		return fromRat(new(big.Rat), t)
	}
	return fromRat(choose(r, step), t)
}

// multiple is the next multiple of a step, downwards or upwards.
func multiple(a []dax.Value, down bool) (dax.Value, error) {
	if a[0].Float() > 0 && a[1].Float() < 0 {
		return dax.Value{}, errors.New("the number is positive and the step negative")
	}
	return stepped(a, func(r, step *big.Rat) *big.Rat {
		if down == (r.Sign() > 0) {
			return snap(r, step, inwards)
		}
		return snap(r, step, outwards)
	})
}

// modulo is n - d*INT(n/d).
func modulo(a []dax.Value) (dax.Value, error) {
	d := a[1].Float()
	switch {
	case d == 0:
		return dax.Value{}, errors.New("division by zero")
	case a[0].IsBlank():
		return a[0], nil
	case a[0].Type() == dax.Int64 && a[1].Type() == dax.Int64:
		m := a[0].Int() % a[1].Int()
		if m != 0 && (m < 0) != (a[1].Int() < 0) {
			m += a[1].Int()
		}
		return dax.IntOf(m), nil
	}
	r, ok := rat(a[0])
	step, finite := rat(a[1])
	if !ok || !finite {
		return dax.Value{}, errors.New("the number or the divisor is not finite")
	}
	q := new(big.Rat).Quo(r, step)
	// Euclidean division by a positive denominator is the floor.
	n := new(big.Int).Div(q.Num(), q.Denom())
	t := dax.Double
	if a[0].Type() != dax.Double && a[1].Type() != dax.Double {
		t = dax.Decimal
	}
	return fromRat(r.Sub(r, step.Mul(step, new(big.Rat).SetInt(n))), t)
}

func quotient(a []dax.Value) (dax.Value, error) {
	switch {
	case a[1].Float() == 0:
		return dax.Value{}, errors.New("division by zero")
	case a[0].IsBlank():
		return a[0], nil
	case a[0].Type() == dax.Int64 && a[1].Type() == dax.Int64:
		return dax.IntOf(a[0].Int() / a[1].Int()), nil
	}
	n, err := dax.FloatOf(math.Trunc(a[0].Float() / a[1].Float())).ToInt()
	return dax.IntOf(n), err
}

// logarithm is exact for powers of 2 and 10.
func logarithm(x, base float64) float64 {
	switch {
	case base <= 0 || base == 1:
		return math.NaN()
	case base == 2:
		return math.Log2(x)
	case base == 10:
		return math.Log10(x)
	}
	return math.Log(x) / math.Log(base)
}

func odd(x float64) float64 {
	n := math.Ceil(math.Abs(x))
	if math.Mod(n, 2) == 0 {
		n++
	}
	return math.Copysign(n, x)
}
