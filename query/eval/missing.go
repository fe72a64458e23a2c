package eval

import (
	"slices"
	"strings"

	"inlay/dax"
)

// tableAddMissing is ADDMISSINGITEMS(shown columns, table, group columns, filter tables): the
// combinations that SUMMARIZECOLUMNS left out because all values are BLANK.
func tableAddMissing(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	r, cols, shown, flags, err := e.missingOf(x, b)
	if err != nil {
		return nil, err
	}
	domain, err := e.missing(x, r, cols, shown, b)
	if err != nil {
		return nil, err
	}
	var at []int
	for _, c := range cols {
		i := slices.IndexFunc(r.cols, func(o tableColumn) bool { return o.col == c })
		if i < 0 {
			return nil, wrong(x, "the table of ADDMISSINGITEMS has no column %s", c)
		}
		at = append(at, i)
	}
	return e.combine(r.cols, r, domain, func(rows, all [][]dax.Value) ([][]dax.Value, error) {
		have := newSet(columnsOf(rows, at))
		out := slices.Clone(rows)
		for _, tuple := range all {
			if have.index[tupleKey(tuple)] {
				continue
			}
			row := make([]dax.Value, len(r.cols))
			for i, c := range r.cols {
				if flags[strings.ToLower(c.name)] {
					row[i] = dax.BoolOf(false)
				}
			}
			for i, k := range at {
				row[k] = tuple[i]
			}
			out = append(out, row)
		}
		return out, nil
	})
}

// missing is the combinations that are to be there: all items of the columns that are shown in
// full, with the combinations of the others that the table has.
func (e *evaluator) missing(x *dax.Call, r *rowset, cols, shown []Column, b *batch) (*rowset, error) {
	var others []int
	for _, c := range cols {
		if slices.Contains(shown, c) {
			continue
		}
		i := slices.IndexFunc(r.cols, func(o tableColumn) bool { return o.col == c })
		if i < 0 {
			return nil, wrong(x, "the table of ADDMISSINGITEMS has no column %s", c)
		}
		if slices.ContainsFunc(shown, func(s Column) bool { return s.T == c.T }) {
			return nil, unsupported(x, "ADDMISSINGITEMS that shows all items of some columns of table %q and not of others is not supported", c.T.Name)
		}
		others = append(others, i)
	}
	domain, err := e.domain(x, nil, shown, b, b)
	if err != nil || len(others) == 0 {
		return domain, err
	}
	have := r.project(others)
	have.table = nil
	if have, err = have.each(have.cols, func(rows [][]dax.Value) ([][]dax.Value, error) { return distinct(rows), nil }); err != nil {
		return nil, err
	}
	out, err := e.cross(x, domain, have)
	if err != nil {
		return nil, err
	}
	at := make([]int, len(cols))
	for i, c := range cols {
		at[i] = slices.IndexFunc(out.cols, func(o tableColumn) bool { return o.col == c })
	}
	return out.project(at), nil
}

// missingOf reads the arguments of ADDMISSINGITEMS: its table, the columns that are grouped by,
// and the names of subtotal columns.
func (e *evaluator) missingOf(x *dax.Call, b *batch) (r *rowset, cols, shown []Column, flags map[string]bool, err error) {
	args := x.Args
	flags = map[string]bool{}
	for len(args) > 0 {
		ref, ok := args[0].(*dax.Column)
		if !ok {
			break
		}
		c, err := e.columnArg(x, ref)
		if err != nil {
			return nil, nil, nil, nil, err
		}
		shown, args = append(shown, c), args[1:]
	}
	if len(args) == 0 {
		return nil, nil, nil, nil, wrong(x, "ADDMISSINGITEMS takes a table behind its columns")
	}
	if r, err = e.table(args[0], b, nothing); err != nil {
		return nil, nil, nil, nil, err
	}
	r = r.shown()
	for _, a := range args[1:] {
		switch a := a.(type) {
		case *dax.Column:
			c, err := e.columnArg(x, a)
			if err != nil {
				return nil, nil, nil, nil, err
			}
			cols = append(cols, c)
		case *dax.Call:
			if !same(a.Func, "ROLLUPISSUBTOTAL") || len(a.Args)%2 == 1 {
				return nil, nil, nil, nil, unsupported(a, "%s in ADDMISSINGITEMS is not supported", strings.ToUpper(a.Func))
			}
			for i := 0; i < len(a.Args); i += 2 {
				c, err := e.columnArg(a, a.Args[i])
				if err != nil {
					return nil, nil, nil, nil, err
				}
				flag, ok := a.Args[i+1].(*dax.Column)
				if !ok || flag.Table != "" {
					return nil, nil, nil, nil, wrong(a, "ROLLUPISSUBTOTAL takes pairs of column and the name of a subtotal column")
				}
				cols, flags[strings.ToLower(flag.Name)] = append(cols, c), true
			}
		default:
			return nil, nil, nil, nil, unsupported(a, "filters of ADDMISSINGITEMS are not supported")
		}
	}
	if len(cols) == 0 {
		for _, c := range r.cols {
			if c.col.C != nil {
				cols = append(cols, c.col)
			}
		}
	}
	if len(shown) == 0 {
		shown = cols
	}
	for _, c := range shown {
		if !slices.Contains(cols, c) {
			return nil, nil, nil, nil, wrong(x, "ADDMISSINGITEMS shows all items of %s and does not group by it", c)
		}
	}
	return r, cols, shown, flags, nil
}
