package fn

import (
	"os"
	"strings"
	"testing"
)

// TestStages holds that the functions of each stage are there, described, and shown by an example.
// Those of special functions run in daxcase, on both engines.
func TestStages(t *testing.T) {
	text, err := os.ReadFile("testdata/stages.txt")
	if err != nil {
		t.Fatal(err)
	}
	n, stages := 0, map[string]int{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		for _, name := range words[1:] {
			n++
			stages[words[0]]++
			f, ok := Lookup(name)
			switch {
			case !ok || !f.Supported():
				t.Errorf("%s of stage %s is missing", name, words[0])
			case f.Doc == "":
				t.Errorf("%s is not described", name)
			case len(f.Examples) == 0 && !inItems[name]: // these need a calculation group; query tests them
				t.Errorf("%s has no example", name)
			}
		}
	}
	if n < 212 || len(stages) != 4 {
		t.Errorf("%d functions of %d stages, want 212 of 4 at least", n, len(stages))
	}
}

// TestModelExamples holds that each line of the file is an example of a special function.
func TestModelExamples(t *testing.T) {
	for line := range strings.Lines(modelExamples) {
		parts := strings.Split(strings.TrimSpace(line), "\t")
		f, ok := Lookup(parts[0])
		if !strings.HasPrefix(line, "#") && (len(parts) != 3 || !ok || !f.Special) {
			t.Errorf("%q is no example of a special function", line)
		}
	}
}
