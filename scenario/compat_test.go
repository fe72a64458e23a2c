package scenario_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay/rest"
	"inlay/scenario"
)

// matches reports whether a request line of a story is one of an operation. An id in a story is
// $Name; what stands in braces in the template matches anything.
func matches(op rest.Operation, method, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	have := strings.Split(strings.TrimSuffix(path, "/"), "/")
	want := strings.Split(op.Path, "/")
	if method != op.Method || len(have) != len(want) {
		return false
	}
	for i, w := range want {
		if !strings.HasPrefix(w, "{") && !strings.EqualFold(w, have[i]) {
			return false
		}
	}
	return true
}

// exercises reports whether a step of a story uses an operation. Showing a report opens it and,
// if that is not refused, asks for the rows of its visuals.
func exercises(step scenario.Step, op rest.Operation) bool {
	switch step.Kind {
	case "request":
		return matches(op, step.Method, step.Path)
	case "show":
		opened := step.Want[0] < '0' || step.Want[0] > '9' // the type of a visual, not a status
		return op.ID == "Inlay_EmbedReport" || op.ID == "Inlay_EmbedVisualQuery" && opened
	}
	return false
}

// compatibility writes docs/compat.md and the stories of each operation.
func compatibility(t *testing.T) (text string, told map[string][]string) {
	t.Helper()
	told = map[string][]string{}
	for name, file := range stories(t) {
		_, story := read(t, file)
		for _, op := range rest.Operations() {
			if slices.ContainsFunc(story.Steps, func(s scenario.Step) bool { return exercises(s, op) }) {
				told[op.ID] = append(told[op.ID], name)
			}
		}
	}
	var b bytes.Buffer
	b.WriteString(`# Compatibility

What is served, and the stories that exercise it. This file is written by ` + "`make story-update`" + ` from the table of
operations in ` + "`rest/operation.go`" + ` and the stories in ` + "`scenario/testdata`" + `; a test fails when it is not current.
An operation of Power BI that is not here answers 404. Operations whose name begins with Inlay are those of the embed page;
they may change in any release.

| operation | method | path | token | stories |
|---|---|---|---|---|
`)
	for _, op := range rest.Operations() {
		fmt.Fprintf(&b, "| %s | %s | `%s` | %s | %d |\n", op.ID, op.Method, op.Path, op.Auth, len(told[op.ID]))
	}
	b.WriteString("\n## Stories\n")
	for _, op := range rest.Operations() {
		slices.Sort(told[op.ID])
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", op.ID, op.Summary)
		if len(op.Options) > 0 {
			fmt.Fprintf(&b, "Query options: %s.\n", strings.Join(op.Options, ", "))
		}
		b.WriteByte('\n')
		for _, name := range told[op.ID] {
			fmt.Fprintf(&b, "- [%s](../scenario/testdata/%s.txtar)\n", name, name)
		}
	}
	return b.String(), told
}

// TestCompatibilityIsCurrent holds that docs/compat.md says what is served, and that a story
// exercises each operation.
func TestCompatibilityIsCurrent(t *testing.T) {
	const file = "../docs/compat.md"
	want, told := compatibility(t)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/compat.md is not current: run make story-update (-want +got):\n%s", diff)
	}
	for _, op := range rest.Operations() {
		if len(told[op.ID]) == 0 {
			t.Errorf("no story exercises %s", op.ID)
		}
	}
}
