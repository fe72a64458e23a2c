package duckdb

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	duck "github.com/duckdb/duckdb-go/v2"

	"inlay/dax"
	"inlay/model"
)

// A fault in giving rows to the engine ends the refresh that met it, and neither the process nor
// the next refresh.
func TestRefreshEndsWithAFault(t *testing.T) {
	ctx := context.Background()
	inst, err := duck.NewConnector(filepath.Join(t.TempDir(), "data.duckdb"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = inst.Close() })
	r := &refresh{}
	if err := r.feeds.register(ctx, inst); err != nil {
		t.Fatal(err)
	}
	if r.conn, err = inst.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.conn.Close() })
	if err := exec(ctx, r.conn, "CREATE TABLE T(a BIGINT)"); err != nil {
		t.Fatal(err)
	}
	types := []dax.Type{dax.Int64}
	fault := func(b *batch, row int) {
		if row == 5000 {
			panic("a fault")
		}
		b.cols[0].Set(b.n, dax.IntOf(int64(row)))
	}
	l := &loader{r: r, t: &model.Table{Name: "T"}, types: types, conn: r.conn, made: true}
	for name, put := range map[string]func(set func(*batch, int)) error{
		"rows at hand": func(set func(*batch, int)) error {
			return r.put(ctx, types, handed{n: 6000, set: set, before: "INSERT INTO T SELECT * FROM "})
		},
		"rows that are read": func(set func(*batch, int)) error {
			return l.put(ctx, func(*batch) {}, func(ctx context.Context, f *feed) error {
				for {
					b, err := f.next(ctx)
					if err != nil {
						return err
					}
					for row := 4990; row < 6000; row++ {
						set(b, row)
					}
				}
			})
		},
	} {
		if err := put(fault); err == nil || !strings.Contains(err.Error(), "panic: a fault") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := exec(ctx, r.conn, "INSERT INTO T VALUES (1)"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
