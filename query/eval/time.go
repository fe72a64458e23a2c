package eval

import (
	"slices"
	"strings"
	"time"

	"inlay/dax"
)

// Intervals of time intelligence.
const (
	aDay     = "DAY"
	aMonth   = "MONTH"
	aQuarter = "QUARTER"
	aYear    = "YEAR"
)

// yearEnd is the last day of a fiscal year: month and day.
type yearEnd struct {
	month time.Month
	day   int
}

var calendarYear = yearEnd{time.December, 31}

// move shifts a date by a number of intervals; the day stays within its month.
func move(t time.Time, n int, interval string) time.Time {
	switch interval {
	case aDay:
		return t.AddDate(0, 0, n)
	case aQuarter:
		n *= 3
	case aYear:
		n *= 12
	}
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(t.Day(), lastOfMonth(first).Day())-1)
}

func lastOfMonth(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC)
}

// begins is the first day of the interval that a date is in.
func begins(t time.Time, interval string, end yearEnd) time.Time {
	switch interval {
	case aMonth:
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	case aQuarter:
		return time.Date(t.Year(), (t.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	case aYear:
		last := end.in(t.Year())
		if t.After(last) {
			return last.AddDate(0, 0, 1)
		}
		return end.in(t.Year()-1).AddDate(0, 0, 1)
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// in is the last day of the fiscal year that ends in a calendar year.
func (y yearEnd) in(year int) time.Time {
	t := time.Date(year, y.month, 1, 0, 0, 0, 0, time.UTC)
	return t.AddDate(0, 0, min(y.day, lastOfMonth(t).Day())-1)
}

// finishes is the last day of the interval that a date is in.
func finishes(t time.Time, interval string, end yearEnd) time.Time {
	if interval == aYear {
		last := end.in(t.Year())
		if t.After(last) {
			last = end.in(t.Year() + 1)
		}
		return last
	}
	return move(begins(t, interval, end), 1, interval).AddDate(0, 0, -1)
}

// span is a range of days, both ends in it.
type span struct{ from, to time.Time }

// calendar is a column of dates: all that it has, and for each environment those visible.
type calendar struct {
	col  Column
	all  []time.Time
	rows *rowset
}

// calendar reads the dates argument: a column of dates, which means its visible values, or a
// table of one.
func (e *evaluator) calendar(x *dax.Call, a dax.Expr, b *batch) (*calendar, error) {
	c := &calendar{}
	var err error
	if ref, ok := a.(*dax.Column); ok && ref.Table != "" {
		if c.col, err = resolve(e.m, ref); err != nil {
			return nil, err
		}
		inner, err := e.transition(b)
		if err != nil {
			return nil, err
		}
		c.rows, err = e.values(x, rowsOf{base: c.col.T, b: inner}, []Column{c.col}, false)
		if err != nil {
			return nil, err
		}
	} else {
		if a == nil || !e.isTable(a, b) {
			return nil, wrong(x, "%s takes a column of dates, or a table of one", strings.ToUpper(x.Func))
		}
		if c.rows, err = e.table(a, b, nothing); err != nil {
			return nil, err
		}
		c.rows = c.rows.shown()
		if len(c.rows.cols) != 1 || c.rows.cols[0].col.C == nil {
			return nil, wrong(a, "%s takes a table of one column of dates of the model", strings.ToUpper(x.Func))
		}
		c.col = c.rows.cols[0].col
	}
	if c.col.C.Type != dax.DateTime {
		return nil, wrong(a, "%s takes a column of dates, and %s is of type %s", strings.ToUpper(x.Func), c.col, c.col.C.Type)
	}
	all, err := e.all(x, []Column{c.col}, b, false)
	if err != nil {
		return nil, err
	}
	if b.n > 0 { // all environments have the same, where there are any
		c.all = days(all.at(0))
	}
	return c, nil
}

// days is dates in order, without BLANK.
func days(rows [][]dax.Value) []time.Time {
	out := make([]time.Time, 0, len(rows))
	for _, r := range rows {
		if !r[0].IsBlank() {
			out = append(out, r[0].Time())
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// spans makes for each set of visible dates the dates of the column that are in ranges of days.
func (c *calendar) spans(of func(seen []time.Time) []span) *rowset {
	out, _ := c.rows.each([]tableColumn{{name: c.col.C.Name, col: c.col}}, func(rows [][]dax.Value) ([][]dax.Value, error) {
		seen := days(rows)
		if len(seen) == 0 {
			return nil, nil
		}
		return c.within(of(seen)), nil
	})
	out.table = nil
	return out
}

// within is the dates of the column in ranges of days.
func (c *calendar) within(list []span) [][]dax.Value {
	keep, n := make([]bool, len(c.all)), 0
	for _, s := range list {
		from, _ := slices.BinarySearchFunc(c.all, s.from, time.Time.Compare)
		end := s.to.AddDate(0, 0, 1)
		for i := from; i < len(c.all) && c.all[i].Before(end); i++ {
			if !keep[i] {
				keep[i] = true
				n++
			}
		}
	}
	out, cells := make([][]dax.Value, 0, n), make([]dax.Value, n)
	for i, t := range c.all {
		if keep[i] {
			cells[len(out)] = dax.TimeOf(t)
			out = append(out, cells[len(out):len(out)+1:len(out)+1])
		}
	}
	return out
}

// shifted moves visible dates by intervals, run of days by run: where the end of a month is
// chosen together with the day before it, the end of the month that it moves to is meant.
func shifted(seen []time.Time, n int, interval string) []span {
	var list []span
	for i := 0; i < len(seen); {
		j := i
		for j+1 < len(seen) && seen[j+1].Equal(seen[j].AddDate(0, 0, 1)) {
			j++
		}
		s := span{move(seen[i], n, interval), move(seen[j], n, interval)}
		if interval != aDay && j > i && seen[j].Equal(lastOfMonth(seen[j])) {
			s.to = lastOfMonth(s.to)
		}
		list = append(list, s)
		i = j + 1
	}
	return list
}

// interval reads a word such as MONTH.
func interval(x *dax.Call, a dax.Expr) (string, error) {
	if n, ok := a.(*dax.Name); ok {
		if w := strings.ToUpper(n.Name); slices.Contains([]string{aDay, aMonth, aQuarter, aYear}, w) {
			return w, nil
		}
	}
	if a == nil {
		a = x
	}
	return "", wrong(a, "%s takes DAY, MONTH, QUARTER or YEAR here", strings.ToUpper(x.Func))
}

// byNumber groups environments by a whole number, and computes a table for each.
func (e *evaluator) byNumber(a dax.Expr, b *batch, f func(n int, sub *batch) (*rowset, error)) (*rowset, error) {
	values, err := e.scalar(a, b)
	if err != nil {
		return nil, err
	}
	if b.n == 0 {
		return f(0, b)
	}
	parts := map[int][]int{}
	var order []int
	for i, v := range values {
		n, err := v.ToInt()
		if err != nil || n > 1_000_000 || n < -1_000_000 {
			return nil, placed(a, failed(a, "%s is not a number of intervals", v))
		}
		if parts[int(n)] == nil {
			order = append(order, int(n))
		}
		parts[int(n)] = append(parts[int(n)], i)
	}
	if b.n == 0 {
		return f(0, b) // nothing to compute, but its columns are needed
	}
	out := &rowset{of: make([]int, b.n)}
	for _, n := range order {
		sub := b
		if len(parts[n]) < b.n {
			sub = b.pick(parts[n])
		}
		r, err := f(n, sub)
		if err != nil {
			return nil, err
		}
		for j, i := range parts[n] {
			out.of[i] = len(out.blocks) + r.of[j]
		}
		out.cols, out.blocks = r.cols, append(out.blocks, r.blocks...)
	}
	return out, nil
}

// tableShift is DATEADD and PARALLELPERIOD.
func tableShift(whole bool) tableFunc {
	return func(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
		if len(x.Args) != 3 {
			return nil, wrong(x, "%s takes dates, a number and an interval", strings.ToUpper(x.Func))
		}
		unit, err := interval(x, x.Args[2])
		if err != nil {
			return nil, err
		}
		return e.byNumber(x.Args[1], b, func(n int, sub *batch) (*rowset, error) {
			c, err := e.calendar(x, x.Args[0], sub)
			if err != nil {
				return nil, err
			}
			return c.spans(func(seen []time.Time) []span {
				if !whole {
					return shifted(seen, n, unit)
				}
				from := move(begins(seen[0], unit, calendarYear), n, unit)
				to := move(begins(seen[len(seen)-1], unit, calendarYear), n, unit)
				return []span{{from, finishes(to, unit, calendarYear)}}
			}), nil
		})
	}
}

// period is a function of one argument from visible dates to a range of days.
type period func(seen []time.Time, end yearEnd) span

// tablePeriod makes a function of dates and, if it looks at years, the end of the year.
func tablePeriod(f period, year bool) tableFunc {
	return func(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
		most := 1
		if year {
			most = 2
		}
		if len(x.Args) < 1 || len(x.Args) > most {
			return nil, wrong(x, "%s takes dates%s", strings.ToUpper(x.Func), map[bool]string{true: " and the end of the year"}[year])
		}
		end, err := endOfYear(x, x.Args[1:])
		if err != nil {
			return nil, err
		}
		c, err := e.calendar(x, x.Args[0], b)
		if err != nil {
			return nil, err
		}
		return c.spans(func(seen []time.Time) []span { return []span{f(seen, end)} }), nil
	}
}

// endOfYear reads the end of a fiscal year, such as "6/30" or "2024-06-30".
func endOfYear(x *dax.Call, args []dax.Expr) (yearEnd, error) {
	if len(args) == 0 || args[0] == nil {
		return calendarYear, nil
	}
	l, ok := args[0].(*dax.Literal)
	if !ok {
		return calendarYear, wrong(args[0], "%s takes the end of the year as a text such as \"6/30\"", strings.ToUpper(x.Func))
	}
	text := l.Value.ToText()
	for _, layout := range []string{"1/2", "1-2", "2006-1-2", "2006-01-02", "1/2/2006", "January 2", "2 January"} {
		if t, err := time.Parse(layout, text); err == nil {
			return yearEnd{t.Month(), t.Day()}, nil
		}
	}
	if t, err := l.Value.ToTime(); err == nil {
		return yearEnd{t.Time().Month(), t.Time().Day()}, nil
	}
	return calendarYear, wrong(args[0], "%q is not the end of a year; write it as month/day, such as \"6/30\"", text)
}

// edge is the first or last date of the column within the interval of the visible dates.
func edge(unit string, last bool) tableFunc {
	return func(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
		if len(x.Args) < 1 || len(x.Args) > 2 {
			return nil, wrong(x, "%s takes dates", strings.ToUpper(x.Func))
		}
		end, err := endOfYear(x, x.Args[1:])
		if err != nil {
			return nil, err
		}
		c, err := e.calendar(x, x.Args[0], b)
		if err != nil {
			return nil, err
		}
		return c.spans(func(seen []time.Time) []span {
			if unit == "" {
				t := seen[0]
				if last {
					t = seen[len(seen)-1]
				}
				return []span{{t, t}}
			}
			at := seen[0]
			if last {
				at = seen[len(seen)-1]
			}
			in := days(c.within([]span{{begins(at, unit, end), finishes(at, unit, end)}}))
			t := in[0]
			if last {
				t = in[len(in)-1]
			}
			return []span{{t, t}}
		}), nil
	}
}

// tableBetween is DATESBETWEEN(dates, start, end); BLANK is the first or last date there is.
func tableBetween(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	if len(x.Args) != 3 {
		return nil, wrong(x, "DATESBETWEEN takes dates, a start and an end")
	}
	ref, ok := x.Args[0].(*dax.Column)
	if !ok || ref.Table == "" {
		return nil, wrong(x, "DATESBETWEEN takes a column of dates")
	}
	c, err := e.calendar(x, ref, b)
	if err != nil {
		return nil, err
	}
	bounds := make([][]dax.Value, 2)
	for i := range bounds {
		if bounds[i], err = e.scalar(x.Args[i+1], b); err != nil {
			return nil, err
		}
	}
	return c.ranges(e, b.n, func(i int) (span, bool, error) {
		if len(c.all) == 0 {
			return span{}, false, nil
		}
		s := span{c.all[0], c.all[len(c.all)-1]}
		for j, to := range []*time.Time{&s.from, &s.to} {
			if v := bounds[j][i]; !v.IsBlank() {
				t, err := v.ToTime()
				if err != nil {
					return s, false, placed(x.Args[j+1], err)
				}
				*to = t.Time()
			}
		}
		return s, true, nil
	})
}

// ranges makes a table for each environment from a range of days.
func (c *calendar) ranges(e *evaluator, n int, of func(i int) (span, bool, error)) (*rowset, error) {
	out := &rowset{cols: []tableColumn{{name: c.col.C.Name, col: c.col}}, of: make([]int, n)}
	place := map[span]int{}
	for i := range n {
		s, ok, err := of(i)
		if err != nil {
			return nil, err
		}
		if !ok {
			s = span{time.Unix(1, 0), time.Unix(0, 0)}
		}
		k, seen := place[s]
		if !seen {
			k = len(out.blocks)
			place[s] = k
			var rows [][]dax.Value
			if ok {
				rows = c.within([]span{s})
			}
			if err := e.holds(len(rows), 0); err != nil {
				return nil, err
			}
			out.blocks = append(out.blocks, rows)
		}
		out.of[i] = k
	}
	return out, nil
}

// tableInPeriod is DATESINPERIOD(dates, start, number, interval).
func tableInPeriod(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	if len(x.Args) != 4 {
		return nil, wrong(x, "DATESINPERIOD takes dates, a start, a number and an interval")
	}
	unit, err := interval(x, x.Args[3])
	if err != nil {
		return nil, err
	}
	c, err := e.calendar(x, x.Args[0], b)
	if err != nil {
		return nil, err
	}
	starts, err := e.scalar(x.Args[1], b)
	if err != nil {
		return nil, err
	}
	counts, err := e.scalar(x.Args[2], b)
	if err != nil {
		return nil, err
	}
	return c.ranges(e, b.n, func(i int) (span, bool, error) {
		n, err := counts[i].ToInt()
		if err != nil || n > 1_000_000 || n < -1_000_000 {
			return span{}, false, failed(x.Args[2], "%s is not a number of intervals", counts[i])
		}
		v, err := starts[i].ToTime()
		if err != nil {
			return span{}, false, placed(x.Args[1], err)
		}
		if v.IsBlank() || n == 0 {
			return span{}, false, nil
		}
		t := v.Time()
		far := move(t, int(n), unit)
		if unit != aDay && t.Equal(lastOfMonth(t)) {
			far = lastOfMonth(far) // from the end of a month to the end of one
		}
		if n > 0 {
			return span{t, far.AddDate(0, 0, -1)}, true, nil
		}
		return span{far.AddDate(0, 0, 1), t}, true, nil
	})
}
