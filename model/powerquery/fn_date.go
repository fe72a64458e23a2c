package powerquery

import (
	"fmt"
	"math"
	"time"

	"inlay"
)

func defineDates() {
	define("#date", 3, 3, func(c *call) (Value, error) {
		n, err := c.wholes(3)
		if err != nil {
			return Value{}, err
		}
		t := time.Date(int(n[0]), time.Month(n[1]), int(n[2]), 0, 0, 0, 0, time.UTC)
		if n[0] < 1 || n[0] > 9999 || int64(t.Month()) != n[1] || int64(t.Day()) != n[2] {
			return Value{}, c.raise(0, "there is no date %d-%02d-%02d", n[0], n[1], n[2])
		}
		return dateOf(t), nil
	})
	define("#datetime", 6, 6, func(c *call) (Value, error) {
		n, err := c.wholes(5)
		if err != nil {
			return Value{}, err
		}
		sec, err := c.number(5)
		t := time.Date(int(n[0]), time.Month(n[1]), int(n[2]), int(n[3]), int(n[4]), 0, int(micros(sec))*1000, time.UTC)
		if err != nil || n[0] < 1 || n[0] > 9999 || int64(t.Month()) != n[1] || int64(t.Day()) != n[2] || n[4] < 0 || n[4] > 59 || sec < 0 || sec >= 60 {
			return Value{}, c.raise(0, "there is no such date and time")
		}
		return dateTimeOf(t), nil
	})
	define("#time", 3, 3, func(c *call) (Value, error) {
		n, err := c.wholes(2)
		if err != nil {
			return Value{}, err
		}
		sec, err := c.number(2)
		v := Value{kind: Time, n: (n[0]*3600+n[1]*60)*second + micros(sec)}
		if err != nil || n[0] < 0 || n[0] > 23 || n[1] < 0 || n[1] > 59 || sec < 0 || sec >= 60 {
			return Value{}, c.raise(0, "there is no such time")
		}
		return v, nil
	})
	define("#duration", 4, 4, func(c *call) (Value, error) {
		n, err := c.wholes(3)
		if err != nil {
			return Value{}, err
		}
		sec, err := c.number(3)
		if err != nil {
			return Value{}, err
		}
		for i, most := range []int64{3_000_000, 72_000_000, 4_320_000_000} {
			if abs(n[i]) > most {
				return Value{}, c.raise(i, "the duration is too long")
			}
		}
		return duration(n[0]*day + (n[1]*3600+n[2]*60)*second + micros(sec)), nil
	})
	defineDateNames()
	defineDateParts()
	defineDateShifts()
	defineDurations()
	defineDatesMore()
}

func defineDateNames() {
	for name, want := range map[string]Kind{"Date": Date, "DateTime": DateTime, "DateTimeZone": Zoned, "Time": Time} {
		define(name+".FromText", 1, 2, onText(func(c *call, s string) (Value, error) { return momentFromText(c, s, want) }))
	}
	for name, want := range map[string]Kind{"DateTime.Date": Date, "DateTime.Time": Time} {
		define(name, 1, 1, onDate(func(c *call, t time.Time) (Value, error) {
			v, ok := convert(c.arg(0).reading(), want.String(), c.ev.culture)
			if !ok {
				return Value{}, c.raise(0, "expected a datetime, not %s", c.arg(0).describe())
			}
			return v, nil
		}))
	}
	for _, name := range []string{"Date.ToText", "DateTime.ToText", "Time.ToText"} {
		define(name, 1, 3, onDate(dateToText))
	}
	define("Date.MonthName", 1, 2, onDate(func(c *call, t time.Time) (Value, error) {
		cul, err := c.cultureAt(1)
		if err != nil {
			return Value{}, err
		}
		return text(cul.Month(int(t.Month()))), nil
	}))
	define("Date.DayOfWeekName", 1, 2, onDate(func(c *call, t time.Time) (Value, error) {
		cul, err := c.cultureAt(1)
		if err != nil {
			return Value{}, err
		}
		return text(cul.Day(int(t.Weekday()))), nil
	}))
	define("DateTime.LocalNow", 0, 0, func(c *call) (Value, error) { return dateTimeOf(c.ev.cfg.Now().UTC()), nil })
	define("DateTime.FixedLocalNow", 0, 0, func(c *call) (Value, error) { return dateTimeOf(c.ev.cfg.Now().UTC()), nil })
}

// defineDurations defines the parts of durations. The totals multiply ticks of 100 ns by the
// constants of .NET, so that the last digits are those of Power Query.
func defineDurations() {
	for name, f := range map[string]func(n int64) Value{
		"Duration.Days":         func(n int64) Value { return integer(n / day) },
		"Duration.Hours":        func(n int64) Value { return integer(n / (3600 * second) % 24) },
		"Duration.Minutes":      func(n int64) Value { return integer(n / (60 * second) % 60) },
		"Duration.Seconds":      func(n int64) Value { return tidy(float64(n%(60*second)) / float64(second)) },
		"Duration.TotalDays":    func(n int64) Value { return tidy(float64(n*10) * 1.1574074074074074e-12) },
		"Duration.TotalHours":   func(n int64) Value { return tidy(float64(n*10) * 2.7777777777777777e-11) },
		"Duration.TotalMinutes": func(n int64) Value { return tidy(float64(n*10) * 1.6666666666666667e-9) },
		"Duration.TotalSeconds": func(n int64) Value { return tidy(float64(n*10) * 1e-7) },
	} {
		define(name, 1, 1, func(c *call) (Value, error) {
			v := c.arg(0)
			switch v.kind {
			case Null:
				return v, nil
			case Duration:
				return f(v.n), nil
			}
			return Value{}, c.raise(0, "expected a duration, not %s", v.describe())
		})
	}
}

// reading is a point in time without its zone, as its clock shows it.
func (v Value) reading() Value {
	if v.kind == Zoned {
		return Value{kind: DateTime, n: v.n}
	}
	return v
}

func seconds(t time.Time) Value { return tidy(float64(t.Second()) + float64(t.Nanosecond())/1e9) }

// momentFromText is Date.FromText and its kin: by the culture, or by a format to the letter.
func momentFromText(c *call, s string, want Kind) (Value, error) {
	opts := map[string]Value{}
	if c.arg(1).kind == RecordOf {
		var err error
		if opts, err = c.fields(1, "Format", "Culture"); err != nil {
			return Value{}, err
		}
	}
	cul, err := c.cultureAt(1)
	if err != nil {
		return Value{}, err
	}
	format := opts["Format"]
	if format.kind == Null {
		v, ok := convert(text(s), want.String(), cul)
		if !ok {
			return Value{}, c.unread(text(s), want.String())
		}
		return v, nil
	}
	if format.kind != Text {
		return Value{}, c.raise(1, "the format is %s, not a text", format.describe())
	}
	m, ok, err := cul.Parse(s, format.s)
	if err != nil {
		return Value{}, c.errorf(1, inlay.Unsupported, "%s", err)
	}
	v, ok := ofMoment(m, want, ok)
	if !ok {
		return Value{}, c.unread(text(s), want.String())
	}
	return v, nil
}

// micros are seconds below 60 in microseconds, never rounded up to a minute; those of a
// duration may be more.
func micros(sec float64) int64 {
	n := int64(math.Round(sec * float64(second)))
	if n == 60*second && sec < 60 {
		n--
	}
	return n
}

func (c *call) wholes(n int) ([]int64, error) {
	out := make([]int64, n)
	for i := range out {
		var err error
		if out[i], err = c.whole(i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// onDate makes a function of a date, time or datetime; null gives null.
func onDate(f func(c *call, t time.Time) (Value, error)) func(c *call) (Value, error) {
	return func(c *call) (Value, error) {
		switch v := c.arg(0); v.kind {
		case Null:
			return Value{}, nil
		case Date, DateTime, Zoned, Time:
			return f(c, v.clock())
		}
		return Value{}, c.raise(0, "expected a date, not %s", c.arg(0).describe())
	}
}

func defineDateParts() {
	for name, f := range map[string]func(t time.Time) int{
		"Date.Year": time.Time.Year, "Date.Month": func(t time.Time) int { return int(t.Month()) }, "Date.Day": time.Time.Day,
		"Date.QuarterOfYear": func(t time.Time) int { return (int(t.Month()) + 2) / 3 },
		"Date.DayOfYear":     time.Time.YearDay,
		"Date.DaysInMonth":   func(t time.Time) int { return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day() },
		"Time.Hour":          time.Time.Hour, "Time.Minute": time.Time.Minute,
	} {
		define(name, 1, 1, onDate(func(c *call, t time.Time) (Value, error) { return integer(int64(f(t))), nil }))
	}
	define("Time.Second", 1, 1, onDate(func(_ *call, t time.Time) (Value, error) { return seconds(t), nil }))
	define("Date.IsLeapYear", 1, 1, onDate(func(c *call, t time.Time) (Value, error) {
		return logical(time.Date(t.Year(), 3, 0, 0, 0, 0, 0, time.UTC).Day() == 29), nil
	}))
	define("Date.DayOfWeek", 1, 2, onDate(func(c *call, t time.Time) (Value, error) {
		first, err := c.firstDay(1)
		return integer(int64(sinceFirst(t, first))), err
	}))
	define("Date.WeekOfYear", 1, 2, onDate(func(c *call, t time.Time) (Value, error) {
		first, err := c.firstDay(1)
		jan := time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		return integer(int64((t.YearDay()-1+sinceFirst(jan, first))/7 + 1)), err
	}))
}

// firstDay is the first day of the week: argument i, or that of the culture.
func (c *call) firstDay(i int) (int, error) {
	if !c.has(i) {
		if c.ev.culture.Name == "en-US" || c.ev.culture.Name == "pt-BR" || c.ev.culture.Name == "" {
			return 0, nil
		}
		return 1, nil
	}
	n, err := c.whole(i)
	if err == nil && (n < 0 || n > 6) {
		err = c.raise(i, "a day of the week is a number from 0 to 6")
	}
	return int(n), err
}

func sinceFirst(t time.Time, first int) int { return (int(t.Weekday()) - first + 7) % 7 }

func defineDateShifts() {
	day0 := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	for name, f := range map[string]func(t time.Time) time.Time{
		"Date.StartOfYear":    func(t time.Time) time.Time { return day0(t.Year(), 1, 1) },
		"Date.EndOfYear":      func(t time.Time) time.Time { return day0(t.Year(), 12, 31) },
		"Date.StartOfMonth":   func(t time.Time) time.Time { return day0(t.Year(), t.Month(), 1) },
		"Date.EndOfMonth":     func(t time.Time) time.Time { return day0(t.Year(), t.Month()+1, 0) },
		"Date.StartOfQuarter": func(t time.Time) time.Time { return day0(t.Year(), (t.Month()-1)/3*3+1, 1) },
		"Date.EndOfQuarter":   func(t time.Time) time.Time { return day0(t.Year(), (t.Month()-1)/3*3+4, 0) },
		"Date.StartOfDay":     func(t time.Time) time.Time { return day0(t.Year(), t.Month(), t.Day()) },
	} {
		define(name, 1, 1, onDate(func(c *call, t time.Time) (Value, error) {
			return movedEnd(c, f(t), name[5:8] == "End")
		}))
	}
	for name, end := range map[string]int{"Date.StartOfWeek": 0, "Date.EndOfWeek": 6} {
		define(name, 1, 2, onDate(func(c *call, t time.Time) (Value, error) {
			first, err := c.firstDay(1)
			if err != nil {
				return Value{}, err
			}
			return movedEnd(c, day0(t.Year(), t.Month(), t.Day()-sinceFirst(t, first)+end), end > 0)
		}))
	}
	for name, months := range map[string]int64{"Date.AddDays": 0, "Date.AddWeeks": -7, "Date.AddMonths": 1, "Date.AddQuarters": 3, "Date.AddYears": 12} {
		define(name, 2, 2, onDate(func(c *call, t time.Time) (Value, error) {
			if !c.has(1) {
				return Value{}, nil
			}
			n, err := c.whole(1)
			if err != nil {
				return Value{}, err
			}
			if abs(n) > 4_000_000 {
				return Value{}, c.raise(1, "the date leaves the years 1 to 9999")
			}
			if months <= 0 {
				return moved(c, t.AddDate(0, 0, int(n*max(1, -months))))
			}
			// A day that the month has not becomes its last one, unlike in Go.
			first := time.Date(t.Year(), t.Month()+time.Month(n*months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
			last := day0(first.Year(), first.Month()+1, 0).Day()
			return moved(c, first.AddDate(0, 0, min(t.Day(), last)-1))
		}))
	}
}

// movedEnd is moved to the start of a day, or to its last microsecond.
func movedEnd(c *call, t time.Time, end bool) (Value, error) {
	if end && c.arg(0).kind != Date {
		t = t.Add(24*time.Hour - time.Microsecond)
	}
	return moved(c, t)
}

// moved gives a changed date in the kind that it had.
func moved(c *call, t time.Time) (Value, error) {
	if t.Year() < 1 || t.Year() > 9999 {
		return Value{}, c.raise(0, "the date leaves the years 1 to 9999")
	}
	switch v := c.arg(0); v.kind {
	case Date:
		return dateOf(t), nil
	case Zoned:
		return Value{kind: Zoned, n: t.UnixMicro(), ref: v.ref}, nil
	}
	return dateTimeOf(t), nil
}

// dateToText is Date.ToText(date, format, culture) and Date.ToText(date, [Format, Culture]).
func dateToText(c *call, t time.Time) (Value, error) {
	format, at := c.arg(1), 2
	if format.kind == RecordOf {
		opts, err := c.fields(1, "Format", "Culture")
		if err != nil {
			return Value{}, err
		}
		format, at = opts["Format"], 1
	}
	cul, err := c.cultureAt(at)
	if err != nil {
		return Value{}, err
	}
	if format.kind == Null {
		s, _ := toText(c.arg(0), cul)
		return text(s), nil
	}
	if format.kind != Text {
		return Value{}, c.raise(1, "the format is %s, not a text", format.describe())
	}
	var zone *int
	if z, ok := c.arg(0).ref.(int); ok {
		zone = &z
	}
	s, err := cul.FormatZoned(t, zone, format.s)
	if err != nil {
		return Value{}, c.errorf(1, inlay.Unsupported, "%s", fmt.Sprint(err))
	}
	return text(s), nil
}
