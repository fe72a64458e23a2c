package dax

import "strings"

// Query is a DAX query: definitions, then statements.
type Query struct {
	At
	Src      string // the text, for errors of its evaluation
	Defines  []Define
	Evaluate []Evaluate
}

// Define is one definition of a query.
type Define struct {
	At
	Kind   string // VAR, MEASURE, TABLE, COLUMN or FUNCTION
	Table  string // of a measure or column
	Name   string
	Params []Param // of a function
	X      Expr
}

// Param is a parameter of a function that a query defines: name : TYPE SUBTYPE MODE = default.
// The words are in upper case, and empty where they are not said.
type Param struct {
	At
	Name    string
	Type    string // ANYVAL, SCALAR, TABLE, ANYREF, CALENDARREF, COLUMNREF, MEASUREREF or TABLEREF
	Subtype string // of SCALAR: BOOLEAN, DATETIME, DECIMAL, DOUBLE, INT64, NUMERIC, STRING or VARIANT
	Mode    string // VAL or EXPR
	Default Expr   // nil: the argument is required
}

// Evaluate is EVALUATE with its order. StartAt has at most as many values as Order.
type Evaluate struct {
	At
	X       Expr
	Order   []OrderBy
	StartAt []Expr
}

// OrderBy is an expression that rows are ordered by.
type OrderBy struct {
	X          Expr
	Descending bool
}

// ParseQuery reads a query: DEFINE VAR, MEASURE, TABLE, COLUMN and FUNCTION, EVALUATE, ORDER BY, START
// AT. The error is an *Error.
func ParseQuery(src string) (*Query, error) {
	p, err := newParser(src)
	if err != nil {
		return nil, err
	}
	q, perr := p.query()
	if err := p.finish(perr); err != nil {
		return nil, err
	}
	for _, x := range q.Expressions() {
		if e := tooHigh(x); e != nil {
			return nil, e.In(src)
		}
	}
	q.Src = src
	return q, nil
}

// Expressions are all expressions of the query.
func (q *Query) Expressions() []Expr {
	var all []Expr
	for _, d := range q.Defines {
		all = append(all, d.X)
		for _, p := range d.Params {
			if p.Default != nil {
				all = append(all, p.Default)
			}
		}
	}
	for _, e := range q.Evaluate {
		all = append(all, e.X)
		for _, o := range e.Order {
			all = append(all, o.X)
		}
		all = append(all, e.StartAt...)
	}
	return all
}

func (p *parser) query() (*Query, *Error) {
	q := &Query{At: At{p.peek().pos}}
	if p.take("DEFINE") {
		for p.defines() {
			d, err := p.define()
			if err != nil {
				return nil, err
			}
			q.Defines = append(q.Defines, d)
		}
		if len(q.Defines) == 0 {
			return nil, p.unexpected("VAR, MEASURE, TABLE, COLUMN or FUNCTION")
		}
	}
	for p.peek().is("EVALUATE") {
		e, err := p.evaluate()
		if err != nil {
			return nil, err
		}
		q.Evaluate = append(q.Evaluate, e)
	}
	if len(q.Evaluate) == 0 || p.peek().kind != end {
		return nil, p.unexpected("EVALUATE")
	}
	return q, nil
}

func (p *parser) defines() bool {
	t := p.peek()
	return t.is("VAR") || t.is("MEASURE") || t.is("TABLE") || t.is("COLUMN") || t.is("FUNCTION")
}

func (p *parser) define() (Define, *Error) {
	t := p.peek()
	d := Define{At: At{t.pos}}
	if t.is("VAR") {
		v, err := p.variable()
		d.Kind, d.Name, d.X = "VAR", v.Name, v.X
		return d, err
	}
	p.next()
	if t.is("FUNCTION") {
		return p.function(d)
	}
	d.Kind = strings.ToUpper(t.text)
	name := p.next()
	switch {
	case name.kind != word && name.kind != quoted:
		p.at--
		return d, p.unexpected("the name of a table")
	case d.Kind == "TABLE":
		d.Name = name.text
	case p.peek().kind != bracket:
		return d, p.unexpected("a name in brackets")
	default:
		d.Table, d.Name = name.text, p.next().text
	}
	if err := p.expect("=", " in the definition"); err != nil {
		return d, err
	}
	x, err := p.expr(powerNone)
	d.X = x
	return d, err
}

func (p *parser) evaluate() (Evaluate, *Error) {
	e := Evaluate{At: At{p.next().pos}}
	x, err := p.expr(powerNone)
	if err != nil {
		return e, err
	}
	e.X = x
	if p.take("ORDER") {
		if err := p.expect("BY", ""); err != nil {
			return e, err
		}
		if e.Order, err = p.order(); err != nil {
			return e, err
		}
	}
	if start := p.peek(); start.is("START") {
		p.next()
		if err := p.expect("AT", ""); err != nil {
			return e, err
		}
		if e.StartAt, err = p.list(); err != nil {
			return e, err
		}
		if len(e.StartAt) > len(e.Order) {
			return e, &Error{Pos: start.pos, Msg: "START AT has more values than ORDER BY has expressions"}
		}
	}
	return e, nil
}

func (p *parser) order() ([]OrderBy, *Error) {
	var all []OrderBy
	for {
		x, err := p.expr(powerNone)
		if err != nil {
			return nil, err
		}
		o := OrderBy{X: x}
		if !p.take("ASC") {
			o.Descending = p.take("DESC")
		}
		all = append(all, o)
		if !p.take(",") {
			return all, nil
		}
	}
}

// list reads expressions with commas between them.
func (p *parser) list() ([]Expr, *Error) {
	var all []Expr
	for {
		x, err := p.expr(powerNone)
		if err != nil {
			return nil, err
		}
		all = append(all, x)
		if !p.take(",") {
			return all, nil
		}
	}
}
