package worker_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // fills files as other programs would

	"inlay"
	"inlay/dax"
	"inlay/query"
	"inlay/source/duckdb"
	"inlay/source/sourcetest"
	"inlay/source/worker"
)

// budget is what a worker of the tests may use.
const budget = 512 << 20

// TestMain makes this program a worker, as cmd/inlay is, and whatever else tests start.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 {
		os.Exit(m.Run())
	}
	var err error
	switch os.Args[1] {
	case "worker":
		err = duckdb.Work(context.Background())
	case "prober":
		err = worker.Serve(context.Background(), prober{}, worker.Readers{"probe": fileProber{}})
	case "server":
		err = serveForever(os.Args[2])
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// words is a log that tests read.
type words struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// pool makes a pool whose workers read a folder.
func pool(t *testing.T, dir string, o worker.Options) (*worker.Pool, *words) {
	t.Helper()
	log := &words{}
	o.Read, o.Log = []string{dir}, slog.New(slog.NewTextHandler(log, nil))
	if o.Limits.Memory == 0 {
		o.Limits.Memory = budget
	}
	p, err := worker.NewPool(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return p, log
}

// fill makes a file of data with SQL.
func fill(t *testing.T, file string, statements ...string) {
	t.Helper()
	db, err := sql.Open("duckdb", file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// source is a file with a small table, behind a pool.
func source(t *testing.T, o worker.Options) (*worker.Source, *worker.Pool, *words) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "data.duckdb")
	fill(t, file, "CREATE TABLE t AS SELECT range AS n, 'row ' || range AS s FROM range(100000)")
	p, log := pool(t, dir, o)
	s, err := p.Open(file, duckdb.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	return s, p, log
}

// first runs SQL and gives the first value of the last row.
func first(ctx context.Context, s *worker.Source, text string, typ dax.Type, args ...dax.Value) (dax.Value, error) {
	rows, err := s.RunText(ctx, worker.Statement{SQL: text, Args: args, Types: []dax.Type{typ}})
	if err != nil {
		return dax.Value{}, err
	}
	defer rows.Close()
	row := make([]dax.Value, 1)
	for rows.Next(row) {
	}
	return row[0], rows.Err()
}

func literal(v dax.Value) string {
	switch v.Type() {
	case dax.Blank:
		return "NULL"
	case dax.Boolean:
		return fmt.Sprint(v.Bool())
	case dax.Int64:
		return fmt.Sprintf("CAST('%d' AS BIGINT)", v.Int())
	case dax.Double:
		return fmt.Sprintf("CAST('%g' AS DOUBLE)", v.Float())
	case dax.Decimal:
		return fmt.Sprintf("CAST(CAST('%d' AS HUGEINT) * CAST('0.0001' AS DECIMAL(5,4)) AS DECIMAL(19,4))", v.Int())
	case dax.DateTime:
		return "CAST('" + v.Time().Format("2006-01-02 15:04:05.000000") + "' AS TIMESTAMP)"
	}
	return "'" + strings.ReplaceAll(v.Text(), "'", "''") + "'"
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T, tables ...sourcetest.Table) query.Source {
		dir := t.TempDir()
		d := duckdb.Dialect{}
		var statements []string
		for _, table := range tables {
			var cols []string
			for _, c := range table.Columns {
				cols = append(cols, d.Quote(c.Name)+" "+d.Type(c.Type))
			}
			statements = append(statements, "CREATE TABLE main."+d.Quote(table.Name)+" ("+strings.Join(cols, ", ")+")")
			for _, row := range table.Rows {
				var vals []string
				for _, v := range row {
					vals = append(vals, literal(v))
				}
				statements = append(statements, "INSERT INTO main."+d.Quote(table.Name)+" VALUES ("+strings.Join(vals, ", ")+")")
			}
		}
		file := filepath.Join(dir, "data.duckdb")
		fill(t, file, statements...)
		p, _ := pool(t, dir, worker.Options{Size: 1})
		s, err := p.Open(file, d)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// TestValuesTravel sends every kind of value there and back.
func TestValuesTravel(t *testing.T) {
	s, _, _ := source(t, worker.Options{Size: 1})
	for _, v := range []dax.Value{
		{}, dax.BoolOf(true), dax.BoolOf(false), dax.IntOf(-1 << 63), dax.IntOf(1<<63 - 1), dax.FloatOf(-1e300), dax.FloatOf(0.1), dax.DecimalOf(-1), dax.DecimalOf(1<<63 - 1),
		dax.TimeOf(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)), dax.TimeOf(time.Date(2026, 1, 31, 23, 59, 59, 999999000, time.UTC)),
		dax.TextOf(""), dax.TextOf("Ärger \x00 \U0001F600 '; --"), dax.TextOf(strings.Repeat("long ", 1<<20)),
	} {
		for _, as := range []dax.Type{v.Type(), dax.Variant} {
			if as == dax.Blank {
				continue
			}
			got, err := first(t.Context(), s, "SELECT "+duckdb.Dialect{}.Placeholder(1, v.Type()), as, v)
			if err != nil || got != v {
				t.Errorf("%.40q of type %d came back as %.40q of type %d, %v", v.ToText(), as, got.ToText(), got.Type(), err)
			}
		}
	}
}

// TestManyRows reads more than fits between the processes at once.
func TestManyRows(t *testing.T) {
	s, _, _ := source(t, worker.Options{Size: 1})
	rows, err := s.RunText(t.Context(), worker.Statement{SQL: "SELECT n, s FROM t ORDER BY n", Types: []dax.Type{dax.Int64, dax.String}})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	row := make([]dax.Value, 2)
	n := 0
	for ; rows.Next(row); n++ {
		if row[0] != dax.IntOf(int64(n)) || row[1] != dax.TextOf(fmt.Sprint("row ", n)) {
			t.Fatalf("row %d is %v", n, row)
		}
	}
	if rows.Err() != nil || n != 100000 {
		t.Errorf("%d rows, %v", n, rows.Err())
	}
}

// TestErrorsStaySimple: the class of what the engine says is logged, and nothing goes further.
func TestErrorsStaySimple(t *testing.T) {
	s, _, log := source(t, worker.Options{Size: 1})
	_, err := first(t.Context(), s, "SELECT CAST('SECRET-VALUE' AS INTEGER)", dax.Int64)
	if err == nil || strings.Contains(err.Error(), "SECRET") || inlay.KindOf(err) != inlay.Internal {
		t.Errorf("err = %v", err)
	}
	eventually(t, "the class of the error is logged", func() bool { return strings.Contains(log.String(), "Conversion Error") })
	if strings.Contains(log.String(), "SECRET") {
		t.Error("the value is logged, too")
	}
	if _, err := first(t.Context(), s, "SELECT 1, 2", dax.Int64); inlay.KindOf(err) != inlay.Internal {
		t.Errorf("two columns where one was promised: %v", err)
	}
	if _, err := first(t.Context(), s, "SELECT 'a'", dax.Int64); inlay.KindOf(err) != inlay.Internal {
		t.Errorf("a text where a number was promised: %v", err)
	}
	if got, err := first(t.Context(), s, "SELECT 1", dax.Int64); err != nil || got != dax.IntOf(1) {
		t.Errorf("afterwards: %v, %v", got, err)
	}
}

// eventually waits for what happens in another process.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("not so within a minute: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestDeadlineFreesTheWorker: an engine that listens is stopped and goes on with the next.
func TestDeadlineFreesTheWorker(t *testing.T) {
	s, p, _ := source(t, worker.Options{Size: 1, Grace: 20 * time.Second})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := first(ctx, s, "SELECT count(*) FROM range(100000000) a, range(1000) b WHERE a.range % 7 = b.range % 5", dax.Int64); !errors.Is(err, context.DeadlineExceeded) || inlay.KindOf(err) != inlay.Limit {
		t.Errorf("err = %v", err)
	}
	if got, err := first(t.Context(), s, "SELECT 1", dax.Int64); err != nil || got != dax.IntOf(1) {
		t.Errorf("afterwards: %v, %v", got, err)
	}
	if c := p.Counts(); c.Started != 1 || c.OverTime != 0 {
		t.Errorf("counts = %+v", c)
	}
}
