package plain

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
)

// change is what the filter arguments of CALCULATE do to a filter context.
type change struct {
	links   []func(*context) error // relationships
	removes []func(*column) bool
	back    []*filter // restored by ALLSELECTED, before filters take the place of others (dax.guide/calculate)
	filters []*filter // in place of those on the same columns
	keeps   []*filter // beside them
}

// calculate is the filter context inside CALCULATE. The arguments are evaluated outside; then
// the row contexts become filters, then relationships, removals and filters are applied.
func (r *run) calculate(args []dax.Expr, e env) (*context, error) {
	var ch change
	for _, a := range args {
		if a == nil {
			continue
		}
		if err := r.argument(a, e, &ch); err != nil {
			return nil, err
		}
	}
	c := e.transition()
	for _, link := range ch.links {
		if err := link(c); err != nil {
			return nil, err
		}
	}
	for _, gone := range ch.removes {
		c.remove(gone)
	}
	c.filters = append(c.filters, ch.back...)
	for _, f := range ch.filters {
		c.remove(func(col *column) bool {
			return slices.Contains(f.cols, col) || slices.ContainsFunc(f.cols, func(key *column) bool { return key.t == col.t && c.isDate(key) })
		})
	}
	c.filters = append(append(c.filters, ch.filters...), ch.keeps...)
	return c, nil
}

// isDate reports whether a filter on the column stands for one on its whole table: it is the
// date of a date table, marked as one or by a relationship.
func (c *context) isDate(col *column) bool {
	if col.typ != dax.DateTime {
		return false
	}
	keyed := slices.ContainsFunc(c.edges, func(e edge) bool { return e.regular && e.one == col })
	return keyed || col.t.date
}

// argument reads one filter argument.
func (r *run) argument(x dax.Expr, e env, ch *change) error {
	if call, ok := x.(*dax.Call); ok {
		switch name := strings.ToUpper(call.Func); name {
		case "KEEPFILTERS":
			f, err := r.filterOf(arg(call, 0), e)
			ch.keeps = append(ch.keeps, f)
			return err
		case "ALL", "REMOVEFILTERS", "ALLNOBLANKROW", "ALLCROSSFILTERED", "ALLEXCEPT":
			gone, err := r.removal(name, call, e)
			ch.removes = append(ch.removes, gone)
			return err
		case "ALLSELECTED":
			return r.reselect(call, e, ch)
		case "USERELATIONSHIP", "CROSSFILTER":
			link, err := r.link(name, call)
			ch.links = append(ch.links, link)
			return err
		}
	}
	f, err := r.filterOf(x, e)
	if f != nil && len(f.cols) > 0 {
		ch.filters = append(ch.filters, f)
	}
	return err
}

// filterOf is a table, or a condition on columns of one table, as a filter.
func (r *run) filterOf(x dax.Expr, e env) (*filter, error) {
	if r.isTable(x, e) {
		set, err := r.table(x, e)
		if err != nil {
			return nil, err
		}
		return set.filter(e.ctx), nil
	}
	cols, err := r.columnsOf(x)
	if err != nil {
		return nil, err
	}
	set := distinct(cols, everything(cols[0].t, true))
	kept := &rowset{cols: set.cols}
	for _, rec := range set.rows {
		ok, err := r.condition(x, e.inside(set, rec))
		if err != nil {
			return nil, err
		}
		if ok {
			kept.rows = append(kept.rows, rec)
		}
	}
	return kept.filter(e.ctx), nil
}

// columnsOf is the columns that a condition is about; what stands inside an aggregate or
// another function of tables is not among them.
func (r *run) columnsOf(x dax.Expr) ([]*column, error) {
	var cols []*column
	var failed error
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Call:
			f, known := fn.Lookup(x.Func)
			return known && !f.Special && tables[strings.ToUpper(x.Func)] == nil
		case *dax.Column:
			c, err := r.column(x)
			if err != nil {
				if r.measure(x) == nil {
					failed = err
				}
			} else if !slices.Contains(cols, c) {
				cols = append(cols, c)
			}
		}
		return true
	})
	if failed == nil && len(cols) == 0 {
		failed = errorf("%s is a condition on no column", dax.Print(x))
	}
	for _, c := range cols {
		if c.t != cols[0].t {
			failed = errorf("%s is a condition on columns of several tables", dax.Print(x))
		}
	}
	return cols, failed
}

// removal says which columns lose their filters. A table stands for all that it is expanded by.
func (r *run) removal(name string, call *dax.Call, e env) (func(*column) bool, error) {
	if len(call.Args) == 0 {
		return func(*column) bool { return true }, nil
	}
	var whole []*table
	var cols []*column
	for _, a := range call.Args {
		if t := r.tableName(a); t != nil {
			for _, h := range e.ctx.expand(t, -1) {
				whole = append(whole, h.t)
			}
			continue
		}
		c, err := r.column(a)
		if err != nil {
			return nil, err
		}
		cols = append(cols, c)
	}
	switch name {
	case "ALLEXCEPT":
		return func(c *column) bool { return slices.Contains(whole, c.t) && !slices.Contains(cols, c) }, nil
	case "ALLCROSSFILTERED":
		if len(whole) == 0 {
			return nil, errorf("ALLCROSSFILTERED of what is not a table")
		}
		reaching := e.ctx.reaching(whole[0])
		return func(c *column) bool { return slices.Contains(reaching, c.t) }, nil
	}
	return func(c *column) bool { return slices.Contains(whole, c.t) || slices.Contains(cols, c) }, nil
}

// reaching is the tables whose filters reach a table.
func (c *context) reaching(t *table) []*table {
	all := []*table{t}
	for at := 0; at < len(all); at++ {
		for _, e := range c.edges {
			for _, way := range []struct {
				from, to *table
				open     bool
			}{{e.one.t, e.many.t, e.toMany}, {e.many.t, e.one.t, e.toOne}} {
				if e.active && way.open && way.to == all[at] && !slices.Contains(all, way.from) {
					all = append(all, way.from)
				}
			}
		}
	}
	return all
}

// link changes relationships: USERELATIONSHIP(from, to), CROSSFILTER(from, to, way).
func (r *run) link(name string, call *dax.Call) (func(*context) error, error) {
	a, err := r.column(arg(call, 0))
	if err != nil {
		return nil, err
	}
	b, err := r.column(arg(call, 1))
	if err != nil {
		return nil, err
	}
	return func(c *context) error {
		c.edges = slices.Clone(c.edges)
		at := slices.IndexFunc(c.edges, func(e edge) bool { return e.many == a && e.one == b || e.many == b && e.one == a })
		if at < 0 {
			return errorf("%s: there is no relationship", name)
		}
		e := &c.edges[at]
		if name == "USERELATIONSHIP" {
			for i := range c.edges {
				o := &c.edges[i]
				if o.many.t == e.many.t && o.one.t == e.one.t || o.many.t == e.one.t && o.one.t == e.many.t {
					o.active = i == at
				}
			}
			return nil
		}
		switch word(arg(call, 2)) {
		case "NONE":
			e.active = false
		case "ONEWAY":
			e.toMany, e.toOne = true, false
		case "BOTH":
			e.toMany, e.toOne = true, true
		case "ONEWAY_LEFTFILTERSRIGHT", "ONEWAY_RIGHTFILTERSLEFT":
			if e.regular {
				return errorf("CROSSFILTER %s of a relationship that is not one of many to many", word(arg(call, 2)))
			}
			e.toMany = (e.one == a) == (word(arg(call, 2)) == "ONEWAY_LEFTFILTERSRIGHT")
			e.toOne = !e.toMany
		default:
			return unsupported("CROSSFILTER %s", word(arg(call, 2)))
		}
		return nil
	}, nil
}

// selected is the filter context that ALLSELECTED sees: that of the last iteration which became
// a filter, with the rows that were iterated.
func (c *context) selected() *context {
	if c.sel == nil {
		return c
	}
	out := c.sel.ctx.clone()
	out.edges = c.edges
	if c.sel.rows != nil {
		if f := c.sel.rows.filter(c.sel.ctx); len(f.cols) > 0 {
			out.filters = append(out.filters, f)
		}
	}
	return out
}

// reselect is ALLSELECTED as a filter of CALCULATE.
func (r *run) reselect(call *dax.Call, e env, ch *change) error {
	gone, err := r.removal("ALL", call, e)
	if err != nil {
		return err
	}
	// Row contexts become filters before ALLSELECTED takes them off again.
	outer := e.transition().selected()
	ch.removes = append(ch.removes, gone)
	for _, f := range outer.filters {
		if f = f.without(func(c *column) bool { return !gone(c) }); f != nil {
			ch.back = append(ch.back, f)
		}
	}
	return nil
}
