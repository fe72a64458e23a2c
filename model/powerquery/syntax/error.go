package syntax

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is a mistake in the text of an expression.
type Error struct {
	Pos  Pos
	Msg  string
	Line string // the line of the source
}

// Error says the place and prints the line with a caret.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s\n%s", e.Pos.Line, e.Pos.Column, e.Msg, Caret(e.Line, e.Pos.Column))
}

// maxShown is how much of a line is printed; an Enter data line can be megabytes long.
const maxShown = 100

// Caret prints a line and a caret below a column, cut to a readable width.
func Caret(line string, column int) string {
	before, after := splitAt(line, column-1)
	before = strings.ReplaceAll(before, "\t", " ")
	after = strings.ReplaceAll(after, "\t", " ")
	if n := utf8.RuneCountInString(before); n > maxShown/2 {
		_, rest := splitAt(before, n-maxShown/2)
		before = "…" + rest
	}
	if n := utf8.RuneCountInString(after); n > maxShown/2 {
		head, _ := splitAt(after, maxShown/2)
		after = head + "…"
	}
	return "  " + before + after + "\n  " + strings.Repeat(" ", utf8.RuneCountInString(before)) + "^"
}

func splitAt(s string, runes int) (string, string) {
	for i := range s {
		if runes <= 0 {
			return s[:i], s[i:]
		}
		runes--
	}
	return s, ""
}

// LineOf is the line of a source that holds a position.
func LineOf(src string, p Pos) string {
	offset := min(max(p.Offset, 0), len(src))
	start := strings.LastIndexByte(src[:offset], '\n') + 1
	end := strings.IndexByte(src[offset:], '\n')
	if end < 0 {
		return strings.TrimSuffix(src[start:], "\r")
	}
	return strings.TrimSuffix(src[start:offset+end], "\r")
}
