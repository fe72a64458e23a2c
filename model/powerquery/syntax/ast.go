package syntax

// Pos is a place in the source text. Line and Column count from 1, in characters.
type Pos struct {
	Offset int // bytes from the start
	Line   int
	Column int
}

// Expr is a node of the syntax tree.
type Expr interface {
	// Pos is where the node begins in the source.
	Pos() Pos
	expr()
}

// At is the position that every node embeds.
type At struct{ Start Pos }

// Pos is where the node begins.
func (a At) Pos() Pos { return a.Start }
func (a At) expr()    {}

// LiteralKind says what a Literal is.
type LiteralKind uint8

// Kinds of literal.
const (
	Null LiteralKind = iota
	True
	False
	Number
	Text
)

// Literal is null, true, false, a number or a text. Text holds the decoded text, or the
// digits of a number as written.
type Literal struct {
	At
	Kind LiteralKind
	Text string
}

// Name is a reference to a step, parameter, query or function. Self is @name, which may mean
// the step that is being defined.
type Name struct {
	At
	Name string
	Self bool
}

// Binding is one step of a let, or one field of a record.
type Binding struct {
	At
	Name string
	X    Expr
}

// Let is let … in ….
type Let struct {
	At
	Steps []Binding
	In    Expr
}

// Record is [a = 1, b = 2].
type Record struct {
	At
	Fields []Binding
}

// Item is one element of a list; To is set in a range {From..To}.
type Item struct {
	From, To Expr
}

// List is {1, 2, 5..9}.
type List struct {
	At
	Items []Item
}

// If is if … then … else ….
type If struct {
	At
	Cond, Then, Else Expr
}

// Param is a parameter of a Func. Type is nil where none is said.
type Param struct {
	Name     string
	Type     Expr
	Optional bool
}

// Func is (a, b) => body, or each body with the one parameter _. End is the offset behind it.
type Func struct {
	At
	Params []Param
	Return Expr // the type of the result, nil where none is said
	Body   Expr
	Each   bool
	End    int
}

// Call is f(a, b).
type Call struct {
	At
	Func Expr
	Args []Expr
}

// Field is x[name]; X is nil in the short form [name], which means _[name].
type Field struct {
	At
	X        Expr
	Name     string
	Optional bool
}

// Fields is the projection x[[a], [b]].
type Fields struct {
	At
	X        Expr
	Names    []string
	Optional bool
}

// Index is x{key}.
type Index struct {
	At
	X, Key   Expr
	Optional bool
}

// Unary is +x, -x or not x.
type Unary struct {
	At
	Op string
	X  Expr
}

// Binary is an infix operator: ?? or and is as = <> < <= > >= + - & * / meta. OpPos is the
// position of the operator, Start that of the left operand.
type Binary struct {
	At
	Op    string
	OpPos Pos
	X, Y  Expr
}

// Try is try x, with otherwise y where Otherwise is set, or catch (e) => y where Catch is.
type Try struct {
	At
	X, Otherwise Expr
	Catch        Expr
}

// Raise is error x.
type Raise struct {
	At
	X Expr
}

// Type is a type expression: a primitive name, or table, record and list types. Of is the
// item of a list type; Fields are those of a table or record type. A type named by an
// identifier, such as Int64.Type, is a Name.
type Type struct {
	At
	Name     string
	Nullable bool
	Fields   []FieldType
	Of       Expr    // the items of a list type, or the row of a table type
	Open     bool    // a record type that admits other fields
	Params   []Param // of a function type
	Return   Expr    // of a function type; nil for every other
}

// FieldType is a field of a table or record type; Type is nil where none is said.
type FieldType struct {
	Name     string
	Type     Expr
	Optional bool
}
