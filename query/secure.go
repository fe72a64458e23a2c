package query

import (
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
	"inlay/query/eval"
)

// secured is the one gate: the relation of a table that holds exactly the rows that the viewer
// may see, as a FROM item. Every read of a table for an answer goes through it. inside holds
// conditions of the question that cannot throw; they are evaluated behind the fence with the
// role filters, so that the engine may use them to read less.
//
//	visible(T) = ⋃ roles ( own filter(T) ∧ for each relationship that carries security into T:
//	                       key IN (keys of visible rows of the other table under that role) )
//
// Rows whose key has no partner in a restricted table are not visible, unless the engine is
// told to show them as Power BI does (orphans; docs/adr/0004).
func (c *compiler) secured(t *model.Table, inside []condition) (string, error) {
	quoted := c.e.d.Quote(t.Name)
	if c.roles == nil && len(inside) == 0 {
		return quoted, nil
	}
	s := c.open(t, true, nil)
	s.from = quoted
	visible, restricted, err := c.visible(s.entire())
	if err != nil {
		return "", err
	}
	if !restricted && len(inside) == 0 {
		return quoted, nil
	}
	if restricted {
		s.where = append(s.where, visible)
	}
	for _, cond := range inside {
		text, _, err := cond(s)
		if err != nil {
			return "", err
		}
		s.where = append(s.where, text)
	}
	body := "SELECT " + s.alias + ".*" + s.sql()
	if restricted {
		body = c.e.d.Fence(body)
	}
	return "(" + body + ")", nil
}

// condition writes a condition in a scope and says whether it is total: whether no row can
// make it fail.
type condition func(*scope) (text string, total bool, err error)

// visible is the union over the viewer's roles; restricted is false if all rows are visible.
func (c *compiler) visible(s *scope) (text string, restricted bool, err error) {
	if c.roles == nil {
		return "", false, nil
	}
	// Role filters follow the model as it is, and use what the viewer cannot name.
	defer func(e *Engine) { c.e = e }(c.e)
	veiled := c.e.whole != nil
	c.e = c.e.entire()
	var parts []string
	bound := len(c.args)
	for _, r := range c.roles {
		cond, restricted, err := c.under(r, s, nil, map[*model.Table]bool{})
		if err != nil {
			return "", false, unnamed(r, veiled, err)
		}
		if !restricted {
			c.args = c.args[:bound]
			return "", false, nil // this role sees all of the table
		}
		parts = append(parts, cond)
	}
	if len(parts) == 1 {
		return parts[0], true, nil
	}
	return "((" + strings.Join(parts, ") OR (") + "))", true, nil
}

// under is the condition for the rows of a scope's table under one role, following security
// along every relationship but the one by which the table was reached.
func (c *compiler) under(r *model.Role, s *scope, came *edge, on map[*model.Table]bool) (string, bool, error) {
	t := s.base
	if on[t] {
		return "", false, denied(RuleRoleBroken, "remove one of the relationships that filter security",
			"security filters of role %q reach table %q in a circle", r.Name, t.Name)
	}
	on[t] = true
	defer delete(on, t)

	var all []string
	for i := range r.Permissions {
		p := &r.Permissions[i]
		if !strings.EqualFold(p.Table, t.Name) {
			continue
		}
		cond, always, err := c.roleFilter(r, p, s)
		if err != nil {
			return "", false, err
		}
		if !always {
			all = append(all, cond)
		}
	}
	for _, e := range c.e.g.edges[t] {
		if e == came || !e.secures(t) {
			continue
		}
		in, restricted, err := c.partners(r, s, e, on)
		if err != nil {
			return "", false, err
		}
		if !restricted {
			continue
		}
		orphans, err := c.orphans(r, s, e)
		if err != nil {
			return "", false, err
		}
		if orphans != "" {
			in = "(" + in + " OR " + orphans + ")"
		}
		all = append(all, in)
	}
	if len(all) == 0 {
		return "", false, nil
	}
	return strings.Join(all, " AND "), true, nil
}

// roleFilter compiles the filter of one permission; always is true if it lets every row pass.
func (c *compiler) roleFilter(r *model.Role, p *model.Permission, s *scope) (cond string, always bool, err error) {
	defer func(was bool) { c.raw = was }(c.raw)
	c.raw = true
	x, err := c.e.roleExpr(r, p)
	if err != nil {
		return "", false, err
	}
	if x == nil {
		return "", true, nil
	}
	if c.policy {
		if err := c.sayable(c.e.rowwise(x, s.base)); err != nil {
			return "", false, roleError(r, p, err)
		}
	}
	if c.v.Username == "" && usesName(c.e.m, x) {
		return "", false, denied(RuleUsername, "ask for a token whose identity has a username",
			"role %q filters table %q by the name of the user and the identity has none", r.Name, p.Table)
	}
	if c.v.ObjectID == "" && usesID(c.e.m, x) {
		return "", false, denied(RuleUsername, "filter by USERPRINCIPALNAME() or CUSTOMDATA(), which an embed token carries",
			"role %q filters table %q by the object id of the user and the identity has none", r.Name, p.Table)
	}
	whole := x
	x = c.e.rowwise(x, s.base)
	if c.policy && usesName(c.e.m, whole) {
		x = withName(x)
	}
	if c.policy && c.whoAlone(x) && c.e.g.shields(s.base) {
		return "", false, roleError(r, p, unsupported(x, "a filter that asks for the user alone, on a table that secures others, cannot be said in a policy of the database"))
	}
	if v, ok, err := c.fold(x); err != nil {
		return "", false, roleError(r, p, err)
	} else if ok && !(c.policy && c.asksWho(x)) { // a policy leaves to the database who asks
		yes, err := truth(v)
		if err != nil {
			return "", false, roleError(r, p, err)
		}
		return "FALSE", yes, nil
	}
	bound := len(c.args)
	cond, total, err := s.condition(x, true)
	if err != nil && inlay.KindOf(err) == inlay.Unsupported && !c.policy {
		c.args = c.args[:bound] // what the text that was not finished asked for
		cond, err = c.listed(s, whole, err)
		total = true
	}
	if err != nil {
		return "", false, roleError(r, p, err)
	}
	if !total {
		if cond = c.e.d.Try(cond); cond == "" {
			return "", false, roleError(r, p, unsupported(s.failing(x), "an expression that can fail on a row"))
		}
	}
	return "(" + cond + ")", false, nil
}

// failing is the part of a condition that can fail on a row.
func (s *scope) failing(x dax.Expr) dax.Expr {
	if b, ok := x.(*dax.Binary); ok && (b.Op == "&&" || b.Op == "||") {
		for _, y := range []dax.Expr{b.X, b.Y} {
			if _, total, err := s.condition(y, true); err == nil && !total {
				return s.failing(y)
			}
		}
	}
	return x
}

// rowwise is a role filter as the source can evaluate it for each row: with variables and functions
// of the model put in place, where that is the same: what changes is evaluated once in a variable,
// and IFERROR does not catch an error of one.
func (e *Engine) rowwise(x dax.Expr, t *model.Table) dax.Expr {
	y := fn.Expander{Function: e.m.Defined, Type: func(x *dax.Column) (dax.Type, bool) { return e.m.TypeIn(t, x) }}.Expand(x)
	changes, left := false, mostPlaced
	dax.Walk(y, func(x dax.Expr) bool {
		if call, ok := x.(*dax.Call); ok {
			f, known := fn.Lookup(call.Func)
			changes = changes || known && f.Volatile || strings.EqualFold(call.Func, "IFERROR") || strings.EqualFold(call.Func, "ISERROR")
		}
		return true
	})
	if changes {
		return x
	}
	if y = fn.Inlined(y, nil, &left); left < 0 {
		return x
	}
	return y
}

// mostPlaced bounds how large a filter grows when variables are put in place.
const mostPlaced = 2000

// listed is a role filter that no SQL says for each row: it is evaluated over the whole table
// beforehand, and becomes the list of those values of its columns for which it holds.
func (c *compiler) listed(s *scope, x dax.Expr, why error) (string, error) {
	if err := eval.Check(c.e.m, x); err != nil {
		return "", err
	}
	if c.dry {
		return "FALSE", nil
	}
	whole := &compiler{e: c.e, ctx: c.ctx, v: c.v, looked: map[string]dax.Value{}} // what it finds is not what the viewer may find
	cols, rows, err := eval.Rows(c.ctx, newStore(whole), s.base, x)
	switch kind := inlay.KindOf(err); {
	case err != nil && kind == inlay.Unsupported:
		return "", err
	case err != nil && kind == inlay.Limit:
		return "", inlay.Errorf(inlay.Unsupported, "%v, and to evaluate it beforehand takes more rows, memory or time than a filter may; compare columns with constants and what the user says, or filter a table with fewer rows, which this one looks up", why)
	case err != nil:
		// The text may hold a value of a row that the viewer may not see.
		return "", inlay.Errorf(inlay.Unsupported, "its evaluation failed; the database does not evaluate it, because of %v", why)
	case len(rows) > mostListed:
		return "", inlay.Errorf(inlay.Unsupported, "%v, and it holds for more than %d combinations of the values that it uses; compare columns with constants and what the user says, or filter a table with fewer values, which this one looks up", why, mostListed)
	}
	if len(cols) == 0 { // the same for all rows
		return map[bool]string{true: "TRUE", false: "FALSE"}[len(rows) > 0], nil
	}
	var own []column
	for _, col := range cols {
		own = append(own, column{col.T, col.C})
	}
	return s.tuples(own, rows, true)
}

// mostListed is how many values a role filter may be turned into. What other filters of the role hide counts, too.
const mostListed = 10_000

// roleError says which role cannot be applied. The filter's text is not shown to a viewer.
func roleError(r *model.Role, p *model.Permission, err error) error {
	if inlay.KindOf(err) == inlay.Forbidden {
		return err
	}
	return denied(RuleRoleBroken, "change the filter, or ask for another role",
		"the filter of role %q on table %q cannot be applied, so no rows are visible: %v", r.Name, p.Table, err)
}
