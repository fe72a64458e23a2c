package fn

import "inlay/dax"

// logic holds the functions that choose. Most are Lazy: see lazy.go.
var logic = []Func{
	{
		Name: "IF", Lazy: true, Returns: dax.Variant,
		Params:   []Param{need("condition", dax.Boolean), need("then", dax.Variant), may("else", dax.Variant)},
		Doc:      "The second argument if the condition holds, otherwise the third, or BLANK if there is none.",
		Examples: []Example{{`IF(1 < 2, "yes", "no")`, `"yes"`}, {`IF(BLANK(), 1)`, `BLANK()`}, {`IF("x", 1)`, `error`}},
		SQL:      "CASE WHEN {1} THEN {2} ELSE {3} END", Total: true,
	},
	{
		Name: "IF.EAGER", Lazy: true, Returns: dax.Variant,
		Params:   []Param{need("condition", dax.Boolean), need("then", dax.Variant), may("else", dax.Variant)},
		Doc:      "The same as IF.",
		Examples: []Example{{`IF.EAGER(2 > 1, "yes", "no")`, `"yes"`}, {`IF.EAGER(FALSE, 1)`, `BLANK()`}},
		SQL:      "CASE WHEN {1} THEN {2} ELSE {3} END", Total: true,
	},
	{
		Name: "SWITCH", Lazy: true, Returns: dax.Variant,
		Params: []Param{need("expression", dax.Variant), need("value", dax.Variant), need("result", dax.Variant), more("value, result", dax.Variant)},
		Doc:    "The result behind the first value that is strictly equal to the expression, otherwise the last single argument, or BLANK.",
		Examples: []Example{{`SWITCH(2, 1, "a", 2, "b", "c")`, `"b"`}, {`SWITCH(0, BLANK(), 10, 99)`, `99`},
			{`SWITCH(TRUE(), 1 > 2, "a", 2 > 1, "b")`, `"b"`}, {`SWITCH(5, 1, "a")`, `BLANK()`}},
	},
	{
		Name: "COALESCE", Lazy: true, Returns: dax.Variant,
		Params:   []Param{need("value", dax.Variant), need("value", dax.Variant), more("value", dax.Variant)},
		Doc:      "The first argument that is not BLANK.",
		Examples: []Example{{`COALESCE(BLANK(), 0, 1)`, `0`}, {`COALESCE(BLANK(), BLANK())`, `BLANK()`}},
		SQL:      "coalesce({1}, {2})", Total: true,
	},
	{
		Name: "IFERROR", Lazy: true, Returns: dax.Variant,
		Params:   []Param{need("value", dax.Variant), need("alternative", dax.Variant)},
		Doc:      "The value, or the alternative if computing the value is an error or gives no finite number.",
		Examples: []Example{{`IFERROR(25 / 0, 9999)`, `9999`}, {`IFERROR("x" + 1, 0)`, `0`}, {`IFERROR(3, 0)`, `3`}},
	},
	{
		Name: "ERROR", Returns: dax.Variant, Params: []Param{need("text", dax.String)},
		Doc:      "Fails with a text as the message.",
		Examples: []Example{{`ERROR("no")`, `error`}, {`IFERROR(ERROR("no"), 1)`, `1`}, {`IF(TRUE, 1, ERROR("no"))`, `1`}},
		Eval:     raised,
	},
	{
		Name: "AND", Lazy: true, Returns: dax.Boolean,
		Params:   []Param{need("first", dax.Boolean), need("second", dax.Boolean)},
		Doc:      "TRUE if both arguments are TRUE.",
		Examples: []Example{{`AND(TRUE, 1 = 1)`, `TRUE`}, {`AND(TRUE, FALSE)`, `FALSE`}, {`AND(FALSE, "x" + 1)`, `FALSE`}},
	},
	{
		Name: "OR", Lazy: true, Returns: dax.Boolean,
		Params:   []Param{need("first", dax.Boolean), need("second", dax.Boolean)},
		Doc:      "TRUE if one of the arguments is TRUE.",
		Examples: []Example{{`OR(FALSE, 1 = 1)`, `TRUE`}, {`OR(FALSE, FALSE)`, `FALSE`}, {`OR(TRUE, "x" + 1)`, `TRUE`}},
	},
	{
		Name: "NOT", Returns: dax.Boolean,
		Params:   []Param{need("value", dax.Boolean)},
		Doc:      "TRUE if the argument is FALSE or BLANK, otherwise FALSE.",
		Examples: []Example{{`NOT(TRUE)`, `FALSE`}, {`NOT(BLANK())`, `TRUE`}},
		Eval:     func(a []dax.Value) (dax.Value, error) { return dax.Not(a[0]) },
		SQL:      "NOT coalesce({1}, FALSE)", Total: true,
	},
	{
		Name: "TRUE", Returns: dax.Boolean,
		Doc:      "The truth value TRUE.",
		Examples: []Example{{`TRUE()`, `TRUE`}},
		Eval:     func([]dax.Value) (dax.Value, error) { return dax.BoolOf(true), nil },
		SQL:      "TRUE", Total: true,
	},
	{
		Name: "FALSE", Returns: dax.Boolean,
		Doc:      "The truth value FALSE.",
		Examples: []Example{{`FALSE()`, `FALSE`}},
		Eval:     func([]dax.Value) (dax.Value, error) { return dax.BoolOf(false), nil },
		SQL:      "FALSE", Total: true,
	},
	{
		Name: "BLANK", Returns: dax.Blank,
		Doc:      "The value of what is missing.",
		Examples: []Example{{`BLANK()`, `BLANK()`}, {`BLANK() + 1`, `1`}},
		Eval:     func([]dax.Value) (dax.Value, error) { return dax.Value{}, nil },
		SQL:      "NULL", Total: true,
	},
}
