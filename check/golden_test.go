package check

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"inlay/model/powerquery/database"
	"inlay/model/powerquery/web"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden checks small projects, one feature each: what is found, at which place, and the status.
// The first line of an archive says what the project shows; lines "map FROM=TO", "database NAME=URL"
// and "host NAME" configure the check.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no projects: %v", err)
	}
	found := map[string]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			abs, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" }); i >= 0 {
				want = string(a.Files[i].Data)
				a.Files = slices.Delete(a.Files, i, i+1)
			}
			files := map[string]string{}
			for _, f := range a.Files {
				files[f.Name] = string(f.Data)
			}
			write(t, files)
			got := findings(t, string(a.Comment), found)
			if *update {
				a.Files = append(a.Files, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(abs, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, r := range Rules() {
		if !found[r.ID] {
			t.Errorf("no project has a finding of rule %s", r.ID)
		}
	}
}

// findings checks the project in the working folder.
func findings(t *testing.T, comment string, found map[string]bool) string {
	t.Helper()
	in := Input{Folder: "."}
	var hosts []string
	var list []database.Entry
	for line := range strings.Lines(comment) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		from, to, _ := strings.Cut(rest, "=")
		switch word {
		case "map":
			in.Maps = append(in.Maps, Map{From: from, To: to})
		case "database":
			list = append(list, database.Entry{Name: from, URL: to})
		case "host":
			hosts = append(hosts, rest)
		}
	}
	set, err := database.New(list)
	if err != nil {
		t.Fatal(err)
	}
	in.Databases, in.Web = set, web.New(hosts)
	r, err := Run(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range r.Findings {
		found[f.Rule] = true
		fmt.Fprintf(&b, "%s %s %s\n  %s\n", f.Level, f.Rule, at(f.Place), f.Message)
		file, err := os.ReadFile(f.Place.File)
		if err != nil {
			continue
		}
		if lines := strings.Split(string(file), "\n"); f.Place.Column > 0 { // the line from the place on
			b.WriteString("  | " + string([]rune(lines[f.Place.Line-1])[f.Place.Column-1:]) + "\n")
		}
	}
	fmt.Fprintf(&b, "status %d\n", r.Status())
	return b.String()
}
