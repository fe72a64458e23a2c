package eval

import (
	"maps"
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// fewCombinations is how many combinations of groups are computed without a look at which exist.
const fewCombinations = 64

// anchors is the tables without rows of which an expression is BLANK, and the columns whose
// filters it takes off on the way.
type anchors struct {
	tables map[*model.Table]bool
	gone   map[Column]bool
}

// existing is the combinations of groups for which an expression can be other than BLANK: those that
// rows of a table have on which it depends. SUMMARIZECOLUMNS leaves the others out whatever they are
// (summarizecolumns-function-dax.md, "Remarks"). It is nil if the expressions do not say.
func (e *evaluator) existing(x dax.Expr, s *summary, parts []*rowset, b *batch) (*rowset, error) {
	if s == nil || len(parts) < 2 || len(s.list) == 0 || len(e.groups()) > 0 || !slices.ContainsFunc(identity(b.n), func(i int) bool { return combinations(parts, i) > fewCombinations }) {
		return nil, nil
	}
	a := anchors{map[*model.Table]bool{}, map[Column]bool{}}
	for i, y := range s.list {
		if !s.ignore[i] && !e.anchored(y, a, 0) {
			return nil, nil
		}
	}
	for _, p := range parts {
		if slices.ContainsFunc(p.cols, func(c tableColumn) bool { return a.gone[c.col] }) {
			return nil, nil
		}
	}
	ctx, err := b.context().without(e, b, func(c Column) bool { return a.gone[c] })
	if err != nil {
		return nil, err
	}
	var out *rowset
	for _, t := range e.m.Tables {
		if !a.tables[t] {
			continue
		}
		r, err := e.existingIn(x, t, parts, b.under(ctx))
		if err != nil || r == nil {
			return nil, err
		}
		if out == nil {
			out = r
			continue
		}
		if out, err = e.combine(out.cols, out, r, func(p, q [][]dax.Value) ([][]dax.Value, error) { return distinct(slices.Concat(p, q)), nil }); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func combinations(parts []*rowset, i int) int {
	n := 1
	for _, p := range parts {
		n = min(n*len(p.at(i)), mostContexts+1)
	}
	return n
}

// existingIn is the combinations of groups that rows of a table have. Groups that do not filter the
// table are combined with all; it is nil if some filter it over many rows.
func (e *evaluator) existingIn(x dax.Expr, t *model.Table, parts []*rowset, b *batch) (*rowset, error) {
	var near, far []*rowset
	var cols []Column
	for _, p := range parts {
		reach, err := e.s.Reach(t, p.cols[0].col.T, b.context().edges)
		switch {
		case err != nil || reach == Indirect:
			return nil, nil //nolint:nilerr // what is wrong is said by what is computed
		case reach == None:
			far = append(far, p)
			continue
		}
		near = append(near, p)
		for _, c := range p.cols {
			cols = append(cols, c.col)
		}
	}
	if len(near) == 0 {
		return nil, nil
	}
	out, err := e.values(x, rowsOf{base: t, b: b}, cols, false)
	if err != nil {
		return nil, err
	}
	from := 0
	for _, p := range near {
		at := identity(len(cols))[from : from+len(p.cols)]
		from += len(p.cols)
		// Only the groups that there are: the question may filter them otherwise.
		if out, err = e.combine(out.cols, out, p, func(rows, known [][]dax.Value) ([][]dax.Value, error) {
			in := newSet(known)
			return slices.DeleteFunc(slices.Clone(rows), func(row []dax.Value) bool {
				return !in.index[tupleKey(columnsOf([][]dax.Value{row}, at)[0])]
			}), nil
		}); err != nil {
			return nil, err
		}
	}
	for _, p := range far {
		if out, err = e.cross(x, out, p); err != nil {
			return nil, err
		}
	}
	at := make([]int, 0, len(out.cols))
	for _, p := range parts {
		for _, c := range p.cols {
			at = append(at, slices.IndexFunc(out.cols, func(o tableColumn) bool { return o.col == c.col }))
		}
	}
	return out.project(at), nil
}

// anchored reports whether an expression is BLANK where some tables have no rows, and adds these.
func (e *evaluator) anchored(x dax.Expr, a anchors, depth int) bool {
	if depth++; depth > mostDepth {
		return false
	}
	switch x := x.(type) {
	case *dax.Column:
		m := e.measure(x.Name)
		if m == nil || x.Loose || x.Table != "" && e.m.Table(x.Table) != nil && e.m.Table(x.Table).Column(x.Name) != nil {
			return false
		}
		body, own := e.bodies[m]
		if !own {
			var err error
			if body, err = e.s.Parse(m.Expression); err != nil {
				return false
			}
		}
		return e.anchored(body, a, depth)
	case *dax.Unary:
		return x.Op == "+" && e.anchored(x.X, a, depth)
	case *dax.Binary:
		switch x.Op {
		case "+", "-":
			return e.anchored(x.X, a, depth) && e.anchored(x.Y, a, depth)
		case "*", "/": // BLANK if the first operand is
			return e.anchored(x.X, a, depth)
		}
	case *dax.Call:
		return e.anchoredCall(x, a, depth)
	}
	return false
}

// blankOfNone are the aggregates that are BLANK where there is no row.
var blankOfNone = strings.Fields("SUM MIN MAX AVERAGE COUNT COUNTA DISTINCTCOUNT DISTINCTCOUNTNOBLANK MEDIAN COUNTROWS SUMX MINX MAXX AVERAGEX COUNTX COUNTAX")

func (e *evaluator) anchoredCall(x *dax.Call, a anchors, depth int) bool {
	name := strings.ToUpper(x.Func)
	if len(x.Args) == 0 || slices.Contains(x.Args, nil) {
		return false
	}
	switch {
	case slices.Contains(blankOfNone, name) && (len(x.Args) == 1 || name != "MAX" && strings.HasSuffix(name, "X")):
		source := x.Args[0]
		for {
			call, ok := source.(*dax.Call)
			if !ok || !same(call.Func, "FILTER") || len(call.Args) != 2 {
				break
			}
			source = call.Args[0]
		}
		if t, ok := e.modelTable(source); ok {
			a.tables[t] = true
			return true
		}
		ref, ok := source.(*dax.Column)
		if !ok || ref.Table == "" {
			return false
		}
		c, err := resolve(e.m, ref)
		if err == nil {
			a.tables[c.T] = true
		}
		return err == nil
	case name == "DIVIDE" && len(x.Args) == 2, name == "IF" && len(x.Args) == 2:
		return e.anchored(x.Args[map[string]int{"IF": 1}[name]], a, depth)
	case name == "IF" && len(x.Args) == 3:
		return e.anchored(x.Args[1], a, depth) && e.anchored(x.Args[2], a, depth)
	case name == "CALCULATE":
		inner := anchors{a.tables, map[Column]bool{}}
		for _, f := range x.Args[1:] {
			if !e.onlyNarrows(f, inner) {
				return false
			}
		}
		maps.Copy(a.gone, inner.gone)
		return e.anchored(x.Args[0], a, depth)
	}
	return false
}

// onlyNarrows reports whether a filter argument is a condition on columns, which are added as those
// whose filters it takes the place of.
func (e *evaluator) onlyNarrows(f dax.Expr, a anchors) bool {
	keeps := false
	if call, ok := f.(*dax.Call); ok && same(call.Func, "KEEPFILTERS") && len(call.Args) == 1 {
		keeps, f = true, call.Args[0]
	}
	if _, ok := f.(*dax.Binary); !ok {
		return false
	}
	for _, c := range e.columnsUsed(f) {
		if c.C.Type == dax.DateTime {
			return false // it takes off those of a whole table of dates
		}
		if !keeps {
			a.gone[c] = true
		}
	}
	return true
}
