package plain

import (
	"slices"
	"strings"

	"inlay/dax"
)

// define takes the definitions of a query, in their order, and answers where its EVALUATEs stand.
// An expression may use any of what is defined (define-statement-dax.md), so what stands before a
// measure uses it, too.
func (r *run) define(list []dax.Define, e env) (env, error) {
	for _, d := range list {
		if d.Kind == "MEASURE" {
			r.measures[strings.ToLower(d.Name)] = d.X
		}
	}
	for _, d := range list {
		var err error
		switch name := strings.ToLower(d.Name); d.Kind {
		case "MEASURE":
			r.measures[name], r.own[name] = d.X, e.vars
		case "VAR":
			e.vars = &scope{outer: e.vars, name: d.Name, x: d.X, env: e}
		case "COLUMN":
			err = r.defineColumn(d, e)
		case "TABLE":
			err = r.defineTable(d, e)
		default:
			err = unsupported("DEFINE %s", d.Kind)
		}
		if err != nil {
			return e, err
		}
	}
	return e, nil
}

// defineColumn gives each row of a table that the viewer may see a further value. The blank row has
// none.
func (r *run) defineColumn(d dax.Define, e env) error {
	t := r.db.table(d.Table)
	if t == nil || t.column(d.Name) != nil {
		return errorf("DEFINE COLUMN %s[%s]", d.Table, d.Name)
	}
	set := r.whole(t, physical(everything(t, false)))
	rows := make([][]dax.Value, len(t.rows))
	typ := dax.Blank
	for i, rec := range set.rows {
		v, err := r.scalar(d.X, e.inside(set, rec))
		if err != nil {
			return err
		}
		rows[i] = append(slices.Clone(t.rows[i]), v)
		if !v.IsBlank() {
			typ = v.Type()
		}
	}
	t.cols, t.rows = append(t.cols, &column{t, len(t.cols), d.Name, typ}), rows
	return nil
}

// defineTable keeps a table. Its columns are its own.
func (r *run) defineTable(d dax.Define, e env) error {
	set, err := r.table(d.X, e)
	if err != nil {
		return err
	}
	out := &rowset{}
	for _, f := range set.cols {
		out.cols = append(out.cols, field{table: d.Name, name: f.name})
	}
	for _, rec := range set.rows {
		out.rows = append(out.rows, record{vals: rec.vals})
	}
	r.tables[strings.ToLower(d.Name)] = out
	return nil
}

// defined is a table of the query that an expression names, nil if it names none.
func (r *run) defined(x dax.Expr) *rowset {
	switch x := x.(type) {
	case *dax.Table:
		return r.tables[strings.ToLower(x.Name)]
	case *dax.Name:
		return r.tables[strings.ToLower(x.Name)]
	}
	return nil
}
