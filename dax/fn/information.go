package fn

import "inlay/dax"

// is makes the Eval of a question about the kind of a value.
func is(test func(v dax.Value) bool) func([]dax.Value) (dax.Value, error) {
	return func(a []dax.Value) (dax.Value, error) { return dax.BoolOf(test(a[0])), nil }
}

func kind(types ...dax.Type) func([]dax.Value) (dax.Value, error) {
	return is(func(v dax.Value) bool {
		for _, t := range types {
			if v.Type() == t {
				return true
			}
		}
		return false
	})
}

var anything = []Param{need("value", dax.Variant)}

// information holds the functions that ask what a value is.
var information = []Func{
	{
		Name: "ISBLANK", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the value is BLANK; an empty text is not.",
		Examples: []Example{{`ISBLANK(BLANK())`, `TRUE`}, {`ISBLANK("")`, `FALSE`}, {`ISBLANK(0)`, `FALSE`}},
		Eval:     is(dax.Value.IsBlank),
		SQL:      "{1} IS NULL", Total: true,
	},
	{
		Name: "ISERROR", Lazy: true, Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if computing the value is an error or gives no finite number.",
		Examples: []Example{{`ISERROR(1 / 0)`, `TRUE`}, {`ISERROR("x" + 1)`, `TRUE`}, {`ISERROR(1)`, `FALSE`}},
	},
	{
		Name: "ISTEXT", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the value is a text.",
		Examples: []Example{{`ISTEXT("")`, `TRUE`}, {`ISTEXT(1)`, `FALSE`}, {`ISTEXT(BLANK())`, `FALSE`}},
		Eval:     kind(dax.String),
	},
	{
		Name: "ISSTRING", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the value is a text; the same as ISTEXT.",
		Examples: []Example{{`ISSTRING("x")`, `TRUE`}},
		Eval:     kind(dax.String),
	},
	{
		Name: "ISNONTEXT", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the value is no text; BLANK is none.",
		Examples: []Example{{`ISNONTEXT(1)`, `TRUE`}, {`ISNONTEXT(BLANK())`, `TRUE`}, {`ISNONTEXT("x")`, `FALSE`}},
		Eval:     is(func(v dax.Value) bool { return v.Type() != dax.String }),
	},
	{
		Name: "ISNUMBER", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the value is a number or a date; BLANK is none.",
		Examples: []Example{{`ISNUMBER(0)`, `TRUE`}, {`ISNUMBER("1")`, `FALSE`}, {`ISNUMBER(BLANK())`, `FALSE`}, {`ISNUMBER(DATE(2024, 3, 31))`, `TRUE`}},
		Eval:     is(func(v dax.Value) bool { return v.Type().IsNumeric() }),
	},
	{
		Name: "ISNUMERIC", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the value is a number or a date; the same as ISNUMBER.",
		Examples: []Example{{`ISNUMERIC(1)`, `TRUE`}, {`ISNUMERIC("x")`, `FALSE`}},
		Eval:     is(func(v dax.Value) bool { return v.Type().IsNumeric() }),
	},
	{
		Name: "ISLOGICAL", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the value is TRUE or FALSE.",
		Examples: []Example{{`ISLOGICAL(FALSE)`, `TRUE`}, {`ISLOGICAL(0)`, `FALSE`}},
		Eval:     kind(dax.Boolean),
	},
	{
		Name: "ISBOOLEAN", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the value is TRUE or FALSE; the same as ISLOGICAL.",
		Examples: []Example{{`ISBOOLEAN(TRUE)`, `TRUE`}, {`ISBOOLEAN(1)`, `FALSE`}},
		Eval:     kind(dax.Boolean),
	},
	{
		Name: "ISDATETIME", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the value is a date and time.",
		Examples: []Example{{`ISDATETIME(DATE(2024, 1, 1))`, `TRUE`}, {`ISDATETIME(45292)`, `FALSE`}},
		Eval:     kind(dax.DateTime),
	},
	{
		Name: "ISINT64", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the type of the value is whole number.",
		Examples: []Example{{`ISINT64(1)`, `TRUE`}, {`ISINT64(1.0)`, `FALSE`}},
		Eval:     kind(dax.Int64),
	},
	{
		Name: "ISINTEGER", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the type of the value is whole number; the same as ISINT64.",
		Examples: []Example{{`ISINTEGER(1)`, `TRUE`}, {`ISINTEGER(1.5)`, `FALSE`}},
		Eval:     kind(dax.Int64),
	},
	{
		Name: "ISDOUBLE", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the type of the value is decimal number.",
		Examples: []Example{{`ISDOUBLE(1.5)`, `TRUE`}, {`ISDOUBLE(1)`, `FALSE`}},
		Eval:     kind(dax.Double),
	},
	{
		Name: "ISDECIMAL", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the type of the value is fixed decimal number.",
		Examples: []Example{{`ISDECIMAL(CURRENCY(1.5))`, `TRUE`}, {`ISDECIMAL(1.5)`, `FALSE`}},
		Eval:     kind(dax.Decimal),
	},
	{
		Name: "ISCURRENCY", Returns: dax.Boolean, Params: anything,
		Doc:      "TRUE if the type of the value is fixed decimal number; the same as ISDECIMAL.",
		Examples: []Example{{`ISCURRENCY(CURRENCY(1))`, `TRUE`}, {`ISCURRENCY(1)`, `FALSE`}},
		Eval:     kind(dax.Decimal),
	},
}
