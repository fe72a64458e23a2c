package audit

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"inlay"
)

// unsynced is a disk that answers at once: the difference is what durability costs.
type unsynced struct{ file }

func (f unsynced) Append(b []byte, off int64) error { _, err := f.WriteAt(b, off); return err }

func (unsynced) Sync() error { return nil }

func typical() Record {
	return Record{Kind: Generate, Operation: "EmbedToken_GenerateToken", Request: requestID, Token: tokenID, Tenant: tenantID, Principal: shopID,
		PrincipalKind: inlay.ServicePrincipal, Name: "Shop", Workspaces: []string{salesID}, Reports: []string{reportID}, Datasets: []string{datasetID},
		Status: 200, Expires: morning, Client: "192.0.2.7"}
}

// BenchmarkAppend is one record a request, with and without the disk.
func BenchmarkAppend(b *testing.B) {
	for _, mode := range []string{"sync", "nosync"} {
		for _, callers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/%d", mode, callers), func(b *testing.B) {
				o := Options{Log: slog.New(slog.DiscardHandler)}
				if mode == "nosync" {
					o.create = func(name string) (file, error) { f, err := create(name); return unsynced{f}, err }
				}
				l := open(b, filepath.Join(b.TempDir(), "audit"), o)
				defer shut(b, l)
				r := typical()
				var left atomic.Int64
				left.Store(int64(b.N))
				b.ReportAllocs()
				b.ResetTimer()
				done := make(chan error, callers)
				for range callers {
					go func() {
						for left.Add(-1) >= 0 {
							if err := l.Append(b.Context(), r); err != nil {
								done <- err
								return
							}
						}
						done <- nil
					}()
				}
				for range callers {
					if err := <-done; err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
			})
		}
	}
}

// BenchmarkNote is what a use pays.
func BenchmarkNote(b *testing.B) {
	l := open(b, filepath.Join(b.TempDir(), "audit"), Options{queue: 1 << 30})
	defer shut(b, l)
	r := typical()
	b.ReportAllocs()
	for b.Loop() {
		l.Note(r)
	}
}

// BenchmarkVerify is a record of a log that is checked.
func BenchmarkVerify(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "audit")
	l := open(b, dir, Options{queue: 1 << 30})
	const records = 20_000
	for range records {
		l.Note(typical())
	}
	shut(b, l)
	var spent time.Duration
	for b.Loop() {
		start := time.Now()
		sound(b, dir)
		spent += time.Since(start)
	}
	b.ReportMetric(float64(b.N)*records/spent.Seconds(), "records/s")
}
