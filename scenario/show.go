package scenario

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sort"
	"strings"
)

// show opens a report as the embed page does, with the last embed token, and prints what its
// visuals show: the type of each, and its rows.
func (b *Bench) show(report string) (string, error) {
	id := b.ids[report]
	if id == "" {
		return "", fmt.Errorf("there is no report %q in the world", report)
	}
	header := http.Header{"Authorization": {"EmbedToken " + b.embed}}
	w := b.Do("GET", "/inlay/v1/embed/reports/"+id, header, "")
	if w.Code != http.StatusOK {
		return refusal(w.Code, w.Body.Bytes()), nil
	}
	var def struct {
		Pages []struct {
			Name    string `json:"name"`
			Visuals []struct {
				Name, Type string
				TabOrder   int
			} `json:"visuals"`
		} `json:"pages"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &def); err != nil {
		return "", err
	}
	var out []string
	for _, page := range def.Pages {
		sort.Slice(page.Visuals, func(i, j int) bool { return page.Visuals[i].TabOrder < page.Visuals[j].TabOrder })
		for _, v := range page.Visuals {
			path := "/inlay/v1/embed/reports/" + id + "/pages/" + page.Name + "/visuals/" + v.Name + "/query"
			w := b.Do("POST", path, header, "{}")
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

func refusal(status int, body []byte) string {
	var e struct {
		Error struct{ Code, Message, Rule string }
	}
	if err := json.Unmarshal(body, &e); err != nil || e.Error.Code == "" {
		return fmt.Sprintf("%d %s", status, strings.TrimSpace(string(body)))
	}
	text := fmt.Sprintf("%d %s", status, e.Error.Code)
	if e.Error.Rule != "" {
		text += " " + e.Error.Rule
	}
	return text
}

func rows(body []byte) ([]string, error) {
	var answer struct {
		Rows  [][]any `json:"rows"`
		Total []any   `json:"total"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
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
		return "  " + strings.Join(parts, " | ")
	}
	var out []string
	for _, r := range answer.Rows {
		out = append(out, line(r))
	}
	if len(out) == 0 {
		out = append(out, "  (no rows)")
	}
	return out, nil
}
