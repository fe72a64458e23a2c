package fn

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"inlay/dax"
)

// clock holds the functions whose results change without their arguments. The server's clock
// shows UTC, so NOW and UTCNOW agree, as they do in the Power BI service.
var clock = []Func{
	{
		Name: "NOW", Returns: dax.DateTime, Volatile: true,
		Doc:      "The current date and time, in UTC.",
		Examples: []Example{{`ISDATETIME(NOW())`, `TRUE`}, {`YEAR(NOW()) > 2020`, `TRUE`}},
		Eval:     reading(time.Microsecond),
	},
	{
		Name: "UTCNOW", Returns: dax.DateTime, Volatile: true,
		Doc:      "The current date and time, in UTC.",
		Examples: []Example{{`ISDATETIME(UTCNOW())`, `TRUE`}},
		Eval:     reading(time.Microsecond),
	},
	{
		Name: "TODAY", Returns: dax.DateTime, Volatile: true,
		Doc:      "The current date, in UTC.",
		Examples: []Example{{`TODAY() = INT(TODAY())`, `TRUE`}, {`TODAY() <= NOW()`, `TRUE`}},
		Eval:     reading(24 * time.Hour),
	},
	{
		Name: "UTCTODAY", Returns: dax.DateTime, Volatile: true,
		Doc:      "The current date, in UTC.",
		Examples: []Example{{`ISDATETIME(UTCTODAY())`, `TRUE`}},
		Eval:     reading(24 * time.Hour),
	},
	{
		Name: "RAND", Returns: dax.Double, Volatile: true,
		Doc:      "A random number from 0 up to, and not including, 1.",
		Examples: []Example{{`VAR r = RAND() RETURN r >= 0 && r < 1`, `TRUE`}},
		Eval:     func([]dax.Value) (dax.Value, error) { return dax.FloatOf(rand.Float64()), nil }, //nolint:gosec // not a secret
	},
	{
		Name: "RANDBETWEEN", Returns: dax.Int64, Volatile: true, Params: []Param{need("least", dax.Int64), need("greatest", dax.Int64)},
		Doc:      "A random whole number between two numbers, both included.",
		Examples: []Example{{`RANDBETWEEN(7, 7)`, `7`}, {`VAR r = RANDBETWEEN(-2, 3) RETURN r >= -2 && r <= 3`, `TRUE`}, {`RANDBETWEEN(2, 1)`, `error`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			low, high := a[0].Int(), a[1].Int()
			if low > high || high-low < 0 {
				return dax.Value{}, fmt.Errorf("%d to %d is no range", low, high)
			}
			return dax.IntOf(low + rand.Int64N(max(high-low+1, 1))), nil //nolint:gosec // not a secret
		},
	},
}

// reading makes the Eval of the current time, cut to a unit.
func reading(unit time.Duration) func([]dax.Value) (dax.Value, error) {
	return func([]dax.Value) (dax.Value, error) { return dax.TimeOf(time.Now().UTC().Truncate(unit)), nil }
}

// weekends are the days of rest by their number, as bits from Sunday.
var weekends = map[int64]int{1: 1<<6 | 1, 2: 1 | 1<<1, 3: 1<<1 | 1<<2, 4: 1<<2 | 1<<3, 5: 1<<3 | 1<<4, 6: 1<<4 | 1<<5, 7: 1<<5 | 1<<6,
	11: 1, 12: 1 << 1, 13: 1 << 2, 14: 1 << 3, 15: 1 << 4, 16: 1 << 5, 17: 1 << 6}

// Workdays is NETWORKDAYS: the days from one date to another, both included, that are neither
// weekend nor holiday; negative if the dates stand the other way round.
func Workdays(from, to, weekend dax.Value, holidays []dax.Value) (dax.Value, error) {
	if from.IsBlank() && to.IsBlank() {
		return dax.Value{}, nil
	}
	kind := int64(1)
	var err error
	if !weekend.IsBlank() {
		if kind, err = weekend.ToInt(); err != nil {
			return dax.Value{}, err
		}
	}
	rest, ok := weekends[kind]
	if !ok {
		return dax.Value{}, fmt.Errorf("%d is no number of a weekend", kind)
	}
	first, err := dayOf(from)
	if err != nil {
		return dax.Value{}, err
	}
	last, err := dayOf(to)
	if err != nil {
		return dax.Value{}, err
	}
	sign := int64(1)
	if last < first {
		first, last, sign = last, first, -1
	}
	off := func(day int64) bool { return rest>>((day%7+7+4)%7)&1 == 1 } // 1970-01-01 was a Thursday
	days := (last - first + 1) / 7
	n := int64(0)
	for d := range int64(7) {
		if !off(d) {
			n += days
		}
	}
	for d := first + days*7; d <= last; d++ {
		if !off(d) {
			n++
		}
	}
	seen := map[int64]bool{}
	for _, h := range holidays {
		d, err := dayOf(h)
		if err != nil {
			return dax.Value{}, err
		}
		if !h.IsBlank() && !seen[d] && d >= first && d <= last && !off(d) {
			n--
		}
		seen[d] = true
	}
	return dax.IntOf(sign * n), nil
}

// dayOf is a date in days since 1970; BLANK is 1899-12-30.
func dayOf(v dax.Value) (int64, error) {
	t, err := v.ToTime()
	if err != nil {
		return 0, err
	}
	if t.IsBlank() {
		t = dax.TimeOf(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC))
	}
	day := t.Time().Truncate(24 * time.Hour)
	return day.Unix() / 86400, nil
}

// raised is what ERROR raises.
func raised(a []dax.Value) (dax.Value, error) { return dax.Value{}, errors.New(a[0].Text()) }
