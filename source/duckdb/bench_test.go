package duckdb

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"inlay/model"
)

// BenchmarkRefreshCSV imports a million rows of eight columns; the least is a million
// rows a minute. It reports rows per second.
func BenchmarkRefreshCSV(b *testing.B) {
	const rows = 1_000_000
	root := b.TempDir()
	f, err := os.Create(filepath.Join(root, "sales.csv"))
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "OrderID,Date,Region,Product,Customer,Units,Amount,Price")
	for i := range rows {
		fmt.Fprintf(w, "%d,2026-%02d-%02d,Region %d,Product %d,customer-%d,%d,%d.%02d,%d.5\n", i, i%12+1, i%28+1, i%20, i%500, i%50_000, i%40, i%9000, i%100, i%77)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	m := &model.Model{Tables: []*model.Table{tableOf("Sales", `
		let
			Source = Csv.Document(File.Contents("sales.csv"), [Delimiter=",", Columns=8, Encoding=65001, QuoteStyle=QuoteStyle.None]),
			Up = Table.PromoteHeaders(Source, [PromoteAllScalars=true]),
			Typed = Table.TransformColumnTypes(Up, {{"OrderID", Int64.Type}, {"Date", type date}, {"Units", Int64.Type}, {"Amount", Currency.Type}, {"Price", type number}})
		in
			Typed`, "OrderID int", "Date date", "Region text", "Product text", "Customer text", "Units int", "Amount decimal", "Price double")}}
	for i := 0; b.Loop(); i++ {
		if _, err := Refresh(context.Background(), RefreshInput{Model: m, Root: root, Out: filepath.Join(b.TempDir(), fmt.Sprintf("%d.duckdb", i)), MemoryLimit: "512MB"}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
