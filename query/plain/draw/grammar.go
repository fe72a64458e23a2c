package draw

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"inlay/dax"
)

// grammar draws expressions. Each function is a type of the grammar: what it returns can stand
// wherever a value or table of that type can. Depth falls with each level; at 0 only leaves
// are drawn.
type grammar struct {
	w       *World
	more    []string // measures and variables that the query defines
	grouped bool     // inside SUMMARIZECOLUMNS, where ALLSELECTED and ISINSCOPE have a meaning
}

// pick draws one of several alternatives.
func (g *grammar) pick(label string, of ...func() string) string {
	return of[rapid.IntRange(0, len(of)-1).Draw(g.w.t, label)]()
}

// word draws one of several texts.
func (g *grammar) word(of ...string) string { return rapid.SampledFrom(of).Draw(g.w.t, "word") }

func (g *grammar) int(least, most int) int { return rapid.IntRange(least, most).Draw(g.w.t, "number") }

func (g *grammar) fmt(form string, args ...any) string { return fmt.Sprintf(form, args...) }

// column draws a column of one of the types; of a table, if one is named. There is always one:
// all tables have columns of numbers, and Product has all of texts.
func (g *grammar) column(table string, types ...dax.Type) (column, bool) {
	var fit []column
	for _, c := range g.w.cols {
		if (table == "" || c.table == table) && slices.Contains(types, c.typ) {
			fit = append(fit, c)
		}
	}
	if len(fit) == 0 {
		return column{}, false
	}
	return rapid.SampledFrom(fit).Draw(g.w.t, "column"), true
}

func (g *grammar) any(types ...dax.Type) column {
	c, _ := g.column("", types...)
	return c
}

// grouping draws a column to group by or to filter.
func (g *grammar) grouping() column {
	return g.any(dax.String, dax.Int64, dax.DateTime, dax.Boolean, dax.Decimal)
}

func (g *grammar) table() string {
	var names []string
	for _, t := range g.w.Model.Tables {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	slices.Reverse(names)
	return g.word(names...)
}

func (g *grammar) has(table string) bool { return g.w.Model.Table(table) != nil }

func (g *grammar) measure() string {
	var names []string
	for _, m := range g.w.Model.Table("Sales").Measures {
		names = append(names, "["+m.Name+"]")
	}
	return g.word(append(names, g.more...)...)
}

// literal is a constant of a column's type, one that occurs in the data more often than not.
func (g *grammar) literal(c column) string {
	switch c.typ {
	case dax.String:
		all := append(slices.Clone(texts), "s0", "S1", "ann@example.com")
		if strings.HasPrefix(c.table, "Calc") {
			all = items
		}
		return `"` + g.word(all...) + `"`
	case dax.DateTime:
		if rows := g.w.Rows[c.table]; len(rows) > 0 {
			at := slices.IndexFunc(g.w.Model.Table(c.table).Columns, func(o *columnDef) bool { return o.Name == c.name })
			if v := rows[g.int(0, len(rows)-1)][at]; !v.IsBlank() {
				t := v.Time()
				return fmt.Sprintf("DATE(%d, %d, %d)", t.Year(), t.Month(), t.Day())
			}
		}
		return "DATE(2024, 2, 28)"
	case dax.Boolean:
		return g.word("TRUE()", "FALSE()")
	case dax.Double:
		return g.word("0", "1.5", "2", "-0.25", "7")
	case dax.Decimal:
		return g.fixed()
	}
	return fmt.Sprint(g.int(0, 9))
}

// test is a condition on a column.
func (g *grammar) test(c column, value string) string {
	if c.typ == dax.Boolean {
		return g.pick("test", func() string { return value },
			func() string { return "NOT " + value }, func() string { return g.fmt("ISBLANK(%s)", value) }, func() string { return g.fmt("%s = FALSE()", value) })
	}
	return g.pick("test",
		func() string { return g.fmt("%s = %s", value, g.literal(c)) },
		func() string { return g.fmt("%s <> %s", value, g.literal(c)) },
		func() string { return g.fmt("%s > %s", value, g.literal(c)) },
		func() string { return g.fmt("%s <= %s", value, g.literal(c)) },
		func() string { return g.fmt("%s IN {%s, %s}", value, g.literal(c), g.literal(c)) },
		func() string { return g.fmt("NOT %s IN {%s}", value, g.literal(c)) },
		func() string { return g.fmt("ISBLANK(%s)", value) },
		func() string { return g.fmt("%s == %s", value, g.literal(c)) },
		func() string { return g.fmt("NOT ISBLANK(%s) && %s < %s", value, value, g.literal(c)) },
	)
}

// number is a number in a filter context, without a row.
func (g *grammar) number(depth int) string {
	leaves := []func() string{
		g.measure,
		g.aggregate,
		func() string { return g.fmt("COUNTROWS(%s)", g.table()) },
	}
	if depth <= 0 {
		return g.pick("number", leaves...)
	}
	d := depth - 1
	return g.pick("number", append(append(leaves, g.fixeds(d)...),
		func() string { return g.fmt("CALCULATE(%s, %s)", g.number(d), g.filters(d)) },
		func() string { return g.iterator(d) },
		func() string { return g.fmt("%s %s %s", g.number(d), g.word("+", "-", "*"), g.number(d)) },
		func() string { return g.fmt("DIVIDE(%s, %s)", g.number(d), g.number(d)) },
		func() string { return g.fmt("IF(%s, %s, %s)", g.condition(d), g.number(d), g.number(d)) },
		func() string { return g.fmt("IF(%s, %s)", g.condition(d), g.number(d)) },
		func() string { return g.fmt("COALESCE(%s, %d)", g.number(d), g.int(-1, 1)) },
		func() string { return g.fmt("COUNTROWS(%s)", g.rows(d)) },
		func() string { return g.fmt("VAR x = %s RETURN x + %s", g.number(d), g.number(d)) },
		func() string {
			return g.fmt("VAR x = %s RETURN CALCULATE(%s, %s) - x", g.number(d), g.number(d), g.filters(d))
		},
		func() string {
			c := g.any(dax.Int64, dax.Double, dax.Decimal)
			return g.fmt("SELECTEDVALUE(%s, %d)", c, g.int(-1, 1))
		},
		func() string { return g.rank(d) },
		func() string { return g.lookup() },
		func() string { return g.period(d) },
		func() string { return g.role(d) },
		func() string { return g.fmt("CALCULATE(%s, %s)", g.measure(), g.choice()) },
		func() string { return g.fmt("CALCULATE(%s, %s, %s)", g.number(d), g.choice(), g.filters(d)) },
		g.parameter,
		func() string { return g.fmt("ROUND(%s, 1)", g.number(d)) },
		func() string { return g.fmt("SWITCH(TRUE(), %s, %s, %s)", g.condition(d), g.number(d), g.number(d)) },
	)...)
}

// aggregate is an aggregate of a column.
func (g *grammar) aggregate() string {
	number := func() column { return g.any(dax.Int64, dax.Double, dax.Decimal) }
	return g.pick("aggregate",
		func() string { return g.fmt("SUM(%s)", number()) },
		func() string { return g.fmt("MIN(%s)", number()) },
		func() string { return g.fmt("MAX(%s)", number()) },
		func() string { return g.fmt("AVERAGE(%s)", number()) },
		func() string { return g.fmt("COUNT(%s)", g.any(dax.Int64, dax.String, dax.DateTime, dax.Decimal)) },
		func() string { return g.fmt("COUNTA(%s)", g.grouping()) },
		func() string { return g.fmt("COUNTBLANK(%s)", g.grouping()) },
		func() string { return g.fmt("DISTINCTCOUNT(%s)", g.grouping()) },
		func() string { return g.fmt("DISTINCTCOUNTNOBLANK(%s)", g.grouping()) },
		func() string { return g.fmt("MEDIAN(%s)", number()) },
	)
}

// iterator is an aggregate of an expression over the rows of a table.
func (g *grammar) iterator(depth int) string {
	return g.pick("iterator",
		func() string {
			t := g.table()
			return g.fmt("%s(%s, %s)", g.word("SUMX", "MAXX", "MINX", "AVERAGEX", "COUNTX"), g.tableOf(t, depth), g.rowNumber(t, depth))
		},
		func() string {
			c := g.grouping()
			return g.fmt("%s(%s(%s), CALCULATE(%s))", g.word("SUMX", "MAXX", "AVERAGEX"), g.word("VALUES", "DISTINCT", "ALL"), c, g.number(depth-1))
		},
		func() string {
			c := g.grouping()
			return g.fmt("SUMX(FILTER(%s(%s), %s), %s)", g.word("VALUES", "ALL"), c, g.test(c, c.String()), g.measure())
		},
		func() string {
			c, t := g.grouping(), g.table()
			return g.fmt("SUMX(VALUES(%s), %s(%s, %s))", c, g.word("SUMX", "MAXX", "COUNTX"), g.tableOf(t, depth-1), g.rowNumber(t, depth-1))
		},
		func() string {
			c := g.grouping()
			return g.fmt("SUMX(%s(%s), CALCULATE(%s, %s))", g.word("VALUES", "ALL"), c, g.number(depth-1), g.filters(depth-1))
		},
		func() string {
			t := g.table()
			return g.fmt("SUMX(TOPN(%d, %s, %s, %s), %s)", g.int(1, 3), g.tableOf(t, depth-1), g.rowNumber(t, depth-1), g.word("DESC", "ASC"), g.rowNumber(t, depth-1))
		},
	)
}

// rowNumber is a number in a row of a table.
func (g *grammar) rowNumber(table string, depth int) string {
	of := []func() string{func() string { return fmt.Sprint(g.int(0, 3)) }}
	if c, ok := g.column(table, dax.Int64, dax.Double, dax.Decimal); ok {
		of = append([]func() string{c.String}, of...)
	}
	if far := g.w.related[table]; len(far) > 0 {
		if c, ok := g.column(g.word(far...), dax.Int64, dax.Double, dax.Decimal); ok {
			of = append(of, func() string { return g.fmt("RELATED(%s)", c) })
		}
	}
	if depth > 0 {
		d := depth - 1
		of = append(append(of, g.rowFixed(table, d)...),
			func() string {
				return g.fmt("%s %s %s", g.rowNumber(table, d), g.word("+", "*", "-"), g.rowNumber(table, d))
			},
			func() string {
				return g.fmt("IF(%s, %s, %s)", g.rowTest(table, d), g.rowNumber(table, d), g.rowNumber(table, d))
			},
			func() string { return g.fmt("CALCULATE(%s)", g.number(d)) },
			func() string { return g.fmt("CALCULATE(%s, %s)", g.number(d), g.filters(d)) },
			g.measure,
		)
		if many := g.many(table); len(many) > 0 {
			of = append(of, func() string { return g.fmt("COUNTROWS(RELATEDTABLE(%s))", g.word(many...)) })
		}
	}
	return g.pick("row number", of...)
}

// many is the tables from which RELATED leads to a table.
func (g *grammar) many(table string) []string {
	var all []string
	for _, t := range g.w.Model.Tables {
		if slices.Contains(g.w.related[t.Name], table) {
			all = append(all, t.Name)
		}
	}
	return all
}

// rowTest is a condition in a row of a table.
func (g *grammar) rowTest(table string, depth int) string {
	own := func() string {
		c, _ := g.column(table, dax.String, dax.Int64, dax.Double, dax.Decimal, dax.Boolean, dax.DateTime)
		return g.test(c, c.String())
	}
	of := []func() string{own}
	if far := g.w.related[table]; len(far) > 0 {
		of = append(of, func() string {
			c, _ := g.column(g.word(far...), dax.String, dax.Int64, dax.Decimal)
			return g.test(c, g.fmt("RELATED(%s)", c))
		})
	}
	if depth > 0 {
		of = append(of,
			func() string {
				return g.fmt("(%s) %s (%s)", g.rowTest(table, depth-1), g.word("&&", "||"), g.rowTest(table, depth-1))
			},
			func() string { return g.fmt("NOT (%s)", g.rowTest(table, depth-1)) },
			func() string { return g.fmt("%s > %d", g.measure(), g.int(0, 5)) },
			func() string { return g.fmt("CALCULATE(%s) >= %d", g.number(depth-1), g.int(0, 3)) },
			func() string {
				return g.fmt("CALCULATE(%s, %s) >= %d", g.number(depth-1), g.filters(depth-1), g.int(0, 3))
			},
		)
	}
	return g.pick("row test", of...)
}

// condition is a truth value in a filter context.
func (g *grammar) condition(depth int) string {
	of := []func() string{
		func() string { return g.fmt("%s > %d", g.number(depth-1), g.int(0, 9)) },
		func() string { return g.fmt("ISBLANK(%s)", g.number(depth-1)) },
		func() string { return g.fmt("HASONEVALUE(%s)", g.grouping()) },
		func() string { return g.fmt("ISFILTERED(%s)", g.grouping()) },
		func() string { return g.fmt("ISCROSSFILTERED(%s)", g.grouping()) },
		func() string { return g.fmt("ISEMPTY(%s)", g.rows(depth-1)) },
		func() string { c := g.grouping(); return g.fmt("%s IN VALUES(%s)", g.literal(c), c) },
		func() string { c := g.grouping(); return g.fmt("CONTAINS(%s, %s, %s)", c.table, c, g.literal(c)) },
		func() string { c := g.any(dax.String); return g.fmt("SELECTEDVALUE(%s) = %s", c, g.literal(c)) },
	}
	if g.grouped {
		of = append(of, func() string { return g.fmt("ISINSCOPE(%s)", g.grouping()) })
	}
	return g.pick("condition", of...)
}

// text is a text in a filter context.
func (g *grammar) text(depth int) string {
	return g.pick("text",
		func() string { return g.fmt("SELECTEDVALUE(%s)", g.any(dax.String)) },
		func() string { return g.fmt("SELECTEDVALUE(%s, \"many\")", g.any(dax.String)) },
		func() string {
			c := g.any(dax.String)
			return g.fmt("CONCATENATEX(VALUES(%s), %s, \",\", %s, %s)", c, c, c, g.word("ASC", "DESC"))
		},
		func() string {
			return g.fmt("IF(%s, \"yes\", SELECTEDVALUE(%s))", g.condition(depth), g.any(dax.String))
		},
		func() string { return g.fmt("SELECTEDVALUE(%s) & \"-\" & %s", g.any(dax.String), g.number(depth-1)) },
	)
}

// rank is RANKX over the values of a column.
func (g *grammar) rank(depth int) string {
	c := g.grouping()
	return g.fmt("RANKX(%s(%s), CALCULATE(%s), %s, %s, %s)", g.word("ALL", "VALUES"), c, g.number(depth-1), g.word("", g.measure()), g.word("DESC", "ASC"), g.word("SKIP", "DENSE"))
}

// lookup is LOOKUPVALUE by a key.
func (g *grammar) lookup() string {
	t := g.word("Product", "Sales")
	key := column{t, map[string]string{"Product": "Key", "Sales": "Id"}[t], dax.Int64, true}
	c, _ := g.column(t, dax.Int64, dax.Double, dax.Decimal)
	return g.fmt("LOOKUPVALUE(%s, %s, %s)", c, key, g.word("1", "2", "1 + COUNTROWS(Sales)", "COALESCE(MAX(Sales[Qty]), 3)"))
}

// role is an expression over another relationship, or over a changed one.
func (g *grammar) role(depth int) string {
	ways := []string{"BOTH", "ONEWAY"}
	of := []func() string{
		func() string {
			return g.fmt("CALCULATE(%s, CROSSFILTER(Sales[Prod], Product[Key], %s))", g.number(depth), g.word(ways...))
		},
		// Without the relationship RELATED has no meaning; an aggregate has none in it.
		func() string {
			return g.fmt("CALCULATE(%s, CROSSFILTER(Sales[Prod], Product[Key], NONE))", g.aggregate())
		},
	}
	if g.has("Calendar") {
		of = append(of, func() string {
			return g.fmt("CALCULATE(%s, USERELATIONSHIP(Sales[Ship], Calendar[Date]))", g.number(depth))
		})
	}
	if g.w.inactive("Group") {
		of = append(of, func() string {
			return g.fmt("CALCULATE(%s, USERELATIONSHIP(Sales[Qty], Group[Key]), CROSSFILTER(Product[Group], Group[Key], NONE))", g.aggregate())
		})
	}
	if g.w.limited() {
		either := append([]string{"ONEWAY_LEFTFILTERSRIGHT", "ONEWAY_RIGHTFILTERSLEFT"}, ways...)
		of = append(of, func() string {
			return g.fmt("CALCULATE(%s, CROSSFILTER(%s, %s), %s)", g.number(depth), g.word("Budget[City], Shop[City]", "Shop[City], Budget[City]"), g.word(either...), g.filter(depth))
		})
	}
	if g.has("Shop") {
		of = append(of, func() string {
			return g.fmt("CALCULATE(%s, CROSSFILTER(Sales[Shop], Shop[Key], %s), %s)", g.number(depth), g.word(ways...), g.filter(depth))
		})
	}
	of = append(of, func() string {
		a := g.any(dax.String, dax.Int64, dax.Decimal)
		b, _ := g.column("", a.typ)
		return g.fmt("CALCULATE(%s, TREATAS(%s(%s), %s), CROSSFILTER(Sales[Prod], Product[Key], %s))", g.aggregate(), g.word("VALUES", "DISTINCT"), a, b, g.word(ways...))
	}, func() string {
		a := g.any(dax.String, dax.Int64, dax.Decimal)
		b, _ := g.column("", a.typ)
		return g.fmt("COUNTROWS(TREATAS(%s(%s), %s))", g.word("VALUES", "DISTINCT", "ALL"), a, b)
	}, func() string {
		return g.fmt("CALCULATE(%s, TREATAS(SUMMARIZE(Sales, Sales[Prod], Sales[Note]), Product[Key], Product[Color]))", g.number(depth))
	})
	return g.pick("relationship", of...)
}

// parameter is what a field parameter chooses.
func (g *grammar) parameter() string {
	if !g.has("Pick") {
		return g.measure()
	}
	return g.fmt("SWITCH(SELECTEDVALUE(Pick[Order]), 0, [Total], 1, [Revenue], SUM(Product[Weight]))")
}

// period is an expression over another period.
func (g *grammar) period(depth int) string {
	if !g.has("Calendar") {
		return g.aggregate()
	}
	const date = "Calendar[Date]"
	over := func(dates string) string { return g.fmt("CALCULATE(%s, %s)", g.number(depth), dates) }
	return g.pick("period",
		func() string { return over(g.fmt("%s(%s)", g.word("DATESYTD", "DATESQTD", "DATESMTD"), date)) },
		func() string { return over(g.fmt("SAMEPERIODLASTYEAR(%s)", date)) },
		func() string {
			return over(g.fmt("DATEADD(%s, %d, %s)", date, g.int(-3, 3), g.word("DAY", "MONTH", "QUARTER", "YEAR")))
		},
		func() string {
			return over(g.fmt("PARALLELPERIOD(%s, %d, %s)", date, g.int(-2, 2), g.word("MONTH", "QUARTER", "YEAR")))
		},
		func() string {
			return over(g.fmt("%s%s(%s)", g.word("PREVIOUS", "NEXT"), g.word("DAY", "MONTH", "QUARTER", "YEAR"), date))
		},
		func() string {
			return over(g.fmt("DATESBETWEEN(%s, %s, %s)", date, g.word("BLANK()", "DATE(2024, 1, 2)"), g.word("DATE(2024, 2, 15)", "BLANK()")))
		},
		func() string {
			return over(g.fmt("DATESINPERIOD(%s, DATE(2024, 2, 15), %s, %s)", date, g.word("-1", "1", "-2"), g.word("MONTH", "DAY", "QUARTER", "YEAR")))
		},
		func() string { return over(g.fmt("%s(%s)", g.word("LASTDATE", "FIRSTDATE"), date)) },
		func() string {
			return g.fmt("%s(%s, %s)", g.word("TOTALYTD", "TOTALQTD", "TOTALMTD"), g.number(depth), date)
		},
		func() string {
			return g.fmt("%sBALANCE%s(%s, %s)", g.word("CLOSING", "OPENING"), g.word("MONTH", "QUARTER", "YEAR"), g.number(depth), date)
		},
		func() string {
			return over(g.fmt("%s%s(%s)", g.word("STARTOF", "ENDOF"), g.word("MONTH", "QUARTER", "YEAR"), date))
		},
		func() string {
			return g.fmt("TOTALYTD(%s, %s, %s)", g.number(depth), date, g.filter(depth))
		},
	)
}

// rowFilter is a filter of a role.
func (g *grammar) rowFilter(table string) string {
	simple := func() string {
		c, _ := g.column(table, dax.String, dax.Int64, dax.Double, dax.Decimal, dax.Boolean, dax.DateTime)
		return g.test(c, "["+c.name+"]")
	}
	of := []func() string{simple, func() string { return simple() + " || " + simple() }, func() string { return "FALSE()" }, func() string { return "TRUE()" }}
	if c, ok := g.column(table, dax.String); ok {
		of = append(of,
			func() string { return g.fmt("[%s] = CUSTOMDATA()", c.name) },
			func() string { return g.fmt("[%s] = USERPRINCIPALNAME()", c.name) },
			func() string { return g.fmt("LOWER([%s]) = LOWER(USERNAME()) || [%s] = CUSTOMDATA()", c.name, c.name) },
			func() string {
				return g.fmt("IF(USERNAME() = \"ann@example.com\", [%s] IN {\"a\", \"s0\"}, FALSE())", c.name)
			})
	}
	if g.has("Access") && (table == "Product" || table == "Budget" || table == "Sales") {
		key := map[string]string{"Product": "Key", "Budget": "Prod", "Sales": "Prod"}[table]
		of = append(of, func() string {
			return g.fmt("[%s] IN CALCULATETABLE(VALUES(Access[Prod]), Access[User] = USERPRINCIPALNAME())", key)
		})
	}
	if far := g.w.related[table]; len(far) > 0 {
		of = append(of, func() string { return g.rowTest(table, 0) })
	}
	return strings.TrimSpace(g.pick("filter", of...))
}
