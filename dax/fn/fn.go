// Package fn holds the functions of DAX as data: signature, documentation, examples that run
// as tests, evaluation on values, and SQL where the same can be said in SQL. It also holds
// the interpreter of scalar expressions.
//
// One file per family, one literal per function. What a function does to data of a model is
// not here: Special functions have a signature and documentation, and query evaluates them.
//
//	dax.Expr ──Eval(e, env)──► value        env supplies what stands at the leaves
package fn

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"inlay/dax"
)

// Func describes a function.
type Func struct {
	Name     string
	Family   string // heading in the documents
	Params   []Param
	Returns  dax.Type
	Doc      string // one sentence
	Examples []Example

	// Eval computes the function on values that have been converted to the types of the
	// parameters; BLANK stays BLANK. It is nil if the function is Lazy or Special. Use Call.
	Eval func(args []dax.Value) (dax.Value, error)

	// SQL is the same function as an expression of DuckDB and of PostgreSQL, with {1}, {2} … for
	// arguments of the parameters' types, NULL for BLANK. It is empty where there is none. It
	// holds for calls with exactly as many arguments as it has placeholders. Use Translate.
	SQL string
	// Total says that SQL throws on no value of the parameters' types, in neither engine.
	Total bool

	Lazy    bool // evaluates only the arguments that it needs; Eval of this package does it
	Special bool // needs the model, data or the viewer's identity; query does it
	// Volatile says that two calls with the same arguments can differ.
	Volatile bool
	Visual   bool // belongs to visual calculations; an error in queries and measures
}

// Param describes a parameter. Variant takes any value; Rows a table or a column.
type Param struct {
	Name     string
	Type     dax.Type
	Optional bool
	Repeat   bool // this one, and those behind it, may occur again
	Const    bool // SQL holds only if the argument is written as a whole number from 1 to 32767
}

// Example is a call and its result, both as expressions. Result "error" stands for any error.
type Example struct{ Expr, Result string }

// family is functions of one kind.
type family struct {
	title string
	lists [][]Func
}

// families are the lists of all files of the package, in the order of the documents.
var families = []family{
	{"Logic", [][]Func{logic, comparing}},
	{"Information", [][]Func{information}},
	{"Text", [][]Func{text, search, formatting, conversion}},
	{"Mathematics", [][]Func{mathematics, trigonometry, counting, bits}},
	{"Dates and times", [][]Func{dates, clock, working}},
	{"Finance", [][]Func{annuity, depreciation, coupons, securities, bonds}},
	{"Statistics", [][]Func{distributions}},
	{"Hierarchies of parents", [][]Func{hierarchy}},
	{"Aggregation", [][]Func{aggregation}},
	{"Filters", [][]Func{filtering}},
	{"Tables", [][]Func{tables}},
	{"Windows", [][]Func{windows}},
	{"Time intelligence", [][]Func{timeIntelligence}},
	{"Model, identity and session", [][]Func{modelled}},
	{"About the model", [][]Func{info}},
	{"Visual calculations", [][]Func{visuals}},
}

var table = func() map[string]*Func {
	m := map[string]*Func{}
	for _, family := range families {
		for _, list := range family.lists {
			for i := range list {
				list[i].Family = family.title
				m[list[i].Name] = &list[i]
			}
		}
	}
	return addExamples(m)
}()

// Lookup finds a function by name, without regard to case.
func Lookup(name string) (*Func, bool) {
	f, ok := table[strings.ToUpper(name)]
	return f, ok
}

// All is every function, by name.
func All() []*Func {
	all := make([]*Func, 0, len(table))
	for _, f := range table {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *Func) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// need is a required parameter, may an optional one, more one that repeats.
func need(name string, t dax.Type) Param { return Param{Name: name, Type: t} }
func may(name string, t dax.Type) Param  { return Param{Name: name, Type: t, Optional: true} }
func more(name string, t dax.Type) Param {
	return Param{Name: name, Type: t, Optional: true, Repeat: true}
}

// Signature is the function as it is called: ROUND(number, digits).
func (f *Func) Signature() string {
	var b strings.Builder
	b.WriteString(f.Name + "(")
	for i, p := range f.Params {
		if p.Optional {
			b.WriteString("[")
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Name)
		if p.Repeat {
			b.WriteString(", …")
		}
		if p.Optional {
			b.WriteString("]")
		}
	}
	return b.String() + ")"
}

// Arity checks the number of arguments.
func (f *Func) Arity(n int) error {
	least, most := 0, len(f.Params)
	for _, p := range f.Params {
		if !p.Optional {
			least++
		}
		if p.Repeat {
			most = n
		}
	}
	if n < least || n > most {
		return fmt.Errorf("%s has %d arguments, it is called as %s", f.Name, n, f.Signature())
	}
	return nil
}

// Call converts arguments to the types of the parameters and computes the function.
func (f *Func) Call(args []dax.Value) (dax.Value, error) {
	if err := f.Arity(len(args)); err != nil {
		return dax.Value{}, err
	}
	if f.Eval == nil {
		return dax.Value{}, fmt.Errorf("%s cannot be computed from values alone", f.Name)
	}
	in := make([]dax.Value, len(args))
	for i, a := range args {
		p := f.Params[min(i, len(f.Params)-1)]
		v, err := convert(a, p.Type)
		if err != nil {
			return dax.Value{}, fmt.Errorf("%s, argument %q: %w", f.Name, p.Name, err)
		}
		in[i] = v
	}
	v, err := f.Eval(in)
	if err != nil {
		return dax.Value{}, fmt.Errorf("%s: %w", f.Name, err)
	}
	return v, nil
}

// convert makes an argument's value one of the parameter's type. BLANK stays BLANK. Double
// means any number: whole numbers and decimals stay what they are.
func convert(v dax.Value, t dax.Type) (dax.Value, error) {
	if v.IsBlank() {
		return v, nil
	}
	switch t {
	case dax.Boolean:
		b, err := v.ToBool()
		return dax.BoolOf(b), err
	case dax.Int64:
		n, err := v.ToInt()
		return dax.IntOf(n), err
	case dax.Double:
		n, err := v.ToNumber()
		if n.Type() == dax.DateTime {
			n = dax.FloatOf(n.Float())
		}
		return n, err
	case dax.Decimal:
		return v.ToDecimal()
	case dax.DateTime:
		return v.ToTime()
	case dax.String:
		return dax.TextOf(v.ToText()), nil
	}
	return v, nil
}

// Translate is the SQL of a call, given the SQL of its arguments. It reports false if the
// function has no SQL, or none that holds for these arguments.
func (f *Func) Translate(e *dax.Call, args []string) (string, bool) {
	for i, a := range e.Args {
		if p := f.Params[min(i, len(f.Params)-1)]; a == nil || p.Const && !countable(a) {
			return "", false
		}
	}
	return f.expand(args)
}

// countable reports whether an argument is written as a whole number from 1 to 32767.
func countable(e dax.Expr) bool {
	l, ok := e.(*dax.Literal)
	return ok && l.Value.Type() == dax.Int64 && l.Value.Int() >= 1 && l.Value.Int() <= 32767
}

// Expand is Translate for functions whose SQL holds for any argument; it reports false for
// those with a Const parameter.
func (f *Func) Expand(args ...string) (string, bool) {
	if slices.ContainsFunc(f.Params, func(p Param) bool { return p.Const }) {
		return "", false
	}
	return f.expand(args)
}

// expand puts the arguments, each in parentheses, in place of the placeholders.
func (f *Func) expand(args []string) (string, bool) {
	if f.SQL == "" || f.Arity(len(args)) != nil {
		return "", false
	}
	most := 0
	var b strings.Builder
	rest := f.SQL
	for {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			break
		}
		number, tail, _ := strings.Cut(after, "}")
		n, err := strconv.Atoi(number)
		if err != nil || n > len(args) {
			return "", false
		}
		most = max(most, n)
		b.WriteString("(" + args[n-1] + ")")
		rest = tail
	}
	if most != len(args) {
		return "", false
	}
	return b.String(), true
}
