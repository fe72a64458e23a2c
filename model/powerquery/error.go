package powerquery

import (
	"fmt"
	"strings"

	"inlay"
	"inlay/model/powerquery/syntax"
)

// Error says what of a query cannot be evaluated, where it stands and what would help.
type Error struct {
	Kind   inlay.Kind
	Table  string // of the model, empty for a parameter
	Query  string // partition, parameter or shared query
	Step   string // of the let, empty outside
	Pos    syntax.Pos
	Line   string // the line of the query's text
	Msg    string
	Remedy string

	raised bool   // an error of the language, which try may catch
	reason string // Expression.Error where it is empty
	plain  string // the message that the query itself gave
	detail Value
}

// Error says the place, the fault and the remedy, and prints the line with a caret.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Table != "" {
		fmt.Fprintf(&b, "table '%s', ", e.Table)
	}
	if e.Query != "" {
		fmt.Fprintf(&b, "query %q, ", e.Query)
	}
	if e.Step != "" {
		fmt.Fprintf(&b, "step %q, ", e.Step)
	}
	if e.Pos.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d", e.Pos.Line, e.Pos.Column)
	}
	text := strings.TrimSuffix(b.String(), ", ")
	if text != "" {
		text += ": "
	}
	text += e.Msg
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	if e.Pos.Line > 0 {
		text += "\n" + syntax.Caret(e.Line, e.Pos.Column)
	}
	return text
}

// Unwrap gives the error as the rest of the program knows it.
func (e *Error) Unwrap() error {
	return &inlay.Error{Kind: e.Kind, Msg: e.Error(), Remedy: e.Remedy}
}

// CellError is an error in one cell: the value that stood there does not convert, or the
// expression that computes it failed. M keeps it in the cell until someone looks at it.
type CellError struct {
	File   string // empty if the row is not of a file
	Row    int64  // line of the file, or number of the row; 0 if it is not known
	Column string
	Msg    string
}

// Error says file, row and column.
func (e *CellError) Error() string {
	var b strings.Builder
	if e.File != "" {
		fmt.Fprintf(&b, "file %q, ", e.File)
	}
	if e.Row > 0 {
		fmt.Fprintf(&b, "row %d, ", e.Row)
	}
	fmt.Fprintf(&b, "column %q: %s", e.Column, e.Msg)
	return b.String()
}

// source is the text of one query.
type source struct {
	table, query string
	text         string
}

func (s *source) errorAt(pos syntax.Pos, kind inlay.Kind, format string, args ...any) *Error {
	return &Error{
		Kind: kind, Table: s.table, Query: s.query, Pos: pos,
		Line: syntax.LineOf(s.text, pos), Msg: fmt.Sprintf(format, args...),
	}
}

// raise makes an error of the language, which try can catch.
func (s *source) raise(pos syntax.Pos, format string, args ...any) *Error {
	e := s.errorAt(pos, inlay.Invalid, format, args...)
	e.raised = true
	return e
}
