package fn

import (
	"strings"

	"inlay/dax"
)

// unbuilt are functions whose signature is known and that nothing evaluates: using one is an
// error that names it. A name goes from here once query evaluates it; a test there holds that.
var unbuilt = words(`
	FILTERCLUSTER ALLSELECTEDAPPLY ALLSELECTEDREMOVE ALWAYSAPPLY DEPENDON NONFILTER SHADOWCLUSTER
	DATESWTD PREVIOUSWEEK NEXTWEEK STARTOFWEEK ENDOFWEEK TOTALWTD CLOSINGBALANCEWEEK OPENINGBALANCEWEEK
`)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// Unbuilt reports whether the function is known and nothing evaluates it.
func (f *Func) Unbuilt() bool {
	return unbuilt[f.Name] || strings.HasPrefix(f.Name, "INFO.") && !told[strings.TrimPrefix(f.Name, "INFO.")]
}

// Places outside of which functions make no sense.
var (
	inItems = words(`SELECTEDMEASURE SELECTEDMEASURENAME SELECTEDMEASUREFORMATSTRING ISSELECTEDMEASURE`)
	ofWeeks = words(`DATESWTD PREVIOUSWEEK NEXTWEEK STARTOFWEEK ENDOFWEEK TOTALWTD CLOSINGBALANCEWEEK OPENINGBALANCEWEEK`)
)

// insideOnly says where functions stand that make no sense anywhere else.
var insideOnly = map[string]string{
	"IGNORE": "SUMMARIZECOLUMNS", "NONVISUAL": "SUMMARIZECOLUMNS", "ROLLUPADDISSUBTOTAL": "SUMMARIZECOLUMNS", "ROLLUPISSUBTOTAL": "ADDMISSINGITEMS",
	"ROLLUP": "SUMMARIZE", "ISSUBTOTAL": "SUMMARIZE", "ROLLUPGROUP": "ROLLUP, ROLLUPADDISSUBTOTAL and ROLLUPISSUBTOTAL",
	"ORDERBY": "a window function", "PARTITIONBY": "a window function", "MATCHBY": "a window function",
	"REMOVEFILTERS": "a filter argument of CALCULATE and CALCULATETABLE", "ALLCROSSFILTERED": "a filter argument of CALCULATE and CALCULATETABLE",
	"USERELATIONSHIP": "a filter argument of CALCULATE and CALCULATETABLE", "CROSSFILTER": "a filter argument of CALCULATE and CALCULATETABLE",
	"FILTERCLUSTER": "GROUPCROSSAPPLY and GROUPCROSSAPPLYTABLE",
}

// Absent is the error of a call that nothing evaluates where it stands: a mistake of the
// expression where Power BI fails too, otherwise Unsupported.
func Absent(x *dax.Call) *dax.Error {
	f, ok := Lookup(x.Func)
	if !ok {
		return dax.Errorf(x, "there is no function %s", strings.ToUpper(x.Func))
	}
	err := dax.Errorf(x, "function %s is not supported", f.Name)
	switch {
	case f.Visual:
		err.Msg = "function " + f.Name + " can be used in a visual calculation only"
	case inItems[f.Name]:
		err.Msg = "function " + f.Name + " can be used in a calculation item only"
	case ofWeeks[f.Name] && ofColumn(x):
		err.Msg = "function " + f.Name + " takes a calendar, not a column"
	case insideOnly[f.Name] != "":
		err.Msg = "function " + f.Name + " can be used in " + insideOnly[f.Name] + " only"
	default:
		err.Unsupported = true
	}
	return err
}

// ofColumn reports whether a call is given a column.
func ofColumn(x *dax.Call) bool {
	for _, a := range x.Args {
		if c, ok := a.(*dax.Column); ok && c.Table != "" {
			return true
		}
	}
	return false
}
