package duckdb

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay/dax"
	"inlay/model"
	"inlay/model/powerquery"
)

// TestSketchCounts: counts of different values are about right, whatever the values are like.
func TestSketchCounts(t *testing.T) {
	for _, want := range []int{0, 1, 2, 30, 1_000, 10_000, 300_000} {
		for name, of := range map[string]func(i int) dax.Value{
			"numbers in a row": func(i int) dax.Value { return dax.IntOf(int64(i)) },
			"days":             func(i int) dax.Value { return dax.DecimalOf(int64(i) * 86_400_000_000) },
			"fractions":        func(i int) dax.Value { return dax.FloatOf(float64(i) / 8) },
			"texts":            func(i int) dax.Value { return dax.TextOf(fmt.Sprintf("a longer customer-%d", i)) },
			"short texts":      func(i int) dax.Value { return dax.TextOf(fmt.Sprint(i)) },
		} {
			typ := of(0).Type()
			k := &newSketches(1)[0]
			c := cells{powerquery.NewVector(typ, batchRows)}
			n := 0
			for i := range 2 * want { // each of them twice
				c.Set(n, of(i%want))
				if n++; n == batchRows || i == 2*want-1 {
					k.add(&c, n)
					n, c.Text = 0, c.Text[:0]
				}
			}
			if got := k.distinct(); math.Abs(float64(got-int64(want))) > 0.05*float64(want) || k.values != 2*int64(want) {
				t.Errorf("%d %s are counted as %d, and %d values", want, name, got, k.values)
			}
		}
	}
}

// TestSketchCase: texts of which none has a letter of the other case are told from all others.
func TestSketchCase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOf(rapid.StringMatching(rapid.SampledFrom([]string{`[a-z0-9 ]{0,20}`, `[A-Z@\[_-]{0,20}`, `[0-9{}~/:]{0,9}`, `[@\[]?[a-z]{0,9}[A-Zé]?`}).Draw(t, "form"))).Draw(t, "texts")
		k := &newSketches(1)[0]
		c := cells{powerquery.NewVector(dax.String, batchRows)}
		for i, s := range texts {
			c.Set(i, dax.TextOf(s))
		}
		k.add(&c, len(texts))
		all := strings.Join(texts, "")
		ascii := !strings.ContainsFunc(all, func(r rune) bool { return r > 127 })
		if want := ascii && (all == strings.ToLower(all) || all == strings.ToUpper(all)); k.oneCase() != want {
			t.Fatalf("%q: of one case %t", texts, k.oneCase())
		}
	})
}

// TestSketchIsWhatTheTableHolds: what is learnt of rows on their way is what the table tells.
func TestSketchIsWhatTheTableHolds(t *testing.T) {
	of := map[string][]string{"n int": {"1", "-7", "0", "4611686018427387904"}, "m decimal": {"1.5", "-0.0001", "99999999999999"}, "x double": {"0.5", "-0.0", "0", "1e300", "-1e-300"},
		"d date": {"#date(1900, 1, 1)", "#datetime(2026, 2, 3, 4, 5, 6)"}, "b bool": {"true", "false"}, "low text": {`"a"`, `"bc"`, `""`, `"1"`}, "mixed text": {`"a"`, `"A"`, `"é"`, `"É"`}, "none int": {"null"}}
	number := map[string]string{"d": "(epoch_us(%s(d)) / 86400000000 + 25569)", "b": "%s(b)::INT::DOUBLE", "low": "NULL::DOUBLE", "mixed": "NULL::DOUBLE"}
	columns := slices.Sorted(maps.Keys(of))
	var rows, names []string
	for i := range 3_000 { // more than one batch
		var row []string
		for k, c := range columns {
			if n := (i*7 + i/11*k) % (len(of[c]) + 1); n < len(of[c]) {
				row = append(row, of[c][n])
			} else {
				row = append(row, "null")
			}
		}
		rows = append(rows, "{"+strings.Join(row, ", ")+"}")
	}
	for _, c := range columns {
		names = append(names, strconv.Quote(strings.Fields(c)[0]))
	}
	table := tableOf("T", "#table({"+strings.Join(names, ", ")+"}, {"+strings.Join(rows, ", ")+"})", columns...)
	db, sum, err := refreshed(t, t.TempDir(), &model.Model{Tables: []*model.Table{table}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range sum.Statistics.Tables[0].Columns {
		expr := number[c.Name]
		if expr == "" {
			expr = "%s(" + c.Name + ")::DOUBLE"
		}
		least, most := strings.ReplaceAll(expr, "%s", "min"), strings.ReplaceAll(expr, "%s", "max")
		sql := fmt.Sprintf("SELECT count(*) - count(%[1]s), count(DISTINCT %[1]s), coalesce(%[2]s, 0) + 0, coalesce(%[3]s, 0) + 0 FROM main.T", c.Name, least, most)
		got := fmt.Sprintf("%d %d %s %s", c.Blanks, c.Distinct, show(dax.FloatOf(c.Least)), show(dax.FloatOf(c.Most)))
		if want := lines(t, db, sql, dax.Int64, dax.Int64, dax.Double, dax.Double); got != want {
			t.Errorf("%s: learnt %s, the table holds %s", c.Name, got, want)
		}
	}
}
