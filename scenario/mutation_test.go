package scenario_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"inlay"
	"inlay/embedtoken"
	"inlay/scenario"
)

// A mutation is a body with one field changed. A field that is null or empty may mean the same
// as one that is not there; less is the body without it.
type mutation struct{ what, body, less string }

// spoiled are values of the wrong type, empty, too long and too many.
var spoiled = []string{`null`, `""`, `" "`, `[]`, `{}`, `0`, `-1`, `1.5`, `9e99`, `true`, `false`, `"x"`, `[null]`, `[[]]`, `{"id":null}`}

// mutations changes each field of a body in each way, one at a time.
func mutations(t *testing.T, body string) []mutation {
	t.Helper()
	var root any
	if err := json.Unmarshal([]byte(body), &root); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var out []mutation
	whole := func() string {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(root); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	const mark = "@@mark@@"
	put := func(path string, set func(any), drop func() string, old any) {
		add := func(what, text string) {
			set(mark)
			out = append(out, mutation{path + " " + what, strings.Replace(whole(), `"`+mark+`"`, text, 1), drop()})
			set(old)
		}
		for _, v := range spoiled {
			add("= "+v, v)
		}
		switch v := old.(type) {
		case string:
			add("too long", fmt.Sprintf("%q", v+strings.Repeat("x", 20000)))
			add("twice in a list", fmt.Sprintf("[%q,%q]", v, v))
			add("in an object", fmt.Sprintf(`{"value":%q}`, v))
		case []any:
			if len(v) == 0 {
				return
			}
			one, _ := json.Marshal(v[0])
			all, _ := json.Marshal(v)
			add("the first twice", strings.TrimSuffix(string(all), "]")+","+string(one)+"]")
			add("too many", "["+strings.TrimSuffix(strings.Repeat(string(one)+",", 51), ",")+"]")
			add("not a list", string(one))
		}
	}
	var walk func(path string, node any)
	walk = func(path string, node any) {
		switch n := node.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(n)) {
				old := n[k]
				drop := func() string { v := n[k]; delete(n, k); s := whole(); n[k] = v; return s }
				put(path+"."+k, func(v any) { n[k] = v }, drop, old)
				delete(n, k)
				for _, name := range []string{k + "s", " " + k, k + "_", strings.ToUpper(k) + "ID"} {
					n[name] = old
					out = append(out, mutation{path + " renamed " + name, whole(), ""})
					delete(n, name)
				}
				n[k] = old
				text, _ := json.Marshal(old)
				for _, twin := range []string{k, strings.ToUpper(k)} {
					n[mark] = mark
					s := strings.Replace(whole(), `"`+mark+`":"`+mark+`"`, fmt.Sprintf("%q:%s", twin, text), 1)
					delete(n, mark)
					out = append(out, mutation{path + " twice " + twin, s, ""})
				}
				walk(path+"."+k, old)
			}
			n["rowFilter"] = "x"
			out = append(out, mutation{path + " unknown", whole(), ""})
			delete(n, "rowFilter")
		case []any:
			for i := range n {
				drop := func() string { return "" }
				put(fmt.Sprintf("%s[%d]", path, i), func(v any) { n[i] = v }, drop, n[i])
				walk(fmt.Sprintf("%s[%d]", path, i), n[i])
			}
		}
	}
	walk("", root)
	return out
}

// once is an identity that names each role and item once: twice is no other.
func once(i *inlay.Identity) *inlay.Identity {
	if i == nil {
		return nil
	}
	c := *i
	for _, list := range []*[]string{&c.Roles, &c.Datasets} {
		*list = slices.Compact(slices.Sorted(slices.Values(*list)))
	}
	return &c
}

// wider says what a grant lets that another does not, or "".
func wider(g, than embedtoken.Grant) string {
	if g.ExpiresAt.After(than.ExpiresAt) {
		return "lives longer"
	}
	for _, d := range g.Datasets {
		was, ok := than.Dataset(d.ID)
		switch {
		case !ok:
			return "asks dataset " + d.ID
		case d.XMLA && !was.XMLA:
			return "reads the XMLA endpoint of " + d.ID
		case d.Blob != was.Blob && d.Blob != "":
			return "signs in as another at " + d.ID
		case d.Unrestricted && !was.Unrestricted:
			return "sees all of " + d.ID
		case !d.Unrestricted && !was.Unrestricted && !reflect.DeepEqual(once(d.Identity), once(was.Identity)):
			return fmt.Sprintf("is another for %s: %+v", d.ID, d.Identity)
		}
	}
	for _, r := range g.Reports {
		was, ok := than.Report(r.ID)
		if !ok || r.Edit && !was.Edit || !reflect.DeepEqual(once(r.Identity), once(was.Identity)) {
			return fmt.Sprintf("opens report %+v", r)
		}
	}
	for _, x := range [][2][]string{{than.Pages, g.Pages}, {than.Visuals, g.Visuals}} { // none named: all
		if len(x[0]) > 0 && (len(x[1]) == 0 || slices.ContainsFunc(x[1], func(name string) bool { return !slices.Contains(x[0], name) })) {
			return fmt.Sprintf("shows %q of the report", x[1])
		}
	}
	if than.OneUse && !g.OneUse || than.Origin != "" && g.Origin != than.Origin {
		return "is used more often, or elsewhere"
	}
	for _, x := range [][2][]string{{g.TargetWorkspaces, than.TargetWorkspaces}, {g.Dashboards, than.Dashboards}, {g.Tiles, than.Tiles}} {
		for _, id := range x[0] {
			if !slices.Contains(x[1], id) {
				return "reaches " + id
			}
		}
	}
	for _, s := range g.Sources {
		if !slices.ContainsFunc(than.Sources, func(o embedtoken.SourceGrant) bool { return reflect.DeepEqual(o, s) }) {
			return "signs in at other sources"
		}
	}
	return ""
}

// chosen are fields whose text is the request's own to choose: another text is another request,
// not a bad one. What is asked of them is that they arrive as they were sent.
var chosenFields = []string{".username", ".roles", ".customData", ".identityBlob", ".value", ".accessLevel", ".allowEdit", ".allowSaveAs", ".lifetimeInMinutes", ".pages", ".visuals"}

// chooses reports whether a mutation makes another good value of such a field.
func chooses(what string) bool {
	path, value, _ := strings.Cut(what, " ")
	path = regexp.MustCompile(`(roles|pages|visuals)\[\d+\]$`).ReplaceAllString(strings.ToLower(path), "$1")
	for _, f := range chosenFields {
		if strings.HasSuffix(path, strings.ToLower(f)) && (value == `= "x"` || value == "= true" || value == "= false" || value == `= " "`) {
			return true
		}
	}
	return false
}

// TestBadRequestsNeverWiden takes each request of a story that gives a token, changes one field
// at a time, and asks that it is refused, or gives no more than the request did; or, where a
// field became null or empty, no more than the request without that field.
func TestBadRequestsNeverWiden(t *testing.T) {
	var tried, passed atomic.Int64
	t.Run("stories", func(t *testing.T) {
		for name, file := range stories(t) {
			_, story := read(t, file)
			if slices.ContainsFunc(story.Steps, good) {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					widen(t, story, &tried, &passed)
				})
			}
		}
	})
	if tried.Load() < 20000 || passed.Load() < 1000 {
		t.Errorf("%d requests were tried, %d passed: the test shows little", tried.Load(), passed.Load())
	}
}

func widen(t *testing.T, story *scenario.Story, tried, passed *atomic.Int64) {
	b, err := scenario.Open(t.Context(), t.TempDir(), story.World, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	b.Seal = seal
	ring, err := embedtoken.OpenRing(filepath.Join(b.Keys(), "embed.json"))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(step scenario.Step, body string) (embedtoken.Grant, bool) {
		status, text, err := b.Ask(step, body)
		if err != nil || status >= 500 {
			t.Fatalf("%d %s %v", status, text, err)
		}
		var made struct{ Token string }
		if status != 200 || json.Unmarshal(text, &made) != nil {
			return embedtoken.Grant{}, false
		}
		g, err := ring.Open(made.Token, scenario.Start)
		if err != nil { // the story may have changed the keys
			if err := ring.Refresh(); err != nil {
				t.Fatal(err)
			}
			g, err = ring.Open(made.Token, scenario.Start)
		}
		if err != nil {
			t.Fatal(err)
		}
		return g, true
	}
	for _, step := range story.Steps {
		if good(step) {
			body, err := b.Body(step)
			if err != nil {
				t.Fatal(err)
			}
			base, ok := ask(step, body)
			if !ok {
				t.Fatalf("the good request %s is refused", step.Line)
			}
			for _, m := range mutations(t, body) {
				tried.Add(1)
				g, ok := ask(step, m.body)
				if !ok {
					continue
				}
				passed.Add(1)
				problem := wider(g, base)
				if problem != "" && m.less != "" {
					if without, ok := ask(step, m.less); ok {
						problem = wider(g, without)
					}
				}
				if problem != "" && (!chooses(m.what) || strings.HasPrefix(problem, "sees") || strings.HasPrefix(problem, "asks")) {
					t.Errorf("%s %s: %s\n%s", step.Line, m.what, problem, m.body)
				}
			}
		}
		if strings.Contains(step.Path, "activityevents") {
			continue // it would list the changed requests, too
		}
		if err := b.Step(step); err != nil {
			t.Fatal(err)
		}
	}
}

// good reports whether a step is a request that gives a token.
func good(s scenario.Step) bool {
	return s.Kind == "request" && strings.HasSuffix(strings.ToLower(s.Path), "/generatetoken") && strings.HasPrefix(s.Want, "200") && strings.HasPrefix(s.Body, "{")
}
