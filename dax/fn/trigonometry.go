package fn

import (
	"math"

	"inlay/dax"
)

// trigonometry holds the functions of angles.
var trigonometry = []Func{
	{
		Name: "PI", Returns: dax.Double,
		Doc:      "The ratio of a circle's circumference to its diameter.",
		Examples: []Example{{`ROUND(PI(), 5)`, `3.14159`}},
		Eval:     func([]dax.Value) (dax.Value, error) { return dax.FloatOf(math.Pi), nil },
	},
	{
		Name: "SIN", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The sine of an angle in radians.",
		Examples: []Example{{`SIN(PI() / 2)`, `1`}, {`SIN(BLANK())`, `BLANK()`}},
		Eval:     real(math.Sin),
	},
	{
		Name: "COS", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The cosine of an angle in radians.",
		Examples: []Example{{`COS(0)`, `1`}, {`COS(BLANK())`, `1`}},
		Eval:     real(math.Cos),
	},
	{
		Name: "TAN", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The tangent of an angle in radians.",
		Examples: []Example{{`TAN(PI() / 4)`, `1`}},
		Eval:     real(math.Tan),
	},
	{
		Name: "COT", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The cotangent of an angle in radians.",
		Examples: []Example{{`COT(PI() / 4)`, `1`}, {`COT(0)`, `error`}},
		Eval:     real(func(x float64) float64 { return 1 / math.Tan(x) }),
	},
	{
		Name: "SINH", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The hyperbolic sine.",
		Examples: []Example{{`SINH(0)`, `0`}},
		Eval:     real(math.Sinh),
	},
	{
		Name: "COSH", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The hyperbolic cosine.",
		Examples: []Example{{`COSH(0)`, `1`}},
		Eval:     real(math.Cosh),
	},
	{
		Name: "TANH", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The hyperbolic tangent.",
		Examples: []Example{{`TANH(0)`, `0`}},
		Eval:     real(math.Tanh),
	},
	{
		Name: "COTH", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The hyperbolic cotangent.",
		Examples: []Example{{`COTH(0)`, `error`}},
		Eval:     real(func(x float64) float64 { return 1 / math.Tanh(x) }),
	},
	{
		Name: "ASIN", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The angle, in radians, whose sine is the number.",
		Examples: []Example{{`ASIN(1)`, `PI() / 2`}, {`ASIN(2)`, `error`}},
		Eval:     real(math.Asin),
	},
	{
		Name: "ACOS", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The angle, in radians, whose cosine is the number.",
		Examples: []Example{{`ACOS(-1)`, `PI()`}, {`ACOS(2)`, `error`}},
		Eval:     real(math.Acos),
	},
	{
		Name: "ATAN", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The angle, in radians, whose tangent is the number.",
		Examples: []Example{{`ATAN(1)`, `PI() / 4`}},
		Eval:     real(math.Atan),
	},
	{
		Name: "ACOT", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The angle, in radians, whose cotangent is the number.",
		Examples: []Example{{`ACOT(1)`, `PI() / 4`}},
		Eval:     real(func(x float64) float64 { return math.Pi/2 - math.Atan(x) }),
	},
	{
		Name: "ASINH", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The inverse hyperbolic sine.",
		Examples: []Example{{`ASINH(0)`, `0`}},
		Eval:     real(math.Asinh),
	},
	{
		Name: "ACOSH", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The inverse hyperbolic cosine.",
		Examples: []Example{{`ACOSH(1)`, `0`}, {`ACOSH(0)`, `error`}},
		Eval:     real(math.Acosh),
	},
	{
		Name: "ATANH", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The inverse hyperbolic tangent.",
		Examples: []Example{{`ATANH(0)`, `0`}, {`ATANH(1)`, `error`}},
		Eval:     real(math.Atanh),
	},
	{
		Name: "ACOTH", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The inverse hyperbolic cotangent.",
		Examples: []Example{{`ACOTH(1)`, `error`}},
		Eval:     real(func(x float64) float64 { return math.Log((x+1)/(x-1)) / 2 }),
	},
	{
		Name: "DEGREES", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The angle in degrees of an angle in radians.",
		Examples: []Example{{`DEGREES(PI())`, `180`}},
		Eval:     real(func(x float64) float64 { return x / math.Pi * 180 }),
	},
	{
		Name: "RADIANS", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The angle in radians of an angle in degrees.",
		Examples: []Example{{`RADIANS(180)`, `PI()`}},
		Eval:     real(func(x float64) float64 { return x / 180 * math.Pi }),
	},
	{
		Name: "SQRTPI", Returns: dax.Double, Params: []Param{aNumber},
		Doc:      "The square root of the number times pi.",
		Examples: []Example{{`SQRTPI(1)`, `SQRT(PI())`}},
		Eval:     real(func(x float64) float64 { return math.Sqrt(x * math.Pi) }),
	},
}
