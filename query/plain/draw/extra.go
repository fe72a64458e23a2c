package draw

import (
	"fmt"

	"pgregory.net/rapid"

	"inlay/dax"
	"inlay/model"
)

// What a model has beside a star of tables: a table of one to one, a second way to a dimension that
// is not active, a table without relationships as field parameters are, and calculation groups.

// often reports whether to have something, about one time in n.
func (w *World) often(n int, what string) bool { return rapid.IntRange(1, n).Draw(w.t, what) == n }

func (w *World) extras(group bool) {
	if w.often(3, "detail") {
		w.detail()
	}
	if group && w.often(3, "alternative") {
		w.relate("Sales", "Qty", "Group", "Key", false)
		w.Model.Relationships[len(w.Model.Relationships)-1].Inactive = true
	}
	if w.often(4, "parameter") {
		w.table("Pick", 3, spec{"Name", dax.String, false, func(i int) dax.Value { return dax.TextOf([]string{"Total", "Revenue", "Weight"}[i]) }},
			spec{"Order", dax.Int64, true, func(i int) dax.Value { return dax.IntOf(int64(i)) }})
	}
}

// detail adds a table of one to one with the products: with a row for each of them, as no document
// says what becomes of filters on rows without a partner.
func (w *World) detail() {
	products := w.Rows["Product"]
	w.table("Detail", len(products), spec{"Key", dax.Int64, true, func(row int) dax.Value { return products[row][0] }}, w.text("Note"), w.number("Rank", 3))
	w.relate("Detail", "Key", "Product", "Key", true)
	w.Model.Relationships[len(w.Model.Relationships)-1].FromEnd = model.One
	w.related["Product"] = append(w.related["Product"], "Detail")
	for from, far := range w.related {
		for _, t := range far {
			if t == "Product" && from != "Detail" {
				w.related[from] = append(w.related[from], "Detail")
			}
		}
	}
}

// groups adds calculation groups.
func (w *World) groups() {
	g := &grammar{w: w}
	for i := range max(0, rapid.IntRange(-3, 2).Draw(w.t, "calculation groups")) {
		name := fmt.Sprintf("Calc%d", i)
		w.table(name, 0, spec{"Name", dax.String, false, nil}, spec{"Ordinal", dax.Int64, true, nil})
		t := w.Model.Table(name)
		t.Calculation = true
		t.Columns[0].SortBy = "Ordinal"
		t.Group = &model.CalculationGroup{Precedence: rapid.IntRange(0, 9).Draw(w.t, "precedence"), Column: "Name"}
		for k := range rapid.IntRange(1, 3).Draw(w.t, "items") {
			t.Group.Items = append(t.Group.Items, model.CalculationItem{Name: items[k], Expression: g.item(), Ordinal: k})
		}
		if w.often(4, "several") {
			t.Group.Several = &model.CalculationItem{Name: "several", Expression: g.item()}
		}
	}
}

// inactive reports whether a second relationship leads to a table.
func (w *World) inactive(table string) bool {
	for _, r := range w.Model.Relationships {
		if r.Inactive && r.To.Table == table {
			return true
		}
	}
	return false
}

// items are the names of calculation items.
var items = []string{"a", "b", "c"}

// item is the expression of a calculation item.
func (g *grammar) item() string {
	return g.pick("item",
		func() string { return "SELECTEDMEASURE()" },
		func() string { return g.fmt("SELECTEDMEASURE() %s %d", g.word("*", "+", "-"), g.int(1, 9)) },
		func() string { return g.fmt("CALCULATE(SELECTEDMEASURE(), %s)", g.filters(1)) },
		func() string { return g.fmt("CALCULATE(SELECTEDMEASURE(), %s)", g.choice()) },
		func() string { return "IF(ISSELECTEDMEASURE([Total], [M0]), SELECTEDMEASURE() * 10, [Revenue])" },
		func() string {
			return g.fmt("IF(SELECTEDMEASURENAME() = \"Total\", 1000 + SELECTEDMEASURE(), %s)", g.number(1))
		},
		func() string { return "LEN(SELECTEDMEASUREFORMATSTRING()) + SELECTEDMEASURE()" },
		func() string {
			return g.fmt("VAR x = SELECTEDMEASURE() RETURN CALCULATE(SELECTEDMEASURE(), %s) - x", g.filters(1))
		},
		func() string {
			c := g.grouping()
			return g.fmt("SUMX(VALUES(%s), SELECTEDMEASURE() + 1)", c)
		},
	)
}

// choice is a filter that chooses a calculation item, if there is a group.
func (g *grammar) choice() string {
	if !g.has("Calc0") {
		c := g.any(dax.Int64)
		return g.fmt("KEEPFILTERS(%s)", g.test(c, c.String()))
	}
	t := "Calc0"
	if g.has("Calc1") {
		t = g.word("Calc0", "Calc1")
	}
	return g.pick("choice",
		func() string { return g.fmt("%s[Name] = \"%s\"", t, g.word(items...)) },
		func() string { return g.fmt("TREATAS({\"%s\"}, %s[Name])", g.word(items...), t) },
		func() string { return g.fmt("%s[Name] IN {\"%s\", \"%s\"}", t, g.word(items...), g.word(items...)) },
		func() string { return g.fmt("%s[Ordinal] = %d", t, g.int(0, 2)) },
		func() string { return g.fmt("REMOVEFILTERS(%s)", t) },
		func() string { return g.fmt("FILTER(%s, %s[Ordinal] = %d)", t, t, g.int(0, 2)) },
	)
}
