package query

import (
	"encoding/binary"
	"math"
	"slices"

	"inlay/dax"
	"inlay/query/eval"
)

// held is rows that were read: columns, then values. Questions about them are answered by the
// numbers of the values in their columns, of which each is looked up once.
type held struct {
	cols   []column
	values []eval.Value
	rows   [][]dax.Value
	of     *held // whose columns are the first here, in place of the first cell that was read; or nil
	at     []int // by row: the row of that, -1 if there is none
	ids    map[int]*numbers
}

// numbers are those of the values of a column: equal for equal values.
type numbers struct {
	ids  []int // by row
	keys map[string]int
	n    int
}

// cell is a cell of a row: of a column, or behind these of a value.
func (h *held) cell(row, i int) dax.Value {
	switch {
	case h.of == nil:
		return h.rows[row][i]
	case i >= len(h.of.cols):
		return h.rows[row][1+i-len(h.of.cols)] // behind the date
	case h.at[row] >= 0:
		return h.of.rows[h.at[row]][i]
	}
	return dax.Value{}
}

// column numbers the values of a column.
func (h *held) column(i int) *numbers {
	if x := h.ids[i]; x != nil {
		return x
	}
	x := &numbers{ids: make([]int, len(h.rows))}
	if h.of != nil && i < len(h.of.cols) {
		far := h.of.column(i)
		x.keys, x.n = far.keys, far.n+1 // BLANK of no row is a value of its own, unless there is one
		var room [16]byte
		none, ok := far.keys[string(appendKey(room[:0], dax.Value{}))]
		if !ok {
			none = far.n
		}
		for j, at := range h.at {
			if x.ids[j] = none; at >= 0 {
				x.ids[j] = far.ids[at]
			}
		}
	} else {
		x.keys = make(map[string]int, len(h.rows))
		var key []byte
		for j := range h.rows {
			key = appendKey(key[:0], h.cell(j, i))
			id, ok := x.keys[string(key)]
			if !ok {
				id = x.n
				x.n++
				x.keys[string(key)] = id
			}
			x.ids[j] = id
		}
	}
	if h.ids == nil {
		h.ids = map[int]*numbers{}
	}
	h.ids[i] = x
	return x
}

// number is that of a value in a column.
func (h *held) number(i int, v dax.Value) (int, bool) {
	x := h.column(i)
	var room [64]byte
	id, ok := x.keys[string(appendKey(room[:0], v))]
	if !ok && v.IsBlank() && h.of != nil && i < len(h.of.cols) {
		return x.n - 1, true
	}
	return id, ok
}

// joint numbers combinations of columns, from 0 to below n; ok is false if there are too many for
// that.
func (h *held) joint(at []int) (ids []int, n int, ok bool) {
	ids, n = make([]int, len(h.rows)), 1
	for _, i := range at {
		x := h.column(i)
		if n > math.MaxInt/(x.n+1) {
			return nil, 0, false
		}
		n *= x.n + 1
		for j, id := range x.ids {
			ids[j] = ids[j]*(x.n+1) + id
		}
	}
	return ids, n, true
}

// found are the groups of rows by their joint numbers: an array where these are not many more than
// the rows.
type found struct {
	dense  []int // one more than the group
	sparse map[int]int
}

func newFound(rows, n int) found {
	if n <= 8*rows+64 {
		return found{dense: make([]int, n)}
	}
	return found{sparse: make(map[int]int, rows)}
}

// group is that of a number: the next one if there was none.
func (f found) group(id, next int) int {
	if f.dense != nil {
		if f.dense[id] == 0 {
			f.dense[id] = next + 1
		}
		return f.dense[id] - 1
	}
	i, ok := f.sparse[id]
	if !ok {
		i, f.sparse[id] = next, next
	}
	return i
}

// places are where columns and values are that a read asks for.
func (h *held) places(r eval.Read) (keys, values []int, ok bool) {
	for _, k := range r.Keys {
		keys = append(keys, slices.Index(h.cols, column{k.Column.T, k.Column.C}))
	}
	for _, v := range r.Values {
		values = append(values, place(h.values, v))
	}
	return keys, values, !slices.Contains(keys, -1) && !slices.Contains(values, -1)
}

// left is which rows conditions leave that are lists of columns that are held; nil is all.
func (h *held) left(where []eval.Condition) (left []bool, ok bool) {
	for _, w := range where {
		if w.X != nil || w.Filter != nil || w.Rows {
			return nil, false
		}
		at := make([]int, len(w.Columns))
		for i, c := range w.Columns {
			at[i] = slices.Index(h.cols, column{c.T, c.C})
		}
		if slices.Contains(at, -1) {
			return nil, false
		}
		ids, _, ok := h.joint(at)
		if !ok {
			return nil, false
		}
		in := make(map[int]bool, len(w.In))
		for _, row := range w.In {
			n, known := 0, true
			for i, v := range row {
				if !v.IsBlank() && v.Type() != w.Columns[i].C.Type {
					return nil, false
				}
				id, ok := h.number(at[i], v)
				n, known = n*(h.column(at[i]).n+1)+id, known && ok
			}
			if known {
				in[n] = true
			}
		}
		if left == nil {
			left = slices.Repeat([]bool{true}, len(h.rows))
		}
		for j, id := range ids {
			left[j] = left[j] && in[id]
		}
	}
	return left, true
}

// answer answers a read of the columns that are held, under conditions that are lists of them.
func (h *held) answer(r eval.Read, where []eval.Condition) ([][]dax.Value, bool) {
	keys, values, ok := h.places(r)
	if !ok {
		return nil, false
	}
	left, ok := h.left(where)
	if !ok {
		return nil, false
	}
	ids, n, ok := h.joint(keys)
	if !ok {
		return nil, false
	}
	width := len(keys) + len(values)
	out := make([][]dax.Value, 0, min(n, len(h.rows)))
	var room []dax.Value // of groups to come
	groups := newFound(len(h.rows), n)
	joins := make([]aggregate, len(values))
	for n, v := range values {
		joins[n] = aggregate{fn: stored(h.values[v])}
	}
	for j := range h.rows {
		if left != nil && !left[j] {
			continue
		}
		i := groups.group(ids[j], len(out))
		first := i == len(out)
		if first {
			if len(room) < width {
				room = make([]dax.Value, width*min(256, len(out)+16))
			}
			tuple := room[:width:width]
			room = room[width:]
			for n, k := range keys {
				tuple[n] = h.cell(j, k)
			}
			out = append(out, tuple)
		}
		for n, v := range values {
			x, y := &out[i][len(keys)+n], h.cell(j, len(h.cols)+v)
			if first {
				*x = y
			} else if *x, ok = joins[n].joined(*x, y); !ok {
				return nil, false
			}
		}
	}
	if len(out) == 0 && len(keys) == 0 {
		out = [][]dax.Value{make([]dax.Value, len(values))}
	}
	return out, true
}

// stored is the function of a value; without one it counts rows.
func stored(v eval.Value) string {
	if v.X == nil {
		return "COUNTROWS"
	}
	return v.Fn
}

// appendKey appends what is equal for values of one type that are equal in DAX.
func appendKey(key []byte, v dax.Value) []byte {
	if exactly(v.Type()) {
		return binary.NativeEndian.AppendUint64(append(key, 'n'), uint64(v.Int()))
	}
	return v.AppendKey(append(key, 't'))
}
