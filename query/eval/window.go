package eval

import (
	"maps"
	"slices"
	"strings"

	"inlay/dax"
)

var windowTables = map[string]tableFunc{"INDEX": tableWindow, "OFFSET": tableWindow, "WINDOW": tableWindow}
var windowScalars = map[string]scalarFunc{"ROWNUMBER": rowNumber, "RANK": rowNumber}

// arranged is the rows of the relation of each environment in order, in partitions. Environments
// that have the same rows share them.
type arranged struct {
	r     *rowset
	of    []int              // place in the lists below, by environment
	rows  [][][]dax.Value    // sorted
	keys  [][][]dax.Value    // what they are sorted by
	parts []map[string][]int // places of rows by partition
	ranks [][]int64          // ranks of rows, once they are asked for
	part  []int              // columns of the partition
	match []int              // columns that find the current row
}

// arrange sorts and partitions the relation.
func (e *evaluator) arrange(x *dax.Call, w *window, b *batch) (*arranged, error) {
	need := e.wants(w.order...)
	for _, ref := range append(slices.Clone(w.parts), w.match...) {
		if c, err := resolve(e.m, ref); err == nil {
			need.cols = append(need.cols, c)
		}
	}
	r, err := e.table(w.table, b, want{cols: need.cols})
	if err != nil {
		return nil, err
	}
	a := &arranged{r: r}
	for i, list := range [][]*dax.Column{w.parts, w.match} {
		for _, p := range list {
			k := e.placeAlso(r, p)
			if k < 0 {
				return nil, wrong(p, "the table has no column %s to %s by", dax.Print(p), []string{"partition", "match"}[i])
			}
			if i == 0 {
				a.part = append(a.part, k)
			}
			a.match = append(a.match, k)
		}
	}
	var own []int
	for i, c := range r.cols {
		if !c.also {
			own = append(own, i)
		}
	}
	if !w.matched {
		a.match = own
	}
	order, ways := w.order, slices.Clone(w.ways)
	if len(order) == 0 {
		for _, i := range own {
			if !slices.Contains(a.part, i) {
				order, ways = append(order, columnRef(r.cols[i])), append(ways, way{})
			}
		}
	}
	for i := range ways {
		if ways[i].blanks == "" {
			ways[i].blanks = w.blanks
		}
	}
	keys, shared, err := e.sortKeys(x, r, order, b)
	if err != nil {
		return nil, err
	}
	blocks := r.blocks
	if a.of = r.of; !shared {
		a.of, blocks = identity(b.n), make([][][]dax.Value, b.n)
		for i := range blocks {
			blocks[i] = r.at(i)
		}
	}
	for i, rows := range blocks {
		if err := e.holds(len(rows), 3); err != nil { // with keys, places and partitions
			return nil, err
		}
		a.sort(rows, keys(i), ways, own)
	}
	a.ranks = make([][]int64, len(blocks))
	return a, nil
}

// sortKeys is what rows are ordered by: columns as they are, by the block of the rows, which several
// environments share then; expressions for each environment.
func (e *evaluator) sortKeys(x *dax.Call, r *rowset, order []dax.Expr, b *batch) (keys func(i int) [][]dax.Value, shared bool, err error) {
	var at []int
	for _, o := range order {
		ref, ok := o.(*dax.Column)
		if !ok {
			break
		}
		k := e.place(r, ref)
		if k < 0 {
			break
		}
		at = append(at, k)
	}
	if len(at) == len(order) {
		return func(i int) [][]dax.Value { return columnsOf(r.blocks[i], at) }, true, nil
	}
	list, err := e.compute(x, r, order, b)
	return func(i int) [][]dax.Value { return list[i] }, false, err
}

// sort arranges rows; where the order leaves several equal, their other columns decide.
func (a *arranged) sort(rows, keys [][]dax.Value, ways []way, own []int) {
	at := identity(len(rows))
	slices.SortStableFunc(at, func(p, q int) int {
		if n := compareWays(keys[p], keys[q], ways); n != 0 {
			return n
		}
		for _, c := range own {
			if n := compare(rows[p][c], rows[q][c]); n != 0 {
				return n
			}
		}
		return 0
	})
	sorted, by, parts := make([][]dax.Value, len(at)), make([][]dax.Value, len(at)), map[string][]int{}
	for j, k := range at {
		sorted[j], by[j] = rows[k], keys[k]
		key := tupleKey(columnsOf(rows[k:k+1], a.part)[0])
		parts[key] = append(parts[key], j)
	}
	a.rows, a.keys, a.parts = append(a.rows, sorted), append(a.keys, by), append(a.parts, parts)
}

// compareWays orders tuples.
func compareWays(a, b []dax.Value, ways []way) int {
	for i, w := range ways {
		if a[i].IsBlank() != b[i].IsBlank() && w.blanks != "DEFAULT" {
			if a[i].IsBlank() == (w.blanks == "FIRST") {
				return -1
			}
			return 1
		}
		if n := compare(a[i], b[i]); n != 0 {
			if w.desc {
				return -n
			}
			return n
		}
	}
	return 0
}

func columnRef(c tableColumn) dax.Expr {
	if c.col.C != nil && !c.named {
		return &dax.Column{Table: c.col.T.Name, Name: c.col.C.Name}
	}
	return &dax.Column{Name: c.name}
}

// spot is a row in its partition.
type spot struct {
	part []int // places of the partition's rows
	at   int
}

// current is where the current rows of each environment stand: those that agree with the current
// row of an iterator in columns of the relation. Where a column has no current row, every value
// that the filters leave counts (offset-function-dax.md, "Remarks"). With once, one row of a
// partition stands for all.
func (e *evaluator) current(x *dax.Call, a *arranged, cols []int, once bool, b *batch) ([][]spot, error) {
	var known [][]dax.Value
	var at, free []int // columns with a current row, and those without
	var open []Column
	for _, i := range cols {
		c := a.r.cols[i]
		if found, ok := b.cell(func(o tableColumn) bool {
			return (c.col.C != nil && o.col == c.col) || (c.col.C == nil && o.is(c.name))
		}, 0); ok {
			known, at = append(known, found.values()), append(at, i)
			continue
		}
		if c.col.C != nil { // columns that functions added do not identify a row
			free, open = append(free, i), append(open, c.col)
		}
	}
	if len(at)+len(free) == 0 && len(cols) > 0 {
		return nil, wrong(x, "%s needs a column of the model in its table", strings.ToUpper(x.Func))
	}
	choices := one(b.n, nil, [][]dax.Value{{}})
	if len(open) > 0 {
		var err error
		if choices, err = e.domain(x, nil, open, b, b); err != nil {
			return nil, err
		}
	}
	at = append(at, free...)
	out := make([][]spot, b.n)
	places := make([]map[string][]spot, len(a.rows))
	for i := range b.n {
		block := a.of[i]
		if places[block] == nil {
			if err := e.holds(len(a.rows[block]), 2); err != nil {
				return nil, err
			}
			places[block] = a.places(block, at, once)
		}
		for _, tuple := range choices.at(i) {
			row := make([]dax.Value, 0, len(at))
			for _, v := range known {
				row = append(row, v[i])
			}
			out[i] = append(out[i], places[block][tupleKey(append(row, tuple...))]...)
		}
	}
	return out, nil
}

// places is where rows stand, by their values of some columns; with once, where the first of each
// partition does.
func (a *arranged) places(block int, at []int, once bool) map[string][]spot {
	places := map[string][]spot{}
	for _, part := range a.parts[block] {
		for n, k := range part {
			key := tupleKey(columnsOf(a.rows[block][k:k+1], at)[0])
			if places[key] = append(places[key], spot{part, n}); once {
				break
			}
		}
	}
	return places
}

// tableWindow is INDEX, OFFSET and WINDOW.
func tableWindow(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	w, err := e.windowOf(x, b)
	if err != nil {
		return nil, err
	}
	if need := map[string]int{"INDEX": 1, "OFFSET": 1, "WINDOW": 2}[w.name]; len(w.numbers) != need {
		return nil, wrong(x, "%s takes %d numbers before the table", w.name, need)
	}
	numbers := make([][]dax.Value, len(w.numbers))
	for i, y := range w.numbers {
		if numbers[i], err = e.scalar(y, b); err != nil {
			return nil, err
		}
	}
	a, err := e.arrange(x, w, b)
	if err != nil {
		return nil, err
	}
	cols := a.match
	absolute := w.name == "INDEX" || w.name == "WINDOW" && !slices.Contains(w.kinds, "REL")
	if absolute { // the partition is enough
		cols = a.part
	}
	spots, err := e.current(x, a, cols, absolute, b)
	if err != nil {
		return nil, err
	}
	out := &rowset{cols: a.r.cols, of: identity(b.n), blocks: make([][][]dax.Value, b.n), table: a.r.table}
	for i := range b.n {
		bounds := make([]int, len(numbers))
		for j := range numbers {
			n, err := numbers[j][i].ToInt()
			if err != nil {
				return nil, placed(w.numbers[j], err)
			}
			bounds[j] = int(max(-mostRows, min(n, mostRows)))
		}
		if out.blocks[i] = a.pick(w, a.of[i], spots[i], bounds); len(out.blocks[i]) > 0 {
			err = e.holds(len(out.blocks[i]), 0)
		}
		if err == nil {
			err = e.ctx.Err()
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// pick is the rows of a block that stand where the bounds say, seen from each spot.
func (a *arranged) pick(w *window, block int, spots []spot, bounds []int) (rows [][]dax.Value) {
	seen := map[int]bool{}
	for _, s := range spots {
		from := w.position(0, bounds[0], s)
		to := w.position(len(bounds)-1, bounds[len(bounds)-1], s)
		if w.name == "WINDOW" {
			from, to = max(from, 0), min(to, len(s.part)-1)
		}
		for k := max(from, 0); k <= to && k < len(s.part); k++ {
			if len(spots) == 1 { // places of a partition are in order
				rows = append(rows, a.rows[block][s.part[k]])
			} else {
				seen[s.part[k]] = true
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(seen)) {
		rows = append(rows, a.rows[block][k])
	}
	return rows
}

// position is a place in a partition: from the front (1, 2, …), from the back (-1, …) or from
// the current row. Nothing stands at 0, but a window that begins or ends there does so at 1.
func (w *window) position(which, n int, s spot) int {
	switch {
	case w.name == "OFFSET" || w.name == "WINDOW" && w.kinds[which] == "REL":
		if n = s.at + n; n < 0 && w.name == "OFFSET" {
			return len(s.part) // there is no such row
		}
		return n
	case n == 0 && w.name == "INDEX":
		return len(s.part)
	case n < 0:
		if n += len(s.part); n < 0 && w.name == "INDEX" {
			return len(s.part)
		}
		return n
	}
	return max(n-1, 0)
}

// rowNumber is ROWNUMBER and RANK.
func rowNumber(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	w, err := e.windowOf(x, b)
	if err != nil {
		return nil, err
	}
	if len(w.numbers) > 0 {
		return nil, wrong(w.numbers[0], "%s takes a table, an order and partitions", w.name)
	}
	a, err := e.arrange(x, w, b)
	if err != nil {
		return nil, err
	}
	spots, err := e.current(x, a, a.match, false, b)
	if err != nil {
		return nil, err
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		for j, s := range spots[i] {
			n := a.rank(a.of[i], s, w)
			if w.name == "ROWNUMBER" && a.twin(a.of[i], s) {
				return nil, failed(x, "ROWNUMBER cannot tell equal rows apart")
			}
			if j > 0 && (out[i].IsBlank() || n != out[i].Int()) {
				if w.name == "RANK" { // blank for totals (rank-function-dax.md, "Remarks")
					out[i] = dax.Value{}
					continue
				}
				return nil, unsupported(x, "%s where several rows are current is not supported", w.name)
			}
			out[i] = dax.IntOf(n)
		}
	}
	return out, nil
}

// rank is the number of a spot.
func (a *arranged) rank(block int, s spot, w *window) int64 {
	if w.name == "ROWNUMBER" {
		return int64(s.at) + 1
	}
	if a.ranks[block] == nil {
		a.ranks[block] = make([]int64, len(a.rows[block]))
		for _, part := range a.parts[block] {
			n, last := int64(0), ""
			for at, k := range part {
				key := tupleKey(a.keys[block][k])
				if at == 0 || key != last {
					if n++; w.ties == "SKIP" {
						n = int64(at) + 1
					}
				}
				a.ranks[block][k], last = n, key
			}
		}
	}
	return a.ranks[block][s.part[s.at]]
}

// twin reports whether the row behind or before a spot is equal to it in all columns.
func (a *arranged) twin(block int, s spot) bool {
	mine := tupleKey(a.rows[block][s.part[s.at]])
	for _, k := range []int{s.at - 1, s.at + 1} {
		if k >= 0 && k < len(s.part) && tupleKey(a.rows[block][s.part[k]]) == mine {
			return true
		}
	}
	return false
}
