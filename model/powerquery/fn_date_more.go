package powerquery

import (
	"strings"
	"time"
)

func defineDatesMore() {
	for name, f := range map[string]func(t time.Time, zone int) Value{
		"DateTimeZone.LocalNow":    func(t time.Time, z int) Value { return zoned(t.UnixMicro(), z) },
		"DateTimeZone.UtcNow":      func(t time.Time, _ int) Value { return zoned(t.UnixMicro(), 0) },
		"DateTimeZone.FixedUtcNow": func(t time.Time, _ int) Value { return zoned(t.UnixMicro(), 0) },
	} {
		define(name, 0, 0, func(c *call) (Value, error) { return f(c.ev.cfg.Now().UTC(), 0), nil })
	}
	library["DateTimeZone.FixedLocalNow"] = library["DateTimeZone.LocalNow"]
	library["Duration.FromText"] = library["Duration.From"]
	define("DateTimeZone.ToText", 1, 3, onDate(dateToText))
	define("#datetimezone", 8, 8, func(c *call) (Value, error) {
		v, err := c.sub("#datetime", c.args[:6]...)
		if err != nil {
			return Value{}, err
		}
		h, err := c.whole(6)
		m, e := c.whole(7)
		if abs(h) > 14 || abs(m) > 59 {
			err = c.raise(6, "there is no such offset")
		}
		return zoned(v.n, int(h*60+m)), or(err, e)
	})
	define("DateTime.AddZone", 2, 3, onDate(func(c *call, t time.Time) (Value, error) {
		h, err := c.whole(1)
		m := int64(0)
		if err == nil && c.has(2) {
			m, err = c.whole(2)
		}
		return zoned(t.UnixMicro(), int(h*60+m)), err
	}))
	onZone := func(f func(c *call, v Value) (Value, error)) func(c *call) (Value, error) {
		return func(c *call) (Value, error) {
			switch v := c.arg(0); v.kind {
			case Null:
				return v, nil
			case Zoned:
				return f(c, v)
			}
			return Value{}, c.raise(0, "expected a datetimezone, not %s", c.arg(0).describe())
		}
	}
	define("DateTimeZone.RemoveZone", 1, 1, onZone(func(_ *call, v Value) (Value, error) { return Value{kind: DateTime, n: v.n}, nil }))
	define("DateTimeZone.ToUtc", 1, 1, onZone(func(_ *call, v Value) (Value, error) { return zoned(v.instant(), 0), nil }))
	define("DateTimeZone.ToLocal", 1, 1, onZone(func(_ *call, v Value) (Value, error) { return zoned(v.instant(), 0), nil }))
	define("DateTimeZone.SwitchZone", 2, 3, onZone(func(c *call, v Value) (Value, error) {
		h, err := c.whole(1)
		m := int64(0)
		if err == nil && c.has(2) {
			m, err = c.whole(2)
		}
		return zoned(v.instant()+(h*60+m)*60*second, int(h*60+m)), err
	}))
	define("DateTimeZone.ZoneHours", 1, 1, onZone(func(_ *call, v Value) (Value, error) { return integer(int64(v.ref.(int) / 60)), nil }))
	define("DateTimeZone.ZoneMinutes", 1, 1, onZone(func(_ *call, v Value) (Value, error) { return integer(int64(v.ref.(int) % 60)), nil }))
	define("DateTimeZone.ToRecord", 1, 1, onZone(func(c *call, v Value) (Value, error) {
		r, err := c.sub("DateTime.ToRecord", v.reading())
		z := int64(v.ref.(int))
		return merge(r.record(), recordOf([]string{"ZoneHours", "ZoneMinutes"}, []Value{integer(z / 60), integer(z % 60)}).record()), err
	}))
	for name, zone := range map[string]bool{"DateTime.FromFileTime": false, "DateTimeZone.FromFileTime": true} {
		define(name, 1, 1, onNumber(func(c *call, _ float64) (Value, error) {
			n, err := c.whole(0) // ticks of 100 ns since 1601
			if err != nil || n < 0 || n > 2_650_467_743_999_999_999 {
				return Value{}, or(err, c.raise(0, "there is no such time"))
			}
			at := n/10 - 11_644_473_600*second
			if zone {
				return zoned(at, 0), nil
			}
			return Value{kind: DateTime, n: at}, nil
		}))
	}
	defineDateMoreParts()
	definePeriods()
}

func zoned(micros int64, minutes int) Value { return Value{kind: Zoned, n: micros, ref: minutes} }

func defineDateMoreParts() {
	define("Date.WeekOfMonth", 1, 2, onDate(func(c *call, t time.Time) (Value, error) {
		first, err := c.firstDay(1)
		return integer(int64((t.Day()-1+sinceFirst(t.AddDate(0, 0, 1-t.Day()), first))/7 + 1)), err
	}))
	define("Date.ToRecord", 1, 1, onDate(func(_ *call, t time.Time) (Value, error) {
		return recordOf([]string{"Year", "Month", "Day"}, []Value{integer(int64(t.Year())), integer(int64(t.Month())), integer(int64(t.Day()))}), nil
	}))
	define("DateTime.ToRecord", 1, 1, onDate(func(_ *call, t time.Time) (Value, error) {
		return recordOf([]string{"Year", "Month", "Day", "Hour", "Minute", "Second"}, []Value{integer(int64(t.Year())), integer(int64(t.Month())), integer(int64(t.Day())),
			integer(int64(t.Hour())), integer(int64(t.Minute())), seconds(t)}), nil
	}))
	define("Time.ToRecord", 1, 1, onDate(func(_ *call, t time.Time) (Value, error) {
		return recordOf([]string{"Hour", "Minute", "Second"}, []Value{integer(int64(t.Hour())), integer(int64(t.Minute())), seconds(t)}), nil
	}))
	define("Time.StartOfHour", 1, 1, onDate(func(c *call, t time.Time) (Value, error) { return movedTime(c, t.Truncate(time.Hour)) }))
	define("Time.EndOfHour", 1, 1, onDate(func(c *call, t time.Time) (Value, error) {
		return movedTime(c, t.Truncate(time.Hour).Add(time.Hour-time.Microsecond))
	}))
	define("Date.EndOfDay", 1, 1, onDate(func(c *call, t time.Time) (Value, error) {
		return moved(c, t.Truncate(24*time.Hour).Add(24*time.Hour-time.Microsecond))
	}))
	define("Duration.ToText", 1, 2, func(c *call) (Value, error) { return c.sub("Text.From", c.arg(0)) })
	define("Duration.ToRecord", 1, 1, func(c *call) (Value, error) {
		v := c.arg(0)
		if v.kind != Duration {
			return v, nil
		}
		return recordOf([]string{"Days", "Hours", "Minutes", "Seconds"}, []Value{integer(v.n / day), integer(v.n / (3600 * second) % 24),
			integer(v.n / (60 * second) % 60), tidy(float64(v.n%(60*second)) / float64(second))}), nil
	})
}

// movedTime is moved for times of day, too.
func movedTime(c *call, t time.Time) (Value, error) {
	if c.arg(0).kind == Time {
		return Value{kind: Time, n: t.UnixMicro()}, nil
	}
	return moved(c, t)
}

// definePeriods defines Date.IsInCurrentMonth, Date.IsInPreviousNDays and their kin: whether a
// date lies in a period counted from today.
func definePeriods() {
	clock := map[string]time.Duration{"Hour": time.Hour, "Minute": time.Minute, "Second": time.Second}
	start := func(unit string, t time.Time, c *call) time.Time {
		if d := clock[unit]; d > 0 {
			return t.Truncate(d)
		}
		t = t.Truncate(24 * time.Hour)
		switch unit {
		case "Week":
			first, _ := c.firstDay(9)
			return t.AddDate(0, 0, -sinceFirst(t, first))
		case "Month":
			return t.AddDate(0, 0, 1-t.Day())
		case "Quarter":
			return time.Date(t.Year(), (t.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
		case "Year":
			return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		}
		return t
	}
	add := func(unit string, t time.Time, n int) time.Time {
		if d := clock[unit]; d > 0 {
			return t.Add(time.Duration(n) * d)
		}
		switch unit {
		case "Week":
			return t.AddDate(0, 0, 7*n)
		case "Month":
			return t.AddDate(0, n, 0)
		case "Quarter":
			return t.AddDate(0, 3*n, 0)
		case "Year":
			return t.AddDate(n, 0, 0)
		}
		return t.AddDate(0, 0, n)
	}
	for _, unit := range []string{"Day", "Week", "Month", "Quarter", "Year", "Hour", "Minute", "Second"} {
		of := "Date"
		if clock[unit] > 0 {
			of = "DateTime"
		}
		for _, which := range []string{"Current", "Previous", "Next", "PreviousN", "NextN"} {
			name, args := of+".IsIn"+which+unit, 1
			if strings.HasSuffix(which, "N") {
				name, args = name+"s", 2
			}
			define(name, args, args, onDate(func(c *call, t time.Time) (Value, error) {
				n := 1
				if args == 2 {
					w, err := c.whole(1)
					if err != nil || abs(w) > 100_000 {
						return Value{}, c.raise(1, "expected a number of periods, not %s", c.arg(1).describe())
					}
					n = int(w)
				}
				from := start(unit, c.ev.cfg.Now().UTC(), c)
				to := add(unit, from, 1)
				switch which[:4] {
				case "Prev":
					from, to = add(unit, from, -n), from
				case "Next":
					from, to = to, add(unit, to, n)
				}
				return logical(!t.Before(from) && t.Before(to)), nil
			}))
		}
	}
	define("Date.IsInYearToDate", 1, 1, onDate(func(c *call, t time.Time) (Value, error) {
		now := c.ev.cfg.Now().UTC()
		return logical(t.Year() == now.Year() && t.YearDay() <= now.YearDay()), nil
	}))
}
