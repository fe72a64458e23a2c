package dax

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

// Literal is a number, text or truth value; numbers without point or exponent are whole.
type Literal struct {
	At
	Value Value
}

// Column is a column reference: 'Table'[Column], or [Column] with an empty Table. An
// unqualified reference may turn out to be a measure; that is decided with the Schema.
type Column struct {
	At
	Table string
	Name  string
	Level string // of an automatic date hierarchy: Month in 'Date'[Date].[Month]
	Loose bool   // written ''[Column]: one of the rows at hand that is of no table, never a measure
}

// Table is a table reference: Sales or 'Sales Orders'.
type Table struct {
	At
	Name string
}

// Name is a bare identifier that is neither called nor followed by a bracket: a variable, a
// table without quotes, or a keyword argument such as DAY or NONE.
type Name struct {
	At
	Name string
}

// Unary is a prefix operator: "-", "+" or "NOT".
type Unary struct {
	At
	Op string
	X  Expr
}

// Binary is an infix operator: + - * / ^ & = == <> < <= > >= && || IN. Start is the position
// of the left operand, OpPos that of the operator.
type Binary struct {
	At
	Op    string
	OpPos Pos
	X, Y  Expr
}

// Call is a function call. Func is the name as written. An omitted argument is nil.
type Call struct {
	At
	Func string
	Args []Expr
}

// Var is one VAR of a Block.
type Var struct {
	At
	Name string
	X    Expr
}

// Block is VAR … RETURN ….
type Block struct {
	At
	Vars   []Var
	Return Expr
}

// Tuple is (a, b, …) with two elements or more; one element in parentheses is the element.
type Tuple struct {
	At
	Items []Expr
}

// TableOf is a table constructor {…}; each row is one expression or a Tuple.
type TableOf struct {
	At
	Rows []Expr
}

// Parameter is a parameter of a query: @name.
type Parameter struct {
	At
	Name string
}
