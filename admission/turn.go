package admission

import "slices"

// turn is a place of the tree: those that wait here, or the turns below.
type turn struct {
	name    string
	below   []*turn   // with somebody waiting, the next at the front
	waiting []*ticket // first come, first served
	size    int       // that wait here and below
}

// ticket is one that waits.
type ticket struct {
	path   []string
	called chan error // nil: go ahead
}

// push adds a ticket at the end of its turn.
func (t *turn) push(k *ticket) {
	at := t
	at.size++
	for _, name := range k.path {
		i := slices.IndexFunc(at.below, func(b *turn) bool { return b.name == name })
		if i < 0 {
			i = len(at.below)
			at.below = append(at.below, &turn{name: name})
		}
		at = at.below[i]
		at.size++
	}
	at.waiting = append(at.waiting, k)
}

// pop takes the next ticket that may go. At the top may decides by name who can have a turn;
// nil lets all. It gives nil if none can.
func (t *turn) pop(may func(name string) bool) *ticket {
	if len(t.waiting) > 0 {
		k := t.waiting[0]
		t.waiting = t.waiting[1:]
		t.size--
		return k
	}
	for i, b := range t.below {
		if may != nil && !may(b.name) {
			continue
		}
		k := b.pop(nil)
		t.size--
		t.below = slices.Delete(t.below, i, i+1)
		if b.size > 0 {
			t.below = append(t.below, b) // its next turn comes after all others
		}
		return k
	}
	return nil
}

// remove takes a ticket out, wherever it stands. It reports whether it was there.
func (t *turn) remove(k *ticket) bool { return t.removeBelow(k, k.path) }

func (t *turn) removeBelow(k *ticket, path []string) bool {
	if len(path) == 0 {
		i := slices.Index(t.waiting, k)
		if i < 0 {
			return false
		}
		t.waiting = slices.Delete(t.waiting, i, i+1)
		t.size--
		return true
	}
	i := slices.IndexFunc(t.below, func(b *turn) bool { return b.name == path[0] })
	if i < 0 || !t.below[i].removeBelow(k, path[1:]) {
		return false
	}
	if t.size--; t.below[i].size == 0 {
		t.below = slices.Delete(t.below, i, i+1)
	}
	return true
}

// longest is the turn of the first level in which most wait.
func (t *turn) longest() *turn {
	if len(t.below) == 0 {
		return nil
	}
	return slices.MaxFunc(t.below, func(a, b *turn) int { return a.size - b.size })
}

// last is the ticket that would go last in the longest turn, all the way down.
func (t *turn) last() *ticket {
	if b := t.longest(); b != nil {
		return b.last()
	}
	if n := len(t.waiting); n > 0 {
		return t.waiting[n-1]
	}
	return nil
}

// waits is how many wait in a turn of the first level.
func (t *turn) waits(name string) int {
	for _, b := range t.below {
		if b.name == name {
			return b.size
		}
	}
	return 0
}
