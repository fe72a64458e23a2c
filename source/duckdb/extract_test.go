package duckdb

import (
	"fmt"
	"os"
	"sort"
	"strconv"

	"context"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"inlay/dax"
	"inlay/model/powerquery"
)

// TestExtractionFails: a statement that fails behind many rows is an error, never fewer rows.
func TestExtractionFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.parquet")
	writeParquet(t, path, "SELECT i, CASE WHEN i = 299999 THEN 1e18::DECIMAL(25,2) ELSE i END AS m FROM range(300000) t(i)")
	files, err := powerquery.OpenFiles(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = files.Close() }()
	for last, want := range map[string]string{"299999": "1000000000000000000", "299998": ""} {
		rows := 0
		x := extraction{SQL: "SELECT * FROM " + powerquery.FilePlace + " WHERE i <= CAST(? AS BIGINT)", Args: []any{last}, Width: 2,
			Columns: []extracted{{At: 0, Type: dax.Int64}, {At: 1, Type: dax.Decimal}}}
		b := newBatch([]dax.Type{dax.Int64, dax.Decimal})
		f := openBlob(t, path)
		err := Parquet{}.extract(context.Background(), f, x, func(fill func(*batch) error) error {
			if err := fill(b); err != nil {
				return err
			}
			for i := range b.n {
				if b.cols[0].Whole[i] != int64(rows+i) || b.cols[1].Whole[i] != int64(rows+i)*10_000 {
					t.Fatalf("row %d is %d, %d", rows+i, b.cols[0].Whole[i], b.cols[1].Whole[i])
				}
			}
			rows += b.n
			return nil
		})
		if want == "" && (err != nil || rows != 299_999) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("up to %s: %d rows, %v", last, rows, err)
		}
	}
}

// TestSelectionIsRowByRow: random Parquet files give the same table, or the same error, whether
// the engine brings them by columns or the evaluator row by row.
func TestSelectionIsRowByRow(t *testing.T) {
	dir := t.TempDir()
	byEngine, tried := 0, 0
	readByEngine = func() { byEngine++ }
	defer func() { readByEngine = func() {} }()
	values := map[string][]string{
		"BIGINT": {"0", "-1", "9223372036854775806", "9223372036854775807", "-9223372036854775807"}, "INTEGER": {"0", "2147483647", "-5"}, "UTINYINT": {"0", "255"},
		"UBIGINT": {"0", "18446744073709551615"}, "DOUBLE": {"0.5", "-0.0", "1e300", "'nan'::DOUBLE", "'inf'::DOUBLE", "1e-310", "0.1"}, "FLOAT": {"0.1::FLOAT", "2"},
		"DECIMAL(9,2)": {"1.25", "-3.5", "0"}, "DECIMAL(18,4)": {"1.2345", "99999999999999.9999"}, "DECIMAL(25,3)": {"1.5", "999999999999999999.125", "12345678901234567.5"}, "DECIMAL(12,6)": {"0.000001", "1.5"},
		"BOOLEAN": {"true", "false"}, "DATE": {"DATE '2026-01-31'", "DATE '1899-12-30'", "DATE '1800-01-01'", "DATE '9999-12-31'", "DATE 'infinity'"},
		"TIMESTAMP": {"TIMESTAMP '2026-01-31 10:11:12.131415'", "TIMESTAMP '1899-12-30 01:00:00'", "TIMESTAMP '1500-01-01'"}, "TIMESTAMP_NS": {"TIMESTAMP_NS '2026-01-31 10:11:12.131415000'", "TIMESTAMP_NS '1960-01-31 10:11:12.000000001'"},
		"VARCHAR": {"'a'", "'A'", "''", "'é'", "'a longer text than twelve'", "'A longer text than twelve'", "'12'", "'2026-01-31'", "'exactly12byt'"}, "BLOB": {"'x'::BLOB"},
	}
	steps := []string{"", "", "", "type text", "Int64.Type", "type number", "Currency.Type", "type date", "type datetime", "type logical", "Percentage.Type"}
	var engineTypes []string
	for k := range values {
		engineTypes = append(engineTypes, k)
	}
	sort.Strings(engineTypes)
	natural := map[string]string{"BIGINT": "int", "INTEGER": "int", "UTINYINT": "int", "DOUBLE": "double", "DECIMAL(9,2)": "decimal", "DECIMAL(18,4)": "decimal", "BOOLEAN": "bool", "DATE": "date", "TIMESTAMP": "date", "TIMESTAMP_NS": "date", "VARCHAR": "text"}
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
		wild := rapid.IntRange(0, 2).Draw(t, "wild") == 0
		var cols, defs, types []string
		for i := range rapid.IntRange(1, 4).Draw(t, "columns") {
			typ := pick("type", engineTypes...)
			name := string(rune('a' + i))
			list := values[typ]
			if !wild {
				list = list[:min(2, len(list))]
			}
			to, step := natural[typ], ""
			if to == "" || wild {
				to = pick("column", "int", "text", "double", "bool", "date", "decimal")
				step = pick("step", steps...)
			}
			var b strings.Builder
			b.WriteString("CASE (hash(i, " + strconv.Itoa(i) + ", " + strconv.Itoa(n) + ") % 7)::INT")
			for k := range 6 {
				b.WriteString(" WHEN " + strconv.Itoa(k) + " THEN " + pick("value", list...))
			}
			cols, defs = append(cols, "("+b.String()+" ELSE NULL END)::"+typ+" AS "+name), append(defs, name+" "+to)
			if step != "" {
				types = append(types, `{"`+name+`", `+step+`}`)
			}
		}
		name := fmt.Sprintf("t%d.parquet", n)
		writeParquet(t, filepath.Join(dir, name), "SELECT "+strings.Join(cols, ", ")+" FROM range("+pick("rows", "0", "1", "5", "3000")+") t(i)")
		m := `Parquet.Document(File.Contents("` + name + `"))`
		if pick("filter", "no", "yes") == "yes" {
			m = "Table.SelectRows(" + m + ", each [a] <> null)"
		}
		if len(types) > 0 {
			m = "Table.TransformColumnTypes(" + m + ", {" + strings.Join(types, ", ") + "})"
			m = "Table.SelectRows(" + m + ", each " + pick("condition", "true", "[a] <> null", "[a] > 0", "[a] = 1.25", `[a] = "a"`, "[a] >= #date(2026, 1, 31)", "[a] < #datetime(2026, 1, 1, 0, 0, 0)", "[a]", "[a] <> true") + ")"
		}
		table := tableOf("T", m, defs...)
		tried++
		rest := func(rowByRow bool) string {
			s := loaded(t, dir, table, "en-US", rowByRow)
			if head, rows, ok := strings.Cut(s, " bytes, "); ok { // they are counted by the engine alone
				return strings.Fields(head)[0] + rows
			}
			return s
		}
		if got, want := rest(false), rest(true); got != want {
			t.Fatalf("%s\n%s\ngot\n%.2000s\nwant\n%.2000s", strings.Join(cols, "\n"), m, got, want)
		}
		_ = os.Remove(filepath.Join(dir, name))
	})
	if byEngine < tried/8 {
		t.Errorf("the engine brought %d of %d tables", byEngine, tried)
	}
}
