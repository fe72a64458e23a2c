package powerquery

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"inlay/model"
)

var update = flag.Bool("update", false, "write the golden files")

// dump prints a table: its columns, then its rows; an error in a cell in brackets.
func dump(t *testing.T, cfg Config, m string) (plan, rows string, err error) {
	t.Helper()
	p, err := Query(context.Background(), cfg, "T", model.Partition{Name: "p", Source: m})
	if err != nil {
		return "", "", err
	}
	var b strings.Builder
	for i, c := range p.Columns() {
		if i > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(c.Name + ":" + c.Type.Name)
	}
	b.WriteByte('\n')
	r, err := p.Rows(context.Background())
	if err != nil {
		return "", "", err
	}
	defer r.Close()
	for r.Next() {
		for i, v := range r.Row() {
			if i > 0 {
				b.WriteString(" | ")
			}
			s, ok := toText(v, p.ev.culture)
			switch {
			case v.Err() != nil:
				s = "[" + v.Err().Error() + "]"
			case v.kind == Null:
				s = "null"
			case !ok:
				s = v.kind.String()
			}
			b.WriteString(s)
		}
		b.WriteByte('\n')
	}
	return p.String(), b.String(), r.Err()
}

// TestTables runs testdata/tables/*.txt: files of a project, a query, its plan and its rows.
func TestTables(t *testing.T) {
	files, err := filepath.Glob("testdata/tables/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in testdata/tables: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			root := t.TempDir()
			query := ""
			var kept []txtar.File
			want := map[string]string{}
			for _, f := range a.Files {
				switch f.Name {
				case "query":
					query = string(f.Data)
				case "plan", "rows":
					want[f.Name] = string(f.Data)
					continue
				default:
					writeFile(t, filepath.Join(root, filepath.FromSlash(f.Name)), f.Data)
				}
				kept = append(kept, f)
			}
			cfg := testConfig()
			if cfg.Files, err = OpenFiles(root, nil); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cfg.Files.Close() }()
			plan, rows, err := dump(t, cfg, query)
			if err != nil {
				rows += "error: " + err.Error() + "\n"
			}
			if *update {
				a.Files = append(kept, txtar.File{Name: "plan", Data: []byte(plan)}, txtar.File{Name: "rows", Data: []byte(rows)})
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, map[string]string{"plan": plan, "rows": rows}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func writeFile(t *testing.T, p string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// enterData writes rows as Power BI's "Enter data" does.
func enterData(json string) string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	_, _ = w.Write([]byte(json))
	_ = w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func TestEnterData(t *testing.T) {
	m := `let
		Source = Table.FromRows(Json.Document(Binary.Decompress(Binary.FromText("` + enterData(`[["1","North"],["2",null]]`) + `", BinaryEncoding.Base64), Compression.Deflate)),
			let _t = ((type nullable text) meta [Serialized.Text = true]) in type table [Key = _t, #"Region Name" = _t]),
		Typed = Table.TransformColumnTypes(Source, {{"Key", Int64.Type}})
	in Typed`
	_, rows, err := dump(t, testConfig(), m)
	if want := "Key:Int64.Type | Region Name:text\n1 | North\n2 | null\n"; err != nil || rows != want {
		t.Errorf("got %q, %v", rows, err)
	}
}

// TestBombs: a small text must not become a large memory.
func TestBombs(t *testing.T) {
	zeros := enterData("[" + strings.Repeat(" ", 80<<20) + "]")
	deep := enterData(strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000))
	many := enterData("[" + strings.Repeat("[],", 6_000_000) + "[]]")
	for name, c := range map[string]struct{ m, want string }{
		"deflate":  {`Table.FromRows(Json.Document(Binary.Decompress(Binary.FromText("` + zeros + `"), Compression.Deflate)), {"a"})`, "larger than 64 MB when decompressed"},
		"deep":     {`Json.Document(Binary.Decompress(Binary.FromText("` + deep + `"), Compression.Deflate))`, "nested too deeply"},
		"many":     {`Json.Document(Binary.Decompress(Binary.FromText("` + many + `"), Compression.Deflate))`, "more than 5 million values"},
		"dates":    {`Table.FromList(List.Dates(#date(2026,1,1), 2000000000, #duration(1,0,0,0)), Splitter.SplitByNothing())`, "at most a million items"},
		"columns":  {`#table(99999999, {})`, "is not a number of columns"},
		"lists":    {`let a = {1..999999}, b = a & a in #table({"a"}, b)`, "beyond a million items"},
		"nested":   {`#table({"a"}, ` + strings.Repeat("{", 3000) + strings.Repeat("}", 3000) + `)`, "nested more than"},
		"source":   {strings.Repeat(" ", 33<<20), "longer than 32 MB"},
		"exponent": {`Currency.From("1e999999999")`, "does not convert"},
		"padding":  {`Text.PadStart("a", 999999999999)`, "beyond 16 MB"},
		"replace":  {`Text.Replace(Text.PadStart("a", 16000000), " ", Text.PadStart("b", 1000000))`, "beyond 16 MB"},
	} {
		if _, _, err := dump(t, testConfig(), c.m); err == nil || !strings.Contains(err.Error(), c.want) {
			msg := fmt.Sprint(err)
			t.Errorf("%s: got %.300s, want %q", name, msg, c.want)
		}
	}
}

func TestErrorNamesTheRow(t *testing.T) {
	_, rows, err := dump(t, testConfig(), `Table.TransformColumnTypes(#table({"n"}, {{"1"}, {"x"}}), {{"n", type number}})`)
	if want := "n:number\n1\n[row 2, column \"n\": the text \"x\" does not convert to number]\n"; err != nil || rows != want {
		t.Errorf("got %q, %v", rows, err)
	}
}

func TestSecondReadingStartsAfresh(t *testing.T) {
	p, err := Query(context.Background(), testConfig(), "T", model.Partition{Name: "p", Source: `Table.FirstN(Table.Distinct(Table.PromoteHeaders(#table(1, {{"n"}, {1}, {1}, {2}}))), 5)`})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r, err := p.Rows(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for r.Next() {
			n++
		}
		r.Close()
		if n != 2 || r.Err() != nil {
			t.Errorf("%d rows, %v", n, r.Err())
		}
	}
}
