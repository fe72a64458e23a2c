package tmdl

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"inlay/model"
)

// mapper turns trees into a model.
type mapper struct {
	model   *model.Model
	errs    []error
	broken  []error         // roles that name what does not exist
	order   []string        // of tables, by "ref table"
	tables  []*Node         // declarations of tables; several may make one table
	at      map[any]*Node   // where things of the model were defined, for errors and duplicates
	settled bool            // "model" was seen
	columns int             // of all tables
	first   map[named]*Node // where the first of a name was defined

	strictly bool // what is not understood is an error
}

// named is a measure by name, or a column of a table.
type named struct {
	table *model.Table // nil for a measure
	name  string       // in lower case
}

// taken notes who is first with a name, and gives the one that was before; nil if there was
// none. To look the model through for each name would take the square of its size.
func (m *mapper) taken(t *model.Table, n *Node) *Node {
	key := named{t, strings.ToLower(n.Name)}
	before := m.first[key]
	if before == nil {
		m.first[key] = n
	}
	return before
}

// meaning says what becomes of one word below an object. It reports false for a value that it
// does not understand.
type meaning func(n *Node) bool

// ignored is a word that is known and has no meaning for queries.
func ignored(*Node) bool { return true }

// everywhere are words that any object may have and that mean nothing here.
var everywhere = map[string]bool{
	"annotation": true, "changedproperty": true, "extendedproperty": true, "lineagetag": true,
	"sourcelineagetag": true, "description": true,
}

// children gives every child of a node to its meaning; what has none becomes a notice.
func (m *mapper) children(n *Node, owner string, words map[string]meaning) {
	seen := map[string]*Node{}
	for _, c := range n.Children {
		w := strings.ToLower(c.Word)
		m.drop(w)
		if everywhere[w] && words[w] == nil {
			continue
		}
		if c.Form != Object && w != "groupbycolumn" { // the one property of which there may be several
			if first := seen[w]; first != nil {
				m.fail(c, "property '%s' of %s is said twice; the first is on line %d", c.Word, owner, first.Line)
				continue
			}
			seen[w] = c
		}
		if f := words[w]; f == nil || !f(c) {
			m.notice(c, owner)
		}
	}
}

// dropped are words of objects that are not kept.
var dropped = map[string]bool{"annotation": true, "changedproperty": true, "extendedproperty": true, "querygroup": true, "perspective": true,
	"cultureinfo": true, "member": true, "alternateof": true,
	"calendar": true, "datasource": true}

// drop counts an object that is not kept.
func (m *mapper) drop(word string) {
	if !dropped[word] {
		return
	}
	if m.model.Dropped == nil {
		m.model.Dropped = map[string]int{}
	}
	m.model.Dropped[word]++
}

// notice names a node that is not understood.
func (m *mapper) notice(n *Node, owner string) {
	what := "property"
	if n.Form == Object {
		what = "object"
	}
	s := fmt.Sprintf("%s '%s'", what, n.Word)
	if n.Name != "" {
		s = fmt.Sprintf("%s '%s'", n.Word, n.Name)
	}
	if n.Form == Property && n.Value != "" {
		s += ": " + n.Value
	}
	if owner != "" {
		s = owner + ", " + s
	}
	if m.strictly {
		m.fail(n, "%s is not understood; it could be a restriction", s)
		return
	}
	m.model.Notices = append(m.model.Notices, model.Notice{Place: place(n), What: s})
}

// remark adds a notice.
func (m *mapper) remark(n *Node, format string, args ...any) {
	m.model.Notices = append(m.model.Notices, model.Notice{Place: place(n), What: fmt.Sprintf(format, args...)})
}

func place(n *Node) model.Place {
	if n.doc.Columns {
		return model.Place{File: n.doc.File, Line: n.Line, Column: n.Column}
	}
	return model.Place{File: n.doc.File, Line: n.Line}
}

func (m *mapper) fail(n *Node, format string, args ...any) {
	m.errs = append(m.errs, n.errorf(fmt.Sprintf(format, args...)))
}

// document maps the objects that stand at the top of a file. A definition folder may put any
// of them into any file.
func (m *mapper) document(d *Document) {
	for _, n := range d.Nodes {
		m.top(n)
	}
}

func (m *mapper) top(n *Node) {
	w := strings.ToLower(n.Word)
	m.drop(w)
	switch {
	case everywhere[w]:
	case n.Ref:
		if w == "table" {
			m.order = append(m.order, n.Name)
		}
		switch {
		case len(n.Children) == 0:
		case w == "table":
			m.tables = append(m.tables, n)
		default:
			m.fail(n, "a ref of '%s' with properties is not understood; only a table can be declared in parts", n.Word)
		}
	case w == "database" || w == "culture" || w == "cultureinfo" || w == "querygroup" || w == "perspective":
	case w == "createorreplace":
		for _, c := range n.Children {
			m.top(c)
		}
	case w == "createmany" || w == "alter" || w == "delete":
		m.fail(n, "'%s' makes this a TMDL script, not a definition; save the model itself as TMDL", n.Word)
	case w == "model":
		m.root(n)
	case w == "table":
		m.tables = append(m.tables, n)
	case w == "relationship":
		m.relationship(n)
	case w == "role":
		m.role(n)
	case w == "expression":
		m.expression(n)
	case w == "function":
		m.function(n)
	default:
		m.notice(n, "")
	}
}

// declared maps the tables. A table may be declared in parts, each with other children (TMDL
// overview, "Partial declaration"); a part that says something again is an error of the child.
func (m *mapper) declared() {
	var names []string
	parts := map[string]*Node{}
	for _, n := range m.tables {
		key := strings.ToLower(n.Name)
		first := parts[key]
		if first == nil {
			whole := *n
			whole.Children = slices.Clip(n.Children)
			parts[key] = &whole
			names = append(names, key)
			continue
		}
		if first.Ref && !n.Ref {
			first.doc, first.Line, first.Column, first.Ref, first.Name = n.doc, n.Line, n.Column, false, n.Name
		}
		if n.Doc != "" && first.Doc != "" {
			m.fail(n, "table '%s' is described twice; the first is at %s:%d", n.Name, first.doc.File, first.Line)
		}
		first.Doc += n.Doc
		first.Children = append(first.Children, n.Children...)
	}
	for _, key := range names {
		if n := parts[key]; n.Ref {
			m.fail(n, "table '%s' is referred to and never declared", n.Name)
		} else {
			m.table(n)
		}
	}
}

// root maps "model", whose children may also be the objects that usually stand beside it.
func (m *mapper) root(n *Node) {
	if m.settled {
		m.fail(n, "the model is defined twice")
		return
	}
	m.settled = true
	nested := func(c *Node) bool { m.top(c); return true }
	m.children(n, "model", map[string]meaning{
		"culture":                             func(c *Node) bool { m.model.Culture = c.Value; return true },
		"defaultpowerbidatasourceversion":     ignored,
		"discourageimplicitmeasures":          ignored,
		"discouragereportmeasures":            ignored,
		"discouragecompositemodels":           ignored,
		"sourcequeryculture":                  func(c *Node) bool { m.model.SourceCulture = c.Value; return true },
		"dataaccessoptions":                   m.access,
		"defaultmode":                         ignored,
		"disableautoexists":                   ignored,
		"collation":                           nil,
		"maxparallelismperquery":              ignored,
		"maxparallelismperrefresh":            ignored,
		"datasourcedefaultmaxconnections":     ignored,
		"datasourcevariablesoverridebehavior": ignored,
		"valuefilterbehavior":                 ignored,
		"table":                               nested,
		"relationship":                        nested,
		"role":                                nested,
		"expression":                          nested,
		"cultureinfo":                         nested,
		"perspective":                         nested,
		"querygroup":                          nested,
		"function":                            nested,
	})
}

// access maps dataAccessOptions: what becomes of values that do not convert.
func (m *mapper) access(n *Node) bool {
	m.children(n, "dataAccessOptions", map[string]meaning{
		"returnerrorvaluesasnull": m.flag(&m.model.ErrorsAsNull), "legacyredirects": ignored, "fastcombine": ignored,
	})
	return true
}

// expression maps a parameter or shared query.
func (m *mapper) expression(n *Node) {
	if n.Name == "" || !n.HasExpr {
		m.fail(n, "an expression needs a name and a text: expression Name = …")
		return
	}
	e := model.Expression{Name: n.Name, Source: n.Expr, Place: place(n), Text: n.Text}
	if src, meta := splitMeta(n.Expr); strings.EqualFold(meta["IsParameterQuery"], "true") {
		e.Source, e.Parameter, e.Type = src, true, strings.Trim(meta["Type"], `"`)
		e.Required = strings.EqualFold(meta["IsParameterQueryRequired"], "true")
	}
	if m.model.Expression(n.Name) != nil {
		m.fail(n, "expression '%s' is defined twice", n.Name)
		return
	}
	m.children(n, fmt.Sprintf("expression '%s'", n.Name), map[string]meaning{
		"querygroup": ignored, "kind": func(c *Node) bool { return strings.EqualFold(c.Value, "m") },
		"resulttype": ignored, "parametervaluescolumn": nil, "mattributes": ignored,
		"remoteparametername": nil, "expressionsource": nil,
	})
	m.model.Expressions = append(m.model.Expressions, e)
}

// sortTables puts tables into the order of their refs; those without one follow in the order
// of their files.
func (m *mapper) sortTables() {
	rank := map[string]int{}
	for i, name := range m.order {
		if _, ok := rank[strings.ToLower(name)]; !ok {
			rank[strings.ToLower(name)] = i
		}
	}
	of := func(t *model.Table) int {
		if r, ok := rank[strings.ToLower(t.Name)]; ok {
			return r
		}
		return len(m.order)
	}
	sort.SliceStable(m.model.Tables, func(i, j int) bool { return of(m.model.Tables[i]) < of(m.model.Tables[j]) })
}
