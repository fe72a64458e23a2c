package fn

import (
	"math"
	"time"
)

// oddFirst is a bond whose first period is not a coupon period.
type oddFirst struct {
	bond
	issue, first     time.Time
	rate, redemption float64
}

func oddFirstOf(a *args) oddFirst {
	o := oddFirst{bond{a.day(0), a.day(1), a.frequency(7), a.basis(8)}, a.day(2), a.day(3), a.num(4), a.num(6)}
	a.must(o.issue.Before(o.settled) && o.settled.Before(o.first) && o.first.Before(o.matures), "issue, settlement, first coupon and maturity must come in this order")
	a.must(o.rate >= 0 && o.redemption > 0, "the rate must not be negative, the redemption greater than 0")
	return o
}

// price is the price of 100 at a yield (oddfprice-function-dax.md).
func (o oddFirst) price(y float64) float64 {
	m := float64(o.frequency)
	toFirst := bond{o.settled, o.first, o.frequency, o.basis}
	all := toFirst.length()
	each, x := 100*o.rate/m, 1+y/m
	dfc := between(o.issue, o.first, o.basis)
	if dfc < all {
		n := o.count()
		left := between(o.settled, o.first, o.basis) / all
		sum := o.redemption/math.Pow(x, float64(n)-1+left) + each*dfc/all/math.Pow(x, left)
		for k := 2; k <= n; k++ {
			sum += each / math.Pow(x, float64(k)-1+left)
		}
		return sum - each*between(o.issue, o.settled, o.basis)/all
	}
	periods, accrued := o.quasi(all)
	last, next := toFirst.around()
	left := all - between(last, o.settled, o.basis)
	if o.basis == 2 || o.basis == 3 {
		left = between(o.settled, next, o.basis)
	}
	left /= all
	whole := float64(toFirst.count() - 1)
	n := bond{o.first, o.matures, o.frequency, o.basis}.count()
	sum := o.redemption/math.Pow(x, left+whole+float64(n)) + each*periods/math.Pow(x, whole+left)
	for k := 1; k <= n; k++ {
		sum += each / math.Pow(x, float64(k)+whole+left)
	}
	return sum - each*accrued
}

// quasi counts the coupon periods of a long first period: all, and up to the settlement.
func (o oddFirst) quasi(all float64) (periods, accrued float64) {
	after := o.first
	for n := (bond{o.issue, o.first, o.frequency, o.basis}).count(); n >= 1; n-- {
		before := later(after, -12/o.frequency, false)
		length := all
		if o.basis == 1 {
			length = between(before, after, 1)
		}
		part := length
		if n == 1 {
			part = between(o.issue, after, o.basis)
		}
		// The first quasi-period is the earliest; the loop goes back from the first coupon.
		if before.Before(o.issue) {
			part = between(o.issue, after, o.basis)
		}
		periods += part / length
		if begin, end := latest(o.issue, before), earliest(o.settled, after); begin.Before(end) {
			accrued += between(begin, end, o.basis) / length
		}
		after = before
	}
	return periods, accrued
}

// oddLast counts the coupon periods behind the last interest: all, up to the settlement, and
// from there on. It also gives the frequency.
func oddLast(a *args) (spans, float64) {
	settled, matures, last := a.day(0), a.day(1), a.day(2)
	n, basis := a.frequency(6), a.basis(7)
	a.must(last.Before(settled) && settled.Before(matures), "last interest, settlement and maturity must come in this order")
	a.must(a.num(3) >= 0 && a.num(4) >= 0 && a.num(5) > 0, "rates and prices must not be negative")
	if a.err != nil {
		return spans{1, 1, 1}, 1
	}
	var s spans
	for before := last; before.Before(matures); {
		after := later(before, 12/n, false)
		length := between(before, after, basis)
		part := length
		if !after.Before(matures) {
			part = between(before, matures, basis)
		}
		s.whole += part / length
		switch {
		case after.Before(settled):
			s.accrued += part / length
		case before.Before(settled):
			s.accrued += between(before, settled, basis) / length
		}
		if begin, end := latest(settled, before), earliest(matures, after); begin.Before(end) {
			s.left += between(begin, end, basis) / length
		}
		before = after
	}
	return s, float64(n)
}
