package draw

import (
	"fmt"
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

type columnDef = model.Column

// Query draws a query. Ordered are the positions of the columns that it is ordered by.
func (w *World) Query() (text string, ordered []int) {
	g := &grammar{w: w}
	defer func(was []column) { w.cols = was }(slices.Clone(w.cols)) // without those of this query
	defined := ""
	if g.int(0, 3) == 3 {
		defined = g.define()
	}
	s := g.statement()
	s.text = defined + "EVALUATE " + s.text
	if g.int(0, 3) < 3 {
		return s.text, nil
	}
	var by []string
	for i, c := range s.cols {
		by = append(by, c.String()+g.word("", " ASC", " DESC"))
		ordered = append(ordered, i)
	}
	return s.text + " ORDER BY " + strings.Join(by, ", "), ordered
}

// rowsOf is a table expression with its columns.
type rowsOf struct {
	text string
	cols []column
}

// filters is one to three filter arguments of CALCULATE.
func (g *grammar) filters(depth int) string {
	var all []string
	for range g.int(1, 2) {
		all = append(all, g.filter(depth))
	}
	return strings.Join(all, ", ")
}

func (g *grammar) filter(depth int) string {
	d := depth - 1
	of := []func() string{
		func() string { c := g.grouping(); return g.test(c, c.String()) },
		func() string { return g.fmt("%s(%s)", g.word("ALL", "REMOVEFILTERS"), g.table()) },
		func() string { return g.fmt("%s(%s)", g.word("ALL", "REMOVEFILTERS"), g.grouping()) },
		func() string { c := g.grouping(); return g.fmt("KEEPFILTERS(%s)", g.test(c, c.String())) },
		func() string { return g.fmt("VALUES(%s)", g.grouping()) },
		func() string { c := g.grouping(); return g.fmt("ALLEXCEPT(%s, %s)", c.table, c) },
		func() string { return "REMOVEFILTERS()" },
		func() string {
			c := g.any(dax.String, dax.Int64, dax.Decimal)
			return g.fmt("TREATAS({%s, %s}, %s)", g.literal(c), g.literal(c), c)
		},
	}
	if g.grouped {
		of = append(of, func() string { return g.fmt("ALLSELECTED(%s)", g.grouping()) }, func() string { return "ALLSELECTED()" },
			func() string { return g.fmt("ALLSELECTED(%s)", g.table()) })
	}
	if depth > 0 {
		of = append(of,
			func() string { t := g.table(); return g.fmt("FILTER(%s, %s)", t, g.rowTest(t, d)) },
			func() string { t := g.table(); return g.fmt("FILTER(ALL(%s), %s)", t, g.rowTest(t, d)) },
			func() string {
				c := g.grouping()
				return g.fmt("FILTER(ALL(%s), %s > %d)", c, g.measure(), g.int(0, 5))
			},
			func() string {
				c := g.grouping()
				return g.fmt("FILTER(VALUES(%s), CALCULATE(%s) > %d)", c, g.number(d), g.int(0, 3))
			},
			func() string {
				c := g.grouping()
				return g.fmt("KEEPFILTERS(FILTER(ALL(%s), %s))", c, g.test(c, c.String()))
			},
			g.table,
			func() string { t := g.table(); return g.fmt("SUMMARIZE(%s, %s)", t, g.reachable(t)) },
			func() string {
				c := g.grouping()
				return g.fmt("TOPN(2, VALUES(%s), %s, %s)", c, c, g.word("ASC", "DESC"))
			},
			func() string { return g.fmt("KEEPFILTERS(%s)", g.tableOf(g.table(), d)) },
			func() string { return g.fmt("KEEPFILTERS(VALUES(%s))", g.grouping()) },
			func() string { return g.tableOf(g.table(), d) },
			func() string {
				c := g.grouping()
				return g.fmt("FILTER(%s(%s), %s)", g.word("VALUES", "DISTINCT"), c, g.test(c, c.String()))
			},
			func() string {
				t := g.table()
				return g.fmt("TOPN(%d, %s, %s, %s)", g.int(1, 3), t, g.rowNumber(t, 0), g.word("ASC", "DESC"))
			},
			func() string {
				a, b := g.grouping(), g.grouping()
				if a == b {
					return g.fmt("VALUES(%s)", a)
				}
				return g.fmt("CROSSJOIN(VALUES(%s), ALL(%s))", a, b)
			},
		)
	}
	return g.pick("filter", of...)
}

// reachable is a column of a table, or of one that it is expanded by.
func (g *grammar) reachable(table string) column {
	c, _ := g.column(g.word(append([]string{table}, g.w.related[table]...)...), dax.String, dax.Int64, dax.DateTime, dax.Decimal)
	return c
}

// tableOf is rows of a table of the model.
func (g *grammar) tableOf(table string, depth int) string {
	of := []func() string{func() string { return table }}
	if depth > 0 {
		d := depth - 1
		of = append(of,
			func() string { return g.fmt("FILTER(%s, %s)", g.tableOf(table, d), g.rowTest(table, d)) },
			func() string { return g.fmt("CALCULATETABLE(%s, %s)", table, g.filters(d)) },
			func() string { return g.fmt("ALL(%s)", table) },
		)
	}
	return g.pick("rows", of...)
}

// rows is any table.
func (g *grammar) rows(depth int) string {
	of := []func() string{
		g.table,
		func() string { return g.fmt("VALUES(%s)", g.grouping()) },
		func() string { return g.fmt("%s(%s)", g.word("DISTINCT", "ALL", "ALLNOBLANKROW"), g.grouping()) },
		func() string { return g.fmt("%s(%s)", g.word("VALUES", "ALL", "DISTINCT", "ALLNOBLANKROW"), g.table()) },
	}
	if depth > 0 {
		of = append(of,
			func() string { return g.tableOf(g.table(), depth) },
			func() string { t := g.table(); return g.fmt("SUMMARIZE(%s, %s)", t, g.reachable(t)) },
			func() string { return g.fmt("CALCULATETABLE(VALUES(%s), %s)", g.grouping(), g.filters(depth-1)) },
		)
	}
	return g.pick("table", of...)
}

// list is one column of values.
func (g *grammar) list(c column, depth int) string {
	of := []func() string{func() string { return g.fmt("VALUES(%s)", c) }, func() string { return g.fmt("DISTINCT(%s)", c) }, func() string { return g.fmt("ALL(%s)", c) },
		func() string { return g.fmt("FILTER(VALUES(%s), %s)", c, g.test(c, c.String())) },
		func() string { return g.fmt("CALCULATETABLE(VALUES(%s), %s)", c, g.filters(depth)) },
		func() string { return g.fmt("TOPN(%d, VALUES(%s), %s, %s)", g.int(1, 3), c, c, g.word("DESC", "ASC")) }}
	return g.pick("list", of...)
}

// several are different columns.
func (g *grammar) several(least, most int) []column {
	var cols []column
	for range g.int(least, most) {
		if c := g.grouping(); !slices.Contains(cols, c) {
			cols = append(cols, c)
		}
	}
	return cols
}

func names(cols []column) string {
	var all []string
	for _, c := range cols {
		all = append(all, c.String())
	}
	return strings.Join(all, ", ")
}

// values is named expressions, as further columns.
func (g *grammar) values(most int, value func() (string, dax.Type)) (text string, cols []column) {
	var parts []string
	for i := range g.int(1, most) {
		x, typ := value()
		c := column{name: fmt.Sprintf("v%d", i), typ: typ}
		parts, cols = append(parts, fmt.Sprintf("\"%s\", %s", c.name, x)), append(cols, c)
	}
	return strings.Join(parts, ", "), cols
}

// value is a number, or now and then a text or a truth value, in a filter context.
func (g *grammar) value(depth int) (string, dax.Type) {
	switch g.int(0, 9) {
	case 8:
		return g.text(depth), dax.String
	case 9:
		return g.condition(depth), dax.Boolean
	}
	return g.number(depth), dax.Double
}

// statement is a table to evaluate.
func (g *grammar) statement() rowsOf {
	all := []func() rowsOf{g.summarizeColumns, g.row, g.addColumns, g.summarize, g.setOperation, g.join, g.groupBy, g.selectColumns, g.top, g.filtered, g.ofFixed, g.ofFixed}
	// The form that visuals ask is drawn as often as several others.
	return all[max(0, g.int(-4, len(all)-1))]()
}

func (g *grammar) row() rowsOf {
	text, cols := g.values(2, func() (string, dax.Type) { return g.value(3) })
	return rowsOf{g.fmt("ROW(%s)", text), cols}
}

func (g *grammar) summarizeColumns() rowsOf {
	g.grouped = true
	defer func() { g.grouped = false }()
	cols := g.several(1, 3)
	parts := []string{names(cols)}
	if len(cols) > 1 && g.int(0, 3) == 3 {
		parts, cols = g.rollup(cols)
	}
	for range max(0, g.int(-2, 1)) {
		parts = append(parts, g.pick("filter",
			func() string {
				c := g.any(dax.String, dax.Int64, dax.Decimal)
				return g.fmt("TREATAS({%s, %s}, %s)", g.literal(c), g.literal(c), c)
			},
			func() string { c := g.grouping(); return g.fmt("FILTER(ALL(%s), %s)", c, g.test(c, c.String())) },
			func() string { c := g.grouping(); return g.fmt("FILTER(VALUES(%s), %s)", c, g.test(c, c.String())) },
			func() string {
				c := g.grouping()
				return g.fmt("KEEPFILTERS(FILTER(VALUES(%s), %s))", c, g.test(c, c.String()))
			}))
	}
	// Without a value that is blank somewhere it would be all combinations of the columns.
	text, more := g.values(2, func() (string, dax.Type) { return g.value(2) })
	return rowsOf{g.fmt("SUMMARIZECOLUMNS(%s, %s)", strings.Join(parts, ", "), text), append(cols, more...)}
}

// rollup is groups with subtotals over the last of them, and the columns that this makes.
func (g *grammar) rollup(cols []column) (parts []string, all []column) {
	first := g.int(0, len(cols)-1)
	for _, c := range cols[:first] {
		parts = append(parts, c.String())
	}
	all = slices.Clone(cols[:first])
	var levels []string
	for i, c := range cols[first:] {
		flag := column{name: fmt.Sprintf("total%d", i), typ: dax.Boolean}
		levels = append(levels, g.fmt("%s, \"%s\"", c, flag.name))
		all = append(all, c, flag)
	}
	return append(parts, g.fmt("ROLLUPADDISSUBTOTAL(%s)", strings.Join(levels, ", "))), all
}

func (g *grammar) addColumns() rowsOf {
	c := g.grouping()
	list := g.list(c, 1)
	text, more := g.values(2, func() (string, dax.Type) {
		if g.int(0, 1) == 0 {
			return g.measure(), dax.Double
		}
		return g.fmt("CALCULATE(%s)", g.number(2)), dax.Double
	})
	return rowsOf{g.fmt("ADDCOLUMNS(%s, %s)", list, text), append([]column{c}, more...)}
}

func (g *grammar) summarize() rowsOf {
	t := g.table()
	var cols []column
	for range g.int(1, 2) {
		if c := g.reachable(t); !slices.Contains(cols, c) {
			cols = append(cols, c)
		}
	}
	return rowsOf{g.fmt("SUMMARIZE(%s, %s)", g.tableOf(t, 2), names(cols)), cols}
}

func (g *grammar) setOperation() rowsOf {
	a := g.grouping()
	b, _ := g.column("", a.typ)
	f := g.word("UNION", "INTERSECT", "EXCEPT")
	c := a
	if f == "UNION" && a != b {
		c = column{name: a.name, typ: a.typ}
	}
	return rowsOf{g.fmt("%s(%s, %s)", f, g.list(a, 1), g.list(b, 1)), []column{c}}
}

func (g *grammar) join() rowsOf {
	a, b := g.grouping(), g.grouping()
	if a == b {
		return rowsOf{g.list(a, 2), []column{a}}
	}
	if g.int(0, 1) == 0 {
		return rowsOf{g.fmt("CROSSJOIN(%s, %s)", g.list(a, 1), g.list(b, 1)), []column{a, b}}
	}
	return rowsOf{g.fmt("%s(%s, CALCULATETABLE(VALUES(%s)))", g.word("GENERATE", "GENERATEALL"), g.list(a, 1), b), []column{a, b}}
}

func (g *grammar) groupBy() rowsOf {
	t := g.table()
	c := g.reachable(t)
	text, more := g.values(2, func() (string, dax.Type) {
		return g.fmt("%s(CURRENTGROUP(), %s)", g.word("SUMX", "MAXX", "AVERAGEX", "COUNTX"), g.rowNumber(t, 0)), dax.Double
	})
	return rowsOf{g.fmt("GROUPBY(%s, %s, %s)", g.tableOf(t, 1), c, text), append([]column{c}, more...)}
}

func (g *grammar) selectColumns() rowsOf {
	t := g.table()
	text, more := g.values(3, func() (string, dax.Type) { return g.rowNumber(t, 2), dax.Double })
	return rowsOf{g.fmt("SELECTCOLUMNS(%s, %s)", g.tableOf(t, 1), text), more}
}

func (g *grammar) top() rowsOf {
	s := g.summarizeColumns()
	last := s.cols[len(s.cols)-1]
	s.text = g.fmt("TOPN(%d, %s, %s, %s)", g.int(1, 3), s.text, last, g.word("DESC", "ASC"))
	return s
}

func (g *grammar) filtered() rowsOf {
	t := g.table()
	var cols []column
	for _, c := range g.w.cols {
		if c.table == t {
			cols = append(cols, c)
		}
	}
	return rowsOf{g.tableOf(t, 3), cols}
}
