package powerquery

import "inlay"

// gather builds a list and bounds it.
type gather struct {
	c     *call
	items []Value
	heavy int64
}

func (g *gather) add(v Value) error {
	g.heavy += weigh(v)
	switch {
	case len(g.items) >= maxList:
		return g.c.errorf(0, inlay.Limit, "the list grows beyond a million items")
	case g.heavy > maxHeld:
		return g.c.errorf(0, inlay.Limit, "the list grows beyond 512 MB")
	case len(g.items)&1023 == 0 && g.c.ev.ctx.Err() != nil:
		return g.c.ev.ctx.Err()
	}
	g.items = append(g.items, v)
	return nil
}

func (g *gather) done(err error) (Value, error) {
	if err != nil {
		return Value{}, err
	}
	return list(g.items), nil
}

// where is the items for which keep says yes.
func (c *call) where(l []Value, keep func(i int, v Value) (bool, error)) (Value, error) {
	g := gather{c: c, items: []Value{}}
	for i, v := range l {
		yes, err := keep(i, v)
		if err == nil && yes {
			err = g.add(v)
		}
		if err != nil {
			return Value{}, err
		}
	}
	return list(g.items), nil
}

func defineListParts() {
	define("List.Buffer", 1, 1, func(c *call) (Value, error) { return c.arg(0), nil })
	define("List.FirstN", 2, 2, listCut(true, false))
	define("List.Skip", 1, 2, listCut(false, false))
	define("List.RemoveFirstN", 1, 2, listCut(false, false))
	define("List.LastN", 1, 2, listCut(true, true))
	define("List.RemoveLastN", 1, 2, listCut(false, true))
	define("List.Range", 2, 3, onList(func(c *call, l []Value) (Value, error) {
		from, err := c.count(1)
		n := int64(len(l))
		if err == nil && c.has(2) {
			n, err = c.count(2)
		}
		from = min(from, int64(len(l)))
		return list(l[from:min(from+n, int64(len(l)))]), err
	}))
	define("List.RemoveRange", 2, 3, onList(func(c *call, l []Value) (Value, error) {
		from, err := c.count(1)
		n := int64(1)
		if err == nil && c.has(2) {
			n, err = c.count(2)
		}
		if err == nil && from+n > int64(len(l)) {
			err = c.raise(1, "the list has %d items", len(l))
		}
		if err != nil {
			return Value{}, err
		}
		return list(append(append([]Value{}, l[:from]...), l[from+n:]...)), nil
	}))
	define("List.ReplaceRange", 4, 4, onList(func(c *call, l []Value) (Value, error) {
		at, err := c.count(1)
		n, e := c.count(2)
		if err = or(err, e); err == nil && at+n > int64(len(l)) {
			err = c.raise(1, "the list has %d items", len(l))
		}
		by, e := c.list(3)
		if err = or(err, e); err != nil {
			return Value{}, err
		}
		return list(append(append(append([]Value{}, l[:at]...), by...), l[at+n:]...)), nil
	}))
	define("List.InsertRange", 3, 3, onList(func(c *call, l []Value) (Value, error) {
		at, err := c.count(1)
		if err == nil && at > int64(len(l)) {
			err = c.raise(1, "the list has %d items", len(l))
		}
		more, e := c.list(2)
		if err != nil || e != nil {
			return Value{}, or(err, e)
		}
		return list(append(append(append([]Value{}, l[:at]...), more...), l[at:]...)), nil
	}))
	defineListShapes()
}

func defineListShapes() {
	define("List.Reverse", 1, 1, onList(func(_ *call, l []Value) (Value, error) {
		out := make([]Value, len(l))
		for i, v := range l {
			out[len(l)-1-i] = v
		}
		return list(out), nil
	}))
	define("List.Split", 2, 2, onList(func(c *call, l []Value) (Value, error) {
		n, err := c.count(1)
		if err != nil || n == 0 {
			return Value{}, c.raise(1, "expected a size of 1 or more")
		}
		var out []Value
		for i := 0; i < len(l); i += int(n) {
			out = append(out, list(l[i:min(i+int(n), len(l))]))
		}
		return list(out), nil
	}))
	define("List.Zip", 1, 1, onList(listZip))
	define("List.Repeat", 2, 2, onList(func(c *call, l []Value) (Value, error) {
		n, err := c.count(1)
		g := gather{c: c}
		for ; n > 0 && err == nil; n-- {
			for _, v := range l {
				if err = g.add(v); err != nil {
					break
				}
			}
		}
		return g.done(err)
	}))
	define("List.Alternate", 2, 4, onList(listAlternate))
	define("List.Positions", 1, 1, onList(func(_ *call, l []Value) (Value, error) {
		out := make([]Value, len(l))
		for i := range l {
			out[i] = integer(int64(i))
		}
		return list(out), nil
	}))
	single := func(c *call, l []Value) (Value, error) {
		switch {
		case len(l) == 1:
			return l[0], nil
		case len(l) == 0 && c.name == "List.SingleOrDefault":
			return c.arg(1), nil
		}
		plain := tooMany
		if len(l) == 0 {
			plain = tooFew
		}
		return Value{}, c.raise(0, "the list has %d items, not one", len(l)).as(plain, c.arg(0))
	}
	define("List.Single", 1, 1, onList(single))
	define("List.SingleOrDefault", 1, 2, onList(single))
}

func or(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// listCut keeps or drops items at one end: a number of them, or while a condition holds.
func listCut(keep, last bool) func(c *call) (Value, error) {
	return onList(func(c *call, l []Value) (Value, error) {
		n := 1
		switch {
		case c.arg(1).kind == Function:
			for n = 0; n < len(l); n++ { //nolint:intrange // n is read behind the loop
				i := n
				if last {
					i = len(l) - 1 - n
				}
				if yes, err := c.isTrue(c.applyTo(l[i], n)); err != nil {
					return Value{}, err
				} else if !yes {
					break
				}
			}
		case c.has(1):
			w, err := c.whole(1)
			if err != nil || w < 0 {
				return Value{}, c.raise(1, "expected a number of items, not %s", c.arg(1).describe())
			}
			n = int(min(w, int64(len(l))))
		}
		n = min(n, len(l))
		switch {
		case last && keep:
			return list(l[len(l)-n:]), nil
		case last:
			return list(l[:len(l)-n]), nil
		case keep:
			return list(l[:n]), nil
		}
		return list(l[n:]), nil
	})
}

func listZip(c *call, l []Value) (Value, error) {
	high := 0
	for _, v := range l {
		if v.kind != List {
			return Value{}, c.raise(0, "expected lists, found %s", v.describe())
		}
		high = max(high, len(v.items()))
	}
	g := gather{c: c}
	for i := range high {
		row := make([]Value, len(l))
		for j, v := range l {
			if i < len(v.items()) {
				row[j] = v.items()[i]
			}
		}
		if err := g.add(list(row)); err != nil {
			return Value{}, err
		}
	}
	return list(g.items), nil
}

// listAlternate is List.Alternate(list, count, repeatInterval, offset): it drops count items,
// then keeps repeatInterval, and again.
func listAlternate(c *call, l []Value) (Value, error) {
	n, err := c.count(1)
	every, offset := int64(0), int64(0)
	if err == nil && c.has(2) {
		every, err = c.count(2)
	}
	if err == nil && c.has(3) {
		offset, err = c.count(3)
	}
	if err != nil {
		return Value{}, err
	}
	return c.where(l, func(i int, _ Value) (bool, error) {
		k := int64(i) - offset
		if k < 0 {
			return true, nil
		}
		if every == 0 {
			return k >= n, nil
		}
		return k%(n+every) >= n, nil
	})
}

func defineListLogic() {
	for name, anyOf := range map[string]bool{"List.AnyTrue": true, "List.AllTrue": false, "List.MatchesAny": true, "List.MatchesAll": false} {
		least := 1
		if name == "List.MatchesAny" || name == "List.MatchesAll" {
			least = 2
		}
		define(name, least, least, onList(func(c *call, l []Value) (Value, error) {
			for i, v := range l {
				var err error
				if least == 2 {
					v, err = c.applyTo(v, i)
				}
				yes, err := c.isTrue(v, err)
				if err != nil || yes == anyOf {
					return logical(anyOf), err
				}
			}
			return logical(!anyOf), nil
		}))
	}
	define("List.NonNullCount", 1, 1, onList(func(_ *call, l []Value) (Value, error) {
		n := int64(0)
		for _, v := range l {
			if v.kind != Null {
				n++
			}
		}
		return integer(n), nil
	}))
	define("List.IsDistinct", 1, 2, onList(func(c *call, l []Value) (Value, error) {
		v, err := c.sub("List.Distinct", c.arg(0), c.arg(1))
		return logical(len(v.items()) == len(l)), err
	}))
	for name, all := range map[string]bool{"List.ContainsAll": true, "List.ContainsAny": false} {
		define(name, 2, 3, onList(func(c *call, l []Value) (Value, error) {
			want, err := c.list(1)
			if err != nil {
				return Value{}, err
			}
			eq, err := c.equation(2)
			if err != nil {
				return Value{}, err
			}
			find, err := eq.among(l)
			if err != nil {
				return Value{}, err
			}
			for _, v := range want {
				if i, err := find(v); err != nil || (i >= 0) != all {
					return logical(!all), err
				}
			}
			return logical(all), nil
		}))
	}
	define("List.PositionOf", 2, 4, onList(func(c *call, l []Value) (Value, error) { return c.positions(l, []Value{c.arg(1)}) }))
	define("List.PositionOfAny", 2, 4, onList(func(c *call, l []Value) (Value, error) {
		want, err := c.list(1)
		if err != nil {
			return Value{}, err
		}
		return c.positions(l, want)
	}))
}

// positions is where any of the wanted stands: the first, the last or all places.
func (c *call) positions(l, want []Value) (Value, error) {
	eq, err := c.equation(3)
	if err != nil {
		return Value{}, err
	}
	find, err := eq.among(want)
	if err != nil {
		return Value{}, err
	}
	all := []Value{}
	for i, v := range l {
		j, err := find(v)
		if err != nil {
			return Value{}, err
		}
		if j >= 0 {
			all = append(all, integer(int64(i)))
		}
	}
	return occurrence(all, c.arg(2).n), nil
}

// occurrence is Occurrence.First, Last or All of positions; -1 where there is none.
func occurrence(all []Value, which int64) Value {
	switch {
	case which == 2:
		return list(all)
	case len(all) == 0:
		return integer(-1)
	case which == 1:
		return all[len(all)-1]
	}
	return all[0]
}
