package duckdb

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inlay/dax"
	"inlay/model/pbip"
)

// samples is the folder of sample projects beside the repository. Tests that need it are
// skipped where it is absent.
func samples(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	dir = filepath.Join(dir, "..", "shared", "samples")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("../shared/samples is absent")
	}
	return dir
}

// csvRows counts the rows of a CSV file without its header, read by another reader than ours.
func csvRows(t *testing.T, path string, keep func(row []string) bool) int64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for _, row := range all[1:] {
		if keep == nil || keep(row) {
			n++
		}
	}
	return n
}

func imported(t *testing.T, folder string) (*DB, Summary) {
	t.Helper()
	p, err := pbip.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	m, err := p.ReadModel()
	if err != nil {
		t.Fatal(err)
	}
	db, sum, err := refreshed(t, folder, m)
	if err != nil {
		t.Fatal(err)
	}
	return db, sum
}

func checkRows(t *testing.T, sum Summary, want map[string]int64) {
	t.Helper()
	got := map[string]int64{}
	for _, x := range sum.Tables {
		got[x.Name] = x.Rows
	}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("table %s has %d rows, want %d", name, got[name], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d tables, want %d", len(got), len(want))
	}
}

func TestSampleOperations(t *testing.T) {
	root := filepath.Join(samples(t), "operations-kpi")
	db, sum := imported(t, root)
	ref := filepath.Join(root, "data", "sample-reference-data.csv")
	kind := func(k string) int64 { return csvRows(t, ref, func(row []string) bool { return row[0] == k }) }
	checkRows(t, sum, map[string]int64{
		"Operational Item": csvRows(t, filepath.Join(root, "data", "sample-operational-data.csv"), nil),
		"Target":           csvRows(t, filepath.Join(root, "data", "sample-targets.csv"), nil),
		"Access Bridge":    csvRows(t, filepath.Join(root, "data", "sample-security-access.csv"), nil),
		"Service Area":     kind("service_area"), "Owner": kind("owner"), "Category": kind("category"),
		"Status": kind("status"), "Priority": kind("priority"),
		"Date": 181, "Model Settings": 1, "Measures": 1,
	})
	if len(sum.Mapped) != 4 || !strings.HasPrefix(sum.Mapped[0].Source, "https://") || !strings.HasPrefix(sum.Mapped[0].File, "data/") {
		t.Errorf("mapped: %v", sum.Mapped)
	}
	if got := lines(t, db, `SELECT "Month", "Quarter", "Year Month", "Year Month Sort" FROM "Date" WHERE "Date" = TIMESTAMP '2026-03-31'`, dax.String, dax.String, dax.String, dax.Int64); got != "March Q1 2026-03 202603" {
		t.Errorf("date: %s", got)
	}
	if got := lines(t, db, `SELECT "As At Date", "Due Soon Days" FROM "Model Settings"`, dax.DateTime, dax.Int64); got != "2026-06-30T00:00:00 7" {
		t.Errorf("settings: %s", got)
	}
	// The empty cells of the CSV file are blank, not empty text.
	open := csvRows(t, filepath.Join(root, "data", "sample-operational-data.csv"), func(row []string) bool { return row[4] == "" })
	if got := lines(t, db, `SELECT count(*) FROM "Operational Item" WHERE "Closed Date" IS NULL`, dax.Int64); got != fmt.Sprint(open) {
		t.Errorf("%s items without a closing date, want %d", got, open)
	}
}

func TestSampleRegional(t *testing.T) {
	top := filepath.Join(samples(t), "regional-sales")
	db, sum := imported(t, top)
	data := filepath.Join(top, "demo-enterprise", "bi-repo", "powerbi", "workspaces", "regional-sales-trust-demo", "assets", "data")
	rows := func(name string) int64 { return csvRows(t, filepath.Join(data, name), nil) }
	checkRows(t, sum, map[string]int64{
		"Fact Sales": rows("fact_sales.csv"), "Dim Channel": rows("dim_channel.csv"), "Dim Date": rows("dim_date.csv"),
		"Dim Product": rows("dim_product.csv"), "Dim Region": rows("dim_region.csv"), "Security Region Access": rows("security_region_access.csv"),
	})
	if len(sum.Mapped) != 6 || !strings.HasPrefix(sum.Mapped[0].Source, `C:\`) || !strings.HasSuffix(sum.Mapped[0].File, "assets/data/dim_channel.csv") {
		t.Errorf("mapped: %v", sum.Mapped)
	}
	var want int64
	csvRows(t, filepath.Join(data, "fact_sales.csv"), func(row []string) bool {
		var n int64
		if _, err := fmt.Sscan(row[6], &n); err != nil {
			t.Fatal(err)
		}
		want += n
		return true
	})
	if got := lines(t, db, `SELECT sum("Sales Amount") FROM "Fact Sales"`, dax.Int64); got != fmt.Sprint(want) {
		t.Errorf("sales are %s, want %d", got, want)
	}
	if got := lines(t, db, `SELECT "Year Month" FROM "Dim Date" ORDER BY "Date" LIMIT 1`, dax.DateTime); got != "2026-01-01T00:00:00" {
		t.Errorf("year and month: %s", got)
	}
	for _, r := range sum.Relationships {
		if r.Orphans != 0 {
			t.Errorf("relationship %s has %d orphans", r.Name, r.Orphans)
		}
	}
}
