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
		fields, err := p.fieldTypes()
		return &Type{At: at, Name: "table", Fields: fields}, err
	case (t.kind == tokName || t.kind == tokKeyword) && primitive[t.text]:
		p.take()
		if t.text == "function" && p.is("(") {
			return nil, p.errorAt(t.pos, "function types are not supported")
		}
		return &Type{At: at, Name: t.text}, nil
	case p.is("["):
		fields, err := p.fieldTypes()
		return &Type{At: at, Name: "record", Fields: fields}, err
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

func (p *parser) fieldTypes() ([]FieldType, error) {
	p.take()
	var out []FieldType
	seen := map[string]bool{}
	for !p.is("]") {
		if p.is("...") {
			return nil, p.errorAt(p.peek().pos, "open record types are not supported")
		}
		at := p.peek().pos
		var f FieldType
		if t := p.peek(); t.kind == tokName && t.text == "optional" && p.toks[p.i+1].text != "=" {
			p.take()
			f.Optional = true
		}
		name, ok := p.generalName()
		if !ok {
			return nil, p.unexpected("the name of a column")
		}
		if seen[name] {
			return nil, p.errorAt(at, "the column %q is defined twice", name)
		}
		seen[name] = true
		f.Name = name
		if p.accept("=") {
			typ, err := p.typeExpr()
			if err != nil {
				return nil, err
			}
			f.Type = typ
		}
		out = append(out, f)
		if !p.accept(",") {
			break
		}
	}
	return out, p.expect("]")
}
