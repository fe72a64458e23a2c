package syntax

// primitive are the names that mean a type behind the word type.
var primitive = map[string]bool{
	"any": true, "anynonnull": true, "binary": true, "date": true, "datetime": true, "datetimezone": true,
	"duration": true, "function": true, "list": true, "logical": true, "none": true, "null": true,
	"number": true, "record": true, "table": true, "text": true, "time": true, "type": true,
}

// typeName reads what may follow as and is: [nullable] primitive.
func (p *parser) typeName() (Expr, error) {
	t := p.peek()
	nullable := false
	if t.kind == tokName && t.text == "nullable" {
		nullable = true
		p.take()
	}
	n := p.peek()
	if (n.kind != tokName && n.kind != tokKeyword) || !primitive[n.text] {
		return nil, p.unexpected("the name of a type")
	}
	p.take()
	return &Type{At: At{t.pos}, Name: n.text, Nullable: nullable}, nil
}

// typeExpr reads what follows the word type, or the type of a field.
func (p *parser) typeExpr() (Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	t := p.peek()
	at := At{t.pos}
	switch {
	case t.kind == tokName && t.text == "nullable":
		p.take()
		x, err := p.typeExpr()
		if err != nil {
			return nil, err
		}
		if typ, ok := x.(*Type); ok {
			typ.Nullable = true
		}
		return x, nil
	case t.kind == tokName && t.text == "table" && p.toks[p.i+1].text == "[" && p.toks[p.i+1].kind == tokPunct:
		p.take()
		fields, open, err := p.fieldTypes()
		if open && err == nil {
			err = p.errorAt(t.pos, "a table type names all of its columns")
		}
		return &Type{At: at, Name: "table", Fields: fields}, err
	case t.kind == tokName && t.text == "table" && (p.toks[p.i+1].kind == tokName || p.toks[p.i+1].kind == tokQuoted) && p.toks[p.i+1].text != "catch":
		p.take()
		row, err := p.postfix()
		return &Type{At: at, Name: "table", Of: row}, err
	case (t.kind == tokName || t.kind == tokKeyword) && primitive[t.text]:
		p.take()
		if t.text == "function" && p.is("(") {
			return p.functionType(at)
		}
		return &Type{At: at, Name: t.text}, nil
	case p.is("["):
		fields, open, err := p.fieldTypes()
		return &Type{At: at, Name: "record", Fields: fields, Open: open}, err
	case p.is("{"):
		p.take()
		of, err := p.typeExpr()
		if err != nil {
			return nil, err
		}
		return &Type{At: at, Name: "list", Of: of}, p.expect("}")
	}
	return p.postfix()
}

// functionType reads (a as type, optional b as type) as type.
func (p *parser) functionType(at At) (Expr, error) {
	p.take()
	params, err := p.params(p.typeExpr)
	if err != nil {
		return nil, err
	}
	if err := p.expect("as"); err != nil {
		return nil, err
	}
	x := &Type{At: at, Name: "function", Params: params}
	x.Return, err = p.typeExpr()
	return x, err
}

// fieldTypes reads the fields of a record or table type; open tells that it ends in dots.
func (p *parser) fieldTypes() (out []FieldType, open bool, err error) {
	p.take()
	seen := map[string]bool{}
	for !p.is("]") {
		if p.is("...") {
			p.take()
			open = true
			break
		}
		at := p.peek().pos
		var f FieldType
		if t := p.peek(); t.kind == tokName && t.text == "optional" && p.toks[p.i+1].text != "=" {
			p.take()
			f.Optional = true
		}
		name, ok := p.generalName()
		if !ok {
			return nil, false, p.unexpected("the name of a column")
		}
		if seen[name] {
			return nil, false, p.errorAt(at, "the column %q is defined twice", name)
		}
		seen[name] = true
		f.Name = name
		if p.accept("=") {
			typ, err := p.typeExpr()
			if err != nil {
				return nil, false, err
			}
			f.Type = typ
		}
		out = append(out, f)
		if !p.accept(",") {
			break
		}
	}
	return out, open, p.expect("]")
}
