package query

import (
	"inlay"
	"inlay/dax"
)

// constantLookup reports whether a LOOKUPVALUE searches for values that depend on no row.
func (c *compiler) constantLookup(x *dax.Call) bool {
	if len(x.Args) < 3 {
		return false
	}
	for i, a := range x.Args {
		if i == 0 || (i%2 == 1 && i < len(x.Args)-1) {
			continue // columns
		}
		if a == nil {
			return false
		}
		if _, ok, err := c.fold(a); err != nil || !ok {
			return false
		}
	}
	return true
}

// lookup answers LOOKUPVALUE(result, search, value, …, [alternate]). Inside a role filter it
// reads the table whole (docs/adr/0005), elsewhere what the viewer may see. Filters of the
// question do not apply to it. Several different results without an alternate are an error,
// as they are in DAX: the first one would be a guess.
func (c *compiler) lookup(x *dax.Call) (dax.Value, error) {
	key := dax.Print(x)
	if c.raw { // what a role filter finds is not what the viewer may find
		key = "\x00" + key
	}
	if v, ok := c.looked[key]; ok {
		return v, nil
	}
	result, err := c.e.columnArg(x.Args[0])
	if err != nil {
		return dax.Value{}, err
	}
	if c.dry {
		return dax.Value{}, nil
	}
	sub := &compiler{e: c.e, ctx: c.ctx, v: c.v, roles: c.roles, raw: c.raw, looked: c.looked}
	s := sub.open(result.t, c.raw, nil)
	if s.from = c.e.d.Quote(result.t.Name); !c.raw {
		if s.from, err = sub.secured(result.t, nil); err != nil {
			return dax.Value{}, err
		}
	}
	args, alternate := x.Args[1:], dax.Expr(nil)
	if len(args)%2 == 1 {
		args, alternate = args[:len(args)-1], args[len(args)-1]
	}
	for i := 0; i < len(args); i += 2 {
		search, err := c.e.columnArg(args[i])
		if err != nil {
			return dax.Value{}, err
		}
		if search.t != result.t {
			return dax.Value{}, unsupported(args[i], "LOOKUPVALUE that searches another table than that of its result is not supported yet")
		}
		e, err := s.compare(&dax.Binary{At: x.At, Op: "==", X: args[i], Y: args[i+1]}, true)
		if err != nil {
			return dax.Value{}, err
		}
		s.where = append(s.where, e.sql)
	}
	text, err := s.column(result)
	if err != nil {
		return dax.Value{}, err
	}
	rows, err := c.run(Statement{sql: "SELECT DISTINCT " + text + s.sql() + " LIMIT 2", args: sub.args, types: []dax.Type{result.c.Type}})
	if err != nil {
		return dax.Value{}, err
	}
	v := dax.Value{}
	switch {
	case len(rows) == 1:
		v = rows[0][0]
	case alternate != nil:
		if v, _, err = c.fold(alternate); err != nil {
			return dax.Value{}, err
		}
	case len(rows) > 1:
		return dax.Value{}, inlay.Errorf(inlay.Invalid, "LOOKUPVALUE found several different values of %s where one was expected", result)
	}
	c.looked[key] = v
	return v, nil
}
