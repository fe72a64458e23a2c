package fn

import (
	"errors"
	"fmt"
	"math"
	"time"

	"inlay/dax"
)

var aDate = need("date", dax.DateTime)

// part makes the Eval of a question about a date; BLANK gives BLANK.
func part(f func(t time.Time) int) func([]dax.Value) (dax.Value, error) {
	return func(a []dax.Value) (dax.Value, error) {
		if a[0].IsBlank() {
			return a[0], nil
		}
		return dax.IntOf(int64(f(a[0].Time()))), nil
	}
}

// field is the SQL of a part of a date; a moment at infinity, which some engines have, is NULL.
func field(name string) string {
	return "CASE WHEN isfinite({1}) THEN CAST(floor(extract(" + name + " FROM {1})) AS bigint) END"
}

// dates holds the functions of dates and times.
var dates = []Func{
	{
		Name: "DATE", Returns: dax.DateTime,
		Params: []Param{need("year", dax.Int64), need("month", dax.Int64), need("day", dax.Int64)},
		Doc:    "The date of a year, month and day; months and days beyond the end go on and those below 1 go back, a year from 0 to 30 is in the 2000s, one below 0 or from 50 to 99 is counted from 1900.",
		Examples: []Example{{`DATE(2009, 7, 8)`, `dt"2009-07-08"`}, {`DATE(2008, 14, 2)`, `dt"2009-02-02"`}, {`DATE(2008, 1, 35)`, `dt"2008-02-04"`}, {`DATE(8, 1, 2)`, `dt"2008-01-02"`},
			{`YEAR(DATE(2024.9, 8, 15))`, `2025`}, {`DATE(2024, 0, 1)`, `dt"2023-12-01"`}, {`DATE(2024, 3, 0)`, `dt"2024-02-29"`}, {`DATE(2024, -1, -1)`, `dt"2023-10-30"`}, {`YEAR(DATE(-1, 1, 1))`, `1899`},
			{`DATE(40, 1, 1)`, `error`}, {`DATE(-1801, 1, 1)`, `error`}, {`DATE(100, 0, 1)`, `error`}},
		Eval: date,
	},
	{
		Name: "TIME", Returns: dax.DateTime,
		Params:   []Param{need("hour", dax.Int64), need("minute", dax.Int64), need("second", dax.Int64)},
		Doc:      "The time of an hour, minute and second on 1899-12-30; what goes beyond a day begins again.",
		Examples: []Example{{`TIME(27, 0, 0)`, `TIME(3, 0, 0)`}, {`TIME(0, 750, 0)`, `dt"1899-12-30T12:30:00"`}, {`TIME(-1, 0, 0)`, `error`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			for _, v := range a {
				if v.Int() < 0 || v.Int() > 32767 {
					return dax.Value{}, fmt.Errorf("%d is not between 0 and 32767", v.Int())
				}
			}
			seconds := (a[0].Int()*3600 + a[1].Int()*60 + a[2].Int()) % 86400
			return dax.TimeOf(time.Date(1899, 12, 30, 0, 0, int(seconds), 0, time.UTC)), nil
		},
	},
	{
		Name: "YEAR", Returns: dax.Int64, Params: []Param{aDate},
		Doc:      "The year of a date.",
		Examples: []Example{{`YEAR(DATE(2024, 13, 1))`, `2025`}, {`YEAR("March 3, 2008")`, `2008`}, {`YEAR(BLANK())`, `BLANK()`}},
		Eval:     part(time.Time.Year), SQL: field("year"), Total: true,
	},
	{
		Name: "QUARTER", Returns: dax.Int64, Params: []Param{aDate},
		Doc:      "The quarter of a date, from 1 to 4.",
		Examples: []Example{{`QUARTER(DATE(2018, 12, 31))`, `4`}, {`QUARTER(BLANK())`, `BLANK()`}},
		Eval:     part(func(t time.Time) int { return (int(t.Month()) + 2) / 3 }), SQL: field("quarter"), Total: true,
	},
	{
		Name: "MONTH", Returns: dax.Int64, Params: []Param{aDate},
		Doc:      "The month of a date, from 1 to 12.",
		Examples: []Example{{`MONTH(DATE(2023, 2, 29))`, `3`}, {`MONTH(BLANK())`, `BLANK()`}},
		Eval:     part(func(t time.Time) int { return int(t.Month()) }), SQL: field("month"), Total: true,
	},
	{
		Name: "DAY", Returns: dax.Int64, Params: []Param{aDate},
		Doc:      "The day of a date in its month.",
		Examples: []Example{{`DAY(DATE(2024, 1, 32))`, `1`}, {`DAY(BLANK())`, `BLANK()`}},
		Eval:     part(time.Time.Day), SQL: field("day"), Total: true,
	},
	{
		Name: "HOUR", Returns: dax.Int64, Params: []Param{aDate},
		Doc:      "The hour of a time, from 0 to 23.",
		Examples: []Example{{`HOUR(TIME(12, 30, 45))`, `12`}, {`HOUR("March 3, 2008 3:00 PM")`, `15`}},
		Eval:     part(time.Time.Hour), SQL: field("hour"), Total: true,
	},
	{
		Name: "MINUTE", Returns: dax.Int64, Params: []Param{aDate},
		Doc:      "The minute of a time, from 0 to 59.",
		Examples: []Example{{`MINUTE(TIME(12, 30, 45))`, `30`}},
		Eval:     part(time.Time.Minute), SQL: field("minute"), Total: true,
	},
	{
		Name: "SECOND", Returns: dax.Int64, Params: []Param{aDate},
		Doc:      "The second of a time, from 0 to 59.",
		Examples: []Example{{`SECOND(TIME(12, 30, 45))`, `45`}},
		Eval:     part(time.Time.Second), SQL: field("second"), Total: true,
	},
	{
		Name: "WEEKDAY", Returns: dax.Int64, Params: []Param{aDate, may("first day", dax.Int64)},
		Doc:      "The day of the week: from 1 for Sunday unless said, 2 from 1 for Monday, 3 from 0 for Monday.",
		Examples: []Example{{`WEEKDAY(DATE(2024, 8, 19))`, `2`}, {`WEEKDAY(DATE(2024, 8, 15), 2)`, `4`}, {`WEEKDAY(DATE(2024, 8, 19), 3)`, `0`}, {`WEEKDAY(0, 9)`, `error`}},
		Eval:     weekday,
		SQL:      "CASE WHEN isfinite({1}) THEN CAST(extract(dow FROM {1}) AS bigint) + 1 END", Total: true,
	},
	{
		Name: "WEEKNUM", Returns: dax.Int64, Params: []Param{aDate, may("first day", dax.Int64)},
		Doc: "The week of the year: 1 or 17 begin weeks on Sunday, 2 or 11 on Monday, 12 to 16 on the days that follow, and week 1 has January 1; 21 is that of ISO 8601.",
		Examples: []Example{{`WEEKNUM(DATE(2024, 8, 15))`, `33`}, {`WEEKNUM("Feb 14, 2010", 2)`, `7`}, {`WEEKNUM(DATE(2024, 8, 15), 21)`, `33`},
			{`WEEKNUM(DATE(2024, 1, 1))`, `1`}, {`WEEKNUM(0, 5)`, `error`}},
		Eval: weeknum,
	},
	{
		Name: "EDATE", Returns: dax.DateTime, Params: []Param{aDate, need("months", dax.Double)},
		Doc:      "The date so many months later, on the last day of the month if the month has no such day.",
		Examples: []Example{{`EDATE(DATE(2024, 1, 31), 1)`, `dt"2024-02-29"`}, {`EDATE(DATE(2024, 3, 31), -1.9)`, `dt"2024-02-29"`}, {`EDATE(BLANK(), 1)`, `BLANK()`}, {`EDATE(DATE(9999, 12, 1), 1)`, `error`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			return months(a, math.Trunc(a[1].Float()), func(t time.Time) int { return t.Day() })
		},
	},
	{
		Name: "EOMONTH", Returns: dax.DateTime, Params: []Param{aDate, need("months", dax.Int64)},
		Doc:      "The last day of the month so many months later.",
		Examples: []Example{{`EOMONTH("March 3, 2008", 1.5)`, `dt"2008-05-31"`}, {`EOMONTH(DATE(2024, 1, 15), 1)`, `dt"2024-02-29"`}, {`EOMONTH(BLANK(), 1)`, `BLANK()`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			v, err := months(a, float64(a[1].Int()), func(time.Time) int { return 31 })
			if err != nil || v.IsBlank() {
				return v, err
			}
			return dax.TimeOf(v.Time().Truncate(24 * time.Hour)), nil
		},
	},
	{
		Name: "DATEDIFF", Returns: dax.Int64, Params: []Param{need("from", dax.DateTime), need("to", dax.DateTime), need("interval", keyword)},
		Doc: "How many boundaries of SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER or YEAR lie between two dates; weeks begin on Sunday.",
		Examples: []Example{{`DATEDIFF(DATE(2019, 7, 1), DATE(2021, 12, 31), QUARTER)`, `9`}, {`DATEDIFF(DATE(2019, 7, 1), DATE(2021, 12, 31), WEEK)`, `130`},
			{`DATEDIFF(DATE(2024, 2, 1), DATE(2024, 1, 31), MONTH)`, `-1`}, {`DATEDIFF(BLANK(), DATE(2024, 1, 1), DAY)`, `BLANK()`}, {`DATEDIFF(1, 2, DECADE)`, `error`}},
		Eval: datediff,
	},
	{
		Name: "DATEVALUE", Returns: dax.DateTime, Params: []Param{need("text", dax.DateTime)},
		Doc:      "The date that a text reads as, month before day where both are possible; an error if it is none.",
		Examples: []Example{{`DATEVALUE("1/8/2009")`, `dt"2009-01-08"`}, {`DATEVALUE("20/4/2018")`, `dt"2018-04-20"`}, {`DATEVALUE("2024-03-15 14:30")`, `dt"2024-03-15"`}, {`DATEVALUE("x")`, `error`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			if a[0].IsBlank() {
				return a[0], nil
			}
			return dax.TimeOf(a[0].Time().Truncate(24 * time.Hour)), nil
		},
	},
	{
		Name: "TIMEVALUE", Returns: dax.DateTime, Params: []Param{need("text", dax.DateTime)},
		Doc:      "The time that a text reads as, on 1899-12-30; an error if it is none.",
		Examples: []Example{{`TIMEVALUE("20:45:30")`, `TIME(20, 45, 30)`}, {`TIMEVALUE("1/8/2009 2:30 PM")`, `TIME(14, 30, 0)`}, {`TIMEVALUE("x")`, `error`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			if a[0].IsBlank() {
				return a[0], nil
			}
			t := a[0].Time()
			return dax.TimeOf(time.Date(1899, 12, 30, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)), nil
		},
	},
	{
		Name: "YEARFRAC", Returns: dax.Double, Params: []Param{need("from", dax.DateTime), need("to", dax.DateTime), may("basis", dax.Int64)},
		Doc: "The years between two dates: by months of 30 days unless said (4 the European way), 1 by actual days, 2 by years of 360 days, 3 of 365.",
		Examples: []Example{{`ROUND(YEARFRAC(DATE(2012, 1, 1), DATE(2012, 7, 30)), 6)`, `0.580556`}, {`ROUND(YEARFRAC(DATE(2012, 1, 1), DATE(2012, 7, 30), 1), 6)`, `0.576503`},
			{`YEARFRAC(DATE(2012, 1, 1), DATE(2013, 1, 1), 5)`, `error`}},
		Eval: yearfrac,
	},
}

func date(a []dax.Value) (dax.Value, error) {
	y, m, d := a[0].Int(), a[1].Int(), a[2].Int()
	switch {
	case y >= 31 && y < 50:
		// date-function-dax.md says 2000s, Power BI Desktop was seen to say 1900s.
		return dax.Value{}, fmt.Errorf("the year %d may be in the 1900s or the 2000s; write it with four digits", y)
	case y < 0 && y >= -1800, y >= 50 && y < 100:
		// date-function-dax.md gives no date to what is below 0, 1 and 1; Power BI Desktop goes back.
		y += 1900
	case y >= 0 && y < 50:
		y += 2000
	}
	if y < 100 || y > 9999 || max(m, -m) > 120_000 || max(d, -d) > 4_000_000 {
		return dax.Value{}, fmt.Errorf("there is no date of year %d, month %d, day %d", y, m, d)
	}
	return moment(time.Date(int(y), time.Month(m), int(d), 0, 0, 0, 0, time.UTC))
}

// moment is a date if it is one that dates can be.
func moment(t time.Time) (dax.Value, error) {
	if t.Year() < 100 || t.Year() > 9999 {
		return dax.Value{}, errors.New("the date is beyond the year 9999, or before 100")
	}
	return dax.TimeOf(t), nil
}

func weekday(a []dax.Value) (dax.Value, error) {
	kind := option(a, 1, dax.IntOf(1)).Int()
	if kind < 1 || kind > 3 {
		return dax.Value{}, fmt.Errorf("%d is not one of 1, 2 and 3", kind)
	}
	return part(func(t time.Time) int {
		switch kind {
		case 1:
			return int(t.Weekday()) + 1
		case 2:
			return (int(t.Weekday())+6)%7 + 1
		}
		return (int(t.Weekday()) + 6) % 7
	})(a)
}

func weeknum(a []dax.Value) (dax.Value, error) {
	kind := option(a, 1, dax.IntOf(1)).Int()
	var first int64 // day on which weeks begin, 0 for Sunday
	switch {
	case kind == 21:
		return part(func(t time.Time) int { _, w := t.ISOWeek(); return w })(a)
	case kind == 1 || kind == 2:
		first = kind - 1
	case kind >= 11 && kind <= 17:
		first = (kind - 10) % 7
	default:
		return dax.Value{}, fmt.Errorf("%d is not one of 1, 2, 11 to 17, and 21", kind)
	}
	return part(func(t time.Time) int {
		january := time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		lead := (int(january.Weekday()) - int(first) + 7) % 7
		return (t.YearDay()-1+lead)/7 + 1
	})(a)
}

// months moves a date by months to a day, or the last day of the month if it is shorter.
func months(a []dax.Value, n float64, day func(time.Time) int) (dax.Value, error) {
	if a[0].IsBlank() {
		return a[0], nil
	}
	if math.Abs(n) > 120_000 {
		return dax.Value{}, errors.New("the date is beyond the year 9999")
	}
	t := a[0].Time()
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return moment(first.AddDate(0, 0, min(day(t), last)-1))
}

func datediff(a []dax.Value) (dax.Value, error) {
	count, ok := intervals[a[2].Text()]
	switch {
	case !ok:
		return dax.Value{}, fmt.Errorf("%s is none of SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR", a[2])
	case a[0].IsBlank() || a[1].IsBlank():
		return dax.Value{}, nil
	}
	return dax.IntOf(count(a[1].Time()) - count(a[0].Time())), nil
}

// intervals number the intervals that a moment lies in.
var intervals = map[string]func(t time.Time) int64{
	"SECOND":  func(t time.Time) int64 { return t.Unix() },
	"MINUTE":  func(t time.Time) int64 { return floorDiv(t.Unix(), 60) },
	"HOUR":    func(t time.Time) int64 { return floorDiv(t.Unix(), 3600) },
	"DAY":     func(t time.Time) int64 { return floorDiv(t.Unix(), 86400) },
	"WEEK":    func(t time.Time) int64 { return floorDiv(floorDiv(t.Unix(), 86400)+4, 7) }, // 1970-01-01 was a Thursday
	"MONTH":   func(t time.Time) int64 { return int64(t.Year())*12 + int64(t.Month()) - 1 },
	"QUARTER": func(t time.Time) int64 { return int64(t.Year())*4 + int64(t.Month()-1)/3 },
	"YEAR":    func(t time.Time) int64 { return int64(t.Year()) },
}

func floorDiv(n, d int64) int64 {
	q := n / d
	if n%d < 0 {
		q--
	}
	return q
}
