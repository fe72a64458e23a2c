package tmdl

import "strings"

// splitMeta takes the meta record from the end of an M expression: the source without it and
// the fields of the record, nil if there is none.
func splitMeta(m string) (string, map[string]string) {
	at := metaAt(m)
	if at < 0 {
		return m, nil
	}
	rec := strings.TrimSpace(m[at+len("meta"):])
	if !strings.HasPrefix(rec, "[") || !strings.HasSuffix(rec, "]") {
		return m, nil
	}
	return strings.TrimSpace(m[:at]), fields(rec[1 : len(rec)-1])
}

// metaAt finds the last keyword meta outside of texts, comments and brackets, -1 if there is
// none.
func metaAt(m string) int {
	found, depth := -1, 0
	for i := 0; i < len(m); {
		n := mToken(m[i:])
		switch t := m[i : i+n]; t {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case "meta":
			if depth == 0 {
				found = i
			}
		}
		i += n
	}
	return found
}

// fields splits "a=1, b={2, 3}" at the commas that stand outside of texts and brackets.
func fields(rec string) map[string]string {
	out := map[string]string{}
	from, depth := 0, 0
	add := func(to int) {
		if k, v, ok := strings.Cut(rec[from:to], "="); ok {
			out[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	for i := 0; i < len(rec); {
		n := mToken(rec[i:])
		switch t := rec[i : i+n]; t {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case ",":
			if depth == 0 {
				add(i)
				from = i + 1
			}
		}
		i += n
	}
	add(len(rec))
	return out
}

// mToken is the length of the token of M at the start of s: enough of M's lexer to step over
// texts, quoted names, comments and words.
func mToken(s string) int {
	switch {
	case strings.HasPrefix(s, `#"`):
		return 1 + mText(s[1:])
	case s[0] == '"':
		return mText(s)
	case strings.HasPrefix(s, "//"):
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			return i
		}
		return len(s)
	case strings.HasPrefix(s, "/*"):
		if i := strings.Index(s[2:], "*/"); i >= 0 {
			return i + 4
		}
		return len(s)
	case wordByte(s[0]):
		n := 1
		for n < len(s) && wordByte(s[n]) {
			n++
		}
		return n
	}
	return 1
}

// wordByte reports whether a byte may stand in an identifier of M. A dot joins its parts.
func wordByte(c byte) bool {
	return c == '_' || c == '.' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// mText is the length of a text with its quotes; a quote within is written twice.
func mText(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}
