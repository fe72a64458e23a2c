package tmdl

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// head reads the first line of a node: word, name, and what follows a colon or equals sign.
type head struct {
	p     *parser
	text  string
	start int // byte at which the text begins
	at    int // byte to read
}

func (h *head) errorf(format string, args ...any) error {
	col := utf8.RuneCountInString(h.text[:h.at])
	return h.p.doc.errorAt(h.p.next, col, fmt.Sprintf(format, args...))
}

func (h *head) skip() {
	for h.at < len(h.text) && (h.text[h.at] == ' ' || h.text[h.at] == '\t') {
		h.at++
	}
}

func (h *head) end() bool { return h.at >= len(h.text) }

// rest is the text from here on, without space around it.
func (h *head) rest() string { return strings.Trim(h.text[h.at:], " \t") }

// word reads a keyword or the name of a property.
func (h *head) word() string {
	from := h.at
	for h.at < len(h.text) {
		r, size := utf8.DecodeRuneInString(h.text[h.at:])
		if r != '_' && !unicode.IsLetter(r) && (h.at == from || !unicode.IsDigit(r)) {
			break
		}
		h.at += size
	}
	return h.text[from:h.at]
}

// name reads the name of an object, quoted or bare.
func (h *head) name() (string, error) {
	if h.text[h.at] == '\'' {
		s, n, ok := quoted(h.text[h.at:])
		if !ok {
			return "", h.errorf("a quoted name without its closing quote; a quote within a name is written twice")
		}
		h.at += n
		return s, nil
	}
	from := h.at
	for h.at < len(h.text) && !strings.ContainsRune(" \t=:'", rune(h.text[h.at])) {
		h.at++
	}
	if h.at == from {
		return "", h.errorf("a name is expected here")
	}
	return h.text[from:h.at], nil
}

// quoted reads 'text' with ” for ' from the start of s, and the bytes it took.
func quoted(s string) (string, int, bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, b.Len() > 0
	}
	return "", 0, false
}

// read reads the line. When the node has an expression, rest is where it may begin.
func (h *head) read() (*Node, error) {
	n := &Node{doc: h.p.doc, Line: h.p.next + 1, Column: utf8.RuneCountInString(h.text[:h.start]) + 1}
	if strings.HasPrefix(h.text[h.at:], "//") {
		return nil, h.errorf("a comment; TMDL has none outside of expressions, a description begins with ///")
	}
	n.Word = h.word()
	if n.Word == "" {
		return nil, h.errorf("an object or a property is expected here; an expression of several lines stands two levels deeper than its object")
	}
	h.skip()
	if n.Word == "ref" && !h.end() && h.text[h.at] != ':' && h.text[h.at] != '=' {
		n.Ref = true
		if n.Word = h.word(); n.Word == "" {
			return nil, h.errorf("a kind of object is expected after ref")
		}
		h.skip()
	}
	switch {
	case h.end():
		n.Form = Flag
		if n.Ref {
			n.Form = Object
		}
		return n, nil
	case h.text[h.at] == ':':
		h.at++
		n.Form, n.Value = Property, unquote(h.rest())
		return n, nil
	case h.text[h.at] == '=':
		h.at++
		n.Form, n.HasExpr = Property, true
		return n, nil
	}
	return n, h.named(n)
}

// named reads the name of an object and what follows it.
func (h *head) named(n *Node) error {
	if h.text[h.at-1] != ' ' && h.text[h.at-1] != '\t' && h.text[h.at] != '\'' {
		return h.errorf("unexpected %q; an object is a word and a name, a property a word and a colon", firstRune(h.text[h.at:]))
	}
	var err error
	if n.Name, err = h.name(); err != nil {
		return err
	}
	h.skip()
	switch {
	case h.end():
		return nil
	case h.text[h.at] == '=' && !n.Ref:
		h.at++
		n.HasExpr = true
		return nil
	}
	return h.errorf("unexpected %q after the name; a name with spaces, dots, colons or equals signs stands in single quotes", firstRune(h.text[h.at:]))
}

func firstRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// unquote takes the double quotes from a value that stands in them as a whole.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	in := s[1 : len(s)-1]
	if strings.Contains(strings.ReplaceAll(in, `""`, ""), `"`) {
		return s // quotes of the value itself, such as "a" 0 "b"
	}
	return strings.ReplaceAll(in, `""`, `"`)
}
