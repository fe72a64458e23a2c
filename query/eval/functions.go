package eval

import (
	"maps"
	"slices"

	"inlay/dax"
)

var (
	scalars map[string]scalarFunc
	tables  map[string]tableFunc
)

func number(x dax.Expr, t dax.Type) error {
	if t == dax.String || t == dax.Boolean {
		return wrong(x, "this function cannot work with values of type %s", t)
	}
	return nil
}

func notBoolean(x dax.Expr, t dax.Type) error {
	if t == dax.Boolean {
		return wrong(x, "this function cannot work with values of type %s", t)
	}
	return nil
}

// aggregators by name of the form over a column; the form over a table has an X behind.
var aggregators = map[string]aggregator{
	"SUM":                  {store: "SUM", fold: foldSum, check: number},
	"AVERAGE":              {store: "AVERAGE", fold: foldAverage, check: number},
	"MIN":                  {store: "MIN", fold: extreme(-1), check: notBoolean},
	"MAX":                  {store: "MAX", fold: extreme(1), check: notBoolean},
	"COUNT":                {store: "COUNT", fold: counter(func(v dax.Value) bool { return !v.IsBlank() }), check: notBoolean},
	"COUNTA":               {store: "COUNTA", fold: counter(func(v dax.Value) bool { return !v.IsBlank() })},
	"COUNTBLANK":           {fold: counter(isEmpty)},
	"DISTINCTCOUNT":        {store: "DISTINCTCOUNT", fold: foldDistinct(true)},
	"DISTINCTCOUNTNOBLANK": {fold: foldDistinct(false)},
	"MEDIAN":               {fold: foldMedian, check: number},
	"PRODUCT":              {fold: foldProduct, check: number},
	"GEOMEAN":              {fold: foldGeomean, check: number},
	"STDEV.P":              {fold: variance(false, true), check: number},
	"STDEV.S":              {fold: variance(true, true), check: number},
	"VAR.P":                {fold: variance(false, false), check: number},
	"VAR.S":                {fold: variance(true, false), check: number},
	"AVERAGEA":             {fold: asNumbers(foldAverage)},
	"MINA":                 {fold: asNumbers(extreme(-1))},
	"MAXA":                 {fold: asNumbers(extreme(1))},
}

// overTables names the forms over a table.
var overTables = map[string]string{
	"SUMX": "SUM", "AVERAGEX": "AVERAGE", "MINX": "MIN", "MAXX": "MAX", "COUNTX": "COUNT", "COUNTAX": "COUNTA",
	"MEDIANX": "MEDIAN", "PRODUCTX": "PRODUCT", "GEOMEANX": "GEOMEAN", "STDEVX.P": "STDEV.P", "STDEVX.S": "STDEV.S",
	"VARX.P": "VAR.P", "VARX.S": "VAR.S",
}

func init() {
	// Filled here because functions lead back to the evaluator, which reads the maps.
	scalars = map[string]scalarFunc{
		"IF": (*evaluator).choose, "IF.EAGER": (*evaluator).choose, "SWITCH": (*evaluator).pick, "COALESCE": (*evaluator).coalesce,
		"IFERROR": (*evaluator).ifError, "ISERROR": (*evaluator).isError,
		"AND":       func(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) { return e.junction(false, x.Args, b) },
		"OR":        func(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) { return e.junction(true, x.Args, b) },
		"CALCULATE": calculateScalar, "COUNTROWS": countRows, "APPROXIMATEDISTINCTCOUNT": estimate, "EVALUATEANDLOG": evaluateAndLog,
		"RELATED": related, "LOOKUPVALUE": lookupValue, "EARLIER": earlier, "EARLIEST": earlier,
		"SELECTEDVALUE": selectedValue, "HASONEVALUE": hasOneValue, "HASONEFILTER": hasOneFilter,
		"ISFILTERED": isFiltered, "ISCROSSFILTERED": isCrossFiltered, "ISINSCOPE": isInScope,
		"ISEMPTY": isEmptyTable, "CONTAINS": containsRow, "CONTAINSROW": containsTuple,
		"RANKX": rankX, "CONCATENATEX": concatenateX,
		"PERCENTILE.INC": percentileOf(true, false), "PERCENTILE.EXC": percentileOf(false, false),
		"PERCENTILEX.INC": percentileOf(true, true), "PERCENTILEX.EXC": percentileOf(false, true),
	}
	for name, a := range aggregators {
		scalars[name] = ofColumn(a)
	}
	for name, of := range overTables {
		a := aggregators[of]
		a.check = nil
		scalars[name] = overTable(a)
	}
	for _, name := range []string{"MIN", "MAX"} {
		scalars[name] = extremeOf(name, scalars[name])
	}
	tables = map[string]tableFunc{
		"FILTER": tableFilter, "ALL": tableAll(true), "ALLNOBLANKROW": tableAll(false), "ALLEXCEPT": tableAllExcept,
		"ALLSELECTED": tableAllSelected, "VALUES": tableValues(true), "DISTINCT": tableValues(false), "FILTERS": tableFilters,
		"CALCULATETABLE": tableCalculate, "RELATEDTABLE": tableRelated, "KEEPFILTERS": tableKeep, "TREATAS": tableTreatAs,
		"ADDCOLUMNS": tableAddColumns, "SELECTCOLUMNS": tableSelectColumns, "ROW": tableRow, "TOPN": tableTopN,
		"UNION": tableUnion, "INTERSECT": tableSetOf(true), "EXCEPT": tableSetOf(false), "CROSSJOIN": tableCrossJoin,
		"GENERATE": tableGenerate(false), "GENERATEALL": tableGenerate(true), "GENERATESERIES": tableSeries,
		"NATURALINNERJOIN": tableNaturalJoin(false), "NATURALLEFTOUTERJOIN": tableNaturalJoin(true), "DATATABLE": tableData,
		"SUMMARIZE": tableSummarize, "SUMMARIZECOLUMNS": tableSummarizeColumns, "GROUPBY": tableGroupBy, "CURRENTGROUP": tableCurrentGroup,
		"SUBSTITUTEWITHINDEX": tableSubstitute,
	}
	register()
}

// Functions lists the names of the functions that this package computes.
func Functions() []string {
	names := slices.Collect(maps.Keys(scalars))
	names = slices.AppendSeq(names, maps.Keys(tables))
	slices.Sort(names)
	return slices.Compact(names)
}

// register adds the families that have files of their own.
func register() {
	for _, family := range []map[string]scalarFunc{timeScalars, windowScalars, moreScalars} {
		maps.Copy(scalars, family)
	}
	for _, family := range []map[string]tableFunc{timeTables, windowTables, moreTables, infoFunctions()} {
		maps.Copy(tables, family)
	}
}

func calculateScalar(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) == 0 {
		return nil, wrong(x, "CALCULATE takes an expression and filters")
	}
	inner, err := e.calculate(x.Args[1:], b)
	if err != nil {
		return nil, err
	}
	return e.scalar(x.Args[0], inner)
}

func evaluateAndLog(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) == 0 || len(x.Args) > 3 {
		return nil, wrong(x, "EVALUATEANDLOG takes a value and, if wanted, a label and a number of rows")
	}
	return e.scalar(x.Args[0], b)
}

// extremeOf is MIN and MAX, which take a column or two values.
func extremeOf(name string, column scalarFunc) scalarFunc {
	fold := aggregators[name].fold
	return func(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
		if len(x.Args) != 2 {
			return column(e, x, b)
		}
		p, err := e.scalar(x.Args[0], b)
		if err != nil {
			return nil, err
		}
		q, err := e.scalar(x.Args[1], b)
		if err != nil {
			return nil, err
		}
		out := make([]dax.Value, b.n)
		for i := range out {
			// Of two values BLANK counts as zero (max-function-dax.md, "Remarks").
			list := []dax.Value{p[i], q[i]}
			if p[i].IsBlank() != q[i].IsBlank() {
				n, err := dax.Compare(p[i], q[i])
				if err != nil {
					return nil, placed(x, err)
				}
				if out[i] = q[i]; (n < 0) == (name == "MIN") && n != 0 {
					out[i] = p[i]
				}
				if out[i].IsBlank() {
					out[i], _ = dax.Add(dax.IntOf(0), dax.Value{})
				}
				continue
			}
			if out[i], err = fold(list); err != nil {
				return nil, placed(x, err)
			}
		}
		return out, nil
	}
}

// related is RELATED: a column of a table that the current row looks up, fetched with the row.
func related(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) != 1 {
		return nil, wrong(x, "RELATED takes one column")
	}
	col, err := e.columnArg(x, x.Args[0])
	if err != nil {
		return nil, err
	}
	c, ok := b.cell(func(c tableColumn) bool { return c.col == col }, 0)
	if !ok {
		return nil, wrong(x, "there is no current row that looks up %s", col)
	}
	return c.values(), nil
}

// earlier is a column of a row outside of the current one.
func earlier(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) == 0 || len(x.Args) > 2 {
		return nil, wrong(x, "EARLIER takes a column and how many rows further out")
	}
	skip := 1
	if len(x.Args) == 2 {
		l, ok := x.Args[1].(*dax.Literal)
		if !ok || l.Value.Type() != dax.Int64 || l.Value.Int() < 1 {
			return nil, wrong(x, "EARLIER takes a whole number from 1")
		}
		skip = int(l.Value.Int())
	}
	ref, ok := x.Args[0].(*dax.Column)
	if !ok {
		return nil, wrong(x, "EARLIER takes a column")
	}
	match := func(c tableColumn) bool { return c.is(ref.Name) }
	if ref.Table != "" {
		col, err := resolve(e.m, ref)
		if err != nil {
			return nil, err
		}
		match = func(c tableColumn) bool { return c.col == col && !c.also && !c.named }
	}
	if same(x.Func, "EARLIEST") {
		found, ok := cell{}, false
		for k := 0; ; k++ {
			c, more := b.cell(match, k)
			if !more {
				break
			}
			found, ok = c, true
		}
		if ok {
			return found.values(), nil
		}
		return nil, wrong(x, "there is no row of %s", dax.Print(ref))
	}
	c, ok := b.cell(match, skip)
	if !ok {
		return nil, wrong(x, "EARLIER refers to a row of %s further out, and there is none", dax.Print(ref))
	}
	return c.values(), nil
}
