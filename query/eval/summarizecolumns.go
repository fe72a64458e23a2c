package eval

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// summary is the arguments of SUMMARIZECOLUMNS.
type summary struct {
	groups  []group
	filters []dax.Expr
	veils   []dax.Expr       // of NONVISUAL: they choose the groups and do not reach the expressions
	unseen  []*filter        // of veils
	grand   map[int]dax.Expr // filters of the rows over all levels of a ROLLUPADDISSUBTOTAL
	names   []string
	list    []dax.Expr
	ignore  []bool
}

// group is a column that is grouped by, or a list of such that subtotals fold away together.
type group struct {
	cols   []Column
	rollup int      // which ROLLUPADDISSUBTOTAL, from 1; 0 is none
	level  int      // place in it
	flag   string   // name of the column that says whether the row is a subtotal
	only   dax.Expr // a filter of the rows that are grouped down to here and no further
}

// summaryOf sorts the arguments.
func (e *evaluator) summaryOf(x *dax.Call, b *batch) (*summary, error) {
	s := &summary{}
	rollups := 0
	for i := 0; i < len(x.Args); i++ {
		switch a := x.Args[i].(type) {
		case *dax.Column:
			c, err := e.columnArg(x, a)
			if err != nil {
				return nil, err
			}
			s.groups = append(s.groups, group{cols: []Column{c}})
			continue
		case *dax.Literal:
			name, err := textArg(x, a, "the name of a column")
			if err != nil {
				return nil, err
			}
			if i++; i >= len(x.Args) || x.Args[i] == nil {
				return nil, wrong(a, "column %q has no expression", name)
			}
			y, ignored := x.Args[i], false
			if call, ok := y.(*dax.Call); ok && strings.EqualFold(call.Func, "IGNORE") && len(call.Args) == 1 {
				y, ignored = call.Args[0], true
			}
			s.names, s.list, s.ignore = append(s.names, name), append(s.list, y), append(s.ignore, ignored)
			continue
		case *dax.Call:
			if strings.EqualFold(a.Func, "ROLLUPADDISSUBTOTAL") {
				rollups++
				if err := e.rollup(a, s, rollups, b); err != nil {
					return nil, err
				}
				continue
			}
			if strings.EqualFold(a.Func, "NONVISUAL") && len(a.Args) == 1 {
				s.veils = append(s.veils, a.Args[0])
				continue
			}
		case nil:
			return nil, wrong(x, "SUMMARIZECOLUMNS has an empty argument")
		}
		if !e.isTable(x.Args[i], b) {
			return nil, wrong(x.Args[i], "SUMMARIZECOLUMNS takes columns, filter tables and pairs of name and expression")
		}
		s.filters = append(s.filters, x.Args[i])
	}
	return s, nil
}

// rollup reads ROLLUPADDISSUBTOTAL([filter of the total], column or ROLLUPGROUP, "flag", [filter
// of the level], …).
func (e *evaluator) rollup(x *dax.Call, s *summary, number int, b *batch) error {
	args := x.Args
	level := 0
	filter := func() dax.Expr {
		if len(args) == 0 || args[0] != nil && !e.isLevelFilter(args[0], b) {
			return nil
		}
		f := args[0]
		args = args[1:]
		return f
	}
	if f := filter(); f != nil {
		if s.grand == nil {
			s.grand = map[int]dax.Expr{}
		}
		s.grand[number] = f
	}
	for len(args) > 0 {
		g := group{rollup: number, level: level}
		var err error
		if g.cols, err = e.levelColumns(x, args[0]); err != nil {
			return err
		}
		if args = args[1:]; len(args) > 0 {
			if name, err := textArg(x, args[0], "a name"); err == nil {
				g.flag, args = name, args[1:]
			}
		}
		g.only = filter()
		level++
		s.groups = append(s.groups, g)
	}
	return nil
}

// isLevelFilter reports whether an argument of ROLLUPADDISSUBTOTAL is a filter table.
func (e *evaluator) isLevelFilter(a dax.Expr, b *batch) bool {
	call, ok := a.(*dax.Call)
	return e.isTable(a, b) || ok && (same(call.Func, "NONVISUAL") || same(call.Func, "KEEPFILTERS"))
}

// levelColumns is a column, or those of ROLLUPGROUP.
func (e *evaluator) levelColumns(x *dax.Call, a dax.Expr) ([]Column, error) {
	list := []dax.Expr{a}
	if call, ok := a.(*dax.Call); ok && same(call.Func, "ROLLUPGROUP") && len(call.Args) > 0 {
		x, list = call, call.Args
	}
	var cols []Column
	for _, y := range list {
		c, err := e.columnArg(x, y)
		if err != nil {
			return nil, err
		}
		cols = append(cols, c)
	}
	return cols, nil
}

// levels is the filters of the rows of one grouping set: of each ROLLUPADDISSUBTOTAL that of the
// last level that is grouped by, or of the total. Those of NONVISUAL choose groups alone.
func (e *evaluator) levels(s *summary, on []bool, b *batch) (filters, unseen []*filter, err error) {
	last := map[int]dax.Expr{}
	for n, f := range s.grand {
		last[n] = f
	}
	for i, g := range s.groups {
		if g.rollup > 0 && on[i] {
			last[g.rollup] = g.only
		}
	}
	for n := range len(s.groups) + 1 { // in order
		f := last[n]
		if f == nil {
			continue
		}
		call, ok := f.(*dax.Call)
		veiled := ok && same(call.Func, "NONVISUAL") && len(call.Args) == 1
		if veiled {
			f = call.Args[0]
		}
		list, err := e.added([]dax.Expr{f}, b)
		if err != nil {
			return nil, nil, err
		}
		if veiled {
			unseen = append(unseen, list...)
		} else {
			filters = append(filters, list...)
		}
	}
	return filters, unseen, nil
}

// tableSummarizeColumns groups by columns of any tables and computes expressions for each
// combination. Combinations for which all expressions are BLANK are not there.
func tableSummarizeColumns(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	s, err := e.summaryOf(x, b)
	if err != nil {
		return nil, err
	}
	filters, err := e.added(s.filters, b)
	if err != nil {
		return nil, err
	}
	if s.unseen, err = e.added(s.veils, b); err != nil {
		return nil, err
	}
	if b.hasRow() {
		for i, f := range s.unseen {
			s.unseen[i] = f.asRead()
		}
	}
	outer, err := e.transition(b)
	if err != nil {
		return nil, err
	}
	ctx, err := e.changed(&modifiers{kept: filters}, outer.context(), b)
	if err != nil {
		return nil, err
	}
	ctx.shadow = &filterContext{filters: ctx.filters, edges: ctx.edges}
	outer = outer.under(ctx)
	var out *rowset
	for _, on := range s.sets() {
		part, err := e.summarizeSet(x, s, on, outer)
		if err != nil {
			return nil, err
		}
		if out, err = e.below(out, part); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// added is filter arguments as filters beside those outside.
func (e *evaluator) added(args []dax.Expr, b *batch) ([]*filter, error) {
	var m modifiers
	for _, a := range args {
		if err := e.argument(a, b, &m, true); err != nil {
			return nil, err
		}
	}
	return append(m.kept, m.filters...), nil
}

// sets is the grouping sets: for each ROLLUPADDISSUBTOTAL every number of its levels from the
// front, in all combinations. on[i] says whether group i is grouped by.
func (s *summary) sets() [][]bool {
	list := [][]bool{make([]bool, len(s.groups))}
	seen := map[int]bool{}
	for i, g := range s.groups {
		if g.rollup == 0 {
			for _, on := range list {
				on[i] = true
			}
			continue
		}
		if seen[g.rollup] {
			continue
		}
		seen[g.rollup] = true
		var members []int
		for j, o := range s.groups {
			if o.rollup == g.rollup {
				members = append(members, j)
			}
		}
		var next [][]bool
		for depth := len(members); depth >= 0; depth-- {
			for _, on := range list {
				c := slices.Clone(on)
				for _, j := range members[:depth] {
					c[j] = true
				}
				next = append(next, c)
			}
		}
		list = next
	}
	// A later plain group is on in all sets.
	for i, g := range s.groups {
		if g.rollup == 0 {
			for _, on := range list {
				on[i] = true
			}
		}
	}
	return list
}

// summarizeSet is one grouping set.
func (e *evaluator) summarizeSet(x *dax.Call, s *summary, on []bool, b *batch) (*rowset, error) {
	var cols []Column
	for i, g := range s.groups {
		if on[i] {
			cols = append(cols, g.cols...)
		}
	}
	filters, unseen, err := e.levels(s, on, b)
	if err != nil {
		return nil, err
	}
	if len(filters) > 0 {
		b = b.under(b.context().with(filters...))
	}
	chosen := b
	if unseen = append(unseen, s.unseen...); len(unseen) > 0 {
		chosen = b.under(b.context().with(unseen...))
	}
	domain, err := e.domain(x, s, cols, chosen, b)
	if err != nil {
		return nil, err
	}
	inner, from, err := b.iterate(x, domain)
	if err != nil {
		return nil, err
	}
	grouped := inner.context()
	if f := e.groupFilters(domain, inner); len(f) > 0 {
		if grouped, err = grouped.without(e, inner, func(Column) bool { return false }); err != nil {
			return nil, err
		}
		grouped = grouped.with(f...)
	}
	// The groups are filters, not a current row.
	under := &batch{n: inner.n, parent: b, up: inner.up, ctx: grouped}
	values := make([][]dax.Value, len(s.list))
	for i, y := range s.list {
		if values[i], err = e.scalar(y, under); err != nil {
			return nil, err
		}
	}
	return s.rows(on, domain, values, from, b.n), nil
}

// rows puts groups, subtotal flags and values together.
func (s *summary) rows(on []bool, domain *rowset, values [][]dax.Value, from []int, n int) *rowset {
	out := &rowset{of: identity(n), blocks: make([][][]dax.Value, n)}
	for _, g := range s.groups {
		for _, c := range g.cols {
			out.cols = append(out.cols, tableColumn{name: c.C.Name, col: c})
		}
		if g.flag != "" {
			out.cols = append(out.cols, tableColumn{name: g.flag})
		}
	}
	for _, name := range s.names {
		out.cols = append(out.cols, tableColumn{name: name})
	}
	for i := range n {
		for j, tuple := range domain.at(i) {
			some := !slices.Contains(s.ignore, false) // none decides (summarizecolumns-function-dax.md, "IGNORE")
			for k := range s.list {
				some = some || (!s.ignore[k] && !values[k][from[i]+j].IsBlank())
			}
			if !some {
				continue
			}
			row, at := make([]dax.Value, 0, len(out.cols)), 0
			for k, g := range s.groups {
				for range g.cols {
					v := dax.Value{}
					if on[k] {
						v = tuple[at]
						at++
					}
					row = append(row, v)
				}
				if g.flag != "" {
					row = append(row, dax.BoolOf(!on[k]))
				}
			}
			for k := range s.list {
				row = append(row, values[k][from[i]+j])
			}
			out.blocks[i] = append(out.blocks[i], row)
		}
	}
	return out
}

// domain is the combinations of columns: those of one table as they occur together under the filters
// that reach it, those of several tables crossed (summarizecolumns-function-dax.md, "Filter context":
// without a measure a filter on a table that none of the groups is of, or related to, changes nothing), or those for which the expressions of s, if there is one, can be other than
// BLANK in b. chosen is where groups are looked for.
func (e *evaluator) domain(x dax.Expr, s *summary, cols []Column, chosen, b *batch) (*rowset, error) {
	var order []*model.Table
	for _, c := range cols {
		if !slices.Contains(order, c.T) {
			order = append(order, c.T)
		}
	}
	var parts []*rowset
	for _, t := range order {
		own := slices.DeleteFunc(slices.Clone(cols), func(c Column) bool { return c.T != t })
		r, err := e.values(x, rowsOf{base: t, b: chosen}, own, true)
		if err != nil {
			return nil, err
		}
		parts = append(parts, r)
	}
	out, err := e.existing(x, s, parts, b)
	if err != nil {
		return nil, err
	}
	if out == nil {
		out = one(b.n, nil, [][]dax.Value{{}})
		for _, r := range parts {
			if out, err = e.cross(x, out, r); err != nil {
				return nil, err
			}
		}
	}
	at := make([]int, len(cols))
	for i, c := range cols {
		at[i] = slices.IndexFunc(out.cols, func(o tableColumn) bool { return o.col == c })
	}
	return out.project(at), nil
}

// groupFilters is the groups of each environment as filters, one for each table.
func (e *evaluator) groupFilters(domain *rowset, inner *batch) []*filter {
	var list []*filter
	done := map[*model.Table]bool{}
	for _, c := range domain.cols {
		if done[c.col.T] {
			continue
		}
		done[c.col.T] = true
		row := &rowContext{rows: make([][]dax.Value, inner.n)}
		var at []int
		for i, o := range domain.cols {
			if o.col.T == c.col.T {
				row.cols = append(row.cols, o)
				at = append(at, i)
			}
		}
		row.rows = columnsOf(inner.row.rows, at)
		list = append(list, e.rowFilter(row, identity(inner.n)))
	}
	return list
}
