package query_test

import (
	"testing"

	"inlay/model"
	"inlay/query"
)

// pairs is products with details, one to one, and sales one of which is of no product.
func pairs() *world {
	w := newWorld()
	w.table("Product", "Key int, Name text", []any{1, "pen"}, []any{2, "ink"})
	w.table("Detail", "Key int, Maker text", []any{1, "north"}, []any{2, "south"})
	w.table("Sales", "Prod int, Qty int", []any{1, 10}, []any{2, 20}, []any{9, 5})
	w.relate("Sales[Prod]", "Product[Key]")
	w.relate("Detail[Key]", "Product[Key]", "both")
	w.m.Relationships[1].FromEnd = model.One
	w.measure("Sales", "Total", "SUM(Sales[Qty])")
	w.role("North", `Detail: [Maker] = "north"`)
	w.role("Pens", `Product: [Name] = "pen"`)
	return w
}

// TestOneToOne: both tables filter what lies beyond either; sales of no product belong to the blank
// row of both; a role on one of them hides the rows of the other.
func TestOneToOne(t *testing.T) {
	onEach(t, func(t *testing.T, on opener) {
		e := pairs().openOn(t, on)
		all, north, pens := query.Viewer{Unrestricted: true}, query.Viewer{Username: "ann", Roles: []string{"North"}}, query.Viewer{Username: "ann", Roles: []string{"Pens"}}
		for _, c := range []struct {
			name, text string
			v          query.Viewer
			want       string
		}{
			{"groups beyond both", `EVALUATE SUMMARIZECOLUMNS(Detail[Maker], "v", [Total]) ORDER BY [v]`, all, "- 5\nnorth 10\nsouth 20"},
			{"values with the blank row", `EVALUATE VALUES(Detail[Maker]) ORDER BY Detail[Maker]`, all, "-\nnorth\nsouth"},
			{"a filter on one", `EVALUATE ROW("v", CALCULATE(COUNTROWS(Product), Detail[Maker] = "south"))`, all, "1"},
			{"and on the other", `EVALUATE ROW("v", CALCULATE(COUNTROWS(Detail), Product[Name] = "pen"))`, all, "1"},
			{"RELATED in both directions", `EVALUATE ROW("v", CONCATENATEX(Product, RELATED(Detail[Maker]), ",", Product[Key]) & CONCATENATEX(Detail, RELATED(Product[Name]), ",", Detail[Key]))`, all, "north,southpen,ink"},
			{"a whole table is without its blank row", `EVALUATE ROW("v", CALCULATE([Total], Detail), "w", CALCULATE([Total], Product))`, all, "30 30"},
			{"a role on the one", `EVALUATE SUMMARIZECOLUMNS(Product[Name], "v", [Total])`, north, "pen 10"},
			{"a role on the other", `EVALUATE VALUES(Detail[Maker])`, pens, "north"},
		} {
			if got := evaluate(t, e, c.v, c.text); got != c.want {
				t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
			}
		}
	})
}

// TestBlankKeys: rows whose own key is blank, which a refresh refuses and a source may hold, are not
// taken for the blank row, to which rows without a partner belong.
func TestBlankKeys(t *testing.T) {
	onEach(t, func(t *testing.T, on opener) {
		w := newWorld()
		w.table("Shop", "Key text, City text", []any{"a", "Rom"}, []any{nil, "Oslo"})
		w.table("Sales", "Shop text, Qty int", []any{"a", 1}, []any{"z", 2}, []any{nil, 4})
		w.relate("Sales[Shop]", "Shop[Key]")
		w.measure("Sales", "Total", "SUM(Sales[Qty])")
		e := w.openOn(t, on)
		all := query.Viewer{Unrestricted: true}
		for _, c := range []struct{ name, text, want string }{
			{"each row", `EVALUATE ADDCOLUMNS(SELECTCOLUMNS(Shop, "c", Shop[City], "v", [Total]), "x", 0) ORDER BY [c]`, "Oslo - 0\nRom 1 0"},
			{"as a filter", `EVALUATE ROW("v", CALCULATE([Total], FILTER(ALL(Shop), Shop[City] = "Oslo")))`, "-"},
			{"rows of the row", `EVALUATE ROW("v", SUMX(Shop, CALCULATE(COUNTROWS(Shop))))`, "2"},
			{"the blank row is another", `EVALUATE SUMMARIZECOLUMNS(Shop[City], "v", [Total]) ORDER BY [v]`, "Rom 1\n- 6"},
		} {
			if got := evaluate(t, e, all, c.text); got != c.want {
				t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
			}
		}
	})
}
