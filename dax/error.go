package dax

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is a mistake in an expression, or a failure to evaluate it, with its place.
type Error struct {
	Pos  Pos
	Msg  string
	Src  string   // the whole source text, empty if it is not known
	More []*Error // further mistakes found in the same text

	// Value says that a value was at fault and not the expression: IFERROR catches this one.
	// A function that is not supported, or a name that is not known, is never hidden by it.
	Value bool

	// Final says that a value was at fault in a variable, which IFERROR does not catch where the
	// variable is used.
	Final bool

	// Unsupported says that the expression is right and that nothing evaluates it.
	Unsupported bool

	// Limit says that the text is larger, deeper or longer than is read.
	Limit bool
}

// Errorf makes an error at the place of a node. Add the source with In so that the message
// shows the line with a caret.
func Errorf(at Expr, format string, args ...any) *Error {
	e := &Error{Msg: fmt.Sprintf(format, args...)}
	if at != nil {
		e.Pos = at.Pos()
	}
	return e
}

// In is the same error, knowing the text that its position points into.
func (e *Error) In(src string) *Error {
	c := *e
	c.Src = src
	c.More = nil
	for _, m := range e.More {
		c.More = append(c.More, m.In(src))
	}
	return &c
}

// Error is the message with line, column and, if the source is known, the line and a caret.
func (e *Error) Error() string {
	var b strings.Builder
	e.write(&b)
	for _, m := range e.More {
		b.WriteByte('\n')
		m.write(&b)
	}
	return b.String()
}

func (e *Error) write(b *strings.Builder) {
	if e.Pos.Line == 0 {
		b.WriteString(e.Msg)
		return
	}
	fmt.Fprintf(b, "line %d, column %d: %s", e.Pos.Line, e.Pos.Column, e.Msg)
	if e.Src == "" || e.Pos.Offset > len(e.Src) {
		return
	}
	text, pad := e.excerpt()
	number := fmt.Sprintf("%2d", e.Pos.Line)
	fmt.Fprintf(b, "\n%s | %s\n%s | %s^", number, text, strings.Repeat(" ", len(number)), pad)
}

// widest is how much of a line is shown on either side of the caret, in bytes.
const widest = 60

// excerpt is the part of the line around the position, and the padding that puts a caret
// below it. Tabs stay tabs in both so that they align.
func (e *Error) excerpt() (text, pad string) {
	start := strings.LastIndexAny(e.Src[:e.Pos.Offset], "\r\n") + 1
	end := len(e.Src)
	if i := strings.IndexAny(e.Src[e.Pos.Offset:], "\r\n"); i >= 0 {
		end = e.Pos.Offset + i
	}
	before, after := e.Src[start:e.Pos.Offset], e.Src[e.Pos.Offset:end]
	if len(before) > widest {
		cut := len(before) - widest
		for cut < len(before) && !utf8.RuneStart(before[cut]) {
			cut++
		}
		before = "…" + before[cut:]
	}
	if len(after) > widest {
		cut := widest
		for cut > 0 && !utf8.RuneStart(after[cut]) {
			cut--
		}
		after = after[:cut] + "…"
	}
	pad = strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, before)
	return before + after, pad
}
