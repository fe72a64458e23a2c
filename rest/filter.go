package rest

import (
	"strings"

	"inlay"
)

// parseFilter reads the part of OData's $filter that the documents show for workspaces:
// id and name with eq, contains(name,'…'), and these joined by and, or and parentheses.
// Anything else is refused: a filter that is not applied would answer with too much.
func parseFilter(values []string) (func(inlay.Workspace) bool, error) {
	if len(values) == 0 {
		return func(inlay.Workspace) bool { return true }, nil
	}
	p := &filterParser{rest: values[0]}
	f := p.or(0)
	if p.err == nil && (p.token() != "" || len(values) > 1) {
		p.fail()
	}
	if p.err != nil {
		return nil, p.err
	}
	return f, nil
}

type filterParser struct {
	rest string
	err  error
}

type keep = func(inlay.Workspace) bool

func (p *filterParser) fail() keep {
	if p.err == nil {
		p.err = refuse(inlay.Unsupported, "", "the $filter is not supported", "use name eq '…', id eq '…' or contains(name,'…'), joined by and or or")
	}
	p.rest = ""
	return func(inlay.Workspace) bool { return false }
}

// token takes the next token: a word, a quoted text with its first quote, or one character.
func (p *filterParser) token() string {
	p.rest = strings.TrimLeft(p.rest, " \t")
	if p.rest == "" {
		return ""
	}
	if p.rest[0] == '\'' {
		return p.quoted()
	}
	n := 1
	for n < len(p.rest) && word(p.rest[0]) && word(p.rest[n]) {
		n++
	}
	t := p.rest[:n]
	p.rest = p.rest[n:]
	return t
}

// quoted takes a text, in which two quotes are one.
func (p *filterParser) quoted() string {
	for i := 1; i < len(p.rest); i++ {
		if p.rest[i] != '\'' {
			continue
		}
		if i+1 < len(p.rest) && p.rest[i+1] == '\'' {
			i++
			continue
		}
		text := p.rest[1:i]
		p.rest = p.rest[i+1:]
		return "'" + strings.ReplaceAll(text, "''", "'")
	}
	p.fail()
	return ""
}

func word(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// take consumes a token if it is the one.
func (p *filterParser) take(want string) bool {
	before := p.rest
	if strings.EqualFold(p.token(), want) {
		return true
	}
	if p.err == nil {
		p.rest = before
	}
	return false
}

func (p *filterParser) or(depth int) keep {
	f := p.and(depth)
	for p.take("or") {
		left, right := f, p.and(depth)
		f = func(w inlay.Workspace) bool { return left(w) || right(w) }
	}
	return f
}

func (p *filterParser) and(depth int) keep {
	f := p.term(depth)
	for p.take("and") {
		left, right := f, p.term(depth)
		f = func(w inlay.Workspace) bool { return left(w) && right(w) }
	}
	return f
}

func (p *filterParser) term(depth int) keep {
	if depth > 50 {
		return p.fail()
	}
	switch t := p.token(); strings.ToLower(t) {
	case "(":
		f := p.or(depth + 1)
		if !p.take(")") {
			return p.fail()
		}
		return f
	case "contains":
		if !p.take("(") || !p.take("name") || !p.take(",") {
			return p.fail()
		}
		text, ok := p.text()
		if !ok || !p.take(")") {
			return p.fail()
		}
		return func(w inlay.Workspace) bool {
			return strings.Contains(strings.ToLower(w.Name), strings.ToLower(text))
		}
	case "name", "id":
		if !p.take("eq") {
			return p.fail()
		}
		text, ok := p.text()
		if !ok && strings.EqualFold(t, "id") { // a GUID needs no quotes
			ok = isGUID(text)
		}
		if !ok {
			return p.fail()
		}
		if strings.EqualFold(t, "id") {
			return func(w inlay.Workspace) bool { return strings.EqualFold(w.ID, text) }
		}
		return func(w inlay.Workspace) bool { return strings.EqualFold(w.Name, text) }
	}
	return p.fail()
}

// text takes a token and says whether it is a quoted text.
func (p *filterParser) text() (string, bool) {
	t := p.token()
	s, ok := strings.CutPrefix(t, "'")
	return s, ok
}
