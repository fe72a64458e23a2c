package eval

import (
	"slices"
	"strings"
	"time"

	"inlay/dax"
)

var timeTables = map[string]tableFunc{
	"DATEADD": tableShift(false), "PARALLELPERIOD": tableShift(true), "DATESBETWEEN": tableBetween, "DATESINPERIOD": tableInPeriod,
	"FIRSTDATE": edge("", false), "LASTDATE": edge("", true), "CALENDAR": tableCalendar, "CALENDARAUTO": tableCalendarAuto,
	"STARTOFMONTH": edge(aMonth, false), "STARTOFQUARTER": edge(aQuarter, false), "STARTOFYEAR": edge(aYear, false),
	"ENDOFMONTH": edge(aMonth, true), "ENDOFQUARTER": edge(aQuarter, true), "ENDOFYEAR": edge(aYear, true),
	"DATESMTD": toDate(aMonth), "DATESQTD": toDate(aQuarter), "DATESYTD": toDate(aYear),
	"PREVIOUSDAY": beside(aDay, -1), "PREVIOUSMONTH": beside(aMonth, -1), "PREVIOUSQUARTER": beside(aQuarter, -1), "PREVIOUSYEAR": beside(aYear, -1),
	"NEXTDAY": beside(aDay, 1), "NEXTMONTH": beside(aMonth, 1), "NEXTQUARTER": beside(aQuarter, 1), "NEXTYEAR": beside(aYear, 1),
	"SAMEPERIODLASTYEAR": func(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
		if len(x.Args) != 1 {
			return nil, wrong(x, "SAMEPERIODLASTYEAR takes dates")
		}
		c, err := e.calendar(x, x.Args[0], b)
		if err != nil {
			return nil, err
		}
		return c.spans(func(seen []time.Time) []span { return shifted(seen, -1, aYear) }), nil
	},
	"FIRSTNONBLANK": nonBlank(false), "LASTNONBLANK": nonBlank(true),
	"DATESWTD": needsCalendar, "PREVIOUSWEEK": needsCalendar, "NEXTWEEK": needsCalendar, "STARTOFWEEK": needsCalendar, "ENDOFWEEK": needsCalendar,
}

var timeScalars = map[string]scalarFunc{
	"TOTALMTD": total("DATESMTD"), "TOTALQTD": total("DATESQTD"), "TOTALYTD": total("DATESYTD"),
	"OPENINGBALANCEMONTH": balance("STARTOFMONTH", true), "OPENINGBALANCEQUARTER": balance("STARTOFQUARTER", true), "OPENINGBALANCEYEAR": balance("STARTOFYEAR", true),
	"CLOSINGBALANCEMONTH": balance("ENDOFMONTH", false), "CLOSINGBALANCEQUARTER": balance("ENDOFQUARTER", false), "CLOSINGBALANCEYEAR": balance("ENDOFYEAR", false),
	"FIRSTNONBLANKVALUE": nonBlankValue(false), "LASTNONBLANKVALUE": nonBlankValue(true),
	"TOTALWTD": weekly, "OPENINGBALANCEWEEK": weekly, "CLOSINGBALANCEWEEK": weekly,
}

// needsCalendar refuses functions of weeks: they take a calendar of the model, not a column.
func needsCalendar(_ *evaluator, x *dax.Call, _ *batch, _ want) (*rowset, error) {
	return nil, wrong(x, "the first argument of %s must be a calendar of the model", strings.ToUpper(x.Func))
}

func weekly(_ *evaluator, x *dax.Call, _ *batch) ([]dax.Value, error) {
	return nil, wrong(x, "%s takes a calendar of the model", strings.ToUpper(x.Func))
}

func toDate(unit string) tableFunc {
	return tablePeriod(func(seen []time.Time, end yearEnd) span {
		last := seen[len(seen)-1]
		return span{begins(last, unit, end), last}
	}, unit == aYear)
}

// beside is the interval before the first visible date, or the one after the last.
func beside(unit string, n int) tableFunc {
	return tablePeriod(func(seen []time.Time, end yearEnd) span {
		at := seen[0]
		if n > 0 {
			at = finishes(seen[len(seen)-1], unit, end).AddDate(0, 0, 1)
		} else {
			at = begins(at, unit, end).AddDate(0, 0, -1)
		}
		return span{begins(at, unit, end), finishes(at, unit, end)}
	}, unit == aYear)
}

// total is TOTALYTD(expression, dates, [filter], [end of the year]) and its like.
func total(dates string) scalarFunc {
	return func(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
		if len(x.Args) < 2 || len(x.Args) > 4 {
			return nil, wrong(x, "%s takes an expression and dates", strings.ToUpper(x.Func))
		}
		in := &dax.Call{At: x.At, Func: dates, Args: []dax.Expr{x.Args[1]}}
		var filters []dax.Expr
		for _, a := range x.Args[2:] {
			if l, ok := a.(*dax.Literal); ok && l.Value.Type() == dax.String && dates == "DATESYTD" {
				in.Args = append(in.Args, a)
			} else if a != nil {
				filters = append(filters, a)
			}
		}
		inner, err := e.calculate(append([]dax.Expr{in}, filters...), b)
		if err != nil {
			return nil, err
		}
		return e.scalar(x.Args[0], inner)
	}
}

// balance is the value of an expression on the last day of an interval, or on the day before
// its first.
func balance(at string, before bool) scalarFunc {
	return func(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
		if len(x.Args) < 2 || len(x.Args) > 4 {
			return nil, wrong(x, "%s takes an expression and dates", strings.ToUpper(x.Func))
		}
		var in dax.Expr = &dax.Call{At: x.At, Func: at, Args: []dax.Expr{x.Args[1]}}
		var filters []dax.Expr
		for _, a := range x.Args[2:] {
			if l, ok := a.(*dax.Literal); ok && l.Value.Type() == dax.String && strings.HasSuffix(at, aYear) {
				in.(*dax.Call).Args = append(in.(*dax.Call).Args, a)
			} else if a != nil {
				filters = append(filters, a)
			}
		}
		if before {
			in = &dax.Call{At: x.At, Func: "PREVIOUSDAY", Args: []dax.Expr{in}}
		}
		inner, err := e.calculate(append([]dax.Expr{in}, filters...), b)
		if err != nil {
			return nil, err
		}
		return e.scalar(x.Args[0], inner)
	}
}

// found is the first or last value of a column for which an expression is not BLANK.
func (e *evaluator) found(x *dax.Call, b *batch, last bool) (*rowset, [][][]dax.Value, error) {
	if len(x.Args) != 2 {
		return nil, nil, wrong(x, "%s takes a column and an expression", strings.ToUpper(x.Func))
	}
	var r *rowset
	var err error
	if ref, ok := x.Args[0].(*dax.Column); ok {
		inner, err := e.transition(b)
		if err != nil {
			return nil, nil, err
		}
		if r, err = tableValues(true)(e, &dax.Call{At: x.At, Func: "VALUES", Args: []dax.Expr{ref}}, inner, nothing); err != nil {
			return nil, nil, err
		}
	} else if r, err = e.table(x.Args[0], b, nothing); err != nil {
		return nil, nil, err
	}
	r = r.shown()
	if len(r.cols) != 1 {
		return nil, nil, wrong(x, "%s takes one column", strings.ToUpper(x.Func))
	}
	// The expression is computed for each value as by CALCULATE.
	values, err := e.compute(x, r, []dax.Expr{&dax.Call{At: x.At, Func: "CALCULATE", Args: []dax.Expr{x.Args[1]}}}, b)
	if err != nil {
		return nil, nil, err
	}
	out := &rowset{cols: r.cols, of: identity(b.n), blocks: make([][][]dax.Value, b.n)}
	results := make([][][]dax.Value, b.n)
	for i := range b.n {
		rows := r.at(i)
		at := identity(len(rows))
		slices.SortFunc(at, func(p, q int) int { return compare(rows[p][0], rows[q][0]) })
		if last {
			slices.Reverse(at)
		}
		for _, k := range at {
			if !values[i][k][0].IsBlank() {
				out.blocks[i], results[i] = [][]dax.Value{rows[k]}, [][]dax.Value{values[i][k]}
				break
			}
		}
	}
	return out, results, nil
}

func nonBlank(last bool) tableFunc {
	return func(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
		r, _, err := e.found(x, b, last)
		return r, err
	}
}

func nonBlankValue(last bool) scalarFunc {
	return func(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
		_, values, err := e.found(x, b, last)
		if err != nil {
			return nil, err
		}
		out := make([]dax.Value, b.n)
		for i := range out {
			if len(values[i]) > 0 {
				out[i] = values[i][0][0]
			}
		}
		return out, nil
	}
}
