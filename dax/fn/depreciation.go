package fn

import (
	"math"

	"inlay/dax"
)

var (
	aCost    = need("cost", dax.Double)
	salvage  = need("salvage", dax.Double)
	life     = need("life", dax.Double)
	aPeriod  = need("period", dax.Double)
	purchase = need("purchased", dax.DateTime)
	firstEnd = need("first period ends", dax.DateTime)
	aBasis   = may("basis", dax.Double)
)

// depreciation holds the functions of values that things lose.
var depreciation = []Func{
	{
		Name: "SLN", Returns: dax.Double, Params: []Param{aCost, salvage, life},
		Doc:      "The depreciation of each period when all are equal.",
		Examples: []Example{{`SLN(30000, 7500, 10)`, `2250`}, {`SLN(1, 1, 0)`, `error`}},
		Eval: computed(func(a *args) float64 {
			a.must(a.num(2) != 0, "the life is 0")
			return (a.num(0) - a.num(1)) / a.num(2)
		}),
	},
	{
		Name: "SYD", Returns: dax.Double, Params: []Param{aCost, salvage, life, aPeriod},
		Doc:      "The depreciation of a period by the sum of the digits of the years.",
		Examples: []Example{{`SYD(30000.00, 7500.00, 10, 1)`, `4090.90909090909`}, {`SYD(30000.00, 7500.00, 10, 10)`, `409.090909090909`}, {`SYD(30000, 7500, 10, 11)`, `error`}},
		Eval: computed(func(a *args) float64 {
			n, p := a.num(2), a.num(3)
			a.must(n >= 1 && p >= 1 && p <= n, "the period is none of the life")
			return (a.num(0) - a.num(1)) * (n - p + 1) * 2 / (n * (n + 1))
		}),
	},
	{
		Name: "DB", Returns: dax.Double, Params: []Param{aCost, salvage, life, aPeriod, may("months of the first year", dax.Double)},
		Doc:      "The depreciation of a period at a fixed rate of what is left.",
		Examples: []Example{{`DB(1000000, 100000, 6, 1, 7)`, `186083.333333333`}, {`DB(1000000, 100000, 6, 2, 7)`, `259639.416666667`}, {`ROUND(DB(1000000, 100000, 6, 7, 7), 6)`, `15845.098474`}},
		Eval:     computed(fixedDeclining),
	},
	{
		Name: "DDB", Returns: dax.Double, Params: []Param{aCost, salvage, life, aPeriod, may("factor", dax.Double)},
		Doc:      "The depreciation of a period at twice, or another factor of, the even rate of what is left.",
		Examples: []Example{{`DDB(2400, 300, 10*365, 1)`, `1.31506849315068`}, {`DDB(2400, 300, 10, 1, 2)`, `480`}, {`ROUND(DDB(2400, 300, 10, 10), 10)`, `22.1225472`}},
		Eval: computed(func(a *args) float64 {
			cost, rest, n, p, f := a.num(0), a.num(1), a.num(2), a.whole(3), a.or(4, 2)
			a.must(cost >= 0 && rest >= 0 && n >= 1 && f > 0 && p >= 1 && p <= n && p < mostPeriods, "values must not be negative, and the period one of the life")
			if a.err != nil {
				return 0
			}
			lost, now := 0.0, 0.0
			for range int(p) {
				now = max(0, min((cost-lost)*f/n, cost-rest-lost))
				lost += now
			}
			return now
		}),
	},
	{
		Name: "VDB", Returns: dax.Double, Params: []Param{aCost, salvage, life, need("from", dax.Double), need("to", dax.Double), may("factor", dax.Double), may("no switch", dax.Boolean)},
		Doc:      "The depreciation between two points of the life as by DDB, evenly from where that is more, unless switching is off.",
		Examples: []Example{{`VDB(2400, 300, 10, 0, 1)`, `480`}, {`ROUND(VDB(2400, 300, 10*12, 6, 18), 10)`, `396.3060532648`}, {`ROUND(VDB(2400, 300, 10*12, 6, 18, 1.5), 10)`, `311.8089366582`}},
		Eval: computed(func(a *args) float64 {
			cost, rest, n, from, to := a.num(0), a.num(1), a.num(2), a.num(3), a.num(4)
			a.must(cost >= 0 && rest >= 0 && n >= 1 && from >= 0 && to >= from && to <= n && a.or(5, 2) > 0 && n < mostPeriods, "values must not be negative, and the points within the life")
			if a.err != nil {
				return 0
			}
			d := declining{cost, rest, n, a.or(5, 2), a.num(6) == 0}
			return d.until(to) - d.until(from)
		}),
	},
	{
		Name: "AMORLINC", Returns: dax.Double, Params: []Param{aCost, purchase, firstEnd, salvage, aPeriod, aRate, aBasis},
		Doc:      "The depreciation of a period in French accounts, evenly.",
		Examples: []Example{{`AMORLINC(2400, DATE(2008,8,19), DATE(2008,12,31), 300, 1, 0.15, 1)`, `360`}},
		Eval: computed(func(a *args) float64 {
			cost, rest, p, rate, part := french(a)
			first, each := cost*rate*part, cost*rate
			full := math.Trunc((cost - rest - first) / each)
			switch {
			case p == 0:
				return min(first, cost-rest)
			case p <= full:
				return each
			case p == full+1:
				return cost - rest - each*full - first
			}
			return 0
		}),
	},
	{
		Name: "AMORDEGRC", Returns: dax.Double, Params: []Param{aCost, purchase, firstEnd, salvage, aPeriod, aRate, aBasis},
		Doc:      "The depreciation of a period in French accounts, faster for things of long life.",
		Examples: []Example{{`AMORDEGRC(2400, DATE(2008,8,19), DATE(2008,12,31), 300, 1, 0.15, 1)`, `776`}, {`AMORDEGRC(2400, DATE(2008,8,19), DATE(2008,12,31), 300, 0, 0.15, 1)`, `330`}},
		Eval:     computed(degressive),
	},
}

func fixedDeclining(a *args) float64 {
	cost, rest, n, p, months := a.num(0), a.num(1), a.num(2), a.whole(3), math.Round(a.or(4, 12))
	last := n
	if months < 12 {
		last++
	}
	a.must(cost >= 0 && rest >= 0 && n >= 1 && p >= 1 && p <= last && p < mostPeriods && months >= 1 && months <= 12, "values must not be negative, the period one of the life, the months from 1 to 12")
	if a.err != nil || cost == 0 {
		return 0
	}
	rate := math.Round((1-math.Pow(rest/cost, 1/n))*1000) / 1000
	lost, now := 0.0, 0.0
	for i := 1.0; i <= p; i++ {
		switch {
		case i == 1:
			now = cost * rate * months / 12
		case i == n+1:
			now = (cost - lost) * rate * (12 - months) / 12
		default:
			now = (cost - lost) * rate
		}
		lost += now
	}
	return now
}

// declining is what VDB sums.
type declining struct {
	cost, rest, life, factor float64
	switches                 bool // to even depreciation
}

// next is the depreciation of the period from a point, when so much is lost.
func (d declining) next(lost, at float64) float64 {
	fast := max(0, min((d.cost-lost)*d.factor/d.life, d.cost-d.rest-lost))
	if !d.switches || d.life-at <= 0 {
		return fast
	}
	return max(fast, (d.cost-d.rest-lost)/(d.life-at))
}

// until is the depreciation up to a point.
func (d declining) until(point float64) float64 {
	lost, at := 0.0, 0.0
	for ; at+1 <= point; at++ {
		lost += d.next(lost, at)
	}
	if at < point {
		lost += d.next(lost, at) * (point - at)
	}
	return lost
}

// french reads the arguments that the French functions share; part is how much of a year the
// first period is.
func french(a *args) (cost, rest, period, rate, part float64) {
	cost, rest, period, rate = a.num(0), a.num(3), a.whole(4), a.num(5)
	basis := a.basis(6)
	a.must(basis != 2, "the basis 2 is not one of 0, 1, 3 and 4")
	a.must(cost >= 0 && rest >= 0 && rest <= cost && period >= 0 && rate > 0, "values must not be negative, the salvage not above the cost, the rate above 0")
	from, to := a.day(1), a.day(2)
	a.must(!to.Before(from), "the purchase is behind the end of the first period")
	return cost, rest, period, rate, years(from, to, basis)
}

func degressive(a *args) float64 {
	cost, rest, p, rate, part := french(a)
	lives := 1 / rate
	a.must(lives >= 3 && (lives < 4 || lives > 5) || lives == 4 || lives == 5, "the life is one for which there is no coefficient")
	a.must(p < mostPeriods, "the period is none of the life")
	if a.err != nil {
		return 0
	}
	switch {
	case lives <= 4:
		rate *= 1.5
	case lives <= 6:
		rate *= 2
	default:
		rate *= 2.5
	}
	now := math.Round(part * rate * cost)
	cost -= now
	left := cost - rest
	for n := 0.0; n < p; n++ {
		now = math.Round(rate * cost)
		left -= now
		if left < 0 {
			if p-n <= 1 {
				return math.Round(cost * .5)
			}
			return 0
		}
		cost -= now
	}
	return now
}
