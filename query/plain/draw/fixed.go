package draw

import (
	"slices"

	"pgregory.net/rapid"

	"inlay/dax"
)

// Fixed decimal numbers, which have four digits and rules of their own for the types of products and
// quotients: small and large ones, and such that products with others end in halves of a last digit.

// units are what is drawn for a cell, in 1/10,000: no more digits than a floating number holds, by
// which some are multiplied.
var units = []int64{0, 10_000, 20_000, 70_000, 15_000, 1, 5, -1, -5, 12_345, -12_345, 33_333, 100_050, -25_000, 99_999, 999_999_999_999_998}

func (w *World) fixed(name string) spec {
	return spec{name, dax.Decimal, false, w.blank(func() dax.Value {
		return dax.DecimalOf(rapid.SampledFrom(units[:len(units)-w.small(name)]).Draw(w.t, name))
	})}
}

// small is 1 but now and then: large numbers hide what small ones do in a sum.
func (w *World) small(name string) int { return 1 - rapid.IntRange(0, 9).Draw(w.t, name)/9 }

// fixed is a constant to compare a fixed decimal number with.
func (g *grammar) fixed() string {
	return g.pick("constant",
		func() string { return g.word("0", "1", "2", "7") },
		func() string { return g.word("1.2345", "-1.2345", "0.0005", "1.5", "-2.5", "10.005", "1.23455") },
		func() string { return g.fmt("CURRENCY(%s)", g.word("1.2345", "3.33333", "-0.00005", "7")) },
	)
}

// another is a number that a fixed decimal number is multiplied with or divided by.
func (g *grammar) another() string {
	return g.word("2", "3", "-3", "0.5", "1.19", "-2.5", "CURRENCY(1.3)", "CURRENCY(-0.0005)", "7")
}

// fixeds are numbers in a filter context with quotients and roundings.
func (g *grammar) fixeds(depth int) []func() string {
	if !slices.ContainsFunc(g.w.cols, func(c column) bool { return c.typ == dax.Decimal }) {
		return nil
	}
	c := func() column { return g.any(dax.Decimal) }
	of := func() string { return g.fmt("%s(%s)", g.word("SUM", "MIN", "MAX", "AVERAGE", "MEDIAN"), c()) }
	return []func() string{
		of,
		func() string { return g.fmt("%s %s %s", of(), g.word("*", "/", "+", "-"), g.another()) },
		func() string { return g.fmt("%s %s %s", g.another(), g.word("*", "-", "+"), of()) },
		func() string { return g.fmt("DIVIDE(%s, %s)", of(), g.number(depth-1)) },
		func() string { return g.fmt("DIVIDE(%s, %s, %s)", g.number(depth-1), of(), g.another()) },
		func() string { return g.rounded(of()) },
		func() string { return g.fmt("SELECTEDVALUE(%s, %s)", c(), g.another()) },
		func() string {
			c := c()
			return g.fmt("SUMX(%s, %s %s %s)", c.table, c, g.word("*", "/", "+", "-"), g.another())
		},
		func() string {
			c := c()
			return g.fmt("SUMX(%s, %s %s %s)", c.table, c, g.word("*", "+", "-"), g.rowNumber(c.table, depth))
		},
		func() string {
			c := c()
			return g.fmt("PERCENTILEX.INC(%s, %s, %s)", c.table, c, g.word("0.5", "0.25", "0.9"))
		},
	}
}

// rounded is a number after one of the functions that round.
func (g *grammar) rounded(x string) string {
	return g.pick("rounded",
		func() string { return g.fmt("%s(%s, %d)", g.word("ROUND", "ROUNDUP", "ROUNDDOWN"), x, g.int(-1, 5)) },
		func() string { return g.fmt("%s(%s)", g.word("INT", "ABS", "CURRENCY", "SIGN"), x) },
		func() string { return g.fmt("%s(%s)", g.word("TRUNC", "EVEN", "ODD"), x) },
		func() string { return g.fmt("MOD(%s, 3)", x) },
	)
}

// rowFixed are numbers in a row of a table with quotients and roundings.
func (g *grammar) rowFixed(table string, depth int) []func() string {
	c, ok := g.column(table, dax.Decimal)
	if !ok {
		return nil
	}
	d := depth - 1
	row := func() string {
		if depth > 0 && g.int(0, 2) > 0 {
			return "(" + g.pick("fixed", g.rowFixed(table, d)...) + ")"
		}
		return g.rowNumber(table, max(0, d))
	}
	return []func() string{
		c.String,
		func() string { return g.fmt("%s %s %s", row(), g.word("*", "/", "+", "-"), g.another()) },
		func() string { return g.fmt("%s %s %s", g.another(), g.word("*", "+", "-"), row()) },
		func() string { return g.fmt("(%s) %s (%s)", row(), g.word("*", "+", "-"), row()) },
		func() string { return g.fmt("(%s) * %s", row(), c) },
		func() string { return g.fmt("DIVIDE(%s, %s)", row(), row()) },
		func() string { return g.fmt("DIVIDE(%s, %s, %s)", row(), row(), g.another()) },
		func() string { return g.rounded(row()) },
		func() string { return g.fmt("COALESCE(%s, %s)", row(), g.another()) },
		func() string {
			return g.fmt("IF(%s %s %s, %s, %s)", row(), g.word("<", ">=", "=", "<>", "=="), row(), row(), row())
		},
		func() string { return g.fmt("IF(%s, %s)", g.test(c, row()), row()) },
		func() string { return g.fmt("SWITCH(%s, %s, %s, %s)", row(), g.fixed(), row(), g.another()) },
		func() string { return g.fmt("-(%s)", row()) },
	}
}

// ofFixed is a table that has to do with fixed decimal numbers above all.
func (g *grammar) ofFixed() rowsOf {
	c, ok := g.column("", dax.Decimal)
	if !ok {
		return g.summarizeColumns()
	}
	t := c.table
	row := func() string { return g.pick("fixed", g.rowFixed(t, g.int(0, 2))...) } // the simpler, the more of them are for the source
	each := func() (string, dax.Type) {
		return g.fmt("%s(%s, %s)", g.word("SUMX", "MAXX", "MINX", "AVERAGEX", "COUNTX", "MEDIANX"), g.tableOf(t, 1), row()), dax.Double
	}
	switch g.int(0, 6) {
	case 0:
		text, more := g.values(3, func() (string, dax.Type) {
			return g.pick("quotient", row, func() string { return g.fmt("(%s) / (%s)", row(), row()) }), dax.Double // by 0 it is infinite, which few functions take
		})
		return rowsOf{g.fmt("SELECTCOLUMNS(%s, %s)", g.tableOf(t, 1), text), more}
	case 1:
		text, more := g.values(3, each)
		return rowsOf{g.fmt("SUMMARIZECOLUMNS(%s, %s)", c, text), append([]column{c}, more...)}
	case 2:
		text, more := g.values(3, each)
		of := g.reachable(t)
		return rowsOf{g.fmt("SUMMARIZECOLUMNS(%s, FILTER(ALL(%s), %s), %s)", of, c, g.test(c, c.String()), text), append([]column{of}, more...)}
	case 3:
		text, more := g.values(2, func() (string, dax.Type) {
			return g.fmt("%s(CURRENTGROUP(), %s)", g.word("SUMX", "MAXX", "AVERAGEX", "MINX"), row()), dax.Double
		})
		return rowsOf{g.fmt("GROUPBY(%s, %s, %s)", g.tableOf(t, 1), c, text), append([]column{c}, more...)}
	case 4:
		text, more := g.values(2, func() (string, dax.Type) {
			return g.fmt("SUMX(FILTER(%s, %s), %s)", t, g.test(c, row()), row()), dax.Double
		})
		return rowsOf{g.fmt("ROW(%s)", text), more}
	case 5:
		text, more := g.values(2, func() (string, dax.Type) { return g.pick("fixed", g.fixeds(2)...), dax.Double })
		return rowsOf{g.fmt("ADDCOLUMNS(VALUES(%s), %s)", c, text), append([]column{c}, more...)}
	}
	text, more := g.values(3, each)
	return rowsOf{g.fmt("ROW(%s)", text), more}
}
