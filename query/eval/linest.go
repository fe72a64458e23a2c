package eval

import (
	"fmt"
	"math"

	"inlay/dax"
)

// tableLine is LINEST(y, x, …, [constant]) and LINESTX(table, y, x, …, [constant]): the line of
// least squares and its statistics, in one row (linest-function-dax.md).
func tableLine(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	args, table := x.Args, dax.Expr(nil)
	if same(x.Func, "LINESTX") && len(args) > 0 {
		table, args = args[0], args[1:]
	}
	constant := true
	if len(args) > 2 {
		if v, ok := truth(args[len(args)-1]); ok {
			constant, args = v, args[:len(args)-1]
		}
	}
	if len(args) < 2 || args[0] == nil {
		return nil, wrong(x, "%s takes known values of y and of x", x.Func)
	}
	if table == nil {
		home := ""
		for _, a := range args {
			c, err := e.columnArg(x, a)
			if err != nil {
				return nil, err
			}
			if home != "" && !same(home, c.T.Name) {
				return nil, wrong(a, "LINEST takes columns of one table; LINESTX takes expressions of its rows")
			}
			home = c.T.Name
		}
		table = &dax.Table{At: x.At, Name: home}
	}
	bb, list := e.hoist(b, args...)
	r, err := e.table(table, bb, e.wants(list...))
	if err != nil {
		return nil, err
	}
	points, err := e.compute(x, r, list, bb)
	if err != nil {
		return nil, err
	}
	out := &rowset{cols: lineColumns(len(args) - 1), of: identity(b.n), blocks: make([][][]dax.Value, b.n)}
	for i := range b.n {
		row, err := fitted(x, points[i], constant)
		if err != nil {
			return nil, err
		}
		out.blocks[i] = [][]dax.Value{row}
	}
	return out, nil
}

// truth is TRUE or FALSE as it is written.
func truth(a dax.Expr) (value, ok bool) {
	switch a := a.(type) {
	case *dax.Literal:
		return a.Value.Type() == dax.Boolean && a.Value.Bool(), a.Value.Type() == dax.Boolean
	case *dax.Call:
		return same(a.Func, "TRUE"), len(a.Args) == 0 && (same(a.Func, "TRUE") || same(a.Func, "FALSE"))
	}
	return false, false
}

func lineColumns(n int) (cols []tableColumn) {
	for i := range n {
		cols = append(cols, tableColumn{name: fmt.Sprintf("Slope%d", i+1)})
	}
	cols = append(cols, tableColumn{name: "Intercept"})
	for i := range n {
		cols = append(cols, tableColumn{name: fmt.Sprintf("StandardErrorSlope%d", i+1)})
	}
	for _, name := range []string{"StandardErrorIntercept", "CoefficientOfDetermination", "StandardError", "FStatistic", "DegreesOfFreedom", "RegressionSumOfSquares", "ResidualSumOfSquares"} {
		cols = append(cols, tableColumn{name: name})
	}
	return cols
}

// fitted is the row of one set of points: y, then each x.
func fitted(x *dax.Call, points [][]dax.Value, constant bool) ([]dax.Value, error) {
	n := len(points)
	if n == 0 {
		return nil, failed(x, "%s has no points", x.Func)
	}
	k := len(points[0]) - 1
	m := make([][]float64, k+1) // columns: y, x, …
	for j := range m {
		m[j] = make([]float64, n)
		for i, p := range points {
			f, err := p[j].ToFloat() // BLANK is 0, as Power BI Desktop has it
			if err != nil {
				return nil, placed(x, err)
			}
			m[j][i] = f
		}
	}
	means := make([]float64, k+1)
	free := n - k
	if constant {
		free--
		for j := range m {
			for _, f := range m[j] {
				means[j] += f / float64(n)
			}
			for i := range m[j] {
				m[j][i] -= means[j]
			}
		}
	}
	if free <= 0 {
		return nil, failed(x, "%s has too few points for %d unknowns", x.Func, n-free)
	}
	l, ok := leastSquares(m[0], m[1:])
	if !ok {
		return nil, failed(x, "%s has values of x that depend on each other", x.Func)
	}
	l.statistics(means, n, free, constant)
	return l.row(k, free, constant), nil
}

// line is a line of least squares.
type line struct {
	slopes, errors          []float64
	inverse                 [][]float64 // of XᵀX
	total, residual         float64     // sums of squares
	intercept, interceptErr float64
	standard                float64
}

// leastSquares solves for slopes by orthogonal columns, each made orthogonal twice, so that
// rounding does not add up. It reports false if columns depend on each other.
func leastSquares(y []float64, xs [][]float64) (*line, bool) {
	k := len(xs)
	q, r := make([][]float64, k), make([][]float64, k)
	for j := range xs {
		q[j], r[j] = append([]float64{}, xs[j]...), make([]float64, k)
		size := math.Sqrt(dot(xs[j], xs[j]))
		for range 2 {
			for i := range j {
				f := dot(q[i], q[j])
				r[i][j] += f
				for t := range q[j] {
					q[j][t] -= f * q[i][t]
				}
			}
		}
		r[j][j] = math.Sqrt(dot(q[j], q[j]))
		if !(r[j][j] > 1e-12*size) {
			return nil, false
		}
		for t := range q[j] {
			q[j][t] /= r[j][j]
		}
	}
	l := &line{slopes: make([]float64, k), total: dot(y, y)}
	rest := append([]float64{}, y...)
	along := make([]float64, k)
	for j := range q {
		along[j] = dot(q[j], rest)
		for t := range rest {
			rest[t] -= along[j] * q[j][t]
		}
	}
	l.residual = dot(rest, rest)
	solve := func(b []float64) []float64 {
		out := make([]float64, k)
		for j := k - 1; j >= 0; j-- {
			out[j] = b[j]
			for i := j + 1; i < k; i++ {
				out[j] -= r[j][i] * out[i]
			}
			out[j] /= r[j][j]
		}
		return out
	}
	l.slopes = solve(along)
	inverse := make([][]float64, k) // columns of R⁻¹
	for j := range inverse {
		unit := make([]float64, k)
		unit[j] = 1
		inverse[j] = solve(unit)
	}
	for i := range k {
		l.inverse = append(l.inverse, make([]float64, k))
		for j := range k {
			for t := range k {
				l.inverse[i][j] += inverse[t][i] * inverse[t][j]
			}
		}
	}
	return l, true
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// statistics fills in the intercept and the standard errors. means are those of y and each x.
func (l *line) statistics(means []float64, n, free int, constant bool) {
	l.standard = math.Sqrt(l.residual / float64(free))
	l.intercept = means[0]
	lean := 1 / float64(n)
	for i, slope := range l.slopes {
		l.intercept -= slope * means[i+1]
		l.errors = append(l.errors, l.standard*math.Sqrt(l.inverse[i][i]))
		for j := range l.slopes {
			lean += means[i+1] * l.inverse[i][j] * means[j+1]
		}
	}
	if constant {
		l.interceptErr = l.standard * math.Sqrt(lean)
	}
}

func (l *line) row(k, free int, constant bool) []dax.Value {
	var row []dax.Value
	add := func(list ...float64) {
		for _, f := range list {
			row = append(row, dax.FloatOf(f))
		}
	}
	add(l.slopes...)
	add(l.intercept)
	add(l.errors...)
	if constant {
		add(l.interceptErr)
	} else {
		row = append(row, dax.Value{}) // there is none to be wrong about
	}
	regression := l.total - l.residual
	add(regression/l.total, l.standard, regression/float64(k)/(l.residual/float64(free)))
	row = append(row, dax.IntOf(int64(free)))
	add(regression, l.residual)
	return row
}
