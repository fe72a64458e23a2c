package rest

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"inlay/query"
)

// TestUseRulesAreDocumented compares the rules that are asked at use with docs/rules.md.
func TestUseRulesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "## When a token is used")
	if !ok {
		t.Fatal("docs/rules.md has no section \"When a token is used\"")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var listed []string
	for _, m := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(section, -1) {
		listed = append(listed, m[1])
	}
	want := []string{"token-readable", "token-expired", ruleTokenRevoked,
		ruleUseTenant, ruleUsePrincipal, ruleUseReport, ruleUseDataset, ruleUseRight, ruleUseUnrestricted, ruleUseIdentity, ruleUseKind, ruleUseSession, ruleUseOrigin, ruleUseDashboard, ruleUseSwitch,
		query.RuleNoRole, query.RuleUnknownRole, query.RuleRoleBroken, query.RuleUsername, query.RuleTwoRoles, query.RuleRowsObjects}
	for _, id := range want {
		if !slices.Contains(listed, id) {
			t.Errorf("docs/rules.md does not list %s", id)
		}
	}
	for _, id := range listed {
		if !slices.Contains(want, id) {
			t.Errorf("docs/rules.md lists %s, which no package has", id)
		}
	}
}

// TestEveryKindHasAnAnswer fails when a kind of error is added and forgotten here.
func TestEveryKindHasAnAnswer(t *testing.T) {
	for _, at := range []surface{onAPI, onEmbed} {
		if len(answers[at]) != len(answers[onAPI]) {
			t.Errorf("surface %d has %d kinds", at, len(answers[at]))
		}
		for kind := range answers[onAPI] {
			if a, ok := answers[at][kind]; !ok || a.status < 400 || a.code == "" {
				t.Errorf("surface %d, kind %s: %+v", at, kind, a)
			}
		}
	}
}
