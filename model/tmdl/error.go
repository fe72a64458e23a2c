package tmdl

import (
	"fmt"
	"strings"

	"inlay"
)

// Error says what is wrong in a TMDL file, and where. Line and Column count from 1.
type Error struct {
	File   string
	Line   int
	Column int
	Text   string // the line
	Msg    string
}

// Error prints the place, the message and the line with a caret below it.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
	if strings.TrimSpace(e.Text) == "" {
		return s
	}
	var pad strings.Builder
	for i, r := range []rune(e.Text) {
		if i >= e.Column-1 {
			break
		}
		if r == '\t' {
			pad.WriteByte('\t') // a tab below a tab keeps the caret in place
		} else {
			pad.WriteByte(' ')
		}
	}
	return s + "\n\t" + e.Text + "\n\t" + pad.String() + "^"
}

// Unwrap makes the error one that may be shown to a caller.
func (e *Error) Unwrap() error { return &inlay.Error{Kind: inlay.Invalid, Msg: e.Error()} }
