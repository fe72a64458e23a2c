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
	define("List.RemoveItems", 2, 2, onList(func(c *call, l []Value) (Value, error) { return c.without(l) }))
	define("List.RemoveMatchingItems", 2, 2, onList(func(c *call, l []Value) (Value, error) { return c.without(l) }))
	define("List.Difference", 2, 2, onList(func(c *call, l []Value) (Value, error) { return c.minus(l) }))
	define("List.Union", 1, 1, onList(func(c *call, l []Value) (Value, error) { return c.union(l) }))
	define("List.Intersect", 1, 1, onList(listIntersect))
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
	define("List.ReplaceMatchingItems", 2, 2, onList(func(c *call, l []Value) (Value, error) {
		pairs, err := c.list(1)
		if err != nil {
			return Value{}, err
		}
		out := append([]Value{}, l...)
		for i, v := range out {
			for _, p := range pairs {
				if q := p.items(); len(q) == 2 {
					eq, err := c.ev.equal(v, q[0])
					if err != nil {
						return Value{}, err
					}
					if eq {
						out[i] = q[1]
						break
					}
				}
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
	find, err := c.among(gone)
	if err != nil {
		return Value{}, err
	}
	return c.where(l, func(_ int, v Value) (bool, error) { i, err := find(v); return i < 0, err })
}

// minus takes out one item for each equal one of the list in the second argument.
func (c *call) minus(l []Value) (Value, error) {
	gone, err := c.list(1)
	if err != nil {
		return Value{}, err
	}
	find, err := c.among(gone)
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
	return c.where(l, func(_ int, v Value) (bool, error) {
		i, err := find(v)
		if i >= 0 && left[i] > 0 {
			left[i]--
			return false, err
		}
		return true, err
	})
}

// union has each item as often as the list that has it most often.
func (c *call) union(lists []Value) (Value, error) {
	g := gather{c: c}
	have := []Value{}
	for _, l := range lists {
		sub := *c
		sub.args = []Value{l, list(have)}
		more, err := sub.minus(l.items())
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
	if len(lists) == 0 {
		return list(nil), nil
	}
	out := lists[0].items()
	for _, l := range lists[1:] {
		sub := *c
		sub.args = []Value{lists[0], l}
		extra, err := sub.minus(out)
		if err != nil {
			return Value{}, err
		}
		sub.args = []Value{lists[0], extra}
		both, err := sub.minus(out)
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

// listSort is List.Sort(list, criterion): an order, a key function, a pair of both, or a
// function that compares two items.
func listSort(c *call, l []Value) (Value, error) {
	crit := c.arg(1)
	desc := crit.isNumber() && crit.n == 1
	if p := crit.items(); crit.kind == List && len(p) == 2 {
		crit, desc = p[0], p[1].n == 1
	}
	f, _ := crit.ref.(*closure)
	pairwise := f != nil && len(f.fn.Params) == 2
	keys := append([]Value{}, l...)
	if crit.kind == Function && !pairwise {
		for i, v := range l {
			var err error
			if keys[i], err = c.ev.apply(crit, []Value{v}, c.pos, c.src); err != nil {
				return Value{}, err
			}
		}
	}
	at := make([]int, len(l))
	for i := range at {
		at[i] = i
	}
	var bad error
	s := sortOp{c: c}
	sort.SliceStable(at, func(a, b int) bool {
		var n int
		var err error
		if pairwise {
			var v Value
			v, err = c.ev.apply(crit, []Value{l[at[a]], l[at[b]]}, c.pos, c.src)
			w, _ := v.whole()
			n = int(w)
		} else {
			n, err = s.order(keys[at[a]], keys[at[b]])
		}
		if err != nil {
			bad = err
		}
		return n != 0 && (n < 0) != desc
	})
	out := make([]Value, len(l))
	for i, j := range at {
		out[i] = l[j]
	}
	return list(out), bad
}
