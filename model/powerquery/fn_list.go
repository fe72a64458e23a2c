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
	define("List.Min", 1, 4, onList(func(c *call, l []Value) (Value, error) { return extreme(c, l, -1) }))
	define("List.Max", 1, 4, onList(func(c *call, l []Value) (Value, error) { return extreme(c, l, 1) }))
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
	defineListParts()
	defineListLogic()
	defineListChanges()
	defineListNumbers()
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
	define("List.Distinct", 1, 2, onList(func(c *call, l []Value) (Value, error) {
		eq, err := c.equation(1)
		if err = or(err, eq.ownComparer(1)); err != nil {
			return Value{}, err
		}
		seen := map[string]bool{}
		return c.where(l, func(_ int, v Value) (bool, error) {
			k, err := eq.bytes(v)
			first := !seen[k]
			seen[k] = true
			return first, err
		})
	}))
	define("List.Contains", 2, 3, onList(func(c *call, l []Value) (Value, error) {
		if !c.has(2) {
			for _, v := range l {
				if eq, err := c.ev.equal(v, c.arg(1)); err != nil || eq {
					return logical(eq), err
				}
			}
			return logical(false), nil
		}
		eq, err := c.equation(2)
		if err != nil {
			return Value{}, err
		}
		find, err := eq.among(l)
		if err != nil {
			return Value{}, err
		}
		i, err := find(c.arg(1))
		return logical(i >= 0), err
	}))
	defineListItems()
}

func defineListItems() {
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
		g := gather{c: c, items: make([]Value, 0, len(l))}
		for i, v := range l {
			out, err := c.applyTo(v, i)
			if err == nil {
				err = g.add(out)
			}
			if err != nil {
				return Value{}, err
			}
		}
		return list(g.items), nil
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

// extreme is List.Min or List.Max(list, default, criterion, includeNulls); nulls are left out
// unless they are asked for.
func extreme(c *call, l []Value, want int) (Value, error) {
	by := c.ordering(c.arg(2))
	nulls := c.arg(3).kind == Logical && c.arg(3).n != 0
	best, bestKey, found := Value{}, Value{}, false
	for _, v := range l {
		key, err := by.of(v)
		if err != nil {
			return Value{}, err
		}
		if key.kind == Null && !nulls {
			continue
		}
		if found {
			n, err := by.compare(key, bestKey)
			if err != nil {
				return Value{}, err
			}
			if n != want {
				continue
			}
		}
		best, bestKey, found = v, key, true
	}
	if !found {
		return c.arg(1), nil
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
	want := map[string]Kind{"List.Dates": Date, "List.DateTimes": DateTime, "List.Times": Time, "List.Durations": Duration, "List.DateTimeZones": Zoned}[c.name]
	if start.kind != want || by.kind != Duration {
		return Value{}, c.raise(0, "expected a %s, a count and a duration", want)
	}
	n, err := c.count(1)
	if err != nil {
		return Value{}, err
	}
	out := make([]Value, n)
	for i := range out {
		var ok bool
		if want == Duration {
			out[i] = duration(start.n + by.n*int64(i))
		} else if out[i], ok = shift(start, by.n*int64(i)); !ok {
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
		return Value{}, c.raise(1, "there is no field %q; there are %s", name, names(r.head.names)).noField(name, c.arg(0))
	}
	v := r.vals[i]
	switch v.kind {
	case Failed:
		return Value{}, c.raiseCell(1, v.Err())
	case lazy:
		t := v.ref.(*thunk)
		return c.ev.force(t, t.x, t.env)
	}
	return v, nil
}
