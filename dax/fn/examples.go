package fn

import (
	_ "embed"
	"strings"
)

// modelExamples are the examples of functions that need a model; see the head of the file.
//
//go:embed examples.txt
var modelExamples string

// addExamples gives functions that need a model their examples.
func addExamples(m map[string]*Func) map[string]*Func {
	for line := range strings.Lines(modelExamples) {
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(parts) != 3 {
			continue // a remark; a test holds that nothing else is
		}
		f := m[parts[0]]
		f.Examples = append(f.Examples, Example{parts[1], parts[2]})
	}
	return m
}
