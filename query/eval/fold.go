package eval

import (
	"math"
	"slices"

	"inlay/dax"
)

func foldSum(values []dax.Value) (sum dax.Value, err error) {
	for _, v := range values {
		if v.IsBlank() {
			continue
		}
		if v, err = v.ToNumber(); err != nil {
			return sum, err
		}
		if v.Type() == dax.DateTime {
			v = dax.FloatOf(v.Float())
		}
		if sum, err = dax.Add(sum, v); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

func foldProduct(values []dax.Value) (out dax.Value, err error) {
	for _, v := range values {
		if v.IsBlank() {
			continue
		}
		f, err := v.ToFloat()
		if err != nil {
			return out, err
		}
		if out.IsBlank() {
			out = dax.FloatOf(1)
		}
		out = dax.FloatOf(out.Float() * f)
	}
	return out, nil
}

// floats is the numbers among values, without BLANK.
func floats(values []dax.Value) ([]float64, error) {
	var out []float64
	for _, v := range values {
		if v.IsBlank() {
			continue
		}
		f, err := v.ToFloat()
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func foldAverage(values []dax.Value) (dax.Value, error) {
	list, err := floats(values)
	if err != nil || len(list) == 0 {
		return dax.Value{}, err
	}
	sum := 0.0
	for _, f := range list {
		sum += f
	}
	return dax.FloatOf(sum / float64(len(list))), nil
}

// extreme is the least value (sign -1) or the greatest (sign 1), BLANK left out.
func extreme(sign int) func([]dax.Value) (dax.Value, error) {
	return func(values []dax.Value) (out dax.Value, err error) {
		for _, v := range values {
			if v.IsBlank() {
				continue
			}
			if out.IsBlank() {
				out = v
				continue
			}
			n, err := dax.Compare(v, out)
			if err != nil {
				return out, err
			}
			if n*sign > 0 {
				out = v
			}
		}
		return out, nil
	}
}

// counter counts the values for which a function holds; BLANK instead of 0.
func counter(counts func(dax.Value) bool) func([]dax.Value) (dax.Value, error) {
	return func(values []dax.Value) (dax.Value, error) {
		n := 0
		for _, v := range values {
			if counts(v) {
				n++
			}
		}
		if n == 0 {
			return dax.Value{}, nil
		}
		return dax.IntOf(int64(n)), nil
	}
}

func isEmpty(v dax.Value) bool { return v.IsBlank() || (v.Type() == dax.String && v.Text() == "") }

// foldDistinct counts different values, BLANK among them if blank is true.
func foldDistinct(blank bool) func([]dax.Value) (dax.Value, error) {
	return func(values []dax.Value) (dax.Value, error) {
		seen := map[string]bool{}
		for _, v := range values {
			if blank || !v.IsBlank() {
				seen[v.Key()] = true
			}
		}
		if len(seen) == 0 {
			return dax.Value{}, nil
		}
		return dax.IntOf(int64(len(seen))), nil
	}
}

// variance is the squared spread, of the whole population or estimated from a sample; its root
// is the standard deviation.
func variance(sample, root bool) func([]dax.Value) (dax.Value, error) {
	return func(values []dax.Value) (dax.Value, error) {
		list, err := floats(values)
		n := float64(len(list))
		if err != nil || len(list) == 0 || (sample && len(list) < 2) {
			return dax.Value{}, err
		}
		mean := 0.0
		for _, f := range list {
			mean += f / n
		}
		sum := 0.0
		for _, f := range list {
			sum += (f - mean) * (f - mean)
		}
		if sample {
			n--
		}
		if sum /= n; root {
			sum = math.Sqrt(sum)
		}
		return dax.FloatOf(sum), nil
	}
}

// percentile is the k-th percentile of numbers, k from 0 to 1; the exclusive form leaves out
// the ends (percentile-exc-function-dax.md).
func percentile(values []dax.Value, k float64, inclusive bool) (dax.Value, bool, error) {
	list, err := floats(values)
	if err != nil || len(list) == 0 {
		return dax.Value{}, true, err
	}
	slices.Sort(list)
	n := float64(len(list))
	at := k * (n - 1)
	if !inclusive {
		if k <= 0 || k >= 1 || k < 1/(n+1) || k > n/(n+1) {
			return dax.Value{}, false, nil
		}
		at = k*(n+1) - 1
	} else if k < 0 || k > 1 {
		return dax.Value{}, false, nil
	}
	low := math.Floor(at)
	v := list[int(low)]
	if int(low)+1 < len(list) {
		v += (at - low) * (list[int(low)+1] - v)
	}
	return dax.FloatOf(v), true, nil
}

func foldMedian(values []dax.Value) (dax.Value, error) {
	v, _, err := percentile(values, 0.5, true)
	return v, err
}

func foldGeomean(values []dax.Value) (dax.Value, error) {
	list, err := floats(values)
	if err != nil || len(list) == 0 {
		return dax.Value{}, err
	}
	sum := 0.0
	for _, f := range list {
		sum += math.Log(f)
	}
	return dax.FloatOf(math.Exp(sum / float64(len(list)))), nil
}

// asNumbers is the A form of an aggregation: truth values count as 1 and 0, text as 0.
func asNumbers(fold func([]dax.Value) (dax.Value, error)) func([]dax.Value) (dax.Value, error) {
	return func(values []dax.Value) (dax.Value, error) {
		out := make([]dax.Value, len(values))
		for i, v := range values {
			switch v.Type() {
			case dax.Boolean:
				v = dax.IntOf(v.Int())
			case dax.String:
				v = dax.IntOf(0)
			}
			out[i] = v
		}
		return fold(out)
	}
}
