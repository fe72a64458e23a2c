package scenario_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inlay/scenario"
)

// TestStories runs every story in testdata, each on a server of its own.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories were found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			story, err := scenario.ParseStory(data)
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			b, err := scenario.Open(t.Context(), t.TempDir(), story.World, &log)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := b.Close(); err != nil {
					t.Error(err)
				}
			}()
			if err := b.Run(story.Steps); err != nil {
				t.Errorf("%s\n\n%v\n\nthe server's log:\n%s", story.Sentence, err, log.String())
			}
		})
	}
}
