package fn

import (
	"errors"
	"fmt"
	"math"
	"time"

	"inlay/dax"
)

// args reads the arguments of functions of numbers and dates. BLANK is 0, and so is an
// argument that is left out, unless said.
type args struct {
	v   []dax.Value
	err error
}

func (a *args) fail(format string, x ...any) {
	if a.err == nil {
		a.err = fmt.Errorf(format, x...)
	}
}

// num is a number.
func (a *args) num(i int) float64 { return option(a.v, i, dax.Value{}).Float() }

// or is a number, or another where it is left out.
func (a *args) or(i int, otherwise float64) float64 {
	if i >= len(a.v) || a.v[i].IsBlank() {
		return otherwise
	}
	return a.v[i].Float()
}

// whole is a number, rounded half away from zero.
func (a *args) whole(i int) float64 { return math.Round(a.num(i)) }

// day is a date without its time; BLANK is day 0.
func (a *args) day(i int) time.Time {
	v := option(a.v, i, dax.Value{})
	if v.IsBlank() {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	}
	y, m, d := v.Time().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// basis is how days are counted, from 0 to 4.
func (a *args) basis(i int) int {
	b := a.whole(i)
	if b < 0 || b > 4 {
		a.fail("the basis %v is not one of 0, 1, 2, 3 and 4", b)
		return 0
	}
	return int(b)
}

// frequency is how many coupons a year has: 1, 2 or 4.
func (a *args) frequency(i int) int {
	f := a.whole(i)
	if f != 1 && f != 2 && f != 4 {
		a.fail("the frequency %v is not one of 1, 2 and 4", f)
		return 1
	}
	return int(f)
}

// kind is 0 for payments at the end of periods, 1 for the beginning.
func (a *args) kind(i int) float64 {
	k := a.whole(i)
	if k != 0 && k != 1 {
		a.fail("the type %v is not one of 0 and 1", k)
	}
	return k
}

// must fails unless a condition holds.
func (a *args) must(ok bool, what string) {
	if !ok {
		a.fail("%s", what)
	}
}

var errNoNumber = errors.New("the result is no finite number")

// computed makes the Eval of a function of numbers and dates.
func computed(f func(a *args) float64) func([]dax.Value) (dax.Value, error) {
	return func(v []dax.Value) (dax.Value, error) {
		a := &args{v: v}
		x := f(a)
		switch {
		case a.err != nil:
			return dax.Value{}, a.err
		case math.IsNaN(x) || math.IsInf(x, 0):
			return dax.Value{}, errNoNumber
		}
		return dax.FloatOf(x), nil
	}
}

// root finds where a function is 0, near a guess: by Newton's steps first, then by halving an
// interval in which the sign changes. It reports NaN if there is none.
func root(f func(float64) float64, guess float64, low, high float64) float64 {
	x := guess
	for range 100 {
		y := f(x)
		h := 1e-6 * max(1e-3, math.Abs(x))
		slope := (f(x+h) - f(x-h)) / (2 * h)
		next := x - y/slope
		if math.IsNaN(next) || next <= low || next >= high {
			break
		}
		if math.Abs(next-x) <= 1e-15*max(1e-3, math.Abs(next)) {
			return next
		}
		x = next
		if y == 0 {
			return x
		}
	}
	return bisect(f, low, high)
}

// bisect halves an interval at whose ends a function has different signs.
func bisect(f func(float64) float64, low, high float64) float64 {
	a, b := f(low), f(high)
	if a == 0 {
		return low
	}
	if b == 0 {
		return high
	}
	if math.IsNaN(a) || math.IsNaN(b) || (a > 0) == (b > 0) {
		return math.NaN()
	}
	for range 2000 {
		mid := low + (high-low)/2
		if mid == low || mid == high {
			break
		}
		if y := f(mid); (y > 0) == (a > 0) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}
