package fn

import (
	"math"

	"inlay/dax"
)

var (
	aRate   = need("rate", dax.Double)
	periods = need("periods", dax.Double)
	payment = need("payment", dax.Double)
	present = need("present value", dax.Double)
	future  = may("future value", dax.Double)
	when    = may("type", dax.Double)
)

// annuity holds the functions of regular payments.
var annuity = []Func{
	{
		Name: "PMT", Returns: dax.Double, Params: []Param{aRate, periods, present, future, when},
		Doc:      "The payment of each period of a loan or an annuity; type 1 pays at the beginning of periods.",
		Examples: []Example{{`PMT(0.08/12, 10, 10000, 0, 1)`, `-1030.16432717797`}, {`PMT(0.06/12, 18*12, 0, 50000)`, `-129.081160867991`}, {`PMT(0, 10, 100)`, `-10`}},
		Eval:     computed(func(a *args) float64 { return pmt(a.num(0), a.num(1), a.num(2), a.num(3), a.kind(4)) }),
	},
	{
		Name: "PV", Returns: dax.Double, Params: []Param{aRate, periods, payment, future, when},
		Doc:      "What regular payments are worth now.",
		Examples: []Example{{`PV(0.08/12, 12*20, 500.00, 0, 0)`, `-59777.1458511878`}},
		Eval: computed(func(a *args) float64 {
			return -(a.num(3) + a.num(2)*series(a.num(0), a.num(1), a.kind(4))) / math.Pow(1+a.num(0), a.num(1))
		}),
	},
	{
		Name: "FV", Returns: dax.Double, Params: []Param{aRate, periods, payment, may("present value", dax.Double), when},
		Doc:      "What regular payments are worth at the end.",
		Examples: []Example{{`FV(0.06/12, 10, -200, -500, 1)`, `2581.40337406012`}, {`FV(0, 2, -10)`, `20`}},
		Eval:     computed(func(a *args) float64 { return fv(a.num(0), a.num(1), a.num(2), a.num(3), a.kind(4)) }),
	},
	{
		Name: "NPER", Returns: dax.Double, Params: []Param{aRate, payment, present, future, when},
		Doc:      "How many periods of regular payments an investment takes.",
		Examples: []Example{{`NPER(0.12/12, -100, -1000, 10000, 1)`, `59.6738656742946`}, {`NPER(0, -10, 100)`, `10`}},
		Eval: computed(func(a *args) float64 {
			r, p, v, f, k := a.num(0), a.num(1), a.num(2), a.num(3), a.kind(4)
			if r == 0 {
				return -(v + f) / p
			}
			q := p * (1 + r*k) / r
			return math.Log((q-f)/(q+v)) / math.Log1p(r)
		}),
	},
	{
		Name: "RATE", Returns: dax.Double, Params: []Param{periods, payment, present, future, when, may("guess", dax.Double)},
		Doc:      "The interest of each period, found by trying.",
		Examples: []Example{{`RATE(4*12, -200, 8000)`, `0.00770147248820137`}, {`ROUND(RATE(24, -250, 5000, 0, 1), 10)`, `0.0165501191`}, {`RATE(10, 100, 100)`, `error`}},
		Eval: computed(func(a *args) float64 {
			n, p, v, f, k := a.num(0), a.num(1), a.num(2), a.num(3), a.kind(4)
			a.must(n > 0, "there are no periods")
			return root(func(r float64) float64 { return v*math.Pow(1+r, n) + p*series(r, n, k) + f }, a.or(5, .1), -.999999, 1e6)
		}),
	},
	{
		Name: "IPMT", Returns: dax.Double, Params: []Param{aRate, need("period", dax.Double), periods, present, future, when},
		Doc:      "The part of a payment that is interest.",
		Examples: []Example{{`IPMT(0.1/12, 1, 3*12, 8000)`, `-66.6666666666667`}, {`IPMT(0.1, 3, 3, 8000)`, `-292.447129909366`}},
		Eval:     computed(func(a *args) float64 { i, _ := parted(a); return i }),
	},
	{
		Name: "PPMT", Returns: dax.Double, Params: []Param{aRate, need("period", dax.Double), periods, present, future, when},
		Doc:      "The part of a payment that pays back.",
		Examples: []Example{{`PPMT(0.1/12, 1, 2*12, 2000.00)`, `-75.6231860083663`}, {`PPMT(0.08, 10, 10, 200000.00)`, `-27598.0534624214`}},
		Eval:     computed(func(a *args) float64 { _, p := parted(a); return p }),
	},
	{
		Name: "CUMIPMT", Returns: dax.Double, Params: cumulated,
		Doc:      "The interest that is paid in some periods of a loan.",
		Examples: []Example{{`CUMIPMT(0.09/12, 30*12, 125000, 13, 24, 1)`, `-11052.3395838718`}, {`CUMIPMT(0.09/12, 30*12, 125000, 1, 1, 0)`, `-937.5`}},
		Eval:     computed(func(a *args) float64 { i, _ := sums(a); return i }),
	},
	{
		Name: "CUMPRINC", Returns: dax.Double, Params: cumulated,
		Doc:      "What is paid back in some periods of a loan.",
		Examples: []Example{{`CUMPRINC(0.09/12, 30*12, 125000, 13, 24, 1)`, `-927.153472378062`}, {`CUMPRINC(0.09/12, 30*12, 125000, 1, 1, 0)`, `-68.2782711809784`}},
		Eval:     computed(func(a *args) float64 { _, p := sums(a); return p }),
	},
	{
		Name: "ISPMT", Returns: dax.Double, Params: []Param{aRate, need("period", dax.Double), periods, present},
		Doc:      "The interest of a period of a loan that is paid back in even parts; the first period is 0.",
		Examples: []Example{{`ISPMT(0.1, 0, 4, 4000)`, `-400`}, {`ISPMT(0.1, 3, 4, 4000)`, `-100`}},
		Eval: computed(func(a *args) float64 {
			a.must(a.num(2) != 0, "there are no periods")
			return a.num(3) * a.num(0) * (a.num(1)/a.num(2) - 1)
		}),
	},
	{
		Name: "EFFECT", Returns: dax.Double, Params: []Param{need("nominal rate", dax.Double), need("periods a year", dax.Double)},
		Doc:      "The yearly interest of a nominal rate that is paid several times a year.",
		Examples: []Example{{`ROUND(EFFECT(0.0525, 4), 10)`, `0.0535426674`}, {`EFFECT(0, 4)`, `error`}},
		Eval: computed(func(a *args) float64 {
			n := a.whole(1)
			a.must(a.num(0) > 0 && n >= 1, "the rate must be greater than 0 and the periods at least 1")
			return math.Expm1(n * math.Log1p(a.num(0)/n))
		}),
	},
	{
		Name: "NOMINAL", Returns: dax.Double, Params: []Param{need("effective rate", dax.Double), need("periods a year", dax.Double)},
		Doc:      "The nominal rate that, paid several times a year, gives a yearly interest.",
		Examples: []Example{{`ROUND(NOMINAL(0.053543, 4), 10)`, `0.0525003199`}},
		Eval: computed(func(a *args) float64 {
			n := a.whole(1)
			a.must(a.num(0) > 0 && n >= 1, "the rate must be greater than 0 and the periods at least 1")
			return n * math.Expm1(math.Log1p(a.num(0))/n)
		}),
	},
	{
		Name: "PDURATION", Returns: dax.Double, Params: []Param{aRate, present, need("future value", dax.Double)},
		Doc:      "How many periods an investment takes to reach a value.",
		Examples: []Example{{`ROUND(PDURATION(0.025, 2000, 2200), 8)`, `3.85986616`}},
		Eval: computed(func(a *args) float64 {
			a.must(a.num(0) > 0 && a.num(1) > 0 && a.num(2) > 0, "rate and values must be greater than 0")
			return (math.Log(a.num(2)) - math.Log(a.num(1))) / math.Log1p(a.num(0))
		}),
	},
	{
		Name: "RRI", Returns: dax.Double, Params: []Param{periods, present, need("future value", dax.Double)},
		Doc:      "The interest of each period by which a value grows to another.",
		Examples: []Example{{`RRI(12*8, 10000, 11000)`, `0.00099330737629133`}},
		Eval: computed(func(a *args) float64 {
			a.must(a.num(0) > 0 && a.num(1) != 0, "there must be periods and a present value")
			return math.Pow(a.num(2)/a.num(1), 1/a.num(0)) - 1
		}),
	},
	{
		Name: "DOLLARDE", Returns: dax.Double, Params: []Param{need("dollars", dax.Double), need("fraction", dax.Double)},
		Doc:      "A price with a fraction, such as 1.02 for 1 and 2/16, as a decimal number.",
		Examples: []Example{{`DOLLARDE(1.02, 16)`, `1.125`}, {`DOLLARDE(1.1, 32)`, `1.3125`}},
		Eval: computed(func(a *args) float64 {
			whole, part, n, digits := fraction(a)
			return whole + part*digits/n
		}),
	},
	{
		Name: "DOLLARFR", Returns: dax.Double, Params: []Param{need("dollars", dax.Double), need("fraction", dax.Double)},
		Doc:      "A price as a decimal number, with a fraction such as 1.02 for 1 and 2/16.",
		Examples: []Example{{`DOLLARFR(1.125, 16)`, `1.02`}, {`DOLLARFR(1.125, 32)`, `1.04`}},
		Eval: computed(func(a *args) float64 {
			whole, part, n, digits := fraction(a)
			return whole + part*n/digits
		}),
	},
}

var cumulated = []Param{aRate, periods, present, need("first", dax.Double), need("last", dax.Double), need("type", dax.Double)}

// series is what payments of 1 are worth at the end.
func series(r, n, kind float64) float64 {
	if r == 0 {
		return n
	}
	return (1 + r*kind) * math.Expm1(n*math.Log1p(r)) / r
}

func pmt(r, n, v, f, kind float64) float64 { return -(f + v*math.Pow(1+r, n)) / series(r, n, kind) }

func fv(r, n, p, v, kind float64) float64 { return -(v*math.Pow(1+r, n) + p*series(r, n, kind)) }

// interest is the interest in the payment of a period.
func interest(r, period, p, v, kind float64) float64 {
	switch {
	case period == 1 && kind == 1:
		return 0
	case kind == 1:
		return (fv(r, period-2, p, v, 1) - p) * r
	}
	return fv(r, period-1, p, v, 0) * r
}

func parted(a *args) (interestPart, rest float64) {
	r, period, n, k := a.num(0), a.num(1), a.num(2), a.kind(5)
	a.must(period >= 1 && period < n+1, "the period is none of the periods")
	p := pmt(r, n, a.num(3), a.num(4), k)
	i := interest(r, period, p, a.num(3), k)
	return i, p - i
}

// mostPeriods bounds loops over periods.
const mostPeriods = 100_000

func sums(a *args) (interestSum, rest float64) {
	r, n, v, first, last, k := a.num(0), a.num(1), a.num(2), a.whole(3), a.whole(4), a.kind(5)
	a.must(r > 0 && n > 0 && v > 0, "rate, periods and present value must be greater than 0")
	a.must(first >= 1 && last >= first && last <= n && last-first < mostPeriods, "first and last must be periods in order")
	if a.err != nil {
		return 0, 0
	}
	p := pmt(r, n, v, 0, k)
	for period := first; period <= last; period++ {
		i := interest(r, period, p, v, k)
		interestSum += i
		rest += p - i
	}
	return interestSum, rest
}

// fraction cuts a price; digits is the power of ten that the denominator n needs.
func fraction(a *args) (whole, part, n, digits float64) {
	n = math.Trunc(a.num(1))
	a.must(n >= 1, "the fraction must be at least 1")
	whole = math.Trunc(a.num(0))
	return whole, a.num(0) - whole, n, math.Pow(10, math.Ceil(math.Log10(n)))
}
