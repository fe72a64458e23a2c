package eval

import (
	"slices"
	"strings"

	"inlay/dax"
	"inlay/model"
)

// object is a table, column or measure that an argument names.
type object struct {
	table   *model.Table // of a measure that a query defines, nil if the model has no such table
	column  string
	measure string
}

// objectOf is what an argument names; ok is false where it is none of them.
func (e *evaluator) objectOf(x dax.Expr) (o object, ok bool) {
	if t, ok := e.modelTable(x); ok {
		return object{table: t}, true
	}
	ref, ok := x.(*dax.Column)
	if !ok || ref.Loose {
		return o, false
	}
	if ref.Table != "" {
		if c, err := resolve(e.m, ref); err == nil {
			return object{table: c.T, column: c.C.Name}, true
		}
	}
	if home, ok := e.homes[strings.ToLower(ref.Name)]; ok {
		t := e.m.Table(home)
		return object{table: t, measure: e.measures[strings.ToLower(ref.Name)].Name}, t != nil
	}
	if m, t := e.m.Measure(ref.Name); m != nil {
		return object{table: t, measure: m.Name}, true
	}
	return o, false
}

// tableOfReference is TABLEOF(column or measure): the table that it belongs to.
func (e *evaluator) tableOfReference(x dax.Expr) (*model.Table, bool) {
	call, ok := x.(*dax.Call)
	if !ok || !same(call.Func, "TABLEOF") || len(call.Args) != 1 {
		return nil, false
	}
	o, ok := e.objectOf(call.Args[0])
	return o.table, ok
}

// tableOf is TABLEOF where it is no table of the model.
func tableOf(_ *evaluator, x *dax.Call, _ *batch, _ want) (*rowset, error) {
	return nil, wrong(x, "TABLEOF takes a column or a measure of the model")
}

// detailRows is DETAILROWS([measure]): the detail rows expression of the measure, or else that of
// its table, under the filters as they are; without any, the rows of that table
// (detailrows-function-dax.md, "Return value"; sqlbi.com/articles/controlling-drillthrough-using-detail-rows-expressions-in-dax).
func detailRows(e *evaluator, x *dax.Call, b *batch, w want) (*rowset, error) {
	if len(x.Args) != 1 {
		return nil, wrong(x, "DETAILROWS takes one measure")
	}
	o, ok := e.objectOf(x.Args[0])
	if !ok || o.measure == "" {
		return nil, wrong(x.Args[0], "DETAILROWS takes a measure")
	}
	m := e.measure(o.measure)
	f := o.table.DetailRows
	if m.DetailRows != nil {
		f = m.DetailRows
	}
	if f == nil {
		return e.modelRows(x, rowsOf{base: o.table, b: b}, w, false)
	}
	if f.Hidden {
		return nil, wrong(x, "the detail rows of measure [%s] cannot be shown", m.Name)
	}
	if b.hasRow() {
		return nil, unsupported(x, "DETAILROWS for a row, of a measure with a detail rows expression, is not supported; CALCULATETABLE makes a filter of the row")
	}
	for _, s := range e.details {
		if s == f {
			return nil, wrong(x, "the detail rows of measure [%s] refer to themselves", m.Name)
		}
	}
	body, err := e.s.Parse(f.Expression)
	if err != nil {
		return nil, wrong(x, "the detail rows of measure [%s] are not valid DAX: %v", m.Name, err)
	}
	e.details = append(e.details, f)
	defer func() { e.details = e.details[:len(e.details)-1] }()
	r, err := e.table(body, &batch{n: b.n, parent: b, closed: true}, w)
	return r, inMeasure(x, m, false, err)
}

// Components and ways of escaping of NAMEOF.
var (
	components = []string{"TABLE", "COLUMN", "MEASURE", "CALENDAR", "FULL", "SELF", "PARENT"}
	escapings  = []string{"ESCAPED", "UNESCAPED", "MINIMALLYESCAPED"}
)

// nameOf is NAMEOF(object, [component], [escaping]): the name of a table, column or measure.
func nameOf(e *evaluator, x *dax.Call, b *batch) ([]dax.Value, error) {
	if len(x.Args) < 1 || len(x.Args) > 3 {
		return nil, wrong(x, "NAMEOF takes a table, column or measure and, if wanted, a component and how to escape it")
	}
	o, ok := e.objectOf(x.Args[0])
	if !ok {
		return nil, wrong(x, "NAMEOF takes a column, a measure or a table of the model")
	}
	component, err := oneWord(x, 1, "FULL", components)
	if err != nil {
		return nil, err
	}
	escaping, err := oneWord(x, 2, "ESCAPED", escapings)
	if err != nil {
		return nil, err
	}
	table, own, err := o.parts(x, component)
	if err != nil {
		return nil, err
	}
	text, err := escaped(x, table, own, escaping)
	if err != nil {
		return nil, err
	}
	return repeat(dax.TextOf(text), b.n), nil
}

// oneWord is an argument that is one of some words.
func oneWord(x *dax.Call, at int, otherwise string, words []string) (string, error) {
	if at >= len(x.Args) || x.Args[at] == nil {
		return otherwise, nil
	}
	if n, ok := x.Args[at].(*dax.Name); ok && slices.Contains(words, strings.ToUpper(n.Name)) {
		return strings.ToUpper(n.Name), nil
	}
	return "", wrong(x.Args[at], "%s takes one of %s here", strings.ToUpper(x.Func), strings.Join(words, ", "))
}

// parts is what a component of a name has of the table and of the column or measure; nil is
// nothing (nameof-function-dax.md, "Component behavior by input type").
func (o object) parts(x *dax.Call, component string) (table, own *string, err error) {
	t, child := &o.table.Name, (*string)(nil)
	kind := "TABLE"
	switch {
	case o.column != "":
		child, kind = &o.column, "COLUMN"
	case o.measure != "":
		child, kind = &o.measure, "MEASURE"
	}
	switch {
	case component == "TABLE", component == "SELF" && child == nil, component == "PARENT" && child != nil:
		return t, nil, nil
	case component == "FULL":
		return t, child, nil
	case component == kind, component == "SELF":
		return nil, child, nil
	}
	return nil, nil, wrong(x, "%s has no component %s", dax.Print(x.Args[0]), component)
}

// escaped writes a name (nameof-function-dax.md, "Escaped behavior").
func escaped(x *dax.Call, table, own *string, how string) (string, error) {
	text := ""
	if how == "UNESCAPED" && table != nil && own != nil {
		return "", wrong(x, "NAMEOF gives no UNESCAPED name of table and column together: it could be read in several ways")
	}
	if table != nil {
		switch {
		case how == "UNESCAPED" || how == "MINIMALLYESCAPED" && simple(*table):
			text = *table
		case how == "MINIMALLYESCAPED" && strings.Contains(*table, "'"):
			return "", unsupported(x, "NAMEOF with MINIMALLYESCAPED is not supported for a table with ' in its name")
		default:
			text = "'" + strings.ReplaceAll(*table, "'", "''") + "'"
		}
	}
	if own != nil {
		if how == "UNESCAPED" || how == "MINIMALLYESCAPED" && table == nil && simple(*own) {
			return text + *own, nil
		}
		text += "[" + strings.ReplaceAll(*own, "]", "]]") + "]"
	}
	return text, nil
}

// simple reports whether a name has letters, digits and underscores alone.
func simple(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && !('0' <= r && r <= '9') && !('a' <= r && r <= 'z') && !('A' <= r && r <= 'Z')
	})
}

// externalMeasure is EXTERNALMEASURE(name, type, connection) of a model that no other model is
// connected to.
func externalMeasure(e *evaluator, x *dax.Call, _ *batch) ([]dax.Value, error) {
	if len(x.Args) != 3 {
		return nil, wrong(x, "EXTERNALMEASURE takes the name of a measure, its type and a connection")
	}
	name, err := textArg(x, x.Args[2], "the name of a connection")
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(e.m.Expressions, func(m model.Expression) bool { return same(m.Name, name) }) {
		return nil, absent(x)
	}
	return nil, wrong(x, "the model has no connection %q to another model", name)
}
