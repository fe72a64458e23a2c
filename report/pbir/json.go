package pbir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"inlay"
)

// maxFile bounds one file of a definition.
const maxFile = 16 << 20

// Error says what is wrong in a file of a report, and where. Line and Column count from 1.
type Error struct {
	File   string
	Line   int
	Column int
	Text   string // the line, or empty
	Msg    string
}

// Error prints the place, the message and the line with a caret below it.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
	if e.Text == "" {
		return s
	}
	return s + "\n\t" + e.Text + "\n\t" + strings.Repeat(" ", e.Column-1) + "^"
}

// Unwrap makes the error one that may be shown to a caller.
func (e *Error) Unwrap() error { return &inlay.Error{Kind: inlay.Invalid, Msg: e.Error()} }

// readJSON reads a file into a value and returns its text. A file that is not there is an
// error of fs.ErrNotExist.
func readJSON(fsys fs.FS, name string, into any) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	if info.Size() > maxFile {
		return nil, inlay.Errorf(inlay.Limit, "%s has %d bytes; a file of a report may have %d", name, info.Size(), maxFile)
	}
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if err := json.Unmarshal(src, into); err != nil {
		return nil, errorIn(name, src, err)
	}
	return src, nil
}

// errorIn gives an error of the JSON decoder its place.
func errorIn(name string, src []byte, err error) error {
	at := int64(1)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = e.Offset
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		at = e.Offset
	}
	return errorAt(name, src, int(at)-1, strings.TrimPrefix(err.Error(), "json: "))
}

// errorAt is an error at a byte of a file. Long lines are shown around the place alone.
func errorAt(name string, src []byte, at int, msg string) error {
	at = max(0, min(at, len(src)))
	from := bytes.LastIndexByte(src[:at], '\n') + 1
	e := &Error{File: name, Line: 1 + bytes.Count(src[:from], []byte("\n")), Msg: msg}
	e.Column = 1 + utf8.RuneCount(src[from:at])
	to := len(src)
	if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
		to = at + i
	}
	if line := string(src[from:to]); to-from <= 200 && utf8.ValidString(line) {
		e.Text = strings.ReplaceAll(strings.TrimRight(line, "\r"), "\t", " ")
	}
	return e
}

// lineOf is the line on which a text occurs first, 1 if it does not.
func lineOf(src []byte, text string) int {
	i := bytes.Index(src, []byte(text))
	if i < 0 {
		return 1
	}
	return 1 + bytes.Count(src[:i], []byte("\n"))
}
