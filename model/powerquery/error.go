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

	raised bool // an error of the language, which try may catch
	fault       // what try shows of it
}

// fault is an error as the language knows it, in the words of Power Query, which queries look
// at behind try and catch.
type fault struct {
	reason string // Expression.Error where it is empty
	plain  string // Power Query's message, or that which the query itself gave; Msg where it is empty
	detail Value
	format Value // Message.Format and Message.Parameters
	params Value
	code   Value
}

// as says what try shows of an error whose reason is Expression.Error.
func (e *Error) as(plain string, detail Value) *Error {
	e.reason, e.plain, e.detail = expressionError, plain, detail
	return e
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

	why *fault // nil where Msg says all
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

// shown is what try shows of an error.
func (e *Error) shown() *fault {
	why := e.fault
	if why.plain == "" {
		why.plain = e.Msg
	}
	return &why
}

// raiseCell makes an error of the language of one that a cell holds.
func (s *source) raiseCell(pos syntax.Pos, c *CellError) *Error {
	e := s.raise(pos, "%s", c.Error())
	if c.why != nil {
		e.fault = *c.why
	} else {
		e.plain = c.Msg
	}
	return e
}

// raiseCell is raiseCell at argument i of a call.
func (c *call) raiseCell(i int, cell *CellError) *Error {
	e := c.src.raiseCell(c.place(i), cell)
	e.Step = c.step
	return e
}

// Reasons of errors, as try shows them.
const (
	expressionError = "Expression.Error"
	dataFormatError = "DataFormat.Error"
)

// inM is a value as messages of Power Query show it.
func (v Value) inM() string {
	switch v.kind {
	case Null, Integer, Number, Decimal, Logical, Text, Date, DateTime:
		return "the value " + v.String()
	}
	return "a value of type " + typeTitle(v.kind.String())
}

// typeTitle is the name of a type as messages of Power Query write it.
func typeTitle(name string) string {
	switch name = primitiveOf(name); name {
	case "datetime":
		return "DateTime"
	case "datetimezone":
		return "DateTimeZone"
	case "":
		return "Any"
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// expected is the error that argument i is not of a type.
func (c *call) expected(i int, what, typ string) *Error {
	v := c.arg(i)
	return c.raise(i, "expected %s, not %s", what, v.describe()).as("We cannot convert "+v.inM()+" to type "+typeTitle(typ)+".",
		recordOf([]string{"Value", "Type"}, []Value{v, typeValue(Type{Name: typ})}))
}

// unconverted is what try shows of a value that does not convert to a type.
func unconverted(v Value, typ string) fault {
	if v.kind != Text {
		return fault{plain: "We cannot convert " + v.inM() + " to type " + typeTitle(typ) + ".",
			detail: recordOf([]string{"Value", "Type"}, []Value{v, typeValue(Type{Name: typ})})}
	}
	switch primitiveOf(typ) {
	case "date", "datetime", "datetimezone", "time", "duration":
		return fault{reason: dataFormatError, plain: "We couldn't parse the input provided as a " + typeTitle(typ) + " value.", detail: v}
	case "logical":
		return fault{plain: "Could not convert to a logical.", detail: v}
	}
	return fault{reason: dataFormatError, plain: "We couldn't convert to " + typeTitle(typ) + ".", detail: v}
}

// unread is the error that the text at argument 0 is no value of a type.
func (c *call) unread(v Value, typ string) *Error {
	e := c.raise(0, "%s does not convert to %s", v.describe(), typ)
	e.fault = unconverted(v, typ)
	return e
}

// noField is the error that a record has no such field.
func (e *Error) noField(name string, r Value) *Error {
	return e.as("The field '"+name+"' of the record wasn't found.", r)
}

// noColumn is the error that a table has no such column.
func (e *Error) noColumn(name string) *Error {
	return e.as("The column '"+name+"' of the table wasn't found.", text(name))
}

// cannotApply is the error of an operator between types that it does not join.
func (e *Error) cannotApply(op string, a, b Value) *Error {
	return e.as("We cannot apply operator "+op+" to types "+typeTitle(a.kind.String())+" and "+typeTitle(b.kind.String())+".",
		recordOf([]string{"Operator", "Left", "Right"}, []Value{text(op), a, b}))
}

// Messages of lists and tables that have too few or too many items.
const (
	tooFew  = "There weren't enough elements in the enumeration to complete the operation."
	tooMany = "There were too many elements in the enumeration to complete the operation."
)

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
