package tmdl

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

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

// shown is how many characters of a line are printed: a model may be one long line of JSON.
const shown = 200

// Error prints the place, the message and the line, or the part of it around the place, with a
// caret below it.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
	if strings.TrimSpace(e.Text) == "" {
		return s
	}
	line, at := []rune(e.Text), e.Column-1
	if len(line) > shown {
		from := min(max(0, at-shown/2), len(line)-shown)
		line, at = line[from:from+shown], at-from
	}
	var pad strings.Builder
	for _, r := range line[:min(max(0, at), len(line))] {
		if r == '\t' {
			pad.WriteByte('\t') // a tab below a tab keeps the caret in place
		} else {
			pad.WriteByte(' ')
		}
	}
	return s + "\n\t" + string(line) + "\n\t" + pad.String() + "^"
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

// At is the error at a byte of a file, with the line and the column in which the byte stands.
func At(file, text string, offset int, msg string) *Error {
	offset = min(max(0, offset), len(text))
	from := strings.LastIndexByte(text[:offset], '\n') + 1
	end := len(text)
	if i := strings.IndexByte(text[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	return &Error{
		File: file, Line: 1 + strings.Count(text[:from], "\n"), Column: 1 + utf8.RuneCountInString(text[from:offset]),
		Text: strings.TrimSuffix(text[from:end], "\r"), Msg: msg,
	}
}

// JSON is the error at the place at which encoding/json stopped: at the character that cannot
// stand there, at the value of another kind, or at the end of a text that is cut off.
func JSON(file, text string, err error) *Error {
	at, msg := len(text), err.Error()
	if e, ok := errors.AsType[*json.SyntaxError](err); ok && !strings.Contains(msg, "unexpected end") {
		at = int(e.Offset) - 1
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		at = int(e.Offset)
	}
	switch {
	case strings.HasSuffix(msg, "after array element"), strings.HasSuffix(msg, "after object key:value pair"):
		msg += "; is a comma missing before it?"
	case strings.HasSuffix(msg, "looking for beginning of object key string"):
		msg += "; is there a comma too much before it?"
	}
	return At(file, text, at, msg)
}
