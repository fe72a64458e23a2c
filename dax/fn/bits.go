package fn

import (
	"errors"

	"inlay/dax"
)

var twoWholes = []Param{need("first", dax.Int64), need("second", dax.Int64)}

// bitwise makes the Eval of an operation on the bits of two whole numbers.
func bitwise(op func(x, y int64) int64) func([]dax.Value) (dax.Value, error) {
	return func(a []dax.Value) (dax.Value, error) { return dax.IntOf(op(a[0].Int(), a[1].Int())), nil }
}

// bits holds the functions on the 64 bits of whole numbers; BLANK counts as 0.
var bits = []Func{
	{
		Name: "BITAND", Returns: dax.Int64, Params: twoWholes,
		Doc:      "The bits that both numbers have.",
		Examples: []Example{{`BITAND(13, 25)`, `9`}, {`BITAND("6", 3)`, `2`}},
		Eval:     bitwise(func(x, y int64) int64 { return x & y }),
	},
	{
		Name: "BITOR", Returns: dax.Int64, Params: twoWholes,
		Doc:      "The bits that either number has.",
		Examples: []Example{{`BITOR(13, 25)`, `29`}},
		Eval:     bitwise(func(x, y int64) int64 { return x | y }),
	},
	{
		Name: "BITXOR", Returns: dax.Int64, Params: twoWholes,
		Doc:      "The bits that exactly one of the numbers has.",
		Examples: []Example{{`BITXOR(13, 25)`, `20`}},
		Eval:     bitwise(func(x, y int64) int64 { return x ^ y }),
	},
	{
		Name: "BITLSHIFT", Returns: dax.Int64, Params: []Param{need("number", dax.Int64), need("places", dax.Int64)},
		Doc:      "The number with its bits moved to the left, to the right if the places are negative.",
		Examples: []Example{{`BITLSHIFT(4, 2)`, `16`}, {`BITLSHIFT(16, -2)`, `4`}, {`BITLSHIFT(1, 64)`, `error`}},
		Eval:     func(a []dax.Value) (dax.Value, error) { return shifted(a[0].Int(), a[1].Int()) },
	},
	{
		Name: "BITRSHIFT", Returns: dax.Int64, Params: []Param{need("number", dax.Int64), need("places", dax.Int64)},
		Doc:      "The number with its bits moved to the right, to the left if the places are negative.",
		Examples: []Example{{`BITRSHIFT(13, 2)`, `3`}, {`BITRSHIFT(4, -2)`, `16`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			if a[1].Int() < -63 {
				return shifted(a[0].Int(), 64)
			}
			return shifted(a[0].Int(), -a[1].Int())
		},
	},
}

func shifted(n, left int64) (dax.Value, error) {
	switch {
	case left > 63 || left < -63:
		return dax.Value{}, errors.New("bits are moved by 63 places at most")
	case left >= 0:
		return dax.IntOf(n << left), nil
	}
	return dax.IntOf(n >> -left), nil
}
