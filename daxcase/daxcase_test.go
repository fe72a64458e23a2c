package daxcase

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder is ../shared/dax beside the repository; tests that need it are skipped where it is
// absent.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "shared", "dax"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("needs ../shared/dax")
	}
	return dir
}

// TestModels loads every model.
func TestModels(t *testing.T) {
	models, err := ReadModels(filepath.Join(folder(t), "models.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range models.Names() {
		t.Run(name, func(t *testing.T) {
			d, err := models.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			src, err := DuckDB{t.TempDir()}.Load(context.Background(), d)
			if err != nil {
				t.Fatal(err)
			}
			if err := src.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

var update = flag.Bool("update", false, "rewrite testdata/refused.txt")

// TestConformance runs the cases of ../shared/dax. None may be wrong, and those of stages 1 to
// 3 that do not pass are listed, with the reason, in testdata/refused.txt and nowhere else.
func TestConformance(t *testing.T) {
	dir := folder(t)
	f, err := os.Open(filepath.Join(dir, "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	cases, err := ReadCases(f)
	if err != nil {
		t.Fatal(err)
	}
	models, err := ReadModels(filepath.Join(dir, "models.json"))
	if err != nil {
		t.Fatal(err)
	}
	rep, err := Run(context.Background(), cases, models, DuckDB{t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	listed := readReasons(t)
	now := map[string]string{}
	for _, r := range rep.Results {
		_, ok := listed[r.Case.ID]
		switch {
		case r.Outcome == Wrong:
			t.Errorf("%s: %s\n%s", r.Case.ID, r.Case.Query, r.Detail)
		case r.Outcome == Passed && ok && !*update:
			t.Errorf("%s passes: take it off testdata/refused.txt (-update does)", r.Case.ID)
		case r.Outcome == Refused && r.Case.Stage <= 3:
			if !ok && !*update {
				t.Errorf("%s: %s\n%s", r.Case.ID, r.Case.Query, r.Detail)
			}
			now[r.Case.ID] = strings.Join(strings.Fields(r.Detail), " ")
		}
		delete(listed, r.Case.ID)
	}
	if *update {
		writeReasons(t, now)
		return
	}
	for id := range listed {
		t.Errorf("testdata/refused.txt lists %s, and there is no such case", id)
	}
	t.Logf("%d passed, %d refused, %d wrong", rep.Count(Passed), rep.Count(Refused), rep.Count(Wrong))
}

const reasons = "testdata/refused.txt"

// readReasons reads lines of an id and a reason, with a colon between them.
func readReasons(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(reasons)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, reason, _ := strings.Cut(line, ": ")
		if strings.TrimSpace(reason) == "" || all[id] != "" {
			t.Errorf("%s: %q has no reason, or is there twice", reasons, line)
		}
		all[id] = reason
	}
	return all
}

func writeReasons(t *testing.T, all map[string]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Cases of stages 1 to 3 that do not pass, with the reason. The test holds that the list is exact.\n")
	for _, id := range sortedKeys(all) {
		b.WriteString(id + ": " + all[id] + "\n")
	}
	if err := os.WriteFile(reasons, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
