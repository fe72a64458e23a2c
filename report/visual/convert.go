package visual

import (
	"math"
	"time"

	"inlay/dax"
)

// moment reads a date and time as answers write it.
func moment(s string) (dax.Value, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return dax.TimeOf(t), true
		}
	}
	return dax.Value{}, false
}

// decimal turns a number into units of 1/10,000. A double stands for the nearest decimal of
// four digits, as it was printed from one.
func decimal(v dax.Value) (dax.Value, bool) {
	if v.Type() == dax.Int64 {
		n := v.Int()
		return dax.DecimalOf(n * 10_000), n <= math.MaxInt64/10_000 && n >= math.MinInt64/10_000
	}
	units := math.Round(v.Float() * 10_000)
	return dax.DecimalOf(int64(units)), math.Abs(units) < 1<<53 && units/10_000 == v.Float()
}
