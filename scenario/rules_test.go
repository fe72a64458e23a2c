package scenario_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// grants are the rules that give instead of refusing: no answer shows their ids.
var grants = []string{"no-roles-all-data", "master-user-all-data", "identity-enforced", "allow-edit", "save-targets", "lifetime",
	"live-own-identity", "sso-identity", "xmla-granted", "paginated-identity", "dashboard-and-tile", "narrow"}

// behind are the rules that no request gets to, because something before them refuses the same
// with its own words. Their stories show that answer; their own tests show the rule.
var behind = []string{"caller-live"}

// documented are the ids of the rules in docs/rules.md.
func documented(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for line := range strings.Lines(string(text)) {
		row, ok := strings.CutPrefix(line, "| `")
		if !ok {
			continue
		}
		first, _, _ := strings.Cut("`"+row, "|")
		for _, m := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(first, -1) {
			ids = append(ids, m[1])
		}
	}
	if len(ids) < 40 {
		t.Fatalf("docs/rules.md has %d rules: the pattern is broken", len(ids))
	}
	return ids
}

// TestEveryRuleHasAStory holds that each rule is told in the file that bears its name, that the
// answers in it name the rule, and that no story names a rule that there is not.
func TestEveryRuleHasAStory(t *testing.T) {
	ids := documented(t)
	all := stories(t)
	for _, id := range ids {
		file, ok := all["rule_"+id]
		if !ok {
			t.Errorf("rule %s has no story: write testdata/rule_%s.txtar", id, id)
			continue
		}
		_, story := read(t, file)
		if !slices.Contains(story.Rules, id) {
			t.Errorf("%s does not name %s in its line \"Rules:\"", file, id)
		}
		shown := slices.Contains(grants, id) || slices.Contains(behind, id)
		for _, step := range story.Steps {
			shown = shown || strings.Contains(step.Want, `"rule": "`+id+`"`) || strings.Contains(step.Want, `"Rule": "`+id+`"`) || strings.Contains(step.Want, "("+id+")")
		}
		if !shown {
			t.Errorf("%s: no answer in it shows rule %s", file, id)
		}
	}
	for name, file := range all {
		_, story := read(t, file)
		if id, ok := strings.CutPrefix(name, "rule_"); ok && !slices.Contains(ids, id) {
			t.Errorf("%s tells a rule that is not in docs/rules.md", file)
		}
		for _, id := range story.Rules {
			if !slices.Contains(ids, id) {
				t.Errorf("%s names rule %s, which is not in docs/rules.md", file, id)
			}
		}
		if story.Source == "" {
			t.Errorf("%s does not say where what it tells is written: add a line \"Source:\"", file)
		}
		if len(story.Rules) == 0 && strings.HasPrefix(name, "rule_") {
			t.Errorf("%s names no rule", file)
		}
	}
}
