package powerquery

import "inlay"

func defineLists() {
	define("List.Dates", 3, 3, listDates)
	define("List.Numbers", 2, 3, listNumbers)
	define("List.Count", 1, 1, onList(func(c *call, l []Value) (Value, error) { return integer(int64(len(l))), nil }))
	define("List.IsEmpty", 1, 1, onList(func(c *call, l []Value) (Value, error) { return logical(len(l) == 0), nil }))
	define("List.First", 1, 2, onList(func(c *call, l []Value) (Value, error) {
		if len(l) == 0 {
			return c.arg(1), nil
		}
		return l[0], nil
	}))
	define("List.Last", 1, 2, onList(func(c *call, l []Value) (Value, error) {
		if len(l) == 0 {
			return c.arg(1), nil
		}
		return l[len(l)-1], nil
	}))
	define("List.Min", 1, 1, onList(func(c *call, l []Value) (Value, error) { return extreme(c, l, -1) }))
	define("List.Max", 1, 1, onList(func(c *call, l []Value) (Value, error) { return extreme(c, l, 1) }))
	define("List.Sum", 1, 1, onList(func(c *call, l []Value) (Value, error) {
		var sum Value
		for _, v := range l {
			switch {
			case v.kind == Null:
			case sum.kind == Null:
				sum = v
			default:
				var ok bool
				if sum, ok = arithmetic("+", sum, v); !ok {
					return Value{}, c.raise(0, "%s cannot be added", v.describe())
				}
			}
		}
		return sum, nil
	}))
	defineListSets()
	define("Record.Field", 2, 2, recordField)
	define("Record.FieldNames", 1, 1, recordFieldNames)
}

func defineListSets() {
	define("List.RemoveNulls", 1, 1, onList(func(c *call, l []Value) (Value, error) {
		out := []Value{}
		for _, v := range l {
			if v.kind != Null {
				out = append(out, v)
			}
		}
		return list(out), nil
	}))
	define("List.Distinct", 1, 1, onList(func(c *call, l []Value) (Value, error) {
		seen := map[string]bool{}
		out := []Value{}
		for _, v := range l {
			if v.kind >= Binary {
				return Value{}, c.errorf(0, inlay.Unsupported, "it is supported for scalar values, not for a %s", v.kind)
			}
			if k := string(appendKey(nil, v)); !seen[k] {
				seen[k] = true
				out = append(out, v)
			}
		}
		return list(out), nil
	}))
	define("List.Contains", 2, 2, onList(func(c *call, l []Value) (Value, error) {
		for _, v := range l {
			if eq, ok := equal(v, c.arg(1)); eq && ok {
				return logical(true), nil
			}
		}
		return logical(false), nil
	}))
	define("List.Combine", 1, 1, onList(func(c *call, l []Value) (Value, error) {
		out := []Value{}
		for _, v := range l {
			if v.kind != List {
				return Value{}, c.raise(0, "expected lists, found %s", v.describe())
			}
			if out = append(out, v.items()...); len(out) > maxList {
				return Value{}, c.errorf(0, inlay.Limit, "the list grows beyond a million items")
			}
		}
		return list(out), nil
	}))
	define("List.Transform", 2, 2, onList(func(c *call, l []Value) (Value, error) {
		out := make([]Value, len(l))
		for i, v := range l {
			var err error
			if out[i], err = c.applyTo(v, i); err != nil {
				return Value{}, err
			}
		}
		return list(out), nil
	}))
	define("List.Select", 2, 2, onList(func(c *call, l []Value) (Value, error) {
		out := []Value{}
		for i, v := range l {
			keep, err := c.applyTo(v, i)
			if err != nil {
				return Value{}, err
			}
			if keep.kind == Logical && keep.n != 0 {
				out = append(out, v)
			}
		}
		return list(out), nil
	}))
}

func recordFieldNames(c *call) (Value, error) {
	r := c.arg(0).record()
	if r == nil {
		return Value{}, c.raise(0, "expected a record, not %s", c.arg(0).describe())
	}
	out := make([]Value, len(r.head.names))
	for i, n := range r.head.names {
		out[i] = text(n)
	}
	return list(out), nil
}

func onList(f func(c *call, l []Value) (Value, error)) func(c *call) (Value, error) {
	return func(c *call) (Value, error) {
		l, err := c.list(0)
		if err != nil {
			return Value{}, err
		}
		return f(c, l)
	}
}

// applyTo calls the function in argument 1 with an item; now and then it looks whether the
// caller is still there.
func (c *call) applyTo(v Value, i int) (Value, error) {
	if i&1023 == 0 && c.ev.ctx.Err() != nil {
		return Value{}, c.ev.ctx.Err()
	}
	f, err := c.function(1)
	if err != nil {
		return Value{}, err
	}
	return c.ev.apply(f, []Value{v}, c.pos, c.src)
}

// extreme is List.Min or List.Max; nulls are left out.
func extreme(c *call, l []Value, want int) (Value, error) {
	var best Value
	for _, v := range l {
		switch {
		case v.kind == Null:
		case best.kind == Null:
			best = v
		default:
			order, ok := compare(v, best)
			if !ok {
				return Value{}, c.raise(0, "%s and %s have no order", v.describe(), best.describe())
			}
			if order == want {
				best = v
			}
		}
	}
	return best, nil
}

func (c *call) count(i int) (int64, error) {
	n, err := c.whole(i)
	switch {
	case err != nil:
		return 0, err
	case n < 0:
		return 0, c.raise(i, "the count is negative")
	case n > maxList:
		return 0, c.errorf(i, inlay.Limit, "a list has at most a million items here, not %d", n)
	}
	return n, nil
}

func listDates(c *call) (Value, error) {
	start, by := c.arg(0), c.arg(2)
	if start.kind != Date || by.kind != Duration {
		return Value{}, c.raise(0, "expected a date, a count and a duration")
	}
	n, err := c.count(1)
	if err != nil {
		return Value{}, err
	}
	out := make([]Value, n)
	for i := range out {
		var ok bool
		if out[i], ok = shift(start, by.n*int64(i)); !ok {
			return Value{}, c.raise(1, "the dates leave the years 1 to 9999")
		}
	}
	return list(out), nil
}

func listNumbers(c *call) (Value, error) {
	v := c.arg(0)
	if !v.isNumber() {
		return Value{}, c.raise(0, "expected a number, not %s", v.describe())
	}
	by := integer(1)
	if c.has(2) {
		if by = c.arg(2); !by.isNumber() {
			return Value{}, c.raise(2, "expected a number, not %s", by.describe())
		}
	}
	n, err := c.count(1)
	if err != nil {
		return Value{}, err
	}
	out := make([]Value, n)
	for i := range out {
		out[i] = v
		v = numbers("+", v, by)
	}
	return list(out), nil
}

func recordField(c *call) (Value, error) {
	r := c.arg(0).record()
	name, err := c.text(1)
	if err != nil {
		return Value{}, err
	}
	if r == nil {
		return Value{}, c.raise(0, "expected a record, not %s", c.arg(0).describe())
	}
	i, ok := r.head.index[name]
	if !ok {
		return Value{}, c.raise(1, "there is no field %q; there are %s", name, names(r.head.names))
	}
	v := r.vals[i]
	switch v.kind {
	case Failed:
		return Value{}, c.raise(1, "%s", v.Err().Error())
	case lazy:
		t := v.ref.(*thunk)
		return c.ev.force(t, t.x, t.env)
	}
	return v, nil
}
