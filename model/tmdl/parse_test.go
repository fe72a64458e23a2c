package tmdl

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"inlay"
)

// TestLineEnds reads a file of Windows with a byte order mark; the text comes back as it was.
func TestLineEnds(t *testing.T) {
	src := "\ufefftable T\r\n\r\n\tmeasure X =\r\n\t\t\t1 +\r\n\t\t\t2\r\n\t\tisHidden\r\n"
	d, err := Parse("t.tmdl", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if d.String() != src || d.Nodes[0].Raw() != src {
		t.Errorf("%q", d.String())
	}
	x := d.Nodes[0].Child("measure")
	if x.Expr != "1 +\n2" || x.Text.Line != 4 || x.Child("ishidden") == nil {
		t.Errorf("%+v", x)
	}
}

// TestPlaces checks that the tree knows where things stand.
func TestPlaces(t *testing.T) {
	d, err := Parse("t.tmdl", []byte("/// d\ntable T\n\n\tcolumn C\n\t\tdataType: string\n\n\tcolumn D\n"))
	if err != nil {
		t.Fatal(err)
	}
	table := d.Nodes[0]
	c := table.Children[0]
	if table.Line != 2 || c.Line != 4 || c.Column != 2 || c.Children[0].Line != 5 {
		t.Errorf("table %d, column %d:%d", table.Line, c.Line, c.Column)
	}
	if c.Raw() != "\tcolumn C\n\t\tdataType: string\n\n" {
		t.Errorf("raw %q", c.Raw())
	}
}

// TestErrors checks that every error names its file, its line and a caret, and may be shown.
func TestErrors(t *testing.T) {
	arc, err := txtar.ParseFile("testdata/error-syntax.txtar")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, f := range arc.Files {
		if f.Name == want || strings.Contains(f.Name, "script") {
			continue
		}
		tried++
		_, err := Read(fstest.MapFS{f.Name: {Data: f.Data}})
		var at *Error
		if !errors.As(err, &at) {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		if at.File != f.Name || at.Line < 1 || at.Column < 1 || !strings.HasSuffix(at.Error(), "^") || inlay.KindOf(err) != inlay.Invalid {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if tried == 0 {
		t.Fatal("nothing was tried")
	}
	if _, err := Read(fstest.MapFS{"x.tmdl": {Data: []byte("table \xff\n")}}); err == nil || !strings.Contains(err.Error(), "x.tmdl:1:1") {
		t.Errorf("not UTF-8: %v", err)
	}
	if _, err := Read(fstest.MapFS{"x.txt": {}}); inlay.KindOf(err) != inlay.Invalid {
		t.Errorf("no files: %v", err)
	}
	deep := ""
	for i := range 200 {
		deep += strings.Repeat("\t", i) + "a b\n"
	}
	if _, err := Parse("deep.tmdl", []byte(deep)); err == nil || !strings.Contains(err.Error(), "nested deeper") {
		t.Errorf("deep: %v", err)
	}
}

// TestManyErrors bounds what is reported.
func TestManyErrors(t *testing.T) {
	_, err := Read(fstest.MapFS{"x.tmdl": {Data: []byte("table T\n" + strings.Repeat("\tcolumn C\n", 50))}})
	if err == nil || strings.Count(err.Error(), "defined twice") != maxErrors || !strings.Contains(err.Error(), "and 29 errors more") {
		t.Errorf("%v", err)
	}
}

// TestManyColumns bounds a model as the service does.
func TestManyColumns(t *testing.T) {
	var b strings.Builder
	b.WriteString("table T\n")
	for i := range maxColumns + 2 {
		fmt.Fprintf(&b, "\tcolumn C%d\n", i)
	}
	_, err := Read(fstest.MapFS{"x.tmdl": {Data: []byte(b.String())}})
	if err == nil || strings.Count(err.Error(), "x.tmdl") != 1 || !strings.Contains(err.Error(), "more than 16000 columns") {
		t.Errorf("%v", err)
	}
}

// FuzzParse checks that no text breaks the reader and that none of it is lost.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		arc, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range arc.Files {
			f.Add(part.Data)
		}
	}
	f.Add([]byte("table T\r\n\tmeasure 'a''b' = ```\r\n\t\tx\r\n\t\t```"))
	f.Add([]byte("expression E = 1 meta [a={1,[b=2]}, IsParameterQuery=true]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := Parse("f.tmdl", src)
		if err != nil {
			var at *Error
			if !errors.As(err, &at) || at.Line < 1 || at.Column < 1 {
				t.Fatalf("%v", err)
			}
			return
		}
		raw := ""
		for _, n := range d.Nodes {
			raw += n.Raw()
		}
		if d.String() != string(src) || len(d.Nodes) > 0 && raw != string(src) {
			t.Fatalf("the tree of %q gives %q back", src, raw)
		}
		if m, err := Read(fstest.MapFS{"f.tmdl": {Data: src}}); (m == nil) == (err == nil) {
			t.Fatalf("%v, %v", m, err)
		}
	})
}

// TestLinks refuses a definition that holds a link.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "x.tmdl")); err != nil {
		t.Fatal(err) // a confinement that is not tried is not proved
	}
	if _, err := Read(os.DirFS(dir)); err == nil || !strings.Contains(err.Error(), "x.tmdl") {
		t.Errorf("%v", err)
	}
}
