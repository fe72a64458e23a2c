package powerquery

import "inlay"

// equation says when two values count as equal: by a key of each, by a comparer, or by both.
// The zero equation is the operator =.
type equation struct {
	c      *call
	key    Value // a function of a value; null: the value itself
	fold   bool  // text without regard to case
	custom Value // a comparer that is none of the library's; null for none
}

// equation reads the equation criteria at argument i.
func (c *call) equation(i int) (equation, error) {
	e := equation{c: c}
	crit := c.arg(i)
	comparer := Value{}
	switch {
	case crit.kind == Null:
		return e, nil
	case crit.kind == List && len(crit.items()) == 2:
		e.key, comparer = crit.items()[0], crit.items()[1]
	case crit.kind == Function && parameters(crit) == 2:
		comparer = crit
	case crit.kind == Function:
		e.key = crit
	default:
		return e, c.raise(i, "%s does not say when values are equal; give a comparer, a function of the value, or a list of both", crit.describe())
	}
	switch b, _ := comparer.ref.(*builtin); {
	case comparer.kind == Null, b != nil && b.name == "Comparer.Ordinal":
	case b != nil && b.name == "Comparer.OrdinalIgnoreCase":
		e.fold = true
	default:
		e.custom = comparer
	}
	return e, nil
}

// library tells whether the equation knows a key of each value, so that equal ones can be
// looked up. A comparer of the query's own can only be asked about two values.
func (e equation) library() bool { return e.custom.kind == Null }

// ownComparer is the error of functions that take only comparers of the library.
func (e equation) ownComparer(i int) error {
	if e.library() {
		return nil
	}
	return e.c.raise(i, "the comparer must be Comparer.Ordinal or Comparer.OrdinalIgnoreCase")
}

// parameters is how many arguments a function needs.
func parameters(f Value) int {
	switch fn := f.ref.(type) {
	case *builtin:
		return fn.least
	case *closure:
		n := 0
		for _, p := range fn.fn.Params {
			if !p.Optional {
				n++
			}
		}
		return n
	}
	return 0
}

// of is the key of a value.
func (e equation) of(v Value) (Value, error) {
	if e.key.kind == Null {
		return v, nil
	}
	return e.c.ev.apply(e.key, []Value{v}, e.c.pos, e.c.src)
}

// bytes writes a value so that equal ones are written alike.
func (e equation) bytes(v Value) (string, error) {
	v, err := e.of(v)
	if err != nil {
		return "", err
	}
	b, err := e.c.ev.keyOf(nil, []Value{v}, []int{0}, e.fold)
	return string(b), err
}

// same asks a comparer of the query's own: true, or the order 0, is equal.
func (e equation) same(a, b Value) (bool, error) {
	a, err := e.of(a)
	if err != nil {
		return false, err
	}
	if b, err = e.of(b); err != nil {
		return false, err
	}
	v, err := e.c.ev.apply(e.custom, []Value{a, b}, e.c.pos, e.c.src)
	if err != nil {
		return false, err
	}
	switch {
	case v.kind == Logical:
		return v.n != 0, nil
	case v.isNumber():
		return v.float() == 0, nil
	}
	return false, e.c.raise(len(e.c.args)-1, "the comparer gave %s, neither true, false nor a number", v.describe())
}

// among finds an item of a list that equals a value: its position, or -1.
func (e equation) among(l []Value) (func(v Value) (int, error), error) {
	if !e.library() {
		return func(v Value) (int, error) {
			for i, it := range l {
				if i&1023 == 0 && e.c.ev.ctx.Err() != nil {
					return -1, e.c.ev.ctx.Err()
				}
				if eq, err := e.same(it, v); err != nil || eq {
					return i, err
				}
			}
			return -1, nil
		}, nil
	}
	index := map[string]int{}
	for i, v := range l {
		k, err := e.bytes(v)
		if err != nil {
			return nil, err
		}
		if _, ok := index[k]; !ok {
			index[k] = i
		}
	}
	return func(v Value) (int, error) {
		k, err := e.bytes(v)
		if i, ok := index[k]; ok {
			return i, err
		}
		return -1, err
	}, nil
}

// ordering says which of two values comes first: by a key of each, or by a comparer.
type ordering struct {
	c    *call
	key  Value // a function of a value; null: the value itself
	cmp  Value // a function of two values that gives -1, 0 or 1; null: null first, then as <
	desc bool
}

// ordering reads a comparison criterion: an order, a function, or a list of a function and an
// order.
func (c *call) ordering(crit Value) ordering {
	o := ordering{c: c}
	if p := crit.items(); crit.kind == List && len(p) == 2 {
		crit = p[0]
		o.desc = p[1].isNumber() && p[1].n == 1
	} else if crit.isNumber() {
		o.desc = crit.n == 1
	}
	if crit.kind == Function {
		if parameters(crit) == 2 {
			o.cmp = crit
		} else {
			o.key = crit
		}
	}
	return o
}

func (o ordering) of(v Value) (Value, error) {
	if o.key.kind == Null {
		return v, nil
	}
	return o.c.ev.apply(o.key, []Value{v}, o.c.pos, o.c.src)
}

// compare orders two keys.
func (o ordering) compare(a, b Value) (int, error) {
	var n int
	if o.cmp.kind == Null {
		var err error
		if n, err = (&sortOp{c: o.c}).order(a, b); err != nil {
			return 0, err
		}
	} else {
		v, err := o.c.invoke(o.cmp, []Value{a, b})
		if err != nil {
			return 0, err
		}
		if !v.isNumber() {
			return 0, o.c.errorf(1, inlay.Invalid, "the comparer gave %s, not a number", v.describe())
		}
		n = sign(int64(boolTo(v.float() > 0)), int64(boolTo(v.float() < 0)))
	}
	if o.desc {
		n = -n
	}
	return n, nil
}
