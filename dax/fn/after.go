package fn

import (
	"strings"

	"inlay/dax"
)

// comparing holds ISAFTER and ISONORAFTER.
var comparing = []Func{
	{
		Name: "ISAFTER", Lazy: true, Returns: dax.Boolean, Params: startParams,
		Doc: "TRUE if values stand behind others in an order, ASC unless DESC is said; later pairs decide where earlier ones are equal.",
		Examples: []Example{{`ISAFTER(2, 1)`, `TRUE`}, {`ISAFTER(1, 1)`, `FALSE`}, {`ISAFTER(1, 2, DESC)`, `TRUE`}, {`ISAFTER("USA", "IND", ASC, "CA", "MH", ASC)`, `TRUE`},
			{`ISAFTER("IND", "IND", ASC, "JK", "MH", ASC)`, `FALSE`}, {`ISAFTER(1, 1, 2, 1)`, `TRUE`}},
	},
	{
		Name: "ISONORAFTER", Lazy: true, Returns: dax.Boolean, Params: startParams,
		Doc:      "TRUE if values stand behind others, or are equal to them, in an order, ASC unless DESC is said; later pairs decide where earlier ones are equal.",
		Examples: []Example{{`ISONORAFTER(1, 1)`, `TRUE`}, {`ISONORAFTER(1, 2)`, `FALSE`}, {`ISONORAFTER("IND", "IND", ASC, "MH", "MH", ASC)`, `TRUE`}, {`ISONORAFTER(BLANK(), 1)`, `FALSE`}},
	},
}

// working holds NETWORKDAYS.
var working = []Func{{
	Name: "NETWORKDAYS", Lazy: true, Returns: dax.Int64,
	Params: []Param{need("from", dax.DateTime), need("to", dax.DateTime), may("weekend", dax.Int64), may("holidays", dax.Rows)},
	Doc:    "How many days from one date to another, both included, are neither weekend (1 for Saturday and Sunday, 2 for Sunday and Monday, …, 11 for Sunday alone, …) nor holiday.",
	Examples: []Example{{`NETWORKDAYS(DATE(2022, 5, 28), DATE(2022, 5, 30), 1, {DATE(2022, 5, 30)})`, `0`}, {`NETWORKDAYS(DATE(2022, 5, 28), DATE(2022, 5, 30))`, `1`},
		{`NETWORKDAYS(DATE(2024, 1, 31), DATE(2024, 1, 1))`, `-23`}, {`NETWORKDAYS(DATE(2024, 1, 1), DATE(2024, 1, 31), 11)`, `27`}, {`NETWORKDAYS(BLANK(), BLANK())`, `BLANK()`}, {`NETWORKDAYS(1, 2, 9)`, `error`}},
}}

var startParams = []Param{need("value", dax.Variant), need("start", dax.Variant), more("order, value, start", dax.Variant)}

// Pair is two values that are compared, and the direction in which they are ordered.
type Pair struct {
	X, Y       dax.Value
	Descending bool
}

// After reports whether the left values stand behind the right ones; equal says what it is if
// all are equal.
func After(pairs []Pair, equal bool) (bool, error) {
	for _, p := range pairs {
		less, err := dax.Apply("<", p.X, p.Y)
		if err != nil {
			return false, err
		}
		more, err := dax.Apply(">", p.X, p.Y)
		if err != nil {
			return false, err
		}
		if less.Bool() || more.Bool() {
			return less.Bool() == p.Descending, nil
		}
	}
	return equal, nil
}

// Ordered cuts the arguments of ISAFTER and ISONORAFTER into values with their direction.
func Ordered(args []dax.Expr) (values []dax.Expr, descending []bool) {
	for _, a := range args {
		if n, ok := a.(*dax.Name); ok && len(values)%2 == 0 && len(values) > 0 && (strings.EqualFold(n.Name, "ASC") || strings.EqualFold(n.Name, "DESC")) {
			descending[len(descending)-1] = strings.EqualFold(n.Name, "DESC")
			continue
		}
		if values = append(values, a); len(values)%2 == 0 {
			descending = append(descending, false)
		}
	}
	return values, descending
}

func (m *machine) after(e *dax.Call, s *scope) (dax.Value, error) {
	values, descending := Ordered(e.Args)
	if len(values)%2 != 0 {
		return dax.Value{}, dax.Errorf(e, "%s compares pairs of values, and has %d", strings.ToUpper(e.Func), len(values))
	}
	pairs := make([]Pair, len(descending))
	for i := range pairs {
		x, err := m.eval(values[2*i], s)
		if err != nil {
			return x, err
		}
		y, err := m.eval(values[2*i+1], s)
		if err != nil {
			return y, err
		}
		pairs[i] = Pair{x, y, descending[i]}
	}
	ok, err := After(pairs, strings.EqualFold(e.Func, "ISONORAFTER"))
	return dax.BoolOf(ok), at(e, err)
}

// workdays is NETWORKDAYS, whose holidays are a table.
func (m *machine) workdays(e *dax.Call, s *scope) (dax.Value, error) {
	var v [3]dax.Value
	for i := range min(len(e.Args), 3) {
		x, err := m.eval(e.Args[i], s)
		if err != nil {
			return x, err
		}
		v[i] = x
	}
	var holidays []dax.Value
	if len(e.Args) > 3 {
		rows, err := m.rows(e.Args[3], s)
		if err != nil {
			return dax.Value{}, err
		}
		for _, r := range rows {
			if len(r) != 1 {
				return dax.Value{}, dax.Errorf(e.Args[3], "holidays are a table of one column, not of %d", len(r))
			}
			holidays = append(holidays, r[0])
		}
	}
	n, err := Workdays(v[0], v[1], v[2], holidays)
	return n, at(e, err)
}
