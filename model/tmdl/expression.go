package tmdl

import (
	"strings"
	"unicode/utf8"
)

const fence = "```"

// expression reads the expression of a node: the rest of its line, a fenced text, or the
// lines below it that are deeper than its properties may be.
func (p *parser) expression(n *Node, level int, rest string) error {
	n.Text.Line = n.Line
	if after, ok := strings.CutPrefix(rest, fence); ok {
		return p.fenced(n, after)
	}
	if rest != "" {
		n.Expr, n.Text.First = rest, p.before(n, rest)
		return nil
	}
	// The body stands two levels deeper than an object, because its properties stand one
	// level deeper. A property has none as a rule, and one level is enough; an expression that
	// begins two levels deeper leaves the level between to properties all the same.
	least := level + 2
	if n.Form == Property && p.nextLevel() < least {
		least = level + 1
	}
	from, to, strip := p.next, p.next, -1
	for i := p.next; i < len(p.doc.lines); i++ {
		s := p.line(i)
		if blank(s) {
			continue
		}
		lv, width := p.indent(s)
		if lv < least {
			break
		}
		if strip < 0 || width < strip {
			strip = width
		}
		to = i + 1
	}
	for from < to && blank(p.line(from)) {
		from++
	}
	if from < to {
		n.Text.Line = from + 1
	}
	n.Text.First, n.Text.Others = max(strip, 0), max(strip, 0)
	n.Expr, n.body = p.text(from, to, strip), span{from, to}
	p.next = to
	return nil
}

// before is how many characters of the node's line stand before its end.
func (p *parser) before(n *Node, end string) int {
	line := strings.TrimRight(p.line(n.Line-1), " \t")
	return utf8.RuneCountInString(strings.TrimSuffix(line, strings.TrimRight(end, " \t")))
}

// nextLevel is the level of the next line with text.
func (p *parser) nextLevel() int {
	for i := p.next; i < len(p.doc.lines); i++ {
		if s := p.line(i); !blank(s) {
			level, _ := p.indent(s)
			return level
		}
	}
	return 0
}

// fenced reads up to the closing fence, whose indentation is the left edge of the text
// (TMDL overview, "Expressions").
func (p *parser) fenced(n *Node, after string) error {
	if in, ok := strings.CutSuffix(after, fence); ok && after != "" {
		n.Expr = strings.TrimSpace(in)
		n.Text.First = p.before(n, strings.TrimLeft(after, " \t"))
		return nil
	}
	if after != "" {
		return p.doc.errorAt(n.Line-1, n.Column-1, "text after an opening fence; it begins on the next line")
	}
	for i := p.next; i < len(p.doc.lines); i++ {
		s := p.line(i)
		if strings.Trim(s, " \t") != fence {
			continue
		}
		strip := len(s) - len(strings.TrimLeft(s, " \t"))
		n.Text.Line, n.Text.First, n.Text.Others, n.body = p.next+1, strip, strip, span{p.next, i}
		n.Expr = strings.TrimRight(p.text(p.next, i, strip), " \t\n")
		p.next = i + 1
		return nil
	}
	return p.doc.errorAt(n.Line-1, n.Column-1, "the fence (```) of this expression is never closed")
}

// text joins lines [from, to) without the first strip characters of indentation.
func (p *parser) text(from, to, strip int) string {
	out := make([]string, 0, max(0, to-from))
	for i := from; i < to; i++ {
		s := p.line(i)
		cut := 0
		for cut < strip && cut < len(s) && (s[cut] == ' ' || s[cut] == '\t') {
			cut++
		}
		if s = s[cut:]; blank(s) {
			s = ""
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}
