package fn

import (
	"math"

	"inlay/dax"
)

// bonds holds the functions of securities with regular coupons.
var bonds = []Func{
	{
		Name: "PRICE", Returns: dax.Double, Params: []Param{settlement, maturity, aRate, yield, redemption, frequency, aBasis},
		Doc:      "The price of 100 of a security with regular interest.",
		Examples: []Example{{`PRICE(DATE(2008,2,15), DATE(2017,11,15), 0.0575, 0.065, 100, 2, 0)`, `94.6343616213221`}, {`PRICE(DATE(2008,2,15), DATE(2008,2,15), 0.05, 0.06, 100, 2)`, `error`}},
		Eval: computed(func(a *args) float64 {
			b, ok := priced(a)
			a.must(a.num(3) >= 0, "the yield must not be negative")
			if !ok {
				return 0
			}
			return b.price(a.num(2), a.num(3), a.num(4))
		}),
	},
	{
		Name: "YIELD", Returns: dax.Double, Params: []Param{settlement, maturity, aRate, price, redemption, frequency, aBasis},
		Doc:      "The yield of a security with regular interest.",
		Examples: []Example{{`ROUND(YIELD(DATE(2008,2,15), DATE(2016,11,15), 0.0575, 95.04287, 100, 2,0), 12)`, `0.065000006881`}},
		Eval: computed(func(a *args) float64 {
			b, ok := priced(a)
			a.must(a.num(3) > 0, "the price must be greater than 0")
			if !ok || a.err != nil {
				return 0
			}
			rate, p, r := a.num(2), a.num(3), a.num(4)
			if b.count() <= 1 {
				m, passed, all := float64(b.frequency), b.accrued(), b.length()
				paid := p/100 + passed/all*rate/m
				return (r/100 + rate/m - paid) / paid * m * all / (all - passed)
			}
			return root(func(y float64) float64 { return b.price(rate, y, r) - p }, max(rate, .05), -.99*float64(b.frequency), 1e4)
		}),
	},
	{
		Name: "DURATION", Returns: dax.Double, Params: []Param{settlement, maturity, aRate, yield, frequency, aBasis},
		Doc:      "The duration of Macaulay of 100 of a security.",
		Examples: []Example{{`DURATION(DATE(2018,7,1), DATE(2048,1,1), 0.08, 0.09, 2, 1)`, `10.9191452815919`}},
		Eval:     computed(func(a *args) float64 { return duration(a) }),
	},
	{
		Name: "MDURATION", Returns: dax.Double, Params: []Param{settlement, maturity, aRate, yield, frequency, aBasis},
		Doc:      "The modified duration of Macaulay of 100 of a security.",
		Examples: []Example{{`MDURATION(DATE(2008,1,1), DATE(2016,1,1), 0.08, 0.09, 2, 1)`, `5.73566981391884`}},
		Eval:     computed(func(a *args) float64 { return duration(a) / (1 + a.num(3)/float64(a.frequency(4))) }),
	},
	{
		Name: "ODDFPRICE", Returns: dax.Double,
		Params:   []Param{settlement, maturity, issued, need("first coupon", dax.DateTime), aRate, yield, redemption, frequency, aBasis},
		Doc:      "The price of 100 of a security whose first period is shorter or longer.",
		Examples: []Example{{`ODDFPRICE(DATE(2008,11,11), DATE(2021,3,1), DATE(2008,10,15), DATE(2009,3,1), 0.0785, 0.0625, 100.00, 2, 1)`, `113.597717474079`}},
		Eval: computed(func(a *args) float64 {
			o := oddFirstOf(a)
			a.must(a.num(5) >= 0, "the yield must not be negative")
			if a.err != nil {
				return 0
			}
			return o.price(a.num(5))
		}),
	},
	{
		Name: "ODDFYIELD", Returns: dax.Double,
		Params:   []Param{settlement, maturity, issued, need("first coupon", dax.DateTime), aRate, price, redemption, frequency, aBasis},
		Doc:      "The yield of a security whose first period is shorter or longer.",
		Examples: []Example{{`ROUND(ODDFYIELD(DATE(2008,11,11), DATE(2021,3,1), DATE(2008,10,15), DATE(2009,3,1), 0.0575, 84.50, 100, 2, 0), 10)`, `0.0772455416`}},
		Eval: computed(func(a *args) float64 {
			o := oddFirstOf(a)
			a.must(a.num(5) > 0, "the price must be greater than 0")
			if a.err != nil {
				return 0
			}
			return root(func(y float64) float64 { return o.price(y) - a.num(5) }, max(a.num(4), .05), -.99*float64(o.frequency), 1e4)
		}),
	},
	{
		Name: "ODDLPRICE", Returns: dax.Double, Params: []Param{settlement, maturity, need("last interest", dax.DateTime), aRate, yield, redemption, frequency, aBasis},
		Doc:      "The price of 100 of a security whose last period is shorter or longer.",
		Examples: []Example{{`ODDLPRICE(DATE(2008,2,7), DATE(2008,6,15), DATE(2007,10,15), 0.0375, 0.0405, 100, 2, 0)`, `99.8782860147213`}},
		Eval: computed(func(a *args) float64 {
			s, m := oddLast(a)
			each := 100 * a.num(3) / m
			return (s.whole*each+a.num(5))/(s.left*a.num(4)/m+1) - s.accrued*each
		}),
	},
	{
		Name: "ODDLYIELD", Returns: dax.Double, Params: []Param{settlement, maturity, need("last interest", dax.DateTime), aRate, price, redemption, frequency, aBasis},
		Doc:      "The yield of a security whose last period is shorter or longer.",
		Examples: []Example{{`ODDLYIELD(DATE(2008,4,20), DATE(2008,6,15), DATE(2007,12,24), 0.0375, 99.875, 100, 2, 0)`, `0.0451922356291692`}},
		Eval: computed(func(a *args) float64 {
			s, m := oddLast(a)
			each := 100 * a.num(3) / m
			paid := s.accrued*each + a.num(4)
			return (s.whole*each + a.num(5) - paid) / paid * m / s.left
		}),
	},
}

// priced reads the arguments that PRICE and YIELD share.
func priced(a *args) (bond, bool) {
	b := bondOf(a, 5)
	a.must(a.num(2) >= 0 && a.num(4) > 0, "the rate must not be negative, the redemption greater than 0")
	return b, a.err == nil
}

// price is the price of 100 at a yield.
func (b bond) price(rate, y, redemption float64) float64 {
	m, n := float64(b.frequency), b.count()
	passed, all := b.accrued(), b.length()
	left := (all - passed) / all
	each := 100 * rate / m
	if n == 1 {
		return (redemption+each)/(1+left*y/m) - each*passed/all
	}
	sum := redemption / math.Pow(1+y/m, float64(n-1)+left)
	for k := range n {
		sum += each / math.Pow(1+y/m, float64(k)+left)
	}
	return sum - each*passed/all
}

func duration(a *args) float64 {
	b := bondOf(a, 4)
	rate, y := a.num(2), a.num(3)
	a.must(rate >= 0 && y >= 0, "coupon and yield must not be negative")
	if a.err != nil {
		return 0
	}
	m, n := float64(b.frequency), b.count()
	left := (b.length() - b.accrued()) / b.length()
	worth, weighed := 0.0, 0.0
	for k := range n {
		t := float64(k) + left
		pays := 100 * rate / m
		if k == n-1 {
			pays += 100
		}
		now := pays / math.Pow(1+y/m, t)
		worth += now
		weighed += now * t
	}
	return weighed / worth / m
}
