package eval

import (
	"math"
	"strings"

	"inlay/dax"
)

// datedFlows is XNPV(table, values, dates, rate) and XIRR(table, values, dates, [guess],
// [alternate]).
func datedFlows(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	net := same(x.Func, "XNPV")
	if len(x.Args) < 3 || (net && len(x.Args) != 4) || len(x.Args) > 5 {
		return nil, wrong(x, "%s takes a table, values, dates and a rate", strings.ToUpper(x.Func))
	}
	bb, list := e.hoist(b, x.Args[1], x.Args[2])
	r, err := e.table(x.Args[0], bb, e.wants(list...))
	if err != nil {
		return nil, err
	}
	flows, err := e.compute(x, r, list, bb)
	if err != nil {
		return nil, err
	}
	rates := repeat(dax.FloatOf(0.1), b.n)
	if len(x.Args) > 3 && x.Args[3] != nil {
		if rates, err = e.scalar(x.Args[3], b); err != nil {
			return nil, err
		}
	}
	out := make([]dax.Value, b.n)
	var other []int
	for i := range out {
		f, err := flowsOf(flows[i])
		if err != nil {
			return nil, placed(x, err)
		}
		if net {
			out[i] = dax.FloatOf(f.present(rates[i].Float()))
			continue
		}
		rate, ok := f.rate(rates[i].Float())
		switch {
		case ok:
			out[i] = dax.FloatOf(rate)
		case len(x.Args) == 5:
			other = append(other, i)
		default:
			return nil, failed(x, "XIRR found no rate")
		}
	}
	if len(other) > 0 {
		err = e.some(x.Args[4], b, other, out)
	}
	return out, err
}

// cash is amounts with the years that lie between them and the first.
type cash struct{ amount, years []float64 }

func flowsOf(rows [][]dax.Value) (cash, error) {
	var c cash
	// A table has no order: the first date is the earliest.
	first := math.Inf(1)
	var days []float64
	for _, row := range rows {
		v, err := row[0].ToFloat()
		if err != nil {
			return c, err
		}
		d, err := row[1].ToFloat()
		if err != nil {
			return c, err
		}
		first = min(first, d)
		c.amount, days = append(c.amount, v), append(days, d)
	}
	for _, d := range days {
		c.years = append(c.years, (d-first)/365)
	}
	return c, nil
}

func (c cash) present(rate float64) float64 {
	sum := 0.0
	for i, v := range c.amount {
		sum += v / math.Pow(1+rate, c.years[i])
	}
	return sum
}

// rate is where the present value is 0: Newton's way first, then halving.
func (c cash) rate(guess float64) (float64, bool) {
	r := guess
	for range 100 {
		v := c.present(r)
		if math.Abs(v) < 1e-9 {
			return r, true
		}
		slope := (c.present(r+1e-7) - c.present(r-1e-7)) / 2e-7
		next := r - v/slope
		if math.IsNaN(next) || math.IsInf(next, 0) || next <= -1 {
			break
		}
		if math.Abs(next-r) < 1e-13 {
			return next, true
		}
		r = next
	}
	low, high := -0.999999, 10.0
	if c.present(low)*c.present(high) > 0 || len(c.amount) == 0 {
		return 0, false
	}
	for range 200 {
		mid := (low + high) / 2
		if c.present(low)*c.present(mid) <= 0 {
			high = mid
		} else {
			low = mid
		}
	}
	return (low + high) / 2, true
}

// rankEq is RANK.EQ(value, column, [order]).
func rankEq(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) < 2 || len(x.Args) > 3 {
		return nil, wrong(x, "RANK.EQ takes a value, a column and, if wanted, an order")
	}
	desc := true
	if len(x.Args) == 3 {
		d, ok := direction(x.Args[2])
		if !ok {
			return nil, wrong(x, "RANK.EQ takes ASC or DESC here")
		}
		desc = d
	}
	col, err := e.columnArg(x, x.Args[1])
	if err != nil {
		return nil, err
	}
	mine, err := e.scalar(x.Args[0], b)
	if err != nil {
		return nil, err
	}
	r, err := e.modelRows(x, rowsOf{base: col.T, b: b}, want{only: true, cols: []Column{col}}, false)
	if err != nil {
		return nil, err
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		rank, found := int64(1), false
		for _, row := range r.at(i) {
			n, err := dax.Compare(row[0], mine[i])
			if err != nil {
				return nil, placed(x, err)
			}
			found = found || n == 0
			if (desc && n > 0) || (!desc && n < 0) {
				rank++
			}
		}
		if found {
			out[i] = dax.IntOf(rank)
		}
	}
	return out, nil
}
