package rest

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// route is an operation with its path taken apart.
type route struct {
	Operation
	parts []part
}

// part is one segment of a template: a word, or the name of a variable.
type part struct {
	word, name string
}

func compile(ops []Operation) []route {
	routes := make([]route, len(ops))
	for i, op := range ops {
		routes[i].Operation = op
		for s := range strings.SplitSeq(strings.TrimPrefix(op.Path, "/"), "/") {
			if name, ok := strings.CutPrefix(s, "{"); ok {
				routes[i].parts = append(routes[i].parts, part{name: strings.TrimSuffix(name, "}")})
			} else {
				routes[i].parts = append(routes[i].parts, part{word: strings.ToLower(s)})
			}
		}
	}
	return routes
}

// segment is one piece of a request's path, as it was sent and decoded.
type segment struct {
	raw, text string
}

// split appends the segments of a path. It refuses what two programs may read differently: empty and dot
// segments, encoded separators, parameters after a semicolon, control characters. One slash
// at the end is tolerated. CVE-2026-27880 is what happens otherwise: one reading for the
// check, another for the work.
func split(out []segment, u *url.URL) ([]segment, bool) {
	path, ok := strings.CutPrefix(u.EscapedPath(), "/")
	if !ok || (u.Host == "") != (u.Scheme == "") {
		return nil, false
	}
	path = strings.TrimSuffix(path, "/")
	for raw := range strings.SplitSeq(path, "/") {
		text, err := url.PathUnescape(raw)
		if err != nil || text == "" || !utf8.ValidString(text) || strings.HasSuffix(text, ".") || strings.ContainsAny(text, `/\;%`) ||
			strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
			return nil, false
		}
		out = append(out, segment{raw, text})
	}
	return out, true
}

// match compares a path with the template. Words are compared as they were sent, in ASCII
// and without regard to case; a variable whose name ends in Id must be a GUID.
func (rt *route) match(path []segment) (map[string]string, bool) {
	if len(path) != len(rt.parts) {
		return nil, false
	}
	for i, p := range rt.parts {
		if p.word != "" && !sameWord(path[i].raw, p.word) {
			return nil, false
		}
	}
	var vars map[string]string // most have none
	for i, p := range rt.parts {
		if p.word != "" {
			continue
		}
		if vars == nil {
			vars = map[string]string{}
		}
		switch {
		case strings.HasSuffix(p.name, "Id"):
			if !isGUID(path[i].raw) {
				return nil, false
			}
			vars[p.name] = strings.ToLower(path[i].raw)
		default:
			vars[p.name] = path[i].text
		}
	}
	return vars, true
}

// sameWord compares with a lower-case word. strings.EqualFold would also take ſ for s.
func sameWord(s, word string) bool {
	if len(s) != len(word) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if !strings.Contains("0123456789abcdefABCDEF", s[i:i+1]) {
				return false
			}
		}
	}
	return true
}
