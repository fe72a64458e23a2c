package embedtoken

// found are things by id, a few: at most what a request may name. Rules go through a request in
// its order, so that what is asked for is mostly where the last one was or next to it.
type found[T any] struct {
	list []finding[T]
	at   int
}

type finding[T any] struct {
	id    string
	value T
	there bool
}

func (n *found[T]) add(id string, v T) { n.list = append(n.list, finding[T]{id, v, true}) }
func (n *found[T]) miss(id string)     { n.list = append(n.list, finding[T]{id: id}) }

// of is the first thing of an id, or nil.
func (n *found[T]) of(id string) *finding[T] {
	at := n.at
	for range n.list {
		if x := &n.list[at]; x.id == id {
			n.at = at
			return x
		}
		if at++; at == len(n.list) {
			at = 0
		}
	}
	return nil
}

// known is a thing that was found.
func (n *found[T]) known(id string) (*T, bool) {
	if x := n.of(id); x != nil && x.there {
		return &x.value, true
	}
	return nil, false
}

// emptied is the memory of the list without what is in it, if there is little.
func (n *found[T]) emptied() found[T] {
	const most = 8
	if cap(n.list) > most {
		return found[T]{}
	}
	clear(n.list)
	return found[T]{list: n.list[:0]}
}
