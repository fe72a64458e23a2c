package eval

import (
	"strings"

	"inlay/dax"
)

// tableSampleAxis is SAMPLEAXISWITHLOCALMINMAX(size, table, axis, measures, resolution, …) of a
// table that has no more rows than the sample: all of them (its page, "Remarks"). How others are
// sampled is not documented.
func tableSampleAxis(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) < 5 {
		return nil, wrong(x, "SAMPLEAXISWITHLOCALMINMAX takes a size, a table, an axis, measures and a resolution")
	}
	return e.sampledWhole(x, b, 2, nil)
}

// tableSamplePoints is SAMPLECARTESIANPOINTSBYCOVER(size, table, x, y, …) of a table that has no
// more rows than the sample, and no two at one point: all of them. Of a size of 0 there are none.
func tableSamplePoints(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) < 4 {
		return nil, wrong(x, "SAMPLECARTESIANPOINTSBYCOVER takes a size, a table and columns of x and y")
	}
	if len(x.Args) != 4 {
		return nil, unsupported(x, "SAMPLECARTESIANPOINTSBYCOVER with a radius is not supported")
	}
	return e.sampledWhole(x, b, 2, x.Args[2:4])
}

// sampledWhole is a table that is its own sample. cols from place from are columns of it; points
// are those of which no two rows may agree.
func (e *evaluator) sampledWhole(x *dax.Call, b *batch, from int, points []dax.Expr) (*rowset, error) {
	name := strings.ToUpper(x.Func)
	sizes, err := e.scalar(x.Args[0], b)
	if err != nil {
		return nil, err
	}
	r, err := e.table(x.Args[1], b, nothing)
	if err != nil {
		return nil, err
	}
	for _, a := range x.Args[from : from+2] {
		ref, ok := a.(*dax.Column)
		if !ok || e.place(r, ref) < 0 {
			return nil, wrong(x, "%s takes columns of its table", name)
		}
	}
	var at []int
	for _, a := range points {
		at = append(at, e.place(r, a.(*dax.Column)))
	}
	out := &rowset{cols: r.cols, of: identity(b.n), blocks: make([][][]dax.Value, b.n), table: r.table, loose: r.loose}
	for i := range b.n {
		n, err := sizes[i].ToInt()
		if err != nil {
			return nil, placed(x.Args[0], err)
		}
		rows := r.at(i)
		if points != nil && n <= 0 {
			continue
		}
		if int64(len(rows)) > n {
			return nil, unsupported(x, "%s of more rows than the sample has is not supported: which are left out is not documented", name)
		}
		if points != nil && len(newSet(columnsOf(rows, at)).rows) < len(rows) {
			return nil, unsupported(x, "%s of rows at the same point is not supported", name)
		}
		out.blocks[i] = rows
	}
	return out, nil
}

// tableCrossApply is GROUPCROSSAPPLY and GROUPCROSSAPPLYTABLE without filters, of columns of
// different tables: there they are what SUMMARIZECOLUMNS is, which only differs in that columns of
// one table occur together (groupcrossapply-function-dax.md, "Remarks").
func tableCrossApply(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	seen := map[string]bool{}
	for i, a := range x.Args {
		switch a := a.(type) {
		case *dax.Column:
			c, err := e.columnArg(x, a)
			if err != nil {
				return nil, err
			}
			if seen[c.T.Name] {
				return nil, unsupported(a, "%s by several columns of one table is not supported", strings.ToUpper(x.Func))
			}
			seen[c.T.Name] = true
			continue
		case *dax.Literal:
			if same(x.Func, "GROUPCROSSAPPLYTABLE") {
				return nil, unsupported(a, "GROUPCROSSAPPLYTABLE with a table is not supported")
			}
			if _, _, err := named(x, x.Args[i:]); err != nil {
				return nil, err
			}
		default:
			return nil, unsupported(x, "%s with filters is not supported", strings.ToUpper(x.Func))
		}
		break
	}
	if len(seen) == 0 {
		return nil, wrong(x, "%s takes columns to group by", strings.ToUpper(x.Func))
	}
	return tableSummarizeColumns(e, x, b, w)
}
