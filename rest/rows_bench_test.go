package rest

import (
	"net/http"
	"testing"
	"time"

	"inlay/dax"
	"inlay/model"
	"inlay/report/visual"
)

// nowhere is a ResponseWriter that keeps nothing.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n nowhere) WriteHeader(int)             {}

// BenchmarkEightColumns writes 100,000 rows of one column of each kind and some more.
func BenchmarkEightColumns(b *testing.B) {
	const rows = 100_000
	kinds := []dax.Type{dax.DateTime, dax.String, dax.String, dax.Int64, dax.Double, dax.Decimal, dax.Decimal, dax.Boolean}
	var res model.Result
	var plan visual.Plan
	for i, k := range kinds {
		res.Columns = append(res.Columns, model.ResultColumn{Name: "Column", Type: k})
		plan.Columns = append(plan.Columns, visual.Column{Name: "Column", Ref: "Table.Column", Role: "Values", From: i})
	}
	start := time.Date(2026, 1, 5, 8, 30, 0, 0, time.UTC)
	for i := range rows {
		res.Rows = append(res.Rows, []dax.Value{
			dax.TimeOf(start.Add(time.Duration(i) * time.Minute)), dax.TextOf("Müsli & Nüsse 500 g"), dax.TextOf("Alder Foods"), dax.IntOf(int64(i) * 977),
			dax.FloatOf(float64(i) / 7), dax.DecimalOf(int64(i) * 12345), dax.DecimalOf(int64(i) * 10000), dax.BoolOf(i%2 == 0),
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		(&call{w: nowhere{http.Header{}}}).writeRows(res, plan)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
