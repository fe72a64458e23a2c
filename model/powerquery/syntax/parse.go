package syntax

import (
	"fmt"
	"strings"
)

// Limits keep a hostile text from exhausting the stack: they bound the depth of the tree.
const (
	maxDepth = 400
	maxChain = 2000
)

// binding powers, from the grammar of the specification; a larger one binds tighter.
var power = map[string]int{
	"??": 1, "or": 2, "and": 3, "is": 4, "as": 5, "=": 6, "<>": 6, "<": 7, "<=": 7, ">": 7, ">=": 7,
	"+": 8, "-": 8, "&": 8, "*": 9, "/": 9, "meta": 10,
}

// Parse reads one expression.
func Parse(src string) (Expr, error) {
	toks, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &parser{src: src, toks: toks}
	x, err := p.expr()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokEOF {
		return nil, p.unexpected("the end of the expression")
	}
	return x, nil
}

type parser struct {
	src   string
	toks  []token
	i     int
	depth int
}

func (p *parser) peek() token { return p.toks[p.i] }

func (p *parser) take() token {
	t := p.toks[p.i]
	if t.kind != tokEOF {
		p.i++
	}
	return t
}

func (p *parser) is(text string) bool {
	t := p.peek()
	return (t.kind == tokPunct || t.kind == tokKeyword) && t.text == text
}

func (p *parser) accept(text string) bool {
	if p.is(text) {
		p.i++
		return true
	}
	return false
}

func (p *parser) expect(text string) error {
	if p.accept(text) {
		return nil
	}
	return p.unexpected(fmt.Sprintf("%q", text))
}

func (p *parser) errorAt(at Pos, format string, args ...any) error {
	return &Error{Pos: at, Msg: fmt.Sprintf(format, args...), Line: LineOf(p.src, at)}
}

func (p *parser) unexpected(want string) error {
	t := p.peek()
	found := fmt.Sprintf("%q", t.text)
	switch {
	case t.kind == tokEOF:
		found = "the end"
	case t.kind == tokText:
		found = "a text"
	case len(t.text) > 60:
		found = "a long " + map[tokenKind]string{tokNumber: "number"}[t.kind] + "word"
	}
	return p.errorAt(t.pos, "expected %s, found %s", want, found)
}

// enter counts the depth of nesting; leave it with p.depth--.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return p.errorAt(p.peek().pos, "the expression is nested more than %d levels deep", maxDepth)
	}
	return nil
}

func (p *parser) expr() (Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	t := p.peek()
	if t.kind == tokKeyword {
		switch t.text {
		case "let":
			return p.let()
		case "if":
			return p.cond()
		case "each":
			p.take()
			body, err := p.expr()
			if err != nil {
				return nil, err
			}
			return &Func{At: At{t.pos}, Params: []Param{{Name: "_"}}, Body: body, Each: true, End: p.toks[p.i-1].end}, nil
		case "try":
			return p.try()
		case "error":
			p.take()
			x, err := p.expr()
			return &Raise{At: At{t.pos}, X: x}, err
		}
	}
	if p.startsFunc() {
		return p.function()
	}
	return p.binary(0)
}

func (p *parser) let() (Expr, error) {
	x := &Let{At: At{p.take().pos}}
	seen := map[string]bool{}
	for {
		t := p.peek()
		if t.kind != tokName && t.kind != tokQuoted {
			return nil, p.unexpected("the name of a step")
		}
		p.take()
		if seen[t.text] {
			return nil, p.errorAt(t.pos, "the step %q is defined twice", t.text)
		}
		seen[t.text] = true
		if err := p.expect("="); err != nil {
			return nil, err
		}
		v, err := p.expr()
		if err != nil {
			return nil, err
		}
		x.Steps = append(x.Steps, Binding{At: At{t.pos}, Name: t.text, X: v})
		if !p.accept(",") {
			break
		}
	}
	if err := p.expect("in"); err != nil {
		return nil, err
	}
	var err error
	x.In, err = p.expr()
	return x, err
}

func (p *parser) cond() (Expr, error) {
	x := &If{At: At{p.take().pos}}
	for _, part := range []struct {
		into *Expr
		next string
	}{{&x.Cond, "then"}, {&x.Then, "else"}, {&x.Else, ""}} {
		v, err := p.expr()
		if err != nil {
			return nil, err
		}
		*part.into = v
		if part.next == "" {
			break
		}
		if err := p.expect(part.next); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (p *parser) try() (Expr, error) {
	x := &Try{At: At{p.take().pos}}
	var err error
	if x.X, err = p.expr(); err != nil {
		return nil, err
	}
	if p.accept("otherwise") {
		x.Otherwise, err = p.expr()
	} else if t := p.peek(); t.kind == tokName && t.text == "catch" {
		p.take()
		x.Catch, err = p.expr()
	}
	return x, err
}

// startsFunc looks ahead from a parenthesis: a list of parameters is followed by => or by a
// return type and =>.
func (p *parser) startsFunc() bool {
	t := p.peek()
	if t.kind != tokPunct || t.text != "(" || t.match < 0 {
		return false
	}
	i := t.match + 1
	if p.toks[i].text == "as" && p.toks[i].kind == tokKeyword {
		i++
		if p.toks[i].text == "nullable" {
			i++
		}
		i++
	}
	return i < len(p.toks) && p.toks[i].kind == tokPunct && p.toks[i].text == "=>"
}

func (p *parser) function() (Expr, error) {
	x := &Func{At: At{p.take().pos}}
	var err error
	if x.Params, err = p.params(p.typeName); err != nil {
		return nil, err
	}
	if p.accept("as") {
		typ, err := p.typeName()
		if err != nil {
			return nil, err
		}
		x.Return = typ
	}
	if err := p.expect("=>"); err != nil {
		return nil, err
	}
	x.Body, err = p.expr()
	x.End = p.toks[p.i-1].end
	return x, err
}

// params reads parameters up to the closing parenthesis, their types by typ.
func (p *parser) params(typ func() (Expr, error)) ([]Param, error) {
	var out []Param
	for !p.is(")") {
		var prm Param
		t := p.peek()
		if t.kind == tokName && t.text == "optional" && p.toks[p.i+1].kind != tokPunct {
			prm.Optional = true
			p.take()
			t = p.peek()
		}
		if t.kind != tokName && t.kind != tokQuoted {
			return nil, p.unexpected("the name of a parameter")
		}
		prm.Name = p.take().text
		if p.accept("as") {
			var err error
			if prm.Type, err = typ(); err != nil {
				return nil, err
			}
		}
		out = append(out, prm)
		if !p.accept(",") {
			break
		}
	}
	return out, p.expect(")")
}

func (p *parser) binary(least int) (Expr, error) {
	x, err := p.unary()
	if err != nil {
		return nil, err
	}
	for n := 0; ; n++ {
		t := p.peek()
		if t.kind != tokPunct && t.kind != tokKeyword {
			return x, nil
		}
		bp := power[t.text]
		if bp == 0 || bp <= least {
			return x, nil
		}
		if n >= maxChain {
			return nil, p.errorAt(t.pos, "more than %d operators in a row; use Text.Combine or List.Sum", maxChain)
		}
		p.take()
		var y Expr
		if t.text == "is" || t.text == "as" {
			y, err = p.typeName()
		} else {
			y, err = p.operand(bp)
		}
		if err != nil {
			return nil, err
		}
		x = &Binary{At: At{x.Pos()}, Op: t.text, OpPos: t.pos, X: x, Y: y}
	}
}

func (p *parser) operand(bp int) (Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	return p.binary(bp)
}

func (p *parser) unary() (Expr, error) {
	t := p.peek()
	if t.kind == tokPunct && (t.text == "+" || t.text == "-") || t.kind == tokKeyword && t.text == "not" {
		if err := p.enter(); err != nil {
			return nil, err
		}
		defer func() { p.depth-- }()
		p.take()
		x, err := p.unary()
		return &Unary{At: At{t.pos}, Op: t.text, X: x}, err
	}
	if t.kind == tokKeyword && t.text == "type" {
		p.take()
		return p.typeExpr()
	}
	return p.postfix()
}

// generalName reads a name inside brackets, where words and digits may be parted by blanks
// and keywords are allowed: [Month Number], #"…". It leaves the parser behind the name.
func (p *parser) generalName() (string, bool) {
	t := p.peek()
	if t.kind == tokQuoted {
		p.take()
		return t.text, true
	}
	start, end := t.pos.Offset, -1
	for {
		t = p.peek()
		if t.kind != tokName && t.kind != tokKeyword && t.kind != tokNumber {
			break
		}
		if t.kind == tokName && strings.HasPrefix(t.text, "#") {
			return "", false
		}
		end = t.end
		p.take()
	}
	if end < 0 || strings.ContainsAny(p.src[start:end], "\r\n") {
		return "", false
	}
	return p.src[start:end], true
}
