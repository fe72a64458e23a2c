package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/tools/txtar"
)

// Update runs the steps of a story and writes into its file what came of those that came out
// differently: rows, the status, and the body of an error. What a good answer must have is for
// the author to say. Read the difference before you keep it.
func (b *Bench) Update(data []byte, s *Story) ([]byte, error) {
	a := txtar.Parse(data)
	for i, step := range s.Steps {
		o, err := b.step(step)
		if !o.known {
			if err != nil {
				return nil, fmt.Errorf("step %d (%s): %w", i+1, step.Line, err)
			}
			continue
		}
		if err == nil && !strings.HasSuffix(step.Want, "\n{}") { // an empty object asks to be filled
			continue
		}
		got := o.got
		if step.Kind == "request" {
			got = answered(step.Want, o)
		}
		a.Files[step.section].Data = []byte(got + "\n")
	}
	return txtar.Format(a), nil
}

// answered is an answer as a story writes it: with the headers that it wrote before.
func answered(want string, o outcome) string {
	head, body, _ := strings.Cut(want, "\n{")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	out := []string{fmt.Sprintf("%d %s", o.w.Code, http.StatusText(o.w.Code))}
	for _, line := range lines[1:] {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if ok && value != "..." {
			line = name + ": " + o.w.Header().Get(name)
		}
		if line != "(empty body)" {
			out = append(out, line)
		}
	}
	var e struct {
		Error json.RawMessage `json:"error"`
	}
	var detail map[string]any
	switch err := json.Unmarshal([]byte(o.got), &e); {
	case o.got == "":
		out = append(out, "(empty body)")
	case err == nil && json.Unmarshal(e.Error, &detail) == nil:
		out = append(out, `{"error": {`+members(detail, "code", "message", "rule", "remedy")+"}}")
	case body != "":
		out = append(out, "{"+body)
	}
	return strings.Join(out, "\n")
}

// members writes members of an object, one a line.
func members(from map[string]any, names ...string) string {
	var lines []string
	for _, name := range names {
		v, ok := from[name]
		if !ok {
			continue
		}
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		_ = e.Encode(v) // it was decoded from JSON
		lines = append(lines, fmt.Sprintf("%q: %s", name, strings.TrimSpace(text.String())))
	}
	return strings.Join(lines, ",\n  ")
}
