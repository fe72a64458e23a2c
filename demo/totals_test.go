package demo_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"inlay/dax"
	"inlay/demo"
	"inlay/model"
	"inlay/query"
	"inlay/source/duckdb"
)

// engine imports the demo project, and answers questions about it.
func engine(t *testing.T) (e *query.Engine, data string) {
	t.Helper()
	p, m, _ := open(t)
	file := filepath.Join(t.TempDir(), "data.duckdb")
	if _, err := duckdb.Refresh(context.Background(), duckdb.RefreshInput{Model: m, Root: p.Root, Out: file}); err != nil {
		t.Fatal(err)
	}
	db, err := duckdb.Open(file, duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	e, err = query.New(m, db)
	if err != nil {
		t.Fatal(err)
	}
	return e, filepath.Join(p.Root, demo.DataFolder)
}

// rows reads a CSV file as maps from column to text.
func rows(t *testing.T, dir, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("%s: %d lines, %v", name, len(all), err)
	}
	var list []map[string]string
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, column := range all[0] {
			row[column] = line[i]
		}
		list = append(list, row)
	}
	return list
}

// TestTotals imports once and asks twice.
func TestTotals(t *testing.T) {
	e, dir := engine(t)
	sales := rows(t, dir, "sales.csv")
	t.Run("each viewer sees exactly their rows", func(t *testing.T) { viewersSeeTheirRows(t, e, dir, sales) })
	t.Run("measures are right", func(t *testing.T) { measuresAreRight(t, e, dir, sales) })
}

// viewersSeeTheirRows compares what each viewer of the demo is told with what a loop over the
// CSV files adds up, without SQL, model or roles.
func viewersSeeTheirRows(t *testing.T, e *query.Engine, dir string, sales []map[string]string) {
	t.Helper()
	if list := e.Unsupported(); len(list) > 0 {
		t.Errorf("not supported: %v", list)
	}
	tenants, north := map[string][]string{}, map[string]bool{}
	for _, a := range rows(t, dir, "access.csv") {
		tenants[a["user_principal_name"]] = append(tenants[a["user_principal_name"]], a["tenant_id"])
	}
	for _, r := range rows(t, dir, "region.csv") {
		north[r["region_id"]] = r["region"] == "North"
	}
	for _, v := range demo.Viewers() {
		t.Run(v.ID, func(t *testing.T) {
			var cents, lines int64
			orders := map[string]bool{}
			for _, s := range sales {
				var sees bool
				switch v.Roles[0] {
				case "Tenant members":
					sees = slices.Contains(tenants[v.Username], s["tenant_id"])
				case "North only":
					sees = north[s["region_id"]]
				case "Everything":
					sees = true
				}
				if sees {
					n, err := strconv.ParseInt(strings.Replace(s["amount"], ".", "", 1), 10, 64)
					if err != nil {
						t.Fatal(err)
					}
					cents += n
					lines++
					orders[s["order_id"]] = true
				}
			}
			got, err := e.Ask(context.Background(), query.Viewer{Username: v.Username, Roles: v.Roles}, model.Query{
				Values: []model.Value{{Name: "a", Measure: "Revenue"}, {Name: "b", Measure: "Order lines"}, {Name: "c", Measure: "Orders"}},
			})
			if err != nil || len(got.Rows) != 1 {
				t.Fatalf("%v, %v", got.Rows, err)
			}
			r := got.Rows[0]
			if lines == 0 {
				if !r[0].IsBlank() || !r[1].IsBlank() || !r[2].IsBlank() {
					t.Errorf("got %v, want nothing", r)
				}
				return
			}
			if r[0].Type() != dax.Decimal || r[0].Int() != 100*cents || r[1].Int() != lines || r[2].Int() != int64(len(orders)) {
				t.Errorf("revenue %d/10000, lines %d, orders %d; want %d, %d, %d", r[0].Int(), r[1].Int(), r[2].Int(), 100*cents, lines, len(orders))
			}
		})
	}
}

// measuresAreRight holds measures that are made of others to their meaning.
func measuresAreRight(t *testing.T, e *query.Engine, dir string, sales []map[string]string) {
	t.Helper()
	ask := func(measure string, where ...model.Filter) float64 {
		t.Helper()
		got, err := e.Ask(context.Background(), query.Viewer{Username: "hedda@brightwater.example.com", Roles: []string{"Everything"}},
			model.Query{Values: []model.Value{{Name: "v", Measure: measure}}, Where: where})
		if err != nil || len(got.Rows) != 1 {
			t.Fatalf("%s: %v, %v", measure, got.Rows, err)
		}
		return got.Rows[0][0].Float()
	}
	var revenue, cost, online, y2024, y2025, pantry, discount float64
	category, buyers := map[string]string{}, map[string]bool{}
	for _, p := range rows(t, dir, "product.csv") {
		category[p["product_id"]] = p["category"]
	}
	for _, s := range sales {
		number := func(column string) float64 {
			f, err := strconv.ParseFloat(s[column], 64)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		amount := number("amount")
		revenue += amount
		cost += number("cost")
		discount += number("discount")
		buyers[s["buyer_id"]] = true
		if s["channel"] == "Online" {
			online += amount
		}
		if category[s["product_id"]] == "Pantry" {
			pantry += amount
		}
		if s["date"] < "2025" {
			y2024 += amount
		} else {
			y2025 += amount
		}
	}
	inPantry := model.Filter{Column: model.ColumnRef{Table: "Product", Column: "Category"}, Op: model.In, Values: []dax.Value{dax.TextOf("Pantry")}}
	for _, c := range []struct {
		measure string
		want    float64
		where   []model.Filter
	}{
		{"Margin %", (revenue - cost) / revenue, nil},
		{"Online share", online / revenue, nil},
		{"Shops and partners", revenue - online, nil},
		{"Growth", (y2025 - y2024) / y2024, nil},
		{"Average discount", discount / float64(len(sales)), nil},
		{"Customers", float64(len(buyers)), nil},
		{"Revenue per customer", revenue / float64(len(buyers)), nil},
		{"Share of products", pantry / revenue, []model.Filter{inPantry}},
		{"Share of regions", 1, []model.Filter{inPantry}},
		{"Revenue or zero", pantry, []model.Filter{inPantry}},
		{"Products on list", 40, nil},
		{"Tenants selling", 6, nil},
	} {
		t.Run(fmt.Sprint(c.measure, len(c.where)), func(t *testing.T) {
			if got := ask(c.measure, c.where...); got < c.want*(1-1e-6)-1e-6 || got > c.want*(1+1e-6)+1e-6 {
				t.Errorf("%s is %v, want %v", c.measure, got, c.want)
			}
		})
	}
}
