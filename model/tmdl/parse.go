package tmdl

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds nesting; a real model needs six levels.
const maxDepth = 64

const bom = "\ufeff"

// parser walks the lines of one document.
type parser struct {
	doc  *Document
	tabs bool // the file indents with tabs
	unit int  // characters of one level
	next int  // line to read, from 0
}

// Parse reads one file. The error is an *Error.
func Parse(file string, src []byte) (*Document, error) {
	d := &Document{File: file, lines: strings.SplitAfter(string(src), "\n")}
	if !utf8.Valid(src) {
		for i, l := range d.lines {
			if !utf8.ValidString(l) {
				return nil, d.errorAt(i, 0, "the file is not UTF-8; save it as UTF-8")
			}
		}
	}
	p := &parser{doc: d}
	p.measure()
	nodes, err := p.block(0, 0)
	if err != nil {
		return nil, err
	}
	d.Nodes = nodes
	if len(nodes) > 0 {
		nodes[0].from = 0 // what stands before the first node belongs to it
	}
	spread(nodes, len(d.lines))
	return d, nil
}

// spread gives every node the empty lines up to the next one.
func spread(nodes []*Node, end int) {
	for i, n := range nodes {
		n.to = end
		if i+1 < len(nodes) {
			n.to = nodes[i+1].from
		}
		spread(n.Children, n.to)
	}
}

// line is a line without its end and, on the first, without a byte order mark.
func (p *parser) line(i int) string {
	s := strings.TrimRight(p.doc.lines[i], "\r\n")
	if i == 0 {
		s = strings.TrimPrefix(s, bom)
	}
	return s
}

func blank(s string) bool { return strings.Trim(s, " \t") == "" }

// measure finds out how the file indents. With spaces a level is the smallest indentation
// that occurs, at most four.
func (p *parser) measure() {
	p.tabs, p.unit = true, 1
	seen, smallest := false, 4
	for i := range p.doc.lines {
		s := p.line(i)
		if blank(s) {
			continue
		}
		width := len(s) - len(strings.TrimLeft(s, " "))
		if !seen && (s[0] == '\t' || width > 0) {
			seen, p.tabs = true, s[0] == '\t'
		}
		if width > 0 && width < smallest {
			smallest = width
		}
	}
	if !p.tabs {
		p.unit = smallest
	}
}

// indent is the number of whole levels of a line, and of the bytes that they take.
func (p *parser) indent(s string) (level, width int) {
	mark := byte(' ')
	if p.tabs {
		mark = '\t'
	}
	for width < len(s) && s[width] == mark {
		width++
	}
	level = width / p.unit
	return level, level * p.unit
}

// block reads the nodes of one level.
func (p *parser) block(level, depth int) ([]*Node, error) {
	var nodes []*Node
	docFrom, docs := -1, []string(nil)
	for ; p.next < len(p.doc.lines); p.next++ {
		s := p.line(p.next)
		if blank(s) {
			continue
		}
		lv, width := p.indent(s)
		if err := p.checkIndent(s, lv, width, level, depth); err != nil {
			return nil, err
		}
		if lv < level {
			break
		}
		text := s[width:]
		if strings.HasPrefix(text, "///") {
			if docFrom < 0 {
				docFrom = p.next
			}
			docs = append(docs, strings.TrimRight(strings.TrimPrefix(text[3:], " "), " \t"))
			continue
		}
		from := p.next
		if docFrom >= 0 {
			from = docFrom
		}
		n, err := p.node(level, depth)
		if err != nil {
			return nil, err
		}
		n.Doc, n.from = strings.TrimSpace(strings.Join(docs, "\n")), from
		nodes = append(nodes, n)
		docFrom, docs = -1, nil
		p.next-- // the loop steps over the line it read; node has stepped already
	}
	if docFrom >= 0 {
		return nil, p.doc.errorAt(docFrom, level*p.unit, "a description that describes nothing; an object must follow it")
	}
	return nodes, nil
}

// checkIndent refuses a line whose indentation is not that of the block or of one around it.
func (p *parser) checkIndent(s string, lv, width, level, depth int) error {
	at := func(msg string) error { return p.doc.errorAt(p.next, width, msg) }
	switch {
	case s[width] == ' ' || s[width] == '\t':
		if p.tabs {
			return at("a space in the indentation of a file that indents with tabs")
		}
		return at(fmt.Sprintf("the indentation is not a multiple of the file's %d spaces", p.unit))
	case lv > level:
		return at("indented too deep; an expression of several lines begins below its equals sign, two levels deeper than its object")
	case depth > maxDepth:
		return at(fmt.Sprintf("nested deeper than %d levels", maxDepth))
	}
	return nil
}

// node reads the node that begins at the next line, with its expression and its children.
func (p *parser) node(level, depth int) (*Node, error) {
	s := p.line(p.next)
	_, width := p.indent(s)
	h := head{p: p, text: s, at: width, start: width}
	n, err := h.read()
	if err != nil {
		return nil, err
	}
	p.next++
	if n.HasExpr {
		if err := p.expression(n, level, h.rest()); err != nil {
			return nil, err
		}
	}
	if !p.deeper(level) {
		return n, nil
	}
	child := p.next
	for blank(p.line(child)) {
		child++
	}
	switch {
	case n.Form == Property && !n.HasExpr:
		return nil, p.doc.errorAt(child, level*p.unit, fmt.Sprintf("property '%s' cannot have properties of its own", n.Word))
	}
	n.Form = Object
	n.Children, err = p.block(level+1, depth+1)
	return n, err
}

// deeper reports whether the next line with text is indented deeper than a level.
func (p *parser) deeper(level int) bool {
	for i := p.next; i < len(p.doc.lines); i++ {
		if s := p.line(i); !blank(s) {
			lv, _ := p.indent(s)
			return lv > level
		}
	}
	return false
}
