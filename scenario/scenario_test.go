package scenario_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inlay/embedtoken"
	"inlay/scenario"
)

var update = flag.Bool("update", false, "write what the stories answer now into the stories, and docs/compat.md")

// stories are the files of all stories, by name.
func stories(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories were found: %v", err)
	}
	list := map[string]string{}
	for _, file := range files {
		list[strings.TrimSuffix(filepath.Base(file), ".txtar")] = file
	}
	return list
}

func read(t *testing.T, file string) ([]byte, *scenario.Story) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	story, err := scenario.ParseStory(data)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return data, story
}

// seal makes a token from a grant of which a story says only what matters: the rest is that of
// a token that was made now.
func seal(keys string, grant []byte) (string, error) {
	g := embedtoken.Grant{TokenID: "00000000-0000-4000-8000-000000000001", IssuedAt: scenario.Start, ExpiresAt: scenario.Start.Add(time.Hour)}
	d := json.NewDecoder(bytes.NewReader(grant))
	d.DisallowUnknownFields()
	if err := d.Decode(&g); err != nil {
		return "", err
	}
	ring, err := embedtoken.OpenRing(filepath.Join(keys, "embed.json"))
	if err != nil {
		return "", err
	}
	return ring.Seal(g, "http://localhost:8400")
}

// TestStories runs every story in testdata, each on a server of its own.
func TestStories(t *testing.T) {
	for name, file := range stories(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, story := read(t, file)
			var log bytes.Buffer
			b, err := scenario.Open(t.Context(), t.TempDir(), story.World, &log)
			if err != nil {
				t.Fatal(err)
			}
			b.Seal = seal
			defer func() {
				if err := b.Close(); err != nil {
					t.Error(err)
				}
			}()
			if *update {
				text, err := b.Update(data, story)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, text, 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if err := b.Run(story.Steps); err != nil {
				t.Errorf("%s\n\n%v\n\nthe server's log:\n%s", story.Sentence, err, log.String())
			}
		})
	}
}
