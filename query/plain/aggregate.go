package plain

import (
	"math"
	"slices"
	"sort"
	"strings"

	"inlay/dax"
)

// fold makes one value of many.
type fold func(values []dax.Value) (dax.Value, error)

// folds are the aggregates, by the name of their form over a column. Those over an expression
// have an X at the end, or before the point.
var folds = map[string]fold{
	"SUM": sum, "AVERAGE": average, "AVERAGEA": average, "MIN": extreme(-1), "MAX": extreme(1), "MINA": extreme(-1), "MAXA": extreme(1),
	"COUNT": count, "COUNTA": count, "COUNTBLANK": countBlank, "DISTINCTCOUNT": distinctCount, "PRODUCT": product,
	"DISTINCTCOUNTNOBLANK": func(v []dax.Value) (dax.Value, error) { return distinctCount(filled(v)) },
	"MEDIAN":               func(v []dax.Value) (dax.Value, error) { return percentile(v, 0.5) },
	"STDEV.P":              spread(0, math.Sqrt), "STDEV.S": spread(1, math.Sqrt), "VAR.P": spread(0, nil), "VAR.S": spread(1, nil),
}

// onlyNumbers are the aggregates that an expression or column of texts is an error for.
var onlyNumbers = []string{"SUM", "AVERAGE", "PRODUCT", "MEDIAN", "STDEV.P", "STDEV.S", "VAR.P", "VAR.S"}

func aggregateFuncs() map[string]scalarFunc {
	all := map[string]scalarFunc{
		"COUNTROWS":    countRows,
		"ISEMPTY":      isEmpty,
		"CONCATENATEX": concatenate,
		"RANKX":        rank,
		"PERCENTILEX.INC": func(r *run, c *dax.Call, e env) (dax.Value, error) {
			values, err := r.each(arg(c, 0), arg(c, 1), e)
			if err != nil {
				return dax.Value{}, err
			}
			k, err := r.scalar(arg(c, 2), e)
			if err != nil {
				return k, err
			}
			return percentile(values, k.Float())
		},
	}
	for name, f := range folds {
		all[name] = func(r *run, c *dax.Call, e env) (dax.Value, error) {
			if len(c.Args) == 2 && (name == "MIN" || name == "MAX") {
				return r.lesser(c, e, name == "MIN")
			}
			values, err := r.cells(arg(c, 0), e)
			if err != nil {
				return dax.Value{}, err
			}
			return f.over(name, values)
		}
		x := name + "X"
		if before, after, ok := strings.Cut(name, "."); ok {
			x = before + "X." + after
		}
		all[x] = func(r *run, c *dax.Call, e env) (dax.Value, error) {
			values, err := r.each(arg(c, 0), arg(c, 1), e)
			if err != nil {
				return dax.Value{}, err
			}
			return f.over(name, values)
		}
	}
	return all
}

func (f fold) over(name string, values []dax.Value) (dax.Value, error) {
	if slices.Contains(onlyNumbers, name) {
		for _, v := range values {
			if t := v.Type(); t == dax.String || t == dax.Boolean {
				return dax.Value{}, errorf("%s of %s", name, t)
			}
		}
	}
	return f(values)
}

// cells is the values of a column in the rows that the context allows.
func (r *run) cells(x dax.Expr, e env) ([]dax.Value, error) {
	c, err := r.column(x)
	if err != nil {
		return nil, err
	}
	var values []dax.Value
	set := e.ctx.visible(c.t)
	for i := range c.t.rows {
		if set[i] {
			values = append(values, c.t.value(i, c))
		}
	}
	return values, nil
}

// each is the values of an expression in the rows of a table.
func (r *run) each(t, x dax.Expr, e env) ([]dax.Value, error) {
	set, err := r.table(t, e)
	if err != nil {
		return nil, err
	}
	var values []dax.Value
	for _, rec := range set.rows {
		v, err := r.scalar(x, e.inside(set, rec))
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

// lesser is MIN or MAX of two values.
func (r *run) lesser(c *dax.Call, e env, least bool) (dax.Value, error) {
	both, err := r.list(c.Args, e)
	if err != nil {
		return dax.Value{}, err
	}
	n, err := dax.Compare(both[0], both[1])
	if (n <= 0) == least {
		return both[0], err
	}
	return both[1], err
}

func filled(values []dax.Value) []dax.Value {
	var out []dax.Value
	for _, v := range values {
		if !v.IsBlank() {
			out = append(out, v)
		}
	}
	return out
}

// number is a count, where none is BLANK.
func number(n int) (dax.Value, error) {
	if n == 0 {
		return dax.Value{}, nil
	}
	return dax.IntOf(int64(n)), nil
}

func sum(values []dax.Value) (total dax.Value, err error) {
	for _, v := range values {
		if total, err = dax.Add(total, v); err != nil {
			return total, err
		}
	}
	return total, nil
}

func product(values []dax.Value) (dax.Value, error) {
	values = filled(values)
	if len(values) == 0 {
		return dax.Value{}, nil
	}
	total := values[0]
	for _, v := range values[1:] {
		var err error
		if total, err = dax.Mul(total, v); err != nil {
			return total, err
		}
	}
	return total, nil
}

func average(values []dax.Value) (dax.Value, error) {
	values = filled(values)
	if len(values) == 0 {
		return dax.Value{}, nil
	}
	total, err := sum(values)
	return dax.FloatOf(total.Float() / float64(len(values))), err
}

func extreme(side int) fold {
	return func(values []dax.Value) (dax.Value, error) {
		var best dax.Value
		for _, v := range filled(values) {
			if best.IsBlank() {
				best = v
				continue
			}
			c, err := dax.Compare(v, best)
			if err != nil {
				return v, err
			}
			if c*side > 0 {
				best = v
			}
		}
		return best, nil
	}
}

func count(values []dax.Value) (dax.Value, error) { return number(len(filled(values))) }

func countBlank(values []dax.Value) (dax.Value, error) {
	n := 0
	for _, v := range values {
		if v.IsBlank() || v.Type() == dax.String && v.Text() == "" {
			n++
		}
	}
	return number(n)
}

func distinctCount(values []dax.Value) (dax.Value, error) {
	keys := map[string]bool{}
	for _, v := range values {
		keys[v.Key()] = true
	}
	return number(len(keys))
}

// percentile is the value at a share of the way through the ordered numbers, between two of
// them if need be.
func percentile(values []dax.Value, k float64) (dax.Value, error) {
	var all []float64
	for _, v := range filled(values) {
		all = append(all, v.Float())
	}
	if len(all) == 0 {
		return dax.Value{}, nil
	}
	sort.Float64s(all)
	at := k * float64(len(all)-1)
	low := int(at)
	if low+1 >= len(all) {
		return dax.FloatOf(all[len(all)-1]), nil
	}
	return dax.FloatOf(all[low] + (at-float64(low))*(all[low+1]-all[low])), nil
}

func spread(less int, then func(float64) float64) fold {
	return func(values []dax.Value) (dax.Value, error) {
		values = filled(values)
		n := len(values) - less
		if n <= 0 {
			if len(values) == 0 {
				return dax.Value{}, nil
			}
			return dax.Value{}, errorf("the variance of one value")
		}
		mean, squares := 0.0, 0.0
		for _, v := range values {
			mean += v.Float() / float64(len(values))
		}
		for _, v := range values {
			squares += (v.Float() - mean) * (v.Float() - mean)
		}
		if then == nil {
			then = func(f float64) float64 { return f }
		}
		return dax.FloatOf(then(squares / float64(n))), nil
	}
}

func countRows(r *run, c *dax.Call, e env) (dax.Value, error) {
	set, err := r.table(arg(c, 0), e)
	if err != nil {
		return dax.Value{}, err
	}
	return number(len(set.rows))
}

func isEmpty(r *run, c *dax.Call, e env) (dax.Value, error) {
	set, err := r.table(arg(c, 0), e)
	if err != nil {
		return dax.Value{}, err
	}
	return dax.BoolOf(len(set.rows) == 0), nil
}

func concatenate(r *run, c *dax.Call, e env) (dax.Value, error) {
	set, err := r.table(arg(c, 0), e)
	if err != nil {
		return dax.Value{}, err
	}
	var by []ordering
	if len(c.Args) > 3 {
		by, err = orderings(c.Args[3:])
	}
	if err == nil {
		set, _, err = r.sorted(set, by, e)
	}
	if err != nil {
		return dax.Value{}, err
	}
	between, err := r.scalar(arg(c, 2), e)
	if err != nil {
		return dax.Value{}, err
	}
	var parts []string
	for _, rec := range set.rows {
		v, err := r.scalar(arg(c, 1), e.inside(set, rec))
		if err != nil {
			return v, err
		}
		parts = append(parts, v.ToText())
	}
	if len(parts) == 0 {
		return dax.Value{}, nil
	}
	return dax.TextOf(strings.Join(parts, between.ToText())), nil
}

// rank is RANKX(table, expression, value, order, ties): one more than how many are ahead.
func rank(r *run, c *dax.Call, e env) (dax.Value, error) {
	values, err := r.each(arg(c, 0), arg(c, 1), e)
	if err != nil {
		return dax.Value{}, err
	}
	x := arg(c, 2)
	if x == nil {
		x = arg(c, 1)
	}
	mine, err := r.scalar(x, e)
	if err != nil {
		return dax.Value{}, err
	}
	descending, err := r.descending(arg(c, 3), e)
	if err != nil {
		return dax.Value{}, err
	}
	ahead, keys := 0, map[string]bool{}
	for _, v := range values {
		n, err := dax.Compare(v, mine)
		if err != nil {
			return v, err
		}
		if n != 0 && (n > 0) == descending {
			ahead++
			if v.IsBlank() {
				v = dax.IntOf(0)
			}
			keys[v.Key()] = true
		}
	}
	if word(arg(c, 4)) == "DENSE" {
		ahead = len(keys)
	}
	return dax.IntOf(int64(ahead + 1)), nil
}

// descending reads ASC or DESC, or 1 or 0; descending if it is left out.
func (r *run) descending(x dax.Expr, e env) (bool, error) {
	switch word(x) {
	case "ASC":
		return false, nil
	case "DESC":
		return true, nil
	}
	if x == nil {
		return true, nil
	}
	v, err := r.condition(x, e)
	return !v, err
}

// ordering is an expression to order by.
type ordering struct {
	x          dax.Expr
	descending bool
}

// orderings reads pairs of an expression and an order. Ascending is the default here.
func orderings(args []dax.Expr) ([]ordering, error) {
	var by []ordering
	for len(args) > 0 {
		o := ordering{x: args[0]}
		args = args[1:]
		if len(args) > 0 {
			switch l, ok := args[0].(*dax.Literal); {
			case word(args[0]) == "DESC", ok && l.Value.Float() == 0:
				o.descending = true
			case word(args[0]) == "ASC", ok, args[0] == nil:
			default:
				return nil, unsupported("an order that is computed")
			}
			args = args[1:]
		}
		by = append(by, o)
	}
	return by, nil
}

// sorted is the rows in order, with what they were ordered by.
func (r *run) sorted(set *rowset, by []ordering, e env) (*rowset, [][]dax.Value, error) {
	keys := make([][]dax.Value, len(set.rows))
	for i, rec := range set.rows {
		for _, o := range by {
			v, err := r.scalar(o.x, e.inside(set, rec))
			if err != nil {
				return nil, nil, err
			}
			keys[i] = append(keys[i], v)
		}
	}
	out := &rowset{cols: set.cols, base: set.base}
	var moved [][]dax.Value
	for _, i := range sequence(len(set.rows), func(a, b int) int {
		for k, o := range by {
			if c := sortCompare(keys[a][k], keys[b][k]); c != 0 {
				return direction(c, o.descending)
			}
		}
		return 0
	}) {
		out.rows, moved = append(out.rows, set.rows[i]), append(moved, keys[i])
	}
	return out, moved, nil
}
