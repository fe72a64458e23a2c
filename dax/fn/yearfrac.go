package fn

import (
	"fmt"
	"time"

	"inlay/dax"
)

// yearfrac is the years between two dates, whichever is first.
func yearfrac(a []dax.Value) (dax.Value, error) {
	basis := option(a, 2, dax.IntOf(0)).Int()
	if basis < 0 || basis > 4 {
		return dax.Value{}, fmt.Errorf("the basis %d is not one of 0, 1, 2, 3 and 4", basis)
	}
	if a[0].IsBlank() || a[1].IsBlank() {
		return dax.Value{}, nil
	}
	from, to := a[0].Time().Truncate(24*time.Hour), a[1].Time().Truncate(24*time.Hour)
	if to.Before(from) {
		from, to = to, from
	}
	return dax.FloatOf(years(from, to, int(basis))), nil
}

// years is the years from one date to a later one.
func years(from, to time.Time, basis int) float64 {
	days := to.Sub(from).Hours() / 24
	switch basis {
	case 0:
		return american(from, to) / 360
	case 1:
		return days / yearLength(from, to)
	case 2:
		return days / 360
	case 3:
		return days / 365
	}
	return european(from, to) / 360
}

// european counts days of months of 30 days: the 31st counts as the 30th.
func european(from, to time.Time) float64 {
	return days360(from, to, min(from.Day(), 30), min(to.Day(), 30))
}

// days360 is the days between two dates in years of twelve months of 30 days.
func days360(from, to time.Time, d1, d2 int) float64 {
	return float64((to.Year()-from.Year())*360 + int(to.Month()-from.Month())*30 + d2 - d1)
}

// american counts days of months of 30 days as the NASD does: the last day of February, and
// the 31st behind a 30th, count as the 30th.
func american(from, to time.Time) float64 {
	d1, d2 := from.Day(), to.Day()
	if lastOfFebruary(from) {
		if lastOfFebruary(to) {
			d2 = 30
		}
		d1 = 30
	}
	if d2 == 31 && d1 >= 30 {
		d2 = 30
	}
	return days360(from, to, min(d1, 30), d2)
}

func lastOfFebruary(t time.Time) bool {
	return t.Month() == time.February && t.AddDate(0, 0, 1).Month() == time.March
}

// yearLength is the length of a year between two dates: that of the one year if they are at
// most a year apart, otherwise the mean of the years that they touch.
func yearLength(from, to time.Time) float64 {
	if !to.After(from.AddDate(1, 0, 0)) {
		for y := from.Year(); y <= to.Year(); y++ {
			leap := time.Date(y, 2, 29, 0, 0, 0, 0, time.UTC)
			if leap.Month() == time.February && (from.Year() == to.Year() || !leap.Before(from) && !leap.After(to)) {
				return 366
			}
		}
		return 365
	}
	first := time.Date(from.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(to.Year()+1, 1, 1, 0, 0, 0, 0, time.UTC)
	return last.Sub(first).Hours() / 24 / float64(to.Year()-from.Year()+1)
}
