package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

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
		for _, k := range slices.Sorted(maps.Keys(w)) {
			v := w[k]
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
