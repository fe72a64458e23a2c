package eval

import (
	"math"
	"slices"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
)

var moreTables = map[string]tableFunc{
	"ADDMISSINGITEMS": tableAddMissing, "SAMPLE": tableSample, "TOPNSKIP": tableTopNSkip,
	"SAMPLEAXISWITHLOCALMINMAX": tableSampleAxis, "SAMPLECARTESIANPOINTSBYCOVER": tableSamplePoints,
	"GROUPCROSSAPPLY": tableCrossApply, "GROUPCROSSAPPLYTABLE": tableCrossApply,
	"LINEST": tableLine, "LINESTX": tableLine, "TABLEOF": tableOf, "DETAILROWS": detailRows, "COLUMNSTATISTICS": tableStatistics,
	"NATURALJOINUSAGE": func(_ *evaluator, x *dax.Call, _ *batch, _ want) (*rowset, error) {
		return nil, wrong(x, "NATURALJOINUSAGE stands in SUMMARIZECOLUMNS alone, as a filter")
	},
}

var moreScalars = map[string]scalarFunc{
	"ISAFTER": after, "ISONORAFTER": after, "NETWORKDAYS": networkDays, "PATH": path, "NAMEOF": nameOf,
	"TOCSV": toCSV, "TOJSON": toJSON, "EXTERNALMEASURE": externalMeasure,
	"XNPV": datedFlows, "XIRR": datedFlows, "RANK.EQ": rankEq,
	"SELECTEDMEASURE": selectedMeasure, "SELECTEDMEASURENAME": selectedMeasure, "ISSELECTEDMEASURE": selectedMeasure, "SELECTEDMEASUREFORMATSTRING": selectedMeasure,
}

func init() {
	// Functions of visual calculations: a query has no visual.
	for _, name := range strings.Fields("FIRST LAST NEXT PREVIOUS MOVINGAVERAGE RUNNINGSUM RANGE COLLAPSE COLLAPSEALL EXPAND EXPANDALL ISATLEVEL LOOKUP LOOKUPWITHTOTALS") {
		scalars[name] = func(_ *evaluator, x *dax.Call, _ *batch) ([]dax.Value, error) {
			return nil, wrong(x, "%s can be used in a visual calculation alone", strings.ToUpper(x.Func))
		}
	}
}

// after is ISAFTER and ISONORAFTER.
func after(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	values, desc := fn.Ordered(x.Args)
	if len(values) == 0 || len(values)%2 != 0 {
		return nil, wrong(x, "%s compares pairs of values, and has %d", strings.ToUpper(x.Func), len(values))
	}
	cols := make([][]dax.Value, len(values))
	for i, y := range values {
		var err error
		if cols[i], err = e.scalar(y, b); err != nil {
			return nil, err
		}
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		pairs := make([]fn.Pair, len(desc))
		for j := range pairs {
			pairs[j] = fn.Pair{X: cols[2*j][i], Y: cols[2*j+1][i], Descending: desc[j]}
		}
		ok, err := fn.After(pairs, same(x.Func, "ISONORAFTER"))
		if err != nil {
			return nil, placed(x, err)
		}
		out[i] = dax.BoolOf(ok)
	}
	return out, nil
}

// networkDays is NETWORKDAYS, whose holidays are a table.
func networkDays(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) < 2 || len(x.Args) > 4 {
		return nil, wrong(x, "NETWORKDAYS takes two dates and, if wanted, a weekend and holidays")
	}
	cols := [3][]dax.Value{}
	for i := range cols {
		cols[i] = make([]dax.Value, b.n)
		if i < len(x.Args) {
			var err error
			if cols[i], err = e.scalar(x.Args[i], b); err != nil {
				return nil, err
			}
		}
	}
	holidays := one(b.n, nil, nil)
	if len(x.Args) == 4 {
		var err error
		if holidays, err = e.table(x.Args[3], b, nothing); err != nil {
			return nil, err
		}
	}
	out := make([]dax.Value, b.n)
	for i := range out {
		var free []dax.Value
		for _, row := range holidays.at(i) {
			free = append(free, row[0])
		}
		v, err := fn.Workdays(cols[0][i], cols[1][i], cols[2][i], free)
		if err != nil {
			return nil, placed(x, err)
		}
		out[i] = v
	}
	return out, nil
}

// path is PATH(id, parent): the ids from the top down to that of the current row.
func path(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) != 2 {
		return nil, wrong(x, "PATH takes a column of ids and one of parents")
	}
	id, err := e.columnArg(x, x.Args[0])
	if err != nil {
		return nil, err
	}
	parent, err := e.columnArg(x, x.Args[1])
	if err != nil {
		return nil, err
	}
	if id.T != parent.T {
		return nil, wrong(x, "PATH takes two columns of one table")
	}
	mine, err := e.scalar(x.Args[0], b)
	if err != nil {
		return nil, err
	}
	r, err := e.all(x, []Column{id, parent}, b, false)
	if err != nil {
		return nil, err
	}
	up := map[string]dax.Value{}
	for _, row := range r.at(0) {
		if _, twice := up[row[0].Key()]; twice && !row[0].IsBlank() {
			return nil, failed(x, "PATH found an id more than once")
		}
		up[row[0].Key()] = row[1]
	}
	out := make([]dax.Value, b.n)
	for i, v := range mine {
		if v.IsBlank() {
			continue
		}
		var parts []string
		for at := v; !at.IsBlank(); {
			if len(parts) > len(up) {
				return nil, failed(x, "PATH found ids that are their own parents")
			}
			parts = append(parts, at.ToText())
			next, ok := up[at.Key()]
			if !ok {
				return nil, failed(x, "PATH found a parent that is no id")
			}
			at = next
		}
		slices.Reverse(parts)
		if out[i], err = e.joined(x, parts, "|"); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tableSample is SAMPLE(number, table, order, …): rows at even distances, the first and the last
// among them.
func tableSample(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) < 3 {
		return nil, wrong(x, "SAMPLE takes a number, a table and what to order by")
	}
	list, desc, err := orders(x, x.Args[2:], true)
	if err != nil {
		return nil, err
	}
	n, err := e.scalar(x.Args[0], b)
	if err != nil {
		return nil, err
	}
	r, err := e.table(x.Args[1], b, w.join(e.wants(list...)))
	if err != nil {
		return nil, err
	}
	r = r.arranged() // among rows that are alike in the order, it chooses
	keys, err := e.compute(x, r, list, b)
	if err != nil {
		return nil, err
	}
	out := &rowset{cols: r.cols, of: identity(b.n), blocks: make([][][]dax.Value, b.n), table: r.table}
	for i := range b.n {
		count, err := n[i].ToInt()
		if err != nil {
			return nil, placed(x.Args[0], err)
		}
		rows := r.at(i)
		at := identity(len(rows))
		slices.SortStableFunc(at, func(p, q int) int { return compareRows(keys[i][p], keys[i][q], desc) })
		count = min(count, int64(len(rows)))
		for k := range count {
			place := 0
			if count > 1 {
				place = int(math.Round(float64(k) * float64(len(rows)-1) / float64(count-1)))
			}
			out.blocks[i] = append(out.blocks[i], rows[at[place]])
		}
	}
	return out, nil
}

// tableTopNSkip is TOPNSKIP(number, skipped, table, order, …).
func tableTopNSkip(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) < 3 {
		return nil, wrong(x, "TOPNSKIP takes a number, how many to skip and a table")
	}
	counts := [2][]dax.Value{}
	for i := range counts {
		var err error
		if counts[i], err = e.scalar(x.Args[i], b); err != nil {
			return nil, err
		}
	}
	list, desc, err := orders(x, x.Args[3:], true)
	if err != nil {
		return nil, err
	}
	r, err := e.table(x.Args[2], b, w.join(e.wants(list...)))
	if err != nil {
		return nil, err
	}
	r = r.arranged()
	keys, err := e.compute(x, r, list, b)
	if err != nil {
		return nil, err
	}
	out := &rowset{cols: r.cols, of: identity(b.n), blocks: make([][][]dax.Value, b.n), table: r.table}
	for i := range b.n {
		rows := r.at(i)
		at := identity(len(rows))
		slices.SortStableFunc(at, func(p, q int) int { return compareRows(keys[i][p], keys[i][q], desc) })
		n, err := counts[0][i].ToInt()
		if err != nil {
			return nil, placed(x, err)
		}
		skip, err := counts[1][i].ToInt()
		if err != nil {
			return nil, placed(x, err)
		}
		for j, k := range at {
			if int64(j) >= skip && int64(j) < skip+n {
				out.blocks[i] = append(out.blocks[i], rows[k])
			}
		}
	}
	return out, nil
}
