package tmdl

import (
	"fmt"
	"strings"

	"inlay"
	"inlay/model"
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

// Broken is the error of a model whose roles name tables or columns that do not exist. Nobody may
// be shown its rows, because nobody knows what such a role was to hide; who only looks at
// definitions finds the model in it.
type Broken struct { //nolint:errname // it is the model that is broken, and the word that readers meet
	Model *model.Model
	errs  []error
}

// Error lists the names, each with its place.
func (b *Broken) Error() string { return join(b.errs).Error() }

// Unwrap gives the errors, each an *Error.
func (b *Broken) Unwrap() []error { return b.errs }
