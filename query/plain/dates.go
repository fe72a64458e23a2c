package plain

import (
	"slices"
	"strings"
	"time"

	"inlay/dax"
)

const (
	day     = "DAY"
	month   = "MONTH"
	quarter = "QUARTER"
	year    = "YEAR"
)

// shift moves a date by a number of intervals; the day stays within its month.
func shift(t time.Time, n int, interval string) time.Time {
	months := map[string]int{month: 1, quarter: 3, year: 12}[interval] * n
	if interval == day {
		return t.AddDate(0, 0, n)
	}
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1)
	return first.AddDate(0, 0, min(t.Day(), last.Day())-1)
}

// begin is the first day of the interval that a date is in.
func begin(t time.Time, interval string) time.Time {
	m, d := t.Month(), 1
	switch interval {
	case day:
		d = t.Day()
	case quarter:
		m = (m-1)/3*3 + 1
	case year:
		m = 1
	}
	return time.Date(t.Year(), m, d, 0, 0, 0, 0, time.UTC)
}

// finish is the last day of the interval that a date is in.
func finish(t time.Time, interval string) time.Time {
	return shift(begin(t, interval), 1, interval).AddDate(0, 0, -1)
}

// calendar is a column of dates, those of them that the context allows, and all.
type calendar struct {
	col    *column
	chosen []time.Time
	all    []time.Time
}

func (k calendar) first() time.Time { return k.chosen[0] }
func (k calendar) last() time.Time  { return k.chosen[len(k.chosen)-1] }

// calendar reads an argument that is a column of dates, or a table of one.
func (r *run) calendar(x dax.Expr, e env) (calendar, error) {
	var set *rowset
	if r.isTable(x, e) {
		var err error
		if set, err = r.table(x, e); err != nil {
			return calendar{}, err
		}
		if len(set.cols) != 1 || set.cols[0].origin == nil {
			return calendar{}, errorf("%s is not a table of one column of dates", dax.Print(x))
		}
	} else {
		col, err := r.column(x)
		if err != nil {
			return calendar{}, err
		}
		set = distinct([]*column{col}, physical(e.transition().visible(col.t)))
	}
	col := set.cols[0].origin
	if col.typ != dax.DateTime {
		return calendar{}, errorf("%s is not a column of dates", dax.Print(x))
	}
	return calendar{col, times(set), times(distinct([]*column{col}, everything(col.t, false)))}, nil
}

func times(set *rowset) []time.Time {
	var out []time.Time
	for _, rec := range set.rows {
		if v := rec.vals[0]; !v.IsBlank() {
			out = append(out, v.Time())
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// days is those dates of the column for which keep is true.
func (k calendar) days(keep func(time.Time) bool) *rowset {
	out := &rowset{cols: []field{k.col.field()}}
	for _, t := range k.all {
		if keep(t) {
			out.rows = append(out.rows, record{vals: []dax.Value{dax.TimeOf(t)}})
		}
	}
	return out
}

func (k calendar) between(from, to time.Time) *rowset {
	return k.days(func(t time.Time) bool { return !t.Before(from) && !t.After(to) })
}

// period is a function from chosen dates to the first and last of others.
type period func(k calendar) (from, to time.Time)

func (p period) function() tableFunc {
	return func(r *run, c *dax.Call, e env) (*rowset, error) {
		if len(c.Args) != 1 {
			return nil, unsupported("%s with another end of the year", c.Func)
		}
		k, err := r.calendar(c.Args[0], e)
		if err != nil || len(k.chosen) == 0 {
			return k.empty(), err
		}
		from, to := p(k)
		return k.between(from, to), nil
	}
}

func (k calendar) empty() *rowset {
	if k.col == nil {
		return nil
	}
	return &rowset{cols: []field{k.col.field()}}
}

func dateFuncs() map[string]tableFunc {
	all := map[string]tableFunc{
		"DATEADD": dateAdd,
		"SAMEPERIODLASTYEAR": func(r *run, c *dax.Call, e env) (*rowset, error) {
			return r.shifted(arg(c, 0), -1, year, e)
		},
		"PARALLELPERIOD": func(r *run, c *dax.Call, e env) (*rowset, error) {
			k, n, interval, err := r.movement(c, 0, e)
			if err != nil || len(k.chosen) == 0 {
				return k.empty(), err
			}
			return k.between(shift(begin(k.first(), interval), n, interval), finish(shift(begin(k.last(), interval), n, interval), interval)), nil
		},
		"DATESBETWEEN":  datesBetween,
		"DATESINPERIOD": datesInPeriod,
		"FIRSTDATE":     period(func(k calendar) (time.Time, time.Time) { return k.first(), k.first() }).function(),
		"LASTDATE":      period(func(k calendar) (time.Time, time.Time) { return k.last(), k.last() }).function(),
	}
	for interval, short := range map[string]string{month: "MTD", quarter: "QTD", year: "YTD"} {
		all["DATES"+short] = period(func(k calendar) (time.Time, time.Time) { return begin(k.last(), interval), k.last() }).function()
		all["STARTOF"+interval] = period(func(k calendar) (time.Time, time.Time) {
			from := begin(k.first(), interval)
			at := slices.IndexFunc(k.all, func(t time.Time) bool { return !t.Before(from) })
			return k.all[at], k.all[at]
		}).function()
		all["ENDOF"+interval] = period(func(k calendar) (time.Time, time.Time) {
			to, last := finish(k.last(), interval), k.last()
			for _, t := range k.all {
				if !t.After(to) {
					last = t
				}
			}
			return last, last
		}).function()
	}
	for _, interval := range []string{day, month, quarter, year} {
		all["PREVIOUS"+interval] = period(func(k calendar) (time.Time, time.Time) {
			from := shift(begin(k.first(), interval), -1, interval)
			return from, finish(from, interval)
		}).function()
		all["NEXT"+interval] = period(func(k calendar) (time.Time, time.Time) {
			from := shift(begin(k.last(), interval), 1, interval)
			return from, finish(from, interval)
		}).function()
	}
	return all
}

// movement reads the arguments column, number and interval; number begins at an offset.
func (r *run) movement(c *dax.Call, offset int, e env) (calendar, int, string, error) {
	k, err := r.calendar(arg(c, 0), e)
	if err != nil {
		return k, 0, "", err
	}
	n, err := r.scalar(arg(c, 1+offset), e)
	if err != nil {
		return k, 0, "", err
	}
	interval := word(arg(c, 2+offset))
	if !slices.Contains([]string{day, month, quarter, year}, interval) {
		return k, 0, "", errorf("%s: %q is not an interval", c.Func, interval)
	}
	whole, err := n.ToInt()
	return k, int(whole), interval, err
}

func dateAdd(r *run, c *dax.Call, e env) (*rowset, error) {
	_, n, interval, err := r.movement(c, 0, e)
	if err != nil {
		return nil, err
	}
	return r.shifted(arg(c, 0), n, interval, e)
}

// shifted moves each date. Where the end of a month is chosen with the day before it, the whole
// end of the month that it is moved to is meant.
func (r *run) shifted(x dax.Expr, n int, interval string, e env) (*rowset, error) {
	k, err := r.calendar(x, e)
	if err != nil {
		return nil, err
	}
	there := map[time.Time]bool{}
	for i, t := range k.chosen {
		to := shift(t, n, interval)
		there[to] = true
		ends := i > 0 && t.Equal(finish(t, month)) && k.chosen[i-1].Equal(t.AddDate(0, 0, -1))
		for interval != day && ends && !to.Equal(finish(to, month)) {
			to = to.AddDate(0, 0, 1)
			there[to] = true
		}
	}
	return k.days(func(t time.Time) bool { return there[t] }), nil
}

func datesBetween(r *run, c *dax.Call, e env) (*rowset, error) {
	k, err := r.calendar(arg(c, 0), e)
	if err != nil {
		return nil, err
	}
	ends, err := r.list(c.Args[1:], e)
	if err != nil {
		return nil, err
	}
	return k.days(func(t time.Time) bool {
		v := dax.TimeOf(t)
		return (ends[0].IsBlank() || sortCompare(v, ends[0]) >= 0) && (ends[1].IsBlank() || sortCompare(v, ends[1]) <= 0)
	}), nil
}

func datesInPeriod(r *run, c *dax.Call, e env) (*rowset, error) {
	k, n, interval, err := r.movement(c, 1, e)
	if err != nil {
		return nil, err
	}
	v, err := r.scalar(arg(c, 1), e)
	if err != nil || v.IsBlank() {
		return k.empty(), err
	}
	if v, err = v.ToTime(); err != nil {
		return nil, err
	}
	if start := v.Time(); n >= 0 {
		return k.between(start, shift(start, n, interval).AddDate(0, 0, -1)), nil
	}
	return k.between(shift(v.Time(), n, interval).AddDate(0, 0, 1), v.Time()), nil
}

// totals are the functions that stand for CALCULATE over a period.
func totals() map[string]scalarFunc {
	all := map[string]scalarFunc{}
	over := func(x, dates dax.Expr, rest ...dax.Expr) *dax.Call {
		return &dax.Call{Func: "CALCULATE", Args: append([]dax.Expr{x, dates}, rest...)}
	}
	apply := func(name string, args ...dax.Expr) *dax.Call { return &dax.Call{Func: name, Args: args} }
	for interval, short := range map[string]string{month: "MTD", quarter: "QTD", year: "YTD"} {
		all["TOTAL"+short] = func(r *run, c *dax.Call, e env) (dax.Value, error) {
			if l, ok := arg(c, len(c.Args)-1).(*dax.Literal); ok && l.Value.Type() == dax.String {
				return dax.Value{}, unsupported("%s with another end of the year", strings.ToUpper(c.Func))
			}
			return r.scalar(over(arg(c, 0), apply("DATES"+short, arg(c, 1)), c.Args[2:]...), e)
		}
		all["CLOSINGBALANCE"+interval] = func(r *run, c *dax.Call, e env) (dax.Value, error) {
			return r.scalar(over(arg(c, 0), apply("ENDOF"+interval, arg(c, 1)), c.Args[2:]...), e)
		}
		all["OPENINGBALANCE"+interval] = func(r *run, c *dax.Call, e env) (dax.Value, error) {
			return r.scalar(over(arg(c, 0), apply("PREVIOUSDAY", apply("STARTOF"+interval, arg(c, 1))), c.Args[2:]...), e)
		}
	}
	return all
}
