package dax

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Bounds on what is parsed, so that hostile text ends in an error and not in an exhausted
// stack: size in bytes, nesting while parsing, height of the finished tree.
const (
	maxSize   = 256 << 10
	maxDepth  = 200
	maxHeight = 1000
	maxErrors = 10
)

// Binding powers, weakest first (dax-operator-reference.md, "Operator precedence").
const (
	powerNone  = iota
	powerBlock // VAR … RETURN … takes all that follows
	powerOr
	powerAnd
	powerNot
	powerCompare
	powerConcat
	powerAdd
	powerMul
	powerSign
	powerPow
)

// powers of the infix operators. All group from left to right, ^ too.
var powers = map[string]int{
	"||": powerOr, "&&": powerAnd,
	"=": powerCompare, "==": powerCompare, "<>": powerCompare, "IN": powerCompare,
	"<": powerCompare, "<=": powerCompare, ">": powerCompare, ">=": powerCompare,
	"&": powerConcat, "+": powerAdd, "-": powerAdd, "*": powerMul, "/": powerMul, "^": powerPow,
}

// Parse reads one expression. The error is an *Error that lists every mistake found.
func Parse(src string) (Expr, error) {
	p, err := newParser(src)
	if err != nil {
		return nil, err
	}
	x, perr := p.expr(powerNone)
	if perr == nil && p.peek().kind != end {
		perr = p.unexpected("an operator or the end")
	}
	if err := p.finish(perr); err != nil {
		return nil, err
	}
	if e := tooHigh(x); e != nil {
		return nil, e.In(src)
	}
	return x, nil
}

// parser reads tokens by precedence climbing. Its methods return the first mistake of what
// they read; a mistake inside an argument list is noted in errs and reading goes on behind it.
type parser struct {
	src    string
	tokens []token
	at     int
	depth  int
	errs   []*Error
}

func newParser(src string) (*parser, error) {
	if len(src) > maxSize {
		return nil, &Error{Msg: fmt.Sprintf("the expression has %d bytes, the limit is %d", len(src), maxSize), Limit: true}
	}
	tokens, errs := lex(src)
	p := &parser{src: src, tokens: tokens, errs: errs}
	if len(errs) > 0 {
		return nil, p.finish(nil)
	}
	return p, nil
}

// finish is all mistakes as one error, nil if there are none.
func (p *parser) finish(last *Error) error {
	all := p.errs
	if last != nil {
		all = append(all, last)
	}
	if len(all) == 0 {
		return nil
	}
	first := *all[0]
	first.More = all[1:]
	return first.In(p.src)
}

func (p *parser) peek() token { return p.tokens[p.at] }

// peekAt looks n tokens ahead; behind the end there is only the end.
func (p *parser) peekAt(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

func (p *parser) take(s string) bool {
	if p.peek().is(s) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(s, why string) *Error {
	if p.take(s) {
		return nil
	}
	return p.unexpected("\"" + s + "\"" + why)
}

func (p *parser) unexpected(want string) *Error {
	t := p.peek()
	return &Error{Pos: t.pos, Msg: "expected " + want + ", found " + t.name()}
}

// operator is the infix operator at hand and its power, 0 if there is none.
func (p *parser) operator() (string, int) {
	t := p.peek()
	if t.kind != symbol && t.kind != word {
		return "", 0
	}
	op := strings.ToUpper(t.text)
	return op, powers[op]
}

// notIn reports whether NOT IN stands at hand, which is IN with NOT in front of the whole.
func (p *parser) notIn() bool { return p.peek().is("NOT") && p.peekAt(1).is("IN") }

// expr reads an expression of operators that bind tighter than power.
func (p *parser) expr(power int) (Expr, *Error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, &Error{Pos: p.peek().pos, Msg: fmt.Sprintf("the expression is nested deeper than %d levels", maxDepth), Limit: true}
	}
	x, err := p.prefix()
	if err != nil {
		return nil, err
	}
	for {
		not := p.notIn() && powerCompare > power
		notPos := p.peek().pos
		if not {
			p.next()
		}
		op, by := p.operator()
		if by == 0 || by <= power {
			return x, nil
		}
		opPos := p.next().pos
		y, err := p.expr(by)
		if err != nil {
			return nil, err
		}
		x = &Binary{At: At{x.Pos()}, Op: op, OpPos: opPos, X: x, Y: y}
		if not {
			x = &Unary{At: At{notPos}, Op: "NOT", X: x}
		}
	}
}

// prefix reads a sign or NOT with its operand, or a primary.
func (p *parser) prefix() (Expr, *Error) {
	t := p.peek()
	power := powerSign
	switch {
	case t.is("-"), t.is("+"):
	case t.is("NOT"):
		power = powerNot
	default:
		return p.primary()
	}
	p.next()
	// The operand takes operators that bind tighter than the prefix: -2^2 is -(2^2).
	x, err := p.expr(power)
	if err != nil {
		return nil, err
	}
	return &Unary{At: At{t.pos}, Op: strings.ToUpper(t.text), X: x}, nil
}

// primary reads an operand.
func (p *parser) primary() (Expr, *Error) {
	t := p.peek()
	at := At{t.pos}
	switch {
	case t.kind == number:
		p.next()
		return numeral(t)
	case t.kind == text:
		p.next()
		return &Literal{At: at, Value: TextOf(t.text)}, nil
	case t.kind == date:
		p.next()
		return moment(t)
	case t.kind == param:
		p.next()
		return &Parameter{At: at, Name: t.text}, nil
	case t.kind == quoted:
		p.next()
		if p.peek().kind == bracket {
			x, err := p.column(at, t.text)
			if c, ok := x.(*Column); ok {
				c.Loose = t.text == ""
			}
			return x, err
		}
		return &Table{At: at, Name: t.text}, nil
	case t.kind == bracket:
		return p.column(at, "")
	case t.is("("):
		return p.parenthesis()
	case t.is("{"):
		return p.constructor()
	case t.is("VAR"):
		return p.block()
	case t.kind == word && !reserved(t):
		return p.named()
	}
	return nil, p.unexpected("an expression")
}

// reserved reports whether a word can only be a keyword.
func reserved(t token) bool {
	switch strings.ToUpper(t.text) {
	case "VAR", "RETURN", "IN", "NOT", "EVALUATE", "DEFINE":
		return true
	}
	return false
}

// column reads the bracket at hand and, behind it, the level of an automatic date hierarchy:
// 'Date'[Date].[Month].
func (p *parser) column(at At, table string) (Expr, *Error) {
	c := &Column{At: at, Table: table, Name: p.next().text}
	if p.peek().is(".") && p.peekAt(1).kind == bracket {
		p.next()
		c.Level = p.next().text
	}
	return c, nil
}

// named reads what begins with a bare word: a call, a column, a truth value or a name.
func (p *parser) named() (Expr, *Error) {
	t := p.next()
	at := At{t.pos}
	switch {
	case p.peek().is("("):
		return p.call(t)
	case p.peek().kind == bracket:
		return p.column(at, t.text)
	case t.is("TRUE"), t.is("FALSE"):
		return &Literal{At: at, Value: BoolOf(t.is("TRUE"))}, nil
	}
	return &Name{At: at, Name: t.text}, nil
}

// call reads the arguments of a function. An argument may be omitted: F(a,,b).
func (p *parser) call(name token) (Expr, *Error) {
	c := &Call{At: At{name.pos}, Func: name.text}
	p.next()
	if p.take(")") {
		return c, nil
	}
	for {
		var arg Expr
		if t := p.peek(); !t.is(",") && !t.is(")") {
			x, err := p.expr(powerNone)
			if err == nil && p.peek().is("BLANKS") {
				x = p.blanks(x)
			}
			if err == nil && !p.peek().is(",") && !p.peek().is(")") {
				err = p.unexpected("\",\" or \")\" in the arguments of " + name.text)
			}
			if err != nil && !p.recover(err) {
				return nil, err
			}
			arg = x
		}
		c.Args = append(c.Args, arg)
		if p.take(")") {
			return c, nil
		}
		if err := p.expect(",", " or \")\" in the arguments of "+name.text); err != nil {
			return nil, err
		}
	}
}

// blanks reads where an order of ORDERBY puts blanks, behind its direction: ASC BLANKS LAST is one
// name (orderby-function-dax.md, "Parameters"). It reads nothing behind anything else.
func (p *parser) blanks(direction Expr) Expr {
	word := ""
	switch d := direction.(type) {
	case *Name:
		word = strings.ToUpper(d.Name)
	case *Literal:
		if t := d.Value.Type(); t == Boolean || t == Int64 {
			word = map[bool]string{true: "DESC", false: "ASC"}[d.Value.Int() == 0]
		}
	}
	where := strings.ToUpper(p.peekAt(1).text)
	if word != "ASC" && word != "DESC" || where != "FIRST" && where != "LAST" && where != "DEFAULT" {
		return direction
	}
	p.next()
	p.next()
	return &Name{At: At{direction.Pos()}, Name: word + " BLANKS " + where}
}

// recover notes a mistake and skips to the comma or parenthesis that ends the argument. It
// reports false, and notes nothing, where there is none or enough has been noted.
func (p *parser) recover(err *Error) bool {
	if len(p.errs) >= maxErrors-1 {
		return false
	}
	open := 0
	for i := p.at; ; i++ {
		t := p.tokens[i]
		switch {
		case t.kind == end:
			return false
		case t.is("("), t.is("{"):
			open++
		case open == 0 && (t.is(",") || t.is(")")):
			p.errs = append(p.errs, err)
			p.at = i
			return true
		case t.is(")"), t.is("}"):
			open--
			if open < 0 {
				return false
			}
		}
	}
}

// parenthesis reads (x) or a tuple (x, y).
func (p *parser) parenthesis() (Expr, *Error) {
	at := At{p.next().pos}
	items, err := p.list()
	if err != nil {
		return nil, err
	}
	if err := p.expect(")", ""); err != nil {
		return nil, err
	}
	if len(items) == 1 {
		return items[0], nil
	}
	return &Tuple{At: at, Items: items}, nil
}

// constructor reads {…}.
func (p *parser) constructor() (Expr, *Error) {
	t := &TableOf{At: At{p.next().pos}}
	if p.take("}") {
		return t, nil
	}
	rows, err := p.list()
	if err != nil {
		return nil, err
	}
	t.Rows = rows
	return t, p.rows(t)
}

// rows ends a constructor and checks that its rows have the same number of columns.
func (p *parser) rows(t *TableOf) *Error {
	if err := p.expect("}", ""); err != nil {
		return err
	}
	for _, r := range t.Rows[1:] {
		if a, b := width(t.Rows[0]), width(r); a != b {
			return &Error{Pos: r.Pos(), Msg: fmt.Sprintf("the row has %d columns, the first row of the table has %d", b, a)}
		}
	}
	return nil
}

func width(row Expr) int {
	if t, ok := row.(*Tuple); ok {
		return len(t.Items)
	}
	return 1
}

// block reads VAR … RETURN ….
func (p *parser) block() (Expr, *Error) {
	b := &Block{At: At{p.peek().pos}}
	for p.peek().is("VAR") {
		v, err := p.variable()
		if err != nil {
			return nil, err
		}
		b.Vars = append(b.Vars, v)
	}
	if err := p.expect("RETURN", " after the variables"); err != nil {
		return nil, err
	}
	x, err := p.expr(powerNone)
	if err != nil {
		return nil, err
	}
	b.Return = x
	return b, nil
}

// variable reads VAR name = x.
func (p *parser) variable() (Var, *Error) {
	v := Var{At: At{p.next().pos}}
	name := p.peek()
	if name.kind != word || reserved(name) || strings.Contains(name.text, ".") {
		return v, p.unexpected("the name of a variable")
	}
	p.next()
	v.Name = name.text
	if err := p.expect("=", " after VAR "+name.text); err != nil {
		return v, err
	}
	x, err := p.expr(powerNone)
	v.X = x
	return v, err
}

// numeral is the value of a number: whole without point and exponent, unless it is too large.
func numeral(t token) (Expr, *Error) {
	at := At{t.pos}
	if !strings.ContainsAny(t.text, ".eE") {
		if n, err := strconv.ParseInt(t.text, 10, 64); err == nil {
			return &Literal{At: at, Value: IntOf(n)}, nil
		}
	}
	f, err := strconv.ParseFloat(t.text, 64)
	if err != nil || math.IsInf(f, 0) {
		return nil, &Error{Pos: t.pos, Msg: "the number " + t.name() + " is too large"}
	}
	return &Literal{At: at, Value: FloatOf(f)}, nil
}

// moments are the forms of a date literal (dax-syntax-reference.md, "Date and time literal").
var moments = []string{"2006-1-2", "2006-1-2T15:4:5.999999", "2006-1-2 15:4:5.999999"}

func moment(t token) (Expr, *Error) {
	for _, layout := range moments {
		if m, err := time.Parse(layout, t.text); err == nil && inRange(m) {
			return &Literal{At: At{t.pos}, Value: TimeOf(m)}, nil
		}
	}
	return nil, &Error{Pos: t.pos, Msg: "a date literal is dt\"YYYY-MM-DD\" or dt\"YYYY-MM-DDThh:mm:ss\", found " + t.name()}
}
