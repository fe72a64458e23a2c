package query_test

import (
	"strings"
	"testing"

	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

var everything = query.Viewer{Unrestricted: true}

// shop is a star with an orphan: sale 6 has no region, sale 7 a region that does not exist.
func shop() *world {
	w := newWorld()
	w.table("Region", "Key int, Name text, Country text",
		[]any{1, "North", "A"}, []any{2, "South", "A"}, []any{3, "West", "B"}, []any{4, "Empty", "B"})
	w.table("Product", "Key int, Name text, Rank int",
		[]any{1, "Apple", 2}, []any{2, "Pear", 1})
	w.table("Sales", "Id int, Region int, Product int, Amount double, Channel text, Open bool",
		[]any{1, 1, 1, 10.0, "web", true}, []any{2, 1, 2, 20.0, "shop", false}, []any{3, 2, 1, 30.0, "web", nil},
		[]any{4, 2, 2, 40.0, "web", true}, []any{5, 3, 1, 50.0, nil, false}, []any{6, nil, 1, 100.0, "shop", true}, []any{7, 9, 2, 200.0, "", true})
	w.relate("Sales[Region]", "Region[Key]")
	w.relate("Sales[Product]", "Product[Key]")
	w.measure("Sales", "Total", "SUM(Sales[Amount])")
	w.measure("Sales", "Rows", "COUNTROWS(Sales)")
	w.measure("Sales", "Web", `CALCULATE([Total], Sales[Channel] = "web")`)
	w.measure("Sales", "All regions", "CALCULATE([Total], REMOVEFILTERS(Region))")
	w.measure("Sales", "Share", "DIVIDE([Total], [All regions])")
	w.measure("Sales", "North", `CALCULATE([Total], Region[Name] = "North")`)
	w.measure("Sales", "Kept north", `CALCULATE([Total], KEEPFILTERS(Region[Name] = "North"))`)
	w.measure("Sales", "Plus", "[Total] + 0")
	w.measure("Sales", "Big", "VAR limit = 30 VAR t = [Total] RETURN IF(t > limit, t)")
	w.measure("Sales", "Big rows", "VAR limit = 30 RETURN COUNTROWS(FILTER(Sales, Sales[Amount] > limit))")
	w.measure("Sales", "Channels", "DISTINCTCOUNT(Sales[Channel])")
	w.measure("Sales", "Not web", `CALCULATE([Total], Sales[Channel] <> "web")`)
	w.measure("Sales", "No channel", `CALCULATE([Total], Sales[Channel] = "")`)
	w.measure("Sales", "Open rows", "COUNTROWS(FILTER(Sales, Sales[Open]))")
	w.measure("Sales", "Closed rows", "COUNTROWS(FILTER(Sales, NOT Sales[Open]))")
	w.measure("Sales", "In A", `SUMX(FILTER(Sales, RELATED(Region[Country]) = "A"), Sales[Amount] * 2)`)
	w.measure("Sales", "Dear here", "CALCULATE([Total], REMOVEFILTERS(Region), FILTER(Sales, Sales[Amount] > 15))")
	w.measure("Sales", "Channels here", `CALCULATE([Total], REMOVEFILTERS(Region), FILTER(VALUES(Sales[Channel]), Sales[Channel] <> "web"))`)
	w.measure("Sales", "Me", "USERPRINCIPALNAME()")
	w.measure("Region", "Regions", "COUNTROWS(Region)")
	w.m.Table("Product").Columns[1].SortBy = "Rank"
	return w
}

func TestAsk(t *testing.T) { onEach(t, testAsk) }

func testAsk(t *testing.T, src opener) {
	e := shop().openOn(t, src)
	tests := []struct{ name, fields, want string }{
		{"a total", "[Total]", "450"},
		{"facts without a region are in the blank row", "Region[Name],[Total]", "- 300\nNorth 30\nSouth 70\nWest 50"},
		{"a column that another sorts", "Product[Name],[Total]", "Pear 260\nApple 190"},
		{"two tables", "Region[Country],Product[Name],[Total]", "- Pear 200\n- Apple 100\nA Pear 60\nA Apple 40\nB Apple 50"},
		{"text ignores case", "[Web]", "80"},
		{"BLANK and empty text differ from web", "[Not web]", "370"},
		{"BLANK equals empty text", "[No channel]", "250"},
		{"a table is filtered where CALCULATE stands, before filters are removed", "Region[Name],[Dear here]", "- 300\nNorth 20\nSouth 70\nWest 50"},
		{"so are the values of a column", "Region[Name],[Channels here]", "- 320\nNorth 120\nWest 50"},
		{"a filter that is removed", "Region[Name],[Share]", "- 0.666666666666667\nNorth 6.66666666666667E-02\nSouth 0.155555555555556\nWest 0.111111111111111"},
		{"a filter that replaces the group", "Region[Name],[North]", "- 30\nEmpty 30\nNorth 30\nSouth 30\nWest 30"},
		{"a filter that is kept", "Region[Name],[Kept north]", "North 30"},
		{"a value where there are no rows", "Region[Name],[Plus]", "- 300\nEmpty 0\nNorth 30\nSouth 70\nWest 50"},
		{"variables and IF", "Region[Name],[Big]", "- 300\nSouth 70\nWest 50"},
		{"a constant variable in a row condition", "[Big rows]", "4"},
		{"BLANK counts as a distinct value", "[Channels]", "4"},
		{"BLANK is not true", "[Open rows],[Closed rows]", "4 3"},
		{"a related column", "[In A]", "200"},
		{"a table that the group does not filter", "Product[Name],[Regions]", "Pear 4\nApple 4"},
		{"groups alone", "Product[Name]", "Pear\nApple"},
		{"groups of related tables alone", "Sales[Channel],Region[Country]", "- B\n -\nshop -\nshop A\nweb A"},
		{"unrelated groups alone", "Product[Name],Region[Name]", `error: columns of tables "Product", "Region" are not related so that they can be listed together; add a measure`},
		{"an unknown measure", "[Nothing]", "error: the model has no measure [Nothing]"},
		{"an unknown column", "Region[Nothing],[Total]", `error: table "Region" has no column "Nothing"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ask(t, e, everything, tt.fields); got != tt.want {
				t.Errorf("%s:\n%s\nwant\n%s", tt.fields, got, tt.want)
			}
		})
	}
	if got := ask(t, e, query.Viewer{Unrestricted: true, Username: "ann@example.com"}, "[Me]"); got != "ann@example.com" {
		t.Errorf("USERPRINCIPALNAME() is %q", got)
	}
}

func TestFilters(t *testing.T) { onEach(t, testFilters) }

func testFilters(t *testing.T, src opener) {
	e := shop().openOn(t, src)
	on := func(table, column string, op model.Op, values ...dax.Value) model.Filter {
		return model.Filter{Column: model.ColumnRef{Table: table, Column: column}, Op: op, Values: values}
	}
	tests := []struct {
		name, fields, want string
		where              model.Filter
	}{
		{"in", "[Total]", "100", on("Region", "Name", model.In, dax.TextOf("NORTH"), dax.TextOf("south"))},
		{"in with blank finds facts without a region", "[Total]", "330", on("Region", "Name", model.In, dax.TextOf("North"), dax.Value{})},
		{"not in", "[Total]", "420", on("Region", "Name", model.NotIn, dax.TextOf("North"))},
		{"greater", "[Total]", "390", on("Sales", "Amount", model.Greater, dax.IntOf(30))},
		{"contains", "[Total]", "80", on("Sales", "Channel", model.Contains, dax.TextOf("EB"))},
		{"starts with", "[Total]", "120", on("Sales", "Channel", model.StartsWith, dax.TextOf("s"))},
		{"nothing", "[Total]", "-", on("Sales", "Id", model.In)},
		{"a filter on a group that a measure replaces", "Region[Name],[North]", "North 30\nSouth 30", on("Region", "Name", model.In, dax.TextOf("North"), dax.TextOf("South"))},
		{"a wrong type", "[Total]", "error: a value of type text does not fit column 'Sales'[Id] of type integer", on("Sales", "Id", model.In, dax.TextOf("1 OR 1=1"))},
		{"a table that does not reach the facts has no effect", "[Regions]", "4", on("Sales", "Id", model.In, dax.IntOf(1))},
		{"or", "[Total]", "60", model.Filter{Op: model.Or, Parts: []model.Filter{on("Sales", "Id", model.In, dax.IntOf(1)), on("Sales", "Id", model.In, dax.IntOf(5))}}},
		{"not", "[Total]", "390", model.Filter{Op: model.Not, Parts: []model.Filter{{Op: model.Or, Parts: []model.Filter{on("Sales", "Id", model.In, dax.IntOf(1)), on("Sales", "Id", model.In, dax.IntOf(5))}}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.ToLower(ask(t, e, everything, tt.fields, tt.where)); got != strings.ToLower(tt.want) {
				t.Errorf("%s:\n%s\nwant\n%s", tt.fields, got, tt.want)
			}
		})
	}
}

func TestTotalsOrderAndLimit(t *testing.T) { onEach(t, testTotalsOrderAndLimit) }

func testTotalsOrderAndLimit(t *testing.T, src opener) {
	e := shop().openOn(t, src)
	q := parseQuery("Region[Name],[Total]")
	q.Total, q.Limit = true, 2
	q.Order = []model.Order{{By: "Total", Descending: true}}
	res, err := e.Ask(t.Context(), everything, q)
	if err != nil {
		t.Fatal(err)
	}
	if got := text(res); got != "- 300\nSouth 70" || !res.Truncated || res.Total[0].Float() != 450 {
		t.Errorf("rows %q, truncated %v, total %v", got, res.Truncated, res.Total)
	}
	q = parseQuery("Product[Name]")
	q.Limit, q.Order = 1, []model.Order{{Group: model.ColumnRef{Table: "Product", Column: "Name"}, Descending: true}}
	if res, err = e.Ask(t.Context(), everything, q); err != nil || text(res) != "Apple" || !res.Truncated {
		t.Errorf("rows %q, truncated %v, %v", text(res), res.Truncated, err)
	}
}
