package lint

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"inlay/dax"
	"inlay/model/tmdl"
)

var update = flag.Bool("update", false, "write the golden files")

const want = "want"

// TestGolden checks small models: the files of an archive, what each role does, and what is
// found.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	found := map[string]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == want })
			expected := ""
			if i >= 0 {
				expected = string(a.Files[i].Data)
				a.Files = slices.Delete(a.Files, i, i+1)
			}
			got := outcome(t, a, found)
			if *update {
				a.Files = append(a.Files, txtar.File{Name: want, Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, r := range Rules {
		if !found[r.ID] {
			t.Errorf("no golden file has a finding of rule %s", r.ID)
		}
	}
}

func outcome(t *testing.T, a *txtar.Archive, found map[string]bool) string {
	t.Helper()
	fsys, err := txtar.FS(a)
	if err != nil {
		t.Fatal(err)
	}
	m, err := tmdl.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range Roles(m) {
		fmt.Fprintf(&b, "role %s reaches %q open %q hidden %q\n", r.Name, r.Reaches, r.Open, r.Hidden)
		for _, f := range r.Filters {
			fmt.Fprintf(&b, "  %s: %s\n", f.Table, short(f.DAX))
		}
	}
	for _, f := range Check(m) {
		found[f.Rule] = true
		fmt.Fprintf(&b, "%s %s %s:%d: %s\n", f.Level, f.Rule, f.Place.File, f.Place.Line, f.Message)
	}
	return b.String()
}

// TestAlways decides conditions that no data can change.
func TestAlways(t *testing.T) {
	for src, want := range map[string]answer{
		"TRUE()": yes, "FALSE()": no, "TRUE": yes, "1 = 1": yes, "1 = 2": no, `"a" = "A"`: yes, "NOT FALSE()": yes, "NOT(TRUE())": no,
		"[A] = [A]": yes, "[A] <> [A]": no, "T[A] >= t[a]": maybe, "[A] = 1": maybe, "[A] = 1 || TRUE()": yes, "[A] = 1 && FALSE()": no,
		`[A] = "x" && [A] = "y"`: no, `[A] = "x" && [B] = "y"`: maybe, `[A] = "x" && [a] = "X"`: maybe, "OR([A] = 1, 1 = 1)": yes, "AND([A] = 1, 1 = 2)": no,
		"AND(AND([A] = 1, [B] = 2), [A] = 3)": maybe, "[A] = 1 && [B] = 2 && [A] = 3": no, "USERNAME() = USERNAME()": yes, "TODAY() > 5": maybe,
		"ISBLANK([A])": maybe, "BLANK() = 0": yes, "1 / 0 = 1": no, "IF([A] = 1, TRUE(), FALSE())": maybe, "1 IN {1, 2}": yes, "VAR x = 1 RETURN x = 1": maybe,
		"RAND() < 2": maybe, "[Total] = [Total]": yes,
	} {
		x, err := dax.Parse(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		if got := always(x); got != want {
			t.Errorf("%s: %d, want %d", src, got, want)
		}
	}
}

// TestSamples checks public projects beside the repository.
func TestSamples(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "samples")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("%s is absent", root)
	}
	models := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || d.Name() != "definition" || !strings.HasSuffix(filepath.Dir(name), ".SemanticModel") {
			return err
		}
		m, err := tmdl.Read(os.DirFS(name))
		if err != nil {
			return err
		}
		models++
		for _, f := range Check(m) {
			t.Logf("%s: %s %s:%d: %s", filepath.Base(filepath.Dir(name)), f.Rule, f.Place.File, f.Place.Line, f.Message)
			if f.Level == Error {
				t.Errorf("an error in a public model that is known to work: %s", f.Message)
			}
		}
		for _, r := range Roles(m) {
			t.Logf("role %+v", r)
		}
		return nil
	})
	if err != nil || models < 4 {
		t.Errorf("%d models, %v", models, err)
	}
}
