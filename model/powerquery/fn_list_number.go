package powerquery

import (
	"math"
	"math/rand/v2"

	"inlay"
)

func defineListNumbers() {
	define("List.Average", 1, 2, onList(func(c *call, l []Value) (Value, error) {
		if c.arg(1).n == 1 {
			return Value{}, c.errorf(1, inlay.Unsupported, "Precision.Decimal is not supported")
		}
		if len(l) > 0 && (l[0].kind == Date || l[0].kind == DateTime || l[0].kind == Time) {
			return averageMoment(c, l)
		}
		sum, err := c.sub("List.Sum", c.arg(0))
		n := int64(0)
		for _, v := range l {
			if v.kind != Null {
				n++
			}
		}
		if err != nil || n == 0 {
			return Value{}, err
		}
		switch sum.kind {
		case Duration:
			return duration(sum.n / n), nil
		}
		if w, ok := sum.whole(); ok && w%n == 0 {
			return integer(w / n), nil
		}
		return number(sum.float() / float64(n)), nil
	}))
	define("List.Product", 1, 2, onList(func(c *call, l []Value) (Value, error) {
		var out Value
		for _, v := range l {
			switch {
			case v.kind == Null:
			case !v.isNumber():
				return Value{}, c.raise(0, "%s cannot be multiplied", v.describe())
			case out.kind == Null:
				out = v
			default:
				out = numbers("*", out, v)
			}
		}
		return out, nil
	}))
	define("List.Median", 1, 2, onList(func(c *call, l []Value) (Value, error) {
		sorted, err := c.sub("List.Sort", c.arg(0), c.arg(1))
		s := sorted.items()
		for len(s) > 0 && s[0].kind == Null {
			s = s[1:]
		}
		if err != nil || len(s) == 0 {
			return Value{}, err
		}
		a, b := s[(len(s)-1)/2], s[len(s)/2]
		if a.isNumber() && b.isNumber() && len(s)%2 == 0 {
			return tidy((a.float() + b.float()) / 2), nil
		}
		return a, nil
	}))
	defineDeviation()
	defineListModes()
}

func defineDeviation() {
	define("List.StandardDeviation", 1, 1, onList(func(c *call, l []Value) (Value, error) {
		var x []float64
		sum := 0.0
		for _, v := range l {
			if v.isNumber() {
				x = append(x, v.float())
				sum += v.float()
			} else if v.kind != Null {
				return Value{}, c.raise(0, "expected numbers, found %s", v.describe())
			}
		}
		if len(x) < 2 {
			return Value{}, nil
		}
		mean, sq := sum/float64(len(x)), 0.0
		for _, f := range x {
			sq += (f - mean) * (f - mean)
		}
		return tidy(math.Sqrt(sq / float64(len(x)-1))), nil
	}))
}

func defineListModes() {
	define("List.Mode", 1, 2, onList(func(c *call, l []Value) (Value, error) {
		all, err := c.sub("List.Modes", c.arg(0), c.arg(1))
		if n := len(all.items()); err == nil && n > 0 {
			return all.items()[n-1], nil
		}
		return Value{}, err
	}))
	define("List.Modes", 1, 2, onList(listModes))
	for name, want := range map[string]int64{"List.MaxN": 1, "List.MinN": 0} {
		define(name, 2, 4, onList(func(c *call, l []Value) (Value, error) {
			by := c.ordering(c.arg(2))
			by.desc = want == 1
			if c.arg(3).kind != Logical || c.arg(3).n == 0 {
				kept, err := c.sub("List.RemoveNulls", c.arg(0))
				if err != nil {
					return Value{}, err
				}
				l = kept.items()
			}
			sorted, err := by.sorted(l)
			if err != nil {
				return Value{}, err
			}
			return c.sub("List.FirstN", list(sorted), c.arg(1))
		}))
	}
	define("List.Random", 1, 2, func(c *call) (Value, error) {
		n, err := c.count(0)
		out := make([]Value, n)
		for i := range out {
			out[i] = number(rand.Float64()) //nolint:gosec // data, not secrets
		}
		return list(out), err
	})
	for _, name := range []string{"List.DateTimes", "List.Durations", "List.Times", "List.DateTimeZones"} {
		define(name, 3, 3, listDates)
	}
}

// averageMoment is the mean of dates, times or points in time.
func averageMoment(c *call, l []Value) (Value, error) {
	n, sum := int64(0), int64(0)
	for _, v := range l {
		if v.kind == Null {
			continue
		}
		if v.kind != l[0].kind {
			return Value{}, c.raise(0, "%s and %s have no average", l[0].describe(), v.describe())
		}
		n, sum = n+1, sum+(v.n-l[0].n)
	}
	out := l[0]
	out.n += floorDiv(sum, n)
	return out, nil
}

func listModes(c *call, l []Value) (Value, error) {
	if len(l) == 0 {
		return Value{}, c.raise(0, "the list is empty").as(tooFew, c.arg(0))
	}
	eq, err := c.equation(1)
	if err = or(err, eq.ownComparer(1)); err != nil {
		return Value{}, err
	}
	find, err := eq.among(l)
	if err != nil {
		return Value{}, err
	}
	count := make([]int, len(l))
	most := 0
	for _, v := range l {
		i, err := find(v)
		if err != nil {
			return Value{}, err
		}
		count[i]++
		most = max(most, count[i])
	}
	var out []Value
	for i, n := range count {
		if n == most && n > 0 {
			out = append(out, l[i])
		}
	}
	return list(out), nil
}
