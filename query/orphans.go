package query

import (
	"strings"

	"inlay/dax"
	"inlay/model"
)

// Mode is how security treats rows that look up nothing in a restricted table: their key is
// blank, or no row has it.
type Mode uint8

// Strict hides such rows. Compat does as Power BI: they belong to the blank row of the table,
// and are visible where a role filter holds for that row, all of whose columns are blank.
const (
	Strict Mode = iota
	Compat
)

// Secure sets how security treats orphan rows. Call it before the first question.
func (e *Engine) Secure(m Mode) { e.mode = m }

// orphans is the condition for a row that looks nothing up over an edge, with the blank row of
// the other table visible under a role; empty if such rows are hidden.
func (c *compiler) orphans(r *model.Role, s *scope, e *edge) (string, error) {
	near, far := e.at(s.base)
	if c.e.mode != Compat || !regular(e, s.base) {
		return "", nil
	}
	blank, err := c.blank(r, far.t, e, map[*model.Table]bool{s.base: true})
	if err != nil || blank == "" {
		return "", err
	}
	return "(" + c.partnerless(s.alias, near, far) + blank + ")", nil
}

// regular reports whether rows of a table without a partner belong to the blank row of the
// other: whether the table is the many side of a relationship, or a side of one-to-one.
func regular(e *edge, t *model.Table) bool { return e.single(t) }

func (c *compiler) partnerless(alias string, near, far column) string {
	o := c.alias()
	return "NOT EXISTS (SELECT 1 FROM " + c.e.d.Quote(far.t.Name) + " AS " + o + " WHERE " + c.key(o, far) + " = " + c.key(alias, near) + ")"
}

// blank is the further condition under which the blank row of a table is visible under a role:
// " AND …", a space if there is none, empty if it is not visible. The filters on the table and on
// those that it looks up have to hold for blanks; where rows of another table carry security to
// it, one that is visible has to look up nothing in it.
func (c *compiler) blank(r *model.Role, t *model.Table, came *edge, on map[*model.Table]bool) (string, error) {
	if on[t] {
		return "", nil
	}
	on[t] = true
	for i := range r.Permissions {
		if p := &r.Permissions[i]; strings.EqualFold(p.Table, t.Name) {
			if yes, err := c.holdsForBlank(r, p, t); err != nil || !yes {
				return "", err
			}
		}
	}
	all := " "
	for _, e := range c.e.g.edges[t] {
		if e == came || !e.secures(t) {
			continue
		}
		near, far := e.at(t)
		if regular(e, t) {
			more, err := c.blank(r, far.t, e, on)
			if err != nil || more == "" {
				return "", err
			}
			all += more
			continue
		}
		o := c.open(far.t, true, nil)
		o.from = c.e.d.Quote(far.t.Name)
		cond, restricted, err := c.under(r, o, e, map[*model.Table]bool{t: true})
		if err != nil {
			return "", err
		}
		if !restricted {
			continue
		}
		if !regular(e, far.t) {
			return "", nil // a limited relationship has no blank row
		}
		o.where = append(o.where, cond, c.partnerless(o.alias, far, near))
		all += " AND EXISTS (SELECT 1" + o.sql() + ")"
	}
	return all, nil
}

// holdsForBlank reports whether a role filter holds for a row of blanks. What is not a constant
// then does not hold.
func (c *compiler) holdsForBlank(r *model.Role, p *model.Permission, t *model.Table) (bool, error) {
	defer func(was bool) { c.raw = was }(c.raw)
	c.raw = true // as in the filter itself
	x, err := c.e.roleExpr(r, p)
	if err != nil || x == nil {
		return err == nil, err
	}
	x = rewrite(x, func(x dax.Expr) dax.Expr {
		none := &dax.Literal{At: dax.At{Start: x.Pos()}}
		switch x := x.(type) {
		case *dax.Column:
			own := x.Table == "" || strings.EqualFold(x.Table, t.Name)
			if own && t.Column(x.Name) != nil {
				return none
			}
		case *dax.Call:
			if strings.EqualFold(x.Func, "RELATED") {
				return none
			}
		}
		return x
	})
	v, ok, err := c.fold(x)
	if err != nil || !ok {
		return false, nil // closed when in doubt
	}
	yes, err := truth(v)
	return yes && err == nil, nil
}
