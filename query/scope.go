package query

import (
	"context"
	"fmt"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
)

// compiler writes the SQL of one statement for one viewer.
type compiler struct {
	e       *Engine
	g       *graph          // of the question's filters; security always follows the model's
	ctx     context.Context // of the question: looking up a constant runs a statement of its own
	v       Viewer
	roles   []*model.Role // nil: every row is visible
	raw     bool          // compiling a role filter
	dry     bool          // nothing is run; a lookup finds BLANK
	policy  bool          // writing a policy for the database: who asks is not known
	told    bool          // the text is for comparing and for people, and is not run
	blurred bool          // a value differs from that of DAX by what conditions and sums do not see, see truthful
	args    []dax.Value
	aliases int
	later   int                  // columns of the query that are not seen, from the last one
	looked  map[string]dax.Value // results of LOOKUPVALUE
}

// bind adds a value and returns its placeholder. Values never become text of a statement.
func (c *compiler) bind(v dax.Value) string {
	if v.IsBlank() {
		return "NULL"
	}
	c.args = append(c.args, v)
	return c.e.d.Placeholder(len(c.args), v.Type())
}

// graph is the relationships that apply: those of the model to security, and those of the
// question, which CALCULATE may have changed, to everything else.
func (c *compiler) graph(raw bool) *graph {
	if raw || c.g == nil {
		return c.e.g
	}
	return c.g
}

func (c *compiler) alias() string {
	c.aliases++
	return fmt.Sprintf("t%d", c.aliases)
}

// scope is the FROM clause of a SELECT: a base table and tables that each of its rows has at
// most one row of, joined when a column of them is first asked for.
type scope struct {
	c       *compiler
	base    *model.Table
	alias   string
	from    string       // the base relation, without alias
	raw     bool         // inside a role filter: tables are read whole, see docs/adr/0005
	except  *edge        // an edge that must not be followed
	over    *model.Table // whose columns an expression may use: the base, or a joined table
	lookups map[*model.Table]path
	joined  map[*model.Table]string
	joins   *strings.Builder
	where   []string
}

// open starts a scope over a table. The caller sets from.
func (c *compiler) open(base *model.Table, raw bool, except *edge) *scope {
	s := &scope{c: c, base: base, over: base, alias: c.alias(), raw: raw, except: except, joins: &strings.Builder{}}
	s.lookups = c.graph(raw).lookups(base, except)
	s.joined = map[*model.Table]string{base: s.alias}
	return s
}

// column is the SQL of a column of the base or of a table that it looks up.
func (s *scope) column(col column) (string, error) {
	if col.c.Expression != "" && !calculated(s.c.e.d) {
		return "", inlay.Errorf(inlay.Unsupported, "column %s is calculated, which is supported for imported data alone", col)
	}
	if col.c.Missing {
		return "", &inlay.Error{Kind: inlay.Unsupported, Msg: fmt.Sprintf("column %s is calculated, and the data hold no values of it", col), Remedy: "refresh the dataset"}
	}
	alias, err := s.join(col.t)
	if err != nil {
		return "", err
	}
	return alias + "." + s.c.e.d.Quote(s.c.e.sqlName(col.c)), nil
}

// on is the same scope for expressions over the rows of a joined table.
func (s *scope) on(t *model.Table) *scope {
	view := *s
	view.over = t
	return &view
}

// join makes a looked-up table available and returns its alias.
func (s *scope) join(t *model.Table) (string, error) {
	if alias, ok := s.joined[t]; ok {
		return alias, nil
	}
	way, ok := s.lookups[t]
	if !ok {
		return "", inlay.Errorf(inlay.Unsupported, "table %q is not related to table %q so that each row has one value", t.Name, s.base.Name)
	}
	if way == nil {
		return "", inlay.Errorf(inlay.Unsupported, "table %q is related to table %q in more than one way", t.Name, s.base.Name)
	}
	here := s.base
	for _, e := range way {
		near, far := e.at(here)
		if _, ok := s.joined[far.t]; !ok {
			relation := s.c.e.d.Quote(far.t.Name)
			if !s.raw {
				var err error
				if relation, err = s.c.visibleRows(far.t, nil); err != nil {
					return "", err
				}
			}
			alias := s.c.alias()
			fmt.Fprintf(s.joins, " LEFT JOIN %s AS %s ON %s = %s", relation, alias, s.c.key(s.joined[near.t], near), s.c.key(alias, far))
			s.joined[far.t] = alias
		}
		here = far.t
	}
	return s.joined[t], nil
}

// key is the column of a relationship, as it is compared: DAX ignores the case of text.
func (c *compiler) key(alias string, col column) string {
	text := alias + "." + c.e.d.Quote(col.c.Name)
	if col.c.Type == dax.String {
		return "lower(" + text + ")"
	}
	return text
}

// sql is the FROM and WHERE part. Call it after everything was compiled in the scope.
func (s *scope) sql() string {
	text := " FROM " + s.from + " AS " + s.alias + s.joins.String()
	if len(s.where) > 0 {
		text += " WHERE " + strings.Join(s.where, " AND ")
	}
	return text
}
