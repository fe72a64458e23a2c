package eval

import (
	"slices"
	"strings"

	"inlay/dax"
)

var windowTables = map[string]tableFunc{"INDEX": tableWindow, "OFFSET": tableWindow, "WINDOW": tableWindow}
var windowScalars = map[string]scalarFunc{"ROWNUMBER": rowNumber, "RANK": rowNumber}

// arranged is the rows of the relation of each environment in order, in partitions.
type arranged struct {
	r     *rowset
	rows  [][][]dax.Value    // by environment, sorted
	keys  [][][]dax.Value    // what they are sorted by
	parts []map[string][]int // by environment: places of rows by partition
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
	keys, err := e.sortKeys(x, r, order, b)
	if err != nil {
		return nil, err
	}
	for i := range b.n {
		if err := e.holds(len(r.at(i)), 3); err != nil { // with keys, places and partitions
			return nil, err
		}
		a.sort(i, keys(i), ways, own)
	}
	return a, nil
}

// sortKeys is what rows are ordered by: columns as they are, expressions for each environment.
func (e *evaluator) sortKeys(x *dax.Call, r *rowset, order []dax.Expr, b *batch) (func(i int) [][]dax.Value, error) {
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
		return func(i int) [][]dax.Value { return columnsOf(r.at(i), at) }, nil
	}
	keys, err := e.compute(x, r, order, b)
	return func(i int) [][]dax.Value { return keys[i] }, err
}

// sort arranges the rows of an environment; where the order leaves several equal, their other
// columns decide.
func (a *arranged) sort(i int, keys [][]dax.Value, ways []way, own []int) {
	rows := a.r.at(i)
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
// that the filters leave counts (offset-function-dax.md, "Remarks").
func (e *evaluator) current(x *dax.Call, a *arranged, cols []int, b *batch) ([][]spot, error) {
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
	for i := range b.n {
		if err := e.holds(len(a.rows[i]), 2); err != nil {
			return nil, err
		}
		places := map[string][]spot{}
		for _, part := range a.parts[i] {
			for n, k := range part {
				key := tupleKey(columnsOf(a.rows[i][k:k+1], at)[0])
				places[key] = append(places[key], spot{part, n})
			}
		}
		for _, tuple := range choices.at(i) {
			row := make([]dax.Value, 0, len(at))
			for _, v := range known {
				row = append(row, v[i])
			}
			out[i] = append(out[i], places[tupleKey(append(row, tuple...))]...)
		}
	}
	return out, nil
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
	spots, err := e.current(x, a, cols, b)
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
		if err := e.holds(len(a.rows[i]), 0); err != nil { // it may pick all, and looks at each
			return nil, err
		}
		out.blocks[i] = a.pick(w, i, spots[i], bounds)
	}
	return out, nil
}

// pick is the rows of an environment that stand where the bounds say, seen from each spot.
func (a *arranged) pick(w *window, i int, spots []spot, bounds []int) (rows [][]dax.Value) {
	seen := map[int]bool{}
	for _, s := range spots {
		from := w.position(0, bounds[0], s)
		to := w.position(len(bounds)-1, bounds[len(bounds)-1], s)
		if w.name == "WINDOW" {
			from, to = max(from, 0), min(to, len(s.part)-1)
		}
		for k := max(from, 0); k <= to && k < len(s.part); k++ {
			seen[s.part[k]] = true
		}
	}
	for k, row := range a.rows[i] {
		if seen[k] {
			rows = append(rows, row)
		}
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
	spots, err := e.current(x, a, a.match, b)
	if err != nil {
		return nil, err
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		for j, s := range spots[i] {
			n := a.rank(i, s, w)
			if w.name == "ROWNUMBER" && a.twin(i, s) {
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
func (a *arranged) rank(i int, s spot, w *window) int64 {
	if w.name == "ROWNUMBER" {
		return int64(s.at) + 1
	}
	n := 1
	for k := range s.at {
		this, next := a.keys[i][s.part[k]], a.keys[i][s.part[k+1]]
		if tupleKey(this) != tupleKey(next) {
			if n++; w.ties == "SKIP" {
				n = k + 2
			}
		}
	}
	return int64(n)
}

// twin reports whether the row behind or before a spot is equal to it in all columns.
func (a *arranged) twin(i int, s spot) bool {
	mine := tupleKey(a.rows[i][s.part[s.at]])
	for _, k := range []int{s.at - 1, s.at + 1} {
		if k >= 0 && k < len(s.part) && tupleKey(a.rows[i][s.part[k]]) == mine {
			return true
		}
	}
	return false
}
