package eval

import (
	"slices"
	"strings"

	"inlay/dax"
)

var windowTables = map[string]tableFunc{"INDEX": tableWindow, "OFFSET": tableWindow, "WINDOW": tableWindow}
var windowScalars = map[string]scalarFunc{"ROWNUMBER": rowNumber, "RANK": rowNumber}

// window is the arguments that window functions share.
type window struct {
	numbers []dax.Expr // before the relation
	kinds   []string   // ABS or REL, behind numbers of WINDOW
	ties    string     // of RANK
	table   dax.Expr
	order   []dax.Expr
	desc    []bool
	parts   []*dax.Column
}

// windowOf reads the arguments of a window function.
func (e *evaluator) windowOf(x *dax.Call, b *batch) (*window, error) {
	w := &window{ties: "SKIP"}
	for _, a := range x.Args {
		switch a := a.(type) {
		case nil:
			continue
		case *dax.Name:
			switch word := strings.ToUpper(a.Name); word {
			case "ABS", "REL":
				w.kinds = append(w.kinds, word)
				continue
			case "DENSE", "SKIP":
				w.ties = word
				continue
			case "DEFAULT", "KEEP", "NONE", "ALL":
				continue
			case "FIRST", "LAST":
				return nil, unsupported(a, "%s with BLANK %s is not supported", strings.ToUpper(x.Func), word)
			}
		case *dax.Call:
			switch strings.ToUpper(a.Func) {
			case "ORDERBY":
				var err error
				if w.order, w.desc, err = orders(a, a.Args, false); err != nil {
					return nil, err
				}
				continue
			case "PARTITIONBY":
				for _, p := range a.Args {
					ref, ok := p.(*dax.Column)
					if !ok {
						return nil, wrong(a, "PARTITIONBY takes columns")
					}
					w.parts = append(w.parts, ref)
				}
				continue
			case "MATCHBY":
				return nil, unsupported(a, "MATCHBY is not supported")
			}
		}
		if e.isTable(a, b) {
			if w.table != nil {
				return nil, wrong(a, "%s takes one table", strings.ToUpper(x.Func))
			}
			w.table = a
			continue
		}
		w.numbers = append(w.numbers, a)
	}
	if w.table == nil {
		return w, w.defaultTable(x)
	}
	return w, nil
}

// defaultTable is ALLSELECTED of the columns of ORDERBY and PARTITIONBY.
func (w *window) defaultTable(x *dax.Call) error {
	var args []dax.Expr
	for _, o := range w.order {
		ref, ok := o.(*dax.Column)
		if !ok {
			return wrong(x, "%s needs a table, or ORDERBY of columns", strings.ToUpper(x.Func))
		}
		args = append(args, ref)
	}
	for _, p := range w.parts {
		args = append(args, p)
	}
	if len(args) == 0 {
		return wrong(x, "%s needs a table or ORDERBY", strings.ToUpper(x.Func))
	}
	w.table = &dax.Call{At: x.At, Func: "ALLSELECTED", Args: args}
	return nil
}

// arranged is the rows of the relation of each environment in order, in partitions.
type arranged struct {
	r     *rowset
	rows  [][][]dax.Value    // by environment, sorted
	keys  [][][]dax.Value    // what they are sorted by
	parts []map[string][]int // by environment: places of rows by partition
	part  []int              // columns of the partition
}

// arrange sorts and partitions the relation.
func (e *evaluator) arrange(x *dax.Call, w *window, b *batch) (*arranged, error) {
	r, err := e.table(w.table, b, want{cols: e.wants(w.order...).cols})
	if err != nil {
		return nil, err
	}
	order, desc := w.order, w.desc
	if len(order) == 0 {
		for _, c := range r.cols {
			if !c.also {
				order, desc = append(order, columnRef(c)), append(desc, false)
			}
		}
	}
	keys, err := e.compute(x, r, order, b)
	if err != nil {
		return nil, err
	}
	a := &arranged{r: r}
	for _, p := range w.parts {
		i := e.place(r, p)
		if i < 0 {
			return nil, wrong(p, "the table has no column %s to partition by", dax.Print(p))
		}
		a.part = append(a.part, i)
	}
	for i := range b.n {
		rows := r.at(i)
		at := identity(len(rows))
		slices.SortStableFunc(at, func(p, q int) int { return compareRows(keys[i][p], keys[i][q], desc) })
		sorted, by, parts := make([][]dax.Value, len(at)), make([][]dax.Value, len(at)), map[string][]int{}
		for j, k := range at {
			sorted[j], by[j] = rows[k], keys[i][k]
			key := tupleKey(columnsOf(rows[k:k+1], a.part)[0])
			parts[key] = append(parts[key], j)
		}
		a.rows, a.keys, a.parts = append(a.rows, sorted), append(a.keys, by), append(a.parts, parts)
	}
	return a, nil
}

func columnRef(c tableColumn) dax.Expr {
	if c.col.C != nil && !c.named {
		return &dax.Column{Table: c.col.T.Name, Name: c.col.C.Name}
	}
	return &dax.Column{Name: c.name}
}

// current is where the current row of each environment stands in its partition; -1 if it is not
// among the rows. A column that has no current row takes the one value that the filters leave.
func (e *evaluator) current(x *dax.Call, a *arranged, b *batch) (part [][]int, at []int, err error) {
	values := make([][]dax.Value, 0, len(a.r.cols))
	var cols []int
	for i, c := range a.r.cols {
		if c.also {
			continue
		}
		if found, ok := b.cell(func(o tableColumn) bool {
			return (c.col.C != nil && o.col == c.col) || (c.col.C == nil && o.is(c.name))
		}, 0); ok {
			values, cols = append(values, found.values()), append(cols, i)
			continue
		}
		if c.col.C == nil {
			continue
		}
		r, err := e.values(x, rowsOf{base: c.col.T, b: b}, []Column{c.col}, true)
		if err != nil {
			return nil, nil, err
		}
		one := make([]dax.Value, b.n)
		for j := range one {
			if rows := r.at(j); len(rows) == 1 {
				one[j] = rows[0][0]
			} else {
				return nil, nil, unsupported(x, "%s without a current row or one value of %s is not supported", strings.ToUpper(x.Func), c.col)
			}
		}
		values, cols = append(values, one), append(cols, i)
	}
	part, at = make([][]int, b.n), make([]int, b.n)
	for i := range b.n {
		want := make([]dax.Value, len(cols))
		for j := range cols {
			want[j] = values[j][i]
		}
		key := tupleKey(want)
		at[i] = -1
		for _, places := range a.parts[i] {
			for n, k := range places {
				if at[i] < 0 && tupleKey(columnsOf(a.rows[i][k:k+1], cols)[0]) == key {
					part[i], at[i] = places, n
				}
			}
		}
	}
	return part, at, nil
}

// tableWindow is INDEX, OFFSET and WINDOW.
func tableWindow(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	w, err := e.windowOf(x, b)
	if err != nil {
		return nil, err
	}
	name := strings.ToUpper(x.Func)
	if need := map[string]int{"INDEX": 1, "OFFSET": 1, "WINDOW": 2}[name]; len(w.numbers) != need {
		return nil, wrong(x, "%s takes %d numbers before the table", name, need)
	}
	for len(w.kinds) < 2 {
		w.kinds = append(w.kinds, "REL")
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
	var part [][]int
	at := make([]int, b.n)
	if name == "INDEX" && len(a.part) == 0 {
		for i := range b.n {
			part = append(part, identity(len(a.rows[i])))
		}
	} else if part, at, err = e.current(x, a, b); err != nil {
		return nil, err
	}
	out := &rowset{cols: a.r.cols, of: identity(b.n), blocks: make([][][]dax.Value, b.n), table: a.r.table}
	for i := range b.n {
		if at[i] < 0 {
			continue
		}
		bounds := make([]int, len(numbers))
		for j := range numbers {
			n, err := numbers[j][i].ToInt()
			if err != nil {
				return nil, placed(w.numbers[j], err)
			}
			bounds[j] = position(name, w.kinds[j], int(n), at[i], len(part[i]))
		}
		from, to := bounds[0], bounds[len(bounds)-1]
		if name == "WINDOW" {
			from, to = max(from, 0), min(to, len(part[i])-1)
		}
		for k := from; k <= to && k >= 0 && k < len(part[i]); k++ {
			out.blocks[i] = append(out.blocks[i], a.rows[i][part[i][k]])
		}
	}
	return out, nil
}

// position is a place in a partition of n rows: from the front (1, 2, …), from the back (-1, …)
// or from the current row.
func position(name, kind string, n, at, rows int) int {
	switch {
	case name == "OFFSET" || (name == "WINDOW" && kind == "REL"):
		return at + n
	case n < 0:
		return rows + n
	}
	return n - 1
}

// rowNumber is ROWNUMBER and RANK.
func rowNumber(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	w, err := e.windowOf(x, b)
	if err != nil {
		return nil, err
	}
	a, err := e.arrange(x, w, b)
	if err != nil {
		return nil, err
	}
	part, at, err := e.current(x, a, b)
	if err != nil {
		return nil, err
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		if at[i] < 0 {
			continue
		}
		n := at[i] + 1
		if same(x.Func, "RANK") {
			n = 1
			for k := range at[i] {
				this, next := a.keys[i][part[i][k]], a.keys[i][part[i][k+1]]
				if tupleKey(this) != tupleKey(next) {
					if n++; w.ties == "SKIP" {
						n = k + 2
					}
				}
			}
		} else if k := at[i]; k+1 < len(part[i]) && tupleKey(a.rows[i][part[i][k]]) == tupleKey(a.rows[i][part[i][k+1]]) {
			return nil, failed(x, "ROWNUMBER cannot tell equal rows apart")
		}
		out[i] = dax.IntOf(int64(n))
	}
	return out, nil
}
