package fn

import (
	"time"

	"inlay/dax"
)

var (
	issued     = need("issue", dax.DateTime)
	price      = need("price", dax.Double)
	redemption = need("redemption", dax.Double)
	discount   = need("discount", dax.Double)
	yield      = need("yield", dax.Double)
	par        = need("par", dax.Double)
)

// term reads settlement and maturity, and a basis; it gives the years between them.
func term(a *args, basis int) float64 {
	from, to := a.day(0), a.day(1)
	a.must(from.Before(to), "the settlement is not before the maturity")
	return years(from, to, a.basis(basis))
}

// discounted makes the description of a function of a security without coupons.
func discounted(name, doc string, of [2]Param, example Example, f func(x, y, years float64) float64) Func {
	return Func{Name: name, Returns: dax.Double, Params: []Param{settlement, maturity, of[0], of[1], aBasis}, Doc: doc, Examples: []Example{example},
		Eval: computed(func(a *args) float64 {
			a.must(a.num(2) > 0 && a.num(3) > 0, "prices and rates must be greater than 0")
			return f(a.num(2), a.num(3), term(a, 4))
		})}
}

// bill makes the description of a function of Treasury bills: at most a year, years of 360 days.
func bill(name, doc string, x Param, example Example, f func(x, days float64) float64) Func {
	return Func{Name: name, Returns: dax.Double, Params: []Param{settlement, maturity, x}, Doc: doc, Examples: []Example{example},
		Eval: computed(func(a *args) float64 {
			from, to := a.day(0), a.day(1)
			a.must(from.Before(to) && !to.After(later(from, 12, false)), "the maturity is not within a year behind the settlement")
			a.must(a.num(2) > 0, "prices and rates must be greater than 0")
			return f(a.num(2), to.Sub(from).Hours()/24)
		})}
}

// securities holds the functions of securities that pay once.
var securities = []Func{
	discounted("DISC", "The discount rate of a security.", [2]Param{price, redemption},
		Example{`DISC(DATE(2018,7,1), DATE(2048,1,1), 97.975, 100, 1)`, `0.000686384169121348`},
		func(p, r, t float64) float64 { return (r - p) / r / t }),
	discounted("INTRATE", "The interest rate of a security that is fully invested.", [2]Param{need("investment", dax.Double), redemption},
		Example{`INTRATE(DATE(2008,2,15), DATE(2008,5,15), 1000000, 1014420, 2)`, `0.05768`},
		func(i, r, t float64) float64 { return (r - i) / i / t }),
	discounted("RECEIVED", "What a security that is fully invested pays at maturity.", [2]Param{need("investment", dax.Double), discount},
		Example{`ROUND(RECEIVED(DATE(2008,2,15), DATE(2008,5,15), 1000000.00, 0.0575, 2), 6)`, `1014584.654407`},
		func(i, d, t float64) float64 { return i / (1 - d*t) }),
	discounted("PRICEDISC", "The price of 100 of a security that is sold at a discount.", [2]Param{discount, redemption},
		Example{`PRICEDISC(DATE(2008,2,16), DATE(2008,3,1), 0.0525, 100, 2)`, `99.7958333333333`},
		func(d, r, t float64) float64 { return r - d*r*t }),
	discounted("YIELDDISC", "The yearly yield of a security that is sold at a discount.", [2]Param{price, redemption},
		Example{`YIELDDISC(DATE(2008,2,16), DATE(2008,3,1), 99.795, 100,2)`, `0.0528225719868335`},
		func(p, r, t float64) float64 { return (r - p) / p / t }),
	bill("TBILLPRICE", "The price of 100 of a Treasury bill.", discount, Example{`TBILLPRICE(DATE(2008,3,31), DATE(2008,6,1), 0.09)`, `98.45`},
		func(d, days float64) float64 { return 100 * (1 - d*days/360) }),
	bill("TBILLYIELD", "The yield of a Treasury bill.", price, Example{`TBILLYIELD(DATE(2008,3,31), DATE(2008,6,1), 98.45)`, `0.0914169629253426`},
		func(p, days float64) float64 { return (100 - p) / p * 360 / days }),
	{
		Name: "TBILLEQ", Returns: dax.Double, Params: []Param{settlement, maturity, discount},
		Doc:      "The yield of a Treasury bill, of up to half a year, as that of a bond.",
		Examples: []Example{{`TBILLEQ(DATE(2008,3,31), DATE(2008,6,1), 0.0914)`, `0.094151493565943`}, {`TBILLEQ(DATE(2008,1,1), DATE(2008,12,1), 0.09)`, `error`}},
		Eval: computed(func(a *args) float64 {
			from, to, d := a.day(0), a.day(1), a.num(2)
			days := to.Sub(from).Hours() / 24
			a.must(days > 0 && d > 0, "the maturity must be behind the settlement, the discount greater than 0")
			// Beyond half a year the documented formula and the practice of other tools differ.
			a.must(days <= 182, "a bill of more than 182 days is not supported")
			return 365 * d / (360 - d*days)
		}),
	},
	{
		Name: "PRICEMAT", Returns: dax.Double, Params: []Param{settlement, maturity, issued, aRate, yield, aBasis},
		Doc:      "The price of 100 of a security that pays interest at maturity.",
		Examples: []Example{{`PRICEMAT(DATE(2008,2,15), DATE(2008,4,13), DATE(2007,11,11), 0.061, 0.061, 0)`, `99.9844988755569`}},
		Eval: computed(func(a *args) float64 {
			t, rate, y := atMaturity(a), a.num(3), a.num(4)
			return (100+t.whole*rate*100)/(1+t.left*y) - t.accrued*rate*100
		}),
	},
	{
		Name: "YIELDMAT", Returns: dax.Double, Params: []Param{settlement, maturity, issued, aRate, price, aBasis},
		Doc:      "The yearly yield of a security that pays interest at maturity.",
		Examples: []Example{{`YIELDMAT(DATE(2008,3,15), DATE(2008,11,3), DATE(2007,11,8), 0.0625, 100.0123, 0)`, `0.0609543336915387`}},
		Eval: computed(func(a *args) float64 {
			t, rate, p := atMaturity(a), a.num(3), a.num(4)/100
			a.must(p > 0, "the price must be greater than 0")
			paid := p + t.accrued*rate
			return (t.whole*rate + 1 - paid) / paid / t.left
		}),
	},
	{
		Name: "ACCRINTM", Returns: dax.Double, Params: []Param{issued, maturity, aRate, par, aBasis},
		Doc:      "The interest that accrues of a security that pays it at maturity.",
		Examples: []Example{{`ACCRINTM(DATE(2008,4,1), DATE(2008,6,15), 0.1, 1000, 3)`, `20.5479452054795`}},
		Eval: computed(func(a *args) float64 {
			a.must(a.num(2) > 0 && a.num(3) > 0, "rate and par must be greater than 0")
			return a.num(3) * a.num(2) * term(a, 4)
		}),
	},
	{
		Name: "ACCRINT", Returns: dax.Double,
		Params: []Param{issued, need("first interest", dax.DateTime), settlement, aRate, par, frequency, aBasis, may("from issue", dax.Boolean)},
		Doc:    "The interest that accrues of a security that pays it regularly, from its issue unless said.",
		Examples: []Example{{`ACCRINT(DATE(2007,3,1), DATE(2008,8,31), DATE(2008,5,1), 0.1, 1000, 2, 0)`, `116.944444444444`},
			{`ACCRINT(DATE(2007,3,1), DATE(2008,8,31), DATE(2008,5,1), 0.1, 1000, 2, 0, FALSE)`, `66.9444444444445`}},
		Eval: computed(accruing),
	},
}

// spans are parts of a life in years: all of it, up to the settlement, from there on.
type spans struct{ whole, accrued, left float64 }

func atMaturity(a *args) spans {
	settled, matures, issue := a.day(0), a.day(1), a.day(2)
	basis := a.basis(5)
	a.must(settled.Before(matures) && issue.Before(settled), "issue, settlement and maturity must come in this order")
	a.must(a.num(3) >= 0 && a.num(4) >= 0, "rates and prices must not be negative")
	year := yearDays(issue, settled, basis)
	whole, accrued := between(issue, matures, basis), between(issue, settled, basis)
	return spans{whole / year, accrued / year, (whole - accrued) / year}
}

// accruing is ACCRINT: the parts of coupon periods from the settlement back to the issue.
func accruing(a *args) float64 {
	issue, first, settled := a.day(0), a.day(1), a.day(2)
	rate, worth, n, basis := a.num(3), a.num(4), a.frequency(5), a.basis(6)
	full := a.or(7, 1)
	if len(a.v) > 7 && !a.v[7].IsBlank() && !a.v[7].Bool() {
		full = 0
	}
	a.must(issue.Before(settled) && rate > 0 && worth > 0, "the issue must be before the settlement, rate and par greater than 0")
	if a.err != nil {
		return 0
	}
	step, end := 12/n, lastOfMonth(first)
	before := later(first, -step, end)
	if settled.After(first) && full != 0 {
		before = first
		for next := later(before, step, end); !next.After(settled); next = later(before, step, end) {
			before = next
		}
	}
	begin := latest(issue, before)
	period := bond{settled: before, matures: later(before, step, end), frequency: n, basis: basis}
	sum := between(begin, settled, basis) / period.length()
	for before.After(issue) {
		after := before
		before = later(before, -step, end)
		if !issue.After(before) {
			sum += full
			continue
		}
		sum += partOfPeriod(before, after, issue, n, basis)
	}
	return worth * rate / float64(n) * sum
}

// partOfPeriod is how much of a coupon period lies behind the issue.
func partOfPeriod(before, after, issue time.Time, frequency, basis int) float64 {
	switch basis {
	case 0:
		return american(issue, after) / americanBoth(before, after)
	case 3:
		return between(issue, after, 3) * float64(frequency) / 365
	case 4:
		return european(issue, after) / 360 * float64(frequency)
	case 2:
		return between(issue, after, 2) / 360 * float64(frequency)
	}
	return between(issue, after, 1) / between(before, after, 1)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
