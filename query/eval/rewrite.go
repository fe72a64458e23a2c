package eval

import (
	"fmt"
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

func rewrite(x dax.Expr, change func(dax.Expr) (dax.Expr, bool)) dax.Expr {
	return dax.Rewrite(x, change)
}

// plain are the functions whose value for a column or table depends on the filter context
// alone, not on a current row.
var plain = map[string]bool{
	"SUM": true, "AVERAGE": true, "MIN": true, "MAX": true, "COUNT": true, "COUNTA": true, "COUNTBLANK": true,
	"COUNTROWS": true, "DISTINCTCOUNT": true, "DISTINCTCOUNTNOBLANK": true, "MEDIAN": true, "SELECTEDVALUE": true,
	"HASONEVALUE": true, "HASONEFILTER": true, "ISFILTERED": true, "ISCROSSFILTERED": true, "ISINSCOPE": true,
	"LASTDATE": false, "FIRSTDATE": false,
}

// hoist computes what an iterator's expression takes from the filter context alone once for
// each environment instead of once for each row: it becomes a variable.
func (e *evaluator) hoist(b *batch, list ...dax.Expr) (*batch, []dax.Expr) {
	out := make([]dax.Expr, len(list))
	for i, x := range list {
		out[i] = rewrite(x, func(x dax.Expr) (dax.Expr, bool) {
			call, ok := x.(*dax.Call)
			if !ok {
				return nil, false
			}
			// What stands inside of these has a filter context of its own.
			if name := strings.ToUpper(call.Func); shifts(name) || name == "SUMMARIZECOLUMNS" || name == "SUMMARIZE" || e.function(name) != nil {
				return call, true
			}
			if !plain[strings.ToUpper(call.Func)] || len(call.Args) != 1 {
				return nil, false
			}
			switch a := call.Args[0].(type) {
			case *dax.Column:
				if a.Table == "" {
					return nil, false
				}
			case *dax.Table, *dax.Name:
				if !e.isModelTable(a) {
					return nil, false
				}
			default:
				return nil, false
			}
			e.names++
			name := fmt.Sprintf("\x00%d", e.names)
			b = &batch{n: b.n, parent: b, v: &variable{name: name, x: call}}
			return &dax.Name{At: dax.At{Start: call.Pos()}, Name: name}, true
		})
	}
	return b, out
}

func (e *evaluator) isModelTable(x dax.Expr) bool {
	_, ok := e.modelTable(x)
	return ok
}

// modelTable is a table of the model that an expression names.
func (e *evaluator) modelTable(x dax.Expr) (*model.Table, bool) {
	var name string
	switch x := x.(type) {
	case *dax.Table:
		name = x.Name
	case *dax.Name:
		name = x.Name
	default:
		return e.tableOfReference(x)
	}
	if _, ok := e.tables[strings.ToLower(name)]; ok {
		return nil, false
	}
	t := e.m.Table(name)
	return t, t != nil
}

// constants puts values in place of what is the same in all environments, so that the rest can
// be computed by the store for each row of a table: variables, and columns of rows outside.
func (e *evaluator) constants(x dax.Expr, b *batch, base *model.Table) (dax.Expr, error) {
	var err error
	local := map[string]bool{}
	dax.Walk(x, func(x dax.Expr) bool {
		if block, ok := x.(*dax.Block); ok {
			for _, v := range block.Vars {
				local[strings.ToLower(v.Name)] = true
			}
		}
		return true
	})
	out := rewrite(x, func(x dax.Expr) (dax.Expr, bool) {
		if err != nil {
			return x, true
		}
		var values []dax.Value
		switch x := x.(type) {
		case *dax.Name:
			v, home, _ := b.find(x.Name)
			if v == nil || local[strings.ToLower(x.Name)] || e.isTable(v.x, home) {
				return nil, false
			}
			if values, err = e.name(x, b); err != nil {
				return x, true
			}
		case *dax.Column:
			t := e.m.Table(x.Table)
			if x.Table == "" || t == nil || t == base || t.Column(x.Name) == nil {
				return nil, false
			}
			c, ok := b.cell(func(c tableColumn) bool { return c.col == Column{t, t.Column(x.Name)} && !c.also && !c.named }, 0)
			if !ok {
				return nil, false
			}
			values = c.values()
		default:
			return nil, false
		}
		if len(values) == 0 || slices.ContainsFunc(values, func(v dax.Value) bool { return v != values[0] }) {
			return nil, false
		}
		return &dax.Literal{At: dax.At{Start: x.Pos()}, Value: values[0]}, true
	})
	return out, err
}

// want is what the reader of a table needs of it.
type want struct {
	only  bool     // no columns of the model but these
	cols  []Column // also of tables that rows look up
	names []string // unqualified, lower case
	keys  bool     // rows become filters: also the keys of what they look up

	filter bool // the table is itself a filter
}

// nothing wants the columns of the table itself.
var nothing = want{}

func (w want) join(o want) want {
	return want{only: w.only && o.only, cols: append(slices.Clone(w.cols), o.cols...), names: append(slices.Clone(w.names), o.names...), keys: w.keys || o.keys}
}

// shifts are functions that make a filter of the current row.
func shifts(name string) bool {
	switch name {
	case "CALCULATE", "CALCULATETABLE", "RELATEDTABLE", "TOTALYTD", "TOTALQTD", "TOTALMTD", "TOTALWTD", "FIRSTNONBLANK", "LASTNONBLANK",
		"FIRSTNONBLANKVALUE", "LASTNONBLANKVALUE", "OPENINGBALANCEMONTH", "OPENINGBALANCEQUARTER", "OPENINGBALANCEYEAR",
		"CLOSINGBALANCEMONTH", "CLOSINGBALANCEQUARTER", "CLOSINGBALANCEYEAR", "SELECTEDMEASURE":
		return true
	}
	return strings.HasPrefix(name, "DATES") || strings.HasPrefix(name, "PREVIOUS") || strings.HasPrefix(name, "NEXT") ||
		strings.HasPrefix(name, "START") || strings.HasPrefix(name, "END") || name == "DATEADD" || name == "PARALLELPERIOD" || name == "SAMEPERIODLASTYEAR"
}

// wants finds what expressions need of the rows that they are evaluated for.
func (e *evaluator) wants(list ...dax.Expr) want {
	w := want{only: true}
	for _, x := range list {
		if x == nil {
			continue
		}
		dax.Walk(x, func(x dax.Expr) bool {
			switch x := x.(type) {
			case *dax.Column:
				if x.Table != "" {
					if t := e.m.Table(x.Table); t != nil && t.Column(x.Name) != nil {
						w.cols = append(w.cols, Column{t, t.Column(x.Name)})
						return true
					}
				}
				if e.measure(x.Name) != nil {
					w.only, w.keys = false, true
				} else {
					w.names = append(w.names, strings.ToLower(x.Name))
				}
			case *dax.Call:
				switch name := strings.ToUpper(x.Func); {
				case shifts(name):
					w.only, w.keys = false, true
				case slices.Contains([]string{"INDEX", "OFFSET", "WINDOW", "ROWNUMBER", "RANK"}, name):
					w.only = false // they look for the current row by all its columns
				}
			}
			return true
		})
	}
	return w
}
