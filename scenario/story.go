package scenario

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/tools/txtar"
)

// Story is a parsed story.
type Story struct {
	Sentence string
	Rules    []string // ids of docs/rules.md that it proves
	World    *World
	Steps    []Step
}

// Step is one thing that is done, with what must come of it.
type Step struct {
	Kind   string // request, show, clock
	Line   string // what a failure points to
	As     string // who asks, of a request
	Method string
	Path   string
	Header http.Header
	Body   string
	Report string        // of show
	Until  time.Duration // of clock
	Want   string        // response or rows
}

// ParseStory reads a story. A section that is not understood is an error: a story that checks
// nothing must not pass.
func ParseStory(data []byte) (*Story, error) {
	a := txtar.Parse(data)
	s := &Story{Sentence: strings.TrimSpace(string(a.Comment))}
	if s.Sentence == "" {
		return nil, fmt.Errorf("the story has no sentence before its first section")
	}
	for _, line := range strings.Split(s.Sentence, "\n") {
		if rules, ok := strings.CutPrefix(line, "Rules: "); ok {
			s.Rules = append(s.Rules, cells(rules, ",")...)
		}
	}
	checked := false
	for i, f := range a.Files {
		if err := s.section(f.Name, string(f.Data)); err != nil {
			return nil, fmt.Errorf("section %d (%s): %w", i+1, f.Name, err)
		}
		checked = checked || f.Name == "response" || f.Name == "rows"
	}
	if s.World == nil || !checked {
		return nil, fmt.Errorf("the story needs a world and something that must come of it")
	}
	for _, step := range s.Steps {
		if step.Kind != "clock" && step.Want == "" {
			return nil, fmt.Errorf("nothing is said to come of %q", step.Line)
		}
	}
	return s, nil
}

func (s *Story) section(name, text string) error {
	switch name {
	case "world":
		if s.World != nil {
			return fmt.Errorf("a story has one world")
		}
		var err error
		s.World, err = ParseWorld(text)
		return err
	case "request":
		step, err := parseRequest(text)
		s.Steps = append(s.Steps, step)
		return err
	case "show":
		report := strings.TrimSpace(text)
		s.Steps = append(s.Steps, Step{Kind: "show", Line: "show " + report, Report: report})
		return nil
	case "clock":
		d, err := time.ParseDuration(strings.TrimPrefix(strings.TrimSpace(text), "+"))
		s.Steps = append(s.Steps, Step{Kind: "clock", Line: "clock " + strings.TrimSpace(text), Until: d})
		return err
	case "response", "rows":
		kind := map[string]string{"response": "request", "rows": "show"}[name]
		if len(s.Steps) == 0 || s.Steps[len(s.Steps)-1].Kind != kind || s.Steps[len(s.Steps)-1].Want != "" {
			return fmt.Errorf("it follows no %s", kind)
		}
		s.Steps[len(s.Steps)-1].Want = strings.TrimSpace(text)
		return nil
	}
	return fmt.Errorf("unknown section")
}

func parseRequest(text string) (Step, error) {
	step := Step{Kind: "request", Header: http.Header{}}
	head, body, _ := strings.Cut(text, "\n\n")
	if i := strings.Index(text, "\n{"); i >= 0 && i < len(head) {
		head, body = text[:i], text[i+1:]
	}
	sc := bufio.NewScanner(strings.NewReader(head))
	for sc.Scan() {
		line := strings.TrimSpace(sc.Text())
		if who, ok := strings.CutPrefix(line, "as "); ok {
			step.As = who
		} else if name, value, ok := strings.Cut(line, ": "); ok && step.Method != "" {
			step.Header.Add(name, value)
		} else if method, path, ok := strings.Cut(line, " "); ok && step.Method == "" {
			step.Method, step.Path, step.Line = method, path, line
		} else if line != "" {
			return step, fmt.Errorf("%q is not understood", line)
		}
	}
	if step.Method == "" {
		return step, fmt.Errorf("there is no request line")
	}
	step.Body = strings.TrimSpace(body)
	return step, nil
}

// checkResponse compares an answer with what a story says. The error shows what differs.
func checkResponse(want string, status int, header http.Header, body []byte) error {
	head, wantBody, _ := strings.Cut(want, "\n{")
	if wantBody != "" {
		wantBody = "{" + wantBody
	}
	first, rest, _ := strings.Cut(strings.TrimSpace(head), "\n")
	code, _, _ := strings.Cut(first, " ")
	if n, err := strconv.Atoi(code); err != nil || n != status {
		return fmt.Errorf("status is %d %s, want %s\n%s", status, http.StatusText(status), first, body)
	}
	for _, line := range strings.Split(rest, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if line == "(empty body)" {
			if len(body) > 0 {
				return fmt.Errorf("the body is not empty: %s", body)
			}
			continue
		}
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			return fmt.Errorf("%q is not understood", line)
		}
		if got := header.Get(name); got != value && (value != "..." || got == "") {
			return fmt.Errorf("header %s is %q, want %q", name, got, value)
		}
	}
	if wantBody == "" {
		return nil
	}
	var w, g any
	if err := json.Unmarshal([]byte(wantBody), &w); err != nil {
		return fmt.Errorf("the body that is wanted is no JSON: %w", err)
	}
	if err := json.Unmarshal(body, &g); err != nil {
		return fmt.Errorf("the body is no JSON: %s", body)
	}
	return within("body", w, g)
}

// within reports whether all of want is in got.
func within(path string, want, got any) error {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is %v, want an object", path, got)
		}
		for k, v := range w {
			have, there := g[k]
			if v == "(absent)" && !there {
				continue
			}
			if !there {
				return fmt.Errorf("%s has no member %q: %v", path, k, got)
			}
			if err := within(path+"."+k, v, have); err != nil {
				return err
			}
		}
		return nil
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%s is %v, want %v", path, got, want)
		}
		for i := range w {
			if err := within(fmt.Sprintf("%s[%d]", path, i), w[i], g[i]); err != nil {
				return err
			}
		}
		return nil
	case string:
		if before, after, ok := strings.Cut(w, "..."); ok {
			g, isText := got.(string)
			if w == "..." && got != nil {
				return nil
			}
			if isText && strings.HasPrefix(g, before) && strings.HasSuffix(g, after) && len(g) >= len(before)+len(after) {
				return nil
			}
			return fmt.Errorf("%s is %v, want %q", path, got, w)
		}
	}
	if want != got {
		return fmt.Errorf("%s is %v, want %v", path, got, want)
	}
	return nil
}
