package demo

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// digest is that of the data of dataForm. Data that changes needs both anew: demo folders that
// exist are replaced only where dataForm differs.
const digest = "ddf81ff7e6e8882818786a30be6ece79f917b1263c5a52a2e9aec34dc1d6a971"

func read(t *testing.T, dir, name string) (header []string, rows [][]string) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(all) < 2 {
		t.Fatalf("%s has no rows", name)
	}
	return all[0], all[1:]
}

func data(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := writeData(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func hash(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(string(text), "\"\r") {
			t.Errorf("%s has a quote or a carriage return, which QuoteStyle.None would keep", f.name)
		}
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestDataIsTheSameEachTime(t *testing.T) {
	if got := hash(t, data(t)); got != digest {
		t.Errorf("digest of the data is %s, want %s: give dataForm the next number and the digest here", got, digest)
	}
}

func TestKeysAreFound(t *testing.T) {
	dir := data(t)
	keys := map[string]map[string]bool{}
	for name, file := range map[string]string{"tenant": "tenant.csv", "region": "region.csv", "product": "product.csv", "date": "date.csv"} {
		keys[name] = map[string]bool{}
		_, rows := read(t, dir, file)
		for _, r := range rows {
			if keys[name][r[0]] {
				t.Errorf("%s has key %s twice", file, r[0])
			}
			keys[name][r[0]] = true
		}
	}
	if n := len(keys["date"]); n != 731 {
		t.Errorf("%d days, want 731", n)
	}
	_, grants := read(t, dir, "access.csv")
	for _, r := range grants {
		if !keys["tenant"][r[1]] {
			t.Errorf("access of %s to tenant %s, which does not exist", r[0], r[1])
		}
	}
	header, rows := read(t, dir, "sales.csv")
	if n := len(rows); n < 240_000 || n > 300_000 {
		t.Errorf("%d sales rows, want 240,000 or some more", n)
	}
	at := func(row []string, column string) string { return row[slices.Index(header, column)] }
	for i, r := range rows {
		if at(r, "sale_id") != strconv.Itoa(i+1) {
			t.Fatalf("row %d has sale id %s", i+1, at(r, "sale_id"))
		}
		for column, table := range map[string]string{"tenant_id": "tenant", "region_id": "region", "product_id": "product", "date": "date"} {
			if !keys[table][at(r, column)] {
				t.Fatalf("sale %d: no %s %q", i+1, table, at(r, column))
			}
		}
		if !slices.Contains(channels, at(r, "channel")) {
			t.Fatalf("sale %d: no channel %q", i+1, at(r, "channel"))
		}
	}
}

// TestEveryViewerSeesSomethingElse adds up the raw data by hand, for what the tests of the
// whole server must find again.
func TestEveryViewerSeesSomethingElse(t *testing.T) {
	header, rows := read(t, data(t), "sales.csv")
	column := func(name string) int { return slices.Index(header, name) }
	tenantID, regionID, amount, cost := column("tenant_id"), column("region_id"), column("amount"), column("cost")
	byTenant, north, all, costs := map[string]int{}, map[string]int{}, 0, 0
	for _, r := range rows {
		cents := money(t, r[amount])
		byTenant[r[tenantID]] += cents
		all += cents
		costs += money(t, r[cost])
		if id, _ := strconv.Atoi(r[regionID]); regions[id-1].area == "North" {
			north[r[tenantID]] += cents
		}
	}
	seen := map[int]string{}
	for _, x := range tenants {
		total := byTenant[x.id]
		if total == 0 || north[x.id] == 0 || north[x.id] == total {
			t.Errorf("%s sells for %d, of which %d in the north: want some, and some elsewhere", x.name, total, north[x.id])
		}
		if other := seen[total]; other != "" {
			t.Errorf("%s and %s sell for the same", x.name, other)
		}
		seen[total] = x.name
	}
	if margin := (all - costs) * 100 / all; margin < 25 || margin > 55 {
		t.Errorf("margin is %d %%, which nobody believes", margin)
	}
}

func money(t *testing.T, s string) int {
	t.Helper()
	whole, cents, ok := strings.Cut(s, ".")
	a, err := strconv.Atoi(whole)
	b, err2 := strconv.Atoi(cents)
	if !ok || err != nil || err2 != nil || len(cents) != 2 {
		t.Fatalf("%q is no amount with two digits", s)
	}
	return 100*a + b
}

func TestBusinessGrowsAndHasSeasons(t *testing.T) {
	header, rows := read(t, data(t), "sales.csv")
	date, amount := slices.Index(header, "date"), slices.Index(header, "amount")
	year, month := map[string]int{}, map[string]int{}
	for _, r := range rows {
		year[r[date][:4]] += money(t, r[amount])
		month[r[date][:7]] += money(t, r[amount])
	}
	if year["2025"] <= year["2024"] {
		t.Errorf("2025 sold for %d, 2024 for %d: want growth", year["2025"], year["2024"])
	}
	if len(month) != 24 {
		t.Errorf("sales in %d months, want 24", len(month))
	}
	for d := firstDay; d.Before(lastDay); d = d.AddDate(0, 1, 0) {
		if month[d.Format("2006-01")] == 0 {
			t.Errorf("no sales in %s", d.Format("January 2006"))
		}
	}
	if month["2024-12"] <= month["2024-01"] {
		t.Error("December 2024 sold less than January: want a season")
	}
}

func TestWeightsAddUp(t *testing.T) {
	for _, x := range tenants {
		sum, areas := 0, 0
		for _, w := range x.categories {
			sum += w
		}
		for _, w := range x.regions {
			areas += w
		}
		if sum != 100 || areas != 100 {
			t.Errorf("%s: weights add up to %d and %d, want 100 each", x.name, sum, areas)
		}
	}
	for i, p := range products {
		if p.category != categories[i/8].name {
			t.Errorf("product %s stands among %s", p.name, categories[i/8].name)
		}
		if p.cost >= p.price {
			t.Errorf("product %s costs more than it brings", p.name)
		}
	}
	for i, r := range regions {
		if r.area != areas[i/4] {
			t.Errorf("country %s stands in %s", r.country, areas[i/4])
		}
	}
}

func BenchmarkWriteData(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		if err := writeData(dir); err != nil {
			b.Fatal(err)
		}
	}
}
