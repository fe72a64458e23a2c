package tmsl

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"inlay/model"
	"inlay/model/tmdl"
)

// singular is the word of TMDL for the objects of a list.
var singular = map[string]string{
	"tables": "table", "columns": "column", "measures": "measure", "hierarchies": "hierarchy", "levels": "level",
	"partitions": "partition", "relationships": "relationship", "roles": "role", "members": "member",
	"tablePermissions": "tablePermission", "columnPermissions": "columnPermission", "expressions": "expression",
	"annotations": "annotation", "extendedProperties": "extendedProperty", "changedProperties": "changedProperty",
	"cultures": "cultureInfo", "perspectives": "perspective", "queryGroups": "queryGroup", "dataSources": "dataSource",
	"calculationItems": "calculationItem", "variations": "variation", "functions": "function", "calendars": "calendar",
	"groupByColumns": "groupByColumn",
}

// opaque objects are kept as text and mean nothing to queries; some are larger than the model.
var opaque = map[string]bool{"cultureInfo": true, "perspective": true, "annotation": true, "changedProperty": true, "queryGroup": true}

// expressed objects have their expression after the equals sign in TMDL.
var expressed = map[string]string{
	"measure": "expression", "column": "expression", "calculationItem": "expression", "expression": "expression",
	"tablePermission": "filterExpression", "formatStringDefinition": "expression", "function": "expression",
	"detailRowsDefinition": "expression", "defaultDetailRowsDefinition": "expression",
	"noSelectionExpression": "expression", "multipleOrEmptySelectionExpression": "expression",
}

// names are properties whose value is the name of an object, which TMDL may quote.
var names = map[string]bool{"sortByColumn": true, "column": true, "relationship": true, "groupingColumn": true}

// builder makes the tree of TMDL.
type builder struct {
	from *Document
	to   *tmdl.Document
}

// node makes a node at the place of a value.
func (b *builder) node(form tmdl.Form, word string, at int) *tmdl.Node {
	line, column := b.from.line(at)
	return b.to.NewNode(form, word, line, column)
}

// object makes an object with its properties and children.
func (b *builder) object(word string, n *node) *tmdl.Node {
	at := n.keyFrom
	if name := n.child("name"); name != nil {
		at = name.keyFrom
	}
	o := b.node(tmdl.Object, word, at)
	o.Name = lines(n.child("name"))
	if word == "member" && o.Name == "" {
		o.Name = lines(n.child("memberName"))
	}
	o.Doc = lines(n.child("description"))
	if x := n.child(expressed[word]); x != nil {
		o.Expr, o.HasExpr = lines(x), true
		o.Text = b.where(x)
	}
	if word == "partition" {
		o.Expr, o.HasExpr = sourceKind(n.child("source")), true
	}
	if opaque[word] {
		return o
	}
	for _, c := range n.children {
		if c.key != "name" && c.key != "description" && c.key != expressed[word] {
			o.Children = append(o.Children, b.member(word, n, c)...)
		}
	}
	return o
}

// member makes what one member of an object is in TMDL.
func (b *builder) member(word string, in, c *node) []*tmdl.Node {
	switch {
	case word == "relationship" && (c.key == "fromTable" || c.key == "toTable"):
		return nil // said with the column
	case word == "relationship" && (c.key == "fromColumn" || c.key == "toColumn"):
		table := lines(in.child(strings.Replace(c.key, "Column", "Table", 1)))
		return []*tmdl.Node{b.property(c.key, quote(table)+"."+quote(c.text), c)}
	case (word == "column" || word == "relationship" || word == "extendedProperty") && c.key == "type":
		return nil // follows from the other members
	case word == "partition" && c.key == "source":
		return b.source(c)
	case c.key == "defaultHierarchy" || c.key == "defaultColumn":
		name := c.child("hierarchy")
		if name == nil {
			name = c.child("column")
		}
		return []*tmdl.Node{b.property(c.key, quote(lines(c.child("table")))+"."+quote(lines(name)), c)}
	}
	return b.value(c)
}

// value makes a property, an object, or an object for each in a list.
func (b *builder) value(c *node) []*tmdl.Node {
	switch {
	case c.kind == object:
		return []*tmdl.Node{b.object(c.key, c)}
	case c.kind == array && slices.ContainsFunc(c.children, func(x *node) bool { return x.kind == object }):
		return b.list(c)
	case c.kind == array && len(c.children) == 0:
		return nil
	case c.kind == scalar && c.text == "null":
		return nil
	case names[c.key] && c.kind == word:
		return []*tmdl.Node{b.property(c.key, quote(c.text), c)}
	}
	return []*tmdl.Node{b.property(c.key, lines(c), c)}
}

// list makes an object for each element.
func (b *builder) list(c *node) []*tmdl.Node {
	name := c.key
	if s, ok := singular[c.key]; ok {
		name = s
	}
	items := slices.Clone(c.children)
	if name == "level" {
		slices.SortStableFunc(items, func(x, y *node) int { return cmp.Compare(ordinal(x), ordinal(y)) })
	}
	var out []*tmdl.Node
	for _, x := range items {
		switch {
		case name == "column" && lines(x.child("type")) == "rowNumber": // of the engine's own
		case name == "groupByColumn":
			out = append(out, b.property(name, quote(lines(x.child("groupingColumn"))), x))
		case name == "extendedProperty":
			out = append(out, b.extended(x))
		default:
			out = append(out, b.object(name, x))
		}
	}
	return out
}

func ordinal(n *node) int {
	i, _ := strconv.Atoi(lines(n.child("ordinal"))) // one without stands first, as 0 does
	return i
}

// extended makes an extended property, whose value may be JSON.
func (b *builder) extended(n *node) *tmdl.Node {
	o := b.node(tmdl.Object, "extendedProperty", n.from)
	o.Name, o.HasExpr = lines(n.child("name")), true
	if v := n.child("value"); v != nil && v.kind == object {
		o.Expr = b.from.text[v.from:v.to]
	} else {
		o.Expr = lines(v)
	}
	return o
}

// sourceKind is the kind of a partition, which TMDL has after the equals sign.
func sourceKind(source *node) string {
	switch {
	case source.child("type") != nil:
		return source.child("type").text
	case source.child("query") != nil:
		return "query" // the default (TMSL reference, "Partitions object")
	}
	return "m"
}

// source makes what a partition is filled from.
func (b *builder) source(c *node) []*tmdl.Node {
	for _, key := range []string{"expression", "query"} {
		if x := c.child(key); x != nil {
			s := b.node(tmdl.Property, "source", x.keyFrom)
			s.Expr, s.HasExpr = lines(x), true
			s.Text = b.where(x)
			return []*tmdl.Node{s}
		}
	}
	if len(c.children) == 0 || len(c.children) == 1 && c.child("type") != nil {
		return nil // a calculation group has no source
	}
	return []*tmdl.Node{b.object("source", c)}
}

func (b *builder) property(word, value string, at *node) *tmdl.Node {
	p := b.node(tmdl.Property, word, at.keyFrom)
	p.Value = value
	if strings.HasSuffix(word, "xpression") {
		p.Text = b.where(at)
	}
	return p
}

// where is where the text of a value stands. A list has its lines on lines of their own, as a rule;
// what is escaped shifts the columns.
func (b *builder) where(n *node) model.Text {
	line, column := b.from.line(n.from)
	value := b.from.text[n.from:n.to]
	if n.kind == word && !strings.Contains(value, `\`) {
		return model.Text{Line: line, First: column} // behind the quotation mark
	}
	return model.Text{Line: line, First: column - 1, JSON: strings.Clone(value)} // the file is not kept for it
}

// lines is the text of a value; a list is text in several lines.
func lines(n *node) string {
	if n == nil {
		return ""
	}
	if n.kind != array {
		return n.text
	}
	out := make([]string, len(n.children))
	for i, c := range n.children {
		out[i] = c.text
	}
	return strings.Join(out, "\n")
}

// quote writes a name as TMDL may.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
