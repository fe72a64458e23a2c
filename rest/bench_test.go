package rest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"inlay/rest"
)

// discard is a ResponseWriter that keeps the status alone.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// BenchmarkOperations is the cost of each operation without the network, on SQLite.
func BenchmarkOperations(b *testing.B) {
	w := newWorld(b)
	for _, op := range rest.Operations() {
		target, authorization, body := w.valid(op)
		b.Run(op.ID, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(op.Method, target, strings.NewReader(body))
				r.Header.Set("Authorization", authorization)
				r.Header.Set("Content-Type", "application/json")
				d := &discard{header: http.Header{}}
				w.handler.ServeHTTP(d, r)
				if d.status != 200 {
					b.Fatal(d.status)
				}
			}
		})
	}
}
