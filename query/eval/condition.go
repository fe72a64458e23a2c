package eval

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
)

// filterArg is a filter argument that is a condition or a table.
func (e *evaluator) filterArg(a dax.Expr, b *batch) (*filter, error) {
	if call, ok := a.(*dax.Call); ok {
		if known, ok := fn.Lookup(call.Func); ok && known.Returns == dax.Rows && !e.isTable(a, b) {
			return nil, absent(call)
		}
	}
	if !e.isTable(a, b) {
		return e.truthFilter(a, a, b)
	}
	if call, ok := a.(*dax.Call); ok && strings.EqualFold(call.Func, "FILTER") && len(call.Args) == 2 {
		if f, err := e.filterOf(call, b); f != nil || err != nil {
			return f, err
		}
	}
	src, ok, err := e.rows(a, b)
	if err != nil {
		return nil, err
	}
	if ok && src.b == b && len(e.s.Veiled(src.base)) == 0 && src.base.Group == nil {
		return e.leaning(a, e.withoutBlank(src), nil, b)
	}
	call, _ := a.(*dax.Call)
	r, err := e.table(a, b, want{keys: true, filter: call != nil && strings.EqualFold(call.Func, "TREATAS")})
	if err != nil {
		return nil, err
	}
	f := r.asFilter()
	if f == nil && slices.ContainsFunc(r.cols, func(c tableColumn) bool { return c.of != "" }) {
		return nil, unsupported(a, "a table that the query defines is not supported as a filter; TREATAS gives it columns of the model")
	}
	if f == nil {
		return nil, wrong(a, "a table without columns of the model cannot be a filter; TREATAS gives it some")
	}
	if r.table != nil {
		f.key = e.keyAt(r.table, f.cols)
	}
	return f, nil
}

// withoutBlank is rows of a table as they are iterated: the blank row, which a condition alone
// could let pass, is none of them.
func (e *evaluator) withoutBlank(src rowsOf) rowsOf {
	for _, r := range e.m.Relationships {
		key, ok := oneEnd(&r, src.base)
		if !ok {
			continue
		}
		var cond dax.Expr = &dax.Unary{Op: "NOT", X: &dax.Call{Func: "ISBLANK", Args: []dax.Expr{&dax.Column{Table: src.base.Name, Name: key}}}}
		if src.where != nil {
			cond = &dax.Binary{Op: "&&", X: src.where, Y: cond}
		}
		src.where = cond
		break
	}
	return src
}

// filterOf is FILTER over ALL or VALUES, as a condition that the store evaluates; nil if it is
// another FILTER.
func (e *evaluator) filterOf(x *dax.Call, b *batch) (*filter, error) {
	in, ok := x.Args[0].(*dax.Call)
	if !ok || len(in.Args) == 0 {
		return nil, nil
	}
	name := strings.ToUpper(in.Func)
	if name != "ALL" && name != "VALUES" && name != "DISTINCT" {
		return nil, nil
	}
	if t, ok := e.modelTable(in.Args[0]); ok && len(in.Args) == 1 {
		if name != "ALL" || len(e.s.Veiled(t)) > 0 || t.Group != nil {
			return nil, nil
		}
		cond, err := e.pushed(x.Args[1], b, t, true)
		if err != nil || cond == nil {
			return nil, err
		}
		return e.leaning(x, rowsOf{base: t, where: cond, b: e.unfiltered(b)}, nil, b)
	}
	var cols []Column
	for _, a := range in.Args {
		ref, ok := a.(*dax.Column)
		if !ok || ref.Table == "" {
			return nil, nil
		}
		c, err := resolve(e.m, ref)
		if err != nil {
			return nil, err
		}
		cols = append(cols, c)
	}
	if name == "DISTINCT" && e.blankable(cols[0].T) {
		return nil, nil // a condition would let the blank row pass
	}
	cond, err := e.pushed(x.Args[1], b, cols[0].T, true)
	if err != nil || cond == nil {
		return nil, err
	}
	for _, c := range e.columnsUsed(cond) {
		if !slices.Contains(cols, c) {
			return nil, nil
		}
	}
	if name == "ALL" {
		return &filter{cols: cols, key: -1, cond: &Condition{Columns: cols, X: cond}}, nil
	}
	return e.leaning(x, rowsOf{base: cols[0].T, where: cond, b: b}, cols, b)
}

// truthFilter is a condition on columns: FILTER(ALL(columns), condition).
func (e *evaluator) truthFilter(a, x dax.Expr, b *batch) (*filter, error) {
	said := x
	bb, list := e.hoist(b, x)
	x = list[0]
	cols := e.columnsUsed(x)
	if len(cols) == 0 {
		if err := e.unknown(said, b); err != nil {
			return nil, err
		}
		return nil, wrong(a, "a filter of CALCULATE that is a condition names at least one column")
	}
	for _, c := range cols {
		if c.T != cols[0].T {
			return nil, wrong(a, "a condition on columns of several tables cannot be a filter of CALCULATE; use FILTER over a table")
		}
	}
	if f, err := e.equals(x, cols, bb); f != nil || err != nil {
		return f, err
	}
	cond, err := e.pushed(x, bb, cols[0].T, true)
	if err != nil {
		return nil, err
	}
	if cond != nil {
		return &filter{cols: cols, key: -1, cond: &Condition{Columns: cols, X: cond}}, nil
	}
	r, err := e.all(a, cols, bb, true)
	if err != nil {
		return nil, err
	}
	if r, err = e.keep(a, r, x, bb); err != nil {
		return nil, err
	}
	return r.asFilter(), nil
}

// equals is the condition column = value for values that differ between environments. Values
// that BLANK equals are left to the general way.
func (e *evaluator) equals(x dax.Expr, cols []Column, b *batch) (*filter, error) {
	bin, ok := x.(*dax.Binary)
	if !ok || len(cols) != 1 || b.n < 2 || (bin.Op != "=" && bin.Op != "==") {
		return nil, nil
	}
	value := bin.Y
	if _, ok := bin.X.(*dax.Column); !ok || len(e.columnsUsed(value)) > 0 {
		return nil, nil
	}
	values, err := e.scalar(value, b)
	if err != nil {
		return nil, err
	}
	f := &filter{cols: cols, key: -1, of: make([]int, b.n)}
	place := map[string]int{}
	for i, v := range values {
		want := cols[0].C.Type
		if v.IsBlank() || (v.Type() != want && !(v.Type().IsNumeric() && want.IsNumeric())) || (v.Type() == dax.String && v.Text() == "") || (v.Type() != dax.String && v.Float() == 0) {
			return nil, nil
		}
		k, ok := place[v.Key()]
		if !ok {
			k = len(f.sets)
			place[v.Key()] = k
			f.sets = append(f.sets, newSet([][]dax.Value{{v}}))
		}
		f.of[i] = k
	}
	return f, nil
}

// unknown is the error of the first table or column in a condition that nothing has.
func (e *evaluator) unknown(x dax.Expr, b *batch) (err error) {
	local := map[string]bool{}
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Block:
			for _, v := range x.Vars {
				local[strings.ToLower(v.Name)] = true
			}
		case *dax.Column:
			_, defined := e.tables[strings.ToLower(x.Table)]
			v, _, _ := b.find(x.Table)
			measure, _ := e.m.Measure(x.Name)
			if x.Table == "" || defined || local[strings.ToLower(x.Table)] || v != nil || measure != nil && e.m.Table(x.Table) != nil {
				break
			}
			if _, err1 := resolve(e.m, x); err == nil {
				err = err1
			}
		}
		return err == nil
	})
	return err
}

// columnsUsed is the columns that a condition takes from a row: those outside of functions that
// read tables.
func (e *evaluator) columnsUsed(x dax.Expr) []Column {
	var list []Column
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Column:
			if t := e.m.Table(x.Table); x.Table != "" && t != nil {
				if c := t.Column(x.Name); c != nil && !slices.Contains(list, Column{t, c}) {
					list = append(list, Column{t, c})
				}
			}
		case *dax.Call:
			f, ok := fn.Lookup(x.Func)
			_, table := tables[strings.ToUpper(x.Func)]
			return !table && (!ok || !f.Special)
		}
		return true
	})
	return list
}
