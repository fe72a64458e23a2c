package scenario_test

import (
	"bytes"
	"strings"
	"testing"

	"inlay/scenario"
)

// TestStoriesCanFail spoils a story in one place at a time. Each must fail, and say where and
// how what came differs from what is told.
func TestStoriesCanFail(t *testing.T) {
	data, _ := read(t, "testdata/rule_identity-required.txtar")
	good := strings.ReplaceAll(string(data), "\r\n", "\n")
	for _, c := range []struct{ name, old, spoiled, want string }{
		{"rows", "West | 30\n  total: 30", "West | 31\n  total: 31", "step 5 (show Board): it shows\ntableEx\n  West | 30"},
		{"rows of others", "East | 40\n  West | 30\n  total: 70", "East | 40\n  total: 40", "it shows\ntableEx\n  East | 40\n  West | 30"},
		{"status", "400 Bad Request", "200 OK", "step 1 (POST /v1.0/myorg/GenerateToken): status is 400 Bad Request, want 200 OK\n"},
		{"message", "requires effective identity", "needs an identity", `body.error.message is Creating embed token for accessing dataset $Orders requires effective identity to be provided, want Creating`},
		{"rule", `"rule": "identity-required"`, `"rule": "roles-required"`, "body.error.rule is identity-required, want"},
		{"member", `"tokenId"`, `"tokenName"`, `body has no member "tokenName"`},
		{"expiration", "2026-01-05T10", "2026-01-05T11", `body.expiration is 2026-01-05T10:00:00Z, want "2026-01-05T11:..."`},
		{"header", "400 Bad Request", "400 Bad Request\nX-PowerBI-Error-Info: TokenExpired", `header X-PowerBI-Error-Info is "", want "TokenExpired"`},
		{"body is there", "400 Bad Request\n{", "400 Bad Request\n(empty body)\n{", "the body is not empty"},
		{"role", `[Name] = "West"`, `[Name] = "East"`, "it shows\ntableEx\n  East | 40"},
		{"name", "as shop", "as shopp", `step 1 (POST /v1.0/myorg/GenerateToken): there is no "shopp" in the world who could sign in`},
		{"id", `"$Board"`, `"$Bord"`, `there is no "Bord" in the world`},
		{"report", "-- show --\nBoard", "-- show --\nBord", `there is no report "Bord" in the world`},
		{"section", "-- show --", "-- shows --", "(shows): unknown section"},
		{"slicer", "-- show --\nBoard", "-- show --\nBoard\nslicer Region[Name]: \"West\"", "the report has no slicer of Region[Name]"},
		{"nothing checked", "-- rows --", "-- clock --\n+1m\n-- rows --", "it follows no show"},
		{"world", "  relate Orders[Region]", "  relates Orders[Region]", `world, line 10: "  relates Orders[Region] to Region[Key]" is not understood`},
		{"row", "    1 | West", "    1 | West | 3", `world, line 4: the row has 3 cells where table "Region" has 2 columns`},
		{"dataset of the report", "on Orders", "on Order", `report Board is on "Order", and there is no such dataset in Sales`},
		{"no sentence", good[:strings.Index(good, "-- world --")], "", "no sentence"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(good, c.old) {
				t.Fatalf("the story has no %q to spoil", c.old)
			}
			err := tell(t, strings.Replace(good, c.old, c.spoiled, 1))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is\n%v\nwant one that says\n%s", err, c.want)
			}
		})
	}
}

// tell parses and runs a story.
func tell(t *testing.T, text string) error {
	t.Helper()
	story, err := scenario.ParseStory([]byte(text))
	if err != nil {
		return err
	}
	var log bytes.Buffer
	b, err := scenario.Open(t.Context(), t.TempDir(), story.World, &log)
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	return b.Run(story.Steps)
}

// TestUpdateWritesWhatCame spoils a story in several places and lets Update mend it.
func TestUpdateWritesWhatCame(t *testing.T) {
	data, _ := read(t, "testdata/rule_identity-required.txtar")
	spoiled := string(data)
	for _, pair := range [][2]string{{"400 Bad Request", "404 Not Found"}, {"  total: 70", "  total: 71"}, {"identity-required\",", "other\","}} {
		if !strings.Contains(spoiled, pair[0]) {
			t.Fatalf("the story has no %q to spoil", pair[0])
		}
		spoiled = strings.Replace(spoiled, pair[0], pair[1], 1)
	}
	story, err := scenario.ParseStory([]byte(spoiled))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	b, err := scenario.Open(t.Context(), t.TempDir(), story.World, &log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	got, err := b.Update([]byte(spoiled), story)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(data) {
		t.Errorf("update wrote\n%s\nwant\n%s", got, data)
	}
}
