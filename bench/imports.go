package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"inlay/dax"
	"inlay/model"
	"inlay/model/powerquery/database"
	"inlay/source/duckdb"
	"inlay/source/worker"
)

// importVariable makes this program one import, described in JSON, in a process of its own, whose
// time and memory its parent reads off.
const importVariable = "INLAY_BENCH_IMPORT"

// importRows is how many rows are imported.
var importRows = flag.Int("rows", 1_000_000, "rows of the imports; 10000000 for the numbers of docs/performance.md")

// importTask is one import, or what it is compared to.
type importTask struct {
	SQL     string // run by hand; empty: Inlay refreshes the query M
	M       string
	Root    string
	Out     string
	Workers bool   // files are opened by workers, as in a server
	URL     string // of a database that the query names bench/bench
	Scan    bool   // of that database's table by its driver, and no more
}

// importTypes are the columns of the file.
var importTypes = []struct {
	name, sql string
	typ       dax.Type
}{
	{"OrderID", "BIGINT", dax.Int64}, {"Date", "DATE", dax.DateTime}, {"Region", "VARCHAR", dax.String}, {"Product", "VARCHAR", dax.String},
	{"Customer", "VARCHAR", dax.String}, {"Units", "BIGINT", dax.Int64}, {"Amount", "DECIMAL(18,4)", dax.Decimal}, {"Price", "DOUBLE", dax.Double},
}

// runImport is the import that the variable describes. It prints the most memory that it had: what
// the system tells its parent counts the parent's own, from before the program began.
func runImport(text string) error {
	var t importTask
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return err
	}
	var peak int64 // of workers
	defer func() { fmt.Println(peakMemory() + peak) }()
	ctx := context.Background()
	switch {
	case t.Scan:
		return scan(ctx, t.URL)
	case t.SQL != "":
		db, err := sql.Open("duckdb", t.Out+"?threads=2&memory_limit=1GB")
		if err != nil {
			return err
		}
		for s := range strings.SplitSeq(t.SQL, ";") {
			if _, err := db.ExecContext(ctx, s); err != nil {
				return err
			}
		}
		return db.Close()
	}
	table := &model.Table{Name: "Sales", Partitions: []model.Partition{{Name: "Sales", Kind: "m", Mode: "import", Source: t.M}}}
	for _, c := range importTypes {
		table.Columns = append(table.Columns, &model.Column{Name: c.name, Source: c.name, Type: c.typ})
	}
	in := duckdb.RefreshInput{Model: &model.Model{Tables: []*model.Table{table}}, Root: t.Root, Out: t.Out}
	if t.Workers {
		pool, err := worker.NewPool(worker.Options{Weak: true})
		if err != nil {
			return err
		}
		defer func() {
			_ = pool.Close()
			peak += pool.Counts().PeakMemory
		}()
		in.Workers = pool
	}
	if t.URL != "" {
		set, err := database.New([]database.Entry{{Name: "bench/bench", URL: t.URL}})
		if err != nil {
			return err
		}
		defer set.Close()
		in.Databases = set
	}
	_, err := duckdb.Refresh(ctx, in)
	return err
}

// importOf is an import beside what it is compared to, in turns and in any order; the tasks are
// by name, and those of Inlay have a name that begins so.
func importOf(ctx context.Context, name, dir string, tasks map[string]importTask) ([]figure, error) {
	costs := map[string][]spent{}
	for range 3 {
		for name, t := range tasks {
			t.Root, t.Out = dir, filepath.Join(dir, "out.duckdb")
			x, err := t.run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			costs[name] = append(costs[name], x)
		}
	}
	return importFigure(name, costs), nil
}

// fileImports imports a file, made of rows as they are written to CSV.
func fileImports(name string, tasks func(dir string) map[string]importTask) func(context.Context) ([]figure, error) {
	return func(ctx context.Context) ([]figure, error) {
		dir, err := os.MkdirTemp("", "inlay-bench-import-")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if err := importFiles(ctx, dir, *importRows); err != nil {
			return nil, err
		}
		return importOf(ctx, name, dir, tasks(dir))
	}
}

func csvTasks(dir string) map[string]importTask {
	var spec, defs []string
	for _, c := range importTypes {
		spec = append(spec, "'"+c.name+"': '"+c.sql+"'")
		defs = append(defs, c.name+" "+c.sql)
	}
	file := filepath.Join(dir, "sales.csv")
	types := `{{"OrderID", Int64.Type}, {"Date", type date}, {"Units", Int64.Type}, {"Amount", Currency.Type}, {"Price", type number}}`
	return map[string]importTask{
		"Inlay": {M: `Table.TransformColumnTypes(Table.PromoteHeaders(Csv.Document(File.Contents("sales.csv"), [Delimiter=",", Columns=8, Encoding=65001, QuoteStyle=QuoteStyle.Csv]), [PromoteAllScalars=true]), ` + types + `)`},
		"read_csv": {SQL: "CREATE TABLE Sales AS SELECT * FROM read_csv('" + file + "', header = true, delim = ',', auto_detect = false, columns = {" +
			strings.Join(spec, ", ") + "})"},
		"COPY": {SQL: "CREATE TABLE Sales (" + strings.Join(defs, ", ") + ");COPY Sales FROM '" + file + "' (HEADER, AUTO_DETECT false)"},
	}
}

func parquetTasks(dir string) map[string]importTask {
	m := `Parquet.Document(File.Contents("sales.parquet"))`
	return map[string]importTask{"Inlay": {M: m, Workers: worker.Supported}, "Inlay in one process": {M: m},
		"read_parquet": {SQL: "CREATE TABLE Sales AS SELECT * FROM read_parquet('" + filepath.Join(dir, "sales.parquet") + "')"}}
}

// spent is what a process cost.
type spent struct {
	wall, cpu time.Duration
	peak      int64 // bytes
}

// run imports in a process of its own.
func (t importTask) run(ctx context.Context) (spent, error) {
	for _, f := range []string{t.Out, t.Out + ".wal", duckdb.SummaryFile(t.Out)} {
		_ = os.Remove(f)
	}
	self, err := os.Executable()
	if err != nil {
		return spent{}, err
	}
	text, err := json.Marshal(t)
	if err != nil {
		return spent{}, err
	}
	cmd := exec.CommandContext(ctx, self) //nolint:gosec // this program itself
	cmd.Env = append(os.Environ(), importVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	start := time.Now()
	out, err := cmd.Output()
	if err != nil {
		return spent{}, err
	}
	peak, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	return spent{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak}, err
}

// importFigure has the median of each side, and the ratios of speed.
func importFigure(name string, costs map[string][]spent) []figure {
	middle := func(side string) spent {
		l := costs[side]
		slices.SortFunc(l, func(a, b spent) int { return int(a.wall - b.wall) })
		return l[len(l)/2]
	}
	rate := func(s spent) float64 { return float64(*importRows) / s.wall.Seconds() }
	tell := func(s spent) string {
		return fmt.Sprintf("%.0f rows/s, %s, %s of CPU, %d MB at most", rate(s), short(s.wall), short(s.cpu), s.peak>>20)
	}
	var own, others []string
	for side := range costs {
		if strings.HasPrefix(side, "Inlay") {
			own = append(own, side)
		} else {
			others = append(others, side)
		}
	}
	slices.Sort(own)
	slices.Sort(others)
	var list []figure
	for _, side := range others {
		list = append(list, figure{fmt.Sprintf("%s, %d rows, %s", name, *importRows, side), tell(middle(side)), ""})
	}
	for _, side := range own {
		o := middle(side)
		list = append(list, figure{fmt.Sprintf("%s, %d rows, %s", name, *importRows, side), tell(o), ""})
		for _, other := range others {
			x := middle(other)
			list = append(list, figure{"  against " + other, fmt.Sprintf("%.0f %% of its speed, %.2f times its CPU", 100*rate(o)/rate(x), float64(o.cpu)/float64(x.cpu)), "70 %"})
		}
	}
	return list
}

// importFiles writes the files that are imported.
func importFiles(ctx context.Context, dir string, rows int) error {
	f, err := os.Create(filepath.Join(dir, "sales.csv"))
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "OrderID,Date,Region,Product,Customer,Units,Amount,Price")
	for i := range rows {
		fmt.Fprintf(w, "%d,2026-%02d-%02d,Region %d,Product %d,customer-%d,%d,%d.%02d,%d.5\n", i, i%12+1, i%28+1, i%20, i%500, i%50_000, i%40, i%9000, i%100, i%77)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	_, err = importTask{Out: filepath.Join(dir, "made.duckdb"), SQL: "COPY (SELECT * REPLACE (CAST(Amount AS DECIMAL(18,4)) AS Amount) FROM read_csv('" + f.Name() +
		"')) TO '" + filepath.Join(dir, "sales.parquet") + "' (FORMAT parquet)"}.run(ctx)
	return err
}

// peakMemory is the most that this process had in memory, in bytes; 0 where nothing tells.
func peakMemory() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}
