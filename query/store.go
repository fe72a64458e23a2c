package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
	"inlay/query/eval"
)

// store gives the evaluator the rows that a viewer may see. Every read goes through relation,
// and so through the gate.
type store struct {
	c      *compiler
	graphs map[string]*graph
	grain  *grain // nil: every read is a statement
}

func newStore(c *compiler) *store { return &store{c: c, graphs: map[string]*graph{}} }

// Evaluate answers a DAX query for a viewer: one result for each EVALUATE, computed from exactly
// the rows that the viewer may see.
func (e *Engine) Evaluate(ctx context.Context, v Viewer, text string) ([]model.Result, error) {
	c, err := e.asking(ctx, v)
	if err != nil {
		return nil, err
	}
	q, err := dax.ParseQuery(text)
	if err != nil {
		return nil, unread(err)
	}
	return cached(c, "dax\x00"+text, q.Expressions(), func() ([]model.Result, error) {
		c, err := c.defining(q)
		if err != nil {
			return nil, err
		}
		s := newStore(c)
		s.grain = newGrain(c, q.Expressions())
		return eval.Query(ctx, s, q)
	})
}

// unread is the error of a text that could not be read, with its kind.
func unread(err error) error {
	var e *dax.Error
	switch ok := errors.As(err, &e); {
	case ok && e.Unsupported:
		return inlay.Errorf(inlay.Unsupported, "%v", err)
	case ok && e.Limit:
		return inlay.Errorf(inlay.Limit, "%v", err)
	}
	return inlay.Errorf(inlay.Invalid, "%v", err)
}

// Model is the model.
func (s *store) Model() *model.Model { return s.c.e.m }

// Parse parses an expression once.
func (s *store) Parse(text string) (dax.Expr, error) { return s.c.e.parse(text) }

// Veiled is the columns of a table that the viewer cannot name.
func (s *store) Veiled(t *model.Table) []*model.Column { return s.c.e.veiled[t] }

// User is the value of a function that asks who the viewer is.
func (s *store) User(name string) (dax.Value, bool) {
	return s.c.identity(&dax.Call{Func: name})
}

// Definition refuses those who do not see every row. What a role hides as an object is told to
// nobody who has roles.
func (s *store) Definition(private bool) error {
	if s.c.v.Unrestricted {
		return nil
	}
	if private {
		return inlay.Errorf(inlay.Forbidden, "functions INFO, except INFO.VIEW, are for those who may change the model")
	}
	for _, r := range s.c.roles {
		for _, p := range r.Permissions {
			if strings.EqualFold(p.Metadata, "none") || len(p.Columns) > 0 {
				return inlay.Errorf(inlay.Forbidden, "role %q hides objects of the model, so that functions INFO tell nothing", r.Name)
			}
		}
	}
	return nil
}

// compiler writes a statement under changed relationships.
func (s *store) compiler(changes []eval.Change) (*compiler, error) {
	key := ""
	for _, c := range changes {
		key += c.From.String() + c.To.String() + c.Direction
	}
	g, ok := s.graphs[key]
	if !ok {
		var err error
		if g, err = s.c.e.changed(changes); err != nil {
			return nil, err
		}
		s.graphs[key] = g
	}
	c := s.c.fresh()
	c.g = g
	return c, nil
}

// Reach says how a filter on a table reaches another.
func (s *store) Reach(base, from *model.Table, changes []eval.Change) (eval.Reach, error) {
	c, err := s.compiler(changes)
	if err != nil {
		return eval.None, err
	}
	if base == from {
		return eval.Direct, nil
	}
	if way, ok := c.g.lookups(base, nil)[from]; ok {
		if way == nil {
			return eval.None, inlay.Errorf(inlay.Unsupported, "table %q is related to table %q in more than one way", from.Name, base.Name)
		}
		return eval.Direct, nil
	}
	if c.g.reaches(from, base) {
		return eval.Indirect, nil
	}
	return eval.None, nil
}

// Pushable reports why an expression cannot be SQL for each row of a table.
func (s *store) Pushable(base *model.Table, x dax.Expr, truth bool, changes []eval.Change) error {
	c, err := s.compiler(changes)
	if err != nil {
		return err
	}
	c.dry = true
	if err := s.plain(x); err != nil {
		return err
	}
	sc := c.open(base, false, nil)
	sc.from = c.e.d.Quote(base.Name)
	if truth {
		_, _, err = sc.condition(x, true)
	} else {
		_, err = sc.row(x)
	}
	return err
}

// plain refuses what folds to a constant here but is the evaluator's to compute.
func (s *store) plain(x dax.Expr) (err error) {
	dax.Walk(x, func(x dax.Expr) bool {
		if call, ok := x.(*dax.Call); ok {
			f, known := fn.Lookup(call.Func)
			special := known && f.Special && !strings.EqualFold(call.Func, "RELATED")
			if _, user := s.c.identity(call); !user && special {
				err = unsupported(call, "function %s is not computed for each row by the source", strings.ToUpper(call.Func))
			}
		}
		return err == nil
	})
	return err
}

// Read answers groups of rows.
func (s *store) Read(_ context.Context, r eval.Read) (rows [][]dax.Value, err error) {
	held := false
	if s.grain != nil {
		rows, held = s.grain.answer(s, r)
	}
	if !held {
		if rows, err = s.direct(r); err != nil {
			return nil, err
		}
	}
	if !r.Blank {
		return rows, nil
	}
	if len(r.Keys) == 0 && len(rows) == 1 && !slices.ContainsFunc(rows[0], func(v dax.Value) bool { return !v.IsBlank() }) {
		rows = nil // an aggregate over nothing, and not a row
	}
	return s.withBlank(r, rows)
}

// direct reads groups of rows by a statement, without the blank row.
func (s *store) direct(r eval.Read) ([][]dax.Value, error) {
	c, err := s.compiler(r.Edges)
	if err != nil {
		return nil, err
	}
	filters, err := c.readFilters(r.Where)
	if err != nil {
		return nil, err
	}
	stmt, err := c.fresh().readSQL(r, filters, nil)
	if err != nil {
		return nil, err
	}
	return c.run(stmt)
}

// readFilters turns conditions into filters of a context.
func (c *compiler) readFilters(where []eval.Condition) ([]filter, error) {
	var list []filter
	for _, w := range where {
		f := filter{rows: w.Rows}
		for _, col := range w.Columns {
			f.columns = append(f.columns, column{col.T, col.C})
		}
		t := f.columns[0].t
		for _, col := range f.columns {
			if col.t != t {
				return nil, inlay.Errorf(inlay.Unsupported, "a condition on %s and %s", f.columns[0], col)
			}
		}
		switch {
		case w.X != nil:
			f.cond = func(s *scope) (string, bool, error) {
				if _, err := s.join(t); err != nil {
					return "", false, err
				}
				return s.on(t).condition(w.X, true)
			}
		case w.Filter != nil:
			f.cond = func(s *scope) (string, bool, error) {
				text, err := s.filter(*w.Filter)
				return text, true, err
			}
		default:
			f.cond = func(s *scope) (string, bool, error) {
				text, err := s.tuples(f.columns, w.In, false)
				return text, true, err
			}
		}
		list = append(list, f)
	}
	return list, nil
}

// tuples is membership of columns in a list of tuples; BLANK matches NULL alone. Exact ones tell
// letters apart where the source does.
func (s *scope) tuples(cols []column, in [][]dax.Value, exact bool) (string, error) {
	texts := make([]string, len(cols))
	for i, c := range cols {
		var err error
		if texts[i], err = s.column(c); err != nil {
			return "", err
		}
	}
	if len(cols) == 1 {
		values := make([]dax.Value, len(in))
		for i, row := range in {
			values[i] = row[0]
		}
		fit, err := fitting(cols[0], values)
		if err != nil {
			return "", err
		}
		return s.among(texts[0], cols[0], fit, exact), nil
	}
	var list []string
	for _, row := range in {
		var all []string
		for i := range cols {
			fit, err := fitting(cols[i], row[i:i+1])
			if err != nil {
				return "", err
			}
			all = append(all, s.among(texts[i], cols[i], fit, exact))
		}
		list = append(list, "("+strings.Join(all, " AND ")+")")
	}
	if len(list) == 0 {
		return "FALSE", nil
	}
	return "(" + strings.Join(list, " OR ") + ")", nil
}

// fitting converts values to the type of a column. A number that no whole number equals is
// left out: it is in no row.
func fitting(col column, values []dax.Value) ([]dax.Value, error) {
	var out []dax.Value
	for _, v := range values {
		fit, err := convert(v, col.c.Type)
		if err != nil {
			if v.Type().IsNumeric() && col.c.Type.IsNumeric() {
				continue
			}
			return nil, inlay.Errorf(inlay.Invalid, "a value of type %s does not fit column %s of type %s", v.Type(), col, col.c.Type)
		}
		out = append(out, fit)
	}
	return out, nil
}

// readSQL writes the statement of a Read; with an edge, for the rows of its base alone that
// look up nothing over it.
func (c *compiler) readSQL(r eval.Read, filters []filter, orphans *edge) (Statement, error) {
	s, err := c.relation(r.Base, filters, nil)
	if err != nil {
		return Statement{}, err
	}
	g := grouping{scope: s, exact: r.Fit}
	for _, k := range r.Keys {
		g.keys = append(g.keys, groupKey{column: column{k.Column.T, k.Column.C}, x: k.X})
	}
	if r.Span != nil {
		number := s.alias + "." + rowNumber
		s.where = append(s.where, fmt.Sprintf("%s >= %d AND %s < %d", number, r.Span.First, number, r.Span.End))
		g.keys = append(g.keys, groupKey{number: number})
	}
	for _, v := range r.Values {
		g.values = append(g.values, aggregate{fn: v.Fn, base: r.Base, arg: v.X})
	}
	if r.Rows != nil {
		text, _, err := s.condition(r.Rows, true)
		if err != nil {
			return Statement{}, err
		}
		s.where = append(s.where, text)
	}
	if orphans != nil {
		key, err := s.column(orphans.to)
		if err != nil {
			return Statement{}, err
		}
		s.where = append(s.where, key+" IS NULL")
	}
	if r.Fit && !calculated(c.e.d) {
		if err := s.fit(g.keys); err != nil {
			return Statement{}, err
		}
	}
	return g.statement()
}

// fit leaves rows out of which a key holds what databases have and DAX has not: dates at infinity or
// out of range, and decimals that are no number or too large.
func (s *scope) fit(keys []groupKey) error {
	for _, k := range keys {
		if k.column.c == nil {
			continue
		}
		text, err := s.column(k.column)
		if err != nil {
			return err
		}
		switch k.column.c.Type {
		case dax.DateTime:
			s.where = append(s.where, "("+text+" IS NULL OR "+text+" >= TIMESTAMP '0001-01-01 00:00:00' AND "+text+" <= TIMESTAMP '9999-12-31 23:59:59.999999')")
		case dax.Decimal:
			s.where = append(s.where, "("+text+" IS NULL OR abs("+text+") <= 922337203685477.5807)")
		}
	}
	return nil
}

// withBlank adds the blank row of the base where the filters leave it.
func (s *store) withBlank(r eval.Read, rows [][]dax.Value) ([][]dax.Value, error) {
	c, err := s.compiler(r.Edges)
	if err != nil {
		return nil, err
	}
	filters, err := c.readFilters(r.Where)
	if err != nil {
		return nil, err
	}
	known := func(far map[*model.Table]path) bool {
		return !slices.ContainsFunc(r.Keys, func(k eval.Key) bool { return k.X == nil && far[k.Column.T] == nil })
	}
	var strays func(*model.Table, *edge) (bool, bool)
	if s.grain != nil && len(r.Edges) == 0 {
		strays = func(many *model.Table, e *edge) (bool, bool) { return s.grain.strays(s, many, e) }
	}
	if left, err := c.blankLeft(blank{r.Base, nil, known, strays}, filters); err != nil || !left {
		return rows, err
	}
	return append(rows, r.BlankRow()), nil
}

// blank asks for the blank row of a table.
type blank struct {
	base   *model.Table
	came   *edge                                       // what arrives over it does not count
	known  func(far map[*model.Table]path) bool        // whether a table that looks others up so may tell
	strays func(*model.Table, *edge) (some, told bool) // whether rows look up nothing, where that is known
}

// blankLeft reports whether filters leave the blank row of a table: whether rows of another table,
// under the filters that reach both, look up nothing in it.
func (c *compiler) blankLeft(b blank, filters []filter) (bool, error) {
	base, came, known, strays := b.base, b.came, b.known, b.strays
	lookups := c.g.lookups(base, nil)
	var own []filter
	for _, f := range filters {
		if way, ok := lookups[f.table()]; ok && way != nil && (came == nil || !slices.Contains(way, came)) {
			own = append(own, f)
		}
	}
	// A table has a blank row by the relationships of the model, whichever a question uses, and also
	// for rows that look up a blank row on their way to it.
	for _, many := range c.e.m.Tables {
		far := c.e.g.lookups(many, nil)
		way := far[base]
		if many == base || len(way) == 0 {
			continue
		}
		e := way[len(way)-1]
		if !regular(e, other(e, base)) || !known(far) {
			continue
		}
		found, told := false, false
		if strays != nil && len(own) == 0 && len(way) == 1 {
			found, told = strays(many, e)
		}
		if !told {
			as := c.fresh()
			as.g = c.e.g
			var err error
			if found, err = as.finds(many, own, e); err != nil {
				return false, err
			}
		}
		if found {
			return c.blankReached(base, filters, came)
		}
	}
	return false, nil
}

// finds reports whether filters leave a row of a table that looks nothing up over an edge.
func (c *compiler) finds(t *model.Table, filters []filter, e *edge) (bool, error) {
	stmt, err := c.fresh().readSQL(eval.Read{Base: t, Values: []eval.Value{{}}}, filters, e)
	if err != nil {
		return false, err
	}
	got, err := c.run(stmt)
	return err == nil && len(got) == 1 && !got[0][0].IsBlank(), err
}

// blankReached reports whether filters that arrive from the many side of relationships leave the
// blank row of a table: there has to be a row among them that looks up nothing, or a blank row.
func (c *compiler) blankReached(base *model.Table, filters []filter, came *edge) (bool, error) {
	lookups := c.g.lookups(base, nil)
	for _, t := range c.e.m.Tables {
		if way, ok := lookups[t]; !ok || way == nil {
			continue
		}
		for _, e := range c.g.edges[t] {
			_, far := e.at(t)
			if same(e, came) || e.single(t) || onWay(lookups, e) || !c.rowsBeyond(t, e, filters) && (!e.filters(t) || !c.touched(far.t, e, filters, map[*edge]bool{})) {
				continue
			}
			if !regular(e, far.t) {
				return false, nil // a limited relationship has no blank row
			}
			found, err := c.finds(far.t, filters, e)
			if err == nil && !found {
				found, err = c.blankLeft(blank{far.t, e, func(map[*model.Table]path) bool { return true }, nil}, filters)
			}
			if err != nil || !found {
				return false, err
			}
		}
	}
	return true, nil
}

// same reports whether two edges are one relationship.
func same(a, b *edge) bool { return a == b || a != nil && b != nil && a.from == b.from && a.to == b.to }
