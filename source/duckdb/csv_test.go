package duckdb

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/model/powerquery"
	"inlay/model/powerquery/culture"
)

// textQuery is a query of the usual shape over a.csv.
func textQuery(options, types, cul string) string {
	m := `Table.PromoteHeaders(Csv.Document(File.Contents("a.csv"), [` + options + `]), [PromoteAllScalars=true])`
	if types != "" {
		m = "Table.TransformColumnTypes(" + m + ", {" + types + "}" + cul + ")"
	}
	return m
}

// TestTextFileByEngine: which files are read in columns, and that it gives what the evaluator gives.
func TestTextFileByEngine(t *testing.T) {
	three := `{"n", Int64.Type}, {"d", type date}, {"x", type number}`
	for _, c := range []struct {
		name, text, options, types, cul string
		engine                          bool
	}{
		{"plain", "n,d,x,s\n1,2026-01-31,1.5,a\n-2,,,\n", `Delimiter=",", Encoding=65001`, three, "", true},
		{"line ends of Windows", "n,d,x,s\r\n1,2026-01-31,1.5,a\r\n-2,,,\r\n", `Delimiter=","`, three, "", true},
		{"no last line end", "n,d,x,s\n1,2026-01-31,1.5,a", `Delimiter=","`, three, "", true},
		{"culture", "n;d;x;s\n1;31.1.2026;1,5;a\n2;01.02.2026;-3;b\n", `Delimiter=";", Columns=4`, three, `, "de-DE"`, true},
		{"month first", "n,d,x,s\n1,1/31/2026,1,a\n", `Delimiter=","`, three, `, "en-US"`, true},
		{"quotes", "n,d,x,s\n1,\"2026-01-31\",\"1\",\"a,\"\"b\"\"\"\n\"2\",\"\",,\"\"\n", `Delimiter=",", QuoteStyle=QuoteStyle.Csv`, three, "", true},
		{"byte order mark", "\ufeffn,d,x,s\n1,2026-01-31,1,ü\n", `Delimiter=","`, three, "", true},
		{"western", "n,d,x,s\n1,2026-01-31,1,M\xfcller\n", `Delimiter=",", Encoding=1252`, three, "", true},
		{"western with a euro", "n,d,x,s\n1,2026-01-31,1,\x80\n", `Delimiter=",", Encoding=1252`, three, "", false},
		{"spaces", "n,d,x,s\n1,2026-01-31,1, a \n2,2026-01-31,1,\t\n", `Delimiter=","`, three, "", true},
		{"space around a number", "n,d,x,s\n 1,2026-01-31,1,a\n", `Delimiter=","`, three, "", false},
		{"thousands", "n,d,x,s\n1,2026-01-31,\"1,000\",a\n", `Delimiter=","`, three, "", false},
		{"exponent", "n,d,x,s\n1,2026-01-31,1e3,a\n", `Delimiter=","`, three, "", false},
		{"name of a month", "n,d,x,s\n1,31 January 2026,1,a\n", `Delimiter=","`, three, "", false},
		{"no such day", "n,d,x,s\n1,2026-02-30,1,a\n", `Delimiter=","`, three, "", false},
		{"zero with a sign", "n,d,x,s\n1,2026-01-31,-0.0,a\n", `Delimiter=","`, three, "", false},
		{"short row", "n,d,x,s\n1,2026-01-31\n", `Delimiter=","`, three, "", false},
		{"long row", "n,d,x,s\n1,2026-01-31,1,a,b\n", `Delimiter=",", Columns=4`, three, "", false},
		{"blank line", "n,d,x,s\n\n1,2026-01-31,1,a\n", `Delimiter=","`, three, "", false},
		{"mixed line ends", "n,d,x,s\r\n1,2026-01-31,1,a\n", `Delimiter=","`, three, "", false},
		{"line end in a value", "n,d,x,s\n1,2026-01-31,1,\"a\nb\"\n", `Delimiter=","`, three, "", false},
		{"quote inside", "n,d,x,s\n1,2026-01-31,1,a\"b\n", `Delimiter=","`, three, "", false},
		{"text behind a quote", "n,d,x,s\n1,2026-01-31,1,\"a\"b\n", `Delimiter=","`, three, "", false},
		{"zero byte", "n,d,x,s\n1,2026-01-31,1,a\x00b\n", `Delimiter=","`, three, "", false},
		{"invalid bytes", "n,d,x,s\n1,2026-01-31,1,\xff\n", `Delimiter=","`, three, "", false},
		{"long value", "n,d,x,s\n1,2026-01-31,1," + strings.Repeat("x", 300_000) + "\n", `Delimiter=","`, three, "", true},
		{"very long value", "n,d,x,s\n1,2026-01-31,1," + strings.Repeat("x", 3_000_000) + "\n", `Delimiter=","`, three, "", false},
		{"header alone", "n,d,x,s\n", `Delimiter=","`, three, "", false},
		{"no types", "n,d,x,s\n1,2026-01-31,2.5,a\n", `Delimiter=","`, "", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := tableOf("T", textQuery(c.options, c.types, c.cul), "n int", "d date", "x double", "s text")
			if got := sameByEngine(t, t.TempDir(), c.text, table, ""); got != c.engine {
				t.Errorf("read by the engine: %v", got)
			}
		})
	}
}

type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// sameByEngine imports a file in both ways, compares and tells whether the engine could read it.
func sameByEngine(t failer, dir, text string, table *model.Table, cul string) bool {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	byEngine := 0
	readByEngine = func() { byEngine++ }
	defer func() { readByEngine = func() {} }()
	got, want := loaded(t, dir, table, cul, false), loaded(t, dir, table, cul, true)
	if got != want {
		t.Fatalf("%q\n%s\ngot\n%.2000s\nwant\n%.2000s", text[:min(len(text), 500)], table.Partitions[0].Source, got, want)
	}
	return byEngine > 0
}

// loaded is a table after an import, or the error; rows come in the order of the file.
func loaded(t failer, dir string, table *model.Table, cul string, rowByRow bool) string {
	t.Helper()
	out, err := os.MkdirTemp(dir, "out")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(out, "x.duckdb")
	sum, err := Refresh(context.Background(), RefreshInput{Model: &model.Model{Culture: cul, Tables: []*model.Table{table}}, Root: dir, Out: file, MemoryLimit: "256MB", Threads: 2, rowByRow: rowByRow})
	if err != nil {
		return err.Error()
	}
	p := sum.Tables[0].Partitions[0]
	return fmt.Sprintf("%d rows, %d bytes, %+v\n", p.Rows, p.Bytes, sum.Statistics.Tables[0].Columns) + rowsIn(t, file, table)
}

// rowsIn are the rows of a table T in a data file, in their order.
func rowsIn(t failer, file string, table *model.Table) string {
	t.Helper()
	db, err := Open(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var types []dax.Type
	var names []string
	for _, c := range table.Columns {
		types, names = append(types, c.Type), append(names, Dialect{}.Quote(c.Name))
	}
	rows, err := db.run(context.Background(), "SELECT "+strings.Join(names, ", ")+" FROM main.T", nil, types)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	b := strings.Builder{}
	for dst := make([]dax.Value, len(types)); rows.Next(dst); {
		for _, v := range dst {
			fmt.Fprintf(&b, "%q ", show(v))
		}
		b.WriteByte('\n')
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return b.String()
}

// TestTextFileIsRowByRow: random files of text give the same table, or the same error, whether
// the engine may read them or the evaluator alone.
func TestTextFileIsRowByRow(t *testing.T) {
	dir := t.TempDir()
	byEngine := 0
	rapid.Check(t, func(t *rapid.T) {
		pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
		wild := rapid.IntRange(0, 3).Draw(t, "wild") == 0
		cul := pick("culture", "en-US", "en-GB", "de-DE", "fr-FR", "nl-NL")
		delim := pick("delimiter", ",", ";", "#(tab)", "|")
		end := pick("line end", "\n", "\r\n")
		sep := strings.ReplaceAll(delim, "#(tab)", "\t")
		point := map[bool]string{true: ".", false: ","}[strings.HasPrefix(cul, "en")]
		mType := map[string][]string{"int": {"Int64.Type", "type number", "Int32.Type", ""}, "double": {"type number", "Int64.Type", "Currency.Type", "Percentage.Type"}, "decimal": {"Currency.Type", "type number", ""},
			"date": {"type date", "type datetime", ""}, "bool": {"type logical", ""}, "text": {"type text", "", "Int64.Type"}}
		tame := map[string][]string{"int": {"1", "-2", "007", "123456789", ""}, "double": {"1", "-2" + point + "5", "0" + point + "125", "100000000000", ""}, "decimal": {"1" + point + "2345", "-7", "99999999999" + point + "1", ""},
			"date": {"2026-01-31", "1999-12-01", ""}, "bool": {"true", "FALSE", "True", ""}, "text": {"a", " b ", "", "é", "x y", "1"}}
		odd := []string{"oops", " 1", "1e3", "1.5", "1,5", "-0", "-0" + point + "0", "+1", "1_000", "0x10", "1.000", "1,234.5", "12%", "€1", "NaN", "inf", "999999999999999999999", "2147483648", "31/01/2026", "01/31/2026", "1-2-2026", "31.01.2026", "3.4.26",
			"2026-02-30", "0026-01-01", "2026-01-31T10:11:12", "2026-01-31 24:00:00", "10:00", "1 May 2026", "yes", "\"", "a\"b", "\"a\"b", "\"a" + sep + "b\"", "\"\"", "\"a\"\"b\"", "\"1\"", "\"a\nb\"", "\r", "\x00", "\xff", "\ufeff", " ", "\u00a0", "NULL", "\\N", "#x", "'a'", "a\\"}
		kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"int", "double", "decimal", "date", "bool", "text"}), 2, 4).Draw(t, "columns")
		var b strings.Builder
		b.WriteString(pick("mark", "", "", "", "\ufeff"))
		table := &model.Table{Name: "T"}
		var types, head []string
		var columns []string
		for i, k := range kinds {
			name := fmt.Sprint("c", i)
			columns, head = append(columns, name+" "+k), append(head, name)
			if typ := pick("type", mType[k]...); typ != "" {
				types = append(types, `{"`+name+`", `+typ+`}`)
			}
		}
		b.WriteString(strings.Join(head, sep) + end)
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			var cells []string
			for _, k := range kinds {
				cell := pick("cell", tame[k]...)
				if wild && rapid.IntRange(0, 3).Draw(t, "odd") == 0 {
					cell = pick("odd cell", odd...)
				}
				cells = append(cells, cell)
			}
			if wild && rapid.IntRange(0, 9).Draw(t, "ragged") == 0 {
				cells = cells[:len(cells)-1]
			}
			b.WriteString(strings.Join(cells, sep))
			if !wild || rapid.IntRange(0, 9).Draw(t, "end") > 0 {
				b.WriteString(end)
			} else {
				b.WriteString(pick("other end", "\n", "\r\n", "\r", "", end+end))
			}
		}
		*table = *tableOf("T", textQuery(`Delimiter="`+delim+`", Encoding=`+pick("encoding", "65001", "1252")+pick("quotes", "", ", QuoteStyle=QuoteStyle.Csv", ", QuoteStyle=QuoteStyle.None"), strings.Join(types, ", "), `, "`+cul+`"`), columns...)
		if sameByEngine(t, dir, b.String(), table, cul) {
			byEngine++
		}
	})
	if byEngine == 0 && !testing.Short() {
		t.Error("the engine read no file")
	}
}

// TestTextFileInOrder: rows that the engine reads are sorted by what security chooses them by.
func TestTextFileInOrder(t *testing.T) {
	root := project(t, map[string]string{"a.csv": "n,s\n1,c\n2,A\n3,b\n"})
	table := tableOf("T", textQuery(`Delimiter=","`, `{"n", Int64.Type}`, ""), "n int", "s text")
	byEngine := false
	readByEngine = func() { byEngine = true }
	defer func() { readByEngine = func() {} }()
	db, sum, err := refreshed(t, root, &model.Model{Tables: []*model.Table{table},
		Roles: []model.Role{{Name: "r", Permissions: []model.Permission{{Table: "T", Filter: `[s] = "b"`}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(t, db, "SELECT n, s FROM main.T", dax.Int64, dax.String); got != "2 A\n3 b\n1 c" || !byEngine {
		t.Errorf("got %s, by the engine %v", got, byEngine)
	}
	if p := sum.Tables[0].Partitions[0]; p.Rows != 3 || p.Bytes != 16 {
		t.Errorf("%+v", p)
	}
}

// TestAllowedFileAlone: an instance that may read one file reads no other.
func TestAllowedFileAlone(t *testing.T) {
	root := project(t, map[string]string{"a.csv": "1\n", "b.csv": "2\n"})
	a, b := filepath.Join(root, "a.csv"), filepath.Join(root, "b.csv")
	inst, err := scratch([]string{a}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = inst.Close() }()
	conn, err := inst.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if got, err := one(context.Background(), conn, "SELECT count(*) FROM read_csv('"+a+"', header = false)"); err != nil || got != int64(1) {
		t.Errorf("the file: %v, %v", got, err)
	}
	for _, sql := range []string{"SELECT * FROM read_csv('" + b + "')", "SELECT * FROM '" + root + "/*.csv'", "SET allowed_paths = ['" + b + "']", "COPY (SELECT 1) TO '" + b + "'"} {
		if _, err := one(context.Background(), conn, sql); err == nil {
			t.Errorf("%s: it ran", sql)
		}
	}
}

// TestTextFileIsOverwritten: a file that is written to while its rows are read is an error that says so, not a table of two halves.
func TestTextFileIsOverwritten(t *testing.T) {
	for name, write := range map[string]func(path string) error{
		"longer":               func(path string) error { return os.WriteFile(path, []byte("n,s\n1,a\n2,b\n3,c\n"), 0o600) },
		"shorter":              func(path string) error { return os.WriteFile(path, []byte("n,s\n1,a\n"), 0o600) },
		"not regular any more": func(path string) error { return os.WriteFile(path, []byte("n,s\n1,a\nx,\"b\n"), 0o600) },
		"of the same length": func(path string) error {
			return errors.Join(os.WriteFile(path, []byte("n,s\n7,a\n8,b\n"), 0o600), os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)))
		},
	} {
		root := project(t, map[string]string{"a.csv": "n,s\n1,a\n2,b\n"})
		textRead = func() {
			if err := write(filepath.Join(root, "a.csv")); err != nil {
				t.Error(err)
			}
		}
		defer func() { textRead = func() {} }()
		m := &model.Model{Tables: []*model.Table{tableOf("T", textQuery(`Delimiter=","`, `{"n", Int64.Type}`, ""), "n int", "s text")}}
		_, _, err := refreshed(t, root, m)
		if inlay.KindOf(err) != inlay.Conflict || !strings.Contains(err.Error(), `file "a.csv" was written to while it was read`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReadByMany: rows of a file that several read come in its order, and what is not regular is
// found wherever it lies.
func TestReadByMany(t *testing.T) {
	var lines []string
	for i := range 80_000 {
		lines = append(lines, fmt.Sprintf("%d,Lamp %d,2026-01-%02d,%d.5", i, i%7, i%28+1, i))
	}
	odd := map[string]bool{"": true, "1,a,31/01/2026,2.5": true, "1,\"a\nb\",2026-01-01,2.5": false, "1,\"a,b\",2026-01-01,2.5": true, "1,a,2026-01-01": false, "1,\xff,2026-01-01,2.5": false, "x,a,2026-01-01,2.5": false, "1,ä,,": true, "1,a\r,2026-01-01,2.5": false}
	types := []dax.Type{dax.Int64, dax.String, dax.DateTime, dax.Decimal}
	for _, skip := range []int{0, 1, 50_000} {
		for line, regularly := range odd {
			for _, at := range []int{0, 40_000, len(lines) - 1} {
				kept := lines[at]
				if line != "" {
					lines[at] = line
				}
				text := strings.Join(lines, "\n")
				lines[at] = kept
				if at < skip && line == "x,a,2026-01-01,2.5" {
					continue // what is skipped has no form
				}
				g := &regular{delimiter: ',', skip: int64(skip), forms: []form{{kind: wholeNumber, digits: 18, used: true}, {used: true, to: 1},
					{kind: calendar, between: '/', order: culture.DMY, used: true, to: 2}, {kind: fraction, digits: 14, places: 4, point: '.', used: true, to: 3}}}
				rows, err := sent(t, g, text, types)
				if (err == nil) != regularly {
					t.Fatalf("%q in line %d, %d skipped: %v", line, at+1, skip, err)
				}
				if err == nil && len(rows) != len(lines)-skip {
					t.Fatalf("%q in line %d, %d skipped: %d rows", line, at+1, skip, len(rows))
				}
				for i, n := range rows {
					if want := int64(i + skip); n != want && (i+skip != at || line == "" || n != 1) {
						t.Fatalf("%q in line %d, %d skipped: row %d has %d", line, at+1, skip, i, n)
					}
				}
			}
		}
	}
}

// sent are the first values of the rows of a text, as a feed gets them.
func sent(t *testing.T, g *regular, text string, types []dax.Type) ([]int64, error) {
	t.Helper()
	f, err := newFeed(t.Context(), types, nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		err := g.send(t.Context(), strings.NewReader(text), f)
		close(f.full)
		done <- err
	}()
	var rows []int64
	for b := range f.full {
		rows = append(rows, b.cols[0].Whole[:b.n]...)
		f.room.Release(b.held)
		f.empty <- b
	}
	return rows, <-done
}

// TestReadingEnds: reading ends when nobody wants the rows any more.
func TestReadingEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f, err := newFeed(ctx, []dax.Type{dax.Int64, dax.Int64}, nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &regular{delimiter: ',', forms: []form{{kind: wholeNumber, digits: 18, used: true}, {kind: wholeNumber, digits: 18, used: true, to: 1}}}
	done := make(chan error, 1)
	go func() { done <- g.send(ctx, unending{}, f) }()
	<-f.full
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// unending is a file of text without an end.
type unending struct{}

func (unending) Read(to []byte) (int, error) {
	n := len(to) / 4 * 4
	for i := range n {
		to[i] = "1,2\n"[i%4]
	}
	if n == 0 {
		n = copy(to, "1,2\n")
	}
	return n, nil
}

// TestFormsOfNumbers: a number in columns is the one that is written.
func TestFormsOfNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`-?[0-9]{1,19}(\.[0-9]{1,21})?`).Draw(t, "number")
		if rapid.Bool().Draw(t, "short") {
			s = rapid.StringMatching(`-?[0-9]{1,5}(\.[0-9]{1,4})?`).Draw(t, "number")
		}
		whole, behind, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
		exact, _ := new(big.Rat).SetString(s)
		sign := strings.HasPrefix(s, "-") && exact.Sign() == 0
		for _, c := range []struct {
			typ            dax.Type
			digits, places int
		}{{dax.Int64, 18, 0}, {dax.Int64, 4, 0}, {dax.String, 18, 0}, {dax.Double, 18, 20}, {dax.Double, 11, 4}, {dax.Decimal, 14, 4}} {
			v := powerquery.NewVector(c.typ, 1)
			f := form{kind: fraction, digits: c.digits, places: c.places, point: '.'}
			ok := f.putNumber(&v, 0, []byte(s))
			if want := len(whole) <= c.digits && len(behind) <= c.places && !sign; ok != want {
				t.Fatalf("%s in %+v: %t", s, c, ok)
			}
			if !ok {
				continue
			}
			got := new(big.Rat)
			switch c.typ {
			case dax.Double:
				if want, err := strconv.ParseFloat(s, 64); err != nil || v.Number[0] != want {
					t.Fatalf("%s is %v, not %v", s, v.Number[0], want)
				}
				continue
			case dax.String:
				got.SetString(string(v.Text))
			case dax.Decimal:
				got.SetFrac64(v.Whole[0], 10_000)
			default:
				got.SetInt64(v.Whole[0])
			}
			if got.Cmp(exact) != 0 {
				t.Fatalf("%s in %+v is %s", s, c, got)
			}
		}
	})
}

// TestFormsOfDays: every day of some centuries is what the calendar says, in both orders, and no other is one.
func TestFormsOfDays(t *testing.T) {
	dmy, mdy := form{between: '/', order: culture.DMY}, form{between: '/', order: culture.MDY}
	for y := 1899; y <= 2201; y++ {
		for m := range 14 {
			for d := range 33 {
				day := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
				want := y >= 1900 && int(day.Month()) == m && day.Day() == d
				for text, f := range map[string]form{fmt.Sprintf("%04d-%02d-%02d", y, m, d): dmy, fmt.Sprintf("%d/%02d/%d", d, m, y): dmy, fmt.Sprintf("%02d/%d/%04d", m, d, y): mdy} {
					got, ok := f.micros([]byte(text))
					if ok != want || ok && got != day.UnixMicro() {
						t.Fatalf("%s is %d, %t", text, got, ok)
					}
				}
			}
		}
	}
}
