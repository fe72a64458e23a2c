package plain

import (
	"strings"

	"inlay/dax"
)

// shapeFuncs are the functions that make tables of other columns.
func shapeFuncs() map[string]tableFunc {
	return map[string]tableFunc{
		"ROW": func(r *run, c *dax.Call, e env) (*rowset, error) {
			return r.extend(&rowset{rows: []record{{}}}, c.Args, e, true)
		},
		"ADDCOLUMNS": func(r *run, c *dax.Call, e env) (*rowset, error) {
			set, err := r.table(arg(c, 0), e)
			if err != nil {
				return nil, err
			}
			return r.extend(set, c.Args[1:], e, false)
		},
		"SELECTCOLUMNS": func(r *run, c *dax.Call, e env) (*rowset, error) {
			set, err := r.table(arg(c, 0), e)
			if err != nil {
				return nil, err
			}
			return r.extend(set, c.Args[1:], e, true)
		},
		"CROSSJOIN": func(r *run, c *dax.Call, e env) (*rowset, error) {
			out := &rowset{rows: []record{{}}}
			for _, a := range c.Args {
				set, err := r.table(a, e)
				if err != nil {
					return nil, err
				}
				if out, err = out.joined(set.cols, set.base, func(record) ([]record, error) { return set.rows, nil }); err != nil {
					return nil, err
				}
			}
			return out, nil
		},
		"GENERATE": func(r *run, c *dax.Call, e env) (*rowset, error) { return r.generate(c, e, false) },
		"GENERATEALL": func(r *run, c *dax.Call, e env) (*rowset, error) {
			return r.generate(c, e, true)
		},
		"SUMMARIZE":        summarize,
		"GROUPBY":          groupBy,
		"SUMMARIZECOLUMNS": summarizeColumns,
	}
}

// named is a column that an expression defines. It has the name of the column it shows, if it
// was given none.
type named struct {
	name string
	x    dax.Expr
}

func pairs(args []dax.Expr) ([]named, error) {
	var out []named
	for i := 0; i < len(args); i++ {
		if l, ok := args[i].(*dax.Literal); ok && l.Value.Type() == dax.String && i+1 < len(args) {
			i++
			out = append(out, named{l.Value.Text(), args[i]})
			continue
		}
		ref, ok := args[i].(*dax.Column)
		if !ok {
			return nil, errorf("%s has no name", dax.Print(args[i]))
		}
		out = append(out, named{"", ref})
	}
	return out, nil
}

// extend adds columns to rows, or makes rows of them alone.
func (r *run) extend(set *rowset, args []dax.Expr, e env, alone bool) (*rowset, error) {
	added, err := pairs(args)
	if err != nil {
		return nil, err
	}
	out := &rowset{}
	if !alone {
		out.cols, out.base = append(out.cols, set.cols...), set.base
	}
	for _, n := range added {
		f := field{name: n.name}
		if ref, ok := n.x.(*dax.Column); ok {
			for _, o := range set.cols {
				if strings.EqualFold(o.table, ref.Table) && strings.EqualFold(o.name, ref.Name) {
					f.origin = o.origin
					if n.name == "" {
						f = o
					}
				}
			}
		}
		out.cols = append(out.cols, f)
	}
	for _, rec := range set.rows {
		inner := e.inside(set, rec)
		if len(set.cols) == 0 { // ROW has no row context of its own
			inner = e
		}
		row := record{}
		if !alone {
			row = record{append(row.vals, rec.vals...), rec.places}
		}
		for _, n := range added {
			v, err := r.scalar(n.x, inner)
			if err != nil {
				return nil, err
			}
			row.vals = append(row.vals, v)
		}
		out.rows = append(out.rows, row)
	}
	return out, nil
}

// joined is each row with the rows that belong to it.
func (s *rowset) joined(cols []field, base []*table, others func(record) ([]record, error)) (*rowset, error) {
	out := &rowset{}
	out.cols = append(append(out.cols, s.cols...), cols...)
	out.base = append(append(out.base, s.base...), base...)
	for _, a := range s.rows {
		bs, err := others(a)
		if err != nil {
			return nil, err
		}
		for _, b := range bs {
			var rec record
			rec.vals = append(append(rec.vals, a.vals...), b.vals...)
			rec.places = append(append(rec.places, a.places...), b.places...)
			out.rows = append(out.rows, rec)
		}
	}
	return out, nil
}

// generate is GENERATE(a, b), where b is evaluated for each row of a. With all, a row without
// any stays, with blanks beside it.
func (r *run) generate(c *dax.Call, e env, all bool) (*rowset, error) {
	a, err := r.table(arg(c, 0), e)
	if err != nil {
		return nil, err
	}
	if len(a.rows) == 0 {
		// Evaluated once nevertheless, on blanks, for the names of its columns.
		blank := record{vals: make([]dax.Value, len(a.cols))}
		b, err := r.table(arg(c, 1), e.inside(&rowset{cols: a.cols}, blank))
		if err != nil {
			return nil, err
		}
		return a.joined(b.cols, b.base, nil)
	}
	var first *rowset
	rows := map[int][]record{}
	for i, rec := range a.rows {
		b, err := r.table(arg(c, 1), e.inside(a, rec))
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = b
		}
		if rows[i] = b.rows; all && len(b.rows) == 0 {
			rows[i] = []record{{vals: make([]dax.Value, len(b.cols))}}
		}
	}
	if all {
		first = &rowset{cols: first.cols} // the rows of blanks are no rows of the model
		for _, list := range rows {
			for i := range list {
				list[i].places = nil
			}
		}
	}
	i := -1
	return a.joined(first.cols, first.base, func(record) ([]record, error) { i++; return rows[i], nil })
}
