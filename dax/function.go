package dax

import (
	"slices"
	"strings"
)

// Words of a parameter's type (function-statement-dax.md, "Parameters").
var (
	paramTypes    = []string{"ANYVAL", "SCALAR", "TABLE", "ANYREF", "CALENDARREF", "COLUMNREF", "MEASUREREF", "TABLEREF"}
	paramSubtypes = []string{"BOOLEAN", "DATETIME", "DECIMAL", "DOUBLE", "INT64", "NUMERIC", "STRING", "VARIANT"}
	paramModes    = []string{"VAL", "EXPR"}
)

// function reads FUNCTION name = (parameters) => body; the word FUNCTION has been read.
func (p *parser) function(d Define) (Define, *Error) {
	d.Kind = "FUNCTION"
	name := p.peek()
	if name.kind != word || reserved(name) || strings.HasPrefix(name.text, ".") || strings.HasSuffix(name.text, ".") || strings.Contains(name.text, "..") {
		return d, p.unexpected("the name of a function")
	}
	p.next()
	d.Name = name.text
	if err := p.expect("=", " after FUNCTION "+d.Name); err != nil {
		return d, err
	}
	return p.signature(d)
}

// ParseFunction reads a function as a model holds it: (parameters) => body. The error is an *Error.
func ParseFunction(name, src string) (*Define, error) {
	p, err := newParser(src)
	if err != nil {
		return nil, err
	}
	d, perr := p.signature(Define{At: At{p.peek().pos}, Kind: "FUNCTION", Name: name})
	if perr == nil && p.peek().kind != end {
		perr = p.unexpected("an operator or the end")
	}
	if err := p.finish(perr); err != nil {
		return nil, err
	}
	for _, x := range (&Query{Defines: []Define{d}}).Expressions() {
		if e := tooHigh(x); e != nil {
			return nil, e.In(src)
		}
	}
	return &d, nil
}

// signature reads (parameters) => body.
func (p *parser) signature(d Define) (Define, *Error) {
	if err := p.expect("(", " before the parameters of "+d.Name); err != nil {
		return d, err
	}
	for !p.peek().is(")") {
		one, err := p.param()
		if err != nil {
			return d, err
		}
		if slices.ContainsFunc(d.Params, func(o Param) bool { return strings.EqualFold(o.Name, one.Name) }) {
			return d, &Error{Pos: one.Start, Msg: "the function " + d.Name + " has two parameters " + one.Name}
		}
		d.Params = append(d.Params, one)
		if !p.take(",") {
			break
		}
	}
	if err := p.expect(")", " after the parameters of "+d.Name); err != nil {
		return d, err
	}
	if err := p.expect("=>", " before the body of "+d.Name); err != nil {
		return d, err
	}
	x, err := p.expr(powerNone)
	d.X = x
	return d, err
}

// param reads name : TYPE SUBTYPE MODE = default. A subtype alone means SCALAR.
func (p *parser) param() (Param, *Error) {
	t := p.peek()
	one := Param{At: At{t.pos}, Name: t.text}
	if t.kind != word || reserved(t) || strings.Contains(t.text, ".") {
		return one, p.unexpected("the name of a parameter")
	}
	p.next()
	if p.take(":") {
		hints := 0
		for _, h := range []struct {
			into  *string
			words []string
		}{{&one.Type, paramTypes}, {&one.Subtype, paramSubtypes}, {&one.Mode, paramModes}} {
			if w := strings.ToUpper(p.peek().text); p.peek().kind == word && slices.Contains(h.words, w) {
				*h.into = w
				hints++
				p.next()
			}
		}
		if hints == 0 {
			return one, p.unexpected("a type such as SCALAR, INT64 or EXPR")
		}
		if one.Subtype != "" && one.Type == "" {
			one.Type = "SCALAR"
		}
		if one.Subtype != "" && one.Type != "SCALAR" {
			return one, &Error{Pos: one.Start, Msg: "the parameter " + one.Name + " is of type " + one.Type + ", which has no subtype " + one.Subtype}
		}
		if strings.HasSuffix(one.Type, "REF") && one.Mode == "VAL" {
			return one, &Error{Pos: one.Start, Msg: "the parameter " + one.Name + " is a reference, which cannot be passed as VAL"}
		}
	}
	if p.take("=") {
		x, err := p.expr(powerNone)
		if err != nil {
			return one, err
		}
		one.Default = x
	}
	return one, nil
}
