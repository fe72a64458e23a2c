package fn

import (
	"time"

	"inlay/dax"
)

var (
	settlement = need("settlement", dax.DateTime)
	maturity   = need("maturity", dax.DateTime)
	frequency  = need("frequency", dax.Double)
)

// bond is a security with regular coupons.
type bond struct {
	settled, matures time.Time
	frequency, basis int
}

// bondOf reads settlement and maturity, and from i on frequency and basis.
func bondOf(a *args, i int) bond {
	b := bond{a.day(0), a.day(1), a.frequency(i), a.basis(i + 1)}
	a.must(b.settled.Before(b.matures), "the settlement is not before the maturity")
	return b
}

// coupon makes the description of a function of coupons.
func coupon(name, doc string, returns dax.Type, example string, eval func([]dax.Value) (dax.Value, error)) Func {
	call := name + "(DATE(2011,1,25), DATE(2011,11,15), 2, 1)"
	return Func{Name: name, Returns: returns, Params: []Param{settlement, maturity, frequency, aBasis}, Doc: doc,
		Examples: []Example{{call, example}, {name + "(DATE(2011,1,25), DATE(2011,1,25), 2)", "error"}, {name + "(DATE(2011,1,25), DATE(2011,11,15), 3)", "error"}}, Eval: eval}
}

// coupons holds the functions of the dates of coupons.
var coupons = []Func{
	coupon("COUPDAYBS", "The days from the last coupon to the settlement.", dax.Int64, "71", counted(func(b bond) float64 { return b.accrued() })),
	coupon("COUPDAYS", "The days of the coupon period with the settlement.", dax.Double, "181", counted(func(b bond) float64 { return b.length() })),
	coupon("COUPDAYSNC", "The days from the settlement to the next coupon.", dax.Int64, "110", counted(func(b bond) float64 {
		last, next := b.around()
		if b.basis == 0 {
			return americanBoth(last, next) - american(last, b.settled)
		}
		return between(b.settled, next, b.basis)
	})),
	coupon("COUPNUM", "How many coupons are paid between settlement and maturity.", dax.Int64, "2", counted(func(b bond) float64 { return float64(b.count()) })),
	coupon("COUPNCD", "The date of the next coupon.", dax.DateTime, `dt"2011-05-15"`, dated(func(b bond) time.Time { _, next := b.around(); return next })),
	coupon("COUPPCD", "The date of the last coupon.", dax.DateTime, `dt"2010-11-15"`, dated(func(b bond) time.Time { last, _ := b.around(); return last })),
}

// counted makes the Eval of a count, a whole number where it is one.
func counted(f func(b bond) float64) func([]dax.Value) (dax.Value, error) {
	eval := computed(func(a *args) float64 {
		b := bondOf(a, 2)
		if a.err != nil {
			return 0
		}
		return f(b)
	})
	return func(v []dax.Value) (dax.Value, error) {
		x, err := eval(v)
		if n := int64(x.Float()); err == nil && float64(n) == x.Float() {
			return dax.IntOf(n), nil
		}
		return x, err
	}
}

func dated(f func(b bond) time.Time) func([]dax.Value) (dax.Value, error) {
	return func(v []dax.Value) (dax.Value, error) {
		a := &args{v: v}
		b := bondOf(a, 2)
		if a.err != nil {
			return dax.Value{}, a.err
		}
		return moment(f(b))
	}
}

// later is a date some months later, on the last day of the month if the month has no such
// day, or if it should be the last.
func later(t time.Time, months int, last bool) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	end := first.AddDate(0, 1, -1).Day()
	day := t.Day()
	if last || day > end {
		day = end
	}
	return first.AddDate(0, 0, day-1)
}

func lastOfMonth(t time.Time) bool { return t.AddDate(0, 0, 1).Day() == 1 }

// count is how many coupons are left.
func (b bond) count() int {
	months := (b.matures.Year()-b.settled.Year())*12 + int(b.matures.Month()-b.settled.Month())
	step := 12 / b.frequency
	n := max(months/step-1, 0)
	for later(b.matures, -n*step, lastOfMonth(b.matures)).After(b.settled) {
		n++
	}
	return n
}

// around are the coupons before and after the settlement; one on the day is before.
func (b bond) around() (last, next time.Time) {
	n, step, end := b.count(), 12/b.frequency, lastOfMonth(b.matures)
	return later(b.matures, -n*step, end), later(b.matures, -(n-1)*step, end)
}

// accrued is the days from the last coupon to the settlement.
func (b bond) accrued() float64 {
	last, _ := b.around()
	return between(last, b.settled, b.basis)
}

// length is the days of the coupon period.
func (b bond) length() float64 {
	switch b.basis {
	case 1:
		last, next := b.around()
		return between(last, next, 1)
	case 3:
		return 365 / float64(b.frequency)
	}
	return 360 / float64(b.frequency)
}

// between is the days between two dates as a basis counts them.
func between(from, to time.Time, basis int) float64 {
	switch basis {
	case 0:
		return american(from, to)
	case 4:
		return european(from, to)
	}
	return to.Sub(from).Hours() / 24
}

// americanBoth counts as the NASD does for whole coupon periods: both dates are changed.
func americanBoth(from, to time.Time) float64 {
	d2 := to.Day()
	if lastOfFebruary(to) || d2 == 31 {
		d2 = 30
	}
	d1 := from.Day()
	if lastOfFebruary(from) {
		d1 = 30
	}
	return days360(from, to, min(d1, 30), d2)
}

// yearDays is the length of the year for a basis.
func yearDays(from, to time.Time, basis int) float64 {
	switch basis {
	case 1:
		return yearLength(from, to)
	case 3:
		return 365
	}
	return 360
}
