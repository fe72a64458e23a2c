package eval

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

// fetch reads from the store, each question once.
func (e *evaluator) fetch(r Read) ([][]dax.Value, error) {
	if err := e.ctx.Err(); err != nil {
		return nil, err
	}
	key := r.key()
	if rows, ok := e.memo[key]; ok {
		return rows, nil
	}
	rows, err := e.s.Read(e.ctx, r)
	if err != nil {
		return nil, err
	}
	if e.loose = e.loose || len(rows) > 1; e.settle {
		rows = inOrder(rows)
	}
	e.memo[key] = rows
	return rows, nil
}

// inOrder is rows in an order that follows from their values alone.
func inOrder(rows [][]dax.Value) [][]dax.Value {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(p, q []dax.Value) int {
		for i := range p {
			if n := cmp.Or(compare(p[i], q[i]), strings.Compare(p[i].ToText(), q[i].ToText())); n != 0 {
				return n
			}
		}
		return 0
	})
	return rows
}

// key is equal for equal questions.
func (r Read) key() string {
	var b strings.Builder
	b.WriteString(r.Base.Name)
	text := func(x dax.Expr) string {
		if x == nil {
			return ""
		}
		return dax.Print(x)
	}
	for _, k := range r.Keys {
		fmt.Fprintf(&b, "\x00k%s%s", k.Column, text(k.X))
	}
	for _, v := range r.Values {
		fmt.Fprintf(&b, "\x00v%s(%s)", v.Fn, text(v.X))
	}
	fmt.Fprintf(&b, "\x00r%s\x00%v%v%v", text(r.Rows), r.Blank, r.Fit, r.Edges)
	for _, c := range r.Where {
		fmt.Fprintf(&b, "\x00w%v%s%v", c.Columns, text(c.X), c.Rows)
		if c.Filter != nil {
			fmt.Fprintf(&b, "%#v", *c.Filter)
		}
		for _, row := range c.In {
			b.WriteString("\x01" + tupleKey(row))
		}
	}
	return b.String()
}

// reading is how filters of a batch take part in a Read.
type reading struct {
	r        Read
	vary     []*filter // differ between environments; rows are grouped by their columns
	indirect bool      // some filter differs and reaches the base over many rows
	parts    [][]int   // then: environments that agree on those filters
	exact    bool      // every environment matches at most one group
}

// plan sorts the filters of a batch by how they take part.
func (e *evaluator) plan(x dax.Expr, b *batch, r Read) (*reading, error) {
	ctx := b.context()
	r.Edges = ctx.edges
	r.Where = slices.Clone(r.Where)
	p := &reading{r: r, exact: true}
	ctx, err := e.flat(x, r.Base, ctx)
	if err != nil {
		return nil, err
	}
	var over []*filter
	for _, f := range ctx.filters {
		if f.cond != nil {
			reach, err := e.over(r.Base, f, f.table(), ctx)
			if err != nil {
				return nil, err
			}
			if reach != None {
				p.r.Where = append(p.r.Where, *f.cond)
			}
			continue
		}
		reach, err := e.reachOf(r.Base, f, ctx.edges)
		if err == nil && reach == None {
			reach, err = e.over(r.Base, f, f.table(), ctx)
		}
		if err != nil {
			return nil, err
		}
		if reach == None {
			continue
		}
		if len(f.cols) > 1 && f.byKey(r.Base) {
			f = f.keyed(slices.Equal(f.made, ctx.edges))
		}
		used := f.used()
		if c, ok := static(f, used, reach); ok {
			p.r.Where = append(p.r.Where, c)
			continue
		}
		if reach == Indirect {
			over = append(over, f)
			continue
		}
		p.vary = append(p.vary, f)
		for _, k := range used {
			p.exact = p.exact && len(f.sets[k].rows) == 1
		}
		if c, ok := superset(f, used); ok {
			p.r.Where = append(p.r.Where, c...)
		}
	}
	if len(over) > 0 {
		p.indirect = true
		return p, p.divide(x, b, over)
	}
	return p, nil
}

// divide groups environments that agree on filters.
func (p *reading) divide(x dax.Expr, b *batch, over []*filter) error {
	place := map[string]int{}
	for i := range b.n {
		var k strings.Builder
		for _, f := range over {
			k.WriteString(strconv.Itoa(f.of[i]) + ",")
		}
		j, ok := place[k.String()]
		if !ok {
			j = len(p.parts)
			place[k.String()] = j
			p.parts = append(p.parts, nil)
		}
		p.parts[j] = append(p.parts[j], i)
	}
	if len(p.parts) == 1 {
		return unsupported(x, "a filter of more than %d values that reaches the table over a relationship with many rows on both sides is not supported", mostListed*5)
	}
	if len(p.parts) > mostReads {
		return tooMany(x, "filters that reach the table over relationships with many rows on both sides", mostReads)
	}
	return nil
}

// byKey reports whether the key tells the rows of a filter from others, as a read of a table sees
// them. A key that is blank does not: rows of the table may have it, and the blank row has.
func (f *filter) byKey(base *model.Table) bool {
	if f.key < 0 {
		return false
	}
	for _, s := range f.sets {
		for _, row := range s.rows {
			if row[f.key].IsBlank() && (base == f.cols[f.key].T || slices.ContainsFunc(row, func(v dax.Value) bool { return !v.IsBlank() })) {
				return false
			}
		}
	}
	return true
}

// keyed is a filter on whole rows, by the column that identifies a row; also by the keys of what
// it looked up, where it looks up something else now.
func (f *filter) keyed(asBefore bool) *filter {
	at := []int{f.key}
	for i, c := range f.cols {
		if !asBefore && i != f.key && slices.Contains(f.whole, c.T) {
			at = append(at, i)
		}
	}
	g := &filter{of: f.of, key: 0, scope: f.scope, origin: f.root()}
	for _, i := range at {
		g.cols = append(g.cols, f.cols[i])
	}
	for _, s := range f.sets {
		g.sets = append(g.sets, newSet(columnsOf(s.rows, at)))
	}
	return g
}

// static is a filter that all environments agree on, as a condition.
func static(f *filter, used []int, reach Reach) (Condition, bool) {
	if len(used) != 1 {
		return Condition{}, false
	}
	rows := f.sets[used[0]].rows
	most := mostListed
	if reach == Indirect {
		most *= 5
	}
	if len(f.cols) > 1 {
		most = 200
	}
	for _, c := range f.cols {
		if c.T != f.cols[0].T {
			return Condition{}, false
		}
	}
	if len(rows) > most {
		return Condition{}, false
	}
	return Condition{Columns: f.cols, In: rows}, true
}

// superset narrows what is read, where few values are asked for.
func superset(f *filter, used []int) ([]Condition, bool) {
	var list []Condition
	for i, col := range f.cols {
		seen := map[string]bool{}
		var in [][]dax.Value
		var key []byte
		for _, k := range used {
			for _, row := range f.sets[k].rows {
				if key = row[i].AppendKey(key[:0]); !seen[string(key)] {
					seen[string(key)] = true
					in = append(in, row[i:i+1:i+1])
				}
			}
			if len(in) > 500 {
				break
			}
		}
		if len(in) <= 500 {
			list = append(list, Condition{Columns: []Column{col}, In: in})
		}
	}
	return list, len(list) > 0
}

// read answers the groups of a table in each environment: keys, then values.
func (e *evaluator) read(x dax.Expr, b *batch, r Read) (*rowset, error) {
	if b.n == 0 {
		return &rowset{}, nil
	}
	if r.Base.Group != nil {
		return e.items(x, b, r)
	}
	p, err := e.plan(x, b, r)
	if err != nil {
		return nil, err
	}
	if p.indirect {
		out := &rowset{of: make([]int, b.n)}
		for _, part := range p.parts {
			sub, err := e.read(x, b.pick(part), r)
			if err != nil {
				return nil, err
			}
			for j, i := range part {
				out.of[i] = len(out.blocks) + sub.of[j]
			}
			out.blocks = append(out.blocks, sub.blocks...)
		}
		return out, nil
	}
	return e.group(p, b)
}

// group runs a reading and deals the rows to the environments.
func (e *evaluator) group(p *reading, b *batch) (*rowset, error) {
	own := len(p.r.Keys)
	var extra []Column
	for _, f := range p.vary {
		for _, c := range f.cols {
			if !slices.Contains(extra, c) {
				extra = append(extra, c)
			}
		}
	}
	r := p.r
	r.Keys = slices.Clone(p.r.Keys)
	for _, c := range extra {
		r.Keys = append(r.Keys, Key{Column: c})
	}
	rows, err := e.fetch(r)
	if err != nil {
		return nil, err
	}
	if len(p.vary) == 0 {
		return &rowset{blocks: [][][]dax.Value{rows}, of: make([]int, b.n)}, nil
	}
	d := &deal{p: p, rows: rows, own: own, extra: len(extra)}
	for _, f := range p.vary {
		d.index(f, extra)
	}
	out := &rowset{of: make([]int, b.n)}
	place := map[string]int{}
	for i := range b.n {
		var key strings.Builder
		for _, f := range p.vary {
			key.WriteString(strconv.Itoa(f.of[i]) + ",")
		}
		k, ok := place[key.String()]
		if !ok {
			k = len(out.blocks)
			place[key.String()] = k
			rows, err := d.match(i)
			if err != nil {
				return nil, err
			}
			out.blocks = append(out.blocks, rows)
		}
		out.of[i] = k
	}
	return out, nil
}

// deal gives rows that are grouped by the columns of filters to the environments.
type deal struct {
	p     *reading
	rows  [][]dax.Value
	own   int
	extra int
	keys  [][]string       // by filter and row: the tuple of the filter's columns
	where []map[string]int // by filter: numbers of tuples
	of    [][][]int        // by filter and number: rows
}

func (d *deal) index(f *filter, extra []Column) {
	var at []int
	for _, c := range f.cols {
		at = append(at, d.own+slices.Index(extra, c))
	}
	keys := tupleKeys(d.rows, at)
	where := make(map[string]int, len(keys))
	number, count := make([]int, len(keys)), make([]int, 0, len(keys))
	for i, key := range keys {
		n, ok := where[key]
		if !ok {
			n = len(count)
			where[key], count = n, append(count, 0)
		}
		number[i] = n
		count[n]++
	}
	room, of := make([]int, len(keys)), make([][]int, len(count))
	for n, size := range count {
		of[n], room = room[:0:size], room[size:]
	}
	for i, n := range number {
		of[n] = append(of[n], i)
	}
	d.keys, d.where, d.of = append(d.keys, keys), append(d.where, where), append(d.of, of)
}

// match is the rows of environment i, joined by their own keys.
func (d *deal) match(i int) ([][]dax.Value, error) {
	best, least := 0, -1
	for j, f := range d.p.vary {
		if n := len(f.sets[f.of[i]].rows); least < 0 || n < least {
			best, least = j, n
		}
	}
	f := d.p.vary[best]
	var out [][]dax.Value
	var room []dax.Value // of rows to come
	place := map[string]int{}
	var one []byte
	for _, key := range f.sets[f.of[i]].keys {
		number, ok := d.where[best][key]
		if !ok {
			continue
		}
	rows:
		for _, at := range d.of[best][number] {
			for j, g := range d.p.vary {
				if j != best && !g.sets[g.of[i]].index[d.keys[j][at]] {
					continue rows
				}
			}
			row := d.rows[at]
			keys, values := row[:d.own], row[d.own+d.extra:]
			one = appendTuple(one[:0], keys)
			n, ok := place[string(one)]
			if !ok {
				place[string(one)] = len(out)
				width := len(row) - d.extra
				if len(room) < width {
					room = make([]dax.Value, width*min(64, len(out)+1))
				}
				tuple := room[:width:width]
				room = room[width:]
				copy(tuple[copy(tuple, keys):], values)
				out = append(out, tuple)
				continue
			}
			for v := range values {
				sum, err := merge(d.p.r.Values[v].Fn, out[n][d.own+v], values[v])
				if err != nil {
					return nil, err
				}
				out[n][d.own+v] = sum
			}
		}
	}
	return out, nil
}

// merge joins an aggregate of two groups.
func merge(fn string, a, b dax.Value) (dax.Value, error) {
	if a.IsBlank() || b.IsBlank() {
		if a.IsBlank() {
			return b, nil
		}
		return a, nil
	}
	switch fn {
	case "", "SUM", "COUNT", "COUNTA", "COUNTBLANK":
		return dax.Add(a, b)
	case "MIN", "MAX":
		n, err := dax.Compare(a, b)
		if (fn == "MIN") == (n > 0) && n != 0 {
			return b, err
		}
		return a, err
	}
	return a, inlay.Errorf(inlay.Internal, "aggregate %s of parts cannot be joined", fn)
}
