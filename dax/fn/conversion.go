package fn

import (
	"fmt"
	"strings"

	"inlay/dax"
)

// types are the names of types that CONVERT takes.
var types = map[string]dax.Type{
	"BOOLEAN": dax.Boolean, "CURRENCY": dax.Decimal, "DATETIME": dax.DateTime,
	"DOUBLE": dax.Double, "INTEGER": dax.Int64, "STRING": dax.String,
}

// conversion holds the functions that change the type of a value.
var conversion = []Func{
	{
		Name: "CONVERT", Returns: dax.Variant, Params: []Param{need("value", dax.Variant), need("type", keyword)},
		Doc: "The value as BOOLEAN, CURRENCY, DATETIME, DOUBLE, INTEGER or STRING; an error if it cannot be one.",
		Examples: []Example{{`CONVERT(DATE(1900, 1, 1), INTEGER)`, `2`}, {`CONVERT("12", INTEGER) + 1`, `13`}, {`CONVERT(5, STRING)`, `"5"`},
			{`CONVERT("x", DOUBLE)`, `error`}, {`CONVERT(BLANK(), STRING)`, `BLANK()`}, {`CONVERT(1, TEXT)`, `error`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			t, ok := types[a[1].Text()]
			if !ok {
				return dax.Value{}, fmt.Errorf("%s is no type; it is one of BOOLEAN, CURRENCY, DATETIME, DOUBLE, INTEGER, STRING", a[1])
			}
			if t == dax.Double && !a[0].IsBlank() {
				f, err := a[0].ToFloat()
				return dax.FloatOf(f), err
			}
			return convert(a[0], t)
		},
	},
	{
		Name: "CURRENCY", Returns: dax.Decimal, Params: []Param{need("value", dax.Decimal)},
		Doc:      "The value as a fixed decimal number, rounded to four digits.",
		Examples: []Example{{`CURRENCY(3.66666666)`, `3.6667`}, {`CURRENCY("1.5") * 2`, `3`}, {`CURRENCY(TRUE)`, `1`}, {`CURRENCY("x")`, `error`}},
		Eval:     func(a []dax.Value) (dax.Value, error) { return a[0], nil },
	},
	{
		Name: "VALUE", Returns: dax.Double, Params: []Param{aText},
		Doc:      "The number that a text reads as; an error if it is none.",
		Examples: []Example{{`VALUE("3")`, `3`}, {`VALUE(" 1,234.5 ")`, `1234.5`}, {`VALUE("x")`, `error`}, {`VALUE("")`, `error`}, {`VALUE(BLANK())`, `BLANK()`}},
		Eval:     func(a []dax.Value) (dax.Value, error) { return a[0].ToNumber() },
	},
	{
		Name: "FIXED", Returns: dax.String,
		Params:   []Param{aNumber, may("digits", dax.Int64), may("no commas", dax.Boolean)},
		Doc:      "The number rounded to digits, 2 unless said, as text, with commas between groups of three unless said.",
		Examples: []Example{{`FIXED(1234.567, 1)`, `"1,234.6"`}, {`FIXED(1234.567, -2, TRUE)`, `"1200"`}, {`FIXED(-1234567.891)`, `"-1,234,567.89"`}, {`FIXED(BLANK())`, `"0.00"`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			digits := option(a, 1, dax.IntOf(2)).Int()
			if digits > 127 || digits < -127 {
				return dax.Value{}, fmt.Errorf("%d digits are more than 127", digits)
			}
			return fixed(a[0], digits, option(a, 2, dax.Value{}).Bool())
		},
	},
}

// fixed is a number with so many digits behind the point.
func fixed(v dax.Value, digits int64, plain bool) (dax.Value, error) {
	r, ok := rat(v)
	switch {
	case v.IsBlank():
		r = power(0).SetInt64(0)
	case !ok:
		return dax.Value{}, fmt.Errorf("%s has no digits", v)
	}
	s := snap(r, power(digits), nearest).FloatString(int(max(digits, 0)))
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	if !plain {
		s = grouped(s)
	}
	return dax.TextOf(s), nil
}

// grouped puts commas between groups of three digits.
func grouped(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, rest, point := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + rest
	}
	return sign + whole
}
