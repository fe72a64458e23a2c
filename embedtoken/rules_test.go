package embedtoken

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestRulesAreDocumented compares the table of rules with docs/rules.md, in order.
func TestRulesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "## When a token is made")
	if !ok {
		t.Fatal("docs/rules.md has no section \"When a token is made\"")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	rows := regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|.*\\| `([A-Za-z]+)` \\| `(rule_[a-z-]+\\.txtar)` \\|$").FindAllStringSubmatch(section, -1)
	if len(rows) != len(rules) {
		t.Errorf("docs/rules.md has %d rules, the table %d", len(rows), len(rules))
	}
	for i, r := range rules {
		if i >= len(rows) || rows[i][1] != r.ID {
			t.Fatalf("row %d is not rule %s", i+1, r.ID)
		}
		if want := "rule_" + r.ID + ".txtar"; rows[i][3] != want {
			t.Errorf("rule %s has story %s, want %s", r.ID, rows[i][3], want)
		}
		if r.Source == "" {
			t.Errorf("rule %s has no source", r.ID)
		}
		if want := camel(r.ID); rows[i][2] != want {
			t.Errorf("rule %s has function %s, want %s", r.ID, rows[i][2], want)
		}
	}
}

// camel is the function of a rule: item-id is itemID.
func camel(id string) string {
	words := strings.Split(id, "-")
	for i := 1; i < len(words); i++ {
		words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
	}
	name := strings.Join(words, "")
	if id == "item-id" {
		return "itemID"
	}
	return name
}
