package fn

import "strings"

// unbuilt are functions whose signature is known and that nothing evaluates: using one is an
// error that names it. A name goes from here once query evaluates it; a test there holds that.
var unbuilt = words(`
	COLUMNSTATISTICS DETAILROWS EXTERNALMEASURE LINEST LINESTX TABLEOF
	FILTERCLUSTER GROUPCROSSAPPLY GROUPCROSSAPPLYTABLE ALLSELECTEDAPPLY ALLSELECTEDREMOVE ALWAYSAPPLY DEPENDON NONFILTER SHADOWCLUSTER
	SAMPLE SAMPLEAXISWITHLOCALMINMAX SAMPLECARTESIANPOINTSBYCOVER
	INDEX OFFSET WINDOW RANK ROWNUMBER ORDERBY PARTITIONBY MATCHBY
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
	return unbuilt[f.Name] || strings.HasPrefix(f.Name, "INFO.")
}
