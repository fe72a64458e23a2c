package draw

import (
	"slices"
	"strings"

	"inlay/dax"
)

// define is what a query defines: measures, some in the place of the
// model's, variables, columns and tables. Each may use those before it.
func (g *grammar) define() string {
	text := "DEFINE "
	for range g.int(1, 2) {
		text += g.pick("definition",
			func() string {
				g.w.defined++
				name := g.fmt("D%d", g.w.defined)
				x := g.number(2)
				g.more = append(g.more, "["+name+"]")
				return g.fmt("MEASURE Sales[%s] = %s ", name, x)
			},
			func() string { return g.fmt("MEASURE Sales[Total] = SUM(Sales[Qty]) + %d ", g.int(0, 3)) },
			func() string {
				g.w.defined++
				name := g.fmt("V%d", g.w.defined)
				x := g.number(2)
				g.more = append(g.more, name)
				return g.fmt("VAR %s = %s ", name, x)
			},
			g.defineColumn,
			g.defineTable,
		)
	}
	return text
}

// defineColumn is a column of a table of rows, which the rest of the query may use.
func (g *grammar) defineColumn() string {
	t := g.table()
	if g.w.Model.Table(t).Calculation {
		t = "Sales"
	}
	g.w.defined++
	c := column{table: t, name: g.fmt("C%d", g.w.defined)}
	whole, _ := g.column("Sales", dax.Int64)
	if own, ok := g.column(t, dax.Int64); ok {
		whole = own
	}
	of := []func() string{
		func() string { c.typ = dax.Double; return g.rowNumber(t, 0) + " * 1.5" },
		func() string { c.typ = dax.Boolean; return g.rowTest(t, 0) },
	}
	if whole.table == t {
		of = append(of, func() string { c.typ = dax.Int64; return g.fmt("%s + %d", whole, g.int(0, 2)) })
	}
	if text, ok := g.column(t, dax.String); ok {
		of = append(of, func() string { c.typ = dax.String; return g.fmt("%s & \"-x\"", text) },
			func() string { c.typ = dax.String; return g.fmt("IF(%s, %s, \"S1\")", g.rowTest(t, 0), text) })
	}
	x := g.pick("column", of...)
	g.w.cols = append(g.w.cols, c)
	return g.fmt("COLUMN %s = %s ", c, x)
}

// defineTable is a table of columns with different names, whose rows the rest of the query counts and
// adds up.
func (g *grammar) defineTable() string {
	more := g.more
	g.more = slices.DeleteFunc(slices.Clone(more), func(s string) bool { return s[0] != '[' }) // none is made of others
	defer func() { g.more = append(more, g.more[len(g.more)-1]) }()
	s := g.pickRows(g.summarize, g.addColumns, g.groupBy)
	var names []string
	for _, c := range s.cols {
		if slices.Contains(names, strings.ToLower(c.name)) {
			s = g.row()
			break
		}
		names = append(names, strings.ToLower(c.name))
	}
	g.w.defined++
	name := g.fmt("Q%d", g.w.defined)
	use := g.fmt("COUNTROWS(%s)", name)
	if last := s.cols[len(s.cols)-1]; last.typ == dax.Double && g.int(0, 1) == 1 {
		use = g.fmt("SUMX(%s, %s[%s])", name, name, last.name)
	}
	g.more = append(g.more, use)
	return g.fmt("TABLE %s = %s ", name, s.text)
}

// pickRows draws one of several tables.
func (g *grammar) pickRows(of ...func() rowsOf) rowsOf { return of[g.int(0, len(of)-1)]() }
