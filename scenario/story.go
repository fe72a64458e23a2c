package scenario

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"inlay/world"
)

// Story is a parsed story.
type Story struct {
	Sentence string
	Rules    []string // ids of docs/rules.md that it proves
	Source   string   // where what it tells is written
	World    *world.World
	Steps    []Step
}

// Step is one thing that is done, with what must come of it.
type Step struct {
	Kind    string // request, show, clock, change, do, token, restart
	Line    string // what a failure points to
	As      string // who asks, of a request
	Anew    bool   // whether they sign in again before
	Method  string
	Path    string
	Header  http.Header
	Body    string        // of a request or a token; what is done
	Report  string        // of show
	Bound   string        // dataset that the report is bound to while it is shown
	Slicers []Slicer      // of show
	Until   time.Duration // of clock
	Change  *world.World  // of change
	Tenant  string        // of restart
	Ask     *Ask          // of ask
	Want    string        // response or rows
	section int           // of the file, that holds Want
}

// Slicer is what is chosen in a slicer: the column that it shows, and JSON values.
type Slicer struct {
	Column string
	Values string
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
			s.Rules = append(s.Rules, strings.Split(strings.ReplaceAll(rules, " ", ""), ",")...)
		}
		if source, ok := strings.CutPrefix(line, "Source: "); ok {
			s.Source = source
		}
	}
	checked := false
	for i, f := range a.Files {
		if err := s.section(f.Name, string(f.Data)); err != nil {
			return nil, fmt.Errorf("section %d (%s): %w", i+1, f.Name, err)
		}
		if f.Name == "response" || f.Name == "rows" {
			s.Steps[len(s.Steps)-1].section = i
		}
		checked = checked || f.Name == "response" || f.Name == "rows"
	}
	if s.World == nil || !checked {
		return nil, fmt.Errorf("the story needs a world and something that must come of it")
	}
	for _, step := range s.Steps {
		if (step.Kind == "request" || step.Kind == "show" || step.Kind == "ask") && step.Want == "" {
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
		s.World, err = world.Parse(text)
		return err
	case "request":
		step, err := parseRequest(text)
		s.Steps = append(s.Steps, step)
		return err
	case "show":
		step, err := parseShow(text)
		s.Steps = append(s.Steps, step)
		return err
	case "ask":
		step, err := parseAsk(text)
		s.Steps = append(s.Steps, step)
		return err
	case "change":
		w, err := world.Parse(text)
		s.Steps = append(s.Steps, Step{Kind: "change", Line: "change", Change: w})
		return err
	case "token":
		s.Steps = append(s.Steps, Step{Kind: "token", Line: "token", Body: strings.TrimSpace(text)})
		return nil
	case "do":
		step, err := parseDo(text)
		s.Steps = append(s.Steps, step)
		return err
	case "restart":
		step := Step{Kind: "restart", Line: "restart"}
		if text := strings.TrimSpace(text); text != "" {
			id, ok := strings.CutPrefix(text, "tenant ")
			if !ok {
				return fmt.Errorf("%q is not understood", text)
			}
			step.Tenant = id
		}
		s.Steps = append(s.Steps, step)
		return nil
	case "clock":
		d, err := time.ParseDuration(strings.TrimPrefix(strings.TrimSpace(text), "+"))
		s.Steps = append(s.Steps, Step{Kind: "clock", Line: "clock " + strings.TrimSpace(text), Until: d})
		return err
	case "response", "rows":
		kind := map[string]string{"response": "request", "rows": "show"}[name]
		if n := len(s.Steps); n > 0 && s.Steps[n-1].Kind == "ask" && name == "rows" {
			kind = "ask"
		}
		if len(s.Steps) == 0 || s.Steps[len(s.Steps)-1].Kind != kind || s.Steps[len(s.Steps)-1].Want != "" {
			return fmt.Errorf("it follows no %s", kind)
		}
		s.Steps[len(s.Steps)-1].Want = strings.TrimSpace(text)
		return nil
	}
	return fmt.Errorf("unknown section")
}

// parseShow reads the name of a report and what is chosen in its slicers.
func parseShow(text string) (Step, error) {
	head, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	step := Step{Kind: "show", Line: "show " + head}
	step.Report, step.Bound, _ = strings.Cut(head, " bound to ")
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		column, values, ok := strings.Cut(strings.TrimPrefix(line, "slicer "), ": ")
		if !ok || !strings.HasPrefix(line, "slicer ") {
			return step, fmt.Errorf("%q is not understood", line)
		}
		step.Slicers = append(step.Slicers, Slicer{Column: column, Values: values})
	}
	return step, nil
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
			step.As, step.Anew = strings.CutSuffix(who, ", signed in anew")
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
