package tmdl

import (
	"slices"
	"strings"

	"inlay"
)

// With gives the document in which the value or the expression of one node is another, and
// every other byte is as it was. The node must be of this document. A text that the place
// cannot hold, such as one of several lines behind a colon, is an error.
func (d *Document) With(n *Node, text string) (*Document, error) {
	if n.doc != d {
		return nil, inlay.Errorf(inlay.Invalid, "'%s' is not a part of %s", n.Word, d.File)
	}
	var lines []string
	switch {
	case n.HasExpr && text == n.Expr, !n.HasExpr && n.Form == Property && text == n.Value:
		return d, nil // also with the spaces at its end
	case n.HasExpr && n.body.from < n.body.to:
		lines = d.withBody(n, text)
	case n.HasExpr, n.Form == Property, n.Form == Flag:
		lines = d.withLine(n, text)
	default:
		return nil, inlay.Errorf(inlay.Invalid, "%s:%d: '%s' has neither a value nor an expression", d.File, n.Line, n.Word)
	}
	out, err := Parse(d.File, []byte(strings.Join(lines, "")))
	if err != nil {
		return nil, err
	}
	// What was written must be what is read, or it would be something else to the next reader.
	again := out.at(n.Line, out.Nodes)
	if again == nil || again.Word != n.Word || again.Name != n.Name || again.HasExpr != n.HasExpr && n.Form != Flag || again.Value != text && again.Expr != text {
		return nil, inlay.Errorf(inlay.Invalid, "%s:%d: '%s' cannot hold %q", d.File, n.Line, n.Word, text)
	}
	return out, nil
}

// at finds the node that begins on a line.
func (d *Document) at(line int, nodes []*Node) *Node {
	for _, n := range nodes {
		if n.Line == line {
			return n
		}
		if x := d.at(line, n.Children); x != nil {
			return x
		}
	}
	return nil
}

// end is the line end of a line.
func end(line string) string { return line[len(strings.TrimRight(line, "\r\n")):] }

// withLine changes what follows the colon or the equals sign on the line of a node.
func (d *Document) withLine(n *Node, text string) []string {
	lines := slices.Clone(d.lines)
	line := lines[n.Line-1]
	head := strings.TrimRight(line, "\r\n")
	sign := ": "
	if n.HasExpr {
		sign = " = "
	}
	if n.Form != Flag {
		head = head[:d.sign(n, head)]
	}
	head = strings.TrimRight(head, " \t")
	if !n.HasExpr && text != strings.TrimSpace(text) || len(text) > 1 && text[0] == '"' && unquote(text) != text {
		text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	lines[n.Line-1] = head + sign + text + end(line)
	return lines
}

// sign is the byte at which the colon or the equals sign of a node stands: the first one
// outside of quotes.
func (d *Document) sign(n *Node, line string) int {
	mark, quoted := byte(':'), false
	if n.HasExpr {
		mark = '='
	}
	for i := range len(line) {
		switch {
		case line[i] == '\'':
			quoted = !quoted
		case line[i] == mark && !quoted:
			return i
		}
	}
	return len(line)
}

// withBody changes an expression in lines of its own, at the indentation that it has.
func (d *Document) withBody(n *Node, text string) []string {
	first := d.lines[n.body.from]
	if n.body.from == 0 {
		first = strings.TrimPrefix(first, bom)
	}
	indent := first[:len(first)-len(strings.TrimLeft(first, " \t"))]
	for i := n.body.from; i < n.body.to; i++ { // the least one is that of the whole
		if s := d.lines[i]; !blank(strings.TrimRight(s, "\r\n")) {
			if w := s[:len(s)-len(strings.TrimLeft(s, " \t"))]; len(w) < len(indent) || blank(strings.TrimRight(first, "\r\n")) {
				indent, first = w, s
			}
		}
	}
	if i := n.body.to; i < len(d.lines) && strings.Trim(d.lines[i], " \t\r\n") == fence { // the fence is the left edge
		indent = d.lines[i][:len(d.lines[i])-len(strings.TrimLeft(d.lines[i], " \t"))]
	}
	old := strings.Split(n.Expr, "\n")
	var body []string
	for i, s := range strings.Split(text, "\n") {
		if i < len(old) && old[i] == s && n.body.from+i < n.body.to {
			body = append(body, d.lines[n.body.from+i]) // as it was, with its trailing spaces
			continue
		}
		if s != "" {
			s = indent + s
		}
		body = append(body, s+"\n")
	}
	ending := end(d.lines[n.Line-1])
	for i, s := range body {
		body[i] = strings.TrimRight(s, "\r\n") + ending
	}
	tail := d.lines[n.body.from+min(len(old), n.body.to-n.body.from) : n.body.to] // empty lines before a closing fence
	return slices.Concat(d.lines[:n.body.from], body, tail, d.lines[n.body.to:])
}
