package worker_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay/dax"
	"inlay/model"
	"inlay/source/duckdb"
	"inlay/source/worker"
)

// TestImportsByColumnsFromWorkers: a Parquet file whose columns come from a worker gives the same
// table as one that is read here, and so does one that the evaluator has to read.
func TestImportsByColumnsFromWorkers(t *testing.T) {
	dir := t.TempDir()
	p, log := pool(t, dir, worker.Options{})
	copies := "COPY (SELECT range AS n, CASE WHEN range %% 5 > 0 THEN repeat('Ä', (range %% 40)::INT) END AS s, DATE '2026-01-01' + (range %% 900)::INT AS d, " +
		"CAST(range AS DECIMAL(10,2)) AS m, range %% 2 = 0 AS b, range::DOUBLE %s AS f FROM range(30000)) TO '%s'"
	fill(t, filepath.Join(dir, "maker.duckdb"), fmt.Sprintf(copies, "", filepath.Join(dir, "plain.parquet")))
	fill(t, filepath.Join(dir, "maker2.duckdb"), fmt.Sprintf(copies, "+ CASE WHEN range = 29800 THEN 'inf'::DOUBLE ELSE 1 END", filepath.Join(dir, "infinite.parquet")))
	for file, want := range map[string]string{"plain": "", "infinite": "does not convert to a decimal number"} {
		m := &model.Model{Tables: []*model.Table{{Name: "T", Columns: []*model.Column{{Name: "n", Source: "n", Type: dax.Int64}, {Name: "s", Source: "s", Type: dax.String},
			{Name: "d", Source: "d", Type: dax.DateTime}, {Name: "m", Source: "m", Type: dax.Double}, {Name: "b", Source: "b", Type: dax.Boolean}, {Name: "f", Source: "f", Type: dax.Double}},
			Partitions: []model.Partition{{Name: "T", Kind: "m", Mode: "import", Source: `Table.SelectRows(Parquet.Document(File.Contents("` + file + `.parquet")), each [d] >= #date(2026, 2, 1))`}}}}}
		var sums [2]duckdb.Summary
		var errs [2]string
		for i, workers := range []*worker.Pool{nil, p} {
			var err error
			sums[i], err = duckdb.Refresh(t.Context(), duckdb.RefreshInput{Model: m, Root: dir, Out: filepath.Join(t.TempDir(), "out.duckdb"), Workers: workers})
			errs[i] = fmt.Sprint(err)
			for j := range sums[i].Tables {
				sums[i].Tables[j].Millis = 0
				for k := range sums[i].Tables[j].Partitions {
					sums[i].Tables[j].Partitions[k].Millis = 0
				}
			}
		}
		if diff := cmp.Diff(sums[0], sums[1]); diff != "" || errs[0] != errs[1] {
			t.Errorf("%s: %s, %s\n%s", file, errs[0], errs[1], diff)
		}
		if (errs[1] == "<nil>") != (want == "") || !strings.Contains(errs[1], want) {
			t.Errorf("%s: %s, want %q", file, errs[1], want)
		}
		if want == "" && sums[1].Tables[0].Rows != 30000-34*31 {
			t.Errorf("%d rows", sums[1].Tables[0].Rows)
		}
	}
	if s := log.String(); strings.Contains(s, "sends what it should not") {
		t.Error(s)
	}
}
