package check

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inlay/model/lint"
)

// TestRulesAreWhole holds that every rule can be read by whom it concerns.
func TestRulesAreWhole(t *testing.T) {
	seen := map[string]bool{}
	page, err := os.ReadFile("../docs/howto/check.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range Rules() {
		if seen[r.ID] || r.Short == "" || !strings.HasSuffix(r.Help, ".") {
			t.Errorf("rule %+v", r)
		}
		seen[r.ID] = true
		if !strings.Contains(string(page), "| `"+r.ID+"` |") {
			t.Errorf("docs/howto/check.md does not explain %s", r.ID)
		}
	}
	if len(seen) < 15 {
		t.Errorf("%d rules", len(seen))
	}
}

// run checks a project with nothing configured.
func run(t *testing.T, folder string) *Result {
	t.Helper()
	r, err := Run(t.Context(), Input{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// write makes a project in the working folder of the test.
func write(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var small = map[string]string{"proj/A b.SemanticModel/definition/m.tmdl": "table T\n\tcolumn C\n\t\tdataType: string\n\t\tsourceColumn: C\n\tnewThing\nrole R\n\tmodelPermission: read\n"}

// TestPlacesFromHere holds that places are named as the working folder sees them, so that code
// scanning and an editor find the file.
func TestPlacesFromHere(t *testing.T) {
	write(t, small)
	for _, given := range []string{"proj", "./proj/", "proj/A b.SemanticModel/.."} {
		r := run(t, given)
		if r.Status() != 1 || len(r.Findings) != 2 {
			t.Fatalf("%s: %+v", given, r.Findings)
		}
		for _, f := range r.Findings {
			if _, err := os.Stat(f.Place.File); err != nil {
				t.Errorf("%s: %v", given, err)
			}
		}
	}
}

// TestSARIF holds what SARIF 2.1.0 asks of a log: versions, rules by index, places as URIs.
func TestSARIF(t *testing.T) {
	write(t, small)
	var b bytes.Buffer
	if err := run(t, "proj").SARIF(&b, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name, Version string
					Rules         []struct{ ID string }
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || !strings.Contains(log.Schema, "sarif-2.1.0") || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name != "inlay" {
		t.Fatalf("%s", b.String())
	}
	run := log.Runs[0]
	if len(run.Results) != 2 {
		t.Fatalf("%d results", len(run.Results))
	}
	for _, x := range run.Results {
		at := x.Locations[0].PhysicalLocation
		if run.Tool.Driver.Rules[x.RuleIndex].ID != x.RuleID || x.Message.Text == "" || at.Region.StartLine < 1 || at.ArtifactLocation.URI != "proj/A%20b.SemanticModel/definition/m.tmdl" {
			t.Errorf("%+v", x)
		}
		if x.Level != "note" && x.Level != "warning" {
			t.Errorf("level %s", x.Level)
		}
	}
}

// TestText keeps what a project says from steering the terminal.
func TestText(t *testing.T) {
	r := &Result{Name: "a\x1b[31m", Findings: []lint.Finding{{Rule: "always-true", Level: lint.Warning, Message: "x\u202ey " + strings.Repeat("word ", 60)}}}
	var b bytes.Buffer
	if err := r.Text(&b); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\u202e") {
		t.Errorf("%q", b.String())
	}
	for line := range strings.Lines(b.String()) {
		if len([]rune(line)) > width+1 {
			t.Errorf("a line of %d", len(line))
		}
	}
}

// TestCaret holds that a line is shown with a caret below the word at fault, cut where it is long.
func TestCaret(t *testing.T) {
	long := strings.Repeat("x ", 100) + "HERE" + strings.Repeat(" y", 100)
	for _, c := range []struct {
		line   string
		column int
		want   string
	}{
		{"\tmeasure A = SUM(1)", 14, "  | measure A = SUM(1)\n  |             ^\n"},
		{"ab", 3, "  | ab\n  |   ^\n"}, {"ab", 4, ""}, {"", 1, ""}, {"a\x1b[1mb", 6, "  | a\ufffd[1mb\n  |      ^\n"},
	} {
		var b strings.Builder
		if caret(&b, c.line, c.column, "  "); b.String() != c.want {
			t.Errorf("%q at %d:\n%swant\n%s", c.line, c.column, b.String(), c.want)
		}
	}
	var b strings.Builder
	caret(&b, long, 201, "  ")
	text, below, _ := strings.Cut(b.String(), "\n")
	if at := strings.Index(below, "^"); len([]rune(text)) > width || !strings.HasPrefix(text[at:], "HERE") {
		t.Errorf("%s", b.String())
	}
}

// TestSamples reads every project beside the repository: all load, and no model has an error.
func TestSamples(t *testing.T) {
	root := filepath.Join("..", "..", "shared", "samples")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("%s is absent", root)
	}
	projects := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".pbip" {
			return err
		}
		projects++
		r := run(t, name)
		if r.Status() == 2 || r.Model == nil || len(r.Reports) != 1 && !strings.Contains(name, "Model01") /* whose report has no definition */ {
			t.Errorf("%s: %+v", name, r.Findings)
		}
		if n := r.Count(lint.Error); n > 0 {
			t.Errorf("%s: %d errors", name, n)
		}
		return nil
	})
	if err != nil || projects < 4 {
		t.Errorf("%d projects, %v", projects, err)
	}
}
