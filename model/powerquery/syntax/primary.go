package syntax

func (p *parser) postfix() (Expr, error) {
	x, err := p.primary()
	if err != nil {
		return nil, err
	}
	for n := 0; ; n++ {
		t := p.peek()
		if t.kind != tokPunct {
			return x, nil
		}
		if n >= maxChain {
			return nil, p.errorAt(t.pos, "more than %d calls or accesses in a row", maxChain)
		}
		switch t.text {
		case "(":
			x, err = p.call(x)
		case "{":
			x, err = p.index(x)
		case "[":
			x, err = p.access(x)
		default:
			return x, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p *parser) call(f Expr) (Expr, error) {
	p.take()
	x := &Call{At: At{f.Pos()}, Func: f}
	if p.accept(")") {
		return x, nil
	}
	for {
		arg, err := p.expr()
		if err != nil {
			return nil, err
		}
		x.Args = append(x.Args, arg)
		if !p.accept(",") {
			return x, p.expect(")")
		}
	}
}

func (p *parser) index(of Expr) (Expr, error) {
	x := &Index{At: At{p.take().pos}, X: of}
	var err error
	if x.Key, err = p.expr(); err != nil {
		return nil, err
	}
	err = p.expect("}")
	x.Optional = p.accept("?")
	return x, err
}

// access reads [name] or [[a], [b]] behind an expression, or without one (of is nil).
func (p *parser) access(of Expr) (Expr, error) {
	at := At{p.take().pos}
	if !p.is("[") {
		name, ok := p.generalName()
		if !ok {
			return nil, p.unexpected("the name of a field")
		}
		err := p.expect("]")
		return &Field{At: at, X: of, Name: name, Optional: p.accept("?")}, err
	}
	x := &Fields{At: at, X: of}
	for {
		if err := p.expect("["); err != nil {
			return nil, err
		}
		name, ok := p.generalName()
		if !ok {
			return nil, p.unexpected("the name of a field")
		}
		x.Names = append(x.Names, name)
		if err := p.expect("]"); err != nil {
			return nil, err
		}
		if !p.accept(",") {
			break
		}
	}
	err := p.expect("]")
	x.Optional = p.accept("?")
	return x, err
}

func (p *parser) primary() (Expr, error) {
	t := p.peek()
	at := At{t.pos}
	switch t.kind {
	case tokNumber:
		p.take()
		return &Literal{At: at, Kind: Number, Text: t.text}, nil
	case tokText:
		p.take()
		return &Literal{At: at, Kind: Text, Text: t.text}, nil
	case tokName, tokQuoted:
		p.take()
		return &Name{At: at, Name: t.text}, nil
	case tokKeyword:
		kinds := map[string]LiteralKind{"null": Null, "true": True, "false": False}
		if kind, ok := kinds[t.text]; ok {
			p.take()
			return &Literal{At: at, Kind: kind}, nil
		}
	case tokPunct:
		switch t.text {
		case "(":
			p.take()
			x, err := p.expr()
			if err != nil {
				return nil, err
			}
			return x, p.expect(")")
		case "{":
			return p.list()
		case "[":
			return p.bracket()
		case "@":
			p.take()
			n := p.peek()
			if n.kind != tokName && n.kind != tokQuoted {
				return nil, p.unexpected("a name")
			}
			p.take()
			return &Name{At: at, Name: n.text, Self: true}, nil
		case "...":
			p.take() // M specification, "Error expression": it raises an error when it is evaluated
			return &Raise{At: at, X: &Literal{At: at, Kind: Text, Text: "Value was not specified."}}, nil
		}
	}
	return nil, p.unexpected("an expression")
}

func (p *parser) list() (Expr, error) {
	x := &List{At: At{p.take().pos}}
	if p.accept("}") {
		return x, nil
	}
	for {
		from, err := p.expr()
		if err != nil {
			return nil, err
		}
		item := Item{From: from}
		if p.accept("..") {
			if item.To, err = p.expr(); err != nil {
				return nil, err
			}
		}
		x.Items = append(x.Items, item)
		if !p.accept(",") {
			return x, p.expect("}")
		}
	}
}

// bracket tells a record from a short field access: a name and an equals sign is a record.
func (p *parser) bracket() (Expr, error) {
	start := p.i
	t := p.take()
	if p.accept("]") {
		return &Record{At: At{t.pos}}, nil
	}
	if _, ok := p.generalName(); ok && p.is("=") {
		p.i = start
		return p.record()
	}
	p.i = start
	return p.access(nil)
}

func (p *parser) record() (Expr, error) {
	x := &Record{At: At{p.take().pos}}
	seen := map[string]bool{}
	for {
		at := p.peek().pos
		name, ok := p.generalName()
		if !ok {
			return nil, p.unexpected("the name of a field")
		}
		if seen[name] {
			return nil, p.errorAt(at, "the field %q is defined twice", name)
		}
		seen[name] = true
		if err := p.expect("="); err != nil {
			return nil, err
		}
		v, err := p.expr()
		if err != nil {
			return nil, err
		}
		x.Fields = append(x.Fields, Binding{At: At{at}, Name: name, X: v})
		if !p.accept(",") {
			return x, p.expect("]")
		}
	}
}
