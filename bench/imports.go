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
	"inlay/source/duckdb"
)

// importVariable makes this program one import, described in JSON, in a process of its own, whose
// time and memory its parent reads off.
const importVariable = "INLAY_BENCH_IMPORT"

// importRows is how many rows are imported.
var importRows = flag.Int("rows", 1_000_000, "rows of the imports; 10000000 for the numbers of docs/performance.md")

// importTask is one import.
type importTask struct {
	SQL  string // run by hand; empty: Inlay refreshes Query
	M    string // query of the table
	Root string
	Out  string
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
	defer func() { fmt.Println(peakMemory()) }()
	if t.SQL != "" {
		db, err := sql.Open("duckdb", t.Out+"?threads=2&memory_limit=1GB")
		if err != nil {
			return err
		}
		for s := range strings.SplitSeq(t.SQL, ";") {
			if _, err := db.ExecContext(context.Background(), s); err != nil {
				return err
			}
		}
		return db.Close()
	}
	table := &model.Table{Name: "Sales", Partitions: []model.Partition{{Name: "Sales", Kind: "m", Mode: "import", Source: t.M}}}
	for _, c := range importTypes {
		table.Columns = append(table.Columns, &model.Column{Name: c.name, Source: c.name, Type: c.typ})
	}
	_, err := duckdb.Refresh(context.Background(), duckdb.RefreshInput{Model: &model.Model{Tables: []*model.Table{table}}, Root: t.Root, Out: t.Out})
	return err
}

// imports refreshes files and does the same by hand, in turns.
func imports(ctx context.Context) ([]figure, error) {
	dir, err := os.MkdirTemp("", "inlay-bench-import-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := importFiles(ctx, dir, *importRows); err != nil {
		return nil, err
	}
	var spec, defs []string
	for _, c := range importTypes {
		spec = append(spec, "'"+c.name+"': '"+c.sql+"'")
		defs = append(defs, c.name+" "+c.sql)
	}
	csv := "read_csv('" + filepath.Join(dir, "sales.csv") + "', header = true, delim = ',', auto_detect = false, columns = {" + strings.Join(spec, ", ") + "})"
	types := `{{"OrderID", Int64.Type}, {"Date", type date}, {"Units", Int64.Type}, {"Amount", Currency.Type}, {"Price", type number}}`
	var list []figure
	for _, c := range []struct {
		name, m string
		hand    map[string]string
	}{
		{"import of CSV", `Table.TransformColumnTypes(Table.PromoteHeaders(Csv.Document(File.Contents("sales.csv"), [Delimiter=",", Columns=8, Encoding=65001, QuoteStyle=QuoteStyle.Csv]), [PromoteAllScalars=true]), ` + types + `)`,
			map[string]string{
				"read_csv": "CREATE TABLE Sales AS SELECT * FROM " + csv,
				"COPY":     "CREATE TABLE Sales (" + strings.Join(defs, ", ") + ");COPY Sales FROM '" + filepath.Join(dir, "sales.csv") + "' (HEADER, AUTO_DETECT false)",
			}},
		{"import of Parquet", `Parquet.Document(File.Contents("sales.parquet"))`,
			map[string]string{"read_parquet": "CREATE TABLE Sales AS SELECT * FROM read_parquet('" + filepath.Join(dir, "sales.parquet") + "')"}},
	} {
		costs := map[string][]spent{}
		for range 3 {
			tasks := map[string]importTask{"Inlay": {M: c.m, Root: dir}}
			for name, s := range c.hand {
				tasks[name] = importTask{SQL: s}
			}
			for name, t := range tasks { // in any order
				t.Out = filepath.Join(dir, "out.duckdb")
				x, err := t.run(ctx)
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", c.name, name, err)
				}
				costs[name] = append(costs[name], x)
			}
		}
		list = append(list, importFigure(c.name, costs)...)
	}
	return list, nil
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
	own := middle("Inlay")
	list := []figure{{fmt.Sprintf("%s, %d rows", name, *importRows), tell(own), ""}}
	for side := range costs {
		if side != "Inlay" {
			x := middle(side)
			list = append(list, figure{name + ", against " + side, fmt.Sprintf("%.0f %% of its speed, %.1f times its CPU; it: %s", 100*rate(own)/rate(x), float64(own.cpu)/float64(x.cpu), tell(x)), "70 %"})
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
