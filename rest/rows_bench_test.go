package rest

import (
	"fmt"
	"net/http"
	"runtime"
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

// eight makes rows of eight columns as they are read, and holds one.
func eight(rows int) model.Answer {
	a := model.Answer{Count: func() (int64, error) { return int64(rows), nil }}
	for i, k := range []dax.Type{dax.DateTime, dax.String, dax.String, dax.Int64, dax.Double, dax.Decimal, dax.Decimal, dax.Boolean} {
		a.Columns = append(a.Columns, model.ResultColumn{Name: fmt.Sprintf("Sales[Column %d]", i), Type: k})
	}
	start := time.Date(2026, 1, 5, 8, 30, 0, 0, time.UTC)
	var names [1000]string
	for i := range names {
		names[i] = fmt.Sprintf("Müsli & Nüsse %d g", i)
	}
	a.Rows = func(yield func([]dax.Value, error) bool) {
		row := make([]dax.Value, len(a.Columns))
		for i := range rows {
			row[0], row[1], row[2], row[3] = dax.TimeOf(start.Add(time.Duration(i)*time.Minute)), dax.TextOf(names[i%len(names)]), dax.TextOf("Alder Foods"), dax.IntOf(int64(i)*977)
			row[4], row[5], row[6], row[7] = dax.FloatOf(float64(i)/7), dax.DecimalOf(int64(i)*12345), dax.DecimalOf(int64(i)*10000), dax.BoolOf(i%2 == 0)
			if !yield(row, nil) {
				return
			}
		}
	}
	return a
}

// answering are the ways to send the rows of a DAX query. JSON ends at its limit of 100,000.
var answering = map[string]func(c *call, a model.Answer) error{
	"json":  func(c *call, a model.Answer) error { return c.writeTables([]model.Answer{a}, false) },
	"arrow": func(c *call, a model.Answer) error { return c.writeArrow([]model.Answer{a}, daxBody{}) },
	"arrow, not compressed": func(c *call, a model.Answer) error {
		return c.writeArrow([]model.Answer{a}, daxBody{SkipCompression: true})
	},
	"arrow, of rows not sent": func(c *call, a model.Answer) error { return c.writeArrow([]model.Answer{a}, daxBody{SchemaOnly: true}) },
}

// BenchmarkQueryRows sends rows as they are read, and ends with how many bytes a row took of the
// allocator.
func BenchmarkQueryRows(b *testing.B) {
	const rows = 100_000
	for name, send := range answering {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c := &call{w: nowhere{http.Header{}}}
				if err := send(c, eight(rows)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}

// watching is a ResponseWriter that sees how much memory is in use whenever a piece comes.
type watching struct {
	nowhere
	bytes, pieces int
	most          uint64
}

func (w *watching) Write(p []byte) (int, error) {
	w.bytes += len(p)
	if w.pieces++; w.pieces%50 == 0 {
		w.most = max(w.most, live())
	}
	return len(p), nil
}

// live is the memory that something still needs.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestAnswersAreNotHeld holds that an answer of 400,000 rows, of some 150 bytes each, needs a few
// batches of memory: what is sent is gone.
func TestAnswersAreNotHeld(t *testing.T) {
	for name, send := range answering {
		before := live()
		w := &watching{nowhere: nowhere{http.Header{}}}
		if err := send(&call{w: w}, eight(400_000)); err != nil {
			t.Fatal(err)
		}
		if name == "arrow, of rows not sent" {
			if w.bytes > 4_000 {
				t.Errorf("%s: %d bytes", name, w.bytes)
			}
			continue
		}
		if w.bytes < 5<<20 || w.most == 0 {
			t.Errorf("%s: %d bytes in %d pieces", name, w.bytes, w.pieces)
		}
		if w.most > before && w.most-before > 12<<20 {
			t.Errorf("%s: %d bytes are in use while %d are sent", name, w.most-before, w.bytes)
		}
		t.Logf("%s: %d bytes sent, %d in use at most", name, w.bytes, int64(w.most)-int64(before))
	}
}
