package eval

import (
	"strings"

	"inlay/dax"
)

// window is the arguments that window functions share.
type window struct {
	name    string
	numbers []dax.Expr // before the relation
	kinds   []string   // ABS or REL, of each number of WINDOW
	ties    string     // of RANK
	blanks  string     // DEFAULT, FIRST or LAST
	table   dax.Expr
	order   []dax.Expr
	ways    []way
	parts   []*dax.Column
	match   []*dax.Column
	matched bool // MATCHBY is there
}

// way is how values of one expression are ordered. blanks is DEFAULT, FIRST, LAST, or empty for
// what the function says (orderby-function-dax.md, "Parameters").
type way struct {
	desc   bool
	blanks string
}

// windowOf reads the arguments of a window function.
func (e *evaluator) windowOf(x *dax.Call, b *batch) (*window, error) {
	w := &window{name: strings.ToUpper(x.Func), ties: "SKIP", blanks: "DEFAULT"}
	for _, a := range x.Args {
		switch a := a.(type) {
		case nil:
			continue
		case *dax.Name:
			if v, _, _ := b.find(a.Name); v == nil && w.word(strings.ToUpper(a.Name)) {
				continue
			}
		case *dax.Call:
			if done, err := w.clause(a); done || err != nil {
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		if e.isTable(a, b) {
			if w.table != nil {
				return nil, wrong(a, "%s takes one table", w.name)
			}
			w.table = a
			continue
		}
		w.numbers, w.kinds = append(w.numbers, a), append(w.kinds, "REL")
	}
	if w.table == nil {
		return w, w.defaultTable(x)
	}
	return w, nil
}

// word reads a word among the arguments; ABS and REL belong to the number before them.
func (w *window) word(text string) bool {
	switch text {
	case "ABS", "REL":
		if w.name != "WINDOW" || len(w.kinds) == 0 {
			return false
		}
		w.kinds[len(w.kinds)-1] = text
	case "DENSE", "SKIP":
		w.ties = text
	case "DEFAULT", "FIRST", "LAST":
		w.blanks = text
	case "NONE":
	default:
		return false
	}
	return true
}

// clause reads ORDERBY, PARTITIONBY or MATCHBY.
func (w *window) clause(a *dax.Call) (bool, error) {
	switch strings.ToUpper(a.Func) {
	case "ORDERBY":
		var err error
		w.order, w.ways, err = ordered(a)
		return true, err
	case "PARTITIONBY":
		list, err := clauseColumns(a)
		w.parts = list
		return true, err
	case "MATCHBY":
		list, err := clauseColumns(a)
		w.match, w.matched = list, true
		return true, err
	}
	return false, nil
}

// ordered reads ORDERBY(expression, ASC BLANKS LAST, …).
func ordered(x *dax.Call) (list []dax.Expr, ways []way, err error) {
	for args := x.Args; len(args) > 0; {
		if args[0] == nil {
			return nil, nil, wrong(x, "ORDERBY has an empty argument")
		}
		list, args = append(list, args[0]), args[1:]
		var by way
		if len(args) > 0 {
			if n, ok := args[0].(*dax.Name); ok {
				if first, blanks, two := strings.Cut(strings.ToUpper(n.Name), " BLANKS "); two {
					by, args = way{first == "DESC", blanks}, args[1:]
					ways = append(ways, by)
					continue
				}
			}
			if v, ok := direction(args[0]); ok {
				by.desc, args = v, args[1:]
			} else if args[0] == nil {
				args = args[1:]
			}
		}
		ways = append(ways, by)
	}
	return list, ways, nil
}

// clauseColumns is columns, or RELATED of columns.
func clauseColumns(x *dax.Call) (list []*dax.Column, err error) {
	for _, a := range x.Args {
		if call, ok := a.(*dax.Call); ok && same(call.Func, "RELATED") && len(call.Args) == 1 {
			a = call.Args[0]
		}
		ref, ok := a.(*dax.Column)
		if !ok {
			return nil, wrong(x, "%s takes columns", strings.ToUpper(x.Func))
		}
		list = append(list, ref)
	}
	return list, nil
}

// defaultTable is ALLSELECTED of the columns of ORDERBY and PARTITIONBY.
func (w *window) defaultTable(x *dax.Call) error {
	var args []dax.Expr
	for _, o := range w.order {
		ref, ok := o.(*dax.Column)
		if !ok {
			return wrong(x, "%s needs a table, or ORDERBY of columns", w.name)
		}
		args = append(args, ref)
	}
	for _, p := range w.parts {
		args = append(args, p)
	}
	if len(args) == 0 || len(w.order) == 0 {
		return wrong(x, "%s needs a table or ORDERBY", w.name)
	}
	w.table = &dax.Call{At: x.At, Func: "ALLSELECTED", Args: args}
	return nil
}
