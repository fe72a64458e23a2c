package lint

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

func set(names string) map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(names) {
		m[n] = true
	}
	return m
}

var (
	// ofColumn are functions whose first argument is a column and nothing else.
	ofColumn = set(`SUM AVERAGE AVERAGEA MEDIAN GEOMEAN PRODUCT COUNT COUNTA COUNTBLANK DISTINCTCOUNT DISTINCTCOUNTNOBLANK MAXA MINA
		STDEV.S STDEV.P VAR.S VAR.P PERCENTILE.INC PERCENTILE.EXC SELECTEDVALUE HASONEVALUE HASONEFILTER RELATED`)

	// ofNumbers are those that take neither texts nor truth values.
	ofNumbers = set(`SUM AVERAGE MEDIAN GEOMEAN PRODUCT STDEV.S STDEV.P VAR.S VAR.P PERCENTILE.INC PERCENTILE.EXC`)

	// ofDates are functions of time intelligence, whose dates are a column of dates.
	ofDates = set(`DATEADD DATESBETWEEN DATESINPERIOD DATESMTD DATESQTD DATESYTD PARALLELPERIOD SAMEPERIODLASTYEAR PREVIOUSDAY PREVIOUSMONTH PREVIOUSQUARTER
		PREVIOUSYEAR NEXTDAY NEXTMONTH NEXTQUARTER NEXTYEAR STARTOFMONTH STARTOFQUARTER STARTOFYEAR ENDOFMONTH ENDOFQUARTER ENDOFYEAR`)

	// inContext are functions whose first argument is computed in another context of filters and
	// for the same row, or for none.
	inContext = set(`CALCULATE TOTALMTD TOTALQTD TOTALYTD TOTALWTD CLOSINGBALANCEMONTH CLOSINGBALANCEQUARTER CLOSINGBALANCEYEAR
		OPENINGBALANCEMONTH OPENINGBALANCEQUARTER OPENINGBALANCEYEAR`)

	// intervals are the words that say how long a period is, and where they stand.
	intervals  = set(`DAY WEEK MONTH QUARTER YEAR`)
	intervalAt = map[string]int{"DATEADD": 2, "PARALLELPERIOD": 2, "DATESINPERIOD": 3}
)

// call looks at a call and its arguments.
func (s *sight) call(x *dax.Call, w wanted, bare bool) {
	f, ok := fn.Lookup(x.Func)
	if !ok {
		if m := s.c.m.Function(x.Func); m == nil {
			s.fault(x, "there is no function %s", strings.ToUpper(x.Func))
		} else if d, err := m.Parse(); err == nil && len(x.Args) > len(d.Params) {
			s.fault(x, "%s has %d arguments, and takes %d", m.Name, len(x.Args), len(d.Params))
		}
		for _, a := range x.Args {
			s.look(a, anything, false)
		}
		return
	}
	if err := f.Arity(len(x.Args)); err != nil {
		s.fault(x, "%s", err)
	}
	if f.Visual || f.Unbuilt() && strings.HasSuffix(f.Name, "WTD") || f.Unbuilt() && strings.Contains(f.Name, "WEEK") {
		if err := fn.Absent(x); !err.Unsupported {
			s.fault(x, "%s", err.Msg)
		}
	}
	if f.Returns != dax.Rows && f.Returns != dax.Variant || f.Name == "CALCULATE" {
		s.value(x, w)
	}
	s.arguments(f, x)
	for i, a := range x.Args {
		if a == nil {
			continue
		}
		p := param(f, i)
		switch {
		case i == 0 && (ofColumn[f.Name] || (f.Name == "MIN" || f.Name == "MAX") && len(x.Args) == 1):
			s.look(a, aColumn, false)
		case i == 0 && inContext[f.Name]:
			s.look(a, aValue, bare)
		case f.Special && p.Name == "table":
			s.look(a, someRows, false)
		case f.Special || p.Type == dax.Rows:
			s.look(a, anything, false)
		default:
			s.look(a, aValue, bare)
		}
	}
}

// param is the parameter of an argument; none where parameters repeat.
func param(f *fn.Func, i int) fn.Param {
	for k := range min(i+1, len(f.Params)) {
		if f.Params[k].Repeat {
			return fn.Param{Type: f.Params[k].Type}
		}
	}
	if i < len(f.Params) {
		return f.Params[i]
	}
	return fn.Param{}
}

// arguments looks at what is particular to functions.
func (s *sight) arguments(f *fn.Func, x *dax.Call) {
	if len(x.Args) == 0 || x.Args[0] == nil {
		return
	}
	col := s.typed(x.Args[0])
	if _, literal := x.Args[0].(*dax.Literal); literal {
		col = dax.Variant
	}
	if (col == dax.String || col == dax.Boolean) && (ofNumbers[f.Name] || ofDates[f.Name]) {
		kind := "numbers"
		if ofDates[f.Name] {
			kind = "dates"
		}
		s.fault(x.Args[0], "%s takes a column of %s, not of type %s", f.Name, kind, col)
	}
	if i, ok := intervalAt[f.Name]; ok && i < len(x.Args) {
		word, bare := x.Args[i].(*dax.Name)
		if _, literal := x.Args[i].(*dax.Literal); literal || bare && !intervals[strings.ToUpper(word.Name)] && !s.vars[strings.ToLower(word.Name)] {
			s.fault(x.Args[i], "%s takes DAY, MONTH, QUARTER or YEAR here", f.Name)
		}
	}
	switch f.Name {
	case "USERELATIONSHIP", "CROSSFILTER":
		s.relationship(f, x)
	case "RELATED": // RELATEDTABLE of a table that is not related gives its rows, as CALCULATETABLE does
		s.related(f, x)
	}
}

// relationship holds that two columns are those of a relationship.
func (s *sight) relationship(f *fn.Func, x *dax.Call) {
	if len(x.Args) < 2 {
		return
	}
	a, ok := x.Args[0].(*dax.Column)
	b, also := x.Args[1].(*dax.Column)
	if !ok || !also || !s.exists(a) || !s.exists(b) {
		return
	}
	is := func(x *dax.Column, c model.ColumnRef) bool {
		return strings.EqualFold(x.Table, c.Table) && strings.EqualFold(x.Name, c.Column)
	}
	if !slices.ContainsFunc(s.c.m.Relationships, func(r model.Relationship) bool {
		from := r.From
		if r.DatePart {
			from = r.Said
		}
		return is(a, from) && is(b, r.To) || is(b, from) && is(a, r.To)
	}) {
		s.fault(x, "%s: the model has no relationship between the two columns", f.Name)
	}
}

// related holds that a table is part of a relationship at all.
func (s *sight) related(f *fn.Func, x *dax.Call) {
	ref, ok := x.Args[0].(*dax.Column)
	if !ok || ref.Table == "" {
		return
	}
	t := s.c.m.Table(ref.Table)
	if t == nil || slices.ContainsFunc(s.c.m.Relationships, func(r model.Relationship) bool {
		return strings.EqualFold(r.From.Table, t.Name) || strings.EqualFold(r.To.Table, t.Name)
	}) {
		return
	}
	s.fault(x, "%s: table '%s' is in no relationship", f.Name, t.Name)
}

func (s *sight) exists(x *dax.Column) bool {
	t := s.c.m.Table(x.Table)
	return t != nil && t.Column(x.Name) != nil
}
