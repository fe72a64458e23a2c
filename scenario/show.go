package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sort"
	"strings"
)

// shown is what a story needs of a report's definition.
type shown struct {
	Pages []struct {
		Name    string        `json:"name"`
		Visuals []shownVisual `json:"visuals"`
	} `json:"pages"`
}

type shownVisual struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	TabOrder int    `json:"tabOrder"`
	Roles    map[string][]struct {
		Ref string `json:"ref"`
	} `json:"roles"`
}

// show opens a report as the embed page does, with the last embed token, and prints what its
// visuals show: the type of each, and its rows.
func (b *Bench) show(step Step) (string, error) {
	id := b.made.IDs[step.Report]
	if id == "" {
		return "", fmt.Errorf("there is no report %q in the world", step.Report)
	}
	query := ""
	if step.Bound != "" {
		query = "?datasetId=" + b.made.IDs[step.Bound]
	}
	header := http.Header{"Authorization": {"EmbedToken " + b.embed}}
	w := b.Do("GET", "/inlay/v1/embed/reports/"+id+query, header, "")
	if w.Code != http.StatusOK {
		return refusal(w.Code, w.Body.Bytes()), nil
	}
	var def shown
	if err := json.Unmarshal(w.Body.Bytes(), &def); err != nil {
		return "", err
	}
	var out []string
	for _, page := range def.Pages {
		state, err := chosen(page.Visuals, step.Slicers)
		if err != nil {
			return "", err
		}
		sort.Slice(page.Visuals, func(i, j int) bool { return page.Visuals[i].TabOrder < page.Visuals[j].TabOrder })
		for _, v := range page.Visuals {
			path := "/inlay/v1/embed/reports/" + id + "/pages/" + page.Name + "/visuals/" + v.Name + "/query" + query
			w := b.Do("POST", path, header, state)
			out = append(out, v.Type)
			if w.Code != http.StatusOK {
				out = append(out, "  "+refusal(w.Code, w.Body.Bytes()))
				continue
			}
			rows, err := rows(w.Body.Bytes())
			if err != nil {
				return "", err
			}
			out = append(out, rows...)
		}
	}
	return strings.Join(out, "\n"), nil
}

// chosen is the viewer's state as the embed page sends it: slicers by name, with values.
func chosen(visuals []shownVisual, slicers []Slicer) (string, error) {
	type choice struct {
		Visual string          `json:"visual"`
		Values json.RawMessage `json:"values"`
	}
	var state struct {
		Slicers []choice `json:"slicers,omitempty"`
	}
	for _, s := range slicers {
		ref := strings.Replace(strings.TrimSuffix(s.Column, "]"), "[", ".", 1)
		name := ""
		for _, v := range visuals {
			if fields := v.Roles["Values"]; v.Type == "slicer" && len(fields) == 1 && fields[0].Ref == ref {
				name = v.Name
			}
		}
		if name == "" {
			return "", fmt.Errorf("the report has no slicer of %s", s.Column)
		}
		state.Slicers = append(state.Slicers, choice{name, json.RawMessage("[" + s.Values + "]")})
	}
	text, err := json.Marshal(state)
	if err != nil {
		return "", fmt.Errorf("a slicer's values are no JSON: %w", err)
	}
	return string(text), nil
}

// refusal prints status, code, rule and text of an error.
func refusal(status int, body []byte) string {
	var e struct {
		Error struct{ Code, Message, Rule string }
	}
	if err := json.Unmarshal(body, &e); err != nil || e.Error.Code == "" {
		return fmt.Sprintf("%d %s", status, strings.TrimSpace(string(body)))
	}
	text := fmt.Sprintf("%d %s", status, e.Error.Code)
	if e.Error.Rule != "" {
		text += " (" + e.Error.Rule + ")"
	}
	return text + ": " + e.Error.Message
}

func rows(body []byte) ([]string, error) {
	var answer struct {
		Columns []struct {
			Group bool `json:"group"`
		} `json:"columns"`
		Rows      [][]any `json:"rows"`
		Total     []any   `json:"total"`
		Truncated bool    `json:"truncated"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // numbers as they were sent
	if err := d.Decode(&answer); err != nil {
		return nil, err
	}
	line := func(cells []any) string {
		var parts []string
		for _, c := range cells {
			if c == nil {
				c = "(blank)"
			}
			parts = append(parts, fmt.Sprint(c))
		}
		return strings.Join(parts, " | ")
	}
	var out []string
	for _, r := range answer.Rows {
		out = append(out, "  "+line(r))
	}
	if len(out) == 0 {
		out = append(out, "  (no rows)")
	}
	grouped := false // the total of what is one row is that row
	for _, c := range answer.Columns {
		grouped = grouped || c.Group
	}
	if answer.Total != nil && grouped {
		out = append(out, "  total: "+line(answer.Total))
	}
	if answer.Truncated {
		out = append(out, "  (and more)")
	}
	return out, nil
}
