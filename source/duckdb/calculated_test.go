package duckdb

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay/dax"
	"inlay/model"
	"inlay/model/pbip"
	"inlay/query"
)

// shop is a model with sales, and a table of products that they look up. Two sales are alike.
func shop(columns ...string) *model.Model {
	m := &model.Model{
		Tables: []*model.Table{
			tableOf("Sales", `Table.TransformColumnTypes(#table({"Product", "Day", "Units", "Price"}, {{"a", #date(2025, 3, 1), 2, 1.5}, {"A", #date(2025, 3, 1), 2, 1.5},
				{"b", #date(2026, 1, 31), 5, 10}, {"x", #date(2026, 1, 31), 1, 7}, {"b", null, null, 10}}), {{"Day", type date}})`,
				"Product text", "Day date", "Units int", "Price decimal"),
			tableOf("Product", `#table({"Id", "Name", "Parent"}, {{"a", "Apple", null}, {"b", "Bread", "a"}, {"c", "Cheese", "b"}})`, "Id text", "Name text", "Parent text"),
		},
		Relationships: []model.Relationship{{Name: "r", From: model.ColumnRef{Table: "Sales", Column: "Product"}, To: model.ColumnRef{Table: "Product", Column: "Id"}, ToEnd: model.One}},
	}
	m.Tables[0].Measures = []*model.Measure{{Name: "Total", Expression: "SUM(Sales[Units])"}}
	calculate(m, columns...)
	return m
}

// calculate adds calculated columns, each "Table[Name] type = expression".
func calculate(m *model.Model, columns ...string) {
	types := map[string]dax.Type{"int": dax.Int64, "text": dax.String, "double": dax.Double, "bool": dax.Boolean, "date": dax.DateTime, "decimal": dax.Decimal, "any": dax.Variant}
	for _, c := range columns {
		head, x, _ := strings.Cut(c, " = ")
		i, j := strings.IndexByte(head, '['), strings.IndexByte(head, ']')
		t := m.Table(head[:i])
		t.Columns = append(t.Columns, &model.Column{Name: head[i+1 : j], Type: types[strings.TrimSpace(head[j+1:])], Expression: x,
			Place: model.Place{File: "tables/" + t.Name + ".tmdl", Line: 7}})
	}
}

// derived is a calculated table; columns are "Source type", named by what stands in brackets.
func derived(name, x string, columns ...string) *model.Table {
	t := tableOf(name, x, columns...)
	t.Partitions[0].Kind = "calculated"
	for _, c := range t.Columns {
		if c.Type == dax.Blank { // any
			c.Type = dax.Variant
		}
		c.Name = c.Source[strings.IndexByte(c.Source, '[')+1 : len(c.Source)-1]
	}
	return t
}

func TestCalculatedColumns(t *testing.T) {
	for _, c := range []struct {
		column string
		typ    dax.Type
		want   string // of the five sales
	}{
		{"Sales[c] decimal = [Units] * Sales[Price]", dax.Decimal, "3.0000 3.0000 50.0000 7.0000 -"},
		{"Sales[c] double = [Units] * Sales[Price]", dax.Double, "3 3 50 7 -"},
		{"Sales[c] any = [Units] * Sales[Price]", dax.Decimal, "3.0000 3.0000 50.0000 7.0000 -"},
		{`Sales[c] text = RELATED(Product[Name])`, dax.String, "Apple Apple Bread - Bread"},
		{`Sales[c] text = LOOKUPVALUE(Product[Name], Product[Id], Sales[Product])`, dax.String, "Apple Apple Bread - Bread"},
		{`Sales[c] int = SUM(Sales[Units])`, dax.Int64, "10 10 10 10 10"},
		{`Sales[c] int = CALCULATE(SUM(Sales[Units]))`, dax.Int64, "4 4 5 1 -"}, // rows that are alike are one filter
		{`Sales[c] int = [Total]`, dax.Int64, "4 4 5 1 -"},
		{`Sales[c] int = COUNTROWS(FILTER(Sales, Sales[Price] > EARLIER(Sales[Price]))) + 1`, dax.Int64, "4 4 1 3 1"},
		{`Sales[c] int = VAR p = Sales[Price] RETURN CALCULATE(COUNTROWS(Sales), FILTER(ALL(Sales), Sales[Price] = p))`, dax.Int64, "2 2 2 1 2"},
		{`Sales[c] text = FORMAT(Sales[Day], "yyyy-MM")`, dax.String, "2025-03 2025-03 2026-01 2026-01 "},
		{`Sales[c] text = SWITCH(TRUE(), Sales[Units] > 4, "many", Sales[Units] > 1, "some", "few")`, dax.String, "some some many few few"},
		{`Sales[c] bool = IF(ISBLANK(Sales[Day]), FALSE(), YEAR(Sales[Day]) = 2026)`, dax.Boolean, "false false true true false"},
		{`Sales[c] date = EDATE(Sales[Day], 1)`, dax.DateTime, "2025-04-01T00:00:00 2025-04-01T00:00:00 2026-02-28T00:00:00 2026-02-28T00:00:00 -"},
		{`Sales[c] any = BLANK()`, dax.String, "- - - - -"},
	} {
		db, sum, err := refreshed(t, t.TempDir(), shop(c.column))
		if err != nil {
			t.Errorf("%s\n%v", c.column, err)
			continue
		}
		got := strings.ReplaceAll(lines(t, db, `SELECT c FROM "Sales" ORDER BY rowid`, c.typ), "\n", " ")
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.column, got, c.want)
		}
		if s := sum.Statistics.Table("Sales").Column("c"); s == nil {
			t.Errorf("%s: no statistics", c.column)
		}
	}
}

func TestCalculatedColumnsInTheirOrder(t *testing.T) {
	m := shop("Product[Long] text = Product[Label] & \"!\"", "Product[Label] text = UPPER(PATHITEM(Product[Path], 1)) & PATHLENGTH(Product[Path])",
		"Product[Path] text = PATH(Product[Id], Product[Parent])", "Sales[Label] text = RELATED(Product[Long])", "Product[Sold] int = [Total]")
	db, _, err := refreshed(t, t.TempDir(), m)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := lines(t, db, `SELECT "Path", "Long", "Sold" FROM "Product" ORDER BY "Id"`, dax.String, dax.String, dax.Int64), "a A1! 4\na|b A2! 5\na|b|c A3! -"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := lines(t, db, `SELECT "Label" FROM "Sales" ORDER BY rowid`, dax.String), "A1!\nA1!\nA2!\n-\nA2!"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestCalculatedWithFunctions: what a function of the model names is calculated before what calls it.
func TestCalculatedWithFunctions(t *testing.T) {
	m := shop("Product[Marked] text = Mark(Product[Name])", "Product[Sign] text = \"<\" & Product[Id]", "Sales[Value] decimal = Worth(Sales[Units], Sales[Price])")
	m.Functions = []model.Function{
		{Name: "Mark", Expression: `(name : STRING) => name & Signs()`},
		{Name: "Signs", Expression: `() => CONCATENATEX(ALL(Product), Product[Sign], , Product[Id])`},
		{Name: "Worth", Expression: `(units : INT64, price : DECIMAL) => units * price`},
		{Name: "Dear", Expression: `(least) => FILTER(Sales, Sales[Value] >= least)`},
	}
	m.Tables = append(m.Tables, derived("Best", "SELECTCOLUMNS(Dear(7), \"Value\", Sales[Value])", "[Value] decimal"))
	db, sum, err := refreshed(t, t.TempDir(), m)
	if err != nil || len(sum.Unsupported) > 0 {
		t.Fatal(sum.Unsupported, err)
	}
	if got, want := lines(t, db, `SELECT "Marked" FROM "Product" ORDER BY "Id"`, dax.String), "Apple<a<b<c\nBread<a<b<c\nCheese<a<b<c"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := lines(t, db, `SELECT "Value" FROM "Best" ORDER BY 1`, dax.Decimal), "7.0000\n50.0000"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	m.Functions[1].Expression = `() => CONCATENATEX(ALL(Product), Product[Marked])`
	if _, _, err := refreshed(t, t.TempDir(), m); err == nil || !strings.Contains(err.Error(), "depends on itself") {
		t.Errorf("a circle through a function: %v", err)
	}
}

// A date table like those of automatic date/time, and a relationship to it from a calculated column.
func TestCalculatedTables(t *testing.T) {
	m := shop("Sales[Month] date = IF(NOT ISBLANK(Sales[Day]), DATE(YEAR(Sales[Day]), MONTH(Sales[Day]), 1))")
	m.Tables = append(m.Tables,
		derived("Dates", "CALENDAR(DATE(YEAR(MIN(Sales[Day])), 1, 1), DATE(YEAR(MAX(Sales[Day])), 12, 31))", "[Date] date"),
		derived("Auto", "CALENDARAUTO()", "[Date] date"),
		derived("Kinds", `{("Units", NAMEOF(Sales[Units]), 0), ("Total", NAMEOF([Total]), 1)}`, "[Value1] text", "[Value2] text", "[Value3] int"),
		derived("Sold", `ADDCOLUMNS(SUMMARIZE(Sales, Product[Name]), "Units", [Total], "In 2026", CALCULATE([Total], Dates[Year] = 2026))`, "Product[Name] text", "[Units] int", "[In 2026] int"))
	calculate(m, "Dates[Year] int = YEAR([Date])", "Dates[Label] text = FORMAT([Date], \"mmm\") & [Year]")
	m.Relationships = append(m.Relationships, model.Relationship{Name: "d", From: model.ColumnRef{Table: "Sales", Column: "Month"}, To: model.ColumnRef{Table: "Dates", Column: "Date"}, ToEnd: model.One})
	m.Roles = []model.Role{{Name: "New", Permissions: []model.Permission{{Table: "Dates", Filter: "[Year] = 2026"}}}}
	db, sum, err := refreshed(t, t.TempDir(), m)
	if err != nil {
		t.Fatal(err)
	}
	if len(sum.Unsupported) > 0 {
		t.Errorf("unsupported: %v", sum.Unsupported)
	}
	for _, c := range []struct {
		sql, want string
		types     []dax.Type
	}{
		{`SELECT count(*), min("Date"), max("Date"), min("Year"), max("Label") FROM "Dates"`, "730 2025-01-01T00:00:00 2026-12-31T00:00:00 2025 Sep2026", []dax.Type{dax.Int64, dax.DateTime, dax.DateTime, dax.Int64, dax.String}},
		{`SELECT count(*) FROM "Auto"`, "730", []dax.Type{dax.Int64}},
		{`SELECT * FROM "Kinds" ORDER BY 3`, "Units 'Sales'[Units] 0\nTotal 'Sales'[Total] 1", []dax.Type{dax.String, dax.String, dax.Int64}},
		{`SELECT * FROM "Sold" ORDER BY 1 NULLS FIRST`, "- 1 1\nApple 4 -\nBread 5 5", []dax.Type{dax.String, dax.Int64, dax.Int64}},
	} {
		if got := lines(t, db, c.sql, c.types...); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
	e, err := query.New(m, db)
	if err != nil {
		t.Fatal(err)
	}
	if list := e.Unsupported(); len(list) > 0 {
		t.Errorf("unsupported: %v", list)
	}
	res, err := e.Evaluate(context.Background(), query.Viewer{Roles: []string{"New"}, Username: "ann@example.com"}, `EVALUATE SUMMARIZECOLUMNS(Dates[Year], "u", [Total])`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("[[2026 6]]", fmt.Sprint(texts(res[0].Rows))); diff != "" {
		t.Error(diff)
	}
}

func texts(rows [][]dax.Value) [][]string {
	var out [][]string
	for _, r := range rows {
		var cells []string
		for _, v := range r {
			cells = append(cells, show(v))
		}
		out = append(out, cells)
	}
	return out
}

// A role that filters by a calculated column shows the rows for which it holds.
func TestCalculatedColumnInRole(t *testing.T) {
	m := shop(`Sales[Big] bool = Sales[Units] * Sales[Price] > 5`)
	m.Roles = []model.Role{{Name: "Big", Permissions: []model.Permission{{Table: "Sales", Filter: "Sales[Big]"}}}}
	db, _, err := refreshed(t, t.TempDir(), m)
	if err != nil {
		t.Fatal(err)
	}
	e, err := query.New(m, db)
	if err != nil {
		t.Fatal(err)
	}
	res, err := e.Evaluate(context.Background(), query.Viewer{Roles: []string{"Big"}, Username: "ann@example.com"}, `EVALUATE SUMMARIZECOLUMNS(Sales[Product], "u", [Total])`)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, r := range texts(res[0].Rows) {
		got[strings.Join(r, " ")] = true
	}
	if diff := cmp.Diff(map[string]bool{"b 5": true, "x 1": true}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCalculatedErrors(t *testing.T) {
	for _, c := range []struct {
		name, want string
		m          *model.Model
	}{
		{"a cycle", "tables/Sales.tmdl:7: calculated column 'Sales'[a]: its value depends on itself, by way of calculated column 'Sales'[b], calculated column 'Sales'[a]",
			shop("Sales[a] int = Sales[b]", "Sales[b] int = [Via]")},
		{"itself", "calculated column 'Sales'[a]: its value depends on itself", shop("Sales[a] int = 1 + SUM(Sales[a])")},
		{"an unknown column", "line 2, column 2: table \"Sales\" has no column [Nothing]\n 2 | \tSales[Nothing]\n   | \t^", shop("Sales[a] int = 1 +\n\tSales[Nothing]")},
		{"a function that does not exist", "calculated column 'Sales'[a]: line 1, column 1: there is no function NOSUCH\n 1 | NOSUCH(1)\n   | ^", shop("Sales[a] int = NOSUCH(1)")},
		{"a value at fault", "calculated column 'Sales'[a]: line 1, column", shop(`Sales[a] int = VALUE(Sales[Product])`)},
		{"a type", "calculated column 'Sales'[a]: row 1: column [a] is of type Whole number, and the value \"a\" of type", shop("Sales[a] int = Sales[Product]")},
		{"a table", "a calculated column takes one value for each row", shop("Sales[a] int = FILTER(Sales, TRUE())")},
		{"not a table", "calculated table 'T': line 1, column 1: a calculated table takes a table", with(shop(), derived("T", "1", "[Value] int"))},
		{"a column that is not given", "calculated table 'T': the expression gives no column [Other], which column [Other] of the model needs; it gives [Value]", with(shop(), derived("T", "{1}", "[Other] int"))},
		{"not DAX", "calculated column 'Sales'[a]: line 1, column", shop("Sales[a] int = 1 +")},
	} {
		if c.m.Tables[0].Column("b") != nil {
			c.m.Tables[0].Measures = append(c.m.Tables[0].Measures, &model.Measure{Name: "Via", Expression: "SUM(Sales[a])"})
		}
		_, _, err := refreshed(t, t.TempDir(), c.m)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.name, err, c.want)
		}
	}
}

func with(m *model.Model, t *model.Table) *model.Model {
	m.Tables = append(m.Tables, t)
	return m
}

// A file of an older Inlay holds no calculated columns; a question for one says what to do.
func TestCalculatedColumnMissing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.duckdb")
	if _, err := Refresh(context.Background(), RefreshInput{Model: shop(), Root: t.TempDir(), Out: out}); err != nil {
		t.Fatal(err)
	}
	m := shop("Sales[c] int = [Units] * 2")
	if err := Complete(m, out); err != nil {
		t.Fatal(err)
	}
	db, err := Open(out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	e, err := query.New(m, db)
	if err != nil {
		t.Fatal(err)
	}
	v := query.Viewer{Unrestricted: true}
	if _, err := e.Evaluate(context.Background(), v, "EVALUATE VALUES(Sales[c])"); err == nil || !strings.Contains(err.Error(), "the data hold no values of it") {
		t.Errorf("err = %v", err)
	}
	if _, err := e.Evaluate(context.Background(), v, "EVALUATE VALUES(Sales[Units])"); err != nil {
		t.Error(err)
	}
}

// The types of columns that the definition gives none are found again with the file.
func TestCalculatedTypesAreKept(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.duckdb")
	build := func() *model.Model {
		return with(shop("Sales[c] any = IF(Sales[Units] > 2, 1, 0.5)"), derived("T", `{(1, "a", DATE(2026, 1, 1))}`, "[Value1] any", "[Value2] any", "[Value3] any"))
	}
	if _, err := Refresh(context.Background(), RefreshInput{Model: build(), Root: t.TempDir(), Out: out}); err != nil {
		t.Fatal(err)
	}
	m := build()
	if err := Complete(m, out); err != nil {
		t.Fatal(err)
	}
	got := []dax.Type{m.Table("Sales").Column("c").Type}
	for _, c := range m.Table("T").Columns {
		got = append(got, c.Type)
	}
	if diff := cmp.Diff([]dax.Type{dax.Double, dax.Int64, dax.String, dax.DateTime}, got); diff != "" {
		t.Error(diff)
	}
}

// The calculated tables of a sample, over tables without rows.
func TestCalculatedSample(t *testing.T) {
	folder := filepath.Join(samples(t), "contoso-sales/pbidevmode/fabricps-pbip/SamplePBIP")
	p, err := pbip.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	m, err := p.ReadModel()
	if err != nil {
		t.Fatal(err)
	}
	for _, tb := range m.Tables {
		var names []string
		for _, c := range tb.Columns {
			if c.Source != "" {
				names = append(names, strconv.Quote(c.Source))
			}
		}
		for i := range tb.Partitions {
			if tb.Partitions[i].Kind == "m" {
				tb.Partitions[i].Source = "#table({" + strings.Join(names, ", ") + "}, {})"
			}
		}
	}
	db, sum, err := refreshed(t, t.TempDir(), m)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"Dynamic Measure": 5, "Parameter - Measure": 6, "Parameter - Dimension": 3} {
		if s := sum.table(name); s == nil || s.Rows != want {
			t.Errorf("table %s: %+v, want %d rows", name, s, want)
		}
	}
	if got := lines(t, db, `SELECT * FROM "Parameter - Dimension" ORDER BY 3`, dax.String, dax.String, dax.Int64); !strings.HasPrefix(got, "Customer 'Customer'[Customer] 0\nProduct") {
		t.Error(got)
	}
}
