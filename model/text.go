package model

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Text says where an expression stands in the file that defines it, so that a place in the
// expression is a place in the file. The zero Text is that of an expression without a file.
type Text struct {
	Line   int // of the file, on which the expression begins
	First  int // characters before the expression on its first line
	Others int // characters before it on the other lines: the indentation that was cut off

	// JSON is the value as the file spells it, a string or a list of strings that are lines, from
	// behind First on. Empty says that the file has the expression as it is.
	JSON string
}

// In is the place in the file of a line and a column of the expression, both from 1. What is not
// known, or not asked for (0), is left out: the column, or the line of the expression.
func (t Text) In(file string, line, column int) Place {
	p := Place{File: file, Line: t.Line}
	if t.Line == 0 || line <= 0 {
		return p
	}
	if t.JSON != "" {
		return t.inJSON(p, line, column)
	}
	p.Line += line - 1
	switch {
	case column <= 0:
	case line == 1:
		p.Column = t.First + column
	default:
		p.Column = t.Others + column
	}
	return p
}

// inJSON counts the lines of the expression and those of the file in step: each string of a list
// is a line of the expression, and so is what stands behind an escaped line end.
func (t Text) inJSON(p Place, line, column int) Place {
	at := Place{File: p.File, Line: t.Line, Column: t.First + 1} // in the file
	l, c, inside := 0, 0, false                                  // in the expression
	for s := t.JSON; s != ""; {
		if inside && l == line && (c == max(column, 1) || s[0] == '"') {
			if column <= 0 {
				at.Column = 0
			}
			return at
		}
		size := 1
		switch {
		case s[0] == '"':
			if inside = !inside; inside {
				l, c = l+1, 1
			}
		case !inside && s[0] == '\n':
			at.Line, at.Column = at.Line+1, 0
		case inside:
			var r rune
			if r, size = spelled(s); r == '\n' {
				l, c = l+1, 1
			} else {
				c++
			}
		}
		at.Column += utf8.RuneCountInString(s[:size])
		s = s[size:]
	}
	return p
}

// spelled is the first character of the rest of a JSON string, and how many bytes spell it.
func spelled(s string) (r rune, size int) {
	if s[0] != '\\' || len(s) < 2 {
		return utf8.DecodeRuneInString(s)
	}
	switch s[1] {
	case 'n':
		return '\n', 2
	case 'u':
		if r, ok := unit(s); ok {
			if low, ok := unit(s[6:]); ok && utf16.IsSurrogate(r) && utf16.DecodeRune(r, low) != utf8.RuneError {
				return utf16.DecodeRune(r, low), 12
			}
			return r, 6
		}
	}
	return utf8.RuneError, 2 // some other character, but no line end
}

// unit reads an escape of four hexadecimal digits.
func unit(s string) (rune, bool) {
	if len(s) < 6 || !strings.HasPrefix(s, `\u`) {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}
