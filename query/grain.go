package query

import (
	"fmt"
	"slices"
	"strings"
	"sync"

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

// mostGrain is how many combinations of dates and other groups are worth reading.
const mostGrain = 100_000

// newGrain looks for time intelligence in a question; nil if it has none.
func newGrain(c *compiler, list []dax.Expr) *grain {
	g := &grain{values: map[*model.Table][]eval.Value{}, held: map[string]*held{}}
	seen := map[*model.Measure]bool{}
	details := false // there are expressions that are not looked at
	var visit func(dax.Expr) bool
	visit = func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Call:
			f, known := fn.Lookup(x.Func)
			details = details || !known || strings.EqualFold(x.Func, "DETAILROWS")
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
	if len(g.dates) == 0 || details {
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
	stmt, whole, err := s.days(h.cols)
	if err != nil {
		return nil
	}
	if known := s.c.e.days.find(stmt.sql); whole && known != nil {
		g.held[key] = known
		return known
	}
	if h.rows, err = s.c.run(stmt); err != nil {
		return nil
	}
	for _, row := range h.rows {
		if row[len(h.cols)].Int() != 1 {
			return nil // no key: what a row of it has is not said by its date
		}
	}
	if h.column(0).n < len(h.rows) {
		return nil
	}
	if whole {
		s.c.e.days.keep(stmt.sql, h)
	}
	g.held[key] = h
	return h
}

// days is the statement that reads columns of a calendar, each row with how many there are of it.
// Few are not grouped by the source; whole says that all of them are visible to everybody who is
// answered by this statement, and do not change.
func (s *store) days(cols []column) (stmt Statement, whole bool, err error) {
	t := cols[0].t
	c := s.c.fresh()
	if !s.few(t) {
		r := eval.Read{Base: t, Values: []eval.Value{{}}}
		for _, col := range cols {
			r.Keys = append(r.Keys, eval.Key{Column: eval.Column{T: col.t, C: col.c}})
		}
		stmt, err = c.readSQL(r, nil, nil)
		return stmt, false, err
	}
	from, err := c.relation(t, nil, nil)
	if err != nil {
		return stmt, false, err
	}
	var items []string
	for _, col := range cols {
		text, err := from.column(col)
		if err != nil {
			return stmt, false, err
		}
		items, stmt.types = append(items, text), append(stmt.types, col.c.Type)
	}
	items, stmt.types = append(items, cast("1", c.e.d.Type(dax.Int64))), append(stmt.types, dax.Int64)
	stmt.sql, stmt.args = "SELECT "+strings.Join(items, ", ")+from.sql(), c.args
	return stmt, calculated(c.e.d) && from.from == c.e.d.Quote(t.Name) && len(from.where) == 0, nil
}

// calendars are those that an engine keeps between questions, by their statements: those of which
// everybody sees every row, in data that a refresh counted and nothing changes.
type calendars struct {
	mu   sync.Mutex
	held map[string]*held
}

// A few calendars of some years are kept, so that they need little memory.
const (
	mostCalendars = 8
	mostDays      = 10_000
)

func (c *calendars) find(sql string) *held {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held[sql]
}

func (c *calendars) keep(sql string, h *held) {
	if len(h.rows) > mostDays {
		return
	}
	for i := range h.cols {
		h.column(i) // what is shared is not written to
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil || len(c.held) >= mostCalendars {
		c.held = map[string]*held{}
	}
	c.held[sql] = h
}

// few reports whether a table is known to have few rows.
func (s *store) few(t *model.Table) bool {
	if s.c.e.stats.Load() == nil {
		return false
	}
	known := s.c.e.stats.Load().Table(t.Name)
	return known != nil && known.Rows <= mostGrain
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
	by := g.near(s, r.Base, d)
	if !g.fits(s, by, others) {
		return nil
	}
	cal := g.calendar(s, d)
	if cal == nil {
		return nil
	}
	r.Values, r.Keys = all, []eval.Key{{Column: by}}
	for _, c := range others {
		r.Keys = append(r.Keys, eval.Key{Column: eval.Column{T: c.t, C: c.c}})
	}
	rows, err := s.direct(r)
	if err != nil {
		return nil
	}
	if rounds(rows, len(r.Keys)) {
		slices.SortFunc(rows, byCells(len(r.Keys)))
	}
	h := &held{cols: append(slices.Clone(cal.cols), others...), values: all, of: cal, rows: rows, at: make([]int, len(rows))}
	for i, row := range rows {
		h.at[i] = -1 // of those that look up no date
		if n, ok := cal.number(0, row[0]); ok && !row[0].IsBlank() {
			h.at[i] = n
		} else if by.T == d.t && !row[0].IsBlank() {
			return nil
		}
	}
	g.held[key] = h
	return h
}

// near is the column by which rows are read by date: their own where the source holds columns in
// the types of the model and it is known how many dates they have, so that none is looked up.
func (g *grain) near(s *store, base *model.Table, d column) eval.Column {
	from := s.c.e.g.lookups(base, nil)[d.t][0].from
	if s.c.e.stats.Load() != nil && calculated(s.c.e.d) && from.c.Type == d.c.Type && from.c.Expression == "" {
		return eval.Column{T: from.t, C: from.c}
	}
	return eval.Column{T: d.t, C: d.c}
}

// rounds reports whether rows hold numbers, behind the first n cells, of whose sum the last digit
// depends on the order in which they are added. A source gives groups in one that rows nobody may
// see can change.
func rounds(rows [][]dax.Value, n int) bool {
	return slices.ContainsFunc(rows, func(row []dax.Value) bool {
		return slices.ContainsFunc(row[n:], func(v dax.Value) bool { return v.Type() == dax.Double })
	})
}

// byCells orders rows by their first n cells.
func byCells(n int) func(x, y []dax.Value) int {
	return func(x, y []dax.Value) int {
		for i := range n {
			if o := order(x[i], y[i]); o != 0 {
				return o
			}
		}
		return 0
	}
}

// fits reports whether rows by date are few, as far as is known.
func (g *grain) fits(s *store, by eval.Column, others []column) bool {
	if s.c.e.stats.Load() == nil {
		return len(others) == 0
	}
	n := 1.0
	for _, c := range append([]column{{by.T, by.C}}, others...) {
		t := s.c.e.stats.Load().Table(c.t.Name)
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
	return slices.Contains(h.at, -1), true
}
