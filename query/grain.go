package query

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
	"inlay/query/eval"
)

// A question with time intelligence reads the same rows by month, by date and by the dates of
// another year. grain reads them once, by date, and answers the other reads from that:
//
//	calendar: date, month, …     by date: date, category, sum     ──► by month; by category in some dates; is any row without a date?
//
// What is read by date went through the gate as every read does, and sums of it are what the
// source would have answered.
type grain struct {
	dates  []column                      // that the question's time intelligence looks at
	groups []column                      // of the question, and columns of its calendars
	values map[*model.Table][]eval.Value // aggregates that the question may ask for
	plain  bool                          // the question has no filters of its own
	held   map[string]*held
}

// held is rows that were read: columns, then values. It is nil where reading that way failed.
type held struct {
	cols   []column
	values []eval.Value
	rows   [][]dax.Value
}

// mostGrain is how many combinations of dates and other groups are worth reading.
const mostGrain = 100_000

// newGrain looks for time intelligence in a question; nil if it has none.
func newGrain(c *compiler, list []dax.Expr) *grain {
	g := &grain{values: map[*model.Table][]eval.Value{}, held: map[string]*held{}}
	seen := map[*model.Measure]bool{}
	var visit func(dax.Expr) bool
	visit = func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Call:
			f, _ := fn.Lookup(x.Func)
			for _, a := range x.Args {
				ref, ok := a.(*dax.Column)
				if !ok || ref.Table == "" {
					continue
				}
				if col, err := c.e.column(ref); err == nil {
					g.note(x, f, col)
				}
			}
			if t, ok := c.e.countedTable(x); ok {
				g.value(t, eval.Value{})
			}
		case *dax.Column:
			if col, err := c.e.column(x); err == nil && !contains(g.groups, col) {
				g.groups = append(g.groups, col)
			}
			m, _ := c.e.m.Measure(x.Name)
			if m == nil || seen[m] {
				break
			}
			seen[m] = true
			if body, err := c.e.parse(m.Expression); err == nil {
				dax.Walk(body, visit)
			}
		}
		return true
	}
	for _, x := range list {
		dax.Walk(x, visit)
	}
	if len(g.dates) == 0 {
		return nil
	}
	// Columns of the calendar that an expression names, rows may be read by.
	g.groups = slices.DeleteFunc(g.groups, func(col column) bool {
		return !slices.ContainsFunc(g.dates, func(d column) bool { return d.t == col.t })
	})
	return g
}

// countedTable is the table of COUNTROWS(T).
func (e *Engine) countedTable(x *dax.Call) (*model.Table, bool) {
	if !strings.EqualFold(x.Func, "COUNTROWS") || len(x.Args) != 1 || x.Args[0] == nil {
		return nil, false
	}
	return e.table(x.Args[0])
}

// note takes down a column that is an argument of a function.
func (g *grain) note(x *dax.Call, f *fn.Func, col column) {
	switch name := strings.ToUpper(x.Func); {
	case f != nil && f.Family == "Time intelligence" && col.c.Type == dax.DateTime:
		if !contains(g.dates, col) {
			g.dates = append(g.dates, col)
		}
	case len(x.Args) != 1 || (name == "MIN" || name == "MAX") && classOf(col.c.Type) != numberClass && classOf(col.c.Type) != dateClass:
	case name == "AVERAGE":
		g.value(col.t, eval.Value{Fn: "SUM", X: x.Args[0]})
		g.value(col.t, eval.Value{Fn: "COUNT", X: x.Args[0]})
	case name == "SUM" || name == "MIN" || name == "MAX" || name == "COUNT" || name == "COUNTA":
		g.value(col.t, eval.Value{Fn: name, X: x.Args[0]})
	}
}

func (g *grain) value(t *model.Table, v eval.Value) {
	if place(g.values[t], v) < 0 {
		g.values[t] = append(g.values[t], v)
	}
}

// place is where a value is in a list, -1 if it is not there.
func place(list []eval.Value, v eval.Value) int {
	return slices.IndexFunc(list, func(o eval.Value) bool {
		return o.Fn == v.Fn && (o.X == nil) == (v.X == nil) && (o.X == nil || dax.Print(o.X) == dax.Print(v.X))
	})
}

// answer answers a read from what was read before, or is read now for this and others to come; ok
// is false if it has to be read by itself.
func (g *grain) answer(s *store, r eval.Read) (rows [][]dax.Value, ok bool) {
	if r.Rows != nil || r.Span != nil || len(r.Edges) > 0 || slices.ContainsFunc(r.Keys, func(k eval.Key) bool { return k.X != nil }) {
		return nil, false
	}
	if slices.ContainsFunc(g.dates, func(d column) bool { return d.t == r.Base }) {
		d := g.dates[slices.IndexFunc(g.dates, func(d column) bool { return d.t == r.Base })]
		cal := g.calendar(s, d)
		if cal == nil {
			return nil, false
		}
		return cal.answer(r, r.Where)
	}
	d, ok := g.date(s.c.e, r.Base)
	if !ok || r.Blank || len(r.Values) == 0 {
		return nil, false
	}
	cal := g.calendar(s, d)
	if cal == nil {
		return nil, false
	}
	// Conditions on the dates are looked at here, if they leave most of them.
	var here, there []eval.Condition
	for _, w := range r.Where {
		if w.Columns[0].T == d.t {
			here = append(here, w)
		} else {
			there = append(there, w)
		}
	}
	var others []column
	uses := len(here) > 0
	for _, k := range r.Keys {
		if c := (column{k.Column.T, k.Column.C}); c.t == d.t {
			uses = true
		} else {
			others = append(others, c)
		}
	}
	left, ok := cal.answer(eval.Read{Keys: []eval.Key{{Column: eval.Column{T: d.t, C: d.c}}}}, here)
	if !ok || !uses || 2*len(left) < len(cal.rows) {
		return nil, false
	}
	fine := g.byDate(s, d, others, eval.Read{Base: r.Base, Where: there, Values: r.Values})
	if fine == nil {
		return nil, false
	}
	return fine.answer(r, here)
}

// date is the column of dates that rows of a table look up directly.
func (g *grain) date(e *Engine, base *model.Table) (column, bool) {
	lookups := e.g.lookups(base, nil)
	for _, d := range g.dates {
		if way := lookups[d.t]; len(way) == 1 && way[0].to == d && way[0].from.t == base {
			return d, true
		}
	}
	return column{}, false
}

// calendar is the rows of a table of dates: the dates, and what the question groups by.
func (g *grain) calendar(s *store, d column) *held {
	key := "calendar " + d.String()
	if h, ok := g.held[key]; ok {
		return h
	}
	g.held[key] = nil
	h := &held{cols: []column{d}, values: []eval.Value{{}}}
	for _, c := range g.groups {
		if c.t == d.t && !contains(h.cols, c) {
			h.cols = append(h.cols, c)
		}
	}
	r := eval.Read{Base: d.t, Values: h.values}
	for _, c := range h.cols {
		r.Keys = append(r.Keys, eval.Key{Column: eval.Column{T: c.t, C: c.c}})
	}
	var err error
	if h.rows, err = s.direct(r); err != nil {
		return nil
	}
	seen := map[string]bool{}
	for _, row := range h.rows {
		k := row[0].Key()
		if seen[k] || row[len(h.cols)].Int() != 1 {
			return nil // no key: what a row of it has is not said by its date
		}
		seen[k] = true
	}
	g.held[key] = h
	return h
}

// byDate is rows of a table by date and other columns: with all columns of the calendar, and the
// values that the question may ask for.
func (g *grain) byDate(s *store, d column, others []column, r eval.Read) *held {
	slices.SortFunc(others, func(a, b column) int { return strings.Compare(a.String(), b.String()) })
	key := fmt.Sprintf("%s by %s", r.Base.Name, d)
	for _, c := range others {
		key += "\x00k" + c.String()
	}
	for _, w := range r.Where {
		key += "\x00w" + conditionKey(w)
	}
	all := slices.Clone(g.values[r.Base])
	for _, v := range r.Values {
		if place(all, v) < 0 {
			all = append(all, v)
			key += "\x00v" + v.Fn
			if v.X != nil {
				key += dax.Print(v.X)
			}
		}
	}
	if h, ok := g.held[key]; ok {
		return h
	}
	g.held[key] = nil
	if !g.fits(s, d, others) {
		return nil
	}
	cal := g.calendar(s, d)
	r.Values, r.Keys = all, []eval.Key{{Column: eval.Column{T: d.t, C: d.c}}}
	for _, c := range others {
		r.Keys = append(r.Keys, eval.Key{Column: eval.Column{T: c.t, C: c.c}})
	}
	rows, err := s.direct(r)
	if err != nil || cal == nil {
		return nil
	}
	of := map[string][]dax.Value{}
	for _, row := range cal.rows {
		of[row[0].Key()] = row[:len(cal.cols)]
	}
	h := &held{cols: append(slices.Clone(cal.cols), others...), values: all}
	none := make([]dax.Value, len(cal.cols)) // of rows that look up no date
	for _, row := range rows {
		date := none
		if !row[0].IsBlank() {
			if date = of[row[0].Key()]; date == nil {
				return nil
			}
		}
		h.rows = append(h.rows, append(slices.Clone(date), row[1:]...))
	}
	g.held[key] = h
	return h
}

// fits reports whether rows by date are few, as far as is known.
func (g *grain) fits(s *store, d column, others []column) bool {
	if s.c.e.stats == nil {
		return len(others) == 0
	}
	n := 1.0
	for _, c := range append([]column{d}, others...) {
		t := s.c.e.stats.Table(c.t.Name)
		if t == nil {
			return false
		}
		n *= distinct(t, c.c)
	}
	return n <= mostGrain
}

// conditionKey is equal for equal conditions.
func conditionKey(w eval.Condition) string {
	text := fmt.Sprintf("%v %v %#v", w.Columns, w.Rows, w.In)
	if w.X != nil {
		text += dax.Print(w.X)
	}
	if w.Filter != nil {
		text += fmt.Sprintf("%#v", *w.Filter)
	}
	return text
}

// strays reports whether rows of a table look up no date, if that is known from what is read by
// date for the question anyway.
func (g *grain) strays(s *store, many *model.Table, e *edge) (some, ok bool) {
	d, ok := g.date(s.c.e, many)
	if !ok || !g.plain || e.to != d || len(g.values[many]) == 0 {
		return false, false
	}
	var others []column
	lookups := s.c.e.g.lookups(many, nil)
	for _, c := range g.groups {
		if way, ok := lookups[c.t]; ok && way != nil && c.t != d.t {
			others = append(others, c)
		}
	}
	h := g.byDate(s, d, others, eval.Read{Base: many})
	if h == nil {
		return false, false
	}
	return slices.ContainsFunc(h.rows, func(row []dax.Value) bool { return row[0].IsBlank() }), true
}

// answer answers a read of the columns that are held, under conditions that are lists of them.
func (h *held) answer(r eval.Read, where []eval.Condition) ([][]dax.Value, bool) {
	at := func(c eval.Column) int { return slices.Index(h.cols, column{c.T, c.C}) }
	keys, values := []int{}, []int{}
	for _, k := range r.Keys {
		keys = append(keys, at(k.Column))
	}
	for _, v := range r.Values {
		values = append(values, place(h.values, v))
	}
	if slices.Contains(keys, -1) || slices.Contains(values, -1) {
		return nil, false
	}
	type list struct {
		at []int
		in map[string]bool
	}
	var lists []list
	for _, w := range where {
		if w.X != nil || w.Filter != nil || w.Rows {
			return nil, false
		}
		l := list{in: map[string]bool{}}
		for _, c := range w.Columns {
			l.at = append(l.at, at(c))
		}
		if slices.Contains(l.at, -1) {
			return nil, false
		}
		all := make([]int, len(w.Columns))
		for i := range all {
			all[i] = i
		}
		for _, row := range w.In {
			for i, v := range row {
				if !v.IsBlank() && v.Type() != w.Columns[i].C.Type {
					return nil, false
				}
			}
			l.in[string(appendKey(nil, row, all))] = true
		}
		lists = append(lists, l)
	}
	var out [][]dax.Value
	found := map[string]int{}
	var key []byte
	left := func(row []dax.Value) bool {
		for _, l := range lists {
			if key = appendKey(key[:0], row, l.at); !l.in[string(key)] {
				return false
			}
		}
		return true
	}
	for _, row := range h.rows {
		if !left(row) {
			continue
		}
		key = appendKey(key[:0], row, keys)
		i, ok := found[string(key)]
		if !ok {
			i = len(out)
			found[string(key)] = i
			tuple := make([]dax.Value, len(keys)+len(values))
			for j, k := range keys {
				tuple[j] = row[k]
			}
			out = append(out, tuple)
		}
		for j, v := range values {
			x := &out[i][len(keys)+j]
			if *x, ok = (aggregate{fn: stored(h.values[v])}).joined(*x, row[len(h.cols)+v]); !ok {
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

// appendKey appends what is equal for cells of a row that are equal in DAX and of one type.
func appendKey(key []byte, row []dax.Value, at []int) []byte {
	for _, i := range at {
		v := row[i]
		switch v.Type() {
		case dax.Boolean, dax.Int64, dax.Decimal, dax.DateTime:
			key = binary.BigEndian.AppendUint64(append(key, 'n'), uint64(v.Int()))
		default:
			k := v.Key()
			key = append(binary.BigEndian.AppendUint64(append(key, 't'), uint64(len(k))), k...)
		}
	}
	return key
}
