package tmdl

import (
	"strings"

	"inlay/model"
)

// Form tells the kinds of Node apart.
type Form uint8

// Forms of a Node.
const (
	Object   Form = iota // "table Sales", "measure X = …", or a bare word that has children
	Property             // "name: value", or "name = expression" without a name of an object
	Flag                 // a bare word: a property that is true
)

// Document is one file as a tree. Nothing of the text is lost: String gives it back byte by
// byte, and Node.Raw the part of it that one node takes.
type Document struct {
	File    string
	Nodes   []*Node
	Columns bool     // a line may hold several objects, so that the line is no place of one
	lines   []string // with their line ends
}

// NewDocument makes a document without nodes. Readers of other formats of the same objects
// fill it, and their errors show the lines of its text.
func NewDocument(file, text string) *Document {
	return &Document{File: file, lines: strings.SplitAfter(text, "\n")}
}

// NewNode makes a node that stands at a place of the document.
func (d *Document) NewNode(form Form, word string, line, column int) *Node {
	return &Node{doc: d, Form: form, Word: word, Line: line, Column: column}
}

// Node is an object or a property of a Document.
type Node struct {
	Form     Form
	Word     string // the keyword or the name of the property
	Name     string // of an object, without quotes
	Ref      bool   // "ref table X": a mention that sets the order, not a definition
	Value    string // after a colon, without quotes
	Expr     string // after an equals sign, without its indentation or fence
	HasExpr  bool
	Text     model.Text // where Expr stands
	Doc      string
	Children []*Node
	Line     int // of the word; lines and columns count from 1
	Column   int

	doc      *Document
	from, to int  // lines [from, to) of the document, with the description above
	body     span // of an expression in lines of its own
}

// span is lines [from, to) of a document, counted from 0.
type span struct{ from, to int }

// String is the text of the file.
func (d *Document) String() string { return strings.Join(d.lines, "") }

// Raw is the text of the node with its description, its children and the empty lines up to
// the next node.
func (n *Node) Raw() string { return strings.Join(n.doc.lines[n.from:n.to], "") }

// Child finds the first child by word, nil if there is none. Words have no case.
func (n *Node) Child(word string) *Node {
	for _, c := range n.Children {
		if strings.EqualFold(c.Word, word) {
			return c
		}
	}
	return nil
}

// errorf is an error at the node.
func (n *Node) errorf(msg string) *Error { return n.doc.errorAt(n.Line-1, n.Column-1, msg) }

// errorAt is an error at a line and a character, both from 0.
func (d *Document) errorAt(line, col int, msg string) *Error {
	text := ""
	if line < len(d.lines) {
		text = strings.TrimRight(d.lines[line], "\r\n")
	}
	return &Error{File: d.File, Line: line + 1, Column: col + 1, Text: text, Msg: msg}
}
