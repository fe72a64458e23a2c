package fn

import (
	"errors"
	"strings"

	"inlay/dax"
)

var (
	aPath     = need("path", dax.String)
	aPosition = need("position", dax.Int64)
	pathKind  = may("type", keyword)
)

// hierarchy holds the functions of paths: ids from the root down, with | between them.
var hierarchy = []Func{
	{
		Name: "PATHCONTAINS", Returns: dax.Boolean, Params: []Param{aPath, need("item", dax.String)},
		Doc:      "TRUE if a path has an item, in any letter case; BLANK is in no path.",
		Examples: []Example{{`PATHCONTAINS("1|12|3", "12")`, `TRUE`}, {`PATHCONTAINS("1|12|3", 2)`, `FALSE`}, {`PATHCONTAINS("1|2", BLANK())`, `FALSE`}, {`PATHCONTAINS("1|2", "1|2")`, `FALSE`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			want := a[1].Text()
			for _, item := range items(a[0]) {
				if want != "" && strings.ToLower(item) == strings.ToLower(want) { //nolint:staticcheck // as lower of SQL: EqualFold also takes ſ for s
					return dax.BoolOf(true), nil
				}
			}
			return dax.BoolOf(false), nil
		},
		SQL:   "coalesce({2}, '') <> '' AND strpos({2}, '|') = 0 AND strpos('|' || lower(coalesce({1}, '')) || '|', '|' || lower({2}) || '|') > 0",
		Total: true,
	},
	{
		Name: "PATHITEM", Returns: dax.Variant, Params: []Param{aPath, aPosition, pathKind},
		Doc:      "The item of a path at a position from the left, as TEXT unless INTEGER is said; BLANK where there is none.",
		Examples: []Example{{`PATHITEM("5|12|3", 2)`, `"12"`}, {`PATHITEM("5|12|3", 2, INTEGER)`, `12`}, {`PATHITEM("5|12|3", 2, 1)`, `12`}, {`PATHITEM("5", 0)`, `BLANK()`}, {`PATHITEM("5", 2)`, `BLANK()`}, {`PATHITEM("x", 1, 1)`, `error`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			return pathItem(a, func(all []string, n int64) int64 { return n - 1 })
		},
	},
	{
		Name: "PATHITEMREVERSE", Returns: dax.Variant, Params: []Param{aPath, aPosition, pathKind},
		Doc:      "The item of a path at a position from the right, as TEXT unless INTEGER is said; BLANK where there is none.",
		Examples: []Example{{`PATHITEMREVERSE("5|12|3", 1)`, `"3"`}, {`PATHITEMREVERSE("5|12|3", 3, INTEGER)`, `5`}, {`PATHITEMREVERSE("5|12|3", 4)`, `BLANK()`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			return pathItem(a, func(all []string, n int64) int64 { return int64(len(all)) - n })
		},
	},
	{
		Name: "PATHLENGTH", Returns: dax.Int64, Params: []Param{aPath},
		Doc:      "How many items a path has.",
		Examples: []Example{{`PATHLENGTH("5|12|3")`, `3`}, {`PATHLENGTH("5")`, `1`}, {`PATHLENGTH(BLANK())`, `0`}},
		Eval:     func(a []dax.Value) (dax.Value, error) { return dax.IntOf(int64(len(items(a[0])))), nil },
		SQL:      "CASE WHEN coalesce({1}, '') = '' THEN 0 ELSE length({1}) - length(replace({1}, '|', '')) + 1 END", Total: true,
	},
}

// items are the ids of a path.
func items(path dax.Value) []string {
	if path.Text() == "" {
		return nil
	}
	return strings.Split(path.Text(), "|")
}

func pathItem(a []dax.Value, place func(all []string, n int64) int64) (dax.Value, error) {
	all := items(a[0])
	n := place(all, a[1].Int())
	if n < 0 || n >= int64(len(all)) {
		return dax.Value{}, nil
	}
	v := dax.TextOf(all[n])
	switch option(a, 2, dax.Value{}).ToText() {
	case "", "0", "TEXT":
		return v, nil
	case "1", "INTEGER":
		whole, err := v.ToInt()
		return dax.IntOf(whole), err
	}
	return dax.Value{}, errors.New("the type is TEXT or INTEGER")
}
