package dax

import (
	"strconv"
	"strings"
)

// Print writes an expression on one line, in one canonical form with no parentheses but those
// that are needed. Parse of the result is the same tree, but for positions.
func Print(x Expr) string {
	var p printer
	p.expr(x, powerNone)
	return p.b.String()
}

func quoteTable(name string) string { return "'" + strings.ReplaceAll(name, "'", "''") + "'" }

func quoteColumn(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" }

func quoteText(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

type printer struct{ b strings.Builder }

func (p *printer) write(s ...string) {
	for _, x := range s {
		p.b.WriteString(x)
	}
}

// expr writes x where operators weaker than power, or as weak, need parentheses.
func (p *printer) expr(x Expr, power int) {
	if x == nil {
		return
	}
	if own := powerOf(x); own <= power {
		p.write("(")
		defer p.write(")")
	}
	switch x := x.(type) {
	case *Literal:
		p.write(literal(x.Value))
	case *Column:
		p.column(x)
	case *Table:
		p.write(quoteTable(x.Name))
	case *Name:
		p.write(x.Name)
	case *Parameter:
		p.write("@", x.Name)
	case *Unary:
		p.unary(x)
	case *Binary:
		by := powers[x.Op]
		p.expr(x.X, by-1)
		p.write(" ", x.Op, " ")
		p.expr(x.Y, by)
	case *Call:
		p.write(x.Func, "(")
		p.list(x.Args)
		p.write(")")
	case *Block:
		p.block(x)
	case *Tuple:
		p.write("(")
		p.list(x.Items)
		p.write(")")
	case *TableOf:
		p.write("{")
		p.list(x.Rows)
		p.write("}")
	}
}

func (p *printer) list(items []Expr) {
	for i, x := range items {
		if i > 0 {
			p.write(",")
			if x != nil {
				p.write(" ")
			}
		}
		p.expr(x, powerNone)
	}
}

func (p *printer) unary(x *Unary) {
	p.write(x.Op)
	power := powerSign
	if x.Op == "NOT" {
		p.write(" ")
		power = powerNot
	}
	// "--" would begin a comment, and a sign takes a sign as its operand only in parentheses.
	p.expr(x.X, power)
}

func (p *printer) column(x *Column) {
	if x.Table != "" || x.Loose {
		p.write(quoteTable(x.Table))
	}
	p.write(quoteColumn(x.Name))
	if x.Level != "" {
		p.write(".", quoteColumn(x.Level))
	}
}

func (p *printer) block(x *Block) {
	for _, v := range x.Vars {
		p.write("VAR ", v.Name, " = ")
		if _, nested := v.X.(*Block); nested {
			p.write("(")
			p.expr(v.X, powerNone)
			p.write(")")
		} else {
			p.expr(v.X, powerNone)
		}
		p.write(" ")
	}
	p.write("RETURN ")
	p.expr(x.Return, powerNone)
}

// powerOf is how tightly a node holds together; an operand never needs parentheses.
func powerOf(x Expr) int {
	switch x := x.(type) {
	case *Binary:
		return powers[x.Op]
	case *Unary:
		if x.Op == "NOT" {
			return powerNot
		}
		return powerSign
	case *Block:
		return powerBlock
	case *Literal:
		// A negative number, which no parser makes, reads back as a sign and a number.
		if n, ok := x.Value.ToDecimalText(); ok && strings.HasPrefix(n, "-") {
			return powerSign
		}
	}
	return powerPow + 1
}

// literal writes a constant so that it reads back as the same value.
func literal(v Value) string {
	switch v.kind {
	case Blank:
		return "BLANK()"
	case Boolean:
		return strings.ToUpper(strconv.FormatBool(v.Bool()))
	case String:
		return quoteText(v.s)
	case DateTime:
		layout := "2006-01-02"
		if v.Time().Format("15:04:05.999999") != "00:00:00" {
			layout = "2006-01-02T15:04:05.999999"
		}
		return `dt"` + v.Time().Format(layout) + `"`
	}
	s, _ := v.ToDecimalText()
	if v.kind == Decimal {
		return "CURRENCY(" + s + ")"
	}
	return s
}
