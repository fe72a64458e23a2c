package tmdl

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// corpus is every file of the golden models, and of the public ones where they are at hand.
func corpus(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if strings.HasSuffix(f.Name, ".tmdl") {
				out[name+"/"+f.Name] = string(f.Data)
			}
		}
	}
	root := filepath.Join("..", "..", "..", "shared", "samples")
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".tmdl" {
			return nil //nolint:nilerr // the public models may be absent
		}
		src, err := os.ReadFile(name)
		out[name] = string(src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// each calls f for every node below some nodes.
func each(nodes []*Node, f func(*Node)) {
	for _, n := range nodes {
		f(n)
		each(n.Children, f)
	}
}

// TestChangeOneValue changes each value and each expression of the corpus, one at a time. With
// the same text the file is the same; with another one, that node alone is another.
func TestChangeOneValue(t *testing.T) {
	changed, refused := 0, 0
	for name, src := range corpus(t) {
		for _, src := range []string{src, strings.ReplaceAll(strings.ReplaceAll(src, "\r\n", "\n"), "\n", "\r\n")} {
			d, err := Parse(name, []byte(src))
			if err != nil {
				continue // a golden file of errors
			}
			seen := 0
			each(d.Nodes, func(n *Node) {
				if seen++; seen > 120 {
					return // of a file; the largest has thousands alike
				}
				switch {
				case n.Form == Property && !n.HasExpr:
					same(t, d, n, n.Value)
					onlyLine(t, d, n, "changed to this")
				case n.HasExpr && n.Expr != "":
					same(t, d, n, n.Expr)
					onlyLine(t, d, n, strings.Replace(n.Expr, strings.Split(n.Expr, "\n")[0], "1 + 1", 1))
				default:
					refused++
					return
				}
				changed++
			})
		}
	}
	if changed < 500 || refused == 0 {
		t.Errorf("%d nodes were changed, %d could not be", changed, refused)
	}
}

func same(t *testing.T, d *Document, n *Node, text string) {
	t.Helper()
	x, err := d.With(n, text)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	if x.String() != d.String() {
		t.Errorf("%s:%d: with the same text the file is another:\n%s", d.File, n.Line, x)
	}
}

// onlyLine changes a node to a text that differs in one line, and compares the files.
func onlyLine(t *testing.T, d *Document, n *Node, text string) {
	t.Helper()
	x, err := d.With(n, text)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	if len(x.lines) != len(d.lines) {
		t.Errorf("%s:%d: %d lines became %d", d.File, n.Line, len(d.lines), len(x.lines))
		return
	}
	differ := 0
	for i := range d.lines {
		if d.lines[i] != x.lines[i] {
			differ++
		}
	}
	if differ != 1 {
		t.Errorf("%s:%d: %d lines differ", d.File, n.Line, differ)
	}
}

// TestWith changes values to what is hard to write, and refuses what a place cannot hold.
func TestWith(t *testing.T) {
	const src = "table 'A:b=c'\n\tmeasure 'x=y' = 1\n\t\tformatString: 0\n\t\tisHidden\n\tmeasure Long =\n\t\t\tVAR a = 1\n\t\t\t\n\t\t\tRETURN a\n\t\tdisplayFolder: \"a \"\n\tmeasure Fenced = ```\n\t\t\t1\n\t\t\t```\n"
	d, err := Parse("t.tmdl", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	table := d.Nodes[0]
	x, long, fenced := table.Children[0], table.Children[1], table.Children[2]
	for _, c := range []struct {
		n              *Node
		text, old, new string
	}{
		{x, "2 = 3", "'x=y' = 1", "'x=y' = 2 = 3"},
		{x.Children[0], ` "£" 0`, "formatString: 0", `formatString: " ""£"" 0"`},
		{x.Children[0], `"a" 0 "b"`, "formatString: 0", `formatString: "a" 0 "b"`},
		{x.Children[0], `"0"`, "formatString: 0", `formatString: """0"""`},
		{x.Children[1], "false", "isHidden", "isHidden: false"},
		{long, "VAR a = 1\n\nRETURN a + 1", "RETURN a", "RETURN a + 1"},
		{long, "1", "\t\t\tVAR a = 1\n\t\t\t\n\t\t\tRETURN a\n", "\t\t\t1\n"},
		{long.Children[0], "b", `"a "`, "b"},
		{fenced, "1 +\n  2", "\t\t\t1\n\t\t\t```", "\t\t\t1 +\n\t\t\t  2\n\t\t\t```"},
	} {
		got, err := d.With(c.n, c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if want := strings.Replace(src, c.old, c.new, 1); got.String() != want {
			t.Errorf("%q gives\n%s\nwant\n%s", c.text, got, want)
		}
	}
	other, _ := Parse("t.tmdl", []byte(src))
	for _, c := range []struct {
		n    *Node
		text string
	}{{x, "1\n2"}, {x.Children[0], "a\nb: c"}, {table, "x"}, {other.Nodes[0].Children[0], "1"}, {fenced, "1\n```\n2"}, {x, "```"}} {
		if got, err := d.With(c.n, c.text); err == nil {
			t.Errorf("%q was written:\n%s", c.text, got)
		}
	}
}
