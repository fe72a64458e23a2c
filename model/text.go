package model

// Text says where an expression stands in the file that defines it, so that a place in the
// expression is a place in the file. The zero Text is that of an expression without a file.
type Text struct {
	Line   int  // of the file, on which the expression begins
	First  int  // characters before the expression on its first line
	Others int  // characters before it on the other lines: the indentation that was cut off
	Folded bool // the lines of the expression are not those of the file: only Line is known
	Coarse bool // columns of the file are not those of the expression, because of escapes
}

// In is the place in the file of a line and a column of the expression, both from 1. What is not
// known, or not asked for (0), is left out: the column, or the line of the expression.
func (t Text) In(file string, line, column int) Place {
	p := Place{File: file, Line: t.Line}
	if t.Line == 0 || line <= 0 || t.Folded {
		return p
	}
	p.Line += line - 1
	switch {
	case column <= 0 || t.Coarse:
	case line == 1:
		p.Column = t.First + column
	default:
		p.Column = t.Others + column
	}
	return p
}
