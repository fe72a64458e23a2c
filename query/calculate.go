package query

import (
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// calculate plans CALCULATE(expression, filter, …). Filters are taken in the context outside;
// removals come first, then each filter replaces those on its columns unless KEEPFILTERS says
// otherwise. The security layer is not in the context and cannot be touched.
func (p *plan) calculate(x *dax.Call, f frame) (dax.Expr, error) {
	if len(x.Args) == 0 || x.Args[0] == nil {
		return nil, unsupported(x, "CALCULATE takes an expression")
	}
	ctx := f.ctx
	var added []filter
	for _, arg := range x.Args[1:] {
		if arg == nil {
			return nil, unsupported(x, "CALCULATE with an omitted filter")
		}
		removed, err := p.removal(arg)
		if err != nil {
			return nil, err
		}
		if removed == nil {
			continue
		}
		if ctx, err = ctx.without(removed); err != nil {
			return nil, err
		}
	}
	for _, arg := range x.Args[1:] {
		if removed, err := p.removal(arg); err != nil || removed != nil {
			continue
		}
		keep := false
		if call, ok := arg.(*dax.Call); ok && strings.EqualFold(call.Func, "KEEPFILTERS") && len(call.Args) == 1 {
			keep, arg = true, call.Args[0]
		}
		one, keeps, err := p.restriction(arg, f)
		if err != nil {
			return nil, err
		}
		if keeps && len(x.Args) > 2 {
			// What VALUES has is seen outside, where no other argument has its effect.
			return nil, unsupported(arg, "FILTER over %s beside other filters of CALCULATE is not supported yet", describe(arg))
		}
		if added = append(added, one); keep || keeps {
			continue
		}
		ctx, err = ctx.without(func(c column) bool {
			for _, mine := range one.columns {
				if c == mine {
					return true
				}
			}
			return false
		})
		if err != nil {
			return nil, err
		}
	}
	f.ctx = ctx.with(added...)
	return p.above(x.Args[0], f)
}

// removal is what a filter argument takes away: nil if the argument is no removal.
func (p *plan) removal(arg dax.Expr) (func(column) bool, error) {
	call, ok := arg.(*dax.Call)
	if !ok {
		return nil, nil
	}
	name := strings.ToUpper(call.Func)
	if name != "REMOVEFILTERS" && name != "ALL" && name != "ALLEXCEPT" {
		return nil, nil
	}
	if len(call.Args) == 0 && name != "ALLEXCEPT" {
		return func(column) bool { return true }, nil
	}
	if len(call.Args) == 0 {
		return nil, unsupported(call, "ALLEXCEPT takes a table and columns")
	}
	if t, ok := p.c.e.table(call.Args[0]); ok {
		if name != "ALLEXCEPT" && len(call.Args) > 1 {
			return nil, unsupported(call, "%s takes a table alone, or columns", name)
		}
		kept, err := p.columns(call.Args[1:])
		if err != nil {
			return nil, err
		}
		// A table stands for its expanded table: with every table that its rows look up.
		expanded := p.c.e.g.lookups(t, nil)
		return func(c column) bool {
			_, in := expanded[c.t]
			return in && !kept[c]
		}, nil
	}
	if name == "ALLEXCEPT" {
		return nil, unsupported(call, "ALLEXCEPT takes a table and columns")
	}
	gone, err := p.columns(call.Args)
	return func(c column) bool { return gone[c] }, err
}

func (p *plan) columns(args []dax.Expr) (map[column]bool, error) {
	set := map[column]bool{}
	for _, a := range args {
		c, err := p.c.e.columnArg(a)
		if err != nil {
			return nil, err
		}
		set[c] = true
	}
	return set, nil
}

// restriction is a filter argument that adds a condition: a comparison of columns of one table
// with constants, or FILTER over ALL or VALUES of one column; keeps is true for VALUES, which
// is already filtered by what stands.
func (p *plan) restriction(arg dax.Expr, f frame) (one filter, keeps bool, err error) {
	cond := arg
	var only *column
	if call, ok := arg.(*dax.Call); ok && strings.EqualFold(call.Func, "FILTER") && len(call.Args) == 2 {
		inner, ok := call.Args[0].(*dax.Call)
		if !ok || len(inner.Args) != 1 {
			return filter{}, false, unsupported(arg, "FILTER over %s as a filter of CALCULATE is not supported yet", describe(call.Args[0]))
		}
		switch strings.ToUpper(inner.Func) {
		case "ALL":
		case "VALUES", "DISTINCT":
			keeps = true
		default:
			return filter{}, false, unsupported(arg, "FILTER over %s as a filter of CALCULATE is not supported yet", describe(inner))
		}
		col, err := p.c.e.columnArg(inner.Args[0])
		if err != nil {
			return filter{}, false, err
		}
		only, cond = &col, call.Args[1]
	}
	if call, ok := cond.(*dax.Call); ok {
		if known, ok := fn.Lookup(call.Func); !ok || known.Special {
			return filter{}, false, unsupported(arg, "%s as a filter of CALCULATE is not supported yet", describe(call))
		}
	}
	cond = p.constants(cond, f)
	cols, err := p.used(cond)
	if err != nil {
		return filter{}, false, err
	}
	if only != nil && (len(cols) != 1 || cols[0] != *only) {
		return filter{}, false, unsupported(arg, "a FILTER over one column whose condition uses other columns is not supported yet")
	}
	if len(cols) == 0 {
		return filter{}, false, unsupported(arg, "%s is not supported as a filter of CALCULATE yet", describe(arg))
	}
	t := cols[0].t
	for _, c := range cols {
		if c.t != t {
			return filter{}, false, unsupported(arg, "a filter that compares columns of several tables is not supported yet")
		}
	}
	one = filter{columns: cols, key: dax.Print(cond), cond: func(s *scope) (string, bool, error) {
		if _, err := s.join(t); err != nil {
			return "", false, err
		}
		return s.on(t).condition(cond, true)
	}}
	return one, keeps, p.try(one, t)
}

// try compiles a filter once, so that what cannot run is known before anything runs.
func (p *plan) try(one filter, t *model.Table) error {
	dry := &compiler{e: p.c.e, ctx: p.c.ctx, v: p.c.v, looked: p.c.looked, dry: true}
	_, _, err := one.cond(dry.open(t, false, nil))
	return err
}

// used lists the columns that a condition uses, each once.
func (p *plan) used(x dax.Expr) ([]column, error) {
	var list []column
	var failed error
	seen := map[column]bool{}
	dax.Walk(x, func(x dax.Expr) bool {
		ref, ok := x.(*dax.Column)
		if !ok || failed != nil {
			return failed == nil
		}
		if ref.Table == "" {
			failed = unsupported(ref, "[%s] in a filter of CALCULATE is not supported yet: only columns with their table", ref.Name)
			return false
		}
		c, err := p.c.e.column(ref)
		if err != nil {
			failed = err
		} else if !seen[c] {
			seen[c] = true
			list = append(list, c)
		}
		return true
	})
	return list, failed
}
