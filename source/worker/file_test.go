package worker_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"inlay"
	"inlay/model/powerquery"
	"inlay/model/powerquery/workbook"
	"inlay/source/duckdb"
	"inlay/source/worker"
)

// fileProber is a reader of files that does what a file would that took it over.
type fileProber struct{}

func (fileProber) Parts(_ context.Context, b powerquery.Blob) ([]powerquery.Part, error) {
	own, err := io.ReadAll(io.NewSectionReader(b.Data, 0, b.Size))
	if err != nil {
		return nil, err
	}
	parts := []powerquery.Part{{Name: "own", Item: string(own)}}
	for _, try := range []string{"/etc/passwd", filepath.Dir(b.Name) + "/neighbour", "/proc/self/environ"} {
		_, err := os.ReadFile(try)
		parts = append(parts, powerquery.Part{Name: try, Item: map[bool]string{true: "refused", false: "read"}[errors.Is(err, os.ErrPermission)]})
	}
	return parts, nil
}

func (fileProber) Open(ctx context.Context, _ powerquery.Blob, item string) (powerquery.Cells, error) {
	if item == "wait" {
		<-ctx.Done()
	}
	os.Exit(1) // as a parser that crashes
	return nil, nil
}

// TestFileWorkerIsConfined: a worker that reads a file can read this file and no other, not even
// those beside it.
func TestFileWorkerIsConfined(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"file": "mine", "neighbour": "secret"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, _ := pool(t, dir, worker.Options{Args: []string{"prober"}})
	blobs := map[string]powerquery.Blob{
		"a file":         {Name: f.Name(), Data: f, Size: 4, File: f},
		"data in memory": {Name: filepath.Join(dir, "none"), Data: strings.NewReader("mine"), Size: 4},
	}
	for name, blob := range blobs {
		parts, err := p.Reader("probe").Parts(t.Context(), blob)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(parts) != 4 || parts[0].Item != "mine" {
			t.Errorf("%s: %+v", name, parts)
		}
		for _, part := range parts[1:] {
			if part.Item != "refused" {
				t.Errorf("%s: %s is %s", name, part.Name, part.Item)
			}
		}
	}
	blob := blobs["data in memory"]
	if _, err := p.Reader("probe").Open(t.Context(), blob, "crash"); inlay.KindOf(err) != inlay.Unavailable {
		t.Errorf("a parser that crashed: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Reader("probe").Open(ctx, blob, "wait"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a parser that hangs: %v", err)
	}
	if _, err := p.Reader("unknown").Parts(t.Context(), blob); inlay.KindOf(err) != inlay.Internal {
		t.Errorf("an unknown kind: %v", err)
	}
}

// sameCells reads a file here and in a worker and compares.
func sameCells(t *testing.T, here, there powerquery.Reader, blob powerquery.Blob, item string) {
	t.Helper()
	read := func(r powerquery.Reader) (text string) {
		cells, err := r.Open(t.Context(), blob, item)
		if err != nil {
			t.Fatal(err)
		}
		defer cells.Close()
		var b strings.Builder
		for _, c := range cells.Columns() {
			b.WriteString(c.Name + ":" + c.Type.Name + "\n")
		}
		for {
			row, err := cells.Next()
			if err == io.EOF {
				return b.String()
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range row {
				b.WriteString(v.Kind().String() + " " + v.String() + "\n")
			}
		}
	}
	want, got := read(here), read(there)
	if got != want {
		t.Errorf("a worker reads\n%.400s\nwant\n%.400s", got, want)
	}
	if len(want) < 1000 {
		t.Errorf("only %d bytes were compared", len(want))
	}
}

func TestFilesAsInProcess(t *testing.T) {
	dir := t.TempDir()
	p, _ := pool(t, dir, worker.Options{})

	book := excelize.NewFile()
	for i := range 500 {
		row := []any{i, float64(i) / 3, "Ärger " + strings.Repeat("x", i), i%2 == 0, time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC)}
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := book.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	var data bytes.Buffer
	if err := book.Write(&data); err != nil {
		t.Fatal(err)
	}
	blob := powerquery.Blob{Name: "book.xlsx", Data: bytes.NewReader(data.Bytes()), Size: int64(data.Len())}
	parts, err := p.Reader(duckdb.WorkbookFiles).Parts(t.Context(), blob)
	if err != nil || len(parts) != 1 || parts[0].Name != "Sheet1" {
		t.Fatalf("%+v, %v", parts, err)
	}
	sameCells(t, workbook.Reader{}, p.Reader(duckdb.WorkbookFiles), blob, parts[0].Kind+"\x00"+parts[0].Item)

	file := filepath.Join(dir, "rows.parquet")
	fill(t, filepath.Join(dir, "maker.duckdb"), "COPY (SELECT range AS n, range / 7 AS f, repeat('x', range::INT) AS s, DATE '2026-01-01' + range::INT AS d, "+
		"TIMESTAMP '2026-01-01 10:00:00.5' AS t, CAST(range AS DECIMAL(10,2)) AS m, range % 2 = 0 AS b, 'ab'::BLOB AS x FROM range(500)) TO '"+file+"'")
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	blob = powerquery.Blob{Name: "rows.parquet", Data: f, Size: info.Size(), File: f}
	sameCells(t, duckdb.Parquet{}, p.Reader(duckdb.ParquetFiles), blob, "")
}
