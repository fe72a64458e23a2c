package powerquery

import (
	"sort"

	"inlay"
)

func defineListChanges() {
	define("List.Accumulate", 3, 3, onList(func(c *call, l []Value) (Value, error) {
		v := c.arg(1)
		for i, it := range l {
			if i&1023 == 0 && c.ev.ctx.Err() != nil {
				return v, c.ev.ctx.Err()
			}
			var err error
			if v, err = c.ev.apply(c.arg(2), []Value{v, it}, c.pos, c.src); err != nil {
				return v, err
			}
			if v.kind == List && v.n > maxHeld {
				return v, c.errorf(0, inlay.Limit, "the list grows beyond 512 MB")
			}
		}
		return v, nil
	}))
	define("List.Generate", 3, 4, listGenerate)
	define("List.TransformMany", 3, 3, onList(func(c *call, l []Value) (Value, error) {
		g := gather{c: c}
		for i, v := range l {
			inner, err := c.applyTo(v, i)
			if err != nil {
				return Value{}, err
			}
			for _, w := range inner.items() {
				out, err := c.ev.apply(c.arg(2), []Value{v, w}, c.pos, c.src)
				if err == nil {
					err = g.add(out)
				}
				if err != nil {
					return Value{}, err
				}
			}
		}
		return list(g.items), nil
	}))
	define("List.Sort", 1, 2, onList(listSort))
	define("List.RemoveItems", 2, 3, onList(func(c *call, l []Value) (Value, error) { return c.without(l) }))
	define("List.RemoveMatchingItems", 2, 3, onList(func(c *call, l []Value) (Value, error) { return c.without(l) }))
	define("List.Difference", 2, 3, onList(func(c *call, l []Value) (Value, error) {
		gone, err := c.list(1)
		eq, e := c.equation(2)
		if err = or(err, or(e, eq.ownComparer(2))); err != nil {
			return Value{}, err
		}
		return eq.minus(l, gone)
	}))
	define("List.Union", 1, 2, onList(listUnion))
	define("List.Intersect", 1, 2, onList(listIntersect))
	defineListReplacements()
}

func defineListReplacements() {
	define("List.ReplaceValue", 4, 4, onList(func(c *call, l []Value) (Value, error) {
		g := gather{c: c}
		for _, v := range l {
			out, err := c.ev.apply(c.arg(3), []Value{v, c.arg(1), c.arg(2)}, c.pos, c.src)
			if err == nil {
				err = g.add(out)
			}
			if err != nil {
				return Value{}, err
			}
		}
		return list(g.items), nil
	}))
	define("List.ReplaceMatchingItems", 2, 3, onList(func(c *call, l []Value) (Value, error) {
		pairs, err := c.list(1)
		if err != nil {
			return Value{}, err
		}
		old := make([]Value, len(pairs))
		for i, p := range pairs {
			if len(p.items()) != 2 {
				return Value{}, c.raise(1, "item %d is %s, not a list of an old and a new value", i+1, p.describe())
			}
			old[i] = p.items()[0]
		}
		eq, err := c.equation(2)
		if err != nil {
			return Value{}, err
		}
		find, err := eq.among(old)
		if err != nil {
			return Value{}, err
		}
		out := append([]Value{}, l...)
		for i, v := range out {
			at, err := find(v)
			if err != nil {
				return Value{}, err
			}
			if at >= 0 {
				out[i] = pairs[at].items()[1]
			}
		}
		return list(out), nil
	}))
}

func (c *call) without(l []Value) (Value, error) {
	gone, err := c.list(1)
	if err != nil {
		return Value{}, err
	}
	eq, err := c.equation(2)
	if err != nil {
		return Value{}, err
	}
	find, err := eq.among(gone)
	if err != nil {
		return Value{}, err
	}
	return c.where(l, func(_ int, v Value) (bool, error) { i, err := find(v); return i < 0, err })
}

// minus takes out one item for each equal one of another list.
func (e equation) minus(l, gone []Value) (Value, error) {
	find, err := e.among(gone)
	if err != nil {
		return Value{}, err
	}
	left := map[int]int{}
	for _, v := range gone {
		i, err := find(v)
		if err != nil {
			return Value{}, err
		}
		left[i]++
	}
	return e.c.where(l, func(_ int, v Value) (bool, error) {
		i, err := find(v)
		if i >= 0 && left[i] > 0 {
			left[i]--
			return false, err
		}
		return true, err
	})
}

// bags reads lists of lists and the equation for List.Union and List.Intersect.
func (c *call) bags(lists []Value) (equation, error) {
	for i, l := range lists {
		if l.kind != List {
			return equation{}, c.raise(0, "item %d is %s, not a list", i+1, l.describe())
		}
	}
	eq, err := c.equation(1)
	return eq, or(err, eq.ownComparer(1))
}

// listUnion has each item as often as the list that has it most often.
func listUnion(c *call, lists []Value) (Value, error) {
	eq, err := c.bags(lists)
	if err != nil {
		return Value{}, err
	}
	g := gather{c: c}
	have := []Value{}
	for _, l := range lists {
		more, err := eq.minus(l.items(), have)
		if err != nil {
			return Value{}, err
		}
		for _, v := range more.items() {
			if err := g.add(v); err != nil {
				return Value{}, err
			}
		}
		have = append([]Value{}, g.items...)
	}
	return list(g.items), nil
}

func listIntersect(c *call, lists []Value) (Value, error) {
	eq, err := c.bags(lists)
	if err != nil || len(lists) == 0 {
		return list(nil), err
	}
	out := lists[0].items()
	for _, l := range lists[1:] {
		extra, err := eq.minus(out, l.items())
		if err != nil {
			return Value{}, err
		}
		both, err := eq.minus(out, extra.items())
		if err != nil {
			return Value{}, err
		}
		out = both.items()
	}
	return list(out), nil
}

// listGenerate is List.Generate(initial, condition, next, selector).
func listGenerate(c *call) (Value, error) {
	call0 := func(i int, args ...Value) (Value, error) {
		f, err := c.function(i)
		if err != nil {
			return f, err
		}
		return c.ev.apply(f, args, c.pos, c.src)
	}
	g := gather{c: c, items: []Value{}}
	v, err := call0(0)
	for err == nil {
		var more bool
		if more, err = c.isTrue(call0(1, v)); err != nil || !more {
			break
		}
		item := v
		if c.has(3) {
			if item, err = call0(3, v); err != nil {
				break
			}
		}
		if v, err = c.ev.settle(v); err != nil { // a chain of fields put off would grow without end
			break
		}
		if err = g.add(item); err == nil {
			v, err = call0(2, v)
		}
	}
	return g.done(err)
}

// listSort is List.Sort(list, criterion).
func listSort(c *call, l []Value) (Value, error) {
	out, err := c.ordering(c.arg(1)).sorted(l)
	return list(out), err
}

// sorted puts items in order; those that are equal keep theirs.
func (o ordering) sorted(l []Value) ([]Value, error) {
	type keyed struct{ item, key Value }
	all := make([]keyed, len(l))
	for i, v := range l {
		k, err := o.of(v)
		if err != nil {
			return nil, err
		}
		all[i] = keyed{v, k}
	}
	var bad error
	sort.SliceStable(all, func(a, b int) bool {
		if bad != nil {
			return false
		}
		n, err := o.compare(all[a].key, all[b].key)
		if err != nil {
			bad = err
		}
		return n < 0
	})
	out := make([]Value, len(l))
	for i, k := range all {
		out[i] = k.item
	}
	return out, bad
}
