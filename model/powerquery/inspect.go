package powerquery

import (
	"errors"
	"slices"
	"strings"

	"inlay"
	"inlay/model"
	"inlay/model/powerquery/syntax"
)

// Inspect reads an expression without evaluating it: every name that its result may need, in the
// expression and in the queries that it uses, is looked for. The errors are what does not parse,
// functions that are not supported, and names that do not exist, each once and in the order in
// which the result needs them. A step that nothing uses is not looked at, as it is not evaluated;
// a step behind a condition is, though an evaluation may never come to it.
func Inspect(queries []model.Expression, table string, part model.Partition) []*Error {
	in := &inspector{queries: map[string]*looked{}}
	for _, q := range queries {
		in.queries[q.Name] = &looked{src: &source{table: table, query: q.Name, text: q.Source}}
	}
	in.text(&source{table: table, query: part.Name, text: part.Source})
	return in.errs
}

// inspector walks what an expression needs.
type inspector struct {
	queries map[string]*looked
	errs    []*Error
	depth   int
}

// looked is a query or a step that is walked when it is first named.
type looked struct {
	done bool
	src  *source
	x    syntax.Expr // of a step
	in   *lexical
}

// lexical is a scope: the steps of a let or record, or the parameters of a function.
type lexical struct {
	parent *lexical
	steps  map[string]*looked
	params []string
	hide   string // the step that does not see itself
	step   string // in which this is
}

func (in *inspector) text(src *source) {
	x, err := src.parse()
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			in.errs = append(in.errs, e)
		}
		return
	}
	in.expr(x, src, &lexical{})
}

func (in *inspector) fail(src *source, env *lexical, x syntax.Expr, kind inlay.Kind, msg string) {
	e := src.errorAt(x.Pos(), kind, "%s", msg)
	for s := env; s != nil && e.Step == ""; s = s.parent {
		e.Step = s.step
	}
	in.errs = append(in.errs, e)
}

// name looks a name up as evaluator.lookup does.
func (in *inspector) name(x *syntax.Name, src *source, env *lexical) {
	hidden := false
	for s := env; s != nil; s = s.parent {
		if s.hide != "" {
			hidden = s.hide == x.Name && !x.Self
			continue
		}
		if slices.Contains(s.params, x.Name) {
			return
		}
		if l, ok := s.steps[x.Name]; ok && !hidden {
			in.look(l)
			return
		}
		hidden = false
	}
	if l, ok := in.queries[x.Name]; ok {
		in.look(l)
		return
	}
	switch _, ok := library[x.Name]; {
	case ok, x.Name == "#shared":
	case isLibraryName(x.Name):
		in.fail(src, env, x, inlay.Unsupported, "the function "+x.Name+" is not supported")
	default:
		in.fail(src, env, x, inlay.Invalid, "the name \""+x.Name+"\" is not known: there is no such step, parameter or query")
	}
}

func (in *inspector) look(l *looked) {
	if l.done {
		return
	}
	l.done = true
	if l.x == nil {
		in.text(l.src)
		return
	}
	in.expr(l.x, l.src, l.in)
}

// bind makes a scope of steps.
func bind(list []syntax.Binding, src *source, env *lexical, named bool) *lexical {
	scope := &lexical{parent: env, steps: make(map[string]*looked, len(list))}
	for _, b := range list {
		own := &lexical{parent: scope, hide: b.Name}
		if named {
			own.step = b.Name
		}
		scope.steps[b.Name] = &looked{src: src, x: b.X, in: own}
	}
	return scope
}

// expr walks an expression, as deep as an evaluation may go.
func (in *inspector) expr(x syntax.Expr, src *source, env *lexical) {
	if in.depth > maxEval {
		return
	}
	in.depth++
	defer func() { in.depth-- }()
	each := func(list ...syntax.Expr) {
		for _, x := range list {
			if x != nil {
				in.expr(x, src, env)
			}
		}
	}
	switch x := x.(type) {
	case *syntax.Name:
		in.name(x, src, env)
	case *syntax.Let:
		in.expr(x.In, src, bind(x.Steps, src, env, true))
	case *syntax.Record:
		for _, l := range sorted(bind(x.Fields, src, env, false), x.Fields) {
			in.look(l)
		}
	case *syntax.List:
		for _, item := range x.Items {
			each(item.From, item.To)
		}
	case *syntax.If:
		each(x.Cond, x.Then, x.Else)
	case *syntax.Func:
		scope := &lexical{parent: env}
		for _, p := range x.Params {
			scope.params = append(scope.params, p.Name)
			each(p.Type)
		}
		in.expr(x.Body, src, scope)
	case *syntax.Call:
		each(x.Func)
		each(x.Args...)
	case *syntax.Field:
		each(x.X)
	case *syntax.Fields:
		each(x.X)
	case *syntax.Index:
		each(x.X, x.Key)
	case *syntax.Unary:
		each(x.X)
	case *syntax.Binary:
		if each(x.X); x.Op != "meta" {
			each(x.Y)
		}
	case *syntax.Try:
		each(x.X, x.Otherwise, x.Catch)
	case *syntax.Raise:
		each(x.X)
	case *syntax.Type:
		each(x.Of, x.Return)
		for _, p := range x.Params {
			each(p.Type)
		}
		for _, f := range x.Fields {
			each(f.Type)
		}
	}
}

// sorted are the fields of a record in their order.
func sorted(scope *lexical, fields []syntax.Binding) []*looked {
	out := make([]*looked, len(fields))
	for i, f := range fields {
		out[i] = scope.steps[f.Name]
	}
	return out
}

// Connector reports whether an error is about a function that reads a source which is not
// supported, such as Odbc.DataSource, and gives the function.
func (e *Error) Connector() (name string, ok bool) {
	name, found := strings.CutPrefix(e.Msg, "the function ")
	name, found2 := strings.CutSuffix(name, " is not supported")
	if !found || !found2 || e.Kind != inlay.Unsupported {
		return "", false
	}
	family, end, _ := strings.Cut(name, ".")
	switch family {
	case "Table", "List", "Record", "Text", "Number", "Date", "DateTime", "DateTimeZone", "Time", "Duration", "Binary", "Splitter", "Combiner", "Replacer",
		"Value", "Type", "Function", "Expression", "Lines", "Uri", "Json", "Xml", "Csv", "Character", "Logical", "Comparer", "Cube", "Diagnostics", "Error":
		return "", false
	}
	for _, word := range []string{"Database", "Databases", "DataSource", "Contents", "Feed", "Tables", "Files", "Catalogs", "Query", "Page", "BrowserContents",
		"Navigation", "Dataflows", "Data", "Views", "Objects", "Cubes", "Accounts", "Reports", "Blobs", "DataLake", "Warehouses", "Lakehouses"} {
		if end == word {
			return name, true
		}
	}
	return "", false
}
