package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"inlay/model"
	"inlay/model/lint"
)

// sarifObject says of an object of SARIF 2.1.0 (OASIS, with errata 01) what the text asks for: the properties that
// are written here and that it has, those that it must have, and what may stand below them. A property
// that is not listed is not one of the object, or not one that this program means to write.
type sarifObject struct {
	section string
	must    []string
	may     []string
	below   map[string]string // property: object, or objects in a list
	value   map[string]func(any) bool
}

func isText(v any) bool { s, ok := v.(string); return ok && s != "" }

func isCount(least float64) func(any) bool {
	return func(v any) bool { n, ok := v.(float64); return ok && n >= least && n == float64(int(n)) }
}

func isOneOf(words ...string) func(any) bool {
	return func(v any) bool { s, ok := v.(string); return ok && slices.Contains(words, s) }
}

// isReference allows URI references (RFC 3986, section 4.1), here without a scheme.
func isReference(v any) bool {
	s, ok := v.(string)
	u, err := url.Parse(s)
	first, _, _ := strings.Cut(s, "/")
	return ok && err == nil && u.Scheme == "" && !strings.Contains(first, ":") && !strings.ContainsAny(s, " \\\"<>")
}

var level = isOneOf("none", "note", "warning", "error")

var sarifObjects = map[string]sarifObject{
	"log": {section: "3.13", must: []string{"version", "runs"}, may: []string{"$schema"}, below: map[string]string{"runs": "run"},
		value: map[string]func(any) bool{"version": isOneOf("2.1.0"), "$schema": isText}},
	"run": {section: "3.14", must: []string{"tool", "results"}, may: []string{"invocations", "columnKind"}, below: map[string]string{"tool": "tool", "results": "result", "invocations": "invocation"},
		value: map[string]func(any) bool{"columnKind": isOneOf("utf16CodeUnits", "unicodeCodePoints")}},
	"tool":       {section: "3.18", must: []string{"driver"}, below: map[string]string{"driver": "component"}},
	"component":  {section: "3.19", must: []string{"name"}, may: []string{"version", "rules"}, below: map[string]string{"rules": "rule"}, value: map[string]func(any) bool{"name": isText, "version": isText}},
	"invocation": {section: "3.20", must: []string{"executionSuccessful"}},
	"rule": {section: "3.49", must: []string{"id"}, may: []string{"shortDescription", "help", "defaultConfiguration"}, below: map[string]string{"shortDescription": "message", "help": "message", "defaultConfiguration": "configuration"},
		value: map[string]func(any) bool{"id": isText}},
	"configuration": {section: "3.50", may: []string{"level"}, value: map[string]func(any) bool{"level": level}},
	"message":       {section: "3.11", must: []string{"text"}, value: map[string]func(any) bool{"text": isText}},
	"result": {section: "3.27", must: []string{"message"}, may: []string{"ruleId", "ruleIndex", "level", "locations"}, below: map[string]string{"message": "message", "locations": "location"},
		value: map[string]func(any) bool{"ruleId": isText, "ruleIndex": isCount(0), "level": level}},
	"location": {section: "3.28", must: []string{"physicalLocation"}, below: map[string]string{"physicalLocation": "physical"}},
	"physical": {section: "3.29", must: []string{"artifactLocation"}, may: []string{"region"}, below: map[string]string{"artifactLocation": "artifact", "region": "region"}},
	"artifact": {section: "3.4", must: []string{"uri"}, value: map[string]func(any) bool{"uri": isReference}},
	"region":   {section: "3.30", must: []string{"startLine"}, may: []string{"startColumn"}, value: map[string]func(any) bool{"startLine": isCount(1), "startColumn": isCount(1)}},
}

// conforms checks a value, and what is below it.
func conforms(v any, kind, at string) (wrong []string) {
	if list, ok := v.([]any); ok {
		for i, x := range list {
			wrong = append(wrong, conforms(x, kind, fmt.Sprintf("%s/%d", at, i))...)
		}
		return wrong
	}
	o := sarifObjects[kind]
	x, ok := v.(map[string]any)
	if !ok {
		return []string{at + " is no object (" + o.section + ")"}
	}
	for _, p := range o.must {
		if _, ok := x[p]; !ok {
			wrong = append(wrong, at+" has no "+p+" ("+o.section+")")
		}
	}
	for p, y := range x {
		if !slices.Contains(o.must, p) && !slices.Contains(o.may, p) {
			wrong = append(wrong, at+" has "+p+" ("+o.section+")")
		}
		if f := o.value[p]; f != nil && !f(y) {
			wrong = append(wrong, fmt.Sprintf("%s/%s is %v (%s)", at, p, y, o.section))
		}
		if b := o.below[p]; b != "" {
			wrong = append(wrong, conforms(y, b, at+"/"+p)...)
		}
	}
	return wrong
}

// TestSARIFIsSARIF holds that what is written has the properties that the standard asks for and no
// others, whatever was found and however files are named.
func TestSARIFIsSARIF(t *testing.T) {
	every := &Result{Name: "x"}
	for i, r := range Rules() {
		every.Findings = append(every.Findings, lint.Finding{Rule: r.ID, Level: r.Level, Place: model.Place{File: "a b/ü%c.tmdl", Line: i, Column: max(0, i-1)}, Message: "m"})
	}
	for _, file := range []string{".", "C:/x", "a:b.SemanticModel/m.tmdl", "dir/a:b", "a?b#c", `a\b "c"`, "[x]"} {
		every.Findings = append(every.Findings, lint.Finding{Rule: "unreadable", Level: lint.Error, Place: model.Place{File: file}, Message: "m"})
	}
	write(t, small)
	for name, r := range map[string]*Result{"nothing": {}, "a project": run(t, "proj"), "every rule": every, "no project": run(t, "nothing")} {
		var b bytes.Buffer
		if err := r.SARIF(&b, "1.2.3"); err != nil {
			t.Fatal(err)
		}
		var log map[string]any
		if err := json.Unmarshal(b.Bytes(), &log); err != nil {
			t.Fatal(err)
		}
		if wrong := conforms(log, "log", ""); len(wrong) > 0 {
			t.Errorf("%s:\n%s", name, strings.Join(wrong, "\n"))
		}
		one := log["runs"].([]any)[0].(map[string]any)
		rules := one["tool"].(map[string]any)["driver"].(map[string]any)["rules"].([]any)
		seen := map[string]bool{}
		for _, x := range rules {
			id := x.(map[string]any)["id"].(string)
			if seen[id] { // 3.19.23: rules are unique
				t.Errorf("rule %s stands there twice", id)
			}
			seen[id] = true
		}
		for _, x := range one["results"].([]any) { // 3.27.6: the index leads to the rule of the id
			y := x.(map[string]any)
			if i := int(y["ruleIndex"].(float64)); i >= len(rules) || rules[i].(map[string]any)["id"] != y["ruleId"] {
				t.Errorf("%s: %v", name, y)
			}
		}
	}
}
