package lint

import (
	"fmt"
	"slices"
	"strings"

	"inlay/dax"
	"inlay/dax/fn"
	"inlay/model"
)

// security is what one role's filters reach.
type security struct {
	filtered map[*model.Table]*model.Permission // tables with a filter of their own
	hidden   map[*model.Table]bool              // tables that the role hides whole
	reached  map[*model.Table]bool              // tables that are filtered, or that a filter reaches
	keys     map[string][]string                // columns that carry security, by lower-case name: where they stand
}

// reach follows the filters of a role along the relationships, as package query does: from one
// to many always, from many to one where both directions carry security.
func reach(m *model.Model, r *model.Role) *security {
	s := &security{filtered: map[*model.Table]*model.Permission{}, hidden: map[*model.Table]bool{}, reached: map[*model.Table]bool{}, keys: map[string][]string{}}
	for i := range r.Permissions {
		p := &r.Permissions[i]
		t := m.Table(p.Table)
		if t == nil {
			continue
		}
		if strings.EqualFold(p.Metadata, "none") {
			s.hidden[t] = true
		}
		if strings.TrimSpace(p.Filter) == "" {
			continue
		}
		x, err := dax.Parse(p.Filter)
		if err == nil && always(expanded(m, t, x)) == yes {
			continue
		}
		s.filtered[t], s.reached[t] = p, true
		if err == nil {
			known, _ := columns(m, t, x)
			for _, ref := range known {
				if col := t.Column(ref.Column); strings.EqualFold(ref.Table, t.Name) && col.Type != dax.Boolean { // a flag is no key
					s.key(ref)
				}
			}
		}
	}
	for again := true; again; {
		again = false
		for _, rel := range m.Relationships {
			from, to := m.Table(rel.From.Table), m.Table(rel.To.Table)
			if rel.Inactive || from == nil || to == nil {
				continue
			}
			if s.reached[to] && !s.reached[from] || rel.SecurityBoth && s.reached[from] && !s.reached[to] {
				s.reached[from], s.reached[to], again = true, true, true
				s.key(rel.From)
				s.key(rel.To)
			}
		}
	}
	return s
}

func (s *security) key(c model.ColumnRef) {
	name := strings.ToLower(c.Column)
	if !slices.Contains(s.keys[name], c.Table) {
		s.keys[name] = append(s.keys[name], c.Table)
	}
}

// around looks for tables that show what the role means to hide.
func (c *checker) around(r *model.Role, s *security) {
	told := map[*model.Table]bool{}
	for i := range c.m.Relationships {
		rel := &c.m.Relationships[i]
		from, to := c.m.Table(rel.From.Table), c.m.Table(rel.To.Table)
		if from == nil || to == nil {
			continue
		}
		if rel.Both && !rel.SecurityBoth && !rel.Inactive && s.reached[from] && !s.reached[to] && !s.hidden[to] {
			told[to] = true
			c.visible("cross-filter-without-security", rel.Place, r, fmt.Sprintf("between %s and %s filters go in both directions but security does not: all rows of '%s' are visible", rel.From, rel.To, to.Name))
		}
		if rel.Inactive && s.reached[to] && !s.reached[from] && !s.hidden[from] && !told[from] {
			told[from] = true
			c.visible("unprotected-table", rel.Place, r, fmt.Sprintf("the relationship between '%s' and the filtered table '%s' is not active and carries no security: all rows of '%s' are visible", from.Name, to.Name, from.Name))
		}
	}
	for _, t := range c.m.Tables {
		if s.reached[t] || s.hidden[t] || told[t] || !hasRows(t) {
			continue
		}
		for _, col := range t.Columns {
			other := s.keys[strings.ToLower(col.Name)]
			if len(other) == 0 || c.related(t, col, s) {
				continue
			}
			at := col.Place
			if at == (model.Place{}) {
				at = t.Place
			}
			c.visible("unprotected-table", at, r, fmt.Sprintf("table '%s' has the column [%s] by which '%s' is filtered, and no filter reaches it: all its rows are visible",
				t.Name, col.Name, strings.Join(other, "', '")))
			break
		}
	}
}

// related reports whether a column is the one side of an active relationship with a table that
// a filter reaches: a table of attributes beside filtered facts is as it should be.
func (c *checker) related(t *model.Table, col *model.Column, s *security) bool {
	return slices.ContainsFunc(c.m.Relationships, func(rel model.Relationship) bool {
		return !rel.Inactive && strings.EqualFold(rel.To.Table, t.Name) && strings.EqualFold(rel.To.Column, col.Name) && s.reached[c.m.Table(rel.From.Table)]
	})
}

// hidden looks for expressions that use what a role hides.
func (c *checker) hidden(r *model.Role) {
	hides := func(ref model.ColumnRef) string {
		for _, p := range r.Permissions {
			if !strings.EqualFold(p.Table, ref.Table) {
				continue
			}
			if strings.EqualFold(p.Metadata, "none") {
				return "table '" + p.Table + "'"
			}
			for _, col := range p.Columns {
				if strings.EqualFold(col.Column, ref.Column) && strings.EqualFold(col.Metadata, "none") {
					return "column " + ref.String()
				}
			}
		}
		return ""
	}
	use := func(what string, at model.Place, base *model.Table, expression string) {
		x, err := dax.Parse(expression)
		if err != nil {
			return
		}
		for _, one := range c.called(x) {
			if one.where != "" {
				base = nil // names of columns in a function are not those of a row
			}
			for _, ref := range c.named(one, base) {
				if object := hides(ref); object != "" {
					c.report("hidden-in-use", at, "%s uses %s%s, which role '%s' hides", what, object, one.where, r.Name)
					return
				}
			}
		}
	}
	for _, t := range c.m.Tables {
		for _, x := range t.Measures {
			use("measure ["+x.Name+"]", x.Place, nil, x.Expression)
		}
		if t.Group != nil {
			for _, x := range t.Group.Items {
				use("calculation item '"+x.Name+"'", x.Place, nil, x.Expression)
			}
		}
	}
	for _, p := range r.Permissions {
		if t := c.m.Table(p.Table); t != nil && strings.TrimSpace(p.Filter) != "" {
			use("the filter of role '"+r.Name+"' on '"+t.Name+"'", p.Place, t, p.Filter)
		}
	}
}

// text is an expression, or one of a function that it calls, be it through others.
type text struct {
	x      dax.Expr
	where  string          // " in function F"
	params map[string]bool // by lower-case name
}

// called is an expression with the functions of the model that it calls.
func (c *checker) called(x dax.Expr) []text {
	list, seen := []text{{x: x}}, map[*model.Function]bool{}
	for i := 0; i < len(list); i++ {
		dax.Walk(list[i].x, func(x dax.Expr) bool {
			call, ok := x.(*dax.Call)
			if !ok {
				return true
			}
			f := c.m.Function(call.Func)
			if _, known := fn.Lookup(call.Func); known || f == nil || seen[f] {
				return true
			}
			seen[f] = true
			d, err := f.Parse()
			if err != nil {
				return true
			}
			params := map[string]bool{}
			for _, p := range d.Params {
				params[strings.ToLower(p.Name)] = true
			}
			for _, y := range (&dax.Query{Defines: []dax.Define{*d}}).Expressions() {
				list = append(list, text{y, " in function " + f.Name, params})
			}
			return true
		})
	}
	return list
}

// named is the columns and tables that a text names.
func (c *checker) named(one text, base *model.Table) []model.ColumnRef {
	known, _ := columns(c.m, base, one.x)
	dax.Walk(one.x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Table:
			known = append(known, model.ColumnRef{Table: x.Name})
		case *dax.Name:
			if t := c.m.Table(x.Name); t != nil && !one.params[strings.ToLower(x.Name)] {
				known = append(known, model.ColumnRef{Table: t.Name})
			}
		}
		return true
	})
	return known
}
