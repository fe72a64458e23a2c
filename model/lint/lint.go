// Package lint finds what is likely wrong in the roles of a model: filters that let more rows
// pass than their author thinks, and tables that no filter reaches; and expressions that are
// mistakes whatever the data are.
//
//	model.Model ──Check──► []Finding     what to look at, with the place and the remedy
//	            ──Roles──► []Role        what each role filters, reaches and leaves open
//
// It reads no rows and decides nothing: what a viewer sees is decided by package query alone.
// A finding is a question to the author; a model without findings may still be wrong.
package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// Level is how grave a finding is; the words are those of SARIF.
type Level string

// Levels.
const (
	Error   Level = "error"   // shows rows that the role means to hide, or cannot work
	Warning Level = "warning" // may show them
	Note    Level = "note"
)

// Rule is a kind of finding.
type Rule struct {
	ID    string
	Level Level
	Short string // what is found, in one line
	Help  string // why it matters, and what to do
}

// Rules of this package, in the order of the documents.
var Rules = []Rule{
	{"invalid-filter", Error, "A filter that is not valid DAX", "No rows are visible to the role, because a filter that cannot be understood hides everything. Correct the filter."},
	{"unknown-name", Error, "A role names a table or column that does not exist", "A filter with such a name hides every row; a permission for one keeps the project from being imported. Names change when a column is renamed: correct the role."},
	{"role-without-filter", Warning, "A role without a filter", "Whoever has the role sees every row of the model. Give it a filter, or let its name say that it sees everything."},
	{"open-without-custom-data", Error, "A filter that is true for everybody without custom data", "CUSTOMDATA() is BLANK for an identity without custom data. Begin the filter with NOT ISBLANK(CUSTOMDATA()) &&."},
	{"blank-custom-data", Warning, "A filter that blank rows and missing custom data satisfy", "BLANK equals BLANK and the empty text: an identity without custom data sees the rows whose column is blank. Begin the filter with NOT ISBLANK(CUSTOMDATA()) &&."},
	{"blank-lookup", Warning, "A filter that blank rows and an unknown user satisfy", "LOOKUPVALUE is BLANK for a user who is not in the table, and BLANK equals BLANK: such a user sees the rows whose column is blank. Exclude BLANK in the filter."},
	{"always-true", Warning, "A filter that is always true", "The filter hides nothing. Remove it, or write the condition that was meant."},
	{"always-false", Warning, "A filter that is always false", "The role sees no row of the table, nor of those that the table filters."},
	{"roles-beside-both-ways", Warning, "Several roles beside a security filter in both directions", "Roles of an identity cannot be combined in a model with such a relationship: a token with two of them is refused. Give identities one role, or filter security in one direction."},
	{"cross-filter-without-security", Warning, "A filter in both directions that does not carry security", "Filters cross the relationship in both directions, security in one: the table on the other end shows all its rows. Set securityFilteringBehavior: bothDirections, or filter the table by a role of its own."},
	{"unprotected-table", Warning, "A table with the key of a filtered one, which no filter of the role reaches", "Whoever has the role sees all rows of this table. Relate it to the filtered table with an active relationship, or give it a filter."},
	{"invalid-expression", Error, "An expression that Power BI refuses, too", "A visual that uses it fails, here and there; a filter of a role with it hides every row. Correct the expression."},
	{"hidden-in-use", Warning, "A column or table that a role hides and an expression uses", "What uses a hidden object fails for the role, as if it did not exist. Hide what depends on it, too, or write it without."},
}

// Finding is something to look at.
type Finding struct {
	Rule    string
	Level   Level
	Place   model.Place
	Of      model.Place // of the object whose expression is at fault; zero if it is none
	Message string
}

// Role is what a role does, for a reader.
type Role struct {
	Name    string
	Place   model.Place
	Filters []Filter
	Hidden  []string // tables and columns that the role hides (object-level security)
	Reaches []string // tables without a filter of their own that a filter reaches
	Open    []string // tables with data of which the role sees every row
}

// Filter is the filter of a role on a table.
type Filter struct {
	Table string
	DAX   string
	Place model.Place
}

// checker looks at one model.
type checker struct {
	m     *model.Model
	out   []Finding
	roles map[int][]string // roles to whom a finding applies alike, by its index
}

// Check finds what to look at, in the order of the files.
func Check(m *model.Model) []Finding {
	c := &checker{m: m, roles: map[int][]string{}}
	for i := range m.Roles {
		c.role(&m.Roles[i])
	}
	for i, roles := range c.roles {
		c.out[i].Message += " to role " + roles[0]
		if len(roles) > 1 {
			c.out[i].Message = strings.TrimSuffix(c.out[i].Message, "role "+roles[0]) + "roles " + strings.Join(roles, ", ")
		}
	}
	c.several()
	for _, f := range append(formulas(m), filters(m, c.out)...) {
		c.formula(f)
	}
	for i := range m.Functions {
		c.function(&m.Functions[i])
	}
	slices.SortStableFunc(c.out, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Place.File, b.Place.File), cmp.Compare(a.Place.Line, b.Place.Line))
	})
	return c.out
}

// Roles says what each role does.
func Roles(m *model.Model) []Role {
	var out []Role
	for i := range m.Roles {
		r := &m.Roles[i]
		x := Role{Name: r.Name, Place: r.Place}
		s := reach(m, r)
		for _, p := range r.Permissions {
			if strings.TrimSpace(p.Filter) != "" {
				x.Filters = append(x.Filters, Filter{p.Table, p.Filter, p.Place})
			}
			if strings.EqualFold(p.Metadata, "none") {
				x.Hidden = append(x.Hidden, "'"+p.Table+"'")
			}
			for _, col := range p.Columns {
				if strings.EqualFold(col.Metadata, "none") {
					x.Hidden = append(x.Hidden, model.ColumnRef{Table: p.Table, Column: col.Column}.String())
				}
			}
		}
		for _, t := range m.Tables {
			switch {
			case s.filtered[t] != nil || s.hidden[t]:
			case s.reached[t]:
				x.Reaches = append(x.Reaches, t.Name)
			case hasRows(t):
				x.Open = append(x.Open, t.Name)
			}
		}
		out = append(out, x)
	}
	return out
}

// hasRows reports whether a table holds data of its own: not a calculation group, a field
// parameter, a generated date table, or a shelf for measures.
func hasRows(t *model.Table) bool {
	if t.Calculation || t.Parameter != nil || t.AutoDate {
		return false
	}
	return slices.ContainsFunc(t.Columns, func(c *model.Column) bool { return !c.Hidden || len(t.Measures) == 0 })
}

// report adds a finding.
func (c *checker) report(rule string, at model.Place, format string, args ...any) {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == rule })
	c.out = append(c.out, Finding{Rule: rule, Level: Rules[i].Level, Place: at, Message: fmt.Sprintf(format, args...)})
}

// visible adds a finding about rows that a role sees; several roles of which it holds are one
// finding.
func (c *checker) visible(rule string, at model.Place, r *model.Role, message string) {
	i := slices.IndexFunc(c.out, func(f Finding) bool { return f.Rule == rule && f.Place == at && f.Message == message })
	if i < 0 {
		i = len(c.out)
		c.report(rule, at, "%s", message)
	}
	c.roles[i] = append(c.roles[i], "'"+r.Name+"'")
}

// role looks at one role.
func (c *checker) role(r *model.Role) {
	s := reach(c.m, r)
	for i := range r.Permissions {
		c.permission(r, &r.Permissions[i])
	}
	if len(s.filtered) == 0 {
		if len(s.hidden) == 0 && !slices.ContainsFunc(r.Permissions, func(p model.Permission) bool { return strings.TrimSpace(p.Filter) != "" }) {
			c.report("role-without-filter", r.Place, "role '%s' has no filter: whoever has it sees every row", r.Name)
		}
	} else {
		c.around(r, s)
	}
	c.hidden(r)
}

// several looks at roles that identities may combine.
func (c *checker) several() {
	if len(c.m.Roles) < 2 {
		return
	}
	var names []string
	for _, r := range c.m.Roles {
		names = append(names, "'"+r.Name+"'")
	}
	for _, rel := range c.m.Relationships {
		if rel.SecurityBoth && !rel.Inactive {
			c.report("roles-beside-both-ways", rel.Place, "security is filtered in both directions between %s and %s, so no identity can have two of the roles %s",
				rel.From, rel.To, strings.Join(names, ", "))
		}
	}
}

// columns are the columns that an expression on a table names; unknown gets those that do not
// exist, as they are written.
func columns(m *model.Model, base *model.Table, x dax.Expr) (known []model.ColumnRef, unknown []string) {
	defined, whole := map[string]bool{}, x
	dax.Walk(x, func(x dax.Expr) bool {
		switch x := x.(type) {
		case *dax.Block:
			for _, v := range x.Vars {
				defined[strings.ToLower(v.Name)] = true
			}
		case *dax.Table:
			if m.Table(x.Name) == nil {
				unknown = append(unknown, "table '"+x.Name+"'")
			}
		case *dax.Column:
			t := base
			if x.Table != "" {
				t = m.Table(x.Table)
			}
			if t == nil {
				if x.Table != "" && !defined[strings.ToLower(x.Table)] {
					unknown = append(unknown, "table '"+x.Table+"'")
				}
				return true
			}
			col := t.Column(x.Name)
			if col == nil && x.Table == "" { // inside of FILTER and its like, the row is one of another table
				t, col = mentioned(m, whole, x.Name, t)
			}
			if col != nil {
				known = append(known, model.ColumnRef{Table: t.Name, Column: col.Name})
			} else if measure, _ := m.Measure(x.Name); measure == nil {
				unknown = append(unknown, "column "+model.ColumnRef{Table: t.Name, Column: x.Name}.String())
			}
		}
		return true
	})
	return known, unknown
}

// mentioned finds a column by name in the tables that an expression names.
func mentioned(m *model.Model, x dax.Expr, name string, or *model.Table) (*model.Table, *model.Column) {
	found, column := or, (*model.Column)(nil)
	dax.Walk(x, func(x dax.Expr) bool {
		var t *model.Table
		switch x := x.(type) {
		case *dax.Table:
			t = m.Table(x.Name)
		case *dax.Name:
			t = m.Table(x.Name)
		case *dax.Column:
			t = m.Table(x.Table)
		}
		if t != nil && column == nil && t.Column(name) != nil {
			found, column = t, t.Column(name)
		}
		return column == nil
	})
	return found, column
}
